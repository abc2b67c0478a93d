/*
 * See loop.h. A raise is all on its stack, with the plan that it uses in loop_common's frame, so raises nest, and
 * one that a fault ends leaves nothing behind.
 */
#include "kernel/event/loop.h"

#include <string.h>

#include "arch/ppc/processor.h"
#include "arch/ppc/registers.h"
#include "arch/ppc/timebase.h"
#include "kernel/backtrace.h"
#include "kernel/busy.h"
#include "kernel/event/ephemeral.h"
#include "kernel/event/loop_frame.h"
#include "kernel/panic.h"
#include "kernel/strand/strand.h"

#define ENTRY_SIZE 8

/* A result handler has five values before the arguments; none takes more than two words, with the hole before it. */
#define CALL_WORDS_MAX (2 * (ARGUMENTS_MAX + 6))

const struct dispatch *loop_plans[LOOP_ENTRIES];
volatile bool loop_rests;

/* An argument as it is now; 8-aligned, as a filter's pointer to one of 64 bits must be. */
union argument {
    uint32_t words[2];
    uint64_t pair;
};

struct raise {
    const struct dispatch *plan;
    uint32_t identity;    /* who raised it */
    void *raiser_result;  /* where the raiser wants a struct */
    bool answered;        /* a handler ran that has a part in the result */
    bool pending;         /* the result handler does not know of the last one yet */
    void *result_struct;  /* where handlers leave a struct */
    uint64_t result;      /* of the last handler: r3 and r4 */
    union argument final; /* what the result handler makes of them; a struct is with the raiser */
    void *argument;       /* the result handler's own */
    vaddr_t entry;        /* of the event's code, for who asks what was cut off */
    const struct dispatch_binding *binding; /* whose part is called; NULL: none's */
    uint32_t ticks;                         /* that the handler may run that is called; 0: any */
    bool cut;                               /* what was called last has been cut off */
    bool spoiled;                           /* that was the result handler */
    union argument arguments[ARGUMENTS_MAX];
};

/* ---- calls ---- */

struct call {
    struct placer placer;
    uint32_t registers[8];
    uint32_t stack[CALL_WORDS_MAX];
};

static void call_add(struct call *call, const uint32_t words[], unsigned n)
{
    place_t place = placer_put(&call->placer, n);
    uint32_t *to = PLACE_IS_REGISTER(place)
                       ? &call->registers[place - PLACE_REGISTER(3)]
                       : &call->stack[(PLACE_OFFSET(place) - PLACES_FRAME) / 4];

    for (unsigned i = 0; i < n; i++)
        to[i] = words[i];
}

static void call_add_word(struct call *call, uint32_t word)
{
    call_add(call, &word, 1);
}

static void call_add_address(struct call *call, const void *address)
{
    call_add_word(call, (uint32_t)address);
}

static void deadline_begin(struct ephemeral_call *deadline, uint32_t ticks)
{
    deadline->outer = (uint32_t)strand_current->ephemeral;
    deadline->start = timebase_low();
    deadline->returns_to = (vaddr_t)loop_call_returned;
    deadline->frame = 0;
    __asm__ volatile("" : : : "memory");
    strand_current->ephemeral = deadline;
    if (decrementer_read() > (int32_t)ticks)
        decrementer_write((int32_t)ticks);
}

static void deadline_end(const struct loop_call *call)
{
    strand_current->ephemeral = (struct ephemeral_call *)call->deadline.outer;
    if (!call->cut && decrementer_read() < 0)
        ephemeral_late_of(&call->deadline, call->binding);
}

static uint64_t __attribute__((noinline))
call_contained(struct raise *raise, const struct call *call, const struct target *target)
{
    struct loop_call kept; /* whose deadline, if there is none, is not looked at */
    uint64_t result;

    kept.binding = raise->binding;
    kept.procedure = target->procedure;
    kept.entry = raise->entry;
    kept.cut = false;
    if (raise->ticks != 0)
        deadline_begin(&kept.deadline, raise->ticks);
    result = call_kept(target->procedure, call->registers, call->stack,
                       placer_frame(&call->placer) / 4, &kept);
    raise->cut = kept.cut;
    if (raise->ticks != 0)
        deadline_end(&kept);
    return result;
}

