/* See time.h. */
#include "kernel/probe/time.h"

#include <stdio.h>
#include <stdlib.h>

#include "arch/ppc/processor.h"
#include "kernel/probe/guard.h"
#include "kernel/probe/site_text.h"
#include "kernel/probe/timing.h"

struct time_probe {
    bool again; /* control comes back to the first instruction from inside */
    struct timing timing;
    struct timing_line line; /* of all strands, and what interrupts them */
};

/* ---- handlers ---- */

/* On a stack that is nobody's any more: its strand was cut off. */
static bool is_gone(const struct timing_activation *activation)
{
    return !is_of_exceptions(activation->stack) && strand_at_stack(activation->stack) == NULL;
}

/* Interrupts and other strands may execute the same procedure. What is measured is the time that the strand runs. */
static void enter(const struct probe *probe, const struct patch_registers *registers)
{
    struct time_probe *time = probe->data;
    struct timing_activation activation = {.stack = registers->gpr[1],
                                           .stack_id = (uint32_t)probe_guard(registers->gpr[1]),
                                           .link = registers->lr};
    uint32_t before = interrupts_off();

    if (time->line.n == TIMING_DEPTH)
        timing_forget(&time->timing, &time->line, is_gone);
    activation.begun = strand_clock();
    timing_enter(&time->timing, &time->line, &activation, time->again);
    interrupts_restore(before);
}

static void leave(const struct probe *probe, uint32_t stack)
{
    struct time_probe *time = probe->data;
    uint32_t before = interrupts_off();

    timing_leave(&time->timing, &time->line, stack, strand_clock());
    interrupts_restore(before);
}

PROBE_HANDLER void time_entered(void *closure, uint32_t site,
                                const struct patch_registers *registers)
{
    const struct probe *probe = probe_enter(closure, true);

    (void)site;
    if (probe == NULL)
        return;
    enter(probe, registers);
    probe_leave();
}

PROBE_HANDLER void time_left(void *closure, uint32_t site, const struct patch_registers *registers)
{
    const struct probe *probe = probe_enter(closure, false);

    (void)site;
    if (probe == NULL)
        return;
    leave(probe, registers->gpr[1]);
    probe_leave();
}

/* The back chain is what r1 was at the entry. */
PROBE_HANDLER void time_left_in_frame(void *closure, uint32_t site,
                                      const struct patch_registers *registers)
{
    const struct probe *probe = probe_enter(closure, false);

    (void)site;
    if (probe == NULL)
        return;
    leave(probe, *(const uint32_t *)registers->gpr[1]);
    probe_leave();
}

/* ---- printing ---- */

static void print_histogram(const struct timing *timing)
{
    for (unsigned i = 0; i < TIMING_BUCKETS; i++) {
        uint64_t from = i == 0 ? 0 : (uint64_t)1 << i;

        if (timing->histogram[i] != 0)
            printf("         %10llu to %10llu  %8llu\n", (unsigned long long)from,
                   (unsigned long long)(((uint64_t)2 << i) - 1),
                   (unsigned long long)timing->histogram[i]);
    }
}

static void print_odd(const char *what, uint64_t n)
{
    if (n != 0)
        printf(", %llu %s", (unsigned long long)n, what);
}

void time_look(const struct probe *probe, struct timing *timing)
{
    const struct time_probe *time = probe->data;
    uint32_t before = interrupts_off();

    *timing = time->timing;
    interrupts_restore(before);
}

/* Printing may execute what is measured. */
static void print(const struct probe *probe)
{
    struct timing timing;

    time_look(probe, &timing);
    printf("%llu call%s", (unsigned long long)timing.n_calls, timing.n_calls == 1 ? "" : "s");
    print_odd("never returned", timing.n_unfinished);
    print_odd("too deep", timing.n_too_deep);
    print_odd("skipped inside of probes", probe->n_skipped);
    printf("\n");
    if (timing.n_calls == 0)
        return;
    printf("         ticks: total %llu, least %llu, mean %llu, most %llu\n",
           (unsigned long long)timing.total, (unsigned long long)timing.least,
           (unsigned long long)(timing.total / timing.n_calls), (unsigned long long)timing.most);
    print_histogram(&timing);
}

static void end(struct probe *probe)
{
    free(probe->data);
}

static const struct probe_type time_type = {"time", print, end};

/* ---- making ---- */

static status_t patch_sites(struct probe *probe, vaddr_t entry, const struct probe_site exits[],
                            size_t n)
{
    status_t status = probe_handle(probe, entry, time_entered, false);

    for (size_t i = 0; status == OK && i < n; i++)
        status = probe_handle(probe, exits[i].address,
                              exits[i].exit == EXIT_HELPED ? time_left_in_frame : time_left,
                              exits[i].conditional);
    return status;
}

/* Whether a branch leads to the first instruction. */
static status_t comes_again(const struct site_look *look, bool *again)
{
    const struct flow *flow;
    status_t status = site_flow(look, &flow);
    const struct block *block;

    if (status != OK)
        return status;
    block = flow_block_at(flow, look->location.address);
    *again = block != NULL && block->n_predecessors != 0;
    return OK;
}

static status_t make_probe(const struct site_look *look, const struct probe_site exits[], size_t n,
                           struct probe **probe)
{
    struct time_probe *time = calloc(1, sizeof *time);
    status_t status;

    if (time == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory to measure times");
    status = comes_again(look, &time->again);
    if (status == OK)
        status = probe_make(&time_type, look->name, n + 1, time, probe);
    if (status != OK) {
        free(time);
        return status;
    }
    status = patch_sites(*probe, look->location.address, exits, n);
    if (status != OK)
        return probe_abandon(*probe, status);
    probe_begin(*probe);
    return OK;
}

status_t time_make(const struct site_look *look, struct probe **probe)
{
    struct probe_site *exits;
    size_t n;
    status_t status = site_check_entry(look, "time");

    if (status == OK)
        status = site_exits(look, &exits, &n);
    if (status != OK)
        return status;
    status = make_probe(look, exits, n, probe);
    free(exits);
    return status;
}
