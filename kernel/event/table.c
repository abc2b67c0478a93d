/* The records of events, and of the procedures that they call. */
#include <stdlib.h>
#include <string.h>

#include "domains/capability.h"
#include "kernel/event/code.h"
#include "kernel/event/event_private.h"
#include "kernel/event/loop.h"
#include "kernel/interface.h"
#include "kernel/kernel_symbols.h"

#define BUCKETS 256

static struct event *events[BUCKETS];
static struct callee *callees[BUCKETS];
static enum event_terms terms_of_new;
static bool to_settle; /* a record may have become superfluous while that could not be seen to */

static size_t bucket_of(vaddr_t procedure)
{
    return (procedure >> 2 ^ procedure >> 10) % BUCKETS;
}

/* ---- callees ---- */

struct callee *callee_find(vaddr_t procedure)
{
    struct callee *callee = callees[bucket_of(procedure)];

    while (callee != NULL && callee->procedure != procedure)
        callee = callee->next;
    return callee;
}

static struct callee *callee_get(vaddr_t procedure)
{
    struct callee *callee = callee_find(procedure);
    struct callee **bucket = &callees[bucket_of(procedure)];

    if (callee != NULL)
        return callee;
    callee = calloc(1, sizeof *callee);
    if (callee == NULL)
        return NULL;
    callee->procedure = procedure;
    callee->event = event_find(procedure);
    callee->next = *bucket;
    *bucket = callee;
    return callee;
}

const struct facts *callee_facts(struct callee *callee)
{
    if (!callee->asked) {
        callee->asked = true;
        callee->facts = code_facts_get(callee->procedure);
    }
    return callee->facts;
}

static void callee_forget(struct callee *callee)
{
    code_facts_put(callee->facts);
    callee->facts = NULL;
    callee->asked = false;
}

bool callee_depends(const struct callee *callee, bool patched)
{
    if (callee->facts == NULL)
        return false;
    return patched ? callee->facts->leaf : callee->facts->patched;
}

status_t callee_renew(struct callee *callee, bool patched)
{
    const struct facts *facts = code_facts_renew(callee->procedure, patched);

    if (facts == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for what is known of a procedure");
    if (facts->patched == callee->facts->patched) {
        code_facts_put(facts); /* something else in it is patched still */
        return OK;
    }
    callee->stale = callee->facts;
    callee->facts = facts;
    return OK;
}

void callee_restore(struct callee *callee)
{
    if (callee->stale == NULL)
        return;
    code_facts_put(callee->facts);
    callee->facts = callee->stale;
    callee->stale = NULL;
}

static bool holds(const struct domain *domain, vaddr_t address)
{
    const struct segment *text = &domain->image.memory.text;

    return address - text->address < text->size;
}

/* The kernel's are those that lie in no domain. */
static bool lies_in(const struct callee *callee, const struct domain *domain)
{
    struct domain *of;
    const struct symbol *symbol;

    if (domain != NULL)
        return holds(domain, callee->procedure);
    return !domain_at(callee->procedure, &of, &symbol);
}

/* They stay where they are until nothing that was made with them is compared with what is made anew. */
bool callees_outdate(const struct domain *domain)
{
    bool any = false;

    for (size_t i = 0; i < BUCKETS; i++)
        for (struct callee *callee = callees[i]; callee != NULL; callee = callee->next) {
            if (!callee->asked || !lies_in(callee, domain))
                continue;
            callee->stale = callee->facts;
            callee->facts = NULL;
            callee->asked = false;
            any |= callee->stale != NULL;
        }
    return any;
}

void callees_settle(void)
{
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct callee *callee = callees[i]; callee != NULL; callee = callee->next) {
            code_facts_put(callee->stale);
            callee->stale = NULL;
        }
}

static void callee_free(struct callee *callee)
{
    struct callee **link = &callees[bucket_of(callee->procedure)];

    while (*link != callee)
        link = &(*link)->next;
    *link = callee->next;
    callee_forget(callee);
    free(callee);
}

