/* Tests of kernel/probe/timing.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>

#include "kernel/probe/timing.h"

static struct timing timing;
static struct timing_line line;

static int forget(void **state)
{
    (void)state;
    memset(&timing, 0, sizeof timing);
    memset(&line, 0, sizeof line);
    return 0;
}

static void enter(uint32_t stack, uint64_t now)
{
    const struct timing_activation activation = {stack, 0, 0x1000, now};

    timing_enter(&timing, &line, &activation, false);
}

/* On another stack. */
static void enter_elsewhere(uint32_t stack, uint64_t now)
{
    const struct timing_activation activation = {stack, 1, 0x1000, now};

    timing_enter(&timing, &line, &activation, false);
}

static void leave(uint32_t stack, uint64_t now)
{
    timing_leave(&timing, &line, stack, now);
}

static void expect(uint64_t n_calls, uint64_t total, uint64_t n_unfinished)
{
    assert_int_equal(timing.n_calls, n_calls);
    assert_int_equal(timing.total, total);
    assert_int_equal(timing.n_unfinished, n_unfinished);
}

static void calls_are_counted_and_measured(void **state)
{
    (void)state;
    enter(1000, 10);
    leave(1000, 17);
    enter(1000, 20);
    leave(1000, 120);
    enter(900, 200);
    leave(900, 201);
    expect(3, 108, 0);
    assert_int_equal(timing.least, 1);
    assert_int_equal(timing.most, 100);
    assert_int_equal(line.n, 0);
}

static void times_go_into_powers_of_two(void **state)
{
    (void)state;
    assert_int_equal(timing_bucket(0), 0);
    assert_int_equal(timing_bucket(1), 0);
    for (unsigned i = 1; i < 64; i++) {
        assert_int_equal(timing_bucket((uint64_t)1 << i), i);
        assert_int_equal(timing_bucket(((uint64_t)1 << i) - 1), i - 1);
    }
    enter(1000, 0);
    leave(1000, 100);
    assert_int_equal(timing.histogram[6], 1);
}

static void recursion_is_measured_at_each_depth(void **state)
{
    (void)state;
    enter(1000, 0);
    enter(900, 10);
    enter(800, 20);
    leave(800, 21);
    leave(900, 25);
    leave(1000, 100);
    expect(3, 1 + 15 + 100, 0);
}

static void an_exit_without_an_entry_ends_nothing(void **state)
{
    (void)state;
    leave(1000, 5);
    enter(900, 10);
    leave(1000, 11);
    leave(800, 12);
    expect(0, 0, 0);
    leave(900, 20);
    expect(1, 10, 0);
}

static void what_was_left_by_a_jump_is_dropped(void **state)
{
    (void)state;
    enter(1000, 0);
    enter(900, 10);
    enter(800, 20);
    leave(1000, 100); /* the inner two never returned */
    expect(1, 100, 2);
    assert_int_equal(line.n, 0);
}

static void an_entry_further_out_drops_what_lies_deeper(void **state)
{
    (void)state;
    enter(800, 0); /* left by a jump */
    enter(900, 10);
    expect(0, 0, 1);
    leave(900, 15);
    enter(800, 20);
    enter(800, 30); /* the same frame again: the first one was left */
    expect(1, 5, 2);
    leave(800, 31);
    expect(2, 6, 2);
}

static void another_stack_is_neither_deeper_nor_further_out(void **state)
{
    (void)state;
    enter(800, 0);
    enter_elsewhere(5000, 10); /* an interrupt */
    leave(5000, 12);
    enter_elsewhere(100, 20);
    leave(100, 22);
    leave(800, 50);
    expect(3, 54, 0);
}

static void calls_on_several_stacks_may_end_in_any_order(void **state)
{
    (void)state;
    enter(800, 0);
    enter_elsewhere(5000, 10);
    enter(700, 20);
    leave(700, 21);
    leave(800, 30);
    leave(5000, 40);
    expect(3, 1 + 30 + 30, 0);
    enter(800, 100);
    enter_elsewhere(5000, 110);
    enter(700, 120); /* does not return */
    leave(800, 130);
    leave(5000, 140);
    expect(5, 61 + 30 + 30, 1);
}

static bool is_elsewhere(const struct timing_activation *activation)
{
    return activation->stack_id == 1;
}

static void those_of_a_stack_that_is_gone_are_forgotten(void **state)
{
    (void)state;
    enter_elsewhere(5000, 0);
    enter(800, 10);
    enter_elsewhere(4900, 20);
    timing_forget(&timing, &line, is_elsewhere);
    assert_int_equal(line.n, 1);
    leave(5000, 30);
    leave(800, 40);
    expect(1, 30, 2);
}

static void a_loop_through_the_first_instruction_is_one_call(void **state)
{
    struct timing_activation activation = {1000, 0, 0x1000, 5};

    (void)state;
    for (unsigned i = 0; i < 10; i++, activation.begun += 10)
        timing_enter(&timing, &line, &activation, true);
    leave(1000, 205);
    expect(1, 200, 0);
    activation.begun = 300;
    timing_enter(&timing, &line, &activation, true);
    activation.link += 4; /* called from elsewhere */
    activation.begun = 310;
    timing_enter(&timing, &line, &activation, true);
    leave(1000, 311);
    expect(2, 201, 1);
}

static void what_is_too_deep_is_counted_and_ends_nothing(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < TIMING_DEPTH + 10; i++)
        enter(100000 - 16 * i, i);
    assert_int_equal(timing.n_too_deep, 10);
    for (uint32_t i = TIMING_DEPTH + 10; i-- > 0;)
        leave(100000 - 16 * i, 1000);
    assert_int_equal(timing.n_calls, TIMING_DEPTH);
    assert_int_equal(timing.n_unfinished, 0);
    assert_int_equal(line.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(calls_are_counted_and_measured, forget),
        cmocka_unit_test_setup(times_go_into_powers_of_two, forget),
        cmocka_unit_test_setup(recursion_is_measured_at_each_depth, forget),
        cmocka_unit_test_setup(an_exit_without_an_entry_ends_nothing, forget),
        cmocka_unit_test_setup(what_was_left_by_a_jump_is_dropped, forget),
        cmocka_unit_test_setup(an_entry_further_out_drops_what_lies_deeper, forget),
        cmocka_unit_test_setup(another_stack_is_neither_deeper_nor_further_out, forget),
        cmocka_unit_test_setup(calls_on_several_stacks_may_end_in_any_order, forget),
        cmocka_unit_test_setup(those_of_a_stack_that_is_gone_are_forgotten, forget),
        cmocka_unit_test_setup(a_loop_through_the_first_instruction_is_one_call, forget),
        cmocka_unit_test_setup(what_is_too_deep_is_counted_and_ends_nothing, forget),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("timing", tests, NULL, NULL);
}
