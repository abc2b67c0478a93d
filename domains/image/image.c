/*
 * Builds images; see image.h. Works in passes over checked objects:
 *   merge     which definition of a name counts, if there are several objects
 *   place     gives each loaded section an offset in its segment
 *   survey    looks at every relocation: is its type known, what does it need?
 *   allocate  memory for segments and tables, now that all sizes are known
 *   copy, define, relocate, types
 */
#include "domains/image/image.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/reach.h"
#include "domains/image/image_builder.h"
#include "domains/image/image_entry.h"
#include "domains/image/image_types.h"

struct segment *builder_segment(const struct builder *b, enum part part)
{
    struct image_memory *memory = &b->image->memory;
    struct segment *const segments[] = {&memory->text, &memory->rodata, &memory->data};

    return segments[part];
}

/* ---- allocate ---- */

/* Of one object there is nothing to put together. */
static char *copy_required(struct builder *b, char *next)
{
    b->image->required = next;
    for (size_t k = 0; k < b->n_members; k++)
        for (unsigned i = 1; i < b->members[k].object->n_sections; i++) {
            const struct elf_section *s = &b->members[k].object->sections[i];

            if (s->bytes == NULL || !elf_is_named(s, ".whorl.import"))
                continue;
            memcpy(next, s->bytes, s->size);
            next += s->size;
        }
    return next;
}

static char *copy_names(struct builder *b, char *next)
{
    for (size_t k = 0; k < b->n_members; k++) {
        struct member *m = &b->members[k];

        m->names = next;
        if (m->object->names_size != 0)
            memcpy(next, m->object->names, m->object->names_size);
        next += m->object->names_size;
    }
    return next;
}

static status_t allocate_tables(struct builder *b)
{
    struct image *image = b->image;
    size_t n_slots = symbol_slots(b->n_exported);
    char *next;

    image->tables_size = b->n_kept * sizeof(struct symbol) + b->n_imports * sizeof(struct import) +
                         b->n_fixups * sizeof(struct fixup) + n_slots * sizeof(uint32_t) +
                         image->required_size + b->names_size + 1;
    next = malloc(image->tables_size);
    if (next == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for %u bytes of symbols and relocations",
                             (unsigned)image->tables_size);
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
    next = copy_names(b, next);
    if (image->required_size != 0)
        next = copy_required(b, next);
    *next = 0;
    image->n_imports = b->n_imports;
    image->n_fixups = b->n_fixups;
    return OK;
}

static status_t allocate(struct builder *b)
{
    for (enum part part = PART_TEXT; part < PART_NONE; part++)
        builder_segment(b, part)->size = b->size[part];
    if (image_allocate(&b->image->memory) != OK)
        return status_refuse(ERR_NO_MEMORY, "no memory for an image of %u bytes",
                             (unsigned)(b->size[0] + b->size[1] + b->size[2]));
    for (enum part part = PART_TEXT; part < PART_NONE; part++)
        b->base[part] = builder_segment(b, part)->address;
    for (unsigned k = 0; k < b->n_islands; k++)
        b->image->islands[k] = b->image->memory.text.address + b->islands[k];
    return OK;
}

/* ---- copy ---- */

/* What no section's bytes cover, gaps, slots and sections of zeros, must not keep what was there before. */
static void clear(const struct segment *segment, uint32_t from, uint32_t to)
{
    if (from < to)
        memset(segment->bytes + from, 0, to - from);
}

static void copy_member(struct builder *b, const struct member *m, uint32_t end[PART_NONE])
{
    for (unsigned i = 0; i < m->object->n_loaded; i++) {
        const struct elf_section *s = &m->object->sections[m->object->loaded[i]];
        const struct place *place = &m->places[m->object->loaded[i]];
        const struct segment *segment;

        if (place->part == PART_NONE || s->bytes == NULL || s->size == 0)
            continue;
        segment = builder_segment(b, place->part);
        if (place->part != PART_DATA) /* which is zero already, and not filled in order */
            clear(segment, end[place->part], place->offset);
        memcpy(segment->bytes + place->offset, s->bytes, s->size);
        end[place->part] = place->offset + s->size;
    }
}

static void copy_sections(struct builder *b)
{
    uint32_t end[PART_NONE] = {0, 0, 0};

    for (size_t k = 0; k < b->n_members; k++)
        copy_member(b, &b->members[k], end);
    clear(builder_segment(b, PART_TEXT), end[PART_TEXT], b->size[PART_TEXT]);
    clear(builder_segment(b, PART_RODATA), end[PART_RODATA], b->size[PART_RODATA]);
}

