/* How strands wait and are woken, and the list of those that sleep. */
#include "arch/ppc/image.h"
#include "arch/ppc/machine.h"
#include "arch/ppc/processor.h"
#include "arch/ppc/timebase.h"
#include "kernel/busy.h"
#include "kernel/contain/contain.h"
#include "kernel/strand/scheduler.h"

static struct strand *sleeping; /* by rising wake_time */
static struct strand **last_waking = &scheduler.waking;

/* ---- who may wait ---- */

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

/* Not by the clock alone, which whoever waits often escapes. */
static inline __attribute__((always_inline)) void count_wait(struct strand *strand)
{
    strand->waited = true;
    if (__builtin_expect((int32_t)((uint32_t)strand->ticks - strand->look_at) >= 0, false))
        contain_look_soon(strand);
}

void strand_wait(const char *for_what)
{
    struct strand *strand = strand_current;
    vaddr_t busy = busy_begin();

    if (!strand->permit) {
        strand->waits_for = for_what;
        (void)strand_block(strand->capability);
        scheduler_dispatch(true);
        strand->waits_for = NULL;
    }
    strand->permit = false;
    count_wait(strand);
    busy_end(busy);
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

status_t strand_yield(void)
{
    if (!strand_may_wait())
        return strand_check_may_wait("strand_yield");
    (void)busy_begin();
    scheduler_dispatch(true);
    count_wait(strand_current);
    busy_end(0);
    return OK;
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
void strand_wake(struct strand *strand)
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
    uint32_t since;
    uint64_t clock;

    do {
        since = strand->since;
        clock = strand->ticks + (timebase_low() - since);
    } while (strand->since != since);
    return clock;
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
}

uint64_t sleep_first(void)
{
    return sleeping != NULL ? sleeping->wake_time : UINT64_MAX;
}

void sleep_wake(uint64_t now)
{
    while (sleeping != NULL && sleeping->wake_time <= now) {
        struct strand *strand = sleeping;

        sleeping = strand->sleep_next;
        strand->sleeping = false;
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
