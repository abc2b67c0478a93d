/* Tests of arch/ppc/code/analysis/flow.c: the graphs of procedures made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/host/flow_words.h"
#include "tests/host/random.h"
#include "tests/host/scarce.h"

static struct words_source program;

static struct flow *build_with(const struct flow_terms *terms)
{
    struct flow *flow = NULL;

    assert_int_equal(flow_build(&program.source, F, terms, &flow), OK);
    return flow;
}

/* Of words that are one procedure. */
static struct flow *build(const uint32_t text[], size_t n)
{
    words_source_open(&program, text, n);
    return build_with(NULL);
}

/* Of words of several. */
static struct flow *build_parts(const uint32_t text[], size_t n,
                                const struct procedure procedures[], size_t n_procedures)
{
    words_source_open(&program, text, n);
    program.procedures = procedures;
    program.n_procedures = n_procedures;
    return build_with(NULL);
}

#define assert_flow(text, drawing)                      \
    do {                                                \
        struct flow *flow_ = build(text, COUNT(text));  \
        assert_string_equal(flow_draw(flow_), drawing); \
        flow_free(flow_);                               \
    } while (0)

static void straight_code_is_one_block(void **state)
{
    static const uint32_t text[] = {NOP, NOP, BLR};

    (void)state;
    assert_flow(text, "0+3 entry returns:");
}

static void a_conditional_branch_falls_and_branches(void **state)
{
    static const uint32_t text[] = {NOP, BEQ(2), NOP, BLR};

    (void)state;
    assert_flow(text, "0+2 entry branches or falls: 1 2; 2+1 falls: 2; 3+1 returns:");
}

static void a_conditional_return_falls(void **state)
{
    static const uint32_t text[] = {BNELR, NOP, BLR};

    (void)state;
    assert_flow(text, "0+1 entry returns or falls: 1; 1+2 returns:");
}

/* Where blr goes is known if LR may be what it was at entry: never touched, kept, or loaded from the frame. */
static void a_return_needs_lr_as_it_was(void **state)
{
    static const uint32_t kept[] = {MFLR(12), HERE, MFLR(9), MTLR(12), BLR};
    static const uint32_t framed[] = {STWU(1, -16, 1), MFLR(0), STW(0, 20, 1), NOP, LWZ(0, 20, 1),
                                      MTLR(0),         BLR};
    static const uint32_t pointed[] = {STWU(1, -16, 1), MR(31, 1), BEQ(1), ADDI(11, 31, 16),
                                       LWZ(0, 4, 11),   MTLR(0),   BLR};
    static const uint32_t helped[] = {LWZ(0, 4, 11), MTLR(0), MR(1, 11), BLR};

    (void)state;
    assert_flow(kept, "0+5 entry returns:");
    assert_flow(framed, "0+7 entry returns:");
    assert_flow(pointed, "0+3 entry branches or falls: 1; 3+4 returns:");
    assert_flow(helped, "0+4 entry returns:");
}

static void a_branch_to_what_was_put_into_lr_is_no_return(void **state)
{
    static const uint32_t argument[] = {MTLR(3), MR(3, 4), BLR};
    static const uint32_t loaded[] = {LWZ(0, 0, 3), MTLR(0), BLR};
    static const uint32_t looked_up[] = {LIS(9, 16), SLWI2(3, 3), LWZX(9, 9, 3), MTLR(9), NOP, BLR};
    static const uint32_t on_one_way[] = {BEQ(2), MTLR(3), BLR};

    (void)state;
    assert_flow(argument, "0+3 entry jumps:");
    assert_flow(loaded, "0+3 entry jumps:");
    assert_flow(looked_up, "0+6 entry jumps:");
    assert_flow(on_one_way, "0+1 entry branches or falls: 1 2; 1+1 falls: 2; 2+1 jumps:");
}

static void a_branch_to_the_next_word_is_one_edge(void **state)
{
    static const uint32_t text[] = {BEQ(1), BLR};

    (void)state;
    assert_flow(text, "0+1 entry branches or falls: 1; 1+1 returns:");
}