/* ---- define ---- */

vaddr_t builder_offset_table(const struct builder *b)
{
    uint32_t bias = b->n_entries * 4 > 0x7ffc ? 0x8000 : 0;

    return b->image->memory.data.address + b->table_offset + bias;
}

static inline vaddr_t symbol_value(const struct builder *b, const struct place *places,
                                   const struct use *use, const struct elf_symbol *s)
{
    if (s->section == SHN_ABS)
        return s->value;
    if (s->section == SHN_COMMON)
        return b->base[PART_DATA] + use->common;
    return b->base[places[s->section].part] + places[s->section].offset + s->value;
}

static enum symbol_kind kind_of(const struct elf_symbol *s)
{
    if (s->type == STT_FUNC)
        return SYMBOL_PROCEDURE;
    return s->type == STT_OBJECT || s->type == STT_COMMON ? SYMBOL_VARIABLE : SYMBOL_OTHER;
}

static inline __attribute__((always_inline)) void fill_symbol(struct symbol *symbol,
                                                              const char *name,
                                                              const struct use *use,
                                                              const struct elf_symbol *s)
{
    *symbol = (struct symbol){
        .name = name,
        .value = use->value,
        .size = s->size,
        .hash = use->exported ? symbol_hash(s->name) : 0,
        .kind = (uint8_t)kind_of(s),
        .exported = use->exported,
        .weak = s->bind == STB_WEAK,
    };
}

/* From here on the use counts the fixups that there are. */
static void add_import(struct builder *b, const struct member *m, struct use *use,
                       const struct elf_symbol *s, uint32_t *fixup)
{
    struct import *import = &b->image->imports[use->import - 1];

    memset(import, 0, sizeof *import);
    import->name = m->names + (s->name - m->object->names);
    import->hash = symbol_hash(s->name);
    import->weak = s->bind == STB_WEAK;
    import->first_fixup = *fixup;
    import->n_fixups = use->n_relocations;
    *fixup += use->n_relocations;
    use->n_relocations = import->first_fixup;
}

static status_t define_symbols(struct builder *b, struct member *m, uint32_t *fixup)
{
    const struct elf_object *object = m->object;
    struct symbol_table *table = &b->image->symbols;
    struct use *use = m->uses;

    for (unsigned n = object->n_symbols, i = 1; i < n; i++) {
        struct elf_symbol s;

        use++;
        if (use->leader != NULL ||
            (use->definition != DEFINED && use->import == 0 && use->definition != OFFSET_TABLE))
            continue;
        elf_symbol(object, i, &s);
        if (use->import != 0) {
            add_import(b, m, use, &s, fixup);
            continue;
        }
        use->value = use->definition == OFFSET_TABLE ? builder_offset_table(b)
                                                     : symbol_value(b, m->places, use, &s);
        if (!use->kept)
            continue;
        fill_symbol(&table->symbols[table->n_symbols], m->names + (s.name - object->names), use,
                    &s);
        if (!symbol_table_added(table))
            return status_refuse(ERR_BAD_OBJECT, "symbol %s is defined twice", s.name);
    }
    return OK;
}

static status_t define(struct builder *b)
{
    status_t status = OK;
    uint32_t fixup = 0;

    for (size_t k = 0; status == OK && k < b->n_members; k++)
        status = define_symbols(b, &b->members[k], &fixup);
    builder_follow(b);
    return status;
}

/* ---- */

static void start_member(struct member *m, const struct elf_object *object, char **next)
{
    size_t n_uses = object->n_symbols == 0 ? 1 : object->n_symbols;

    m->object = object;
    m->uses = (struct use *)*next;
    *next += n_uses * sizeof *m->uses;
    m->places = (struct place *)*next;
    *next += object->n_sections * sizeof *m->places;
    m->special = (uint8_t *)*next;
    *next += (n_uses + 7) & ~(size_t)7;
    for (unsigned i = 0; i < object->n_sections; i++)
        m->places[i].part = PART_NONE;
    memset(m->uses, 0, n_uses * sizeof *m->uses);
    m->special[0] = SPECIAL_BRANCHES; /* no symbol: address 0 */
}

