/* See trial.h. */
#include "tests/kernel/poison/trial.h"

#include <stdio.h>
#include <string.h>

#include "kernel/test.h"
#include "tests/kernel/poison/drills.h"

#define N_PATTERNS 3
#define STEPS_MAX 1000000
#define PROCEDURES_WANTED 200 /* with garbage before each of their instructions */

static struct walk clean, poisoned;

static bool is_same(void)
{
    return clean.n_results == poisoned.n_results &&
           memcmp(clean.results, poisoned.results, clean.n_results * sizeof clean.results[0]) == 0;
}

/* Garbage may lead into loops, so there is a limit. */
static bool survives(const struct drill *drill, enum poison poison, uint32_t pattern, uint32_t from,
                     uint32_t to)
{
    poisoned.poison = poison;
    poisoned.pattern = pattern;
    poisoned.from = from;
    poisoned.to = to;
    poisoned.limit = 2 * clean.n_steps + 10000;
    return step_walk(&poisoned, drill->run) && is_same();
}

/* The first step at which garbage does harm, by halving, and which thing must not have it. */
static void explain(const struct drill *drill, uint32_t pattern)
{
    uint32_t low = 0, high = clean.n_steps;

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (survives(drill, POISON_ALL, pattern, 0, middle))
            low = middle;
        else
            high = middle;
    }
    for (poisoned.thing = 0; poisoned.thing < STEP_THINGS; poisoned.thing++)
        if (!survives(drill, POISON_ONE, pattern, low, high))
            break;
    if (poisoned.thing == STEP_THINGS) /* none alone, or what failed before left things changed */
        (void)survives(drill, POISON_ALL, pattern, low, high);
    printf("    # %s: garbage does harm before ", drill->name);
    step_print_last();
    printf("\n");
}

/* Twice: a drill must give the same again. */
static bool run_clean(const struct drill *drill)
{
    clean.poison = POISON_NOTHING;
    clean.limit = STEPS_MAX;
    return CHECK(step_walk(&clean, drill->run)) && CHECK(clean.n_results > 0) &&
           CHECK(clean.n_results <= RESULTS_MAX) && CHECK(survives(drill, POISON_NOTHING, 0, 0, 0));
}

static void run_all_at_once(const struct drill *drill)
{
    for (uint32_t pattern = 0; pattern < N_PATTERNS; pattern++)
        if (!CHECK(survives(drill, POISON_ALL, pattern, 0, ~0u))) {
            explain(drill, pattern);
            return;
        }
}

static void run_in_turn(const struct drill *drill)
{
    for (unsigned turn = 0; turn < STEP_THINGS; turn++) {
        if (!CHECK(survives(drill, POISON_IN_TURN, 0, 0, ~0u))) {
            explain(drill, 0);
            return;
        }
        if (poisoned.n_undone == 0)
            return;
    }
}

static void run_drills(const struct drill drills[], enum poison poison)
{
    for (; drills->name != NULL; drills++) {
        if (!run_clean(drills))
            printf("    # %s is of no use\n", drills->name);
        else if (poison == POISON_ALL)
            run_all_at_once(drills);
        else
            run_in_turn(drills);
    }
}

static void report(enum poison poison)
{
    struct step_count count;

    step_count(&count);
    printf("    # garbage in %u procedures of %u, before every instruction of %u; before %u "
           "instructions, in %u things\n",
           (unsigned)count.n_procedures, (unsigned)count.n_analysed, (unsigned)count.n_whole,
           (unsigned)count.n_instructions, (unsigned)count.n_things);
    CHECK_EQUAL(0, count.n_refused);
    CHECK(count.n_whole >= PROCEDURES_WANTED);
    CHECK(poison == POISON_ALL || count.n_unfinished == 0);
}

void trial_run(enum poison poison)
{
    if (!CHECK(step_open()))
        return;
    run_drills(drills_of_strings, poison);
    run_drills(drills_of_numbers, poison);
    run_drills(drills_of_kernel, poison);
    run_drills(drills_of_code, poison);
    report(poison);
    step_close();
}
