/*
 * Tests of arch/ppc/code/analysis/live.c: of what is live in the procedures of objects/live.S, and of
 * thousands of compiled ones by comparison with live_slow.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "arch/ppc/code/analysis/program.h"
#include "tests/host/program_source.h"
#include "tests/host/registers.h"
#include "tests/host/scarce.h"

#define NEVER_FREE_GENERAL (1u << 1 | 1u << 2 | 1u << 13)
#define FREE_SPECIAL (SPECIAL_LR | SPECIAL_CTR | SPECIAL_XER)

static const struct register_set everything = REGISTERS_ALL, nothing = REGISTERS_NONE;

static struct program_source source;
static struct program *program;

static int open_program(void **state)
{
    (void)state;
    program_source_read(&source, "live.elf");
    return program_open(&source.source, &program) == OK ? 0 : -1;
}

static int close_program(void **state)
{
    (void)state;
    program_close(program);
    program_source_close(&source);
    return 0;
}

/* ---- what tests say ---- */

static vaddr_t find(const char *name)
{
    vaddr_t start = program_source_find(&source, name);

    assert_int_not_equal(start, 0);
    return start;
}

static const struct live *live_of(const char *name)
{
    const struct live *live = NULL;

    assert_int_equal(program_live(program, find(name), &live), OK);
    return live;
}

static struct summary summary_of(const char *name)
{
    struct summary summary;

    program_summary(program, find(name), &summary);
    return summary;
}

/* That every register named is in a set; the rest says of what. */
static void check_has(const struct register_set *set, const char *names, const char *what,
                      const char *name, unsigned n)
{
    struct register_set missing = registers_named(names);
    char text[REGISTERS_TEXT_MAX];

    registers_remove(&missing, set);
    registers_text(&missing, text);
    if (text[0] != 0)
        fail_msg("not %s, %s + %u:%s", what, name, n, text);
}

static void check_has_not(const struct register_set *set, const char *names, const char *what,
                          const char *name, unsigned n)
{
    struct register_set others = REGISTERS_ALL;

    registers_remove(&others, set);
    check_has(&others, names, what, name, n);
}

static void check_in(const struct live *live, const char *name, unsigned n, const char *is_live,
                     const char *is_free)
{
    struct register_set before, free_there;

    live_before(live, find(name) + 4 * n, &before);
    check_has(&before, is_live, "live", name, n);
    live_free_before(live, find(name) + 4 * n, &free_there);
    check_has(&free_there, is_free, "free", name, n);
}

/* What is live, and what is free, before the nth instruction of a procedure. */
static void check(const char *name, unsigned n, const char *is_live, const char *is_free)
{
    check_in(live_of(name), name, n, is_live, is_free);
}

/* The same where nothing is known of procedures that are called. */
static void check_by_abi(const char *name, unsigned n, const char *is_live, const char *is_free)
{
    struct live *by_abi = NULL;

    assert_int_equal(live_build(live_of(name)->flow, NULL, &by_abi), OK);
    check_in(by_abi, name, n, is_live, is_free);
    live_free(by_abi);
}

static void check_everything(const char *name, unsigned n)
{
    struct register_set before;

    live_before(live_of(name), find(name) + 4 * n, &before);
    assert_true(registers_equal(&before, &everything));
}

/* ---- within a procedure ---- */

static void what_a_loop_needs_again_is_live_at_its_end(void **state)
{
    (void)state;
    check("loop", 0, "r3 r4 r9 lr r14 r31 f14 v20 cr2 cr4",
          "r0 r5 r7 r12 ctr cr0 cr1 cr5 ca f0 v0");
    check("loop", 2, "r0 r9 ctr", "r3 r5 r7");
    check("loop", 4, "r0 r9 r5 ctr", "r3 r7");
    check("loop", 5, "r0 r4 r5", "r3 r9 ctr");
}

