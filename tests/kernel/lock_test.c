/* Locks: who gets them, who waits, whose priority is lent to whom, and what is refused. */
#include <stdio.h>
#include <string.h>
#include <whorl/clock.h>
#include <whorl/event.h>
#include <whorl/lock.h>
#include <whorl/strand.h>

#include "arch/ppc/processor.h"
#include "domains/capability.h"
#include "domains/domain.h"
#include "domains/loader.h"
#include "kernel/busy.h"
#include "kernel/event/event.h"
#include "kernel/quota.h"
#include "kernel/strand/lock.h"
#include "kernel/strand/locks.h"
#include "kernel/strand/strand.h"
#include "kernel/test.h"

SUITE("lock");

#define STRANDS 6
#define A_WHILE_US 100000 /* in which all can do what they do before they wait */
#define NOBODY ((void *)0xc1234568)

static mutex_t *mutexes[4];
static condition_t *condition;
static semaphore_t *semaphore;
static strand_t *strands[STRANDS];
static volatile unsigned order[STRANDS];
static volatile unsigned n_ordered;
static volatile status_t results[STRANDS];
static volatile unsigned n_inside, most_inside, total;

/* ---- what strands are told to do ---- */

static void make_locks(void)
{
    for (unsigned i = 0; i < 4; i++)
        CHECK_STATUS(OK, mutex_create(&mutexes[i]));
    CHECK_STATUS(OK, condition_create(&condition));
    CHECK_STATUS(OK, semaphore_create(0, &semaphore));
    n_ordered = 0;
    for (unsigned i = 0; i < STRANDS; i++)
        results[i] = ERR_FAILED;
}

static void end_locks(void)
{
    for (unsigned i = 0; i < 4; i++)
        CHECK_STATUS(OK, mutex_destroy(mutexes[i]));
    CHECK_STATUS(OK, condition_destroy(condition));
    CHECK_STATUS(OK, semaphore_destroy(semaphore));
}

static void begin(unsigned i, void (*entry)(void *closure), unsigned priority)
{
    struct strand_options options = {.priority = priority};
    char name[8];

    snprintf(name, sizeof name, "s%u", i);
    options.name = name;
    CHECK_STATUS(OK, strand_create(entry, (void *)i, &options, &strands[i]));
}

static void join(unsigned i)
{
    CHECK_STATUS(OK, strand_join(strands[i]));
}

static struct strand *record(unsigned i)
{
    return strand_of(strands[i]);
}

/* Who is woken is ready before it runs. */
static bool all_wait(void)
{
    for (unsigned i = 0; i < STRANDS; i++)
        if (record(i) != NULL && record(i)->state == STRAND_ALIVE && strand_is_queued(record(i)))
            return false;
    return true;
}

/* Until they wait for something. */
static void let_them_run(void)
{
    do
        CHECK_STATUS(OK, strand_sleep(100));
    while (!all_wait());
}

static unsigned effective(unsigned i)
{
    return record(i)->effective;
}

static void note(unsigned i)
{
    order[n_ordered++] = i;
}

static bool sentence_has(const char *part)
{
    bool has = strstr(status_explain(), part) != NULL;

    if (!has)
        printf("# %s\n", status_explain());
    return has;
}

static const struct mutex *record_of(mutex_t *mutex)
{
    return lock_of(mutex, CAPABILITY_MUTEX);
}

/* ---- mutexes ---- */

TEST(mutex_is_locked_and_unlocked)
{
    make_locks();
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(OK, mutex_lock(mutexes[0]));
        CHECK(record_of(mutexes[0])->holder == strand_current);
        CHECK_STATUS(OK, mutex_unlock(mutexes[0]));
        CHECK(record_of(mutexes[0])->holder == NULL);
        CHECK_STATUS(OK, mutex_try_lock(mutexes[0]));
        CHECK_STATUS(OK, mutex_unlock(mutexes[0]));
        CHECK_STATUS(OK, mutex_lock_for(mutexes[0], 0));
        CHECK_STATUS(OK, mutex_unlock(mutexes[0]));
    }
    CHECK(strand_current->held == NULL);
    end_locks();
}

