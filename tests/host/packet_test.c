/*
 * Tests of kernel/packet.c on the host. Payload buffers are allocated at their exact size, so that the
 * address sanitizer sees any byte too many. The random tests use fixed seeds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "kernel/packet.h"

#include <string.h>

#define N_EVENTS (PACKET_INTERRUPT + 1)

/* A receiver with its buffer, and how often it reported each event. */
struct line {
    struct packet_receiver receiver;
    uint8_t *buffer;
    size_t counts[N_EVENTS];
};

static void line_open(struct line *line, size_t size)
{
    memset(line, 0, sizeof(*line));
    line->buffer = malloc(size);
    packet_receiver_init(&line->receiver, line->buffer, size);
}

static void line_close(struct line *line)
{
    free(line->buffer);
}

/* Feeds the bytes and returns the last event that was not PACKET_NOTHING. */
static enum packet_event line_feed(struct line *line, const void *bytes, size_t size)
{
    const uint8_t *from = bytes;
    enum packet_event last = PACKET_NOTHING;

    for (size_t i = 0; i < size; i++) {
        enum packet_event event = packet_receive(&line->receiver, from[i]);

        line->counts[event]++;
        if (event != PACKET_NOTHING)
            last = event;
    }
    return last;
}

static enum packet_event line_say(struct line *line, const char *text)
{
    return line_feed(line, text, strlen(text));
}

static void assert_payload(const struct line *line, const void *payload, size_t size)
{
    assert_int_equal(line->receiver.length, size);
    assert_memory_equal(line->receiver.payload, payload, size);
    assert_int_equal(line->receiver.payload[size], 0);
}

/* xorshift32: the same numbers on every host. */
static uint32_t random_next(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static void random_fill(uint32_t *seed, uint8_t *to, size_t size)
{
    static const uint8_t special[] = {'$', '#', '}', '*', '+', '-', 0x03, 0x00};

    for (size_t i = 0; i < size; i++) {
        uint32_t r = random_next(seed) >> 8;

        to[i] = r % 4 == 0 ? special[r / 4 % sizeof(special)] : (uint8_t)(r / 4);
    }
}

static void assert_round_trip(const uint8_t *payload, size_t size)
{
    size_t room = packet_escaped_size(payload, size) + PACKET_OVERHEAD;
    uint8_t *frame = malloc(room);
    struct line line;

    line_open(&line, size + 1);
    assert_int_equal(packet_encode(payload, size, frame, room), room);
    assert_int_equal(line_feed(&line, frame, room), PACKET_COMPLETE);
    assert_payload(&line, payload, size);
    assert_int_equal(line.counts[PACKET_NOTHING], room - 1);
    line_close(&line);
    free(frame);
}

static void receives_a_known_packet(void **state)
{
    struct line line;

    (void)state;
    line_open(&line, 16);
    assert_int_equal(line_say(&line, "$OK#9a"), PACKET_COMPLETE);
    assert_payload(&line, "OK", 2);
    assert_int_equal(line_say(&line, "$OK#9A"), PACKET_COMPLETE);
    assert_payload(&line, "OK", 2);
    line_close(&line);
}

static void receives_an_empty_packet(void **state)
{
    struct line line;

    (void)state;
    line_open(&line, 1);
    assert_int_equal(line_say(&line, "$#00"), PACKET_COMPLETE);
    assert_payload(&line, "", 0);
    line_close(&line);
}

static void encodes_known_packets(void **state)
{
    static const struct {
        const char *payload;
        const char *frame;
    } known[] = {
        {"", "$#00"},         {"OK", "$OK#9a"},   {"$", "$}\x04#81"}, {"#}*", "$}\x03}]}\x0a#e1"},
        {"m0,4", "$m0,4#fd"}, {"\x01", "$}!#9e"},
    };
    uint8_t frame[32];

    (void)state;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        size_t length = strlen(known[i].frame);

        assert_int_equal(
            packet_encode(known[i].payload, strlen(known[i].payload), frame, sizeof(frame)),
            length);
        assert_memory_equal(frame, known[i].frame, length);
    }
}

