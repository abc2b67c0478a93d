/* Tests of arch/ppc/code/dispatch/facts.c: what is known of procedures of hand-made words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "arch/ppc/code/dispatch/facts.h"
#include "tests/host/flow_words.h"
#include "tests/host/scarce.h"

#define CMPWI(r, n) (0x2c000000u | (r) << 16 | ((uint32_t)(n)&0xffff))
#define CR(n) ((uint32_t)(n) << 23)
#define BNE(n) (0x40820000u | ((uint32_t)((n)*4) & 0xfffcu))
#define BDNZ(n) (0x42000000u | ((uint32_t)((n)*4) & 0xfffcu))
#define BEQLR 0x4d820020u
#define BEQLR_CR2 (BEQLR | 8u << 16)
#define BLA(n) (0x48000003u | ((n)&0x03fffffcu))
#define BEQA(n) (0x41820002u | ((n)&0xfffcu))
#define WORDS(...) {__VA_ARGS__}, sizeof((uint32_t[]){__VA_ARGS__}) / 4
#define ABI_CLOBBERS 0x1ff9u
#define ABI_READS 0x07f8u

struct trial {
    const char *what;
    uint32_t words[26];
    size_t n;
    uint32_t reads, reads_itself, clobbers; /* of leaves */
    const char *traits;                     /* l: leaf, s: stores, o: loops, b: can be copied */
};

static struct facts facts_of(const uint32_t words[], size_t n)
{
    struct words_source program;
    struct facts facts;

    words_source_open(&program, words, n);
    facts_find(&program.source, F, &facts);
    return facts;
}

static void check(const struct trial *trial)
{
    struct facts facts = facts_of(trial->words, trial->n);
    char traits[8];
    bool leaf = strchr(trial->traits, 'l') != NULL;

    snprintf(traits, sizeof traits, "%s%s%s%s", facts.leaf ? "l" : "", facts.stores ? "s" : "",
             facts.loops ? "o" : "", facts.body.n != 0 ? "b" : "");
    if (strcmp(traits, trial->traits) != 0 || facts.procedure != F ||
        facts.reads != (leaf ? trial->reads : ABI_READS) ||
        facts.reads_itself != (leaf ? trial->reads_itself : ABI_READS) ||
        facts.clobbers != (leaf ? trial->clobbers : ABI_CLOBBERS))
        fail_msg("%s: %s, reads %x, itself %x, clobbers %x", trial->what, traits,
                 (unsigned)facts.reads, (unsigned)facts.reads_itself, (unsigned)facts.clobbers);
    if (facts.body.n != 0)
        assert_memory_equal(facts.body.words, trial->words, 4 * facts.body.n);
}

#define R(n) (1u << (n))

