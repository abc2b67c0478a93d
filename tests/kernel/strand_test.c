/* Strands: how they begin, take turns, wait and end, and what is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <whorl/clock.h>
#include <whorl/event.h>
#include <whorl/strand.h>

#include "kernel/busy.h"
#include "kernel/contain/contain.h"
#include "kernel/strand/strand.h"
#include "kernel/test.h"

SUITE("strand");

static volatile unsigned counts[8];
static volatile bool stop;

static void count_one(void *closure)
{
    counts[(unsigned)closure]++;
}

static strand_t *begin(void (*entry)(void *closure), unsigned closure,
                       const struct strand_options *options)
{
    strand_t *strand = NULL;

    CHECK_STATUS(OK, strand_create(entry, (void *)closure, options, &strand));
    return strand;
}

TEST(runs_and_is_joined)
{
    strand_t *strand = begin(count_one, 1, NULL);

    counts[1] = 0;
    CHECK_STATUS(OK, strand_join(strand));
    CHECK_EQUAL(1, counts[1]);
    CHECK_STATUS(ERR_BAD_CAPABILITY, strand_join(strand));
}

static void yield_often(void *closure)
{
    for (int i = 0; i < 100; i++) {
        counts[(unsigned)closure]++;
        (void)strand_yield();
    }
}

TEST(equals_take_turns_when_they_yield)
{
    struct strand_options options = {.stopped = true};
    strand_t *strands[2];

    memset((void *)counts, 0, sizeof counts);
    for (unsigned i = 0; i < 2; i++)
        strands[i] = begin(yield_often, i, &options);
    for (unsigned i = 0; i < 2; i++)
        CHECK_STATUS(OK, strand_unblock(strands[i]));
    while (counts[0] < 50)
        CHECK_STATUS(OK, strand_sleep(1));
    CHECK(counts[1] + 1 >= counts[0]);
    for (unsigned i = 0; i < 2; i++)
        CHECK_STATUS(OK, strand_join(strands[i]));
    CHECK_EQUAL(100, counts[0]);
    CHECK_EQUAL(100, counts[1]);
}

static void spin(void *closure)
{
    while (!stop)
        counts[(unsigned)closure]++;
}

TEST(who_computes_loses_the_processor_to_equals_and_to_higher_ones)
{
    strand_t *strands[3];

    stop = false;
    memset((void *)counts, 0, sizeof counts);
    for (unsigned i = 0; i < 3; i++)
        strands[i] = begin(spin, i, NULL);
    CHECK_STATUS(OK, strand_sleep(30000));
    stop = true;
    for (unsigned i = 0; i < 3; i++)
        CHECK(counts[i] > 0);
    for (unsigned i = 0; i < 3; i++)
        CHECK_STATUS(OK, strand_join(strands[i]));
    CHECK(counts[0] < 2 * counts[1] && counts[1] < 2 * counts[0]);
    CHECK(counts[0] < 2 * counts[2] && counts[2] < 2 * counts[0]);
}

TEST(a_lower_one_waits)
{
    struct strand_options low = {.priority = 2};
    strand_t *high, *lower;

    stop = false;
    memset((void *)counts, 0, sizeof counts);
    high = begin(spin, 0, NULL);
    lower = begin(spin, 1, &low);
    CHECK_STATUS(OK, strand_sleep(10000));
    CHECK(counts[0] > 0);
    CHECK_EQUAL(0, counts[1]);
    stop = true;
    CHECK_STATUS(OK, strand_join(high));
    CHECK_STATUS(OK, strand_join(lower));
}

static void sleep_a_while(void *closure)
{
    (void)closure;
    (void)strand_sleep(2000);
    counts[0]++;
}

TEST(sleeps_at_least_as_long_as_it_is_told)
{
    uint64_t begun = clock_microseconds();
    strand_t *strand = begin(sleep_a_while, 0, NULL);

    CHECK_STATUS(OK, strand_join(strand));
    CHECK(clock_microseconds() - begun >= 2000);
}

static double power(double base, unsigned exponent)
{
    double result = 1;

    while (exponent-- > 0)
        result *= base;
    return result;
}

static void compute(void *closure)
{
    unsigned n = (unsigned)closure;

    for (unsigned i = 0; i < 2000; i++) {
        double expected = (double)(1u << (n + 10));

        if (power(2, n + 10) != expected)
            counts[n]++;
    }
    errno = (int)n;
    (void)strand_yield();
    if (errno != (int)n)
        counts[n]++;
}

TEST(registers_and_errno_are_its_own)
{
    strand_t *strands[8];

    memset((void *)counts, 0, sizeof counts);
    for (unsigned i = 0; i < 8; i++)
        strands[i] = begin(compute, i, NULL);
    for (unsigned i = 0; i < 8; i++) {
        CHECK_STATUS(OK, strand_join(strands[i]));
        CHECK_EQUAL(0, counts[i]);
    }
}

TEST(misuse_is_refused)
{
    struct strand_options large = {.stack_size = STRAND_STACK_MAX + 1}, high = {.priority = 99};
    strand_t *strand = strand_self();
    vaddr_t busy;

    CHECK_STATUS(ERR_BAD_ARGUMENT, strand_create(count_one, NULL, &large, &strand));
    CHECK_STATUS(ERR_BAD_ARGUMENT, strand_create(count_one, NULL, &high, &strand));
    CHECK_STATUS(ERR_BAD_ARGUMENT,
                 strand_create((void (*)(void *))(void *)counts, NULL, NULL, &strand));
    CHECK(strand == strand_self());
    CHECK_STATUS(ERR_STATE, strand_join(strand_self()));
    CHECK_STATUS(ERR_BAD_CAPABILITY, strand_join(NULL));
    CHECK_STATUS(ERR_BAD_CAPABILITY, strand_block((strand_t *)(void *)counts));
    busy = busy_begin();
    CHECK_STATUS(ERR_STATE, strand_yield());
    CHECK_STATUS(ERR_STATE, strand_sleep(1));
    busy_end(busy);
}

/* ---- a call that waits for the end of a strand is cut off ---- */

