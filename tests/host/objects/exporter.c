/* Exports what importer.c wants. Words on the command line change what it is. */
#include <whorl/domain.h>

#ifndef STATIC
DOMAIN("udp");
#endif

struct packet {
    int length;
#ifdef LONGER
    int more;
#endif
    char *data;
};

#ifdef SHORT
int udp_send(struct packet *packet)
{
    return packet->length;
}
#elif defined VARIABLE
int udp_send;
#elif defined WEAK
__attribute__((weak)) int udp_send(struct packet *packet, int port)
{
    return packet->length + port;
}
#elif defined STATIC
__attribute__((noinline)) static int udp_send(char *text)
{
    return text[0];
}

int udp_other(char *text)
{
    return udp_send(text);
}
#elif defined PREFIX
int public_udp_send(struct packet *packet, int port)
{
    return packet->length + port;
}
#else
int udp_send(struct packet *packet, int port)
{
    return packet->length + port;
}
#endif

#ifndef STATIC
int udp_count = 1;
#endif
