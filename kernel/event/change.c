/*
 * How changes are put in effect: prepared for all events concerned, while raises go on as before; then all at once,
 * with interrupts off; or, if something is refused, not at all.
 *
 * A fault in what is called meanwhile may unwind an operation: then it is no longer under way, and the next one clears up.
 */
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/processor.h"
#include "kernel/event/deferral.h"
#include "kernel/event/event_private.h"
#include "kernel/event/loop.h"
#include "kernel/recorder.h"

static vaddr_t under_way; /* the frame of the operation; 0: none */
static struct event *changed, **last_changed = &changed;
static size_t n_changed;
static struct bond *touched;       /* that are placed or taken out */
static bool numbers[LOOP_ENTRIES]; /* entries of the loop in use */

/* ---- forms ---- */

static status_t take_number(unsigned *number)
{
    for (unsigned i = 0; i < LOOP_ENTRIES; i++)
        if (!numbers[i]) {
            numbers[i] = true;
            *number = i;
            return OK;
        }
    return status_refuse(ERR_NO_MEMORY, "%d events are dispatched by the loop already",
                         LOOP_ENTRIES);
}

void change_give_number(unsigned number)
{
    loop_set(number, NULL);
    numbers[number] = false;
}

/* The only one, and nothing between raiser and handler but a branch. */
static const struct bond *only_handler(const struct event *event, const struct state *state)
{
    const struct bond *bond = state->n == 1 ? state->order[0] : NULL;

    if (bond == NULL || bond->n_guards != 0 || bond->handler.passing != PASS_ARGUMENTS ||
        bond->deferral != NULL || bond->ephemeral_ticks != 0 ||
        state->result_handler.callee != NULL || event->counting)
        return NULL;
    return bond->has_result || event->signature.result_size == 0 ? bond : NULL;
}

/* What needs no plan; a direct handler only if nothing else is asked for. */
static void choose(const struct event *event, const struct state *state, struct form *form)
{
    const struct bond *only = only_handler(event, state);

    *form = (struct form){.kind = FORM_ROUTINE};
    if (only != NULL && only->handler.callee->event == event)
        *form = (struct form){.kind = FORM_PROCEDURE, .target = event->procedure};
    else if (only != NULL && event->terms == EVENT_AS_USUAL)
        *form = (struct form){.kind = FORM_DIRECT, .target = only->handler.address};
}

static struct routine_terms terms_of(const struct event *event)
{
    return (struct routine_terms){.no_inlining = event->terms == EVENT_NO_INLINING,
                                  .no_tree = event->terms == EVENT_NO_TREE};
}

static status_t compile(struct event *event, size_t same, struct form *form)
{
    struct routine_terms terms = terms_of(event);
    struct routine *before = event->form.plan != NULL ? event->form.plan->routine : NULL;
    status_t status;

    if (event->terms == EVENT_LOOP)
        return status_refuse(ERR_UNSUPPORTED, "it is to be dispatched by the loop");
    status = routine_prepare(before, same, event->change.left, &form->plan->dispatch, &terms,
                             event->procedure, &form->plan->routine);
    if (status == OK)
        form->target = routine_entry(form->plan->routine);
    return status;
}

static status_t use_loop(struct event *event, struct form *form)
{
    status_t status = OK;

    strncpy(event->change.why, status_explain(), WHY_SIZE - 1);
    form->kind = FORM_LOOP;
    form->number = event->form.number;
    if (event->form.kind != FORM_LOOP)
        status = take_number(&form->number);
    form->target = loop_entry(form->number);
    return status;
}

/* One that never took effect. */
static void form_free(const struct event *event, struct form *form)
{
    if (form->kind == FORM_LOOP && event->form.kind != FORM_LOOP)
        change_give_number(form->number);
    if (form->plan != NULL)
        plan_free(form->plan);
    *form = (struct form){.kind = FORM_PROCEDURE};
}

static status_t lead(struct event *event)
{
    if (event->splice != NULL)
        return OK;
    return splice_create(event->procedure, &event->splice);
}

status_t change_can_lead(struct event *event)
{
    return lead(event);
}

/* How many bindings are at the start of the present plan as they are to be. */
static size_t count_same(const struct event *event, const struct state *state)
{
    const struct dispatch *before;
    size_t same = 0;

    if (event->form.plan == NULL || event->change.renewed)
        return 0;
    before = &event->form.plan->dispatch;
    while (same < before->n && same < state->n &&
           before->bindings[same].binding == state->order[same])
        same++;
    return same;
}

