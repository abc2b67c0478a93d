/*
 * What the switch from strand to strand (switch.S) finds where; private to this folder.
 */
#ifndef KERNEL_STRAND_SWITCH_H
#define KERNEL_STRAND_SWITCH_H

/* In struct strand. */
#define STRAND_STACK 0
#define STRAND_REENT 4
#define STRAND_LATE 8
#define STRAND_WAITED 12
#define STRAND_LOST 16
#define STRAND_EPHEMERAL 20
#define STRAND_OWN_WAIT 24
#define STRAND_READY_NEXT 60
#define STRAND_READY_PREVIOUS 64
#define STRAND_QUEUE 68
#define STRAND_UNUSUAL 72
#define STRAND_SPECIAL 75

/* In struct lock, struct lock_wait, and struct semaphore. */
#define LOCK_FIRST 0
#define WAIT_NEXT 0
#define WAIT_STRAND 8
#define WAIT_LOCK 12
#define WAIT_POSTED 24
#define SEMAPHORE_COUNT 24

/* In capability_recent: those of semaphores; and what bits of a capability say which. */
#define SEMAPHORES_RECENT (9 * 256 * 8)
#define RECENT_FIRST_BIT 21
#define RECENT_LAST_BIT 28

/* In struct running. */
#define RUNNING_STRAND 0
#define RUNNING_BUSY 4
#define RUNNING_UNUSUAL 8
#define RUNNING_SWITCH_DUE 8
#define RUNNING_TURN_OF 12
#define RUNNING_TURN_BEGAN 16
#define RUNNING_SINCE 20
#define RUNNING_CHOSEN 24
#define RUNNING_DEAD 28
#define RUNNING_FP_OWNER 32

/* The frame on the stack of who does not run. */
#define SWITCH_FRAME 112
#define SWITCH_CR 16
#define SWITCH_BUSY 20
#define SWITCH_R13 36

#ifndef __ASSEMBLER__
#include <stddef.h>

#include "arch/ppc/registers.h"
#include "kernel/busy.h"
#include "kernel/strand/lock.h"
#include "kernel/strand/scheduler.h"

_Static_assert(offsetof(struct strand, stack) == STRAND_STACK, "switch");
_Static_assert(offsetof(struct strand, reent) == STRAND_REENT, "switch");
_Static_assert(offsetof(struct strand, late) == STRAND_LATE, "switch");
_Static_assert(offsetof(struct strand, waited) == STRAND_WAITED, "switch");
_Static_assert(offsetof(struct strand, lost) == STRAND_LOST, "switch");
_Static_assert(offsetof(struct strand, ephemeral) == STRAND_EPHEMERAL, "switch");
_Static_assert(offsetof(struct strand, own_wait) == STRAND_OWN_WAIT, "switch");
_Static_assert(offsetof(struct strand, ready_next) == STRAND_READY_NEXT, "switch");
_Static_assert(offsetof(struct strand, ready_previous) == STRAND_READY_PREVIOUS, "switch");
_Static_assert(offsetof(struct strand, queue) == STRAND_QUEUE, "switch");
_Static_assert(offsetof(struct strand, unusual) == STRAND_UNUSUAL, "switch");
_Static_assert(offsetof(struct strand, special) == STRAND_SPECIAL, "switch");
_Static_assert(offsetof(struct lock, first) == LOCK_FIRST, "switch");
_Static_assert(offsetof(struct lock_wait, next) == WAIT_NEXT, "switch");
_Static_assert(offsetof(struct lock_wait, strand) == WAIT_STRAND, "switch");
_Static_assert(offsetof(struct lock_wait, lock) == WAIT_LOCK, "switch");
_Static_assert(offsetof(struct lock_wait, posted) == WAIT_POSTED, "switch");
_Static_assert(offsetof(struct semaphore, count) == SEMAPHORE_COUNT, "switch");
_Static_assert(sizeof capability_recent[0] * CAPABILITY_SEMAPHORE == SEMAPHORES_RECENT, "switch");
_Static_assert((CAPABILITY_RECENT - 1) * sizeof(struct capability_recent) ==
                   (0xffffffffu >> RECENT_FIRST_BIT & 0xffffffffu << (31 - RECENT_LAST_BIT)),
               "switch");
_Static_assert(offsetof(struct running, unusual) == RUNNING_UNUSUAL, "switch");
_Static_assert(offsetof(struct running, strand) == RUNNING_STRAND, "switch");
_Static_assert(offsetof(struct running, busy) == RUNNING_BUSY, "switch");
_Static_assert(offsetof(struct running, switch_due) == RUNNING_SWITCH_DUE, "switch");
_Static_assert(offsetof(struct running, turn_of) == RUNNING_TURN_OF, "switch");
_Static_assert(offsetof(struct running, turn_began) == RUNNING_TURN_BEGAN, "switch");
_Static_assert(offsetof(struct running, since) == RUNNING_SINCE, "switch");
_Static_assert(offsetof(struct running, chosen) == RUNNING_CHOSEN, "switch");
_Static_assert(offsetof(struct running, dead) == RUNNING_DEAD, "switch");
_Static_assert(offsetof(struct running, fp_owner) == RUNNING_FP_OWNER, "switch");

/* Busy, interrupts on. */
status_t strand_switch(struct strand *to);

/*
 * The shortest way: to who is next in turn, if the circumstances are plain. Interrupts off; msr is what it was before, and is afterwards. If
 * `from` waits in its own record, the wait has been entered there, and is over when this returns, with what it returns.
 */
status_t strand_hand_over(struct strand *to, struct strand *from, uint32_t msr);

/* What they leave to do: with interrupts as they were; and, of a wait in its own record that is not over, or failed, off, with msr as above. */
status_t semaphore_post_slowly(semaphore_t *semaphore);
status_t semaphore_wait_slowly(semaphore_t *semaphore);
status_t semaphore_wait_on(uint32_t msr);

/* Nothing is to be looked at before one strand gives the processor to the next of its priority. Interrupts off. */
static inline __attribute__((always_inline)) bool switch_is_plain(const struct strand *strand,
                                                                  uint32_t msr)
{
    const struct strand *next = strand->ready_next;

    return ((msr ^ (MSR_KERNEL | MSR_EE)) | kernel_busy | running.unusual | strand->unusual |
            (uint32_t)strand->ephemeral) == 0 &&
           !strand_look_is_due(strand) && next != strand && next->unusual == 0;
}

/* It is not ready any more; who is next in turn. */
static inline __attribute__((always_inline)) struct strand *switch_block(struct strand *strand)
{
    struct strand *next = strand->ready_next, *previous = strand->ready_previous;

    next->ready_previous = previous;
    previous->ready_next = next;
    *strand->queue = next;
    strand->ready_next = NULL;
    return next;
}

/* Behind the equals of who has his turn, if nothing is unusual; false: nothing was done. Interrupts off, nobody in the middle of a change. */
static inline __attribute__((always_inline)) bool switch_unblock(struct strand *strand)
{
    struct strand *first = running.turn_of, *last;

    if (strand->queue != first->queue || strand_is_queued(strand))
        return false;
    last = first->ready_previous;
    strand->ready_next = first;
    strand->ready_previous = last;
    last->ready_next = first->ready_previous = strand;
    return true;
}

/* What is seldom to be done by who has got the processor, which it had not for so many ticks: time limits, memory of who has
 * ended, and whether floating-point registers in the processor are its. */
void strand_switched(uint32_t ticks);
#endif

#endif
