/* See contain.h: from an exception to the boundary. */
#include "kernel/contain/contain.h"

#include <stdarg.h>
#include <stdio.h>

#include "arch/ppc/image.h"
#include "arch/ppc/processor.h"
#include "domains/domain.h"
#include "kernel/backtrace.h"
#include "kernel/busy.h"
#include "kernel/contain/answer.h"
#include "kernel/contain/boundary.h"
#include "kernel/contain/culprit.h"
#include "kernel/contain/incident.h"
#include "kernel/contain/quarantine.h"
#include "kernel/event/ephemeral.h"
#include "kernel/event/event.h"
#include "kernel/event/resume.h"
#include "kernel/idle.h"
#include "kernel/panic.h"
#include "kernel/patch/exception.h"
#include "kernel/patch/patch.h"
#include "kernel/recorder.h"
#include "kernel/strand/locks.h"
#include "kernel/strand/strand.h"

/* ---- what was under way ---- */

void contain_unwound(vaddr_t stack)
{
    struct stack_area area;

    if (!stack_area(stack, &area))
        return;
    boundaries_unwound(area.low, stack);
    ephemeral_unwound(strand_current, stack);
    if (area.exceptions)
        return;
    event_unwound(stack);
    patch_unwound(stack);
    idle_unwound(strand_current, stack);
    locks_unwound(strand_current, stack);
    if (strand_current->joins != NULL)
        strand_unwound(strand_current, stack);
    if (domain_any_held(area.low, stack))
        quarantine_note_unwound(area.low, stack);
    if (kernel_busy - area.low < stack - area.low)
        kernel_busy = 0;
}

/* ---- where to ---- */

/* One on another stack cannot be gone to from here. */
static struct boundary *boundary_of(const struct culprit *c)
{
    struct boundary *boundary = strand_current->boundary;
    struct stack_area area;

    if (boundary == NULL || !stack_area(boundary->stack, &area))
        return NULL;
    return !c->on_area || area.low == c->area.low || !c->area.exceptions ? boundary : NULL;
}

/* The domain called it, so what happens in it is the domain's own affair. */
static bool is_own(const struct culprit *c, const struct boundary *boundary)
{
    return boundary != NULL && c->domain != NULL && culprit_at(boundary->caller) == c->domain;
}

/* The boundary is reached before the call, or the caller is the procedure of the kernel that it has called itself. */
static bool comes_first(const struct culprit *c, const struct boundary *boundary)
{
    return boundary != NULL &&
           (c->stack == 0 || c->stack >= boundary->stack ||
            (culprit_at(c->returns) == NULL && stack_outer(&c->area, c->stack) == boundary->stack));
}

/* The next part of an event outwards. */
static bool resume_outwards(struct trap_frame *frame, struct culprit *c,
                            const struct boundary *boundary)
{
    vaddr_t stack = c->stack;

    while (stack != 0 && (boundary == NULL || stack < boundary->stack)) {
        vaddr_t returns = *(const vaddr_t *)(stack + 4);

        c->stack = stack;
        c->returns = returns;
        if (returns != 0 && resume_call(returns, stack, frame))
            return true;
        stack = stack_outer(&c->area, stack);
    }
    return false;
}

static bool to_boundary(struct trap_frame *frame, struct boundary *boundary)
{
    if (boundary == NULL)
        return false;
    contain_unwound(boundary->stack);
    boundary_divert(frame, boundary);
    return true;
}

static bool to_event(struct trap_frame *frame, const struct culprit *c)
{
    bool goes_on = c->copied ? resume_copy(frame, &c->part)
                             : c->returns != 0 && resume_call(c->returns, c->stack, frame);

    if (goes_on && !c->copied)
        contain_unwound(c->stack);
    return goes_on;
}

/* Where the innermost call of the culprit ends, and how. The frame goes on there; CUT_NOTHING: nowhere. */
static enum cut lead_on(struct trap_frame *frame, struct culprit *c)
{
    struct boundary *boundary = c->boundary;

    if (!c->copied && (is_own(c, boundary) || comes_first(c, boundary)))
        return to_boundary(frame, boundary) ? CUT_CALL : CUT_NOTHING;
    if (to_event(frame, c))
        return CUT_EVENT;
    if (answer(frame, c))
        return CUT_PLAIN;
    if (c->on_area && resume_outwards(frame, c, boundary)) {
        contain_unwound(c->stack);
        return CUT_EVENT;
    }
    return to_boundary(frame, boundary) ? CUT_CALL : CUT_NOTHING;
}

/* As far out as patches may be looked for: the caller himself may be one's body. */
static vaddr_t limit(const struct culprit *c)
{
    struct boundary *boundary = c->boundary;

    if (boundary != NULL && (is_own(c, boundary) || comes_first(c, boundary)))
        return boundary->stack;
    return c->stack + 4;
}

/* ---- who ---- */

static bool find_culprit(const struct trap_frame *frame, struct culprit *c)
{
    bool found = culprit_find(frame, c);

    c->boundary = boundary_of(c);
    return found;
}

/* Whoever has done that was called through CTR, if that is still where a procedure begins. */
static bool has_returned_nowhere(const struct trap_frame *frame)
{
    return frame->vector == VECTOR_ISI && frame->lr == frame->srr0 &&
           backtrace_function(frame->ctr) == frame->ctr;
}