static void every_byte_value_survives_alone(void **state)
{
    (void)state;
    for (unsigned value = 0; value < 256; value++) {
        uint8_t byte = (uint8_t)value;

        assert_round_trip(&byte, 1);
    }
}

static void all_byte_values_survive_together(void **state)
{
    uint8_t payload[512];

    (void)state;
    for (size_t i = 0; i < sizeof(payload); i++)
        payload[i] = (uint8_t)(i < 256 ? i : 511 - i);
    assert_round_trip(payload, sizeof(payload));
}

static void random_payloads_survive(void **state)
{
    uint32_t seed = 1;
    uint8_t payload[700];

    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        size_t size = random_next(&seed) % sizeof(payload);

        random_fill(&seed, payload, size);
        assert_round_trip(payload, size);
    }
}

static void a_frame_holds_no_special_byte_inside(void **state)
{
    static const uint8_t payload[] = {'$', '#', '}', '*', 'x', '+', 3};
    uint8_t frame[32];
    size_t length = packet_encode(payload, sizeof(payload), frame, sizeof(frame));

    (void)state;
    assert_int_equal(length, sizeof(payload) + 4 + PACKET_OVERHEAD);
    assert_null(memchr(frame + 1, '$', length - 1));
    assert_null(memchr(frame + 1, '*', length - 1));
    assert_ptr_equal(memchr(frame, '#', length), frame + length - 3);
}

static void encode_refuses_a_frame_too_small(void **state)
{
    static const uint8_t payload[] = {'a', '}', 'b'};

    (void)state;
    for (size_t room = 0; room < sizeof(payload) + 1 + PACKET_OVERHEAD; room++) {
        uint8_t *frame = malloc(room + 1);

        assert_int_equal(packet_encode(payload, sizeof(payload), frame, room), 0);
        free(frame);
    }
}

static void fit_counts_escapes(void **state)
{
    static const uint8_t data[] = {'a', '}', '$', 'b'};
    static const size_t fitting[] = {0, 1, 1, 2, 2, 3, 4, 4};

    (void)state;
    for (size_t room = 0; room < sizeof(fitting) / sizeof(fitting[0]); room++)
        assert_int_equal(packet_fit(data, sizeof(data), room), fitting[room]);
    assert_int_equal(packet_escaped_size(data, sizeof(data)), 6);
    assert_int_equal(packet_fit(data, sizeof(data), SIZE_MAX), sizeof(data));
}

static void reports_acks_and_interrupts_between_packets(void **state)
{
    struct line line;

    (void)state;
    line_open(&line, 16);
    line_say(&line, "++-\x03$a+-\x03#bc+");
    assert_int_equal(line.counts[PACKET_ACK], 3);
    assert_int_equal(line.counts[PACKET_NAK], 1);
    assert_int_equal(line.counts[PACKET_INTERRUPT], 1);
    assert_int_equal(line.counts[PACKET_COMPLETE], 1);
    assert_payload(&line, "a+-\x03", 4);
    line_close(&line);
}

static void ignores_garbage_between_packets(void **state)
{
    struct line line;

    (void)state;
    line_open(&line, 16);
    for (unsigned value = 0; value < 256; value++) {
        uint8_t byte = (uint8_t)value;

        if (strchr("$+-\x03", value) == NULL || value == 0)
            assert_int_equal(line_feed(&line, &byte, 1), PACKET_NOTHING);
    }
    assert_int_equal(line_say(&line, "#00}$OK#9a"), PACKET_COMPLETE);
    assert_payload(&line, "OK", 2);
    line_close(&line);
}

static void a_dollar_restarts_everywhere(void **state)
{
    static const char *const before[] = {"$", "$abc", "$abc}", "$abc#", "$abc#1", "#", "$$"};
    struct line line;

    (void)state;
    line_open(&line, 16);
    for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
        assert_int_equal(line_say(&line, before[i]), PACKET_NOTHING);
        assert_int_equal(line_say(&line, "$OK#9a"), PACKET_COMPLETE);
        assert_payload(&line, "OK", 2);
    }
    line_close(&line);
}

