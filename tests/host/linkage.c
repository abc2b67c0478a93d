/* See linkage.h. */
#include "tests/host/linkage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domains/object/bytes.h"
#include "domains/object/relocation.h"

#define OPCODE_B 18

struct linkage {
    struct elf_object elf;
    struct domain *domain;
    vaddr_t *sections; /* run-time addresses; 0: not loaded */
    vaddr_t *commons;  /* by symbol */
    vaddr_t table;     /* _GLOBAL_OFFSET_TABLE_ */
    uint8_t *touched;  /* of the section at hand: bits that a relocation owns */
    struct linkage_count count;
};

/* ---- lay-out ---- */

static const struct segment *segment_of(const struct linkage *l, const struct elf_section *s)
{
    const struct image_memory *memory = &l->domain->image.memory;

    if ((s->flags & SHF_ALLOC) == 0 || s->type == SHT_NOTE || strcmp(s->name, ".eh_frame") == 0 ||
        strncmp(s->name, ".whorl.", 7) == 0)
        return NULL;
    if ((s->flags & SHF_EXECINSTR) != 0)
        return &memory->text;
    return (s->flags & SHF_WRITE) != 0 ? &memory->data : &memory->rodata;
}

static vaddr_t reserve(vaddr_t *next, uint32_t size, uint32_t alignment)
{
    vaddr_t start = alignment == 0 ? *next : (*next + alignment - 1) & ~(alignment - 1);

    *next = start + size;
    return start;
}

/* The rank of an array of constructors or destructors among all of them; 0: it is none. */
static unsigned rank_of(const struct elf_section *s)
{
    static const char *const names[] = {".preinit_array", ".init_array", ".ctors", ".fini_array",
                                        ".dtors"};

    for (unsigned kind = 0; kind < 5; kind++) {
        size_t length = strlen(names[kind]);
        unsigned number = kind == 2 || kind == 4 ? 0 : 99999;

        if (strncmp(s->name, names[kind], length) != 0)
            continue;
        if (s->name[length] == '.')
            number = 1 + (unsigned)atoi(s->name + length + 1);
        return 1 + kind * 100000 + number;
    }
    return 0;
}

/* Arrays come first in data, in the order of their ranks. */
static void lay_out_arrays(struct linkage *l, vaddr_t *next)
{
    for (unsigned rank = 0, least; rank != UINT32_MAX; rank = least) {
        least = UINT32_MAX;
        for (unsigned i = 1; i < l->elf.n_sections; i++) {
            struct elf_section s;

            s = l->elf.sections[i];
            if (rank != 0 && rank_of(&s) == rank)
                l->sections[i] = reserve(next, s.size, 4);
            else if (rank_of(&s) > rank && rank_of(&s) < least)
                least = rank_of(&s);
        }
    }
}

/* Bytes, then the compiler's tables of offsets, then zeros. */
static int pass_of(const struct elf_section *s)
{
    return s->type == SHT_NOBITS ? 2 : strcmp(s->name, ".got2") == 0;
}

static void lay_out(struct linkage *l, const struct segment *segment, vaddr_t *next)
{
    for (int pass = 0; pass < 3; pass++)
        for (unsigned i = 1; i < l->elf.n_sections; i++) {
            struct elf_section s;

            s = l->elf.sections[i];
            if (segment_of(l, &s) != segment || pass_of(&s) != pass || rank_of(&s) != 0)
                continue;
            if ((s.flags & SHF_EXECINSTR) != 0 && s.alignment < 4)
                s.alignment = 4;
            l->sections[i] = reserve(next, s.size, s.alignment);
        }
}

static void lay_out_all(struct linkage *l)
{
    const struct image_memory *memory = &l->domain->image.memory;
    vaddr_t next = memory->text.address;

    lay_out(l, &memory->text, &next);
    next = memory->rodata.address;
    lay_out(l, &memory->rodata, &next);
    next = memory->data.address;
    lay_out_arrays(l, &next);
    lay_out(l, &memory->data, &next);
    for (unsigned i = 1; i < l->elf.n_symbols; i++) {
        struct elf_symbol s;

        elf_symbol(&l->elf, i, &s);
        if (s.section == SHN_COMMON)
            l->commons[i] = reserve(&next, s.size, s.value);
    }
    l->table = reserve(&next, 0, 4);
}

