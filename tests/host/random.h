/* Random numbers that are the same on every host (xorshift, 32 bits; Marsaglia). */
#ifndef TESTS_RANDOM_H
#define TESTS_RANDOM_H

#include <stdint.h>

/* The next number; *seed is not 0. */
static inline uint32_t random_next(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* One of 0 … n - 1; n > 0. */
static inline uint32_t random_below(uint32_t *seed, uint32_t n)
{
    return (random_next(seed) >> 8) % n;
}

#endif
