/* See elf.h. Each check is a function that refuses with a sentence of its own. */
#include "domains/object/elf.h"

#include <stdlib.h>
#include <string.h>

#include "domains/object/bytes.h"

#define EI_CLASS 4
#define EI_DATA 5
#define EI_VERSION 6
#define EI_OSABI 7
#define EI_ABIVERSION 8
#define CLASS_32 1
#define DATA_BIG_ENDIAN 2
#define OSABI_LINUX 3
#define TYPE_RELOCATABLE 1
#define TYPE_EXECUTABLE 2
#define MACHINE_POWERPC 20

#define STT_TLS 6

/* Offsets in the file header. */
#define E_TYPE 16
#define E_MACHINE 18
#define E_VERSION 20
#define E_PHOFF 28
#define E_SHOFF 32
#define E_EHSIZE 40
#define E_PHNUM 44
#define E_SHENTSIZE 46
#define E_SHNUM 48
#define E_SHSTRNDX 50

/* Offsets in a section header. */
#define SH_NAME 0
#define SH_TYPE 4
#define SH_FLAGS 8
#define SH_ADDR 12
#define SH_OFFSET 16
#define SH_SIZE 20
#define SH_LINK 24
#define SH_INFO 28
#define SH_ADDRALIGN 32
#define SH_ENTSIZE 36

#define ORDINARY_ALIGNMENTS 0x10117u /* bit n: n is 0 or a power of two, up to 16 */

static status_t bad(const char *what)
{
    return status_refuse(ERR_BAD_OBJECT, "%s", what);
}

static status_t check_identity(const uint8_t *e)
{
    if (memcmp(e, "\177ELF", 4) != 0)
        return bad("not an ELF file");
    if (e[EI_CLASS] != CLASS_32)
        return bad("not a 32-bit object (ELF class)");
    if (e[EI_DATA] != DATA_BIG_ENDIAN)
        return bad("not a big-endian object (ELF data encoding)");
    if (e[EI_VERSION] != 1)
        return bad("unknown ELF version in the identification");
    if ((e[EI_OSABI] != 0 && e[EI_OSABI] != OSABI_LINUX) || e[EI_ABIVERSION] != 0)
        return bad("made for another operating system's ABI");
    return OK;
}

static status_t check_type(const uint8_t *e, bool executable)
{
    if (executable)
        return get16(e + E_TYPE) == TYPE_EXECUTABLE
                   ? OK
                   : status_refuse(ERR_BAD_OBJECT, "not an executable (ELF type %u)",
                                   get16(e + E_TYPE));
    if (get16(e + E_TYPE) != TYPE_RELOCATABLE)
        return status_refuse(ERR_BAD_OBJECT,
                             "not a relocatable object (ELF type %u); compile with -c",
                             get16(e + E_TYPE));
    if (get16(e + E_PHNUM) != 0 || get32(e + E_PHOFF) != 0)
        return bad("a relocatable object has no program headers");
    return OK;
}

static status_t check_header(const uint8_t *e, bool executable)
{
    status_t status;

    if (get16(e + E_MACHINE) != MACHINE_POWERPC)
        return status_refuse(ERR_BAD_OBJECT, "not for PowerPC (ELF machine %u)",
                             get16(e + E_MACHINE));
    status = check_type(e, executable);
    if (status != OK)
        return status;
    if (get32(e + E_VERSION) != 1)
        return bad("unknown ELF version");
    if (get16(e + E_EHSIZE) != ELF_HEADER_SIZE)
        return bad("wrong size of the ELF header");
    return OK;
}

static status_t check_table(const uint8_t *e, size_t size)
{
    uint32_t offset = get32(e + E_SHOFF);
    uint32_t n = get16(e + E_SHNUM);

    if (n == 0 || offset == 0)
        return bad("no section headers");
    if (get16(e + E_SHENTSIZE) != ELF_SECTION_SIZE)
        return bad("wrong size of a section header");
    if (offset > size || n * ELF_SECTION_SIZE > size - offset)
        return status_refuse(ERR_BAD_OBJECT,
                             "%u section headers at 0x%x go beyond the end of the file",
                             (unsigned)n, (unsigned)offset);
    if (get16(e + E_SHSTRNDX) >= n || get16(e + E_SHSTRNDX) == SHN_UNDEF)
        return bad("index of the section name table out of range");
    return OK;
}

