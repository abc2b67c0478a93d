/* What the analyses of machine code cost, and how much of the kernel's own text they understand. */
#include <stdio.h>
#include <whorl/domain.h>

#include "arch/ppc/code/analysis/coverage.h"
#include "arch/ppc/image.h"
#include "kernel/code_view.h"
#include "kernel/heap.h"
#include "tests/bench/bench.h"

DOMAIN("bench/analysis");
IMPORT_DOMAIN("Debug");

static uint32_t n_analysed; /* instructions */

static uint32_t count_instructions(const struct flow *flow)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < flow->n_blocks; i++)
        n += flow->blocks[i].n_words;
    return n;
}

/* Flow and liveness of every procedure of the kernel. */
static void analyse(const struct code_source *source, struct program *program)
{
    struct procedure procedure;
    const struct live *live;
    vaddr_t at = IMAGE(kernel_text_start);

    while (source->next(source->context, at, &procedure) &&
           procedure.start < IMAGE(kernel_text_end)) {
        at = procedure.start + 4;
        if (procedure.whole == procedure.start &&
            program_live(program, procedure.start, &live) == OK)
            n_analysed += count_instructions(live->flow);
    }
}

static status_t print_coverage(const struct code_source *source, struct program *program,
                               const char *prefix, vaddr_t start)
{
    struct coverage coverage;
    status_t status = coverage_measure(source, program, start, IMAGE(kernel_text_end), &coverage);

    if (status == OK)
        coverage_print(stdout, prefix, &coverage);
    return status;
}

/* All procedures, from nothing; the program stays open. */
static status_t measure_analysis(const char *name, const struct code_source *source,
                                 struct program **program)
{
    uint64_t start = clock_ticks();
    status_t status = program_open(source, program);

    if (status != OK)
        return status;
    n_analysed = 0;
    analyse(source, *program);
    bench_print(name, bench_each(clock_ticks() - start, n_analysed));
    return OK;
}

static status_t measure(const struct code_source *source)
{
    struct program *program;
    status_t status = measure_analysis("analysis.per_instruction_filled", source, &program);

    if (status != OK)
        return status;
    program_close(program);
    heap_fill_freed(false);
    status = measure_analysis("analysis.per_instruction", source, &program);
    heap_fill_freed(true);
    if (status != OK)
        return status;
    status = print_coverage(source, program, "", IMAGE(kernel_text_start));
    if (status == OK)
        status = print_coverage(source, program, "newlib.", IMAGE(kernel_library_start));
    program_close(program);
    return status;
}

status_t domain_init(void)
{
    uint64_t start = clock_ticks();
    struct code_index *index;
    status_t status = code_view_open(&index);

    if (status != OK)
        return status;
    bench_print("analysis.view", bench_each(clock_ticks() - start, 1));
    status = measure(code_index_source(index));
    code_index_close(index);
    return status;
}
