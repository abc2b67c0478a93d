/*
 * Compares arch/ppc/code/analysis/live.c with live_slow.h at every instruction of whole programs: the kernel,
 * the C library with libgcc, and what two compilers make of our own sources.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/analysis/program.h"
#include "tests/host/live_slow.h"
#include "tests/host/program_source.h"
#include "tests/host/registers.h"

/* What is counted in a program. */
struct count {
    unsigned functions, complete, instructions;
};

struct place {
    const char *program, *name;
    vaddr_t address;
};

static const struct register_set everything = REGISTERS_ALL;
static const struct register_set nothing = REGISTERS_NONE;

/* ---- one instruction ---- */

static void check_same(const struct register_set *fast, const struct register_set *slow,
                       const char *what, const struct place *place)
{
    struct register_set more = *fast, less = *slow;
    char too_much[REGISTERS_TEXT_MAX], too_little[REGISTERS_TEXT_MAX];

    if (registers_equal(fast, slow))
        return;
    registers_remove(&more, slow);
    registers_remove(&less, fast);
    registers_text(&more, too_much);
    registers_text(&less, too_little);
    fail_msg("%s, %s, at 0x%08x, %s: too much:%s; too little:%s", place->program, place->name,
             (unsigned)place->address, what, too_much, too_little);
}

/* ---- one procedure ---- */

static void compare_instructions(const struct live *live, const struct live_slow *slow,
                                 struct place *place, struct count *count)
{
    const struct flow *flow = live->flow;

    for (uint32_t i = 0; i < flow->n_blocks; i++)
        for (uint32_t k = 0; k < flow->blocks[i].n_words; k++) {
            struct register_set by_fast, by_slow;

            place->address = flow->blocks[i].start + 4 * k;
            live_before(live, place->address, &by_fast);
            live_slow_before(slow, place->address, &by_slow);
            check_same(&by_fast, &by_slow, "live", place);
            count->instructions++;
        }
}

/* Everything that may be written: by any instruction that is reached, or by what is called. */
static void slow_touches(const struct live *live, struct register_set *touches)
{
    const struct flow *flow = live->flow;

    *touches = REGISTERS_NONE;
    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        const struct block *block = &flow->blocks[i];

        for (uint32_t k = 0; k < block->n_words; k++) {
            uint32_t word = flow_word(flow, block->start + 4 * k);
            struct effects effects;

            code_effects(word, code_opcode(word), &effects);
            registers_add(touches, &effects.writes);
            if (code_opcode(word) == OPCODE_RFI)
                *touches = REGISTERS_ALL;
        }
        if (block->end == BLOCK_ESCAPES || block->end == BLOCK_JUMPS || block->end == BLOCK_BREAKS)
            *touches = REGISTERS_ALL;
    }
    for (uint32_t i = 0; i < flow->n_calls; i++) {
        struct summary summary;

        live->terms->summary(live->terms->context, &flow->calls[i], &summary);
        registers_add(touches, &summary.touches);
    }
}

/* A summary tells what is live at the start if nothing, or everything, is wanted at the end. */
static void compare_summary(const struct code_source *source, const struct live *live,
                            struct place *place)
{
    struct live_terms terms = *live->terms;
    struct register_set before, touches, kept = REGISTERS_ALL;
    struct live_slow slow;
    struct summary summary;

    place->address = live->flow->procedure.start;
    live_summarize(live, &summary);
    terms.at_return = &nothing;
    live_slow_build(source, live->flow, &terms, &slow);
    live_slow_before(&slow, place->address, &before);
    live_slow_free(&slow);
    check_same(&summary.reads, &before, "read", place);
    slow_touches(live, &touches);
    check_same(&summary.touches, &touches, "touched", place);
    if (!summary.returns)
        return;
    terms.at_return = &everything;
    live_slow_build(source, live->flow, &terms, &slow);
    live_slow_before(&slow, place->address, &before);
    live_slow_free(&slow);
    registers_remove(&kept, &summary.writes);
    registers_add(&kept, &summary.reads);
    check_same(&kept, &before, "read or kept", place);
}

static void compare_procedure(const struct code_source *source, const struct live *live,
                              struct place *place, struct count *count)
{
    struct live_slow slow;

    live_slow_build(source, live->flow, live->terms, &slow);
    compare_instructions(live, &slow, place, count);
    compare_summary(source, live, place);
    live_slow_free(&slow);
    count->functions++;
    count->complete += live->flow->complete;
}

/* ---- one program ---- */

static struct count compare_program(const char *name)
{
    struct program_source source;
    struct program *program = NULL;
    struct procedure procedure;
    struct count count = {0};

    program_source_read(&source, name);
    assert_int_equal(program_open(&source.source, &program), OK);
    assert_int_equal(program_calls(program), OK);
    for (vaddr_t next = 0; source.source.next(&source, next, &procedure);
         next = procedure.start + 1) {
        struct place place = {name, procedure.name, procedure.start};
        const struct live *live = NULL;

        if (procedure.whole != procedure.start)
            continue;
        assert_int_equal(program_live(program, procedure.start, &live), OK);
        compare_procedure(&source.source, live, &place, &count);
    }
    printf("# %s: %u functions, %u complete; %u instructions\n", name, count.functions,
           count.complete, count.instructions);
    program_close(program);
    program_source_close(&source);
    return count;
}

static void in_the_kernel_both_say_the_same(void **state)
{
    struct count count = compare_program("../../../whorl.elf");

    (void)state;
    assert_true(count.functions > 1000);
}

static void in_the_c_library_both_say_the_same(void **state)
{
    (void)state;
    assert_true(compare_program("../libraries/libc.elf").functions > 1000);
    assert_true(compare_program("../libraries/libm.elf").functions > 300);
    assert_true(compare_program("../libraries/libfloat.elf").functions > 30);
}

static void in_libgcc_both_say_the_same(void **state)
{
    struct count count = compare_program("../libraries/libgcc.elf");

    (void)state;
    assert_true(count.functions > 200);
}

static void in_hand_made_procedures_both_say_the_same(void **state)
{
    struct count count = compare_program("live.elf");

    (void)state;
    assert_true(count.functions > 40);
}

static void in_what_two_compilers_make_both_say_the_same(void **state)
{
    static const char *const compilers[] = {"gcc", "clang"};
    static const char *const levels[] = {"O0", "O1", "O2", "O3", "Os"};

    (void)state;
    for (size_t i = 0; i < 10; i++) {
        char name[32];

        snprintf(name, sizeof name, "ours+%s+%s.elf", compilers[i / 5], levels[i % 5]);
        assert_true(compare_program(name).functions > 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_hand_made_procedures_both_say_the_same),
        cmocka_unit_test(in_the_kernel_both_say_the_same),
        cmocka_unit_test(in_the_c_library_both_say_the_same),
        cmocka_unit_test(in_libgcc_both_say_the_same),
        cmocka_unit_test(in_what_two_compilers_make_both_say_the_same),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("live_compare", tests, NULL, NULL);
}
