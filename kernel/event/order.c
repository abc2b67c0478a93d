/* What is active, in which order, and whether that is enough for an answer. */
#include <stdlib.h>
#include <string.h>

#include "kernel/event/event_private.h"

/* ---- copies ---- */

static status_t no_memory(const struct event *event)
{
    return status_refuse(ERR_NO_MEMORY, "no memory for the bindings of %s", event->name);
}

status_t state_copy(const struct event *event, struct state *copy)
{
    const struct state *state = &event->state;

    *copy = *state;
    copy->room = state->n + 2;
    copy->order = calloc(copy->room, sizeof(struct bond *));
    if (copy->order == NULL)
        return no_memory(event);
    if (state->default_value != NULL) {
        copy->default_value = malloc(event->signature.result_size);
        if (copy->default_value == NULL) {
            free(copy->order);
            return no_memory(event);
        }
        memcpy(copy->default_value, state->default_value, event->signature.result_size);
    }
    memcpy(copy->order, state->order, state->n * sizeof(struct bond *));
    use_hold(&copy->default_handler);
    use_hold(&copy->result_handler);
    return OK;
}

static void free_order(struct event *event, struct state *state)
{
    if (state->order != event->alone)
        free(state->order);
    state->order = NULL;
}

void state_free(struct event *event, struct state *state)
{
    use_drop(&state->default_handler);
    use_drop(&state->result_handler);
    free(state->default_value);
    state->default_value = NULL;
    free_order(event, state);
}

void state_clear(struct event *event, struct state *state)
{
    free_order(event, state);
    event->alone[0] = &event->intrinsic;
    state->order = event->alone;
    state->room = sizeof event->alone / sizeof event->alone[0];
    state->n = 1;
}

void state_trim(struct event *event)
{
    if (event->state.n == 1 && event->state.order[0] == &event->intrinsic)
        state_clear(event, &event->state);
}

/* ---- order ---- */

void state_compact(struct state *state)
{
    size_t n = 0;

    for (size_t i = 0; i < state->n; i++)
        if (state->order[i]->placed)
            state->order[n++] = state->order[i];
    state->n = n;
}

/* Behind all that are not EVENT_LAST. */
static size_t end_of_unordered(const struct state *state)
{
    size_t i = state->n;

    while (i > 0 && state->order[i - 1]->order == EVENT_LAST)
        i--;
    return i;
}

static status_t find_relative(const struct state *state, const struct bond *bond, size_t *place)
{
    struct bond *other;

    if (bond_of(bond->relative_to, &other) != OK || !other->placed)
        return status_refuse(ERR_STATE, "the binding that one of %s is to stand %s is not active",
                             bond->event->name, bond->order == EVENT_BEFORE ? "before" : "after");
    for (*place = 0; state->order[*place] != other;)
        ++*place;
    *place += bond->order == EVENT_AFTER;
    return OK;
}

/* One more stays free: for the intrinsic handler, when what others decided goes with them. */
static status_t make_room(const struct event *event, struct state *state)
{
    struct bond **larger;

    if (state->n + 1 < state->room)
        return OK;
    larger = realloc(state->order, 2 * state->room * sizeof *larger);
    if (larger == NULL)
        return no_memory(event);
    state->order = larger;
    state->room *= 2;
    return OK;
}

status_t state_place(struct state *state, struct bond *bond)
{
    size_t place = 0;
    status_t status = make_room(bond->event, state);

    if (status != OK)
        return status;
    switch (bond->order) {
    case EVENT_ANY:
        place = end_of_unordered(state);
        break;
    case EVENT_LAST:
        place = state->n;
        break;
    case EVENT_BEFORE:
    case EVENT_AFTER:
        status = find_relative(state, bond, &place);
        break;
    default:
        break;
    }
    if (status != OK)
        return status;
    memmove(&state->order[place + 1], &state->order[place],
            (state->n - place) * sizeof(struct bond *));
    state->order[place] = bond;
    state->n++;
    return OK;
}

/* ---- answers ---- */

/* A post procedure alone does not keep a handler from running; its deadline may keep it from returning. */
static bool is_guarded(const struct bond *bond)
{
    if (bond->guard.callee != NULL || bond->ephemeral_ticks != 0)
        return true;
    for (const struct imposed *i = bond->imposed; i != NULL; i = i->next)
        if (i->guard.callee != NULL)
            return true;
    return false;
}

/* A handler that has no part in the result, but ends the raise, must not come before the one that answers. */
static bool always_answers(const struct state *state)
{
    for (size_t i = 0; i < state->n; i++) {
        const struct bond *bond = state->order[i];

        if (bond->has_result && !is_guarded(bond))
            return true;
        if (bond->cancel && !bond->has_result)
            return false;
    }
    return false;
}

static const struct bond *first_async(const struct state *state)
{
    for (size_t i = 0; i < state->n; i++)
        if (state->order[i]->deferral != NULL)
            return state->order[i];
    return NULL;
}

status_t state_check_answer(const struct event *event, const struct state *state)
{
    if (event->signature.result_size == 0 || state->default_handler.callee != NULL ||
        state->default_value != NULL)
        return OK;
    if (first_async(state) != NULL)
        return status_refuse(ERR_STATE,
                             "%s returns something, and has an asynchronous handler: it needs a "
                             "default handler or a default result",
                             event->name);
    if (always_answers(state))
        return OK;
    return status_refuse(ERR_STATE,
                         "%s returns something and would be left without an answer: it needs a "
                         "handler without guard, a default handler or a default result",
                         event->name);
}