static void results_and_what_is_nonvolatile_are_live_at_a_return(void **state)
{
    (void)state;
    check("loop", 6, "r3 r4 r5 r6 r14 r31 f1 f2 f14 f31 v2 v20 v31 cr2 cr3 cr4 lr",
          "r0 r7 r8 r9 r10 r11 r12 f0 f9 f13 v0 v1 v3 v19 cr0 cr1 cr5 cr6 cr7 ctr ca ov so count");
}

static void stack_and_small_data_are_never_free(void **state)
{
    struct register_set free_there;

    (void)state;
    live_free_before(live_of("endless"), find("endless"), &free_there);
    assert_int_equal(free_there.general, ~(NEVER_FREE_GENERAL | 1u << 3));
    assert_int_equal(free_there.special, FREE_SPECIAL);
}

static void condition_bits_are_told_apart(void **state)
{
    (void)state;
    check("single_bits", 1, "bit2 r4", "bit0 bit1 bit3 cr1");
    check("single_bits", 2, "bit2 bit6", "bit0 bit1 bit3 bit4 bit5 bit7 cr5 cr6 cr7");
    check("single_bits", 3, "bit2", "bit0 bit6 cr1");
    check("single_bits", 4, "r4", "cr0 r3");
}

static void a_bit_with_itself_is_a_constant(void **state)
{
    (void)state;
    check("same_bit", 0, "bit4 bit5 bit8 bit31", "bit6 bit7");
}

static void carry_is_live_along_its_chain(void **state)
{
    (void)state;
    check("carries", 0, "r3 r4 r5 r6", "ca r0 r7");
    check("carries", 1, "ca r3 r5", "ov count");
    check("carries", 2, "r3 r4", "ca r5");
    check("carries", 3, "r3 r4", "ca r5");
    check("carries", 4, "ca r3", "r0");
    check("carries", 5, "r3", "ca");
}

static void overflow_is_live_where_it_sticks(void **state)
{
    (void)state;
    check("overflow", 0, "so ca r3 r4", "ov count cr0 cr5");
    check("overflow", 1, "so", "ov");
    check("overflow", 2, "so ov ca", "cr0 cr5");
    check("overflow", 3, "bit20", "so ov bit21 bit22");
}

static void a_conditional_return_needs_both_ways(void **state)
{
    (void)state;
    check("conditional_return", 0, "r3 r7 bit22 lr", "cr0 r8");
    check("conditional_return", 1, "r3 r7 bit2 bit22 lr", "bit0 bit1 r8");
    check("conditional_return", 3, "r3 bit22 lr", "r7 cr0 bit20");
    check("conditional_return", 4, "r4 lr", "r3 cr5");
}

static void what_is_saved_and_loaded_again_is_free_meanwhile(void **state)
{
    (void)state;
    check("multiple", 1, "r28 r29 r30 r31", "r0 r12");
    check("multiple", 2, "r28", "r29 r30 r31");
    check("multiple", 3, "r28", "r29 r30 r31"); /* nobody reads what is put there */
    check("multiple", 5, "r28 r29 r30 r31", "r0");
}

static void strings_take_what_they_may(void **state)
{
    (void)state;
    check("strings", 0, "r0 r3 r4 r5 r6 r7 r12", "so ov ca count cr0");
    check("strings", 1, "r0 r7 r12 count", "ov ca");
    check("strings", 2, "r3 r6 r7 r4 r14 r29", "r0 r8 r9 r12 r30 r31 count");
    check("strings", 3, "r3 r14 r29", "r0 r7 r30 r31");
    check("strings", 4, "r0 r3 r30 r31 r14 lr", "r7 r4");
}