static void reports_a_wrong_checksum(void **state)
{
    struct line line;

    (void)state;
    line_open(&line, 16);
    for (unsigned sum = 0; sum < 256; sum++) {
        char text[16];

        snprintf(text, sizeof(text), "$OK#%02x", sum);
        assert_int_equal(line_say(&line, text), sum == 0x9a ? PACKET_COMPLETE : PACKET_DAMAGED);
    }
    line_close(&line);
}

static void reports_a_checksum_that_is_no_number(void **state)
{
    struct line line;

    (void)state;
    line_open(&line, 16);
    for (unsigned value = 1; value < 256; value++) {
        char first[] = {'$', 'O', 'K', '#', (char)value, 0};
        char second[] = {'$', 'O', 'K', '#', '9', (char)value, 0};

        if (strchr("0123456789abcdefABCDEF$", value) != NULL)
            continue;
        assert_int_equal(line_say(&line, first), PACKET_DAMAGED);
        assert_int_equal(line_say(&line, second), PACKET_DAMAGED);
        assert_int_equal(line_say(&line, "$OK#9a"), PACKET_COMPLETE);
    }
    line_close(&line);
}

static void the_checksum_wraps_at_256(void **state)
{
    uint8_t payload[300];

    (void)state;
    memset(payload, 0xff, sizeof(payload));
    for (size_t size = 0; size <= sizeof(payload); size++)
        assert_round_trip(payload, size);
}

static void the_checksum_counts_escape_bytes(void **state)
{
    struct line line;

    (void)state;
    line_open(&line, 16);
    assert_int_equal(line_say(&line, "$}\x04#81"), PACKET_COMPLETE);
    assert_payload(&line, "$", 1);
    assert_int_equal(line_say(&line, "$}\x04#24"), PACKET_DAMAGED);
    line_close(&line);
}

static void an_escape_at_the_end_is_damage(void **state)
{
    struct line line;

    (void)state;
    line_open(&line, 16);
    assert_int_equal(line_say(&line, "$}#7d"), PACKET_DAMAGED);
    assert_int_equal(line_say(&line, "$ab}#40"), PACKET_DAMAGED);
    assert_int_equal(line_say(&line, "$OK#9a"), PACKET_COMPLETE);
    assert_payload(&line, "OK", 2);
    line_close(&line);
}

static void an_escape_makes_any_byte(void **state)
{
    struct line line;

    (void)state;
    line_open(&line, 16);
    assert_int_equal(line_say(&line, "$}a#de"), PACKET_COMPLETE);
    assert_payload(&line, "A", 1);
    assert_int_equal(line_say(&line, "$}}#fa"), PACKET_COMPLETE);
    assert_payload(&line, "]", 1);
    line_close(&line);
}

static void a_packet_as_long_as_the_room_is_taken(void **state)
{
    struct line line;

    (void)state;
    line_open(&line, 3);
    assert_int_equal(line_say(&line, "$OK#9a"), PACKET_COMPLETE);
    assert_payload(&line, "OK", 2);
    assert_int_equal(line_say(&line, "$}k}k#d0"), PACKET_COMPLETE);
    assert_payload(&line, "KK", 2);
    line_close(&line);
}

static void a_packet_longer_than_the_room_is_skipped(void **state)
{
    struct line line;

    (void)state;
    line_open(&line, 2);
    assert_int_equal(line_say(&line, "$OK#9a"), PACKET_TOO_LONG);
    assert_int_equal(line_say(&line, "$OK#9b"), PACKET_DAMAGED);
    assert_int_equal(line_say(&line, "$O#4f"), PACKET_COMPLETE);
    assert_payload(&line, "O", 1);
    line_close(&line);
}

static void a_buffer_of_no_bytes_takes_nothing(void **state)
{
    struct packet_receiver receiver;
    enum packet_event last = PACKET_NOTHING;

    (void)state;
    packet_receiver_init(&receiver, NULL, 0);
    for (const char *c = "$OK#9a$#00"; *c != 0; c++)
        last = packet_receive(&receiver, (uint8_t)*c);
    assert_int_equal(last, PACKET_TOO_LONG);
}