static void a_loop_to_itself_has_itself_as_successor(void **state)
{
    static const uint32_t text[] = {NOP, B(0)};

    (void)state;
    assert_flow(text, "0+1 entry falls: 1; 1+1 branches: 1");
}

static void what_control_never_reaches_is_in_no_block(void **state)
{
    static const uint32_t text[] = {B(3), NOTHING, NOTHING, BLR};
    struct flow *flow = build(text, COUNT(text));

    (void)state;
    assert_string_equal(flow_draw(flow), "0+1 entry branches: 1; 3+1 returns:");
    assert_null(flow_block_at(flow, F + 4));
    assert_ptr_equal(flow_block_at(flow, F + 12), &flow->blocks[1]);
    assert_true(flow->complete);
    flow_free(flow);
}

static void a_call_does_not_end_a_block(void **state)
{
    static const uint32_t text[] = {NOP, BL(3), NOP, BLR, BLR};
    static const struct procedure procedures[] = {{"f", F, F + 16, F, false, false},
                                                  {"g", F + 16, F + 20, F + 16, false, false}};
    struct flow *flow = build_parts(text, COUNT(text), procedures, COUNT(procedures));

    (void)state;
    assert_string_equal(flow_draw(flow), "0+4 entry returns:");
    assert_int_equal(flow->n_calls, 1);
    assert_int_equal(flow->calls[0].site, F + 4);
    assert_int_equal(flow->calls[0].target, F + 16);
    assert_true(flow->calls[0].direct && flow->calls[0].returns && !flow->calls[0].tail);
    assert_ptr_equal(flow_call_at(flow, F + 4), &flow->calls[0]);
    assert_null(flow_call_at(flow, F));
    flow_free(flow);
}

static void behind_a_call_that_does_not_come_back_is_nothing(void **state)
{
    static const uint32_t text[] = {NOP, BL(2), NOTHING, BLR};
    static const struct procedure procedures[] = {{"f", F, F + 12, F, false, false},
                                                  {"g", F + 12, F + 16, F + 12, false, true}};
    struct flow *flow = build_parts(text, COUNT(text), procedures, COUNT(procedures));

    (void)state;
    assert_string_equal(flow_draw(flow), "0+2 entry stops:");
    assert_false(flow->calls[0].returns);
    flow_free(flow);
}

static bool never(void *context, vaddr_t start)
{
    (void)context;
    (void)start;
    return false;
}

static void who_asks_may_know_that_a_call_does_not_come_back(void **state)
{
    static const uint32_t text[] = {NOP, BL(2), NOTHING, BLR};
    static const struct procedure procedures[] = {{"f", F, F + 12, F, false, false},
                                                  {"g", F + 12, F + 16, F + 12, false, false}};
    static const struct flow_terms terms = {.returns = never};
    struct flow *flow;

    (void)state;
    words_source_open(&program, text, COUNT(text));
    program.procedures = procedures;
    program.n_procedures = COUNT(procedures);
    flow = build_with(&terms);
    assert_string_equal(flow_draw(flow), "0+2 entry stops:");
    flow_free(flow);
}

static void a_branch_to_another_procedure_is_a_tail_call(void **state)
{
    static const uint32_t text[] = {BEQ(2), B(2), NOP, BLR};
    static const struct procedure procedures[] = {{"f", F, F + 8, F, false, false},
                                                  {"g", F + 8, F + 16, F + 8, false, false}};
    struct flow *flow = build_parts(text, COUNT(text), procedures, COUNT(procedures));

    (void)state;
    assert_string_equal(flow_draw(flow), "0+1 entry leaves or falls: 1; 1+1 escapes:");
    assert_int_equal(flow->blocks[0].target, F + 8);
    assert_int_equal(flow->blocks[1].target, F + 12);
    assert_int_equal(flow->n_calls, 1);
    assert_true(flow->calls[0].tail && flow->calls[0].direct);
    flow_free(flow);
}

