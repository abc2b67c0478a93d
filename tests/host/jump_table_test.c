/* Tests of arch/ppc/code/analysis/jump_table.c: indirect jumps and calls made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/host/flow_words.h"

#define HIGH(address) ((address) >> 16)

static struct words_source program;

/* Of text that is all one procedure but for its last word, which is another one; with constants. */
static struct flow *build(const uint32_t text[], size_t n, const uint32_t constants[], size_t m)
{
    static struct procedure procedures[2];
    struct flow *flow = NULL;
    vaddr_t end = F + 4 * ((uint32_t)n - 1);

    procedures[0] = (struct procedure){.name = "f", .start = F, .end = end, .whole = F};
    procedures[1] = (struct procedure){.name = "g", .start = end, .end = end + 4, .whole = end};
    words_source_open(&program, text, n);
    program.procedures = procedures;
    program.n_procedures = 2;
    program.constant = constants;
    program.n_constant = m;
    assert_int_equal(flow_build(&program.source, F, NULL, &flow), OK);
    return flow;
}

#define assert_jumps(text, constants, drawing)                                      \
    do {                                                                            \
        struct flow *flow_ = build(text, COUNT(text), constants, COUNT(constants)); \
        assert_string_equal(flow_draw(flow_), drawing);                             \
        flow_free(flow_);                                                           \
    } while (0)

/* To entries of a table of addresses, by r3. */
#define JUMP_BY_R3 LIS(9, HIGH(WORDS_CONSTANT)), SLWI2(10, 3), LWZX(9, 9, 10), MTCTR(9), BCTR

static const uint32_t to_9_and_8[] = {F + 36, F + 32};
static const uint32_t nothing[] = {NOTHING};

static void a_table_goes_as_far_as_its_compare_lets_it(void **state)
{
    static const uint32_t text[] = {CMPLWI(3, 1), BGT(8), JUMP_BY_R3, NOTHING, BLR, BLR, BLR};
    struct flow *flow = build(text, COUNT(text), to_9_and_8, COUNT(to_9_and_8));

    (void)state;
    assert_string_equal(flow_draw(flow), "0+2 entry branches or falls: 1 3; 2+5 switches: 3 2; "
                                         "8+1 returns:; 9+1 returns:");
    assert_int_equal(flow->n_tables, 1);
    assert_int_equal(flow->tables[0].site, F + 24);
    assert_int_equal(flow->tables[0].address, WORDS_CONSTANT);
    assert_int_equal(flow->tables[0].n, 2);
    assert_false(flow->tables[0].relative);
    assert_true(flow->complete);
    flow_free(flow);
}

static void a_table_of_distances_is_followed(void **state)
{
    static const uint32_t text[] = {CMPLWI(3, 1),
                                    BGT(8),
                                    LIS(9, HIGH(WORDS_CONSTANT)),
                                    SLWI2(10, 3),
                                    LWZX(8, 9, 10),
                                    ADD(8, 8, 9),
                                    MTCTR(8),
                                    BCTR,
                                    BLR,
                                    BLR,
                                    BLR};
    static const uint32_t table[] = {F + 36 - WORDS_CONSTANT, F + 32 - WORDS_CONSTANT};
    struct flow *flow = build(text, COUNT(text), table, COUNT(table));

    (void)state;
    assert_string_equal(flow_draw(flow), "0+2 entry branches or falls: 1 3; 2+6 switches: 3 2; "
                                         "8+1 returns:; 9+1 returns:");
    assert_true(flow->tables[0].relative);
    assert_int_equal(flow->tables[0].base, WORDS_CONSTANT);
    flow_free(flow);
}

static void a_table_without_a_bound_is_unknown(void **state)
{
    static const uint32_t text[] = {NOP, NOP, JUMP_BY_R3, NOTHING, BLR, BLR, BLR};

    (void)state;
    assert_jumps(text, to_9_and_8, "0+7 entry jumps:");
}

static void a_compare_of_something_else_is_no_bound(void **state)
{
    static const uint32_t text[] = {CMPLWI(4, 1), BGT(8), JUMP_BY_R3, NOTHING, BLR, BLR, BLR};

    (void)state;
    assert_jumps(text, to_9_and_8, "0+2 entry branches or falls: 1 2; 2+5 jumps:; 9+1 returns:");
}

static void a_compare_before_the_index_changes_is_no_bound(void **state)
{
    static const uint32_t text[] = {CMPLWI(3, 1), BGT(8), ADDI(3, 3, 1), JUMP_BY_R3, BLR, BLR, BLR};

    (void)state;
    assert_jumps(text, to_9_and_8, "0+2 entry branches or falls: 1 2; 2+6 jumps:; 9+1 returns:");
}

