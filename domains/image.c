/*
 * Builds images; see image.h. Works in passes over a checked object:
 *   place     gives each loaded section an offset in its segment
 *   survey    looks at every relocation: is its type known, what does it need?
 *   allocate  memory for segments and tables, now that all sizes are known
 *   copy, define, relocate
 * Only the first two and relocate can refuse, so little has to be undone.
 */
#include "domains/image.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/reach.h"
#include "domains/attributes.h"
#include "domains/bytes.h"
#include "domains/relocation.h"

#define IMAGE_SIZE_MAX 0x08000000u
#define NO_INDEX UINT32_MAX
#define NOTE_PREFIX ".whorl."

enum part { PART_TEXT, PART_RODATA, PART_DATA, PART_NONE };

struct place {
    uint32_t offset;
    enum part part;
};

/* What the survey learns of a symbol of the object. */
struct use {
    uint32_t import;       /* index of its import */
    uint32_t n_fixups;     /* relocations that wait for the import */
    uint32_t offset_entry; /* index of its entry in the offset table */
    uint32_t common;       /* offset in data, if common */
    bool called;
};

struct builder {
    const struct elf_object *object;
    struct image *image;
    struct place *places;  /* of sections */
    struct use *uses;      /* of symbols */
    uint32_t size[3];      /* of parts */
    uint32_t text_end;     /* where veneers begin */
    uint32_t table_offset; /* of the offset table, in data */
    uint32_t n_entries, n_imports, n_fixups, n_veneers, n_kept, n_exported;
    uint32_t table_symbol; /* index of _GLOBAL_OFFSET_TABLE_, 0 if not used */
};

static struct segment *segment(struct image *image, enum part part)
{
    struct segment *const segments[] = {&image->memory.text, &image->memory.rodata,
                                        &image->memory.data};

    return segments[part];
}

/* ---- place ---- */

static bool is_note(const struct elf_section *section)
{
    return strncmp(section->name, NOTE_PREFIX, sizeof NOTE_PREFIX - 1) == 0;
}

/* Unwind tables are of no use: nothing here unwinds by them. */
static enum part part_of(const struct elf_section *section)
{
    if ((section->flags & SHF_ALLOC) == 0 || section->type == SHT_NOTE || is_note(section) ||
        strcmp(section->name, ".eh_frame") == 0)
        return PART_NONE;
    if ((section->flags & SHF_EXECINSTR) != 0)
        return PART_TEXT;
    return (section->flags & SHF_WRITE) != 0 ? PART_DATA : PART_RODATA;
}

static status_t reserve(struct builder *b, enum part part, uint32_t size, uint32_t alignment,
                        const char *what, uint32_t *offset)
{
    uint32_t start = b->size[part];

    if (alignment > 1)
        start = (start + alignment - 1) & ~(alignment - 1);
    if (start > IMAGE_SIZE_MAX || size > IMAGE_SIZE_MAX - start)
        return status_refuse(ERR_NO_MEMORY, "%s: 0x%x bytes are more than any image can have", what,
                             (unsigned)size);
    *offset = start;
    b->size[part] = start + size;
    return OK;
}

/* Bytes first, then zeros, so that what is copied lies together. */
static status_t place_sections(struct builder *b, bool zeros)
{
    for (unsigned i = 1; i < b->object->n_sections; i++) {
        struct elf_section s;
        enum part part;
        status_t status;

        elf_section(b->object, i, &s);
        part = part_of(&s);
        if ((s.type == SHT_NOBITS) != zeros || part == PART_NONE)
            continue;
        b->places[i].part = part;
        status = reserve(b, part, s.size, part == PART_TEXT && s.alignment < 4 ? 4 : s.alignment,
                         s.name, &b->places[i].offset);
        if (status != OK)
            return status;
    }
    return OK;
}

static bool is_kept(const struct elf_symbol *symbol)
{
    return symbol->section != SHN_UNDEF && symbol->name[0] != 0 &&
           (symbol->bind != STB_LOCAL || symbol->type == STT_FUNC);
}

static bool is_exported(const struct elf_symbol *symbol)
{
    return symbol->bind != STB_LOCAL &&
           (symbol->visibility == STV_DEFAULT || symbol->visibility == STV_PROTECTED);
}

