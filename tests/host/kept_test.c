/* Tests of program_keep, and of reservation.c, by the program of objects/kept.S. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arch/ppc/code/analysis/program.h"
#include "arch/ppc/code/analysis/reservation.h"
#include "tests/host/program_source.h"
#include "tests/host/registers.h"
#include "tests/host/scarce.h"

static struct program_source image;
static struct program *program;

static vaddr_t find(const char *name)
{
    vaddr_t start = program_source_find(&image, name);

    assert_int_not_equal(start, 0);
    return start;
}

static int open_only(void **state)
{
    (void)state;
    program_source_read(&image, "kept.elf");
    return program_open(&image.source, &program) == OK ? 0 : -1;
}

static int open_kept(void **state)
{
    return open_only(state) == 0 && program_keep(program) == OK ? 0 : -1;
}

static int close_program(void **state)
{
    (void)state;
    program_close(program);
    program_source_close(&image);
    return 0;
}

/* ---- what is live, in words of a procedure ---- */

static struct register_set live_at(const char *name, unsigned word)
{
    const struct live *live = NULL;
    struct register_set set;

    assert_int_equal(program_live(program, find(name) + 4 * word, &live), OK);
    live_before(live, find(name) + 4 * word, &set);
    return set;
}

static bool holds(const struct register_set *set, const char *names)
{
    struct register_set wanted = registers_named(names);

    registers_remove(&wanted, set);
    return registers_equal(&wanted, &REGISTERS_NONE);
}

/* Those of `names` that are live are `live`. */
static void check_live(const char *name, unsigned word, const char *names, const char *live)
{
    struct register_set found = live_at(name, word), among = registers_named(names);
    struct register_set expected = registers_named(live);
    char text[REGISTERS_TEXT_MAX], wanted[REGISTERS_TEXT_MAX];

    registers_keep(&found, &among);
    registers_text(&found, text);
    registers_text(&expected, wanted);
    assert_string_equal(text, wanted);
}

#define VOLATILE "r0 r5 r7 r8 r9 r10 r11 r12 cr0 cr1 cr5 cr6 cr7 ctr ca"

/* ---- what callers keep ---- */

static void what_is_live_behind_a_call_is_live_in_the_callee(void **state)
{
    (void)state;
    for (unsigned word = 0; word < 2; word++)
        check_live("leaf", word, VOLATILE, "r5 r9 bit6 ctr ca");
}

static void without_callers_only_the_abi_counts(void **state)
{
    (void)state;
    check_live("leaf", 0, VOLATILE, "r5");
    assert_int_equal(program_calls(program), OK);
    check_live("leaf", 0, VOLATILE, "r5");
    assert_int_equal(program_keep(program), OK);
    check_live("leaf", 0, VOLATILE, "r5 r9 bit6 ctr ca");
}

static void by_the_abi_nothing_is_kept(void **state)
{
    (void)state;
    check_live("quiet_leaf", 0, VOLATILE, "r5");
    check_live("quiet_leaf", 1, VOLATILE, "r5");
}

static void what_a_callee_jumps_to_keeps_it_too(void **state)
{
    (void)state;
    check_live("jumps_on", 0, "r11", "r11");
    check_live("reached_by_jump", 1, "r9 r11 r12", "r11");
    check_live("enters", 2, "r9 r11 r12", "r11");
}

static void what_is_kept_on_the_way_to_another_call_is_kept(void **state)
{
    (void)state;
    check_live("deep_middle", 4, "r7 r8", "r7");
    check_live("deep_leaf", 0, "r7 r8", "r7");
    check_live("deep_leaf", 1, "r7 r8", "r7");
}

static void what_a_call_has_left_is_not_kept(void **state)
{
    (void)state;
    check_live("after_touching", 0, "r7 r8", "");
}

static void results_may_be_anywhere(void **state)
{
    (void)state;
    check_live("returns_in_r12", 1, "r11 r12", "r12");
}

static void for_a_trap_and_the_unknown_arguments_are_kept_at_most(void **state)
{
    (void)state;
    check_live("traps", 4, VOLATILE, "r0 r5 r7 r8 r9 r10 r11 r12 cr1 cr5 cr6 cr7 ctr ca");
    check_live("before_a_trap", 0, VOLATILE, "r5 r7 r8 r10 bit6");
    check_live("before_a_trap", 1, VOLATILE, "r5 r7 r8 r10 bit6");
}

static void what_may_be_a_call_keeps_everything(void **state)
{
    (void)state;
    check_live("suspected", 1, VOLATILE, VOLATILE);
    check_live("suspects", 0, "r9 r11", "");
    check_live("called_by_nameless", 1, VOLATILE, VOLATILE);
}

static void code_without_a_name_may_keep_anything(void **state)
{
    struct register_set set = live_at("calls_nameless", 4);

    (void)state;
    assert_true(holds(&set, "r9"));
}

/* ---- flow and liveness that were given back ---- */

static void what_was_given_back_is_found_again(void **state)
{
    struct register_set before = live_at("leaf", 0), middle = live_at("deep_middle", 3), set;

    (void)state;
    program_rest(program);
    set = live_at("leaf", 0);
    assert_true(registers_equal(&set, &before));
    program_rest_at(program, find("leaf") + 4);
    program_rest_at(program, 0x03000000);
    set = live_at("leaf", 0);
    assert_true(registers_equal(&set, &before));
    set = live_at("deep_middle", 3);
    assert_true(registers_equal(&set, &middle));
}