static void mtcrf_writes_the_fields_it_names(void **state)
{
    (void)state;
    check("fields", 0, "r3 r4 cr0 cr1 cr3 cr5 cr7", "r12 ctr");
    check("fields", 1, "r3 r4 r12 cr2 cr4", "cr0 cr1 cr3 cr5 cr7");
    check("fields", 3, "r12 bit2 cr2 cr4", "bit0 bit1 cr1 cr5");
    check("fields", 4, "r12 bit2 cr2 cr3 cr4", "bit0 cr5");
    check("fields", 5, "r12 cr3", "cr0");
    check("fields", 6, "bit2 cr3", "r12 bit0 bit3");
}

/* It comes back into the middle, which may have use for anything. */
static void a_procedure_that_calls_its_middle_returns_everything(void **state)
{
    (void)state;
    check("calls_inside", 6, "r3 r11 r12 ctr cr0 ca", "");
}

static void making_the_own_address_is_no_call(void **state)
{
    (void)state;
    check("own_address", 1, "r0 r4", "lr r3 r9 r10 ctr");
    check("own_address", 2, "lr r0 r4", "r9 r3 ctr");
    check("own_address", 4, "r0 r3", "lr r9");
}

static void floating_point_registers_are_followed(void **state)
{
    (void)state;
    check("floating", 0, "f1 f2 f3 f8 f10 f14", "f0 f9 f13 cr6 r5");
    check("floating", 2, "f1 f9 bit24", "bit25 bit27 f0 f10");
    check("floating", 4, "f1 f3", "f9 f0 cr6 r5");
}

static void vector_registers_are_followed(void **state)
{
    (void)state;
    check("vectors", 0, "v2 v3 v4 v5 v20", "v19 v18 v0 v1 v6 cr6");
    check("vectors", 2, "v2 v18 bit24", "v19 v3 bit25 bit26 bit27");
    check("vectors", 4, "v2", "v18 cr6");
}

static void nothing_is_live_after_what_never_ends(void **state)
{
    struct register_set before;

    (void)state;
    live_before(live_of("endless"), find("endless"), &before);
    assert_int_equal(before.general, 1u << 3);
    assert_int_equal(before.special, 0);
    assert_false(summary_of("endless").returns);
}

static void everything_is_live_at_a_trap(void **state)
{
    (void)state;
    check_everything("traps", 2);
    check("traps", 0, "r0 f0 v0 cr1 cr7 ctr ca ov count", "cr0");
}

static void everything_is_live_at_an_unknown_jump(void **state)
{
    (void)state;
    check_everything("jumps_anywhere", 3);
    check("jumps_anywhere", 2, "r0 r3 r9 r12 f0 v0 cr0 cr7 lr ca", "ctr");
    check("jumps_anywhere", 0, "r0 r3 r12", "r9 ctr");
}

static void everything_is_live_where_code_ends(void **state)
{
    (void)state;
    check_everything("falls_into_data", 1);
    check("falls_into_data", 0, "r0 ctr f0 v0", "r9");
}

static void everything_is_live_where_control_never_gets(void **state)
{
    struct register_set after;

    (void)state;
    check_everything("never_reached", 1);
    live_after(live_of("never_reached"), find("never_reached") + 4, &after);
    assert_true(registers_equal(&after, &everything));
    live_before(live_of("never_reached"), find("loop"), &after);
    assert_true(registers_equal(&after, &everything));
}

static void after_one_instruction_is_before_the_next(void **state)
{
    struct register_set after, before;

    (void)state;
    for (unsigned n = 0; n + 1 < 11; n++) {
        live_after(live_of("calls_pointer"), find("calls_pointer") + 4 * n, &after);
        live_before(live_of("calls_pointer"), find("calls_pointer") + 4 * n + 4, &before);
        assert_true(registers_equal(&after, &before));
    }
}

/* ---- calls of what nobody knows ---- */

