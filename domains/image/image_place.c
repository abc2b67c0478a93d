/*
 * Where everything goes: sections by part, constructors by priority, common
 * symbols; and what the sections that are not loaded say.
 */
#include <string.h>

#include "arch/ppc/code/reach.h"
#include "domains/object/attributes.h"
#include "domains/image/image_builder.h"
#include "domains/image/image_types.h"

#define NOTE_PREFIX ".whorl."

status_t builder_reserve(struct builder *b, enum part part, uint32_t size, uint32_t alignment,
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

/* ---- notes ---- */

static bool is_note(const struct elf_section *s)
{
    return s->name[0] == '.' && s->name[1] == NOTE_PREFIX[1] &&
           strncmp(s->name, NOTE_PREFIX, sizeof NOTE_PREFIX - 1) == 0;
}

static status_t read_name(struct builder *b, const struct elf_section *s)
{
    if (s->size < 2 || s->bytes == NULL || s->bytes[s->size - 1] != 0 || s->bytes[0] == 0)
        return status_refuse(ERR_BAD_OBJECT, "section %s is not a name", s->name);
    if (b->image->name != NULL || memchr(s->bytes, 0, s->size) != s->bytes + s->size - 1)
        return status_refuse(ERR_BAD_OBJECT, "more than one DOMAIN");
    b->image->name = (const char *)s->bytes;
    return OK;
}

/* Several members' lists are put together when there is memory for them. */
static status_t read_required(struct builder *b, const struct elf_section *s)
{
    if (s->size == 0)
        return OK;
    if (s->bytes == NULL || s->bytes[s->size - 1] != 0)
        return status_refuse(ERR_BAD_OBJECT, "section %s is not a list of names", s->name);
    b->image->required_size += s->size;
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
    return strcmp(s->name, NOTE_PREFIX "import") == 0 ? read_required(b, s) : OK;
}

/* ---- arrays of constructors, destructors, exported interfaces, declared procedures ---- */

enum array_kind {
    ARRAY_PREINIT,
    ARRAY_INIT,
    ARRAY_CTORS,
    ARRAY_FINI,
    ARRAY_DTORS,
    ARRAY_EXPORTS,
    ARRAY_FUNCTIONAL,
    ARRAY_EPHEMERAL,
    N_ARRAYS
};

#define ARRAY_SECTIONS_MAX 64 /* more than that, one for each priority in use, is no sane object */

static const char *const array_names[N_ARRAYS] = {
    ".preinit_array", ".init_array",       ".ctors",          ".fini_array", ".dtors",
    ".whorl_exports", ".whorl_functional", ".whorl_ephemeral"};

static struct array *array_of(struct image *image, enum array_kind kind)
{
    struct array *const arrays[N_ARRAYS] = {&image->constructors[0], &image->constructors[1],
                                            &image->constructors[2], &image->destructors[0],
                                            &image->destructors[1],  &image->exports,
                                            &image->functional,      &image->ephemeral};

    return arrays[kind];
}

void builder_settle_arrays(struct builder *b)
{
    for (unsigned kind = 0; kind < N_ARRAYS; kind++)
        array_of(b->image, kind)->address += b->image->memory.data.address;
    b->image->constants[0].address += b->image->memory.data.address;
}

/* N_ARRAYS if a section is no such array; else what follows its usual name: nothing, or a priority. */
static enum array_kind array_kind(const struct elf_section *s, const char **priority)
{
    enum array_kind kind = 0;

    if ((s->flags & (SHF_ALLOC | SHF_WRITE)) != (SHF_ALLOC | SHF_WRITE) || s->bytes == NULL ||
        s->name[0] != '.' || s->name[1] == 'b' || (s->name[1] == 'd' && s->name[2] == 'a'))
        return N_ARRAYS; /* .bss and .data are seen at a glance to be none */
    for (; kind < N_ARRAYS; kind++) {
        size_t length = strlen(array_names[kind]);

        *priority = s->name + length;
        if (strncmp(s->name, array_names[kind], length) == 0 &&
            (**priority == 0 || **priority == '.'))
            break;
    }
    return kind;
}

/* A section of a member, counted through all of them. */
struct which {
    unsigned member, section;
};

static const struct elf_section *section_of(const struct builder *b, struct which which)
{
    return &b->members[which.member].object->sections[which.section];
}

/*
 * The order in which linkers put them: priorities rising, and none last, but for
 * .ctors and .dtors, which are run backwards, first. Equals stay as they are.
 */
static bool array_before(const struct builder *b, struct which one, struct which other)
{
    const char *x = NULL, *y = NULL;
    enum array_kind kind = array_kind(section_of(b, one), &x);
    enum array_kind other_kind = array_kind(section_of(b, other), &y);

    if (kind != other_kind)
        return kind < other_kind;
    if (strcmp(x, y) == 0)
        return one.member != other.member ? one.member < other.member : one.section < other.section;
    if (*x == 0 || *y == 0)
        return (*x == 0) == (kind == ARRAY_CTORS || kind == ARRAY_DTORS);
    return strcmp(x, y) < 0;
}

/* The next in that order behind `last`, section 0 for the first and if there is none. */
static struct which next_array(const struct builder *b, struct which last)
{
    struct which best = {0, 0}, i;
    const char *priority;

    for (i.member = 0; i.member < b->n_members; i.member++)
        for (i.section = 1; i.section < b->members[i.member].object->n_sections; i.section++)
            if (array_kind(section_of(b, i), &priority) != N_ARRAYS &&
                (last.section == 0 || array_before(b, last, i)) &&
                (best.section == 0 || array_before(b, i, best)))
                best = i;
    return best;
}

static status_t place_array(struct builder *b, struct which which)
{
    const struct elf_section *s = section_of(b, which);
    struct place *place = &b->members[which.member].places[which.section];
    const char *priority;
    struct array *array = array_of(b->image, array_kind(s, &priority));
    status_t status;

    if (s->size % 4 != 0)
        return status_refuse(ERR_BAD_OBJECT, "section %s: not an array of pointers", s->name);
    status = builder_reserve(b, PART_DATA, s->size, 4, s->name, &place->offset);
    if (status != OK)
        return status;
    place->part = PART_DATA;
    if (array->count == 0)
        array->address = place->offset;
    array->count += s->size / 4;
    return OK;
}

/* Those of one kind lie together. */
static status_t place_arrays(struct builder *b)
{
    struct which i = {0, 0};

    for (unsigned n = 0; (i = next_array(b, i)).section != 0; n++) {
        status_t status = place_array(b, i);

        if (status == OK && n == ARRAY_SECTIONS_MAX)
            status = status_refuse(ERR_UNSUPPORTED, "more than %d sections of constructors",
                                   ARRAY_SECTIONS_MAX);
        if (status != OK)
            return status;
    }
    return OK;
}

/* ---- the other sections ---- */

/* Unwind tables are of no use: nothing here unwinds by them. */
static enum part part_of(const struct elf_section *s)
{
    if ((s->flags & SHF_EXECINSTR) != 0)
        return PART_TEXT;
    if ((s->flags & SHF_WRITE) != 0)
        return PART_DATA;
    return s->type == SHT_NOTE || is_note(s) || elf_is_named(s, ".eh_frame") ? PART_NONE
                                                                             : PART_RODATA;
}

/* What the sections say that are not loaded; and whether there are any arrays. */
static status_t read_member(struct builder *b, const struct elf_object *object, bool *arrays)
{
    for (unsigned i = 1; i < object->n_sections; i++) {
        const struct elf_section *s = &object->sections[i];
        const char *priority;
        status_t status = OK;

        if (s->type == SHT_GNU_ATTRIBUTES)
            status = b->inert ? OK : check_float_abi(s);
        else if ((s->flags & SHF_ALLOC) == 0)
            b->types_size += image_types_in_section(s) ? s->size : 0;
        else if ((s->flags & SHF_WRITE) != 0)
            *arrays |= array_kind(s, &priority) != N_ARRAYS;
        if (status == OK && is_note(s))
            status = read_note(b, s);
        if (status != OK)
            return status;
    }
    b->names_size += object->names_size;
    return OK;
}

/* Bytes first, then tables of offsets, then zeros, so that what is copied lies together. */
enum pass { PASS_BYTES, PASS_OFFSETS, PASS_ZEROS };

static bool is_table_of_offsets(const struct elf_section *s)
{
    return (s->flags & SHF_WRITE) != 0 && s->type != SHT_NOBITS && elf_is_named(s, ".got2");
}

static bool is_in_pass(struct builder *b, const struct elf_section *s, enum pass pass)
{
    if (pass == PASS_BYTES && is_table_of_offsets(s)) {
        b->offsets = true;
        return false;
    }
    return (s->type == SHT_NOBITS) == (pass == PASS_ZEROS);
}

static status_t place_member(struct builder *b, struct member *m, enum pass pass)
{
    for (unsigned i = 0; i < m->object->n_loaded; i++) {
        const struct elf_section *s = &m->object->sections[m->object->loaded[i]];
        struct place *place = &m->places[m->object->loaded[i]];
        enum part part;
        status_t status;

        if (place->part != PART_NONE || !is_in_pass(b, s, pass))
            continue;
        part = part_of(s);
        if (part == PART_NONE)
            continue;
        place->part = part;
        status = builder_reserve(b, part, s->size,
                                 part == PART_TEXT && s->alignment < 4 ? 4 : s->alignment, s->name,
                                 &place->offset);
        if (status != OK)
            return status;
    }
    return OK;
}

/* ---- symbols ---- */

static enum origin definition_of(const struct place *places, unsigned section, uint8_t bind)
{
    if (section == SHN_UNDEF)
        return bind == STB_LOCAL ? UNDEFINED_LOCAL : UNDEFINED;
    if (section >= SHN_LORESERVE)
        return DEFINED;
    return places[section].part == PART_NONE ? NOT_LOADED : DEFINED;
}

static status_t place_common(struct builder *b, struct use *use, const struct elf_symbol *s)
{
    return builder_reserve(b, PART_DATA, s->size, use->common != 0 ? use->common : s->value,
                           s->name, &use->common);
}

/* Local copies, since a store to a byte could be to anything for all the compiler knows. */
static status_t place_symbols(struct builder *b, struct member *m)
{
    const struct elf_object *object = m->object;
    const struct place *places = m->places;
    struct use *use = m->uses;
    uint8_t *special = m->special;
    unsigned n = object->n_symbols, n_kept = 0, n_exported = 0;

    for (unsigned i = 1; i < n; i++) {
        struct elf_symbol s;
        enum origin definition;
        bool far;

        elf_symbol(object, i, &s);
        definition = definition_of(places, s.section, s.bind);
        use++;
        use->definition = (uint8_t)definition;
        special[i] = SPECIAL_ALL;
        if (definition != DEFINED || use->leader != NULL)
            continue;
        far = s.section >= SHN_LORESERVE || places[s.section].part != PART_TEXT || b->big;
        special[i] = far ? SPECIAL_BRANCHES : SPECIAL_NEVER;
        if (s.bind != STB_LOCAL) {
            use->kept = true;
            use->exported = s.visibility == STV_DEFAULT || s.visibility == STV_PROTECTED;
            n_exported += use->exported;
            n_kept++;
        } else if ((s.type == STT_FUNC || s.type == STT_OBJECT) && s.name[0] != 0) {
            use->kept = true;
            n_kept++;
        }
        if (s.section == SHN_COMMON) {
            status_t status = place_common(b, use, &s);

            if (status != OK)
                return status;
        }
    }
    b->n_kept += n_kept;
    b->n_exported += n_exported;
    return OK;
}

/* ---- */

static status_t for_members(struct builder *b, enum pass pass)
{
    status_t status = OK;

    for (size_t k = 0; status == OK && k < b->n_members; k++)
        status = place_member(b, &b->members[k], pass);
    return status;
}

/* Those of all members lie together, so that image.constants can say where. */
static status_t place_offsets(struct builder *b)
{
    uint32_t start = (b->size[PART_DATA] + 3) & ~3u;
    status_t status = for_members(b, PASS_OFFSETS);
    uint32_t end = b->size[PART_DATA] & ~3u;

    b->image->constants[0] = (struct array){start, end > start ? (end - start) / 4 : 0};
    return status;
}

status_t builder_place(struct builder *b)
{
    bool arrays = false;
    status_t status = OK;

    for (size_t k = 0; status == OK && k < b->n_members; k++)
        status = read_member(b, b->members[k].object, &arrays);
    if (status == OK && arrays)
        status = place_arrays(b);
    if (status == OK)
        status = for_members(b, PASS_BYTES);
    if (status == OK && b->offsets)
        status = place_offsets(b);
    if (status == OK)
        status = for_members(b, PASS_ZEROS);
    b->big = b->size[PART_TEXT] >= REACH_OF_B - REACH_OF_B / 8; /* slots come to that */
    for (size_t k = 0; status == OK && k < b->n_members; k++)
        status = place_symbols(b, &b->members[k]);
    return status;
}