static void the_address_of_code_is_no_call(void **state)
{
    static const uint32_t text[] = {HERE, BL(1), BLR};
    struct flow *flow = build(text, COUNT(text));

    (void)state;
    assert_string_equal(flow_draw(flow), "0+3 entry returns:");
    assert_int_equal(flow->n_calls, 0);
    flow_free(flow);
}

static void a_call_into_the_middle_makes_an_entry(void **state)
{
    static const uint32_t text[] = {NOP, BL(2), BLR, BLR};
    struct flow *flow = build(text, COUNT(text));

    (void)state;
    assert_string_equal(flow_draw(flow), "0+3 entry returns:; 3+1 entry returns:");
    flow_free(flow);
}

static void further_entries_are_followed(void **state)
{
    static const uint32_t text[] = {BLR, NOP, NOP, BLR};
    static const vaddr_t entries[] = {F + 12, F + 4, F + 400};
    static const struct flow_terms terms = {.entries = entries, .n_entries = COUNT(entries)};
    struct flow *flow;

    (void)state;
    words_source_open(&program, text, COUNT(text));
    flow = build_with(&terms);
    assert_string_equal(flow_draw(flow),
                        "0+1 entry returns:; 1+2 entry falls: 2; 3+1 entry returns:");
    flow_free(flow);
}

static void a_helper_of_epilogues_returns_from_wherever_it_is_entered(void **state)
{
    static const uint32_t text[] = {LWZ(30, -8, 11), LWZ(31, -4, 11), LWZ(0, 4, 11),
                                    MTLR(0),         MR(1, 11),       BLR};
    static const vaddr_t entries[] = {F + 4};
    static const struct flow_terms terms = {.entries = entries, .n_entries = COUNT(entries)};
    struct flow *flow;

    (void)state;
    words_source_open(&program, text, COUNT(text));
    flow = build_with(&terms);
    assert_string_equal(flow_draw(flow), "0+1 entry falls: 1; 1+5 entry returns:");
    flow_free(flow);
}

static void traps_and_rfi_stop_and_sc_goes_on(void **state)
{
    static const uint32_t text[] = {SC, TWEQ, BEQ(2), RFI, TRAP};

    (void)state;
    assert_flow(text, "0+3 entry branches or falls: 1 2; 3+1 stops:; 4+1 stops:");
}

static void a_word_that_is_no_instruction_breaks(void **state)
{
    static const uint32_t text[] = {NOP, NOTHING, BLR};
    struct flow *flow = build(text, COUNT(text));
    char sentence[200];

    (void)state;
    assert_string_equal(flow_draw(flow), "0+1 entry falls: 1; 1+0 breaks:");
    assert_false(flow->complete);
    assert_int_equal(flow->n_breaks, 1);
    flow_explain(flow, NULL, NULL, sentence, sizeof sentence);
    assert_string_equal(sentence,
                        "control gets to 0x01000004, and 0x00000000 there is no instruction");
    flow_free(flow);
}

static void a_branch_to_nowhere_breaks(void **state)
{
    static const uint32_t text[] = {NOP, BEQ(100), BLR};
    struct flow *flow = build(text, COUNT(text));
    char sentence[200];

    (void)state;
    assert_string_equal(flow_draw(flow), "0+2 entry breaks or falls: 1; 2+1 returns:");
    flow_explain(flow, NULL, NULL, sentence, sizeof sentence);
    assert_string_equal(sentence, "control goes from 0x01000004 to 0x01000194, where no code is");
    flow_free(flow);
}

