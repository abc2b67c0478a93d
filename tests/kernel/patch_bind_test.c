/*
 * Patches where binding writes words too: on calls of imports that are bound, unbound, led elsewhere and back, and in domains
 * that go. What is called gives what it gave, and every patch counts how often its instruction was executed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/mmu.h"
#include "domains/domain.h"
#include "kernel/event/event.h"
#include "kernel/kernel_domains.h"
#include "kernel/patch/patch_private.h"
#include "kernel/quiescence.h"
#include "kernel/test.h"
#include "tests/host/random.h"
#include "tests/kernel/patch/cover.h"

SUITE("patch_bind");

#define P(procedure) ((procedure_t)(procedure))

static void __attribute__((constructor)) begin(void)
{
    (void)kernel_types_all();
}

/* ---- */

static int wanted_home, wanted_user;

static void begin_both(void)
{
    load_spliced();
    load_splicer();
    wanted_home = exercise_spliced();
    wanted_user = exercise_splicer();
    cover_begin(&home);
    cover_begin(&user);
    CHECK(cover_all(&home) > 40);
    CHECK(cover_all(&user) > 15);
    CHECK_EQUAL(wanted_home, exercise_spliced());
    CHECK_EQUAL(wanted_user, exercise_splicer());
    cover_measure(&home);
    cover_measure(&user);
}

static struct cover home_before, user_before;

/* Everything once, with the counts that belong to it. */
static void check_both(void)
{
    home_before = home;
    user_before = user;
    cover_measure(&home_before);
    cover_measure(&user_before);
    CHECK_EQUAL(wanted_home, exercise_spliced());
    CHECK_EQUAL(wanted_user, exercise_splicer());
    cover_check_counts(&home, &home_before, 1);
    cover_check_counts(&user, &user_before, 1);
}

static void end_both(void)
{
    cover_end(&user);
    cover_end(&home);
    cover_check_text(&user);
    cover_check_text(&home);
    CHECK_EQUAL(wanted_home, exercise_spliced());
    CHECK_EQUAL(wanted_user, exercise_splicer());
    unload("splicer");
    unload("spliced");
}

TEST(patched_calls_are_led_elsewhere_and_back)
{
    begin_both();
    check_both();
    for (unsigned i = 0; i < 4; i++) {
        binding_t *one = install_note("spliced", "spliced", i & 1), *other;

        check_both();
        other = install_note("spliced", "spliced_other", i & 2);
        n_raised = 0;
        check_both();
        CHECK(n_raised > 8);
        CHECK_STATUS(OK, event_destroy(i & 1 ? other : one));
        check_both();
        CHECK_STATUS(OK, event_destroy(i & 1 ? one : other));
        check_both();
    }
    end_both();
}

/* Patches and calls that are led stay when an import is bound again; but its slot is written anew. */
TEST(patched_calls_are_bound_and_unbound)
{
    binding_t *binding = NULL;

    begin_both();
    for (unsigned i = 0; i < 6; i++) {
        unbind_splicer();
        if (i == 2)
            binding = install_note("spliced", "spliced", true);
        if (i == 4)
            CHECK_STATUS(OK, event_destroy(binding));
        CHECK_EQUAL(wanted_home, exercise_spliced());
        bind_splicer();
        check_both();
    }
    end_both();
}

/* What was patched while it was unbound or led elsewhere is as it was without. */
TEST(words_are_bound_under_patches_as_without)
{
    binding_t *binding;

    begin_both();
    cover_end(&user);
    unbind_splicer();
    cover_all(&user);
    bind_splicer();
    CHECK_EQUAL(wanted_user, exercise_splicer());
    unbind_splicer();
    cover_end(&user);
    bind_splicer();
    binding = install_note("spliced", "spliced", false);
    cover_all(&user);
    CHECK_EQUAL(wanted_user, exercise_splicer());
    CHECK_STATUS(OK, event_destroy(binding));
    CHECK_EQUAL(wanted_user, exercise_splicer());
    binding = install_note("spliced", "spliced", false);
    cover_end(&user);
    CHECK_EQUAL(wanted_user, exercise_splicer());
    CHECK_STATUS(OK, event_destroy(binding));
    end_both();
}

/* ---- domains that go ---- */