static void a_path_around_the_compare_leaves_no_bound(void **state)
{
    static const uint32_t text[] = {BEQ(3), CMPLWI(3, 1), BGT(7), JUMP_BY_R3, BLR, BLR, BLR};

    (void)state;
    assert_jumps(text, to_9_and_8,
                 "0+1 entry branches or falls: 1 2; 1+2 branches or falls: 2 3; "
                 "3+5 jumps:; 9+1 returns:");
}

static void a_copy_of_the_index_may_be_compared(void **state)
{
    static const uint32_t text[] = {MR(5, 3), CMPLWI(5, 1), BGT(7), JUMP_BY_R3, BLR, BLR, BLR};

    (void)state;
    assert_jumps(text, to_9_and_8,
                 "0+3 entry branches or falls: 1 3; 3+5 switches: 3 2; "
                 "8+1 returns:; 9+1 returns:");
}

static void a_mask_bounds_a_table(void **state)
{
    static const uint32_t text[] = {NOP,
                                    LIS(9, HIGH(WORDS_CONSTANT)),
                                    RLWINM(10, 3, 2, 29, 29), /* one bit */
                                    LWZX(9, 9, 10),
                                    MTCTR(9),
                                    BCTR,
                                    NOTHING,
                                    NOTHING,
                                    BLR,
                                    BLR,
                                    BLR};

    (void)state;
    assert_jumps(text, to_9_and_8, "0+6 entry switches: 2 1; 8+1 returns:; 9+1 returns:");
}

static void a_loaded_byte_bounds_a_table(void **state)
{
    static const uint32_t text[] = {NOP, LBZ(3, 0, 4), JUMP_BY_R3, NOTHING, BLR, BLR, BLR};
    uint32_t table[256];
    struct flow *flow;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        table[i] = F + (i % 2 == 0 ? 32 : 36);
    flow = build(text, COUNT(text), table, COUNT(table));
    assert_string_equal(flow_draw(flow), "0+7 entry switches: 1 2; 8+1 returns:; 9+1 returns:");
    assert_int_equal(flow->tables[0].n, 256);
    flow_free(flow);
    flow = build(text, COUNT(text), table, COUNT(table) - 1);
    assert_string_equal(flow_draw(flow), "0+7 entry jumps:");
    flow_free(flow);
}

static void what_leads_elsewhere_is_no_table(void **state)
{
    static const uint32_t text[] = {CMPLWI(3, 1), BGT(8), JUMP_BY_R3, NOTHING, BLR, BLR, BLR};
    static const uint32_t outside[] = {F + 32, F + 400}, between[] = {F + 32, F + 34};
    static const uint32_t mixed[] = {F + 32, F + 40};

    (void)state;
    assert_jumps(text, outside, "0+2 entry branches or falls: 1 2; 2+5 jumps:; 9+1 returns:");
    assert_jumps(text, between, "0+2 entry branches or falls: 1 2; 2+5 jumps:; 9+1 returns:");
    assert_jumps(text, mixed, "0+2 entry branches or falls: 1 2; 2+5 jumps:; 9+1 returns:");
}

static void a_table_that_takes_too_many_entries_is_none(void **state)
{
    static const uint32_t text[] = {NOP,
                                    LIS(9, HIGH(WORDS_CONSTANT)),
                                    RLWINM(10, 3, 2, 8, 29), /* four million */
                                    LWZX(9, 9, 10),
                                    MTCTR(9),
                                    BCTR,
                                    BLR,
                                    BLR};

    (void)state;
    assert_jumps(text, to_9_and_8, "0+6 entry jumps:");
}

/* The second entry leads to where the index is something else. */
static void what_is_found_later_may_undo_a_table(void **state)
{
    static const uint32_t text[] = {CMPLWI(3, 1), BGT(8), JUMP_BY_R3, LI(3, 5), B(-6), BLR, BLR};
    static const uint32_t table[] = {F + 36, F + 28};
    struct flow *flow = build(text, COUNT(text), table, COUNT(table));

    (void)state;
    assert_false(flow->complete);
    assert_int_equal(flow->n_unknown, 1);
    assert_int_equal(flow->n_tables, 0);
    flow_free(flow);
}

/* ---- calls ---- */

static void a_call_through_a_constant_is_direct(void **state)
{
    static const uint32_t text[] = {
        LIS(9, HIGH(F)), ADDI(9, 9, 24), MTCTR(9), BCTRL, BLR, NOP, BLR};
    struct flow *flow = build(text, COUNT(text), NULL, 0);

    (void)state;
    assert_string_equal(flow_draw(flow), "0+5 entry returns:");
    assert_int_equal(flow->n_calls, 1);
    assert_true(flow->calls[0].direct);
    assert_int_equal(flow->calls[0].target, F + 24);
    flow_free(flow);
}

