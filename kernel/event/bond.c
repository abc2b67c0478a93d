/* Bindings: made, and ended; see activate.c for what happens to them in between. */
#include <stdlib.h>
#include <whorl/clock.h>

#include "domains/capability.h"
#include "domains/host.h"
#include "kernel/event/async.h"
#include "kernel/event/code.h"
#include "kernel/event/deferral.h"
#include "kernel/event/event_private.h"
#include "kernel/quota.h"

/* What one costs, with its part of the present plan and of the next. */
#define BOND_COST \
    (sizeof(struct bond) + 2 * (sizeof(struct dispatch_binding) + sizeof(struct dispatch_guard)))

static uint32_t last_serial;

/* ---- capabilities ---- */

status_t bond_of(const binding_t *binding, struct bond **bond)
{
    struct bond *found = capability_object(binding, CAPABILITY_BINDING);

    if (found == NULL)
        return status_refuse(ERR_BAD_CAPABILITY, "not a binding");
    *bond = found;
    return OK;
}

status_t bond_check_right(const struct domain *caller, const struct bond *bond)
{
    if (!bond->intrinsic || event_is_authority(caller, bond->event->domain))
        return OK;
    return status_refuse(ERR_NOT_AUTHORIZED, "the intrinsic handler of %s is only for %s to change",
                         bond->event->name, event_owner_name(bond->event->domain));
}

status_t bond_capability(struct bond *bond, binding_t **binding)
{
    status_t status = OK;

    if (bond->capability == NULL)
        status = capability_create(CAPABILITY_BINDING, bond, &bond->capability);
    if (status == OK)
        *binding = bond->capability;
    return status;
}

unsigned bond_payer(const struct domain *domain)
{
    return domain == NULL ? 0 : domain->image.memory.owner;
}

status_t bond_charge(const struct domain *domain, size_t cost, const char *what)
{
    status_t status;

    if (domain == NULL)
        return OK;
    if (!memory_charge(bond_payer(domain), cost))
        return status_refuse(ERR_NO_MEMORY, "the quota of %s has no room for %s",
                             event_owner_name(domain), what);
    status = quota_take(bond_payer(domain), QUOTA_BINDINGS);
    if (status != OK)
        memory_discharge(bond_payer(domain), cost);
    return status;
}

void bond_discharge(const struct domain *domain, size_t cost)
{
    if (domain == NULL)
        return;
    quota_give(bond_payer(domain), QUOTA_BINDINGS);
    memory_discharge(bond_payer(domain), cost);
}

/* ---- procedures ---- */

/*
 * What must know who calls is called through the slot that says so, which is the caller's own: else one domain could have things
 * done in another's name.
 */
static status_t take(const struct domain *caller, vaddr_t passed,
                     const struct procedure_type *procedure, struct use *use)
{
    status_t status = event_check_runs(procedure);

    if (status != OK)
        return status;
    if (!event_is_linked(caller, procedure))
        return status_refuse(ERR_DENIED, "%s is not linked with %s", event_owner_name(caller),
                             procedure->name);
    if (!event_is_identified(procedure->address))
        return use_take(procedure->address, procedure->address, use);
    if (caller == NULL ||
        passed - caller->image.memory.text.address >= caller->image.memory.text.size)
        return status_refuse(ERR_UNSUPPORTED, "%s must know who calls it", procedure->name);
    return use_take(passed, procedure->address, use);
}

status_t bond_take_guard(const struct domain *caller, const struct procedure_type *event,
                         const struct guard_wish *wish, struct use *use)
{
    struct procedure_type guard;
    enum passing passing = PASS_NOTHING;
    status_t status = prototype_of(wish->procedure, false, &guard);

    if (status == OK)
        status = prototype_guard(event, &guard, wish->has_closure, wish->post, &passing);
    if (status == OK)
        status = take(caller, wish->procedure, &guard, use);
    if (status != OK)
        return status;
    use->passing = (uint8_t)passing;
    use->closure = wish->closure;
    if (!wish->post) {
        (void)callee_facts(use->callee); /* with which it is remembered that it is functional */
        status = code_prove_functional(guard.address);
    }
    if (status != OK)
        use_drop(use);
    return status;
}

static status_t take_handler(const struct domain *caller, const struct procedure_type *event,
                             const struct binding_wish *wish, struct bond *bond)
{
    struct procedure_type handler;
    enum passing passing = PASS_NOTHING;
    status_t status = prototype_of((vaddr_t)wish->handler, false, &handler);

    if (status == OK)
        status = prototype_handler(event, &handler, &wish->options, &passing, &bond->has_result);
    if (status == OK && bond->ephemeral_us != 0)
        status = code_prove_ephemeral(handler.address);
    if (status == OK)
        status = take(caller, (vaddr_t)wish->handler, &handler, &bond->handler);
    bond->handler.passing = (uint8_t)passing;
    bond->handler.closure = (uint32_t)wish->options.handler_closure;
    return status;
}

