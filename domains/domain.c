/* The list of domains, how they are made, and what can be asked of them; see domain.h. */
#include "domains/domain.h"

#include <stdlib.h>
#include <string.h>

#include "domains/object/archive.h"
#include "domains/capability.h"
#include "domains/domain_internal.h"
#include "domains/image/admission.h"
#include "domains/image/image_entry.h"
#include "domains/image/image_types.h"

#define MEMBERS_MAX 4096 /* of an archive */

static struct domain *domains, **end_of_list = &domains;

/* ---- the list ---- */

struct domain *domain_next(const struct domain *domain)
{
    return domain == NULL ? domains : domain->next;
}

static bool is_view(const struct domain *domain)
{
    return domain->state == DOMAIN_INTERFACE || domain->state == DOMAIN_COMBINED;
}

struct domain *domain_named(const char *name)
{
    struct domain *found = NULL;
    uint32_t hash = symbol_hash(name);

    for (struct domain *d = domains; d != NULL; d = d->next)
        if (d->hash == hash && strcmp(d->name, name) == 0 && d->state != DOMAIN_LEAVING &&
            (found == NULL || d->maker == NULL))
            found = d;
    return found;
}

struct domain *domain_of_owner(unsigned owner)
{
    for (struct domain *d = domains; d != NULL; d = d->next)
        if (d->state <= DOMAIN_LEAVING && d->image.memory.owner == owner)
            return d;
    return NULL;
}

status_t domain_of(const domain_t *capability, struct domain **domain)
{
    struct domain *found = capability_object(capability, CAPABILITY_DOMAIN);

    if (found == NULL)
        return status_refuse(ERR_BAD_CAPABILITY, "not a domain");
    *domain = found;
    return OK;
}

const char *domain_state_name(enum domain_state state)
{
    static const char *const names[] = {
        [DOMAIN_CREATED] = "created",         [DOMAIN_WAITING] = "waiting",
        [DOMAIN_STARTING] = "starting",       [DOMAIN_INITIALIZED] = "initialized",
        [DOMAIN_FAILED] = "failed",           [DOMAIN_ENDING] = "ending",
        [DOMAIN_LEAVING] = "leaving",         [DOMAIN_KERNEL] = "kernel",
        [DOMAIN_INTERFACE] = "interface",     [DOMAIN_COMBINED] = "combined",
        [DOMAIN_QUARANTINED] = "quarantined",
    };

    return names[state];
}

/* ---- making and freeing ---- */

/* In order of creation. */
status_t domain_enlist(const char *name, const char *loader, enum domain_state state,
                       struct domain **domain)
{
    size_t length = strlen(name) + 1;
    struct domain *created = malloc(sizeof *created + length + strlen(loader) + 1);
    void *capability;