static void a_call_through_an_argument_is_not_direct(void **state)
{
    static const uint32_t text[] = {MTCTR(3), BCTRL, BLR, BLR};
    struct flow *flow = build(text, COUNT(text), NULL, 0);

    (void)state;
    assert_string_equal(flow_draw(flow), "0+3 entry returns:");
    assert_false(flow->calls[0].direct);
    assert_true(flow->calls[0].returns);
    flow_free(flow);
}

static bool never(void *context, vaddr_t start)
{
    (void)context;
    return start != F + 20;
}

static void a_call_through_a_constant_may_not_come_back(void **state)
{
    static const uint32_t text[] = {LIS(9, HIGH(F)), ADDI(9, 9, 20), MTCTR(9), BCTRL, NOTHING, BLR};
    static const struct flow_terms terms = {.returns = never};
    struct flow *flow = build(text, COUNT(text), NULL, 0);

    (void)state;
    flow_free(flow);
    assert_int_equal(flow_build(&program.source, F, &terms, &flow), OK);
    assert_string_equal(flow_draw(flow), "0+4 entry stops:");
    flow_free(flow);
}

static void two_constants_make_no_direct_call(void **state)
{
    static const uint32_t text[] = {
        LIS(9, HIGH(F)), BEQ(2), LIS(9, HIGH(F) + 1), MTCTR(9), BCTRL, BLR, BLR};
    struct flow *flow = build(text, COUNT(text), NULL, 0);

    (void)state;
    assert_false(flow->calls[0].direct);
    flow_free(flow);
}

static void a_number_counted_in_a_loop_is_no_constant(void **state)
{
    static const uint32_t text[] = {LIS(9, HIGH(F)), ADDI(9, 9, 4), MTCTR(9), BCTRL,
                                    BEQ(-3),         BLR,           BLR};
    struct flow *flow = build(text, COUNT(text), NULL, 0);

    (void)state;
    assert_int_equal(flow->n_calls, 1);
    assert_false(flow->calls[0].direct);
    assert_true(flow->complete);
    flow_free(flow);
}

static void a_jump_to_a_constant_is_a_branch(void **state)
{
    static const uint32_t inside[] = {
        LIS(9, HIGH(F)), ADDI(9, 9, 20), MTCTR(9), BCTR, NOTHING, BLR, BLR};
    static const uint32_t outside[] = {LIS(9, HIGH(F)), ADDI(9, 9, 16), MTCTR(9), BCTR, BLR};
    struct flow *flow = build(inside, COUNT(inside), NULL, 0);

    (void)state;
    assert_string_equal(flow_draw(flow), "0+4 entry branches: 1; 5+1 returns:");
    flow_free(flow);
    flow = build(outside, COUNT(outside), NULL, 0);
    assert_string_equal(flow_draw(flow), "0+4 entry leaves:");
    assert_int_equal(flow->blocks[0].target, F + 16);
    assert_true(flow->calls[0].tail && flow->calls[0].direct);
    flow_free(flow);
}

/* ---- tail calls ---- */

static void a_jump_without_a_frame_is_a_tail_call(void **state)
{
    static const uint32_t text[] = {LWZ(9, 4, 3), MTCTR(9), BCTR, BLR};
    struct flow *flow = build(text, COUNT(text), NULL, 0);

    (void)state;
    assert_string_equal(flow_draw(flow), "0+3 entry tail:");
    assert_true(flow->complete);
    assert_int_equal(flow->n_calls, 1);
    assert_true(flow->calls[0].tail && !flow->calls[0].direct);
    flow_free(flow);
}

#define PROLOGUE STWU(1, -16, 1), MFLR(0), STW(0, 20, 1)

static void a_jump_behind_the_epilogue_is_a_tail_call(void **state)
{
    static const uint32_t text[] = {
        PROLOGUE, NOP, LWZ(0, 20, 1), LWZ(9, 4, 3), MTCTR(9), MTLR(0), ADDI(1, 1, 16), BCTR, BLR};

    (void)state;
    assert_jumps(text, nothing, "0+10 entry tail:");
}

static void a_jump_within_a_frame_is_unknown(void **state)
{
    static const uint32_t text[] = {PROLOGUE, LWZ(9, 4, 3), MTCTR(9), BCTR, BLR};

    (void)state;
    assert_jumps(text, nothing, "0+6 entry jumps:");
}

