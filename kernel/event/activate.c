/* Bindings: activated, uninstalled, exchanged and destroyed. */
#include "kernel/event/event_private.h"

static status_t find(const struct domain *caller, const binding_t *binding, struct bond **bond)
{
    status_t status = bond_of(binding, bond);

    return status == OK ? bond_check_right(caller, *bond) : status;
}

static status_t take_out(struct bond *bond)
{
    status_t status;

    if (!bond->placed)
        return OK;
    status = change_event(bond->event);
    if (status == OK)
        change_place(bond, false);
    return status;
}

static status_t put_in(struct bond *bond)
{
    status_t status;

    if (bond->placed)
        return OK;
    status = change_event(bond->event);
    if (status == OK)
        status = state_place(&bond->event->change.state, bond);
    if (status != OK)
        return status;
    bond->kills_before = bond->ephemeral.kills;
    change_place(bond, true);
    return status;
}

static status_t take_out_all(const struct domain *caller, binding_t *const remove[], size_t n)
{
    status_t status = OK;

    for (size_t i = 0; status == OK && i < n; i++) {
        struct bond *bond = NULL;

        if (remove[i] == NULL)
            continue;
        status = find(caller, remove[i], &bond);
        if (status == OK)
            status = take_out(bond);
    }
    change_compact();
    return status;
}

static status_t put_in_all(const struct domain *caller, binding_t *const add[], size_t n)
{
    status_t status = OK;

    for (size_t i = 0; status == OK && i < n; i++) {
        struct bond *bond = NULL;

        if (add[i] == NULL)
            continue;
        status = find(caller, add[i], &bond);
        if (status == OK)
            status = put_in(bond);
    }
    return status;
}

status_t binding_swap(struct domain *caller, binding_t *const remove[], size_t n_remove,
                      binding_t *const add[], size_t n_add)
{
    status_t status = change_begin();

    if (status != OK)
        return status;
    status = take_out_all(caller, remove, n_remove);
    if (status == OK)
        status = put_in_all(caller, add, n_add);
    return change_end(status);
}

status_t binding_uninstall(struct domain *caller, binding_t *binding)
{
    return binding_swap(caller, &binding, 1, NULL, 0);
}

status_t binding_activate(struct domain *caller, binding_t *binding)
{
    return binding_swap(caller, NULL, 0, &binding, 1);
}

static status_t check_destroyable(const struct domain *caller, const binding_t *binding,
                                  struct bond **bond)
{
    status_t status = find(caller, binding, bond);

    if (status == OK && (*bond)->intrinsic)
        return status_refuse(ERR_STATE, "the intrinsic handler of %s cannot be destroyed",
                             (*bond)->event->name);
    return status;
}

status_t binding_destroy(struct domain *caller, binding_t *binding)
{
    struct bond *bond = NULL;
    status_t status = change_begin();

    if (status != OK)
        return status;
    if (binding != NULL)
        status = check_destroyable(caller, binding, &bond);
    if (status == OK && bond != NULL)
        status = take_out(bond);
    change_compact();
    status = change_commit(status);
    if (status == OK && bond != NULL) {
        struct event *event = bond->event;

        bond_end(bond);
        event_settle(event);
    }
    change_done();
    return status;
}