static void every_flip_of_a_bit_is_noticed(void **state)
{
    static const char text[] = "$vFile:pwrite:5,0,}]abc#c2";
    struct line line;

    (void)state;
    line_open(&line, 64);
    assert_int_equal(line_say(&line, text), PACKET_COMPLETE);
    for (size_t bit = 0; bit < 8 * strlen(text); bit++) {
        char flipped[sizeof(text)];

        memcpy(flipped, text, sizeof(text));
        flipped[bit / 8] = (char)(flipped[bit / 8] ^ 1 << bit % 8);
        line.counts[PACKET_COMPLETE] = 0;
        line_feed(&line, flipped, strlen(text));
        if (line.counts[PACKET_COMPLETE] > 0) /* only the case of a checksum digit may change */
            assert_true(bit / 8 >= strlen(text) - 2 && bit % 8 == 5);
    }
    line_close(&line);
}

static void every_truncation_leaves_the_next_packet_whole(void **state)
{
    static const char text[] = "$vFile:pwrite:5,0,}]abc#c2";
    struct line line;

    (void)state;
    line_open(&line, 64);
    for (size_t length = 0; length < strlen(text); length++) {
        line_feed(&line, text, length);
        assert_int_equal(line_say(&line, "$OK#9a"), PACKET_COMPLETE);
        assert_payload(&line, "OK", 2);
    }
    assert_int_equal(line.counts[PACKET_COMPLETE], strlen(text));
    line_close(&line);
}

static void a_lost_byte_is_noticed(void **state)
{
    static const char text[] = "$07:qRcmd,68656c70#9d";
    struct line line;

    (void)state;
    line_open(&line, 64);
    assert_int_equal(line_say(&line, text), PACKET_COMPLETE);
    line.counts[PACKET_COMPLETE] = 0;
    for (size_t lost = 0; lost < strlen(text); lost++) {
        line_feed(&line, text, lost);
        line_feed(&line, text + lost + 1, strlen(text) - lost - 1);
        assert_int_equal(line.counts[PACKET_COMPLETE], 0);
        line_say(&line, "$#"); /* the next packet ends the one whose last digit was lost */
    }
    line_close(&line);
}

static void random_bytes_harm_nothing(void **state)
{
    static uint8_t noise[65536];
    uint32_t seed = 7;

    (void)state;
    for (size_t size = 1; size <= 64; size++) {
        struct line line;

        line_open(&line, size);
        random_fill(&seed, noise, sizeof(noise));
        line_feed(&line, noise, sizeof(noise));
        assert_true(line.receiver.length < size);
        if (size > 2) {
            assert_int_equal(line_say(&line, "$OK#9a"), PACKET_COMPLETE);
            assert_payload(&line, "OK", 2);
        }
        line_close(&line);
    }
}

static void packets_come_through_noise(void **state)
{
    uint32_t seed = 99;
    struct line line;

    (void)state;
    line_open(&line, 256);
    for (unsigned round = 0; round < 2000; round++) {
        uint8_t noise[300], payload[200], frame[512];
        size_t size = random_next(&seed) % sizeof(payload);
        size_t length;

        random_fill(&seed, noise, sizeof(noise));
        random_fill(&seed, payload, size);
        line_feed(&line, noise, random_next(&seed) % sizeof(noise));
        length = packet_encode(payload, size, frame, sizeof(frame));
        assert_int_equal(line_feed(&line, frame, length), PACKET_COMPLETE);
        assert_payload(&line, payload, size);
    }
    line_close(&line);
}

static void hex_strings_convert_both_ways(void **state)
{
    uint8_t bytes[256], back[256];
    char digits[513];

    (void)state;
    for (unsigned i = 0; i < 256; i++)
        bytes[i] = (uint8_t)i;
    digits[512] = 'x';
    hex_encode(bytes, sizeof(bytes), digits);
    assert_memory_equal(digits, "000102", 6);
    assert_memory_equal(digits + 506, "fdfeffx", 7);
    assert_true(hex_decode(digits, 512, back));
    assert_memory_equal(back, bytes, sizeof(bytes));
    assert_true(hex_decode("aAbBfF", 6, back));
    assert_memory_equal(back, "\xaa\xbb\xff", 3);
}

