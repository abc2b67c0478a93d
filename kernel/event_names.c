/* See event_names.h. */
#include "kernel/event_names.h"

#include <stdio.h>

#include "arch/ppc/code/analysis/location.h"
#include "kernel/code_view.h"
#include "kernel/event/event.h"
#include "kernel/event/prototype.h"
#include "kernel/event/routine.h"
#include "kernel/interface.h"

/* ---- from names ---- */

/* A name may be that of a slot, by which a domain calls what it imports. */
status_t event_named(const char *name, procedure_t *event)
{
    struct procedure_type type;
    struct code_index *index;
    struct location location;
    status_t status = code_view_open(&index);

    if (status != OK)
        return status;
    status = code_locate(index, name, &location);
    code_index_close(index);
    if (status != OK)
        return status;
    if (prototype_of(location.address, true, &type) != OK)
        return status_refuse(ERR_RANGE, "%s: no procedure begins there", name);
    *event = (procedure_t)type.address;
    return OK;
}

/* ---- to names ---- */

void event_procedure_name(vaddr_t procedure, char *text, size_t size)
{
    struct procedure_type type;

    if (prototype_of(procedure, true, &type) == OK)
        snprintf(text, size, "%s!%s", type.domain != NULL ? type.domain->name : "kernel",
                 type.name);
    else
        snprintf(text, size, "?");
}

void event_name(procedure_t event, char *text, size_t size)
{
    event_procedure_name((vaddr_t)event, text, size);
}

PRIVATE_INTERFACE(EventNames, event_named, event_name);

/* Where the code begins that an event is dispatched with. */
static vaddr_t start_of(const struct event_view *event)
{
    vaddr_t start = event->target;
    size_t size;

    if (event->routine != NULL)
        routine_range(event->routine, &start, &size);
    return start;
}

bool event_code_name(vaddr_t address, char *text, size_t size)
{
    const struct event *event = event_of_code(address);
    struct event_view view;

    if (event == NULL)
        return false;
    event_look(event, &view);
    snprintf(text, size, "%s!" EVENT_CODE_PREFIX "%s+0x%x", view.owner, view.name,
             (unsigned)(address - start_of(&view)));
    return true;
}