static bool count_edge(void *context, const struct call_edge *edge)
{
    (void)edge;
    ++*(unsigned *)context;
    return true;
}

static void the_call_graph_is_made_again_too(void **state)
{
    unsigned n = 0;

    (void)state;
    program_rest(program);
    program_callers(program, find("leaf"), count_edge, &n);
    assert_int_equal(n, 0);
    assert_int_equal(program_calls(program), OK);
    program_callers(program, find("leaf"), count_edge, &n);
    assert_int_equal(n, 1);
    assert_int_equal(program_keep(program), OK);
    check_live("leaf", 0, VOLATILE, "r5 r9 bit6 ctr ca");
}

/* ---- types ---- */

static bool type_of(void *context, vaddr_t start, uint32_t *arguments)
{
    (void)context;
    *arguments = start == find("empty") ? 1u << 3 | 1u << 7 : 0;
    return start == find("empty") || start == find("calls_empty") ||
           start == find("returns_in_r12") || start == find("traps");
}

static void a_call_reads_what_the_type_passes(void **state)
{
    (void)state;
    program_set_types(program, type_of, NULL);
    assert_int_equal(program_keep(program), OK);
    check_live("calls_empty", 6, "r3 r7 r8", "r3 r7");
    assert_int_equal(program_arguments(program, find("empty")), 1u << 3 | 1u << 7);
    assert_int_equal(program_arguments(program, find("leaf")), 0);
}

static void without_types_a_call_reads_what_the_code_does(void **state)
{
    (void)state;
    check_live("calls_empty", 6, "r3 r7 r8", "r3");
}

static void what_has_a_type_gives_back_what_the_abi_says(void **state)
{
    (void)state;
    program_set_types(program, type_of, NULL);
    assert_int_equal(program_keep(program), OK);
    check_live("returns_in_r12", 1, "r11 r12", "");
    check_live("before_a_trap", 1, VOLATILE, "r5");
}

/* ---- memory ---- */

static void without_memory_it_fails_cleanly_and_can_be_tried_again(void **state)
{
    long n_blocks;

    (void)state;
    n_blocks = scarce_blocks;
    for (long n = 0;; n++) {
        status_t status;

        scarce_left = n;
        status = program_keep(program);
        scarce_left = SCARCE_FOREVER;
        if (status == OK)
            break;
        assert_int_equal(status, ERR_NO_MEMORY);
        assert_non_null(strstr(status_explain(), "memory"));
        if (n % 3 == 0)
            program_rest(program);
    }
    check_live("leaf", 0, VOLATILE, "r5 r9 bit6 ctr ca");
    check_live("deep_leaf", 1, "r7 r8", "r7");
    program_close(program);
    program = NULL;
    assert_true(scarce_blocks < n_blocks);
}

/* ---- reservations ---- */

static void check_held(const char *name, const char *expected)
{
    const struct flow *flow = NULL;
    bool held[16] = {false};
    char text[17] = "";

    assert_int_equal(program_flow(program, find(name), &flow), OK);
    reservation_find(flow, held);
    for (uint32_t i = 0; i < flow->n_words; i++)
        text[i] = held[i] ? '1' : '0';
    assert_string_equal(text, expected);
}

static void reservations_are_held_from_lwarx_to_stwcx(void **state)
{
    (void)state;
    check_held("swaps", "011110000");
    check_held("leaf", "00");
}

static void they_are_held_on_all_ways(void **state)
{
    (void)state;
    check_held("swaps_elsewhere", "0101011");
}

static void of_words_alone_the_way_straight_on_is_looked_at(void **state)
{
    static const uint32_t words[] = {0x60000000, 0x7c80292d, 0x4e800020, 0x7c602828};

    (void)state;
    assert_true(reservation_is_held(words, 4));
    assert_true(reservation_is_held(words + 1, 3));
    assert_false(reservation_is_held(words, 1));
    assert_false(reservation_is_held(words + 2, 2));
    assert_false(reservation_is_held(words + 3, 1));
}

#define KEPT(name) cmocka_unit_test_setup_teardown(name, open_kept, close_program)
#define FRESH(name) cmocka_unit_test_setup_teardown(name, open_only, close_program)

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEPT(what_is_live_behind_a_call_is_live_in_the_callee),
        FRESH(without_callers_only_the_abi_counts),
        KEPT(by_the_abi_nothing_is_kept),
        KEPT(what_a_callee_jumps_to_keeps_it_too),
        KEPT(what_is_kept_on_the_way_to_another_call_is_kept),
        KEPT(what_a_call_has_left_is_not_kept),
        KEPT(results_may_be_anywhere),
        KEPT(for_a_trap_and_the_unknown_arguments_are_kept_at_most),
        KEPT(what_may_be_a_call_keeps_everything),
        KEPT(code_without_a_name_may_keep_anything),
        KEPT(what_was_given_back_is_found_again),
        KEPT(the_call_graph_is_made_again_too),
        FRESH(a_call_reads_what_the_type_passes),
        KEPT(without_types_a_call_reads_what_the_code_does),
        FRESH(what_has_a_type_gives_back_what_the_abi_says),
        FRESH(without_memory_it_fails_cleanly_and_can_be_tried_again),
        KEPT(reservations_are_held_from_lwarx_to_stwcx),
        KEPT(they_are_held_on_all_ways),
        KEPT(of_words_alone_the_way_straight_on_is_looked_at),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("kept", tests, NULL, NULL);
}
