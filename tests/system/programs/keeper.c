/* Keeps the capabilities of others, and tells what they are still good for. */
#include <stdbool.h>
#include <whorl/console.h>
#include <whorl/domain.h>
#include <whorl/identity.h>
#include <whorl/nameserver.h>

DOMAIN("keeper");

void keeper_keep(domain_t *domain, console_t *console);
void keeper_tell(void);

INTERFACE(Keeper, keeper_keep, keeper_tell);
EXPORT_INTERFACE("keeper", Keeper);

static domain_t *domain;
static console_t *console;
static identity_t *identity;

void keeper_keep(domain_t *a_domain, console_t *a_console)
{
    domain = a_domain;
    console = a_console;
}

void keeper_tell(void)
{
    char name[20];

    console_print("domain %s\n", status_name(domain_name(domain, name, sizeof name)));
    console_print("console %s\n", status_name(console_write(console, "")));
    console_print("identity %s\n", status_name(identity_name(identity, name, sizeof name)));
    console_print("privileged %d\n", identity_is_privileged(identity));
}

static bool note_identity(identity_t *requester, const char *name, void *closure)
{
    (void)name, (void)closure;
    identity = requester;
    return true;
}

status_t domain_init(void)
{
    domain_t *public;
    status_t status = nameserver_query("SpinPublic", &public);

    return status == OK ? nameserver_register("guarded", public, note_identity, NULL) : status;
}
