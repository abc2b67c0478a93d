/*
 * Tests of domains/object/relocation.c: hand-computed values from the System V ABI's
 * PowerPC supplement, and everything that GNU ld can be asked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>

#include "domains/object/bytes.h"
#include "domains/object/relocation.h"
#include "tests/host/corpus.h"

#define TEXT 0x04000000u
#define MB (1u << 20)
#define FENCE 0xa5
#define Y_BIT (1u << 21)

static const uint8_t applied[] = {
    R_PPC_NONE,      R_PPC_ADDR32,   R_PPC_ADDR16,   R_PPC_ADDR16_LO,      R_PPC_ADDR16_HI,
    R_PPC_ADDR16_HA, R_PPC_REL24,    R_PPC_REL14,    R_PPC_REL14_BRTAKEN,  R_PPC_REL14_BRNTAKEN,
    R_PPC_GOT16,     R_PPC_GOT16_LO, R_PPC_GOT16_HI, R_PPC_GOT16_HA,       R_PPC_PLTREL24,
    R_PPC_LOCAL24PC, R_PPC_REL32,    R_PPC_REL16,    R_PPC_REL16_LO,       R_PPC_REL16_HI,
    R_PPC_REL16_HA,  R_PPC_ADDR24,   R_PPC_ADDR14,   R_PPC_ADDR14_BRTAKEN, R_PPC_ADDR14_BRNTAKEN,
    R_PPC_UADDR32,   R_PPC_UADDR16,  R_PPC_PLT16_LO, R_PPC_PLT16_HI,       R_PPC_PLT16_HA,
    R_PPC_PLTSEQ,    R_PPC_PLTCALL};

static bool is_applied(unsigned type)
{
    return memchr(applied, (int)type, sizeof applied) != NULL;
}

/* A place of four bytes with a fence on both sides. */
struct field {
    uint8_t bytes[12];
    enum relocation_result result;
};

static struct field apply(uint8_t type, uint32_t before, uint32_t address, uint32_t value)
{
    struct field field;

    memset(field.bytes, FENCE, sizeof field.bytes);
    put32(field.bytes + 4, before);
    field.result = relocation_apply(type, field.bytes + 4, address, value);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(field.bytes[i], FENCE);
        assert_int_equal(field.bytes[8 + i], FENCE);
    }
    return field;
}

static void assert_word(uint8_t type, uint32_t before, uint32_t address, uint32_t value,
                        uint32_t after)
{
    struct field field = apply(type, before, address, value);

    assert_int_equal(field.result, RELOCATION_DONE);
    if (get32(field.bytes + 4) != after)
        fail_msg("%s at 0x%x of 0x%x: 0x%x, not 0x%x", relocation_name(type), (unsigned)address,
                 (unsigned)value, (unsigned)get32(field.bytes + 4), (unsigned)after);
}

/* The half behind it belongs to somebody else. */
static void assert_half(uint8_t type, uint32_t address, uint32_t value, uint32_t after)
{
    assert_word(type, 0x1234fedc, address, value, after << 16 | 0xfedc);
}

static void assert_not_applied(uint8_t type, uint32_t before, uint32_t address, uint32_t value,
                               enum relocation_result result)
{
    struct field field = apply(type, before, address, value);

    assert_int_equal(field.result, result);
    assert_int_equal(get32(field.bytes + 4), before);
}

/* ---- words and halves ---- */

static void none_changes_nothing(void **state)
{
    (void)state;
    assert_word(R_PPC_NONE, 0x01234567, TEXT, 0xffffffff, 0x01234567);
}

static void words_take_any_value(void **state)
{
    (void)state;
    assert_word(R_PPC_ADDR32, 0xffffffff, TEXT, 0, 0);
    assert_word(R_PPC_ADDR32, 0, TEXT, 0xfedcba98, 0xfedcba98);
    assert_word(R_PPC_ADDR32, 0, TEXT + 1, 0x00000001, 0x00000001);
    assert_word(R_PPC_REL32, 0xffffffff, 0x04000010, 0x04000010, 0);
    assert_word(R_PPC_REL32, 0, 0x04000010, 0x04000000, 0xfffffff0);
    assert_word(R_PPC_REL32, 0, 0x10000000, 0x80000001, 0x70000001);
    assert_word(R_PPC_REL32, 0, 0xfffffffc, 0x00000004, 0x00000008);
}

