/*
 * Tests of domains/capability.c. The table outlives a test, so every test revokes
 * what it created, and those that need a small table come first.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "domains/capability.h"
#include "tests/host/fake_host.h"
#include "tests/host/random.h"

#define N_MANY 10000
#define N_CYCLES 100000
#define N_LATE 1000000
#define N_WORDS 1000000
#define N_FULL 131072
#define NEAR 4096 /* numbers that somebody who guesses might try */

static char objects[N_FULL]; /* what capabilities stand for: different addresses */
static void *held[N_FULL];
static size_t n_held;

static const char *kinds[] = {"none", "domain", "identity", "console"};

static void *create(enum capability_kind kind, void *object)
{
    void *capability = NULL;

    if (capability_create(kind, object, &capability) != OK)
        fail_msg("%s", status_explain());
    return capability;
}

/* Holds n more, the i-th of all for the i-th object. */
static void hold(size_t n)
{
    for (; n > 0; n--, n_held++)
        held[n_held] = create(CAPABILITY_DOMAIN, &objects[n_held]);
}

static void assert_all_held_live(void)
{
    for (size_t i = 0; i < n_held; i++)
        assert_ptr_equal(capability_object(held[i], CAPABILITY_DOMAIN), &objects[i]);
}

static void assert_stale(const void *capability)
{
    for (int kind = CAPABILITY_NONE; kind <= CAPABILITY_CONSOLE; kind++)
        if (capability_object(capability, (enum capability_kind)kind) != NULL)
            fail_msg("%p is a live %s", capability, kinds[kind]);
}

static void release_all(void)
{
    while (n_held > 0) {
        capability_revoke(held[--n_held]);
        assert_stale(held[n_held]);
    }
}

static int start(void **state)
{
    (void)state;
    fake_host_reset();
    return 0;
}

static int end(void **state)
{
    (void)state;
    fake_host_reset();
    release_all();
    return 0;
}

static int compare(const void *a, const void *b)
{
    uintptr_t left = (uintptr_t) * (void *const *)a;
    uintptr_t right = (uintptr_t) * (void *const *)b;

    return (left > right) - (left < right);
}

static void assert_all_different(void **capabilities, size_t n)
{
    qsort(capabilities, n, sizeof *capabilities, compare);
    for (size_t i = 1; i < n; i++)
        assert_ptr_not_equal(capabilities[i - 1], capabilities[i]);
}

static void *pointer(uint64_t number)
{
    return (void *)(uintptr_t)number;
}

/* ---- without memory ---- */

static void without_memory_there_is_not_even_one(void **state)
{
    char before;
    void *capability = &before;

    (void)state;
    fake_host.mallocs_left = 0;
    assert_int_equal(capability_create(CAPABILITY_DOMAIN, objects, &capability), ERR_NO_MEMORY);
    assert_string_equal(status_explain(), "no room for more than 0 capabilities");
    assert_ptr_equal(capability, &before);
    assert_stale(pointer(CAPABILITY_BASE));
}

/* Creates until there is no memory for more, which must leave everything as it was. */
static void exhaust(void)
{
    char before;
    void *capability;
    status_t status;

    fake_host.mallocs_left = 0;
    do {
        capability = &before;
        status = capability_create(CAPABILITY_DOMAIN, &objects[n_held], &capability);
        if (status == OK)
            held[n_held++] = capability;
    } while (status == OK && n_held < N_FULL);
    assert_int_equal(status, ERR_NO_MEMORY);
    assert_ptr_equal(capability, &before);
    assert_all_held_live();
}

static void a_failed_allocation_changes_nothing(void **state)
{
    int n_blocks;

    (void)state;
    hold(1);
    for (int round = 0; round < 3; round++) {
        n_blocks = fake_host.n_blocks;
        exhaust();
        assert_int_equal(fake_host.n_blocks, n_blocks);
        capability_revoke(held[--n_held]);
        assert_stale(held[n_held]);
        hold(1);
        fake_host.mallocs_left = 1;
        hold(1);
        assert_all_held_live();
        assert_int_equal(fake_host.n_blocks, n_blocks);
    }
    assert_all_different(held, n_held);
    release_all();
}

/* ---- one or a few ---- */

static void a_capability_names_its_object(void **state)
{
    void *a = create(CAPABILITY_DOMAIN, &objects[0]);
    void *b = create(CAPABILITY_IDENTITY, &objects[1]);

    (void)state;
    assert_ptr_equal(capability_object(a, CAPABILITY_DOMAIN), &objects[0]);
    assert_ptr_equal(capability_object(b, CAPABILITY_IDENTITY), &objects[1]);
    capability_revoke(a);
    assert_stale(a);
    assert_ptr_equal(capability_object(b, CAPABILITY_IDENTITY), &objects[1]);
    capability_revoke(b);
    assert_stale(b);
}

