/* See culprit.h. */
#include "kernel/contain/culprit.h"

#include "arch/ppc/code/encode.h"
#include "arch/ppc/image.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/registers.h"
#include "domains/domain.h"
#include "kernel/backtrace.h"
#include "kernel/contain/unwind.h"
#include "kernel/event/resume.h"
#include "kernel/owner.h"
#include "kernel/owner_domain.h"
#include "kernel/patch/patch.h"
#include "kernel/strand/strand.h"

#define LEAF_WORDS 64 /* of a procedure that are looked through for a frame that it makes */
#define DEAD_BYTES 2048

/* ---- stacks ---- */

static bool lies_in(struct stack_area *area, vaddr_t low, vaddr_t high, vaddr_t stack)
{
    area->low = low;
    area->high = high;
    return stack - low < high - low;
}

bool stack_area(vaddr_t stack, struct stack_area *area)
{
    area->exceptions = false;
    if (lies_in(area, strand_current->stack_start - STRAND_RESERVE, strand_current->stack_end,
                stack))
        return true;
    area->exceptions = true;
    return lies_in(area, IMAGE(exception_stack), IMAGE(exception_stack_end), stack);
}

/* ---- whose code ---- */

static vaddr_t site_of(vaddr_t address)
{
    struct patch_place place;

    while (patch_code_at(address, &place))
        address = place.site;
    return address;
}

static owner_t owner_at(vaddr_t address)
{
    return owner_of_code(patch_any() ? site_of(address) : address);
}

struct domain *culprit_at(vaddr_t address)
{
    return owner_domain(owner_at(address));
}

static bool is_generated(vaddr_t address)
{
    return vaddr_is_code(address) && address >= NEAR_CODE_BASE;
}

struct domain *culprit_executing(vaddr_t pc)
{
    struct domain *domain = culprit_at(pc);
    struct resume_part part;

    if (domain == NULL && is_generated(pc) && resume_copy_at(pc, &part))
        domain = culprit_at(part.procedure);
    return domain;
}

/* ---- the first call outwards ---- */

static bool changes_stack(uint32_t word)
{
    return (word & 0xffff0000) == CODE_D(WORD_STWU, 1, 1, 0);
}

/* Whether a procedure has certainly not made a frame before an instruction of it. */
static bool is_frameless(const struct domain *domain, vaddr_t start, vaddr_t pc)
{
    const struct segment *text = &domain->image.memory.text;
    const uint8_t *bytes = domain->image.sealed ? (const uint8_t *)text->address : text->bytes;

    if (pc == start)
        return true;
    if (bytes == NULL || start - text->address >= text->size || pc - start > 4 * LEAF_WORDS)
        return false;
    bytes += start - text->address;
    for (const uint32_t *word = (const uint32_t *)bytes; start < pc; start += 4)
        if (changes_stack(*word++))
            return false;
    return true;
}

/* What stands for an import that is bound to nothing. */
static bool is_unbound(vaddr_t address)
{
    const struct domain *domain = culprit_at(address);

    return domain != NULL && image_import_at(&domain->image, address) != NULL;
}

bool culprit_is_entered(const struct trap_frame *frame)
{
    if (frame->vector == VECTOR_ISI && !vaddr_is_code(frame->srr0))
        return true;
    return (frame->vector == VECTOR_ISI || frame->vector == VECTOR_PROGRAM) &&
           (backtrace_function(frame->srr0) == frame->srr0 || is_unbound(frame->srr0));
}

/* LR is where he returns to, since it is not his own; he may have a frame, or not. */
static vaddr_t stack_at_call(const struct trap_frame *frame, const struct culprit *c)
{
    struct resume_part part;
    struct unwind_context context;

    if (culprit_is_entered(frame) || (resume_call_at(frame->lr, frame->gpr[1], &part) &&
                                      is_frameless(c->domain, part.procedure, frame->srr0)))
        return frame->gpr[1];
    unwind_begin(frame, &context);
    context.low = c->area.low;
    context.high = c->area.high;
    if (unwind_step(&context) && context.frame.srr0 == frame->lr)
        return context.frame.gpr[1];
    return stack_outer(&c->area, frame->gpr[1]);
}

/* One more outwards: `owner` is whose code has been met so far. True: it was called by somebody else. */
static bool goes_out(vaddr_t returns, vaddr_t stack, owner_t *owner, struct culprit *c)
{
    owner_t whose = owner_at(returns);

    if (*owner != OWNER_KERNEL && whose != *owner) {
        c->returns = returns;
        c->stack = stack;
        return true;
    }
    *owner = whose;
    return false;
}