TEST(mutexes_are_unlocked_in_any_order)
{
    static const uint8_t orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                        {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

    make_locks();
    for (unsigned o = 0; o < 6; o++) {
        for (unsigned i = 0; i < 3; i++)
            CHECK_STATUS(OK, mutex_lock(mutexes[i]));
        for (unsigned i = 0; i < 3; i++) {
            CHECK_STATUS(OK, mutex_unlock(mutexes[orders[o][i]]));
            CHECK_STATUS(ERR_STATE, mutex_unlock(mutexes[orders[o][i]]));
        }
        CHECK(strand_current->held == NULL);
    }
    end_locks();
}

static void add_one_often(void *closure)
{
    (void)closure;
    for (int i = 0; i < 50; i++) {
        if (mutex_lock(mutexes[0]) != OK)
            return;
        if (++n_inside > most_inside)
            most_inside = n_inside;
        total++;
        (void)strand_yield();
        n_inside--;
        if (mutex_unlock(mutexes[0]) != OK)
            return;
        if (i % 7 == 0)
            (void)strand_sleep(20);
    }
}

TEST(only_one_has_a_mutex)
{
    make_locks();
    n_inside = most_inside = total = 0;
    for (unsigned i = 0; i < STRANDS; i++)
        begin(i, add_one_often, 10 + i % 3);
    for (unsigned i = 0; i < STRANDS; i++)
        join(i);
    CHECK_EQUAL(1, most_inside);
    CHECK_EQUAL(50 * STRANDS, total);
    end_locks();
}

static void lock_and_note(void *closure)
{
    unsigned i = (unsigned)closure;

    results[i] = mutex_lock(mutexes[0]);
    note(i);
    if (results[i] == OK)
        results[i] = mutex_unlock(mutexes[0]);
}

TEST(who_waits_longest_at_the_highest_priority_is_served_first)
{
    static const uint8_t priorities[STRANDS] = {5, 9, 5, 9, 12, 9};
    static const uint8_t wanted[STRANDS] = {4, 1, 3, 5, 0, 2};

    make_locks();
    CHECK_STATUS(OK, mutex_lock(mutexes[0]));
    for (unsigned i = 0; i < STRANDS; i++) {
        begin(i, lock_and_note, priorities[i]);
        let_them_run();
    }
    CHECK_EQUAL(0, n_ordered);
    CHECK_STATUS(OK, mutex_unlock(mutexes[0]));
    for (unsigned i = 0; i < STRANDS; i++)
        join(i);
    for (unsigned i = 0; i < STRANDS; i++) {
        CHECK_EQUAL(wanted[i], order[i]);
        CHECK_STATUS(OK, results[i]);
    }
    end_locks();
}

TEST(an_unlocked_mutex_is_the_first_waiters_at_once)
{
    make_locks();
    CHECK_STATUS(OK, mutex_lock(mutexes[0]));
    begin(0, lock_and_note, 5);
    let_them_run();
    CHECK_STATUS(OK, mutex_unlock(mutexes[0]));
    CHECK_STATUS(ERR_BUSY, mutex_try_lock(mutexes[0]));
    CHECK(sentence_has("s0 has it"));
    join(0);
    CHECK_STATUS(OK, mutex_try_lock(mutexes[0]));
    CHECK_STATUS(OK, mutex_unlock(mutexes[0]));
    end_locks();
}

static void lock_for_a_while(void *closure)
{
    unsigned i = (unsigned)closure;

    results[i] = mutex_lock_for(mutexes[0], A_WHILE_US);
}

TEST(who_waits_for_a_mutex_gives_up_in_time)
{
    uint64_t begun;
    bool lent;

    make_locks();
    CHECK_STATUS(OK, mutex_lock(mutexes[0]));
    begun = clock_microseconds();
    begin(0, lock_for_a_while, 30);
    let_them_run();
    lent = results[0] == ERR_FAILED && strand_current->effective == 30;
    CHECK(lent || clock_microseconds() - begun >= A_WHILE_US);
    join(0);
    CHECK(clock_microseconds() - begun >= A_WHILE_US);
    CHECK_STATUS(ERR_TIMEOUT, results[0]);
    CHECK(record_of(mutexes[0])->lock.first == NULL);
    CHECK_EQUAL(strand_current->priority, strand_current->effective);
    CHECK_STATUS(OK, mutex_unlock(mutexes[0]));
    end_locks();
}

TEST(misuse_of_mutexes_is_refused)
{
    mutex_t *mutex;

    make_locks();
    CHECK_STATUS(ERR_STATE, mutex_unlock(mutexes[0]));
    CHECK(sentence_has("does not have it"));
    CHECK_STATUS(OK, mutex_lock(mutexes[0]));
    CHECK_STATUS(ERR_STATE, mutex_lock(mutexes[0]));
    CHECK(sentence_has("has it already"));
    CHECK_STATUS(ERR_STATE, mutex_lock_for(mutexes[0], 5));
    CHECK_STATUS(ERR_STATE, mutex_try_lock(mutexes[0]));
    CHECK_STATUS(ERR_BUSY, mutex_destroy(mutexes[0]));
    CHECK_STATUS(OK, mutex_unlock(mutexes[0]));
    for (unsigned i = 0; i < 3; i++) {
        mutex = i == 0 ? NULL : i == 1 ? NOBODY : (mutex_t *)semaphore;
        CHECK_STATUS(ERR_BAD_CAPABILITY, mutex_lock(mutex));
        CHECK_STATUS(ERR_BAD_CAPABILITY, mutex_lock_for(mutex, 1));
        CHECK_STATUS(ERR_BAD_CAPABILITY, mutex_try_lock(mutex));
        CHECK_STATUS(ERR_BAD_CAPABILITY, mutex_unlock(mutex));
        CHECK_STATUS(ERR_BAD_CAPABILITY, mutex_destroy(mutex));
    }
    mutex = mutexes[0];
    end_locks();
    CHECK_STATUS(ERR_BAD_CAPABILITY, mutex_lock(mutex));
    CHECK_STATUS(ERR_BAD_CAPABILITY, mutex_destroy(mutex));
}

TEST(who_may_not_wait_locks_nothing)
{
    uint32_t before;
    vaddr_t busy;
    status_t status[3];

    make_locks();
    CHECK_STATUS(OK, mutex_lock(mutexes[1]));
    CHECK_STATUS(OK, mutex_unlock(mutexes[1]));
    before = interrupts_off();
    status[0] = mutex_lock(mutexes[1]);
    status[1] = semaphore_wait(semaphore);
    status[2] = semaphore_post(semaphore);
    interrupts_restore(before);
    CHECK_STATUS(ERR_STATE, status[0]);
    CHECK_STATUS(ERR_STATE, status[1]);
    CHECK_STATUS(OK, status[2]);
    CHECK_STATUS(OK, semaphore_try(semaphore));
    busy = busy_begin();
    status[0] = mutex_lock(mutexes[1]);
    status[1] = mutex_lock_for(mutexes[1], 1);
    status[2] = semaphore_wait(semaphore);
    busy_end(busy);
    for (unsigned i = 0; i < 3; i++)
        CHECK_STATUS(ERR_STATE, status[i]);
    CHECK(record_of(mutexes[1])->holder == NULL);
    end_locks();
}

/* ---- priorities that are lent ---- */

/* Strand i has mutex i and waits for mutex i - 1. */
static void lock_own_then_previous(void *closure)
{
    unsigned i = (unsigned)closure;

    if (mutex_lock(mutexes[i]) != OK)
        return;
    results[i] = mutex_lock(mutexes[i - 1]);
    note(i);
    if (results[i] == OK && mutex_unlock(mutexes[i - 1]) != OK)
        results[i] = ERR_FAILED;
    if (mutex_unlock(mutexes[i]) != OK)
        results[i] = ERR_FAILED;
    if (strand_current->effective != strand_current->priority)
        results[i] = ERR_FAILED;
}

static void hold_first(void *closure)
{
    (void)closure;
    results[0] = mutex_lock(mutexes[0]);
    (void)semaphore_wait(semaphore);
    if (mutex_unlock(mutexes[0]) != OK || strand_current->effective != strand_current->priority)
        results[0] = ERR_FAILED;
}

static void begin_chain(void)
{
    begin(0, hold_first, 2);
    let_them_run();
    for (unsigned i = 1; i < 3; i++) {
        begin(i, lock_own_then_previous, 2 + 2 * i);
        let_them_run();
    }
}

static void end_chain(void)
{
    CHECK_STATUS(OK, semaphore_post(semaphore));
    for (unsigned i = 0; i < 3; i++) {
        join(i);
        CHECK_STATUS(OK, results[i]);
    }
}

TEST(priority_is_lent_along_a_chain_of_three)
{
    make_locks();
    begin_chain();
    CHECK_EQUAL(6, effective(0));
    CHECK_EQUAL(6, effective(1));
    begin(3, lock_own_then_previous, 11);
    let_them_run();
    for (unsigned i = 0; i < 4; i++)
        CHECK_EQUAL(11, effective(i));
    end_chain();
    join(3);
    CHECK_STATUS(OK, results[3]);
    end_locks();
}

TEST(priority_that_is_changed_while_waiting_is_lent_and_taken_back)
{
    make_locks();
    begin_chain();
    CHECK_STATUS(OK, strand_set_priority(strands[2], 20));
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQUAL(20, effective(i));
    CHECK_STATUS(OK, strand_set_priority(strands[2], 3));
    CHECK_EQUAL(3, effective(2));
    CHECK_EQUAL(4, effective(1));
    CHECK_EQUAL(4, effective(0));
    CHECK_STATUS(OK, strand_set_priority(strands[0], 7));
    CHECK_EQUAL(7, effective(0));
    CHECK_STATUS(OK, strand_set_priority(strands[0], 1));
    CHECK_EQUAL(4, effective(0));
    end_chain();
    end_locks();
}

static void lock_third_for_a_while(void *closure)
{
    results[(unsigned)closure] = mutex_lock_for(mutexes[2], A_WHILE_US);
}

TEST(priority_of_who_gives_up_is_taken_back_along_the_chain)
{
    uint64_t begun;
    bool lent;

    make_locks();
    begin_chain();
    begun = clock_microseconds();
    begin(3, lock_third_for_a_while, 15);
    let_them_run();
    lent = effective(0) == 15 && effective(1) == 15 && effective(2) == 15;
    CHECK(lent || clock_microseconds() - begun >= A_WHILE_US);
    join(3);
    CHECK_STATUS(ERR_TIMEOUT, results[3]);
    CHECK_EQUAL(6, effective(2));
    CHECK_EQUAL(6, effective(1));
    CHECK_EQUAL(6, effective(0));
    end_chain();
    end_locks();
}

static void kill(unsigned i)
{
    vaddr_t busy = busy_begin();

    strand_kill(record(i), ERR_FAULT);
    busy_end(busy);
    CHECK_STATUS(ERR_FAULT, strand_join(strands[i]));
}

TEST(who_is_killed_lends_nothing_and_holds_nothing)
{
    make_locks();
    begin_chain();
    kill(1);
    CHECK_EQUAL(2, effective(0));
    CHECK_EQUAL(6, effective(2));
    CHECK(record_of(mutexes[0])->lock.first == NULL);
    CHECK(record_of(mutexes[1])->holder == record(2) || record_of(mutexes[1])->holder == NULL);
    CHECK_STATUS(OK, semaphore_post(semaphore));
    join(0);
    join(2);
    CHECK_STATUS(OK, results[2]);
    end_locks();
}

static void lock_two_and_wait(void *closure)
{
    (void)closure;
    results[0] = mutex_lock(mutexes[0]);
    if (results[0] == OK)
        results[0] = mutex_lock(mutexes[1]);
    (void)semaphore_wait(semaphore);
    if (mutex_unlock(mutexes[1]) == OK)
        note(effective(0));
    if (mutex_unlock(mutexes[0]) == OK)
        note(effective(0));
}

static void lock_second(void *closure)
{
    unsigned i = (unsigned)closure;

    results[i] = mutex_lock(mutexes[1]);
    if (results[i] == OK)
        results[i] = mutex_unlock(mutexes[1]);
}

TEST(each_unlock_takes_back_what_that_mutex_was_lent)
{
    make_locks();
    begin(0, lock_two_and_wait, 2);
    let_them_run();
    begin(1, lock_and_note, 9);
    begin(2, lock_second, 13);
    let_them_run();
    CHECK_EQUAL(13, effective(0));
    CHECK_STATUS(OK, semaphore_post(semaphore));
    for (unsigned i = 0; i < 3; i++)
        join(i);
    CHECK_EQUAL(9, order[0]);
    CHECK_EQUAL(1, order[1]);
    CHECK_EQUAL(2, order[2]);
    end_locks();
}

static void spin_while_first_waits(void *closure)
{
    uint64_t end = clock_microseconds() + 10 * A_WHILE_US;

    (void)closure;
    while (n_ordered == 0 && clock_microseconds() < end)
        ;
    results[5] = n_ordered == 0 ? ERR_TIMEOUT : OK;
}

static void hold_for_some_time(void *closure)
{
    uint64_t end;

    (void)closure;
    results[0] = mutex_lock(mutexes[0]);
    end = clock_microseconds() + 3000;
    while (clock_microseconds() < end)
        ;
    (void)mutex_unlock(mutexes[0]);
}

/* The one in the middle would keep the lowest from unlocking, and so the highest from running. */
TEST(inversion_of_priorities_ends_when_the_mutex_is_unlocked)
{
    make_locks();
    begin(0, hold_for_some_time, 2);
    let_them_run();
    begin(5, spin_while_first_waits, 8);
    begin(1, lock_and_note, 12);
    join(5);
    CHECK_STATUS(OK, results[5]);
    join(0);
    join(1);
    end_locks();
}

/* ---- circles ---- */

static void lock_own_then_next(void *closure)
{
    unsigned i = (unsigned)closure;

    if (mutex_lock(mutexes[i]) != OK)
        return;
    (void)semaphore_wait(semaphore);
    results[i] = mutex_lock(mutexes[(i + 1) % 3]);
    if (results[i] == OK)
        (void)mutex_unlock(mutexes[(i + 1) % 3]);
    (void)mutex_unlock(mutexes[i]);
}

TEST(a_circle_of_three_is_refused_with_their_names)
{
    make_locks();
    CHECK_STATUS(OK, mutex_lock(mutexes[0]));
    for (unsigned i = 1; i < 3; i++) {
        begin(i, lock_own_then_next, 5);
        let_them_run();
    }
    for (unsigned i = 1; i < 3; i++)
        CHECK_STATUS(OK, semaphore_post(semaphore));
    let_them_run();
    CHECK_STATUS(ERR_STATE, mutex_lock(mutexes[1]));
    CHECK(sentence_has("would wait for s1, which waits for s2, which waits for "));
    CHECK_STATUS(ERR_STATE, mutex_lock_for(mutexes[2], 10));
    CHECK(record_of(mutexes[1])->lock.first == NULL);
    CHECK_STATUS(OK, mutex_unlock(mutexes[0]));
    for (unsigned i = 1; i < 3; i++) {
        join(i);
        CHECK_STATUS(OK, results[i]);
    }
    end_locks();
}

static void hold_one_and_wait_with_other(void *closure)
{
    (void)closure;
    if (mutex_lock(mutexes[1]) != OK || mutex_lock(mutexes[0]) != OK)
        return;
    results[0] = condition_wait(condition, mutexes[0]);
    (void)mutex_unlock(mutexes[0]);
    (void)mutex_unlock(mutexes[1]);
}

/* It needs the mutex to come back from the condition. */
TEST(a_circle_through_a_condition_is_refused)
{
    make_locks();
    begin(0, hold_one_and_wait_with_other, 5);
    let_them_run();
    CHECK_STATUS(OK, mutex_lock(mutexes[0]));
    CHECK_STATUS(ERR_STATE, mutex_lock(mutexes[1]));
    CHECK(sentence_has("would wait for s0, which waits for "));
    CHECK_STATUS(OK, condition_signal(condition));
    CHECK_STATUS(OK, mutex_unlock(mutexes[0]));
    join(0);
    CHECK_STATUS(OK, results[0]);
    end_locks();
}

/* ---- conditions ---- */

static void wait_for_signal(void *closure)
{
    unsigned i = (unsigned)closure;

    if (mutex_lock(mutexes[0]) != OK)
        return;
    results[i] = condition_wait(condition, mutexes[0]);
    note(i);
    if (record_of(mutexes[0])->holder != strand_current || mutex_unlock(mutexes[0]) != OK)
        results[i] = ERR_FAILED;
}

static void begin_waiting(unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        begin(i, wait_for_signal, 5);
        let_them_run();
    }
}

