/* See fault.h: calls that a fault is unwound to. */
#include "kernel/contain/boundary.h"

#include <stdio.h>

#include "arch/ppc/image.h"
#include "arch/ppc/processor.h"
#include "domains/domain.h"
#include "kernel/busy.h"
#include "kernel/contain/contain.h"
#include "kernel/contain/culprit.h"
#include "kernel/contain/incident.h"
#include "kernel/fault.h"
#include "kernel/strand/strand.h"

/* ---- the way back ---- */

static void unwind(struct boundary *boundary)
{
    longjmp(boundary->context, 1);
}

void boundary_divert(struct trap_frame *frame, struct boundary *boundary)
{
    frame->srr0 = (vaddr_t)unwind;
    frame->srr1 = MSR_KERNEL | (boundary->msr & MSR_EE);
    frame->gpr[1] = (boundary->stack - FRAME_GAP) & ~15u;
    *(uint32_t *)frame->gpr[1] = 0;
    frame->gpr[3] = (vaddr_t)boundary;
}

/* What it has put aside for the call comes back. */
static void leave(struct boundary *boundary)
{
    if (incidents_open != 0)
        incidents_complete(boundary);
    strand_current->boundary = boundary->outer;
    if (!boundary->stays_busy)
        kernel_busy = boundary->busy;
    strand_current->sink = boundary->sink;
    strand_current->passing_by = boundary->passing_by;
}

void boundaries_unwound(vaddr_t low, vaddr_t stack)
{
    struct boundary *b;

    while ((b = strand_current->boundary) != NULL && b->stack - low < stack - low)
        leave(b);
}

/* ---- calls ---- */

/* In a function of its own: what longjmp comes back to must not live in registers. */
static bool __attribute__((noinline))
run(struct boundary *boundary, void (*entry)(void *closure), void *closure)
{
    boundary->stack = (vaddr_t)__builtin_frame_address(0);
    if (setjmp(boundary->context) != 0)
        return false;
    entry(closure);
    return true;
}

/* Busy: a strand of the domain's would go with that in the middle of its report. */
static void report(void)
{
    BUSY;

    incidents_report();
}

/* `caller` and `stays_busy` are set; its context, which is large, is not cleared. */
static status_t contain(struct boundary *boundary, void (*entry)(void *closure), void *closure)
{
    bool completed;

    boundary->outer = strand_current->boundary;
    boundary->entry = (vaddr_t)entry;
    boundary->procedure = 0;
    boundary->msr = msr_read();
    boundary->sink = strand_current->sink;
    boundary->passing_by = strand_current->passing_by;
    strand_current->boundary = boundary;
    boundary->busy = kernel_busy;
    if (!boundary->stays_busy)
        (void)busy_suspend();
    completed = run(boundary, entry, closure);
    leave(boundary);
    if (completed)
        return OK;
    report();
    return ERR_FAULT;
}

/* What an interrupt's handler calls runs on somebody else's strand, and does not wait. */
static bool in_exception(void)
{
    struct stack_area area;

    return stack_area((vaddr_t)__builtin_frame_address(0), &area) && area.exceptions;
}

status_t fault_contain(void (*entry)(void *closure), void *closure)
{
    struct boundary boundary;

    boundary.caller = (vaddr_t)__builtin_return_address(0);
    boundary.stays_busy = in_exception();
    return contain(&boundary, entry, closure);
}

status_t fault_contain_busy(void (*entry)(void *closure), void *closure)
{
    struct boundary boundary;

    boundary.caller = (vaddr_t)__builtin_return_address(0);
    boundary.stays_busy = true;
    return contain(&boundary, entry, closure);
}

void fault_calls(vaddr_t procedure)
{
    strand_current->boundary->procedure = procedure;
}

bool fault_is_contained(void)
{
    return strand_current->boundary != NULL;
}

bool fault_is_outside(vaddr_t stack)
{
    const struct boundary *boundary = strand_current->boundary;

    return boundary != NULL && stack >= boundary->stack && stack < strand_current->stack_end;
}

/* ---- for domains/ ---- */

struct call {
    status_t (*entry)(uint32_t, uint32_t, uint32_t);
    const uint32_t *arguments;
    status_t result;
};

static void call(void *closure)
{
    struct call *c = closure;

    fault_calls((vaddr_t)c->entry);
    c->result = c->entry(c->arguments[0], c->arguments[1], c->arguments[2]);
}

void contain_returned(vaddr_t entry)
{
    uint32_t msr = msr_read();
    struct domain *domain = culprit_at(entry);

    if ((msr & MSR_EE) != 0)
        return;
    msr_write(msr | MSR_EE);
    if (domain != NULL)
        quarantine(domain, "returned from %s with interrupts off", "a call");
}

typedef status_t (*containing_t)(void (*entry)(void *closure), void *closure);

static status_t call_domain(containing_t contains, vaddr_t entry, const uint32_t arguments[3],
                            status_t *result)
{
    struct call c = {.entry = (status_t(*)(uint32_t, uint32_t, uint32_t))entry,
                     .arguments = arguments,
                     .result = OK};
    const struct domain *domain = culprit_at(entry);
    bool interrupts = (msr_read() & MSR_EE) != 0;
    status_t status;

    if (domain != NULL && domain_is_quarantined(domain))
        return ERR_FAULT;
    status = contains(call, &c);
    if (status == OK && interrupts)
        contain_returned(entry);
    if (status == OK)
        *result = c.result;
    return status;
}

status_t domain_call(vaddr_t entry, const uint32_t arguments[3], status_t *result)
{
    return call_domain(fault_contain_busy, entry, arguments, result);
}

status_t domain_call_at_length(vaddr_t entry, status_t *result)
{
    static const uint32_t nothing[3];

    return call_domain(fault_contain, entry, nothing, result);
}
