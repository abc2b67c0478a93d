/*
 * Probes where they are not alone: in interrupts, in what their own handlers call, in calls that are left by a fault, when
 * the ring is full, the stack used up, or memory short.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/strand.h>
#include <whorl/clock.h>

#include "arch/ppc/machine.h"
#include "arch/ppc/processor.h"
#include "arch/ppc/registers.h"
#include "arch/ppc/timebase.h"
#include "kernel/fault.h"
#include "kernel/inject.h"
#include "kernel/patch/patch.h"
#include "kernel/probe/blocks.h"
#include "kernel/probe/capture.h"
#include "kernel/probe/probe.h"
#include "kernel/probe/ring.h"
#include "kernel/probe/simple.h"
#include "kernel/probe/site_text.h"
#include "kernel/probe/time.h"
#include "kernel/probe/trace.h"
#include "kernel/quiescence.h"
#include "kernel/test.h"

SUITE("probe");

#define SUBJECT __attribute__((noinline, noipa))

/* ---- what is probed ---- */

static volatile int sink;

SUBJECT static int subject(int a, const char *text)
{
    sink += a;
    return (int)strlen(text) + a;
}

SUBJECT static unsigned depth_of(volatile unsigned n)
{
    unsigned inner = n == 0 ? 0 : depth_of(n - 1);

    return inner + 1;
}

SUBJECT static void use_up(volatile int n)
{
    volatile char room[256];

    room[n & 255] = (char)n;
    if (n >= 0)
        use_up(n + 1);
    sink = room[0];
}

SUBJECT static void fault_inside(volatile unsigned n)
{
    if (n == 0)
        *(volatile int *)n = 1;
    else
        fault_inside(n - 1);
    sink++;
}

/* ---- what tests say ---- */

typedef status_t making_t(const struct site_look *look, struct probe **probe);

static status_t make_trace(const struct site_look *look, struct probe **probe)
{
    return trace_make(look, NULL, probe);
}

static status_t make_at(const char *site, making_t *make, struct probe **probe)
{
    struct site_look look;
    status_t status = site_open(site, &look);

    if (status != OK)
        return status;
    status = make(&look, probe);
    site_close(&look);
    return status;
}

/* NULL, and the test has failed: it was refused. */
static struct probe *probe_at(const char *site, making_t *make)
{
    struct probe *probe = NULL;

    if (!CHECK_STATUS(OK, make_at(site, make, &probe)))
        printf("    # %s: %s\n", site, status_explain());
    return probe;
}

static struct probe *probe_on(const void *procedure, making_t *make)
{
    char site[16];

    snprintf(site, sizeof site, "0x%08x", (unsigned)procedure);
    return probe_at(site, make);
}

static void end(struct probe *probe)
{
    if (probe != NULL)
        CHECK_STATUS(OK, probe_end(probe));
}

/* Records of a probe that are in the ring; all are taken. */
struct tally {
    unsigned number, n, n_damaged, n_others;
    uint64_t latest;
};

static void tally_one(const uint32_t record[], size_t n, void *closure)
{
    struct tally *tally = closure;

    if (record[RECORD_PROBE] != tally->number) {
        tally->n_others++;
        return;
    }
    tally->n++;
    if (n != CAPTURE_HEAD + 1 + 2 + 1 || record[CAPTURE_HEAD + 2] != 3 ||
        record[CAPTURE_HEAD + 3] != 0x61626300 || record[RECORD_MISSING] != 0)
        tally->n_damaged++;
}

/* Of `subject`, with "abc" for a text. */
static struct tally take(const struct probe *probe)
{
    struct tally tally = {.number = probe != NULL ? probe->number : 0};

    trace_take_all(tally_one, &tally);
    return tally;
}

/* ---- interrupts ---- */

#define INTERRUPTS 2000

static unsigned n_interrupts;

