/*
 * Tests of arch/ppc/code/dispatch/predicate/predicate.c: guards as compilers make them at every level, and what they
 * are to be understood as; code that is no guard.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/ppc/code/dispatch/predicate/predicate.h"
#include "tests/host/flow_words.h"
#include "tests/host/program_source.h"
#include "tests/host/random.h"
#include "tests/host/words.h"

#define BNE(n) (BEQ(n) ^ 0x01000000u)

static char text[PREDICATE_TEXT_MAX];
static struct program_source guards;
static struct words_source program;

/* ---- guards of compilers ---- */

/* "NAME", tab, what is right, and further forms that are as good, each behind a tab. */
static const char expected[] =
#include "tests/host/objects/guards.expected"
    ;

/* Whether a text is one of the forms in a line. */
static bool is_expected(const char *name, const char *found)
{
    char wanted[PREDICATE_TEXT_MAX + 2];
    const char *line, *end, *form;

    snprintf(wanted, sizeof wanted, "\n%s\t", name);
    line = strstr(expected, wanted);
    assert_non_null(line);
    end = strchr(line + 1, '\n');
    snprintf(wanted, sizeof wanted, "\t%s", found);
    for (form = line; (form = strstr(form, wanted)) != NULL && form < end; form++) {
        if (form[strlen(wanted)] == '\t' || form[strlen(wanted)] == '\n')
            return true;
    }
    return false;
}

static void print_guard(const struct procedure *procedure)
{
    struct predicate predicate;

    predicate_find(&guards.source, procedure->start, &predicate);
    assert_true(predicate_print(&predicate, text, sizeof text) < sizeof text);
}

#define N_NOT_GUARDS 5 /* in guards.inc: what has no predicate */

static unsigned judge_image(const char *name)
{
    struct procedure procedure;
    unsigned n_wrong = 0, n_unknown = 0;
    vaddr_t at = 0;

    program_source_read(&guards, name);
    for (; guards.source.next(guards.source.context, at, &procedure); at = procedure.start + 4) {
        print_guard(&procedure);
        n_unknown += strcmp(text, "unknown") == 0;
        if (is_expected(procedure.name, text))
            continue;
        print_error("%s: %s: %s\n", name, procedure.name, text);
        n_wrong++;
    }
    program_source_close(&guards);
    if (strstr(name, "gcc") != NULL)
        assert_int_equal(n_unknown, N_NOT_GUARDS);
    return n_wrong;
}

static void guards_are_understood_at_every_level(void **state)
{
    static const char *const images[] = {
        "guards+gcc+O0.elf",   "guards+gcc+O1.elf",   "guards+gcc+O2.elf",   "guards+gcc+O3.elf",
        "guards+gcc+Os.elf",   "guards+clang+O0.elf", "guards+clang+O1.elf", "guards+clang+O2.elf",
        "guards+clang+O3.elf", "guards+clang+Os.elf"};
    unsigned n_wrong = 0;

    (void)state;
    for (unsigned i = 0; i < COUNT(images); i++)
        n_wrong += judge_image(images[i]);
    assert_int_equal(n_wrong, 0);
}

/* ---- single shapes, and what is no guard ---- */

static const char *find(const uint32_t words[], size_t n)
{
    struct predicate predicate;

    words_source_open(&program, words, n);
    predicate_find(&program.source, WORDS_TEXT, &predicate);
    predicate_print(&predicate, text, sizeof text);
    return text;
}

#define assert_found(text, words) assert_string_equal(find(words, COUNT(words)), text)

static void who_stores_elsewhere_has_none(void **state)
{
    static const uint32_t through_argument[] = {STW(4, 0, 3), LI(3, 1), BLR};
    static const uint32_t into_callers_frame[] = {STW(4, 8, 1), LI(3, 1), BLR};
    static const uint32_t into_its_own[] = {STWU(1, -16, 1), STW(3, 8, 1), LWZ(3, 8, 1),
                                            ADDI(1, 1, 16), BLR};

    (void)state;
    assert_found("unknown", through_argument);
    assert_found("unknown", into_callers_frame);
    assert_found("r3 != 0", into_its_own);
}

static void who_comes_back_with_another_stack_has_none(void **state)
{
    static const uint32_t words[] = {STWU(1, -16, 1), LI(3, 1), BLR};

    (void)state;
    assert_found("unknown", words);
}

static void what_stands_behind_the_end_is_not_followed(void **state)
{
    static const uint32_t falls[] = {LI(3, 1)};
    static const uint32_t branches[] = {B(2), BLR};
    static const uint32_t before[] = {B(-1), BLR};

    (void)state;
    assert_found("unknown", falls);
    assert_found("unknown", branches);
    assert_found("unknown", before);
}

static void calls_traps_and_wrong_words_have_none(void **state)
{
    static const uint32_t call[] = {BL(1), LI(3, 1), BLR};
    static const uint32_t trap[] = {TRAP, LI(3, 1), BLR};
    static const uint32_t nothing[] = {NOTHING, LI(3, 1), BLR};
    static const uint32_t system[] = {SC, LI(3, 1), BLR};
    static const uint32_t elsewhere[] = {MTLR(3), LI(3, 1), BLR};
    static const uint32_t jump[] = {MTCTR(3), BCTR};

    (void)state;
    assert_found("unknown", call);
    assert_found("unknown", trap);
    assert_found("unknown", nothing);
    assert_found("unknown", system);
    assert_found("unknown", elsewhere);
    assert_found("unknown", jump);
}

static void an_answer_of_unknown_registers_is_none(void **state)
{
    static const uint32_t scratch[] = {MR(3, 12), BLR};
    static const uint32_t unused[] = {MR(4, 12), LI(3, 1), BLR};

    (void)state;
    assert_found("unknown", scratch);
    assert_found("always", unused);
}

