/*
 * Packets of the remote serial protocol; the header states the contract.
 *
 * The receiver is a state machine. A payload byte, its common case, costs a few compares and a store:
 * megabytes pass through it one byte at a time, under emulation.
 */
#include "kernel/packet.h"

#include <string.h>

enum state { IDLE, PAYLOAD, ESCAPE, FIRST_DIGIT, SECOND_DIGIT };

#define ESCAPE_FLIP 0x20
#define INTERRUPT 0x03

static int digit_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

void packet_receiver_init(struct packet_receiver *receiver, void *buffer, size_t size)
{
    memset(receiver, 0, sizeof(*receiver));
    receiver->payload = buffer;
    receiver->room = size;
    receiver->state = IDLE;
}

static void start(struct packet_receiver *receiver)
{
    receiver->state = PAYLOAD;
    receiver->length = 0;
    receiver->sum = 0;
    receiver->too_long = false;
    receiver->cut_escape = false;
}

static void store(struct packet_receiver *receiver, uint8_t byte)
{
    if (receiver->length + 1 < receiver->room)
        receiver->payload[receiver->length++] = byte;
    else
        receiver->too_long = true;
}

static enum packet_event finish(struct packet_receiver *receiver)
{
    receiver->state = IDLE;
    if (receiver->sum != receiver->expected || receiver->cut_escape)
        return PACKET_DAMAGED;
    if (receiver->too_long || receiver->room == 0)
        return PACKET_TOO_LONG;
    receiver->payload[receiver->length] = 0;
    return PACKET_COMPLETE;
}

static enum packet_event take_digit(struct packet_receiver *receiver, uint8_t byte)
{
    int value = digit_value(byte);

    if (value < 0) {
        receiver->state = IDLE;
        return PACKET_DAMAGED;
    }
    receiver->expected = (uint8_t)(receiver->expected << 4 | value);
    if (receiver->state == SECOND_DIGIT)
        return finish(receiver);
    receiver->state = SECOND_DIGIT;
    return PACKET_NOTHING;
}

static enum packet_event take_between(uint8_t byte)
{
    switch (byte) {
    case '+':
        return PACKET_ACK;
    case '-':
        return PACKET_NAK;
    case INTERRUPT:
        return PACKET_INTERRUPT;
    default:
        return PACKET_NOTHING;
    }
}

/* A `#` is never an escaped byte, not even right after `}`: it ends the packet. */
static void end_payload(struct packet_receiver *receiver)
{
    receiver->cut_escape = receiver->state == ESCAPE;
    receiver->expected = 0;
    receiver->state = FIRST_DIGIT;
}

static void take_payload(struct packet_receiver *receiver, uint8_t byte)
{
    receiver->sum = (uint8_t)(receiver->sum + byte);
    if (receiver->state == ESCAPE) {
        receiver->state = PAYLOAD;
        store(receiver, byte ^ ESCAPE_FLIP);
    } else if (byte == '}') {
        receiver->state = ESCAPE;
    } else {
        store(receiver, byte);
    }
}

enum packet_event packet_receive(struct packet_receiver *receiver, uint8_t byte)
{
    if (byte == '$') {
        start(receiver);
        return PACKET_NOTHING;
    }
    if (receiver->state == IDLE)
        return take_between(byte);
    if (receiver->state >= FIRST_DIGIT)
        return take_digit(receiver, byte);
    if (byte == '#') {
        end_payload(receiver);
        return PACKET_NOTHING;
    }
    take_payload(receiver, byte);
    return PACKET_NOTHING;
}

static bool needs_escape(uint8_t byte)
{
    return byte == '$' || byte == '#' || byte == '}' || byte == '*' || byte == PACKET_RESERVED;
}

size_t packet_escaped_size(const void *payload, size_t size)
{
    const uint8_t *from = payload;
    size_t escaped = size;

    for (size_t i = 0; i < size; i++)
        escaped += needs_escape(from[i]);
    return escaped;
}

size_t packet_fit(const void *data, size_t size, size_t room)
{
    const uint8_t *from = data;
    size_t i;

    for (i = 0; i < size; i++) {
        size_t needed = needs_escape(from[i]) ? 2 : 1;

        if (needed > room)
            break;
        room -= needed;
    }
    return i;
}

size_t packet_encode(const void *payload, size_t size, void *frame, size_t room)
{
    const uint8_t *from = payload;
    uint8_t *start = frame;
    uint8_t *to = start;
    uint8_t sum = 0;

    if (room < PACKET_OVERHEAD || packet_fit(payload, size, room - PACKET_OVERHEAD) < size)
        return 0;
    *to++ = '$';
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = from[i];

        if (needs_escape(byte)) {
            *to++ = '}';
            sum = (uint8_t)(sum + '}');
            byte ^= ESCAPE_FLIP;
        }
        *to++ = byte;
        sum = (uint8_t)(sum + byte);
    }
    *to++ = '#';
    hex_encode(&sum, 1, (char *)to);
    return (size_t)(to - start) + 2;
}

void hex_encode(const void *data, size_t size, char *digits)
{
    static const char digit[] = "0123456789abcdef";
    const uint8_t *from = data;

    for (size_t i = 0; i < size; i++) {
        *digits++ = digit[from[i] >> 4];
        *digits++ = digit[from[i] & 15];
    }
}

bool hex_decode(const char *digits, size_t n_digits, void *data)
{
    uint8_t *to = data;

    for (size_t i = 0; i + 1 < n_digits; i += 2) {
        int high = digit_value((uint8_t)digits[i]);
        int low = digit_value((uint8_t)digits[i + 1]);

        if (high < 0 || low < 0)
            return false;
        *to++ = (uint8_t)(high << 4 | low);
    }
    return n_digits % 2 == 0;
}

size_t hex_parse(const char *text, size_t size, uint32_t *value)
{
    uint32_t number = 0;
    size_t i;

    for (i = 0; i < size; i++) {
        int digit = digit_value((uint8_t)text[i]);

        if (digit < 0)
            break;
        if (number >> 28 != 0)
            return 0;
        number = number << 4 | (uint32_t)digit;
    }
    if (i > 0)
        *value = number;
    return i;
}
