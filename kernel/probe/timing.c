/* See timing.h. */
#include "kernel/probe/timing.h"

unsigned timing_bucket(uint64_t ticks)
{
    return ticks < 2 ? 0 : 63 - (unsigned)__builtin_clzll(ticks);
}

static void drop_above(struct timing *timing, struct timing_line *line, size_t n)
{
    timing->n_unfinished += line->n - n;
    line->n = n;
}

void timing_enter(struct timing *timing, struct timing_line *line,
                  const struct timing_activation *activation, bool again)
{
    size_t n = line->n;

    while (n > 0 && line->activations[n - 1].stack_id == activation->stack_id &&
           line->activations[n - 1].stack < activation->stack)
        n--;
    drop_above(timing, line, n);
    if (n > 0 && line->activations[n - 1].stack_id == activation->stack_id &&
        line->activations[n - 1].stack == activation->stack) {
        if (again && line->activations[n - 1].link == activation->link)
            return;
        drop_above(timing, line, n - 1);
    }
    if (line->n == TIMING_DEPTH)
        timing->n_too_deep++;
    else
        line->activations[line->n++] = *activation;
}

static void count(struct timing *timing, uint64_t ticks)
{
    if (timing->n_calls == 0 || ticks < timing->least)
        timing->least = ticks;
    if (ticks > timing->most)
        timing->most = ticks;
    timing->n_calls++;
    timing->total += ticks;
    timing->histogram[timing_bucket(ticks)]++;
}

void timing_leave(struct timing *timing, struct timing_line *line, uint32_t stack, uint64_t now)
{
    size_t n = line->n;

    while (n > 0 && line->activations[n - 1].stack != stack)
        n--;
    if (n == 0)
        return;
    drop_above(timing, line, n);
    line->n--;
    count(timing, now - line->activations[n - 1].begun);
}