static void hex_strings_decode_in_place(void **state)
{
    char text[] = "68656c70";

    (void)state;
    assert_true(hex_decode(text, 8, text));
    assert_memory_equal(text, "help", 4);
}

static void bad_hex_strings_are_refused(void **state)
{
    uint8_t back[4];

    (void)state;
    assert_true(hex_decode("", 0, back));
    assert_false(hex_decode("6", 1, back));
    assert_false(hex_decode("686", 3, back));
    assert_false(hex_decode("6g", 2, back));
    assert_false(hex_decode("g6", 2, back));
    assert_false(hex_decode("0x", 2, back));
    assert_false(hex_decode("\x80\xff", 2, back));
}

static void hex_numbers_are_parsed_up_to_the_first_other_character(void **state)
{
    uint32_t value = 1;

    (void)state;
    assert_int_equal(hex_parse("0", 1, &value), 1);
    assert_int_equal(value, 0);
    assert_int_equal(hex_parse("1aF,77", 6, &value), 3);
    assert_int_equal(value, 0x1af);
    assert_int_equal(hex_parse("1234", 2, &value), 2);
    assert_int_equal(value, 0x12);
    assert_int_equal(hex_parse("ffffffff", 8, &value), 8);
    assert_int_equal(value, 0xffffffff);
    assert_int_equal(hex_parse("000000000012", 12, &value), 12);
    assert_int_equal(value, 0x12);
}

static void hex_numbers_too_large_or_absent_are_refused(void **state)
{
    uint32_t value = 1;

    (void)state;
    assert_int_equal(hex_parse("", 0, &value), 0);
    assert_int_equal(hex_parse("12", 0, &value), 0);
    assert_int_equal(hex_parse(",1", 2, &value), 0);
    assert_int_equal(hex_parse("-1", 2, &value), 0);
    assert_int_equal(hex_parse("x12", 3, &value), 0);
    assert_int_equal(hex_parse("100000000", 9, &value), 0);
    assert_int_equal(hex_parse("ffffffff0", 9, &value), 0);
    assert_int_equal(value, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(receives_a_known_packet),
        cmocka_unit_test(receives_an_empty_packet),
        cmocka_unit_test(encodes_known_packets),
        cmocka_unit_test(every_byte_value_survives_alone),
        cmocka_unit_test(all_byte_values_survive_together),
        cmocka_unit_test(random_payloads_survive),
        cmocka_unit_test(a_frame_holds_no_special_byte_inside),
        cmocka_unit_test(encode_refuses_a_frame_too_small),
        cmocka_unit_test(fit_counts_escapes),
        cmocka_unit_test(reports_acks_and_interrupts_between_packets),
        cmocka_unit_test(ignores_garbage_between_packets),
        cmocka_unit_test(a_dollar_restarts_everywhere),
        cmocka_unit_test(reports_a_wrong_checksum),
        cmocka_unit_test(reports_a_checksum_that_is_no_number),
        cmocka_unit_test(the_checksum_wraps_at_256),
        cmocka_unit_test(the_checksum_counts_escape_bytes),
        cmocka_unit_test(an_escape_at_the_end_is_damage),
        cmocka_unit_test(an_escape_makes_any_byte),
        cmocka_unit_test(a_packet_as_long_as_the_room_is_taken),
        cmocka_unit_test(a_packet_longer_than_the_room_is_skipped),
        cmocka_unit_test(a_buffer_of_no_bytes_takes_nothing),
        cmocka_unit_test(every_flip_of_a_bit_is_noticed),
        cmocka_unit_test(every_truncation_leaves_the_next_packet_whole),
        cmocka_unit_test(a_lost_byte_is_noticed),
        cmocka_unit_test(random_bytes_harm_nothing),
        cmocka_unit_test(packets_come_through_noise),
        cmocka_unit_test(hex_strings_convert_both_ways),
        cmocka_unit_test(hex_strings_decode_in_place),
        cmocka_unit_test(bad_hex_strings_are_refused),
        cmocka_unit_test(hex_numbers_are_parsed_up_to_the_first_other_character),
        cmocka_unit_test(hex_numbers_too_large_or_absent_are_refused),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("packet", tests, NULL, NULL);
}
