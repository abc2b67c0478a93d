/*
 * Packets to ports, over a loopback: interface Udp of the extension udp, which has to be
 * loaded; IMPORT_DOMAIN("udp") binds to it. For extensions, not for interrupt handlers.
 */
#ifndef WHORL_UDP_H
#define WHORL_UDP_H

#include <stddef.h>
#include <whorl/interface.h>
#include <whorl/status.h>

#define UDP_PORT_MAX 65535u
#define UDP_PACKET_MAX 65507u /* bytes */

struct packet {
    const void *bytes;
    size_t size;
};

/* Gets a packet while it is sent; both are the sender's. */
typedef void udp_handler_t(const struct packet *packet, void *closure);

/*
 * Calls handler with each packet for a port from 1 to UDP_PORT_MAX, until udp_unbind:
 * who has bound one must unbind it before it goes. ERR_BAD_ARGUMENT; ERR_EXISTS: the
 * port is bound; ERR_NO_MEMORY.
 */
EVENT status_t udp_bind(unsigned port, udp_handler_t *handler, void *closure);

/* ERR_NOT_FOUND: nobody has bound it. */
EVENT status_t udp_unbind(unsigned port);

/* ERR_BAD_ARGUMENT: more than UDP_PACKET_MAX bytes; ERR_NOT_FOUND: nobody has bound the port. */
EVENT status_t udp_send(const struct packet *packet, unsigned port);

#endif
