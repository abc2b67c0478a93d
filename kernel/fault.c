/* See fault.h. Defines trap(), where all exceptions arrive. */
#include "kernel/fault.h"

#include <stdarg.h>
#include <stdbool.h>

#include "arch/ppc/image.h"
#include "arch/ppc/interrupt.h"
#include "arch/ppc/mmu.h"
#include "arch/ppc/registers.h"
#include "arch/ppc/processor.h"
#include "arch/ppc/trap.h"
#include "domains/domain.h"
#include "kernel/backtrace.h"
#include "kernel/contain/contain.h"
#include "kernel/idle.h"
#include "kernel/panic.h"
#include "kernel/patch/exception.h"
#include "kernel/patch/patch.h"
#include "kernel/strand/strand.h"

#define VECTOR_INDEX(vector) ((vector) >> 8 & 31)

/* ---- the cause ---- */

/* What is written; cut to size. */
struct text {
    char *at;
    size_t left; /* with a zero */
};

static void __attribute__((format(printf, 2, 3))) add(struct text *text, const char *format, ...)
{
    va_list arguments;
    int n;

    va_start(arguments, format);
    n = vsnprintf(text->at, text->left, format, arguments);
    va_end(arguments);
    if (n < 0)
        return;
    if ((size_t)n >= text->left)
        n = (int)text->left - 1;
    text->at += n;
    text->left -= (size_t)n;
}

/* The page below a stack is not mapped so that this can be told. */
static void add_guard(struct text *text, vaddr_t address)
{
    static const struct {
        const char *stack, *name;
    } stacks[] = {{boot_stack_start, "boot"}, {exception_stack, "exception"}};

    for (size_t i = 0; i < sizeof stacks / sizeof stacks[0]; i++)
        if (IMAGE(stacks[i].stack) - 1 - address < PAGE_SIZE)
            add(text, ": the %s stack overflowed", stacks[i].name);
    for (const struct strand *s = strand_next(NULL); s != NULL; s = strand_next(s))
        if (s != &boot_strand && s->stack_start - STRAND_RESERVE - 1 - address < PAGE_SIZE)
            add(text, ": the stack of %s overflowed", s->name);
}

/* An import that is bound to nothing has addresses of its own: `user` is whose code was met there. */
static bool add_unbound(struct text *text, vaddr_t user, vaddr_t address)
{
    struct domain *domain;
    const struct symbol *symbol;
    const struct import *import;

    if (!domain_at(user, &domain, &symbol))
        return false;
    import = image_import_at(&domain->image, address);
    if (import == NULL || import->state == IMPORT_BOUND)
        return false;
    add(text, ": %s is an unbound import of %s", import->name, domain->name);
    return true;
}

static void add_unstarted(struct text *text, vaddr_t address)
{
    struct domain *domain;
    const struct symbol *symbol;
    char name[160];

    if (!domain_at(address, &domain, &symbol) || domain->image.sealed || domain->shut)
        return;
    backtrace_name(address, name, sizeof name);
    add(text, ": %s, and %s is not initialized", name, domain->name);
}

/* Text of a domain in quarantine is not where it was when it did this. */
static const void *text_of_shut(vaddr_t address)
{
    struct domain *domain;
    const struct symbol *symbol;

    if (!vaddr_is_code(address) || !domain_at(address, &domain, &symbol) || !domain->shut ||
        domain->image.memory.text.bytes == NULL)
        return NULL;
    return domain->image.memory.text.bytes + (address - domain->image.memory.text.address);
}

static void add_page(struct text *text, vaddr_t address, bool jump, const struct trap_frame *frame)
{
    enum mmu_rights rights;
    char name[160];

    if (!mmu_translate(address, NULL, &rights) && text_of_shut(address) == NULL) {
        add(text, " 0x%08x, which is not mapped", (unsigned)address);
        add_guard(text, address);
        if (!add_unbound(text, jump ? address : frame->srr0, address) && jump)
            add_unstarted(text, address);
        return;
    }
    backtrace_name(address, name, sizeof name);
    add(text, " 0x%08x (%s), which is %s", (unsigned)address, name,
        jump ? "not executable" : "read-only");
}

static const uint32_t *instruction_at(vaddr_t address)
{
    if (address % 4 != 0)
        return NULL;
    return mmu_readable(address, 4) ? (const uint32_t *)address : text_of_shut(address);
}

static void add_program(struct text *text, const struct trap_frame *frame)
{
    const uint32_t *instruction = instruction_at(frame->srr0);
    const char *what = "a trap instruction";

    if ((frame->srr1 & SRR1_PROGRAM_ILLEGAL) != 0)
        what = "an illegal instruction";
    else if ((frame->srr1 & SRR1_PROGRAM_PRIVILEGED) != 0)
        what = "a privileged instruction";
    add(text, ": %s", what);
    if (instruction != NULL)
        add(text, " (0x%08x)", (unsigned)*instruction);
    (void)add_unbound(text, frame->srr0, frame->srr0);
}

static void add_access(struct text *text, const struct trap_frame *frame)
{
    switch (frame->vector & ~(uint32_t)VECTOR_STACK_EXHAUSTED) {
    case VECTOR_DSI:
        add(text, (frame->dsisr & DSISR_STORE) != 0 ? ": store to" : ": load from");
        add_page(text, frame->dar, false, frame);
        break;
    case VECTOR_ISI:
        add(text, ": jump to");
        add_page(text, frame->srr0, true, frame);
        break;
    case VECTOR_ALIGNMENT:
        add(text, ": access to 0x%08x", (unsigned)frame->dar);
        break;
    case VECTOR_PROGRAM:
        add_program(text, frame);
        break;
    default:
        break;
    }
}

void fault_cause(const struct trap_frame *frame, char *cause, size_t size)
{
    struct text text = {cause, size};
    char name[160];

    backtrace_name(frame->srr0, name, sizeof name);
    add(&text, "%s exception (vector 0x%04x) at 0x%08x %s", trap_name(frame->vector),
        (unsigned)frame->vector, (unsigned)frame->srr0, name);
    if ((frame->vector & VECTOR_STACK_EXHAUSTED) != 0)
        add(&text, ", with the exception stack used up");
    add_access(&text, frame);
}

void fault_print_cause(FILE *out, const struct trap_frame *frame)
{
    char cause[500];

    fault_cause(frame, cause, sizeof cause);
    fprintf(out, "%s\n", cause);
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
    if (vector == VECTOR_DECREMENTER && handler == NULL)
        decrementer_write(0); /* what was due to strands meanwhile */
    return before;
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
    case VECTOR_DSI:
    case VECTOR_PROGRAM:
    case VECTOR_ALIGNMENT:
        if (contain_quickly(frame))
            break;
        /* fall through */
    default:
        contain_fault(frame);
    }
    strand_leave_exception(frame);
}
