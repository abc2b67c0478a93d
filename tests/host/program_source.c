/* See program_source.h. */
#include "tests/host/program_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domains/object/bytes.h"
#include "tests/host/corpus.h"

#define ET_EXEC 2
#define E_TYPE 16
#define E_SHSTRNDX 50
#define STT_FILE 4

struct symbol {
    const char *name;
    uint32_t value, size;
    uint16_t section;
    uint8_t type, bind;
    size_t file; /* number of the file that it is local to, 0 of global ones */
};

struct symbols {
    struct symbol *each;
    size_t n;
};

static void die(const char *what)
{
    printf("Bail out! program_source: %s\n", what);
    exit(1);
}

static const uint8_t *header_of(const struct object_file *file, unsigned section)
{
    return file->bytes + get32(file->bytes + OBJECT_E_SHOFF) + section * ELF_SECTION_SIZE;
}

/* ---- sections ---- */

static bool never_changes(const char *name, uint32_t flags)
{
    static const char *const relocated[] = {".got", ".got2", ".data.rel.ro", ".data.rel.ro.local"};

    for (size_t i = 0; i < sizeof relocated / sizeof relocated[0]; i++) {
        if (strcmp(name, relocated[i]) == 0)
            return true;
    }
    return (flags & SHF_WRITE) == 0 || (flags & SHF_EXECINSTR) != 0;
}

static void read_sections(struct program_source *program)
{
    const struct object_file *file = &program->file;
    unsigned n = get16(file->bytes + OBJECT_E_SHNUM);
    const uint8_t *names = header_of(file, get16(file->bytes + E_SHSTRNDX));

    program->sections = calloc(n, sizeof *program->sections);
    for (unsigned i = 0; i < n; i++) {
        const uint8_t *header = header_of(file, i);
        struct image_section *section = &program->sections[i];
        uint32_t flags = get32(header + OBJECT_SH_FLAGS);

        if ((flags & SHF_ALLOC) == 0 || get32(header + OBJECT_SH_TYPE) == SHT_NOBITS)
            continue;
        section->bytes = file->bytes + get32(header + OBJECT_SH_OFFSET);
        section->start = get32(header + 12);
        section->end = section->start + get32(header + OBJECT_SH_SIZE);
        section->code = (flags & SHF_EXECINSTR) != 0;
        section->constant = never_changes(
            (const char *)file->bytes + get32(names + OBJECT_SH_OFFSET) + get32(header), flags);
    }
    program->n_sections = n;
}

static const struct image_section *section_at(const struct program_source *program, vaddr_t address)
{
    for (size_t i = 0; i < program->n_sections; i++) {
        const struct image_section *section = &program->sections[i];

        if (address - section->start < section->end - section->start)
            return section;
    }
    return NULL;
}

/* ---- symbols ---- */

static const uint8_t *symbol_table(const struct object_file *file)
{
    for (unsigned i = 0; i < get16(file->bytes + OBJECT_E_SHNUM); i++) {
        if (get32(header_of(file, i) + OBJECT_SH_TYPE) == SHT_SYMTAB)
            return header_of(file, i);
    }
    die("an image without symbols");
    return NULL;
}

static struct symbols read_symbols(const struct object_file *file)
{
    const uint8_t *table = symbol_table(file);
    const uint8_t *strings = header_of(file, get32(table + OBJECT_SH_LINK));
    const char *names = (const char *)file->bytes + get32(strings + OBJECT_SH_OFFSET);
    struct symbols symbols = {.n = get32(table + OBJECT_SH_SIZE) / ELF_SYMBOL_SIZE};
    size_t n_files = 0;

    symbols.each = calloc(symbols.n, sizeof *symbols.each);
    for (size_t i = 0; i < symbols.n; i++) {
        const uint8_t *s = file->bytes + get32(table + OBJECT_SH_OFFSET) + i * ELF_SYMBOL_SIZE;
        struct symbol *symbol = &symbols.each[i];

        *symbol = (struct symbol){.name = names + get32(s),
                                  .value = get32(s + 4),
                                  .size = get32(s + 8),
                                  .section = get16(s + 14),
                                  .type = s[12] & 0xf,
                                  .bind = s[12] >> 4};
        n_files += symbol->type == STT_FILE;
        symbol->file = symbol->bind == STB_LOCAL ? n_files : 0;
    }
    return symbols;
}

/* The symbol that `f.cold` is a part of: of the same file if it is static. */
static const struct symbol *whole_of(const struct symbols *symbols, const struct symbol *part)
{
    const char *cold = strstr(part->name, ".cold");
    const struct symbol *global = NULL;
    size_t length = cold == NULL ? 0 : (size_t)(cold - part->name);

    for (size_t i = 0; cold != NULL && i < symbols->n; i++) {
        const struct symbol *symbol = &symbols->each[i];

        if (strncmp(symbol->name, part->name, length) != 0 || symbol->name[length] != 0)
            continue;
        if (symbol->bind == STB_LOCAL && symbol->file == part->file)
            return symbol;
        if (symbol->bind != STB_LOCAL)
            global = symbol;
    }
    return global == NULL ? part : global;
}

/* ---- procedures ---- */

static int by_start(const void *a, const void *b)
{
    const struct procedure *p = a, *q = b;

    if (p->start != q->start)
        return p->start < q->start ? -1 : 1;
    if (p->end != q->end) /* the one that knows its size first, and the larger one */
        return p->end > q->end ? -1 : 1;
    return strcmp(p->name, q->name);
}