    if (created == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for domain %s", name);
    if (capability_create(CAPABILITY_DOMAIN, created, &capability) != OK) {
        free(created);
        return status_refuse(ERR_NO_MEMORY, "no capability is left for domain %s", name);
    }
    memset(created, 0, sizeof *created);
    created->capability = capability;
    created->state = (uint8_t)state;
    created->hash = symbol_hash(name);
    memcpy(created->name, name, length);
    created->loader = strcpy(created->name + length, loader);
    *end_of_list = created;
    end_of_list = &created->next;
    *domain = created;
    return OK;
}

void domain_revoke(struct domain *domain)
{
    if (domain->capability != NULL)
        capability_revoke(domain->capability);
    domain->capability = NULL;
}

void domain_delist(struct domain *domain)
{
    struct domain **link = &domains;

    while (*link != domain)
        link = &(*link)->next;
    *link = domain->next;
    if (end_of_list == &domain->next)
        end_of_list = link;
    domain_revoke(domain);
    free(domain);
}

/* What loads domains and is none: identity_loader tells it from a domain by its name. */
static bool is_reserved(const char *name)
{
    static const char *const names[] = {"operator", "kernel", "boot"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static status_t check_name(const char *name)
{
    const struct domain *taken;

    if (name[0] == 0)
        return status_refuse(ERR_BAD_ARGUMENT, "a domain needs a name");
    for (const char *c = name; *c != 0; c++)
        if (*c <= ' ' || *c > '~' || *c == ',')
            return status_refuse(ERR_BAD_ARGUMENT,
                                 "a domain's name has no spaces, commas or control characters");
    if (is_reserved(name))
        return status_refuse(ERR_EXISTS, "no domain can be called %s", name);
    taken = domain_named(name);
    if (taken != NULL && taken->maker == NULL)
        return status_refuse(ERR_EXISTS, "a domain called %s is already loaded", name);
    return OK;
}

static status_t make_named(const struct domain_terms *terms, const char *name,
                           const struct image *image, struct domain **domain)
{
    status_t status = check_name(name);

    if (status == OK)
        status = domain_enlist(name, terms->loader, DOMAIN_CREATED, domain);
    if (status != OK)
        return status;
    (*domain)->image = *image;
    (*domain)->image.name = (*domain)->name;
    if (image->btf == &image->own_btf)
        (*domain)->image.btf = &(*domain)->image.own_btf;
    (*domain)->privileged = terms->privileged;
    (*domain)->lenient = terms->untyped;
    image_set_owner(&(*domain)->image.memory, (*domain)->name, terms->privileged);
    return OK;
}

static status_t make_of(const struct domain_terms *terms, const char *name,
                        const struct elf_object objects[], size_t n, struct domain **domain)
{
    struct image image;
    status_t status = image_create(objects, n, &image);

    if (status != OK)
        return status;
    if (image.types == NULL && !terms->untyped)
        status = status_refuse(ERR_TYPE, "the object carries no types; compile it with -gbtf, or "
                                         "load it with --untyped");
    if (image.name != NULL)
        name = image.name;
    if (status == OK && !terms->privileged)
        status = admission_check(&image, name, terms->patch);
    if (status == OK)
        status = make_named(terms, name, &image, domain);
    if (status != OK)
        image_destroy(&image);
    return status;
}

/* ---- archives ---- */

struct members {
    struct elf_object *objects;
    char (*labels)[ARCHIVE_NAME_MAX + 1];
    size_t n;
};

static void close_members(struct members *members)
{
    for (size_t i = 0; i < members->n; i++)
        elf_close(&members->objects[i]);
    free(members->objects);
    free(members->labels);
}

/* Names go into sentences. */
static void make_printable(char *name)
{
    for (; *name != 0; name++)
        if (*name < ' ' || *name > '~')
            *name = '?';
}

static status_t open_members(const struct archive *archive, struct members *members)
{
    struct archive_member member;
    size_t offset = 0;

    while (archive_next(archive, &offset, &member)) {
        struct elf_object *object = &members->objects[members->n];
        status_t status = elf_open(member.bytes, member.size, object);

        make_printable(member.name);
        if (status != OK)
            return status_context(status, member.name);
        object->label = strcpy(members->labels[members->n++], member.name);
    }
    return OK;
}

static status_t make_of_archive(const struct domain_terms *terms, const char *name,
                                const void *bytes, size_t size, struct domain **domain)
{
    struct members members = {NULL, NULL, 0};
    struct archive archive;
    status_t status = archive_open(bytes, size, &archive);

    if (status != OK)
        return status;
    if (archive.n_members > MEMBERS_MAX)
        return status_refuse(ERR_UNSUPPORTED, "an archive of %u members; at most %u are offered",
                             (unsigned)archive.n_members, MEMBERS_MAX);
    members.objects = calloc(archive.n_members, sizeof *members.objects);
    members.labels = calloc(archive.n_members, sizeof *members.labels);
    if (members.objects == NULL || members.labels == NULL)
        status =
            status_refuse(ERR_NO_MEMORY, "no memory for %u members", (unsigned)archive.n_members);
    if (status == OK)
        status = open_members(&archive, &members);
    if (status == OK)
        status = make_of(terms, name, members.objects, members.n, domain);
    close_members(&members);
    return status;
}

status_t domain_make(const struct domain_terms *terms, const char *name, const void *object,
                     size_t size, struct domain **domain)
{
    struct elf_object elf;
    status_t status;

    if (archive_begins(object, size))
        return make_of_archive(terms, name, object, size, domain);
    status = elf_open(object, size, &elf);
    if (status != OK)
        return status;
    status = make_of(terms, name, &elf, 1, domain);
    elf_close(&elf);
    return status;
}

status_t domain_make_kernel(const char *name, const struct symbol_table *table,
                            const struct btf *(*types)(void), struct domain **domain)
{
    status_t status = domain_enlist(name, "boot", DOMAIN_KERNEL, domain);

    if (status != OK)
        return status;
    (*domain)->image.symbols = *table;
    (*domain)->types = types;
    (*domain)->privileged = true;
    return OK;
}

/* ---- queries ---- */

const struct btf *domain_types(struct domain *domain)
{
    if (domain->types != NULL)
        return domain->types();
    if (image_types_wake(&domain->image) != OK)
        return NULL;
    image_types_of_exports(&domain->image);
    return domain->image.btf;
}

void domain_rest(struct domain *domain)
{
    if (!domain->image.sealed)
        return;
    image_types_rest(&domain->image);
    image_entries_close(&domain->image);
}

void domain_rest_all(void)
{
    for (struct domain *d = domains; d != NULL; d = d->next)
        domain_rest(d);
}

bool domain_is_untyped(const struct domain *domain)
{
    if (domain->state > DOMAIN_LEAVING || !domain->lenient)
        return false;
    if (domain->image.types == NULL)
        return true;
    for (size_t i = 0; i < domain->image.n_imports; i++) {
        const struct import *import = &domain->image.imports[i];

        if (import->state == IMPORT_BOUND && !import->symbol->helper &&
            (import->type == 0 || import->symbol->type == 0))
            return true;
    }
    return false;
}

bool domain_definition(const struct domain *domain, const char *name, uint32_t hash,
                       struct definition *definition)
{
    if (is_view(domain))
        return view_find(&domain->view, name, hash, definition);
    definition->definer = (struct domain *)domain;
    definition->symbol = domain->image.symbols.slots == NULL
                             ? NULL
                             : symbol_find(&domain->image.symbols, name, hash);
    return definition->symbol != NULL;
}

bool domain_export(const struct domain *domain, size_t *cursor, struct definition *definition)
{
    if (is_view(domain)) {
        if (*cursor == domain->view.n_definitions)
            return false;
        *definition = domain->view.definitions[(*cursor)++];
        return true;
    }
    while (*cursor < domain->image.symbols.n_symbols) {
        definition->definer = (struct domain *)domain;
        definition->symbol = &domain->image.symbols.symbols[(*cursor)++];
        if (definition->symbol->exported)
            return true;
    }
    return false;
}

size_t domain_count_exports(const struct domain *domain)
{
    struct definition definition;
    size_t n = 0;

    for (size_t cursor = 0; domain_export(domain, &cursor, &definition);)
        n++;
    return n;
}

size_t domain_unresolved_imports(const struct domain *domain,
                                 void (*each)(const char *name, void *closure), void *closure)
{
    size_t n = 0;

    for (size_t i = 0; i < domain->image.n_imports; i++) {
        const struct import *import = &domain->image.imports[i];

        if (import->state == IMPORT_BOUND || import->weak)
            continue;
        each(import->name, closure);
        n++;
    }
    return n;
}

/* ---- addresses ---- */

static bool holds(const struct segment *segment, vaddr_t address)
{
    return address - segment->address < segment->size;
}

static const struct segment *segment_of(const struct domain *domain, vaddr_t address)
{
    const struct image_memory *m = &domain->image.memory;

    if (holds(&m->text, address))
        return &m->text;
    if (holds(&m->rodata, address))
        return &m->rodata;
    return holds(&m->data, address) ? &m->data : NULL;
}

bool domain_at(vaddr_t address, struct domain **domain, const struct symbol **symbol)
{
    for (struct domain *d = domains; d != NULL; d = d->next) {
        const struct segment *segment = segment_of(d, address);
        const struct symbol *nearest;

        if (segment == NULL)
            continue;
        nearest = symbol_at(&d->image.symbols, address);
        *domain = d;
        *symbol = nearest != NULL && holds(segment, nearest->value) ? nearest : NULL;
        return true;
    }
    return false;
}