static void control_that_runs_over_the_end_breaks_or_escapes(void **state)
{
    static const uint32_t text[] = {NOP, BEQ(-1), BLR};
    static const struct procedure procedures[] = {{"f", F, F + 8, F, false, false},
                                                  {"g", F + 8, F + 12, F + 8, false, false}};
    struct flow *flow = build(text, 2);

    (void)state;
    assert_string_equal(flow_draw(flow), "0+2 entry breaks: 0");
    assert_int_equal(flow->blocks[0].target, F + 8);
    flow_free(flow);
    flow = build_parts(text, COUNT(text), procedures, COUNT(procedures));
    assert_string_equal(flow_draw(flow), "0+2 entry escapes: 0");
    assert_int_equal(flow->blocks[0].target, F + 8);
    flow_free(flow);
}

static void a_part_elsewhere_belongs_to_the_whole(void **state)
{
    static const struct procedure procedures[] = {{"f.cold", F, F + 8, F + 8, false, false},
                                                  {"f", F + 8, F + 20, F + 8, false, false}};
    static const uint32_t far[] = {NOP, B(3), NOP, BEQ(-3), BLR};
    struct flow *flow = build_parts(far, COUNT(far), procedures, COUNT(procedures));

    (void)state;
    assert_string_equal(flow_draw(flow),
                        "0+2 branches: 2; 2+2 entry branches or falls: 2 0; 4+1 returns:");
    assert_int_equal(flow->procedure.start, F + 8);
    assert_int_equal(flow->n_parts, 2);
    assert_int_equal(flow_word(flow, F + 4), B(3));
    flow_free(flow);
}

static void an_indirect_jump_is_marked(void **state)
{
    static const uint32_t text[] = {STWU(1, -16, 1), BCTR};
    struct flow *flow = build(text, COUNT(text));
    char sentence[200];

    (void)state;
    assert_string_equal(flow_draw(flow), "0+2 entry jumps:");
    assert_false(flow->complete);
    assert_int_equal(flow->n_unknown, 1);
    flow_explain(flow, NULL, NULL, sentence, sizeof sentence);
    assert_string_equal(sentence, "where the jump at 0x01000004 goes is unknown");
    flow_free(flow);
}

static void what_is_no_procedure_is_refused(void **state)
{
    static const uint32_t text[] = {BLR};
    static const struct procedure import = {"g", F, F + 4, F, true, false};
    struct flow *flow = NULL;

    (void)state;
    words_source_open(&program, text, COUNT(text));
    assert_int_equal(flow_build(&program.source, F + 4, NULL, &flow), ERR_NOT_FOUND);
    assert_string_equal(status_explain(), "0x01000004 lies in no procedure");
    program.only.end += 4;
    assert_int_equal(flow_build(&program.source, F, NULL, &flow), ERR_NOT_FOUND);
    assert_string_equal(status_explain(), "0x01000000 to 0x01000008 is not all code");
    program.only.end = F + 4 * (FLOW_WORDS_MAX + 1);
    assert_int_equal(flow_build(&program.source, F, NULL, &flow), ERR_RANGE);
    program.procedures = &import;
    assert_int_equal(flow_build(&program.source, F, NULL, &flow), ERR_NOT_FOUND);
    assert_string_equal(status_explain(), "the code of g is elsewhere");
    assert_null(flow);
}

/* ---- hostile input ---- */

/* What must hold for any graph. */
static void check_flow(const struct flow *flow)
{
    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        const struct block *block = &flow->blocks[i];

        assert_true(block->n_words != 0 || block->end == BLOCK_BREAKS);
        assert_true(i == 0 || block->start >= block[-1].start + 4 * block[-1].n_words);
        if (block->falls)
            assert_int_equal(block[1].start, block->start + 4 * block->n_words);
        for (uint32_t k = 0; k < block->n_successors; k++)
            assert_true(flow->successors[block->first_successor + k] < flow->n_blocks);
        for (uint32_t k = 0; k < block->n_predecessors; k++)
            assert_true(flow->predecessors[block->first_predecessor + k] < flow->n_blocks);
    }
    for (uint32_t i = 0; i < flow->n_calls; i++) {
        assert_true(i == 0 || flow->calls[i].site > flow->calls[i - 1].site);
        assert_non_null(flow_block_at(flow, flow->calls[i].site));
    }
    assert_int_equal(flow->complete, flow->n_unknown == 0 && flow->n_breaks == 0);
}

