/* What is asked for, from wishes to patches; see <whorl/patch.h>. */
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/patch/patch_check.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/mmu.h"
#include "domains/domain.h"
#include "domains/object/btf.h"
#include "kernel/busy.h"
#include "kernel/event/event.h"
#include "kernel/patch/patch_private.h"

/* ---- what all have in common ---- */

static status_t begin(struct domain *caller, enum patch_kind kind, const struct patch_wish *wish,
                      struct patch **patch)
{
    status_t status = domain_check_stays(caller);

    if (status == OK)
        status = patching_begin();
    if (status != OK)
        return status;
    status = patch_make(kind, caller, patch);
    if (status != OK)
        return patching_end(status);
    (*patch)->near = (vaddr_t)wish->options.near;
    (*patch)->action.taken = wish->options.taken;
    return OK;
}

static status_t finish(struct patch *patch, const struct patch_wish *wish, status_t status,
                       patch_t **capability)
{
    if (status == OK)
        status = change_insert(patch, (vaddr_t)wish->site, wish->options.first);
    if (status == OK)
        *capability = patch->capability;
    else
        patch_end(patch);
    return patching_end(status);
}

/* ---- handlers and events ---- */

status_t patching_insert(struct domain *caller, const struct patch_wish *wish, procedure_t handler,
                         void *closure, patch_t **capability)
{
    struct patch *patch;
    status_t status = begin(caller, PATCH_HANDLER, wish, &patch);

    if (status != OK)
        return status;
    patch->action.closure = (uint32_t)closure;
    status = handler_take(caller, (vaddr_t)handler, true, &wish->options, patch);
    return finish(patch, wish, status, capability);
}

status_t patching_raise(struct domain *caller, const struct patch_wish *wish, procedure_t event,
                        patch_t **capability)
{
    struct patch *patch;
    status_t status = begin(caller, PATCH_RAISE, wish, &patch);

    if (status != OK)
        return status;
    status = handler_take(caller, (vaddr_t)event, false, &wish->options, patch);
    return finish(patch, wish, status, capability);
}

/* ---- counts ---- */

status_t patching_count(struct domain *caller, const struct patch_wish *wish, patch_t **capability)
{
    struct patch *patch;
    status_t status = begin(caller, PATCH_COUNT, wish, &patch);

    if (status != OK)
        return status;
    patch->action.kind = ACTION_COUNT;
    patch->action.counter = (uint32_t)patch->counter;
    return finish(patch, wish, OK, capability);
}

/* A word at a time, while it may be counting. */
uint64_t patch_read_count(const struct patch *patch)
{
    const volatile uint32_t *counter = patch->counter;
    uint32_t high, low;

    do {
        high = counter[0];
        low = counter[1];
    } while (counter[0] != high);
    return (uint64_t)high << 32 | low;
}

status_t patch_counted(const patch_t *capability, uint64_t *count)
{
    BUSY;
    struct patch *patch;
    status_t status = patch_of(capability, &patch);

    if (status == OK && patch->kind != PATCH_COUNT)
        status = status_refuse(ERR_BAD_ARGUMENT, "patch %u does not count", patch->number);
    if (status == OK)
        *count = patch_read_count(patch);
    return status;
}

/* ---- machine code ---- */

static bool leads(void *context, uint32_t target)
{
    (void)context;
    return target % 4 == 0 && vaddr_is_code(target) && mmu_readable(target, 4);
}

