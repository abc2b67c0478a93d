/* Tests of domains/image/admission.c: what text may have in it without privilege. */
#include "tests/host/scene.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/instruction.h"
#include "arch/ppc/code/reach.h"
#include "domains/image/admission.h"
#include "domains/image/image.h"
#include "domains/object/relocation.h"
#include "tests/host/fake_host.h"
#include "tests/host/public.h"

#define NOP 0x60000000u
#define TEXT 0x04000000u
#define WORDS_MAX 64

static const struct domain_terms unprivileged = {.loader = "operator", .untyped = true};

/* ---- words alone, in an image that is nothing else ---- */

struct text {
    uint8_t bytes[4 * WORDS_MAX];
    struct image image;
};

static void put(struct text *text, unsigned i, uint32_t word)
{
    uint8_t *p = text->bytes + 4 * i;

    p[0] = (uint8_t)(word >> 24);
    p[1] = (uint8_t)(word >> 16);
    p[2] = (uint8_t)(word >> 8);
    p[3] = (uint8_t)word;
}

static void begin(struct text *text, unsigned n)
{
    memset(text, 0, sizeof *text);
    text->image.memory.text = (struct segment){TEXT, text->bytes, 4 * n};
    for (unsigned i = 0; i < n; i++)
        put(text, i, NOP);
}

static status_t check_word(uint32_t word)
{
    struct text text;

    begin(&text, 4);
    put(&text, 1, word);
    return admission_check(&text.image, "d", false);
}

static void assert_word_refused(uint32_t word, const char *words)
{
    assert_refusal(check_word(word), ERR_DENIED, words);
}

static void privileged_instructions_are_refused(void **state)
{
    (void)state;
    assert_word_refused(WORD_MFMSR | 9 << 21, "d!text+0x4: mfmsr r9 is privileged");
    assert_word_refused(WORD_MTMSR, "mtmsr r0 is privileged");
    assert_word_refused(WORD_RFI, "rfi is privileged");
    assert_word_refused(CODE_XFX(WORD_MTSPR, 3, 273), "d!text+0x4: mtsprg 1,r3 is privileged");
    assert_word_refused(CODE_XFX(WORD_MFSPR, 3, 1008), "is privileged");
    assert_ok(check_word(CODE_XFX(WORD_MTSPR, 3, 8)));
    assert_ok(check_word(CODE_XFX(WORD_MFSPR, 3, 256)));
}

/* Bits that do not matter to a processor may be anything. */
static void bits_that_should_be_zero_hide_nothing(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 32; bit++) {
        uint32_t word = WORD_MTMSR ^ 1u << bit;

        if (bit == 0 || bit >= 11)
            assert_int_equal(check_word(word), bit >= 26 ? check_word(word) : ERR_DENIED);
    }
    assert_word_refused(WORD_RFI | 0x03e0f801, "is privileged");
}

static bool is_privileged(uint32_t word)
{
    enum opcode opcode = code_opcode(word);

    return opcode != OPCODE_UNKNOWN && code_is_privileged(word, opcode);
}

/* All that the tables of opcodes know is found, at random operands; and where nothing is, nothing is refused but branches. */
static void what_the_tables_know_is_found(void **state)
{
    uint32_t seed = 1;

    (void)state;
    for (unsigned i = 0; i < 400000; i++) {
        uint32_t word;

        seed = seed * 1664525 + 1013904223;
        word = (seed >> 3 & 0x03ffffff) | (i % 3 == 0 ? 31u : i % 3 == 1 ? 19u : i % 64) << 26;
        if (is_privileged(word))
            assert_int_equal(check_word(word), ERR_DENIED);
        else if (code_opcode(word) != OPCODE_UNKNOWN && word >> 26 != 16 && word >> 26 != 18)
            assert_ok(check_word(word));
    }
}

/* ---- branches ---- */

static status_t check_branch_of(bool patch, unsigned from, uint32_t word)
{
    struct text text;

    begin(&text, 16);
    put(&text, from, word);
    return admission_check(&text.image, "d", patch);
}

static status_t check_branch(unsigned from, uint32_t word)
{
    return check_branch_of(false, from, word);
}

static void branches_to_the_first_and_the_last_word_stay_inside(void **state)
{
    (void)state;
    for (unsigned from = 0; from < 16; from++)
        for (int to = -3; to < 19; to++) {
            uint32_t distance = (uint32_t)(4 * (to - (int)from));
            status_t expected = to >= 0 && to < 16 ? OK : ERR_DENIED;

            assert_int_equal(check_branch(from, code_put_b_relative(WORD_B | 1, distance)),
                             expected);
            assert_int_equal(check_branch(from, code_put_bc_relative(WORD_BC | 12 << 21, distance)),
                             expected);
        }
    assert_refusal(check_branch(0, code_put_b_relative(WORD_B, 64)), ERR_DENIED,
                   "d!text+0x0: b 0x4000040 leaves the domain's text");
}

static void a_patch_may_branch_to_its_end(void **state)
{
    (void)state;
    assert_ok(check_branch_of(true, 3, code_put_b_relative(WORD_B, 4 * 13)));
    assert_ok(check_branch_of(true, 3, code_put_bc_relative(WORD_BC | 12 << 21, 4 * 13)));
    assert_refusal(check_branch_of(true, 3, code_put_b_relative(WORD_B, 4 * 14)), ERR_DENIED,
                   "d!text+0xc: b 0x4000044 leaves the domain's text");
    assert_refusal(check_branch_of(true, 3, code_put_b_relative(WORD_B, (uint32_t)-16)), ERR_DENIED,
                   "leaves the domain's text");
}

