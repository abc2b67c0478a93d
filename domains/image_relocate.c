/*
 * Relocations of an image under construction, and binding its imports later.
 *
 * Every relocation is looked at twice, and there may be a hundred thousand, so the
 * two loops handle what is common by themselves and leave the rest to functions.
 */
#include <string.h>

#include "arch/ppc/code/reach.h"
#include "domains/bytes.h"
#include "domains/image_builder.h"
#include "domains/relocation.h"

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

static status_t refuse_table_branch(const struct elf_section *target,
                                    const struct elf_relocation *r)
{
    return status_refuse(
        ERR_UNSUPPORTED,
        "%s+0x%x executes the offset table, which is data; compile with -msecure-plt", target->name,
        (unsigned)r->offset);
}

static status_t refuse_not_loaded(const struct builder *b, const struct elf_symbol *symbol)
{
    struct elf_section section;

    elf_section(b->object, symbol->section, &section);
    return status_refuse(ERR_BAD_OBJECT, "loaded code refers to section %s, which is not loaded",
                         section.name);
}

static bool is_table(const struct elf_symbol *symbol)
{
    return strcmp(symbol->name, "_GLOBAL_OFFSET_TABLE_") == 0;
}

static status_t survey_offset(struct builder *b, const struct elf_section *target,
                              const struct elf_relocation *r, const struct elf_symbol *symbol)
{
    struct use *use = &b->uses[r->symbol];

    if (r->addend != 0)
        return status_refuse(ERR_UNSUPPORTED, "%s+0x%x: offset table entry of %s with an addend",
                             target->name, (unsigned)r->offset, symbol->name);
    if (use->definition == UNDEFINED && is_table(symbol))
        return status_refuse(ERR_UNSUPPORTED, "%s+0x%x: offset table entry of %s itself",
                             target->name, (unsigned)r->offset, symbol->name);
    if (use->offset_entry == NO_INDEX) {
        use->offset_entry = b->n_entries++;
        use->n_fixups += use->definition == UNDEFINED && r->symbol != 0;
    }
    return OK;
}

static status_t survey_table(struct builder *b, const struct elf_section *target,
                             const struct elf_relocation *r)
{
    if (relocation_types[r->type].kind == RELOCATION_BRANCH)
        return refuse_table_branch(target, r);
    if (b->table_symbol != 0 && b->table_symbol != r->symbol)
        return status_refuse(ERR_BAD_OBJECT, "two symbols are called _GLOBAL_OFFSET_TABLE_");
    b->table_symbol = r->symbol;
    return OK;
}

/* The relocations that are not plain references to what the object defines. */
static status_t survey_special(struct builder *b, const struct elf_section *target,
                               const struct elf_relocation *r)
{
    enum relocation_kind kind = relocation_types[r->type].kind;
    struct use *use = &b->uses[r->symbol];
    struct elf_symbol symbol;

    elf_symbol(b->object, r->symbol, &symbol);
    if (kind == RELOCATION_NONE)
        return OK;
    if (kind == RELOCATION_REFUSED)
        return refuse_type(target, r, &symbol);
    if (use->definition == NOT_LOADED)
        return refuse_not_loaded(b, &symbol);
    if (use->definition == UNDEFINED_LOCAL)
        return status_refuse(ERR_BAD_OBJECT, "local symbol %s is not defined", symbol.name);
    if (kind == RELOCATION_OFFSET)
        return survey_offset(b, target, r, &symbol);
    if (is_table(&symbol))
        return survey_table(b, target, r);
    use->n_fixups++;
    return OK;
}

static bool is_plain(const struct relocation_type *type, const struct use *use)
{
    return (type->kind == RELOCATION_VALUE || type->kind == RELOCATION_BRANCH) &&
           use->definition == DEFINED;
}

static status_t survey_section(struct builder *b, const struct elf_section *rela,
                               const struct elf_section *target)
{
    for (unsigned n = rela->size / ELF_RELA_SIZE, i = 0; i < n; i++) {
        const uint8_t *bytes = rela->bytes + i * ELF_RELA_SIZE;
        uint32_t offset = get32(bytes), info = get32(bytes + 4);
        const struct relocation_type *type = &relocation_types[info & 0xff];
        struct elf_relocation r;
        status_t status;

        if (info >> 8 < b->object->n_symbols && offset < target->size &&
            type->width <= target->size - offset && is_plain(type, &b->uses[info >> 8]))
            continue;
        status = elf_relocation(b->object, rela, i, target->size, &r);
        if (status == OK && type->width > target->size - offset)
            status =
                status_refuse(ERR_BAD_OBJECT, "relocation at %s+0x%x reaches beyond the section",
                              target->name, (unsigned)offset);
        if (status == OK)
            status = survey_special(b, target, &r);
        if (status != OK)
            return status;
    }
    return OK;
}

