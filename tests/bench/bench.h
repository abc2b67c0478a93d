/*
 * Measuring in guest instructions. Under `-icount shift=0` the time base counts
 * nanoseconds of which each instruction takes one, so an interval in ticks,
 * scaled to nanoseconds, is the number of instructions; it is off by less than a
 * tick, so an operation is repeated until that does not matter.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <whorl/clock.h>

/* Instructions, in thousandths, of each of n operations in that many ticks. */
static inline uint64_t bench_each(uint64_t ticks, uint64_t n)
{
    return ticks * 1000000u / (clock_frequency() / 1000000u) / n;
}

/* One line of the result: name, value, unit. */
static inline void bench_print(const char *name, uint64_t thousandths)
{
    printf("%s\t%llu.%03llu\tinstructions\n", name, (unsigned long long)(thousandths / 1000),
           (unsigned long long)(thousandths % 1000));
}

/* What is measured on strands, whose output is no part of the load's: kept until domain_init prints it. */
struct bench_result {
    const char *name;
    uint64_t thousandths;
};

static inline void bench_print_results(const struct bench_result results[], unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        bench_print(results[i].name, results[i].thousandths);
}

#endif