static bool call_in_interrupt(struct trap_frame *frame)
{
    (void)frame;
    (void)subject(1, "abc");
    if (++n_interrupts < INTERRUPTS)
        decrementer_write(50 + n_interrupts * 7 % 200);
    return true;
}

/* Returns how often the main line has called it. */
static unsigned call_amid_interrupts(void (*meanwhile)(void))
{
    trap_handler_t before = trap_handle(VECTOR_DECREMENTER, call_in_interrupt);
    uint64_t last = timebase_read() + 5 * (uint64_t)machine.timebase_hz;
    unsigned n = 0;

    n_interrupts = 0;
    decrementer_write(10);
    for (; n_interrupts < INTERRUPTS && timebase_read() < last; n++) {
        (void)subject(2, "abc");
        if (meanwhile != NULL)
            meanwhile();
    }
    (void)trap_handle(VECTOR_DECREMENTER, before);
    CHECK_EQUAL(INTERRUPTS, n_interrupts);
    return n;
}

static struct tally sum;

static void drain(void)
{
    trace_take_all(tally_one, &sum);
}

TEST(a_trace_in_an_interrupt_is_kept_beside_the_one_it_interrupts)
{
    struct probe *probe = probe_on(subject, make_trace);
    struct trace_counts counts;
    unsigned n;

    if (probe == NULL)
        return;
    sum = (struct tally){.number = probe->number};
    n = call_amid_interrupts(drain);
    drain();
    trace_count(probe, &counts);
    CHECK_EQUAL(n + INTERRUPTS, counts.n_records + counts.n_dropped);
    CHECK_EQUAL(counts.n_records, sum.n);
    CHECK_EQUAL(0, sum.n_damaged);
    CHECK_EQUAL(0, counts.n_dropped);
    CHECK_EQUAL(0, probe->n_skipped);
    end(probe);
}

TEST(calls_in_interrupts_are_measured_beside_those_they_interrupt)
{
    struct probe *probe = probe_on(subject, time_make);
    struct timing timing;
    unsigned n;

    if (probe == NULL)
        return;
    n = call_amid_interrupts(NULL);
    time_look(probe, &timing);
    CHECK_EQUAL(n + INTERRUPTS, timing.n_calls);
    CHECK_EQUAL(0, timing.n_unfinished);
    CHECK_EQUAL(0, timing.n_too_deep);
    CHECK_EQUAL(0, probe->n_skipped);
    CHECK(timing.least <= timing.most && timing.most <= timing.total);
    end(probe);
}

/* ---- what handlers call ---- */

TEST(what_handlers_call_may_be_traced_and_measured)
{
    struct probe *probes[] = {
        probe_on(capture_take, make_trace),   probe_on(ring_put, make_trace),
        probe_at("memcpy", make_trace),       probe_at("timing_enter", time_make),
        probe_at("timing_leave", make_trace), probe_on(capture_take, time_make)};
    struct probe *probe = probe_on(subject, make_trace), *time = probe_on(subject, time_make);
    struct timing timing;

    (void)take(probe); /* making probes has called memcpy, as often as there are domains */
    for (int i = 0; i < 10; i++)
        CHECK_EQUAL(3 + i, subject(i, "abc"));
    if (probe != NULL && time != NULL) {
        struct tally tally = take(probe);

        CHECK_EQUAL(10, tally.n);
        CHECK_EQUAL(0, tally.n_damaged);
        time_look(time, &timing);
        CHECK_EQUAL(10, timing.n_calls);
    }
    for (size_t i = 0; i < sizeof probes / sizeof probes[0]; i++)
        if (probes[i] != NULL)
            CHECK(probes[i]->n_skipped >= 10);
    end(probe);
    end(time);
    for (size_t i = 0; i < sizeof probes / sizeof probes[0]; i++)
        end(probes[i]);
    (void)take(NULL);
}

/* ---- the ring ---- */