static void halves_of_an_address_are_cut_from_it(void **state)
{
    static const struct {
        uint32_t value, lo, hi, ha;
    } rows[] = {
        {0x00000000, 0x0000, 0x0000, 0x0000}, {0x00007fff, 0x7fff, 0x0000, 0x0000},
        {0x00008000, 0x8000, 0x0000, 0x0001}, {0x12347fff, 0x7fff, 0x1234, 0x1234},
        {0x12348000, 0x8000, 0x1234, 0x1235}, {0x7fff8000, 0x8000, 0x7fff, 0x8000},
        {0xffff7fff, 0x7fff, 0xffff, 0xffff}, {0xffff8000, 0x8000, 0xffff, 0x0000},
        {0xffffffff, 0xffff, 0xffff, 0x0000},
    };
    const uint32_t place = 0x00123456;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t value = rows[i].value;

        assert_half(R_PPC_ADDR16_LO, place, value, rows[i].lo);
        assert_half(R_PPC_ADDR16_HI, place, value, rows[i].hi);
        assert_half(R_PPC_ADDR16_HA, place, value, rows[i].ha);
        assert_half(R_PPC_GOT16_LO, place, value, rows[i].lo);
        assert_half(R_PPC_GOT16_HI, place, value, rows[i].hi);
        assert_half(R_PPC_GOT16_HA, place, value, rows[i].ha);
        assert_half(R_PPC_REL16_LO, place, value + place, rows[i].lo);
        assert_half(R_PPC_REL16_HI, place, value + place, rows[i].hi);
        assert_half(R_PPC_REL16_HA, place, value + place, rows[i].ha);
    }
}

static void a_half_is_signed_or_unsigned_and_nothing_else(void **state)
{
    (void)state;
    assert_half(R_PPC_ADDR16, TEXT, 0, 0);
    assert_half(R_PPC_ADDR16, TEXT, 0x7fff, 0x7fff);
    assert_half(R_PPC_ADDR16, TEXT, 0x8000, 0x8000);
    assert_half(R_PPC_ADDR16, TEXT, 0xffff, 0xffff);
    assert_half(R_PPC_ADDR16, TEXT, 0xffff8000, 0x8000);
    assert_half(R_PPC_ADDR16, TEXT, 0xffffffff, 0xffff);
    assert_not_applied(R_PPC_ADDR16, 7, TEXT, 0x10000, RELOCATION_RANGE);
    assert_not_applied(R_PPC_ADDR16, 7, TEXT, 0xffff7fff, RELOCATION_RANGE);
    assert_not_applied(R_PPC_ADDR16, 7, TEXT, 0x80000000, RELOCATION_RANGE);
}

static void signed_halves_reach_32_kb(void **state)
{
    (void)state;
    assert_half(R_PPC_GOT16, TEXT, 0x7fff, 0x7fff);
    assert_half(R_PPC_GOT16, TEXT, 0xffff8000, 0x8000);
    assert_not_applied(R_PPC_GOT16, 7, TEXT, 0x8000, RELOCATION_RANGE);
    assert_not_applied(R_PPC_GOT16, 7, TEXT, 0xffff7fff, RELOCATION_RANGE);
    assert_half(R_PPC_REL16, TEXT, TEXT + 0x7fff, 0x7fff);
    assert_half(R_PPC_REL16, TEXT, TEXT - 0x8000, 0x8000);
    assert_half(R_PPC_REL16, 0xfffffff0, 0x10, 0x0020);
    assert_not_applied(R_PPC_REL16, 7, TEXT, TEXT + 0x8000, RELOCATION_RANGE);
    assert_not_applied(R_PPC_REL16, 7, TEXT, TEXT - 0x8001, RELOCATION_RANGE);
}

/* ---- branches ---- */

