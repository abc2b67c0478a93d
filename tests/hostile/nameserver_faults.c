/* An authorizer of a name faults when it asks for it itself, which is its own affair.
 * Expected: harmless */
#include "tests/hostile/stage.h"

INTERFACE(Hostile, hostile_act);

static bool authorize(identity_t *requester, const char *name, void *closure)
{
    (void)name, (void)requester, (void)closure;
    __asm__ volatile("trap");
    return true;
}

status_t hostile_act(void)
{
    domain_t *domain;
    status_t status = domain_create_from_interface(INTERFACE_UNIT(Hostile), &domain);

    if (status == OK)
        status = nameserver_register("hostile_name", domain, authorize, NULL);
    return status == OK ? nameserver_query("hostile_name", &domain) : status;
}
