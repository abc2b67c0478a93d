/* Alarms: when their handlers are called, how often, and what is refused. */
#include <stdio.h>
#include <string.h>
#include <whorl/alarm.h>
#include <whorl/clock.h>
#include <whorl/lock.h>
#include <whorl/strand.h>

#include "arch/ppc/processor.h"
#include "domains/domain.h"
#include "domains/loader.h"
#include "kernel/strand/strand.h"
#include "kernel/test.h"

SUITE("alarm");

#define ALARMS 40
#define SOON_US 2000
#define LATER_US 150000 /* a few calls take less, on whatever host */

extern const char object_locker[], object_locker_end[];

static alarm_t *alarms[ALARMS];
static volatile unsigned order[4 * ALARMS], n_called;
static volatile uint64_t called_at;
static volatile status_t result;
static mutex_t *mutex;

static void note(void *closure)
{
    called_at = clock_microseconds();
    if (n_called < sizeof order / sizeof order[0])
        order[n_called] = (unsigned)closure;
    n_called++;
}

static alarm_t *make(alarm_handler_t *handler, unsigned closure)
{
    alarm_t *alarm = NULL;

    n_called = 0;
    CHECK_STATUS(OK, alarm_create(handler, (void *)closure, &alarm));
    return alarm;
}

static void wait_for_calls(unsigned n)
{
    for (int i = 0; i < 2000 && n_called < n; i++)
        CHECK_STATUS(OK, strand_sleep(500));
    CHECK(n_called >= n);
}

static uint64_t missed(alarm_t *alarm)
{
    uint64_t n = 0;

    CHECK_STATUS(OK, alarm_count(alarm, NULL, &n));
    return n;
}

static uint64_t called(alarm_t *alarm)
{
    uint64_t n = 0;

    CHECK_STATUS(OK, alarm_count(alarm, &n, NULL));
    return n;
}

/* ---- when ---- */

TEST(is_called_once_when_its_time_has_come)
{
    alarm_t *alarm = make(note, 7);
    uint64_t begun = clock_microseconds();

    CHECK_STATUS(OK, alarm_start(alarm, SOON_US, 0));
    wait_for_calls(1);
    CHECK(called_at - begun >= SOON_US);
    CHECK_EQUAL(7, order[0]);
    CHECK_STATUS(OK, strand_sleep(2 * SOON_US));
    CHECK_EQUAL(1, n_called);
    CHECK_EQUAL(1, called(alarm));
    CHECK_EQUAL(0, missed(alarm));
    CHECK_STATUS(OK, alarm_destroy(alarm));
}

TEST(is_called_at_once_if_there_is_no_time_to_wait)
{
    alarm_t *alarm = make(note, 0);

    for (unsigned i = 1; i <= 3; i++) {
        CHECK_STATUS(OK, alarm_start(alarm, 0, 0));
        wait_for_calls(i);
    }
    CHECK_STATUS(OK, alarm_destroy(alarm));
}

static uint64_t earliest[ALARMS], latest[ALARMS]; /* when they can be due */

static void start_later(unsigned i)
{
    uint64_t away = LATER_US + 500 * (i * 17 % ALARMS);

    alarms[i] = make(note, i);
    earliest[i] = clock_microseconds() + away;
    CHECK_STATUS(OK, alarm_start(alarms[i], away, 0));
    latest[i] = clock_microseconds() + away + 1;
}

TEST(are_called_in_the_order_of_their_times)
{
    for (unsigned i = 0; i < ALARMS; i++)
        start_later(i);
    for (unsigned i = 0; i < ALARMS; i += 4)
        CHECK_STATUS(OK, alarm_stop(alarms[i]));
    wait_for_calls(ALARMS - ALARMS / 4);
    for (unsigned i = 1; i < n_called; i++)
        CHECK(earliest[order[i - 1]] <= latest[order[i]]);
    for (unsigned i = 0; i < ALARMS; i++) {
        CHECK_EQUAL(i % 4 != 0, called(alarms[i]));
        CHECK_STATUS(OK, alarm_destroy(alarms[i]));
    }
}

