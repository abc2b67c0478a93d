/* Patches that come and go while strands are in what is patched, in the patches, and in their handlers. */
#include <stdlib.h>
#include <string.h>
#include <whorl/lock.h>
#include <whorl/patch.h>
#include <whorl/strand.h>

#include "kernel/patch/patch.h"
#include "kernel/quiescence.h"
#include "kernel/test.h"

SUITE("strand_patch");

#define WORKERS 3
#define ROUNDS 60
#define SITES 12 /* instructions of a subject */
#define P(procedure) ((procedure_t)(procedure))

static volatile bool stop;
static volatile uint32_t n_seen, n_wrong, n_work[WORKERS];

/* ---- subjects ---- */

/* A loop, branches and calls. */
static EVENT unsigned sum_of(unsigned n)
{
    unsigned sum = 0;

    for (volatile unsigned i = 1; i <= n; i++)
        sum += i;
    return sum;
}

static EVENT unsigned twice(unsigned n)
{
    return sum_of(n) + sum_of(n);
}

static void work(void *closure)
{
    volatile uint32_t *n = &n_work[(unsigned)closure];

    for (unsigned i = 0; !stop; i = (i + 1) % 40, ++*n)
        if (twice(i) != i * (i + 1))
            n_wrong++;
}

/* ---- handlers ---- */

static void see(void *closure, uint32_t site)
{
    (void)closure;
    (void)site;
    __atomic_fetch_add(&n_seen, 1, __ATOMIC_RELAXED);
}

static unsigned sum_otherwise(unsigned n)
{
    return n * (n + 1) / 2;
}

/* ---- strands ---- */

static strand_t *workers[WORKERS];

static void begin_workers(void)
{
    stop = false;
    n_seen = n_wrong = 0;
    for (unsigned i = 0; i < WORKERS; i++)
        CHECK_STATUS(OK, strand_create(work, (void *)i, NULL, &workers[i]));
}

static void end_workers(void)
{
    stop = true;
    for (unsigned i = 0; i < WORKERS; i++)
        CHECK_STATUS(OK, strand_join(workers[i]));
    CHECK_EQUAL(0, n_wrong);
    quiescence_collect();
}

/* The workers are preempted wherever they are then. */
static void wait_somewhere(void)
{
    (void)strand_sleep(20 + (uint64_t)rand() % 300);
}

/* ---- */

TEST(patches_come_and_go_while_strands_are_anywhere_in_them)
{
    patch_t *patches[3];

    begin_workers();
    for (unsigned i = 0; i < ROUNDS; i++) {
        for (unsigned k = 0; k < 3; k++) {
            vaddr_t site = (vaddr_t)(k == 0 ? twice : sum_of) + 4 * ((unsigned)rand() % SITES);

            if (patch_insert((const void *)site, P(see), NULL, NULL, &patches[k]) != OK)
                patches[k] = NULL;
            wait_somewhere();
        }
        for (unsigned k = 0; k < 3; k++) {
            CHECK_STATUS(OK, patch_remove(patches[k]));
            if (k == 1)
                wait_somewhere();
        }
    }
    end_workers();
    CHECK(n_seen > 0);
}

TEST(procedures_are_replaced_while_strands_are_in_them)
{
    patch_t *patch;

    begin_workers();
    for (unsigned i = 0; i < ROUNDS; i++) {
        CHECK_STATUS(OK, patch_replace(P(sum_of), P(sum_otherwise), &patch));
        wait_somewhere();
        CHECK_STATUS(OK, patch_remove(patch));
        wait_somewhere();
    }
    end_workers();
}

TEST(counts_are_made_while_strands_lose_the_processor)
{
    uint64_t count = 0;
    patch_t *patch;
    uint32_t before = 0, after = 0;

    begin_workers();
    CHECK_STATUS(OK, patch_count((const void *)twice, NULL, &patch));
    for (unsigned i = 0; i < WORKERS; i++)
        before += n_work[i];
    for (unsigned i = 0; i < ROUNDS / 2; i++)
        wait_somewhere();
    for (unsigned i = 0; i < WORKERS; i++)
        after += n_work[i];
    CHECK_STATUS(OK, patch_counted(patch, &count));
    CHECK(count >= after - before);
    CHECK(count <= after - before + 2 * WORKERS);
    CHECK_STATUS(OK, patch_remove(patch));
    end_workers();
}

/* ---- waiting inside ---- */

static semaphore_t *gate;
static volatile uint32_t n_inside;

static void wait_inside(void *closure, uint32_t site)
{
    (void)closure;
    (void)site;
    n_inside++;
    if (semaphore_wait(gate) != OK)
        n_wrong++;
}

static void pass_once(void *closure)
{
    (void)closure;
    if (sum_of(10) != 55)
        n_wrong++;
}

/* What is in the body of a patch that a procedure begins with. */
static bool body_of(vaddr_t procedure, struct patch_view *view)
{
    for (patch_t *p = patch_next(NULL); p != NULL; p = patch_next(p)) {
        patch_look(p, view);
        if (view->site == procedure)
            return true;
    }
    return false;
}

TEST(a_patch_goes_while_a_strand_waits_in_its_handler)
{
    struct patch_view view;
    patch_t *patch;
    strand_t *strand;

    n_wrong = n_inside = 0;
    CHECK_STATUS(OK, semaphore_create(0, &gate));
    CHECK_STATUS(OK, patch_insert((const void *)sum_of, P(wait_inside), NULL, NULL, &patch));
    CHECK_STATUS(OK, strand_create(pass_once, NULL, NULL, &strand));
    while (n_inside == 0)
        (void)strand_sleep(100);
    CHECK(body_of((vaddr_t)sum_of, &view));
    CHECK_STATUS(OK, patch_remove(patch));
    quiescence_collect();
    CHECK(quiescence_is_running(view.body, view.body_size));
    CHECK_EQUAL(55, sum_of(10));
    CHECK_EQUAL(1, n_inside);
    CHECK_STATUS(OK, semaphore_post(gate));
    CHECK_STATUS(OK, strand_join(strand));
    CHECK_EQUAL(0, n_wrong);
    CHECK(!quiescence_is_running(view.body, view.body_size));
    CHECK_STATUS(OK, semaphore_destroy(gate));
    quiescence_collect();
}
