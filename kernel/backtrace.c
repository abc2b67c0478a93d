/* See backtrace.h. */
#include "kernel/backtrace.h"

#include "arch/ppc/image.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/mmu.h"
#include "arch/ppc/trap.h"
#include "domains/domain.h"
#include "kernel/busy.h"
#include "kernel/event/event.h"
#include "kernel/event_names.h"
#include "kernel/kernel_symbols.h"
#include "kernel/patch/patch.h"
#include "kernel/strand/strand.h"

/* kernel/strand/switch.S: where strand_preempted returns to, with r1 FRAME_HEAD below the trap frame. */
extern const char preempted_return[];

struct stack_frame {
    vaddr_t back_chain;
    vaddr_t lr_save; /* of the function that this frame's owner called */
};

static void add(struct backtrace *trace, vaddr_t code)
{
    if (trace->n < BACKTRACE_MAX)
        trace->code[trace->n++] = code;
}

/* What is on a page with an address that is mapped is so, too. */
static bool is_near(const struct stack_frame *frame, vaddr_t sp)
{
    return ((vaddr_t)(frame + 1) - 1) / PAGE_SIZE == sp / PAGE_SIZE;
}

/* Frames lie ever higher, are word-aligned and mapped; the outermost has no back chain: NULL. */
static const struct stack_frame *outer_of(vaddr_t sp)
{
    const struct stack_frame *next;

    if (sp % 4 != 0 || sp == 0 || !mmu_readable(sp, sizeof sp))
        return NULL;
    next = (const struct stack_frame *)((struct stack_frame *)sp)->back_chain;
    return (vaddr_t)next > sp && (vaddr_t)next % 4 == 0 &&
                   (is_near(next, sp) || mmu_readable((vaddr_t)next, sizeof *next))
               ? next
               : NULL;
}

/*
 * Who is called from the body of a patch returns there, with the body's frame at sp. Beyond that is LR, if it is live at the
 * patched instruction, in a frame of its own; else the patched procedure has saved it where it should. In the frame at the
 * instruction itself nobody needs to have saved anything: that one is returned; 0: there is none.
 */
static vaddr_t pass_bodies(vaddr_t sp, vaddr_t returns, vaddr_t *kept, struct backtrace *trace)
{
    const struct stack_frame *frame;
    struct patch_place place;

    while (patch_code_at(returns, &place)) {
        frame = outer_of(sp);
        if (frame == NULL || !place.keeps_lr)
            return (vaddr_t)frame;
        returns = *kept = frame->lr_save;
        add(trace, returns);
        sp = (vaddr_t)outer_of((vaddr_t)frame);
        if (sp == 0)
            return 0;
    }
    return sp;
}

/* From a frame outwards; `returns` is what who has it has been called from, if that is known. */
static void walk(vaddr_t sp, vaddr_t returns, struct backtrace *trace)
{
    const struct stack_frame *frame;

    while (trace->n < BACKTRACE_MAX) {
        vaddr_t kept = 0;

        sp = pass_bodies(sp, returns, &kept, trace);
        frame = sp == 0 ? NULL : outer_of(sp);
        if (frame == NULL)
            return;
        returns = frame->lr_save;
        if (returns != 0 && returns != kept)
            add(trace, returns);
        sp = (vaddr_t)frame;
    }
}

/* Who is in the body of a patch is where the patched instruction is, which may be in the body of another. */
static vaddr_t site_of(vaddr_t address)
{
    struct patch_place place;

    while (patch_code_at(address, &place))
        address = place.site;
    return address;
}

/* Exceptions look here, and so must leave alone what kernel_symbol_at tells others. */
static vaddr_t kernel_function(vaddr_t address)
{
    size_t behind = kernel_symbol_from(address + 1);

    return behind == 0 ? 0 : kernel_symbol(behind - 1).value;
}

vaddr_t backtrace_function(vaddr_t address)
{
    BUSY;
    struct event_code code;
    struct domain *domain;
    const struct symbol *symbol = NULL;

    address = site_of(address);
    if (event_code_at(address, &code))
        return code.start;
    if (address - IMAGE(kernel_text_start) < IMAGE(kernel_text_end) - IMAGE(kernel_text_start))
        return kernel_function(address);
    return domain_at(address, &domain, &symbol) && symbol != NULL ? symbol->value : 0;
}