TEST(a_full_ring_drops_and_takes_records_again_when_it_was_read)
{
    struct probe *probe = probe_on(subject, make_trace);
    struct trace_counts counts;
    struct tally tally;

    if (probe == NULL)
        return;
    (void)take(NULL);
    for (unsigned i = 0; i < RING_WORDS; i++)
        (void)subject(1, "abc");
    trace_count(probe, &counts);
    CHECK_EQUAL(RING_WORDS, counts.n_records + counts.n_dropped);
    CHECK_EQUAL(RING_WORDS / (CAPTURE_HEAD + 5), counts.n_records);
    tally = take(probe);
    CHECK_EQUAL(counts.n_records, tally.n);
    CHECK_EQUAL(0, tally.n_damaged);
    (void)subject(1, "abc");
    tally = take(probe);
    CHECK_EQUAL(1, tally.n);
    end(probe);
}

/* ---- what does not return ---- */

TEST(recursion_is_measured_at_each_depth)
{
    struct probe *probe = probe_on(depth_of, time_make);
    struct timing timing;

    if (probe == NULL)
        return;
    CHECK_EQUAL(21, depth_of(20));
    CHECK_EQUAL(101, depth_of(100));
    time_look(probe, &timing);
    CHECK_EQUAL(21 + TIMING_DEPTH, timing.n_calls);
    CHECK_EQUAL(101 - TIMING_DEPTH, timing.n_too_deep);
    CHECK_EQUAL(0, timing.n_unfinished);
    end(probe);
}

/* ---- strands ---- */

SUBJECT static void nap_inside(volatile unsigned microseconds)
{
    (void)strand_sleep(microseconds);
    sink++;
}

static void take_naps(void *closure)
{
    for (unsigned i = 0; i < 5; i++)
        nap_inside((unsigned)closure);
}

static void compute(void *closure)
{
    while (!*(volatile bool *)closure)
        (void)subject(1, "abc");
}

/* They overlap in any order, and somebody else has the processor meanwhile. */
TEST(times_are_those_that_the_strand_has_run)
{
    struct probe *probe = probe_on(nap_inside, time_make);
    strand_t *strands[4];
    bool over = false;
    struct timing timing;

    if (probe == NULL)
        return;
    CHECK_STATUS(OK, strand_create(compute, &over, NULL, &strands[3]));
    for (unsigned i = 0; i < 3; i++)
        CHECK_STATUS(OK, strand_create(take_naps, (void *)(3000 + 700 * i), NULL, &strands[i]));
    for (unsigned i = 0; i < 3; i++)
        CHECK_STATUS(OK, strand_join(strands[i]));
    over = true;
    CHECK_STATUS(OK, strand_join(strands[3]));
    time_look(probe, &timing);
    CHECK_EQUAL(15, timing.n_calls);
    CHECK_EQUAL(0, timing.n_unfinished);
    CHECK_EQUAL(0, probe->n_skipped);
    CHECK(timing.most < clock_frequency() / 1000);
    end(probe);
}

/* Whoever is in a handler of probes then finishes with what the probe has. */
TEST(probes_end_while_strands_are_in_their_handlers)
{
    making_t *const makers[] = {make_trace, time_make};
    strand_t *strands[2];
    bool over = false;

    for (unsigned i = 0; i < 2; i++)
        CHECK_STATUS(OK, strand_create(compute, &over, NULL, &strands[i]));
    for (unsigned i = 0; i < 60; i++) {
        struct probe *probe = probe_on(subject, makers[i % 2]);

        (void)strand_sleep(20 + (uint64_t)rand() % 500);
        end(probe);
        (void)take(NULL);
    }
    over = true;
    for (unsigned i = 0; i < 2; i++)
        CHECK_STATUS(OK, strand_join(strands[i]));
    quiescence_collect();
    (void)take(NULL);
}

/* ---- faults ---- */

static void call_fault_inside(void *closure)
{
    fault_inside((unsigned)closure);
}