static status_t place_symbols(struct builder *b)
{
    for (unsigned i = 1; i < b->object->n_symbols; i++) {
        struct elf_symbol s;
        status_t status;

        elf_symbol(b->object, i, &s);
        b->n_kept += is_kept(&s);
        b->n_exported += is_kept(&s) && is_exported(&s);
        if (s.section != SHN_COMMON)
            continue;
        status = reserve(b, PART_DATA, s.size, s.value, s.name, &b->uses[i].common);
        if (status != OK)
            return status;
    }
    return OK;
}

/* ---- survey ---- */

static status_t refuse_type(const struct elf_section *target, const struct elf_relocation *r,
                            const struct elf_symbol *symbol)
{
    const char *advice = relocation_advice(r->type);

    return status_refuse(ERR_UNSUPPORTED, "relocation %s (%u) at %s+0x%x for %s is not offered%s%s",
                         relocation_name(r->type), r->type, target->name, (unsigned)r->offset,
                         symbol->name, advice != NULL ? "; compile with " : "",
                         advice != NULL ? advice : "");
}

static status_t survey_table_branch(const struct elf_section *target,
                                    const struct elf_relocation *r)
{
    return status_refuse(
        ERR_UNSUPPORTED,
        "%s+0x%x executes the offset table, which is data; compile with -msecure-plt", target->name,
        (unsigned)r->offset);
}

static status_t survey_offset(struct builder *b, const struct elf_section *target,
                              const struct elf_relocation *r, const struct elf_symbol *symbol)
{
    struct use *use = &b->uses[r->symbol];

    if (r->addend != 0)
        return status_refuse(ERR_UNSUPPORTED, "%s+0x%x: offset table entry of %s with an addend",
                             target->name, (unsigned)r->offset, symbol->name);
    if (use->offset_entry == NO_INDEX) {
        use->offset_entry = b->n_entries++;
        use->n_fixups += symbol->section == SHN_UNDEF;
    }
    return OK;
}

static status_t survey_one(struct builder *b, const struct elf_section *target,
                           const struct elf_relocation *r)
{
    enum relocation_kind kind = relocation_kind(r->type);
    struct elf_symbol symbol;

    elf_symbol(b->object, r->symbol, &symbol);
    if (kind == RELOCATION_REFUSED)
        return refuse_type(target, r, &symbol);
    if (relocation_width(r->type) > target->size - r->offset)
        return status_refuse(ERR_BAD_OBJECT, "relocation at %s+0x%x reaches beyond the section",
                             target->name, (unsigned)r->offset);
    if (kind == RELOCATION_OFFSET)
        return survey_offset(b, target, r, &symbol);
    if (symbol.section != SHN_UNDEF || r->symbol == 0)
        return OK;
    if (symbol.bind == STB_LOCAL)
        return status_refuse(ERR_BAD_OBJECT, "local symbol %s is not defined", symbol.name);
    if (strcmp(symbol.name, "_GLOBAL_OFFSET_TABLE_") == 0) {
        b->table_symbol = r->symbol;
        return kind == RELOCATION_BRANCH ? survey_table_branch(target, r) : OK;
    }
    b->uses[r->symbol].n_fixups++;
    b->uses[r->symbol].called |= kind == RELOCATION_BRANCH;
    return OK;
}

/* Calls `each` for every relocation of a loaded section. */
static status_t for_relocations(struct builder *b,
                                status_t (*each)(struct builder *, const struct elf_section *target,
                                                 const struct elf_relocation *))
{
    for (unsigned i = 1; i < b->object->n_sections; i++) {
        struct elf_section rela, target;

        elf_section(b->object, i, &rela);
        if (rela.type != SHT_RELA || b->places[rela.info].part == PART_NONE)
            continue;
        elf_section(b->object, rela.info, &target);
        target.info = rela.info;
        for (unsigned n = rela.size / ELF_RELA_SIZE, k = 0; k < n; k++) {
            struct elf_relocation r;
            status_t status = elf_relocation(b->object, &rela, k, target.size, &r);

            if (status == OK)
                status = each(b, &target, &r);
            if (status != OK)
                return status;
        }
    }
    return OK;
}

static void number_imports(struct builder *b)
{
    for (unsigned i = 1; i < b->object->n_symbols; i++) {
        struct use *use = &b->uses[i];

        if (use->n_fixups == 0)
            continue;
        use->import = b->n_imports++;
        b->n_fixups += use->n_fixups;
        b->n_veneers += use->called;
    }
}

