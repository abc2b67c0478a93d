/* What is asked for at the prompt, and by tests: counting, and how an event is dispatched. */
#include "kernel/event/event_private.h"

static void count_from_0(struct event *event)
{
    event->intrinsic.count = 0;
    for (struct bond *bond = event->first; bond != NULL; bond = bond->next)
        bond->count = 0;
}

static status_t count(procedure_t procedure, bool on)
{
    struct procedure_type type;
    struct event *event;
    bool before;
    status_t status = prototype_of((vaddr_t)procedure, false, &type);

    if (status == OK)
        status = event_get(&type, &event);
    if (status != OK)
        return status;
    before = event->counting;
    event->counting = on;
    status = change_commit(change_renew(event));
    if (status != OK)
        event->counting = before;
    else if (on)
        count_from_0(event);
    return status;
}

status_t event_count(procedure_t procedure, bool on)
{
    status_t status = change_begin();

    if (status != OK)
        return status;
    status = count(procedure, on);
    change_done();
    return status;
}

static status_t dispatch_as(procedure_t procedure, enum event_terms terms)
{
    struct event *event = event_find((vaddr_t)procedure);
    uint8_t before;
    status_t status;

    if (event == NULL)
        return status_refuse(ERR_STATE, "nobody has anything on that procedure");
    before = event->terms;
    event->terms = (uint8_t)terms;
    status = change_commit(change_event(event));
    if (status != OK)
        event->terms = before;
    return status;
}

status_t event_dispatch_as(procedure_t procedure, enum event_terms terms)
{
    status_t status = change_begin();

    if (status != OK)
        return status;
    status = dispatch_as(procedure, terms);
    change_done();
    return status;
}