static uint64_t call_make(struct raise *raise, const struct call *call, const struct target *target)
{
    raise->cut = false;
    if (target->contained || raise->ticks != 0)
        return call_contained(raise, call, target);
    return call_words(target->procedure, call->registers, call->stack,
                      placer_frame(&call->placer) / 4);
}

/* ---- arguments ---- */

static void arguments_take(struct raise *raise, const struct loop_frame *frame,
                           const uint32_t stack[])
{
    const struct signature *signature = &raise->plan->signature;
    place_t places[WORDS_MAX];
    const place_t *place = places;

    (void)signature_places(signature, false, true, places, NULL);
    for (unsigned i = 0; i < signature->n_arguments; i++)
        for (unsigned word = 0; word < signature->words[i]; word++, place++)
            raise->arguments[i].words[word] =
                PLACE_IS_REGISTER(*place) ? frame->registers[*place - PLACE_REGISTER(3)]
                                          : stack[(PLACE_OFFSET(*place) - PLACES_FRAME) / 4];
}

static void arguments_add(const struct raise *raise, struct call *call)
{
    const struct signature *signature = &raise->plan->signature;

    for (unsigned i = 0; i < signature->n_arguments; i++)
        call_add(call, raise->arguments[i].words, signature->words[i]);
}

/* To an object of the argument's own type: of the word that a small one is passed in, the end. */
static void arguments_add_pointers(struct raise *raise, struct call *call)
{
    const struct signature *signature = &raise->plan->signature;

    for (unsigned i = 0; i < signature->n_arguments; i++) {
        union argument *argument = &raise->arguments[i];
        uint32_t size = signature->sizes[i];

        if (signature->kinds[i] == ARGUMENT_STRUCT)
            call_add_word(call, argument->words[0]);
        else
            call_add_address(call, (uint8_t *)argument + (size < 4 ? 4 - size : 0));
    }
}

static void arguments_gather(const struct raise *raise, uint32_t words[])
{
    const struct signature *signature = &raise->plan->signature;

    for (unsigned i = 0; i < signature->n_arguments; i++)
        for (unsigned word = 0; word < signature->words[i]; word++)
            *words++ = raise->arguments[i].words[word];
}

static void arguments_scatter(struct raise *raise, const uint32_t words[])
{
    const struct signature *signature = &raise->plan->signature;

    for (unsigned i = 0; i < signature->n_arguments; i++)
        for (unsigned word = 0; word < signature->words[i]; word++)
            raise->arguments[i].words[word] = *words++;
}

/* Who takes a char or a short relies on the rest of its word. */
static void arguments_extend(struct raise *raise)
{
    const struct signature *signature = &raise->plan->signature;

    for (unsigned i = 0; i < signature->n_arguments; i++)
        if (signature->kinds[i] != ARGUMENT_STRUCT)
            raise->arguments[i].words[0] =
                argument_extend(raise->arguments[i].words[0], signature->sizes[i],
                                signature->kinds[i] == ARGUMENT_SIGNED);
}

/* ---- targets ---- */

static bool passes_closure(unsigned passing)
{
    return passing == PASS_CLOSURE || passing == PASS_CLOSURE_ARGUMENTS ||
           passing == PASS_CLOSURE_POINTERS || passing == PASS_CLOSURE_WORDS;
}

