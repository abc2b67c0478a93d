/* What domains may have is counted, and what is over their quotas refused; whoever goes on asking is told of. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/event.h>
#include <whorl/patch.h>

#include "arch/ppc/layout.h"
#include "kernel/heap.h"
#include "kernel/page.h"
#include "domains/domain.h"
#include "kernel/patch/patch_private.h"
#include "kernel/patch/springboard.h"
#include "kernel/quota.h"
#include "kernel/strand/lock.h"
#include "kernel/strand/strand.h"
#include "kernel/test.h"

SUITE("quota");

#define QUOTA_OF_MEMORY (1 << 20)

static owner_t me(void)
{
    return owner_of_code((vaddr_t)me);
}

/* An owner that is no domain, and may have what those without privilege may. */
static owner_t somebody(void)
{
    owner_t owner = OWNER_NOBODY;

    if (CHECK_STATUS(OK, owner_create("somebody", QUOTA_OF_MEMORY, &owner)))
        quota_begin(owner, false);
    return owner;
}

static bool __attribute__((noinline)) says(const char *text)
{
    if (CHECK(strstr(status_explain(), text) != NULL))
        return true;
    printf("    #   not \"%s\": %s\n", text, status_explain());
    return false;
}

/* ---- counting ---- */

TEST(what_is_over_the_quota_is_refused_and_changes_nothing)
{
    owner_t owner = somebody();

    for (unsigned i = 0; i < 64; i++)
        CHECK_STATUS(OK, quota_take(owner, QUOTA_STRANDS));
    CHECK_STATUS(ERR_QUOTA, quota_take(owner, QUOTA_STRANDS));
    says("the domain somebody has 64 strands, which is its quota");
    CHECK_EQUAL(64, quota_used(owner, QUOTA_STRANDS));
    CHECK_EQUAL(0, quota_used(owner, QUOTA_LOCKS));
    quota_give(owner, QUOTA_STRANDS);
    CHECK_STATUS(OK, quota_take(owner, QUOTA_STRANDS));
    owner_destroy(owner);
}

TEST(a_new_owner_has_nothing_and_the_usual_quotas)
{
    owner_t owner = somebody();

    CHECK_STATUS(OK, quota_take(owner, QUOTA_LOCKS));
    quota_set(owner, QUOTA_LOCKS, 1);
    owner_destroy(owner);
    owner = somebody();
    CHECK_EQUAL(0, quota_used(owner, QUOTA_LOCKS));
    CHECK_EQUAL(4096, quota_limit(owner, QUOTA_LOCKS));
    owner_destroy(owner);
}

TEST(what_passes_to_another_is_charged_to_that_one_beyond_its_quota_too)
{
    owner_t one = somebody(), other = somebody();

    quota_set(other, QUOTA_SPRINGBOARDS, 0);
    CHECK_STATUS(OK, quota_take(one, QUOTA_SPRINGBOARDS));
    quota_move(one, other, QUOTA_SPRINGBOARDS);
    CHECK_EQUAL(0, quota_used(one, QUOTA_SPRINGBOARDS));
    CHECK_EQUAL(1, quota_used(other, QUOTA_SPRINGBOARDS));
    owner_destroy(one);
    owner_destroy(other);
}

TEST(the_kernel_has_no_quotas_and_the_privileged_of_patches_only)
{
    for (unsigned i = 0; i < N_QUOTAS; i++) {
        bool patches = i == QUOTA_PATCHES || i == QUOTA_SPRINGBOARDS;

        CHECK_EQUAL(QUOTA_UNLIMITED, quota_limit(OWNER_KERNEL, (enum quota)i));
        CHECK(patches == (quota_limit(me(), (enum quota)i) != QUOTA_UNLIMITED));
    }
}

TEST(who_ends_is_given_nothing_any_more)
{
    owner_t owner = somebody();
    struct strand_options options = {.stopped = true};
    struct strand *strand;
    struct lock *lock;

    CHECK_STATUS(OK, quota_take(owner, QUOTA_LOCKS));
    owners[owner].ends = true;
    for (unsigned i = QUOTA_STRANDS; i <= QUOTA_PATCHES; i++)
        CHECK_STATUS(ERR_STATE, quota_take(owner, (enum quota)i));
    says("somebody is in quarantine, or leaves");
    CHECK_STATUS(ERR_STATE, strand_make(owner, &options, false, NULL, NULL, &strand));
    CHECK_STATUS(ERR_STATE, lock_make(owner, CAPABILITY_MUTEX, sizeof(struct mutex), &lock));
    CHECK_EQUAL(0, quota_used(owner, QUOTA_STRANDS));
    CHECK_EQUAL(1, quota_used(owner, QUOTA_LOCKS));
    quota_give(owner, QUOTA_LOCKS);
    owner_destroy(owner);
}

