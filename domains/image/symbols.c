/* See symbols.h. */
#include "domains/image/symbols.h"

#include <string.h>

/* At most two thirds full, so probes stay short. */
size_t symbol_slots(size_t n_exported)
{
    size_t n = 4;

    while (n * 2 < n_exported * 3)
        n *= 2;
    return n;
}

void symbol_table_init(struct symbol_table *table, struct symbol *symbols, uint32_t *slots,
                       size_t n_slots)
{
    table->symbols = symbols;
    table->n_symbols = 0;
    table->slots = slots;
    table->mask = (uint32_t)n_slots - 1;
}

bool symbol_table_add(struct symbol_table *table, const struct symbol *symbol)
{
    table->symbols[table->n_symbols] = *symbol;
    return symbol_table_added(table);
}

struct symbol *symbol_find(const struct symbol_table *table, const char *name, uint32_t hash)
{
    uint32_t slot = *symbol_table_slot(table, name, hash);

    return slot == 0 ? NULL : &table->symbols[slot - 1];
}

const struct symbol *symbol_at(const struct symbol_table *table, vaddr_t address)
{
    const struct symbol *best = NULL;

    for (size_t i = 0; i < table->n_symbols; i++) {
        const struct symbol *symbol = &table->symbols[i];

        if (symbol->value <= address && (best == NULL || symbol->value > best->value))
            best = symbol;
    }
    return best;
}