static void a_call_through_a_pointer_takes_what_the_abi_says(void **state)
{
    (void)state;
    check("calls_pointer", 7, "r31 cr2 f14", "r0 r7 r12 lr ctr cr0 f0 f9 v0 ca ov so count");
    check("calls_pointer", 6, "r3 r10 r11 r12 f1 f8 v2 v13 bit6 ctr r31 cr2",
          "r0 f0 f9 f13 v0 v1 v14 v19 cr0 bit4 bit5 bit7 cr5 lr ca ov so count");
    check("calls_pointer", 5, "r9", "bit6");
    check("calls_pointer", 4, "r3 r8 r10 ctr", "r9");
    check("calls_pointer", 3, "r3 r8 r10", "r9 ctr");
}

static void a_tail_call_through_a_pointer_keeps_what_the_caller_keeps(void **state)
{
    struct summary summary = summary_of("tail_calls_pointer");

    (void)state;
    check("tail_calls_pointer", 1, "r3 r10 r11 r12 r14 r31 bit6 cr2 ctr lr",
          "r0 f0 f13 v0 cr0 bit7 ca");
    check("tail_calls_pointer", 0, "r3", "ctr r0");
    check_has_not(&summary.touches, "r14 r31 f14 v20 cr2", "untouched", "tail_calls_pointer", 0);
}

static void what_a_call_may_leave_alone_stays_live(void **state)
{
    (void)state;
    check("may_call_pointer", 3, "r0 r12", "r3 r9");
    check("may_call_pointer", 2, "r0 r9 r12 r3 bit2 bit6 ctr", "bit0 lr");
}

/* ---- calls of what is known ---- */

static void what_is_surely_written_by_a_callee_is_free_before_it(void **state)
{
    struct summary summary = summary_of("writes_r9_on_both_ways");

    (void)state;
    check_has(&summary.writes, "r9 cr0", "written", "writes_r9_on_both_ways", 0);
    check_has_not(&summary.writes, "r10 r3 lr", "left alone", "writes_r9_on_both_ways", 0);
    check_has(&summary.touches, "r9 r10 cr0", "touched", "writes_r9_on_both_ways", 0);
    summary = summary_of("uses_what_is_written");
    check_has_not(&summary.reads, "r9 r10", "read", "uses_what_is_written", 0);
    check_has(&summary.writes, "r0 r9 cr0", "written", "uses_what_is_written", 0);
    check("keeps_in_volatile", 3, "r3 r7 r0", "r9 r10 cr0 lr");
}

static void what_a_callee_may_leave_alone_stays_live(void **state)
{
    struct summary summary = summary_of("writes_r9_on_one_way");

    (void)state;
    check_has(&summary.writes, "cr0", "written", "writes_r9_on_one_way", 0);
    check_has_not(&summary.writes, "r9 r10", "left alone", "writes_r9_on_one_way", 0);
    check_has(&summary.touches, "r9 r10 cr0", "touched", "writes_r9_on_one_way", 0);
    check_has_not(&summary.touches, "r0 r3 r7 lr ctr", "untouched", "writes_r9_on_one_way", 0);
    check("keeps_in_volatile", 1, "r0 r3 r7 r9", "r8 r10 r11 r12 lr cr0");
    check_by_abi("keeps_in_volatile", 1, "r3 r7 r10", "r0 r11 lr cr0");
}

static void a_callee_reads_what_it_reads_and_no_more(void **state)
{
    struct summary summary = summary_of("reads_r8");

    (void)state;
    assert_true(summary.known && summary.returns);
    assert_int_equal(summary.reads.general, 1u << 8);
    assert_int_equal(summary.reads.special, SPECIAL_LR);
    assert_int_equal(summary.writes.general, 1u << 3);
    assert_int_equal(summary.touches.general, 1u << 3);
    assert_int_equal(summary.touches.special, 0);
    check("calls_in_a_row", 1, "r8 r11 r4 r5 r6", "r3 r7 r9 r10 lr cr0");
    check("calls_in_a_row", 0, "r8 lr", "r3 r11");
}

