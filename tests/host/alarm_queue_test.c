/* The queue of kernel/strand/alarm_queue.c against a list that is searched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "kernel/strand/alarm_queue.h"
#include "tests/host/random.h"

#define N 200

static struct alarm_queue queue;
static struct alarm_entry entries[N];
static bool is_in[N];
static size_t n_in;
static uint32_t seed = 1;

static void reset(void)
{
    memset(&queue, 0, sizeof queue);
    memset(is_in, 0, sizeof is_in);
    n_in = 0;
}

static void add(size_t i, uint64_t due)
{
    entries[i].due = due;
    alarm_queue_add(&queue, &entries[i]);
    is_in[i] = true;
    n_in++;
}

static void take(size_t i)
{
    alarm_queue_remove(&queue, &entries[i]);
    is_in[i] = false;
    n_in--;
}

static const struct alarm_entry *earliest(void)
{
    const struct alarm_entry *first = NULL;

    for (size_t i = 0; i < N; i++)
        if (is_in[i] && (first == NULL || entries[i].due < first->due ||
                         (entries[i].due == first->due && entries[i].order < first->order)))
            first = &entries[i];
    return first;
}

/* Each entry below or beside another one knows which; counts them. */
static size_t count(const struct alarm_entry *entry)
{
    size_t n = 0;

    for (; entry != NULL; entry = entry->next) {
        if (entry->child != NULL)
            assert_ptr_equal(entry->child->previous, entry);
        if (entry->next != NULL)
            assert_ptr_equal(entry->next->previous, entry);
        n += 1 + count(entry->child);
    }
    return n;
}

static void assert_whole(void)
{
    assert_ptr_equal(queue.first, earliest());
    assert_int_equal(count(queue.first), n_in);
}

static void first_is_the_earliest_whatever_is_added_and_removed(void **state)
{
    (void)state;
    for (int round = 0; round < 50; round++) {
        reset();
        for (int step = 0; step < 400; step++) {
            size_t i = random_below(&seed, N);

            if (is_in[i])
                take(i);
            else
                add(i, random_below(&seed, round % 2 == 0 ? 10 : 1000000));
            if (n_in > 0 && random_below(&seed, 4) == 0)
                take((size_t)(queue.first - entries));
            assert_whole();
        }
    }
}

static void entries_of_one_time_come_in_their_order(void **state)
{
    (void)state;
    reset();
    for (size_t i = 0; i < N; i++)
        add(i, 5);
    for (size_t i = 0; i < N; i++) {
        assert_ptr_equal(queue.first, &entries[i]);
        take(i);
    }
    assert_null(queue.first);
}

static void times_above_32_bits_are_told_apart(void **state)
{
    (void)state;
    reset();
    add(0, (uint64_t)2 << 32);
    add(1, ((uint64_t)1 << 32) + 5);
    add(2, UINT64_MAX);
    add(3, 7);
    for (size_t i = 0; i < 4; i++) {
        static const size_t order[] = {3, 1, 0, 2};

        assert_ptr_equal(queue.first, &entries[order[i]]);
        take(order[i]);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_is_the_earliest_whatever_is_added_and_removed),
        cmocka_unit_test(entries_of_one_time_come_in_their_order),
        cmocka_unit_test(times_above_32_bits_are_told_apart),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("alarm_queue", tests, NULL, NULL);
}
