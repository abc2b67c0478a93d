/*
 * The public interface Event: it knows who calls, says no to what it does not know, and lets the kernel do the same under
 * the same names.
 */
#include <string.h>

#include "arch/ppc/layout.h"
#include "kernel/busy.h"
#include "kernel/event/event_private.h"
#include "kernel/identity.h"
#include "kernel/interface.h"
#include "kernel/service.h"

/* NULL, which would be the kernel, is nobody who comes this way. */
static status_t find_caller(owner_t owner, struct domain **caller)
{
    service_expect_stack();
    *caller = domain_of_owner(owner);
    return *caller != NULL ? OK : status_refuse(ERR_DENIED, "it is not known who calls");
}

/* An object of type bool may hold any byte, and compilers take it for 0 or 1. */
static void read_bool(bool *value)
{
    *value = *(const volatile uint8_t *)value != 0;
}

/* The record is copied: who passed it may change it meanwhile. */
static status_t read_wish(procedure_t event, procedure_t handler, procedure_t guard,
                          const struct event_options *options, struct binding_wish *wish)
{
    *wish = (struct binding_wish){.event = event, .handler = handler, .guard = guard};
    if (options == NULL)
        return OK;
    if (memory_read((vaddr_t)options, sizeof *options) == NULL)
        return status_refuse(ERR_BAD_ARGUMENT, "no options at %p", (const void *)options);
    memcpy(&wish->options, options, sizeof *options);
    read_bool(&wish->options.filter);
    read_bool(&wish->options.cancel);
    read_bool(&wish->options.async);
    read_bool(&wish->options.linear);
    return OK;
}

static status_t check_list(binding_t *const list[], size_t n)
{
    if (n == 0)
        return OK;
    if (n > SIZE_MAX / sizeof *list || memory_read((vaddr_t)list, n * sizeof *list) == NULL)
        return status_refuse(ERR_BAD_ARGUMENT, "no list of %u bindings at %p", (unsigned)n,
                             (const void *)list);
    return OK;
}

/* ---- bindings ---- */

static status_t install(struct domain *caller, const struct binding_wish *wish,
                        binding_t *volatile *binding)
{
    *binding = *binding;
    return binding_install(caller, wish, (binding_t **)binding);
}

static status_t create(struct domain *caller, const struct binding_wish *wish,
                       binding_t *volatile *binding)
{
    *binding = *binding;
    return binding_create(caller, wish, (binding_t **)binding);
}

static EVENT status_t identified_event_install(procedure_t event, procedure_t handler,
                                               procedure_t guard,
                                               const struct event_options *options,
                                               binding_t **binding)
{
    BUSY;
    struct domain *caller;
    struct binding_wish wish;
    status_t status = find_caller(identity_calling(), &caller);

    if (status == OK)
        status = read_wish(event, handler, guard, options, &wish);
    return status == OK ? install(caller, &wish, binding) : status;
}

status_t event_install(procedure_t event, procedure_t handler, procedure_t guard,
                       const struct event_options *options, binding_t **binding)
{
    BUSY;
    struct binding_wish wish;
    status_t status = read_wish(event, handler, guard, options, &wish);

    return status == OK ? install(NULL, &wish, binding) : status;
}

static EVENT status_t identified_event_create(procedure_t event, procedure_t handler,
                                              procedure_t guard,
                                              const struct event_options *options,
                                              binding_t **binding)
{
    BUSY;
    struct domain *caller;
    struct binding_wish wish;
    status_t status = find_caller(identity_calling(), &caller);

    if (status == OK)
        status = read_wish(event, handler, guard, options, &wish);
    return status == OK ? create(caller, &wish, binding) : status;
}

status_t event_create(procedure_t event, procedure_t handler, procedure_t guard,
                      const struct event_options *options, binding_t **binding)
{
    BUSY;
    struct binding_wish wish;
    status_t status = read_wish(event, handler, guard, options, &wish);

    return status == OK ? create(NULL, &wish, binding) : status;
}

