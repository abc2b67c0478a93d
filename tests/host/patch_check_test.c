/* Machine code that somebody brings along: what is let pass, and what is refused with which sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/patch/patch_check.h"
#include "arch/ppc/registers.h"
#include "tests/host/random.h"
#include "tests/host/scarce.h"

#define ORIGIN 0x01002000u
#define ELSEWHERE 0x01003000u /* code */
#define NOWHERE 0x01004000u

#define LI(t, value) CODE_D(WORD_ADDI, t, 0, value)
#define MR(a, s) CODE_X(WORD_OR, s, a, s)
#define PUSH(size) CODE_D(WORD_STWU, 1, 1, -(size))
#define POP(size) CODE_D(WORD_ADDI, 1, 1, size)
#define POP_BY_CHAIN CODE_D(WORD_LWZ, 1, 1, 0)
#define B(words) (WORD_B | (4 * (words)&0x03fffffc))
#define BL(words) (B(words) | 1)
#define B_TO(at, target) (WORD_B | (((target)-ORIGIN - 4 * (at)) & 0x03fffffc))
#define BA(target) (WORD_B | ((target)&0x03fffffc) | 2)
#define BEQ(words) (CODE_BC(12, 2) | (4 * (words)&0xfffc))
#define BDNZ(words) (CODE_BC(16, 0) | (4 * (words)&0xfffc))
#define BLR (WORD_BCLR | 20 << 21)
#define BEQLR (WORD_BCLR | 12 << 21 | 2 << 16)
#define BCTR (WORD_BCCTR | 20 << 21)
#define WHERE_AM_I (CODE_BC(20, 31) | 4 | 1)
#define MTLR(s) CODE_XFX(WORD_MTSPR, s, SPR_LR)
#define LWARX 0x7c001828u
#define STWCX 0x7c00192du
#define VADDUBM 0x10011000u
#define DSS 0x7c00066cu
#define MFVRSAVE 0x7c6042a6u
#define FSQRT 0xfc20102cu
#define SC 0x44000002u
#define LMW(t) CODE_D(46u << 26, t, 3, 0)
#define LWZU_R1 CODE_D(WORD_LWZU, 5, 1, 4)

static bool leads(void *context, uint32_t target)
{
    (void)context;
    return target == ELSEWHERE;
}

static struct patch_check_terms terms = {.origin = ORIGIN, .is_code = true, .leads = leads};
static struct register_set clobbers;

static void check_let_pass(const uint32_t words[], size_t n)
{
    status_t status = patch_check(words, n, &terms, &clobbers);

    if (status != OK)
        fail_msg("%s", status_explain());
}

static void check_refused(const uint32_t words[], size_t n, const char *sentence)
{
    const struct register_set before = clobbers;

    assert_int_equal(ERR_FAILED, patch_check(words, n, &terms, &clobbers));
    assert_string_equal(sentence, status_explain());
    assert_memory_equal(&before, &clobbers, sizeof before);
}

#define PASSES(...)                                \
    do {                                           \
        const uint32_t words_[] = {__VA_ARGS__};   \
                                                   \
        check_let_pass(words_, sizeof words_ / 4); \
    } while (0)

#define REFUSED(sentence, ...)                              \
    do {                                                    \
        const uint32_t words_[] = {__VA_ARGS__};            \
                                                            \
        check_refused(words_, sizeof words_ / 4, sentence); \
    } while (0)

static void what_is_plain_passes(void **state)
{
    (void)state;
    PASSES(CODE_NOP);
    PASSES(LI(3, 1), CODE_D(WORD_STW, 3, 4, 0));
    PASSES(BEQ(2), LI(3, 1), CODE_NOP);
    PASSES(BEQ(1), BEQ(2), LI(3, 1)); /* to the end */
    PASSES(LI(3, 1), BDNZ(-1));
    PASSES(SC);
    PASSES(CODE_X(WORD_TW, 4, 3, 4)); /* under a condition */
}

static void what_leaves_passes(void **state)
{
    (void)state;
    PASSES(B_TO(0, ELSEWHERE));
    PASSES(BEQ(2), BLR, CODE_NOP);
    PASSES(BEQLR);
    PASSES(BLR, CODE_NOP); /* what is behind is not reached */
    PASSES(BCTR);
    PASSES(BA(ELSEWHERE));
    PASSES(WHERE_AM_I, CODE_NOP);
}

static void frames_may_be_pushed_and_popped(void **state)
{
    (void)state;
    PASSES(PUSH(32), POP(32));
    PASSES(PUSH(32), POP_BY_CHAIN);
    PASSES(PUSH(32), PUSH(16), POP(48));
    PASSES(PUSH(32), PUSH(16), POP_BY_CHAIN, POP(32));
    PASSES(PUSH(32), BEQ(3), POP(32), B(3), POP_BY_CHAIN, CODE_NOP);
    PASSES(BEQ(3), PUSH(16), B(2), PUSH(16), POP(16));
    PASSES(PUSH(16), BDNZ(0), POP(16), BLR);
    PASSES(PUSH(16), B_TO(1, ELSEWHERE) | 1, POP(16));
}