static void a_summary_counts_in_what_its_callees_do(void **state)
{
    struct summary summary = summary_of("calls_callers");

    (void)state;
    assert_int_equal(summary.reads.general, 1u << 8);
    check_has(&summary.touches, "r3 r11 r12 lr", "touched", "calls_callers", 0);
    check_has_not(&summary.touches, "r0 r4 r9 ctr cr0", "untouched", "calls_callers", 0);
    check_has(&summary.writes, "r3 r11 r12", "written", "calls_callers", 0);
}

static void a_tail_call_is_both_a_call_and_a_return(void **state)
{
    struct summary summary = summary_of("tail_call");

    (void)state;
    check("tail_call", 0, "r8 r4 r14 lr cr2", "r3 r9 r7 r0");
    check("tail_call_or_not", 1, "r8 r4 bit2 lr", "r3 bit0 r7");
    check("tail_call_or_not", 2, "r4 lr", "r3 r8 cr0");
    check_has(&summary.reads, "r8 lr", "read", "tail_call", 0);
    check_has(&summary.writes, "r3 r9", "written", "tail_call", 0);
    check_has(&summary.touches, "r3 r9", "touched", "tail_call", 0);
}

static void what_a_callee_saves_counts_as_read(void **state)
{
    struct summary summary = summary_of("saves");

    (void)state;
    check_has(&summary.reads, "r31 r3 r1", "read", "saves", 0);
    check("calls_saves", 1, "r31 r14 r3 r0", "r7 lr");
}

static void helpers_of_prologues_keep_everything(void **state)
{
    (void)state;
    check("_savegpr_30", 2, "r0 r3 r10 r12 f0 cr0 ctr ca lr", "");
    check("saves_by_helper", 3, "r30 r31 r11 r14", "r0 lr r12");
    check("saves_by_helper", 4, "r29 r11 r4", "r30 r31 r0 lr r7");
    check("saves_by_helper", 6, "r3 r11 r29 cr2", "r0 r30 r31 lr r7 r12");
}

/* ---- what does not come back ---- */

static void after_a_call_that_stops_only_what_is_nonvolatile_is_kept(void **state)
{
    struct summary summary;

    (void)state;
    assert_false(summary_of("stops").returns);
    summary = summary_of("stops");
    assert_true(registers_equal(&summary.writes, &nothing));
    assert_false(summary_of("stops_by_call").returns);
    assert_true(live_of("stops_by_call")->flow->complete);
    assert_false(summary_of("stops_by_tail_call").returns);
    check("stops_by_tail_call", 0, "r8 r14 cr2", "r0 r3 r4 r9 f1 cr0 lr ctr");
    check("stops_by_call", 3, "r8 r14 r31 cr2 f14 v20", "r0 r3 r4 r9 f1 v2 cr0 lr ctr ca");
}

static void a_way_that_does_not_return_writes_nothing_for_the_caller(void **state)
{
    struct summary summary = summary_of("may_stop");

    (void)state;
    assert_true(summary.returns);
    check_has(&summary.reads, "r3 r8 lr", "read", "may_stop", 0);
    check_has(&summary.writes, "r7 r0 cr0", "written", "may_stop", 0);
    check_has_not(&summary.writes, "r9 r31", "left alone", "may_stop", 0);
    check_has(&summary.touches, "r9 r7 r0", "touched", "may_stop", 0);
}

static void rfi_may_come_back_and_needs_everything(void **state)
{
    (void)state;
    assert_true(summary_of("returns_by_rfi").returns);
    check_everything("returns_by_rfi", 1);
}

/* ---- circles ---- */

