/* What there is to see of events: for extensions, which see what is theirs, and for the prompt. */
#include "domains/capability.h"
#include "kernel/event/deferral.h"
#include "kernel/event/event_private.h"

/* ---- for extensions ---- */

static size_t count_imposed(const struct bond *bond)
{
    return bond->n_guards - (bond->guard.callee != NULL);
}

static vaddr_t procedure_of(const struct use *use)
{
    return use->callee == NULL ? 0 : use->callee->procedure;
}

static status_t describe(const struct domain *caller, struct bond *bond,
                         struct event_binding *record)
{
    bool visible = event_is_authority(caller, bond->event->domain) || bond->maker == caller;

    *record = (struct event_binding){
        .handler = (procedure_t)procedure_of(&bond->handler),
        .guard = (procedure_t)procedure_of(&bond->guard),
        .owner = event_owner_name(bond->maker),
        .closure = visible ? (const void *)bond->handler.closure : NULL,
        .guard_closure = visible ? (const void *)bond->guard.closure : NULL,
        .order = bond->order,
        .intrinsic = bond->intrinsic,
        .active = bond->active,
        .filter = bond->filter,
        .cancel = bond->cancel,
        .linear = bond->linear,
        .async = bond->deferral != NULL,
        .ephemeral_us = bond->ephemeral_us,
        .n_imposed = count_imposed(bond),
    };
    return visible ? bond_capability(bond, &record->binding) : OK;
}

/*
 * Where a listing is: `each` may change everything. Of the active ones, at a place in the order; of the others,
 * which stand as they were made, behind one that may be gone.
 */
struct cursor {
    size_t place;
    bool others; /* the active ones are done */
    const struct bond *shown;
    const void *capability; /* of `shown`, which says whether it is still there */
    uint32_t serial;
};

static struct bond *next_inactive(struct bond *bond, uint32_t serial)
{
    while (bond != NULL && (bond->active || bond->serial <= serial))
        bond = bond->next;
    return bond;
}

static struct bond *bond_at(struct event *event, struct cursor *cursor)
{
    if (!cursor->others && cursor->place < event->state.n)
        return event->state.order[cursor->place];
    if (!cursor->others) {
        cursor->others = true;
        if (!event->intrinsic.active)
            return &event->intrinsic;
    }
    if (capability_object(cursor->capability, CAPABILITY_BINDING) == cursor->shown &&
        cursor->shown != NULL)
        return next_inactive(cursor->shown->next, cursor->serial);
    return next_inactive(event->first, cursor->serial);
}

/* Of the others the list goes on behind it. */
static void keep(struct cursor *cursor, const struct bond *bond)
{
    cursor->shown = bond;
    if (!cursor->others || bond->intrinsic)
        return;
    cursor->capability = bond->capability;
    cursor->serial = bond->serial;
}

/* One that was active may be gone, or stand elsewhere. */
static void advance(const struct event *event, struct cursor *cursor)
{
    if (cursor->others)
        return;
    for (size_t i = cursor->place; i < event->state.n + cursor->place; i++)
        if (event->state.order[i % event->state.n] == cursor->shown) {
            cursor->place = i % event->state.n + 1;
            return;
        }
}

static size_t count_all(const struct event *event)
{
    size_t n = 1;

    for (const struct bond *bond = event->first; bond != NULL; bond = bond->next)
        n++;
    return n;
}

/* A listing ends: no more are shown than there were at first. */
static status_t show_all(const struct domain *caller, struct event *event,
                         void (*each)(const struct event_binding *binding, void *closure),
                         void *closure)
{
    vaddr_t procedure = event->procedure;
    struct cursor cursor = {.place = 0};

    for (size_t n = count_all(event); n > 0 && event != NULL; n--) {
        struct bond *bond = bond_at(event, &cursor);
        struct event_binding record;
        status_t status;

        if (bond == NULL)
            break;
        status = describe(caller, bond, &record);
        if (status != OK)
            return status;
        keep(&cursor, bond);
        each(&record, closure);
        event = event_find(procedure);
        if (event != NULL)
            advance(event, &cursor);
    }
    return OK;
}

static status_t find_listed(const struct domain *caller, procedure_t procedure,
                            struct event **event)
{
    struct procedure_type type;
    status_t status = prototype_of((vaddr_t)procedure, false, &type);

