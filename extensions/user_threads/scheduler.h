/*
 * A scheduler of one's own: a set of threads, which are strands that the kernel does not queue, and a strand that carries them: it gives the rest
 * of each of its turns to the thread that the policy picks.
 */
#ifndef USER_THREADS_SCHEDULER_H
#define USER_THREADS_SCHEDULER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <whorl/status.h>
#include <whorl/strand.h>

#define THREADS_MAX 16

struct thread {
    strand_t *strand;
    void (*entry)(void);
    volatile bool ready, ended;
    unsigned tickets; /* for the lottery */
    uint32_t n_turns;
    uint64_t ticks; /* that it had when it was last seen */
};

extern struct thread threads[THREADS_MAX];
extern size_t n_threads;

/* Which thread is next, of those that are ready; NULL: none is. */
typedef struct thread *policy_t(void);

/* In turn; and by lots, as many for each as it has tickets (Waldspurger and Weihl, Lottery Scheduling, OSDI 1994). */
policy_t policy_round_robin, policy_lottery;

/* Installs the handlers. */
status_t scheduler_initialize(void);

/* Begins n threads, which all run entry until it returns. ERR_BUSY: there are some. */
status_t scheduler_begin(policy_t *policy, size_t n, void (*entry)(void));

/* Waits until all have returned; no threads are there then. */
status_t scheduler_end(void);

#endif
