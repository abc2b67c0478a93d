/*
 * The time base: a 64-bit counter at timebase_hz (arch/ppc/machine.h).
 * Any context.
 */
#ifndef ARCH_PPC_TIMEBASE_H
#define ARCH_PPC_TIMEBASE_H

#include <stdint.h>

#include "arch/ppc/registers.h"

/* Upper, lower, upper again until no carry came between (PEM 2.2.1). */
static inline uint64_t timebase_read(void)
{
    uint32_t upper, lower, again;

    do {
        __asm__ volatile("mftb %0, %3\n\tmftb %1, %4\n\tmftb %2, %3"
                         : "=r"(upper), "=r"(lower), "=r"(again)
                         : "i"(TBR_TBU), "i"(TBR_TBL));
    } while (upper != again);
    return (uint64_t)upper << 32 | lower;
}

/* The lower half alone: for intervals below 2^32 ticks. */
static inline uint32_t timebase_low(void)
{
    uint32_t lower;

    __asm__ volatile("mftb %0, %1" : "=r"(lower) : "i"(TBR_TBL));
    return lower;
}

#endif