/* ---- values ---- */

/* What another domain exports under the name; 0 if none does. */
static vaddr_t exported(const struct linkage *l, const char *name)
{
    for (struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d)) {
        const struct symbol *found = symbol_find(&d->image.symbols, name, symbol_hash(name));

        if (d != l->domain && found != NULL)
            return found->value;
    }
    return 0;
}

static vaddr_t value_of(const struct linkage *l, uint32_t index)
{
    struct elf_symbol s;

    if (index == 0)
        return 0;
    elf_symbol(&l->elf, index, &s);
    if (s.section == SHN_UNDEF && strcmp(s.name, "_GLOBAL_OFFSET_TABLE_") == 0)
        return l->table;
    if (s.section == SHN_UNDEF)
        return exported(l, s.name);
    if (s.section == SHN_ABS)
        return s.value;
    if (s.section == SHN_COMMON)
        return l->commons[index];
    assert_int_not_equal(l->sections[s.section], 0);
    return l->sections[s.section] + s.value;
}

static uint32_t word_at(const struct linkage *l, vaddr_t address)
{
    const uint8_t *bytes = image_bytes(&l->domain->image, address);

    assert_non_null(bytes);
    return get32(bytes);
}

/* ---- branches ---- */

static int32_t signed_field(uint32_t word, uint32_t mask, uint32_t sign)
{
    return (int32_t)((word & mask) ^ sign) - (int32_t)sign;
}

/* Where a branch ends, through a veneer or not. */
static vaddr_t destination(struct linkage *l, vaddr_t at, uint32_t word)
{
    bool is_b = word >> 26 == OPCODE_B;
    vaddr_t to = (uint32_t)(is_b ? signed_field(word, 0x03fffffc, 0x02000000)
                                 : signed_field(word, 0xfffc, 0x8000));
    const struct segment *text = &l->domain->image.memory.text;

    if ((word & 2) != 0) {
        l->count.absolute++;
        return to;
    }
    to += at;
    if (to - text->address >= text->size || word_at(l, to) >> 16 != 0x3d80) {
        l->count.direct++;
        return to;
    }
    l->count.veneers++;
    assert_int_equal(word_at(l, to + 4) >> 16, 0x398c);
    assert_int_equal(word_at(l, to + 8), 0x7d8903a6);
    assert_int_equal(word_at(l, to + 12), 0x4e800420);
    return (word_at(l, to) << 16) + (uint32_t)(int16_t)word_at(l, to + 4);
}

/* ---- relocations ---- */

static void own(struct linkage *l, uint32_t offset, uint32_t bits)
{
    uint8_t mask[4];

    put32(mask, bits);
    for (size_t i = 0; i < 4 && mask[i] != 0; i++)
        l->touched[offset + i] |= mask[i];
}

static void own_branch(struct linkage *l, uint32_t offset, uint32_t word)
{
    bool is_b = word >> 26 == OPCODE_B;
    uint8_t mask[4];

    put32(mask, is_b ? 0x03fffffe : 0xfffc);
    for (size_t i = 0; i < 4; i++)
        l->touched[offset + i] |= mask[i];
}

static void check_half(struct linkage *l, uint32_t offset, const uint8_t *place, uint32_t expected)
{
    assert_int_equal(get16(place), expected & 0xffff);
    own(l, offset, 0xffff0000);
}

static void check_entry(struct linkage *l, uint32_t offset, const uint8_t *place, vaddr_t value)
{
    assert_int_equal(word_at(l, l->table + (uint32_t)(int16_t)get16(place)), value);
    own(l, offset, 0xffff0000);
    l->count.entries++;
}

