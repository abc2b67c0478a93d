/*
 * How long a procedure takes, from its entries and exits: activations that have begun, on any stack, and what those that
 * ended have taken.
 *
 * An exit ends the activation that was entered with the same r1. Those of a stack nest, so those of the same stack above it have never returned:
 * they were left by longjmp or a fault, and are dropped and counted. So are, at an entry, those of the same
 * stack that lie no further out than the new one. An exit that no activation fits ends nothing: the procedure was
 * running before it was looked at.
 *
 * `now` is any clock that does not go backwards on the stack: the time base, or the time that a strand has run.
 *
 * Portable and pure; one at a time.
 */
#ifndef KERNEL_PROBE_TIMING_H
#define KERNEL_PROBE_TIMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMING_DEPTH 64
#define TIMING_BUCKETS 64

struct timing_activation {
    uint32_t stack;    /* r1 at the entry */
    uint32_t stack_id; /* of which stack, any number */
    uint32_t link;     /* LR: where it returns to */
    uint64_t begun;
};

/* Those that have begun. */
struct timing_line {
    size_t n;
    struct timing_activation activations[TIMING_DEPTH];
};

/* What activations that have ended took, in ticks of the clock. */
struct timing {
    uint64_t n_calls, total, least, most;
    uint64_t n_unfinished;              /* dropped, since they did not return */
    uint64_t n_too_deep;                /* not looked at: TIMING_DEPTH others had begun */
    uint64_t histogram[TIMING_BUCKETS]; /* [n]: 2^n up to 2^(n + 1) ticks; 0 and 1 in the first */
};

/*
 * The procedure is entered. `again`: control may come to its first instruction from inside, so that
 * an entry from the same place with the same stack is none.
 */
void timing_enter(struct timing *timing, struct timing_line *line,
                  const struct timing_activation *activation, bool again);

/* It is left, with r1 as it was at the entry. */
void timing_leave(struct timing *timing, struct timing_line *line, uint32_t stack, uint64_t now);

/* Drops those whose stack is gone. */
void timing_forget(struct timing *timing, struct timing_line *line,
                   bool (*is_gone)(const struct timing_activation *activation));

/* The number of the bucket that ticks are counted in. */
unsigned timing_bucket(uint64_t ticks);

#endif
