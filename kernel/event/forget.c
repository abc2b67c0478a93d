/* A domain goes: what events have of it is taken out first. Or its code changes: what was made of it is made anew. */
#include <stdlib.h>
#include <string.h>

#include "kernel/event/code.h"
#include "kernel/event/event_private.h"
#include "kernel/panic.h"
#include "kernel/recorder.h"

/* Whether a binding cannot stay when the domain goes. */
static bool is_of(const struct bond *bond, const struct domain *domain)
{
    if (bond->event->domain == domain || use_is_in(&bond->handler, domain) ||
        use_is_in(&bond->guard, domain) || bond->maker == domain)
        return true;
    for (const struct imposed *i = bond->imposed; i != NULL; i = i->next)
        if (i->imposer == domain || use_is_in(&i->guard, domain) || use_is_in(&i->post, domain))
            return true;
    return false;
}

/* The intrinsic handler of another's event stays, without what the domain imposed on it. */
static bool lift_of_intrinsic(struct event *event, const struct domain *domain)
{
    struct bond *bond = &event->intrinsic;
    struct imposed **link = &bond->imposed, *imposed;
    bool lifted = false;

    while ((imposed = *link) != NULL) {
        if (imposed->imposer != domain && !use_is_in(&imposed->guard, domain) &&
            !use_is_in(&imposed->post, domain)) {
            link = &imposed->next;
            continue;
        }
        *link = imposed->next;
        bond->n_guards--;
        imposed_free(imposed);
        lifted = true;
    }
    return lifted;
}

static bool forget_decisions(struct event *event, const struct domain *domain)
{
    struct state *state = &event->state;
    bool changed = false;

    if (use_is_in(&event->authorizer, domain))
        use_drop(&event->authorizer);
    if (use_is_in(&state->default_handler, domain)) {
        use_drop(&state->default_handler);
        changed = true;
    }
    if (use_is_in(&state->result_handler, domain)) {
        use_drop(&state->result_handler);
        changed = true;
    }
    if (state->default_value != NULL && state->default_owner == domain) {
        free(state->default_value);
        state->default_value = NULL;
        changed = true;
    }
    return changed;
}

/* An asynchronous one is not active where there is a result, and no default. */
static bool needs_default(const struct event *event, const struct bond *bond)
{
    return bond->deferral != NULL && event->signature.result_size != 0 &&
           event->state.default_handler.callee == NULL && event->state.default_value == NULL;
}

/* Those that go are no longer `active`; they end when raises no longer see them. */
static bool mark(struct event *event, const struct domain *domain)
{
    bool changed = false;

    for (struct bond *bond = event->first; bond != NULL; bond = bond->next)
        if (bond->active && (is_of(bond, domain) || needs_default(event, bond))) {
            bond->active = bond->placed = false;
            record(RECORDED_REMOVED, event->name, bond->handler.callee->procedure);
            changed = true;
        }
    state_compact(&event->state);
    return changed;
}

/* Where it is not active there is room for it. */
static void restore_answer(struct event *event)
{
    struct bond *intrinsic = &event->intrinsic;

    if (state_check_answer(event, &event->state) == OK || intrinsic->placed)
        return;
    if (state_place(&event->state, intrinsic) == OK)
        intrinsic->active = intrinsic->placed = true;
}

static void end_marked(struct event *event, const struct domain *domain)
{
    struct bond *next;

    for (struct bond *bond = event->first; bond != NULL; bond = next) {
        next = bond->next;
        if (is_of(bond, domain))
            bond_end(bond);
    }
}

static void forget_in(struct event *event, const struct domain *domain)
{
    bool changed = forget_decisions(event, domain);

    changed = lift_of_intrinsic(event, domain) || changed;
    changed = mark(event, domain) || changed;
    if (changed) {
        restore_answer(event);
        change_force(event);
    }
    end_marked(event, domain);
    event_settle(event);
}

/* Its own event: whatever others have on it goes, too. */
static void forget_event(struct event *event, const struct domain *domain)
{
    struct bond *intrinsic = &event->intrinsic;

    for (size_t i = 0; i < event->state.n; i++)
        event->state.order[i]->active = event->state.order[i]->placed = false;
    state_clear(event, &event->state);
    intrinsic->active = intrinsic->placed = true;
    while (intrinsic->imposed != NULL) {
        struct imposed *imposed = intrinsic->imposed;

        intrinsic->imposed = imposed->next;
        intrinsic->n_guards--;
        imposed_free(imposed);
    }
    use_drop(&event->state.result_handler);
    event->counting = false;
    change_force(event);
    end_marked(event, domain);
    event_vanish(event);
}

void event_forget_domain(struct domain *domain)
{
    struct event *next;

    if (change_begin() != OK)
        panic("%s goes while events are being changed", domain->name);
    for (struct event *event = event_next(NULL); event != NULL; event = next) {
        next = event_next(event);
        if (event->domain == domain)
            forget_event(event, domain);
        else
            forget_in(event, domain);
    }
    change_done();
}

/* ---- code that changes ---- */

static bool is_stale(const struct use *use)
{
    return use->callee != NULL && use->callee->stale != NULL;
}

static bool bond_is_stale(const struct bond *bond)
{
    if (is_stale(&bond->handler) || is_stale(&bond->guard))
        return true;
    for (const struct imposed *i = bond->imposed; i != NULL; i = i->next)
        if (is_stale(&i->guard) || is_stale(&i->post))
            return true;
    return false;
}

static bool event_is_stale(const struct event *event)
{
    const struct state *state = &event->state;

    if (event->form.plan == NULL)
        return false;
    if (is_stale(&state->default_handler) || is_stale(&state->result_handler))
        return true;
    for (size_t i = 0; i < state->n; i++)
        if (bond_is_stale(state->order[i]))
            return true;
    return false;
}

static void renew_stale(void)
{
    struct event *next;

    for (struct event *event = event_next(NULL); event != NULL; event = next) {
        next = event_next(event);
        if (event_is_stale(event)) {
            change_force(event);
            event_settle(event);
        }
    }
}

/* Those that hold copies of the callee, or rely on what it leaves alone. */
static status_t renew_users(struct callee *callee, bool patched)
{
    status_t status = callee_renew(callee, patched);

    for (struct event *e = event_next(NULL); status == OK && e != NULL; e = event_next(e))
        if (event_is_stale(e))
            status = change_renew(e);
    return change_commit(status);
}

status_t event_procedure_patched(vaddr_t procedure, bool patched)
{
    struct callee *callee = callee_find(procedure);
    status_t status;

    if (callee == NULL || !callee_depends(callee, patched))
        return OK;
    status = change_begin();
    if (status != OK)
        return status;
    status = renew_users(callee, patched);
    if (status != OK)
        callee_restore(callee);
    callees_settle();
    change_done();
    return status;
}

void event_code_changed(const struct domain *domain)
{
    if (event_next(NULL) == NULL || change_begin() != OK)
        return;
    if (callees_outdate(domain)) {
        code_forget(domain);
        renew_stale();
    }
    callees_settle();
    change_done();
}
