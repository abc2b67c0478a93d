/* Records as text: see format.h. */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "kernel/probe/format.h"

/* ---- texts ---- */

static void print_character(FILE *out, uint8_t c, char quote)
{
    static const char escaped[] = "\n\t\r\\", letters[] = "ntr\\";
    const char *at = c != 0 ? strchr(escaped, c) : NULL;

    if (at != NULL)
        fprintf(out, "\\%c", letters[at - escaped]);
    else if (c == (uint8_t)quote)
        fprintf(out, "\\%c", quote);
    else if (c >= 0x80 || !isprint(c))
        fprintf(out, "\\x%02x", c);
    else
        fputc(c, out);
}

/* The bytes stand in words as the machine has them. */
static void print_text(FILE *out, const uint32_t words[])
{
    const uint8_t *bytes = (const uint8_t *)(words + 2);
    uint32_t length = words[1] & ~TEXT_CUT;

    fputc('"', out);
    for (uint32_t i = 0; i < length; i++)
        print_character(out, bytes[i], '"');
    fputs((words[1] & TEXT_CUT) != 0 ? "\"..." : "\"", out);
}

static void print_missing_text(FILE *out, uint32_t address)
{
    if (address == 0)
        fputs("NULL", out);
    else
        fprintf(out, "0x%" PRIx32 "?", address);
}

/* ---- numbers ---- */

/* Only the bits that count, with their sign. */
static uint64_t narrow(const struct value *value, uint64_t raw)
{
    unsigned bits = value->bits != 0 ? value->bits : value->size * 8u;

    raw >>= value->shift;
    if (bits >= 64)
        return raw;
    raw &= ((uint64_t)1 << bits) - 1;
    if (value->is_signed && (raw >> (bits - 1) & 1) != 0 && !value->hexadecimal)
        raw |= ~(uint64_t)0 << bits;
    return raw;
}

static void print_enumerator(FILE *out, const struct value *value, uint64_t number)
{
    for (size_t i = 0; i < value->n_enumerators; i++)
        if ((uint64_t)value->enumerators[i].value == number ||
            (!value->is_signed && value->size == 4 &&
             (uint32_t)value->enumerators[i].value == number)) {
            fputs(value->enumerators[i].name, out);
            return;
        }
    if (value->is_signed)
        fprintf(out, "%" PRId64, (int64_t)number);
    else
        fprintf(out, "%" PRIu64, number);
}

static void print_float(FILE *out, const struct value *value, uint64_t number)
{
    float single;
    double both;
    uint32_t low = (uint32_t)number;

    memcpy(&single, &low, sizeof single);
    memcpy(&both, &number, sizeof both);
    fprintf(out, "%g", value->size == 4 ? (double)single : both);
}

static void print_char(FILE *out, uint64_t number)
{
    fputc('\'', out);
    print_character(out, (uint8_t)number, '\'');
    fputc('\'', out);
}

static void print_number(FILE *out, const struct value *value, uint64_t number)
{
    switch (value->kind) {
    case VALUE_SIGNED:
        fprintf(out, "%" PRId64, (int64_t)number);
        break;
    case VALUE_BOOL:
        fputs(number == 0 ? "false" : number == 1 ? "true" : "true?", out);
        break;
    case VALUE_CHAR:
        print_char(out, number);
        break;
    case VALUE_ENUM:
        print_enumerator(out, value, number);
        break;
    case VALUE_FLOAT:
        print_float(out, value, number);
        break;
    case VALUE_ADDRESS:
        fprintf(out, "@0x%" PRIx64, number);
        break;
    case VALUE_POINTER:
        fprintf(out, "0x%" PRIx64, number);
        break;
    default:
        fprintf(out, "%" PRIu64, number);
    }
}

static void print_value(FILE *out, const struct value *value, const uint32_t words[],
                        size_t n_words, bool missing)
{
    uint64_t number = words[0];

    if (value->kind == VALUE_TEXT) {
        if (missing)
            print_missing_text(out, words[0]);
        else
            print_text(out, words);
        return;
    }
    if (missing) {
        fputc('?', out);
        return;
    }
    if (n_words == 2)
        number = number << 32 | words[1];
    number = narrow(value, number);
    if (value->hexadecimal && value->kind != VALUE_ADDRESS)
        fprintf(out, "0x%" PRIx64, number);
    else
        print_number(out, value, number);
}

/* ---- */

void format_print(FILE *out, const struct format *format, const uint32_t record[], size_t n,
                  const char *callee)
{
    size_t at = CAPTURE_HEAD;

    for (size_t i = 0; i < format->n; i++) {
        const struct value *value = &format->items[i].value;
        size_t length = capture_length(&format->captures[i], record + at, n - at);

        fputs(format->items[i].text, out);
        if (length == 0)
            return;
        if (value->returned && callee != NULL)
            fprintf(out, "(what %s returns)", callee);
        else
            print_value(out, value, record + at, length, (record[RECORD_MISSING] >> i & 1) != 0);
        at += length;
    }
    fputs(format->items[format->n].text, out);
}