static const uint8_t long_branches[] = {R_PPC_REL24, R_PPC_PLTREL24, R_PPC_LOCAL24PC};
static const uint8_t short_branches[] = {R_PPC_REL14, R_PPC_REL14_BRTAKEN, R_PPC_REL14_BRNTAKEN};

static void long_branches_reach_32_mb(void **state)
{
    const uint32_t at = 0x08000000;

    (void)state;
    for (size_t i = 0; i < sizeof long_branches; i++) {
        uint8_t type = long_branches[i];

        assert_word(type, 0x48000001, at, at, 0x48000001);
        assert_word(type, 0x48000001, at, at + 4, 0x48000005);
        assert_word(type, 0x48000000, at, at - 4, 0x4bfffffc);
        assert_word(type, 0x48000001, at, at + 32 * MB - 8, 0x49fffff9);
        assert_word(type, 0x48000001, at, at + 32 * MB - 4, 0x49fffffd);
        assert_not_applied(type, 0x48000001, at, at + 32 * MB, RELOCATION_RANGE);
        assert_not_applied(type, 0x48000001, at, at + 32 * MB + 4, RELOCATION_RANGE);
        assert_word(type, 0x48000001, at, at - 32 * MB + 4, 0x4a000005);
        assert_word(type, 0x48000001, at, at - 32 * MB, 0x4a000001);
        assert_not_applied(type, 0x48000001, at, at - 32 * MB - 4, RELOCATION_RANGE);
        assert_not_applied(type, 0x48000001, at, 0x80000000, RELOCATION_RANGE);
    }
}

static void branches_out_of_relative_reach_become_absolute(void **state)
{
    const uint32_t at = 0x08000000;

    (void)state;
    for (size_t i = 0; i < sizeof long_branches; i++) {
        uint8_t type = long_branches[i];

        assert_word(type, 0x48000001, at, 0, 0x48000003);
        assert_word(type, 0x48000000, at, 0x01234560, 0x49234562);
        assert_word(type, 0x4bfffffd, at, 32 * MB - 4, 0x49ffffff);
        assert_not_applied(type, 0x48000001, at, 32 * MB, RELOCATION_RANGE);
        assert_word(type, 0x48000001, at, 0xfffffffc, 0x4bffffff);
        assert_word(type, 0x48000001, at, 0u - 32 * MB, 0x4a000003);
        assert_not_applied(type, 0x48000001, at, 0u - 32 * MB - 4, RELOCATION_RANGE);
    }
}

static void the_old_target_leaves_nothing_behind(void **state)
{
    (void)state;
    assert_word(R_PPC_REL24, 0x4bffffff, TEXT, TEXT + 8, 0x48000009);
    assert_word(R_PPC_REL14, 0x4082fffd, TEXT, TEXT + 8, 0x40820009);
    assert_word(R_PPC_ADDR32, 0xdeadbeef, TEXT, 5, 5);
}

static void short_branches_reach_32_kb(void **state)
{
    (void)state;
    assert_word(R_PPC_REL14, 0x41820000, TEXT, TEXT, 0x41820000);
    assert_word(R_PPC_REL14, 0x41820001, TEXT, TEXT + 0x7ffc, 0x41827ffd);
    assert_word(R_PPC_REL14, 0x41820000, TEXT, TEXT - 0x8000, 0x41828000);
    for (size_t i = 0; i < sizeof short_branches; i++) {
        uint8_t type = short_branches[i];

        assert_not_applied(type, 0x41820000, TEXT, TEXT + 0x8000, RELOCATION_RANGE);
        assert_not_applied(type, 0x41820000, TEXT, TEXT + 0x8004, RELOCATION_RANGE);
        assert_not_applied(type, 0x41820000, TEXT, TEXT - 0x8004, RELOCATION_RANGE);
        assert_not_applied(type, 0x41820000, TEXT, 0x100, RELOCATION_RANGE);
    }
}

