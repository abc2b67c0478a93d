/* See elf.h. Each check is a function that refuses with a sentence of its own. */
#include "domains/elf.h"

#include <stdlib.h>
#include <string.h>

#include "domains/bytes.h"

#define EI_CLASS 4
#define EI_DATA 5
#define EI_VERSION 6
#define EI_OSABI 7
#define EI_ABIVERSION 8
#define CLASS_32 1
#define DATA_BIG_ENDIAN 2
#define OSABI_LINUX 3
#define TYPE_RELOCATABLE 1
#define MACHINE_POWERPC 20

#define STT_TLS 6
#define STT_GNU_IFUNC 10

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

static status_t bad(const char *what)
{
    return status_refuse(ERR_BAD_OBJECT, "%s", what);
}

static bool inside(const struct elf_object *object, uint32_t offset, uint32_t size)
{
    return offset <= object->size && size <= object->size - offset;
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

static status_t check_header(const uint8_t *e)
{
    if (get16(e + E_MACHINE) != MACHINE_POWERPC)
        return status_refuse(ERR_BAD_OBJECT, "not for PowerPC (ELF machine %u)",
                             get16(e + E_MACHINE));
    if (get16(e + E_TYPE) != TYPE_RELOCATABLE)
        return status_refuse(ERR_BAD_OBJECT,
                             "not a relocatable object (ELF type %u); compile with -c",
                             get16(e + E_TYPE));
    if (get32(e + E_VERSION) != 1)
        return bad("unknown ELF version");
    if (get16(e + E_EHSIZE) != ELF_HEADER_SIZE)
        return bad("wrong size of the ELF header");
    if (get16(e + E_PHNUM) != 0 || get32(e + E_PHOFF) != 0)
        return bad("a relocatable object has no program headers");
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

static status_t check_extent(const struct elf_object *object, unsigned index)
{
    const uint8_t *h = elf_header(object, index);
    uint32_t alignment = get32(h + SH_ADDRALIGN);

    if (elf_has_bytes(get32(h + SH_TYPE)) &&
        !inside(object, get32(h + SH_OFFSET), get32(h + SH_SIZE)))
        return status_refuse(ERR_BAD_OBJECT,
                             "section %u (0x%x bytes at 0x%x) goes beyond the end of the file",
                             index, (unsigned)get32(h + SH_SIZE), (unsigned)get32(h + SH_OFFSET));
    if ((alignment & (alignment - 1)) != 0)
        return status_refuse(ERR_BAD_OBJECT, "section %u: alignment %u is not a power of two",
                             index, (unsigned)alignment);
    if (alignment > ELF_ALIGNMENT_MAX && (get32(h + SH_FLAGS) & SHF_ALLOC) != 0)
        return status_refuse(ERR_UNSUPPORTED, "section %u: alignment %u is more than %u", index,
                             (unsigned)alignment, ELF_ALIGNMENT_MAX);
    return OK;
}

/* A string table that ends in a zero makes every offset inside it a string. */
static status_t check_strings(const struct elf_object *object, unsigned index)
{
    const uint8_t *h = elf_header(object, index);
    uint32_t size = get32(h + SH_SIZE);

    if (get32(h + SH_TYPE) != SHT_STRTAB)
        return status_refuse(ERR_BAD_OBJECT, "section %u is used as a string table but is none",
                             index);
    if (size == 0 || object->bytes[get32(h + SH_OFFSET) + size - 1] != 0)
        return status_refuse(ERR_BAD_OBJECT, "string table %u is not terminated", index);
    return OK;
}

/* Elsewhere 0 means "no section", and nothing looks at this one's fields. */
static status_t check_null_section(const struct elf_object *object)
{
    if (get32(elf_header(object, 0) + SH_TYPE) != SHT_NULL)
        return bad("section 0 is not the null section");
    return OK;
}

static status_t check_section_names(struct elf_object *object, unsigned strings)
{
    status_t status = check_strings(object, strings);

    if (status != OK)
        return status;
    object->section_names =
        (const char *)object->bytes + get32(elf_header(object, strings) + SH_OFFSET);
    for (unsigned i = 0; i < object->n_sections; i++)
        if (get32(elf_header(object, i) + SH_NAME) >= get32(elf_header(object, strings) + SH_SIZE))
            return status_refuse(ERR_BAD_OBJECT, "section %u: name outside the string table", i);
    return OK;
}

static uint32_t offset_of(const uint8_t *h)
{
    return get32(h + SH_OFFSET);
}

static void sink(const uint8_t **list, unsigned n, unsigned from)
{
    for (unsigned child; (child = 2 * from + 1) < n; from = child) {
        const uint8_t *h = list[from];

        if (child + 1 < n && offset_of(list[child]) < offset_of(list[child + 1]))
            child++;
        if (offset_of(h) >= offset_of(list[child]))
            return;
        list[from] = list[child];
        list[child] = h;
    }
}

/* Heap sort (Williams, 1964), since no order of the sections makes it slow. */
static void sort_many(const uint8_t **list, unsigned n)
{
    for (unsigned i = n / 2; i-- > 0;)
        sink(list, n, i);
    while (n-- > 1) {
        const uint8_t *h = list[0];

        list[0] = list[n];
        list[n] = h;
        sink(list, n, 0);
    }
}

/* Few and nearly in order, as compilers write them; or whatever an enemy likes. */
static void sort(const uint8_t **list, unsigned n)
{
    if (n > 64) {
        sort_many(list, n);
        return;
    }
    for (unsigned i = 1; i < n; i++) {
        const uint8_t *h = list[i];
        unsigned k = i;

        for (; k > 0 && offset_of(list[k - 1]) > offset_of(h); k--)
            list[k] = list[k - 1];
        list[k] = h;
    }
}

static status_t check_neighbours(const struct elf_object *object, const uint8_t **sorted,
                                 unsigned n)
{
    for (unsigned i = 1; i < n; i++) {
        uint32_t end = get32(sorted[i - 1] + SH_OFFSET) + get32(sorted[i - 1] + SH_SIZE);

        if (get32(sorted[i] + SH_OFFSET) < end)
            return status_refuse(ERR_BAD_OBJECT, "sections %u and %u overlap",
                                 (unsigned)((sorted[i - 1] - object->headers) / ELF_SECTION_SIZE),
                                 (unsigned)((sorted[i] - object->headers) / ELF_SECTION_SIZE));
    }
    return OK;
}

static unsigned collect(const struct elf_object *object, const uint8_t **list, bool *in_order)
{
    unsigned n = 0;
    uint32_t last = 0;

    *in_order = true;
    for (unsigned i = 0; i < object->n_sections; i++) {
        const uint8_t *h = elf_header(object, i);

        if (!elf_has_bytes(get32(h + SH_TYPE)) || get32(h + SH_SIZE) == 0)
            continue;
        if (get32(h + SH_OFFSET) < last)
            *in_order = false;
        last = get32(h + SH_OFFSET);
        list[n++] = h;
    }
    return n;
}

static status_t check_overlap(const struct elf_object *object)
{
    const uint8_t **list = malloc(object->n_sections * sizeof *list);
    status_t status;
    bool in_order;
    unsigned n;

    if (list == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory to check %u sections", object->n_sections);
    n = collect(object, list, &in_order);
    if (!in_order)
        sort(list, n);
    status = check_neighbours(object, list, n);
    free(list);
    return status;
}

static status_t check_section(const struct elf_object *object, unsigned index)
{
    struct elf_section s;

    elf_section(object, index, &s);
    if ((s.flags & SHF_ALLOC) == 0)
        return OK;
    if ((s.flags & SHF_TLS) != 0)
        return status_refuse(ERR_UNSUPPORTED, "section %s: thread-local storage is not offered",
                             s.name);
    if ((s.flags & SHF_COMPRESSED) != 0)
        return status_refuse(ERR_UNSUPPORTED, "section %s is compressed", s.name);
    if ((s.flags & SHF_WRITE) != 0 && (s.flags & SHF_EXECINSTR) != 0)
        return status_refuse(ERR_UNSUPPORTED, "section %s is both code and writable", s.name);
    return OK;
}

static status_t check_rela(const struct elf_object *object, unsigned index)
{
    struct elf_section s, target;

    elf_section(object, index, &s);
    if (s.type != SHT_RELA && s.type != SHT_REL)
        return OK;
    if (s.info >= object->n_sections || s.info == index)
        return status_refuse(ERR_BAD_OBJECT, "section %s relocates section %u, which is not there",
                             s.name, (unsigned)s.info);
    elf_section(object, s.info, &target);
    if ((target.flags & SHF_ALLOC) == 0)
        return OK;
    if (s.type == SHT_REL)
        return status_refuse(ERR_UNSUPPORTED, "section %s: relocations without addends", s.name);
    if (s.entry_size != ELF_RELA_SIZE || s.size % ELF_RELA_SIZE != 0)
        return status_refuse(ERR_BAD_OBJECT, "section %s: wrong size of a relocation", s.name);
    if (object->n_symbols == 0 || s.link != object->symbol_table)
        return status_refuse(ERR_BAD_OBJECT, "section %s does not refer to the symbol table",
                             s.name);
    if (target.type == SHT_NOBITS && s.size != 0)
        return status_refuse(ERR_BAD_OBJECT, "section %s relocates a section without bytes",
                             s.name);
    return OK;
}

static status_t find_symbols(struct elf_object *object)
{
    for (unsigned i = 0; i < object->n_sections; i++) {
        const uint8_t *h = elf_header(object, i);
        uint32_t strings = get32(h + SH_LINK);
        status_t status;

        if (get32(h + SH_TYPE) != SHT_SYMTAB)
            continue;
        if (object->n_symbols != 0)
            return bad("more than one symbol table");
        if (get32(h + SH_ENTSIZE) != ELF_SYMBOL_SIZE || get32(h + SH_SIZE) % ELF_SYMBOL_SIZE != 0 ||
            get32(h + SH_SIZE) == 0)
            return bad("wrong size of a symbol");
        if (strings >= object->n_sections)
            return bad("the symbol table's string table is not there");
        status = check_strings(object, strings);
        if (status != OK)
            return status;
        object->symbol_table = i;
        object->symbols = object->bytes + get32(h + SH_OFFSET);
        object->n_symbols = get32(h + SH_SIZE) / ELF_SYMBOL_SIZE;
        object->names =
            (const char *)object->bytes + get32(elf_header(object, strings) + SH_OFFSET);
        object->names_size = get32(elf_header(object, strings) + SH_SIZE);
    }
    return OK;
}

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
        if (symbol->value != 0 && (symbol->value & (symbol->value - 1)) == 0 &&
            symbol->value <= ELF_ALIGNMENT_MAX)
            return OK;
        return status_refuse(ERR_BAD_OBJECT, "common symbol %s: bad alignment %u", symbol->name,
                             (unsigned)symbol->value);
    }
    if (symbol->section >= object->n_sections || symbol->section >= SHN_LORESERVE)
        return status_refuse(ERR_BAD_OBJECT, "symbol %s: section %u is not there", symbol->name,
                             symbol->section);
    size = get32(elf_header(object, symbol->section) + SH_SIZE);
    if (symbol->value > size || symbol->size > size - symbol->value)
        return status_refuse(ERR_BAD_OBJECT,
                             "symbol %s (0x%x bytes at 0x%x) lies outside its section",
                             symbol->name, (unsigned)symbol->size, (unsigned)symbol->value);
    return OK;
}

static status_t check_symbols(const struct elf_object *object)
{
    for (unsigned i = 0; i < object->n_symbols; i++) {
        struct elf_symbol symbol;
        status_t status;

        if (get32(object->symbols + i * ELF_SYMBOL_SIZE) >= object->names_size)
            return status_refuse(ERR_BAD_OBJECT, "symbol %u: name outside the string table", i);
        elf_symbol(object, i, &symbol);
        status = check_kind(&symbol);
        if (status == OK)
            status = check_place(object, &symbol);
        if (status != OK)
            return status;
    }
    return OK;
}

static status_t check_sections(const struct elf_object *object,
                               status_t (*check)(const struct elf_object *, unsigned))
{
    for (unsigned i = 1; i < object->n_sections; i++) {
        status_t status = check(object, i);

        if (status != OK)
            return status;
    }
    return OK;
}

/* Order matters: each check relies on the ones before it. */
static status_t check_all(struct elf_object *object)
{
    status_t status = check_identity(object->bytes);

    if (status == OK)
        status = check_header(object->bytes);
    if (status == OK)
        status = check_table(object->bytes, object->size);
    if (status != OK)
        return status;
    object->headers = object->bytes + get32(object->bytes + E_SHOFF);
    object->n_sections = get16(object->bytes + E_SHNUM);
    status = check_null_section(object);
    if (status == OK)
        status = check_sections(object, check_extent);
    if (status == OK)
        status = check_section_names(object, get16(object->bytes + E_SHSTRNDX));
    if (status == OK)
        status = check_overlap(object);
    if (status == OK)
        status = check_sections(object, check_section);
    if (status == OK)
        status = find_symbols(object);
    if (status == OK)
        status = check_symbols(object);
    if (status == OK)
        status = check_sections(object, check_rela);
    return status;
}

status_t elf_open(const void *bytes, size_t size, struct elf_object *object)
{
    struct elf_object opened = {.bytes = bytes, .size = size};
    status_t status;

    if (size < ELF_HEADER_SIZE)
        return status_refuse(ERR_BAD_OBJECT, "%u bytes are too few for an object file",
                             (unsigned)size);
    status = check_all(&opened);
    if (status == OK)
        *object = opened;
    return status;
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