    if (status == OK && !event_is_linked(caller, &type)) {
        *event = event_find(type.address);
        if (*event == NULL || (*event)->authorizer.callee == NULL)
            return status_refuse(ERR_DENIED, "%s is not linked with %s", event_owner_name(caller),
                                 type.name);
    }
    return status == OK ? event_get(&type, event) : status;
}

status_t listing_each(struct domain *caller, procedure_t procedure,
                      void (*each)(const struct event_binding *binding, void *closure),
                      void *closure)
{
    struct event *event;
    vaddr_t address;
    status_t status = change_begin();

    if (status != OK)
        return status;
    status = find_listed(caller, procedure, &event);
    change_done();
    if (status != OK)
        return status;
    address = event->procedure;
    status = show_all(caller, event, each, closure);
    event = event_find(address);
    if (event != NULL)
        event_settle_later(event);
    return status;
}

/* ---- for the prompt ---- */

static void look_at_form(const struct event *event, struct event_view *view)
{
    const struct plan *plan = event->form.plan;

    view->form = event->form.kind;
    view->target = event->form.target;
    view->why = event->why;
    if (event->splice != NULL)
        splice_sites(event->splice, &view->n_direct, &view->n_sites);
    if (plan != NULL) {
        view->plan = &plan->dispatch;
        view->routine = plan->routine;
    }
}

void event_look(const struct event *event, struct event_view *view)
{
    *view = (struct event_view){
        .procedure = event->procedure,
        .name = event->name,
        .owner = event_owner_name(event->domain),
        .n_active = event->state.n,
        .n_all = count_all(event),
        .counting = event->counting,
        .authorized = event->authorizer.callee != NULL,
        .default_handler = procedure_of(&event->state.default_handler),
        .result_handler = procedure_of(&event->state.result_handler),
        .has_default_result = event->state.default_value != NULL,
    };
    look_at_form(event, view);
    if (event->splice != NULL) {
        view->body = splice_body(event->splice);
        view->body_size = splice_body_size(event->splice);
    }
}

const uint8_t *event_default_result(vaddr_t procedure, size_t *size)
{
    const struct event *event = event_at(procedure);

    if (event == NULL || event->state.default_value == NULL)
        return NULL;
    *size = event->signature.result_size;
    return event->state.default_value;
}

static const struct bond *bond_by_index(const struct event *event, size_t index)
{
    const struct bond *bond = event->first;

    if (index < event->state.n)
        return event->state.order[index];
    index -= event->state.n;
    if (!event->intrinsic.active && index-- == 0)
        return &event->intrinsic;
    for (; bond != NULL; bond = bond->next)
        if (!bond->active && index-- == 0)
            break;
    return bond;
}

bool event_look_binding(const struct event *event, size_t index, struct event_binding_view *view)
{
    const struct bond *bond = bond_by_index(event, index);

    if (bond == NULL)
        return false;
    *view = (struct event_binding_view){
        .binding = bond,
        .handler = procedure_of(&bond->handler),
        .closure = bond->handler.closure,
        .maker = event_owner_name(bond->maker),
        .order = bond->order,
        .intrinsic = bond->intrinsic,
        .active = bond->active,
        .filter = bond->filter,
        .cancel = bond->cancel,
        .linear = bond->linear,
        .async = bond->deferral != NULL,
        .count = bond->count,
        .n_guards = bond->n_guards,
        .counts = {.kills = bond->ephemeral.kills},
        .ephemeral_us = bond->ephemeral_us,
    };
    if (view->async)
        deferral_counts(bond->deferral, &view->counts, &view->n_pending);
    return true;
}

bool event_look_guard(const struct event *event, size_t binding, size_t index,
                      struct event_guard_view *view)
{
    const struct bond *bond = bond_by_index(event, binding);
    const struct imposed *imposed;

    if (bond == NULL || index >= bond->n_guards)
        return false;
    imposed = bond->imposed;
    for (size_t i = 0; i < index && imposed != NULL; i++)
        imposed = imposed->next;
    if (imposed == NULL) {
        *view = (struct event_guard_view){.guard = procedure_of(&bond->guard),
                                          .guard_closure = bond->guard.closure};
        return true;
    }
    *view = (struct event_guard_view){
        .guard = procedure_of(&imposed->guard),
        .post = procedure_of(&imposed->post),
        .guard_closure = imposed->guard.closure,
        .post_closure = imposed->post.closure,
        .imposer = event_owner_name(imposed->imposer),
    };
    return true;
}
