/* Compiled routines, against the model of dispatching. */
#include "kernel/event/routine.h"

#include <string.h>

#include "kernel/test.h"
#include "tests/host/random.h"
#include "tests/kernel/dispatch/model.h"

SUITE("routine");

#define N_PLANS 1500
#define N_RAISES 6
#define NEAR 0x04000000

static uint32_t getenv_debug = 0x64b12469;
static struct model model;
static unsigned n_compiled, n_refused;

static const char *raise(struct routine *routine, uint32_t seed)
{
    uint32_t next = seed ^ 0x5a5a5a5a;
    const char *wrong = NULL;

    printf("# seed %08x\n", (unsigned)seed);
    routine_commit(routine);
    if (getenv_debug == seed) model_print(&model, stdout);
    for (unsigned i = 0; i < N_RAISES && wrong == NULL; i++)
        wrong = model_raise(&model, routine_entry(routine), random_next(&next) | 1);
    return wrong;
}

static bool plan_agrees(uint32_t seed, const struct routine_terms *terms)
{
    struct routine *routine;
    const char *wrong = NULL;

    if (!CHECK(model_make(&model, seed, facts_find)))
        return false;
    if (routine_prepare(NULL, true, model_plan(&model), terms, NEAR, &routine) == OK) {
        wrong = raise(routine, seed);
        if (wrong != NULL)
            for (size_t i = 0; i < routine_size(routine) / 4; i++) {
                char text[200];
                const char *comment =
                    routine_comment(routine, routine_entry(routine) + 4 * i, text, sizeof text);

                printf("#C %08x %s\n", (unsigned)((uint32_t *)routine_entry(routine))[i], comment ? comment : "");
            }
        routine_free(routine);
        n_compiled++;
    } else {
        n_refused++;
    }
    if (!CHECK(wrong == NULL)) {
        printf("# seed 0x%08x: %s\n", (unsigned)seed, wrong);
        model_print(&model, stdout);
    }
    model_free(&model);
    return wrong == NULL;
}

static void try_all(const struct routine_terms *terms)
{
    uint32_t seed = 0x20090001;

    n_compiled = n_refused = 0;
    for (unsigned i = 0; i < N_PLANS; i++)
        if (!plan_agrees(random_next(&seed), terms))
            break;
    printf("# %u compiled, %u refused\n", n_compiled, n_refused);
    CHECK(n_compiled > n_refused);
}

TEST(random_plans_that_are_only_called_do_what_the_model_says)
{
    try_all(&(struct routine_terms){.no_inlining = true});
}

TEST(random_plans_without_searches_do_what_the_model_says)
{
    try_all(&(struct routine_terms){.no_tree = true});
}

TEST(random_plans_do_what_the_model_says)
{
    try_all(&(struct routine_terms){.no_tree = false});
}