static void facts_are_those_of_the_words(void **state)
{
    static const struct trial trials[] = {
        {"nothing", WORDS(BLR), R(3) | R(4), 0, 0, "lb"},
        {"a number", WORDS(LI(3, 1), BLR), R(4), 0, R(3), "lb"},
        {"an argument of a long result", WORDS(LI(4, 0), BLR), R(3), 0, R(4), "lb"},
        {"a field", WORDS(LWZ(3, 8, 3), BLR), R(3) | R(4), R(3), R(3), "lb"},
        {"a field of the second", WORDS(LWZ(3, 8, 4), BLR), R(4), R(4), R(3), "lb"},
        {"a result on one way", WORDS(CMPWI(5, 0), BEQLR, LI(3, 0), BLR), R(3) | R(4) | R(5), R(5),
         R(3), "lb"},
        {"a store", WORDS(STW(4, 0, 3), BLR), R(3) | R(4), R(3) | R(4), 0, "lsb"},
        {"a scratch register", WORDS(LI(12, 5), STW(12, 0, 3), BLR), R(3) | R(4), R(3), R(12),
         "lsb"},
        {"a loop", WORDS(MTCTR(3), LI(3, 0), ADDI(3, 3, 2), BDNZ(-1), BLR), R(3) | R(4), R(3), R(3),
         "lob"},
        {"two returns", WORDS(CMPWI(3, 5), BNE(3), LI(3, 1), BLR, LI(3, 0), BLR), R(3) | R(4), R(3),
         R(3), "lb"},
        {"a trap", WORDS(CMPWI(3, 5), TWEQ, BLR), R(3) | R(4), R(3) | R(4), 0, "l"},
        {"words that are not reached", WORDS(CMPWI(3, 5), B(2), NOP, BLR), R(3) | R(4), R(3), 0,
         "l"},
        {"a frame", WORDS(STWU(1, -16, 1), STW(3, 8, 1), LWZ(3, 8, 1), ADDI(1, 1, 16), BLR),
         R(3) | R(4), R(3), R(3), "l"},
        {"a frame, and a store elsewhere",
         WORDS(STWU(1, -16, 1), STW(3, 8, 1), STW(3, 8, 4), ADDI(1, 1, 16), BLR), R(3) | R(4),
         R(3) | R(4), 0, "ls"},
        {"a store below the stack", WORDS(STW(3, -8, 1), BLR), R(3) | R(4), R(3), 0, "ls"},
        {"a nonvolatile register", WORDS(MR(3, 31), BLR), R(4), 0, R(3), "l"},
        {"small data", WORDS(LWZ(3, 8, 13), BLR), R(4), 0, R(3), "l"},
        {"a nonvolatile field of CR", WORDS(CMPWI(3, 0) | CR(2), BLR), R(3) | R(4), R(3), 0, "l"},
        {"a test of a nonvolatile field", WORDS(BEQLR_CR2, LI(3, 0), BLR), R(3) | R(4), 0, R(3),
         "l"},
        {"a volatile field of CR", WORDS(CMPWI(3, 0) | CR(7), BLR), R(3) | R(4), R(3), 0, "lb"},
        {"LR", WORDS(MFLR(3), BLR), R(4), 0, R(3), "l"},
        {"where it is", WORDS(MFLR(0), HERE, MFLR(3), MTLR(0), BLR), R(4), 0, R(0) | R(3), "l"},
        {"several registers", WORDS(0xbbc30000u, BLR), R(3) | R(4), R(3), 0, "l"},  /* lmw r30 */
        {"a string", WORDS(0x7ca344aau, BLR), R(3) | R(4), R(3), R(5) | R(6), "l"}, /* lswi 8 */
        {"a reservation", WORDS(0x7c601828u, BLR), R(3) | R(4), R(3), R(3), "l"},
        {"the time", WORDS(0x7c6c42e6u, BLR), R(4), 0, R(3), "lb"},
        {"the machine state", WORDS(0x7c6000a6u, BLR), R(4), 0, R(3), "l"},
        {"sc", WORDS(SC, BLR), 0, 0, 0, "so"},
        {"a call", WORDS(BLA(F), BLR), 0, 0, 0, "so"},
        {"a jump elsewhere", WORDS(MTCTR(3), BCTR), 0, 0, 0, "so"},
        {"an absolute branch", WORDS(CMPWI(3, 0), BEQA(0), BLR), 0, 0, 0, "so"},
        {"no end", WORDS(NOP, NOP), 0, 0, 0, "so"},
        {"no instruction", WORDS(NOP, NOTHING), 0, 0, 0, "so"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(trials); i++)
        check(&trials[i]);
}

static void a_body_is_no_longer_than_fits(void **state)
{
    uint32_t words[BODY_WORDS_MAX + 1];

    (void)state;
    for (size_t i = 0; i < COUNT(words); i++)
        words[i] = NOP;
    words[BODY_WORDS_MAX - 1] = BLR;
    assert_int_equal(facts_of(words, BODY_WORDS_MAX).body.n, BODY_WORDS_MAX);
    assert_int_equal(facts_of(words, BODY_WORDS_MAX + 1).body.n, BODY_WORDS_MAX); /* padding */
    words[BODY_WORDS_MAX - 1] = NOP;
    words[BODY_WORDS_MAX] = BLR;
    assert_int_equal(facts_of(words, BODY_WORDS_MAX + 1).body.n, 0);
    assert_true(facts_of(words, BODY_WORDS_MAX + 1).leaf);
}

static void the_middle_of_a_procedure_is_none(void **state)
{
    static const uint32_t words[] = {NOP, LI(3, 1), BLR};
    struct words_source program;
    struct facts facts;

    (void)state;
    words_source_open(&program, words, COUNT(words));
    facts_find(&program.source, F + 4, &facts);
    assert_false(facts.leaf);
    assert_int_equal(facts.clobbers, ABI_CLOBBERS);
}

/* The branch to the part that the compiler put elsewhere is in the body, the part is not. */
static void what_has_parts_is_not_copied(void **state)
{
    static const uint32_t words[] = {CMPWI(3, 0), BEQ(3), LI(3, 1), BLR, LI(3, 0), BLR};
    static const struct procedure procedures[] = {{"f", F, F + 16, F, false, false},
                                                  {"f.cold", F + 16, F + 24, F, false, false}};
    struct words_source program;
    struct facts facts;

    (void)state;
    words_source_open(&program, words, COUNT(words));
    program.procedures = procedures;
    program.n_procedures = 2;
    facts_find(&program.source, F, &facts);
    assert_true(facts.leaf);
    assert_int_equal(facts.clobbers, R(3));
    assert_int_equal(facts.body.n, 0);
}

static void without_memory_the_abi_is_what_is_known(void **state)
{
    static const uint32_t words[] = {LI(3, 1), BLR};
    long before = scarce_blocks, n = 0;
    bool leaf = false;

    (void)state;
    for (; !leaf && n < 20; n++) {
        struct facts facts;

        scarce_left = n;
        facts = facts_of(words, COUNT(words));
        scarce_left = SCARCE_FOREVER;
        leaf = facts.leaf;
        assert_int_equal(scarce_blocks, before);
        assert_int_equal(facts.clobbers, leaf ? R(3) : ABI_CLOBBERS);
        assert_int_equal(facts.stores, !leaf);
    }
    assert_true(leaf && n > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_are_those_of_the_words),
        cmocka_unit_test(a_body_is_no_longer_than_fits),
        cmocka_unit_test(the_middle_of_a_procedure_is_none),
        cmocka_unit_test(what_has_parts_is_not_copied),
        cmocka_unit_test(without_memory_the_abi_is_what_is_known),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