static status_t survey(struct builder *b)
{
    status_t status = for_relocations(b, survey_one);

    if (status != OK)
        return status;
    number_imports(b);
    status = reserve(b, PART_TEXT, b->n_veneers * VENEER_WORDS * 4, 4, "veneers", &b->text_end);
    if (status == OK)
        status = reserve(b, PART_DATA, b->n_entries * 4, 4, "offset table", &b->table_offset);
    return status;
}

/* ---- allocate ---- */

static status_t allocate_tables(struct builder *b)
{
    struct image *image = b->image;
    size_t n_slots = symbol_slots(b->n_exported);
    size_t size = b->n_kept * sizeof(struct symbol) + b->n_imports * sizeof(struct import) +
                  b->n_fixups * sizeof(struct fixup) + n_slots * sizeof(uint32_t);
    char *next = malloc(size + image->required_size + b->object->names_size + 1);

    if (next == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for %u bytes of symbols and relocations",
                             (unsigned)size);
    image->tables = next;
    image->imports = (struct import *)next;
    next += b->n_imports * sizeof(struct import);
    symbol_table_init(&image->symbols, (struct symbol *)next,
                      (uint32_t *)(next + b->n_kept * sizeof(struct symbol)), n_slots);
    next += b->n_kept * sizeof(struct symbol);
    memset(next, 0, n_slots * sizeof(uint32_t));
    next += n_slots * sizeof(uint32_t);
    image->fixups = (struct fixup *)next;
    next += b->n_fixups * sizeof(struct fixup);
    if (b->object->names_size != 0)
        memcpy(next, b->object->names, b->object->names_size);
    next += b->object->names_size;
    *next++ = 0;
    if (image->required_size != 0)
        image->required = memcpy(next, image->required, image->required_size);
    image->n_imports = b->n_imports;
    image->n_fixups = b->n_fixups;
    return OK;
}

/* The copy of a symbol's name. */
static const char *kept_name(const struct builder *b, const char *name)
{
    return (const char *)(b->image->fixups + b->n_fixups) + (name - b->object->names);
}

static status_t allocate(struct builder *b)
{
    for (enum part part = PART_TEXT; part < PART_NONE; part++)
        segment(b->image, part)->size = b->size[part];
    if (image_allocate(&b->image->memory) != OK)
        return status_refuse(ERR_NO_MEMORY, "no memory for an image of %u bytes",
                             (unsigned)(b->size[0] + b->size[1] + b->size[2]));
    return OK;
}

/* ---- copy ---- */

static void copy_sections(struct builder *b)
{
    for (unsigned i = 1; i < b->object->n_sections; i++) {
        struct elf_section s;

        elf_section(b->object, i, &s);
        if (b->places[i].part != PART_NONE && s.bytes != NULL && s.size != 0)
            memcpy(segment(b->image, b->places[i].part)->bytes + b->places[i].offset, s.bytes,
                   s.size);
    }
}

static vaddr_t section_address(const struct builder *b, unsigned section)
{
    const struct place *place = &b->places[section];

    return segment(b->image, place->part)->address + place->offset;
}

/* Adds the next of several sections that together form one array of pointers. */
static status_t extend(struct builder *b, struct array *array, unsigned index,
                       const struct elf_section *s)
{
    vaddr_t address = section_address(b, index);

    if (s->size % 4 != 0)
        return status_refuse(ERR_BAD_OBJECT, "section %s: not an array of pointers", s->name);
    if (array->count != 0 && array->address + array->count * 4 != address)
        return status_refuse(ERR_UNSUPPORTED,
                             "section %s: several arrays of this kind; join them with ld -r",
                             s->name);
    if (array->count == 0)
        array->address = address;
    array->count += s->size / 4;
    return OK;
}

static struct array *array_of(struct image *image, const struct elf_section *s)
{
    if (s->type == SHT_PREINIT_ARRAY)
        return &image->constructors[0];
    if (s->type == SHT_INIT_ARRAY)
        return &image->constructors[1];
    if (strncmp(s->name, ".ctors", 6) == 0)
        return &image->constructors[2];
    if (s->type == SHT_FINI_ARRAY)
        return &image->destructors[0];
    return strncmp(s->name, ".dtors", 6) == 0 ? &image->destructors[1] : NULL;
}