/* Who ends with a jump, to a procedure of the kernel or to nowhere, leaves no frame; but whom an event has called is known. */
static bool is_called_by_event(vaddr_t returns, vaddr_t stack, struct culprit *c)
{
    struct resume_part part;

    if (!resume_call_at(returns, stack, &part))
        return false;
    c->domain = culprit_at(part.procedure);
    c->returns = returns;
    c->stack = stack;
    return c->domain != NULL;
}

/* Who has called has saved where he returns to, but for the innermost one: what he has in LR and on the stack is found by analysis. */
static void follow_chain(const struct trap_frame *frame, owner_t owner, struct culprit *c)
{
    vaddr_t stack = frame->gpr[1], returns;
    struct unwind_context context;
    bool out = false;

    unwind_begin(frame, &context);
    context.low = c->area.low;
    context.high = c->area.high;
    if (unwind_step(&context)) {
        stack = context.frame.gpr[1];
        out = goes_out(context.frame.srr0, stack, &owner, c);
    } else if (frame->lr != frame->srr0 && owner == OWNER_KERNEL) {
        owner = owner_at(frame->lr);
    }
    while (!out && (stack = stack_outer(&c->area, stack)) != 0) {
        returns = *(const vaddr_t *)(stack + 4);
        if (owner == OWNER_KERNEL && returns != 0 && is_called_by_event(returns, stack, c))
            return;
        out = returns != 0 && goes_out(returns, stack, &owner, c);
    }
    c->domain = owner_domain(owner);
}

/*
 * Who has returned to a bad address left his frame below r1, with r1 as its back chain; and what he called in between
 * has left the address of his there.
 */
static owner_t owner_of_dead(const struct culprit *c, vaddr_t stack)
{
    for (vaddr_t at = stack - 16;
         at - c->area.low < c->area.high - c->area.low && stack - at <= DEAD_BYTES && at % 16 == 0;
         at -= 16)
        if (*(const vaddr_t *)at == stack)
            return owner_at(*(const vaddr_t *)(at + 4));
    return OWNER_KERNEL;
}

static bool is_lost(const struct trap_frame *frame)
{
    return frame->vector == VECTOR_ISI && (frame->lr == frame->srr0 || !vaddr_is_code(frame->lr));
}

/* He calls nothing: LR is where he returns to, and not his own. */
static bool is_leaf(const struct trap_frame *frame, owner_t owner)
{
    return owner != OWNER_KERNEL && vaddr_is_code(frame->lr) && owner_at(frame->lr) != owner;
}

static bool find(const struct trap_frame *frame, owner_t owner, struct culprit *c)
{
    c->domain = owner_domain(owner);
    if (c->on_area && owner == OWNER_KERNEL && culprit_is_entered(frame) &&
        is_called_by_event(frame->lr, frame->gpr[1], c))
        return true;
    if (!c->on_area) {
        if (c->domain == NULL)
            c->domain = culprit_at(frame->lr);
    } else if (owner == OWNER_KERNEL && is_lost(frame) &&
               (c->domain = owner_domain(owner_of_dead(c, frame->gpr[1]))) != NULL) {
        c->stack = frame->gpr[1];
    } else if (is_leaf(frame, owner)) {
        c->returns = frame->lr;
        c->stack = stack_at_call(frame, c);
    } else {
        follow_chain(frame, owner, c);
    }
    return c->domain != NULL;
}

/*
 * Whose the instruction is. Who jumps into his data is the one whose data it is; but who calls code of a domain that is not
 * initialized has done wrong himself.
 */
static owner_t owner_of_instruction(const struct trap_frame *frame)
{
    owner_t owner = owner_at(frame->srr0);
    struct domain *domain = owner_domain(owner);
    const struct symbol *symbol;

    if (frame->vector != VECTOR_ISI)
        return owner;
    if (domain != NULL)
        return domain->image.sealed || domain->shut ? owner : OWNER_KERNEL;
    return !vaddr_is_code(frame->srr0) && domain_at(frame->srr0, &domain, &symbol)
               ? domain->image.memory.owner
               : owner;
}

bool culprit_find(const struct trap_frame *frame, struct culprit *c)
{
    owner_t owner = owner_of_instruction(frame);

    c->copied = false;
    c->returns = c->stack = 0;
    c->on_area = stack_area(frame->gpr[1], &c->area);
    if (owner == OWNER_KERNEL && is_generated(frame->srr0) &&
        resume_copy_at(frame->srr0, &c->part)) {
        c->domain = culprit_at(c->part.procedure);
        c->copied = c->domain != NULL;
        c->stack = frame->gpr[1];
    }
    return c->copied || find(frame, owner, c);
}