/* After choose; on failure the form is as after that. */
static status_t prepare(struct event *event, const struct state *state, struct form *form)
{
    status_t status = form->kind == FORM_PROCEDURE ? OK : lead(event);
    size_t same;

    memset(event->change.why, 0, WHY_SIZE);
    event->change.left = event->form.plan != NULL && plan_is_left(event->form.plan);
    if (form->kind != FORM_ROUTINE || status != OK)
        return status;
    same = count_same(event, state);
    status = plan_make(event, state, same, &form->plan);
    if (status != OK)
        return status;
    if (compile(event, same, form) == OK)
        return OK;
    status = use_loop(event, form);
    if (status != OK) {
        plan_free(form->plan);
        *form = (struct form){.kind = FORM_ROUTINE};
    }
    return status;
}

/* ---- taking effect ---- */

/* With interrupts off, after raises were led to the target. */
static void form_commit(struct form *form)
{
    if (form->kind == FORM_ROUTINE)
        routine_commit(form->plan->routine);
    else if (form->kind == FORM_LOOP)
        loop_set(form->number, &form->plan->dispatch);
}

/* Raises that were under way when it was asked who is in the plan before still are, and no others. */
static void form_replace(struct event *event, const struct form *form)
{
    struct form before = event->form;

    event->form = *form;
    memcpy(event->why, event->change.why, WHY_SIZE);
    if (before.kind == FORM_LOOP && form->kind != FORM_LOOP)
        before.plan->number = before.number;
    if (before.plan != NULL && event->change.left)
        plan_free(before.plan);
    else if (before.plan != NULL)
        plan_retire(before.plan);
    if (form->plan == NULL)
        plan_free_spare(event);
}

void change_place(struct bond *bond, bool placed)
{
    bond->placed = placed;
    if (bond->is_touched)
        return;
    bond->is_touched = true;
    bond->touched = touched;
    touched = bond;
}

static void settle_bonds(bool done)
{
    for (; touched != NULL; touched = touched->touched) {
        touched->is_touched = false;
        if (!done) {
            touched->placed = touched->active;
            continue;
        }
        if (touched->active != touched->placed)
            record(touched->placed ? RECORDED_INSTALLED : RECORDED_REMOVED, touched->event->name,
                   touched->handler.callee->procedure);
        touched->active = touched->placed;
    }
}

static void settle_event(struct event *event, bool done)
{
    if (done) {
        struct state before = event->state;

        event->state = event->change.state;
        form_replace(event, &event->change.form);
        state_free(event, &before);
        state_trim(event);
    } else {
        form_free(event, &event->change.form);
        state_free(event, &event->change.state);
    }
    event->change.pending = false;
}

static void settle_all(bool done)
{
    struct event *event = changed;

    settle_bonds(done);
    changed = NULL;
    last_changed = &changed;
    n_changed = 0;
    while (event != NULL) {
        struct event *next = event->change.next;

        settle_event(event, done);
        event_settle(event);
        event = next;
    }
}

/* ---- who is concerned ---- */

status_t change_event(struct event *event)
{
    status_t status;

    if (event->change.pending)
        return OK;
    status = state_copy(event, &event->change.state);
    if (status != OK)
        return status;
    event->change.form = (struct form){.kind = FORM_PROCEDURE};
    event->change.pending = true;
    event->change.renewed = false;
    event->change.next = NULL;
    *last_changed = event;
    last_changed = &event->change.next;
    n_changed++;
    return OK;
}

status_t change_renew(struct event *event)
{
    status_t status = change_event(event);

    event->change.renewed = true;
    return status;
}

static bool bond_calls(const struct bond *bond, const struct callee *callee)
{
    if (bond->handler.callee == callee || bond->guard.callee == callee)
        return true;
    for (const struct imposed *i = bond->imposed; i != NULL; i = i->next)
        if (i->guard.callee == callee || i->post.callee == callee)
            return true;
    return false;
}

static bool event_calls(const struct event *event, const struct callee *callee)
{
    const struct state *state = &event->state;

    if (state->default_handler.callee == callee || state->result_handler.callee == callee)
        return true;
    for (size_t i = 0; i < state->n; i++)
        if (bond_calls(state->order[i], callee))
            return true;
    return false;
}

