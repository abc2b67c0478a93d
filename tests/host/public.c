/* See public.h. */
#include "tests/host/public.h"

#include <stdio.h>
#include <stdlib.h>

#include "domains/nameserver.h"

struct domain *public_create(const char *name, const struct public_symbol *symbols, size_t n)
{
    size_t n_slots = symbol_slots(n);
    struct symbol_table table;
    struct domain *domain = NULL;

    symbol_table_init(&table, calloc(n, sizeof *table.symbols),
                      calloc(n_slots, sizeof *table.slots), n_slots);
    for (size_t i = 0; i < n; i++) {
        struct symbol symbol = {.name = symbols[i].name,
                                .value = symbols[i].value,
                                .hash = symbol_hash(symbols[i].name),
                                .exported = true};

        if (!symbol_table_add(&table, &symbol))
            abort();
    }
    if (domain_make_kernel(name, &table, NULL, &domain) != OK)
        abort();
    return domain;
}

/* libgcc's, which -Os calls; here they may be anywhere. */
static size_t add_savers(struct public_symbol *symbols)
{
    static char names[4 * 18][24];
    size_t n = 0;

    for (int first = 14; first < 32; first++)
        for (int kind = 0; kind < 4; kind++) {
            snprintf(names[n], sizeof names[n], "_%sgpr_%d%s", kind % 2 == 0 ? "save" : "rest",
                     first, kind < 2 ? "" : "_x");
            symbols[n] = (struct public_symbol){names[n], PUBLIC_NEAR + 0x1000 + (vaddr_t)n * 4};
            n++;
        }
    return n;
}

struct domain *public_domain(void)
{
    static struct public_symbol symbols[80] = {
        {"near_procedure", PUBLIC_NEAR},
        {"far_procedure", PUBLIC_FAR},
        {"far_variable", PUBLIC_VARIABLE},
        {"near_constant", PUBLIC_VARIABLE + 0x8000},
    };
    static struct domain *domain;

    struct domain *found;

    if (domain == NULL)
        domain = public_create("SpinPublic", symbols, 4 + add_savers(symbols + 4));
    if (name_query("SpinPublic", NULL, &found) != OK &&
        name_register("SpinPublic", domain, NULL, &(struct name_terms){0}) != OK)
        abort();
    return domain;
}
