/* See site_source.h. */
#include "kernel/patch/site_source.h"

#include <stddef.h>
#include <string.h>

#include "arch/ppc/image.h"
#include "kernel/event/code_source.h"
#include "kernel/kernel_symbols.h"

static bool is_in(const struct site_source *source, vaddr_t address)
{
    return address - source->start < source->end - source->start;
}

static bool source_words(void *context, vaddr_t address, uint32_t words[], size_t n)
{
    const struct site_source *source = context;

    return is_in(source, address) && n <= (source->end - address) / 4 &&
           code_source()->words(NULL, address, words, n);
}

static bool source_constant(void *context, vaddr_t address, uint32_t *word)
{
    (void)context;
    return code_source()->constant(NULL, address, word);
}

static bool never_returns(const char *name)
{
    static const char *const names[] = {"panic",   "panic_trap", "abort",        "exit",
                                        "longjmp", "_exit",      "__assert_func"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Most are found at a glance. */
static bool find_sized(vaddr_t address, struct procedure *procedure)
{
    struct symbol symbol;

    if (!kernel_symbol_around(address, &symbol) || symbol.size % 4 != 0 ||
        strchr(symbol.name, '.') != NULL)
        return false;
    *procedure = (struct procedure){.name = symbol.name,
                                    .start = symbol.value,
                                    .end = symbol.value + symbol.size,
                                    .whole = symbol.value};
    return true;
}

/* Padding behind a label's procedure is taken to be of that, however far away it is. */
static bool is_there(const struct procedure *procedure, vaddr_t address)
{
    struct procedure first;

    return code_source_starts(procedure->start, &first) &&
           address - first.start < first.end - first.start;
}

/* Of assembly without sizes, and parts. Where neither is, what is behind a procedure is padding. */
static bool find_other(vaddr_t address, struct procedure *procedure)
{
    struct symbol symbol;

    return (kernel_symbol_is_label(address) || kernel_symbol_around(address, &symbol)) &&
           code_source()->procedure(NULL, address, procedure) && is_there(procedure, address);
}

static bool source_procedure(void *context, vaddr_t address, struct procedure *procedure)
{
    const struct site_source *source = context;

    if (!is_in(source, address))
        return false;
    if (!find_sized(address, procedure) && !find_other(address, procedure))
        return false;
    procedure->no_return = never_returns(procedure->name);
    return true;
}

static bool source_next(void *context, vaddr_t address, struct procedure *procedure)
{
    const struct site_source *source = context;

    if (address < source->start)
        address = source->start;
    if (!is_in(source, address) || !code_source()->next(NULL, address, procedure) ||
        !is_in(source, procedure->start))
        return false;
    procedure->no_return = never_returns(procedure->name);
    return true;
}

/* ---- pointers ---- */

struct words {
    const uint32_t *first, *end;
};

static const struct words *initialized_data(void)
{
    static struct words areas[2];

    areas[0] =
        (struct words){(const uint32_t *)kernel_rodata_start, (const uint32_t *)kernel_rodata_end};
    areas[1] =
        (struct words){(const uint32_t *)kernel_data_start, (const uint32_t *)kernel_bss_start};
    return areas;
}

static bool source_pointer(void *context, uint32_t *cursor, uint32_t *value)
{
    const struct words *areas = initialized_data();
    uint32_t i = *cursor;

    (void)context;
    for (size_t k = 0; k < 2; k++) {
        uint32_t n = (uint32_t)(areas[k].end - areas[k].first);

        if (i < n) {
            *value = areas[k].first[i];
            ++*cursor;
            return true;
        }
        i -= n;
    }
    return false;
}

uint32_t site_source_pointers(void *context, vaddr_t start, vaddr_t end)
{
    const struct words *areas = initialized_data();
    uint32_t n = 0;

    (void)context;
    for (size_t k = 0; k < 2; k++)
        for (const uint32_t *word = areas[k].first; word < areas[k].end; word++)
            n += *word - start < end - start;
    return n;
}

void site_source_open(struct site_source *source, vaddr_t start, vaddr_t end)
{
    *source = (struct site_source){.source = {.context = source,
                                              .words = source_words,
                                              .constant = source_constant,
                                              .procedure = source_procedure,
                                              .next = source_next,
                                              .pointer = source_pointer},
                                   .start = start,
                                   .end = end};
}