static void targets_between_words_are_refused(void **state)
{
    (void)state;
    for (uint32_t odd = 1; odd < 4; odd++) {
        for (size_t i = 0; i < sizeof long_branches; i++) {
            assert_not_applied(long_branches[i], 0x48000001, TEXT, TEXT + 0x100 + odd,
                               RELOCATION_MISALIGNED);
            assert_not_applied(long_branches[i], 0x48000001, TEXT, 0x40000000 + odd,
                               RELOCATION_MISALIGNED);
            assert_not_applied(long_branches[i], 0x48000001, TEXT + odd, TEXT + 0x100,
                               RELOCATION_MISALIGNED);
        }
        for (size_t i = 0; i < sizeof short_branches; i++)
            assert_not_applied(short_branches[i], 0x41820000, TEXT, TEXT + 0x100 + odd,
                               RELOCATION_MISALIGNED);
    }
}

/* A branch back is predicted taken unless y says otherwise (PEM 4.2.4.2). */
static void prediction_sets_the_y_bit_by_the_direction(void **state)
{
    static const uint32_t words[] = {0x41820000, 0x41820000 | Y_BIT};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_word(R_PPC_REL14_BRTAKEN, words[i], TEXT, TEXT + 8, 0x41a20008);
        assert_word(R_PPC_REL14_BRTAKEN, words[i], TEXT, TEXT - 8, 0x4182fff8);
        assert_word(R_PPC_REL14_BRNTAKEN, words[i], TEXT, TEXT + 8, 0x41820008);
        assert_word(R_PPC_REL14_BRNTAKEN, words[i], TEXT, TEXT - 8, 0x41a2fff8);
        assert_word(R_PPC_REL14_BRTAKEN, words[i], TEXT, TEXT, 0x41a20000);
        assert_word(R_PPC_REL14_BRNTAKEN, words[i], TEXT, TEXT, 0x41820000);
        assert_word(R_PPC_REL14, words[i], TEXT, TEXT + 8, words[i] | 8);
    }
}

/* ---- types ---- */

static void every_type_is_applied_or_refused_by_name(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        bool refused = relocation_types[type].kind == RELOCATION_REFUSED;

        assert_int_equal(refused, !is_applied(type));
        assert_int_equal(strncmp(relocation_name((uint8_t)type), "R_PPC_", 6), 0);
        if (!refused) {
            assert_string_not_equal(relocation_name((uint8_t)type), "R_PPC_?");
            assert_null(relocation_advice((uint8_t)type));
        }
    }
    assert_string_equal(relocation_name(R_PPC_PLTREL24), "R_PPC_PLTREL24");
    assert_string_equal(relocation_name(119), "R_PPC_PLTSEQ");
    assert_string_equal(relocation_name(200), "R_PPC_?");
}

static void refused_types_tell_the_flag_that_avoids_them(void **state)
{
    (void)state;
    assert_string_equal(relocation_advice(27), "-mno-longcall");
    assert_string_equal(relocation_advice(28), "-mno-longcall");
    assert_string_equal(relocation_advice(32), "-msdata=none");
    assert_string_equal(relocation_advice(109), "-msdata=none");
    assert_string_equal(relocation_advice(72), "no __thread");
    assert_null(relocation_advice(33));
    assert_null(relocation_advice(200));
}

static void kinds_tell_what_the_caller_must_look_up(void **state)
{
    (void)state;
    assert_int_equal(relocation_types[R_PPC_NONE].kind, RELOCATION_NONE);
    assert_int_equal(relocation_types[R_PPC_ADDR16_HA].kind, RELOCATION_VALUE);
    assert_int_equal(relocation_types[R_PPC_REL32].kind, RELOCATION_VALUE);
    assert_int_equal(relocation_types[R_PPC_GOT16].kind, RELOCATION_OFFSET);
    assert_int_equal(relocation_types[R_PPC_REL14_BRTAKEN].kind, RELOCATION_BRANCH);
    for (size_t i = 0; i < sizeof long_branches; i++)
        assert_int_equal(relocation_types[long_branches[i]].kind, RELOCATION_BRANCH);
    for (unsigned type = 0; type < 256; type++)
        assert_int_equal(relocation_ignores_addend((uint8_t)type),
                         type == R_PPC_PLTREL24 || type == R_PPC_PLTCALL);
    for (uint8_t type = R_PPC_PLT16_LO; type <= R_PPC_PLT16_HA; type++)
        assert_int_equal(relocation_types[type].kind, RELOCATION_SEQUENCE);
    assert_int_equal(relocation_types[R_PPC_PLTSEQ].kind, RELOCATION_SEQUENCE);
    assert_int_equal(relocation_types[R_PPC_PLTCALL].kind, RELOCATION_BRANCH);
    assert_int_equal(relocation_types[R_PPC_ADDR24].kind, RELOCATION_VALUE);
    assert_int_equal(relocation_types[R_PPC_ADDR14].kind, RELOCATION_VALUE);
    assert_true(relocation_is_conditional(R_PPC_REL14_BRNTAKEN));
    assert_false(relocation_is_conditional(R_PPC_ADDR14));
    assert_false(relocation_is_conditional(R_PPC_REL24));
}

