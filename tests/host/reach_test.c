/* Tests of arch/ppc/code/reach.c: where branches end, and what instructions they become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/instruction.h"
#include "arch/ppc/code/reach.h"

#define KB (1 << 10)
#define MB (1 << 20)
#define B 0x48000000u
#define BL 0x48000001u
#define BLA 0x48000003u
#define BNE 0x40820000u   /* bc 4,2 */
#define BDZTL 0x41620001u /* bcl 11,2: counts, tests and reverses the prediction */

/* Where the branch `word` at `from` goes, by the manual's I-form. */
static uint32_t target_of(uint32_t word, uint32_t from)
{
    uint32_t displacement = word & 0x03fffffc;

    if ((displacement & 0x02000000) != 0)
        displacement |= 0xfc000000;
    return (word & 2) != 0 ? displacement : from + displacement;
}

static void b_reaches_32_mb_and_not_a_word_more(void **state)
{
    (void)state;
    assert_true(code_fits_b(0));
    assert_true(code_fits_b(4));
    assert_true(code_fits_b(-4));
    assert_true(code_fits_b(32 * MB - 4));
    assert_false(code_fits_b(32 * MB));
    assert_false(code_fits_b(32 * MB + 4));
    assert_true(code_fits_b(-32 * MB + 4));
    assert_true(code_fits_b(-32 * MB));
    assert_false(code_fits_b(-32 * MB - 4));
    assert_false(code_fits_b(INT32_MAX - 3));
    assert_false(code_fits_b(INT32_MIN));
}

static void bc_reaches_32_kb_and_not_a_word_more(void **state)
{
    (void)state;
    assert_true(code_fits_bc(0));
    assert_true(code_fits_bc(0x7ffc));
    assert_false(code_fits_bc(0x8000));
    assert_false(code_fits_bc(0x8004));
    assert_true(code_fits_bc(-0x7ffc));
    assert_true(code_fits_bc(-0x8000));
    assert_false(code_fits_bc(-0x8004));
    assert_false(code_fits_bc(INT32_MIN));
}

static void no_branch_reaches_between_words(void **state)
{
    (void)state;
    for (int32_t odd = 1; odd < 4; odd++) {
        assert_false(code_fits_b(odd));
        assert_false(code_fits_b(-odd));
        assert_false(code_fits_b(32 * MB - odd));
        assert_false(code_fits_b(-32 * MB + odd));
        assert_false(code_fits_bc(odd));
        assert_false(code_fits_bc(-odd));
        assert_false(code_fits_bc(-0x8000 + odd));
    }
}

static void relative_is_preferred_and_absolute_the_second_choice(void **state)
{
    (void)state;
    assert_int_equal(code_reach(0x04000000, 0x04000000), REACH_RELATIVE);
    assert_int_equal(code_reach(0x01000000, 0x02fffffc), REACH_RELATIVE);
    assert_int_equal(code_reach(0x01000000, 0x03000000), REACH_NONE);
    assert_int_equal(code_reach(0x04000000, 0x02000000), REACH_RELATIVE);
    assert_int_equal(code_reach(0x04000000, 0x01fffffc), REACH_ABSOLUTE);
    assert_int_equal(code_reach(0x04000000, 0x01000000), REACH_ABSOLUTE);
    assert_int_equal(code_reach(0x04000000, 0x00000000), REACH_ABSOLUTE);
    assert_int_equal(code_reach(0x08000000, 0x02000000), REACH_NONE);
    assert_int_equal(code_reach(0x08000000, 0xfdfffffc), REACH_NONE);
    assert_int_equal(code_reach(0x08000000, 0xfe000000), REACH_ABSOLUTE);
    assert_int_equal(code_reach(0x08000000, 0xfffffffc), REACH_ABSOLUTE);
}