/* There the stack pointer is not what it was at the start, though nothing has changed it since. */
static void a_jump_behind_an_entry_in_the_middle_is_unknown(void **state)
{
    static const uint32_t text[] = {LWZ(9, 4, 3), MTCTR(9), BCTR, BLR};
    static const vaddr_t entries[] = {F + 4};
    static const struct flow_terms terms = {.entries = entries, .n_entries = COUNT(entries)};
    struct flow *flow = build(text, COUNT(text), NULL, 0);

    (void)state;
    flow_free(flow);
    assert_int_equal(flow_build(&program.source, F, &terms, &flow), OK);
    assert_string_equal(flow_draw(flow), "0+1 entry falls: 1; 1+2 entry jumps:");
    flow_free(flow);
}

static void a_jump_with_another_return_address_is_unknown(void **state)
{
    static const uint32_t text[] = {MTLR(4), MTCTR(3), BCTR, BLR};

    (void)state;
    assert_jumps(text, nothing, "0+3 entry jumps:");
}

static void a_jump_in_a_procedure_with_labels_in_data_is_unknown(void **state)
{
    static const uint32_t text[] = {LWZ(9, 4, 3), MTCTR(9), BCTR, BLR};
    static const uint32_t label[] = {F + 8}, others[] = {F, F + 12};

    (void)state;
    assert_jumps(text, label, "0+3 entry jumps:");
    assert_jumps(text, others, "0+3 entry tail:");
}

static void a_jump_in_a_procedure_that_makes_labels_is_unknown(void **state)
{
    static const uint32_t text[] = {LIS(8, HIGH(F)), ADDI(8, 8, 16), STW(8, 4, 3), LWZ(9, 4, 3),
                                    MTCTR(9),        BCTR,           BLR};

    (void)state;
    assert_jumps(text, nothing, "0+6 entry jumps:");
}

static void a_label_may_be_made_from_its_lower_half(void **state)
{
    static const uint32_t text[] = {
        LI(8, F + 16), ADDIS(8, 8, HIGH(F)), STW(8, 4, 3), LWZ(9, 4, 3), MTCTR(9), BCTR, BLR};

    (void)state;
    assert_jumps(text, nothing, "0+6 entry jumps:");
}

static void a_jump_by_a_table_of_procedures_is_a_tail_call(void **state)
{
    static const uint32_t text[] = {NOP, JUMP_BY_R3, BLR};
    static const uint32_t procedures[] = {F + 24}, labels[] = {F + 4};

    (void)state;
    assert_jumps(text, procedures, "0+6 entry tail:");
    assert_jumps(text, labels, "0+6 entry jumps:");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_goes_as_far_as_its_compare_lets_it),
        cmocka_unit_test(a_table_of_distances_is_followed),
        cmocka_unit_test(a_table_without_a_bound_is_unknown),
        cmocka_unit_test(a_compare_of_something_else_is_no_bound),
        cmocka_unit_test(a_compare_before_the_index_changes_is_no_bound),
        cmocka_unit_test(a_path_around_the_compare_leaves_no_bound),
        cmocka_unit_test(a_copy_of_the_index_may_be_compared),
        cmocka_unit_test(a_mask_bounds_a_table),
        cmocka_unit_test(a_loaded_byte_bounds_a_table),
        cmocka_unit_test(what_leads_elsewhere_is_no_table),
        cmocka_unit_test(a_table_that_takes_too_many_entries_is_none),
        cmocka_unit_test(what_is_found_later_may_undo_a_table),
        cmocka_unit_test(a_call_through_a_constant_is_direct),
        cmocka_unit_test(a_call_through_an_argument_is_not_direct),
        cmocka_unit_test(a_call_through_a_constant_may_not_come_back),
        cmocka_unit_test(two_constants_make_no_direct_call),
        cmocka_unit_test(a_number_counted_in_a_loop_is_no_constant),
        cmocka_unit_test(a_jump_to_a_constant_is_a_branch),
        cmocka_unit_test(a_jump_without_a_frame_is_a_tail_call),
        cmocka_unit_test(a_jump_behind_the_epilogue_is_a_tail_call),
        cmocka_unit_test(a_jump_within_a_frame_is_unknown),
        cmocka_unit_test(a_jump_behind_an_entry_in_the_middle_is_unknown),
        cmocka_unit_test(a_jump_with_another_return_address_is_unknown),
        cmocka_unit_test(a_jump_in_a_procedure_with_labels_in_data_is_unknown),
        cmocka_unit_test(a_jump_in_a_procedure_that_makes_labels_is_unknown),
        cmocka_unit_test(a_label_may_be_made_from_its_lower_half),
        cmocka_unit_test(a_jump_by_a_table_of_procedures_is_a_tail_call),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("jump_table", tests, NULL, NULL);
}
