/*
 * Who runs. The kernel's scheduler: strictly by priority, equals by turns. Private to this folder.
 *
 * The strand whose turn it is stays first in its queue. It may carry another one that is on no queue of the kernel's (strand_resume).
 */
#ifndef KERNEL_STRAND_SCHEDULER_H
#define KERNEL_STRAND_SCHEDULER_H

#include "kernel/strand/strand.h"

#define PRIORITIES (STRAND_PRIORITY_TOP + 1)

extern struct strand *turn_of; /* whose turn it is; NULL: nobody's, the idle strand runs */
extern uint64_t turn_end;      /* in ticks of the time base */
extern bool turn_over;
extern uint64_t quantum; /* ticks of the time base */
extern struct strand *idle_strand;

/* ---- queues; interrupts off ---- */

void queue_append(struct strand *strand);
void queue_remove(struct strand *strand);
bool queue_has_equals(const struct strand *strand); /* others of its priority */

/* ---- busy, interrupts on ---- */

/* Gives the processor to who is to have it. `gives_up`: the current one does not want it now. */
void scheduler_dispatch(bool gives_up);

/* To a strand, without asking anybody. Returns when the current one runs again. */
void scheduler_switch(struct strand *to);

/* What the first instructions of a new strand have to do instead of returning from scheduler_switch. */
void scheduler_begin(void);

/* Raises strand_unblock for those that interrupts have woken. */
void wake_waking(void);

/* ---- interrupts off ---- */

void sleep_until(struct strand *strand, uint64_t time);
void sleep_stop(struct strand *strand);
uint64_t sleep_first(void); /* when the first of those that sleep is to be woken; UINT64_MAX */
void sleep_wake(uint64_t now);
void wake_forget(struct strand *strand);
void decrementer_arm(uint64_t now);
void fp_switch(
    const struct strand *to); /* MSR[FP] is as the strand's registers are in the processor */
void fp_forget(const struct strand *strand);

/* Memory of strands that have ended is given back by who runs next. */
void strand_bury(void);

#endif
