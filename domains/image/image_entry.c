/* See image_entry.h. */
#include "domains/image/image_entry.h"

#include <stdlib.h>
#include <string.h>

#include "domains/image/image_types.h"
#include "domains/object/btf_value.h"

/* ---- types of static symbols ---- */

/* Local symbols by name, while their types are looked up. */
struct names {
    struct symbol *symbols;
    uint32_t *slots; /* index + 1 of the first of a name, 0 for none */
    uint32_t mask;
};

static uint32_t *slot_of(const struct names *names, const char *name, uint32_t hash)
{
    for (uint32_t i = hash;; i++) {
        uint32_t *slot = &names->slots[i & names->mask];

        if (*slot == 0 || (names->symbols[*slot - 1].hash == hash &&
                           strcmp(names->symbols[*slot - 1].name, name) == 0))
            return slot;
    }
}

static bool is_of_kind(const struct symbol *symbol, bool procedure)
{
    return symbol->kind == SYMBOL_OTHER || (symbol->kind == SYMBOL_PROCEDURE) == procedure;
}

static bool is_static(const struct symbol *symbol)
{
    return !symbol->exported && symbol->name[0] != 0;
}

/* Returns the traits of the names. */
static uint32_t add_names(const struct symbol_table *table, struct names *names)
{
    uint32_t traits = 0;

    for (size_t i = 0; i < table->n_symbols; i++) {
        struct symbol *symbol = &table->symbols[i];
        uint32_t *slot;

        if (!is_static(symbol))
            continue;
        symbol->hash = symbol_hash(symbol->name);
        slot = slot_of(names, symbol->name, symbol->hash);
        if (*slot == 0)
            *slot = (uint32_t)i + 1;
        traits |= btf_trait(symbol->name);
    }
    return traits;
}

static void type_names(const struct btf *btf, uint32_t traits, const struct names *names)
{
    struct btf_cursor cursor = {0, 0};
    struct btf_entry entry;

    while (traits != 0 && btf_next_with(btf, traits, &cursor, &entry)) {
        uint32_t slot = *slot_of(names, entry.name, symbol_hash(entry.name));
        struct symbol *symbol = &names->symbols[slot - 1];

        if (slot == 0 || !is_of_kind(symbol, entry.procedure))
            continue;
        symbol->type = symbol->type == 0 ? entry.position : symbol->type | TYPE_SEVERAL;
    }
}

/* Several objects in one may each have a static symbol of a name; nothing tells whose entry is which. */
static void share_types(const struct symbol_table *table, const struct names *names)
{
    for (size_t i = 0; i < table->n_symbols; i++) {
        struct symbol *symbol = &table->symbols[i];

        if (is_static(symbol))
            symbol->type = names->symbols[*slot_of(names, symbol->name, symbol->hash) - 1].type;
    }
}

static status_t type_statics(struct image *image)
{
    const struct symbol_table *table = &image->symbols;
    size_t n = symbol_slots(table->n_symbols);
    struct names names = {table->symbols, calloc(n, sizeof *names.slots), (uint32_t)n - 1};
    uint32_t traits;

    if (names.slots == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for the types of %u symbols",
                             (unsigned)table->n_symbols);
    traits = add_names(table, &names);
    type_names(image->btf, traits, &names);
    share_types(table, &names);
    free(names.slots);
    image->statics_typed = true;
    return OK;
}

/* ---- symbols by address ---- */

static uint32_t hash(vaddr_t address)
{
    return address * 0x9e3779b1u >> 12;
}

static status_t make_entries(struct image *image)
{
    const struct symbol_table *table = &image->symbols;
    size_t n = symbol_slots(table->n_symbols);

    image->entries = calloc(n, sizeof *image->entries);
    if (image->entries == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory to find %u symbols",
                             (unsigned)table->n_symbols);
    image->entries_mask = (uint32_t)n - 1;
    for (size_t i = 0; i < table->n_symbols; i++) {
        uint32_t k = hash(table->symbols[i].value);

        while (image->entries[k & image->entries_mask] != 0)
            k++;
        image->entries[k & image->entries_mask] = (uint32_t)i + 1;
    }
    return OK;
}

void image_entries_close(struct image *image)
{
    free(image->entries);
    image->entries = NULL;
}

/* The more, the better it stands for the address. */
static int merit(const struct symbol *symbol, bool procedure)
{
    bool typed = symbol->type != 0;

    if (!is_of_kind(symbol, procedure))
        return 0;
    return strchr(symbol->name, '.') != NULL ? 1 : 2 + 2 * typed + symbol->exported;
}

static const struct symbol *best_at(const struct image *image, vaddr_t address, bool procedure)
{
    const struct symbol *best = NULL;
    int most = 0;

    for (uint32_t i = hash(address);; i++) {
        uint32_t slot = image->entries[i & image->entries_mask];
        const struct symbol *symbol = &image->symbols.symbols[slot - 1];

        if (slot == 0)
            return best;
        if (symbol->value == address && merit(symbol, procedure) > most) {
            most = merit(symbol, procedure);
            best = symbol;
        }
    }
}

status_t image_entry_at(struct image *image, vaddr_t address, bool procedure,
                        const struct symbol **symbol)
{
    status_t status = OK;

    if (image->entries == NULL)
        status = make_entries(image);
    if (status == OK && image->btf != NULL && !image->statics_typed)
        status = type_statics(image);
    if (status == OK)
        *symbol = best_at(image, address, procedure);
    return status;
}

/* ---- types ---- */

/* What several entries agreed on need not be asked again. */
status_t image_entry_type(struct image *image, const struct symbol *symbol, bool procedure,
                          struct btf_type *type)
{
    uint32_t position = symbol->type & TYPE_POSITION;
    status_t status;

    if (symbol->type == 0)
        return ERR_NOT_FOUND;
    if ((symbol->type & TYPE_SEVERAL) == 0 || symbol->agreed) {
        *type = btf_type_at(image->btf, position);
        return btf_is_procedure(image->btf, position) == procedure ? OK : ERR_NOT_FOUND;
    }
    status = btf_agreed_type(image->btf, symbol->name, procedure, position, type);
    if (status == OK && btf_is_procedure(image->btf, position) == procedure)
        image->symbols.symbols[symbol - image->symbols.symbols].agreed = true;
    return status;
}
