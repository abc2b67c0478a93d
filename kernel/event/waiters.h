/*
 * Strands that wait until a count has come to something. They are known by capability only: whoever is cut off while he waits leaves
 * nothing behind that matters. There is room for a few; others must look by themselves now and then.
 *
 * Interrupts off.
 */
#ifndef KERNEL_EVENT_WAITERS_H
#define KERNEL_EVENT_WAITERS_H

#include <stdint.h>
#include <whorl/strand.h>

#define WAITERS_MAX 8

struct waiters {
    struct {
        strand_t *strand; /* NULL: nobody */
        uint64_t target;  /* the count for which it waits */
    } list[WAITERS_MAX];
    uint64_t first_target; /* the least of theirs; UINT64_MAX: nobody waits */
};

#define WAITERS_NONE               \
    {                              \
        .first_target = UINT64_MAX \
    }

/* The current strand waits for another count, or no longer. */
void waiters_put(struct waiters *waiters, uint64_t target);
void waiters_remove(struct waiters *waiters);

/* Takes out those that wait for that count or less. How many. */
unsigned waiters_take(struct waiters *waiters, uint64_t count, strand_t *taken[WAITERS_MAX]);

#endif
