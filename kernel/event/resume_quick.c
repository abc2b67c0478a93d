/* See resume_quick.h. */
#include "kernel/event/resume_quick.h"

#include "arch/ppc/code/encode.h"
#include "arch/ppc/image.h"
#include "arch/ppc/registers.h"
#include "kernel/event/loop.h"
#include "kernel/event/loop_frame.h"
#include "kernel/owner_domain.h"

#define STEPS_MAX 32
#define CONDITION (CODE_KEPT_FIRST + 1)

static inline uint32_t word_at(vaddr_t address)
{
    return *(const uint32_t *)address;
}

static inline vaddr_t outer_of(vaddr_t stack, vaddr_t end)
{
    vaddr_t outer = word_at(stack);

    return outer > stack && outer % 4 == 0 && outer < end - 4 ? outer : 0;
}

/* ---- is it simple? ---- */

static inline bool is_simple(const struct routine_cut *found)
{
    const struct code_cut *cut = found->cut;
    const struct dispatch_binding *binding = &found->plan->bindings[cut->binding];

    return cut->kind == CUT_HANDLER && cut->direct && !binding->filter &&
           binding->ephemeral_ticks == 0;
}

/* Whether what lies at `stack` looks like the routine's frame: its size, and the machine state that is kept there. */
static inline bool is_frame(const struct trap_frame *frame, const struct routine_cut *found,
                            vaddr_t stack, vaddr_t end)
{
    const struct code_frame *layout = found->layout;

    return outer_of(stack, end) == stack + layout->size && layout->kept != 0 &&
           ((word_at(stack + layout->kept) ^ frame->srr1) & SRR1_MSR & ~(uint32_t)MSR_FP) == 0;
}

/*
 * Whoever has not saved LR in the frame around him may have found there what another had saved, who was called from the same place on the stack before. If that was a
 * routine, then now there is a frame of another procedure; which was not called as a routine is.
 */
static bool is_raised(const struct routine_cut *found, vaddr_t stack)
{
    vaddr_t returns = word_at(stack + found->layout->size + 4);
    const struct domain *raiser;

    if (returns % 4 != 0)
        return false;
    raiser = owner_domain(owner_of_code(returns));
    if (raiser != NULL ? !raiser->image.sealed
                       : returns - IMAGE(kernel_text_start) >=
                             IMAGE(kernel_text_end) - IMAGE(kernel_text_start))
        return false;
    return word_at(returns - 4) ==
           (WORD_B | WORD_LK | ((found->entry - (returns - 4)) & 0x03fffffc));
}

/* ---- where? ---- */

/* LR is where he returns to; he has a frame, or none. */
static bool find_near(const struct trap_frame *frame, vaddr_t end, struct resume_quick *quick)
{
    vaddr_t stack = frame->gpr[1], outer = outer_of(stack, end);
    bool frameless = is_frame(frame, &quick->found, stack, end);
    bool framed = outer != 0 && is_frame(frame, &quick->found, outer, end);

    quick->stack = frameless ? stack : outer;
    return frameless != framed;
}

/* His callers have saved where they return to. */
static bool find_far(const struct trap_frame *frame, vaddr_t end, struct resume_quick *quick)
{
    vaddr_t stack = frame->gpr[1], returns;
    unsigned n = 0;

    do {
        stack = outer_of(stack, end);
        if (stack == 0 || n++ == STEPS_MAX)
            return false;
        returns = word_at(stack + 4);
    } while (owner_of_code(returns) == quick->owner);
    quick->stack = stack;
    return routine_cut_at(returns, true, &quick->found) &&
           is_frame(frame, &quick->found, stack, end) && (n > 1 || is_raised(&quick->found, stack));
}

static bool find_call(const struct trap_frame *frame, vaddr_t end, struct resume_quick *quick)
{
    owner_t caller = owner_of_code(frame->lr);

    if (quick->owner == OWNER_KERNEL)
        quick->owner = caller;
    if (quick->owner == OWNER_KERNEL)
        return false;
    if (caller == quick->owner)
        return find_far(frame, end, quick);
    return routine_cut_at(frame->lr, true, &quick->found) && find_near(frame, end, quick);
}

static bool find_copy(const struct trap_frame *frame, struct resume_quick *quick)
{
    if (!routine_cut_at(frame->srr0, false, &quick->found))
        return false;
    quick->stack = frame->gpr[1];
    quick->owner =
        owner_of_code(quick->found.plan->bindings[quick->found.cut->binding].handler.procedure);
    return true;
}

bool resume_quick_find(const struct trap_frame *frame, vaddr_t stack_end,
                       struct resume_quick *quick)
{
    bool found;

    quick->owner = owner_of_code(frame->srr0);
    if (quick->owner == OWNER_KERNEL && frame->srr0 >= NEAR_CODE_BASE)
        found = find_copy(frame, quick);
    else
        found = find_call(frame, stack_end, quick);
    return found && is_simple(&quick->found);
}

/* ---- on ---- */

/* That of the handlers so far begins, in the frame or where a routine without one has it. */
static void begin_result(struct trap_frame *frame, const struct resume_quick *quick)
{
    const struct routine_cut *found = &quick->found;
    unsigned n = found->plan->signature.result_words;
    uint64_t result = loop_unanswered(found->plan);
    uint32_t *to = found->layout->size != 0 ? (uint32_t *)(quick->stack + found->layout->result)
                                            : &frame->gpr[n == 2 ? 11 : 12];

    to[0] = (uint32_t)(result >> 32);
    if (n == 2)
        to[1] = (uint32_t)result;
}

static inline void take_kept(struct trap_frame *frame, const struct resume_quick *quick)
{
    const uint32_t *kept = (const uint32_t *)(quick->stack + quick->found.layout->kept);

    frame->srr1 = (kept[0] & SRR1_MSR & ~(uint32_t)MSR_FP) | (frame->srr1 & MSR_FP);
    frame->cr = kept[CONDITION - CODE_KEPT_FIRST];
    frame_take_kept(&frame->gpr[CONDITION + 1], &kept[CONDITION + 1 - CODE_KEPT_FIRST]);
    frame->gpr[1] = quick->stack;
}

void resume_quick(struct trap_frame *frame, const struct resume_quick *quick)
{
    const struct code_cut *cut = quick->found.cut;

    if (cut->copied)
        frame->srr1 &= SRR1_MSR;
    else
        take_kept(frame, quick);
    if (!cut->maybe && quick->found.plan->signature.result_words != 0)
        begin_result(frame, quick);
    if (cut->constant_register != 0)
        frame->gpr[cut->constant_register] = cut->constant;
    frame->srr0 = quick->found.entry + 4 * (cut->word + cut->skip);
}
