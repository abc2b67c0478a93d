/* What the authority of an event decides, and asking it. */
#include <stdlib.h>
#include <string.h>

#include "domains/capability.h"
#include "domains/identity.h"
#include "domains/object/btf_value.h"
#include "kernel/event/event_private.h"

/* ---- asking ---- */

static status_t identity_or_none(struct domain *domain, identity_t **identity)
{
    *identity = NULL;
    return domain == NULL ? OK : identity_of(domain, identity);
}

static struct domain *domain_of_use(const struct use *use)
{
    struct domain *domain;
    const struct symbol *symbol;

    return domain_at(use->callee->procedure, &domain, &symbol) ? domain : NULL;
}

static bool allows(const struct use *authorizer, const struct event_request *request,
                   status_t *status)
{
    const uint32_t arguments[3] = {(uint32_t)request};
    status_t answer = OK;

    *status = domain_call(authorizer->address, arguments, &answer);
    return *status == OK && (answer & 0xff) != 0;
}

/* The authorizer may have destroyed the binding, or its domain with all of them. */
status_t authority_ask(struct domain *caller, const struct bond *bond,
                       const struct binding_wish *wish)
{
    const struct event *event = bond->event;
    const char *name = event->name;
    struct event_request request = {.event = (procedure_t)event->procedure,
                                    .handler = (procedure_t)bond->handler.callee->procedure,
                                    .options = &wish->options,
                                    .binding = bond->capability};
    status_t status, answer = OK;

    if (event->authorizer.callee == NULL)
        return OK;
    if (bond->guard.callee != NULL)
        request.guard = (procedure_t)bond->guard.callee->procedure;
    status = identity_or_none(caller, &request.installer);
    if (status == OK)
        status = identity_or_none(domain_of_use(&bond->handler), &request.handler_domain);
    if (status != OK)
        return status;
    if (!allows(&event->authorizer, &request, &answer))
        return status_refuse(ERR_NOT_AUTHORIZED, "the authorizer of %s %s", name,
                             answer == OK ? "does not allow it" : "faulted");
    if (capability_object(request.binding, CAPABILITY_BINDING) != bond)
        return status_refuse(ERR_NOT_AUTHORIZED, "the authorizer of %s destroyed the binding",
                             name);
    return OK;
}

/* ---- deciding ---- */

/* An event, and one of the caller's procedures for it. */
struct decision {
    struct procedure_type event, procedure;
    struct event *record;
};

static status_t find_event(const struct domain *caller, procedure_t event,
                           struct decision *decision)
{
    status_t status = domain_check_stays(caller);

    if (status == OK)
        status = prototype_of((vaddr_t)event, false, &decision->event);
    if (status != OK)
        return status;
    if (!event_is_authority(caller, decision->event.domain))
        return status_refuse(ERR_NOT_AUTHORIZED, "that is for %s to decide, which contains %s",
                             event_owner_name(decision->event.domain), decision->event.name);
    return event_get(&decision->event, &decision->record);
}

/* ERR_DENIED as for handlers. */
static status_t find_procedure(const struct domain *caller, vaddr_t procedure,
                               struct decision *decision)
{
    status_t status = prototype_of(procedure, false, &decision->procedure);

    if (status == OK)
        status = event_check_runs(&decision->procedure);
    if (status != OK)
        return status;
    if (!event_is_linked(caller, &decision->procedure))
        return status_refuse(ERR_DENIED, "%s is not linked with %s", event_owner_name(caller),
                             decision->procedure.name);
    if (event_is_identified(decision->procedure.address))
        return status_refuse(ERR_UNSUPPORTED, "%s must know who calls it",
                             decision->procedure.name);
    return OK;
}

/* Ends an operation on an event; the record may have become superfluous. */
static status_t finish(struct event *event, status_t status)
{
    if (event != NULL && !event->change.pending)
        event_settle(event);
    return change_end(status);
}

/* ---- authorizers ---- */

/* What an authorizer looks like, as event_set_authorizer declares it. */
static status_t type_of_authorizers(struct btf_type *type)
{
    struct procedure_type setter;
    status_t status = prototype_of((vaddr_t)event_set_authorizer, false, &setter);

    if (status == OK)
        (void)btf_pointee(btf_parameter_type(setter.type, 1), type);
    return status;
}

static status_t check_authorizer(const struct procedure_type *authorizer)
{
    struct btf_type wanted;
    char difference[BTF_DIFFERENCE_MAX];
    status_t status = type_of_authorizers(&wanted);

    if (status == OK)
        status = btf_compatible(wanted, authorizer->type, difference);
    if (status == ERR_TYPE)
        return status_refuse(ERR_TYPE,
                             "%s: an authorizer is bool(const struct event_request *)%s%s",
                             authorizer->name, difference[0] != 0 ? ": " : "", difference);
    return status;
}

