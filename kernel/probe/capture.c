/* See capture.h. */
#include "kernel/probe/capture.h"

#include <string.h>

#define PAGE 4096u /* what can be read is a matter of whole pages */
#define TEXT_HEAD 2

static unsigned value_words(const struct capture *capture)
{
    return capture->kind == CAPTURE_VALUE && capture->size == 8 ? 2 : 1;
}

static bool is_text(const struct capture *capture)
{
    return capture->kind == CAPTURE_STRING || capture->kind == CAPTURE_TEXT;
}

static unsigned text_words(size_t length)
{
    return TEXT_HEAD + ((unsigned)length + 3) / 4;
}

static size_t text_limit(const struct capture *capture)
{
    bool bounded = capture->kind == CAPTURE_TEXT && capture->size != 0;

    return bounded && capture->size < CAPTURE_TEXT_MAX ? capture->size : CAPTURE_TEXT_MAX;
}

unsigned capture_words(const struct capture *capture)
{
    return is_text(capture) ? text_words(text_limit(capture)) : value_words(capture);
}

size_t capture_length(const struct capture *capture, const uint32_t rest[], size_t n)
{
    size_t length = value_words(capture);

    if (is_text(capture))
        length = n < TEXT_HEAD ? TEXT_HEAD : text_words(rest[1] & ~TEXT_CUT);
    return length <= n ? length : 0;
}

/* ---- taking ---- */

struct taking {
    const uint32_t *registers;
    capture_read_t read;
};

/* Bytes as they stand in memory, the first the most significant, become words of the machine. */
static void widen(const uint8_t bytes[], size_t size, uint32_t words[])
{
    uint64_t value = 0;

    for (size_t i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    if (size == 8) {
        words[0] = (uint32_t)(value >> 32);
        words[1] = (uint32_t)value;
    } else {
        words[0] = (uint32_t)value;
    }
}

static bool load(const struct taking *taking, uint32_t address, size_t size, uint32_t words[])
{
    uint8_t bytes[8];

    if (!taking->read(bytes, address, size))
        return false;
    widen(bytes, size, words);
    return true;
}

/* The address of what is in memory. */
static bool find(const struct taking *taking, const struct place *place, uint32_t *address)
{
    uint32_t found = taking->registers[place->word];

    for (unsigned i = 0; i < place->n_hops; i++)
        if (!load(taking, found + place->hops[i], sizeof found, &found))
            return false;
    *address = found + place->offset;
    return true;
}

static bool take_value(const struct taking *taking, const struct capture *capture, uint32_t words[])
{
    uint32_t address;

    if (capture->place.in_register) {
        memcpy(words, &taking->registers[capture->place.word],
               value_words(capture) * sizeof *words);
        return true;
    }
    return find(taking, &capture->place, &address) && load(taking, address, capture->size, words);
}

/* Up to a zero, the limit, or what cannot be read; false if that is the first one. */
static bool read_text(const struct taking *taking, uint32_t address, size_t limit, char text[],
                      size_t *length, bool *cut)
{
    size_t n = 0;

    while (n < limit) {
        size_t left = PAGE - (address + n) % PAGE, piece = limit - n < left ? limit - n : left;
        const char *zero;

        if (!taking->read(text + n, address + (uint32_t)n, piece))
            break;
        zero = memchr(text + n, 0, piece);
        if (zero != NULL) {
            *length = (size_t)(zero - text);
            *cut = false;
            return true;
        }
        n += piece;
    }
    *length = n;
    *cut = true;
    return n != 0;
}

static bool take_pointer(const struct taking *taking, const struct capture *capture,
                         uint32_t *pointer)
{
    uint32_t address;

    if (capture->kind == CAPTURE_STRING && capture->place.in_register) {
        *pointer = taking->registers[capture->place.word];
        return true;
    }
    if (!find(taking, &capture->place, &address))
        return false;
    if (capture->kind != CAPTURE_STRING) {
        *pointer = address;
        return true;
    }
    return load(taking, address, sizeof *pointer, pointer);
}

/* An array that has no room for a zero is not cut. */
static bool take_text(const struct taking *taking, const struct capture *capture, uint32_t words[],
                      size_t *n_words)
{
    char *text = (char *)(words + TEXT_HEAD);
    size_t length;
    bool cut;

    words[0] = words[1] = 0;
    *n_words = TEXT_HEAD;
    if (!take_pointer(taking, capture, &words[0]) ||
        !read_text(taking, words[0], text_limit(capture), text, &length, &cut))
        return false;
    if (capture->kind == CAPTURE_TEXT && length == capture->size)
        cut = false;
    *n_words = text_words(length);
    memset(text + length, 0, (*n_words - TEXT_HEAD) * sizeof *words - length);
    words[1] = (uint32_t)length | (cut ? TEXT_CUT : 0);
    return true;
}

static bool take(const struct taking *taking, const struct capture *capture, uint32_t words[],
                 size_t *n_words)
{
    if (is_text(capture))
        return take_text(taking, capture, words, n_words);
    *n_words = value_words(capture);
    memset(words, 0, *n_words * sizeof *words);
    return capture->kind == CAPTURE_VALUE ? take_value(taking, capture, words)
                                          : find(taking, &capture->place, words);
}

size_t capture_take(const struct capture captures[], size_t n,
                    const uint32_t registers[N_CAPTURE_WORDS], capture_read_t read,
                    uint32_t record[])
{
    const struct taking taking = {registers, read};
    size_t at = CAPTURE_HEAD, n_words;

    record[RECORD_MISSING] = 0;
    for (size_t i = 0; i < n; i++, at += n_words)
        if (!take(&taking, &captures[i], record + at, &n_words))
            record[RECORD_MISSING] |= 1u << i;
    return at;
}