/* Calls `each` for every section of relocations whose target is loaded. */
static status_t for_sections(struct builder *b,
                             status_t (*each)(struct builder *, const struct elf_section *rela,
                                              const struct elf_section *target))
{
    for (unsigned i = 1; i < b->object->n_sections; i++) {
        struct elf_section rela, target;
        status_t status;

        elf_section(b->object, i, &rela);
        if (rela.type != SHT_RELA || b->places[rela.info].part == PART_NONE)
            continue;
        elf_section(b->object, rela.info, &target);
        status = each(b, &rela, &target);
        if (status != OK)
            return status;
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
    }
}

status_t builder_survey(struct builder *b)
{
    status_t status = for_sections(b, survey_section);

    if (status == OK)
        number_imports(b);
    return status;
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

static const char *symbol_name(const struct builder *b, uint32_t index)
{
    struct elf_symbol symbol;

    elf_symbol(b->object, index, &symbol);
    return symbol.name;
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
static void fill_entry(struct builder *b, const struct use *use)
{
    vaddr_t entry = b->image->memory.data.address + b->table_offset + use->offset_entry * 4;

    if (use->import != NO_INDEX)
        add_fixup(b->image, &b->image->imports[use->import], entry, R_PPC_ADDR32, 0);
    else
        put32(image_bytes(b->image, entry), use->value);
}

static void fill_table(struct builder *b)
{
    for (unsigned i = 0; b->n_entries != 0 && i < b->object->n_symbols; i++)
        if (b->uses[i].offset_entry != NO_INDEX)
            fill_entry(b, &b->uses[i]);
}

/* What is to be stored for a relocation that does not wait for an import. */
static vaddr_t target_value(const struct builder *b, const struct use *use, uint8_t type,
                            int32_t addend)
{
    if (relocation_types[type].kind == RELOCATION_OFFSET)
        return b->image->memory.data.address + b->table_offset + use->offset_entry * 4 -
               builder_offset_table(b);
    return use->value + (relocation_ignores_addend(type) ? 0 : (uint32_t)addend);
}

static status_t relocate_section(struct builder *b, const struct elf_section *rela,
                                 const struct elf_section *target)
{
    const struct place *place = &b->places[rela->info];
    const struct segment *in = builder_segment(b, place->part);
    const uint8_t *end = rela->bytes + rela->size;

    (void)target;
    for (const uint8_t *r = rela->bytes; r < end; r += ELF_RELA_SIZE) {
        uint32_t offset = place->offset + get32(r), info = get32(r + 4);
        int32_t addend = (int32_t)get32(r + 8);
        const struct use *use = &b->uses[info >> 8];
        uint8_t type = (uint8_t)info, kind = relocation_types[type].kind;
        enum relocation_result result;
        vaddr_t value;

        if (kind == RELOCATION_NONE)
            continue;
        if (use->import != NO_INDEX && kind != RELOCATION_OFFSET) {
            add_fixup(b->image, &b->image->imports[use->import], in->address + offset, type,
                      addend);
            continue;
        }
        value = target_value(b, use, type, addend);
        result = relocation_apply(type, in->bytes + offset, in->address + offset, value);
        if (result != RELOCATION_DONE)
            return out_of_range(symbol_name(b, info >> 8), type, in->address + offset, value,
                                result);
    }
    return OK;
}

status_t builder_relocate(struct builder *b)
{
    fill_table(b);
    return for_sections(b, relocate_section);
}

/* ---- bind ---- */

static void write_veneer(struct image *image, const struct import *import,
                         const uint32_t words[VENEER_WORDS])
{
    for (size_t i = 0; i < VENEER_WORDS; i++)
        put32(image_bytes(image, import->veneer) + 4 * i, words[i]);
}

/* A branch that does not reach the import goes to its veneer instead, which does. */
static enum relocation_result bind_one(struct image *image, const struct import *import,
                                       const struct fixup *fixup, vaddr_t value)
{
    uint8_t *place = image_bytes(image, fixup->place);
    enum relocation_result result =
        relocation_apply(fixup->type, place, fixup->place, value + (uint32_t)fixup->addend);
    uint32_t words[VENEER_WORDS];

    if (result != RELOCATION_RANGE || relocation_types[fixup->type].kind != RELOCATION_BRANCH ||
        fixup->addend != 0)
        return result;
    code_veneer(words, value);
    write_veneer(image, import, words);
    return relocation_apply(fixup->type, place, fixup->place, import->veneer);
}

status_t image_bind_identified(struct image *image, struct import *import, vaddr_t value)
{
    uint32_t words[VENEER_WORDS];

    if (!code_identity_veneer(words, image->memory.owner, value))
        return status_refuse(ERR_RANGE, "%s is out of reach of a veneer that tells who calls",
                             import->name);
    write_veneer(image, import, words);
    return image_bind(image, import, import->veneer);
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