static status_t copy_words(struct patch *patch, const uint32_t words[], size_t n)
{
    if (n == 0 || n > PATCH_CODE_MAX)
        return status_refuse(ERR_RANGE, "%u words of code: it must be 1 to %u", (unsigned)n,
                             PATCH_CODE_MAX);
    if ((vaddr_t)words % 4 != 0 || memory_read((vaddr_t)words, n * sizeof *words) == NULL)
        return status_refuse(ERR_BAD_ARGUMENT, "no %u words of code at %p", (unsigned)n,
                             (const void *)words);
    patch->words = malloc(n * sizeof *words);
    if (patch->words == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for %u words of code", (unsigned)n);
    memcpy(patch->words, words, n * sizeof *words);
    if (vaddr_is_code((vaddr_t)words))
        code_words_original((vaddr_t)words, patch->words, n);
    return OK;
}

static status_t take_code(struct domain *caller, const struct patch_wish *wish,
                          const uint32_t words[], size_t n, struct patch *patch)
{
    const struct patch_check_terms terms = {.origin = (vaddr_t)words,
                                            .privileged = caller == NULL || caller->privileged,
                                            .is_code = vaddr_is_code((vaddr_t)words),
                                            .changes = wish->options.change,
                                            .leads = leads};
    struct domain *host;
    const struct symbol *symbol;
    status_t status = copy_words(patch, words, n);

    if (status != OK)
        return status;
    if (domain_at((vaddr_t)words, &host, &symbol))
        patch->host = host;
    patch->action.kind = ACTION_CODE;
    patch->action.words = patch->words;
    patch->action.n = n;
    patch->action.origin = (vaddr_t)words;
    patch->action.changes = wish->options.change;
    return patch_check(patch->words, n, &terms, &patch->action.clobbers);
}

status_t patching_insert_code(struct domain *caller, const struct patch_wish *wish,
                              const uint32_t words[], size_t n, patch_t **capability)
{
    struct patch *patch;
    status_t status = begin(caller, PATCH_CODE, wish, &patch);

    if (status != OK)
        return status;
    status = take_code(caller, wish, words, n, patch);
    return finish(patch, wish, status, capability);
}

status_t patch_insert_code_for(struct domain *domain, const void *site, const uint32_t words[],
                               size_t n, const struct patch_options *options, patch_t **patch)
{
    const struct patch_wish wish = {site, *options};

    return patching_insert_code(domain, &wish, words, n, patch);
}

/* ---- replacements ---- */

static status_t check_same_type(const struct procedure_type *procedure,
                                const struct procedure_type *replacement)
{
    char difference[BTF_DIFFERENCE_MAX], one[160], other[160];

    if (btf_compatible(procedure->type, replacement->type, difference) == OK)
        return OK;
    btf_print(procedure->type, one, sizeof one);
    btf_print(replacement->type, other, sizeof other);
    return status_refuse(ERR_TYPE, "%s is %s, and %s is %s%s%s", procedure->name, one,
                         replacement->name, other, difference[0] != 0 ? ": " : "", difference);
}

static status_t take_replacement(struct domain *caller, procedure_t procedure,
                                 procedure_t replacement, struct patch_wish *wish,
                                 struct patch *patch)
{
    struct procedure_type old, new;
    status_t status = prototype_of((vaddr_t)procedure, false, &old);

    if (status == OK)
        status = prototype_of((vaddr_t)replacement, false, &new);
    if (status == OK)
        status = event_check_runs(&new);
    if (status != OK)
        return status;
    if (!event_is_linked(caller, &new))
        return status_refuse(ERR_DENIED, "%s is not linked with %s", event_owner_name(caller),
                             new.name);
    if (event_is_identified(new.address) != event_is_identified(old.address))
        return status_refuse(ERR_UNSUPPORTED, "one of %s and %s must know who calls it", old.name,
                             new.name);
    if (new.address == old.address)
        return status_refuse(ERR_BAD_ARGUMENT, "%s cannot replace itself", old.name);
    patch->host = new.domain;
    patch->action.procedure = new.address;
    wish->site = (const void *)old.address;
    return check_same_type(&old, &new);
}

status_t patching_replace(struct domain *caller, procedure_t procedure, procedure_t replacement,
                          patch_t **capability)
{
    struct patch_wish wish = {.site = (const void *)procedure};
    struct patch *patch;
    status_t status = begin(caller, PATCH_REPLACE, &wish, &patch);

    if (status != OK)
        return status;
    status = take_replacement(caller, procedure, replacement, &wish, patch);
    return finish(patch, &wish, status, capability);
}

status_t patch_original(const patch_t *capability, procedure_t *original)
{
    BUSY;
    struct patch *patch;
    status_t status = patch_of(capability, &patch);

    if (status == OK && patch->kind != PATCH_REPLACE)
        status = status_refuse(ERR_BAD_ARGUMENT, "patch %u replaces nothing", patch->number);
    if (status == OK)
        *original = (procedure_t)patch->original->lead.at;
    return status;
}

/* ---- removing ---- */

status_t patch_remove(patch_t *capability)
{
    BUSY;
    struct patch *patch;
    status_t status = capability == NULL ? OK : patching_begin();

    if (status != OK || capability == NULL)
        return status;
    status = patch_of(capability, &patch);
    if (status == OK)
        change_remove(patch, false);
    return patching_end(status);
}

status_t patch_insert_kernel(vaddr_t site, patch_registers_handler_t *handler, void *closure,
                             const struct patch_options *options, patch_t **capability)
{
    struct patch_wish wish = {.site = (const void *)site};
    struct patch *patch;
    status_t status;

    if (options != NULL)
        wish.options = *options;
    wish.options.registers = true;
    status = begin(NULL, PATCH_HANDLER, &wish, &patch);
    if (status != OK)
        return status;
    patch->action.closure = (uint32_t)closure;
    handler_use((vaddr_t)handler, true, &wish.options, patch);
    return finish(patch, &wish, OK, capability);
}

void patch_on_loss(patch_t *capability, void (*lost)(void *closure), void *closure)
{
    struct patch *patch;

    if (patch_of(capability, &patch) != OK)
        return;
    patch->lost = lost;
    patch->lost_closure = closure;
}
