/*
 * Hands a private interface to those who may have it, after the Console of the paper:
 * it asks for the domain, which the kernel gives to the privileged only, and registers it
 * with an authorizer of its own. Who then says IMPORT_DOMAIN("console/private") is shown
 * to the authorizer first.
 */
#include <whorl/console.h>
#include <whorl/domain.h>
#include <whorl/identity.h>
#include <whorl/nameserver.h>

DOMAIN("console_private");

/* Who is turned away does not even learn that there is such a name. */
static bool allow_privileged(identity_t *requester, const char *name, void *closure)
{
    (void)name;
    (void)closure;
    return identity_is_privileged(requester);
}

status_t domain_init(void)
{
    domain_t *private = console_private_interface();

    if (private == NULL) {
        console_print("console_private: not privileged, so no private interface\n");
        return ERR_DENIED;
    }
    return nameserver_register("console/private", private, allow_privileged, NULL);
}