static jmp_buf way_out;
static vaddr_t outside;
static strand_t *leaver;

/* As who is cut off there is made to. */
static status_t leave_the_wait(strand_t *strand)
{
    if (strand != leaver)
        return OK;
    leaver = NULL;
    contain_unwound(outside);
    longjmp(way_out, 1);
}

static void join_in_vain(strand_t *strand)
{
    outside = (vaddr_t)__builtin_frame_address(0);
    leaver = strand_self();
    if (setjmp(way_out) == 0)
        (void)strand_join(strand);
}

static void wait_to_be_told(void *closure)
{
    (void)closure;
    while (!stop)
        (void)strand_sleep(1000);
}

static void join_the_other(void *closure)
{
    volatile status_t *status = (volatile status_t *)&counts[0];

    *status = strand_join(closure);
}

TEST(who_is_cut_off_while_he_waits_for_an_end_is_not_in_the_way_of_others)
{
    const struct event_options first = {.order = EVENT_FIRST};
    strand_t *strand = begin(wait_to_be_told, 0, NULL), *other;
    binding_t *binding;

    stop = false;
    CHECK_STATUS(OK, event_install((procedure_t)strand_block, (procedure_t)leave_the_wait, NULL,
                                   &first, &binding));
    join_in_vain(strand);
    CHECK_STATUS(OK, event_destroy(binding));
    CHECK(leaver == NULL);
    other = begin(join_the_other, (unsigned)strand, NULL);
    CHECK_STATUS(OK, strand_sleep(1000));
    stop = true;
    CHECK_STATUS(OK, strand_join(other));
    CHECK_STATUS(OK, counts[0]);
}

TEST(an_unblock_before_the_block_is_remembered)
{
    CHECK_STATUS(OK, strand_unblock(strand_self()));
    CHECK_STATUS(OK, strand_block(strand_self()));
    CHECK(strand_is_queued(strand_current));
}