static void what_calls_itself_is_known_to_itself(void **state)
{
    struct summary summary = summary_of("itself");

    (void)state;
    assert_true(summary.known && summary.returns);
    check("itself", 6, "r1 r3 r4 r5 r14", "r7 r9 r10 r11 r12 bit0 bit6 lr cr0 ctr ca");
    check("itself", 7, "r1 r3 r4", "r0 r7 lr");
    check_has(&summary.touches, "r0 r1 r3 cr0 lr", "touched", "itself", 0);
    check_has_not(&summary.touches, "r4 r5 r9 r12 ctr ca f0", "untouched", "itself", 0);
    check_has(&summary.writes, "cr0", "written", "itself", 0);
    check_has_not(&summary.writes, "r0 r3 lr", "left alone", "itself", 0);
}

static void members_of_a_circle_know_each_other(void **state)
{
    struct summary of_even = summary_of("even"), of_odd = summary_of("odd");

    (void)state;
    assert_true(of_even.known && of_odd.known);
    check("even", 4, "r3 r9 r12", "r10 r11 lr cr0 ctr");
    check("odd", 5, "r3 r9 r4", "r10 r12 cr0");
    check("calls_even", 1, "r0 r3 r9 r10", "r11 r12 lr cr0");
    check_has(&of_even.touches, "r3 r4 r11 r12 lr cr0", "touched", "even", 0);
    check_has(&of_odd.touches, "r3 r4 r11 r12 lr cr0", "touched", "odd", 0);
    check_has_not(&of_odd.touches, "r0 r5 r9 ctr", "untouched", "odd", 0);
    of_odd = summary_of("ring_r5");
    check_has(&of_odd.touches, "r5 r6 r7 r12 cr0 lr", "touched", "ring_r5", 0);
    of_odd = summary_of("ring_r6");
    check_has(&of_odd.touches, "r5 r6 r7 r12 cr0 lr", "touched", "ring_r6", 0);
}

static void a_circle_may_not_come_back_or_only_in_part(void **state)
{
    (void)state;
    assert_false(summary_of("complain").returns);
    assert_true(summary_of("report").returns);
    assert_true(live_of("complain")->flow->complete);
    assert_true(live_of("report")->flow->complete);
    assert_false(summary_of("forth").returns);
    assert_false(summary_of("back").returns);
    assert_false(summary_of("chase").returns);
    assert_false(summary_of("hunt").returns);
    check("report", 3, "r8", "r9 r10");
}

static void of_a_circle_that_takes_too_long_nothing_is_known(void **state)
{
    struct summary summary = summary_of("ladder_20");

    (void)state;
    assert_false(summary.known);
    assert_true(summary.returns);
    assert_true(registers_equal(&summary.reads, &everything));
    assert_true(registers_equal(&summary.touches, &everything));
    check_has_not(&summary.writes, "r0 r3 lr cr0", "left alone", "ladder_20", 0);
    check("ladder_3", 2, "r7 r8 f0 ctr", "lr");
}

/* ---- parts ---- */

static void a_part_elsewhere_belongs_to_its_procedure(void **state)
{
    (void)state;
    assert_ptr_equal(live_of("parted"), live_of("parted.cold"));
    check("parted", 2, "r3 r9 bit2", "r7 bit0");
    check("parted.cold", 0, "r9 lr", "r3 cr0");
    check("parted.cold", 1, "r3 r4", "r9");
}

static void everything_is_live_where_the_middle_of_another_procedure_is_entered(void **state)
{
    (void)state;
    check_everything("enters_the_middle", 1);
    check("enters_the_middle", 0, "r0 r12 f0 ctr", "r9");
}

/* ---- boundaries and memory ---- */

static void what_is_wanted_at_returns_can_be_said(void **state)
{
    const struct register_set r7 = registers_named("r7");
    const struct live_terms terms = {.at_return = &r7};
    struct live *live = NULL;

    (void)state;
    assert_int_equal(live_build(live_of("reads_r8")->flow, &terms, &live), OK);
    check_in(live, "reads_r8", 1, "r7", "r3 r4 r14 r31 cr2");
    live_free(live);
}

