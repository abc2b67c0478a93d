/*
 * A domain's symbols: a plain array and an open-addressed hash index over the
 * exported ones. The table does not own the memory it is given.
 */
#ifndef DOMAINS_IMAGE_SYMBOLS_H
#define DOMAINS_IMAGE_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "arch/ppc/types.h"

enum symbol_kind { SYMBOL_OTHER, SYMBOL_PROCEDURE, SYMBOL_VARIABLE };

struct symbol {
    const char *name;
    vaddr_t value;
    uint32_t size;          /* bytes, 0 if unknown */
    uint32_t hash;          /* symbol_hash(name) */
    uint32_t type;          /* see image_types.h and image_entry.h; 0 if it is not known */
    uint8_t kind;           /* enum symbol_kind */
    bool exported;          /* the others are kept so that addresses can be named */
    bool weak;              /* another definition goes before it */
    uint8_t identified : 1; /* it must know which domain calls, see image_bind */
    uint8_t agreed : 1;     /* all entries of its name have one type, see image_entry_type */
    uint8_t helper : 1;     /* compilers call it by themselves: importers may have no type for it */
};

struct symbol_table {
    struct symbol *symbols;
    size_t n_symbols;
    uint32_t *slots; /* index + 1 of a symbol, 0 for none */
    uint32_t mask;   /* number of slots - 1; the number is a power of two */
};

/* FNV-1a, 32 bits (Fowler, Noll, Vo). */
static inline uint32_t symbol_hash(const char *name)
{
    uint32_t hash = 2166136261u;

    for (const unsigned char *c = (const unsigned char *)name; *c != 0; c++)
        hash = (hash ^ *c) * 16777619u;
    return hash;
}

/* How many slots an index over n exported symbols needs. */
size_t symbol_slots(size_t n_exported);

/* slots must hold n_slots zeros, n_slots from symbol_slots. */
void symbol_table_init(struct symbol_table *table, struct symbol *symbols, uint32_t *slots,
                       size_t n_slots);

/* The slot that holds the name, or the empty one where it would go. */
static inline uint32_t *symbol_table_slot(const struct symbol_table *table, const char *name,
                                          uint32_t hash)
{
    const struct symbol *symbols = table->symbols;
    uint32_t *slots = table->slots, mask = table->mask;

    for (uint32_t i = hash;; i++) {
        uint32_t *slot = &slots[i & mask];

        if (*slot == 0 ||
            (symbols[*slot - 1].hash == hash && strcmp(symbols[*slot - 1].name, name) == 0))
            return slot;
    }
}

/*
 * Appends a symbol, to memory the caller has provided for, and indexes it if it
 * is exported. False, and nothing changed, if the name is already exported.
 */
bool symbol_table_add(struct symbol_table *table, const struct symbol *symbol);

/* The same for one that the caller has put behind the others, at symbols[n_symbols]. */
static inline bool symbol_table_added(struct symbol_table *table)
{
    const struct symbol *added = &table->symbols[table->n_symbols];

    if (added->exported) {
        uint32_t *slot = symbol_table_slot(table, added->name, added->hash);

        if (*slot != 0)
            return false;
        *slot = (uint32_t)table->n_symbols + 1;
    }
    table->n_symbols++;
    return true;
}

/* The exported symbol of that name, NULL if there is none. hash = symbol_hash(name). */
struct symbol *symbol_find(const struct symbol_table *table, const char *name, uint32_t hash);

/* The symbol with the largest value not above address, NULL if there is none. Looks at every symbol. */
const struct symbol *symbol_at(const struct symbol_table *table, vaddr_t address);

#endif
