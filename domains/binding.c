/*
 * Binding imports of one domain to definitions of another, and undoing it: first all
 * definitions are found and their types checked, then all places are written. What
 * fails after the first write is undone, and undoing cannot fail.
 */
#include <string.h>

#include "domains/domain_internal.h"
#include "domains/image/admission.h"
#include "domains/image/image_types.h"
#include "domains/types.h"

static uint32_t generation;

/* ---- who uses whom ---- */

static void count(struct domain *target, struct import *import, int by)
{
    if (import->source != target)
        import->source->n_users += (uint32_t)by;
    if (import->definer != target && import->definer != import->source)
        import->definer->n_users += (uint32_t)by;
}

bool domain_depends_on(const struct domain *domain, const struct domain *source)
{
    for (size_t i = 0; i < domain->image.n_imports; i++) {
        const struct import *import = &domain->image.imports[i];

        if (import->state == IMPORT_BOUND &&
            (import->source == source || import->definer == source))
            return true;
    }
    for (size_t i = 0; i < domain->view.n_members; i++)
        if (domain->view.members[i] == source)
            return true;
    for (size_t i = 0; i < domain->view.n_definitions; i++)
        if (domain->view.definitions[i].definer == source)
            return true;
    return false;
}

void binding_forget(struct domain *domain)
{
    generation++;
    for (size_t i = 0; i < domain->image.n_imports; i++) {
        struct import *import = &domain->image.imports[i];

        if (import->state != IMPORT_BOUND)
            continue;
        count(domain, import, -1);
        import->state = IMPORT_UNBOUND;
    }
}

uint32_t domain_bindings(void)
{
    return generation;
}

void binding_shorten(struct domain *domain)
{
    for (size_t i = 0; i < domain->image.n_imports; i++) {
        struct import *import = &domain->image.imports[i];

        if (import->state != IMPORT_BOUND)
            continue;
        count(domain, import, -1);
        import->source = import->definer;
        count(domain, import, 1);
    }
}

/* ---- checks ---- */

static bool is_going(enum domain_state state)
{
    return state == DOMAIN_ENDING || state == DOMAIN_LEAVING || state == DOMAIN_QUARANTINED;
}

/* What goes with its maker must not get users while that says goodbye. */
status_t domain_check_source(const struct domain *source)
{
    enum domain_state state = source->state;

    if (source->maker != NULL && is_going(source->maker->state))
        state = source->maker->state;
    if (source->quarantined)
        state = DOMAIN_QUARANTINED;
    if (is_going(state) || state == DOMAIN_FAILED)
        return status_refuse(ERR_STATE, "%s is %s", source->name, domain_state_name(state));
    return OK;
}

status_t domain_check_stays(const struct domain *domain)
{
    if (domain == NULL || (domain->state != DOMAIN_LEAVING && !domain->quarantined))
        return OK;
    return status_refuse(ERR_STATE, "%s is %s", domain->name,
                         domain->quarantined ? "quarantined" : "leaving");
}

static status_t check_target(const struct domain *target)
{
    if (target->state != DOMAIN_CREATED && target->state != DOMAIN_INITIALIZED)
        return status_refuse(ERR_STATE, "%s is %s", target->name, domain_state_name(target->state));
    return OK;
}

/* ---- bind ---- */

static void forget_choices(struct domain *target)
{
    for (size_t i = 0; i < target->image.n_imports; i++)
        if (target->image.imports[i].state == IMPORT_CHOSEN)
            target->image.imports[i].state = IMPORT_UNBOUND;
}

static status_t check_type(struct domain *target, const struct import *import)
{
    const struct btf *definer_btf = domain_types(import->definer);
    struct types_binding binding = {
        .import = import,
        .symbol = import->symbol,
        .definer_btf = definer_btf,
        .definer = import->definer->name,
        .lenient = target->lenient,
    };

    if (image_types_wake(&target->image) != OK ||
        (definer_btf == NULL &&
         (import->definer->types != NULL || import->definer->image.types != NULL)))
        return status_refuse(ERR_NO_MEMORY, "no memory to read the types of %s and %s",
                             target->name, import->definer->name);
    binding.btf = target->image.btf;
    return types_check(&binding);
}