/* ---- sections ---- */

static bool has_bytes(uint32_t type)
{
    return type != SHT_NOBITS && type != SHT_NULL;
}

static status_t check_alignment(unsigned index, const struct elf_section *s)
{
    if ((s->alignment & (s->alignment - 1)) != 0)
        return status_refuse(ERR_BAD_OBJECT, "section %u: alignment %u is not a power of two",
                             index, (unsigned)s->alignment);
    if (s->alignment > ELF_ALIGNMENT_MAX && (s->flags & SHF_ALLOC) != 0)
        return status_refuse(ERR_UNSUPPORTED, "section %u: alignment %u is more than %u", index,
                             (unsigned)s->alignment, ELF_ALIGNMENT_MAX);
    return OK;
}

/* A header as it stands, but for the name, which waits for the table of names. */
static status_t read_section(const struct elf_object *object, const uint8_t *h, unsigned index)
{
    struct elf_section *s = &object->sections[index];

    s->type = get32(h + SH_TYPE);
    s->flags = get32(h + SH_FLAGS);
    s->offset = get32(h + SH_OFFSET);
    s->size = get32(h + SH_SIZE);
    s->link = get32(h + SH_LINK);
    s->info = get32(h + SH_INFO);
    s->alignment = get32(h + SH_ADDRALIGN);
    s->entry_size = get32(h + SH_ENTSIZE);
    s->address = object->executable ? get32(h + SH_ADDR) : 0;
    s->bytes = NULL;
    if (has_bytes(s->type)) {
        if (s->offset > object->size || s->size > object->size - s->offset)
            return status_refuse(ERR_BAD_OBJECT,
                                 "section %u (0x%x bytes at 0x%x) goes beyond the end of the file",
                                 index, (unsigned)s->size, (unsigned)s->offset);
        s->bytes = object->bytes + s->offset;
    }
    return s->alignment <= 16 && ORDINARY_ALIGNMENTS >> s->alignment & 1
               ? OK
               : check_alignment(index, s);
}

/* Elsewhere 0 means "no section", and nothing looks at this one's fields. */
static status_t read_sections(const struct elf_object *object, const uint8_t *headers)
{
    if (get32(headers + SH_TYPE) != SHT_NULL)
        return bad("section 0 is not the null section");
    memset(&object->sections[0], 0, sizeof object->sections[0]);
    for (unsigned i = 1; i < object->n_sections; i++) {
        status_t status = read_section(object, headers + i * ELF_SECTION_SIZE, i);

        if (status != OK)
            return status;
    }
    return OK;
}

/* A string table that ends in a zero makes every offset inside it a string. */
static status_t check_strings(const struct elf_object *object, unsigned index)
{
    const struct elf_section *s = &object->sections[index];

    if (s->type != SHT_STRTAB)
        return status_refuse(ERR_BAD_OBJECT, "section %u is used as a string table but is none",
                             index);
    if (s->size == 0 || s->bytes[s->size - 1] != 0)
        return status_refuse(ERR_BAD_OBJECT, "string table %u is not terminated", index);
    return OK;
}

static status_t name_sections(const struct elf_object *object, const uint8_t *headers,
                              unsigned strings)
{
    const struct elf_section *table = &object->sections[strings];
    status_t status = check_strings(object, strings);

    if (status != OK)
        return status;
    for (unsigned i = 0; i < object->n_sections; i++) {
        uint32_t name = get32(headers + i * ELF_SECTION_SIZE + SH_NAME);

        if (name >= table->size)
            return status_refuse(ERR_BAD_OBJECT, "section %u: name outside the string table", i);
        object->sections[i].name = (const char *)table->bytes + name;
    }
    return OK;
}

/* ---- overlap ---- */

static uint32_t offset_of(const struct elf_object *object, uint16_t index)
{
    return object->sections[index].offset;
}

static void sink(const struct elf_object *object, uint16_t *list, unsigned n, unsigned from)
{
    for (unsigned child; (child = 2 * from + 1) < n; from = child) {
        uint16_t section = list[from];

        if (child + 1 < n && offset_of(object, list[child]) < offset_of(object, list[child + 1]))
            child++;
        if (offset_of(object, section) >= offset_of(object, list[child]))
            return;
        list[from] = list[child];
        list[child] = section;
    }
}

