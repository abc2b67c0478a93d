/*
 * Domains that only refer to definitions of others: interfaces and unions. They have
 * tables of their own, so that resolving against one costs what resolving against
 * any domain does.
 */
#include <stdlib.h>
#include <string.h>

#include "domains/object/bytes.h"
#include "domains/domain_internal.h"

#define INTERFACE_SYMBOLS_MAX 65536
#define NAME_MAX 1024 /* of a symbol in a descriptor, its zero included */

/* ---- tables ---- */

static status_t start_view(struct view *view, size_t n)
{
    size_t n_slots = symbol_slots(n);

    view->definitions = malloc(n * sizeof *view->definitions + n_slots * sizeof *view->slots + 1);
    if (view->definitions == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for %u exports", (unsigned)n);
    view->slots = (uint32_t *)(view->definitions + n);
    view->mask = (uint32_t)n_slots - 1;
    view->n_definitions = 0;
    memset(view->slots, 0, n_slots * sizeof *view->slots);
    return OK;
}

/* The slot that holds the name, or the empty one where it would go. */
static uint32_t *probe(const struct view *view, const char *name, uint32_t hash)
{
    for (uint32_t i = hash;; i++) {
        uint32_t *slot = &view->slots[i & view->mask];
        const struct symbol *symbol;

        if (*slot == 0)
            return slot;
        symbol = view->definitions[*slot - 1].symbol;
        if (symbol->hash == hash && strcmp(symbol->name, name) == 0)
            return slot;
    }
}

bool view_find(const struct view *view, const char *name, uint32_t hash,
               struct definition *definition)
{
    uint32_t slot = *probe(view, name, hash);

    if (slot != 0)
        *definition = view->definitions[slot - 1];
    return slot != 0;
}

static unsigned owner_of(const struct domain *maker)
{
    return maker != NULL ? maker->image.memory.owner : 0;
}

static size_t cost_of(const struct view *view)
{
    return sizeof(struct domain) + view->n_definitions * sizeof *view->definitions +
           (view->mask + 1) * sizeof *view->slots + view->n_members * sizeof *view->members;
}

/* What was there before, or NULL. There is room for one more. */
static struct definition *add(struct view *view, const struct definition *definition)
{
    uint32_t *slot = probe(view, definition->symbol->name, definition->symbol->hash);

    if (*slot != 0)
        return &view->definitions[*slot - 1];
    view->definitions[view->n_definitions++] = *definition;
    *slot = (uint32_t)view->n_definitions;
    return NULL;
}

void view_end(struct domain *domain)
{
    memory_discharge(owner_of(domain->maker), cost_of(&domain->view));
    free(domain->view.definitions);
    free(domain->view.members);
    domain_delist(domain);
}

static status_t enlist(const char *name, struct domain *maker, enum domain_state state,
                       struct view *view, struct domain **domain)
{
    struct domain *created;
    size_t cost = cost_of(view);
    status_t status;

    if (!memory_charge(owner_of(maker), cost))
        return status_refuse(ERR_NO_MEMORY, "%s: the quota of %s does not allow it", name,
                             maker->name);
    status = domain_enlist(name, maker != NULL ? maker->name : "boot", state, &created);
    if (status != OK) {
        memory_discharge(owner_of(maker), cost);
        return status;
    }
    created->maker = maker;
    created->view = *view;
    *domain = created;
    return OK;
}

/* ---- unions ---- */

/* A strong definition goes before a weak one; of weak ones the first does. */
static status_t settle(const char *name, struct definition *known, const struct definition *other)
{
    if (known->definer == other->definer && known->symbol->value == other->symbol->value)
        return OK;
    if (other->symbol->weak)
        return OK;
    if (known->symbol->weak) {
        *known = *other;
        return OK;
    }
    return status_refuse(ERR_EXISTS, "%s: %s is defined by %s and by %s", name, other->symbol->name,
                         known->definer->name, other->definer->name);
}

static status_t add_member(const char *name, struct view *view, const struct domain *member)
{
    struct definition definition;
    size_t cursor = 0;

    while (domain_export(member, &cursor, &definition)) {
        struct definition *known = add(view, &definition);
        status_t status = known == NULL ? OK : settle(name, known, &definition);

        if (status != OK)
            return status;
    }
    return OK;
}

static status_t fill_union(const char *name, struct view *view, struct domain *const members[],
                           size_t n)
{
    status_t status = OK;

    view->members = malloc(n * sizeof *view->members);
    if (view->members == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for a union of %u domains", (unsigned)n);
    memcpy(view->members, members, n * sizeof *members);
    view->n_members = n;
    for (size_t i = 0; status == OK && i < n; i++)
        status = add_member(name, view, members[i]);
    return status;
}

status_t domain_unite(const char *name, struct domain *const members[], size_t n,
                      struct domain *maker, struct domain **domain)
{
    struct view view = {.members = NULL};
    size_t n_exports = 0;
    status_t status = domain_check_stays(maker);

    for (size_t i = 0; status == OK && i < n; i++) {
        status = domain_check_source(members[i]);
        n_exports += domain_count_exports(members[i]);
    }
    if (status == OK)
        status = start_view(&view, n_exports);
    if (status == OK)
        status = fill_union(name, &view, members, n);
    if (status == OK)
        status = enlist(name, maker, DOMAIN_COMBINED, &view, domain);
    if (status != OK) {
        free(view.definitions);
        free(view.members);
    }
    return status;
}

/* ---- interfaces ---- */

/* The descriptor as it lies in memory: three words; a symbol in it: two. */
struct unit {
    vaddr_t name, symbols;
    uint32_t n;
};

static status_t bad_unit(vaddr_t address)
{
    return status_refuse(ERR_BAD_ARGUMENT, "0x%08x is not the descriptor of an interface",
                         (unsigned)address);
}

static status_t read_name(vaddr_t address, char name[NAME_MAX])
{
    for (size_t i = 0; i < NAME_MAX; i++) {
        const uint8_t *byte = memory_read(address + (vaddr_t)i, 1);

        if (byte == NULL)
            break;
        name[i] = (char)*byte;
        if (name[i] == 0 && i > 0)
            return OK;
        if (name[i] <= ' ' || name[i] > '~')
            break;
    }
    return bad_unit(address);
}

static status_t read_unit(vaddr_t address, struct unit *unit)
{
    const uint8_t *bytes = memory_read(address, 12);

    if (bytes == NULL)
        return bad_unit(address);
    unit->name = get32(bytes);
    unit->symbols = get32(bytes + 4);
    unit->n = get32(bytes + 8);
    if (unit->n == 0 || unit->n > INTERFACE_SYMBOLS_MAX ||
        memory_read(unit->symbols, unit->n * 8) == NULL)
        return bad_unit(address);
    return OK;
}

static const struct import *bound_import(const struct domain *maker, const char *name)
{
    uint32_t hash = symbol_hash(name);

    for (size_t i = 0; i < maker->image.n_imports; i++) {
        const struct import *import = &maker->image.imports[i];

        if (import->hash == hash && import->state == IMPORT_BOUND &&
            strcmp(import->name, name) == 0)
            return import;
    }
    return NULL;
}

/* What its maker is linked with under that name, at that address. */
static status_t find_linked(struct domain *maker, const char *name, vaddr_t address,
                            struct definition *definition)
{
    const struct import *import;

    if (domain_definition(maker, name, symbol_hash(name), definition) &&
        definition->symbol->value == address)
        return OK;
    import = bound_import(maker, name);
    if (import == NULL || image_import_value(&maker->image, import) != address)
        return status_refuse(ERR_DENIED, "%s is not linked with a symbol %s at 0x%08x", maker->name,
                             name, (unsigned)address);
    definition->definer = import->definer;
    definition->symbol = import->symbol;
    return OK;
}

static status_t fill_interface(struct domain *maker, const struct unit *unit, struct view *view)
{
    for (uint32_t i = 0; i < unit->n; i++) {
        const uint8_t *bytes = memory_read(unit->symbols + i * 8, 8);
        struct definition definition;
        char name[NAME_MAX];
        status_t status = read_name(get32(bytes), name);

        if (status == OK)
            status = find_linked(maker, name, get32(bytes + 4), &definition);
        if (status != OK)
            return status;
        (void)add(view, &definition);
    }
    return OK;
}

status_t domain_make_interface(struct domain *maker, vaddr_t address, struct domain **domain)
{
    struct view view = {.members = NULL};
    struct unit unit = {0, 0, 0};
    char name[NAME_MAX];
    status_t status = domain_check_stays(maker);

    if (status == OK)
        status = read_unit(address, &unit);
    if (status == OK)
        status = read_name(unit.name, name);
    if (status == OK)
        status = start_view(&view, unit.n);
    if (status == OK)
        status = fill_interface(maker, &unit, &view);
    if (status == OK)
        status = enlist(name, maker, DOMAIN_INTERFACE, &view, domain);
    if (status != OK)
        free(view.definitions);
    return status;
}
