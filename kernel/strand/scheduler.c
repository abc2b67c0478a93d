/*
 * See scheduler.h. The intrinsic handlers of the four events are here.
 *
 * Queues are touched by who is busy only, and what interrupts wake waits on a list (wait.c); so there is no need to turn them off.
 */
#include "kernel/strand/switch.h"

#include "arch/ppc/processor.h"
#include "arch/ppc/timebase.h"
#include "kernel/busy.h"
#include "kernel/contain/contain.h"
#include "kernel/event/ephemeral.h"

struct running running = {.strand = &boot_strand, .turn_of = &boot_strand};
struct scheduler scheduler = {.wake_first = UINT64_MAX};

/* ---- scheduler.queues ---- */

static inline __attribute__((always_inline)) void append(struct strand *strand)
{
    struct strand *first = *strand->queue;

    if (first == NULL) {
        *strand->queue = strand->ready_next = strand->ready_previous = strand;
        scheduler.occupied |= 1u << strand->effective;
        return;
    }
    strand->ready_next = first;
    strand->ready_previous = first->ready_previous;
    strand->ready_previous->ready_next = strand;
    first->ready_previous = strand;
}

void queue_append(struct strand *strand)
{
    append(strand);
}

static inline __attribute__((always_inline)) void take_out(struct strand *strand)
{
    struct strand **queue = strand->queue, *next = strand->ready_next;

    strand->ready_next = NULL;
    if (next == strand) {
        *queue = NULL;
        scheduler.occupied &= ~(1u << strand->effective);
        return;
    }
    next->ready_previous = strand->ready_previous;
    strand->ready_previous->ready_next = next;
    if (*queue == strand)
        *queue = next;
}

void queue_remove(struct strand *strand)
{
    take_out(strand);
}

/* ---- choice ---- */

static inline __attribute__((always_inline)) struct strand *begin_turn(struct strand *strand)
{
    running.turn_of = strand;
    running.turn_began = timebase_low();
    scheduler.turn_over = false;
    if (strand != NULL && strand->turn_left != 0) {
        running.turn_began -= scheduler.quantum - strand->turn_left;
        strand->turn_left = 0;
    }
    turn_compare();
    return strand != NULL ? strand : scheduler.idle;
}

/* Behind its equals, whoever ran on its turn. */
static inline __attribute__((always_inline)) void end_turn(struct strand *strand)
{
    if (strand != NULL && strand_is_queued(strand) && *strand->queue == strand)
        *strand->queue = strand->ready_next;
}

/* Who is interrupted by one of higher priority goes on with it later, or equals would starve. */
static void __attribute__((noinline)) interrupt_turn(struct strand *strand)
{
    int32_t left = (int32_t)(turn_end() - timebase_low());

    strand->turn_left = left > 0 ? (uint32_t)left : 1;
    strand->special = true;
}

/* Who runs on the turn of another keeps it until that ends. */
static inline __attribute__((always_inline)) struct strand *choose(bool gives_up)
{
    struct strand *turn_of = running.turn_of, *first;
    bool over = scheduler.turn_over || (gives_up && strand_current == turn_of);

    if (over)
        end_turn(turn_of);
    first =
        scheduler.occupied == 0 ? NULL : scheduler.queues[31 - __builtin_clz(scheduler.occupied)];
    if (first == turn_of && !scheduler.turn_over && first != NULL)
        return gives_up ? first : strand_current;
    if (!over && turn_of != NULL && strand_is_queued(turn_of))
        interrupt_turn(turn_of);
    return begin_turn(first);
}

static void __attribute__((noinline)) leave_special(struct strand *strand)
{
    strand->special = false;
    if (strand_look_is_due(strand))
        contain_look_soon(strand);
}

/* What each finds to do when it gets the processor is told to the shortest ways before. */
static inline __attribute__((always_inline)) status_t change_to(struct strand *strand)
{
    strand_current->special |= strand_current->ephemeral != NULL;
    if (__builtin_expect(strand->special, false))
        leave_special(strand);
    return strand_switch(strand);
}

/* What handlers of strand_resume do cannot keep the processor from who was chosen. */
static inline __attribute__((always_inline)) void give_to(struct strand *next)
{
    if (running.endless_turn &&
        (queue_has_equals(next) || (scheduler.turns_end_anyway && running.turn_of != NULL)))
        decrementer_expect(turn_end());
    (void)strand_checkpoint(strand_current->capability);
    running.chosen = next;
    (void)strand_resume(next->capability);
    if (running.chosen == next)
        (void)change_to(next);
}

static void __attribute__((noinline)) dispatch_woken(bool gives_up)
{
    wake_waking();
    scheduler_dispatch(gives_up);
}

void scheduler_dispatch(bool gives_up)
{
    struct strand *next;

    busy_switch_due = false;
    if (scheduler.waking != NULL) {
        dispatch_woken(gives_up);
        return;
    }
    next = choose(gives_up);
    if (next != strand_current)
        give_to(next);
}

/* ---- the switch ---- */

void strand_switched(uint32_t ticks)
{
    uint32_t msr = interrupts_off();

    if (strand_current->ephemeral != NULL)
        ephemeral_switched_in(strand_current, ticks);
    msr_write(running.fp_owner == strand_current ? msr | MSR_FP : msr & ~MSR_FP);
    strand_bury();
}