static status_t make_authorizer(const struct domain *caller, event_authorizer_t *authorizer,
                                struct decision *decision, struct use *use)
{
    status_t status = find_procedure(caller, (vaddr_t)authorizer, decision);

    if (status == OK)
        status = check_authorizer(&decision->procedure);
    if (status == OK)
        status = use_take(decision->procedure.address, decision->procedure.address, use);
    return status;
}

status_t authority_set_authorizer(struct domain *caller, procedure_t event,
                                  event_authorizer_t *authorizer)
{
    struct decision decision = {.record = NULL};
    struct use use = {.callee = NULL};
    status_t status = change_begin();

    if (status != OK)
        return status;
    status = find_event(caller, event, &decision);
    if (status == OK && authorizer != NULL)
        status = make_authorizer(caller, authorizer, &decision, &use);
    if (status == OK) {
        use_drop(&decision.record->authorizer);
        decision.record->authorizer = use;
    }
    return finish(decision.record, status);
}

/* ---- handlers ---- */

typedef status_t prototype_check_t(const struct procedure_type *event,
                                   const struct procedure_type *handler, bool closure,
                                   enum passing *passing);

static status_t make_handler(const struct domain *caller, struct decision *decision,
                             procedure_t handler, const void *closure, prototype_check_t *check,
                             struct use *use)
{
    enum passing passing = PASS_NOTHING;
    status_t status = find_procedure(caller, (vaddr_t)handler, decision);

    if (status == OK)
        status = check(&decision->event, &decision->procedure, closure != NULL, &passing);
    if (status == OK)
        status = use_take(decision->procedure.address, decision->procedure.address, use);
    use->passing = (uint8_t)passing;
    use->closure = (uint32_t)closure;
    return status;
}

/* Which of the two handlers is meant. */
static struct use *use_of(struct state *state, bool of_results)
{
    return of_results ? &state->result_handler : &state->default_handler;
}

static status_t set_handler(const struct domain *caller, procedure_t event, procedure_t handler,
                            void *closure, bool of_results, struct event **record)
{
    struct decision decision = {.record = NULL};
    struct use use = {.callee = NULL};
    status_t status = find_event(caller, event, &decision);

    *record = decision.record;
    if (status == OK && handler != NULL)
        status =
            make_handler(caller, &decision, handler, closure,
                         of_results ? prototype_result_handler : prototype_default_handler, &use);
    if (status == OK)
        status = change_event(*record);
    if (status != OK) {
        use_drop(&use);
        return status;
    }
    use_drop(use_of(&(*record)->change.state, of_results));
    *use_of(&(*record)->change.state, of_results) = use;
    return OK;
}

status_t authority_set_default_handler(struct domain *caller, procedure_t event,
                                       procedure_t handler, void *closure)
{
    struct event *record;
    status_t status = change_begin();

    if (status != OK)
        return status;
    status = set_handler(caller, event, handler, closure, false, &record);
    return finish(record, status);
}

status_t authority_set_result_handler(struct domain *caller, procedure_t event, procedure_t handler,
                                      void *closure)
{
    struct event *record;
    status_t status = change_begin();

    if (status != OK)
        return status;
    status = set_handler(caller, event, handler, closure, true, &record);
    return finish(record, status);
}

/* ---- results ---- */

static status_t copy_value(const struct event *event, const void *variable, uint8_t **value)
{
    uint32_t size = event->signature.result_size;

    if (memory_read((vaddr_t)variable, size) == NULL)
        return status_refuse(ERR_BAD_ARGUMENT, "%u bytes at %p are not all mapped", (unsigned)size,
                             variable);
    *value = malloc(size);
    if (*value == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for the default result of %s", event->name);
    memcpy(*value, variable, size);
    return OK;
}

static status_t set_result(struct domain *caller, struct decision *decision, const void *variable)
{
    struct event *event = decision->record;
    uint8_t *value = NULL;
    status_t status = OK;

    if (variable != NULL)
        status = prototype_default_result(&decision->event, (vaddr_t)variable);
    if (status == OK && variable != NULL)
        status = copy_value(event, variable, &value);
    if (status == OK)
        status = change_event(event);
    if (status != OK) {
        free(value);
        return status;
    }
    free(event->change.state.default_value);
    event->change.state.default_value = value;
    event->change.state.default_owner = caller;
    return OK;
}

status_t authority_set_default_result(struct domain *caller, procedure_t event,
                                      const void *variable)
{
    struct decision decision = {.record = NULL};
    status_t status = change_begin();

    if (status != OK)
        return status;
    status = find_event(caller, event, &decision);
    if (status == OK)
        status = set_result(caller, &decision, variable);
    return finish(decision.record, status);
}
