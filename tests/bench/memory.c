/* Exceptions, pages, heap, and writing code. */
#include <stdint.h>
#include <stdlib.h>
#include <whorl/domain.h>
#include <whorl/memory.h>

#include "arch/ppc/code/write.h"
#include "arch/ppc/registers.h"
#include "kernel/code_space.h"
#include "kernel/fault.h"
#include "kernel/heap.h"
#include "tests/bench/bench.h"

DOMAIN("bench/memory");
IMPORT_DOMAIN("Debug");

#define N 20000u

static uint64_t __attribute__((noipa)) empty_loop(void)
{
    uint64_t start = clock_ticks();

    for (volatile unsigned n = N; n > 0; n--)
        __asm__ volatile("");
    return clock_ticks() - start;
}

/* From the instruction that traps to the one after it, through a handler in C. */
static bool handler(struct trap_frame *frame)
{
    (void)frame;
    return true;
}

static uint64_t traps(void)
{
    trap_handler_t before = trap_handle(VECTOR_SYSTEM_CALL, handler);
    uint64_t start = clock_ticks(), ticks;

    for (volatile unsigned n = N; n > 0; n--)
        __asm__ volatile("sc" : : : "memory");
    ticks = clock_ticks() - start;
    (void)trap_handle(VECTOR_SYSTEM_CALL, before);
    return ticks;
}

static uint64_t pages(void)
{
    uint64_t start = clock_ticks();

    for (volatile unsigned n = N; n > 0; n--) {
        void *page;

        if (page_allocate(1, &page) != OK || page_free(page, 1) != OK)
            return 0;
    }
    return clock_ticks() - start;
}

static uint64_t pieces(void)
{
    void *keep = malloc(64);
    uint64_t start = clock_ticks(), ticks;

    for (volatile unsigned n = N; n > 0; n--) {
        void *piece = malloc(64);

        __asm__ volatile("" : "+r"(piece));
        free(piece);
    }
    ticks = clock_ticks() - start;
    free(keep);
    return ticks;
}

static uint64_t words(void)
{
    uint32_t word = 0x60000000;
    uint64_t start, ticks;
    vaddr_t code;

    if (code_allocate(OWNER_KERNEL, 16, CODE_ANYWHERE, &code) != OK)
        return 0;
    start = clock_ticks();
    for (volatile unsigned n = N; n > 0; n--)
        (void)code_write(code, &word, 1);
    ticks = clock_ticks() - start;
    code_free(code);
    return ticks;
}

static void measure(const char *name, uint64_t (*what)(void), uint64_t empty)
{
    bench_print(name, bench_each(what() - empty, N));
}

status_t domain_init(void)
{
    uint64_t empty = empty_loop();

    measure("trap.round_trip", traps, empty);
    measure("code.write_word", words, empty);
    heap_fill_freed(false);
    measure("page.alloc_free", pages, empty);
    measure("heap.alloc_free_64", pieces, empty);
    heap_fill_freed(true);
    measure("page.alloc_free_filled", pages, empty);
    measure("heap.alloc_free_64_filled", pieces, empty);
    return OK;
}
