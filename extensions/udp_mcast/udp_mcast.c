/*
 * Extends a service by importing it: what comes in at one port goes out at several,
 * after the UDPMcast of the paper. The kernel links it against udp without having
 * heard of either, and checks that both mean the same by a struct packet.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/domain.h>
#include <whorl/interface.h>
#include <whorl/mcast.h>
#include <whorl/udp.h>

DOMAIN("udp_mcast");
IMPORT_DOMAIN("udp");

INTERFACE(Mcast, mcast_open, mcast_close);
EXPORT_INTERFACE("mcast", Mcast);

struct group {
    struct group *next;
    unsigned port;
    bool sending; /* a packet that comes back to it must not go around for ever */
    size_t n;
    unsigned ports[MCAST_PORTS_MAX];
};

static struct group *groups;

/* Those who do not listen miss the packet, as in any multicast. */
static void send_on(const struct packet *packet, void *closure)
{
    struct group *group = closure;

    if (group->sending)
        return;
    group->sending = true;
    for (size_t i = 0; i < group->n; i++)
        (void)(udp_send(packet, group->ports[i]) == OK);
    group->sending = false;
}

static bool is_possible(unsigned port, const unsigned ports[], size_t n)
{
    if (n == 0 || n > MCAST_PORTS_MAX)
        return false;
    for (size_t i = 0; i < n; i++)
        if (ports[i] == port)
            return false;
    return true;
}

status_t mcast_open(unsigned port, const unsigned ports[], size_t n)
{
    struct group *group;
    status_t status;

    if (!is_possible(port, ports, n))
        return status_refuse(ERR_BAD_ARGUMENT, "port %u cannot go out on these %u", port,
                             (unsigned)n);
    group = malloc(sizeof *group);
    if (group == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for a multicast of port %u", port);
    *group = (struct group){.next = groups, .port = port, .n = n};
    memcpy(group->ports, ports, n * sizeof *ports);
    status = udp_bind(port, send_on, group);
    if (status != OK) {
        free(group);
        return status;
    }
    groups = group;
    return OK;
}

static void close_group(struct group **link)
{
    struct group *group = *link;

    (void)(udp_unbind(group->port) == OK);
    *link = group->next;
    free(group);
}

status_t mcast_close(unsigned port)
{
    struct group **link = &groups;

    while (*link != NULL && (*link)->port != port)
        link = &(*link)->next;
    if (*link == NULL)
        return status_refuse(ERR_NOT_FOUND, "port %u is not multicast", port);
    close_group(link);
    return OK;
}

/* The kernel takes memory back, but what udp was told only this domain can take back. */
void domain_fini(void)
{
    while (groups != NULL)
        close_group(&groups);
}
