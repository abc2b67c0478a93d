/*
 * A service that others extend: it knows who listens to which port and nothing of what
 * they do. There is no network here, so a packet goes straight from who sends it to
 * who listens.
 */
#include <stdlib.h>
#include <whorl/domain.h>
#include <whorl/interface.h>
#include <whorl/udp.h>

DOMAIN("udp");

/* Only what is named here can be imported, whatever else is global in this file. */
INTERFACE(Udp, udp_bind, udp_unbind, udp_send);
EXPORT_INTERFACE("udp", Udp);

struct listener {
    struct listener *next;
    unsigned port;
    udp_handler_t *handler;
    void *closure;
};

static struct listener *listeners;

/* Where the listener of a port is linked from, or would be: its end points to NULL. */
static struct listener **link_of(unsigned port)
{
    struct listener **link = &listeners;

    while (*link != NULL && (*link)->port != port)
        link = &(*link)->next;
    return link;
}

status_t udp_bind(unsigned port, udp_handler_t *handler, void *closure)
{
    struct listener **link = link_of(port);

    if (port == 0 || port > UDP_PORT_MAX || handler == NULL)
        return status_refuse(ERR_BAD_ARGUMENT, "port %u cannot be bound", port);
    if (*link != NULL)
        return status_refuse(ERR_EXISTS, "port %u is bound already", port);
    *link = malloc(sizeof **link);
    if (*link == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory to bind port %u", port);
    **link = (struct listener){.port = port, .handler = handler, .closure = closure};
    return OK;
}

status_t udp_unbind(unsigned port)
{
    struct listener **link = link_of(port), *listener = *link;

    if (listener == NULL)
        return status_refuse(ERR_NOT_FOUND, "port %u is not bound", port);
    *link = listener->next;
    free(listener);
    return OK;
}

status_t udp_send(const struct packet *packet, unsigned port)
{
    const struct listener *listener = *link_of(port);

    if (packet->size > UDP_PACKET_MAX)
        return status_refuse(ERR_BAD_ARGUMENT, "%u bytes are too many for a packet",
                             (unsigned)packet->size);
    if (listener == NULL)
        return status_refuse(ERR_NOT_FOUND, "port %u is not bound", port);
    listener->handler(packet, listener->closure);
    return OK;
}