/* Heap sort (Williams, 1964), since no order of the sections makes it slow. */
static void sort_many(const struct elf_object *object, uint16_t *list, unsigned n)
{
    for (unsigned i = n / 2; i-- > 0;)
        sink(object, list, n, i);
    while (n-- > 1) {
        uint16_t section = list[0];

        list[0] = list[n];
        list[n] = section;
        sink(object, list, n, 0);
    }
}

/* Few and nearly in order, as compilers write them; or whatever an enemy likes. */
static void sort(const struct elf_object *object, uint16_t *list, unsigned n)
{
    if (n > 64) {
        sort_many(object, list, n);
        return;
    }
    for (unsigned i = 1; i < n; i++) {
        uint16_t section = list[i];
        uint32_t offset = offset_of(object, section);
        unsigned k = i;

        for (; k > 0 && offset_of(object, list[k - 1]) > offset; k--)
            list[k] = list[k - 1];
        list[k] = section;
    }
}

/* list has room for all sections. */
static status_t check_overlap(const struct elf_object *object, uint16_t *list)
{
    uint32_t end = 0;
    unsigned n = 0;

    for (unsigned i = 1; i < object->n_sections; i++)
        if (object->sections[i].bytes != NULL && object->sections[i].size != 0)
            list[n++] = (uint16_t)i;
    sort(object, list, n);
    for (unsigned i = 0; i < n; i++) {
        const struct elf_section *s = &object->sections[list[i]];

        if (s->offset < end)
            return status_refuse(ERR_BAD_OBJECT, "sections %u and %u overlap", list[i - 1],
                                 list[i]);
        end = s->offset + s->size;
    }
    return OK;
}

/* ---- what the sections hold ---- */

static status_t check_loaded(const struct elf_object *object, const struct elf_section *s)
{
    if ((s->flags & SHF_TLS) != 0)
        return status_refuse(ERR_UNSUPPORTED, "section %s: thread-local storage is not offered",
                             s->name);
    if ((s->flags & SHF_COMPRESSED) != 0)
        return status_refuse(ERR_UNSUPPORTED, "section %s is compressed", s->name);
    if (!object->executable && (s->flags & SHF_WRITE) != 0 && (s->flags & SHF_EXECINSTR) != 0)
        return status_refuse(ERR_UNSUPPORTED, "section %s is both code and writable", s->name);
    return OK;
}

static status_t check_rela(struct elf_object *object, unsigned index, uint16_t *list)
{
    const struct elf_section *s = &object->sections[index], *target;

    if (s->info >= object->n_sections || s->info == index)
        return status_refuse(ERR_BAD_OBJECT, "section %s relocates section %u, which is not there",
                             s->name, (unsigned)s->info);
    target = &object->sections[s->info];
    if ((target->flags & SHF_ALLOC) == 0)
        return OK;
    list[object->n_relocating++] = (uint16_t)index;
    if (s->type == SHT_REL)
        return status_refuse(ERR_UNSUPPORTED, "section %s: relocations without addends", s->name);
    if (s->entry_size != ELF_RELA_SIZE || s->size % ELF_RELA_SIZE != 0)
        return status_refuse(ERR_BAD_OBJECT, "section %s: wrong size of a relocation", s->name);
    if (object->n_symbols == 0 || s->link != object->symbol_table)
        return status_refuse(ERR_BAD_OBJECT, "section %s does not refer to the symbol table",
                             s->name);
    if (target->type == SHT_NOBITS && s->size != 0)
        return status_refuse(ERR_BAD_OBJECT, "section %s relocates a section without bytes",
                             s->name);
    return OK;
}

