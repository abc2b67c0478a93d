/*
 * From the state of an event to the plan that is dispatched: see dispatch.h. A plan is one piece of memory; what is the same
 * at its start as in the one before is copied from there. Those that were replaced are kept until no raise uses them.
 */
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/image.h"
#include "kernel/event/async.h"
#include "kernel/event/event_private.h"
#include "kernel/event/loop.h"
#include "kernel/patch/patch.h"

/* ---- making ---- */

/* Where the parts of one that is being made go. */
struct parts {
    const struct event *event;
    vaddr_t body; /* of the event */
    struct dispatch_binding *binding;
    struct dispatch_guard *guard;
};

static bool leads_elsewhere(const struct event *event)
{
    return (event->change.pending ? event->change.form.kind : event->form.kind) != FORM_PROCEDURE;
}

/* What is known of its code says nothing of who calls it if something is installed on it. */
static const struct facts *facts_of(const struct event *event, const struct use *use)
{
    struct callee *callee = use->callee;

    if (use->address != callee->procedure ||
        (callee->event != NULL && callee->event != event && leads_elsewhere(callee->event)))
        return NULL;
    return callee_facts(callee);
}

static bool is_kernels(vaddr_t procedure)
{
    return procedure - IMAGE(kernel_text_start) < IMAGE(kernel_text_end) - IMAGE(kernel_text_start);
}

static void put_target(const struct parts *parts, const struct use *use, struct target *target)
{
    if (use->callee == NULL) {
        *target = (struct target){.procedure = 0};
        return;
    }
    target->procedure = use->callee->event == parts->event ? parts->body : use->address;
    target->closure = use->closure;
    target->passing = use->passing;
    target->contained = !is_kernels(use->callee->procedure);
    target->facts = facts_of(parts->event, use);
}

/* A guard is what was proved to be functional: what is installed on its procedure is not part of it. */
static void put_guard(const struct parts *parts, const struct use *use, struct target *target)
{
    struct event *event = use->callee == NULL ? NULL : use->callee->event;

    put_target(parts, use, target);
    if (event == NULL || event == parts->event || event->splice == NULL || !leads_elsewhere(event))
        return;
    target->procedure = splice_body(event->splice);
    target->facts = callee_facts(use->callee);
}

static void add_guards(struct parts *parts, const struct bond *bond)
{
    for (const struct imposed *i = bond->imposed; i != NULL; i = i->next, parts->guard++) {
        put_guard(parts, &i->guard, &parts->guard->guard);
        put_target(parts, &i->post, &parts->guard->post);
    }
    if (bond->guard.callee == NULL)
        return;
    put_guard(parts, &bond->guard, &parts->guard->guard);
    parts->guard++->post = (struct target){.procedure = 0};
}

static void put_handler(const struct parts *parts, struct bond *bond,
                        struct dispatch_binding *binding)
{
    put_target(parts, &bond->handler, &binding->handler);
    binding->async = false;
    binding->cancel = bond->cancel;
    binding->filter = bond->filter;
    binding->has_result = bond->has_result;
    binding->intrinsic = bond->handler.callee->event == parts->event;
    binding->ephemeral_ticks = bond->ephemeral_ticks;
    binding->ephemeral = bond->ephemeral_ticks != 0 ? &bond->ephemeral : NULL;
    binding->handler.contained |= bond->ephemeral_ticks != 0;
    binding->binding = bond;
}

/* What is known of code may change, and this stays as it is. */
void plan_handler(const struct event *event, struct bond *bond, struct dispatch_binding *binding)
{
    const struct parts parts = {.event = event, .body = splice_body(event->splice)};

    *binding = (struct dispatch_binding){.n_guards = 0};
    put_handler(&parts, bond, binding);
    binding->handler.facts = NULL;
}