/* `words` are changed by a linear handler only; with `result` it returns what the event does. */
static uint64_t target_call(struct raise *raise, const struct target *target, bool result,
                            uint32_t words[])
{
    const struct signature *signature = &raise->plan->signature;
    struct call call;

    call.placer = (struct placer){0};
    if (result && signature->result_pointer)
        call_add_address(&call, raise->result_struct);
    if (passes_closure(target->passing))
        call_add_word(&call, target->closure);
    switch (target->passing) {
    case PASS_ARGUMENTS:
    case PASS_CLOSURE_ARGUMENTS:
        arguments_add(raise, &call);
        break;
    case PASS_POINTERS:
    case PASS_CLOSURE_POINTERS:
        arguments_add_pointers(raise, &call);
        break;
    case PASS_WORDS:
    case PASS_CLOSURE_WORDS:
        call_add_address(&call, words);
        call_add_word(&call, signature->n_words);
        break;
    default:
        break;
    }
    return call_make(raise, &call, target);
}

/* What a filter has changed is undone if it is cut off. */
static uint64_t __attribute__((noinline))
filter_contained(struct raise *raise, const struct dispatch_binding *binding, uint32_t words[])
{
    union argument arguments[ARGUMENTS_MAX];
    uint64_t result;

    memcpy(arguments, raise->arguments, sizeof arguments);
    result = target_call(raise, &binding->handler, binding->has_result, words);
    if (raise->cut)
        memcpy(raise->arguments, arguments, sizeof arguments);
    return result;
}

static uint64_t handler_call(struct raise *raise, const void *what)
{
    const struct dispatch_binding *binding = what;
    uint32_t words[2 * ARGUMENTS_MAX];
    uint8_t passing = binding->handler.passing;
    bool linear = passing == PASS_WORDS || passing == PASS_CLOSURE_WORDS;
    uint64_t result;

    if (linear)
        arguments_gather(raise, words);
    raise->ticks = binding->ephemeral_ticks;
    if (binding->filter && binding->handler.contained)
        result = filter_contained(raise, binding, words);
    else
        result = target_call(raise, &binding->handler, binding->has_result, words);
    raise->ticks = 0;
    if (!binding->filter || raise->cut)
        return result;
    if (linear)
        arguments_scatter(raise, words);
    arguments_extend(raise);
    return result;
}

/* ---- structs ---- */

/* Up to where a type of this size may stand. */
static uint32_t align(uint32_t at, uint32_t size)
{
    uint32_t alignment = signature_alignment(size);

    return (at + alignment - 1) & -alignment;
}

/* Room for copies of all, aligned as the first one must be. */
static uint32_t structs_size(const struct signature *signature)
{
    uint32_t size = 0;

    for (unsigned i = 0; i < signature->n_arguments; i++)
        if (signature->kinds[i] == ARGUMENT_STRUCT)
            size = align(size, signature->sizes[i]) + signature->sizes[i];
    return size;
}

static void structs_copy(struct raise *raise, uint8_t room[])
{
    const struct signature *signature = &raise->plan->signature;
    uint32_t at = 0;

    for (unsigned i = 0; i < signature->n_arguments; i++) {
        uint32_t *pointer = &raise->arguments[i].words[0], size = signature->sizes[i];

        if (signature->kinds[i] != ARGUMENT_STRUCT)
            continue;
        at = align(at, size);
        memcpy(room + at, (const void *)*pointer, size);
        *pointer = (uint32_t)(room + at);
        at += size;
    }
}

typedef uint64_t call_t(struct raise *raise, const void *what);

/* As if the arguments were with these copies. */
static uint64_t __attribute__((noinline))
call_with_copies(struct raise *raise, call_t *call, const void *what, uint32_t size)
{
    uint8_t room[size] __attribute__((aligned(16)));
    union argument arguments[ARGUMENTS_MAX];
    uint64_t result;

    memcpy(arguments, raise->arguments, sizeof arguments);
    structs_copy(raise, room);
    result = call(raise, what);
    memcpy(raise->arguments, arguments, sizeof arguments);
    return result;
}