TEST(periods_do_not_drift)
{
    alarm_t *alarm = make(note, 0);
    uint64_t begun = clock_microseconds(), after;

    CHECK_STATUS(OK, alarm_start(alarm, 1001, 1001));
    CHECK_STATUS(OK, strand_sleep(50 * 1001));
    CHECK_STATUS(OK, alarm_stop(alarm));
    after = clock_microseconds();
    CHECK(called(alarm) + missed(alarm) >= 49);
    CHECK(called(alarm) + missed(alarm) <= (after - begun) / 1001);
    CHECK_EQUAL(n_called, called(alarm));
    CHECK_STATUS(OK, alarm_destroy(alarm));
}

static void take_long_once(void *closure)
{
    uint64_t end = clock_microseconds() + 4500;

    if (n_called == 0)
        while (clock_microseconds() < end)
            ;
    note(closure);
}

TEST(periods_that_pass_meanwhile_are_called_once_and_counted)
{
    alarm_t *alarm = make(take_long_once, 0);
    uint64_t begun = clock_microseconds();

    CHECK_STATUS(OK, alarm_start(alarm, 0, 1000));
    wait_for_calls(4);
    CHECK_STATUS(OK, alarm_stop(alarm));
    CHECK(missed(alarm) >= 3);
    CHECK(called(alarm) + missed(alarm) <= (clock_microseconds() - begun) / 1000 + 1);
    CHECK_STATUS(OK, alarm_destroy(alarm));
}

TEST(one_that_is_started_anew_forgets_its_old_time)
{
    alarm_t *alarm = make(note, 0);

    CHECK_STATUS(OK, alarm_start(alarm, LATER_US, 0));
    CHECK_STATUS(OK, alarm_start(alarm, 3600000000u, 0));
    CHECK_STATUS(OK, strand_sleep(LATER_US + 10000));
    CHECK_EQUAL(0, n_called);
    CHECK_STATUS(OK, alarm_start(alarm, UINT64_MAX, UINT64_MAX));
    CHECK_STATUS(OK, strand_sleep(1000));
    CHECK_EQUAL(0, n_called);
    CHECK_STATUS(OK, alarm_start(alarm, 0, UINT64_MAX));
    wait_for_calls(1);
    CHECK_STATUS(OK, strand_sleep(1000));
    CHECK_EQUAL(1, n_called);
    CHECK_STATUS(OK, alarm_destroy(alarm));
}

TEST(one_that_is_stopped_is_not_called)
{
    alarm_t *alarm = make(note, 0);

    CHECK_STATUS(OK, alarm_stop(alarm));
    CHECK_STATUS(OK, alarm_start(alarm, LATER_US, 500));
    CHECK_STATUS(OK, alarm_stop(alarm));
    CHECK_STATUS(OK, strand_sleep(LATER_US + 10000));
    CHECK_EQUAL(0, n_called);
    CHECK_STATUS(OK, alarm_start(alarm, LATER_US, 500));
    CHECK_STATUS(OK, alarm_destroy(alarm));
    CHECK_STATUS(OK, strand_sleep(LATER_US + 10000));
    CHECK_EQUAL(0, n_called);
}

/* ---- what handlers do ---- */

static void stop_itself(void *closure)
{
    note(closure);
    if (n_called == 3)
        result = alarm_stop(alarms[0]);
}

TEST(a_handler_may_stop_its_alarm)
{
    alarms[0] = make(stop_itself, 0);
    result = ERR_FAILED;
    CHECK_STATUS(OK, alarm_start(alarms[0], 100, 300));
    wait_for_calls(3);
    CHECK_STATUS(OK, strand_sleep(2000));
    CHECK_EQUAL(3, n_called);
    CHECK_STATUS(OK, result);
    CHECK_STATUS(OK, alarm_destroy(alarms[0]));
}

static void destroy_itself(void *closure)
{
    result = alarm_destroy(alarms[0]);
    note(closure);
}

TEST(a_handler_may_destroy_its_alarm)
{
    alarms[0] = make(destroy_itself, 0);
    result = ERR_FAILED;
    CHECK_STATUS(OK, alarm_start(alarms[0], 100, 300));
    wait_for_calls(1);
    CHECK_STATUS(OK, result);
    CHECK_STATUS(OK, strand_sleep(2000));
    CHECK_EQUAL(1, n_called);
    CHECK_STATUS(ERR_BAD_CAPABILITY, alarm_start(alarms[0], 0, 0));
}