__attribute__((noinline)) void busy_switch_now(void)
{
    vaddr_t before;

    if (contain_due == strand_current && kernel_busy == 0)
        contain_overdue();
    while (busy_switch_due) {
        before = busy_begin();
        scheduler_dispatch(false);
        kernel_busy = before;
    }
}

void busy_switch(void)
{
    if ((msr_read() & MSR_EE) != 0)
        busy_switch_now();
}

/* ---- the events ---- */

/* Together, so that one look tells whether they are what they were compiled to (kernel/event/strand_events.c). */
#define STRAND_EVENT __attribute__((section(".text.strand_events")))

/* It is seldom another one than these. */
static inline __attribute__((always_inline)) struct strand *find(const strand_t *capability)
{
    if (capability == strand_current->capability)
        return strand_current;
    return strand_of(capability);
}

static status_t __attribute__((noinline)) refuse(const strand_t *capability)
{
    return status_refuse(ERR_BAD_CAPABILITY, "%p is no strand", (const void *)capability);
}

static inline __attribute__((always_inline)) void block(struct strand *strand)
{
    if (strand->permit && strand->state == STRAND_ALIVE)
        strand->permit = false;
    else if (strand_is_queued(strand)) {
        take_out(strand);
        if (strand == strand_current || strand == running.turn_of)
            busy_switch_due = true;
    }
}

static status_t __attribute__((noinline)) block_any(strand_t *capability)
{
    vaddr_t busy = busy_begin();
    struct strand *strand = find(capability);

    if (strand != NULL)
        block(strand);
    busy_end(busy);
    return strand != NULL ? OK : refuse(capability);
}

/* Mostly one blocks itself, in the kernel. */
STRAND_EVENT status_t strand_block(strand_t *capability)
{
    struct strand *strand = strand_current;

    if (__builtin_expect(kernel_busy == 0 || capability != strand->capability, false))
        return block_any(capability);
    block(strand);
    return OK;
}

/* The turn that runs has an end from now on. */
static status_t __attribute__((noinline)) expect_end_of_turn(void)
{
    decrementer_expect(turn_end());
    return OK;
}

static inline __attribute__((always_inline)) status_t make_ready(struct strand *strand)
{
    const struct strand *runs = running.turn_of;

    append(strand);
    strand->permit = false;
    if (runs == NULL || strand->effective > runs->effective)
        busy_switch_due = true;
    else if (strand->effective == runs->effective && running.endless_turn)
        return expect_end_of_turn();
    return OK;
}

/* One that is waited for is not looked up. */
void strand_wake_now(struct strand *strand)
{
    struct strand *before = running.chosen;

    running.chosen = strand;
    (void)strand_unblock(strand->capability);
    running.chosen = before;
}

static status_t __attribute__((noinline)) unblock_any(strand_t *capability)
{
    vaddr_t busy = busy_begin();
    struct strand *strand = running.chosen;

    if (strand == NULL || strand->capability != capability)
        strand = find(capability);
    if (strand == NULL || strand->state != STRAND_ALIVE) {
        busy_end(busy);
        return strand == NULL ? refuse(capability)
                              : status_refuse(ERR_STATE, "%s has ended", strand->name);
    }
    if (strand_is_queued(strand))
        strand->permit = true;
    else
        (void)make_ready(strand);
    busy_end(busy);
    return OK;
}

/* Mostly the kernel wakes somebody who waits. */
STRAND_EVENT status_t strand_unblock(strand_t *capability)
{
    struct strand *strand = running.chosen;

    if (__builtin_expect(kernel_busy == 0 || strand == NULL || strand->capability != capability ||
                             strand->state != STRAND_ALIVE || strand_is_queued(strand),
                         false))
        return unblock_any(capability);
    return make_ready(strand);
}

STRAND_EVENT status_t strand_checkpoint(strand_t *capability)
{
    return find(capability) == NULL ? refuse(capability) : OK;
}

static status_t check_resume(const struct strand *strand)
{
    status_t status = strand_check_may_wait("strand_resume");

    if (status != OK)
        return status;
    if (strand->owner != strand_current->owner)
        return status_refuse(ERR_DENIED, "%s is another domain's", strand->name);
    if (strand->state != STRAND_ALIVE || strand_is_queued(strand) || strand == strand_current)
        return status_refuse(ERR_STATE, "%s %s", strand->name,
                             strand == strand_current        ? "runs already"
                             : strand->state != STRAND_ALIVE ? "has ended"
                                                             : "is scheduled by the kernel");
    return OK;
}

/* On the turn of who asks, which then has an end. */
static status_t __attribute__((noinline)) carry(strand_t *capability)
{
    struct strand *strand = find(capability);
    status_t status = strand == NULL ? refuse(capability) : check_resume(strand);
    vaddr_t busy;

    if (status != OK)
        return status;
    busy = busy_begin();
    strand->carried = true;
    (void)strand_checkpoint(strand_current->capability);
    decrementer_expect(turn_end());
    (void)change_to(strand);
    busy_end(busy);
    return OK;
}

STRAND_EVENT status_t strand_resume(strand_t *capability)
{
    struct strand *strand = running.chosen;

    if (strand == NULL || strand->capability != capability)
        return carry(capability);
    strand->carried = false;
    return change_to(strand);
}
