/* See loader.h. */
#include "domains/loader.h"

#include <string.h>

#include "domains/object/bytes.h"
#include "domains/nameserver.h"

struct group {
    struct domain *domains[LOADER_GROUP_MAX];
    size_t n;
};

/* ---- what a domain exports ---- */

/* The string at an address of the domain's own; NULL if there is none. */
static const char *own_string(const struct domain *domain, vaddr_t address)
{
    const struct image_memory *m = &domain->image.memory;
    const struct segment *const segments[] = {&m->text, &m->rodata, &m->data};

    for (size_t i = 0; i < sizeof segments / sizeof segments[0]; i++) {
        size_t offset = address - segments[i]->address;

        if (offset < segments[i]->size &&
            memchr(segments[i]->bytes + offset, 0, segments[i]->size - offset) != NULL)
            return (const char *)segments[i]->bytes + offset;
    }
    return NULL;
}

/* Of the i-th EXPORT_INTERFACE; false behind the last. path may come back NULL. */
static bool export_at(const struct domain *domain, uint32_t i, const char **path, vaddr_t *unit)
{
    const struct array *exports = &domain->image.exports;
    const uint8_t *entry;

    if (i >= exports->count / 2)
        return false;
    entry = image_bytes(&domain->image, exports->address + i * 8);
    *path = own_string(domain, get32(entry));
    *unit = get32(entry + 4);
    return true;
}

static status_t export(struct domain *domain, const char *path, vaddr_t unit)
{
    static const struct name_terms everyone;
    struct domain *interface;
    status_t status;

    if (path == NULL)
        return status_refuse(ERR_BAD_OBJECT,
                             "section .whorl_exports is not as EXPORT_INTERFACE makes it");
    status = domain_make_interface(domain, unit, &interface);
    return status == OK ? name_register(path, interface, domain, &everyone) : status;
}

static status_t export_all(struct domain *domain)
{
    const char *path;
    vaddr_t unit;

    for (uint32_t i = 0; export_at(domain, i, &path, &unit); i++) {
        status_t status = export(domain, path, unit);

        if (status != OK)
            return status_context(status, domain->name);
    }
    return OK;
}

/* ---- what it imports ---- */

static bool will_export(const struct domain *domain, const char *name)
{
    const char *path;
    vaddr_t unit;

    for (uint32_t i = 0; export_at(domain, i, &path, &unit); i++)
        if (path != NULL && strcmp(path, name) == 0)
            return true;
    return false;
}

/* Members of a group import from each other in any case. */
static bool is_member(const struct group *group, const char *name)
{
    for (size_t i = 0; i < group->n; i++)
        if (strcmp(group->domains[i]->name, name) == 0 || will_export(group->domains[i], name))
            return true;
    return false;
}

static status_t resolve_named(const char *name, struct domain *target)
{
    struct domain *source;
    status_t status = name_query(name, target, &source);

    if (status == ERR_DENIED)
        return status_refuse(status, "%s imports from domain %s, which it may not have",
                             target->name, name);
    if (status != OK)
        return status_refuse(status, "%s imports from domain %s, which is not there", target->name,
                             name);
    return domain_bind(source, target);
}

static status_t resolve_required(const struct group *group, struct domain *target)
{
    const char *name = target->image.required;
    const char *end = name + target->image.required_size;
    status_t status = resolve_named("SpinPublic", target);

    for (; status == OK && name < end; name += strlen(name) + 1)
        if (*name != 0 && !is_member(group, name))
            status = resolve_named(name, target);
    return status;
}

/* ---- what it imports without saying from whom ---- */

/* Nobody is asked, for nobody wants the whole of it. */
static bool is_open(const struct name *name, const struct domain *target)
{
    return name->registrar != NULL && name->authorizer == 0 &&
           (!name->privileged || target->privileged);
}