/*
 * A function that has not saved LR, or never does, returns to what is in LR;
 * in any other, LR points into itself or repeats the first return address. 0: there is nothing to add.
 */
static vaddr_t leaf_caller(const struct trap_frame *frame)
{
    struct backtrace chain = {.n = 0};

    walk(frame->gpr[1], 0, &chain);
    if (frame->lr % 4 != 0 || (chain.n > 0 && chain.code[0] == frame->lr))
        return 0;
    return backtrace_function(frame->lr) != 0 &&
                   backtrace_function(frame->lr) != backtrace_function(frame->srr0)
               ? frame->lr
               : 0;
}

void backtrace_take(const struct trap_frame *frame, struct backtrace *trace)
{
    vaddr_t caller = leaf_caller(frame);

    trace->n = 0;
    trace->interrupted = true;
    add(trace, frame->srr0);
    if (caller != 0)
        add(trace, caller);
    walk(frame->gpr[1], caller, trace);
}

/* Which must be there until the walk is over: that is not to be the last thing that is done. */
void backtrace_here(struct backtrace *trace)
{
    trace->n = 0;
    walk((vaddr_t)__builtin_frame_address(0), 0, trace);
    trace->interrupted = false;
}

/* It is returned to itself, or by way of bodies of patches on what is there. */
static bool is_returned_to(vaddr_t address, vaddr_t start, size_t size)
{
    struct patch_place place;

    while (address - start >= size && patch_code_at(address, &place))
        address = place.site;
    return address - start < size;
}

/* A body keeps registers on the stack that may be gone to when it goes on, among them LR. */
static bool is_kept(vaddr_t low, vaddr_t high, vaddr_t start, size_t size)
{
    if (!mmu_readable(low, high - low))
        return false;
    for (vaddr_t at = low; at < high; at += 4)
        if (is_returned_to(*(const vaddr_t *)at, start, size))
            return true;
    return false;
}

/* In the frame of the body of a patch that what is called returns to. */
static bool is_kept_by_body(const struct stack_frame *frame, vaddr_t start, size_t size)
{
    struct patch_place place;

    return patch_code_at(frame->lr_save, &place) &&
           is_kept((vaddr_t)frame, (vaddr_t)frame + PATCH_KEPT_SIZE, start, size);
}

static bool ends_exception(vaddr_t returns)
{
    return returns == (vaddr_t)exception_return || returns == (vaddr_t)preempted_return;
}

/*
 * Whether a frame is the one that trap() was called with, or strand_preempted(). `expected`: its caller's address has been met further in,
 * where the body of a patch keeps it for who has not saved it.
 */
static bool is_exception(const struct stack_frame *frame, bool expected)
{
    const struct trap_frame *exception = (const struct trap_frame *)frame->back_chain;

    return (vaddr_t)exception == (vaddr_t)frame + FRAME_HEAD &&
           (ends_exception(frame->lr_save) ||
            (expected && exception->back_chain == exception->gpr[1]));
}

/* Where an address that is about to be gone to can be: in any register. */
static bool was_interrupted_in(const struct trap_frame *frame, vaddr_t start, size_t size)
{
    bool is = is_returned_to(frame->srr0, start, size) || is_returned_to(frame->lr, start, size) ||
              is_returned_to(frame->ctr, start, size);
    struct patch_place place;

    for (unsigned i = 0; !is && i < 32; i++)
        is = is_returned_to(frame->gpr[i], start, size);
    if (!is && patch_code_at(frame->srr0, &place))
        is = is_kept(frame->gpr[1] - FRAME_GAP, frame->gpr[1], start, size) ||
             is_kept(frame->gpr[1], frame->gpr[1] + FRAME_GAP, start, size);
    return is;
}

/*
 * What exceptions have interrupted lies outside of their frames: those of preemption are on the strand's stack, all others on a
 * stack of their own, ever higher.
 */
static const struct stack_frame *interrupted(const struct trap_frame *exception, vaddr_t *latest)
{
    vaddr_t at = (vaddr_t)exception;

    if (at - IMAGE(exception_stack) < IMAGE(exception_stack_end) - IMAGE(exception_stack)) {
        if (at <= *latest)
            return NULL;
        *latest = at;
    } else if (exception->gpr[1] <= at) {
        return NULL;
    }
    return outer_of(exception->gpr[1]);
}

