/* How strands wait and are woken, and the list of those that sleep. */
#include "arch/ppc/image.h"
#include "arch/ppc/machine.h"
#include "arch/ppc/processor.h"
#include "arch/ppc/timebase.h"
#include "kernel/busy.h"
#include "kernel/contain/contain.h"
#include "kernel/strand/switch.h"

static struct strand *sleeping; /* by rising wake_time */
static struct strand **last_waking = &scheduler.waking;

/* ---- who may wait ---- */

const char *strand_waits_for(const struct strand *strand)
{
    return strand->own_wait.lock != NULL ? "a semaphore" : strand->waits_for;
}

bool strand_may_wait(void)
{
    return kernel_busy == 0 && !strand_current->bounded && (msr_read() & MSR_EE) != 0;
}

status_t strand_check_may_wait(const char *what)
{
    if (strand_may_wait())
        return OK;
    return status_refuse(ERR_STATE, "%s: %s may not wait here, %s", what, strand_current->name,
                         kernel_busy != 0          ? "the kernel is in the middle of something"
                         : strand_current->bounded ? "others wait for what it was called for"
                                                   : "interrupts are off");
}

/* ---- waiting ---- */

/* Not by the clock alone, which whoever waits often may escape. */
static void count_wait(struct strand *strand)
{
    if (strand_look_is_due(strand))
        contain_look_soon(strand);
}

static void __attribute__((noinline)) wait_slowly(struct strand *strand, uint32_t msr)
{
    vaddr_t busy = busy_begin();

    interrupts_restore(msr);
    strand->waited = (vaddr_t)__builtin_return_address(0);
    if (!strand->permit) {
        (void)strand_block(strand->capability);
        scheduler_dispatch(true);
    }
    strand->permit = false;
    count_wait(strand);
    busy_end(busy);
}

void strand_wait(const char *for_what)
{
    struct strand *strand = strand_current;
    uint32_t before = interrupts_off();

    strand->waits_for = for_what;
    if (switch_is_plain(strand, before))
        (void)strand_hand_over(switch_block(strand), strand, before);
    else
        wait_slowly(strand, before);
    strand->waits_for = NULL;
}

bool strand_wait_until(const char *for_what, uint64_t deadline)
{
    struct strand *strand = strand_current;
    uint32_t before = interrupts_off();

    sleep_until(strand, deadline);
    interrupts_restore(before);
    strand_wait(for_what);
    before = interrupts_off();
    if (strand->sleeping) {
        sleep_stop(strand);
        interrupts_restore(before);
        return true;
    }
    interrupts_restore(before);
    return timebase_read() < deadline;
}

static status_t __attribute__((noinline)) yield_slowly(void)
{
    if (!strand_may_wait())
        return strand_check_may_wait("strand_yield");
    (void)busy_begin();
    strand_current->waited = (vaddr_t)__builtin_return_address(0);
    scheduler_dispatch(true);
    count_wait(strand_current);
    busy_end(0);
    return OK;
}

/* Behind its equals. */
status_t strand_yield(void)
{
    struct strand *strand = strand_current;
    uint32_t before = interrupts_off();

    if (switch_is_plain(strand, before)) {
        *strand->queue = strand->ready_next;
        return strand_hand_over(strand->ready_next, strand, before);
    }
    interrupts_restore(before);
    return yield_slowly();
}

/* ---- waking ---- */

static void wake_later(struct strand *strand)
{
    busy_switch_due = true;
    if (strand->waking)
        return;
    strand->waking = true;
    strand->waking_next = NULL;
    *last_waking = strand;
    last_waking = &strand->waking_next;
}

static bool is_in_exception(void)
{
    return (vaddr_t)__builtin_frame_address(0) - IMAGE(exception_stack) <
           IMAGE(exception_stack_end) - IMAGE(exception_stack);
}

/* With interrupts off outside of their handlers, one comes as soon as they are on. */
static void __attribute__((noinline)) wake_slowly(struct strand *strand)
{
    strand->permit = true;
    if ((msr_read() & MSR_EE) != 0) {
        strand_wake_now(strand);
        return;
    }
    wake_later(strand);
    if (!is_in_exception())
        decrementer_write(0);
}