static EVENT status_t identified_event_uninstall(binding_t *binding)
{
    BUSY;
    struct domain *caller;
    status_t status = find_caller(identity_calling(), &caller);

    return status == OK ? binding_uninstall(caller, binding) : status;
}

status_t event_uninstall(binding_t *binding)
{
    BUSY;
    return binding_uninstall(NULL, binding);
}

static EVENT status_t identified_event_activate(binding_t *binding)
{
    BUSY;
    struct domain *caller;
    status_t status = find_caller(identity_calling(), &caller);

    return status == OK ? binding_activate(caller, binding) : status;
}

status_t event_activate(binding_t *binding)
{
    BUSY;
    return binding_activate(NULL, binding);
}

static EVENT status_t identified_event_destroy(binding_t *binding)
{
    BUSY;
    struct domain *caller;
    status_t status = find_caller(identity_calling(), &caller);

    return status == OK ? binding_destroy(caller, binding) : status;
}

status_t event_destroy(binding_t *binding)
{
    BUSY;
    return binding_destroy(NULL, binding);
}

static status_t intrinsic(struct domain *caller, procedure_t event, binding_t *volatile *binding)
{
    *binding = *binding;
    return binding_intrinsic(caller, event, (binding_t **)binding);
}

static EVENT status_t identified_event_intrinsic(procedure_t event, binding_t **binding)
{
    BUSY;
    struct domain *caller;
    status_t status = find_caller(identity_calling(), &caller);

    return status == OK ? intrinsic(caller, event, binding) : status;
}

status_t event_intrinsic(procedure_t event, binding_t **binding)
{
    BUSY;
    return intrinsic(NULL, event, binding);
}

/* ---- what became of executions ---- */

static EVENT status_t identified_event_counts(binding_t *binding, struct event_counts *counts)
{
    service_expect_stack();
    return event_counts(binding, counts);
}

status_t event_counts(binding_t *binding, struct event_counts *counts)
{
    struct event_counts found;
    status_t status = binding_counts(binding, &found);

    if (status == OK)
        *counts = found;
    return status;
}

static EVENT status_t identified_event_drain(binding_t *binding)
{
    return event_drain(binding);
}

status_t event_drain(binding_t *binding)
{
    return binding_drain(binding);
}

/* ---- exchanging ---- */

static status_t swap(struct domain *caller, binding_t *const remove[], size_t n_remove,
                     binding_t *const add[], size_t n_add)
{
    status_t status = check_list(remove, n_remove);

    if (status == OK)
        status = check_list(add, n_add);
    return status == OK ? binding_swap(caller, remove, n_remove, add, n_add) : status;
}

static EVENT status_t identified_event_swap(binding_t *const remove[], size_t n_remove,
                                            binding_t *const add[], size_t n_add)
{
    BUSY;
    struct domain *caller;
    status_t status = find_caller(identity_calling(), &caller);

    return status == OK ? swap(caller, remove, n_remove, add, n_add) : status;
}

status_t event_swap(binding_t *const remove[], size_t n_remove, binding_t *const add[],
                    size_t n_add)
{
    BUSY;
    return swap(NULL, remove, n_remove, add, n_add);
}

/* ---- imposed guards ---- */

static EVENT status_t identified_event_impose(binding_t *binding, procedure_t guard,
                                              void *guard_closure, procedure_t post,
                                              void *post_closure)
{
    BUSY;
    struct domain *caller;
    status_t status = find_caller(identity_calling(), &caller);
    const struct impose_wish wish = {guard, post, guard_closure, post_closure};

    return status == OK ? binding_impose(caller, binding, &wish) : status;
}

status_t event_impose(binding_t *binding, procedure_t guard, void *guard_closure, procedure_t post,
                      void *post_closure)
{
    BUSY;
    struct impose_wish wish = {guard, post, guard_closure, post_closure};

    return binding_impose(NULL, binding, &wish);
}