TEST(a_signal_wakes_one_who_then_has_the_mutex)
{
    make_locks();
    CHECK_STATUS(OK, condition_signal(condition));
    begin_waiting(3);
    CHECK_EQUAL(0, n_ordered);
    CHECK_EQUAL(3, record_of(mutexes[0])->n_absent);
    for (unsigned i = 0; i < 3; i++) {
        CHECK_STATUS(OK, condition_signal(condition));
        let_them_run();
        CHECK_EQUAL(i + 1, n_ordered);
        CHECK_EQUAL(i, order[i]);
        join(i);
        CHECK_STATUS(OK, results[i]);
    }
    CHECK_EQUAL(0, record_of(mutexes[0])->n_absent);
    end_locks();
}

TEST(a_broadcast_wakes_all_one_after_another)
{
    make_locks();
    begin_waiting(4);
    CHECK_STATUS(OK, mutex_lock(mutexes[0]));
    CHECK_STATUS(OK, condition_broadcast(condition));
    let_them_run();
    CHECK_EQUAL(0, n_ordered);
    CHECK_STATUS(OK, mutex_unlock(mutexes[0]));
    for (unsigned i = 0; i < 4; i++) {
        join(i);
        CHECK_EQUAL(i, order[i]);
        CHECK_STATUS(OK, results[i]);
    }
    end_locks();
}