static status_t take_guard(const struct domain *caller, const struct procedure_type *event,
                           const struct binding_wish *wish, struct bond *bond)
{
    struct guard_wish guard = {
        .procedure = (vaddr_t)wish->guard,
        .has_closure = wish->options.guard_closure != NULL,
        .closure = (uint32_t)wish->options.guard_closure,
    };

    if (wish->guard == NULL)
        return OK;
    bond->n_guards = 1;
    return bond_take_guard(caller, event, &guard, &bond->guard);
}

/* ---- options ---- */

static bool is_relative(const struct event_options *options)
{
    return options->order == EVENT_BEFORE || options->order == EVENT_AFTER;
}

static status_t check_relative(vaddr_t event, const struct event_options *options)
{
    struct bond *other = NULL;
    status_t status = bond_of(options->relative_to, &other);

    if (status != OK || other->event->procedure == event)
        return status;
    return status_refuse(ERR_BAD_ARGUMENT, "a binding of %s has no place among those of another",
                         other->event->name);
}

/* Ticks of the time base; 0: more than can be timed. */
static uint32_t deadline_ticks(unsigned microseconds)
{
    uint64_t ticks = (uint64_t)microseconds * clock_frequency() / 1000000;

    if (ticks > INT32_MAX)
        return 0;
    return ticks == 0 ? 1 : (uint32_t)ticks;
}

static status_t check_deadline(const struct event_options *options)
{
    if (options->ephemeral_us == 0 && options->kills_max != 0)
        return status_refuse(ERR_BAD_ARGUMENT, "a handler without deadline is never stopped");
    if (options->ephemeral_us != 0 && deadline_ticks(options->ephemeral_us) == 0)
        return status_refuse(ERR_BAD_ARGUMENT, "%u microseconds are too long for a deadline",
                             options->ephemeral_us);
    return OK;
}

static status_t check_options(const struct binding_wish *wish)
{
    const struct event_options *options = &wish->options;
    status_t status;

    if ((unsigned)options->order > EVENT_AFTER)
        return status_refuse(ERR_BAD_ARGUMENT, "%u is no order", (unsigned)options->order);
    if (is_relative(options) && options->relative_to == NULL)
        return status_refuse(ERR_BAD_ARGUMENT, "before or after which binding?");
    if (options->guard_closure != NULL && wish->guard == NULL)
        return status_refuse(ERR_BAD_ARGUMENT, "a closure for a guard, and no guard");
    status = check_deadline(options);
    return status == OK ? async_check_options(wish) : status;
}

/* ---- making ---- */

static void drop_uses(struct bond *bond)
{
    use_drop(&bond->handler);
    use_drop(&bond->guard);
}

static void put_deadline(const struct event_options *options, struct bond *bond)
{
    if (options->ephemeral_us == 0)
        return;
    bond->ephemeral_us = options->ephemeral_us;
    bond->ephemeral_ticks = deadline_ticks(options->ephemeral_us);
    bond->kills_max = options->kills_max != 0 ? options->kills_max : EVENT_KILLS_MAX;
}

static struct bond *bond_of_wish(const struct binding_wish *wish, struct domain *maker)
{
    struct bond *bond = calloc(1, sizeof *bond);

    if (bond == NULL)
        return NULL;
    bond->maker = maker;
    bond->order = (uint8_t)wish->options.order;
    bond->relative_to = wish->options.relative_to;
    bond->filter = wish->options.filter;
    bond->cancel = wish->options.cancel;
    bond->linear = wish->options.linear;
    put_deadline(&wish->options, bond);
    return bond;
}

static void enlist(struct bond *bond, struct event *event)
{
    bond->event = event;
    bond->serial = ++last_serial;
    bond->link = event->last;
    *event->last = bond;
    event->last = &bond->next;
}

static status_t admit(struct bond *bond)
{
    status_t status;

    status = bond_charge(bond->maker, BOND_COST, "a binding");
    if (status != OK)
        return status;
    status = capability_create(CAPABILITY_BINDING, bond, &bond->capability);
    if (status != OK)
        bond_discharge(bond->maker, BOND_COST);
    return status;
}

static void give_back(struct bond *bond)
{
    capability_revoke(bond->capability);
    bond_discharge(bond->maker, BOND_COST);
}

