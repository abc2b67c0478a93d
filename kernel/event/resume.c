/* See resume.h. */
#include "kernel/event/resume.h"

#include "arch/ppc/mmu.h"
#include "arch/ppc/processor.h"
#include "arch/ppc/registers.h"
#include "kernel/event/ephemeral.h"
#include "kernel/event/loop.h"
#include "kernel/event/loop_frame.h"
#include "kernel/event/routine.h"
#include "kernel/strand/strand.h"

#define CONDITION (CODE_KEPT_FIRST + 1)

/* A place in a routine where something was cut off. */
struct place {
    const struct routine *routine;
    const struct dispatch *plan;
    const struct code_frame *layout;
    const struct code_cut *cut;
    const struct code_places *places;
    vaddr_t code;  /* where in the routine */
    vaddr_t stack; /* r1 there */
};

static uint32_t *word_at(vaddr_t address)
{
    return (uint32_t *)address;
}

/* ---- which one ---- */

static bool find_cut(vaddr_t code, bool called, struct place *place)
{
    place->routine = routine_at(code);
    if (place->routine == NULL)
        return false;
    place->cut =
        called ? routine_call_at(place->routine, code) : routine_copy_at(place->routine, code);
    place->plan = routine_plan(place->routine);
    return place->cut != NULL;
}

static void complete(vaddr_t code, struct place *place)
{
    place->layout = routine_frame(place->routine);
    place->code = code;
    place->places = routine_places(place->routine, place->cut);
}

static bool find_place(vaddr_t code, bool called, struct place *place)
{
    if (!find_cut(code, called, place))
        return false;
    complete(code, place);
    return true;
}

static vaddr_t procedure_of(const struct place *place)
{
    const struct code_cut *cut = place->cut;
    const struct dispatch_binding *binding = &place->plan->bindings[cut->binding];

    switch (cut->kind) {
    case CUT_GUARD:
        return binding->guards[cut->number].guard.procedure;
    case CUT_POST:
        return binding->guards[cut->number].post.procedure;
    case CUT_HANDLER:
        return binding->handler.procedure;
    default: /* CUT_DEFAULT */
        return place->plan->default_handler.procedure;
    }
}

static void describe(const struct place *place, struct resume_part *part)
{
    const struct code_cut *cut = place->cut;

    if (part == NULL)
        return;
    part->binding = cut->kind == CUT_DEFAULT ? NULL : &place->plan->bindings[cut->binding];
    part->procedure = procedure_of(place);
    part->routine = routine_entry(place->routine);
    part->found_in = place->routine;
    part->cut = cut;
}

static bool is_word(vaddr_t address)
{
    return address % 4 == 0 && mmu_readable(address, 4);
}

/* Of a call that loop.c makes. NULL: r1 was not that, for LR may still be the same when the callee, or whom he has jumped to, has a frame. */
static struct loop_call *loop_call_of(vaddr_t frame_r1)
{
    vaddr_t kept, frame;
    struct loop_call *call;

    if (!is_word(frame_r1) || !is_word(kept = *word_at(frame_r1) - CALL_KEPT_SIZE))
        return NULL;
    call = (struct loop_call *)*word_at(kept);
    frame = (vaddr_t)&call->deadline.frame;
    return is_word(frame) && *word_at(frame) == frame_r1 ? call : NULL;
}

bool resume_call_at(vaddr_t returns_to, vaddr_t frame_r1, struct resume_part *part)
{
    struct place place;

    if (returns_to == (vaddr_t)loop_call_returned) {
        const struct loop_call *call = loop_call_of(frame_r1);

        if (call == NULL)
            return false;
        if (part != NULL)
            *part = (struct resume_part){
                .binding = call->binding, .procedure = call->procedure, .routine = call->entry};
        return true;
    }
    if (!find_cut(returns_to, true, &place))
        return false;
    describe(&place, part);
    return true;
}

bool resume_copy_at(vaddr_t pc, struct resume_part *part)
{
    struct place place;

    if (!find_cut(pc, false, &place))
        return false;
    describe(&place, part);
    return true;
}

/* ---- registers ---- */

static void take_kept(const uint32_t kept[], struct trap_frame *frame)
{
    for (unsigned i = CONDITION + 1; i < 32; i++)
        frame->gpr[i] = kept[i - CODE_KEPT_FIRST];
    frame->cr = kept[CONDITION - CODE_KEPT_FIRST];
    frame->srr1 = (kept[0] & SRR1_MSR & ~(uint32_t)MSR_FP) | (frame->srr1 & MSR_FP);
}

