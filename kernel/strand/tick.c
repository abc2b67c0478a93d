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
#include "kernel/strand/restart.h"
#include "kernel/strand/scheduler.h"

#define LONGEST 0x7fffffffu /* the decrementer interrupts when its sign changes */
#define PREEMPT_ROOM \
    1536 /* bytes of stack that strand_preempted and handlers of its events may need */

extern const char preempted_entry[];
void strand_preempted(struct trap_frame *frame);

bool __attribute__((weak)) contain_cut(struct trap_frame *frame, const char *reason, ...)
{
    (void)frame;
    (void)reason;
    return false;
}

void __attribute__((weak)) contain_tick(struct trap_frame *frame)
{
    (void)frame;
}

static bool limits; /* turns end although nobody else is ready */

/* ---- when it is due ---- */

void strand_ticks_wanted(bool wanted)
{
    uint32_t before = interrupts_off();

    limits = wanted;
    decrementer_arm(timebase_read());
    interrupts_restore(before);
}

/* Turns need no end while nobody waits for it. */
static bool has_end(void)
{
    return turn_of != NULL && (limits || strand_current != turn_of || queue_has_equals(turn_of));
}

void decrementer_arm(uint64_t now)
{
    uint64_t next = sleep_first();

    if (has_end() && turn_end < next)
        next = turn_end;
    if (next <= now)
        decrementer_write(0);
    else
        decrementer_write(next - now < LONGEST ? (uint32_t)(next - now) : LONGEST);
}

void strand_tick(struct trap_frame *frame)
{
    uint64_t now = timebase_read();

    sleep_wake(now);
    if (turn_of != NULL && now >= turn_end) {
        turn_end = now + quantum;
        if (strand_current != turn_of || queue_has_equals(turn_of))
            turn_over = busy_switch_due = true;
        if (limits)
            contain_tick(frame);
    }
    decrementer_arm(now);
}

/* ---- to another strand ---- */

static struct strand
    *fp_owner; /* whose floating-point registers are in the processor; NULL: nobody's */

/* They come back when they are used. */
static void fp_leave(struct trap_frame *frame)
{
    if (fp_owner != strand_current)
        frame->srr1 &= ~MSR_FP;
}

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
    fp_leave(frame);
}

static bool has_room(vaddr_t frame)
{
    return frame < strand_current->stack_end &&
           frame >= strand_current->stack_start - STRAND_RESERVE + PREEMPT_ROOM;
}

static void preempt(struct trap_frame *frame)
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
    if (fp_owner != NULL)
        fp_save(fp_owner->fp);
    fp_owner = NULL;
}

/* What an exception's handler does with them is its own, until the exception is over. */
void strand_fp_unavailable(struct trap_frame *frame)
{
    bool nested = on_exception_stack((vaddr_t)frame->gpr[1]);

    msr_write(msr_read() | MSR_FP);
    if (nested)
        fp_give_up();
    else if (fp_owner != strand_current) {
        fp_give_up();
        fp_load(strand_current->fp);
        fp_owner = strand_current;
    }
    msr_write(msr_read() & ~MSR_FP);
    frame->srr1 |= MSR_FP;
}

void fp_switch(const struct strand *to)
{
    uint32_t msr = msr_read() & ~MSR_FP;

    msr_write(to == fp_owner ? msr | MSR_FP : msr);
}

void fp_forget(const struct strand *strand)
{
    if (fp_owner == strand)
        fp_owner = NULL;
}

/* ---- */

void strand_leave_exception(struct trap_frame *frame)
{
    if (on_exception_stack(frame->gpr[1]))
        return;
    if (busy_switch_due && kernel_busy == 0 && (frame->srr1 & MSR_EE) != 0)
        preempt(frame);
    fp_leave(frame);
}
