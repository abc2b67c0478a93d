/* Wants to see all packets. With acl loaded it is refused, or sees those for its port only. */
#include <whorl/console.h>
#include <whorl/domain.h>
#include <whorl/event.h>
#include <whorl/ip.h>

DOMAIN("acl_client");
IMPORT_DOMAIN("ip");

EVENT_SIGNATURE(packet_arrived, void, const struct ip_packet *, const void *);

static void look(const struct ip_packet *packet, const void *payload)
{
    const struct ip_ports *ports = payload;

    console_print("acl_client: protocol %u, port %u\n", packet->protocol, ports->destination);
}

status_t domain_init(void)
{
    binding_t *binding;
    status_t status = EVENT_INSTALL(packet_arrived, look, NULL, NULL, &binding);

    if (status != OK)
        console_print("acl_client: %s\n", status_explain());
    return status;
}
