/* See event_names.h. */
#include "kernel/event_names.h"

#include <stdio.h>
#include <string.h>

#include "arch/ppc/code/analysis/location.h"
#include "kernel/code_view.h"
#include "kernel/event/event.h"
#include "kernel/event/prototype.h"
#include "kernel/event/routine.h"
#include "kernel/interface.h"

#define NAME_SIZE 100 /* of a symbol of the kernel's that is public */

/* ---- from names ---- */

/* Of a procedure of which the kernel has one for itself and one that asks who calls, the latter is public. */
static status_t locate(const struct code_index *index, const char *name, struct location *location)
{
    char identified[NAME_SIZE];
    struct location other;
    status_t status = code_locate(index, name, location);

    snprintf(identified, sizeof identified, IDENTIFIED_PREFIX "%s", name);
    if (status == OK && strlen(name) < NAME_SIZE - sizeof IDENTIFIED_PREFIX &&
        code_locate(index, identified, &other) == OK)
        *location = other;
    return status;
}

/* A name may be that of a slot, by which a domain calls what it imports. */
status_t event_named(const char *name, procedure_t *event)
{
    struct procedure_type type;
    struct code_index *index;
    struct location location;
    status_t status = code_view_open(&index);

    if (status != OK)
        return status;
    status = locate(index, name, &location);
    code_index_close(index);
    if (status != OK)
        return status;
    status = prototype_of(location.address, true, &type);
    if (status == OK)
        *event = (procedure_t)type.address;
    else if (status == ERR_BAD_ARGUMENT)
        status = status_refuse(ERR_RANGE, "%s: no procedure begins there", name);
    return status;
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

bool event_code_name(vaddr_t address, char *text, size_t size)
{
    struct event_code code;
    struct event_view view;

    if (!event_code_at(address, &code))
        return false;
    event_look(code.event, &view);
    snprintf(text, size, "%s!%s%s+0x%x", view.owner,
             code.body ? EVENT_BODY_PREFIX : EVENT_CODE_PREFIX, view.name,
             (unsigned)(address - code.start));
    return true;
}

/* The part that an address is in is the last that was begun before it. */
bool event_code_part(vaddr_t address, char *text, size_t size)
{
    struct event_code code;
    vaddr_t begun = address & ~3u;

    if (!event_code_at(address, &code) || code.routine == NULL)
        return false;
    while (routine_comment(code.routine, begun, text, size) == NULL && begun > code.start)
        begun -= 4;
    return begun > code.start;
}
