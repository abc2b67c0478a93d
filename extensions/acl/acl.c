/*
 * Decides who may handle packets, and which: an authorizer of packet_arrived. A domain that is not on the list
 * is refused; on the binding of one that is, a guard is imposed, so that it gets the packets for its
 * port and no others, whatever its own guard says. `acl DOMAIN PORT` puts one on the list, `acl` shows it.
 * packet_arrived is another's, so this has to be privileged.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/console.h>
#include <whorl/domain.h>
#include <whorl/event.h>
#include <whorl/ip.h>
#include <whorl/shell.h>

DOMAIN("acl");
IMPORT_DOMAIN("ip");

EVENT_SIGNATURE(shell_command, status_t, int, char **);
EVENT_SIGNATURE(shell_help, void);

#define NAME_MAX 100

struct entry {
    struct entry *next;
    unsigned port;
    char name[];
};

static struct entry *entries;

static const struct entry *find(const char *name)
{
    const struct entry *entry = entries;

    while (entry != NULL && strcmp(entry->name, name) != 0)
        entry = entry->next;
    return entry;
}

static bool is_for_port(void *port, const struct ip_packet *packet, const void *payload)
{
    const struct ip_ports *ports = payload;

    return (packet->protocol == IP_TCP || packet->protocol == IP_UDP) &&
           ports->destination == (uintptr_t)port;
}

/* It is the handler's domain that will see packets, whoever installs it; the privileged may see all. */
static bool authorize(const struct event_request *request)
{
    char name[NAME_MAX];
    const struct entry *entry;

    if (request->handler_domain == NULL || identity_is_privileged(request->handler_domain))
        return true;
    if (identity_name(request->handler_domain, name, sizeof name) != OK)
        return false;
    entry = find(name);
    return entry != NULL && event_impose_guard(request->binding, (procedure_t)is_for_port,
                                               (void *)(uintptr_t)entry->port) == OK;
}

/* ---- the list ---- */

static status_t add(const char *name, const char *number)
{
    char *end;
    unsigned long port = strtoul(number, &end, 0);
    struct entry *entry;

    if (port == 0 || port > UINT16_MAX || *end != 0)
        return status_refuse(ERR_BAD_ARGUMENT, "%s is no port", number);
    if (find(name) != NULL)
        return status_refuse(ERR_EXISTS, "%s is on the list already", name);
    entry = malloc(sizeof *entry + strlen(name) + 1);
    if (entry == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for %s", name);
    *entry = (struct entry){.next = entries, .port = (unsigned)port};
    strcpy(entry->name, name);
    entries = entry;
    return OK;
}

static status_t acl(int argc, char *argv[])
{
    if (argc == 3)
        return add(argv[1], argv[2]);
    if (argc != 1)
        return status_refuse(ERR_BAD_ARGUMENT, "usage: acl [DOMAIN PORT]");
    for (const struct entry *e = entries; e != NULL; e = e->next)
        console_print("%-20s %5u\n", e->name, e->port);
    return OK;
}

static bool is_acl(int argc, char *argv[])
{
    (void)argc;
    return strcmp(argv[0], "acl") == 0;
}

static void help(void)
{
    shell_describe("acl", "[DOMAIN PORT]",
                   "let a domain handle the packets for a port, or list who may");
}

status_t domain_init(void)
{
    binding_t *binding;
    status_t status = event_set_authorizer((procedure_t)packet_arrived, authorize);

    if (status == OK)
        status = EVENT_INSTALL(shell_help, help, NULL, NULL, &binding);
    return status == OK ? EVENT_INSTALL(shell_command, acl, is_acl, NULL, &binding) : status;
}