static status_t find_arrays(struct builder *b)
{
    for (unsigned i = 1; i < b->object->n_sections; i++) {
        struct elf_section s;
        struct array *array;
        status_t status;

        elf_section(b->object, i, &s);
        array = array_of(b->image, &s);
        if (array == NULL || b->places[i].part == PART_NONE || s.bytes == NULL)
            continue;
        status = extend(b, array, i, &s);
        if (status != OK)
            return status;
    }
    return OK;
}

/* ---- define ---- */

static vaddr_t offset_table(const struct builder *b)
{
    uint32_t bias = b->n_entries * 4 > 0x7ffc ? 0x8000 : 0;

    return b->image->memory.data.address + b->table_offset + bias;
}

/* Run-time address of a symbol the object defines. ERR_BAD_OBJECT: in a section that is not loaded. */
static status_t symbol_value(const struct builder *b, unsigned index, const struct elf_symbol *s,
                             vaddr_t *value)
{
    if (index == 0) {
        *value = 0;
    } else if (index == b->table_symbol) {
        *value = offset_table(b);
    } else if (s->section == SHN_ABS) {
        *value = s->value;
    } else if (s->section == SHN_COMMON) {
        *value = b->image->memory.data.address + b->uses[index].common;
    } else if (b->places[s->section].part != PART_NONE) {
        *value = section_address(b, s->section) + s->value;
    } else {
        struct elf_section section;

        elf_section(b->object, s->section, &section);
        return status_refuse(ERR_BAD_OBJECT,
                             "loaded code refers to section %s, which is not loaded", section.name);
    }
    return OK;
}

static enum symbol_kind kind_of(const struct elf_symbol *s)
{
    if (s->type == STT_FUNC)
        return SYMBOL_PROCEDURE;
    return s->type == STT_OBJECT || s->type == STT_COMMON ? SYMBOL_VARIABLE : SYMBOL_OTHER;
}

static status_t define(struct builder *b, unsigned index, const struct elf_symbol *s)
{
    struct symbol symbol = {
        .name = kept_name(b, s->name),
        .size = s->size,
        .kind = (uint8_t)kind_of(s),
        .exported = is_exported(s),
        .weak = s->bind == STB_WEAK,
    };
    status_t status;

    if (s->section < SHN_LORESERVE && b->places[s->section].part == PART_NONE)
        return OK; /* names something that is not loaded */
    status = symbol_value(b, index, s, &symbol.value);
    if (status != OK)
        return status;
    symbol.hash = symbol.exported ? symbol_hash(symbol.name) : 0;
    if (!symbol_table_add(&b->image->symbols, &symbol))
        return status_refuse(ERR_BAD_OBJECT, "symbol %s is defined twice", symbol.name);
    return OK;
}

static void add_import(struct builder *b, unsigned index, const struct elf_symbol *s,
                       uint32_t *fixup, uint32_t *veneer)
{
    const struct use *use = &b->uses[index];
    struct import *import = &b->image->imports[use->import];

    memset(import, 0, sizeof *import);
    import->name = kept_name(b, s->name);
    import->hash = symbol_hash(s->name);
    import->weak = s->bind == STB_WEAK;
    import->first_fixup = *fixup;
    *fixup += use->n_fixups;
    if (use->called) {
        import->veneer = b->image->memory.text.address + *veneer;
        *veneer += VENEER_WORDS * 4;
    }
}

static status_t define_symbols(struct builder *b)
{
    uint32_t fixup = 0, veneer = b->text_end;

    for (unsigned i = 1; i < b->object->n_symbols; i++) {
        struct elf_symbol s;
        status_t status = OK;

        elf_symbol(b->object, i, &s);
        if (b->uses[i].import != NO_INDEX) {
            add_import(b, i, &s, &fixup, &veneer);
        } else if (is_kept(&s)) {
            status = define(b, i, &s);
        }
        if (status != OK)
            return status;
    }
    return OK;
}

/* ---- relocate ---- */

uint8_t *image_bytes(const struct image *image, vaddr_t address)
{
    const struct segment *const segments[] = {&image->memory.text, &image->memory.rodata,
                                              &image->memory.data};

    for (size_t i = 0; i < sizeof segments / sizeof segments[0]; i++)
        if (address - segments[i]->address < segments[i]->size)
            return segments[i]->bytes + (address - segments[i]->address);
    return NULL;
}

