/*
 * Tests of arch/ppc/code/analysis/jump_table.c: what compilers make of switches.c, at every level of
 * optimization. The judge is the compilers' assembly, from which tables.pl has counted the entries of
 * each table. What control does not reach must be padding.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/ppc/code/analysis/flow.h"
#include "tests/host/corpus.h"
#include "tests/host/program_source.h"

#define NOP 0x60000000u
#define TABLES_MAX 8

struct expected {
    const char *image;
    char name[64];
    uint32_t sizes[TABLES_MAX];
    uint32_t n;
};

static unsigned n_functions, n_tables, n_tail_calls, n_faults;

static void complain(const struct expected *expected, const char *what)
{
    print_error("%s: %s: %s\n", expected->image, expected->name, what);
    n_faults++;
}

/* A line of tables.pl; its end. */
static const char *read_line(const char *line, struct expected *expected)
{
    int length = 0;

    expected->n = 0;
    sscanf(line, "%63s%n", expected->name, &length);
    for (line += length; *line == ' '; line += length) {
        assert_true(expected->n < TABLES_MAX);
        sscanf(line, "%u%n", &expected->sizes[expected->n++], &length);
    }
    return line + 1;
}

static int by_size(const void *a, const void *b)
{
    const uint32_t *p = a, *q = b;

    return *p < *q ? -1 : *p > *q;
}

static void judge_tables(const struct flow *flow, const struct expected *expected)
{
    uint32_t sizes[TABLES_MAX], n = 0;

    for (uint32_t i = 0; i < flow->n_tables && i < TABLES_MAX; i++)
        sizes[n++] = flow->tables[i].n;
    qsort(sizes, n, sizeof *sizes, by_size);
    n_tables += n;
    if (flow->n_tables != expected->n || memcmp(sizes, expected->sizes, n * sizeof *sizes) != 0) {
        complain(expected, "tables differ from the compiler's");
        for (uint32_t i = 0; i < n; i++)
            print_error("  found one of %u\n", sizes[i]);
        for (uint32_t i = 0; i < expected->n; i++)
            print_error("  expected one of %u\n", expected->sizes[i]);
    }
}

static void judge_extent(const struct flow *flow, const struct expected *expected)
{
    for (uint32_t i = 0; i < flow->n_parts; i++) {
        const struct part *part = &flow->parts[i];

        for (vaddr_t address = part->start; address < part->end; address += 4) {
            uint32_t word = flow_word(flow, address);

            if (flow_block_at(flow, address) == NULL && word != NOP && word != 0) {
                print_error("0x%08x: 0x%08x\n", address, word);
                complain(expected, "control does not reach all of it");
                return;
            }
        }
    }
}

static uint32_t count_ends(const struct flow *flow, enum block_end end)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < flow->n_blocks; i++)
        n += flow->blocks[i].end == end;
    return n;
}

static void judge(const struct flow *flow, const struct expected *expected)
{
    uint32_t n_tails = count_ends(flow, BLOCK_TAIL_CALLS);
    char sentence[200];

    n_functions++;
    n_tail_calls += n_tails;
    /* -Os leaves by _restgpr_NN_x, which are entries of one procedure. */
    if (count_ends(flow, BLOCK_ESCAPES) != 0 && strstr(expected->image, "+Os") == NULL)
        complain(expected, "escapes");
    if (strncmp(expected->name, "tail", 4) != 0 && n_tails != 0)
        complain(expected, "a jump is taken for a tail call");
    if (strncmp(expected->name, "unbounded", 9) == 0 && flow->n_unknown != 0)
        return;
    if (!flow->complete) {
        flow_explain(flow, NULL, NULL, sentence, sizeof sentence);
        complain(expected, sentence);
        return;
    }
    if (strncmp(expected->name, "unbounded", 9) != 0)
        judge_tables(flow, expected);
    judge_extent(flow, expected);
}

static void judge_image(const char *name)
{
    struct program_source program;
    struct expected expected = {.image = name};
    struct object_file lines;
    char file[200], *text;

    snprintf(file, sizeof file, "../switches/%s", name);
    program_source_read(&program, file);
    strcpy(strrchr(file, '.'), ".tables");
    lines = corpus_read(file);
    text = strndup((const char *)lines.bytes, lines.size);
    for (const char *line = text; *line != 0;) {
        struct flow *flow;

        line = read_line(line, &expected);
        assert_int_equal(
            flow_build(&program.source, program_source_find(&program, expected.name), NULL, &flow),
            OK);
        judge(flow, &expected);
        flow_free(flow);
    }
    free(text);
    free(lines.bytes);
    program_source_close(&program);
}

static void every_switch_of_the_compilers_is_understood(void **state)
{
    struct corpus corpus = corpus_open("../switches/*.elf");

    (void)state;
    for (size_t i = 0; i < corpus.n; i++)
        judge_image(corpus.entries[i].name);
    print_message("# %zu images, %u functions, %u tables, %u indirect tail calls\n", corpus.n,
                  n_functions, n_tables, n_tail_calls);
    corpus_close(&corpus);
    assert_int_equal(n_faults, 0);
    assert_true(n_functions > 1000 && n_tables > 1000 && n_tail_calls > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_switch_of_the_compilers_is_understood),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("switches", tests, NULL, NULL);
}