static void check_one(struct linkage *l, const struct elf_relocation *r, vaddr_t at,
                      const uint8_t *place)
{
    vaddr_t s = value_of(l, r->symbol);
    vaddr_t value = s + (uint32_t)(r->type == R_PPC_PLTREL24 ? 0 : r->addend);

    switch (r->type) {
    case R_PPC_NONE:
        return;
    case R_PPC_ADDR32:
    case R_PPC_REL32:
        assert_int_equal(get32(place), r->type == R_PPC_ADDR32 ? value : value - at);
        own(l, r->offset, 0xffffffff);
        return;
    case R_PPC_ADDR16_LO:
        check_half(l, r->offset, place, value);
        return;
    case R_PPC_ADDR16_HA:
        check_half(l, r->offset, place, (value + 0x8000) >> 16);
        return;
    case R_PPC_REL16_LO:
        check_half(l, r->offset, place, value - at);
        return;
    case R_PPC_REL16_HA:
        check_half(l, r->offset, place, (value - at + 0x8000) >> 16);
        return;
    case R_PPC_GOT16:
        check_entry(l, r->offset, place, value);
        return;
    case R_PPC_REL24:
    case R_PPC_PLTREL24:
    case R_PPC_LOCAL24PC:
    case R_PPC_REL14:
        assert_int_equal(destination(l, at, get32(place)), value);
        own_branch(l, r->offset, get32(place));
        return;
    default:
        fail_msg("nothing is known of %s", relocation_name(r->type));
    }
}

static void check_relocations(struct linkage *l, unsigned target, const struct elf_section *s,
                              const uint8_t *bytes)
{
    for (unsigned i = 1; i < l->elf.n_sections; i++) {
        struct elf_section rela;

        rela = l->elf.sections[i];
        if (rela.type != SHT_RELA || rela.info != target)
            continue;
        for (unsigned k = 0; k < rela.size / ELF_RELA_SIZE; k++) {
            struct elf_relocation r;

            assert_int_equal(elf_relocation(&l->elf, &rela, k, s->size, &r), OK);
            check_one(l, &r, l->sections[target] + r.offset, bytes + r.offset);
            l->count.places++;
        }
    }
}

/* Bits that no relocation owns are those of the file, or zero. */
static void check_section(struct linkage *l, unsigned index)
{
    struct elf_section s;
    const uint8_t *bytes;

    s = l->elf.sections[index];
    if (segment_of(l, &s) == NULL || s.size == 0)
        return;
    bytes = image_bytes(&l->domain->image, l->sections[index]);
    assert_non_null(bytes);
    l->touched = calloc(1, s.size);
    check_relocations(l, index, &s, bytes);
    for (uint32_t i = 0; i < s.size; i++) {
        uint8_t original = s.bytes == NULL ? 0 : s.bytes[i];

        if (((bytes[i] ^ original) & ~l->touched[i]) != 0)
            fail_msg("%s+0x%x: 0x%02x, not 0x%02x", s.name, (unsigned)i, bytes[i], original);
    }
    free(l->touched);
}

static void check_symbol(const struct linkage *l, unsigned index)
{
    const struct symbol *found;
    struct elf_symbol s;

    elf_symbol(&l->elf, index, &s);
    if (s.bind == STB_LOCAL || s.section == SHN_UNDEF)
        return;
    found = symbol_find(&l->domain->image.symbols, s.name, symbol_hash(s.name));
    assert_int_equal(found != NULL, s.visibility == STV_DEFAULT || s.visibility == STV_PROTECTED);
    if (found != NULL)
        assert_int_equal(found->value, value_of(l, index));
}

struct linkage_count linkage_check(const struct object_file *object, struct domain *domain)
{
    struct linkage l = {.domain = domain};

    assert_int_equal(elf_open(object->bytes, object->size, &l.elf), OK);
    l.sections = calloc(l.elf.n_sections, sizeof *l.sections);
    l.commons = calloc(l.elf.n_symbols + 1, sizeof *l.commons);
    lay_out_all(&l);
    for (unsigned i = 1; i < l.elf.n_sections; i++)
        check_section(&l, i);
    for (unsigned i = 1; i < l.elf.n_symbols; i++)
        check_symbol(&l, i);
    free(l.sections);
    free(l.commons);
    elf_close(&l.elf);
    return l.count;
}
