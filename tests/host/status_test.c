/* Tests of kernel/status.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>
#include <whorl/status.h>

#define LENGTH_MAX (STATUS_SENTENCE_MAX - 1)

static void every_status_has_its_name(void **state)
{
    (void)state;
    assert_string_equal(status_name(OK), "OK");
    assert_string_equal(status_name(ERR_NO_MEMORY), "ERR_NO_MEMORY");
    assert_string_equal(status_name(ERR_UNRESOLVED), "ERR_UNRESOLVED");
    assert_string_equal(status_name(ERR_NOT_AUTHORIZED), "ERR_NOT_AUTHORIZED");
    assert_string_equal(status_name(ERR_TIMEOUT), "ERR_TIMEOUT");
    for (int status = -1; status >= ERR_TIMEOUT; status--)
        assert_int_equal(strncmp(status_name((status_t)status), "ERR_", 4), 0);
}

static void a_number_that_is_no_status_has_no_name(void **state)
{
    (void)state;
    assert_string_equal(status_name((status_t)1), "ERR_?");
    assert_string_equal(status_name((status_t)(ERR_TIMEOUT - 1)), "ERR_?");
    assert_string_equal(status_name((status_t)-1000000), "ERR_?");
}

static void a_refusal_returns_the_status_and_keeps_the_sentence(void **state)
{
    (void)state;
    assert_non_null(status_explain());
    assert_int_equal(status_refuse(ERR_RANGE, "%s at 0x%x", "symbol", 0x10), ERR_RANGE);
    assert_string_equal(status_explain(), "symbol at 0x10");
    assert_int_equal(status_refuse(ERR_BUSY, "other"), ERR_BUSY);
    assert_string_equal(status_explain(), "other");
}

static void context_goes_in_front(void **state)
{
    (void)state;
    (void)!status_refuse(ERR_RANGE, "too far");
    assert_int_equal(status_context(ERR_RANGE, "a.o"), ERR_RANGE);
    assert_string_equal(status_explain(), "a.o: too far");
}

static void long_sentences_are_cut(void **state)
{
    static char text[2 * STATUS_SENTENCE_MAX];

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    (void)!status_refuse(ERR_RANGE, "%s", text);
    assert_int_equal(strlen(status_explain()), LENGTH_MAX);
    (void)!status_context(ERR_RANGE, "a.o");
    assert_int_equal(strlen(status_explain()), LENGTH_MAX);
    assert_int_equal(strncmp(status_explain(), "a.o: xxx", 8), 0);
    (void)!status_context(ERR_RANGE, text);
    assert_int_equal(strlen(status_explain()), LENGTH_MAX);
    (void)!status_refuse(ERR_RANGE, "short");
    assert_string_equal(status_explain(), "short");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_its_name),
        cmocka_unit_test(a_number_that_is_no_status_has_no_name),
        cmocka_unit_test(a_refusal_returns_the_status_and_keeps_the_sentence),
        cmocka_unit_test(context_goes_in_front),
        cmocka_unit_test(long_sentences_are_cut),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