static void endless_code_ends(void **state)
{
    static const uint32_t loop[] = {B(0)};
    static const uint32_t counting[] = {ADDI(3, 3, 1), CMPLWI(3, 9), BEQ(-2), B(-3)};
    static uint32_t chain[4000];

    (void)state;
    for (size_t i = 0; i < COUNT(chain); i++)
        chain[i] = i % 2 == 0 ? CMPLWI(3, (uint32_t)i) : BEQ(1);
    assert_found("unknown", loop);
    assert_found("unknown", counting);
    assert_found("unknown", chain);
}

static void too_many_tests_are_none(void **state)
{
    const uint32_t last = 3 * (PREDICATE_TESTS + 1);
    uint32_t words[64], n = 0;

    (void)state;
    while (n < last) {
        words[n] = LWZ(9, 4 * n, 3);
        words[n + 1] = CMPLWI(9, 7);
        words[n + 2] = BNE(last - n);
        n += 3;
    }
    words[n++] = LI(3, 1);
    words[n++] = BLR;
    words[n++] = LI(3, 0);
    words[n++] = BLR;
    assert_string_equal(find(words, n), "unknown");
}

/* ---- anything ---- */

static void check_form(const struct predicate *predicate)
{
    assert_true(predicate->n_nodes <= PREDICATE_NODES && predicate->n_tests <= PREDICATE_TESTS);
    for (unsigned i = 0; i < predicate->n_nodes; i++) {
        const struct node *node = &predicate->nodes[i];

        assert_true(node->kind <= NODE_SHIFT_RIGHT_SIGNED);
        if (node->kind == NODE_REGISTER)
            assert_in_range(node->a, 3, 10);
        else if (node->kind != NODE_STACK && node->kind != NODE_CONSTANT)
            assert_true(node->a < i && (node->b < i || node->b == 0));
    }
    for (unsigned i = 0; i < predicate->n_tests; i++) {
        const struct predicate_test *test = &predicate->tests[i];

        assert_true(test->a < predicate->n_nodes && test->b < predicate->n_nodes);
        assert_true(test->first + test->n_among <= PREDICATE_AMONG);
        assert_true(predicate->nodes[test->a].kind != NODE_CONSTANT);
    }
}

static void find_any(const uint32_t words[], size_t n)
{
    struct predicate predicate;

    words_source_open(&program, words, n);
    predicate_find(&program.source, WORDS_TEXT, &predicate);
    if (predicate.known)
        check_form(&predicate);
    assert_true(predicate_print(&predicate, text, sizeof text) < sizeof text);
}

static void words_of_all_opcodes_do_no_harm(void **state)
{
    uint32_t seed = 5, words[40];
    size_t n;
    uint32_t *all = words_make(&n);

    (void)state;
    for (unsigned i = 0; i < 200000; i++) {
        unsigned length = 1 + random_below(&seed, COUNT(words));

        for (unsigned k = 0; k < length; k++)
            words[k] = random_below(&seed, 8) == 0 ? BLR : all[random_below(&seed, (uint32_t)n)];
        find_any(words, length);
    }
    free(all);
}

static void random_words_do_no_harm(void **state)
{
    uint32_t seed = 6, words[24];

    (void)state;
    for (unsigned i = 0; i < 200000; i++) {
        for (unsigned k = 0; k < COUNT(words); k++)
            words[k] = random_next(&seed);
        find_any(words, COUNT(words));
    }
}

/* Guards with some bits changed. */
static void damaged_guards_do_no_harm(void **state)
{
    uint32_t seed = 7, words[64];
    struct procedure procedure;

    (void)state;
    program_source_read(&guards, "guards+gcc+O2.elf");
    for (unsigned turn = 0; turn < 200; turn++) {
        for (vaddr_t at = 0; guards.source.next(guards.source.context, at, &procedure);
             at = procedure.start + 4) {
            size_t n = (procedure.end - procedure.start) / 4;

            if (n > COUNT(words))
                continue;
            assert_true(guards.source.words(guards.source.context, procedure.start, words, n));
            for (unsigned i = random_below(&seed, 4); i-- > 0;)
                words[random_below(&seed, (uint32_t)n)] ^= 1u << random_below(&seed, 32);
            find_any(words, n);
        }
    }
    program_source_close(&guards);
}

static void text_that_does_not_fit_is_cut(void **state)
{
    static const uint32_t words[] = {BLR};
    struct predicate predicate;

    (void)state;
    words_source_open(&program, words, 1);
    predicate_find(&program.source, WORDS_TEXT, &predicate);
    memset(text, 'x', 8);
    assert_int_equal(predicate_print(&predicate, text, 4), 7);
    assert_memory_equal(text, "r3 \0xxxx", 8);
    assert_int_equal(predicate_print(&predicate, NULL, 0), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guards_are_understood_at_every_level),
        cmocka_unit_test(who_stores_elsewhere_has_none),
        cmocka_unit_test(who_comes_back_with_another_stack_has_none),
        cmocka_unit_test(what_stands_behind_the_end_is_not_followed),
        cmocka_unit_test(calls_traps_and_wrong_words_have_none),
        cmocka_unit_test(an_answer_of_unknown_registers_is_none),
        cmocka_unit_test(endless_code_ends),
        cmocka_unit_test(too_many_tests_are_none),
        cmocka_unit_test(words_of_all_opcodes_do_no_harm),
        cmocka_unit_test(random_words_do_no_harm),
        cmocka_unit_test(damaged_guards_do_no_harm),
        cmocka_unit_test(text_that_does_not_fit_is_cut),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("predicate", tests, NULL, NULL);
}
