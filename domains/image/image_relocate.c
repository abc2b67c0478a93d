/*
 * Relocations of an image under construction.
 *
 * Every relocation is looked at twice, and there may be a hundred thousand, so the
 * two loops handle what is common by themselves and leave the rest to functions.
 */
#include <string.h>

#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/reach.h"
#include "domains/object/bytes.h"
#include "domains/image/image_builder.h"
#include "domains/object/relocation.h"

/* Where a relocation was met. */
struct site {
    struct member *member;
    const struct elf_section *target;
    struct elf_relocation relocation;
    struct elf_symbol symbol;
};

/* ---- survey ---- */

static status_t refuse_type(const struct site *site)
{
    uint8_t type = site->relocation.type;
    const char *advice = relocation_advice(type);

    return status_refuse(ERR_UNSUPPORTED, "relocation %s (%u) at %s+0x%x for %s is not offered%s%s",
                         relocation_name(type), type, site->target->name,
                         (unsigned)site->relocation.offset, site->symbol.name,
                         advice != NULL ? "; compile with " : "", advice != NULL ? advice : "");
}

static bool is_table(const struct elf_symbol *symbol)
{
    return strcmp(symbol->name, "_GLOBAL_OFFSET_TABLE_") == 0;
}

static status_t survey_offset(struct builder *b, const struct site *site)
{
    struct use *use = builder_leader(&site->member->uses[site->relocation.symbol]);

    if (site->relocation.addend != 0)
        return status_refuse(ERR_UNSUPPORTED, "%s+0x%x: offset table entry of %s with an addend",
                             site->target->name, (unsigned)site->relocation.offset,
                             site->symbol.name);
    if (use->definition == UNDEFINED && is_table(&site->symbol))
        return status_refuse(ERR_UNSUPPORTED, "%s+0x%x: offset table entry of %s itself",
                             site->target->name, (unsigned)site->relocation.offset,
                             site->symbol.name);
    if (use->offset_entry == 0) {
        use->offset_entry = ++b->n_entries;
        use->n_relocations++;
    }
    return OK;
}

/* A slot of its own for each branch that may not get there by itself. */
static void survey_branch(struct builder *b, const struct site *site)
{
    const struct elf_relocation *r = &site->relocation;
    struct use *use = &site->member->uses[r->symbol];

    use->n_relocations++;
    if (use->definition == DEFINED)
        b->n_far++;
    else if (r->addend != 0 && !relocation_ignores_addend(r->type))
        b->n_addends++;
}

static status_t survey_special(struct builder *b, const struct site *site)
{
    switch ((enum relocation_kind)relocation_types[site->relocation.type].kind) {
    case RELOCATION_NONE:
        return OK;
    case RELOCATION_REFUSED:
        return refuse_type(site);
    case RELOCATION_OFFSET:
        return survey_offset(b, site);
    case RELOCATION_SEQUENCE:
        b->calls |= site->relocation.type == R_PPC_PLTSEQ;
        b->sequences |= site->relocation.type != R_PPC_PLTSEQ;
        return OK;
    case RELOCATION_BRANCH:
        survey_branch(b, site);
        return OK;
    case RELOCATION_VALUE:
        break;
    }
    return OK;
}

static status_t read_site(struct site *site, const struct elf_section *rela, unsigned index)
{
    const struct elf_object *object = site->member->object;
    status_t status = elf_relocation(object, rela, index, site->target->size, &site->relocation);

    if (status != OK)
        return status;
    if (relocation_types[site->relocation.type].width >
        site->target->size - site->relocation.offset)
        return status_refuse(ERR_BAD_OBJECT, "relocation at %s+0x%x reaches beyond the section",
                             site->target->name, (unsigned)site->relocation.offset);
    elf_symbol(object, site->relocation.symbol, &site->symbol);
    return OK;
}

static status_t survey_rare(struct builder *b, struct member *m, const struct elf_section *rela,
                            const struct elf_section *target, unsigned index)
{
    struct site site = {.member = m, .target = target};
    status_t status = read_site(&site, rela, index);

    if (status != OK)
        return status;
    if (relocation_types[site.relocation.type].kind == RELOCATION_VALUE)
        m->uses[site.relocation.symbol].n_relocations++;
    return survey_special(b, &site);
}

