/* See kernel_symbols.h. */
#include "kernel/kernel_symbols.h"

#include <stdlib.h>

#include "arch/ppc/image.h"
#include "domains/domain.h"
#include "domains/interface.h"
#include "kernel/panic.h"

/* As tools/symbols writes it: a count, the records by rising address, the names. */
struct record {
    vaddr_t address;
    uint32_t size;
    uint32_t name; /* bytes from the start of the names */
    uint32_t kind; /* enum symbol_kind, and GLOBAL */
};
#define GLOBAL 0x100

static const struct {
    uint32_t n;
    struct record records[];
} *const image = (const void *)kernel_symbols_start;

extern const struct interface interfaces_start[], interfaces_end[];

static const char *record_name(const struct record *record)
{
    return (const char *)&image->records[image->n] + record->name;
}

static void make_table(size_t n, struct symbol_table *table)
{
    size_t n_slots = symbol_slots(n);
    struct symbol *symbols = malloc(n * sizeof *symbols);
    uint32_t *slots = calloc(n_slots, sizeof *slots);

    if (symbols == NULL || slots == NULL)
        panic("no memory for the kernel's %u symbols", (unsigned)n);
    symbol_table_init(table, symbols, slots, n_slots);
}

static void make_domain(const char *name, const struct symbol_table *table)
{
    domain_t *domain;

    if (domain_create_from_table(name, table, &domain) != OK)
        panic("domain %s: %s", name, status_explain());
}

/* The record with the largest address not above the one given; -1 if there is none. */
static int find_record(vaddr_t address)
{
    int low = -1, high = (int)image->n;

    while (high - low > 1) {
        int middle = (low + high) / 2;

        if (image->records[middle].address <= address)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static struct symbol from_record(const struct record *record)
{
    struct symbol symbol = {
        .name = record_name(record),
        .value = record->address,
        .size = record->size,
        .kind = (uint8_t)(record->kind & ~GLOBAL),
        .exported = (record->kind & GLOBAL) != 0,
    };

    symbol.hash = symbol.exported ? symbol_hash(symbol.name) : 0;
    return symbol;
}

static void make_public(void)
{
    struct symbol_table table;
    size_t n = 0;

    for (const struct interface *i = interfaces_start; i < interfaces_end; i++)
        n += i->n_symbols;
    make_table(n, &table);
    for (const struct interface *i = interfaces_start; i < interfaces_end; i++)
        for (size_t k = 0; k < i->n_symbols; k++) {
            int record = find_record((vaddr_t)i->symbols[k].address);
            struct symbol symbol = from_record(&image->records[record]);

            symbol.name = i->symbols[k].name;
            symbol.value = (vaddr_t)i->symbols[k].address;
            symbol.hash = symbol_hash(symbol.name);
            symbol.exported = true;
            symbol.identified = i->symbols[k].identified;
            if (!symbol_table_add(&table, &symbol))
                panic("%s is in two public interfaces", symbol.name);
        }
    make_domain("SpinPublic", &table);
}

/* Static procedures may share a name; only global ones are found by it. */
static void make_debug(void)
{
    struct symbol_table table;

    make_table(image->n, &table);
    for (size_t i = 0; i < image->n; i++) {
        struct symbol symbol = from_record(&image->records[i]);

        if (symbol.exported)
            (void)symbol_table_add(&table, &symbol);
    }
    make_domain("Debug", &table);
}

void kernel_symbols_initialize(void)
{
    make_public();
    make_debug();
}

bool kernel_symbol_at(vaddr_t address, const struct symbol **symbol)
{
    static struct symbol found;
    int record;

    if (address < IMAGE(kernel_text_start) || address >= IMAGE(kernel_end) ||
        (address >= IMAGE(kernel_text_end) && address < IMAGE(kernel_rodata_start)))
        return false;
    record = find_record(address);
    if (record >= 0)
        found = from_record(&image->records[record]);
    *symbol = record >= 0 ? &found : NULL;
    return true;
}
