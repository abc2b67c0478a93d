/*
 * The decrementer: those that sleep, the ends of turns, and the way from an interrupt to another strand. And the floating-point
 * registers, which are moved when another strand uses them first.
 */
#include <string.h>

#include "arch/ppc/image.h"
#include "arch/ppc/processor.h"
#include "arch/ppc/timebase.h"
#include "kernel/busy.h"
#include "kernel/contain/contain.h"
#include "kernel/event/ephemeral.h"
#include "kernel/strand/restart.h"
#include "kernel/strand/scheduler.h"
#include "kernel/strand/usage.h"

#define LONGEST 0x7fffffffu /* the decrementer interrupts when its sign changes */
#define PREEMPT_ROOM \
    1536 /* bytes of stack that strand_preempted and handlers of its events may need */

extern const char preempted_entry[];
void strand_preempted(struct trap_frame *frame);

/* ---- when it is due ---- */

static void arm(uint32_t now, uint32_t ticks)
{
    scheduler.armed = now + ticks;
    turn_compare();
    decrementer_write(ticks);
    if (strand_current->ephemeral != NULL)
        ephemeral_arm(strand_current);
}

void decrementer_expect(uint32_t time)
{
    uint32_t before, now;

    if ((int32_t)(time - scheduler.armed) >= 0)
        return;
    before = interrupts_off();
    now = timebase_low();
    arm(now, (int32_t)(time - now) > 0 ? time - now : 0);
    interrupts_restore(before);
}

/* Turns need no end while nobody waits for it. */
static bool turn_has_end(void)
{
    return running.turn_of != NULL &&
           (scheduler.turns_end_anyway || strand_current != running.turn_of ||
            queue_has_equals(running.turn_of));
}

void decrementer_arm(void)
{
    uint64_t now = timebase_read(), next = scheduler.wake_first;
    uint32_t ticks = next <= now ? 0 : next - now < LONGEST ? (uint32_t)(next - now) : LONGEST;

    if (turn_has_end() && (int32_t)(turn_end() - (uint32_t)now) < (int32_t)ticks)
        ticks = (int32_t)(turn_end() - (uint32_t)now) > 0 ? turn_end() - (uint32_t)now : 0;
    arm((uint32_t)now, ticks);
}

void strand_expect_tick(uint64_t time)
{
    uint64_t now = timebase_read();

    if (time > now && time - now < LONGEST)
        decrementer_expect((uint32_t)time);
}

void strand_wake_soon(struct strand *strand, uint32_t ticks)
{
    uint32_t now = timebase_low();

    scheduler.soon = strand;
    if ((int32_t)(now + ticks - scheduler.armed) < 0)
        arm(now, ticks);
}

static void wake_soon(void)
{
    struct strand *strand = scheduler.soon;

    scheduler.soon = NULL;
    strand_wake(strand);
}

void strand_ticks_wanted(bool wanted)
{
    uint32_t before = interrupts_off();

    scheduler.turns_end_anyway = wanted;
    decrementer_arm();
    interrupts_restore(before);
}

#define COUNT_ALL \
    (1u << 30) /* ticks; with the longest time between two, less than a word can tell */

static void count(struct strand *strand)
{
    if (!strand_look_is_due(strand))
        return;
    strand->look_at += (uint32_t)strand->late;
    strand->late = 0;
}

/* Others that never run when it ticks have run in their word's time, too. */
static void __attribute__((noinline)) count_all(uint32_t now)
{
    scheduler.counted = now;
    for (struct strand *s = strand_next(NULL); s != NULL; s = strand_next(s))
        count(s);
}

/* So that no interval is as long as what the lower word can tell. */
static void count_time(uint32_t now)
{
    struct strand *strand = strand_current;

    strand->late += (int32_t)(now - running.since);
    count(strand);
    running.since = now;
    if (__builtin_expect(now - scheduler.counted >= COUNT_ALL, false))
        count_all(now);
    if (!strand->waited)
        return;
    strand->waited = 0;
    strand->unwaited = strand_clock_then(strand);
}

static void end_turn(struct trap_frame *frame, uint32_t now)
{
    running.turn_began = now;
    usage_sample(frame->srr0, scheduler.quantum);
    if (strand_current != running.turn_of || queue_has_equals(running.turn_of))
        scheduler.turn_over = busy_switch_due = true;
    if (scheduler.turns_end_anyway)
        contain_tick(frame);
}

