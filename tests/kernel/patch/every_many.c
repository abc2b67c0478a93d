/* Many patches at a time: on all instructions, and with bodies that only springboards reach. See every.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/image.h"
#include "arch/ppc/layout.h"
#include "kernel/patch/site.h"
#include "kernel/patch/springboard.h"
#include "kernel/test.h"
#include "tests/kernel/effects/random.h"
#include "tests/kernel/patch/every.h"
#include "tests/kernel/patch/every_private.h"
#include "tests/kernel/patch/exercise.h"

#define FAR_AWAY 0x0f000000u /* bodies near here are more than 64 MB from the kernel's text */
#define MEGABYTE 0x100000u
#define SHORT_STEPS 12000
#define STEPPED_MAX 40000 /* steps of an exercise that is stepped with all patches */
#define VISITED_MAX 16384

/* A patched site. */
struct held {
    vaddr_t site;
    patch_t *patch;
    uint64_t count, rise; /* at the latest reading, and since the one before */
    uint64_t nothing;     /* how much it rises by an exercise of nothing */
    bool exact;           /* it was counted exactly in some exercise */
};

static struct held *held; /* by rising site, until they are shuffled */
static size_t n_held;

static void insert(const vaddr_t sites[], size_t n, const struct patch_options *options)
{
    n_held = 0;
    for (size_t i = 0; i < n && !every_has_failed(); i++) {
        status_t status = patch_count((const void *)sites[i], options, &held[n_held].patch);

        held[n_held].site = sites[i];
        if (status == OK)
            n_held++;
        else
            every_refused(sites[i], status);
    }
}

static void remove_all(void)
{
    while (n_held > 0) {
        n_held--;
        (void)every_check(patch_remove(held[n_held].patch) == OK, "cannot be removed\n",
                          held[n_held].site);
    }
}

/* ---- counts ---- */

