/* See event_names.h. */
#include "kernel/busy.h"
#include "kernel/event_names.h"

#include <stdio.h>

#include "arch/ppc/code/analysis/location.h"
#include "arch/ppc/code/effects.h"
#include "arch/ppc/mmu.h"
#include "domains/domain.h"
#include "kernel/code_view.h"
#include "kernel/event/event.h"
#include "kernel/event/prototype.h"
#include "kernel/event/routine.h"
#include "kernel/interface.h"
#include "kernel/patch/patch.h"

/* ---- from names ---- */

/* What extensions call by that name, if it asks who calls: the kernel itself calls another one. */
static bool find_identified(const char *name, vaddr_t *address)
{
    const struct domain *public = domain_named("SpinPublic");
    struct definition definition;

    if (public == NULL || !domain_definition(public, name, symbol_hash(name), &definition) ||
        !definition.symbol->identified)
        return false;
    *address = definition.symbol->value;
    return true;
}

static status_t locate(const char *name, vaddr_t *address)
{
    struct code_index *index;
    struct location location;
    status_t status = code_view_open(&index);

    if (status != OK)
        return status;
    status = code_locate(index, name, &location);
    code_index_close(index);
    if (status == OK)
        *address = location.address;
    return status;
}

/* A name may be that of a slot, by which a domain calls what it imports. */
status_t event_named(const char *name, procedure_t *event)
{
    BUSY;
    struct procedure_type type;
    vaddr_t address = 0;
    status_t status = find_identified(name, &address) ? OK : locate(name, &address);

    if (status != OK)
        return status;
    status = prototype_of(address, true, &type);
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
    BUSY;
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
    BUSY;
    struct event_code code;
    vaddr_t begun = address & ~3u;

    if (!event_code_at(address, &code) || code.routine == NULL)
        return false;
    while (routine_comment(code.routine, begun, text, size) == NULL && begun > code.start)
        begun -= 4;
    return begun > code.start;
}

static bool goes_to_event(vaddr_t target, const struct event_view *view)
{
    if (view->form == FORM_PROCEDURE)
        return false;
    return target == view->procedure || (target == view->target && view->form != FORM_DIRECT);
}

bool event_raised_by(vaddr_t site, char *text, size_t size)
{
    BUSY;
    struct successor successor;
    struct event_view view;

    if (site % 4 != 0 || !mmu_readable(site, 4))
        return false;
    code_successor(code_word_get(site), site, &successor);
    if (successor.transfer != TRANSFER_DIRECT || !successor.links)
        return false;
    for (const struct event *e = event_next(NULL); e != NULL; e = event_next(e)) {
        event_look(e, &view);
        if (goes_to_event(successor.target, &view)) {
            event_procedure_name(view.procedure, text, size);
            return true;
        }
    }
    return false;
}
