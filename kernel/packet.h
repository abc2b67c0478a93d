/*
 * Packets of GDB's remote serial protocol: `$payload#xx`, where xx is the sum of the payload's bytes
 * on the line, modulo 256, as two hex digits. In the payload `}` is followed by a byte xor 0x20, which
 * is how `$`, `#`, `}` and `*` are sent. Between packets `+` and `-` acknowledge, 0x03 interrupts.
 * (Debugging with GDB, appendix "GDB Remote Serial Protocol", sections Overview and Packet
 * Acknowledgment.) Run-length encoding is neither made nor understood.
 *
 * All of it is pure: no memory but the caller's, no locks, any context. Any sequence of bytes is safe.
 * The kernel and the host's tools compile the same file.
 */
#ifndef KERNEL_PACKET_H
#define KERNEL_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * This byte never goes over the line: terminal programs and emulators that share a line between several
 * uses take it for themselves (Ctrl-A). It is escaped like the other four.
 */
#define PACKET_RESERVED 0x01

/* What `$`, `#` and the two digits add to an escaped payload. */
#define PACKET_OVERHEAD 4

/* What a byte completed. */
enum packet_event {
    PACKET_NOTHING,  /* nothing yet */
    PACKET_COMPLETE, /* a packet: payload and its length are in the receiver until the next byte */
    PACKET_DAMAGED, /* wrong checksum, no checksum, or an escape without its byte: ask for it again */
    PACKET_TOO_LONG,  /* a right checksum, but the payload does not fit: asking again is no use */
    PACKET_ACK,       /* `+` between packets */
    PACKET_NAK,       /* `-` between packets */
    PACKET_INTERRUPT, /* 0x03 between packets */
};

/* The owner reads payload and length after PACKET_COMPLETE; the rest is the receiver's own. */
struct packet_receiver {
    uint8_t *payload; /* escapes removed, followed by a NUL that length does not count */
    size_t length;
    size_t room;
    uint8_t state;
    uint8_t sum;
    uint8_t expected;
    bool too_long;
    bool cut_escape;
};

/*
 * Receives into buffer, which stays the caller's and must outlive the receiver. The longest payload
 * taken is size - 1 bytes, so that the NUL has its place.
 */
void packet_receiver_init(struct packet_receiver *receiver, void *buffer, size_t size);

/*
 * Takes the next byte from the line. Bytes between packets that mean nothing are ignored. A `$` always
 * starts a packet, also within another one, whose bytes so far are then forgotten without a report: its
 * sender hears nothing and sends it again.
 */
enum packet_event packet_receive(struct packet_receiver *receiver, uint8_t byte);

/* How many bytes the payload takes on the line, escapes included, without PACKET_OVERHEAD. */
size_t packet_escaped_size(const void *payload, size_t size);

/* How many of the first bytes of data can be sent when escaped they may take no more than room bytes. */
size_t packet_fit(const void *data, size_t size, size_t room);

/*
 * Writes the whole packet for the payload, which is escaped on the way, to frame, and returns its
 * length; 0, and a frame of undefined content, if it takes more than room bytes. Payload and frame must
 * not overlap.
 */
size_t packet_encode(const void *payload, size_t size, void *frame, size_t room);

/* Writes 2 * size lower-case digits, and no NUL. */
void hex_encode(const void *data, size_t size, char *digits);

/*
 * Reads n_digits digits of either case into n_digits / 2 bytes. False if the number of digits is odd or
 * one is no digit; data then holds the bytes before it. digits and data may be the same address.
 */
bool hex_decode(const char *digits, size_t n_digits, void *data);

/*
 * Reads the number at the start of text, digits of either case up to the first other character or
 * size, and returns how many digits it has: 0, with value untouched, if there is none or the number
 * does not fit 32 bits. Leading zeros are fine.
 */
size_t hex_parse(const char *text, size_t size, uint32_t *value);

#endif