/* Where nobody is found on a stack that is damaged, or in registers: who was called there. Within the outermost boundary that is where the strand began. */
static void guess(const struct trap_frame *frame, struct culprit *c)
{
    const struct boundary *boundary = c->boundary;

    if (boundary != NULL)
        c->domain = culprit_at(boundary->procedure != 0 ? boundary->procedure : boundary->entry);
    if (c->domain == NULL && has_returned_nowhere(frame))
        c->domain = culprit_at(frame->ctr);
    if (boundary != NULL && boundary->outer == NULL && c->domain == NULL)
        c->domain = culprit_at((vaddr_t)strand_current->entry);
    if (c->domain == NULL && !c->on_area)
        c->domain = domain_of_owner(strand_current->owner);
    c->stack = c->returns = 0;
}

static struct domain *to_quarantine(const struct culprit *c)
{
    return c->domain != NULL && !c->domain->tested && !c->domain->quarantined &&
                   !is_own(c, c->boundary)
               ? c->domain
               : NULL;
}

/* Who comes back to what is in quarantine, or runs copies of it that are still about: that is no news. */
static bool contain(struct trap_frame *frame, struct culprit *c, const char *reason)
{
    struct domain *domain = to_quarantine(c);
    struct incident *incident = c->domain->quarantined ? NULL : incident_begin(frame);
    enum cut cut;

    if (incident == NULL)
        incident_explain(frame, domain, reason);
    cut = lead_on(frame, c);
    if (cut == CUT_NOTHING) {
        incident_drop(incident);
        return false;
    }
    incident_end(incident, domain, cut, cut == CUT_EVENT ? frame->srr0 : c->returns, reason);
    if (domain != NULL)
        quarantine_enter(domain);
    return true;
}

/* In the handler of a patch; what happened is told by the patch's own report. */
static bool contain_in_patch(struct trap_frame *frame, const struct culprit *c, const char *reason)
{
    struct domain *domain = to_quarantine(c);
    struct incident *incident = domain == NULL ? NULL : incident_begin(frame);
    struct trap_frame seen;

    if (incident == NULL)
        incident_explain(frame, domain, NULL);
    if (!patch_contain(frame, limit(c), &seen)) {
        incident_drop(incident);
        return false;
    }
    incident_is_latest(&seen);
    incident_end(incident, domain, CUT_PATCH, 0, reason);
    if (domain != NULL)
        quarantine_enter(domain);
    return true;
}

void contain_or_panic(struct trap_frame *frame)
{
    struct trap_frame seen;
    struct culprit c;

    if (contain_is_overdue(frame))
        return;
    if (!find_culprit(frame, &c))
        guess(frame, &c);
    if (patch_any() && contain_in_patch(frame, &c, NULL))
        return;
    if (c.domain != NULL && contain(frame, &c, NULL))
        return;
    seen = *frame;
    patch_present(&seen);
    panic_trap(&seen);
}

/* On the way out of it r1 may be on the stack below; the frame of what was interrupted may be lost. */
static bool overflows_exceptions(const struct trap_frame *frame)
{
    return frame->vector == VECTOR_DSI && (frame->srr1 & MSR_EE) == 0 &&
           IMAGE(exception_stack) - 1 - frame->dar < PAGE_SIZE;
}

/*
 * What this calls may be patched, with handlers that fault: those are silenced before anything else is called
 * again. Whoever else faults here is the kernel.
 */
void contain_fault(struct trap_frame *frame)
{
    static bool under_way;
    uint32_t *marked = NULL;
    struct trap_frame seen;

    if (quarantine_shows(frame))
        return;
    if (frame->srr0 != (vaddr_t)contain_due_trap) {
        record(RECORDED_FAULT, NULL, frame->srr0);
        marked = contain_unmark(frame);
    }
    if (frame->vector == VECTOR_MACHINE_CHECK || overflows_exceptions(frame))
        panic_trap(frame);
    if (under_way) {
        if (!patch_any() || !patch_contain(frame, 0, &seen))
            panic_trap(frame);
        return;
    }
    under_way = true;
    quarantine_show();
    contain_or_panic(frame);
    under_way = false;
    contain_mark_again(frame, marked);
}

/* What the kernel does in the middle of something may be unwound only if it has called the domain from there. */
static bool may_cut(const struct trap_frame *frame, const struct culprit *c)
{
    return kernel_busy == 0 || c->copied || culprit_at(frame->srr0) == c->domain;
}

bool contain_cut(struct trap_frame *frame, const char *reason, ...)
{
    uint32_t *marked = contain_unmark(frame);
    struct culprit c;
    char text[120];
    va_list arguments;
    bool cut;

    quarantine_show();
    cut = find_culprit(frame, &c) && may_cut(frame, &c);
    if (cut) {
        va_start(arguments, reason);
        vsnprintf(text, sizeof text, reason, arguments);
        va_end(arguments);
        cut = (patch_any() && contain_in_patch(frame, &c, text)) || contain(frame, &c, text);
    }
    contain_mark_again(frame, marked);
    return cut;
}
