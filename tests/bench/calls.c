/* The cost of a call of a procedure of its own, and of one that another domain exports. */
#include <stdbool.h>
#include <whorl/domain.h>

#include "tests/bench/bench.h"

DOMAIN("bench/calls");

#define N 100000u

void callee_leaf(void);

static void __attribute__((noipa)) local_leaf(void)
{
}

static uint64_t __attribute__((noipa)) empty_loop(void)
{
    uint64_t start = clock_ticks();

    for (volatile unsigned n = N; n > 0; n--)
        __asm__ volatile("");
    return clock_ticks() - start;
}

static uint64_t __attribute__((noipa)) local_loop(void)
{
    uint64_t start = clock_ticks();

    for (volatile unsigned n = N; n > 0; n--)
        local_leaf();
    return clock_ticks() - start;
}

static uint64_t __attribute__((noipa)) import_loop(void)
{
    uint64_t start = clock_ticks();

    for (volatile unsigned n = N; n > 0; n--)
        callee_leaf();
    return clock_ticks() - start;
}

/* A loop whose length is known proves the method. */
static bool validate(void)
{
    uint64_t start = clock_ticks(), counted;

    __asm__ volatile("mtctr %0\n1:\tbdnz 1b" : : "r"(1000000) : "ctr");
    counted = bench_each(clock_ticks() - start, 1);
    bench_print("check.loop_1000000", counted);
    return counted > 999900000 && counted < 1000100000;
}

status_t domain_init(void)
{
    uint64_t empty;

    if (!validate())
        return status_refuse(ERR_FAILED,
                             "a loop of 1,000,000 instructions was not counted as such");
    empty = empty_loop();
    bench_print("call.local", bench_each(local_loop() - empty, N));
    bench_print("call.import", bench_each(import_loop() - empty, N));
    return OK;
}