status_t use_take(vaddr_t address, vaddr_t procedure, struct use *use)
{
    struct callee *callee = callee_get(procedure);

    if (callee == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for a procedure that events call");
    callee->n_uses++;
    use->callee = callee;
    use->address = address;
    return OK;
}

void use_hold(const struct use *use)
{
    if (use->callee != NULL)
        use->callee->n_uses++;
}

void use_drop(struct use *use)
{
    if (use->callee != NULL && --use->callee->n_uses == 0)
        callee_free(use->callee);
    use->callee = NULL;
}

bool use_is_in(const struct use *use, const struct domain *domain)
{
    return use->callee != NULL &&
           (holds(domain, use->callee->procedure) || holds(domain, use->address));
}

bool use_equals(const struct use *use, vaddr_t procedure, uint32_t closure)
{
    return (use->callee == NULL ? 0 : use->callee->procedure) == procedure &&
           use->closure == closure;
}

/* ---- who may ---- */

bool event_is_authority(const struct domain *caller, const struct domain *owner)
{
    return caller == NULL || caller->privileged || caller == owner;
}

status_t event_check_runs(const struct procedure_type *procedure)
{
    const struct domain *domain = procedure->domain;

    if (domain == NULL || (domain->image.sealed && domain->state != DOMAIN_LEAVING))
        return OK;
    return status_refuse(ERR_STATE, "%s: %s is %s", procedure->name, domain->name,
                         domain_state_name(domain->state));
}

bool event_is_linked(const struct domain *caller, const struct procedure_type *procedure)
{
    if (event_is_authority(caller, procedure->domain))
        return true;
    for (size_t i = 0; i < caller->image.n_imports; i++) {
        const struct import *import = &caller->image.imports[i];

        if (import->state == IMPORT_BOUND && import->symbol->value == procedure->address)
            return true;
    }
    return false;
}

bool event_is_identified(vaddr_t procedure)
{
    const struct symbol *symbol;

    return kernel_symbol_at(procedure, &symbol) && symbol != NULL && symbol->value == procedure &&
           strncmp(symbol->name, IDENTIFIED_PREFIX, strlen(IDENTIFIED_PREFIX)) == 0;
}

const char *event_owner_name(const struct domain *domain)
{
    return domain == NULL ? "kernel" : domain->name;
}

/* ---- events ---- */

struct event *event_find(vaddr_t procedure)
{
    struct event *event = events[bucket_of(procedure)];

    while (event != NULL && event->procedure != procedure)
        event = event->next;
    return event;
}

static void enlist(struct event *event)
{
    struct event **bucket = &events[bucket_of(event->procedure)];
    struct callee *callee = callee_find(event->procedure);

    event->next = *bucket;
    *bucket = event;
    if (callee != NULL)
        callee->event = event;
}

static void delist(struct event *event)
{
    struct event **link = &events[bucket_of(event->procedure)];
    struct callee *callee = callee_find(event->procedure);

    while (*link != event)
        link = &(*link)->next;
    *link = event->next;
    if (callee != NULL)
        callee->event = NULL;
}

/* The record as it is when nothing is installed. */
static status_t begin(struct event *event, const struct procedure_type *procedure)
{
    struct bond *intrinsic = &event->intrinsic;
    status_t status;

    event->procedure = event->form.target = procedure->address;
    event->name = procedure->name;
    event->domain = procedure->domain;
    event->identified = event_is_identified(procedure->address);
    event->returns_status = prototype_returns_status(procedure);
    event->terms = (uint8_t)terms_of_new;
    event->last = &event->first;
    state_clear(event, &event->state);
    intrinsic->event = event;
    intrinsic->intrinsic = intrinsic->active = intrinsic->placed = true;
    intrinsic->maker = procedure->domain;
    intrinsic->has_result = event->signature.result_size != 0;
    status = use_take(procedure->address, procedure->address, &intrinsic->handler);
    if (status != OK)
        return status;
    intrinsic->handler.passing = PASS_ARGUMENTS;
    enlist(event);
    return OK;
}

static status_t make(const struct procedure_type *procedure, struct event **made)
{
    struct event *event = calloc(1, sizeof *event);
    status_t status;

    if (event == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for the event %s", procedure->name);
    status = prototype_signature(procedure, &event->signature);
    if (status == OK)
        status = begin(event, procedure);
    if (status != OK) {
        free(event);
        return status;
    }
    *made = event;
    return OK;
}

status_t event_get(const struct procedure_type *procedure, struct event **event)
{
    struct event *known = event_find(procedure->address);
    status_t status = event_check_runs(procedure);

    if (known == NULL && status == OK)
        return make(procedure, event);
    if (status == OK)
        *event = known;
    return status;
}

/* Raises run the procedure, and none that is under way does anything else. */
static bool is_at_rest(const struct event *event)
{
    return event->n_retired == 0 && event->form.kind == FORM_PROCEDURE && !event->change.pending;
}

static bool is_superfluous(const struct event *event)
{
    const struct bond *intrinsic = &event->intrinsic;

    if (!is_at_rest(event))
        return false;
    if (event->gone)
        return true;
    return event->first == NULL && intrinsic->capability == NULL && intrinsic->active &&
           intrinsic->imposed == NULL && event->authorizer.callee == NULL &&
           event->state.default_handler.callee == NULL &&
           event->state.result_handler.callee == NULL && event->state.default_value == NULL;
}

/* No plan needs to know anything of the procedure unless others call it, too. */
static void stop_leading(struct event *event)
{
    struct callee *callee = event->intrinsic.handler.callee;

    splice_destroy(event->splice);
    event->splice = NULL;
    if (callee != NULL && callee->n_uses == 1)
        callee_forget(callee);
}

static void end(struct event *event)
{
    if (!event->gone)
        delist(event);
    if (event->splice != NULL)
        stop_leading(event);
    if (event->intrinsic.capability != NULL)
        capability_revoke(event->intrinsic.capability);
    use_drop(&event->intrinsic.handler);
    state_free(event, &event->state);
    free(event);
}

void event_settle(struct event *event)
{
    if (is_superfluous(event))
        end(event);
    else if (event->splice != NULL && is_at_rest(event) && event->first == NULL)
        stop_leading(event);
}

void event_settle_later(struct event *event)
{
    if (event->gone || !event_is_changing())
        event_settle(event);
    else
        to_settle = true;
}

void event_settle_all(void)
{
    if (!to_settle)
        return;
    to_settle = false;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct event *event = events[i], *next; event != NULL; event = next) {
            next = event->next;
            event_settle(event);
        }
}

/* What it has of its domain is taken from it now; the rest when all raises have ended. */
void event_vanish(struct event *event)
{
    if (event->intrinsic.capability != NULL)
        capability_revoke(event->intrinsic.capability);
    event->intrinsic.capability = NULL;
    use_drop(&event->authorizer);
    use_drop(&event->intrinsic.handler);
    use_drop(&event->state.default_handler);
    use_drop(&event->state.result_handler);
    delist(event);
    event->gone = true;
    event_settle(event);
}

/* ---- for the kernel ---- */

struct event *event_next(const struct event *event)
{
    size_t i = 0;

    if (event != NULL) {
        if (event->next != NULL)
            return event->next;
        i = bucket_of(event->procedure) + 1;
    }
    while (i < BUCKETS && events[i] == NULL)
        i++;
    return i < BUCKETS ? events[i] : NULL;
}

struct event *event_at(vaddr_t procedure)
{
    return event_find(procedure);
}

static bool is_code_of(const struct event *event, vaddr_t address)
{
    unsigned number;

    if (event->form.kind == FORM_LOOP)
        return loop_entry_at(address, &number) && number == event->form.number;
    return event->form.kind == FORM_ROUTINE && plan_has_code(event->form.plan, address);
}

static bool is_body_of(const struct event *event, vaddr_t address)
{
    return event->splice != NULL &&
           address - splice_body(event->splice) < splice_body_size(event->splice);
}

/* Code that was replaced may be of an event that is gone. */
bool event_code_at(vaddr_t address, struct event_code *code)
{
    const struct plan *plan;

    for (struct event *event = event_next(NULL); event != NULL; event = event_next(event)) {
        bool body = is_body_of(event, address);

        if (!body && !is_code_of(event, address))
            continue;
        *code = (struct event_code){.event = event,
                                    .routine = body ? NULL : event->form.plan->routine,
                                    .start = body ? splice_body(event->splice) : event->form.target,
                                    .body = body,
                                    .body_size = body ? splice_body_size(event->splice) : 0};
        return true;
    }
    plan = plan_retired_at(address);
    if (plan == NULL)
        return false;
    *code = (struct event_code){
        .event = plan->event, .routine = plan->routine, .start = routine_entry(plan->routine)};
    return true;
}

void event_dispatch_all_as(enum event_terms terms)
{
    terms_of_new = terms;
}
