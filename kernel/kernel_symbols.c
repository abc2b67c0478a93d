/* See kernel_symbols.h. */
#include "kernel/kernel_symbols.h"

#include "arch/ppc/image.h"

/* As tools/symbols writes it: a count, the records by rising address, the names. */
struct record {
    vaddr_t address;
    uint32_t size;
    uint32_t name; /* bytes from the start of the names */
    uint32_t kind; /* enum symbol_kind, and GLOBAL */
};
#define GLOBAL 0x100

#define FEW 8 /* symbols that are looked at where one would do */

static const struct {
    uint32_t n;
    struct record records[];
} *const image = (const void *)kernel_symbols_start;

static const char *record_name(const struct record *record)
{
    return (const char *)&image->records[image->n] + record->name;
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

size_t kernel_symbol_count(void)
{
    return image->n;
}

struct symbol kernel_symbol(size_t index)
{
    return from_record(&image->records[index]);
}

/* Several may be at one address. */
size_t kernel_symbol_from(vaddr_t address)
{
    return address == 0 ? 0 : (size_t)(find_record(address - 1) + 1);
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

static bool is_around(const struct record *record, vaddr_t address)
{
    return (record->kind & ~GLOBAL) == SYMBOL_PROCEDURE && address - record->address < record->size;
}

bool kernel_symbol_around(vaddr_t address, struct symbol *symbol)
{
    int last = find_record(address), i = last;
    const struct record *record;

    while (i >= 0 && last - i < FEW && !is_around(&image->records[i], address))
        i--;
    if (i < 0 || last - i == FEW)
        return false;
    record = &image->records[i];
    *symbol = (struct symbol){.name = record_name(record),
                              .value = record->address,
                              .size = record->size,
                              .kind = SYMBOL_PROCEDURE,
                              .exported = (record->kind & GLOBAL) != 0};
    return true;
}

bool kernel_symbol_is_label(vaddr_t address)
{
    int i = find_record(address);

    return i >= 0 &&
           ((image->records[i].kind & ~GLOBAL) != SYMBOL_PROCEDURE || image->records[i].size == 0);
}
