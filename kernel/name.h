/* Names that are copied on paths that count. */
#ifndef KERNEL_NAME_H
#define KERNEL_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline bool name_ends_in(uint32_t word)
{
    return ((word - 0x01010101u) & ~word & 0x80808080u) != 0;
}

/*
 * At most so many characters, and a zero; returns how many. By words where the name is aligned: such a one is on one page, so what lies behind
 * the end of a name can be read.
 */
static inline size_t name_copy(char *to, const char *name, size_t max)
{
    const char *start = to, *end = to + max;
    uint32_t word;

    for (; (uintptr_t)name % sizeof word == 0 && end - to >= (int)sizeof word;
         to += sizeof word, name += sizeof word) {
        memcpy(&word, name, sizeof word);
        if (name_ends_in(word))
            break;
        memcpy(to, &word, sizeof word);
    }
    while (to < end && *name != 0)
        *to++ = *name++;
    *to = 0;
    return (size_t)(to - start);
}

#endif