static EVENT status_t identified_event_impose_guard(binding_t *binding, procedure_t guard,
                                                    void *closure)
{
    BUSY;
    struct domain *caller;
    status_t status = find_caller(identity_calling(), &caller);
    const struct impose_wish wish = {.guard = guard, .guard_closure = closure};

    return status == OK ? binding_impose(caller, binding, &wish) : status;
}

status_t event_impose_guard(binding_t *binding, procedure_t guard, void *closure)
{
    BUSY;
    struct impose_wish wish = {.guard = guard, .guard_closure = closure};

    return binding_impose(NULL, binding, &wish);
}

static EVENT status_t identified_event_lift_guard(binding_t *binding, procedure_t guard,
                                                  void *closure)
{
    BUSY;
    struct domain *caller;
    status_t status = find_caller(identity_calling(), &caller);

    return status == OK ? binding_lift_guard(caller, binding, guard, closure) : status;
}

status_t event_lift_guard(binding_t *binding, procedure_t guard, void *closure)
{
    BUSY;
    return binding_lift_guard(NULL, binding, guard, closure);
}

/* ---- decisions ---- */

static EVENT status_t identified_event_set_authorizer(procedure_t event,
                                                      event_authorizer_t *authorizer)
{
    BUSY;
    struct domain *caller;
    status_t status = find_caller(identity_calling(), &caller);

    return status == OK ? authority_set_authorizer(caller, event, authorizer) : status;
}

status_t event_set_authorizer(procedure_t event, event_authorizer_t *authorizer)
{
    BUSY;
    return authority_set_authorizer(NULL, event, authorizer);
}

static EVENT status_t identified_event_set_default_handler(procedure_t event, procedure_t handler,
                                                           void *closure)
{
    BUSY;
    struct domain *caller;
    status_t status = find_caller(identity_calling(), &caller);

    return status == OK ? authority_set_default_handler(caller, event, handler, closure) : status;
}

status_t event_set_default_handler(procedure_t event, procedure_t handler, void *closure)
{
    BUSY;
    return authority_set_default_handler(NULL, event, handler, closure);
}

static EVENT status_t identified_event_set_default_result(procedure_t event, const void *variable)
{
    BUSY;
    struct domain *caller;
    status_t status = find_caller(identity_calling(), &caller);

    return status == OK ? authority_set_default_result(caller, event, variable) : status;
}

status_t event_set_default_result(procedure_t event, const void *variable)
{
    BUSY;
    return authority_set_default_result(NULL, event, variable);
}

static EVENT status_t identified_event_set_result_handler(procedure_t event, procedure_t handler,
                                                          void *closure)
{
    BUSY;
    struct domain *caller;
    status_t status = find_caller(identity_calling(), &caller);

    return status == OK ? authority_set_result_handler(caller, event, handler, closure) : status;
}

status_t event_set_result_handler(procedure_t event, procedure_t handler, void *closure)
{
    BUSY;
    return authority_set_result_handler(NULL, event, handler, closure);
}

/* ---- listing ---- */

static EVENT status_t identified_event_bindings(procedure_t event,
                                                void (*each)(const struct event_binding *binding,
                                                             void *closure),
                                                void *closure)
{
    BUSY;
    struct domain *caller;
    status_t status = find_caller(identity_calling(), &caller);

    return status == OK ? listing_each(caller, event, each, closure) : status;
}

status_t event_bindings(procedure_t event,
                        void (*each)(const struct event_binding *binding, void *closure),
                        void *closure)
{
    BUSY;
    return listing_each(NULL, event, each, closure);
}

IDENTIFIED_INTERFACE(Event, event_install, event_create, event_uninstall, event_activate,
                     event_destroy, event_intrinsic, event_swap, event_impose_guard, event_impose,
                     event_lift_guard, event_set_authorizer, event_set_default_handler,
                     event_set_default_result, event_set_result_handler, event_bindings,
                     event_counts, event_drain);
