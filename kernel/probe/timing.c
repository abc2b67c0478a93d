/* See timing.h. */
#include "kernel/probe/timing.h"

unsigned timing_bucket(uint64_t ticks)
{
    return ticks < 2 ? 0 : 63 - (unsigned)__builtin_clzll(ticks);
}

static void take_out(struct timing_line *line, size_t i)
{
    line->n--;
    for (; i < line->n; i++)
        line->activations[i] = line->activations[i + 1];
}

static void drop(struct timing *timing, struct timing_line *line, size_t i)
{
    timing->n_unfinished++;
    take_out(line, i);
}

/* Those of its stack that lie as deep, from the latest on. True: it is one of them. */
static bool drop_deeper(struct timing *timing, struct timing_line *line,
                        const struct timing_activation *activation, bool again)
{
    for (size_t i = line->n; i-- > 0;) {
        const struct timing_activation *a = &line->activations[i];

        if (a->stack_id != activation->stack_id)
            continue;
        if (a->stack > activation->stack)
            break;
        if (a->stack == activation->stack && again && a->link == activation->link)
            return true;
        drop(timing, line, i);
    }
    return false;
}

void timing_enter(struct timing *timing, struct timing_line *line,
                  const struct timing_activation *activation, bool again)
{
    if (drop_deeper(timing, line, activation, again))
        return;
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
    struct timing_activation *ended;

    while (n > 0 && line->activations[n - 1].stack != stack)
        n--;
    if (n == 0)
        return;
    ended = &line->activations[n - 1];
    for (size_t i = line->n; i-- > n;)
        if (line->activations[i].stack_id == ended->stack_id)
            drop(timing, line, i);
    count(timing, now - ended->begun);
    take_out(line, n - 1);
}

void timing_forget(struct timing *timing, struct timing_line *line,
                   bool (*is_gone)(const struct timing_activation *activation))
{
    for (size_t i = line->n; i-- > 0;)
        if (is_gone(&line->activations[i]))
            drop(timing, line, i);
}