/* Mostly instructions that matter, with any operands. */
static uint32_t random_instruction(uint32_t *seed)
{
    static const uint32_t likely[] = {
        NOP,          BLR,       BCTR,           BCTRL,         B(0),         BL(0),
        BEQ(0),       BGT(0),    MTCTR(9),       LWZX(9, 9, 9), ADD(9, 9, 9), SLWI2(9, 9),
        CMPLWI(9, 0), LIS(9, 0), MR(9, 9),       LBZ(9, 0, 9),  LWZ(9, 0, 1), STW(9, 0, 1),
        HERE,         MFLR(9),   STWU(1, -16, 1)};
    uint32_t word = random_next(seed);

    switch (random_below(seed, 8)) {
    case 0:
        return word;
    case 1:
        return LIS(9, random_below(seed, 2) == 0 ? F >> 16 : WORDS_CONSTANT >> 16);
    case 2:
        return B((int)random_below(seed, 64) - 32);
    case 3:
        return BGT((int)random_below(seed, 64) - 32);
    default:
        word = likely[random_below(seed, COUNT(likely))];
        return random_below(seed, 4) == 0 ? word | (random_next(seed) & 0x03ff00fcu) : word;
    }
}

static void random_words_give_graphs(void **state)
{
    uint32_t text[400], constants[64], seed = 2463534242u;
    struct procedure procedures[4];

    (void)state;
    for (uint32_t i = 0; i < 4; i++)
        procedures[i] = (struct procedure){.name = "f",
                                           .start = F + 400 * i,
                                           .end = F + 400 * (i + 1),
                                           .whole = i == 2 ? F : F + 400 * i};
    for (unsigned round = 0; round < 4000; round++) {
        struct flow *flow;

        for (size_t i = 0; i < COUNT(text); i++)
            text[i] = random_instruction(&seed);
        for (size_t i = 0; i < COUNT(constants); i++)
            constants[i] = F + 4 * random_below(&seed, 400);
        words_source_open(&program, text, COUNT(text));
        program.procedures = procedures;
        program.n_procedures = 4;
        program.constant = constants;
        program.n_constant = COUNT(constants);
        flow = build_with(NULL);
        check_flow(flow);
        flow_free(flow);
    }
}

#define N_LARGE 100000u

/* Built of the same few words again and again. */
static struct flow *build_large(const uint32_t pattern[], size_t n)
{
    uint32_t *text = malloc(N_LARGE * sizeof *text);
    struct flow *flow;

    for (size_t i = 0; i < N_LARGE; i++)
        text[i] = pattern[i % n];
    text[N_LARGE - 1] = BLR;
    flow = build(text, N_LARGE);
    free(text);
    check_flow(flow);
    return flow;
}

static void a_large_procedure_takes_no_longer_than_many_small_ones(void **state)
{
    static const uint32_t straight[] = {NOP}, branches[] = {BEQ(1)}, back[] = {BEQ(-1), NOP};
    static const uint32_t far[] = {BEQ(8000)}, calls[] = {LIS(9, F >> 16), MTCTR(9), BCTRL};
    struct flow *flow = build_large(straight, 1);

    (void)state;
    assert_int_equal(flow->n_blocks, 1);
    flow_free(flow);
    flow = build_large(branches, 1);
    assert_int_equal(flow->n_blocks, N_LARGE);
    flow_free(flow);
    flow_free(build_large(back, 2));
    flow_free(build_large(far, 1));
    flow = build_large(calls, 3);
    assert_int_equal(flow->n_calls, N_LARGE / 3);
    assert_true(flow->calls[0].direct);
    flow_free(flow);
}