static void start_itself(void *closure)
{
    note(closure);
    if (n_called < 5)
        result = alarm_start(alarms[0], 200, 0);
}

TEST(a_handler_may_start_its_alarm_again)
{
    alarms[0] = make(start_itself, 0);
    CHECK_STATUS(OK, alarm_start(alarms[0], 0, 0));
    wait_for_calls(5);
    CHECK_STATUS(OK, strand_sleep(1000));
    CHECK_EQUAL(5, n_called);
    CHECK_STATUS(OK, alarm_destroy(alarms[0]));
}

static void try_to_wait(void *closure)
{
    result = strand_sleep(1);
    note(closure);
}

TEST(a_handler_may_not_wait)
{
    alarm_t *alarm = make(try_to_wait, 0);

    result = OK;
    CHECK_STATUS(OK, alarm_start(alarm, 0, 0));
    wait_for_calls(1);
    CHECK_STATUS(ERR_STATE, result);
    CHECK_STATUS(OK, alarm_destroy(alarm));
}

static void keep_mutex(void *closure)
{
    result = mutex_try_lock(mutex);
    note(closure);
}

TEST(what_a_handler_leaves_locked_is_unlocked)
{
    alarm_t *alarm = make(keep_mutex, 0);

    CHECK_STATUS(OK, mutex_create(&mutex));
    CHECK_STATUS(OK, alarm_start(alarm, 0, 0));
    wait_for_calls(1);
    CHECK_STATUS(OK, result);
    CHECK_STATUS(OK, strand_sleep(100));
    CHECK_STATUS(OK, mutex_try_lock(mutex));
    CHECK_STATUS(OK, mutex_unlock(mutex));
    CHECK_STATUS(OK, mutex_destroy(mutex));
    CHECK_STATUS(OK, alarm_destroy(alarm));
}

static void fault(void *closure)
{
    note(closure);
    (void)mutex_try_lock(mutex);
    *(volatile int *)0 = 1;
}

TEST(a_handler_that_faults_is_cut_off_and_others_are_called)
{
    alarm_t *bad = make(fault, 1), *good;

    CHECK_STATUS(OK, mutex_create(&mutex));
    CHECK_STATUS(OK, alarm_create(note, (void *)2, &good));
    CHECK_STATUS(OK, alarm_start(bad, 0, 500));
    wait_for_calls(1);
    CHECK_STATUS(OK, alarm_start(good, 0, 0));
    wait_for_calls(2);
    CHECK_STATUS(OK, strand_sleep(2000));
    CHECK_EQUAL(2, n_called);
    CHECK_EQUAL(2, order[1]);
    CHECK_STATUS(OK, mutex_try_lock(mutex));
    CHECK_STATUS(OK, mutex_unlock(mutex));
    CHECK_STATUS(OK, mutex_destroy(mutex));
    CHECK_STATUS(OK, alarm_destroy(bad));
    CHECK_STATUS(OK, alarm_destroy(good));
}

static void destroy_and_fault(void *closure)
{
    destroy_itself(closure);
    *(volatile int *)0 = 1;
}

TEST(a_handler_that_destroys_its_alarm_and_faults_is_not_looked_at)
{
    alarms[0] = make(destroy_and_fault, 0);
    CHECK_STATUS(OK, alarm_start(alarms[0], 0, 500));
    wait_for_calls(1);
    CHECK_STATUS(OK, result);
    CHECK_STATUS(OK, strand_sleep(2000));
    CHECK_EQUAL(1, n_called);
}

static void turn_interrupts_off(void *closure)
{
    note(closure);
    (void)interrupts_off();
}

TEST(a_handler_that_leaves_interrupts_off_stops_nobody)
{
    alarm_t *alarm = make(turn_interrupts_off, 0);

    CHECK_STATUS(OK, alarm_start(alarm, 0, 500));
    wait_for_calls(3);
    CHECK_STATUS(OK, alarm_destroy(alarm));
}

/* ---- how much of the processor ---- */

static void take_one_millisecond(void *closure)
{
    uint64_t end = clock_microseconds() + 1000;

    while (clock_microseconds() < end)
        ;
    note(closure);
}

/*
 * Whoever looks is of lower priority, so when he finds that handlers were called, they are resting. What he had and what has passed is compared just before they
 * are called again, when they have rested for all that they worked: so it does not matter how long the host makes anything take.
 */
