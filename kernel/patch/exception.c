/*
 * See exception.h. A fault in a patch's handler is unwound to the innermost call of a handler, as the body made it, that
 * leaves enough of the stack for a report. There goes on a procedure that reports, as if the body had called it: when it
 * returns, it is behind the patch.
 */
#include "kernel/patch/exception.h"

#include <stdio.h>

#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/patch/springboard_code.h"
#include "arch/ppc/image.h"
#include "arch/ppc/mmu.h"
#include "arch/ppc/processor.h"
#include "kernel/backtrace.h"
#include "kernel/busy.h"
#include "kernel/event/event.h"
#include "kernel/fault.h"
#include "kernel/output.h"
#include "kernel/patch/patch_private.h"
#include "kernel/patch/springboard.h"
#include "kernel/strand/strand.h"

size_t patch_without_bodies = 0 - VECTOR_PAGES_END; /* all */

#define REPORT_STACK 6144 /* bytes; printf and what is below it */

/* ---- who is interrupted ---- */

/* Words below r1 of who is in a body, or has jumped there. */
static uint32_t stack_word(uint32_t address)
{
    return address % 4 == 0 && mmu_readable(address, 4) ? *(const uint32_t *)address : 0;
}

static void store_word(uint32_t address, uint32_t word)
{
    *(volatile uint32_t *)address = word;
}

void patch_interrupted_in(struct trap_frame *frame)
{
    struct patch_context context = {.gpr = frame->gpr,
                                    .pc = &frame->srr0,
                                    .msr = &frame->srr1,
                                    .cr = &frame->cr,
                                    .xer = &frame->xer,
                                    .load = stack_word,
                                    .store = store_word};
    const struct patch_body *body;

    if (frame->srr0 < VECTOR_PAGES_END) {
        springboard_interrupted(frame);
        return;
    }
    body = body_at(frame->srr0);
    if (body != NULL)
        (void)patch_code_finish(body->form, (frame->srr0 - body->code) / 4, &context);
}

bool patch_program(struct trap_frame *frame)
{
    vaddr_t body;

    if ((frame->srr1 & SRR1_PROGRAM_ILLEGAL) == 0 || (body = patch_trapped(frame->srr0)) == 0)
        return false;
    frame->srr0 = body;
    return true;
}

void patch_present(struct trap_frame *frame)
{
    struct patch_place place;

    while (patch_code_at(frame->srr0, &place) && frame->srr0 >= place.displaced &&
           frame->srr0 < place.displaced_end)
        frame->srr0 = place.site;
}

/* ---- the call that a fault is unwound to ---- */

struct handler_call {
    vaddr_t resume; /* where to go on */
    vaddr_t stack;  /* r1 at the call */
    patch_t *patch;
};

/* Of the frame that a body has when it calls what returns to an address; 0: it has none. */
static size_t frame_size(vaddr_t returns)
{
    const struct patch_body *body = body_at(returns);

    for (vaddr_t at = returns - 4; at >= body->code; at -= 4) {
        uint32_t word = *(const uint32_t *)at;

        if ((word & 0xffff0000) == CODE_D(WORD_STWU, 1, 1, 0))
            return (size_t) - (int16_t)word;
    }
    return 0;
}

/* Whether a procedure may have pushed a frame before an instruction of it. */
static bool may_have_pushed(vaddr_t pc)
{
    vaddr_t start = backtrace_function(pc);
    struct patch_place place;

    while (patch_code_at(pc, &place))
        pc = place.site;
    if (start == 0 || pc < start || !mmu_readable(start, pc - start + 4))
        return true;
    for (vaddr_t at = start; at < pc; at += 4)
        if ((code_word_get(at) & 0xffff0000) == CODE_D(WORD_STWU, 1, 1, 0))
            return true;
    return false;
}

/*
 * Whether somebody who will return to an address was called by a body. His r1 was then `stack`, or, had he made a frame, that of the frame
 * outside of it: the one that is as large as the body's. Both may be; then he has one if he may, by where he is (`pc`; 0: he has called).
 */
static bool find_frame(vaddr_t returns, vaddr_t stack, vaddr_t pc, struct handler_call *call)
{
    vaddr_t outer, outermost, unused;
    size_t size;

    call->resume = patch_resume(returns, &call->patch);
    if (call->resume == 0 || (outer = backtrace_outer(stack, &unused)) == 0)
        return false;
    size = frame_size(returns);
    outermost = backtrace_outer(outer, &unused);
    call->stack = stack;
    if (outermost - outer == size && (outer - stack != size || (pc != 0 && may_have_pushed(pc))))
        call->stack = outer;
    return outer - stack == size || outermost - outer == size;
}