static void add_fixup(struct image *image, struct import *import, vaddr_t place, uint8_t type,
                      int32_t addend)
{
    struct fixup *fixup = &image->fixups[import->first_fixup + import->n_fixups++];

    fixup->place = place;
    fixup->type = type;
    fixup->addend = relocation_ignores_addend(type) ? 0 : addend;
}

static status_t out_of_range(const char *name, uint8_t type, vaddr_t place, vaddr_t value,
                             enum relocation_result result)
{
    return status_refuse(ERR_RANGE, "%s at 0x%08x: 0x%08x (%s) %s", relocation_name(type),
                         (unsigned)place, (unsigned)value, name,
                         result == RELOCATION_MISALIGNED ? "is not a word address"
                                                         : "is out of range");
}

/* Fills a symbol's entry in the offset table, or has that done when the import is bound. */
static status_t fill_entry(struct builder *b, unsigned index, const struct elf_symbol *s,
                           vaddr_t entry)
{
    vaddr_t value;
    status_t status;

    if (s->section == SHN_UNDEF && index != 0 && b->uses[index].import != NO_INDEX) {
        struct import *import = &b->image->imports[b->uses[index].import];

        add_fixup(b->image, import, entry, R_PPC_ADDR32, 0);
        return OK;
    }
    status = symbol_value(b, index, s, &value);
    if (status == OK)
        put32(image_bytes(b->image, entry), value);
    return status;
}

static status_t fill_table(struct builder *b)
{
    for (unsigned i = 0; b->n_entries != 0 && i < b->object->n_symbols; i++) {
        struct elf_symbol s;
        status_t status;

        if (b->uses[i].offset_entry == NO_INDEX)
            continue;
        elf_symbol(b->object, i, &s);
        status = fill_entry(b, i, &s,
                            b->image->memory.data.address + b->table_offset +
                                b->uses[i].offset_entry * 4);
        if (status != OK)
            return status;
    }
    return OK;
}

static status_t relocate_one(struct builder *b, const struct elf_section *target,
                             const struct elf_relocation *r)
{
    const struct place *place = &b->places[target->info];
    const struct segment *in = segment(b->image, place->part);
    vaddr_t address = in->address + place->offset + r->offset;
    enum relocation_kind kind = relocation_kind(r->type);
    enum relocation_result result;
    struct elf_symbol symbol;
    vaddr_t value = 0;
    status_t status = OK;

    if (kind == RELOCATION_NONE)
        return OK;
    elf_symbol(b->object, r->symbol, &symbol);
    if (kind == RELOCATION_OFFSET) {
        value = b->image->memory.data.address + b->table_offset +
                b->uses[r->symbol].offset_entry * 4 - offset_table(b);
    } else if (b->uses[r->symbol].import != NO_INDEX) {
        add_fixup(b->image, &b->image->imports[b->uses[r->symbol].import], address, r->type,
                  r->addend);
        return OK;
    } else {
        status = symbol_value(b, r->symbol, &symbol, &value);
        value += relocation_ignores_addend(r->type) ? 0 : (uint32_t)r->addend;
    }
    if (status != OK)
        return status;
    result = relocation_apply(r->type, in->bytes + place->offset + r->offset, address, value);
    return result == RELOCATION_DONE ? OK
                                     : out_of_range(symbol.name, r->type, address, value, result);
}

/* A branch that does not reach the import goes to its veneer instead, which does. */
static enum relocation_result bind_one(struct image *image, const struct import *import,
                                       const struct fixup *fixup, vaddr_t value)
{
    uint8_t *place = image_bytes(image, fixup->place);
    enum relocation_result result =
        relocation_apply(fixup->type, place, fixup->place, value + (uint32_t)fixup->addend);
    uint32_t words[VENEER_WORDS];

    if (result != RELOCATION_RANGE || relocation_kind(fixup->type) != RELOCATION_BRANCH ||
        fixup->addend != 0)
        return result;
    code_veneer(words, value);
    for (size_t i = 0; i < VENEER_WORDS; i++)
        put32(image_bytes(image, import->veneer) + 4 * i, words[i]);
    return relocation_apply(fixup->type, place, fixup->place, import->veneer);
}

status_t image_bind(struct image *image, struct import *import, vaddr_t value)
{
    for (uint32_t i = 0; i < import->n_fixups; i++) {
        const struct fixup *fixup = &image->fixups[import->first_fixup + i];
        enum relocation_result result = bind_one(image, import, fixup, value);

        if (result != RELOCATION_DONE)
            return out_of_range(import->name, fixup->type, fixup->place, value, result);
    }
    return OK;
}

