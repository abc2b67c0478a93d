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
#include "domains/image_builder.h"

#define IMAGE_SIZE_MAX 0x08000000u
#define NOTE_PREFIX ".whorl."

struct segment *builder_segment(const struct builder *b, enum part part)
{
    struct image_memory *memory = &b->image->memory;
    struct segment *const segments[] = {&memory->text, &memory->rodata, &memory->data};

    return segments[part];
}

/* ---- place ---- */

static bool is_note(const struct elf_section *section)
{
    return section->name[0] == '.' && section->name[1] == NOTE_PREFIX[1] &&
           strncmp(section->name, NOTE_PREFIX, sizeof NOTE_PREFIX - 1) == 0;
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

/* ---- arrays of constructors and destructors ---- */

enum array_kind { ARRAY_PREINIT, ARRAY_INIT, ARRAY_CTORS, ARRAY_FINI, ARRAY_DTORS, N_ARRAYS };

#define ARRAY_SECTIONS_MAX 64 /* more than that, one for each priority in use, is no sane object */

static const char *const array_names[N_ARRAYS] = {".preinit_array", ".init_array", ".ctors",
                                                  ".fini_array", ".dtors"};

static struct array *array_of(struct image *image, enum array_kind kind)
{
    struct array *const arrays[N_ARRAYS] = {&image->constructors[0], &image->constructors[1],
                                            &image->constructors[2], &image->destructors[0],
                                            &image->destructors[1]};

    return arrays[kind];
}

/* N_ARRAYS if a section is no such array; else what follows its usual name: nothing, or a priority. */
static enum array_kind array_kind(const struct elf_section *s, const char **priority)
{
    enum array_kind kind = 0;

    if ((s->flags & (SHF_ALLOC | SHF_WRITE)) != (SHF_ALLOC | SHF_WRITE) || s->bytes == NULL)
        return N_ARRAYS;
    for (; kind < N_ARRAYS; kind++) {
        size_t length = strlen(array_names[kind]);

        *priority = s->name + length;
        if (strncmp(s->name, array_names[kind], length) == 0 &&
            (**priority == 0 || **priority == '.'))
            break;
    }
    return kind;
}

/*
 * The order in which linkers put them: priorities rising, and none last, but for
 * .ctors and .dtors, which are run backwards, first. Equals stay as they are.
 */
static bool array_before(const struct builder *b, unsigned one, unsigned other)
{
    const char *x = NULL, *y = NULL;
    struct elf_section s, t;
    enum array_kind kind, other_kind;

    elf_section(b->object, one, &s);
    elf_section(b->object, other, &t);
    kind = array_kind(&s, &x);
    other_kind = array_kind(&t, &y);
    if (kind != other_kind)
        return kind < other_kind;
    if (strcmp(x, y) == 0)
        return one < other;
    if (*x == 0 || *y == 0)
        return (*x == 0) == (kind == ARRAY_CTORS || kind == ARRAY_DTORS);
    return strcmp(x, y) < 0;
}

/* The next in that order behind `last`, 0 for the first and if there is none. */
static unsigned next_array(const struct builder *b, unsigned last)
{
    unsigned best = 0;

    for (unsigned i = 1; i < b->object->n_sections; i++) {
        const char *priority;
        struct elf_section s;

        elf_section(b->object, i, &s);
        if (array_kind(&s, &priority) != N_ARRAYS && (last == 0 || array_before(b, last, i)) &&
            (best == 0 || array_before(b, i, best)))
            best = i;
    }
    return best;
}

static status_t place_array(struct builder *b, unsigned index)
{
    const char *priority;
    struct elf_section s;
    struct array *array;
    status_t status;

    elf_section(b->object, index, &s);
    if (s.size % 4 != 0)
        return status_refuse(ERR_BAD_OBJECT, "section %s: not an array of pointers", s.name);
    status = reserve(b, PART_DATA, s.size, 4, s.name, &b->places[index].offset);
    if (status != OK)
        return status;
    b->places[index].part = PART_DATA;
    array = array_of(b->image, array_kind(&s, &priority));
    if (array->count == 0)
        array->address = b->places[index].offset;
    array->count += s.size / 4;
    return OK;
}

/* Those of one kind lie together. */
static status_t place_arrays(struct builder *b)
{
    unsigned n = 0;

    for (unsigned i = next_array(b, 0); i != 0; i = next_array(b, i)) {
        status_t status = place_array(b, i);

        if (status == OK && ++n > ARRAY_SECTIONS_MAX)
            status = status_refuse(ERR_UNSUPPORTED, "more than %d sections of constructors",
                                   ARRAY_SECTIONS_MAX);
        if (status != OK)
            return status;
    }
    return OK;
}

/* ---- the other sections ---- */

/* Bytes first, then zeros, so that what is copied lies together. */
static status_t place_sections(struct builder *b, bool zeros)
{
    for (unsigned i = 1; i < b->object->n_sections; i++) {
        struct elf_section s;
        enum part part;
        status_t status;

        elf_section(b->object, i, &s);
        part = part_of(&s);
        if ((s.type == SHT_NOBITS) != zeros || part == PART_NONE || b->places[i].part != PART_NONE)
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
    return symbol->name[0] != 0 && (symbol->bind != STB_LOCAL || symbol->type == STT_FUNC);
}

static enum definition definition_of(const struct builder *b, const struct elf_symbol *symbol)
{
    if (symbol->section == SHN_UNDEF)
        return symbol->bind == STB_LOCAL ? UNDEFINED_LOCAL : UNDEFINED;
    if (symbol->section >= SHN_LORESERVE)
        return DEFINED;
    return b->places[symbol->section].part == PART_NONE ? NOT_LOADED : DEFINED;
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
        b->uses[i].definition = definition_of(b, &s);
        if (b->uses[i].definition == DEFINED && is_kept(&s)) {
            b->n_kept++;
            b->n_exported += is_exported(&s);
        }
        if (s.section != SHN_COMMON)
            continue;
        status = reserve(b, PART_DATA, s.size, s.value, s.name, &b->uses[i].common);
        if (status != OK)
            return status;
    }
    return OK;
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
        builder_segment(b, part)->size = b->size[part];
    if (image_allocate(&b->image->memory) != OK)
        return status_refuse(ERR_NO_MEMORY, "no memory for an image of %u bytes",
                             (unsigned)(b->size[0] + b->size[1] + b->size[2]));
    return OK;
}

/* ---- copy ---- */

/* What no section's bytes cover, gaps, veneers and sections of zeros, must not keep what was there before. */
static void clear(const struct segment *segment, uint32_t from, uint32_t to)
{
    if (from < to)
        memset(segment->bytes + from, 0, to - from);
}

static void copy_sections(struct builder *b)
{
    uint32_t end[PART_NONE] = {0, 0, 0};

    for (unsigned i = 1; i < b->object->n_sections; i++) {
        const struct place *place = &b->places[i];
        const struct segment *segment;
        struct elf_section s;

        elf_section(b->object, i, &s);
        if (place->part == PART_NONE || s.bytes == NULL || s.size == 0)
            continue;
        segment = builder_segment(b, place->part);
        if (place->part != PART_DATA) /* which is zero already, and not filled in order */
            clear(segment, end[place->part], place->offset);
        memcpy(segment->bytes + place->offset, s.bytes, s.size);
        end[place->part] = place->offset + s.size;
    }
    clear(builder_segment(b, PART_TEXT), end[PART_TEXT], b->size[PART_TEXT]);
    clear(builder_segment(b, PART_RODATA), end[PART_RODATA], b->size[PART_RODATA]);
}

static vaddr_t section_address(const struct builder *b, unsigned section)
{
    const struct place *place = &b->places[section];

    return builder_segment(b, place->part)->address + place->offset;
}

/* From offsets to addresses. */
static void settle_arrays(struct builder *b)
{
    for (unsigned kind = 0; kind < N_ARRAYS; kind++)
        array_of(b->image, kind)->address += b->image->memory.data.address;
}

/* ---- define ---- */

vaddr_t builder_offset_table(const struct builder *b)
{
    uint32_t bias = b->n_entries * 4 > 0x7ffc ? 0x8000 : 0;

    return b->image->memory.data.address + b->table_offset + bias;
}

static vaddr_t symbol_value(const struct builder *b, unsigned index, const struct elf_symbol *s)
{
    if (s->section == SHN_ABS)
        return s->value;
    if (s->section == SHN_COMMON)
        return b->image->memory.data.address + b->uses[index].common;
    return section_address(b, s->section) + s->value;
}

static enum symbol_kind kind_of(const struct elf_symbol *s)
{
    if (s->type == STT_FUNC)
        return SYMBOL_PROCEDURE;
    return s->type == STT_OBJECT || s->type == STT_COMMON ? SYMBOL_VARIABLE : SYMBOL_OTHER;
}

static status_t keep(struct builder *b, unsigned index, const struct elf_symbol *s)
{
    struct symbol symbol = {
        .name = kept_name(b, s->name),
        .value = b->uses[index].value,
        .size = s->size,
        .kind = (uint8_t)kind_of(s),
        .exported = is_exported(s),
        .weak = s->bind == STB_WEAK,
    };

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
    import->veneer = b->image->memory.text.address + *veneer;
    *veneer += VENEER_WORDS * 4;
}

static status_t define_symbols(struct builder *b)
{
    uint32_t fixup = 0, veneer = b->text_end;

    b->uses[b->table_symbol].value = b->table_symbol == 0 ? 0 : builder_offset_table(b);
    for (unsigned i = 1; i < b->object->n_symbols; i++) {
        struct use *use = &b->uses[i];
        struct elf_symbol s;
        status_t status = OK;

        if (use->definition != DEFINED && use->import == NO_INDEX)
            continue;
        elf_symbol(b->object, i, &s);
        if (use->import != NO_INDEX) {
            add_import(b, i, &s, &fixup, &veneer);
            continue;
        }
        use->value = symbol_value(b, i, &s);
        if (is_kept(&s))
            status = keep(b, i, &s);
        if (status != OK)
            return status;
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
    if (s->type == SHT_GNU_ATTRIBUTES)
        return check_float_abi(s);
    if (!is_note(s))
        return OK;
    if (strcmp(s->name, NOTE_PREFIX "domain") == 0)
        return read_name(b, s);
    return strcmp(s->name, NOTE_PREFIX "import") == 0 ? read_required(b, s) : OK;
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
        status = place_arrays(b);
    if (status == OK)
        status = place_sections(b, false);
    if (status == OK)
        status = place_sections(b, true);
    if (status == OK)
        status = place_symbols(b);
    if (status == OK)
        status = builder_survey(b);
    if (status == OK)
        status = reserve(b, PART_TEXT, b->n_imports * VENEER_WORDS * 4, 4, "veneers", &b->text_end);
    if (status == OK)
        status = reserve(b, PART_DATA, b->n_entries * 4, 4, "offset table", &b->table_offset);
    return status;
}

static status_t fill(struct builder *b)
{
    status_t status;

    copy_sections(b);
    settle_arrays(b);
    status = define_symbols(b);
    return status == OK ? builder_relocate(b) : status;
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
