/* See public.h. */
#include "tests/host/public.h"

#include <stdlib.h>

domain_t *public_create(const char *name, const struct public_symbol *symbols, size_t n)
{
    size_t n_slots = symbol_slots(n);
    struct symbol_table table;
    domain_t *domain = NULL;

    symbol_table_init(&table, calloc(n, sizeof *table.symbols), calloc(n_slots, sizeof *table.slots),
                      n_slots);
    for (size_t i = 0; i < n; i++) {
        struct symbol symbol = {.name = symbols[i].name,
                                .value = symbols[i].value,
                                .hash = symbol_hash(symbols[i].name),
                                .exported = true};

        if (!symbol_table_add(&table, &symbol))
            abort();
    }
    if (domain_create_from_table(name, &table, &domain) != OK)
        abort();
    return domain;
}

domain_t *public_domain(void)
{
    static const struct public_symbol symbols[] = {
        {"near_procedure", PUBLIC_NEAR},
        {"far_procedure", PUBLIC_FAR},
        {"far_variable", PUBLIC_VARIABLE},
        {"near_constant", PUBLIC_VARIABLE + 0x8000},
    };
    static domain_t *domain;

    if (domain == NULL)
        domain = public_create("SpinPublic", symbols, sizeof symbols / sizeof symbols[0]);
    return domain;
}
