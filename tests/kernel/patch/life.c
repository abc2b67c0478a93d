/* See life.h. */
#include "tests/kernel/patch/life.h"

#include <stdint.h>
#include <whorl/memory.h>
#include <whorl/patch.h>

#include "domains/domain.h"
#include "kernel/code_space.h"
#include "kernel/event/code_source.h"
#include "kernel/heap.h"
#include "kernel/patch/patch.h"
#include "kernel/patch/site.h"
#include "kernel/patch/springboard.h"
#include "kernel/quiescence.h"
#include "kernel/test.h"
#include "tests/kernel/effects/random.h"

#define P(procedure) ((procedure_t)(procedure))
#define HELD 64
#define FAR_AWAY ((const void *)0x0f000000)

void life_measure(struct life *life)
{
    struct memory_use use;
    size_t taken;

    quiescence_collect();
    site_forget_all();
    code_source_forget();
    domain_rest_all();
    heap_trim();
    memory_use(&use);
    life->heap_bytes = use.heap_bytes;
    life->n_free_pages = use.n_free_pages;
    code_space_use(&life->code_bytes, &taken);
    life->n_springboards = springboard_used();
    life->n_patches = 0;
    for (patch_t *p = patch_next(NULL); p != NULL; p = patch_next(p))
        life->n_patches++;
}

bool life_compare(const struct life *before, const struct life *after)
{
    return CHECK_EQUAL(before->heap_bytes, after->heap_bytes) &
           CHECK_EQUAL(before->code_bytes, after->code_bytes) &
           CHECK_EQUAL(before->n_springboards, after->n_springboards) &
           CHECK_EQUAL(before->n_patches, after->n_patches);
}

/* ---- wear ---- */

static EVENT int worn(int n)
{
    int sum = 0;

    for (int i = 0; i < n; i++)
        sum += i * i;
    return sum;
}

static int worn_down(int n)
{
    return n;
}

static EVENT void seen(uint32_t site)
{
    (void)site;
}

static void handle(void *closure, uint32_t site)
{
    (void)closure;
    (void)site;
}

static const uint32_t words[] = {0x38600007, 0x38800008};

static status_t insert(uint32_t *seed, patch_t **patch)
{
    struct patch_options options = {.near = random_next(seed) % 4 == 0 ? FAR_AWAY : NULL,
                                    .first = random_next(seed) % 2 != 0};
    const void *site = (const char *)worn + random_next(seed) % 6 * 4;

    switch (random_next(seed) % 8) {
    case 0:
        return patch_replace(P(worn), P(worn_down), patch);
    case 1:
        return patch_raise(site, P(seen), &options, patch);
    case 2:
        return patch_insert_code(site, words, 2, &options, patch);
    case 3:
    case 4:
        return patch_insert(site, P(handle), NULL, &options, patch);
    default:
        return patch_count(site, &options, patch);
    }
}

static void wear(unsigned n, uint32_t *seed)
{
    static patch_t *patches[HELD];

    for (unsigned i = 0; i < n; i++) {
        unsigned which = random_next(seed) % HELD % (i % 1000 < 500 ? 4 : HELD);

        if (patches[which] != NULL)
            CHECK_STATUS(OK, patch_remove(patches[which]));
        if (!CHECK_STATUS(OK, insert(seed, &patches[which])))
            break;
        if (i % 64 == 0)
            (void)worn(3);
    }
    for (unsigned i = 0; i < HELD; i++) {
        CHECK_STATUS(OK, patch_remove(patches[i]));
        patches[i] = NULL;
    }
}

void life_wear(unsigned n)
{
    uint32_t seed = 12345;
    struct life before, after;

    wear(2 * HELD, &seed);
    life_measure(&before);
    wear(n, &seed);
    life_measure(&after);
    CHECK(life_compare(&before, &after));
    CHECK_EQUAL(before.n_free_pages, after.n_free_pages);
    CHECK_EQUAL(14, worn(4));
}