static void go_to(struct trap_frame *frame, vaddr_t code, vaddr_t stack)
{
    frame->srr0 = code;
    frame->gpr[1] = stack;
}

/* ---- results ---- */

static bool is_answered(const struct place *place)
{
    const struct code_cut *cut = place->cut;

    if (cut->kind == CUT_DEFAULT || !cut->maybe)
        return false;
    return cut->fired || place->plan->default_handler.procedure == 0 ||
           *word_at(place->stack + place->layout->fired) != 0;
}

/* That of the handlers so far: in the frame, or where a routine without one has it. */
static uint32_t *result_of(const struct place *place, struct trap_frame *frame)
{
    if (place->layout->size != 0)
        return word_at(place->stack + place->layout->result);
    return &frame->gpr[place->plan->signature.result_words == 2 ? 11 : 12];
}

static uint64_t result_so_far(const struct place *place, struct trap_frame *frame)
{
    unsigned n = place->plan->signature.result_words;
    const uint32_t *result = result_of(place, frame);

    return n == 0 ? 0 : (uint64_t)result[0] << 32 | (n == 2 ? result[1] : 0);
}

static void begin_result(const struct place *place, struct trap_frame *frame)
{
    unsigned n = place->plan->signature.result_words;
    uint32_t *to = result_of(place, frame);
    uint64_t result;

    if (place->cut->maybe || n == 0)
        return;
    result = loop_unanswered(place->plan);
    to[0] = (uint32_t)(result >> 32);
    if (n == 2)
        to[1] = (uint32_t)result;
}

/* ---- the rest of a raise ---- */

/* To who raised it. */
static void end_raise(const struct place *place, struct trap_frame *frame)
{
    uint64_t result =
        is_answered(place) ? result_so_far(place, frame) : loop_unanswered(place->plan);
    vaddr_t raiser = place->stack + place->layout->size;

    if (place->layout->size != 0)
        frame->lr = *word_at(raiser + 4);
    go_to(frame, frame->lr, raiser);
    frame->gpr[3] = (uint32_t)(result >> 32);
    frame->gpr[4] = (uint32_t)result;
}

static uint32_t read_word(const struct place *place, const struct trap_frame *frame, unsigned word)
{
    const struct code_places *places = place->places;
    place_t from = place->layout->places[word];

    if ((places->in_home >> word & 1) != 0)
        return *word_at(place->stack + place->layout->homes[word]);
    if ((places->in_caller >> word & 1) != 0)
        return *word_at(place->stack + place->layout->size + PLACE_OFFSET(from));
    return (places->in_register >> word & 1) != 0 ? frame->gpr[from] : 0;
}

static void fill_rest(const struct place *place, struct trap_frame *frame, size_t next,
                      struct loop_rest *rest)
{
    const struct code_frame *layout = place->layout;
    unsigned first = place->plan->signature.result_pointer ? 1 : 0;

    rest->plan = place->plan;
    rest->entry = routine_entry(place->routine);
    rest->identity =
        layout->identity != 0 ? *word_at(place->stack + layout->identity) : sprg1_read();
    rest->raiser_result = first != 0 ? (void *)read_word(place, frame, 0) : NULL;
    rest->next = next;
    rest->answered = is_answered(place);
    rest->result = result_so_far(place, frame);
    for (unsigned i = first; i < layout->n_words; i++)
        rest->words[i - first] = read_word(place, frame, i);
}

/*
 * Next to the raiser's frame is the routine's, or one that stands for it, whose LR save word says that it is in use. Below
 * that is what the loop begins with, which it returns to.
 */
static bool run_rest(const struct place *place, size_t next, struct trap_frame *frame)
{
    vaddr_t base = place->stack - (place->layout->size != 0 ? 0 : LOOP_ENTRY_FRAME_SIZE);
    struct loop_rest *rest = (struct loop_rest *)((base - sizeof *rest) & ~15u);
    enum mmu_rights rights;

    if (!mmu_translate((vaddr_t)rest, NULL, &rights))
        return false;
    fill_rest(place, frame, next, rest);
    if (place->layout->size == 0) {
        *word_at(place->stack + 4) = frame->lr;
        *word_at(base) = place->stack;
    }
    *word_at(base + 4) = place->code;
    rest->back_chain = base;
    rest->lr_save = (vaddr_t)loop_rest_returned;
    loop_rests = true;
    frame->lr = (vaddr_t)loop_rest_returned;
    frame->gpr[3] = (uint32_t)rest;
    go_to(frame, (vaddr_t)loop_run_rest, (vaddr_t)rest);
    return true;
}