static void without_memory_there_is_no_liveness_and_nothing_stays(void **state)
{
    const struct flow *flow = live_of("loop")->flow;
    struct live *live = NULL;
    long n_blocks = scarce_blocks, n = 0;

    (void)state;
    for (scarce_left = 0; live_build(flow, NULL, &live) != OK; scarce_left = ++n) {
        scarce_left = SCARCE_FOREVER;
        assert_null(live);
        assert_int_equal(scarce_blocks, n_blocks);
        assert_non_null(status_explain());
    }
    scarce_left = SCARCE_FOREVER;
    assert_int_equal(n, 2);
    live_free(live);
    assert_int_equal(scarce_blocks, n_blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_loop_needs_again_is_live_at_its_end),
        cmocka_unit_test(results_and_what_is_nonvolatile_are_live_at_a_return),
        cmocka_unit_test(stack_and_small_data_are_never_free),
        cmocka_unit_test(condition_bits_are_told_apart),
        cmocka_unit_test(a_bit_with_itself_is_a_constant),
        cmocka_unit_test(carry_is_live_along_its_chain),
        cmocka_unit_test(overflow_is_live_where_it_sticks),
        cmocka_unit_test(a_conditional_return_needs_both_ways),
        cmocka_unit_test(what_is_saved_and_loaded_again_is_free_meanwhile),
        cmocka_unit_test(strings_take_what_they_may),
        cmocka_unit_test(mtcrf_writes_the_fields_it_names),
        cmocka_unit_test(making_the_own_address_is_no_call),
        cmocka_unit_test(a_procedure_that_calls_its_middle_returns_everything),
        cmocka_unit_test(floating_point_registers_are_followed),
        cmocka_unit_test(vector_registers_are_followed),
        cmocka_unit_test(nothing_is_live_after_what_never_ends),
        cmocka_unit_test(everything_is_live_at_a_trap),
        cmocka_unit_test(everything_is_live_at_an_unknown_jump),
        cmocka_unit_test(everything_is_live_where_code_ends),
        cmocka_unit_test(everything_is_live_where_control_never_gets),
        cmocka_unit_test(after_one_instruction_is_before_the_next),
        cmocka_unit_test(a_call_through_a_pointer_takes_what_the_abi_says),
        cmocka_unit_test(a_tail_call_through_a_pointer_keeps_what_the_caller_keeps),
        cmocka_unit_test(what_a_call_may_leave_alone_stays_live),
        cmocka_unit_test(what_is_surely_written_by_a_callee_is_free_before_it),
        cmocka_unit_test(what_a_callee_may_leave_alone_stays_live),
        cmocka_unit_test(a_callee_reads_what_it_reads_and_no_more),
        cmocka_unit_test(a_summary_counts_in_what_its_callees_do),
        cmocka_unit_test(a_tail_call_is_both_a_call_and_a_return),
        cmocka_unit_test(what_a_callee_saves_counts_as_read),
        cmocka_unit_test(helpers_of_prologues_keep_everything),
        cmocka_unit_test(after_a_call_that_stops_only_what_is_nonvolatile_is_kept),
        cmocka_unit_test(a_way_that_does_not_return_writes_nothing_for_the_caller),
        cmocka_unit_test(rfi_may_come_back_and_needs_everything),
        cmocka_unit_test(what_calls_itself_is_known_to_itself),
        cmocka_unit_test(members_of_a_circle_know_each_other),
        cmocka_unit_test(a_circle_may_not_come_back_or_only_in_part),
        cmocka_unit_test(of_a_circle_that_takes_too_long_nothing_is_known),
        cmocka_unit_test(a_part_elsewhere_belongs_to_its_procedure),
        cmocka_unit_test(everything_is_live_where_the_middle_of_another_procedure_is_entered),
        cmocka_unit_test(what_is_wanted_at_returns_can_be_said),
        cmocka_unit_test(without_memory_there_is_no_liveness_and_nothing_stays),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("live", tests, open_program, close_program);
}
