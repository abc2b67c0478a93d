/* The extensions of tests/hostile, see stage.h there; tests/hostile/make-table makes the table. */
#ifndef TESTS_KERNEL_HOSTILE_TABLE_H
#define TESTS_KERNEL_HOSTILE_TABLE_H

#include <stddef.h>
#include <stdint.h>

enum outcome {
    OUTCOME_REFUSED,
    OUTCOME_QUARANTINED,
    OUTCOME_HARMLESS,
    OUTCOME_GONE,
};

struct hostile {
    const char *name;
    const char *text;    /* the status of a refusal, what the reason of a quarantine has in it */
    uint32_t outcome;    /* that is expected */
    uint32_t privileged; /* not 0: it is loaded so */
    uint32_t ends;       /* not 0: the strand that called it may end there */
    uint32_t holds;      /* not 0: that waits until it is unloaded */
    const void *object;
    size_t size;
};

extern const struct hostile hostiles[];
extern const uint32_t n_hostiles;

#endif