static void wait_for_signal_a_while(void *closure)
{
    unsigned i = (unsigned)closure;

    if (mutex_lock(mutexes[0]) != OK)
        return;
    results[i] = condition_wait_for(condition, mutexes[0], A_WHILE_US);
    if (record_of(mutexes[0])->holder != strand_current || mutex_unlock(mutexes[0]) != OK)
        results[i] = ERR_FAILED;
}

TEST(who_waits_on_a_condition_gives_up_with_the_mutex)
{
    uint64_t begun;
    bool late;

    make_locks();
    begin(0, wait_for_signal_a_while, 5);
    join(0);
    CHECK_STATUS(ERR_TIMEOUT, results[0]);
    begin(0, wait_for_signal_a_while, 5);
    let_them_run();
    CHECK_STATUS(OK, mutex_lock(mutexes[0]));
    CHECK_STATUS(OK, strand_sleep(2 * A_WHILE_US)); /* it has given up, and waits for the mutex */
    CHECK_STATUS(OK, condition_signal(condition));
    CHECK_STATUS(OK, mutex_unlock(mutexes[0]));
    join(0);
    CHECK_STATUS(ERR_TIMEOUT, results[0]);
    begun = clock_microseconds();
    begin(0, wait_for_signal_a_while, 5);
    let_them_run();
    CHECK_STATUS(OK, mutex_lock(mutexes[0]));
    CHECK_STATUS(OK, condition_signal(condition));
    late = clock_microseconds() - begun >= A_WHILE_US;
    CHECK_STATUS(OK, strand_sleep(2 * A_WHILE_US)); /* it was signalled in time */
    CHECK_STATUS(OK, mutex_unlock(mutexes[0]));
    join(0);
    CHECK(results[0] == OK || late);
    end_locks();
}

