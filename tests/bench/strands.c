/* Strands: giving the processor away and getting it back, their whole life, an uncontended lock, and an interrupt of the decrementer. */
#include <stdint.h>
#include <whorl/domain.h>
#include <whorl/lock.h>
#include <whorl/strand.h>

#include "kernel/heap.h"
#include "tests/bench/bench.h"

DOMAIN("bench/strands");
IMPORT_DOMAIN("Debug");

#define N 2000u

static uint64_t __attribute__((noipa)) empty_loop(void)
{
    uint64_t start = clock_ticks();

    for (volatile unsigned n = N; n > 0; n--)
        __asm__ volatile("");
    return clock_ticks() - start;
}

/* ---- there and back ---- */

static semaphore_t *here, *there;
static volatile bool ending;

static void answer(void *closure)
{
    (void)closure;
    while (!ending)
        if (semaphore_wait(there) != OK || semaphore_post(here) != OK)
            return;
}

static void give_way(void *closure)
{
    (void)closure;
    while (!ending)
        if (strand_yield() != OK)
            return;
}

/* Two of equal priority; the loop runs on a strand of the default one. */
static uint64_t by_semaphores(void)
{
    uint64_t start = clock_ticks();

    for (volatile unsigned n = N; n > 0; n--)
        if (semaphore_post(there) != OK || semaphore_wait(here) != OK)
            return 0;
    return clock_ticks() - start;
}

static uint64_t by_yielding(void)
{
    uint64_t start = clock_ticks();

    for (volatile unsigned n = N; n > 0; n--)
        if (strand_yield() != OK)
            return 0;
    return clock_ticks() - start;
}

static uint64_t with_other(void (*entry)(void *closure), uint64_t (*what)(void))
{
    strand_t *other;
    uint64_t ticks;

    ending = false;
    if (strand_create(entry, NULL, NULL, &other) != OK || strand_yield() != OK)
        return 0;
    ticks = what();
    ending = true;
    if (semaphore_post(there) != OK || strand_join(other) != OK)
        return 0;
    while (semaphore_try(here) == OK || semaphore_try(there) == OK)
        ; /* what is left would spare the next ones every other switch */
    return ticks;
}

static uint64_t hand_over(void)
{
    return with_other(answer, by_semaphores);
}

static uint64_t yield(void)
{
    return with_other(give_way, by_yielding);
}

/* ---- others ---- */

static void nothing(void *closure)
{
    (void)closure;
}

static uint64_t live(void)
{
    uint64_t start = clock_ticks();
    strand_t *strand;

    for (volatile unsigned n = N; n > 0; n--)
        if (strand_create(nothing, NULL, NULL, &strand) != OK || strand_join(strand) != OK)
            return 0;
    return clock_ticks() - start;
}

static uint64_t lock(void)
{
    mutex_t *mutex;
    uint64_t start, ticks;

    if (mutex_create(&mutex) != OK)
        return 0;
    start = clock_ticks();
    for (volatile unsigned n = N; n > 0; n--)
        if (mutex_lock(mutex) != OK || mutex_unlock(mutex) != OK)
            return 0;
    ticks = clock_ticks() - start;
    return mutex_destroy(mutex) == OK ? ticks : 0;
}

/* It is negative, so it interrupts at once; nobody sleeps, and no turn is over. */
static uint64_t tick(void)
{
    uint64_t start = clock_ticks();

    for (volatile unsigned n = N; n > 0; n--)
        __asm__ volatile("mtdec %0" : : "r"(-1) : "memory");
    return clock_ticks() - start;
}

/* ---- */

static const struct {
    const char *name;
    uint64_t (*what)(void);
} measured[] = {
    {"strand.round_trip", hand_over},
    {"strand.round_trip_yield", yield},
    {"strand.create_join", live},
    {"lock.uncontended", lock},
    {"tick", tick},
};

static struct bench_result results[sizeof measured / sizeof measured[0]];
static unsigned n_results;
static status_t failure;

/* Each once before, so that what is made on the first occasion is there. */
static void measure(void *closure)
{
    uint64_t empty = empty_loop();

    (void)closure;
    for (unsigned i = 0; i < sizeof measured / sizeof measured[0]; i++) {
        uint64_t ticks = measured[i].what() == 0 ? 0 : measured[i].what();

        if (ticks == 0)
            failure = status_context(ERR_FAILED, measured[i].name);
        else
            results[n_results++] =
                (struct bench_result){measured[i].name, bench_each(ticks - empty, N)};
    }
}

status_t domain_init(void)
{
    strand_t *strand;
    status_t status = semaphore_create(0, &here);

    if (status == OK)
        status = semaphore_create(0, &there);
    heap_fill_freed(false);
    if (status == OK)
        status = strand_create(measure, NULL, NULL, &strand);
    if (status == OK)
        status = strand_join(strand);
    heap_fill_freed(true);
    bench_print_results(results, n_results);
    return status == OK ? failure : status;
}
