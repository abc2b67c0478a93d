/*
 * Packets of the Internet Protocol, and who takes them. The event is packet_arrived; handlers look at
 * the protocol in their guards. TCP is the one of figure 1 of the paper (Pardyak and Bershad, 1995), the others
 * are as many as a busy host could have, of which each counts. All guards compare one field with constants,
 * so that the dispatcher makes a search of them: see `event packet_arrived --code`. There is no network:
 * `packet PROTOCOL [PORT]` makes one.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/console.h>
#include <whorl/domain.h>
#include <whorl/event.h>
#include <whorl/ip.h>
#include <whorl/shell.h>

DOMAIN("packet");

INTERFACE(Ip, packet_arrived);
EXPORT_INTERFACE("ip", Ip);

EVENT_SIGNATURE(packet_arrived, void, const struct ip_packet *, const void *);
EVENT_SIGNATURE(shell_command, status_t, int, char **);
EVENT_SIGNATURE(shell_help, void);

#define OTHERS 60

/* Does not run: nothing is done with a packet but by handlers. */
void packet_arrived(const struct ip_packet *packet, const void *payload)
{
    (void)packet;
    (void)payload;
}

/* Runs when no handler did. */
static void lose(const struct ip_packet *packet, const void *payload)
{
    (void)payload;
    console_print("protocol %u: lost\n", packet->protocol);
}

/* ---- TCP ---- */

static bool is_tcp_packet(const struct ip_packet *packet, const void *payload)
{
    (void)payload;
    return packet->protocol == IP_TCP;
}

static void tcp_input(const struct ip_packet *packet, const void *payload)
{
    const struct ip_ports *ports = payload;

    console_print("tcp: port %u to %u, %u bytes\n", ports->source, ports->destination,
                  packet->size);
}

/* ---- others ---- */

static unsigned n_arrived[256]; /* of each protocol */

static bool is_protocol(void *number, const struct ip_packet *packet, const void *payload)
{
    (void)payload;
    return packet->protocol == (uintptr_t)number;
}

static void other_input(void *number, const struct ip_packet *packet, const void *payload)
{
    (void)packet;
    (void)payload;
    console_print("protocol %u: packet %u\n", (unsigned)(uintptr_t)number,
                  ++n_arrived[(uintptr_t)number]);
}

static status_t install_other(unsigned number)
{
    struct event_options options = {.handler_closure = (void *)(uintptr_t)number,
                                    .guard_closure = (void *)(uintptr_t)number};
    binding_t *binding;

    return EVENT_INSTALL(packet_arrived, other_input, is_protocol, &options, &binding);
}

static status_t install_all(void)
{
    binding_t *binding;
    status_t status = EVENT_INSTALL(packet_arrived, tcp_input, is_tcp_packet, NULL, &binding);

    for (unsigned n = 1; status == OK && n <= OTHERS + 1; n++)
        if (n != IP_TCP)
            status = install_other(n);
    return status;
}

/* ---- packets ---- */

static status_t make(int argc, char *argv[])
{
    const struct ip_ports ports = {1024, argc == 3 ? (uint16_t)strtoul(argv[2], NULL, 0) : 80};
    struct ip_packet packet = {.version_length = 0x45, .size = sizeof packet + sizeof ports};
    char *end;
    unsigned long protocol = argc == 2 || argc == 3 ? strtoul(argv[1], &end, 0) : 256;

    if (protocol > UINT8_MAX || *end != 0)
        return status_refuse(ERR_BAD_ARGUMENT, "usage: packet PROTOCOL [PORT]");
    packet.protocol = (uint8_t)protocol;
    packet_arrived(&packet, &ports);
    return OK;
}

static bool is_packet(int argc, char *argv[])
{
    (void)argc;
    return strcmp(argv[0], "packet") == 0;
}

static void help(void)
{
    shell_describe("packet", "PROTOCOL [PORT]", "let a packet of the Internet Protocol arrive");
}

/* What the domain that has the event may decide of it. */
static status_t replace_intrinsic(void)
{
    binding_t *intrinsic;
    status_t status = event_intrinsic((procedure_t)packet_arrived, &intrinsic);

    if (status == OK)
        status = event_uninstall(intrinsic);
    return status == OK
               ? event_set_default_handler((procedure_t)packet_arrived, (procedure_t)lose, NULL)
               : status;
}

status_t domain_init(void)
{
    binding_t *binding;
    status_t status = replace_intrinsic();

    if (status == OK)
        status = install_all();
    if (status == OK)
        status = EVENT_INSTALL(shell_help, help, NULL, NULL, &binding);
    return status == OK ? EVENT_INSTALL(shell_command, make, is_packet, NULL, &binding) : status;
}