TEST(misuse_of_conditions_is_refused)
{
    make_locks();
    CHECK_STATUS(ERR_STATE, condition_wait(condition, mutexes[0]));
    CHECK(sentence_has("does not have the mutex"));
    CHECK_STATUS(ERR_STATE, condition_wait_for(condition, mutexes[0], 0));
    CHECK_STATUS(ERR_BAD_CAPABILITY, condition_wait(condition, NULL));
    CHECK_STATUS(ERR_BAD_CAPABILITY, condition_wait(NULL, mutexes[0]));
    CHECK_STATUS(ERR_BAD_CAPABILITY, condition_signal(NULL));
    CHECK_STATUS(ERR_BAD_CAPABILITY, condition_broadcast((condition_t *)mutexes[0]));
    CHECK_STATUS(ERR_BAD_CAPABILITY, condition_destroy((condition_t *)mutexes[0]));
    begin_waiting(1);
    CHECK_STATUS(ERR_BUSY, condition_destroy(condition));
    CHECK(sentence_has("s0 waits"));
    CHECK_STATUS(ERR_BUSY, mutex_destroy(mutexes[0]));
    CHECK_STATUS(OK, mutex_lock(mutexes[1]));
    CHECK_STATUS(ERR_STATE, condition_wait(condition, mutexes[1]));
    CHECK(sentence_has("another mutex"));
    CHECK(record_of(mutexes[1])->holder == strand_current);
    CHECK_STATUS(OK, mutex_unlock(mutexes[1]));
    CHECK_STATUS(OK, condition_signal(condition));
    join(0);
    end_locks();
}

