/* See code_source.h. */
#include "kernel/event/code_source.h"

#include <stdio.h>
#include <string.h>

#include "arch/ppc/code/reach.h"
#include "arch/ppc/image.h"
#include "domains/domain.h"
#include "kernel/event/splice.h"
#include "kernel/kernel_symbols.h"
#include "kernel/patch/patch.h"

#define COLD ".cold"

/* Symbols of one program that has code: the kernel or a domain. */
struct table {
    const struct domain *domain; /* NULL: the kernel */
    vaddr_t start, end;          /* of its text, slots included */
    size_t n;
};

/* ---- places ---- */

static bool is_kernel_text(vaddr_t address)
{
    return address - IMAGE(kernel_text_start) < IMAGE(kernel_text_end) - IMAGE(kernel_text_start);
}

static bool lies_in(const struct segment *segment, vaddr_t address)
{
    return address - segment->address < segment->size;
}

static bool has_image(const struct domain *domain)
{
    return domain->state <= DOMAIN_LEAVING && !domain->emptied;
}

const struct domain *code_source_domain(vaddr_t address)
{
    for (const struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d)) {
        if (has_image(d) && lies_in(&d->image.memory.text, address))
            return d;
    }
    return NULL;
}

static bool find_table(vaddr_t address, struct table *table)
{
    const struct domain *domain;

    if (is_kernel_text(address)) {
        *table = (struct table){NULL, IMAGE(kernel_text_start), IMAGE(kernel_text_end),
                                kernel_symbol_count()};
        return true;
    }
    domain = code_source_domain(address);
    if (domain == NULL)
        return false;
    *table =
        (struct table){domain, domain->image.memory.text.address,
                       domain->image.memory.text.address + (vaddr_t)domain->image.memory.text.size,
                       domain->image.symbols.n_symbols};
    return true;
}

/* Where the bytes of a domain can be read. */
static const uint8_t *bytes_at(const struct domain *domain, vaddr_t address)
{
    return domain->image.sealed ? (const uint8_t *)address : image_bytes(&domain->image, address);
}

/* ---- procedures ---- */

/* What a search for the procedure at an address has come to. */
struct nearest {
    struct symbol procedure, label; /* name NULL: none */
    vaddr_t next;                   /* the first symbol above the address, or the end of text */
};

static bool is_better(const struct symbol *symbol, const struct symbol *than)
{
    if (than->name == NULL || symbol->value != than->value)
        return than->name == NULL || symbol->value > than->value;
    return symbol->exported && !than->exported;
}

static inline void consider(const struct symbol *symbol, vaddr_t address, struct nearest *nearest)
{
    bool procedure = symbol->kind == SYMBOL_PROCEDURE;
    struct symbol *best = procedure ? &nearest->procedure : &nearest->label;

    if (symbol->kind == SYMBOL_VARIABLE || symbol->value % 4 != 0)
        return;
    if (symbol->value > address) {
        if (symbol->value < nearest->next)
            nearest->next = symbol->value;
    } else if ((!procedure || symbol->size == 0 || address - symbol->value < symbol->size) &&
               is_better(symbol, best)) {
        *best = *symbol;
    }
}

static void search_domain(const struct table *table, vaddr_t address, struct nearest *nearest)
{
    const struct symbol *symbols = table->domain->image.symbols.symbols;

    for (size_t i = 0; i < table->n; i++) {
        if (symbols[i].value - table->start < table->end - table->start)
            consider(&symbols[i], address, nearest);
    }
}

/* The kernel's are sorted, so only those around the address need be looked at. */
static void search_kernel(const struct table *table, vaddr_t address, struct nearest *nearest)
{
    size_t at = kernel_symbol_from(address + 1);

    for (size_t i = at; i < table->n && nearest->next == table->end; i++) {
        struct symbol symbol = kernel_symbol(i);

        if (symbol.value >= table->end)
            break;
        consider(&symbol, address, nearest);
    }
    for (size_t i = at; i-- > 0 && nearest->procedure.name == NULL;) {
        struct symbol symbol = kernel_symbol(i);

        if (symbol.value < table->start)
            break;
        consider(&symbol, address, nearest);
    }
}

static void search(const struct table *table, vaddr_t address, struct nearest *nearest)
{
    *nearest = (struct nearest){.next = table->end};
    if (table->domain != NULL)
        search_domain(table, address, nearest);
    else
        search_kernel(table, address, nearest);
}

/* ---- parts ---- */

static struct symbol symbol_of(const struct table *table, size_t i)
{
    return table->domain != NULL ? table->domain->image.symbols.symbols[i] : kernel_symbol(i);
}

