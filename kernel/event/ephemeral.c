/* See ephemeral.h. */
#include "kernel/event/ephemeral.h"

#include <stdbool.h>

#include "arch/ppc/code/dispatch/dispatch.h"
#include "arch/ppc/image.h"
#include "arch/ppc/processor.h"
#include "arch/ppc/timebase.h"
#include "kernel/busy.h"
#include "kernel/contain/contain.h"
#include "kernel/event/overdue.h"
#include "kernel/event/resume.h"
#include "kernel/recorder.h"
#include "kernel/strand/strand.h"

#define AGAIN 1000 /* ticks: how soon to try again if somebody cannot be killed now */

static struct ephemeral_call *outer_of(const struct ephemeral_call *call)
{
    return (struct ephemeral_call *)call->outer;
}

/* NULL: it has not been made yet, or not been left yet. */
static const struct dispatch_binding *binding_of(const struct ephemeral_call *call)
{
    struct resume_part part;

    if (call->frame == 0 || !resume_call_at(call->returns_to, call->frame, &part))
        return NULL;
    return part.binding;
}

static uint32_t ran(const struct ephemeral_call *call)
{
    return timebase_low() - call->start;
}

/* Ticks, not positive if its deadline has passed. */
static int32_t rest_of(const struct ephemeral_call *call)
{
    const struct dispatch_binding *binding = binding_of(call);

    return binding == NULL ? AGAIN : (int32_t)(binding->ephemeral_ticks - ran(call));
}

static void arm(int32_t ticks)
{
    if (ticks < 1)
        ticks = 1;
    if (decrementer_read() > ticks)
        decrementer_write(ticks);
}

void ephemeral_arm(const struct strand *strand)
{
    for (const struct ephemeral_call *c = strand->ephemeral; c != NULL; c = outer_of(c))
        arm(rest_of(c) > 0 ? rest_of(c) : AGAIN);
}

/* ---- killing ---- */

/* The outermost: all that it has called goes with it. */
static struct ephemeral_call *find_expired(const struct strand *strand)
{
    struct ephemeral_call *expired = NULL;

    for (struct ephemeral_call *c = strand->ephemeral; c != NULL; c = outer_of(c))
        if (rest_of(c) <= 0)
            expired = c;
    return expired;
}

/* Not in the middle of what the kernel does for it. */
static bool may_be_killed(const struct ephemeral_call *call)
{
    return kernel_busy == 0 || kernel_busy >= call->frame;
}

static void kill(struct ephemeral_call *call, struct trap_frame *frame)
{
    struct ephemeral_record *counts = binding_of(call)->ephemeral;
    vaddr_t stack = call->frame, at = frame->srr0;
    uint32_t ticks = ran(call);

    if (!resume_call(call->returns_to, stack, frame))
        return;
    call->frame = 0; /* it is over, though the record may still be found */
    contain_unwound(stack);
    record(RECORDED_KILLED, NULL, at);
    if (counts == NULL)
        return;
    counts->kills++;
    counts->at = at;
    counts->ticks = ticks;
    event_overdue(counts);
}

void ephemeral_tick(struct trap_frame *frame)
{
    struct strand *strand = strand_current;
    struct ephemeral_call *expired;

    if (strand->ephemeral == NULL)
        return;
    expired = find_expired(strand);
    if (expired != NULL && may_be_killed(expired))
        kill(expired, frame);
    else if (expired != NULL)
        arm(AGAIN);
    ephemeral_arm(strand);
}

void ephemeral_late_of(const struct ephemeral_call *call, const struct dispatch_binding *binding)
{
    struct ephemeral_record *record = binding == NULL ? NULL : binding->ephemeral;
    uint32_t before;

    if (record == NULL || ran(call) <= binding->ephemeral_ticks)
        return;
    before = interrupts_off();
    record->late++;
    record->kills++;
    record->at = 0;
    record->ticks = ran(call);
    interrupts_restore(before);
    event_overdue(record);
}

void ephemeral_late(const struct ephemeral_call *call)
{
    ephemeral_late_of(call, binding_of(call));
}

/* ---- strands ---- */

void ephemeral_switched_in(struct strand *strand, uint32_t away)
{
    for (struct ephemeral_call *c = strand->ephemeral; c != NULL; c = outer_of(c))
        c->start += away;
    ephemeral_arm(strand);
}

static bool is_on_exception_stack(vaddr_t stack)
{
    return stack - IMAGE(exception_stack) < IMAGE(exception_stack_end) - IMAGE(exception_stack);
}

/* What is on the exception stack was begun after all that is on the strand's. */
void ephemeral_unwound(struct strand *strand, vaddr_t stack)
{
    bool exception = is_on_exception_stack(stack);

    while (strand->ephemeral != NULL) {
        vaddr_t call = (vaddr_t)strand->ephemeral;
        bool inner = is_on_exception_stack(call) != exception ? !exception : call < stack;

        if (!inner)
            return;
        strand->ephemeral = outer_of(strand->ephemeral);
    }
}