TEST(handlers_get_half_of_the_processor_at_most)
{
    uint64_t begun = strand_clock(), start = clock_microseconds(), latest[2] = {0, 0};
    uint64_t passed = 0, worked = 0;
    unsigned n_seen = 0, n_bursts = 0;

    for (unsigned i = 0; i < 8; i++) {
        alarms[i] = make(take_one_millisecond, i);
        CHECK_STATUS(OK, alarm_start(alarms[i], 1, 1));
    }
    while ((n_bursts < 6 || n_called < 20) && latest[0] < 20000000) {
        uint64_t now[2] = {clock_microseconds() - start,
                           clock_to_microseconds(strand_clock() - begun)};

        if (n_called != n_seen) {
            n_seen = n_called;
            n_bursts++;
            passed = latest[0];
            worked = latest[1];
        }
        memcpy(latest, now, sizeof latest);
    }
    for (unsigned i = 0; i < 8; i++)
        CHECK_STATUS(OK, alarm_destroy(alarms[i]));
    if (!CHECK(n_bursts >= 6 && n_called >= 20) || !CHECK(worked >= passed / 3))
        printf("# %u calls, worked %u of %u us\n", n_called, (unsigned)worked, (unsigned)passed);
}

/* ---- what is refused, and what goes ---- */

TEST(misuse_is_refused)
{
    semaphore_t *semaphore;
    alarm_t *alarm = (alarm_t *)1;

    CHECK_STATUS(ERR_BAD_ARGUMENT, alarm_create(NULL, NULL, &alarm));
    CHECK_STATUS(ERR_BAD_ARGUMENT, alarm_create((alarm_handler_t *)(uintptr_t)order, NULL, &alarm));
    CHECK_STATUS(ERR_BAD_ARGUMENT,
                 alarm_create((alarm_handler_t *)((uintptr_t)note + 2), NULL, &alarm));
    CHECK(alarm == (alarm_t *)1);
    CHECK_STATUS(OK, semaphore_create(0, &semaphore));
    for (unsigned i = 0; i < 3; i++) {
        alarm = i == 0 ? NULL : i == 1 ? (alarm_t *)0xc1234568 : (alarm_t *)semaphore;
        CHECK_STATUS(ERR_BAD_CAPABILITY, alarm_start(alarm, 1, 1));
        CHECK_STATUS(ERR_BAD_CAPABILITY, alarm_stop(alarm));
        CHECK_STATUS(ERR_BAD_CAPABILITY, alarm_count(alarm, NULL, NULL));
        CHECK_STATUS(ERR_BAD_CAPABILITY, alarm_destroy(alarm));
    }
    CHECK_STATUS(OK, semaphore_destroy(semaphore));
    alarm = make(note, 0);
    CHECK_STATUS(OK, alarm_destroy(alarm));
    CHECK_STATUS(ERR_BAD_CAPABILITY, alarm_destroy(alarm));
}

static const struct symbol *of_locker(const struct domain *domain, const char *name)
{
    return symbol_find(&domain->image.symbols, name, symbol_hash(name));
}

TEST(alarms_go_with_the_domain_that_made_them_or_has_the_handler)
{
    const struct domain_terms terms = {.loader = "operator"};
    const struct loader_object object = {"locker", object_locker,
                                         (size_t)(object_locker_end - object_locker)};
    struct domain *domain;
    alarm_t *theirs, *mine;

    if (!CHECK_STATUS(OK, loader_load(&terms, &object, 1, &domain)))
        return;
    theirs = *(alarm_t **)of_locker(domain, "locker_alarm")->value;
    mine = make((alarm_handler_t *)of_locker(domain, "locker_count")->value, (unsigned)&n_called);
    CHECK_STATUS(OK, alarm_start(mine, 0, 200));
    wait_for_calls(2);
    CHECK(called(theirs) > 0);
    CHECK_STATUS(OK, domain_end(&domain, 1));
    n_called = 0;
    CHECK_STATUS(ERR_BAD_CAPABILITY, alarm_stop(theirs));
    CHECK_STATUS(OK, strand_sleep(1000));
    CHECK_EQUAL(0, n_called);
    CHECK_STATUS(ERR_STATE, alarm_start(mine, 0, 0));
    CHECK_STATUS(OK, alarm_destroy(mine));
}