static void relative_reach_wraps_around_the_address_space(void **state)
{
    (void)state;
    assert_int_equal(code_reach(0xfffffffc, 0x00000000), REACH_RELATIVE);
    assert_int_equal(code_reach(0x00000000, 0xfffffffc), REACH_RELATIVE);
    assert_int_equal(code_reach(0xff000000, 0x00fffffc), REACH_RELATIVE);
    assert_int_equal(code_reach(0x7ffffffc, 0x80000000), REACH_RELATIVE);
}

/* Both kinds of branches, without and with LK. */
static const struct branch {
    uint32_t word, target; /* the bits that say where it goes */
    int64_t limit;         /* bytes backward */
    enum code_reach (*reach)(uint32_t from, uint32_t to);
    uint32_t (*retarget)(uint32_t word, uint32_t from, uint32_t to);
} branches[] = {
    {B, 0x03fffffe, 32 * MB, code_reach, code_retarget_b},
    {BL, 0x03fffffe, 32 * MB, code_reach, code_retarget_b},
    {BNE, 0x0000fffe, 32 * KB, code_reach_bc, code_retarget_bc},
    {BDZTL, 0x0000fffe, 32 * KB, code_reach_bc, code_retarget_bc},
};

/* By sums that cannot overflow. */
static bool within(int64_t limit, int64_t value)
{
    return value % 4 == 0 && value >= -limit && value <= limit - 4;
}

static enum code_reach expected(const struct branch *branch, uint32_t from, uint32_t to)
{
    const int64_t space = (int64_t)1 << 32;

    if (from % 4 != 0 || to % 4 != 0)
        return REACH_NONE;
    for (int64_t turn = -space; turn <= space; turn += space)
        if (within(branch->limit, (int64_t)to - from + turn))
            return REACH_RELATIVE;
    if (within(branch->limit, to) || within(branch->limit, (int64_t)to - space))
        return REACH_ABSOLUTE;
    return REACH_NONE;
}

/* The branch, whatever it led to before, made to lead there; all else is as it was. */
static void check_retarget(const struct branch *branch, uint32_t from, uint32_t to,
                           enum code_reach reach)
{
    const uint32_t before[] = {branch->word, branch->word | branch->target};

    for (size_t i = 0; i < 2; i++) {
        uint32_t word = branch->retarget(before[i], from, to);
        struct successor successor;

        code_successor(word, from, &successor);
        assert_int_equal(successor.transfer, TRANSFER_DIRECT);
        assert_int_equal(successor.target, to);
        assert_int_equal(word & ~branch->target, branch->word);
        assert_int_equal((word & 2) != 0, reach == REACH_ABSOLUTE);
    }
}

static size_t check_pair(const struct branch *branch, uint32_t from, uint32_t to)
{
    enum code_reach reach = branch->reach(from, to);

    assert_int_equal(reach, expected(branch, from, to));
    if (reach != REACH_NONE)
        check_retarget(branch, from, to, reach);
    return reach != REACH_NONE;
}

/* Nothing, the limit, a word more and a word less, and between words, either way. */
static size_t check_around(const struct branch *branch, uint32_t from, uint32_t middle)
{
    const int64_t distances[] = {0, 4, branch->limit - 4, branch->limit, branch->limit + 4};
    size_t reached = 0;

    for (size_t i = 0; i < sizeof distances / sizeof distances[0]; i++)
        for (int odd = -3; odd <= 3; odd++) {
            reached += check_pair(branch, from, (uint32_t)(middle + distances[i] + odd));
            reached += check_pair(branch, from, (uint32_t)(middle - distances[i] + odd));
        }
    return reached;
}

static void every_branch_reaches_up_to_its_limits(void **state)
{
    static const uint32_t places[] = {0x00000000, 0x00000004, 0x00007ffc, 0x00008000, 0x01000000,
                                      0x01fffffc, 0x02000000, 0x04000000, 0x7ffffffc, 0x80000000,
                                      0xfdfffffc, 0xfe000000, 0xffff8000, 0xfffffffc};

    (void)state;
    for (size_t b = 0; b < sizeof branches / sizeof branches[0]; b++)
        for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
            assert_in_range(check_around(&branches[b], places[i], places[i]), 7, 10);
            assert_in_range(check_around(&branches[b], places[i], 0), 7, 10);
        }
}