static void what_is_no_instruction_is_refused(void **state)
{
    (void)state;
    REFUSED("word 1, .long 0x0, is no instruction", CODE_NOP, 0);
    REFUSED("word 1, .long 0x0, is no instruction", BLR, 0);
    REFUSED("word 0, fsqrt f1,f2, is no instruction", FSQRT & ~(0x10u << 11) & 0xffffffff);
}

static void what_is_privileged_is_refused(void **state)
{
    const uint32_t privileged[] = {CODE_X(WORD_MTMSR, 0, 0, 0)};

    (void)state;
    REFUSED("word 0, mtmsr r0, is privileged", CODE_X(WORD_MTMSR, 0, 0, 0));
    REFUSED("word 2, rfi, is privileged", CODE_NOP, CODE_NOP, WORD_RFI);
    REFUSED("word 0, mfmsr r4, is privileged", CODE_X(WORD_MFMSR, 4, 0, 0));
    REFUSED("word 0, mtsprg 1,r3, is privileged", CODE_XFX(WORD_MTSPR, 3, SPR_SPRG1));
    terms.privileged = true;
    check_let_pass(privileged, 1);
    PASSES(CODE_XFX(WORD_MTSPR, 3, SPR_SPRG1));
    PASSES(WORD_RFI);
    terms.privileged = false;
}

static void vectors_and_reservations_are_refused(void **state)
{
    (void)state;
    terms.privileged = true;
    REFUSED("word 0, vaddubm v0,v1,v2, uses vector registers", VADDUBM);
    REFUSED("word 0, dss 0, uses vector registers", DSS);
    REFUSED("word 0, mfvrsave r3, uses vector registers", MFVRSAVE);
    REFUSED("word 0, lwarx r0,0,r3, is about a reservation", LWARX);
    REFUSED("word 1, stwcx. r0,0,r3, is about a reservation", CODE_NOP, STWCX);
    terms.privileged = false;
}

static void kept_registers_are_not_written(void **state)
{
    (void)state;
    REFUSED("word 0, li r2,1, writes r2", LI(2, 1));
    REFUSED("word 0, li r13,1, writes r13", LI(13, 1));
    REFUSED("word 0, lmw r12,0(r3), writes r13", LMW(12));
    REFUSED("word 0, mr r1,r3, writes r1, and does not push or pop a frame", MR(1, 3));
    REFUSED("word 0, lwzu r5,4(r1), writes r1, and does not push or pop a frame", LWZU_R1);
    REFUSED("word 0, stwu r1,16(r1), writes r1, and does not push or pop a frame", PUSH(-16));
    REFUSED("word 0, stwu r1,-12(r1), writes r1, and does not push or pop a frame", PUSH(12));
    REFUSED("word 0, stwu r3,-16(r1), writes r1, and does not push or pop a frame",
            CODE_D(WORD_STWU, 3, 1, -16));
    REFUSED("word 0, addi r1,r1,-16, writes r1, and does not push or pop a frame", POP(-16));
    REFUSED("word 0, lwz r1,4(r1), writes r1, and does not push or pop a frame",
            CODE_D(WORD_LWZ, 1, 1, 4));
}

static void frames_must_be_balanced_on_all_ways(void **state)
{
    (void)state;
    REFUSED("word 0, stwu r1,-32(r1), is the last, and r1 is not what it was", PUSH(32));
    REFUSED("word 1, addi r1,r1,16, pops a frame that was not pushed", PUSH(32), POP(16));
    REFUSED("word 1, addi r1,r1,48, pops a frame that was not pushed", PUSH(32), POP(48));
    REFUSED("word 0, addi r1,r1,32, pops a frame that was not pushed", POP(32));
    REFUSED("word 0, lwz r1,0(r1), pops a frame that was not pushed", POP_BY_CHAIN);
    REFUSED("word 1, blr, returns, and r1 is not what it was", PUSH(32), BLR);
    REFUSED("word 1, bctr, leads away, and r1 is not what it was", PUSH(32), BCTR);
    REFUSED("word 1, b 0x1003000, leads away, and r1 is not what it was", PUSH(32),
            B_TO(1, ELSEWHERE));
    REFUSED("word 1, beq- 0x100200c, is the last, and r1 is not what it was", PUSH(32), BEQ(2),
            POP(32));
    REFUSED("word 2, bdnz+ 0x1002000, leads to where r1 is another on another way", PUSH(16),
            CODE_NOP, BDNZ(-2), POP(16));
}