/* For an asynchronous handler its queue is called; the deadline begins when it is called itself. */
static void put_deferral(struct bond *bond, struct dispatch_binding *binding)
{
    if (bond->deferral == NULL)
        return;
    binding->handler = (struct target){.procedure = (vaddr_t)event_defer,
                                       .closure = (uint32_t)bond,
                                       .passing = PASS_CLOSURE_WORDS};
    binding->async = true;
    binding->intrinsic = false;
    binding->ephemeral_ticks = 0;
    binding->ephemeral = NULL;
}

static void add_binding(struct parts *parts, struct bond *bond)
{
    struct dispatch_binding *binding = parts->binding++;

    put_handler(parts, bond, binding);
    put_deferral(bond, binding);
    binding->guards = parts->guard;
    binding->n_guards = bond->n_guards;
    binding->counter = parts->event->counting ? &bond->count : NULL;
    add_guards(parts, bond);
}

/* ---- what is as before ---- */

/* Of the first `same` bindings. */
static size_t count_guards_before(const struct dispatch *dispatch, size_t same)
{
    const struct dispatch_binding *last = &dispatch->bindings[same - 1];

    return same == 0 ? 0 : (size_t)(last->guards - dispatch->bindings[0].guards) + last->n_guards;
}

static size_t count_guards(const struct state *state, size_t from)
{
    size_t n = 0;

    for (size_t i = from; i < state->n; i++)
        n += state->order[i]->n_guards;
    return n;
}

static struct dispatch_binding *bindings_of(struct plan *plan)
{
    return (struct dispatch_binding *)(plan + 1);
}

static struct dispatch_guard *guards_of(struct plan *plan)
{
    return (struct dispatch_guard *)(bindings_of(plan) + plan->room);
}

/* From the present plan, those from one number up to another. */
static void copy_bindings(struct plan *plan, struct plan *before, size_t from, size_t to)
{
    size_t first = count_guards_before(&before->dispatch, from);
    size_t n = count_guards_before(&before->dispatch, to) - first;
    ptrdiff_t moved = (char *)guards_of(plan) - (char *)guards_of(before);
    struct dispatch_binding *binding = bindings_of(plan) + from;

    memcpy(binding, bindings_of(before) + from, (to - from) * sizeof *binding);
    memcpy(guards_of(plan) + first, guards_of(before) + first, n * sizeof(struct dispatch_guard));
    for (size_t i = from; i < to; i++, binding++)
        binding->guards = (void *)((char *)binding->guards + moved);
}

/* ---- memory ---- */

static struct plan *allocate(const struct event *event, size_t n, size_t n_guards)
{
    size_t room = n + n / 4 + 1, guard_room = n_guards + n_guards / 4 + 1;
    struct plan *plan =
        malloc(sizeof *plan + room * sizeof(struct dispatch_binding) +
               guard_room * sizeof(struct dispatch_guard) + event->signature.result_size);

    if (plan == NULL)
        return NULL;
    plan->room = room;
    plan->guard_room = guard_room;
    return plan;
}

/*
 * That of the plan before the present one, if it has been left and is large enough. What the present one has copied
 * from it, *kept bindings of `same`, stands there still.
 */
static struct plan *take_memory(struct event *event, size_t n, size_t n_guards, size_t same,
                                size_t *kept)
{
    struct plan *spare = event->spare, *present = event->form.plan;

    *kept = 0;
    event->spare = NULL;
    if (present != NULL && present->before == spare)
        *kept = same < present->same ? same : present->same;
    if (present != NULL)
        present->before = NULL;
    if (spare != NULL && spare->room >= n && spare->guard_room >= n_guards)
        return spare;
    *kept = 0;
    free(spare);
    return allocate(event, n, n_guards);
}

void plan_free_spare(struct event *event)
{
    free(event->spare);
    event->spare = NULL;
}

void plan_free(struct plan *plan)
{
    struct event *event = plan->event;

    if (plan->number != LOOP_ENTRIES)
        change_give_number(plan->number);
    if (plan->routine != NULL)
        routine_free(plan->routine);
    if (event->form.plan == NULL || event->spare != NULL)
        free(plan);
    else
        event->spare = plan;
}

/* ---- making ---- */

static bool is_left(struct retired *retired);
static void release(struct retired *retired);