TEST(who_is_killed_on_a_condition_waits_no_more)
{
    make_locks();
    begin_waiting(2);
    kill(0);
    CHECK_EQUAL(1, record_of(mutexes[0])->n_absent);
    CHECK_STATUS(OK, mutex_lock(mutexes[0]));
    CHECK_STATUS(OK, condition_signal(condition));
    kill(1); /* now among those who wait for the mutex */
    CHECK(record_of(mutexes[0])->lock.first == NULL);
    CHECK_STATUS(OK, mutex_unlock(mutexes[0]));
    end_locks();
}

/* ---- semaphores ---- */

static void take_one(void *closure)
{
    unsigned i = (unsigned)closure;

    results[i] = semaphore_wait(semaphore);
    note(i);
}

TEST(a_semaphore_counts)
{
    semaphore_t *full;

    make_locks();
    CHECK_STATUS(ERR_BUSY, semaphore_try(semaphore));
    CHECK_STATUS(ERR_TIMEOUT, semaphore_wait_for(semaphore, 100));
    for (int i = 0; i < 3; i++)
        CHECK_STATUS(OK, semaphore_post(semaphore));
    CHECK_STATUS(OK, semaphore_wait(semaphore));
    CHECK_STATUS(OK, semaphore_try(semaphore));
    CHECK_STATUS(OK, semaphore_wait_for(semaphore, 0));
    CHECK_STATUS(ERR_BUSY, semaphore_try(semaphore));
    CHECK_STATUS(OK, semaphore_create(UINT32_MAX, &full));
    CHECK_STATUS(ERR_RANGE, semaphore_post(full));
    CHECK_STATUS(OK, semaphore_wait(full));
    CHECK_STATUS(OK, semaphore_post(full));
    CHECK_STATUS(ERR_RANGE, semaphore_post(full));
    CHECK_STATUS(OK, semaphore_destroy(full));
    end_locks();
}

TEST(posts_go_to_those_who_wait_in_their_order)
{
    make_locks();
    for (unsigned i = 0; i < 3; i++) {
        begin(i, take_one, i == 2 ? 9 : 5);
        let_them_run();
    }
    for (unsigned i = 0; i < 3; i++)
        CHECK_STATUS(OK, semaphore_post(semaphore));
    CHECK_STATUS(ERR_BUSY, semaphore_try(semaphore));
    for (unsigned i = 0; i < 3; i++)
        join(i);
    CHECK_EQUAL(2, order[0]);
    CHECK_EQUAL(0, order[1]);
    CHECK_EQUAL(1, order[2]);
    end_locks();
}

