/*
 * Where all exceptions arrive; and what is done at once, with as few instructions as possible, for the commonest fault. All else is left to trap_any
 * and contain_fault, which would do the same with this one.
 *
 * The commonest is: a handler that a routine has called, or that was copied into one, faults, or a procedure of the same domain or a leaf of the
 * kernel that was called from there; it is no filter and has no deadline. So between the fault and the routine there are only frames of that domain and
 * of that leaf: nothing of the kernel's can be under way there, and what was locked is in the strand's list. No patch is about.
 */
#include "arch/ppc/code/encode.h"
#include "arch/ppc/image.h"
#include "arch/ppc/registers.h"
#include "arch/ppc/trap.h"
#include "domains/domain.h"
#include "kernel/busy.h"
#include "kernel/contain/boundary.h"
#include "kernel/contain/contain.h"
#include "kernel/contain/incident.h"
#include "kernel/contain/quarantine.h"
#include "kernel/event/loop.h"
#include "kernel/event/routine.h"
#include "kernel/fault.h"
#include "kernel/owner_domain.h"
#include "kernel/patch/patch.h"
#include "kernel/recorder.h"
#include "kernel/strand/strand.h"

#define STEPS_MAX 32
#define CONDITION (CODE_KEPT_FIRST + 1)

/* Where a handler is cut off. */
struct place {
    const struct code_cut *cut;
    struct routine_cut found;
    vaddr_t stack; /* r1 of the routine */
    owner_t owner; /* to blame */
};

static inline vaddr_t word_at(vaddr_t address)
{
    return *(const vaddr_t *)address;
}

static inline vaddr_t outer_of(vaddr_t stack, vaddr_t end)
{
    vaddr_t outer = word_at(stack);

    return outer > stack && outer % 4 == 0 && outer < end - 4 ? outer : 0;
}

/* ---- who was called from where ---- */

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
    const struct domain *raiser = owner_domain(owner_of_code(returns));

    if (returns % 4 != 0 ||
        (raiser != NULL ? !raiser->image.sealed
                        : returns - IMAGE(kernel_text_start) >=
                              IMAGE(kernel_text_end) - IMAGE(kernel_text_start)))
        return false;
    return word_at(returns - 4) ==
           (WORD_B | WORD_LK | ((found->entry - (returns - 4)) & 0x03fffffc));
}

/* LR is where he returns to; he has a frame, or none. */
static inline bool find_near(const struct trap_frame *frame, vaddr_t end, struct place *place)
{
    vaddr_t stack = frame->gpr[1], outer = outer_of(stack, end);
    bool frameless = is_frame(frame, &place->found, stack, end);
    bool framed = outer != 0 && is_frame(frame, &place->found, outer, end);

    place->stack = frameless ? stack : outer;
    return frameless != framed;
}

/* His callers have saved where they return to. */
static inline bool find_far(const struct trap_frame *frame, vaddr_t end, struct place *place)
{
    vaddr_t stack = frame->gpr[1], returns;
    unsigned n = 0;

    do {
        stack = outer_of(stack, end);
        if (stack == 0 || n++ == STEPS_MAX)
            return false;
        returns = word_at(stack + 4);
    } while (owner_of_code(returns) == place->owner);
    place->stack = stack;
    place->cut = routine_cut_at(returns, true, &place->found);
    return place->cut != NULL && is_frame(frame, &place->found, stack, end) &&
           (n > 1 || is_raised(&place->found, stack));
}

static bool __attribute__((noinline))
find_call(const struct trap_frame *frame, vaddr_t end, struct place *place)
{
    owner_t caller = owner_of_code(frame->lr);

    if (place->owner == OWNER_KERNEL)
        place->owner = caller;
    if (place->owner == OWNER_KERNEL)
        return false;
    if (caller == place->owner)
        return find_far(frame, end, place);
    place->cut = routine_cut_at(frame->lr, true, &place->found);
    return place->cut != NULL && find_near(frame, end, place);
}

static inline bool find_copy(const struct trap_frame *frame, struct place *place)
{
    place->cut = routine_cut_at(frame->srr0, false, &place->found);
    if (place->cut == NULL)
        return false;
    place->stack = frame->gpr[1];
    place->owner =
        owner_of_code(place->found.plan->bindings[place->cut->binding].handler.procedure);
    return place->owner != OWNER_KERNEL;
}

static inline bool find(const struct trap_frame *frame, vaddr_t end, struct place *place)
{
    const struct dispatch_binding *binding;
    const struct code_cut *cut;

    place->owner = owner_of_code(frame->srr0);
    if (!(place->owner == OWNER_KERNEL && frame->srr0 >= NEAR_CODE_BASE
              ? find_copy(frame, place)
              : find_call(frame, end, place)))
        return false;
    cut = place->cut;
    binding = &place->found.plan->bindings[cut->binding];
    return cut->kind == CUT_HANDLER && cut->direct && !binding->filter &&
           binding->ephemeral_ticks == 0;
}

