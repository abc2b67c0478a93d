/* Priorities that change: what was given, and with it what is lent (lock.c). */
#include "arch/ppc/processor.h"
#include "kernel/busy.h"
#include "kernel/strand/locks.h"
#include "kernel/strand/scheduler.h"

void strand_set_effective(struct strand *strand, unsigned priority)
{
    if (priority == strand->effective)
        return;
    if (strand_is_queued(strand)) {
        queue_remove(strand);
        priority_put(strand, priority);
        queue_append(strand);
    } else
        priority_put(strand, priority);
    busy_switch_due = true;
    decrementer_arm(); /* who has its turn may have equals now */
}

void strand_change_priority(struct strand *strand, unsigned priority)
{
    vaddr_t busy = busy_begin();
    uint32_t before = interrupts_off();

    strand->priority = (uint8_t)priority;
    lock_priority_changed(strand);
    interrupts_restore(before);
    busy_end(busy);
}