static bool go_on(const struct place *place, size_t next, struct trap_frame *frame)
{
    const struct dispatch *plan = place->plan;

    if (next < plan->n || plan->default_handler.procedure != 0 || plan->signature.result_pointer)
        return run_rest(place, next, frame);
    end_raise(place, frame);
    return true;
}

/* Behind a handler, where nothing else is to be made up for. */
static void go_directly(const struct place *place, struct trap_frame *frame)
{
    const struct code_cut *cut = place->cut;

    begin_result(place, frame);
    if (cut->constant_register != 0)
        frame->gpr[cut->constant_register] = cut->constant;
    go_to(frame, routine_entry(place->routine) + 4 * (cut->word + cut->skip), place->stack);
}

/* ---- calls ---- */

static void undo_filter(const struct place *place, const struct dispatch_binding *binding)
{
    const struct code_frame *layout = place->layout;

    if (!binding->filter || binding->handler.passing >= PASS_WORDS)
        return;
    for (unsigned i = 0; i < layout->n_words; i++)
        *word_at(place->stack + layout->homes[i]) = *word_at(place->stack + layout->copies + 4 * i);
}

/* The innermost call with a deadline is then the one around this. */
static void drop_deadline(const struct place *place, const struct dispatch_binding *binding)
{
    const struct ephemeral_call *call =
        (const struct ephemeral_call *)(place->stack + place->layout->deadline);

    if (binding->ephemeral_ticks != 0)
        strand_current->ephemeral = (struct ephemeral_call *)call->outer;
}

static bool leave_handler(const struct place *place, struct trap_frame *frame)
{
    const struct dispatch_binding *binding = &place->plan->bindings[place->cut->binding];

    undo_filter(place, binding);
    drop_deadline(place, binding);
    if (!place->cut->direct)
        return go_on(place, place->cut->binding + 1, frame);
    go_directly(place, frame);
    return true;
}

static bool leave_call(const struct place *place, struct trap_frame *frame)
{
    switch (place->cut->kind) {
    case CUT_HANDLER:
        return leave_handler(place, frame);
    case CUT_DEFAULT:
        if (place->plan->signature.result_pointer)
            return run_rest(place, LOOP_REST_NOTHING, frame);
        end_raise(place, frame);
        return true;
    case CUT_GUARD: /* r3 may still hold an argument, so what counts is the comparison with 0 that comes next */
        frame->cr = (frame->cr & ~CR_FIELD_0) | CR_FIELD_0_EQUAL;
        go_to(frame, place->code + 4, place->stack);
        return true;
    default: /* CUT_POST */
        go_to(frame, place->code, place->stack);
        return true;
    }
}

/* The loop finds that out when the call returns. */
static bool leave_loop_call(vaddr_t frame_r1, struct trap_frame *frame)
{
    struct loop_call *call = loop_call_of(frame_r1);
    vaddr_t outer;

    if (call == NULL)
        return false;
    outer = *word_at(frame_r1);
    call->cut = true;
    take_kept(word_at(outer - CALL_KEPT_SIZE + 4), frame);
    frame->gpr[3] = frame->gpr[4] = 0;
    go_to(frame, (vaddr_t)loop_call_returned, frame_r1);
    return true;
}

bool resume_call(vaddr_t returns_to, vaddr_t frame_r1, struct trap_frame *frame)
{
    struct place place;

    if (returns_to == (vaddr_t)loop_call_returned)
        return leave_loop_call(frame_r1, frame);
    if (!find_place(returns_to, true, &place))
        return false;
    place.stack = frame_r1;
    take_kept(word_at(frame_r1 + place.layout->kept), frame);
    return leave_call(&place, frame);
}

bool resume_copy(struct trap_frame *frame, const struct resume_part *part)
{
    struct place place = {.routine = part->found_in, .cut = part->cut, .stack = frame->gpr[1]};

    place.plan = routine_plan(place.routine);
    complete(frame->srr0, &place);
    frame->srr1 &= SRR1_MSR;
    if (place.cut->kind == CUT_HANDLER && place.cut->direct) {
        go_directly(&place, frame);
        return true;
    }
    return go_on(&place, place.cut->binding + 1, frame);
}