/* What it writes into its structs is nobody else's. */
static uint64_t call_apart(struct raise *raise, const struct target *target, call_t *call,
                           const void *what)
{
    uint32_t size = target_may_write_structs(target) ? structs_size(&raise->plan->signature) : 0;

    return size == 0 ? call(raise, what) : call_with_copies(raise, call, what, size);
}

/* ---- results ---- */

static bool takes_part(const struct dispatch *plan, const struct dispatch_binding *binding)
{
    return binding->has_result || plan->signature.result_size == 0;
}

static bool folds(const struct dispatch *plan)
{
    return plan->result_handler.procedure != 0 &&
           (plan->result_handler.passing == PASS_ARGUMENTS ||
            plan->result_handler.passing == PASS_CLOSURE_ARGUMENTS);
}

/* An object of the result's type, as it is returned in r3 and r4. */
static uint64_t result_load(const struct signature *signature, const void *object)
{
    uint32_t words[2] = {0, 0};
    uint32_t size = signature->result_size;

    memcpy((uint8_t *)words + (size < 4 ? 4 - size : 0), object, size);
    words[0] = argument_extend(words[0], size, signature->result_signed);
    return (uint64_t)words[0] << 32 | words[1];
}

static void final_begin(struct raise *raise)
{
    const struct dispatch *plan = raise->plan;
    void *final = plan->signature.result_pointer ? raise->raiser_result : &raise->final;

    if (plan->has_default)
        memcpy(final, plan->default_value, plan->signature.result_size);
    else
        memset(final, 0, plan->signature.result_size);
}

static uint64_t result_call(struct raise *raise, const void *what)
{
    const bool *last = what;
    const struct target *target = &raise->plan->result_handler;
    const struct signature *signature = &raise->plan->signature;
    uint32_t result[2] = {(uint32_t)(raise->result >> 32), (uint32_t)raise->result};
    struct call call;

    call.placer = (struct placer){0};
    if (passes_closure(target->passing))
        call_add_word(&call, target->closure);
    if (folds(raise->plan)) {
        if (signature->result_pointer) {
            call_add_address(&call, raise->raiser_result);
            call_add_address(&call, raise->result_struct);
        } else if (signature->result_size != 0) {
            call_add_address(&call, &raise->final);
            call_add(&call, result, signature->result_words);
        }
        call_add_word(&call, *last);
        call_add_address(&call, &raise->argument);
        arguments_add(raise, &call);
    }
    raise->binding = NULL;
    return call_make(raise, &call, target);
}

/* Tells the result handler of the last result. */
static void result_tell(struct raise *raise, bool last)
{
    raise->pending = false;
    if (last)
        (void)result_call(raise, &last);
    else
        (void)call_apart(raise, &raise->plan->result_handler, result_call, &last);
    raise->spoiled |= raise->cut;
}

/* What is returned if nobody answers, and there is no default handler or it was cut off. */
uint64_t loop_unanswered(const struct dispatch *plan)
{
    return plan->has_default ? result_load(&plan->signature, plan->default_value)
                             : (uint64_t)dispatch_unanswered(plan) << 32;
}

static uint64_t unanswered(const struct raise *raise)
{
    const struct dispatch *plan = raise->plan;

    if (!plan->signature.result_pointer)
        return loop_unanswered(plan);
    if (plan->has_default)
        memcpy(raise->raiser_result, plan->default_value, plan->signature.result_size);
    else
        memset(raise->raiser_result, 0, plan->signature.result_size);
    return 0;
}

static uint64_t default_result(struct raise *raise)
{
    const struct dispatch *plan = raise->plan;

    uint64_t result;

    if (plan->default_handler.procedure == 0)
        return unanswered(raise);
    raise->result_struct = raise->raiser_result;
    raise->binding = NULL;
    result = target_call(raise, &plan->default_handler, true, NULL);
    return raise->cut ? unanswered(raise) : result;
}