static void control_must_go_somewhere(void **state)
{
    (void)state;
    REFUSED("word 0, b 0x1004000, leads to where there is no code", B_TO(0, NOWHERE));
    REFUSED("word 0, bl 0x1004000, leads to where there is no code", B_TO(0, NOWHERE) | 1);
    REFUSED("word 0, b 0x1001ffc, leads to where there is no code", B(-1));
    REFUSED("word 0, beq- 0x1002008, leads to where there is no code", BEQ(2));
    REFUSED("word 0, trap, is where control ends", CODE_TRAP);
    REFUSED("word 1, b 0x1002000, goes round for ever", CODE_NOP, B(-1), CODE_NOP);
    REFUSED("word 0, b 0x1002000, goes round for ever", B(0));
    terms.leads = NULL;
    REFUSED("word 0, b 0x1003000, leads to where there is no code", B_TO(0, ELSEWHERE));
    terms.leads = leads;
    terms.is_code = false;
    REFUSED("word 0, b 0x1003000, leads out of words that stand in no code", B_TO(0, ELSEWHERE));
    PASSES(BEQ(1), BA(ELSEWHERE));
    terms.is_code = true;
}

/* With calls of its own words, who returns comes back there. */
static void it_may_have_procedures_of_its_own(void **state)
{
    (void)state;
    PASSES(BL(3), LI(3, 1), B(3), LI(4, 1), BLR);
    PASSES(PUSH(16), BL(3), POP(16), B(3), LI(4, 1), BLR);
    REFUSED("word 2, bl 0x1002018, calls one of the words, and another call does with another r1",
            BL(6), PUSH(16), BL(4), POP(16), B(3), CODE_NOP, BLR);
    REFUSED("word 4, blr, returns, and r1 is not what it was", BL(3), LI(3, 1), B(3), PUSH(16),
            BLR);
}

static void what_it_may_write_is_told(void **state)
{
    (void)state;
    PASSES(LI(3, 1), CODE_X(WORD_CMP, 4, 3, 4), PUSH(16), POP(16));
    assert_int_equal(1u << 3, clobbers.general);
    assert_int_equal(CR_FIELD(1), clobbers.condition);
    assert_int_equal(0, clobbers.special | clobbers.floating | clobbers.vector);
    PASSES(WHERE_AM_I, BDNZ(1));
    assert_int_equal(SPECIAL_LR | SPECIAL_CTR, clobbers.special);
    assert_int_equal(0, clobbers.general);
    PASSES(LI(30, 1), B_TO(1, ELSEWHERE) | 1);
    assert_int_equal(1u << 30 | 0x1ff9, clobbers.general);
    assert_int_equal(SPECIAL_LR | SPECIAL_CTR, clobbers.special & (SPECIAL_LR | SPECIAL_CTR));
    PASSES(MTLR(3), BLR | 1);
    assert_int_equal(0x1ff9, clobbers.general);
}

static void memory_that_is_short_is_no_harm(void **state)
{
    const uint32_t words[] = {PUSH(16), POP(16)};

    (void)state;
    for (scarce_left = 0; scarce_left < 3;) {
        long left = scarce_left, blocks = scarce_blocks;

        assert_int_equal(ERR_NO_MEMORY, patch_check(words, 2, &terms, &clobbers));
        assert_int_equal(blocks, scarce_blocks);
        scarce_left = left + 1;
    }
    scarce_left = SCARCE_FOREVER;
    check_let_pass(words, 2);
}

/* Instructions and branches at random, and words at random: an answer, whatever it is, always with a sentence. */
static void random_words_are_answered(void **state)
{
    static const uint32_t some[] = {CODE_NOP,   PUSH(16), POP(16), POP_BY_CHAIN, BLR,
                                    WHERE_AM_I, LI(3, 1), BEQLR,   PUSH(32)};
    uint32_t seed = 77;
    unsigned passed = 0;

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        uint32_t words[24], n = 1 + random_below(&seed, 24);
        status_t status;

        for (uint32_t k = 0; k < n; k++) {
            uint32_t way = random_below(&seed, 400), to = random_below(&seed, n + 1) - k;

            words[k] = way == 0    ? random_next(&seed)
                       : way < 200 ? some[random_below(&seed, sizeof some / sizeof some[0])]
                       : way < 300 ? (BEQ(to) | (way & 1))
                       : way < 350 ? (B(to) | (way & 1))
                                   : CODE_NOP;
        }
        status = patch_check(words, n, &terms, &clobbers);
        passed += status == OK;
        assert_true(status == OK || status == ERR_FAILED);
    }
    assert_true(passed > 200);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_plain_passes),
        cmocka_unit_test(what_leaves_passes),
        cmocka_unit_test(frames_may_be_pushed_and_popped),
        cmocka_unit_test(what_is_no_instruction_is_refused),
        cmocka_unit_test(what_is_privileged_is_refused),
        cmocka_unit_test(vectors_and_reservations_are_refused),
        cmocka_unit_test(kept_registers_are_not_written),
        cmocka_unit_test(frames_must_be_balanced_on_all_ways),
        cmocka_unit_test(control_must_go_somewhere),
        cmocka_unit_test(it_may_have_procedures_of_its_own),
        cmocka_unit_test(what_it_may_write_is_told),
        cmocka_unit_test(memory_that_is_short_is_no_harm),
        cmocka_unit_test(random_words_are_answered),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("patch_check", tests, NULL, NULL);
}