static status_t fill(struct domain *caller, const struct binding_wish *wish,
                     const struct procedure_type *procedure, struct event *event, struct bond *bond)
{
    status_t status = take_handler(caller, procedure, wish, bond);

    if (status == OK)
        status = take_guard(caller, procedure, wish, bond);
    if (status == OK)
        status = change_can_lead(event);
    if (status == OK)
        status = admit(bond);
    if (status == OK && wish->options.async) {
        status = async_begin(procedure, event, bond);
        if (status != OK)
            give_back(bond);
    }
    if (status == OK)
        enlist(bond, event);
    else
        drop_uses(bond);
    return status;
}

static status_t check_may(const struct domain *caller, const struct procedure_type *procedure)
{
    const struct event *event = event_find(procedure->address);

    if (event_is_linked(caller, procedure) || (event != NULL && event->authorizer.callee != NULL))
        return OK;
    return status_refuse(ERR_DENIED, "%s is not linked with %s", event_owner_name(caller),
                         procedure->name);
}

static status_t find_event(const struct domain *caller, const struct binding_wish *wish,
                           struct procedure_type *procedure, struct event **event)
{
    status_t status = domain_check_stays(caller);

    if (status == OK)
        status = check_options(wish);
    if (status == OK)
        status = prototype_of((vaddr_t)wish->event, false, procedure);
    if (status == OK)
        status = check_may(caller, procedure);
    if (status == OK && is_relative(&wish->options))
        status = check_relative(procedure->address, &wish->options);
    return status == OK ? event_get(procedure, event) : status;
}

static status_t make(struct domain *caller, const struct binding_wish *wish, struct bond **made)
{
    struct procedure_type procedure;
    struct event *event;
    status_t status = find_event(caller, wish, &procedure, &event);

    if (status != OK)
        return status;
    *made = bond_of_wish(wish, caller);
    if (*made == NULL)
        status = status_refuse(ERR_NO_MEMORY, "no memory for a binding of %s", procedure.name);
    else
        status = fill(caller, wish, &procedure, event, *made);
    if (status != OK) {
        free(*made);
        event_settle(event);
    }
    return status;
}

/* Unless the authorizer has destroyed it; the sentence says why it is refused. */
static void give_up(binding_t *created)
{
    if (capability_object(created, CAPABILITY_BINDING) != NULL)
        (void)binding_destroy(NULL, created);
}

status_t binding_create(struct domain *caller, const struct binding_wish *wish, binding_t **binding)
{
    binding_t *created = NULL;
    struct bond *bond = NULL;
    status_t status = change_begin();

    if (status != OK)
        return status;
    status = make(caller, wish, &bond);
    if (status == OK)
        created = bond->capability;
    status = change_end(status);
    if (status != OK)
        return status;
    status = authority_ask(caller, bond, wish);
    if (status == OK)
        *binding = created;
    else
        give_up(created);
    return status;
}

status_t binding_install(struct domain *caller, const struct binding_wish *wish,
                         binding_t **binding)
{
    binding_t *created;
    status_t status = binding_create(caller, wish, &created);

    if (status != OK)
        return status;
    status = binding_activate(caller, created);
    if (status == OK)
        *binding = created;
    else
        (void)binding_destroy(NULL, created);
    return status;
}

static status_t intrinsic_of(const struct domain *caller, procedure_t procedure,
                             binding_t **binding)
{
    struct procedure_type type;
    struct event *event;
    status_t status = prototype_of((vaddr_t)procedure, false, &type);

    if (status == OK)
        status = check_may(caller, &type);
    if (status == OK)
        status = event_get(&type, &event);
    if (status != OK)
        return status;
    status = bond_capability(&event->intrinsic, binding);
    if (status != OK)
        event_settle(event);
    return status;
}

status_t binding_intrinsic(struct domain *caller, procedure_t procedure, binding_t **binding)
{
    status_t status = change_begin();

    return status == OK ? change_end(intrinsic_of(caller, procedure, binding)) : status;
}

/* ---- ending ---- */

static void end_imposed(struct bond *bond)
{
    struct imposed *imposed;

    while ((imposed = bond->imposed) != NULL) {
        bond->imposed = imposed->next;
        imposed_free(imposed);
    }
}

static bool is_left(struct retired *retired)
{
    return retirement_is_over(((const struct bond *)retired)->retirement);
}

static void release(struct retired *retired)
{
    free(retired);
}

void bond_end(struct bond *bond)
{
    give_back(bond);
    if (bond->deferral != NULL)
        deferral_close(bond->deferral);
    *bond->link = bond->next;
    if (bond->next != NULL)
        bond->next->link = bond->link;
    else
        bond->event->last = bond->link;
    end_imposed(bond);
    drop_uses(bond);
    bond->retired = (struct retired){.is_left = is_left, .release = release};
    bond->retirement = retirement_latest();
    quiescence_retire(&bond->retired);
}