void strand_tick(struct trap_frame *frame)
{
    uint64_t now = timebase_read();

    count_time((uint32_t)now);
    if (strand_current->ephemeral != NULL)
        ephemeral_tick(frame);
    if (scheduler.wake_first <= now)
        sleep_wake(now);
    if (scheduler.soon != NULL)
        wake_soon();
    if (running.turn_of != NULL && (int32_t)((uint32_t)now - turn_end()) >= 0)
        end_turn(frame, (uint32_t)now);
    decrementer_arm();
}

/* ---- to another strand ---- */

/* They come back when they are used. */
static void fp_leave(struct trap_frame *frame)
{
    if (running.fp_owner != strand_current)
        frame->srr1 &= ~MSR_FP;
}

static bool has_room(vaddr_t frame)
{
    return frame < strand_current->stack_end &&
           frame >= strand_current->stack_start - STRAND_RESERVE + PREEMPT_ROOM;
}

static void __attribute__((noinline)) preempt(struct trap_frame *frame)
{
    struct trap_frame *moved =
        (struct trap_frame *)((frame->gpr[1] - FRAME_GAP - FRAME_SIZE) & ~15u);

    if (!has_room((vaddr_t)moved)) {
        (void)contain_cut(frame, "used up its stack");
        return;
    }
    *moved = *frame;
    moved->srr0 = restart_at(frame->srr0);
    frame->srr0 = (vaddr_t)preempted_entry;
    frame->srr1 = MSR_KERNEL;
    frame->gpr[1] = frame->gpr[3] = (vaddr_t)moved;
}

static bool on_exception_stack(vaddr_t stack)
{
    return stack - (IMAGE(exception_stack) - PAGE_SIZE) <
           IMAGE(exception_stack_end) - (IMAGE(exception_stack) - PAGE_SIZE);
}

/* ---- floating point ---- */

void fp_save(uint64_t registers[33]);
void fp_load(const uint64_t registers[33]);

static void fp_give_up(void)
{
    if (running.fp_owner != NULL)
        fp_save(running.fp_owner->fp);
    running.fp_owner = NULL;
}

static void fp_take(void)
{
    if (running.fp_owner == strand_current)
        return;
    fp_give_up();
    fp_load(strand_current->fp);
    running.fp_owner = strand_current;
}

/*
 * Who was interrupted with them enabled has them again at once: it may have read MSR to write it back, as interrupts_off does, and would
 * enable what is another's.
 */
static void fp_come_back(const struct trap_frame *frame)
{
    if ((frame->srr1 & MSR_FP) == 0)
        return;
    msr_write(msr_read() | MSR_FP);
    fp_take();
    msr_write(msr_read() & ~MSR_FP);
}

/* What an exception's handler does with them is its own, until the exception is over. */
void strand_fp_unavailable(struct trap_frame *frame)
{
    bool nested = on_exception_stack((vaddr_t)frame->gpr[1]);

    msr_write(msr_read() | MSR_FP);
    if (nested)
        fp_give_up();
    else
        fp_take();
    msr_write(msr_read() & ~MSR_FP);
    frame->srr1 |= MSR_FP;
}

/* ---- and back ---- */

/* Called on the strand's own stack, where the exception's frame was moved to; interrupts off. */
void strand_preempted(struct trap_frame *frame)
{
    uint32_t identity = sprg1_read();

    kernel_busy = (vaddr_t)__builtin_frame_address(0);
    while (busy_switch_due) {
        interrupts_on();
        scheduler_dispatch(false);
        (void)interrupts_off();
    }
    kernel_busy = 0;
    sprg1_write(identity);
    fp_come_back(frame);
}

static void __attribute__((noinline)) leave_unusually(struct trap_frame *frame)
{
    if (on_exception_stack(frame->gpr[1]))
        return;
    if (busy_switch_due && kernel_busy == 0 && (frame->srr1 & MSR_EE) != 0)
        preempt(frame);
    fp_leave(frame);
}

void strand_leave_exception(struct trap_frame *frame)
{
    if (__builtin_expect(busy_switch_due || (frame->srr1 & MSR_FP) != 0, false))
        leave_unusually(frame);
}