/* Plans that call the procedure were made with what is known of its code, which is right only while calls go there. */
static status_t add_callers(const struct event *event)
{
    const struct callee *callee = event->intrinsic.handler.callee;

    if ((event->form.kind == FORM_PROCEDURE) == (event->change.form.kind == FORM_PROCEDURE) ||
        callee->n_uses == 1)
        return OK;
    for (struct event *e = event_next(NULL); e != NULL; e = event_next(e)) {
        bool concerned = e->change.pending;
        status_t status;

        if (e->form.plan == NULL || !event_calls(e, callee))
            continue;
        status = change_renew(e);
        if (status != OK)
            return status;
        if (!concerned)
            choose(e, &e->change.state, &e->change.form);
    }
    return OK;
}

/* ---- operations ---- */

bool event_is_changing(void)
{
    return under_way != 0;
}

void event_unwound(vaddr_t stack)
{
    if (under_way < stack)
        under_way = 0;
    deferral_unwound(stack);
}

/* The frame is that of who called this, which the back chain leads to. */
status_t change_begin(void)
{
    if (event_is_changing())
        return status_refuse(ERR_BUSY, "an operation on events is under way that this is part of");
    settle_all(false);
    under_way = *(const vaddr_t *)__builtin_frame_address(0);
    return OK;
}

static status_t prepare_all(void)
{
    status_t status = OK;

    for (struct event *e = changed; status == OK && e != NULL; e = e->change.next) {
        status = state_check_answer(e, &e->change.state);
        if (status == OK)
            choose(e, &e->change.state, &e->change.form);
    }
    for (struct event *e = changed; status == OK && e != NULL; e = e->change.next)
        status = add_callers(e);
    for (struct event *e = changed; status == OK && e != NULL; e = e->change.next)
        status = prepare(e, &e->change.state, &e->change.form);
    return status;
}

static size_t list_changes(struct splice_change changes[])
{
    size_t n = 0;

    for (struct event *e = changed; e != NULL; e = e->change.next)
        if (e->splice != NULL)
            changes[n++] = (struct splice_change){e->splice, e->change.form.target};
    return n;
}

static status_t switch_all(void)
{
    struct splice_change few[4];
    struct splice_change *changes = few;
    uint32_t interrupts;
    status_t status;

    if (n_changed > sizeof few / sizeof few[0])
        changes = calloc(n_changed, sizeof *changes);
    if (changes == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for a change of %u events",
                             (unsigned)n_changed);
    interrupts = interrupts_off();
    status = splice_switch(changes, list_changes(changes));
    for (struct event *e = changed; status == OK && e != NULL; e = e->change.next)
        form_commit(&e->change.form);
    interrupts_restore(interrupts);
    if (changes != few)
        free(changes);
    return status;
}

void change_compact(void)
{
    for (struct event *e = changed; e != NULL; e = e->change.next)
        state_compact(&e->change.state);
}

status_t change_commit(status_t status)
{
    if (status == OK && changed != NULL)
        status = prepare_all();
    if (status == OK && changed != NULL)
        status = switch_all();
    settle_all(status == OK);
    return status;
}

void change_done(void)
{
    event_settle_all();
    under_way = 0;
}

status_t change_end(status_t status)
{
    status = change_commit(status);
    change_done();
    return status;
}

/* ---- without refusing ---- */

static bool switch_one(struct event *event, struct form *form)
{
    struct splice_change change = {event->splice, form->target};
    uint32_t interrupts = interrupts_off();
    bool done = event->splice == NULL || splice_switch(&change, 1) == OK;

    if (done)
        form_commit(form);
    interrupts_restore(interrupts);
    if (done)
        form_replace(event, form);
    return done;
}

/* To lead raises back to the procedure needs no memory. */
static void leave_intrinsic(struct event *event)
{
    struct form form = {.kind = FORM_PROCEDURE, .target = event->procedure};

    for (size_t i = 0; i < event->state.n; i++)
        event->state.order[i]->active = event->state.order[i]->placed = false;
    state_clear(event, &event->state);
    event->intrinsic.active = event->intrinsic.placed = true;
    memset(event->change.why, 0, WHY_SIZE);
    (void)switch_one(event, &form);
}

void change_force(struct event *event)
{
    struct form form;

    state_trim(event);
    event->change.renewed = true;
    choose(event, &event->state, &form);
    if (prepare(event, &event->state, &form) != OK) {
        leave_intrinsic(event);
        return;
    }
    if (switch_one(event, &form))
        return;
    form_free(event, &form);
    leave_intrinsic(event);
}
