/* Makes thousands of unions. */
#include <whorl/domain.h>
#include <whorl/nameserver.h>

status_t domain_init(void);

INTERFACE(Unions, domain_init);

status_t domain_init(void)
{
    domain_t *public, *own, *made;
    status_t status = nameserver_query("SpinPublic", &public);

    if (status == OK)
        status = domain_create_from_interface(INTERFACE_UNIT(Unions), &own);
    for (int i = 0; i < 2000 && status == OK; i++)
        status = domain_combine(public, own, &made);
    return status;
}
