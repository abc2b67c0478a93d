/*
 * Tests of arch/ppc/code/analysis/flow.c: the share of procedures whose flow is complete, in the C library, the
 * compiler's library and the kernel. Every other one is listed with the reason.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/analysis/flow.h"
#include "tests/host/program_source.h"

struct share {
    unsigned n, n_complete, n_foreign, n_tables;
    unsigned n_words, n_reached;
};

/* Whether control gets to what is no instruction of the processors that Whorl knows. */
static bool is_foreign(const struct flow *flow)
{
    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        const struct block *block = &flow->blocks[i];

        if (block->end == BLOCK_BREAKS && block->n_words == 0)
            return true;
    }
    return false;
}

static void count(const struct flow *flow, struct share *share)
{
    char sentence[200];

    share->n++;
    share->n_tables += flow->n_tables;
    share->n_words += flow->n_words;
    for (uint32_t i = 0; i < flow->n_blocks; i++)
        share->n_reached += flow->blocks[i].n_words;
    if (flow->complete) {
        share->n_complete++;
        return;
    }
    share->n_foreign += is_foreign(flow);
    flow_explain(flow, NULL, NULL, sentence, sizeof sentence);
    print_message("# %s: %s\n", flow->procedure.name, sentence);
}

static struct share look_at(const char *image)
{
    struct program_source program;
    struct procedure procedure;
    struct share share = {0};
    vaddr_t from = 0;

    program_source_read(&program, image);
    for (; program.source.next(&program, from, &procedure); from = procedure.start + 4) {
        struct flow *flow;

        if (procedure.whole != procedure.start)
            continue;
        assert_int_equal(flow_build(&program.source, procedure.start, NULL, &flow), OK);
        count(flow, &share);
        flow_free(flow);
    }
    program_source_close(&program);
    print_message("# %s: %u of %u procedures complete, %u tables, %u of %u words\n", image,
                  share.n_complete, share.n, share.n_tables, share.n_reached, share.n_words);
    return share;
}

static void the_c_library_is_understood(void **state)
{
    struct share share = look_at("../libraries/libc.elf");

    (void)state;
    assert_true(share.n > 1000 && 100 * share.n_complete >= 99 * share.n);
}

static void the_mathematical_library_is_understood(void **state)
{
    struct share share = look_at("../libraries/libm.elf");

    (void)state;
    assert_true(share.n > 300 && 100 * share.n_complete >= 99 * share.n);
    share = look_at("../libraries/libfloat.elf");
    assert_true(share.n > 30 && share.n_complete == share.n);
}

/* It has procedures for processors with VSX, which the MPC750 and the 7400 have not. */
static void the_compilers_library_is_understood_but_for_other_processors(void **state)
{
    struct share share = look_at("../libraries/libgcc.elf");

    (void)state;
    assert_true(share.n > 400 && 100 * share.n_complete >= 99 * (share.n - share.n_foreign));
}

static void the_kernel_is_understood(void **state)
{
    struct share share = look_at("../../../whorl.elf");

    (void)state;
    assert_true(share.n > 900 && 100 * share.n_complete >= 99 * share.n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_c_library_is_understood),
        cmocka_unit_test(the_mathematical_library_is_understood),
        cmocka_unit_test(the_compilers_library_is_understood_but_for_other_processors),
        cmocka_unit_test(the_kernel_is_understood),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("libraries", tests, NULL, NULL);
}