TEST(calls_that_a_fault_has_ended_are_dropped)
{
    struct probe *probe = probe_on(fault_inside, time_make);
    struct timing timing;

    if (probe == NULL)
        return;
    for (unsigned i = 0; i < 100; i++)
        CHECK_STATUS(ERR_FAULT, fault_contain(call_fault_inside, (void *)(i % 8)));
    time_look(probe, &timing);
    CHECK_EQUAL(0, timing.n_calls);
    CHECK_EQUAL(0, timing.n_too_deep);
    CHECK(timing.n_unfinished > 400);
    end(probe);
}

static void call_use_up(void *closure)
{
    (void)closure;
    use_up(0);
}

/* The last handler may be the one for which there is no room on the stack: it must not keep others from running. */
TEST(a_handler_that_runs_out_of_stack_stops_no_other)
{
    struct probe *probe = probe_on(use_up, make_trace), *other = probe_on(subject, make_trace);
    struct tally tally;

    CHECK_STATUS(ERR_FAULT, fault_contain(call_use_up, NULL));
    (void)take(NULL);
    CHECK_EQUAL(6, subject(3, "abc"));
    tally = take(other);
    CHECK_EQUAL(1, tally.n);
    end(probe);
    end(other);
    (void)take(NULL);
}

/* ---- memory ---- */

static uint32_t text_sum(const void *start, size_t n)
{
    const uint32_t *words = start;
    uint32_t result = 0;

    for (size_t i = 0; i < n; i++)
        result = result * 31 + words[i];
    return result;
}

/* Until there is enough of it. */
static void make_without_memory(const void *procedure, making_t *make)
{
    uint32_t before = text_sum(procedure, 8);
    struct site_look look;
    struct probe *probe;
    char site[16];
    status_t status = ERR_FAILED;

    snprintf(site, sizeof site, "0x%08x", (unsigned)procedure);
    end(probe_on(procedure, make));
    if (!CHECK_STATUS(OK, site_open(site, &look)))
        return;
    for (unsigned n = 1; status != OK && n < 20000; n += n < 100 ? 1 : 1 + n / 16) {
        inject_set(n);
        status = make(&look, &probe);
        inject_set(0);
        if (status == OK)
            break;
        if (!CHECK_STATUS(ERR_NO_MEMORY, status) || !CHECK_EQUAL(before, text_sum(procedure, 8)) ||
            !CHECK(!patch_is_on((vaddr_t)procedure, 64)))
            break;
    }
    site_close(&look);
    if (CHECK_STATUS(OK, status))
        end(probe);
    CHECK_EQUAL(before, text_sum(procedure, 8));
}

static status_t make_call(const struct site_look *look, struct probe **probe)
{
    return simple_call(look, "kernel.probe_forget_lost", false, probe);
}

TEST(without_memory_all_of_a_probe_is_undone)
{
    make_without_memory(subject, simple_count);
    make_without_memory(subject, make_trace);
    make_without_memory(depth_of, time_make);
    make_without_memory(depth_of, blocks_make);
    make_without_memory(subject, make_call);
}

/* ---- many ---- */

TEST(handlers_serve_as_many_probes_as_there_are_handles)
{
    static struct probe *probes[300];
    size_t n = 0;
    status_t status = OK;

    for (; n < 300; n++) {
        char site[16];

        snprintf(site, sizeof site, "0x%08x", (unsigned)subject);
        status = make_at(site, make_trace, &probes[n]);
        if (status != OK)
            break;
    }
    CHECK_STATUS(ERR_NO_MEMORY, status);
    CHECK_EQUAL(256, n);
    CHECK_EQUAL(4, subject(1, "abc"));
    for (size_t i = 0; i < n; i++) {
        struct trace_counts counts;

        trace_count(probes[i], &counts);
        CHECK_EQUAL(1, counts.n_records);
    }
    (void)take(NULL);
    while (n > 0)
        end(probes[--n]);
}