static bool on_exception_stack(vaddr_t stack)
{
    return stack - IMAGE(exception_stack) < IMAGE(exception_stack_end) - IMAGE(exception_stack);
}

/* A report on the stack it happened on needs some of that. */
static bool has_room(vaddr_t stack)
{
    return stack - (strand_current->stack_start - STRAND_RESERVE) >= REPORT_STACK;
}

/* LR says who is returned to by a procedure that has not saved it, unless it is left from a call before. */
static bool find_call(const struct trap_frame *frame, struct handler_call *call)
{
    vaddr_t stack = frame->gpr[1], returns = frame->lr;

    if (backtrace_function(frame->lr) != backtrace_function(frame->srr0) &&
        find_frame(returns, stack, frame->srr0, call) && has_room(call->stack))
        return true;
    while ((stack = backtrace_outer(stack, &returns)) != 0)
        if (find_frame(returns, stack, 0, call) && has_room(call->stack))
            return true;
    return false;
}

/* ---- the report ---- */

struct report {
    struct trap_frame frame; /* of the fault */
    struct backtrace trace;
    struct patch_view patch; /* all zero: it was gone by then */
};

static struct report latest;  /* from the exception to where it is printed */
static struct report waiting; /* of a handler that an exception's handler ran into */
static volatile bool waits;

static void take(const struct trap_frame *frame, patch_t *patch, struct report *report)
{
    report->frame = *frame;
    backtrace_take(frame, &report->trace);
    patch_look(patch, &report->patch);
}

static void print_patch(FILE *out, const struct patch_view *patch)
{
    char name[160];

    if (patch->number == 0) {
        fprintf(out, "  in the handler of a patch that was removed meanwhile\n");
        return;
    }
    backtrace_name(patch->site, name, sizeof name);
    fprintf(out, "  in the handler of patch %u of %s on %s, which is removed\n", patch->number,
            patch->owner, name);
}

static void print(const struct report *report)
{
    bool before = output_pass_by(true);

    fprintf(stderr, "fault: ");
    fault_print_cause(stderr, &report->frame);
    print_patch(stderr, &report->patch);
    fault_print_registers(stderr, &report->frame);
    backtrace_print(stderr, &report->trace);
    (void)output_pass_by(before);
}

/* report_entry.S: calls patch_report on the stack as it was when the handler was called, and goes on behind that. */
void patch_report_entry(void);
void patch_report(vaddr_t stack);

/* Interrupts are off until the report is in safety. The patch is gone first, in case it is on what prints. */
void patch_report(vaddr_t stack)
{
    struct report report = latest;

    interrupts_restore(msr_read() | (report.frame.srr1 & MSR_EE));
    event_unwound(stack);
    patch_unwound(stack);
    busy_unwound(stack);
    print(&report);
}

/* Of several that wait only the first is told of. */
static void put_off_report(const struct trap_frame *frame, const struct handler_call *call)
{
    if (waits)
        return;
    take(frame, call->patch, &waiting);
    waits = true;
}

void patch_lead_on(struct trap_frame *frame, const struct handler_call *call,
                   struct trap_frame *seen)
{
    bool puts_off = on_exception_stack(call->stack);

    *seen = *frame;
    patch_present(seen);
    if (puts_off)
        put_off_report(seen, call);
    else
        take(seen, call->patch, &latest);
    frame->srr0 = puts_off ? call->resume : (vaddr_t)patch_report_entry;
    frame->lr = call->resume;
    frame->gpr[1] = call->stack;
    frame->srr1 = (frame->srr1 & (MSR_VEC | MSR_FP | MSR_SE | MSR_BE)) | MSR_KERNEL;
}

/* Every register is needed, so the report is put off. */
void patch_lead_on_code(struct trap_frame *frame, const struct handler_call *call,
                        struct trap_frame *seen)
{
    *seen = *frame;
    put_off_report(seen, call);
    frame->srr0 = call->resume;
}

/* Who did it is silenced before anything else is called that may be patched. */
bool patch_contain(struct trap_frame *frame, vaddr_t stack, struct trap_frame *seen)
{
    struct handler_call call;

    call.resume = patch_resume_code(frame->srr0, &call.patch);
    if (call.resume != 0) {
        patch_faulted(call.patch);
        patch_lead_on_code(frame, &call, seen);
        return true;
    }
    if (!find_call(frame, &call) || (stack != 0 && call.stack >= stack &&
                                     on_exception_stack(call.stack) == on_exception_stack(stack)))
        return false;
    patch_faulted(call.patch);
    patch_lead_on(frame, &call, seen);
    return true;
}

void patch_report_faults(void)
{
    BUSY;

    if (waits) {
        print(&waiting);
        waits = false;
    }
    patch_settle();
}
