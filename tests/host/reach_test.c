/* Tests of arch/ppc/code/reach.c: where branches end, and what instructions they become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arch/ppc/code/reach.h"

#define MB (1 << 20)
#define B 0x48000000u
#define BL 0x48000001u
#define BLA 0x48000003u

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(b_reaches_32_mb_and_not_a_word_more),
        cmocka_unit_test(bc_reaches_32_kb_and_not_a_word_more),
        cmocka_unit_test(no_branch_reaches_between_words),
        cmocka_unit_test(relative_is_preferred_and_absolute_the_second_choice),
        cmocka_unit_test(relative_reach_wraps_around_the_address_space),
        cmocka_unit_test(a_branch_goes_where_it_was_sent),
        cmocka_unit_test(retargeting_keeps_all_but_target_and_aa),
        cmocka_unit_test(a_veneer_loads_its_target_into_ctr),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("reach", tests, NULL, NULL);
}
