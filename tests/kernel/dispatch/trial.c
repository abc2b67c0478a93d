/* See trial.h. */
#include "tests/kernel/dispatch/trial.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ppc/layout.h"
#include "kernel/test.h"
#include "tests/host/random.h"

#define N_LINKS 40
#define N_RAISES 6

static struct model model;
static vaddr_t near;
static unsigned n_compiled, n_refused;

static const char *raise(const struct routine *routine, uint32_t seed)
{
    uint32_t next = seed ^ 0x5a5a5a5a;
    const char *wrong = NULL;

    for (unsigned i = 0; i < N_RAISES && wrong == NULL; i++)
        wrong = model_raise(&model, routine_entry(routine), random_next(&next) | 1);
    return wrong;
}

static void complain(const char *wrong, uint32_t seed, const struct routine *routine)
{
    char text[200];

    printf("# seed 0x%08x: %s\n", (unsigned)seed, wrong);
    for (size_t i = 0; i < routine_size(routine); i += 4) {
        const uint32_t *word = (const uint32_t *)(routine_entry(routine) + i);
        const char *comment = routine_comment(routine, (vaddr_t)word, text, sizeof text);

        printf("# %p: %08x %s\n", (const void *)word, (unsigned)*word,
               comment != NULL ? comment : "");
    }
    model_print(&model, stdout);
}

/* Either leaves are in reach of the routine, or recorders. */
static bool model_new(trial_make_t *make, uint32_t seed)
{
    near = seed % 2 == 0 ? (vaddr_t)model_raise : NEAR_CODE_BASE;
    return make(&model, seed, facts_find);
}

/* ---- anew ---- */

#define STRUCTS_MAX 2000 /* bytes; all structs that may be larger are copied by the loop */

/* Whether there may be a reason to leave a plan to the loop. */
static bool may_be_refused(const struct dispatch *plan)
{
    const struct signature *signature = &plan->signature;
    size_t size = 0;

    for (unsigned i = 0; i < signature->n_arguments; i++)
        size += signature->kinds[i] == ARGUMENT_STRUCT ? signature->sizes[i] : 0;
    if (size > STRUCTS_MAX || plan->result_handler.procedure != 0 ||
        (plan->has_default && signature->result_pointer))
        return true;
    for (size_t i = 0; i < plan->n && plan->default_handler.procedure != 0; i++)
        if (plan->bindings[i].cancel && !plan->bindings[i].has_result)
            return true;
    return false;
}

static bool refuse(uint32_t seed)
{
    bool may = may_be_refused(&model.plan);

    n_refused++;
    if (!CHECK(may))
        printf("# seed 0x%08x: refused\n", (unsigned)seed);
    return may;
}

static bool plan_agrees(uint32_t seed, const struct routine_terms *terms)
{
    struct routine *routine;
    const char *wrong = NULL;

    if (routine_prepare(NULL, SAME_UNKNOWN, true, model_plan(&model), terms, near, &routine) != OK)
        return refuse(seed);
    n_compiled++;
    routine_commit(routine);
    wrong = raise(routine, seed);
    if (!CHECK(wrong == NULL))
        complain(wrong, seed, routine);
    routine_free(routine);
    return wrong == NULL;
}

void trial_plans(trial_make_t *make, const struct routine_terms *terms, uint32_t seed, unsigned n)
{
    bool agrees = true;

    n_compiled = n_refused = 0;
    for (unsigned i = 0; i < n && agrees; i++) {
        uint32_t next = random_next(&seed);

        agrees = CHECK(model_new(make, next)) && plan_agrees(next, terms);
        model_free(&model);
    }
    CHECK(n_compiled > n_refused);
}

/* ---- one of another ---- */

/* A plan that stays, since routines are compared with those before them. */
struct kept {
    struct dispatch plan;
    struct dispatch_binding bindings[MODEL_BINDINGS];
    struct routine *routine;
};

static struct kept kept[2];

static void keep(struct kept *to)
{
    memcpy(to->bindings, model.bindings, sizeof to->bindings);
    to->plan = model.plan;
    to->plan.bindings = to->bindings;
}

/* More or fewer at the end, mostly one; or something in the middle. */
static void change(uint32_t *seed, size_t all)
{
    size_t n = model.plan.n;

    switch (random_next(seed) % 8) {
    case 0:
        n = random_next(seed) % (all + 1);
        break;
    case 1:
        n = n == 0 ? 0 : n - 1;
        break;
    case 2:
        model_rearrange(&model, random_next(seed) | 1, n);
        break;
    default:
        n = n < all ? n + 1 : n;
    }
    model.plan.n = n;
}

static bool answers_always(void)
{
    return model.plan.signature.result_size == 0 || model.plan.has_default ||
           (model.plan.default_handler.procedure != 0);
}

static bool link_agrees(struct kept *before, struct kept *next, uint32_t seed)
{
    const struct routine_terms terms = {.no_tree = false};
    bool left = seed % 4 != 0;
    const char *wrong;

    keep(next);
    next->routine = NULL;
    if (routine_prepare(before->routine, SAME_UNKNOWN, left, &next->plan, &terms, near,
                        &next->routine) != OK)
        return refuse(seed);
    if (seed % 8 == 1) { /* made, and not wanted */
        routine_free(next->routine);
        next->routine = NULL;
        if (routine_prepare(before->routine, SAME_UNKNOWN, left, &next->plan, &terms, near,
                            &next->routine) != OK)
            return true;
    }
    routine_commit(next->routine);
    n_compiled++;
    wrong = raise(next->routine, seed);
    if (!CHECK(wrong == NULL))
        complain(wrong, seed, next->routine);
    return wrong == NULL;
}

static bool chain_agrees(uint32_t seed, trial_make_t *make)
{
    unsigned at = 0;
    bool agrees = CHECK(model_new(make, seed));
    size_t all = model.plan.n;

    kept[0].routine = kept[1].routine = NULL;
    model.plan.n = agrees && answers_always() ? random_next(&seed) % (all + 1) : all;
    for (unsigned i = 0; i < N_LINKS && agrees && answers_always(); i++) {
        struct kept *before = &kept[at], *next = &kept[1 - at];

        change(&seed, all);
        agrees = link_agrees(before, next, random_next(&seed));
        if (before->routine != NULL)
            routine_free(before->routine);
        before->routine = NULL;
        at = 1 - at;
    }
    if (kept[at].routine != NULL)
        routine_free(kept[at].routine);
    model_free(&model);
    return agrees;
}

static void chains_agree(trial_make_t *const makers[2], uint32_t seed, unsigned n)
{
    n_compiled = 0;
    for (unsigned i = 0; i < n; i++)
        if (!chain_agrees(random_next(&seed), makers[i % 2]))
            break;
    CHECK(n_compiled > n);
}

void trial_chains(uint32_t seed, unsigned n)
{
    static trial_make_t *const makers[] = {model_make, model_make_searching};

    chains_agree(makers, seed, n);
}

void trial_faulty_chains(uint32_t seed, unsigned n)
{
    static trial_make_t *const makers[] = {model_make_faulty, model_make_searching_faulty};

    chains_agree(makers, seed, n);
}
