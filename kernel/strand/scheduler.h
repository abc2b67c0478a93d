/*
 * The kernel's scheduler: strictly by priority, equals by turns. Private to this folder. What is asked most often of it lies in `running` (kernel/running.h).
 *
 * The strand whose turn it is stays first in its queue. It may carry another one that is on no queue of the kernel's (strand_resume).
 */
#ifndef KERNEL_STRAND_SCHEDULER_H
#define KERNEL_STRAND_SCHEDULER_H

#include "kernel/strand/strand.h"

#define PRIORITIES (STRAND_PRIORITY_TOP + 1)

struct scheduler {
    uint32_t armed; /* the lower word of the time base when the decrementer comes, at the latest */
    uint32_t counted;  /* … when the time of all strands was added up last */
    uint32_t quantum;  /* ticks of the time base */
    uint32_t occupied; /* 1 << priority of queues with somebody in it */
    bool turn_over;
    bool turns_end_anyway; /* although nobody else is ready */
    struct strand *waking; /* those that interrupts have woken */
    struct strand *soon;   /* to be woken at the next tick; NULL: nobody */
    uint64_t wake_first;   /* when the first of those that sleep is to be woken; UINT64_MAX */
    struct strand *idle;
    struct strand *queues[PRIORITIES]; /* the first of each */
};
extern struct scheduler scheduler;

/* The lower word of the time base then. */
static inline uint32_t turn_end(void)
{
    return running.turn_began + scheduler.quantum;
}

/* After a turn has begun, or the decrementer was told when to come. */
static inline void turn_compare(void)
{
    running.endless_turn = running.turn_of == NULL || (int32_t)(turn_end() - scheduler.armed) < 0;
}

/* ---- queues; busy ---- */

void queue_append(struct strand *strand);
void queue_remove(struct strand *strand);

/* Others of its priority. */
static inline bool queue_has_equals(const struct strand *strand)
{
    return strand_is_queued(strand) && strand->ready_next != strand;
}

/* That of a strand that is on no queue. */
static inline void priority_put(struct strand *strand, unsigned priority)
{
    strand->effective = (uint8_t)priority;
    strand->queue = &scheduler.queues[priority];
}

/* ---- busy, interrupts on ---- */

/* Gives the processor to who is to have it. `gives_up`: the current one does not want it now. */
void scheduler_dispatch(bool gives_up);

/* Raises strand_unblock; of one that is not looked up anew. */
void strand_wake_now(struct strand *strand);

/* … for those that interrupts have woken. */
void wake_waking(void);

/* ---- interrupts off ---- */

void sleep_until(struct strand *strand, uint64_t time);
void sleep_stop(struct strand *strand);
void sleep_wake(uint64_t now);
void wake_forget(struct strand *strand);
/* The decrementer comes for who sleeps, and at the end of a turn that somebody waits for; at other times there is nothing to do for it. */
void decrementer_arm(void);
void decrementer_expect(uint32_t time); /* it comes not later than then */

/* Gives back memory of strands that have ended, which who runs next does. */
void strand_bury(void);

#endif