static void between_words_nothing_is_reached_from_anywhere(void **state)
{
    (void)state;
    for (size_t b = 0; b < sizeof branches / sizeof branches[0]; b++)
        for (uint32_t odd = 1; odd < 4; odd++) {
            assert_int_equal(branches[b].reach(0x1000 + odd, 0x1000 + odd), REACH_NONE);
            assert_int_equal(branches[b].reach(0x1000 + odd, 0x1000), REACH_NONE);
            assert_int_equal(branches[b].reach(0x1000, 0x1000 + odd), REACH_NONE);
            assert_int_equal(branches[b].reach(0x08000000, odd), REACH_NONE);
        }
}

static void a_branch_goes_where_it_was_sent(void **state)
{
    static const uint32_t places[] = {0x00000000, 0x01000000, 0x01fffffc, 0x02000000, 0x03fffffc,
                                      0x04000000, 0x05fffffc, 0x0ffffffc, 0xfe000000, 0xfffffffc};
    const size_t n = sizeof places / sizeof places[0];
    size_t reached = 0;

    (void)state;
    for (size_t from = 0; from < n; from++)
        for (size_t to = 0; to < n; to++) {
            if (code_reach(places[from], places[to]) == REACH_NONE)
                continue;
            assert_int_equal(target_of(code_retarget_b(BL, places[from], places[to]), places[from]),
                             places[to]);
            reached++;
        }
    assert_true(reached > n);
}

static void retargeting_keeps_all_but_target_and_aa(void **state)
{
    (void)state;
    assert_int_equal(code_retarget_b(B, 0x1000, 0x1004), 0x48000004);
    assert_int_equal(code_retarget_b(BL, 0x1000, 0x0ffc), 0x4bfffffd);
    assert_int_equal(code_retarget_b(0x4bffffff, 0x1000, 0x1008), 0x48000009);
    assert_int_equal(code_retarget_b(B, 0x04000000, 0x01234560), 0x49234562);
    assert_int_equal(code_retarget_b(BL, 0x04000000, 0x01234560), 0x49234563);
    assert_int_equal(code_retarget_b(BLA, 0x04000000, 0x05fffffc), 0x49fffffd);
    assert_int_equal(code_retarget_b(BL, 0x04000000, 0x02000000), 0x4a000001);
    assert_int_equal(code_retarget_b(BL, 0x10000000, 0xfffffff0), 0x4bfffff3);
}

static void a_veneer_loads_its_target_into_ctr(void **state)
{
    static const uint32_t targets[] = {0,          0x7ffc,     0x8000,     0xfffc,     0x10000,
                                       0x01238000, 0x7fff8000, 0x80000000, 0xffff8000, 0xfffffffc};

    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        uint32_t words[VENEER_WORDS + 1] = {0, 0, 0, 0, 0x5a5a5a5a};

        code_veneer(words, targets[i]);
        assert_int_equal(words[0] >> 16, 0x3d80); /* lis r12 */
        assert_int_equal(words[1] >> 16, 0x398c); /* addi r12, r12 */
        assert_int_equal((words[0] << 16) + (uint32_t)(int16_t)words[1], targets[i]);
        assert_int_equal(words[2], 0x7d8903a6); /* mtctr r12 */
        assert_int_equal(words[3], 0x4e800420); /* bctr */
        assert_int_equal(words[4], 0x5a5a5a5a);
    }
}

static void an_identity_veneer_tells_sprg1_and_jumps(void **state)
{
    uint32_t words[VENEER_WORDS + 1] = {0, 0, 0, 0, 0x5a5a5a5a};

    (void)state;
    assert_true(code_identity_veneer(words, 0x7ffe, 0x01234560));
    assert_int_equal(words[0], 0x39807ffe); /* li r12, 0x7ffe */
    assert_int_equal(words[1], 0x7d9143a6); /* mtsprg 1, r12 */
    assert_int_equal(words[2], 0x49234562); /* ba 0x01234560 */
    assert_int_equal(words[3], 0x7fe00008); /* trap */
    assert_int_equal(words[4], 0x5a5a5a5a);
    words[0] = 1;
    assert_false(code_identity_veneer(words, 1, 0x02000000));
    assert_false(code_identity_veneer(words, 1, 0x01234562));
    assert_int_equal(words[0], 1);
}