static void a_hundred_thousand_indirect_jumps_take_bounded_time(void **state)
{
    static const uint32_t jumps[] = {BEQ(2), BCTR}, calls[] = {BCTRL};
    static const uint32_t tables[] = {BEQ(6),        SLWI2(9, 9), LWZX(9, 30, 9),
                                      ADD(9, 9, 30), MTCTR(9),    BCTR};

    (void)state;
    flow_free(build_large(jumps, 2));
    flow_free(build_large(calls, 1));
    flow_free(build_large(tables, 6));
}

static void without_memory_nothing_is_kept(void **state)
{
    static const uint32_t text[] = {CMPLWI(3, 1), BGT(10),        LIS(9, WORDS_CONSTANT >> 16),
                                    SLWI2(10, 3), LWZX(9, 9, 10), MTCTR(9),
                                    BCTR,         BL(-7),         MTCTR(4),
                                    BCTRL,        B(3),           BLR,
                                    BEQ(-1),      B(1),           BLR};
    static const uint32_t constants[] = {F + 28, F + 32};
    static const struct procedure procedures[] = {{"f", F, F + 52, F, false, false},
                                                  {"f.cold", F + 52, F + 60, F, false, false}};
    struct flow *flow = NULL;
    long n_blocks = scarce_blocks, n = 0;

    (void)state;
    words_source_open(&program, text, COUNT(text));
    program.procedures = procedures;
    program.n_procedures = COUNT(procedures);
    program.constant = constants;
    program.n_constant = COUNT(constants);
    for (scarce_left = 0; flow_build(&program.source, F, NULL, &flow) != OK; scarce_left = ++n) {
        scarce_left = SCARCE_FOREVER;
        assert_non_null(strstr(status_explain(), "no memory"));
        assert_null(flow);
        assert_int_equal(scarce_blocks, n_blocks);
    }
    scarce_left = SCARCE_FOREVER;
    assert_true(n > 4);
    assert_int_equal(flow->n_tables, 1);
    assert_int_equal(flow->n_parts, 2);
    assert_true(flow->complete);
    flow_free(flow);
    assert_int_equal(scarce_blocks, n_blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(straight_code_is_one_block),
        cmocka_unit_test(a_conditional_branch_falls_and_branches),
        cmocka_unit_test(a_conditional_return_falls),
        cmocka_unit_test(a_return_needs_lr_as_it_was),
        cmocka_unit_test(a_branch_to_what_was_put_into_lr_is_no_return),
        cmocka_unit_test(a_branch_to_the_next_word_is_one_edge),
        cmocka_unit_test(a_loop_to_itself_has_itself_as_successor),
        cmocka_unit_test(what_control_never_reaches_is_in_no_block),
        cmocka_unit_test(a_call_does_not_end_a_block),
        cmocka_unit_test(behind_a_call_that_does_not_come_back_is_nothing),
        cmocka_unit_test(who_asks_may_know_that_a_call_does_not_come_back),
        cmocka_unit_test(a_branch_to_another_procedure_is_a_tail_call),
        cmocka_unit_test(the_address_of_code_is_no_call),
        cmocka_unit_test(a_call_into_the_middle_makes_an_entry),
        cmocka_unit_test(further_entries_are_followed),
        cmocka_unit_test(a_helper_of_epilogues_returns_from_wherever_it_is_entered),
        cmocka_unit_test(traps_and_rfi_stop_and_sc_goes_on),
        cmocka_unit_test(a_word_that_is_no_instruction_breaks),
        cmocka_unit_test(a_branch_to_nowhere_breaks),
        cmocka_unit_test(control_that_runs_over_the_end_breaks_or_escapes),
        cmocka_unit_test(a_part_elsewhere_belongs_to_the_whole),
        cmocka_unit_test(an_indirect_jump_is_marked),
        cmocka_unit_test(what_is_no_procedure_is_refused),
        cmocka_unit_test(random_words_give_graphs),
        cmocka_unit_test(a_large_procedure_takes_no_longer_than_many_small_ones),
        cmocka_unit_test(a_hundred_thousand_indirect_jumps_take_bounded_time),
        cmocka_unit_test(without_memory_nothing_is_kept),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