/* Up to the next one that is not common, or to the end. */
static const uint8_t *survey_common(const struct member *m, const struct elf_section *target,
                                    const uint8_t *r, const uint8_t *end)
{
    unsigned n_symbols = m->object->n_symbols;
    uint32_t last = target->size < 4 ? 0 : target->size - 4; /* offset of a whole word */
    const uint8_t *special = m->special;
    struct use *uses = m->uses;

    for (; r < end; r += ELF_RELA_SIZE) {
        uint32_t info = get32(r + 4), symbol = info >> 8;
        unsigned sum;

        if (__builtin_expect(symbol >= n_symbols || get32(r) >= last, 0))
            return r;
        sum = relocation_types[info & 0xff].kind + special[symbol];
        if (__builtin_expect(sum - RELOCATION_VALUE < 2,
                             1)) /* a value, or a branch to what is near */
            continue;
        if (sum != RELOCATION_VALUE + SPECIAL_ALL &&
            (sum != RELOCATION_BRANCH + SPECIAL_ALL || get32(r + 8) != 0))
            return r;
        uses[symbol].n_relocations++;
    }
    return r;
}

static status_t survey_section(struct builder *b, struct member *m, const struct elf_section *rela,
                               const struct elf_section *target)
{
    const uint8_t *r = rela->bytes, *end = r + rela->size;

    while ((r = survey_common(m, target, r, end)) < end) {
        unsigned index = (unsigned)((r - rela->bytes) / ELF_RELA_SIZE);
        status_t status = survey_rare(b, m, rela, target, index);

        if (status != OK)
            return status;
        r += ELF_RELA_SIZE;
    }
    return OK;
}

/* Calls `each` for every section of relocations whose target is loaded. */
static status_t for_sections(struct builder *b, status_t (*each)(struct builder *, struct member *,
                                                                 const struct elf_section *rela,
                                                                 const struct elf_section *target))
{
    status_t status = OK;

    for (size_t k = 0; k < b->n_members; k++)
        for (unsigned i = 0; status == OK && i < b->members[k].object->n_relocating; i++) {
            struct member *m = &b->members[k];
            const struct elf_section *rela = &m->object->sections[m->object->relocating[i]];

            if (m->places[rela->info].part != PART_NONE)
                status = each(b, m, rela, &m->object->sections[rela->info]);
        }
    return status;
}

/* What is referred to must be there, or be an import. */
static status_t number_import(struct builder *b, struct use *use, const struct elf_symbol *symbol,
                              const struct elf_object *object)
{
    switch ((enum origin)use->definition) {
    case NOT_LOADED:
        return status_refuse(ERR_BAD_OBJECT,
                             "loaded code refers to section %s, which is not loaded",
                             object->sections[symbol->section].name);
    case UNDEFINED_LOCAL:
        return status_refuse(ERR_BAD_OBJECT, "local symbol %s is not defined", symbol->name);
    case UNDEFINED:
        if (is_table(symbol)) {
            use->definition = OFFSET_TABLE;
            return OK;
        }
        use->import = ++b->n_imports;
        b->n_fixups += use->n_relocations;
        return OK;
    default:
        return OK;
    }
}

static status_t number_imports(struct builder *b)
{
    for (size_t k = 0; k < b->n_members; k++) {
        struct member *m = &b->members[k];

        for (unsigned i = 1; i < m->object->n_symbols; i++) {
            struct use *use = &m->uses[i];
            struct elf_symbol symbol;
            status_t status;

            if (use->n_relocations == 0 || use->definition == DEFINED || use->leader != NULL)
                continue;
            elf_symbol(m->object, i, &symbol);
            status = number_import(b, use, &symbol, m->object);
            if (status != OK)
                return status;
        }
    }
    return OK;
}

/* What refers to a symbol that follows another refers to that one. */
static void pass_on(struct builder *b)
{
    for (size_t k = 0; b->n_members > 1 && k < b->n_members; k++)
        for (unsigned i = 1; i < b->members[k].object->n_symbols; i++) {
            struct use *use = &b->members[k].uses[i], *leader = builder_leader(use);

            if (leader != use)
                leader->n_relocations += use->n_relocations;
        }
}

status_t builder_survey(struct builder *b)
{
    status_t status = for_sections(b, survey_section);

    if (status != OK)
        return status;
    if (b->sequences && !b->calls)
        return status_refuse(ERR_UNSUPPORTED, "addresses of long calls (R_PPC_PLT16_LO and kin) "
                                              "without the calls (R_PPC_PLTSEQ) are not offered; "
                                              "compile with -mno-longcall");
    pass_on(b);
    return number_imports(b);
}

/* ---- relocate ---- */

