/* What is called from a site: whether it may be, and how. */
#include <stdio.h>
#include <string.h>

#include "domains/object/btf_value.h"
#include "kernel/event/event.h"
#include "kernel/patch/patch_private.h"

#define TEXT_MAX 160

/* What a parameter is to be. */
enum role { ROLE_CLOSURE, ROLE_SITE, ROLE_REGISTERS };

static const char *const role_names[] = {"a closure, which is a pointer", "the site, 32 bits",
                                         "registers, struct patch_registers *"};

static bool is_word(struct btf_type type)
{
    struct btf_value value = btf_value_of(type);

    return value.class == BTF_CLASS_POINTER ||
           (value.class == BTF_CLASS_INTEGER && value.size == 4);
}

/* Without `change` the handler must not be able to change them; with it, it need not. */
static bool is_registers(struct btf_type type, bool change)
{
    char text[TEXT_MAX];

    btf_print(type, text, sizeof text);
    return strcmp(text, "const struct patch_registers *") == 0 ||
           strcmp(text, "const void *") == 0 ||
           (change &&
            (strcmp(text, "struct patch_registers *") == 0 || strcmp(text, "void *") == 0));
}

static bool fits(struct btf_type type, enum role role, bool change)
{
    switch (role) {
    case ROLE_CLOSURE:
        return btf_value_of(type).class == BTF_CLASS_POINTER;
    case ROLE_SITE:
        return is_word(type);
    default:
        return is_registers(type, change);
    }
}

static status_t refuse(const struct procedure_type *handler, bool closure,
                       const struct patch_options *options, const char *why)
{
    char text[TEXT_MAX];

    btf_print(handler->type, text, sizeof text);
    return status_refuse(ERR_TYPE, "%s is %s, and should be void(%suint32_t%s): %s", handler->name,
                         text, closure ? "void *, " : "",
                         options->change      ? ", struct patch_registers *"
                         : options->registers ? ", const struct patch_registers *"
                                              : "",
                         why);
}

static status_t check_type(const struct procedure_type *handler, bool closure,
                           const struct patch_options *options)
{
    unsigned n = btf_n_parameters(handler->type), first = closure ? ROLE_CLOSURE : ROLE_SITE;
    unsigned end = options->registers || options->change ? ROLE_REGISTERS + 1 : ROLE_SITE + 1;
    char why[TEXT_MAX];

    if (btf_is_variadic(handler->type))
        return refuse(handler, closure, options, "it takes a variable number of arguments");
    if (btf_value_of(btf_result_type(handler->type)).class != BTF_CLASS_NONE)
        return refuse(handler, closure, options, "it returns something");
    if (n > end - first)
        return refuse(handler, closure, options, "it has too many parameters");
    for (unsigned i = 0; i < n; i++) {
        if (fits(btf_parameter_type(handler->type, i), (enum role)(first + i), options->change))
            continue;
        snprintf(why, sizeof why, "parameter %u is not %s", i + 1, role_names[first + i]);
        return refuse(handler, closure, options, why);
    }
    return OK;
}

static status_t check_access(const struct domain *caller, const struct procedure_type *procedure)
{
    status_t status = event_check_runs(procedure);

    if (status != OK)
        return status;
    if (!event_is_linked(caller, procedure))
        return status_refuse(ERR_DENIED, "%s is not linked with %s", event_owner_name(caller),
                             procedure->name);
    if (event_is_identified(procedure->address))
        return status_refuse(ERR_UNSUPPORTED, "%s must know who calls it", procedure->name);
    return OK;
}

static void rely(struct patch *patch)
{
    struct summary abi;

    site_clobbers(patch->action.procedure, &patch->action.clobbers, &patch->relies);
    if (patch->relies && patch->kind == PATCH_RAISE) {
        summary_abi(&abi);
        patch->action.clobbers = abi.touches;
        patch->relies = false;
    }
    if (!patch->relies)
        return;
    patch->next_relying = patches_relying;
    patches_relying = patch;
}

void handler_use(vaddr_t procedure, bool closure, const struct patch_options *options,
                 struct patch *patch)
{
    patch->action.kind = ACTION_CALL;
    patch->action.procedure = procedure;
    patch->action.has_closure = closure;
    patch->action.contained = patch->host != NULL;
    patch->action.registers = options->change      ? ACTION_CHANGES_REGISTERS
                              : options->registers ? ACTION_READS_REGISTERS
                                                   : ACTION_NO_REGISTERS;
    rely(patch);
}

status_t handler_take(struct domain *caller, vaddr_t procedure, bool closure,
                      const struct patch_options *options, struct patch *patch)
{
    struct procedure_type handler;
    status_t status = prototype_of(procedure, false, &handler);

    if (status == OK)
        status = check_access(caller, &handler);
    if (status == OK)
        status = check_type(&handler, closure, options);
    if (status != OK)
        return status;
    patch->host = handler.domain;
    handler_use(handler.address, closure, options, patch);
    return OK;
}