static void far_and_absolute_branches_leave(void **state)
{
    (void)state;
    assert_word_refused(code_put_b_absolute(WORD_B | 1, 0x01080000), "leaves the domain's text");
    assert_word_refused(code_put_bc_absolute(WORD_BC | 12 << 21, 0x1000), "leaves the domain's");
    assert_word_refused(code_put_b_relative(WORD_B, 0x01fffffc), "leaves the domain's text");
    assert_word_refused(code_put_b_relative(WORD_B, 0xfe000000), "leaves the domain's text");
    assert_word_refused(code_put_b_absolute(WORD_B, 0), "leaves the domain's text");
}

static void text_that_ends_within_a_word_is_refused(void **state)
{
    struct text text;

    (void)state;
    begin(&text, 4);
    text.image.memory.text.size = 14;
    assert_refusal(admission_check(&text.image, "d", false), ERR_DENIED, "ends within a word");
}

/* ---- imports ---- */

static struct object *user(uint32_t word, uint8_t type, uint32_t offset, int32_t addend)
{
    const uint32_t code[] = {BLR, word, NOP, BLR};
    struct object *o = object_begin();
    uint16_t text = (uint16_t)object_words(o, ".text", OBJECT_CODE, code, 4);

    object_symbol(o, "user", OBJECT_FUNCTION, text, 0, 16);
    object_relocate(o, text, 4 + offset, type, object_symbol(o, "lib", OBJECT_IMPORT, 0, 0, 0),
                    addend);
    return o;
}

static status_t link_user(struct object *o, const struct domain_terms *terms,
                          struct domain **domain)
{
    struct object_file file = object_end(o);
    status_t status = domain_make(terms, "user", file.bytes, file.size, domain);

    free(file.bytes);
    return status;
}

static void assert_admitted(uint32_t word, uint8_t type, uint32_t offset)
{
    struct domain *domain;

    assert_ok(link_user(user(word, type, offset, 0), &unprivileged, &domain));
    assert_int_equal(end_alone(domain), OK);
}

static void assert_import_refused(uint32_t word, uint8_t type, uint32_t offset, int32_t addend,
                                  const char *words)
{
    struct domain *domain = NULL;
    int n_images = fake_host.n_images;

    assert_refusal(link_user(user(word, type, offset, addend), &unprivileged, &domain), ERR_DENIED,
                   words);
    assert_null(domain);
    assert_int_equal(fake_host.n_images, n_images);
}

static void imports_are_reached_as_compilers_do(void **state)
{
    (void)state;
    assert_admitted(BL, R_PPC_REL24, 0);
    assert_admitted(WORD_BC | 12 << 21, R_PPC_REL14, 0);
    assert_admitted(0x3c600000, R_PPC_ADDR16_HA, 2);
    assert_admitted(0x80630000, R_PPC_ADDR16_LO, 2);
    assert_admitted(0, R_PPC_ADDR32, 0);
    assert_admitted(0, R_PPC_REL32, 0);
}

static void imports_make_no_other_instruction(void **state)
{
    (void)state;
    assert_import_refused(WORD_OR, R_PPC_ADDR16_LO, 2, 0, "in its opcode");
    assert_import_refused(NOP, R_PPC_ADDR16_HA, 0, 0, "in its opcode");
    assert_import_refused(WORD_OR, R_PPC_REL24, 0, 0, "is no branch");
    assert_import_refused(BL, R_PPC_REL14, 0, 0, "is no branch");
    assert_import_refused(BL, R_PPC_REL24, 0, 4, "leads beside an import");
    assert_import_refused(0, R_PPC_ADDR32, 0, 0x7c000000, "in its opcode");
    assert_import_refused(0, R_PPC_ADDR32, 2, 0, "in its opcode");
}

/* What defines an import may be anything that another domain says it is. */
static void no_address_in_text_is_an_instruction(void **state)
{
    static const struct public_symbol evil[] = {{"lib", 0x7c000124}}, good[] = {{"lib", 0x4001000}};
    struct domain *source = public_create("evil", evil, 1), *other = public_create("good", good, 1);
    struct domain *domain;

    (void)state;
    assert_ok(link_user(user(0, R_PPC_ADDR32, 0, 0), &unprivileged, &domain));
    assert_refusal(domain_bind(source, domain), ERR_DENIED,
                   "lib is 0x7c000124, which may not stand in text");
    assert_ok(domain_bind(other, domain));
    assert_int_equal(end_alone(domain), OK);
    assert_ok(link_user(user(0x80630000, R_PPC_ADDR16_LO, 2, 0), &unprivileged, &domain));
    assert_ok(domain_bind(source, domain));
    assert_int_equal(end_alone(domain), OK);
}

static void the_privileged_are_not_looked_at(void **state)
{
    struct domain *domain;

    (void)state;
    assert_ok(link_user(user(WORD_MTMSR, R_PPC_ADDR16_LO, 2, 4), &fake_terms, &domain));
    assert_int_equal(end_alone(domain), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(privileged_instructions_are_refused),
        SCENE(bits_that_should_be_zero_hide_nothing),
        SCENE(what_the_tables_know_is_found),
        SCENE(branches_to_the_first_and_the_last_word_stay_inside),
        SCENE(a_patch_may_branch_to_its_end),
        SCENE(far_and_absolute_branches_leave),
        SCENE(text_that_ends_within_a_word_is_refused),
        SCENE(imports_are_reached_as_compilers_do),
        SCENE(imports_make_no_other_instruction),
        SCENE(no_address_in_text_is_an_instruction),
        SCENE(the_privileged_are_not_looked_at),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("admission", tests, NULL, NULL);
}
