/* Imports from exporter.c. Words on the command line change how; NAME keeps two of them apart. */
#include <whorl/domain.h>

#ifndef NAME
#define NAME importer_use
DOMAIN("importer");
#endif

struct packet {
    int length;
    char *data;
};

#ifdef ALIAS
extern int renamed(struct packet *packet, int port) __asm__("udp_send");
#define udp_send renamed
#elif defined SHORT
extern int udp_send(struct packet *packet);
#elif defined VARIABLE
extern int udp_send;
#elif !defined STATIC
extern int udp_send(struct packet *packet, int port);
#endif
extern int udp_count;

#ifdef STATIC
__attribute__((noinline)) static int udp_send(char *text)
{
    return text[0];
}
#endif

int NAME(struct packet *packet, long long a, long long b)
{
#ifdef HELPER
    packet->length = (int)(a / b); /* which the compiler calls __divdi3 for */
#else
    packet->length = (int)(a + b);
#endif
#if defined SHORT
    return udp_send(packet) + udp_count;
#elif defined VARIABLE
    return udp_send + udp_count;
#elif defined STATIC
    return udp_send(packet->data) + udp_count;
#else
    return udp_send(packet, 7) + udp_count;
#endif
}