/* What is kept of a type in a fixup does the same as the type. */
static void a_fixup_tells_the_type_it_was_made_for(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        const struct relocation_type *row = &relocation_types[type];
        const struct relocation_type *other = &relocation_types[relocation_of_fixup(row->fixup)];

        if (row->kind != RELOCATION_VALUE && row->kind != RELOCATION_BRANCH)
            continue;
        assert_int_equal(row->kind, other->kind);
        assert_int_equal(row->width, other->width);
        assert_int_equal(row->field, other->field);
        assert_int_equal(row->relative, other->relative);
    }
}

static void absolute_branches_reach_both_ends_of_the_address_space(void **state)
{
    (void)state;
    assert_word(R_PPC_ADDR24, 0x48000003, TEXT, 0x01fffffc, 0x49ffffff);
    assert_word(R_PPC_ADDR24, 0x48000002, TEXT, 0xfe000000, 0x4a000002);
    assert_not_applied(R_PPC_ADDR24, 0x48000003, TEXT, 0x02000000, RELOCATION_RANGE);
    assert_not_applied(R_PPC_ADDR24, 0x48000003, TEXT, 0xfdfffffc, RELOCATION_RANGE);
    assert_not_applied(R_PPC_ADDR24, 0x48000003, TEXT, 0x102, RELOCATION_MISALIGNED);
    assert_word(R_PPC_ADDR14, 0x41820002, TEXT, 0x7ffc, 0x41827ffe);
    assert_word(R_PPC_ADDR14, 0x41820002, TEXT, 0xffff8000, 0x41828002);
    assert_not_applied(R_PPC_ADDR14, 0x41820002, TEXT, 0x8000, RELOCATION_RANGE);
    assert_not_applied(R_PPC_ADDR14, 0x41820002, TEXT, 0xffff7ffc, RELOCATION_RANGE);
    assert_not_applied(R_PPC_ADDR14, 0x41820002, TEXT, 0x101, RELOCATION_MISALIGNED);
    assert_word(R_PPC_ADDR14_BRTAKEN, 0x41820002, TEXT, 0x100, 0x41820102);
    assert_word(R_PPC_ADDR14_BRNTAKEN, 0x41820002, TEXT, 0x100, 0x41a20102);
}

/* bctrl and bctr become bl and b; where they do not reach they stay. */
static void a_call_through_ctr_becomes_a_direct_one(void **state)
{
    (void)state;
    assert_word(R_PPC_PLTCALL, 0x4e800421, TEXT, TEXT + 0x100, 0x48000101);
    assert_word(R_PPC_PLTCALL, 0x4e800420, TEXT, TEXT + 0x100, 0x48000100);
    assert_word(R_PPC_PLTCALL, 0x48000101, TEXT, TEXT - 4, 0x4bfffffd);
    assert_not_applied(R_PPC_PLTCALL, 0x4e800421, TEXT, 0x40000000, RELOCATION_RANGE);
    assert_not_applied(R_PPC_PLTCALL, 0x4e800421, TEXT, TEXT + 2, RELOCATION_MISALIGNED);
}

