/*
 * The section is 'A' and, for each vendor, a length, the vendor's name, and
 * subsections of tag, length and attributes; an attribute of the one vendor that
 * matters here is two numbers (of which the second is a string if the tag is odd).
 */
#include "domains/object/attributes.h"

#include <string.h>

#include "domains/object/bytes.h"

#define VENDOR "gnu"
#define TAG_FILE 1
#define TAG_COMPATIBILITY 32
#define TAG_POWER_ABI_FP 4

struct reader {
    const uint8_t *next, *end;
};

/* Unsigned LEB128; what does not fit is cut. */
static uint32_t number(struct reader *r)
{
    uint32_t value = 0;

    for (unsigned shift = 0; r->next < r->end; shift += 7) {
        uint8_t byte = *r->next++;

        if (shift < 32)
            value |= (uint32_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0)
            break;
    }
    return value;
}

static void skip_string(struct reader *r)
{
    while (r->next < r->end && *r->next++ != 0)
        ;
}

static enum float_abi scan(struct reader r)
{
    while (r.next < r.end) {
        uint32_t tag = number(&r);

        if (tag == TAG_POWER_ABI_FP)
            return (enum float_abi)(number(&r) & 3);
        if (tag == TAG_COMPATIBILITY)
            (void)number(&r);
        if (tag == TAG_COMPATIBILITY || tag % 2 == 1)
            skip_string(&r);
        else
            (void)number(&r);
    }
    return FLOAT_NONE;
}

/* A block that begins with its own length, behind `head` bytes: moves r past it. */
static struct reader block(struct reader *r, size_t head)
{
    struct reader inner = {r->end, r->end};
    size_t left = (size_t)(r->end - r->next);
    size_t length = left < head + 4 ? 0 : get32(r->next + head);

    if (length >= head + 4 && length <= left) {
        inner.next = r->next + head + 4;
        inner.end = r->next + length;
        r->next += length;
    } else {
        r->next = r->end;
    }
    return inner;
}

static enum float_abi scan_vendor(struct reader r)
{
    enum float_abi found = FLOAT_NONE;

    if ((size_t)(r.end - r.next) < sizeof VENDOR || memcmp(r.next, VENDOR, sizeof VENDOR) != 0)
        return FLOAT_NONE;
    r.next += sizeof VENDOR;
    while (found == FLOAT_NONE && r.next < r.end) {
        uint8_t tag = *r.next;
        struct reader inner = block(&r, 1);

        if (tag == TAG_FILE)
            found = scan(inner);
    }
    return found;
}

enum float_abi attributes_float_abi(const uint8_t *section, size_t size)
{
    struct reader r = {section, section + size};
    enum float_abi found = FLOAT_NONE;

    if (size == 0 || *r.next++ != 'A')
        return FLOAT_NONE;
    while (found == FLOAT_NONE && r.next < r.end)
        found = scan_vendor(block(&r, 0));
    return found;
}