/* Who may be interrupted is in the middle of no change of queues, and now is not interrupted. */
void strand_wake(struct strand *strand)
{
    uint32_t before = interrupts_off();
    bool done = (before & MSR_EE) != 0 && running.unusual == 0 && strand->state == STRAND_ALIVE &&
                switch_unblock(strand);

    interrupts_restore(before);
    if (!done)
        wake_slowly(strand);
}

static struct strand *take_waking(void)
{
    uint32_t before = interrupts_off();
    struct strand *strand = scheduler.waking;

    if (strand != NULL) {
        scheduler.waking = strand->waking_next;
        if (scheduler.waking == NULL)
            last_waking = &scheduler.waking;
        strand->waking = false;
    }
    interrupts_restore(before);
    return strand;
}

void wake_waking(void)
{
    struct strand *strand;

    while (scheduler.waking != NULL && (strand = take_waking()) != NULL)
        strand_wake_now(strand);
}

/* Of one that is no more. */
void wake_forget(struct strand *strand)
{
    struct strand **link = &scheduler.waking;

    while (*link != NULL && *link != strand)
        link = &(*link)->waking_next;
    if (*link == NULL)
        return;
    *link = strand->waking_next;
    if (last_waking == &strand->waking_next)
        last_waking = link;
    strand->waking = false;
}

/* ---- time ---- */

/* Again if a tick has come between. */
uint64_t strand_clock(void)
{
    const volatile struct strand *strand = strand_current;
    const volatile uint32_t *began = &running.since;
    uint32_t since;
    uint64_t clock;

    do {
        since = *began;
        clock = strand->look_at + (uint64_t)(int64_t)strand->late + (timebase_low() - since);
    } while (*began != since);
    return clock;
}

/* The tick may move what it has run from one to the other. */
uint64_t strand_clock_of(const struct strand *strand)
{
    uint32_t before = interrupts_off();
    uint64_t clock = strand_clock_then(strand);

    interrupts_restore(before);
    return clock;
}

void strand_look_after(struct strand *strand, uint32_t ticks)
{
    uint32_t before = interrupts_off();

    strand->look_at = strand_clock_then(strand) + ticks;
    strand->late = -(int32_t)ticks;
    interrupts_restore(before);
}

static void note_first(void)
{
    scheduler.wake_first = sleeping != NULL ? sleeping->wake_time : UINT64_MAX;
}

void sleep_until(struct strand *strand, uint64_t time)
{
    struct strand **link = &sleeping;

    if (strand->sleeping) /* what it waited in was unwound */
        sleep_stop(strand);
    strand->wake_time = time;
    strand->sleeping = true;
    while (*link != NULL && (*link)->wake_time <= time)
        link = &(*link)->sleep_next;
    strand->sleep_next = *link;
    *link = strand;
    note_first();
    if (sleeping == strand)
        decrementer_arm();
}

void sleep_stop(struct strand *strand)
{
    struct strand **link = &sleeping;

    while (*link != strand)
        link = &(*link)->sleep_next;
    *link = strand->sleep_next;
    strand->sleeping = false;
    note_first();
}

void sleep_wake(uint64_t now)
{
    while (sleeping != NULL && sleeping->wake_time <= now) {
        struct strand *strand = sleeping;

        sleeping = strand->sleep_next;
        strand->sleeping = false;
        note_first();
        strand_wake(strand);
    }
}

/* So that neither overflows. */
uint64_t strand_ticks(uint64_t microseconds)
{
    uint64_t hz = machine.timebase_hz;

    return microseconds / 1000000 >= UINT64_MAX / 2 / hz
               ? UINT64_MAX / 2
               : microseconds / 1000000 * hz + (microseconds % 1000000 * hz + 999999) / 1000000;
}

uint64_t strand_deadline(uint64_t microseconds)
{
    return timebase_read() + strand_ticks(microseconds);
}

status_t strand_sleep(uint64_t microseconds)
{
    status_t status = strand_check_may_wait("strand_sleep");
    uint64_t deadline = strand_deadline(microseconds);

    if (status != OK)
        return status;
    do
        (void)strand_wait_until("time", deadline);
    while (timebase_read() < deadline);
    return OK;
}
