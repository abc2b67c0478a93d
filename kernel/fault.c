/* See fault.h. Defines trap(), where all exceptions arrive. */
#include "kernel/fault.h"

#include <setjmp.h>
#include <stdbool.h>

#include "arch/ppc/image.h"
#include "arch/ppc/interrupt.h"
#include "arch/ppc/mmu.h"
#include "arch/ppc/processor.h"
#include "arch/ppc/trap.h"
#include "domains/domain.h"
#include "kernel/backtrace.h"
#include "kernel/busy.h"
#include "kernel/event/event.h"
#include "kernel/idle.h"
#include "kernel/output.h"
#include "kernel/panic.h"
#include "kernel/patch/exception.h"
#include "kernel/patch/patch.h"
#include "kernel/strand/strand.h"

/* Where a fault unwinds to; the innermost is current. */
struct boundary {
    struct boundary *outer;
    vaddr_t stack;           /* all below it belongs to what is called */
    struct trap_frame frame; /* of the fault */
    struct backtrace trace;
    jmp_buf context;
};

static struct boundary *innermost;
static struct trap_frame latest;

#define VECTOR_INDEX(vector) ((vector) >> 8 & 31)

/* The page below a stack is not mapped so that this can be told. */
static void print_guard(FILE *out, vaddr_t address)
{
    static const struct {
        const char *stack, *name;
    } stacks[] = {{boot_stack_start, "boot"}, {exception_stack, "exception"}};

    for (size_t i = 0; i < sizeof stacks / sizeof stacks[0]; i++)
        if (IMAGE(stacks[i].stack) - 1 - address < PAGE_SIZE)
            fprintf(out, ": the %s stack overflowed", stacks[i].name);
}

/* An import that is bound to nothing has addresses of its own: `user` is whose code was met there. */
static bool print_unbound(FILE *out, vaddr_t user, vaddr_t address)
{
    struct domain *domain;
    const struct symbol *symbol;
    const struct import *import;

    if (!domain_at(user, &domain, &symbol))
        return false;
    import = image_import_at(&domain->image, address);
    if (import == NULL || import->state == IMPORT_BOUND)
        return false;
    fprintf(out, ": %s is an unbound import of %s", import->name, domain->name);
    return true;
}

static void print_unstarted(FILE *out, vaddr_t address)
{
    struct domain *domain;
    const struct symbol *symbol;
    char name[160];

    if (!domain_at(address, &domain, &symbol) || domain->image.sealed)
        return;
    backtrace_name(address, name, sizeof name);
    fprintf(out, ": %s, and %s is not initialized", name, domain->name);
}

static void print_page(FILE *out, vaddr_t address, bool jump, const struct trap_frame *frame)
{
    enum mmu_rights rights;
    char name[160];

    if (!mmu_translate(address, NULL, &rights)) {
        fprintf(out, " 0x%08x, which is not mapped", (unsigned)address);
        print_guard(out, address);
        if (!print_unbound(out, jump ? address : frame->srr0, address) && jump)
            print_unstarted(out, address);
        return;
    }
    backtrace_name(address, name, sizeof name);
    fprintf(out, " 0x%08x (%s), which is %s", (unsigned)address, name,
            jump ? "not executable" : "read-only");
}

static void print_program(FILE *out, const struct trap_frame *frame)
{
    const char *what = "a trap instruction";

    if ((frame->srr1 & SRR1_PROGRAM_ILLEGAL) != 0)
        what = "an illegal instruction";
    else if ((frame->srr1 & SRR1_PROGRAM_PRIVILEGED) != 0)
        what = "a privileged instruction";
    fprintf(out, ": %s", what);
    if (mmu_readable(frame->srr0, 4) && frame->srr0 % 4 == 0)
        fprintf(out, " (0x%08x)", (unsigned)*(const uint32_t *)frame->srr0);
    (void)print_unbound(out, frame->srr0, frame->srr0);
}

void fault_print_cause(FILE *out, const struct trap_frame *frame)
{
    char name[160];

    backtrace_name(frame->srr0, name, sizeof name);
    fprintf(out, "%s exception (vector 0x%04x) at 0x%08x %s", trap_name(frame->vector),
            (unsigned)frame->vector, (unsigned)frame->srr0, name);
    if ((frame->vector & VECTOR_STACK_EXHAUSTED) != 0)
        fprintf(out, ", with the exception stack used up");
    switch (frame->vector & ~(uint32_t)VECTOR_STACK_EXHAUSTED) {
    case VECTOR_DSI:
        fprintf(out, (frame->dsisr & DSISR_STORE) != 0 ? ": store to" : ": load from");
        print_page(out, frame->dar, false, frame);
        break;
    case VECTOR_ISI:
        fprintf(out, ": jump to");
        print_page(out, frame->srr0, true, frame);
        break;
    case VECTOR_ALIGNMENT:
        fprintf(out, ": access to 0x%08x", (unsigned)frame->dar);
        break;
    case VECTOR_PROGRAM:
        print_program(out, frame);
        break;
    default:
        break;
    }
    fprintf(out, "\n");
}