/* The procedure that NAME.cold is a part of, or its own start if that is not certain. */
static vaddr_t whole_of(const struct table *table, const struct symbol *part)
{
    const char *cold = strstr(part->name, COLD);
    size_t length = cold == NULL ? 0 : (size_t)(cold - part->name);
    vaddr_t whole = part->value;

    for (size_t i = 0; cold != NULL && i < table->n; i++) {
        struct symbol symbol = symbol_of(table, i);

        if (symbol.kind != SYMBOL_PROCEDURE || strncmp(symbol.name, part->name, length) != 0 ||
            symbol.name[length] != 0)
            continue;
        if (whole != part->value)
            return part->value;
        whole = symbol.value;
    }
    return whole;
}

/* ---- slots ---- */

/* The import whose slot an address lies in. */
static const struct import *slot_at(const struct domain *domain, vaddr_t address, vaddr_t *slot)
{
    const struct image *image = &domain->image;

    for (unsigned k = 0; k < IMAGE_ISLANDS && image->islands[k] != 0; k++) {
        vaddr_t offset = address - image->islands[k];

        if (offset < image->n_imports * VENEER_SIZE) {
            *slot = address - offset % VENEER_SIZE;
            return &image->imports[offset / VENEER_SIZE];
        }
    }
    return NULL;
}

/* One that is empty stands for the import; one in use leads to its definition. */
static void describe_slot(const struct domain *domain, const struct import *import, vaddr_t slot,
                          struct procedure *procedure)
{
    uint32_t first;

    memcpy(&first, bytes_at(domain, slot), sizeof first);
    *procedure = (struct procedure){.name = import->name,
                                    .start = slot,
                                    .end = slot + VENEER_SIZE,
                                    .whole = slot,
                                    .import = first == 0};
}

vaddr_t code_source_definition(vaddr_t address)
{
    const struct domain *domain = code_source_domain(address);
    const struct import *import;
    vaddr_t slot;

    if (domain == NULL)
        return address;
    import = slot_at(domain, address, &slot);
    return import != NULL && slot == address && import->state == IMPORT_BOUND
               ? import->symbol->value
               : address;
}

/* ---- the source ---- */

static struct procedure latest; /* end 0: none */

static void describe(const struct table *table, const struct nearest *nearest,
                     struct procedure *procedure)
{
    const struct symbol *symbol =
        nearest->procedure.name != NULL ? &nearest->procedure : &nearest->label;
    vaddr_t end = symbol->size != 0 && symbol->kind == SYMBOL_PROCEDURE
                      ? symbol->value + (symbol->size & ~3u)
                      : nearest->next;

    *procedure = (struct procedure){.name = symbol->name,
                                    .start = symbol->value,
                                    .end = end < table->end ? end : table->end,
                                    .whole = whole_of(table, symbol)};
}

static bool find_procedure(vaddr_t address, struct procedure *procedure)
{
    const struct import *import = NULL;
    struct nearest nearest;
    struct table table;
    vaddr_t slot = 0;

    if (!find_table(address, &table))
        return false;
    if (table.domain != NULL)
        import = slot_at(table.domain, address, &slot);
    if (import != NULL) {
        describe_slot(table.domain, import, slot, procedure);
        return true;
    }
    search(&table, address, &nearest);
    if (nearest.procedure.name == NULL && nearest.label.name == NULL)
        return false;
    describe(&table, &nearest, procedure);
    return address - procedure->start < procedure->end - procedure->start;
}

static bool source_procedure(void *context, vaddr_t address, struct procedure *procedure)
{
    (void)context;
    if (address - latest.start < latest.end - latest.start) {
        *procedure = latest;
        return true;
    }
    if (!find_procedure(address, procedure))
        return false;
    if (!procedure->import) /* a slot that is filled becomes a procedure */
        latest = *procedure;
    return true;
}

/* What starts at or above an address: where the next procedure begins is known from the search for it. */
static bool source_next(void *context, vaddr_t address, struct procedure *procedure)
{
    struct table table;

    while (find_table(address, &table)) {
        struct nearest nearest;

        if (source_procedure(context, address, procedure) && procedure->start >= address)
            return true;
        search(&table, address, &nearest);
        if (nearest.next == table.end)
            break;
        address = nearest.next;
    }
    return false;
}

static bool source_words(void *context, vaddr_t address, uint32_t words[], size_t n)
{
    struct table table;

    (void)context;
    if (!find_table(address, &table) || address % 4 != 0 || n > (table.end - address) / 4)
        return false;
    memcpy(words, table.domain == NULL ? (const uint8_t *)address : bytes_at(table.domain, address),
           4 * n);
    code_words_original(address, words, n);
    splice_original(address, words, n);
    return true;
}