static uint32_t position_of(const struct builder *b, enum part part, uint32_t offset)
{
    return (part > PART_TEXT ? b->size[PART_TEXT] : 0) +
           (part > PART_RODATA ? b->size[PART_RODATA] : 0) + offset;
}

/* Most are of the same few types, for which nothing is looked up. */
static inline __attribute__((always_inline)) void add_fixup(struct fixup *fixup, uint32_t position,
                                                            uint8_t type, int32_t addend,
                                                            const uint8_t *place)
{
    if (type == R_PPC_REL24) {
        fixup->place = position << 5 | FIXUP_REL24;
        fixup->addend = addend;
        fixup->original = get32(place);
        return;
    }
    fixup->place = position << 5 | relocation_types[type].fixup;
    fixup->addend = relocation_ignores_addend(type) ? 0 : addend;
    fixup->original = relocation_types[type].width == 2 ? get16(place) : get32(place);
}

/* Fills a symbol's entry in the offset table, or has that done when the import is bound. */
static void fill_entry(struct builder *b, struct use *use)
{
    uint32_t offset = b->table_offset + (use->offset_entry - 1) * 4;
    uint8_t *place = b->image->memory.data.bytes + offset;

    b->pointers |= use->import != 0;
    if (use->import != 0)
        add_fixup(&b->image->fixups[use->n_relocations++], position_of(b, PART_DATA, offset),
                  R_PPC_ADDR32, 0, place);
    else
        put32(place, use->value);
}

static void fill_table(struct builder *b)
{
    for (size_t k = 0; b->n_entries != 0 && k < b->n_members; k++)
        for (unsigned i = 0; i < b->members[k].object->n_symbols; i++) {
            struct use *use = &b->members[k].uses[i];

            if (use->offset_entry != 0 && use->leader == NULL)
                fill_entry(b, use);
        }
}

/* One of the last slots, made to lead to a target; the same target gets the same. */
static vaddr_t far_slot(struct builder *b, vaddr_t from, vaddr_t target)
{
    uint32_t first = b->n_imports + b->n_addends, words[VENEER_WORDS], i = 0;
    struct segment *text = &b->image->memory.text;

    code_veneer(words, target);
    while (i < b->n_used &&
           (get32(text->bytes + b->islands[0] + (first + i) * VENEER_SIZE) != words[0] ||
            get32(text->bytes + b->islands[0] + (first + i) * VENEER_SIZE + 4) != words[1]))
        i++;
    for (uint32_t k = 0; i == b->n_used && k < b->n_islands; k++)
        for (uint32_t w = 0; w < VENEER_WORDS; w++)
            put32(text->bytes + b->islands[k] + (first + i) * VENEER_SIZE + w * 4, words[w]);
    b->n_used += i == b->n_used;
    for (uint32_t k = 0; k < b->n_islands; k++) {
        vaddr_t slot = text->address + b->islands[k] + (first + i) * VENEER_SIZE;

        if (code_fits_b((int32_t)(slot - from)))
            return slot;
    }
    return target;
}

/* Only for these was one counted. */
static bool has_slot(const struct site *site)
{
    uint8_t special = site->member->special[site->relocation.symbol];

    return relocation_types[site->relocation.type].kind == RELOCATION_BRANCH &&
           special == SPECIAL_BRANCHES;
}

static status_t apply(struct builder *b, const struct site *site, uint8_t *place, vaddr_t address,
                      vaddr_t value)
{
    uint8_t type = site->relocation.type;
    enum relocation_result result = relocation_apply(type, place, address, value);

    if (result == RELOCATION_RANGE && has_slot(site))
        result = relocation_apply(type, place, address, far_slot(b, address, value));
    if (result == RELOCATION_DONE)
        return OK;
    return status_refuse(ERR_RANGE, "%s at 0x%08x: 0x%08x (%s) %s", relocation_name(type),
                         (unsigned)address, (unsigned)value, site->symbol.name,
                         result == RELOCATION_MISALIGNED ? "is not a word address"
                                                         : "is out of range");
}

/* The whole instruction, of which the relocation may name the lower half. */
static status_t clear_instruction(const struct site *site, uint8_t *bytes)
{
    uint32_t offset = site->relocation.offset & ~3u;

    if (site->target->size - offset < 4)
        return status_refuse(ERR_BAD_OBJECT, "%s at %s+0x%x is no instruction",
                             relocation_name(site->relocation.type), site->target->name,
                             (unsigned)site->relocation.offset);
    put32(bytes + offset, CODE_NOP);
    return OK;
}