void fault_print_registers(FILE *out, const struct trap_frame *frame)
{
    fprintf(out, "  srr0 %08x  srr1 %08x  dar  %08x  dsisr %08x\n", (unsigned)frame->srr0,
            (unsigned)frame->srr1, (unsigned)frame->dar, (unsigned)frame->dsisr);
    fprintf(out, "  lr   %08x  ctr  %08x  cr   %08x  xer   %08x\n", (unsigned)frame->lr,
            (unsigned)frame->ctr, (unsigned)frame->cr, (unsigned)frame->xer);
    for (unsigned i = 0; i < 32; i += 8) {
        fprintf(out, "  r%-2u", i);
        for (unsigned k = i; k < i + 8; k++)
            fprintf(out, " %08x", (unsigned)frame->gpr[k]);
        fprintf(out, "\n");
    }
}

static void report(const struct boundary *boundary)
{
    bool before = output_pass_by(true);

    fprintf(stderr, "fault: ");
    fault_print_cause(stderr, &boundary->frame);
    fault_print_registers(stderr, &boundary->frame);
    backtrace_print(stderr, &boundary->trace);
    (void)output_pass_by(before);
}

static void unwind(struct boundary *boundary)
{
    longjmp(boundary->context, 1);
}

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

status_t fault_contain(void (*entry)(void *closure), void *closure)
{
    struct boundary boundary = {.outer = innermost};
    output_sink_t sink = output_redirect(NULL);
    bool completed;

    (void)output_redirect(sink);
    innermost = &boundary;
    completed = run(&boundary, entry, closure);
    innermost = boundary.outer;
    if (completed)
        return OK;
    event_unwound(boundary.stack);
    patch_unwound(boundary.stack);
    (void)output_redirect(sink);
    report(&boundary);
    return ERR_FAULT;
}

bool fault_is_contained(void)
{
    return innermost != NULL;
}

bool fault_is_outside(vaddr_t stack)
{
    return innermost != NULL && stack >= innermost->stack && stack < IMAGE(boot_stack_end);
}

const struct trap_frame *fault_latest(void)
{
    return &latest;
}

/* Or in its guard page. */
static bool on_exception_stack(const struct trap_frame *frame)
{
    vaddr_t start = IMAGE(exception_stack) - PAGE_SIZE;

    return frame->gpr[1] - start < IMAGE(exception_stack_end) - start;
}

/*
 * Goes on, after the exception has returned, with unwind() on the part of the stack
 * that belongs to what is being unwound.
 */
static void divert(struct trap_frame *frame, struct boundary *boundary)
{
    boundary->frame = latest;
    backtrace_take(&latest, &boundary->trace);
    frame->srr0 = (vaddr_t)unwind;
    frame->srr1 = MSR_KERNEL | MSR_EE;
    frame->gpr[1] = (boundary->stack - FRAME_GAP) & ~15u;
    *(uint32_t *)frame->gpr[1] = 0;
    frame->gpr[3] = (vaddr_t)boundary;
}

static trap_handler_t program_handler;

/* Illegal instructions may be patches. */
static bool program(struct trap_frame *frame)
{
    return patch_program(frame) || (program_handler != NULL && program_handler(frame));
}

static trap_handler_t handlers[32] = {[VECTOR_INDEX(VECTOR_PROGRAM)] = program};

trap_handler_t trap_handle(uint32_t vector, trap_handler_t handler)
{
    trap_handler_t *place =
        vector == VECTOR_PROGRAM ? &program_handler : &handlers[VECTOR_INDEX(vector)];
    trap_handler_t before = *place;

    *place = handler;
    return before;
}

/* The handler that did it is silenced before anything else is called, which it may be on. */
static void fault(struct trap_frame *frame)
{
    if (frame->vector == VECTOR_MACHINE_CHECK)
        panic_trap(frame);
    if (patch_contain(frame, innermost != NULL ? innermost->stack : 0, &latest))
        return;
    latest = *frame;
    patch_present(&latest);
    if (innermost == NULL || on_exception_stack(frame))
        panic_trap(&latest);
    divert(frame, innermost);
}

void trap(struct trap_frame *frame)
{
    trap_handler_t handler = handlers[VECTOR_INDEX(frame->vector)];

    patch_interrupted(frame);
    if ((frame->vector & VECTOR_STACK_EXHAUSTED) != 0)
        panic_trap(frame);
    if (handler != NULL && handler(frame))
        return;
    switch (frame->vector) {
    case VECTOR_EXTERNAL:
        interrupt_dispatch();
        idle_wake();
        break;
    case VECTOR_DECREMENTER:
        strand_tick(frame);
        break;
    case VECTOR_FP_UNAVAILABLE:
        strand_fp_unavailable(frame);
        break;
    default:
        fault(frame);
    }
    strand_leave_exception(frame);
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

    c->result = c->entry(c->arguments[0], c->arguments[1], c->arguments[2]);
}

status_t domain_call(vaddr_t entry, const uint32_t arguments[3], status_t *result)
{
    struct call c = {.entry = (status_t(*)(uint32_t, uint32_t, uint32_t))entry,
                     .arguments = arguments,
                     .result = OK};
    status_t status = fault_contain(call, &c);

    if (status == OK)
        *result = c.result;
    return status;
}

status_t domain_call_at_length(vaddr_t entry, status_t *result)
{
    static const uint32_t nothing[3];
    vaddr_t before = busy_suspend();
    status_t status = domain_call(entry, nothing, result);

    busy_resume(before);
    return status;
}
