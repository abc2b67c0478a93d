/* See object.h. */
#include "tests/host/object.h"

#include <stdlib.h>
#include <string.h>

#include "domains/object/bytes.h"

#define HEADERS_OF_OWN 3 /* .symtab, .strtab, and the null section */

struct buffer {
    uint8_t *bytes;
    size_t size, room;
};

struct section {
    uint32_t name, type, flags, size, link, info, alignment, entry_size;
    struct buffer bytes;
    struct buffer relocations;
};

struct object {
    struct section sections[OBJECT_SECTIONS_MAX];
    unsigned n_sections;
    struct buffer symbols, strings;
};

static void *extend(struct buffer *buffer, size_t size)
{
    uint8_t *place;

    if (buffer->room <= buffer->size + size) {
        buffer->room = 2 * (buffer->size + size) + 1;
        buffer->bytes = realloc(buffer->bytes, buffer->room);
    }
    place = buffer->bytes + buffer->size;
    memset(place, 0, size);
    buffer->size += size;
    return place;
}

static void append(struct buffer *buffer, const void *bytes, size_t size)
{
    void *place = extend(buffer, size);

    if (size != 0)
        memcpy(place, bytes, size);
}

static uint32_t string(struct object *object, const char *text)
{
    uint32_t offset = (uint32_t)object->strings.size;

    append(&object->strings, text, strlen(text) + 1);
    return offset;
}

struct object *object_begin(void)
{
    struct object *object = calloc(1, sizeof *object);

    object->n_sections = 1;
    (void)string(object, "");
    extend(&object->symbols, ELF_SYMBOL_SIZE);
    return object;
}

unsigned object_section(struct object *object, const char *name, uint32_t type, uint32_t flags,
                        const void *bytes, uint32_t size)
{
    struct section *section = &object->sections[object->n_sections];

    section->name = string(object, name);
    section->type = type;
    section->flags = flags;
    section->size = size;
    section->alignment = 4;
    if (type != SHT_NOBITS)
        append(&section->bytes, bytes, size);
    return object->n_sections++;
}

unsigned object_words(struct object *object, const char *name, uint32_t flags,
                      const uint32_t *words, size_t n)
{
    unsigned section = object_section(object, name, SHT_PROGBITS, flags, "", 0);
    uint8_t *place = extend(&object->sections[section].bytes, n * 4);

    for (size_t i = 0; i < n; i++)
        put32(place + i * 4, words[i]);
    object->sections[section].size = (uint32_t)n * 4;
    return section;
}

void object_type(struct object *object, unsigned section, uint32_t type)
{
    object->sections[section].type = type;
}

void object_align(struct object *object, unsigned section, uint32_t alignment)
{
    object->sections[section].alignment = alignment;
}

unsigned object_symbol(struct object *object, const char *name, uint8_t info, uint16_t section,
                       uint32_t value, uint32_t size)
{
    unsigned index = (unsigned)(object->symbols.size / ELF_SYMBOL_SIZE);
    uint32_t offset = string(object, name);
    uint8_t *symbol = extend(&object->symbols, ELF_SYMBOL_SIZE);

    put32(symbol, offset);
    put32(symbol + 4, value);
    put32(symbol + 8, size);
    symbol[12] = info;
    put16(symbol + 14, section);
    return index;
}

void object_visibility(struct object *object, uint8_t visibility)
{
    object->symbols.bytes[object->symbols.size - 3] = visibility;
}

void object_relocate(struct object *object, unsigned section, uint32_t offset, uint8_t type,
                     unsigned symbol, int32_t addend)
{
    uint8_t *entry = extend(&object->sections[section].relocations, ELF_RELA_SIZE);

    put32(entry, offset);
    put32(entry + 4, symbol << 8 | type);
    put32(entry + 8, (uint32_t)addend);
}

/* ---- the file ---- */

static void put_header(uint8_t *h, const struct section *section, uint32_t offset)
{
    const uint32_t fields[] = {section->name,
                               section->type,
                               section->flags,
                               0,
                               offset,
                               section->size,
                               section->link,
                               section->info,
                               section->alignment,
                               section->entry_size};

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        put32(h + i * 4, fields[i]);
}