static status_t take_symbols(struct elf_object *object, unsigned index)
{
    const struct elf_section *s = &object->sections[index], *strings;
    status_t status;

    if (object->n_symbols != 0)
        return bad("more than one symbol table");
    if (s->entry_size != ELF_SYMBOL_SIZE || s->size % ELF_SYMBOL_SIZE != 0 || s->size == 0)
        return bad("wrong size of a symbol");
    if (s->link >= object->n_sections)
        return bad("the symbol table's string table is not there");
    status = check_strings(object, s->link);
    if (status != OK)
        return status;
    strings = &object->sections[s->link];
    object->symbol_table = index;
    object->symbols = s->bytes;
    object->n_symbols = s->size / ELF_SYMBOL_SIZE;
    object->names = (const char *)strings->bytes;
    object->names_size = strings->size;
    return OK;
}

/* Relocations come after the symbol table is known. */
static status_t check_sections(struct elf_object *object)
{
    status_t status = OK;

    for (unsigned i = 0; status == OK && i < object->n_loaded; i++)
        status = check_loaded(object, &object->sections[object->loaded[i]]);
    for (unsigned i = 0; status == OK && i < object->n_sections; i++)
        if (object->sections[i].type == SHT_SYMTAB)
            status = take_symbols(object, i);
    return status;
}

/* What must be gone through again and again is kept in lists, which the order of the sections needs no more. */
static void list_loaded(struct elf_object *object, uint16_t *list)
{
    unsigned n = 0;

    for (unsigned i = 1; i < object->n_sections; i++)
        if ((object->sections[i].flags & SHF_ALLOC) != 0)
            list[n++] = (uint16_t)i;
    object->loaded = list;
    object->n_loaded = n;
}

/* A section that relocates may be loaded itself, so the lists may need twice the room. */
static status_t check_relocations(struct elf_object *object, uint16_t *list)
{
    status_t status = OK;

    object->relocating = list;
    for (unsigned i = 1; status == OK && i < object->n_sections; i++)
        if (object->sections[i].type == SHT_RELA || object->sections[i].type == SHT_REL)
            status = check_rela(object, i, list);
    return status;
}

/* ---- symbols ---- */

static status_t check_kind(const struct elf_symbol *symbol)
{
    if (symbol->bind > STB_WEAK)
        return status_refuse(ERR_UNSUPPORTED, "symbol %s: unknown binding %u", symbol->name,
                             symbol->bind);
    if (symbol->type == STT_TLS)
        return status_refuse(ERR_UNSUPPORTED, "symbol %s: thread-local storage is not offered",
                             symbol->name);
    if (symbol->type > STT_COMMON)
        return status_refuse(ERR_UNSUPPORTED, "symbol %s: unknown type %u", symbol->name,
                             symbol->type);
    return OK;
}

static status_t check_place(const struct elf_object *object, const struct elf_symbol *symbol)
{
    uint32_t size;

    if (symbol->section == SHN_UNDEF || symbol->section == SHN_ABS)
        return OK;
    if (symbol->section == SHN_COMMON) {
        if (strcmp(symbol->name, "__gnu_lto_slim") == 0)
            return status_refuse(ERR_UNSUPPORTED,
                                 "there is no code in it yet; compile without -flto");
        if (symbol->value != 0 && (symbol->value & (symbol->value - 1)) == 0 &&
            symbol->value <= ELF_ALIGNMENT_MAX)
            return OK;
        return status_refuse(ERR_BAD_OBJECT, "common symbol %s: bad alignment %u", symbol->name,
                             (unsigned)symbol->value);
    }
    if (symbol->section >= object->n_sections || symbol->section >= SHN_LORESERVE)
        return status_refuse(ERR_BAD_OBJECT, "symbol %s: section %u is not there", symbol->name,
                             symbol->section);
    if (object->executable)
        return OK;
    size = object->sections[symbol->section].size;
    if (symbol->value > size || symbol->size > size - symbol->value)
        return status_refuse(ERR_BAD_OBJECT,
                             "symbol %s (0x%x bytes at 0x%x) lies outside its section",
                             symbol->name, (unsigned)symbol->size, (unsigned)symbol->value);
    return OK;
}

static status_t check_symbol(const struct elf_object *object, const struct elf_symbol *symbol)
{
    status_t status = check_kind(symbol);

    return status == OK ? check_place(object, symbol) : status;
}

