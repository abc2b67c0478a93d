/* Tests of kernel/probe/ring.c: one after another, one in the middle of another, and several at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "kernel/probe/ring.h"

static struct ring ring;

static int empty(void **state)
{
    (void)state;
    memset(&ring, 0, sizeof ring);
    return 0;
}

/* A record of n words that tells from its first what the others are. */
static void fill(uint32_t words[], size_t n, uint32_t first)
{
    for (size_t i = 0; i < n; i++)
        words[i] = first + (uint32_t)i * 0x9e3779b9;
}

static bool put(size_t n, uint32_t first)
{
    uint32_t words[RING_RECORD_MAX];

    fill(words, n, first);
    return ring_put(&ring, words, n);
}

static void expect(size_t n, uint32_t first)
{
    uint32_t words[RING_RECORD_MAX], wanted[RING_RECORD_MAX];

    fill(wanted, n, first);
    assert_int_equal(ring_take(&ring, ring_end(&ring), words), n);
    assert_memory_equal(words, wanted, n * sizeof words[0]);
}

static void expect_none(void)
{
    uint32_t words[RING_RECORD_MAX];

    assert_int_equal(ring_take(&ring, ring_end(&ring), words), 0);
}

static void records_come_out_as_they_went_in(void **state)
{
    (void)state;
    expect_none();
    for (uint32_t n = 1; n <= RING_RECORD_MAX; n++)
        assert_true(put(n, n * 1000));
    for (uint32_t n = 1; n <= RING_RECORD_MAX; n++)
        expect(n, n * 1000);
    expect_none();
}

static void a_full_ring_drops_the_new_one_and_counts_it(void **state)
{
    uint32_t n = 0;

    (void)state;
    while (put(15, n))
        n++;
    assert_int_equal(n, RING_WORDS / 16);
    assert_false(put(1, 0));
    assert_int_equal(ring_dropped(&ring), 2);
    assert_int_equal(ring_dropped(&ring), 0);
    expect(15, 0);
    assert_false(put(16, 5));
    assert_true(put(15, 77));
    for (uint32_t i = 1; i < n; i++)
        expect(15, i);
    expect(15, 77);
    expect_none();
    assert_int_equal(ring_dropped(&ring), 1);
}

/* Positions count on and on; the ring turns many times, and they wrap. */
static void positions_may_wrap(void **state)
{
    uint32_t random = 7, queued[300], first = 0, n = 0;

    (void)state;
    ring.head = ring.tail = (uint32_t) - (3 * RING_WORDS);
    for (uint32_t i = 0; i < 200000; i++) {
        random = random * 1664525 + 1013904223;
        if ((random >> 16 & 1) != 0 && n < 100) {
            queued[(first + n++) % 300] = i;
            assert_true(put(1 + i % RING_RECORD_MAX, i));
        } else if (n > 0) {
            uint32_t wanted = queued[first % 300];

            expect(1 + wanted % RING_RECORD_MAX, wanted);
            first++;
            n--;
        }
    }
    assert_true((int32_t)ring.tail > 0);
}

/* Who was interrupted after he claimed his words has not stored the first one. */
static void what_is_not_finished_is_not_read_and_nothing_behind_it(void **state)
{
    uint32_t begun;

    (void)state;
    assert_true(put(2, 1));
    begun = ring.head;
    assert_true(put(4, 2));
    assert_true(put(3, 3));
    ring.words[begun] = 0;
    expect(2, 1);
    expect_none();
    ring.words[begun] = 4;
    expect(4, 2);
    expect(3, 3);
}

static void what_comes_while_it_is_read_is_for_the_next_time(void **state)
{
    uint32_t words[RING_RECORD_MAX], end;

    (void)state;
    assert_true(put(2, 1));
    end = ring_end(&ring);
    assert_int_equal(ring_take(&ring, end, words), 2);
    assert_true(put(2, 2));
    assert_int_equal(ring_take(&ring, end, words), 0);
    expect(2, 2);
}

static void what_was_read_leaves_zeros(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 3 * RING_WORDS; i += 40) {
        assert_true(put(39, i | 1));
        expect(39, i | 1);
    }
    for (uint32_t i = 0; i < RING_WORDS; i++)
        assert_int_equal(ring.words[i], 0);
}

/* ---- several at once ---- */

#define PRODUCERS 3
#define RECORDS 20000u

static uint32_t n_refused[PRODUCERS];

/* Each record, until there is room for it. */
static void *produce(void *number)
{
    uint32_t who = (uint32_t)(uintptr_t)number;

    for (uint32_t i = 0; i < RECORDS; i++)
        while (!put(1 + i % 50, who << 24 | i)) {
            n_refused[who]++;
            sched_yield();
        }
    return NULL;
}

static void check_record(uint32_t next[PRODUCERS], const uint32_t words[], size_t n)
{
    uint32_t who = words[0] >> 24, i = words[0] & 0xffffff, wanted[RING_RECORD_MAX];

    assert_true(who < PRODUCERS);
    assert_int_equal(i, next[who]);
    next[who]++;
    assert_int_equal(n, 1 + i % 50);
    fill(wanted, n, words[0]);
    assert_memory_equal(words, wanted, n * sizeof words[0]);
}

static void several_put_at_once(void **state)
{
    pthread_t producers[PRODUCERS];
    uint32_t next[PRODUCERS] = {0}, words[RING_RECORD_MAX], all_refused = 0;

    (void)state;
    for (uintptr_t i = 0; i < PRODUCERS; i++)
        assert_int_equal(pthread_create(&producers[i], NULL, produce, (void *)i), 0);
    for (uint32_t n_taken = 0; n_taken < PRODUCERS * RECORDS;) {
        size_t n = ring_take(&ring, ring_end(&ring), words);

        if (n == 0) {
            sched_yield();
            continue;
        }
        check_record(next, words, n);
        n_taken++;
    }
    for (unsigned i = 0; i < PRODUCERS; i++) {
        assert_int_equal(pthread_join(producers[i], NULL), 0);
        all_refused += n_refused[i];
    }
    assert_int_equal(ring_dropped(&ring), all_refused);
    expect_none();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(records_come_out_as_they_went_in, empty),
        cmocka_unit_test_setup(a_full_ring_drops_the_new_one_and_counts_it, empty),
        cmocka_unit_test_setup(positions_may_wrap, empty),
        cmocka_unit_test_setup(what_is_not_finished_is_not_read_and_nothing_behind_it, empty),
        cmocka_unit_test_setup(what_comes_while_it_is_read_is_for_the_next_time, empty),
        cmocka_unit_test_setup(what_was_read_leaves_zeros, empty),
        cmocka_unit_test_setup(several_put_at_once, empty),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