/* What goes first: patches, events, who calls; and what is there at all. */
TEST(domains_go_with_their_patches_and_events_in_every_order)
{
    for (unsigned what = 0; what < 8; what++) {
        binding_t *binding = NULL;

        load_spliced();
        load_splicer();
        cover_begin(&home);
        cover_begin(&user);
        if ((what & 1) != 0)
            binding = install_note("spliced", "spliced", true);
        cover_all(&home);
        cover_all(&user);
        if ((what & 1) == 0)
            binding = install_note("spliced", "spliced", true);
        exercise_splicer();
        if ((what & 2) != 0)
            CHECK_STATUS(OK, event_destroy(binding));
        if ((what & 4) != 0)
            cover_end(&home);
        unload("splicer");
        CHECK(cover_is_gone(&user));
        exercise_spliced();
        unload("spliced");
        CHECK(cover_is_gone(&home));
        free(user.copy);
        free(home.copy);
    }
}

static EVENT int replaced(int n)
{
    return n - 1;
}

TEST(what_a_domain_has_put_on_others_goes_with_it)
{
    struct patch_wish wish = {.site = (const void *)replaced};
    patch_t *patch = NULL, *owned = NULL;

    load_spliced();
    CHECK_STATUS(OK, patch_replace(P(replaced), P(address_of("spliced", "spliced_other")), &patch));
    CHECK_STATUS(OK, patching_count(domain_named("spliced"), &wish, &owned));
    CHECK_EQUAL(7, replaced(5));
    CHECK_EQUAL(1, count_of(owned));
    unload("spliced");
    CHECK_EQUAL(4, replaced(5));
    CHECK_EQUAL(~0u, count_of(owned));
    CHECK_STATUS(ERR_BAD_CAPABILITY, patch_remove(patch));
}

/* ---- a domain that goes while a patch's handler is in it ---- */

static unsigned n_unloaded;

static void unload_both(void *closure, uint32_t site)
{
    (void)closure;
    (void)site;
    if (n_unloaded++ != 0)
        return;
    unload("splicer");
    unload("spliced");
}

TEST(a_domain_stays_until_it_has_left_a_patch)
{
    patch_t *patch = NULL;
    function_t leaf;

    load_spliced();
    load_splicer();
    leaf = (function_t)address_of("spliced", "spliced_other");
    n_unloaded = 0;
    CHECK_STATUS(OK, patch_insert((const void *)leaf, P(unload_both), &n_unloaded, NULL, &patch));
    CHECK_EQUAL(7, leaf(5));
    CHECK_EQUAL(1, n_unloaded);
    CHECK(domain_named("spliced") == NULL);
    CHECK_EQUAL(~0u, count_of(patch));
}

static EVENT int half(int n)
{
    return n / 2;
}

static EVENT int calls_others(int n)
{
    return half(n) + half(n + 1);
}

static vaddr_t unloaded_text;

static void unload_caller(void *closure, uint32_t site)
{
    (void)closure;
    (void)site;
    if (n_unloaded++ != 0)
        return;
    unload("spliced");
    quiescence_collect();
    CHECK(mmu_readable(unloaded_text, 4));
}

static void __attribute__((noipa)) clear_stack(void)
{
    volatile char below[4000];

    for (size_t i = 0; i < sizeof below; i++)
        below[i] = 0;
}

#define MFLR_R0 0x7c0802a6

/* It is about to be saved, and nowhere but in r0. */
TEST(who_called_a_patched_procedure_stays_though_lr_is_not_saved)
{
    const uint32_t *at = (const uint32_t *)calls_others;
    binding_t *intrinsic = NULL, *binding = NULL;
    patch_t *patch = NULL;
    function_t home_call;

    load_spliced();
    home_call = (function_t)address_of("spliced", "spliced_home");
    unloaded_text = (vaddr_t)home_call;
    CHECK_STATUS(OK, event_install(P(address_of("spliced", "spliced")), P(calls_others), NULL, NULL,
                                   &binding));
    CHECK_STATUS(OK, event_intrinsic(P(address_of("spliced", "spliced")), &intrinsic));
    CHECK_STATUS(OK, event_uninstall(intrinsic));
    while (*at++ != MFLR_R0)
        ;
    n_unloaded = 0;
    CHECK_STATUS(OK, patch_insert(at, P(unload_caller), &n_unloaded, NULL, &patch));
    clear_stack();
    CHECK_EQUAL(10 * 5 + 7, home_call(5));
    CHECK_EQUAL(1, n_unloaded);
    CHECK_STATUS(OK, patch_remove(patch));
    quiescence_collect();
    CHECK(!mmu_readable(unloaded_text, 4));
}