static bool source_patched(void *context, vaddr_t start, vaddr_t end)
{
    (void)context;
    return patch_is_on(start, end - start);
}

/* ---- data ---- */

/* What no instruction writes: the tables of offsets too, which only binding does. */
static bool is_constant(const struct image *image, vaddr_t address)
{
    for (size_t i = 0; i < sizeof image->constants / sizeof image->constants[0]; i++) {
        if (address - image->constants[i].address < 4 * image->constants[i].count)
            return true;
    }
    return lies_in(&image->memory.rodata, address);
}

static bool source_constant(void *context, vaddr_t address, uint32_t *word)
{
    if (source_words(context, address, word, 1))
        return true;
    if (address % 4 != 0)
        return false;
    if (address - IMAGE(kernel_rodata_start) <
        IMAGE(kernel_rodata_end) - IMAGE(kernel_rodata_start)) {
        *word = *(const uint32_t *)address;
        return true;
    }
    for (const struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d)) {
        if (has_image(d) && is_constant(&d->image, address)) {
            memcpy(word, bytes_at(d, address), sizeof *word);
            return true;
        }
    }
    return false;
}

/* Words of initialized data one after another: the area that the latest one lay in. */
struct area {
    const struct domain *domain; /* NULL: the kernel */
    unsigned number;             /* of its areas */
    uint32_t first, n;           /* words */
    const uint8_t *bytes;
};

static void take_segment(struct area *area, const struct segment *segment)
{
    area->n = (uint32_t)(segment->size / 4);
    area->bytes = area->n == 0 ? NULL : bytes_at(area->domain, segment->address);
}

static void take_area(struct area *area)
{
    area->first += area->n;
    if (area->domain != NULL) {
        take_segment(area, area->number == 0 ? &area->domain->image.memory.rodata
                                             : &area->domain->image.memory.data);
    } else if (area->number == 0) {
        area->n = (IMAGE(kernel_rodata_end) - IMAGE(kernel_rodata_start)) / 4;
        area->bytes = (const uint8_t *)kernel_rodata_start;
    } else {
        area->n = (IMAGE(kernel_bss_start) - IMAGE(kernel_data_start)) / 4;
        area->bytes = (const uint8_t *)kernel_data_start;
    }
}

/* False behind the last one. */
static bool next_area(struct area *area)
{
    if (area->number == 0) {
        area->number = 1;
    } else {
        do {
            area->domain = domain_next(area->domain);
        } while (area->domain != NULL && !has_image(area->domain));
        area->number = 0;
        if (area->domain == NULL)
            return false;
    }
    take_area(area);
    return true;
}

static bool source_pointer(void *context, uint32_t *cursor, uint32_t *value)
{
    static struct area area;

    (void)context;
    if (*cursor == 0) {
        area = (struct area){.domain = NULL};
        take_area(&area);
    }
    while (*cursor - area.first >= area.n) {
        if (!next_area(&area))
            return false;
    }
    memcpy(value, area.bytes + 4 * (*cursor - area.first), sizeof *value);
    ++*cursor;
    return true;
}

void code_source_forget(void)
{
    latest = (struct procedure){.end = 0};
}

const struct code_source *code_source(void)
{
    static const struct code_source source = {.words = source_words,
                                              .constant = source_constant,
                                              .procedure = source_procedure,
                                              .next = source_next,
                                              .pointer = source_pointer,
                                              .patched = source_patched};

    code_source_forget();
    return &source;
}

static bool plain_procedure(void *context, vaddr_t address, struct procedure *procedure)
{
    (void)context;
    return find_procedure(address, procedure);
}

const struct code_source *code_source_plain(void)
{
    static const struct code_source source = {.words = source_words,
                                              .constant = source_constant,
                                              .procedure = plain_procedure,
                                              .patched = source_patched};

    return &source;
}

/* ---- names ---- */

bool code_source_starts(vaddr_t address, struct procedure *procedure)
{
    return find_procedure(address, procedure) && procedure->start == address;
}

void code_source_name(vaddr_t address, char *text, size_t size)
{
    const struct domain *domain = code_source_domain(address);
    struct procedure procedure;

    if (!find_procedure(address, &procedure))
        snprintf(text, size, "0x%08x", (unsigned)address);
    else if (address == procedure.start)
        snprintf(text, size, "%s!%s", domain != NULL ? domain->name : "kernel", procedure.name);
    else
        snprintf(text, size, "%s!%s+0x%x", domain != NULL ? domain->name : "kernel", procedure.name,
                 (unsigned)(address - procedure.start));
}
