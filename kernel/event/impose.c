/* Guards and post procedures that others than its maker put on a binding. */
#include <stdlib.h>

#include "kernel/event/event_private.h"

#define IMPOSED_COST (sizeof(struct imposed) + 2 * sizeof(struct dispatch_guard))
#define GUARDS_MAX UINT16_MAX /* of one binding */

void imposed_free(struct imposed *imposed)
{
    bond_discharge(imposed->imposer, IMPOSED_COST);
    use_drop(&imposed->guard);
    use_drop(&imposed->post);
    free(imposed);
}

static status_t imposed_make(struct domain *imposer, struct imposed **made)
{
    status_t status = bond_charge(imposer, IMPOSED_COST, "a guard");

    if (status != OK)
        return status;
    *made = calloc(1, sizeof **made);
    if (*made == NULL) {
        bond_discharge(imposer, IMPOSED_COST);
        return status_refuse(ERR_NO_MEMORY, "no memory for a guard");
    }
    (*made)->imposer = imposer;
    return OK;
}

static status_t take(const struct domain *caller, const struct procedure_type *event,
                     procedure_t procedure, void *closure, bool post, struct use *use)
{
    struct guard_wish wish = {
        .procedure = (vaddr_t)procedure,
        .has_closure = closure != NULL,
        .post = post,
        .closure = (uint32_t)closure,
    };

    return procedure == NULL ? OK : bond_take_guard(caller, event, &wish, use);
}

static status_t fill(const struct domain *caller, const struct event *event,
                     const struct impose_wish *wish, struct imposed *imposed)
{
    struct procedure_type type;
    status_t status = prototype_of(event->procedure, false, &type);

    if (status == OK)
        status = take(caller, &type, wish->guard, wish->guard_closure, false, &imposed->guard);
    if (status == OK)
        status = take(caller, &type, wish->post, wish->post_closure, true, &imposed->post);
    return status;
}

static status_t check(const struct domain *caller, const binding_t *binding,
                      const struct impose_wish *wish, struct bond **bond)
{
    status_t status = domain_check_stays(caller);

    if (status == OK)
        status = bond_of(binding, bond);
    if (status == OK)
        status = bond_check_right(caller, *bond);
    if (status != OK)
        return status;
    if ((wish->guard == NULL && (wish->post == NULL || wish->guard_closure != NULL)) ||
        (wish->post == NULL && wish->post_closure != NULL))
        return status_refuse(ERR_BAD_ARGUMENT, "a closure, and no procedure to impose");
    if ((*bond)->n_guards >= GUARDS_MAX)
        return status_refuse(ERR_NO_MEMORY, "a binding has at most %d guards", GUARDS_MAX);
    return OK;
}

/* What hangs on the binding is as it is to be; only then the plan can be made. */
static status_t commit(struct bond *bond)
{
    return change_commit(bond->active ? change_renew(bond->event) : OK);
}

static status_t put_on(struct bond *bond, struct imposed *imposed)
{
    status_t status;

    imposed->next = bond->imposed;
    bond->imposed = imposed;
    bond->n_guards++;
    status = commit(bond);
    if (status != OK) {
        bond->imposed = imposed->next;
        bond->n_guards--;
    }
    return status;
}

static status_t impose(struct domain *caller, const binding_t *binding,
                       const struct impose_wish *wish)
{
    struct imposed *imposed;
    struct bond *bond;
    status_t status = check(caller, binding, wish, &bond);

    if (status == OK)
        status = imposed_make(caller, &imposed);
    if (status != OK)
        return status;
    status = fill(caller, bond->event, wish, imposed);
    if (status == OK)
        status = put_on(bond, imposed);
    if (status != OK)
        imposed_free(imposed);
    return status;
}

status_t binding_impose(struct domain *caller, binding_t *binding, const struct impose_wish *wish)
{
    status_t status = change_begin();

    if (status != OK)
        return status;
    status = impose(caller, binding, wish);
    change_done();
    return status;
}

/* ---- lifting ---- */

/* Without a guard it is known by its post procedure's closure. */
static bool matches(const struct imposed *imposed, vaddr_t guard, uint32_t closure)
{
    if (imposed->guard.callee != NULL)
        return use_equals(&imposed->guard, guard, closure);
    return guard == 0 && imposed->post.closure == closure;
}

static status_t find(const struct domain *caller, struct bond *bond, vaddr_t guard,
                     uint32_t closure, struct imposed ***link)
{
    bool authority = event_is_authority(caller, bond->event->domain), known = false;

    for (*link = &bond->imposed; **link != NULL; *link = &(**link)->next) {
        if (!matches(**link, guard, closure))
            continue;
        if (authority || (**link)->imposer == caller)
            return OK;
        known = true;
    }
    if (known)
        return status_refuse(ERR_NOT_AUTHORIZED, "the guard on a binding of %s is another's",
                             bond->event->name);
    return status_refuse(ERR_NOT_FOUND, "no such guard was imposed on that binding of %s",
                         bond->event->name);
}

static status_t take_off(struct bond *bond, struct imposed **link)
{
    struct imposed *imposed = *link;
    status_t status;

    *link = imposed->next;
    bond->n_guards--;
    status = commit(bond);
    if (status == OK) {
        imposed_free(imposed);
    } else {
        *link = imposed;
        bond->n_guards++;
    }
    return status;
}

static status_t lift(struct domain *caller, const binding_t *binding, procedure_t guard,
                     const void *closure)
{
    struct procedure_type type = {.address = 0};
    struct imposed **link;
    struct bond *bond;
    status_t status = bond_of(binding, &bond);

    if (status == OK && guard != NULL)
        status = prototype_of((vaddr_t)guard, true, &type);
    if (status == OK)
        status = find(caller, bond, type.address, (uint32_t)closure, &link);
    return status == OK ? take_off(bond, link) : status;
}

status_t binding_lift_guard(struct domain *caller, binding_t *binding, procedure_t guard,
                            const void *closure)
{
    status_t status = change_begin();

    if (status != OK)
        return status;
    status = lift(caller, binding, guard, closure);
    change_done();
    return status;
}
