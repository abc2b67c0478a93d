/* The plain loop: raises through its entries, against the model of dispatching and by hand. */
#include "kernel/event/loop.h"

#include <string.h>

#include "kernel/test.h"
#include "tests/host/random.h"
#include "tests/kernel/dispatch/model.h"

SUITE("loop");

#define N_PLANS 3000
#define N_RAISES 4

static struct model model;

static bool plan_agrees(uint32_t seed)
{
    const char *wrong = NULL;
    uint32_t raise = seed ^ 0x5a5a5a5a;

    if (!CHECK(model_make(&model, seed, NULL)))
        return false;
    loop_set(0, model_plan(&model));
    for (unsigned i = 0; i < N_RAISES && wrong == NULL; i++)
        wrong = model_raise(&model, loop_entry(0), random_next(&raise) | 1);
    if (!CHECK(wrong == NULL)) {
        printf("# seed 0x%08x: %s\n", (unsigned)seed, wrong);
        model_print(&model, stdout);
    }
    model_free(&model);
    return wrong == NULL;
}

TEST(random_plans_do_what_the_model_says)
{
    uint32_t seed = 0x10090001;

    for (unsigned i = 0; i < N_PLANS; i++)
        if (!plan_agrees(random_next(&seed)))
            break;
}