static void capabilities_lie_where_nothing_is_mapped(void **state)
{
    (void)state;
    hold(N_MANY);
    for (size_t i = 0; i < n_held; i++)
        assert_in_range((uintptr_t)held[i], 0xc0000000, 0xcfffffff);
}

static void a_capability_is_of_one_kind(void **state)
{
    (void)state;
    for (int of = CAPABILITY_DOMAIN; of <= CAPABILITY_CONSOLE; of++) {
        void *capability = create((enum capability_kind)of, objects);

        for (int as = CAPABILITY_NONE; as <= CAPABILITY_CONSOLE; as++)
            assert_ptr_equal(capability_object(capability, (enum capability_kind)as),
                             as == of ? objects : NULL);
        capability_revoke(capability);
    }
}

static void an_object_may_have_several(void **state)
{
    void *a = create(CAPABILITY_DOMAIN, objects);
    void *b = create(CAPABILITY_DOMAIN, objects);

    (void)state;
    assert_ptr_not_equal(a, b);
    capability_revoke(a);
    assert_stale(a);
    assert_ptr_equal(capability_object(b, CAPABILITY_DOMAIN), objects);
    capability_revoke(b);
}

/* ---- many ---- */

static void many_live_at_once(void **state)
{
    uint32_t seed = 7;

    (void)state;
    hold(N_MANY);
    assert_all_held_live();
    for (size_t n = n_held; n > 0; n--) {
        size_t i = random_below(&seed, (uint32_t)n);
        void *chosen = held[i];

        capability_revoke(chosen);
        assert_stale(chosen);
        held[i] = held[n - 1];
    }
    n_held = 0;
}

static void those_that_stay_are_not_touched_when_others_go(void **state)
{
    (void)state;
    hold(N_MANY);
    for (size_t i = 0; i < n_held; i += 2)
        capability_revoke(held[i]);
    for (size_t i = 0; i < n_held; i++)
        assert_ptr_equal(capability_object(held[i], CAPABILITY_DOMAIN),
                         i % 2 == 0 ? NULL : &objects[i]);
    for (size_t i = 1; i < n_held; i += 2)
        capability_revoke(held[i]);
    n_held = 0;
}

/* Creates and revokes; all that ever were must be different, and stale whatever came after them. */
static void assert_stale_through_cycles(void)
{
    void **old = malloc(N_CYCLES * sizeof *old);

    for (size_t i = 0; i < N_CYCLES; i++) {
        old[i] = create(CAPABILITY_IDENTITY, &objects[i % N_FULL]);
        assert_ptr_equal(capability_object(old[i], CAPABILITY_IDENTITY), &objects[i % N_FULL]);
        for (size_t back = 1; back <= i; back *= 2)
            assert_null(capability_object(old[i - back], CAPABILITY_IDENTITY));
        capability_revoke(old[i]);
    }
    for (size_t i = 0; i < N_CYCLES; i++)
        assert_stale(old[i]);
    assert_all_different(old, N_CYCLES);
    free(old);
}

static void a_stale_capability_stays_so(void **state)
{
    (void)state;
    assert_stale_through_cycles();
}

/* However full the table is: with one slot free of a power of two, too. */
static void a_stale_capability_stays_so_among_many(void **state)
{
    static const size_t levels[] = {511, 1023, 2047, 4095, 8191, N_MANY};

    (void)state;
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        hold(levels[i] - n_held);
        assert_stale_through_cycles();
    }
    assert_all_held_live();
}

static void a_number_comes_back_late(void **state)
{
    void *first = create(CAPABILITY_DOMAIN, objects);

    (void)state;
    capability_revoke(first);
    for (int i = 0; i < N_LATE; i++) {
        void *next = create(CAPABILITY_DOMAIN, objects);

        if (next == first)
            fail_msg("%p was used again after %d others", first, i);
        capability_revoke(next);
    }
}

/* ---- forged ---- */

static void what_is_no_capability_names_nothing(void **state)
{
    void *live = create(CAPABILITY_DOMAIN, objects);
    void *piece = malloc(1);

    (void)state;
    assert_stale(NULL);
    assert_stale(pointer(UINT64_MAX));
    assert_stale(pointer(CAPABILITY_BASE - 1));
    assert_stale(pointer(CAPABILITY_BASE + (1u << CAPABILITY_BITS)));
    assert_stale(pointer(0xcfffffff));
    assert_stale(pointer((uintptr_t)live & 0x0fffffff));
    assert_stale(pointer((uintptr_t)live ^ 0x10000000));
    assert_stale(&live);
    assert_stale(objects);
    assert_stale(piece);
    free(piece);
    if (sizeof(void *) > sizeof(uint32_t))
        assert_stale(pointer((uint64_t)(uintptr_t)live | 1ull << 32));
    capability_revoke(live);
}