/* `only`: by what was interrupted, not by what is returned to. */
static bool stack_passes(vaddr_t stack, vaddr_t start, size_t size, bool only)
{
    const struct stack_frame *frame = outer_of(stack);
    vaddr_t latest = 0;
    bool expected = false;

    while (frame != NULL) {
        if (!only &&
            (is_returned_to(frame->lr_save, start, size) || is_kept_by_body(frame, start, size)))
            return true;
        expected = expected || ends_exception(frame->lr_save);
        if (is_exception(frame, expected)) {
            const struct trap_frame *exception = (const struct trap_frame *)frame->back_chain;

            if (was_interrupted_in(exception, start, size))
                return true;
            expected = false;
            frame = interrupted(exception, &latest);
        } else {
            frame = outer_of((vaddr_t)frame);
        }
    }
    return false;
}

/* One that has not run yet will begin. */
static bool strand_passes(const struct strand *strand, vaddr_t start, size_t size, bool only)
{
    return strand->state == STRAND_ALIVE && (is_returned_to((vaddr_t)strand->entry, start, size) ||
                                             stack_passes(strand->stack, start, size, only));
}

bool backtrace_strand_passes(const struct strand *strand, vaddr_t start, size_t size)
{
    BUSY;

    return strand->state == STRAND_ALIVE && strand != strand_current &&
           stack_passes(strand->stack, start, size, false);
}

static bool any_passes(vaddr_t start, size_t size, bool only)
{
    if (stack_passes((vaddr_t)__builtin_frame_address(0), start, size, only))
        return true;
    for (const struct strand *s = strand_next(NULL); s != NULL; s = strand_next(s))
        if (s != strand_current && strand_passes(s, start, size, only))
            return true;
    return false;
}

bool backtrace_passes(vaddr_t start, size_t size)
{
    BUSY;

    return any_passes(start, size, false);
}

bool backtrace_stopped_in(vaddr_t start, size_t size)
{
    BUSY;

    return any_passes(start, size, true);
}

vaddr_t backtrace_outer(vaddr_t stack, vaddr_t *returns)
{
    const struct stack_frame *frame = outer_of(stack);

    if (frame == NULL || is_exception(frame, false))
        return 0;
    *returns = frame->lr_save;
    return (vaddr_t)frame;
}

vaddr_t backtrace_find(vaddr_t stack, vaddr_t code)
{
    const struct stack_frame *frame = outer_of(stack);

    while (frame != NULL && frame->lr_save != code)
        frame = outer_of((vaddr_t)frame);
    return (vaddr_t)frame;
}

void backtrace_name(vaddr_t address, char *text, size_t size)
{
    BUSY;
    const struct symbol *symbol = NULL;
    struct domain *domain;
    const char *owner = "kernel";

    if (patch_code_name(address, text, size) || event_code_name(address, text, size))
        return;
    if (!kernel_symbol_at(address, &symbol)) {
        if (!domain_at(address, &domain, &symbol)) {
            snprintf(text, size, "?");
            return;
        }
        owner = domain->name;
    }
    if (symbol == NULL)
        snprintf(text, size, "%s!?", owner);
    else
        snprintf(text, size, "%s!%s+0x%x", owner, symbol->name,
                 (unsigned)(address - symbol->value));
}

/* What was returned to may be the first word of the next part. */
static void print_part(FILE *out, vaddr_t address, bool returned_to)
{
    char part[160];

    if (event_code_part(address - (returned_to ? 4 : 0), part, sizeof part))
        fprintf(out, " (%s)", part);
}

/* A handler that was jumped to has left no trace of the event's code. */
static void print_event(FILE *out, vaddr_t inner, vaddr_t address)
{
    char event[160];

    if (!event_code_name(inner, event, sizeof event) &&
        event_raised_by(address - 4, event, sizeof event))
        fprintf(out, " (raised event %s)", event);
}

void backtrace_print(FILE *out, const struct backtrace *trace)
{
    for (size_t i = 0; i < trace->n; i++) {
        char name[160];

        backtrace_name(trace->code[i], name, sizeof name);
        fprintf(out, "  0x%08x %s", (unsigned)trace->code[i], name);
        print_part(out, trace->code[i], i > 0 || !trace->interrupted);
        if (i > 0)
            print_event(out, trace->code[i - 1], trace->code[i]);
        fprintf(out, "\n");
    }
}