static bool is_procedure(const struct program_source *program, const struct symbol *symbol)
{
    return (symbol->type == STT_FUNC || symbol->type == STT_NOTYPE) && symbol->section != 0 &&
           symbol->section < program->n_sections && program->sections[symbol->section].code &&
           symbol->name[0] != 0 && symbol->name[0] != '.' && symbol->value % 4 == 0;
}

static bool never_returns(const char *name)
{
    static const char *const names[] = {"abort",    "exit",  "_exit",         "_Exit",
                                        "__assert", "panic", "__assert_func", "longjmp"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

/* Drops what lies inside another procedure; those without a size go up to the next. */
static void tidy_procedures(struct program_source *program)
{
    size_t n = 0;

    for (size_t i = 0; i < program->n_procedures; i++) {
        struct procedure *p = &program->procedures[i];

        if (n > 0 && program->procedures[n - 1].end == program->procedures[n - 1].start &&
            p->start > program->procedures[n - 1].start)
            program->procedures[n - 1].end = p->start;
        if (n == 0 || (p->start >= program->procedures[n - 1].end &&
                       p->start > program->procedures[n - 1].start))
            program->procedures[n++] = *p;
    }
    program->n_procedures = n;
    for (size_t i = 0; i < n; i++) {
        struct procedure *p = &program->procedures[i];
        const struct image_section *section = section_at(program, p->start);

        if (p->end == p->start || p->end > section->end)
            p->end = section->end;
        p->end -= (p->end - p->start) % 4;
    }
}

static void read_procedures(struct program_source *program)
{
    struct symbols symbols = read_symbols(&program->file);

    program->procedures = calloc(symbols.n, sizeof *program->procedures);
    for (size_t i = 0; i < symbols.n; i++) {
        const struct symbol *symbol = &symbols.each[i];

        if (is_procedure(program, symbol) && section_at(program, symbol->value) != NULL)
            program->procedures[program->n_procedures++] =
                (struct procedure){.name = symbol->name,
                                   .start = symbol->value,
                                   .end = symbol->value + symbol->size,
                                   .whole = whole_of(&symbols, symbol)->value,
                                   .no_return = never_returns(symbol->name)};
    }
    qsort(program->procedures, program->n_procedures, sizeof *program->procedures, by_start);
    tidy_procedures(program);
    free(symbols.each);
}

/* ---- the source ---- */

static bool source_words(void *context, vaddr_t address, uint32_t words[], size_t n)
{
    const struct image_section *section = section_at(context, address);

    if (section == NULL || !section->code || address % 4 != 0 || n > (section->end - address) / 4)
        return false;
    for (size_t i = 0; i < n; i++)
        words[i] = get32(section->bytes + (address - section->start) + 4 * i);
    return true;
}

static bool source_constant(void *context, vaddr_t address, uint32_t *word)
{
    const struct image_section *section = section_at(context, address);

    if (section == NULL || !section->constant || section->end - address < 4)
        return false;
    *word = get32(section->bytes + (address - section->start));
    return true;
}

/* The first procedure that starts above an address. */
static size_t index_above(const struct program_source *program, vaddr_t address)
{
    size_t low = 0, high = program->n_procedures;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (program->procedures[middle].start > address)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static bool source_procedure(void *context, vaddr_t address, struct procedure *procedure)
{
    const struct program_source *program = context;
    size_t above = index_above(program, address);

    if (address == 0) { /* where the linker puts what is not there */
        *procedure = (struct procedure){.end = 4, .import = true};
        return true;
    }
    if (above == 0 || address >= program->procedures[above - 1].end)
        return false;
    *procedure = program->procedures[above - 1];
    return true;
}

static bool source_next(void *context, vaddr_t address, struct procedure *procedure)
{
    const struct program_source *program = context;
    size_t above = address == 0 ? 0 : index_above(program, address - 1);

    if (above == program->n_procedures)
        return false;
    *procedure = program->procedures[above];
    return true;
}

/* Words of all sections of data, counted one after another. */
static bool source_pointer(void *context, uint32_t *cursor, uint32_t *value)
{
    const struct program_source *program = context;
    uint32_t n = *cursor;

    for (size_t i = 0; i < program->n_sections; i++) {
        const struct image_section *section = &program->sections[i];
        uint32_t words = (section->end - section->start) / 4;

        if (section->code)
            continue;
        if (n < words) {
            *value = get32(section->bytes + 4 * n);
            ++*cursor;
            return true;
        }
        n -= words;
    }
    return false;
}

void program_source_open(struct program_source *program, struct object_file image)
{
    *program = (struct program_source){.file = image};
    if (image.size < ELF_HEADER_SIZE || get16(image.bytes + E_TYPE) != ET_EXEC)
        die("not an executable");
    program->source = (struct code_source){
        program,        source_words, source_constant, source_procedure, source_next,
        source_pointer, NULL};
    read_sections(program);
    read_procedures(program);
}

void program_source_read(struct program_source *program, const char *name)
{
    program_source_open(program, corpus_read(name));
}

void program_source_close(struct program_source *program)
{
    free(program->sections);
    free(program->procedures);
    free(program->file.bytes);
}

vaddr_t program_source_find(const struct program_source *program, const char *name)
{
    for (size_t i = 0; i < program->n_procedures; i++) {
        if (strcmp(program->procedures[i].name, name) == 0)
            return program->procedures[i].start;
    }
    return 0;
}
