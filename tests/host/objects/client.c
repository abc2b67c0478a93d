/* Imports from service.c by the path under which that offers it. */
#include <whorl/domain.h>

DOMAIN("client");
IMPORT_DOMAIN("net/service");

#ifdef CURIOUS
extern int service_secret(void);
#else
extern int service_run(int);
extern int service_count;
#endif

status_t domain_init(void)
{
#ifdef CURIOUS
    return service_secret() == 42 ? OK : ERR_FAILED;
#else
    return service_run(1) == 1 && service_count == 1 ? OK : ERR_FAILED;
#endif
}
