/*
 * From the state of an event to the plan that is dispatched: see dispatch.h. A plan is one piece of memory. Those that were
 * replaced are kept until no raise uses them, and with them what they point to.
 */
#include <stdlib.h>
#include <string.h>

#include "kernel/event/code.h"
#include "kernel/event/event_private.h"
#include "kernel/event/loop.h"

/* ---- making ---- */

/* Where the parts of one that is being made go. */
struct parts {
    struct event *event;
    struct dispatch_binding *binding;
    struct dispatch_guard *guard;
};

static bool leads_elsewhere(const struct event *event)
{
    return (event->change.pending ? event->change.form.kind : event->form.kind) != FORM_PROCEDURE;
}

/* What is known of its code says nothing of who calls it if something is installed on it. */
static const struct facts *facts_of(struct callee *callee)
{
    if (!callee->asked) {
        callee->asked = true;
        callee->facts = code_facts_get(callee->procedure);
    }
    return callee->facts;
}

static struct target target_of(const struct event *event, const struct use *use)
{
    struct target target = {
        .procedure = use->address, .closure = use->closure, .passing = use->passing};

    if (use->callee == NULL)
        return (struct target){.procedure = 0};
    if (use->callee->event == event)
        target.procedure = splice_body(event->splice);
    if (use->address == use->callee->procedure &&
        (use->callee->event == event || use->callee->event == NULL ||
         !leads_elsewhere(use->callee->event)))
        target.facts = facts_of(use->callee);
    return target;
}

static void add_guards(struct parts *parts, const struct bond *bond)
{
    parts->binding->guards = parts->guard;
    parts->binding->n_guards = bond->n_guards;
    for (const struct imposed *i = bond->imposed; i != NULL; i = i->next)
        *parts->guard++ = (struct dispatch_guard){.guard = target_of(parts->event, &i->guard),
                                                  .post = target_of(parts->event, &i->post)};
    if (bond->guard.callee != NULL)
        *parts->guard++ = (struct dispatch_guard){.guard = target_of(parts->event, &bond->guard)};
}

static void add_binding(struct parts *parts, struct bond *bond)
{
    *parts->binding = (struct dispatch_binding){
        .handler = target_of(parts->event, &bond->handler),
        .cancel = bond->cancel,
        .filter = bond->filter,
        .has_result = bond->has_result,
        .intrinsic = bond->handler.callee->event == parts->event,
        .counter = parts->event->counting ? &bond->count : NULL,
        .binding = bond,
    };
    add_guards(parts, bond);
    parts->binding++;
    bond->n_plans++;
}

static size_t count_guards(const struct state *state)
{
    size_t n = 0;

    for (size_t i = 0; i < state->n; i++)
        n += state->order[i]->n_guards;
    return n;
}

static void add_default(const struct event *event, const struct state *state,
                        struct dispatch *dispatch, uint8_t *value)
{
    dispatch->default_handler = target_of(event, &state->default_handler);
    dispatch->result_handler = target_of(event, &state->result_handler);
    if (state->default_value == NULL)
        return;
    dispatch->has_default = true;
    dispatch->default_value = memcpy(value, state->default_value, event->signature.result_size);
}

static bool is_left(struct retired *retired);
static void release(struct retired *retired);

status_t plan_make(struct event *event, const struct state *state, struct plan **made)
{
    size_t n_guards = count_guards(state);
    size_t value_size = state->default_value != NULL ? event->signature.result_size : 0;
    struct plan *plan = malloc(sizeof *plan + state->n * sizeof(struct dispatch_binding) +
                               n_guards * sizeof(struct dispatch_guard) + value_size);
    struct parts parts = {.event = event};

    if (plan == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for a plan of %s", event->name);
    parts.binding = (struct dispatch_binding *)(plan + 1);
    parts.guard = (struct dispatch_guard *)(parts.binding + state->n);
    *plan = (struct plan){.retired = {.is_left = is_left, .release = release}, .event = event};
    plan->dispatch = (struct dispatch){.signature = event->signature,
                                       .bindings = parts.binding,
                                       .n = state->n,
                                       .identified = event->identified};
    add_default(event, state, &plan->dispatch, (uint8_t *)(parts.guard + n_guards));
    for (size_t i = 0; i < state->n; i++)
        add_binding(&parts, state->order[i]);
    *made = plan;
    return OK;
}

void plan_free(struct plan *plan)
{
    for (size_t i = 0; i < plan->dispatch.n; i++) {
        struct bond *bond = plan->dispatch.bindings[i].binding;

        if (--bond->n_plans == 0 && bond->dead)
            free(bond);
    }
    if (plan->routine != NULL)
        routine_free(plan->routine);
    free(plan);
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

void plan_retire(struct plan *plan)
{
    plan->event->n_retired++;
    plan->next = retired_plans;
    retired_plans = plan;
    quiescence_retire(&plan->retired);
}
