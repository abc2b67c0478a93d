/*
 * Packets of the Internet Protocol: interface Ip of the extension packet, which has to be loaded;
 * IMPORT_DOMAIN("ip") binds to it. For extensions, not for interrupt handlers.
 */
#ifndef WHORL_IP_H
#define WHORL_IP_H

#include <stddef.h>
#include <stdint.h>
#include <whorl/interface.h>
#include <whorl/status.h>

/* As it is on the wire, RFC 791, 3.1. All are big-endian, as the machine is. */
struct ip_packet {
    uint8_t version_length; /* 4, and words of this header */
    uint8_t service;
    uint16_t size; /* bytes, with the header */
    uint16_t identification, fragment;
    uint8_t time_to_live, protocol;
    uint16_t checksum;
    uint32_t source, destination;
};

enum ip_protocol { IP_ICMP = 1, IP_TCP = 6, IP_UDP = 17 };

/* Where TCP and UDP say between whom a packet goes. */
struct ip_ports {
    uint16_t source, destination;
};

/*
 * Raised for each packet that comes in; payload is what follows the header. A handler should take packets
 * of its protocol, which its guard looks for; several may take one. A packet that nobody takes is lost. Bounded.
 */
EVENT void packet_arrived(const struct ip_packet *packet, const void *payload);

#endif