TEST(what_a_killed_one_was_given_another_can_have)
{
    make_locks();
    begin(0, take_one, 5);
    begin(1, take_one, 4);
    let_them_run();
    CHECK_STATUS(OK, semaphore_post(semaphore)); /* it has not run since */
    kill(0);
    join(1);
    CHECK_STATUS(OK, results[1]);
    begin(0, take_one, 5);
    let_them_run();
    kill(0);
    CHECK_STATUS(OK, semaphore_post(semaphore));
    CHECK_STATUS(OK, semaphore_try(semaphore));
    end_locks();
}

TEST(misuse_of_semaphores_is_refused)
{
    make_locks();
    CHECK_STATUS(ERR_BAD_CAPABILITY, semaphore_wait(NULL));
    CHECK_STATUS(ERR_BAD_CAPABILITY, semaphore_wait_for(NOBODY, 1));
    CHECK_STATUS(ERR_BAD_CAPABILITY, semaphore_try((semaphore_t *)mutexes[0]));
    CHECK_STATUS(ERR_BAD_CAPABILITY, semaphore_post((semaphore_t *)mutexes[0]));
    CHECK_STATUS(ERR_BAD_CAPABILITY, semaphore_destroy((semaphore_t *)mutexes[0]));
    begin(0, take_one, 5);
    let_them_run();
    CHECK_STATUS(ERR_BUSY, semaphore_destroy(semaphore));
    CHECK_STATUS(OK, semaphore_post(semaphore));
    join(0);
    end_locks();
}

/* ---- calls that are cut off ---- */

static void __attribute__((noinline)) lock_inside(mutex_t *mutex)
{
    CHECK_STATUS(OK, mutex_lock(mutex));
    __asm__ volatile("" : : : "memory");
}

static vaddr_t __attribute__((noinline)) lock_here_and_inside(void)
{
    CHECK_STATUS(OK, mutex_lock(mutexes[1]));
    lock_inside(mutexes[2]);
    return (vaddr_t)__builtin_frame_address(0);
}

TEST(what_was_locked_by_unwound_frames_is_unlocked)
{
    vaddr_t frame;

    make_locks();
    CHECK_STATUS(OK, mutex_lock(mutexes[0]));
    frame = lock_here_and_inside();
    locks_unwound(strand_current, frame);
    CHECK(record_of(mutexes[2])->holder == NULL);
    CHECK(record_of(mutexes[1])->holder == strand_current);
    locks_unwound(strand_current, (vaddr_t)__builtin_frame_address(0));
    CHECK(record_of(mutexes[1])->holder == NULL);
    CHECK(record_of(mutexes[0])->holder == strand_current);
    CHECK_STATUS(OK, mutex_unlock(mutexes[0]));
    end_locks();
}

static bool __attribute__((noipa)) guard_mutex(mutex_t *mutex)
{
    return mutex != NULL;
}

static status_t __attribute__((noipa)) watch_mutex(mutex_t *mutex)
{
    return mutex != NULL ? OK : ERR_FAILED;
}

/* What dispatches the event goes before the lock does. */
TEST(a_mutex_locked_through_an_event_is_who_raised_its)
{
    binding_t *binding;

    make_locks();
    CHECK_STATUS(OK, event_install((procedure_t)mutex_lock, (procedure_t)watch_mutex,
                                   (procedure_t)guard_mutex,
                                   &(struct event_options){.order = EVENT_LAST}, &binding));
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(OK, mutex_lock(mutexes[0]));
        CHECK_EQUAL((vaddr_t)__builtin_frame_address(0), record_of(mutexes[0])->frame);
        CHECK_STATUS(OK, mutex_unlock(mutexes[0]));
        CHECK_STATUS(OK, event_dispatch_as((procedure_t)mutex_lock, EVENT_LOOP));
    }
    CHECK_STATUS(OK, event_dispatch_as((procedure_t)mutex_lock, EVENT_AS_USUAL));
    CHECK_STATUS(OK, event_destroy(binding));
    end_locks();
}

/* ---- domains that go ---- */

extern const char object_locker[], object_locker_end[];

static mutex_t *foreign_mutex;
static condition_t *foreign_condition;
static semaphore_t *foreign_semaphore;

static void wait_for_foreign_mutex(void *closure)
{
    results[(unsigned)closure] = mutex_lock(foreign_mutex);
}