static status_t relocate_special(struct builder *b, const struct site *site)
{
    const struct elf_relocation *r = &site->relocation;
    const struct place *in = &site->member->places[site->target - site->member->object->sections];
    const struct segment *segment = builder_segment(b, in->part);
    uint8_t *bytes = segment->bytes + in->offset;
    vaddr_t address = segment->address + in->offset + r->offset;
    const struct use *use = &site->member->uses[r->symbol];
    enum relocation_kind kind = relocation_types[r->type].kind;
    uint32_t addend = relocation_ignores_addend(r->type) ? 0 : (uint32_t)r->addend;

    if (kind == RELOCATION_NONE)
        return OK;
    if (kind == RELOCATION_SEQUENCE)
        return clear_instruction(site, bytes);
    if (kind == RELOCATION_OFFSET)
        return apply(b, site, bytes + r->offset, address,
                     b->image->memory.data.address + b->table_offset + (use->offset_entry - 1) * 4 -
                         builder_offset_table(b));
    if (use->definition == OFFSET_TABLE && kind == RELOCATION_BRANCH)
        return status_refuse(
            ERR_UNSUPPORTED,
            "%s+0x%x executes the offset table, which is data; compile with -msecure-plt",
            site->target->name, (unsigned)r->offset);
    return apply(b, site, bytes + r->offset, address, use->value + addend);
}

/* The four kinds that nearly all code is made of; false if it is none of them or does not fit. */
static inline __attribute__((always_inline)) bool apply_common(uint8_t type, uint8_t *place,
                                                               vaddr_t address, vaddr_t value)
{
    if (type == R_PPC_ADDR16_HA)
        put16(place, (uint16_t)((value + 0x8000) >> 16));
    else if (type == R_PPC_ADDR16_LO)
        put16(place, (uint16_t)value);
    else if (type == R_PPC_ADDR32)
        put32(place, value);
    else if (type == R_PPC_REL24 && code_fits_b((int32_t)(value - address)) && (value & 3) == 0)
        put32(place, code_put_b_relative(get32(place), value - address));
    else
        return false;
    return true;
}

static status_t relocate_rare(struct builder *b, struct member *m, const struct elf_section *rela,
                              const struct elf_section *target, unsigned index)
{
    struct site site = {.member = m, .target = target};

    (void)read_site(&site, rela, index); /* which was checked in the survey */
    return relocate_special(b, &site);
}

/* Where the relocations of a section apply. */
struct area {
    uint8_t *bytes;
    vaddr_t address;
    uint32_t position;
};

/* Up to the next one that is not common, or to the end. */
static const uint8_t *relocate_common(const struct builder *b, const struct member *m,
                                      const struct area *area, const uint8_t *r, const uint8_t *end)
{
    struct fixup *fixups = b->image->fixups;
    struct use *uses = m->uses;
    bool several = b->n_members > 1;
    struct area in = *area;

    for (; r < end; r += ELF_RELA_SIZE) {
        uint32_t offset = get32(r), info = get32(r + 4), addend = get32(r + 8);
        struct use *use = &uses[info >> 8];
        uint8_t type = (uint8_t)info;

        if (use->import == 0) {
            if (!apply_common(type, in.bytes + offset, in.address + offset, use->value + addend))
                return r;
        } else if (type == R_PPC_REL24 || (relocation_types[type].kind & RELOCATION_PLAIN) != 0) {
            if (several)
                use = builder_leader(use);
            add_fixup(&fixups[use->n_relocations++], in.position + offset, type, (int32_t)addend,
                      in.bytes + offset);
        } else
            return r;
    }
    return r;
}

static status_t relocate_section(struct builder *b, struct member *m,
                                 const struct elf_section *rela, const struct elf_section *target)
{
    const struct place *in = &m->places[rela->info];
    const struct segment *segment = builder_segment(b, in->part);
    struct area area = {.bytes = segment->bytes + in->offset,
                        .address = segment->address + in->offset,
                        .position = position_of(b, in->part, in->offset)};
    const uint8_t *r = rela->bytes, *end = r + rela->size;

    b->pointers |= in->part != PART_TEXT;
    while ((r = relocate_common(b, m, &area, r, end)) < end) {
        unsigned index = (unsigned)((r - rela->bytes) / ELF_RELA_SIZE);
        status_t status = relocate_rare(b, m, rela, target, index);

        if (status != OK)
            return status;
        r += ELF_RELA_SIZE;
    }
    return OK;
}

status_t builder_relocate(struct builder *b)
{
    fill_table(b);
    return for_sections(b, relocate_section);
}
