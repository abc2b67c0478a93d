/* Offers an interface under a path, with what it has and what it imports. */
#include <whorl/domain.h>

DOMAIN("service");

extern int near_procedure(int);

int service_count;

int service_run(int x)
{
    service_count += x;
    return near_procedure(service_count);
}

int service_secret(void)
{
    return 42;
}

INTERFACE(Service, service_run, service_count, near_procedure);
EXPORT_INTERFACE("net/service", Service);

INTERFACE(Counting, service_count);
EXPORT_INTERFACE("net/service/counting", Counting);

status_t domain_init(void)
{
    return OK;
}

void domain_fini(void)
{
}