/* ---- behind the handler ---- */

/* That of the handlers so far begins, in the frame or where a routine without one has it. */
static void begin_result(struct trap_frame *frame, const struct place *place)
{
    const struct routine_cut *found = &place->found;
    unsigned n = found->plan->signature.result_words;
    uint64_t result = loop_unanswered(found->plan);
    uint32_t *to = found->layout->size != 0 ? (uint32_t *)(place->stack + found->layout->result)
                                            : &frame->gpr[n == 2 ? 11 : 12];

    to[0] = (uint32_t)(result >> 32);
    if (n == 2)
        to[1] = (uint32_t)result;
}

static inline void take_kept(struct trap_frame *frame, const struct place *place)
{
    const uint32_t *kept = (const uint32_t *)(place->stack + place->found.layout->kept);

    frame->srr1 = (kept[0] & SRR1_MSR & ~(uint32_t)MSR_FP) | (frame->srr1 & MSR_FP);
    frame->cr = kept[CONDITION - CODE_KEPT_FIRST];
    frame_take_kept(&frame->gpr[CONDITION + 1], &kept[CONDITION + 1 - CODE_KEPT_FIRST]);
    frame->gpr[1] = place->stack;
}

static inline vaddr_t behind(const struct place *place)
{
    return place->found.entry + 4 * (place->cut->word + place->cut->skip);
}

/* As resume.c does it. */
static inline void go_on(struct trap_frame *frame, const struct place *place)
{
    const struct code_cut *cut = place->cut;

    if (cut->copied)
        frame->srr1 &= SRR1_MSR;
    else
        take_kept(frame, place);
    if (!cut->maybe && place->found.plan->signature.result_words != 0)
        begin_result(frame, place);
    if (cut->constant_register != 0)
        frame->gpr[cut->constant_register] = cut->constant;
    frame->srr0 = behind(place);
}

/* ---- whether it is that case ---- */

/* One that nobody else has to see, on the strand's stack, while nothing is under way. (An exhausted exception stack is another stack.) */
static inline bool is_common(const struct trap_frame *frame, const struct strand *strand)
{
    vaddr_t low = strand->stack_start - STRAND_RESERVE;

    return (trap_quick << (frame->vector >> 8 & 31) & 0x80000000u) != 0 &&
           (kernel_busy | patch_n_sites | (vaddr_t)strand->held) == 0 &&
           frame->gpr[1] - low < strand->stack_end - 8 - low && frame->gpr[1] % 4 == 0;
}

/* Whether the routine is the nearest boundary, and what happens in the domain is not its own affair. */
static inline bool is_boundary(const struct place *place, const struct boundary *boundary)
{
    if (boundary == NULL)
        return true;
    if (owner_of_code(boundary->caller) == place->owner)
        return false;
    return place->cut->copied ||
           (place->stack < boundary->stack && word_at(place->stack) != boundary->stack);
}

static inline bool goes_into_quarantine(const struct domain *domain)
{
    return domain->state == DOMAIN_INITIALIZED && !domain->quarantined && !domain->tested;
}

static inline __attribute__((always_inline)) bool cut_off(struct trap_frame *frame,
                                                          const struct strand *strand)
{
    struct trap_frame *incident;
    struct domain *domain;
    struct place place;

    if (!find(frame, strand->stack_end, &place))
        return false;
    domain = owner_domain(place.owner);
    if (!goes_into_quarantine(domain) || !is_boundary(&place, strand->boundary) ||
        (incident = incident_take(frame, domain, behind(&place))) == NULL)
        return false;
    frame_copy(incident, frame);
    record_contained(frame->srr0, domain->name);
    go_on(frame, &place);
    quarantine_enter_quickly(domain);
    return true;
}

/* While a call further out is timed. */
static bool __attribute__((noinline))
cut_off_timed(struct trap_frame *frame, const struct strand *strand)
{
    uint32_t *marked = contain_unmark(frame);
    bool done = cut_off(frame, strand);

    contain_mark_again(frame, marked);
    return done;
}

static inline bool contain_quickly(struct trap_frame *frame)
{
    const struct strand *strand = strand_current;

    if (!is_common(frame, strand))
        return false;
    return strand->call_frame == 0 ? cut_off(frame, strand) : cut_off_timed(frame, strand);
}

/* What was due when it happened still is. */
void trap(struct trap_frame *frame)
{
    if (!contain_quickly(frame))
        trap_any(frame);
    else if (busy_switch_due)
        strand_leave_exception(frame);
}
