/*
 * At boot every interface of the kernel becomes a domain of its symbols; the public
 * ones are combined into SpinPublic, all that others must not have into SpinPrivate.
 * Debug has every global symbol of the kernel, for tests and tools.
 *
 * Types come from the kernel image's own type section, in whose first part linker.ld
 * puts the files that have interfaces. All of it, which is large, is read when
 * somebody first imports from Debug.
 */
#include "kernel/kernel_domains.h"

#include <stdlib.h>
#include <string.h>
#include <whorl/clock.h>

#include "arch/ppc/image.h"
#include "domains/capability.h"
#include "domains/nameserver.h"
#include "domains/types.h"
#include "kernel/interface.h"
#include "kernel/kernel_symbols.h"
#include "kernel/panic.h"

#define INTERFACES_MAX 64

extern const struct kernel_interface interfaces_start[], interfaces_end[];

static struct btf public_btf, all_btf;
static struct domain *debug, *spin_public, *spin_private;

/* ---- types ---- */

const struct btf *kernel_types_public(void)
{
    return &public_btf;
}

const struct btf *kernel_types_all(void)
{
    if (all_btf.blobs != NULL)
        return &all_btf;
    if (btf_open(kernel_types_start, IMAGE(kernel_types_end) - IMAGE(kernel_types_start),
                 &all_btf) != OK)
        return NULL;
    types_name(&all_btf, debug, IDENTIFIED_PREFIX);
    return &all_btf;
}

/* ---- tables ---- */

static void make_table(size_t n, struct symbol_table *table)
{
    size_t n_slots = symbol_slots(n);
    struct symbol *symbols = malloc(n * sizeof *symbols);
    uint32_t *slots = calloc(n_slots, sizeof *slots);

    if (symbols == NULL || slots == NULL)
        panic("no memory for the kernel's %u symbols", (unsigned)n);
    symbol_table_init(table, symbols, slots, n_slots);
}

/* Those that compilers call without having been told, besides the helpers' own interfaces. */
static bool is_helper(const char *name)
{
    static const char *const names[] = {"memcpy", "memmove", "memset", "memcmp", "strlen"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void add_symbols(struct symbol_table *table, const struct kernel_interface *interface)
{
    for (size_t i = 0; i < interface->n_symbols; i++) {
        const struct interface_symbol *s = &interface->symbols[i];
        struct symbol symbol = {.name = s->name, .value = (vaddr_t)s->address};
        const struct symbol *known;

        if (kernel_symbol_at(symbol.value, &known) && known->value == symbol.value) {
            symbol.size = known->size;
            symbol.kind = known->kind;
        }
        symbol.hash = symbol_hash(s->name);
        symbol.exported = true;
        symbol.identified = interface->kind == INTERFACE_IDENTIFIED ||
                            interface->kind == INTERFACE_PRIVATE_IDENTIFIED;
        symbol.helper = interface->kind == INTERFACE_HELPERS || is_helper(s->name);
        if (!symbol_table_add(table, &symbol))
            panic("%s is twice in the interface %s", s->name, interface->name);
    }
}

/* ---- interfaces ---- */

/* The list is the first of its name; others of that name belong to it. */
static bool is_first(const struct kernel_interface *interface)
{
    for (const struct kernel_interface *i = interfaces_start; i < interface; i++)
        if (strcmp(i->name, interface->name) == 0)
            return false;
    return true;
}

static struct domain *make_interface(const struct kernel_interface *first)
{
    struct symbol_table table;
    struct domain *domain;
    size_t n = 0;

    for (const struct kernel_interface *i = first; i < interfaces_end; i++)
        if (strcmp(i->name, first->name) == 0)
            n += i->n_symbols;
    make_table(n, &table);
    for (const struct kernel_interface *i = first; i < interfaces_end; i++)
        if (strcmp(i->name, first->name) == 0)
            add_symbols(&table, i);
    if (domain_make_kernel(first->name, &table, kernel_types_public, &domain) != OK)
        panic("interface %s: %s", first->name, status_explain());
    return domain;
}

static void publish(struct domain *domain, bool privileged)
{
    struct name_terms terms = {.privileged = privileged};

    if (name_register(domain->name, domain, NULL, &terms) != OK)
        panic("%s: %s", domain->name, status_explain());
}

static void check_types(const struct domain *domain)
{
    struct definition definition;

    for (size_t cursor = 0; domain_export(domain, &cursor, &definition);)
        if (definition.symbol->type == 0 && !definition.symbol->helper)
            panic("%s of the interface %s has no type: is its file named in linker.ld?",
                  definition.symbol->name, definition.definer->name);
}

static struct domain *unite(const char *name, struct domain *const members[], size_t n,
                            bool privileged)
{
    struct domain *domain;

    if (domain_unite(name, members, n, NULL, &domain) != OK)
        panic("%s: %s", name, status_explain());
    types_name(&public_btf, domain, IDENTIFIED_PREFIX);
    check_types(domain);
    publish(domain, privileged);
    return domain;
}

static void make_interfaces(void)
{
    struct domain *public[INTERFACES_MAX], *private[INTERFACES_MAX];
    size_t n_public = 0, n_private = 0;

    for (const struct kernel_interface *i = interfaces_start; i < interfaces_end; i++) {
        if (!is_first(i))
            continue;
        if (n_public == INTERFACES_MAX || n_private == INTERFACES_MAX)
            panic("more than %d interfaces", INTERFACES_MAX);
        if (i->kind == INTERFACE_PRIVATE || i->kind == INTERFACE_PRIVATE_IDENTIFIED)
        private[n_private++] = make_interface(i);
        else public[n_public++] = make_interface(i);
    }
    spin_public = unite("SpinPublic", public, n_public, false);
    spin_private = unite("SpinPrivate", private, n_private, true);
}

bool kernel_interface_symbol(const char *name, const struct symbol **symbol)
{
    uint32_t hash = symbol_hash(name);
    struct definition definition;

    if (!domain_definition(spin_public, name, hash, &definition) &&
        !domain_definition(spin_private, name, hash, &definition))
        return false;
    *symbol = definition.symbol;
    return true;
}

/* ---- Debug ---- */

/* Static procedures may share a name; only global ones are found by it. */
static void make_debug(void)
{
    size_t n = kernel_symbol_count();
    struct symbol_table table;

    make_table(n, &table);
    for (size_t i = 0; i < n; i++) {
        struct symbol symbol = kernel_symbol(i);

        if (symbol.exported)
            (void)symbol_table_add(&table, &symbol);
    }
    if (domain_make_kernel("Debug", &table, kernel_types_all, &debug) != OK)
        panic("Debug: %s", status_explain());
    publish(debug, true);
}

void kernel_domains_initialize(void)
{
    capability_seed(clock_ticks());
    if (btf_open(kernel_types_start, IMAGE(kernel_types_public_end) - IMAGE(kernel_types_start),
                 &public_btf) != OK)
        panic("the kernel's types: %s", status_explain());
    make_interfaces();
    make_debug();
}