/* ---- notes ---- */

static status_t read_name(struct builder *b, const struct elf_section *s)
{
    if (s->size < 2 || s->bytes == NULL || s->bytes[s->size - 1] != 0 || s->bytes[0] == 0)
        return status_refuse(ERR_BAD_OBJECT, "section %s is not a name", s->name);
    if (b->image->name != NULL || memchr(s->bytes, 0, s->size) != s->bytes + s->size - 1)
        return status_refuse(ERR_BAD_OBJECT, "more than one DOMAIN");
    b->image->name = (const char *)s->bytes;
    return OK;
}

static status_t read_required(struct builder *b, const struct elf_section *s)
{
    if (s->size == 0)
        return OK;
    if (s->bytes == NULL || s->bytes[s->size - 1] != 0 || b->image->required != NULL)
        return status_refuse(ERR_BAD_OBJECT, "section %s is not a list of names", s->name);
    b->image->required = (const char *)s->bytes;
    b->image->required_size = s->size;
    return OK;
}

/* Floating-point registers may be used; but the kernel's procedures take such arguments in general ones. */
static status_t check_float_abi(const struct elf_section *s)
{
    enum float_abi abi = attributes_float_abi(s->bytes, s->size);

    if (abi == FLOAT_HARD || abi == FLOAT_SINGLE)
        return status_refuse(ERR_UNSUPPORTED, "it passes floating point in registers of its own; "
                                              "compile with -msoft-float");
    return OK;
}

static status_t read_note(struct builder *b, const struct elf_section *s)
{
    if (strcmp(s->name, NOTE_PREFIX "domain") == 0)
        return read_name(b, s);
    if (strcmp(s->name, NOTE_PREFIX "import") == 0)
        return read_required(b, s);
    return s->type == SHT_GNU_ATTRIBUTES ? check_float_abi(s) : OK;
}

static status_t read_notes(struct builder *b)
{
    for (unsigned i = 1; i < b->object->n_sections; i++) {
        struct elf_section s;
        status_t status;

        elf_section(b->object, i, &s);
        status = read_note(b, &s);
        if (status != OK)
            return status;
    }
    return OK;
}

/* ---- */

static status_t start(struct builder *b)
{
    size_t places = b->object->n_sections * sizeof *b->places;
    size_t n_uses = b->object->n_symbols == 0 ? 1 : b->object->n_symbols;

    b->places = malloc(places + n_uses * sizeof *b->uses);
    if (b->places == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory to link %u symbols", b->object->n_symbols);
    b->uses = (struct use *)((char *)b->places + places);
    for (unsigned i = 0; i < b->object->n_sections; i++)
        b->places[i].part = PART_NONE;
    memset(b->uses, 0, n_uses * sizeof *b->uses);
    for (unsigned i = 0; i < n_uses; i++)
        b->uses[i].import = b->uses[i].offset_entry = NO_INDEX;
    return OK;
}

static status_t plan(struct builder *b)
{
    status_t status = read_notes(b);

    if (status == OK)
        status = place_sections(b, false);
    if (status == OK)
        status = place_sections(b, true);
    if (status == OK)
        status = place_symbols(b);
    if (status == OK)
        status = survey(b);
    return status;
}

static status_t fill(struct builder *b)
{
    status_t status;

    copy_sections(b);
    status = define_symbols(b);
    if (status == OK)
        status = find_arrays(b);
    if (status == OK)
        status = fill_table(b);
    if (status == OK)
        status = for_relocations(b, relocate_one);
    return status;
}

static status_t build(struct builder *b)
{
    status_t status = plan(b);

    if (status == OK)
        status = allocate_tables(b);
    if (status != OK)
        return status;
    status = allocate(b);
    if (status != OK)
        goto free_tables;
    status = fill(b);
    if (status != OK)
        goto release;
    return OK;
release:
    image_release(&b->image->memory, false);
free_tables:
    free(b->image->tables);
    return status;
}

status_t image_create(const struct elf_object *object, struct image *image)
{
    struct builder b = {.object = object, .image = image};
    status_t status = start(&b);

    if (status != OK)
        return status;
    memset(image, 0, sizeof *image);
    status = build(&b);
    free(b.places);
    return status;
}

void image_destroy(struct image *image, bool sealed)
{
    image_release(&image->memory, sealed);
    free(image->tables);
}