/* There may be ten thousand: the usual ones are seen to be good at a glance. */
static status_t check_symbols(const struct elf_object *object)
{
    unsigned n_sections = object->n_sections < SHN_LORESERVE ? object->n_sections : SHN_LORESERVE;

    for (unsigned i = 0; i < object->n_symbols; i++) {
        struct elf_symbol symbol;
        status_t status;

        if (get32(object->symbols + i * ELF_SYMBOL_SIZE) >= object->names_size)
            return status_refuse(ERR_BAD_OBJECT, "symbol %u: name outside the string table", i);
        elf_symbol(object, i, &symbol);
        if (symbol.bind <= STB_WEAK && symbol.type <= STT_FUNC && symbol.section < n_sections &&
            (symbol.section == SHN_UNDEF ||
             (symbol.value <= object->sections[symbol.section].size &&
              symbol.size <= object->sections[symbol.section].size - symbol.value)))
            continue;
        status = check_symbol(object, &symbol);
        if (status != OK)
            return status;
    }
    return OK;
}

/* ---- */

/* Order matters: each check relies on the ones before it. */
static status_t check_file(const uint8_t *bytes, size_t size, bool executable)
{
    status_t status = check_identity(bytes);

    if (status == OK)
        status = check_header(bytes, executable);
    return status == OK ? check_table(bytes, size) : status;
}

static status_t check_contents(struct elf_object *object, uint16_t *list)
{
    const uint8_t *headers = object->bytes + get32(object->bytes + E_SHOFF);
    status_t status = read_sections(object, headers);

    if (status == OK)
        status = name_sections(object, headers, get16(object->bytes + E_SHSTRNDX));
    if (status == OK)
        status = check_overlap(object, list);
    if (status != OK)
        return status;
    list_loaded(object, list);
    status = check_sections(object);
    if (status == OK)
        status = check_symbols(object);
    return status == OK ? check_relocations(object, list + object->n_loaded) : status;
}

static status_t open_file(const void *bytes, size_t size, bool executable,
                          struct elf_object *object)
{
    struct elf_object opened = {.bytes = bytes, .size = size, .executable = executable};
    status_t status;

    if (size < ELF_HEADER_SIZE)
        return status_refuse(ERR_BAD_OBJECT, "%u bytes are too few for an object file",
                             (unsigned)size);
    status = check_file(bytes, size, executable);
    if (status != OK)
        return status;
    opened.n_sections = get16(opened.bytes + E_SHNUM);
    opened.sections = malloc(opened.n_sections * (sizeof *opened.sections + 2 * sizeof(uint16_t)));
    if (opened.sections == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory to check %u sections", opened.n_sections);
    status = check_contents(&opened, (uint16_t *)(opened.sections + opened.n_sections));
    if (status == OK)
        *object = opened;
    else
        free(opened.sections);
    return status;
}

status_t elf_open(const void *bytes, size_t size, struct elf_object *object)
{
    return open_file(bytes, size, false, object);
}

status_t elf_open_executable(const void *bytes, size_t size, struct elf_object *object)
{
    return open_file(bytes, size, true, object);
}

bool elf_is_executable(const void *bytes, size_t size)
{
    const uint8_t *e = bytes;

    return size >= ELF_HEADER_SIZE && memcmp(e, "\177ELF", 4) == 0 &&
           e[EI_DATA] == DATA_BIG_ENDIAN && get16(e + E_TYPE) == TYPE_EXECUTABLE;
}

void elf_close(struct elf_object *object)
{
    free(object->sections);
}

status_t elf_relocation(const struct elf_object *object, const struct elf_section *rela,
                        unsigned index, uint32_t target_size, struct elf_relocation *relocation)
{
    const uint8_t *r = rela->bytes + index * ELF_RELA_SIZE;
    uint32_t info = get32(r + 4);

    if (get32(r) >= target_size)
        return status_refuse(ERR_BAD_OBJECT, "%s: relocation %u at 0x%x lies outside the section",
                             rela->name, index, (unsigned)get32(r));
    if (info >> 8 >= object->n_symbols)
        return status_refuse(ERR_BAD_OBJECT,
                             "%s: relocation %u refers to symbol %u, which is not there",
                             rela->name, index, (unsigned)(info >> 8));
    relocation->offset = get32(r);
    relocation->symbol = info >> 8;
    relocation->type = (uint8_t)info;
    relocation->addend = (int32_t)get32(r + 8);
    return OK;
}