static void put_file_header(uint8_t *e, uint32_t headers, unsigned n, unsigned names)
{
    static const uint8_t identity[] = {0x7f, 'E', 'L', 'F', 1, 2, 1};

    memcpy(e, identity, sizeof identity);
    put16(e + 16, 1);
    put16(e + 18, 20);
    put32(e + 20, 1);
    put32(e + OBJECT_E_SHOFF, headers);
    put16(e + 40, ELF_HEADER_SIZE);
    put16(e + 46, ELF_SECTION_SIZE);
    put16(e + OBJECT_E_SHNUM, (uint16_t)n);
    put16(e + 50, (uint16_t)names);
}

/* Puts bytes of a section in the file, word-aligned, and its header among the headers. */
static void place(struct buffer *file, struct buffer *headers, const struct section *section,
                  const struct buffer *bytes)
{
    extend(file, -file->size & 3);
    put_header(extend(headers, ELF_SECTION_SIZE), section, (uint32_t)file->size);
    append(file, bytes->bytes, bytes->size);
}

static void place_relocations(struct object *object, struct buffer *file, struct buffer *headers,
                              unsigned symbol_table)
{
    for (unsigned i = 1; i < object->n_sections; i++) {
        const struct buffer *relocations = &object->sections[i].relocations;
        struct section rela = {.type = SHT_RELA,
                               .size = (uint32_t)relocations->size,
                               .link = symbol_table,
                               .info = i,
                               .alignment = 4,
                               .entry_size = ELF_RELA_SIZE};

        if (relocations->size == 0)
            continue;
        rela.name = string(object, ".rela");
        place(file, headers, &rela, relocations);
    }
}

static unsigned count_headers(const struct object *object)
{
    unsigned n = object->n_sections - 1 + HEADERS_OF_OWN;

    for (unsigned i = 1; i < object->n_sections; i++)
        n += object->sections[i].relocations.size != 0;
    return n;
}

static void place_tables(struct object *object, struct buffer *file, struct buffer *headers,
                         unsigned n)
{
    struct section symbols = {.type = SHT_SYMTAB,
                              .size = (uint32_t)object->symbols.size,
                              .link = n - 1,
                              .info = 1,
                              .alignment = 4,
                              .entry_size = ELF_SYMBOL_SIZE};
    struct section strings = {.type = SHT_STRTAB, .alignment = 1};

    symbols.name = string(object, ".symtab");
    strings.name = string(object, ".strtab");
    strings.size = (uint32_t)object->strings.size;
    place(file, headers, &symbols, &object->symbols);
    place(file, headers, &strings, &object->strings);
}

static void free_object(struct object *object)
{
    for (unsigned i = 0; i < object->n_sections; i++) {
        free(object->sections[i].bytes.bytes);
        free(object->sections[i].relocations.bytes);
    }
    free(object->symbols.bytes);
    free(object->strings.bytes);
    free(object);
}

struct object_file object_end(struct object *object)
{
    unsigned n = count_headers(object);
    struct buffer file = {0}, headers = {0};
    struct object_file made;

    extend(&file, ELF_HEADER_SIZE);
    extend(&headers, ELF_SECTION_SIZE);
    for (unsigned i = 1; i < object->n_sections; i++)
        place(&file, &headers, &object->sections[i], &object->sections[i].bytes);
    place_relocations(object, &file, &headers, n - 2);
    place_tables(object, &file, &headers, n);
    extend(&file, -file.size & 3);
    put_file_header(file.bytes, (uint32_t)file.size, n, n - 1);
    append(&file, headers.bytes, headers.size);
    made.size = file.size;
    made.bytes = malloc(made.size);
    memcpy(made.bytes, file.bytes, made.size);
    free(file.bytes);
    free(headers.bytes);
    free_object(object);
    return made;
}

uint8_t *object_header(struct object_file *file, unsigned section)
{
    return file->bytes + get32(file->bytes + OBJECT_E_SHOFF) + section * ELF_SECTION_SIZE;
}

unsigned object_find(const struct object_file *file, const char *name)
{
    struct elf_object elf;
    unsigned found = 0;

    if (elf_open(file->bytes, file->size, &elf) != OK)
        return 0;
    for (unsigned i = 1; i < elf.n_sections && found == 0; i++)
        if (strcmp(elf.sections[i].name, name) == 0)
            found = i;
    elf_close(&elf);
    return found;
}