/* ---- memory ---- */

TEST(a_quota_of_memory_can_be_changed_but_not_below_what_there_is)
{
    owner_t owner = somebody();
    void *piece = heap_allocate(100000, owner);
    size_t holds = owner_holds(owner);

    CHECK_STATUS(ERR_BAD_ARGUMENT, owner_set_quota(owner, holds - 1));
    says("somebody has 102400 bytes of memory");
    CHECK_EQUAL(QUOTA_OF_MEMORY, owners[owner].quota);
    CHECK_STATUS(OK, owner_set_quota(owner, holds));
    CHECK(heap_allocate(1, owner) == NULL);
    CHECK_EQUAL(holds, owner_holds(owner));
    CHECK_STATUS(OK, owner_set_quota(owner, holds + PAGE_SIZE));
    CHECK_EQUAL(holds, owner_holds(owner));
    heap_free(piece, owner);
    CHECK_EQUAL(0, owner_holds(owner));
    owner_destroy(owner);
}

TEST(what_is_charged_is_right_after_refusals_whatever_is_freed_and_got)
{
    owner_t owner = somebody();
    void *piece = heap_allocate(16, owner), *large;
    size_t holds = owner_holds(owner);

    CHECK(heap_allocate(2 * QUOTA_OF_MEMORY, owner) == NULL);
    CHECK_EQUAL(holds, owner_holds(owner));
    heap_free(piece, owner);
    CHECK_EQUAL(0, owner_holds(owner));
    piece = heap_allocate(16, owner);
    CHECK_EQUAL(holds, owner_holds(owner));
    CHECK(heap_allocate(2 * QUOTA_OF_MEMORY, owner) == NULL);
    large = heap_allocate(QUOTA_OF_MEMORY / 2, owner);
    CHECK(large != NULL);
    CHECK(heap_allocate(QUOTA_OF_MEMORY / 2, owner) == NULL);
    heap_free(large, owner);
    heap_free(piece, owner);
    CHECK_EQUAL(0, owner_holds(owner));
    owner_destroy(owner);
}

/* ---- who goes on asking ---- */

static unsigned n_told;
static size_t told_limit;
static char told_what[40];

static void told(owner_t owner, size_t limit, const char *what)
{
    (void)owner;
    n_told++;
    told_limit = limit;
    snprintf(told_what, sizeof told_what, "%s", what);
}

static binding_t *listen(void)
{
    static const struct event_options instead = {.order = EVENT_FIRST, .cancel = true};
    binding_t *binding = NULL;

    n_told = 0;
    CHECK_STATUS(OK, event_install((procedure_t)quota_exhausted, (procedure_t)told, NULL, &instead,
                                   &binding));
    return binding;
}

static void ask(owner_t owner, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (quota_take(owner, QUOTA_STRANDS) == OK)
            CHECK(false);
}

static void ask_for_memory(owner_t owner, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (heap_allocate(2 * QUOTA_OF_MEMORY, owner) != NULL)
            CHECK(false);
}

TEST(a_thousand_refusals_in_a_row_are_one_too_many)
{
    owner_t owner = somebody();
    binding_t *binding = listen();

    quota_set(owner, QUOTA_STRANDS, 0);
    ask(owner, QUOTA_REFUSALS - 1);
    CHECK_EQUAL(0, n_told);
    ask(owner, 1);
    CHECK_EQUAL(1, n_told);
    CHECK_EQUAL(0, told_limit);
    CHECK(strcmp(told_what, "strands") == 0);
    CHECK_STATUS(OK, event_destroy(binding));
    owner_destroy(owner);
}

TEST(refusals_of_memory_count_like_all_others)
{
    owner_t owner = somebody();
    binding_t *binding = listen();

    quota_set(owner, QUOTA_STRANDS, 0);
    ask(owner, QUOTA_REFUSALS / 2);
    ask_for_memory(owner, QUOTA_REFUSALS / 2);
    CHECK_EQUAL(1, n_told);
    CHECK_EQUAL(QUOTA_OF_MEMORY, told_limit);
    CHECK(strcmp(told_what, "bytes of memory") == 0);
    CHECK_STATUS(OK, event_destroy(binding));
    owner_destroy(owner);
}

/* Each way to be granted something. */
static void grant(owner_t owner, unsigned way)
{
    void *pages = NULL;

    if (way == 0) {
        heap_free(heap_allocate(16, owner), owner);
    } else if (way == 1) {
        heap_free(heap_allocate(10000, owner), owner);
    } else if (way == 2) {
        CHECK_STATUS(OK, page_take(owner, 1, &pages));
        page_give(pages, 1);
    } else {
        CHECK_STATUS(OK, quota_take(owner, QUOTA_LOCKS));
        quota_give(owner, QUOTA_LOCKS);
    }
}

