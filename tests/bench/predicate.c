/* What it costs to walk a guard, for guards of all levels, and for the dearest code that was found. */
#include <stdio.h>
#include <whorl/domain.h>

#include "arch/ppc/code/dispatch/predicate/predicate.h"
#include "kernel/code_view.h"
#include "tests/bench/bench.h"
#include "tests/host/objects/guards.h"

DOMAIN("bench/predicate");
IMPORT_DOMAIN("Debug");

#define TIMES 20

extern const struct guard guards_gcc_O0[], guards_gcc_O2[];

static uint64_t measure(const struct code_source *source, const struct guard *guard)
{
    uint64_t start = clock_ticks();
    struct predicate predicate;

    for (unsigned i = 0; i < TIMES; i++)
        predicate_find(source, (vaddr_t)guard->procedure, &predicate);
    return bench_each(clock_ticks() - start, TIMES);
}

static void measure_table(const struct code_source *source, const struct guard *table,
                          const char *name)
{
    const char *dearest = NULL;
    uint64_t sum = 0, most = 0;
    unsigned n = 0;
    char line[64];

    for (; table[n].name != NULL; n++) {
        uint64_t cost = measure(source, &table[n]);

        sum += cost;
        if (cost > most)
            most = cost, dearest = table[n].name;
    }
    snprintf(line, sizeof line, "predicate.%s.mean", name);
    bench_print(line, sum / n);
    snprintf(line, sizeof line, "predicate.%s.%s", name, dearest);
    bench_print(line, most);
}

status_t domain_init(void)
{
    struct code_index *index;
    status_t status = code_view_open(&index);

    if (status != OK)
        return status;
    measure_table(code_index_source(index), guards_gcc_O2, "O2");
    measure_table(code_index_source(index), guards_gcc_O0, "O0");
    code_index_close(index);
    return status;
}