static bool is_held(void *word)
{
    return bsearch(&word, held, n_held, sizeof *held, compare) != NULL;
}

static void assert_live_only_if_held(void *word)
{
    bool live = capability_object(word, CAPABILITY_DOMAIN) != NULL;

    if (live != is_held(word))
        fail_msg("%p is %s", word, live ? "live" : "stale");
}

static void random_words_name_only_what_is_live(void **state)
{
    uint32_t seed = 1995;

    (void)state;
    hold(300);
    qsort(held, n_held, sizeof *held, compare);
    for (int i = 0; i < N_WORDS; i++) {
        uint32_t word = random_next(&seed);

        assert_live_only_if_held(pointer(word));
        assert_live_only_if_held(pointer(CAPABILITY_BASE | word >> 4));
        assert_live_only_if_held(pointer(CAPABILITY_BASE | (word & 0x1ff)));
    }
}

static void words_near_a_live_one_name_nothing_else(void **state)
{
    (void)state;
    hold(300);
    qsort(held, n_held, sizeof *held, compare);
    for (size_t i = 0; i < n_held; i++) {
        uintptr_t number = (uintptr_t)held[i];

        assert_live_only_if_held(pointer(number - 1));
        assert_live_only_if_held(pointer(number + 1));
        for (unsigned bit = 0; bit < 8 * sizeof number; bit++)
            assert_live_only_if_held(pointer(number ^ (uintptr_t)1 << bit));
    }
}

/* ---- guessed ---- */

/* How many of the numbers from first to last are live. */
static unsigned count_live(uintptr_t first, uintptr_t last)
{
    unsigned n = 0;

    for (uintptr_t number = first; number <= last; number++)
        n += capability_object(pointer(number), CAPABILITY_DOMAIN) != NULL;
    return n;
}

/* Of 10,000 in 2^28 numbers there is one in 26,844: hardly ever three near another. */
static void who_has_one_or_two_cannot_tell_others(void **state)
{
    static void *steps[N_MANY - 1];
    unsigned n_alike = 0;

    (void)state;
    hold(N_MANY);
    assert_in_range(count_live(CAPABILITY_BASE, CAPABILITY_BASE + NEAR - 1), 0, 3);
    for (size_t i = 0; i < n_held; i += 100)
        assert_in_range(count_live((uintptr_t)held[i] - NEAR, (uintptr_t)held[i] + NEAR), 1, 4);
    for (size_t i = 0; i + 1 < n_held; i++)
        steps[i] = pointer((uintptr_t)held[i + 1] - (uintptr_t)held[i]);
    qsort(steps, N_MANY - 1, sizeof steps[0], compare);
    for (size_t i = 0; i + 2 < N_MANY; i++)
        n_alike += steps[i] == steps[i + 1];
    assert_in_range(n_alike, 0, 9);
    assert_all_different(held, n_held);
}

/* Nobody sows again once there is one; here it shows that no number is any good after another seed. */
static void each_seed_has_numbers_of_its_own(void **state)
{
    (void)state;
    capability_seed(1995);
    hold(300);
    for (uint64_t seed = 1900; seed < 2100; seed++) {
        capability_seed(seed);
        for (size_t i = 0; i < n_held; i++)
            if ((capability_object(held[i], CAPABILITY_DOMAIN) != NULL) != (seed == 1995))
                fail_msg("%p of seed 1995 and seed %d", held[i], (int)seed);
    }
    capability_seed(1995);
    assert_all_held_live();
}

/* ---- all ---- */

static void a_full_table_refuses_more_until_one_goes(void **state)
{
    void *capability;

    (void)state;
    hold(N_FULL);
    assert_int_equal(capability_create(CAPABILITY_DOMAIN, objects, &capability), ERR_NO_MEMORY);
    assert_string_equal(status_explain(), "no room for more than 131072 capabilities");
    assert_all_held_live();
    capability_revoke(held[--n_held]);
    assert_stale(held[n_held]);
    hold(1);
    assert_all_held_live();
    assert_int_equal(fake_host.n_blocks, 1);
}

/* ---- those that were looked up lately ---- */

static const enum capability_kind all_kinds[] = {
    CAPABILITY_DOMAIN,    CAPABILITY_IDENTITY, CAPABILITY_CONSOLE, CAPABILITY_BINDING,
    CAPABILITY_PATCH,     CAPABILITY_STRAND,   CAPABILITY_MUTEX,   CAPABILITY_CONDITION,
    CAPABILITY_SEMAPHORE, CAPABILITY_ALARM,
};
#define N_KINDS (sizeof all_kinds / sizeof all_kinds[0])

