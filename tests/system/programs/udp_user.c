/* Who listens to ports, sends packets, and has them multicast. */
#include <string.h>
#include <whorl/console.h>
#include <whorl/domain.h>
#include <whorl/mcast.h>
#include <whorl/udp.h>

#include "tests/system/programs/check.h"

IMPORT_DOMAIN("udp");
IMPORT_DOMAIN("mcast");

static void hear(const struct packet *packet, void *closure)
{
    console_print("%s hears %.*s\n", (const char *)closure, (int)packet->size,
                  (const char *)packet->bytes);
}

static status_t say(const char *text, unsigned port)
{
    struct packet packet = {text, strlen(text)};

    return udp_send(&packet, port);
}

status_t domain_init(void)
{
    static const unsigned ports[] = {1001, 1002, 1003, 1004}, back[] = {1000, 1001};
    struct packet large = {"", UDP_PACKET_MAX + 1};

    EXPECT(OK, udp_bind(1001, hear, (void *)"one"));
    EXPECT(OK, udp_bind(1002, hear, (void *)"two"));
    EXPECT(OK, udp_bind(1003, hear, (void *)"three"));
    EXPECT(ERR_EXISTS, udp_bind(1003, hear, (void *)"never"));
    EXPECT(ERR_BAD_ARGUMENT, udp_bind(0, hear, NULL));
    EXPECT(ERR_BAD_ARGUMENT, udp_bind(UDP_PORT_MAX + 1, hear, NULL));
    EXPECT(OK, say("a letter", 1002));
    EXPECT(ERR_NOT_FOUND, say("never", 1004));
    EXPECT(ERR_BAD_ARGUMENT, udp_send(&large, 1001));
    EXPECT(OK, mcast_open(1000, ports, 4));
    EXPECT(ERR_BAD_ARGUMENT, mcast_open(1001, ports, 4));
    EXPECT(ERR_EXISTS, mcast_open(1003, back, 2));
    EXPECT(OK, say("news", 1000));
    EXPECT(OK, udp_unbind(1002));
    EXPECT(ERR_NOT_FOUND, udp_unbind(1002));
    EXPECT(OK, say("more", 1000));
    EXPECT(OK, mcast_open(1004, back, 2)); /* a circle */
    EXPECT(OK, say("all around", 1000));
    EXPECT(OK, mcast_close(1004));
    EXPECT(ERR_NOT_FOUND, mcast_close(1004));
    console_print("%d wrong\n", n_wrong);
    return OK;
}

void domain_fini(void)
{
    EXPECT(OK, udp_unbind(1001));
    EXPECT(OK, udp_unbind(1003));
    console_print("%d wrong at the end\n", n_wrong);
}