static status_t choose(struct domain *source, struct domain *target)
{
    for (size_t i = 0; i < target->image.n_imports; i++) {
        struct import *import = &target->image.imports[i];
        struct definition definition;
        status_t status;

        if (import->state != IMPORT_UNBOUND ||
            !domain_definition(source, import->name, import->hash, &definition))
            continue;
        import->source = source;
        import->definer = definition.definer;
        import->symbol = definition.symbol;
        import->state = IMPORT_CHOSEN;
        status = domain_check_source(import->definer);
        if (status == OK && !target->privileged && import->symbol->value >= ADMITTED_MAX)
            status = admission_check_value(&target->image, import, import->symbol->value);
        if (status == OK)
            status = check_type(target, import);
        if (status != OK)
            return status;
    }
    return OK;
}

/* Those that were bound by this operation, and the one that failed. */
static void take_back(struct domain *target)
{
    for (size_t i = 0; i < target->image.n_imports; i++) {
        struct import *import = &target->image.imports[i];

        if (import->state != IMPORT_FRESH)
            continue;
        image_unbind(&target->image, import);
        import->state = IMPORT_UNBOUND;
    }
    forget_choices(target);
}

static void keep(struct domain *target)
{
    generation++;
    for (size_t i = 0; i < target->image.n_imports; i++) {
        struct import *import = &target->image.imports[i];

        if (import->state != IMPORT_FRESH)
            continue;
        import->state = IMPORT_BOUND;
        count(target, import, 1);
    }
}

static status_t write(struct domain *target)
{
    for (size_t i = 0; i < target->image.n_imports; i++) {
        struct import *import = &target->image.imports[i];
        status_t status;

        if (import->state != IMPORT_CHOSEN)
            continue;
        import->state = IMPORT_FRESH;
        status = image_bind(&target->image, import, import->symbol);
        if (status != OK)
            return status;
    }
    return OK;
}

/* Calls of what was bound by this operation go where others' calls of it go. */
static void lead_calls(struct domain *target)
{
    for (size_t i = 0; i < target->image.n_imports; i++) {
        const struct import *import = &target->image.imports[i];
        vaddr_t to;

        if (import->state != IMPORT_FRESH)
            continue;
        to = procedure_calls_go_to(import->symbol->value);
        if (to != import->symbol->value)
            image_lead_calls(&target->image, import, to);
    }
}

/* Of all who were asked; only a domain that does not run yet is likely to be asked again at once. */
static void rest(struct domain *target)
{
    for (size_t i = 0; i < target->image.n_imports; i++) {
        const struct import *import = &target->image.imports[i];

        if (import->state == IMPORT_CHOSEN || import->state == IMPORT_FRESH)
            domain_rest(import->definer);
    }
    domain_rest(target);
}

status_t domain_bind(struct domain *source, struct domain *target)
{
    status_t status = check_target(target);

    if (status == OK)
        status = domain_check_source(source);
    if (status != OK)
        return status;
    status = choose(source, target);
    if (status == OK)
        status = write(target);
    rest(target);
    if (status == OK) {
        if (n_procedures_led != 0)
            lead_calls(target);
        keep(target);
        if (target->image.sealed)
            domain_code_changed(target);
        return OK;
    }
    take_back(target);
    return status_context(status, target->name);
}

/* ---- unbind ---- */

/* From it, or through it, or through what it made: all that keeps it from being ended. */
static bool uses(const struct import *import, const struct domain *source)
{
    return import->source == source || import->definer == source || import->source->maker == source;
}

status_t domain_unbind(struct domain *source, struct domain *target)
{
    status_t status = check_target(target);

    if (status != OK)
        return status;
    for (size_t i = 0; i < target->image.n_imports; i++) {
        struct import *import = &target->image.imports[i];

        if (import->state != IMPORT_BOUND || !uses(import, source))
            continue;
        image_unbind(&target->image, import);
        count(target, import, -1);
        import->state = IMPORT_UNBOUND;
        generation++;
    }
    if (target->image.sealed)
        domain_code_changed(target);
    return OK;
}

/* ---- weak imports ---- */

static void unsettle(struct domain *domain, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (domain->image.imports[i].state == IMPORT_UNBOUND)
            image_unbind(&domain->image, &domain->image.imports[i]);
}

status_t binding_settle_weak(struct domain *domain)
{
    for (size_t i = 0; i < domain->image.n_imports; i++) {
        struct import *import = &domain->image.imports[i];
        status_t status;

        if (import->state != IMPORT_UNBOUND)
            continue;
        status = image_bind_nothing(&domain->image, import);
        if (status != OK) {
            unsettle(domain, i + 1);
            return status;
        }
    }
    return OK;
}

void binding_unsettle_weak(struct domain *domain)
{
    unsettle(domain, domain->image.n_imports);
}
