/* Unwinding at every instruction that the drills come to, in each of the first places that it is come to from. */
#include <stdio.h>

#include "kernel/backtrace.h"
#include "kernel/test.h"
#include "tests/kernel/poison/drills.h"
#include "tests/kernel/unwind/watch.h"

SUITE("unwind_long");

static void run_drills(const struct drill drills[], struct watch *watch)
{
    for (; drills->name != NULL; drills++) {
        char name[160];

        if (!CHECK(watch_run(drills->run)))
            printf("    # in %s\n", drills->name);
        if (watch->what != NULL) {
            backtrace_name(watch->pc, name, sizeof name);
            printf("    # 0x%08x %s %s\n", (unsigned)watch->pc, name, watch->what);
            watch->what = NULL;
        }
    }
}

TEST(wherever_a_procedure_is_its_callers_registers_are_found)
{
    struct watch watch = {.share = 1, .visits = 3, .outside = 2};

    if (!CHECK(watch_open(&watch)))
        return;
    run_drills(drills_of_kernel, &watch);
    run_drills(drills_of_strings, &watch);
    run_drills(drills_of_numbers, &watch);
    run_drills(drills_of_code, &watch);
    watch_close();
    printf("    # %u steps, %u judged, %u instructions, %u generated; slowest %u us\n",
           (unsigned)watch.n_steps, (unsigned)watch.n_judged, (unsigned)watch.n_places,
           (unsigned)watch.n_outside, (unsigned)watch.slowest);
    CHECK_EQUAL(0, watch.n_wrong);
    CHECK_EQUAL(0, watch.n_lost);
    CHECK(watch.n_places > 10000);
}