/* The first name whose domain defines an import; NULL if there is none. Two definitions are one too many. */
static status_t find_open(const struct domain *target, const struct import *import,
                          const struct name **source)
{
    struct definition definition;
    const struct name *name;
    vaddr_t value = 0;

    *source = NULL;
    for (size_t i = 0; (name = name_at(i)) != NULL; i++) {
        if (!is_open(name, target) ||
            !domain_definition(name->domain, import->name, import->hash, &definition))
            continue;
        if (*source == NULL) {
            *source = name;
            value = definition.symbol->value;
        } else if (definition.symbol->value != value) {
            return status_refuse(ERR_EXISTS,
                                 "%s: %s and %s both have %s; its section .whorl.import has to "
                                 "say which it is",
                                 target->name, (*source)->name, name->name, import->name);
        }
    }
    return OK;
}

/* With `bind`, of what is found; without, only asks whether it could be. */
static status_t resolve_open(struct domain *target, bool bind)
{
    for (size_t i = 0; i < target->image.n_imports; i++) {
        const struct name *source;
        status_t status = OK;

        if (target->image.imports[i].state == IMPORT_BOUND)
            continue;
        status = find_open(target, &target->image.imports[i], &source);
        if (status == OK && bind && source != NULL)
            status = domain_bind(source->domain, target);
        if (status != OK)
            return status;
    }
    return OK;
}

/* The kernel's own names come first. */
static status_t resolve_anywhere(struct domain *target)
{
    status_t status = OK;

    if (target->privileged)
        status = resolve_named("SpinPrivate", target);
    if (status == OK && target->privileged)
        status = resolve_named("Debug", target);
    if (status == OK)
        status = resolve_open(target, false);
    return status == OK ? resolve_open(target, true) : status;
}

/* ---- */

static status_t resolve_group(const struct group *group, bool anywhere)
{
    for (size_t i = 0; i < group->n; i++) {
        status_t status = resolve_required(group, group->domains[i]);

        for (size_t k = 0; status == OK && k < group->n; k++)
            if (k != i)
                status = domain_bind(group->domains[k], group->domains[i]);
        if (status == OK && anywhere)
            status = resolve_anywhere(group->domains[i]);
        if (status != OK)
            return status;
    }
    return OK;
}

/* ---- load ---- */

/*
 * Keeps the refusal that led here, whatever happens on the way back. A domain that got others bound to
 * it before it failed has to stay until they go; then the sentence ends with who they are.
 */
static void undo(const struct group *group, status_t reason)
{
    static char sentence[STATUS_SENTENCE_MAX];

    strcpy(sentence, status_explain());
    if (domain_end(group->domains, group->n) == OK)
        (void)status_refuse(reason, "%s", sentence);
    else
        (void)status_context(reason, sentence);
}

static status_t create(const struct domain_terms *terms, const struct loader_object *object,
                       struct domain **domain)
{
    status_t status = domain_make(terms, object->name, object->bytes, object->size, domain);

    return status == OK ? OK : status_context(status, object->name);
}

/* An interface may offer what its maker imports, so exports come after imports. */
static status_t finish(const struct group *group, bool anywhere)
{
    status_t status = resolve_group(group, anywhere);

    for (size_t i = 0; status == OK && i < group->n; i++)
        status = export_all(group->domains[i]);
    return status == OK ? domain_start(group->domains, group->n) : status;
}

status_t loader_load(const struct domain_terms *terms, const struct loader_object objects[],
                     size_t n, struct domain *domains[])
{
    struct group group = {.n = 0};
    status_t status = OK;

    if (n > LOADER_GROUP_MAX)
        return status_refuse(ERR_BAD_ARGUMENT, "a group has at most %u objects", LOADER_GROUP_MAX);
    for (; status == OK && group.n < n; group.n += status == OK)
        status = create(terms, &objects[group.n], &group.domains[group.n]);
    if (status == OK)
        status = finish(&group, terms->anywhere);
    if (status != OK)
        undo(&group, status);
    else
        memcpy(domains, group.domains, n * sizeof *domains);
    return status;
}