static void wait_on_foreign_condition(void *closure)
{
    unsigned i = (unsigned)closure;

    if (mutex_lock(mutexes[0]) != OK)
        return;
    results[i] = condition_wait(foreign_condition, mutexes[0]);
    if (mutex_unlock(mutexes[0]) != OK)
        results[i] = ERR_FAILED;
}

static void wait_with_foreign_mutex(void *closure)
{
    unsigned i = (unsigned)closure;

    if (mutex_lock(foreign_mutex) != OK)
        return;
    results[i] = condition_wait(condition, foreign_mutex);
    if (mutex_unlock(foreign_mutex) != ERR_BAD_CAPABILITY)
        results[i] = ERR_FAILED;
}

static void wait_for_foreign_semaphore(void *closure)
{
    results[(unsigned)closure] = semaphore_wait(foreign_semaphore);
}

static const void *of_locker(const struct domain *domain, const char *name)
{
    const struct symbol *symbol = symbol_find(&domain->image.symbols, name, symbol_hash(name));

    return CHECK(symbol != NULL) ? *(const void **)symbol->value : NULL;
}

static bool load_locker(struct domain **domain)
{
    const struct domain_terms terms = {.loader = "operator"};
    const struct loader_object object = {"locker", object_locker,
                                         (size_t)(object_locker_end - object_locker)};

    if (!CHECK_STATUS(OK, loader_load(&terms, &object, 1, domain)))
        return false;
    foreign_mutex = (mutex_t *)of_locker(*domain, "locker_mutex");
    foreign_condition = (condition_t *)of_locker(*domain, "locker_condition");
    foreign_semaphore = (semaphore_t *)of_locker(*domain, "locker_semaphore");
    return true;
}

TEST(who_waits_for_locks_of_a_domain_that_goes_is_woken)
{
    void (*const entries[])(void *closure) = {wait_with_foreign_mutex, wait_for_foreign_mutex,
                                              wait_on_foreign_condition,
                                              wait_for_foreign_semaphore};
    struct domain *domain;

    make_locks();
    if (!load_locker(&domain))
        return;
    CHECK_EQUAL(4, quota_used(domain->image.memory.owner, QUOTA_LOCKS));
    for (unsigned i = 0; i < 4; i++) {
        begin(i, entries[i], 5);
        let_them_run();
        if (i == 0)
            CHECK_STATUS(OK, mutex_lock(foreign_mutex));
    }
    CHECK_STATUS(OK, domain_end(&domain, 1));
    for (unsigned i = 0; i < 4; i++) {
        join(i);
        CHECK_STATUS(ERR_BAD_CAPABILITY, results[i]);
    }
    CHECK(strand_current->held == NULL);
    CHECK_EQUAL(strand_current->priority, strand_current->effective);
    CHECK_STATUS(ERR_BAD_CAPABILITY, mutex_unlock(foreign_mutex));
    CHECK_STATUS(ERR_BAD_CAPABILITY, condition_signal(foreign_condition));
    CHECK_STATUS(ERR_BAD_CAPABILITY, semaphore_post(foreign_semaphore));
    end_locks();
}

static void forget(owner_t owner)
{
    vaddr_t busy = busy_begin();

    locks_forget_owner(owner);
    busy_end(busy);
}

TEST(locks_beyond_the_quota_are_refused)
{
    struct lock *lock;
    owner_t owner;

    CHECK_STATUS(OK, owner_create("greedy", 100000, &owner));
    quota_begin(owner, false);
    quota_set(owner, QUOTA_LOCKS, 1);
    CHECK_STATUS(OK, lock_make(owner, CAPABILITY_MUTEX, sizeof(struct mutex), &lock));
    for (int i = 0; i < 3; i++)
        CHECK_STATUS(ERR_QUOTA,
                     lock_make(owner, CAPABILITY_SEMAPHORE, sizeof(struct semaphore), &lock));
    CHECK_EQUAL(1, quota_used(owner, QUOTA_LOCKS));
    forget(owner);
    CHECK_EQUAL(0, quota_used(owner, QUOTA_LOCKS));
    owner_destroy(owner);
    CHECK_STATUS(OK, owner_create("poor", 10, &owner));
    quota_begin(owner, false);
    CHECK_STATUS(ERR_NO_MEMORY, lock_make(owner, CAPABILITY_MUTEX, sizeof(struct mutex), &lock));
    CHECK_EQUAL(0, quota_used(owner, QUOTA_LOCKS));
    owner_destroy(owner);
}

TEST(a_strand_that_ends_unlocks_what_it_has)
{
    make_locks();
    begin(0, lock_for_a_while, 5);
    join(0);
    CHECK_STATUS(OK, results[0]);
    CHECK(record_of(mutexes[0])->holder == NULL);
    end_locks();
}