/* With every value the bytes behind the width stay, and those within do change for some. */
static void no_type_touches_more_than_its_width(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof applied; i++) {
        bool stores = relocation_types[applied[i]].kind != RELOCATION_SEQUENCE;
        unsigned width = stores ? relocation_types[applied[i]].width : 0;
        uint32_t outside = width == 0 ? 0xffffffff : width == 2 ? 0x0000ffff : 0, changed = 0;

        for (uint32_t value = 0; value < 64; value++) {
            uint32_t target = value < 32 ? 1u << value : ~(1u << (value - 32));
            struct field zeros = apply(applied[i], 0, TEXT, target);
            struct field ones = apply(applied[i], 0xffffffff, TEXT, target);

            assert_int_equal(get32(zeros.bytes + 4) & outside, 0);
            assert_int_equal(get32(ones.bytes + 4) & outside, outside);
            changed |= get32(zeros.bytes + 4) | ~get32(ones.bytes + 4);
        }
        assert_int_equal(width != 0, changed != 0);
    }
}

/* ---- GNU ld ---- */

/* Applies all relocations of an object to its text; its symbols' names tell their values. */
static size_t relocate(const struct object_file *object, struct object_file *text)
{
    struct elf_object elf;
    const struct elf_section *rela, *target;
    size_t n;

    assert_int_equal(elf_open(object->bytes, object->size, &elf), OK);
    rela = &elf.sections[object_find(object, ".rela.text")];
    target = &elf.sections[rela->info];
    text->size = target->size;
    text->bytes = malloc(text->size);
    memcpy(text->bytes, target->bytes, text->size);
    n = rela->size / ELF_RELA_SIZE;
    for (unsigned i = 0; i < n; i++) {
        struct elf_relocation r;
        struct elf_symbol symbol;
        unsigned value;

        assert_int_equal(elf_relocation(&elf, rela, i, target->size, &r), OK);
        elf_symbol(&elf, r.symbol, &symbol);
        assert_int_equal(sscanf(symbol.name, "at_%x", &value), 1);
        assert_int_equal(relocation_apply(r.type, text->bytes + r.offset, TEXT + r.offset,
                                          value + (uint32_t)r.addend),
                         RELOCATION_DONE);
    }
    elf_close(&elf);
    return n;
}

static void the_result_is_what_ld_makes(void **state)
{
    struct object_file object = corpus_read("relocations.o");
    struct object_file linked = corpus_read("relocations.text"), text;

    (void)state;
    assert_in_range(relocate(&object, &text), 500, 5000);
    assert_int_equal(text.size, linked.size);
    for (size_t i = 0; i < text.size; i += 4)
        if (get32(text.bytes + i) != get32(linked.bytes + i))
            fail_msg("at 0x%zx: 0x%x, but ld makes 0x%x", i, (unsigned)get32(text.bytes + i),
                     (unsigned)get32(linked.bytes + i));
    free(object.bytes);
    free(linked.bytes);
    free(text.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_changes_nothing),
        cmocka_unit_test(words_take_any_value),
        cmocka_unit_test(halves_of_an_address_are_cut_from_it),
        cmocka_unit_test(a_half_is_signed_or_unsigned_and_nothing_else),
        cmocka_unit_test(signed_halves_reach_32_kb),
        cmocka_unit_test(long_branches_reach_32_mb),
        cmocka_unit_test(branches_out_of_relative_reach_become_absolute),
        cmocka_unit_test(the_old_target_leaves_nothing_behind),
        cmocka_unit_test(short_branches_reach_32_kb),
        cmocka_unit_test(targets_between_words_are_refused),
        cmocka_unit_test(prediction_sets_the_y_bit_by_the_direction),
        cmocka_unit_test(every_type_is_applied_or_refused_by_name),
        cmocka_unit_test(refused_types_tell_the_flag_that_avoids_them),
        cmocka_unit_test(kinds_tell_what_the_caller_must_look_up),
        cmocka_unit_test(a_fixup_tells_the_type_it_was_made_for),
        cmocka_unit_test(absolute_branches_reach_both_ends_of_the_address_space),
        cmocka_unit_test(a_call_through_ctr_becomes_a_direct_one),
        cmocka_unit_test(no_type_touches_more_than_its_width),
        cmocka_unit_test(the_result_is_what_ld_makes),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("relocation", tests, NULL, NULL);
}
