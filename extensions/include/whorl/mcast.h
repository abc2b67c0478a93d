/*
 * Multicast: interface Mcast of the extension udp_mcast, which has to be loaded;
 * IMPORT_DOMAIN("mcast") binds to it. For extensions, not for interrupt handlers.
 */
#ifndef WHORL_MCAST_H
#define WHORL_MCAST_H

#include <stddef.h>
#include <whorl/interface.h>
#include <whorl/status.h>

#define MCAST_PORTS_MAX 16

/*
 * Sends each packet for a port of <whorl/udp.h> on to n others, those that are bound.
 * ERR_BAD_ARGUMENT: n is 0 or more than MCAST_PORTS_MAX, or the port is among them;
 * else errors are those of udp_bind.
 */
EVENT status_t mcast_open(unsigned port, const unsigned ports[], size_t n);

/* ERR_NOT_FOUND: mcast_open did not open it. */
EVENT status_t mcast_close(unsigned port);

#endif