/* Where a struct is wanted, its address is returned too, as compilers do. */
static uint64_t raise_result(struct raise *raise)
{
    const struct signature *signature = &raise->plan->signature;
    uint64_t result = raise->result;

    if (raise->spoiled)
        result = unanswered(raise);
    else if (!raise->answered)
        result = default_result(raise);
    else if (folds(raise->plan) && !signature->result_pointer)
        result = result_load(signature, &raise->final);
    return signature->result_pointer ? (uint64_t)(uint32_t)raise->raiser_result << 32 : result;
}

/* ---- the loop ---- */

static bool guards_hold(struct raise *raise, const struct dispatch_binding *binding)
{
    for (unsigned i = 0; i < binding->n_guards; i++) {
        const struct target *guard = &binding->guards[i].guard;

        if (guard->procedure != 0 &&
            (target_call(raise, guard, false, NULL) >> 32 == 0 || raise->cut))
            return false;
    }
    return true;
}

static uint64_t post_call(struct raise *raise, const void *post)
{
    return target_call(raise, post, false, NULL);
}

static void posts_run(struct raise *raise, const struct dispatch_binding *binding)
{
    for (unsigned i = 0; i < binding->n_guards; i++) {
        const struct target *post = &binding->guards[i].post;

        if (post->procedure != 0)
            (void)call_apart(raise, post, post_call, post);
    }
}

/* Whether nobody looks at the arguments behind its handler, even if that is cut off. */
static bool is_last(const struct dispatch *plan, const struct dispatch_binding *binding)
{
    bool goes_on = binding != &plan->bindings[plan->n - 1];

    if (goes_on && (!binding->cancel || binding->handler.contained))
        return false;
    if (binding->handler.contained && plan->default_handler.procedure != 0)
        return false;
    for (unsigned i = 0; i < binding->n_guards; i++)
        if (binding->guards[i].post.procedure != 0)
            return false;
    return plan->result_handler.procedure == 0 &&
           (plan->default_handler.procedure == 0 || takes_part(plan, binding));
}

static uint64_t handler_run(struct raise *raise, const struct dispatch_binding *binding)
{
    if (binding->filter || is_last(raise->plan, binding))
        return handler_call(raise, binding);
    return call_apart(raise, &binding->handler, handler_call, binding);
}

/* False: the handler was cut off. */
static bool binding_run(struct raise *raise, const struct dispatch_binding *binding)
{
    bool part = takes_part(raise->plan, binding);
    uint64_t result;

    if (part && raise->pending)
        result_tell(raise, false);
    if (binding->counter != NULL)
        ++*binding->counter;
    if (binding->intrinsic && raise->plan->identified)
        __asm__ volatile("mtspr %0, %1" : : "i"(SPR_SPRG1), "r"(raise->identity));
    result = handler_run(raise, binding);
    if (raise->cut)
        return false;
    posts_run(raise, binding);
    if (!part)
        return true;
    raise->result = result;
    raise->answered = true;
    raise->pending = raise->plan->result_handler.procedure != 0;
    return true;
}

/* From a binding on. */
static uint64_t raise_go_on(struct raise *raise, size_t first)
{
    const struct dispatch *plan = raise->plan;

    for (size_t i = first; i < plan->n; i++) {
        raise->binding = &plan->bindings[i];
        if (guards_hold(raise, &plan->bindings[i]) && binding_run(raise, &plan->bindings[i]) &&
            plan->bindings[i].cancel)
            break;
    }
    if (raise->pending)
        result_tell(raise, true);
    return raise_result(raise);
}

static uint64_t raise_run(struct raise *raise)
{
    if (folds(raise->plan))
        final_begin(raise);
    return raise_go_on(raise, 0);
}

/* With room for the struct that a handler returns while another one is what the raiser gets. */
static uint64_t __attribute__((noinline)) raise_run_apart(struct raise *raise)
{
    uint8_t room[raise->plan->signature.result_size] __attribute__((aligned(16)));

    raise->result_struct = room;
    return raise_run(raise);
}

