/* Numbers that look random and are the same in every run (Marsaglia's xorshift). */
#ifndef TESTS_KERNEL_EFFECTS_RANDOM_H
#define TESTS_KERNEL_EFFECTS_RANDOM_H

#include <stdint.h>

static inline uint32_t random_next(uint32_t *seed)
{
    uint32_t x = *seed;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *seed = x;
}

#endif