/* ---- at random ---- */

#define N_STEPS 3000
#define N_EVENTS 4

static const char *const event_names[N_EVENTS] = {"spliced", "spliced_other", "spliced_thunk",
                                                  "spliced_recursion"};

static struct {
    binding_t *bindings[N_EVENTS];
    bool user, bound;
} world;

static void toggle_patch(struct cover *cover, uint32_t *seed)
{
    size_t i = random_below(seed, (uint32_t)cover->n);

    if (cover->patches[i] == NULL) {
        cover_word(cover, i);
        return;
    }
    if (count_of(cover->patches[i]) != ~0u)
        CHECK_STATUS(OK, patch_remove(cover->patches[i]));
    cover->patches[i] = NULL;
}

static void toggle_event(uint32_t *seed)
{
    unsigned i = random_below(seed, N_EVENTS);

    if (world.bindings[i] != NULL) {
        CHECK_STATUS(OK, event_destroy(world.bindings[i]));
        world.bindings[i] = NULL;
    } else {
        world.bindings[i] = install_note("spliced", event_names[i], random_below(seed, 2) != 0);
    }
}

static void toggle_user(void)
{
    if (world.user) {
        unload("splicer");
        CHECK(cover_is_gone(&user));
    } else {
        load_splicer();
        user.text = domain_named("splicer")->image.memory.text.address;
    }
    memset(user.patches, 0, sizeof user.patches);
    world.user = world.bound = !world.user;
}

static void toggle_binding(void)
{
    if (world.bound)
        unbind_splicer();
    else
        bind_splicer();
    world.bound = !world.bound;
}

static void change_something(uint32_t *seed)
{
    switch (random_below(seed, 16)) {
    case 0:
    case 1:
    case 2:
        toggle_event(seed);
        break;
    case 3:
        toggle_user();
        break;
    case 4:
    case 5:
        if (world.user)
            toggle_binding();
        break;
    case 6:
    case 7:
    case 8:
    case 9:
    case 10:
        if (world.user)
            toggle_patch(&user, seed);
        break;
    default:
        toggle_patch(&home, seed);
        break;
    }
}

/* Counts of `home` rise by what the exercises of both make of it. */
static void check_world(const unsigned alone[], const unsigned together[])
{
    bool both = world.user && world.bound;

    home_before = home;
    user_before = user;
    cover_measure(&home_before);
    cover_measure(&user_before);
    memcpy(home.wanted, both ? together : alone, sizeof home.wanted);
    CHECK_EQUAL(wanted_home, exercise_spliced());
    if (both)
        CHECK_EQUAL(wanted_user, exercise_splicer());
    cover_check_counts(&home, &home_before, 1);
    cover_check_counts(&user, &user_before, both);
}

/* One exercise each, with everything patched. */
static void measure_world(unsigned alone[], unsigned together[])
{
    begin_both();
    memcpy(together, home.wanted, sizeof home.wanted);
    exercise_spliced();
    cover_measure(&home);
    for (size_t i = 0; i < home.n; i++)
        alone[i] = home.wanted[i] - together[i];
}

TEST(what_is_done_at_random_is_counted_and_undone)
{
    static unsigned alone[COVERED_MAX], together[COVERED_MAX];
    uint32_t seed = 2003;
    vaddr_t text, data;

    measure_world(alone, together);
    text = user.text;
    data = domain_named("splicer")->image.memory.data.address;
    world.user = world.bound = true;
    for (unsigned i = 0; i < N_STEPS; i++) {
        change_something(&seed);
        check_world(alone, together);
    }
    if (world.user && !world.bound)
        toggle_binding();
    if (!world.user)
        toggle_user();
    for (unsigned i = 0; i < N_EVENTS; i++)
        CHECK_STATUS(OK, event_destroy(world.bindings[i]));
    cover_end(&user);
    if (user.text != text || domain_named("splicer")->image.memory.data.address != data)
        memcpy(user.copy, (const void *)user.text, user.n * 4);
    end_both();
}
