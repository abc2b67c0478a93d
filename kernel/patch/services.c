/*
 * The private interface Patch: it knows who calls, says no to what it does not know, and lets the kernel do the same
 * under the same names.
 */
#include <string.h>

#include "domains/domain.h"
#include "kernel/busy.h"
#include "kernel/identity.h"
#include "kernel/interface.h"
#include "kernel/patch/patch_private.h"
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

static status_t read_wish(const void *site, const struct patch_options *options,
                          struct patch_wish *wish)
{
    *wish = (struct patch_wish){.site = site};
    if (options == NULL)
        return OK;
    if (memory_read((vaddr_t)options, sizeof *options) == NULL)
        return status_refuse(ERR_BAD_ARGUMENT, "no options at %p", (const void *)options);
    memcpy(&wish->options, options, sizeof *options);
    read_bool(&wish->options.registers);
    read_bool(&wish->options.change);
    read_bool(&wish->options.taken);
    read_bool(&wish->options.first);
    return OK;
}

/* ---- inserting ---- */

static status_t insert(struct domain *caller, const void *site, procedure_t handler, void *closure,
                       const struct patch_options *options, patch_t *volatile *patch)
{
    struct patch_wish wish;
    status_t status = read_wish(site, options, &wish);

    *patch = *patch;
    return status == OK ? patching_insert(caller, &wish, handler, closure, (patch_t **)patch)
                        : status;
}

static EVENT status_t identified_patch_insert(const void *site, procedure_t handler, void *closure,
                                              const struct patch_options *options, patch_t **patch)
{
    BUSY;
    struct domain *caller;
    status_t status = find_caller(identity_calling(), &caller);

    return status == OK ? insert(caller, site, handler, closure, options, patch) : status;
}

status_t patch_insert(const void *site, procedure_t handler, void *closure,
                      const struct patch_options *options, patch_t **patch)
{
    BUSY;
    return insert(NULL, site, handler, closure, options, patch);
}

static status_t insert_code(struct domain *caller, const void *site, const uint32_t words[],
                            size_t n, const struct patch_options *options, patch_t *volatile *patch)
{
    struct patch_wish wish;
    status_t status = read_wish(site, options, &wish);

    *patch = *patch;
    return status == OK ? patching_insert_code(caller, &wish, words, n, (patch_t **)patch) : status;
}

static EVENT status_t identified_patch_insert_code(const void *site, const uint32_t words[],
                                                   size_t n, const struct patch_options *options,
                                                   patch_t **patch)
{
    BUSY;
    struct domain *caller;
    status_t status = find_caller(identity_calling(), &caller);

    return status == OK ? insert_code(caller, site, words, n, options, patch) : status;
}

status_t patch_insert_code(const void *site, const uint32_t words[], size_t n,
                           const struct patch_options *options, patch_t **patch)
{
    BUSY;
    return insert_code(NULL, site, words, n, options, patch);
}

static status_t count(struct domain *caller, const void *site, const struct patch_options *options,
                      patch_t *volatile *patch)
{
    struct patch_wish wish;
    status_t status = read_wish(site, options, &wish);

    *patch = *patch;
    return status == OK ? patching_count(caller, &wish, (patch_t **)patch) : status;
}

static EVENT status_t identified_patch_count(const void *site, const struct patch_options *options,
                                             patch_t **patch)
{
    BUSY;
    struct domain *caller;
    status_t status = find_caller(identity_calling(), &caller);

    return status == OK ? count(caller, site, options, patch) : status;
}

status_t patch_count(const void *site, const struct patch_options *options, patch_t **patch)
{
    BUSY;
    return count(NULL, site, options, patch);
}

static status_t raise(struct domain *caller, const void *site, procedure_t event,
                      const struct patch_options *options, patch_t *volatile *patch)
{
    struct patch_wish wish;
    status_t status = read_wish(site, options, &wish);

    *patch = *patch;
    return status == OK ? patching_raise(caller, &wish, event, (patch_t **)patch) : status;
}

static EVENT status_t identified_patch_raise(const void *site, procedure_t event,
                                             const struct patch_options *options, patch_t **patch)
{
    BUSY;
    struct domain *caller;
    status_t status = find_caller(identity_calling(), &caller);

    return status == OK ? raise(caller, site, event, options, patch) : status;
}

status_t patch_raise(const void *site, procedure_t event, const struct patch_options *options,
                     patch_t **patch)
{
    BUSY;
    return raise(NULL, site, event, options, patch);
}

static status_t replace(struct domain *caller, procedure_t procedure, procedure_t replacement,
                        patch_t *volatile *patch)
{
    *patch = *patch;
    return patching_replace(caller, procedure, replacement, (patch_t **)patch);
}

static EVENT status_t identified_patch_replace(procedure_t procedure, procedure_t replacement,
                                               patch_t **patch)
{
    BUSY;
    struct domain *caller;
    status_t status = find_caller(identity_calling(), &caller);

    return status == OK ? replace(caller, procedure, replacement, patch) : status;
}

status_t patch_replace(procedure_t procedure, procedure_t replacement, patch_t **patch)
{
    BUSY;
    return replace(NULL, procedure, replacement, patch);
}

IDENTIFIED_PRIVATE_INTERFACE(Patch, patch_insert, patch_insert_code, patch_count, patch_raise,
                             patch_replace);
PRIVATE_INTERFACE(Patch, patch_counted, patch_original, patch_remove);