/* An instruction that the compiler made, decoded and encoded again. */
static void check_constant(uint32_t word, enum opcode opcode, const int32_t *operands)
{
    struct instruction instruction;
    uint32_t again;

    assert_true(code_decode(word, &instruction));
    assert_int_equal(instruction.opcode, opcode);
    for (unsigned i = 0; i < instruction.n_operands; i++)
        assert_int_equal(instruction.operands[i], operands[i]);
    assert_int_equal(code_encode(&instruction, &again), ENCODE_OK);
    assert_int_equal(again, word);
}

static void what_the_compiler_encodes_is_what_the_encoder_does(void **state)
{
    (void)state;
    check_constant(CODE_D(WORD_ADDI, 31, 1, -2), OPCODE_ADDI, (int32_t[]){31, 1, -2});
    check_constant(CODE_D(WORD_ADDIS, 1, 30, 0x7fff), OPCODE_ADDIS, (int32_t[]){1, 30, 0x7fff});
    check_constant(CODE_X(WORD_OR, 1, 31, 1), OPCODE_OR, (int32_t[]){31, 1, 1});
    check_constant(CODE_D(WORD_ORI, 31, 1, 0xffff), OPCODE_ORI, (int32_t[]){1, 31, 0xffff});
    check_constant(CODE_X(WORD_TW, 31, 30, 29), OPCODE_TW, (int32_t[]){31, 30, 29});
    check_constant(CODE_X(WORD_BCCTR, 12, 31, 0), OPCODE_BCCTR, (int32_t[]){12, 31, 0});
    check_constant(CODE_XFX(WORD_MTSPR, 31, 273), OPCODE_MTSPR, (int32_t[]){273, 31});
    check_constant(CODE_XFX(WORD_MTSPR, 12, 9), OPCODE_MTSPR, (int32_t[]){9, 12});
    check_constant(WORD_B | WORD_LK, OPCODE_B, (int32_t[]){0});
    check_constant(code_put_b_relative(WORD_B, -4), OPCODE_B, (int32_t[]){-4});
    check_constant(code_put_b_absolute(WORD_B, 64), OPCODE_B, (int32_t[]){64});
    check_constant(code_put_bc_relative(WORD_BC, 8), OPCODE_BC, (int32_t[]){0, 0, 8});
    check_constant(code_put_bc_absolute(WORD_BC, -8), OPCODE_BC, (int32_t[]){0, 0, -8});
    assert_int_equal(CODE_NOP, 0x60000000);
    assert_int_equal(CODE_TRAP, 0x7fe00008);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(b_reaches_32_mb_and_not_a_word_more),
        cmocka_unit_test(bc_reaches_32_kb_and_not_a_word_more),
        cmocka_unit_test(no_branch_reaches_between_words),
        cmocka_unit_test(relative_is_preferred_and_absolute_the_second_choice),
        cmocka_unit_test(relative_reach_wraps_around_the_address_space),
        cmocka_unit_test(every_branch_reaches_up_to_its_limits),
        cmocka_unit_test(between_words_nothing_is_reached_from_anywhere),
        cmocka_unit_test(a_branch_goes_where_it_was_sent),
        cmocka_unit_test(retargeting_keeps_all_but_target_and_aa),
        cmocka_unit_test(a_veneer_loads_its_target_into_ctr),
        cmocka_unit_test(an_identity_veneer_tells_sprg1_and_jumps),
        cmocka_unit_test(what_the_compiler_encodes_is_what_the_encoder_does),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("reach", tests, NULL, NULL);
}