uint64_t loop_run(struct loop_frame *frame, const uint32_t stack[], unsigned number)
{
    const struct dispatch *plan = frame->plan;
    struct raise raise;

    if (plan == NULL)
        panic("event entry %u is raised, and has no plan", number);
    raise.plan = plan;
    raise.identity = frame->identity;
    raise.raiser_result = raise.result_struct = (void *)frame->registers[0];
    raise.answered = raise.pending = raise.spoiled = raise.cut = false;
    raise.argument = NULL;
    raise.result = 0;
    raise.ticks = 0;
    raise.entry = loop_entry(number);
    arguments_take(&raise, frame, stack);
    return folds(plan) && plan->signature.result_pointer ? raise_run_apart(&raise)
                                                         : raise_run(&raise);
}

uint64_t loop_run_rest(struct loop_rest *rest)
{
    struct raise raise = {.plan = rest->plan,
                          .identity = rest->identity,
                          .raiser_result = rest->raiser_result,
                          .result_struct = rest->raiser_result,
                          .answered = rest->answered,
                          .result = rest->result,
                          .entry = rest->entry};

    arguments_scatter(&raise, rest->words);
    raise.spoiled = rest->next == LOOP_REST_NOTHING;
    return raise_go_on(&raise, rest->next);
}

/* ---- one handler ---- */

static bool __attribute__((noinline)) call_with_room(struct raise *raise)
{
    uint8_t room[raise->plan->signature.result_size] __attribute__((aligned(16)));

    raise->result_struct = room;
    (void)handler_call(raise, raise->binding);
    return !raise->cut;
}

bool loop_call(const struct dispatch *plan, uint32_t words[])
{
    struct raise raise;

    memset(&raise, 0, offsetof(struct raise, arguments));
    raise.plan = plan;
    raise.binding = plan->bindings;
    arguments_scatter(&raise, words);
    return call_with_room(&raise);
}

/* ---- entries ---- */

vaddr_t loop_entry(unsigned number)
{
    return (vaddr_t)loop_entries + number * ENTRY_SIZE;
}

bool loop_entry_at(vaddr_t address, unsigned *number)
{
    if (address - (vaddr_t)loop_entries >= LOOP_ENTRIES * ENTRY_SIZE)
        return false;
    *number = (address - (vaddr_t)loop_entries) / ENTRY_SIZE;
    return true;
}

void loop_set(unsigned number, const struct dispatch *plan)
{
    loop_plans[number] = plan;
}

static bool is_used_on(vaddr_t stack, const struct dispatch *plan)
{
    vaddr_t frame = stack;

    while ((frame = backtrace_find(frame, (vaddr_t)loop_returned)) != 0)
        if (((const struct loop_frame *)frame)->plan == plan)
            return true;
    return false;
}

static bool goes_on_on(vaddr_t stack, const struct dispatch *plan)
{
    vaddr_t frame = stack;

    while ((frame = backtrace_find(frame, (vaddr_t)loop_rest_returned)) != 0)
        if (((const struct loop_rest *)frame)->plan == plan)
            return true;
    return false;
}

static bool any_stack(bool (*is)(vaddr_t stack, const struct dispatch *plan),
                      const struct dispatch *plan)
{
    BUSY;

    if (is((vaddr_t)__builtin_frame_address(0), plan))
        return true;
    for (const struct strand *s = strand_next(NULL); s != NULL; s = strand_next(s))
        if (s != strand_current && s->state == STRAND_ALIVE && is(s->stack, plan))
            return true;
    return false;
}

static bool is_entered(void)
{
    return backtrace_stopped_in((vaddr_t)loop_entries,
                                (size_t)((vaddr_t)loop_returned - (vaddr_t)loop_entries));
}

bool loop_is_using(const struct dispatch *plan)
{
    return any_stack(is_used_on, plan) || is_entered();
}

bool loop_goes_on_with(const struct dispatch *plan)
{
    return loop_rests && any_stack(goes_on_on, plan);
}