static status_t start(struct builder *b, const struct elf_object objects[], size_t n)
{
    size_t size = n * sizeof *b->members;
    char *next;

    for (size_t k = 0; k < n; k++)
        size += (objects[k].n_symbols + 8) * (sizeof(struct use) + 1) +
                objects[k].n_sections * sizeof(struct place);
    next = malloc(size);
    if (next == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory to link %u objects", (unsigned)n);
    b->members = (struct member *)next;
    b->n_members = n;
    next += n * sizeof *b->members;
    for (size_t k = 0; k < n; k++)
        start_member(&b->members[k], &objects[k], &next);
    return OK;
}

/* Slots behind text; and before it, if the first branches would not reach there. */
static status_t place_slots(struct builder *b)
{
    uint32_t n = b->n_imports + b->n_addends + b->n_far;
    uint32_t front = (n * VENEER_SIZE + ELF_ALIGNMENT_MAX - 1) & ~(ELF_ALIGNMENT_MAX - 1u);
    status_t status;

    if (n == 0)
        return OK;
    b->n_islands = 1;
    if (b->big) {
        for (size_t k = 0; k < b->n_members; k++)
            for (unsigned i = 1; i < b->members[k].object->n_sections; i++)
                if (b->members[k].places[i].part == PART_TEXT)
                    b->members[k].places[i].offset += front;
        b->size[PART_TEXT] += front;
        b->n_islands = 2;
    }
    status = builder_reserve(b, PART_TEXT, n * VENEER_SIZE, 4, "slots", &b->islands[0]);
    return status;
}

/* Of all parts together: fixups tell places apart by their distance from the first. */
static status_t check_size(const struct builder *b)
{
    uint32_t size = b->size[PART_TEXT] + b->size[PART_RODATA] + b->size[PART_DATA];

    if (size > IMAGE_SIZE_MAX)
        return status_refuse(ERR_NO_MEMORY, "0x%x bytes are more than any image can have",
                             (unsigned)size);
    return OK;
}

static status_t plan(struct builder *b)
{
    status_t status = builder_merge(b);

    if (status == OK)
        status = builder_place(b);
    if (status != OK)
        return status;
    builder_follow(b);
    status = builder_survey(b);
    if (status == OK)
        status = place_slots(b);
    if (status == OK)
        status =
            builder_reserve(b, PART_DATA, b->n_entries * 4, 4, "offset table", &b->table_offset);
    builder_follow(b);
    return status == OK ? check_size(b) : status;
}

static status_t fill(struct builder *b)
{
    status_t status;

    copy_sections(b);
    builder_settle_arrays(b);
    b->image->constants[1] = (struct array){
        b->image->memory.data.address + b->table_offset,
        b->n_entries,
    };
    status = define(b);
    return status == OK ? builder_relocate(b) : status;
}

static status_t build(struct builder *b, const struct elf_object objects[])
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
    if (status == OK && !b->inert)
        status = image_types_open(b->image, objects, b->n_members, b->types_size);
    if (status != OK)
        goto release;
    if (b->pointers && b->n_imports != 0)
        image_leave_unbound(b->image);
    return OK;
release:
    image_release(&b->image->memory, false);
free_tables:
    free(b->image->tables);
    return status;
}

static void tell_places(const struct builder *b, image_placed_t placed, void *context)
{
    for (size_t k = 0; k < b->n_members; k++)
        for (unsigned i = 1; i < b->members[k].object->n_sections; i++) {
            const struct place *place = &b->members[k].places[i];

            if (place->part != PART_NONE)
                placed(context, k, i, b->base[place->part] + place->offset);
        }
}

status_t image_create_placed(const struct elf_object objects[], size_t n, struct image *image,
                             image_placed_t placed, void *context)
{
    struct builder b = {.image = image, .inert = placed != NULL};
    status_t status;

    memset(image, 0, sizeof *image);
    status = start(&b, objects, n);
    if (status != OK)
        return status;
    status = build(&b, objects);
    if (status == OK && placed != NULL)
        tell_places(&b, placed, context);
    free(b.members);
    return status;
}

status_t image_create(const struct elf_object objects[], size_t n, struct image *image)
{
    return image_create_placed(objects, n, image, NULL, NULL);
}

void image_destroy(struct image *image)
{
    image_entries_close(image);
    image_types_close(image);
    image_release(&image->memory, image->sealed);
    free(image->tables);
}