static void put_results(const struct parts *parts, const struct state *state,
                        struct dispatch *dispatch)
{
    size_t size = parts->event->signature.result_size;

    put_target(parts, &state->default_handler, &dispatch->default_handler);
    put_target(parts, &state->result_handler, &dispatch->result_handler);
    dispatch->has_default = state->default_value != NULL;
    dispatch->default_value = NULL;
    if (dispatch->has_default)
        dispatch->default_value = memcpy(parts->guard, state->default_value, size);
}

static void put_all(struct plan *plan, const struct state *state, size_t kept, size_t same)
{
    struct event *event = plan->event;
    struct dispatch *dispatch = &plan->dispatch;
    struct parts parts = {.event = event,
                          .body = splice_body(event->splice),
                          .binding = bindings_of(plan) + same,
                          .guard = guards_of(plan)};

    dispatch->signature = event->signature;
    dispatch->bindings = bindings_of(plan);
    dispatch->n = state->n;
    dispatch->identified = event->identified;
    dispatch->returns_status = event->returns_status;
    if (same > kept)
        copy_bindings(plan, event->form.plan, kept, same);
    if (same != 0)
        parts.guard += count_guards_before(dispatch, same);
    for (size_t i = same; i < state->n; i++)
        add_binding(&parts, state->order[i]);
    parts.guard = guards_of(plan) + plan->guard_room;
    put_results(&parts, state, dispatch);
}

status_t plan_make(struct event *event, const struct state *state, size_t same, struct plan **made)
{
    size_t n_guards = count_guards(state, same), kept;
    struct plan *plan;

    if (same != 0)
        n_guards += count_guards_before(&event->form.plan->dispatch, same);
    plan = take_memory(event, state->n, n_guards, same, &kept);
    if (plan == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for a plan of %s", event->name);
    plan->retired = (struct retired){.is_left = is_left, .release = release};
    plan->event = event;
    plan->routine = NULL;
    plan->number = LOOP_ENTRIES;
    plan->before = event->form.plan;
    plan->same = same;
    put_all(plan, state, kept, same);
    *made = plan;
    return OK;
}

/* ---- retiring ---- */

static struct plan *retired_plans;

bool plan_has_code(const struct plan *plan, vaddr_t address)
{
    vaddr_t start;
    size_t size;

    if (plan->routine == NULL)
        return false;
    routine_range(plan->routine, &start, &size);
    return address - start < size;
}

const struct plan *plan_retired_at(vaddr_t address)
{
    for (const struct plan *plan = retired_plans; plan != NULL; plan = plan->next)
        if (plan_has_code(plan, address))
            return plan;
    return NULL;
}

bool plan_is_left(const struct plan *plan)
{
    vaddr_t start;
    size_t size;

    if (plan->routine == NULL)
        return !loop_is_using(&plan->dispatch);
    if (loop_goes_on_with(&plan->dispatch))
        return false;
    routine_range(plan->routine, &start, &size);
    return size == 0 || !quiescence_is_running(start, size);
}

static bool is_left(struct retired *retired)
{
    return plan_is_left((const struct plan *)retired);
}

static void release(struct retired *retired)
{
    struct plan *plan = (struct plan *)retired, **link = &retired_plans;
    struct event *event = plan->event;

    while (*link != plan)
        link = &(*link)->next;
    *link = plan->next;
    plan_free(plan);
    event->n_retired--;
    if (!event->change.pending)
        event_settle_later(event);
}

/* Patches in its routine are gone with it, though it may still be executed for a while. */
static void forget_patches(const struct plan *plan)
{
    vaddr_t start;
    size_t size;

    if (plan->routine == NULL)
        return;
    routine_range(plan->routine, &start, &size);
    if (size != 0 && patch_is_on(start, size))
        patch_forget_code(start, size);
}

void plan_retire(struct plan *plan)
{
    forget_patches(plan);
    plan->event->n_retired++;
    plan->next = retired_plans;
    retired_plans = plan;
    quiescence_retire(&plan->retired);
}
