/*
 * What a trace keeps of a moment: words of registers, of memory, and characters, in an order that is known
 * beforehand. Memory that cannot be read is said to be missing.
 *
 * A record of n captures is CAPTURE_HEAD words and then what each leaves: a value 1 or 2 words; a text its address, its length,
 * with TEXT_CUT if it goes on, and its bytes in whole words, the rest of the last being zero.
 *
 * Portable and pure; any context, without memory of the heap. 700 bytes of stack are enough.
 */
#ifndef KERNEL_PROBE_CAPTURE_H
#define KERNEL_PROBE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CAPTURES_MAX 32
#define CAPTURE_HOPS_MAX 6
#define CAPTURE_TEXT_MAX 64 /* characters */
#define TEXT_CUT 0x80000000u

/* Words of struct patch_registers, of which 0 to 31 are the general registers. */
enum capture_word { WORD_CR = 32, WORD_XER, WORD_LR, WORD_CTR, N_CAPTURE_WORDS };

/* Where something is: in a register, or in memory that is found from one by loading pointers. */
struct place {
    bool in_register;
    uint8_t word; /* in which; the second of two words is in the next one */
    uint8_t n_hops;
    uint32_t hops[CAPTURE_HOPS_MAX]; /* added to the address, which is then loaded from there */
    uint32_t offset;                 /* added to the last */
};

enum capture_kind {
    CAPTURE_VALUE,   /* of `size` bytes */
    CAPTURE_ADDRESS, /* of what is there */
    CAPTURE_STRING,  /* what the pointer there points to, up to a zero */
    CAPTURE_TEXT, /* characters that stand there, up to a zero or `size` of them; 0: any number */
};

struct capture {
    uint8_t kind;
    uint32_t size;
    struct place place;
};

/* Records: the head, and where its words are. */
enum record_word { RECORD_PROBE, RECORD_SITE, RECORD_TIME, RECORD_TIME_LOW, RECORD_MISSING };
#define CAPTURE_HEAD 5

/* Copies bytes from an address; false, and nothing is known of them, if they cannot all be read. */
typedef bool (*capture_read_t)(void *to, uint32_t address, size_t size);

/* The most words that a capture leaves. */
unsigned capture_words(const struct capture *capture);

/*
 * Takes n of them, CAPTURES_MAX at most, behind the head of a record, and notes there what is missing. Returns all
 * the record's words.
 */
size_t capture_take(const struct capture captures[], size_t n,
                    const uint32_t registers[N_CAPTURE_WORDS], capture_read_t read,
                    uint32_t record[]);

/* Finds capture after capture in a record again: how many words of *rest are its. 0: the record ends before. */
size_t capture_length(const struct capture *capture, const uint32_t rest[], size_t n);

#endif