TEST(refusals_with_anything_granted_between_are_not_in_a_row)
{
    owner_t owner = somebody();
    binding_t *binding = listen();

    quota_set(owner, QUOTA_STRANDS, 0);
    for (unsigned i = 0; i < 12; i++) {
        ask_for_memory(owner, QUOTA_REFUSALS / 2);
        ask(owner, QUOTA_REFUSALS / 2 - 1);
        grant(owner, i % 4);
    }
    CHECK_EQUAL(0, n_told);
    CHECK_STATUS(OK, event_destroy(binding));
    owner_destroy(owner);
}

TEST(the_privileged_may_go_on_asking_for_memory)
{
    owner_t owner = somebody();
    binding_t *binding = listen();

    quota_begin(owner, true);
    quota_set(owner, QUOTA_STRANDS, 0);
    ask_for_memory(owner, 2 * QUOTA_REFUSALS);
    CHECK_EQUAL(0, n_told);
    ask(owner, QUOTA_REFUSALS);
    CHECK_EQUAL(1, n_told);
    CHECK_STATUS(OK, event_destroy(binding));
    owner_destroy(owner);
}

/* ---- patches ---- */

static EVENT int patched(int n)
{
    return n + 1;
}

static void handler(void *closure)
{
    ++*(unsigned *)closure;
}

static unsigned n_handled;

static status_t insert(const void *site, patch_t **patch)
{
    const struct patch_wish wish = {.site = site};

    return patching_insert(domain_of_owner(me()), &wish, (procedure_t)handler, &n_handled, patch);
}

static void limit(enum quota quota, uint32_t more)
{
    quota_set(me(), quota, quota_used(me(), quota) + more);
}

TEST(patches_are_counted_and_refused_when_there_are_as_many_as_may_be)
{
    uint32_t before = quota_used(me(), QUOTA_PATCHES), word = *(uint32_t *)patched;
    patch_t *patch = NULL, *other = NULL;

    limit(QUOTA_PATCHES, 1);
    CHECK_STATUS(OK, insert(patched, &patch));
    CHECK_EQUAL(before + 1, quota_used(me(), QUOTA_PATCHES));
    CHECK_STATUS(ERR_QUOTA, insert(patched, &other));
    says("test/quota has 1 patches, which is its quota");
    CHECK(other == NULL);
    CHECK_STATUS(OK, patch_remove(patch));
    CHECK_EQUAL(before, quota_used(me(), QUOTA_PATCHES));
    CHECK_EQUAL(word, *(uint32_t *)patched);
    quota_set(me(), QUOTA_PATCHES, 4096);
}

/* With its body where no branch from the site reaches. */
static status_t insert_far(patch_t **patch)
{
    const struct patch_wish wish = {.site = (const void *)heap_trim,
                                    .options = {.near = (const void *)patched}};

    return patching_insert(domain_of_owner(me()), &wish, (procedure_t)handler, &n_handled, patch);
}

TEST(a_springboard_is_charged_to_who_has_the_oldest_patch_it_leads_to)
{
    size_t used = springboard_used();
    uint32_t before = quota_used(me(), QUOTA_SPRINGBOARDS);
    patch_t *patch = NULL, *other = NULL;

    CHECK_STATUS(OK, insert_far(&patch));
    CHECK_EQUAL(used + 1, springboard_used());
    CHECK_EQUAL(before + 1, quota_used(me(), QUOTA_SPRINGBOARDS));
    CHECK_STATUS(OK, insert_far(&other));
    CHECK_EQUAL(before + 1, quota_used(me(), QUOTA_SPRINGBOARDS));
    CHECK_STATUS(OK, patch_remove(patch));
    CHECK_EQUAL(before + 1, quota_used(me(), QUOTA_SPRINGBOARDS));
    CHECK_STATUS(OK, patch_remove(other));
    CHECK_EQUAL(before, quota_used(me(), QUOTA_SPRINGBOARDS));
}

TEST(a_patch_that_needs_a_springboard_too_many_is_refused_and_no_other)
{
    size_t used = springboard_used();
    uint32_t word = *(uint32_t *)heap_trim, patches = quota_used(me(), QUOTA_PATCHES);
    patch_t *patch = NULL;

    limit(QUOTA_SPRINGBOARDS, 0);
    CHECK_STATUS(ERR_QUOTA, insert_far(&patch));
    says("test/quota has 0 springboards, which is its quota");
    CHECK(patch == NULL);
    CHECK_EQUAL(word, *(uint32_t *)heap_trim);
    CHECK_EQUAL(used, springboard_used());
    CHECK_EQUAL(patches, quota_used(me(), QUOTA_PATCHES));
    CHECK_STATUS(OK, insert(patched, &patch));
    CHECK_STATUS(OK, patch_remove(patch));
    quota_set(me(), QUOTA_SPRINGBOARDS, 256);
}
