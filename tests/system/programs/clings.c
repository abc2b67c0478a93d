/* Makes a domain of guest.c, which uses it, and then fails. guest.h has the object of guest.c. */
#include <whorl/console.h>
#include <whorl/domain.h>
#include <whorl/nameserver.h>

DOMAIN("clings");

int increase(int n);

int increase(int n)
{
    return n + 1;
}

INTERFACE(Increase, increase);

status_t domain_init(void)
{
    domain_t *guest, *own, *public;
    status_t status = domain_create("guest", guest_object, sizeof guest_object, &guest);

    if (status == OK)
        status = domain_create_from_interface(INTERFACE_UNIT(Increase), &own);
    if (status == OK)
        status = nameserver_query("SpinPublic", &public);
    if (status == OK)
        status = domain_resolve(public, guest);
    if (status == OK)
        status = domain_resolve(own, guest);
    return status == OK ? ERR_DENIED : status;
}
