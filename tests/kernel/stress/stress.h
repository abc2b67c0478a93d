/* What the parts of the stress suite share: counted complaints, and strands that are waited for with a limit. */
#ifndef TESTS_KERNEL_STRESS_STRESS_H
#define TESTS_KERNEL_STRESS_STRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <whorl/lock.h>
#include <whorl/strand.h>

#include "kernel/test.h"

#define STRESS_MAX 500

/* Any strand: what must not be is. The first few are printed, all counted. */
void stress_wrong(const char *what, long long a, long long b);
unsigned stress_n_wrong(void);

/* Counts from here on; waits until all strands that were begun have ended, or for a long time. */
void stress_open(void);
strand_t *stress_begin(void (*entry)(void *closure), unsigned closure, unsigned priority);
bool stress_close(void);

/* xorshift (Marsaglia, 2003) */
static inline uint32_t stress_random(uint32_t *seed, uint32_t below)
{
    uint32_t x = *seed;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    *seed = x;
    return x % below;
}

/* What all of the crowd do (crowd.c); ends. */
void crowd_begin(uint32_t seed);
void crowd_do(void *closure);
bool crowd_is_right(void);

#endif