static struct held *find(uint32_t number)
{
    size_t low = 0, high = n_held;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (TEXT_NUMBER(held[middle].site) < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n_held && TEXT_NUMBER(held[low].site) == number ? &held[low] : NULL;
}

/* The patched sites of an exercise, its visits in step with them. */
static struct {
    struct held *held;
    uint32_t wanted;
    bool of_exceptions;
} visited[VISITED_MAX];
static size_t n_visited;

static void find_visited(const struct exercise *exercise)
{
    n_visited = 0;
    for (size_t i = 0; i < exercise->n_visits && n_visited < VISITED_MAX; i++) {
        visited[n_visited].held = find(exercise->visits[i].number);
        visited[n_visited].wanted = exercise->visits[i].count;
        n_visited += visited[n_visited].held != NULL;
    }
}

static void read_counts(void)
{
    for (size_t i = 0; i < n_visited; i++) {
        struct held *one = visited[i].held;
        uint64_t count = every_counted(one->patch);

        one->rise = count - one->count;
        one->count = count;
    }
}

/* How much the counts rise by reading them, and by calling an exercise. */
static void read_nothing(bool stepped)
{
    read_counts();
    (void)(stepped ? exercise_step(NULL, NULL) : exercise_run(NULL));
    read_counts();
    for (size_t i = 0; i < n_visited; i++)
        visited[i].held->nothing = visited[i].held->rise;
}

/*
 * Runs one and returns how many counts are others than expected: what the heap does depends on what the patches have taken
 * of it.
 */
static size_t compare_counts(const struct exercise *exercise)
{
    size_t n = 0;

    read_nothing(false);
    (void)every_check(exercise_run(exercise), exercise->name, 0);
    read_counts();
    for (size_t i = 0; i < n_visited; i++) {
        struct held *one = visited[i].held;

        if (one->rise - one->nothing == visited[i].wanted)
            one->exact = true;
        else
            n++;
    }
    return n;
}

/* Those that each exception executes cannot be counted while something is stepped. */
static void find_of_exceptions(void)
{
    (void)exercise_step(&exercise_idle, NULL);
    read_counts();
    for (size_t i = 0; i < n_visited; i++)
        visited[i].of_exceptions = visited[i].held->rise != visited[i].held->nothing;
}

/* Counts and single-step in one run. */
static void step_counts(const struct exercise *exercise)
{
    read_nothing(true);
    find_of_exceptions();
    (void)every_check(exercise_step(exercise, NULL), exercise->name, 0);
    read_counts();
    for (size_t i = 0; i < n_visited && !every_has_failed(); i++) {
        struct held *one = visited[i].held;

        one->exact = visited[i].of_exceptions ||
                     every_check(one->rise - one->nothing == exercise_visits(one->site),
                                 exercise->name, one->site);
    }
}

/* Sites that are executed, and were never counted exactly: those of large exercises that the heap makes differ. */
static void check_exact(uint32_t steps, size_t n_stepped)
{
    size_t n = 0;

    for (size_t i = 0; i < n_exercises && exercises[i].n_steps <= steps; i++) {
        find_visited(&exercises[i]);
        for (size_t k = 0; k < n_visited; k++) {
            n += !visited[k].held->exact;
            visited[k].held->exact = true;
        }
    }
    printf("    # %u exercises were stepped with all patches, %u sites differ in longer ones\n",
           (unsigned)n_stepped, (unsigned)n);
    CHECK(200 * n <= n_held);
}

static void check_counts(uint32_t steps)
{
    size_t n_stepped = 0;

    for (size_t i = 0; i < n_held; i++)
        held[i].exact = false;
    for (size_t i = 0; i < n_exercises && exercises[i].n_steps <= steps && !every_has_failed();
         i++) {
        find_visited(&exercises[i]);
        if (compare_counts(&exercises[i]) == 0 || exercises[i].n_steps > STEPPED_MAX)
            continue;
        step_counts(&exercises[i]);
        n_stepped++;
    }
    check_exact(steps, n_stepped);
}

static void run_all(uint32_t steps)
{
    for (size_t i = 0; i < n_exercises && exercises[i].n_steps <= steps && !every_has_failed(); i++)
        (void)every_check(exercise_run(&exercises[i]), exercises[i].name, 0);
}

/* ---- all at once ---- */

static void shuffle(void)
{
    uint32_t seed = 20021121;

    for (size_t i = n_held; i > 1; i--) {
        size_t other = random_next(&seed) % i;
        struct held one = held[i - 1];

        held[i - 1] = held[other];
        held[other] = one;
    }
}

static void remove_in_random_order(void)
{
    size_t part = n_held / 6 + 1;

    shuffle();
    while (n_held > 0 && !every_has_failed()) {
        n_held--;
        (void)every_check(patch_remove(held[n_held].patch) == OK, "cannot be removed\n",
                          held[n_held].site);
        if (n_held % part == 0)
            run_all(SHORT_STEPS);
    }
    remove_all();
}

static vaddr_t *all_sites(unsigned stride, size_t *n)
{
    vaddr_t *sites;

    *n = every_sites(NULL, 0);
    sites = malloc(*n * sizeof sites[0]);
    held = calloc(*n, sizeof held[0]);
    if (CHECK(sites != NULL) && CHECK(held != NULL)) {
        (void)every_sites(sites, *n);
        *n = (*n + stride - 1) / stride;
        for (size_t i = 0; i < *n; i++)
            sites[i] = sites[i * stride];
        return sites;
    }
    free(sites);
    free(held);
    return NULL;
}

void every_at_once(enum patch_mode mode, unsigned stride)
{
    size_t n_procedures = every_mark(), n;
    vaddr_t *sites = all_sites(stride, &n);

    if (sites == NULL)
        return;
    patch_set_mode(mode);
    insert(sites, n, NULL);
    CHECK(n_held >= n - n / 100);
    printf("    # %u instructions of %u procedures\n", (unsigned)n_held, (unsigned)n_procedures);
    check_counts(UINT32_MAX);
    remove_in_random_order();
    run_all(UINT32_MAX);
    free(held);
    free(sites);
}

/* ---- out of reach ---- */

static enum patch_way way_of(const struct held *one, struct patch_view *view)
{
    patch_look(one->patch, view);
    return view->way;
}

static void check_is_far(const struct held *one, enum patch_way way)
{
    struct patch_view view;

    (void)every_check(way_of(one, &view) == way, "goes another way\n", one->site);
    (void)every_check(view.body - view.site > 64 * MEGABYTE, "is not far\n", one->site);
}

/* One more than there are springboards: it traps, until another is removed. */
static void check_the_last(void)
{
    struct patch_view view;

    for (size_t i = 0; i + 1 < n_held; i++)
        check_is_far(&held[i], WAY_SPRINGBOARD);
    check_is_far(&held[n_held - 1], WAY_TRAP);
    check_counts(SHORT_STEPS);
    (void)every_check(patch_remove(held[0].patch) == OK, "cannot be removed\n", held[0].site);
    held[0] = held[n_held - 1];
    n_held--;
    (void)every_check(way_of(&held[0], &view) == WAY_SPRINGBOARD, "is not promoted\n",
                      held[0].site);
    run_all(SHORT_STEPS);
}

/* Sites that short exercises execute, every stride-th of them. */
static size_t executed_sites(vaddr_t sites[], size_t max, size_t stride, size_t from)
{
    size_t n = 0, turn = 0;

    for (size_t i = 0; i < n_exercises && exercises[i].n_steps <= SHORT_STEPS; i++)
        for (size_t k = 0; k < exercises[i].n_visits && n < max; k++) {
            vaddr_t site = TEXT_ADDRESS(exercises[i].visits[k].number);
            struct site_facts facts;
            bool known = false;

            if (turn++ % stride != from)
                continue;
            site_find(site, &facts);
            for (size_t j = 0; j < n; j++)
                known = known || sites[j] == site;
            if (!known && facts.answer == SITE_ACCEPTED)
                sites[n++] = site;
        }
    return n;
}

static int compare_sites(const void *a, const void *b)
{
    vaddr_t x = *(const vaddr_t *)a, y = *(const vaddr_t *)b;

    return x < y ? -1 : x > y;
}

static void far_round(vaddr_t sites[], size_t wanted, size_t from)
{
    struct patch_options options = {.near = (const void *)FAR_AWAY};
    size_t n = executed_sites(sites, wanted, 29, from);

    qsort(sites, n, sizeof sites[0], compare_sites);
    insert(sites, n, &options);
    if (!CHECK_EQUAL(wanted, n) || !CHECK_EQUAL(wanted, n_held)) {
        remove_all();
        return;
    }
    for (size_t i = 0; i < n_held; i++)
        check_is_far(&held[i], WAY_SPRINGBOARD);
    check_counts(SHORT_STEPS);
    remove_all();
}

/* The patch that is one too many is the last in order of insertion and of place. */
static void exhaust(vaddr_t sites[], size_t n_free)
{
    struct patch_options options = {.near = (const void *)FAR_AWAY};
    size_t n = executed_sites(sites, n_free + 1, 29, 28);

    qsort(sites, n, sizeof sites[0], compare_sites);
    insert(sites, n, &options);
    if (CHECK_EQUAL(n_free + 1, n_held))
        check_the_last();
    remove_all();
}

void every_far(enum patch_mode mode, unsigned n_rounds)
{
    size_t n_free = springboard_capacity() - springboard_used();
    vaddr_t *sites = calloc(n_free + 1, sizeof sites[0]);

    held = calloc(n_free + 1, sizeof held[0]);
    patch_set_mode(mode);
    if (CHECK(sites != NULL) && CHECK(held != NULL) && CHECK(n_free >= 400)) {
        for (unsigned i = 0; i < n_rounds && !every_has_failed(); i++)
            far_round(sites, 400, i % 28);
        exhaust(sites, n_free);
    }
    free(held);
    free(sites);
}