static void assert_recent_is_right(const void *capability, enum capability_kind kind)
{
    void *object = NULL;

    if (capability_is_recent(capability, kind, &object))
        assert_ptr_equal(object, capability_object(capability, kind));
}

static void what_was_looked_up_is_found_at_once_as_that_kind_only(void **state)
{
    void *object;

    (void)state;
    for (size_t k = 0; k < N_KINDS; k++) {
        void *capability = create(all_kinds[k], &objects[k]);

        assert_false(capability_is_recent(capability, all_kinds[k], &object));
        assert_ptr_equal(capability_object_again(capability, all_kinds[k]), &objects[k]);
        for (size_t i = 0; i < N_KINDS; i++) {
            assert_int_equal(capability_is_recent(capability, all_kinds[i], &object), i == k);
            if (i != k)
                assert_null(capability_object_again(capability, all_kinds[i]));
        }
        assert_true(capability_is_recent(capability, all_kinds[k], &object));
        assert_ptr_equal(object, &objects[k]);
        capability_revoke(capability);
        assert_false(capability_is_recent(capability, all_kinds[k], &object));
    }
}

/* Also numbers that an empty place could be taken for. */
static void no_number_is_found_at_once_that_was_not_looked_up(void **state)
{
    void *object;

    (void)state;
    for (uintptr_t number = 0; number < 4096; number++)
        for (size_t k = 0; k < N_KINDS; k++)
            assert_false(capability_is_recent((const void *)number, all_kinds[k], &object));
}

static void what_is_found_at_once_is_right_whatever_comes_and_goes(void **state)
{
    static void *live[100];
    uint32_t seed = 7;

    (void)state;
    for (int step = 0; step < 100000; step++) {
        size_t i = random_below(&seed, 100);

        if (live[i] == NULL)
            live[i] = create(CAPABILITY_MUTEX, &objects[i]);
        else if (random_below(&seed, 10) == 0) {
            capability_revoke(live[i]);
            assert_recent_is_right(live[i], CAPABILITY_MUTEX);
            live[i] = NULL;
        } else {
            assert_recent_is_right(live[i], CAPABILITY_MUTEX);
            assert_ptr_equal(capability_object_again(live[i], CAPABILITY_MUTEX), &objects[i]);
            assert_recent_is_right(live[i], CAPABILITY_MUTEX);
        }
    }
    for (size_t i = 0; i < 100; i++)
        if (live[i] != NULL)
            capability_revoke(live[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_memory_there_is_not_even_one, start, end),
        cmocka_unit_test_setup_teardown(a_failed_allocation_changes_nothing, start, end),
        cmocka_unit_test_setup_teardown(a_capability_names_its_object, start, end),
        cmocka_unit_test_setup_teardown(a_capability_is_of_one_kind, start, end),
        cmocka_unit_test_setup_teardown(an_object_may_have_several, start, end),
        cmocka_unit_test_setup_teardown(a_stale_capability_stays_so, start, end),
        cmocka_unit_test_setup_teardown(a_number_comes_back_late, start, end),
        cmocka_unit_test_setup_teardown(what_is_no_capability_names_nothing, start, end),
        cmocka_unit_test_setup_teardown(random_words_name_only_what_is_live, start, end),
        cmocka_unit_test_setup_teardown(words_near_a_live_one_name_nothing_else, start, end),
        cmocka_unit_test_setup_teardown(each_seed_has_numbers_of_its_own, start, end),
        cmocka_unit_test_setup_teardown(a_stale_capability_stays_so_among_many, start, end),
        cmocka_unit_test_setup_teardown(capabilities_lie_where_nothing_is_mapped, start, end),
        cmocka_unit_test_setup_teardown(many_live_at_once, start, end),
        cmocka_unit_test_setup_teardown(those_that_stay_are_not_touched_when_others_go, start, end),
        cmocka_unit_test_setup_teardown(who_has_one_or_two_cannot_tell_others, start, end),
        cmocka_unit_test_setup_teardown(what_was_looked_up_is_found_at_once_as_that_kind_only,
                                        start, end),
        cmocka_unit_test_setup_teardown(no_number_is_found_at_once_that_was_not_looked_up, start,
                                        end),
        cmocka_unit_test_setup_teardown(what_is_found_at_once_is_right_whatever_comes_and_goes,
                                        start, end),
        cmocka_unit_test_setup_teardown(a_full_table_refuses_more_until_one_goes, start, end),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("capability", tests, NULL, NULL);
}
