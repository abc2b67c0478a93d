/* Many strands at once, and what the scheduler and the locks promise them: see <whorl/strand.h> and <whorl/lock.h>. */
#include <stdio.h>
#include <string.h>
#include <whorl/clock.h>
#include <whorl/strand.h>

#include "domains/capability.h"
#include "kernel/strand/strand.h"
#include "kernel/test.h"
#include "tests/kernel/stress/stress.h"

SUITE("stress");

#define SEED 0x51ab1e5

/* More than there will be at once, so that their table does not grow in the middle of a test. */
static void __attribute__((constructor)) have_capabilities(void)
{
    static void *capabilities[4000];
    unsigned n = 0;

    while (n < 4000 && capability_create(CAPABILITY_CONSOLE, &n, &capabilities[n]) == OK)
        n++;
    while (n > 0)
        capability_revoke(capabilities[--n]);
}

/* ---- no wake-up is lost, and who excludes others does ---- */

TEST(five_hundred_strands_of_all_priorities_end)
{
    uint32_t seed = SEED;

    printf("    # seed %08x\n", (unsigned)seed);
    stress_open();
    crowd_begin(seed);
    for (unsigned i = 0; i < STRESS_MAX; i++)
        CHECK(stress_begin(crowd_do, i, 1 + stress_random(&seed, STRAND_PRIORITY_MAX)) != NULL);
    CHECK(stress_close());
    crowd_is_right();
}

/* ---- equals get the same ---- */

#define EQUALS 12
#define TURNS 30

static volatile unsigned runs_now, n_turns;
static volatile bool stop;

/* The host may hold the machine for all of a turn: its time has passed when it begins, and nothing comes of it. */
static unsigned turns_in(uint64_t ticks)
{
    uint64_t turn = clock_frequency() / (1000000 / STRAND_QUANTUM_US);
    unsigned n = (unsigned)((ticks + turn / 2) / turn);

    return n == 0 ? 1 : n;
}

/* A turn is what it runs before another has run; so many turns of others are between two of its own. */
static void take_turns(void *closure)
{
    unsigned me = (unsigned)closure + 1, latest = n_turns;
    uint64_t begun = strand_clock();

    while (!stop) {
        if (runs_now == me)
            continue;
        runs_now = me;
        n_turns++;
        if (n_turns - latest > EQUALS * turns_in(strand_clock() - begun) && latest != 0)
            stress_wrong("turns of others between two of one's own", n_turns - latest, me);
        latest = n_turns;
        begun = strand_clock();
        if (n_turns >= EQUALS * TURNS)
            stop = true;
    }
}

TEST(no_equal_waits_for_more_than_a_turn_of_each_other)
{
    stop = false;
    runs_now = n_turns = 0;
    stress_open();
    for (unsigned i = 0; i < EQUALS; i++)
        CHECK(stress_begin(take_turns, i, STRAND_PRIORITY_DEFAULT) != NULL);
    CHECK(stress_close());
    CHECK_EQUAL(0, stress_n_wrong());
}

/* ---- first come, first served ---- */

#define WAITERS 20

static semaphore_t *gate;
static mutex_t *mutex;
static condition_t *condition;
static unsigned order[WAITERS], n_served;

static void serve(unsigned who)
{
    order[__atomic_fetch_add(&n_served, 1, __ATOMIC_RELAXED)] = who;
}

static void wait_at_gate(void *closure)
{
    if (semaphore_wait(gate) == OK)
        serve((unsigned)closure);
}

static void wait_for_mutex(void *closure)
{
    if (mutex_lock(mutex) != OK)
        return;
    serve((unsigned)closure);
    (void)mutex_unlock(mutex);
}

static void wait_for_condition(void *closure)
{
    if (mutex_lock(mutex) != OK)
        return;
    if (condition_wait(condition, mutex) == OK)
        serve((unsigned)closure);
    (void)mutex_unlock(mutex);
}

/* Each waits before the next one is begun. */
static void gather(void (*entry)(void *closure), bool falling)
{
    stress_open();
    n_served = 0;
    for (unsigned i = 0; i < WAITERS; i++) {
        CHECK(stress_begin(entry, i, falling ? STRAND_PRIORITY_DEFAULT : 2 + i % 5) != NULL);
        CHECK_STATUS(OK, strand_sleep(200));
    }
}

static void expect_order(bool by_priority)
{
    CHECK(stress_close());
    CHECK_EQUAL(WAITERS, n_served);
    for (unsigned i = 0; i < WAITERS; i++)
        CHECK_EQUAL(by_priority ? i % 4 * 5 + 4 - i / 4 : i, order[i]);
}

static void create_all(void)
{
    CHECK_STATUS(OK, semaphore_create(0, &gate));
    CHECK_STATUS(OK, mutex_create(&mutex));
    CHECK_STATUS(OK, condition_create(&condition));
}

static void destroy_all(void)
{
    CHECK_STATUS(OK, semaphore_destroy(gate));
    CHECK_STATUS(OK, condition_destroy(condition));
    CHECK_STATUS(OK, mutex_destroy(mutex));
}

static void open_gate(void)
{
    for (unsigned i = 0; i < WAITERS; i++) {
        CHECK_STATUS(OK, semaphore_post(gate));
        CHECK_STATUS(OK, strand_sleep(100));
    }
}

TEST(equals_are_served_in_the_order_in_which_they_came)
{
    create_all();
    gather(wait_at_gate, true);
    open_gate();
    expect_order(false);
    CHECK_STATUS(OK, mutex_lock(mutex));
    gather(wait_for_mutex, true);
    CHECK_STATUS(OK, mutex_unlock(mutex));
    expect_order(false);
    gather(wait_for_condition, true);
    for (unsigned i = 0; i < WAITERS; i++) {
        CHECK_STATUS(OK, condition_signal(condition));
        CHECK_STATUS(OK, strand_sleep(100));
    }
    expect_order(false);
    destroy_all();
}

TEST(higher_ones_are_served_before_lower_ones)
{
    create_all();
    gather(wait_at_gate, false);
    open_gate();
    expect_order(true);
    CHECK_STATUS(OK, mutex_lock(mutex));
    gather(wait_for_mutex, false);
    CHECK_STATUS(OK, mutex_unlock(mutex));
    expect_order(true);
    destroy_all();
}

/* ---- a high one waits for critical sections only, however many there are between ---- */

#define LINKS 6
#define WORK 20000

static mutex_t *chain[LINKS + 1];
static volatile unsigned n_linked, n_between;
static volatile bool is_served;

static void work(unsigned n)
{
    for (volatile unsigned left = n; left > 0; left--)
        ;
}

/* Has its own mutex, waits for the one of the next lower, works. */
static void link(void *closure)
{
    unsigned i = (unsigned)closure;

    (void)mutex_lock(chain[i]);
    n_linked++;
    if (i > 0)
        (void)mutex_lock(chain[i - 1]);
    work(i == 0 ? 50 * WORK : WORK);
    if (i > 0)
        (void)mutex_unlock(chain[i - 1]);
    (void)mutex_unlock(chain[i]);
}

/* Of a priority between: not to run while the high one waits. */
static void be_between(void *closure)
{
    (void)closure;
    while (!is_served)
        n_between++;
}

static void be_high(void *closure)
{
    unsigned before;

    (void)closure;
    before = n_between;
    if (mutex_lock(chain[LINKS - 1]) != OK || n_between != before)
        stress_wrong("a strand between ran while a high one waited", n_between, before);
    is_served = true;
    (void)mutex_unlock(chain[LINKS - 1]);
}

TEST(a_high_one_waits_for_critical_sections_only)
{
    is_served = false;
    n_linked = n_between = 0;
    stress_open();
    for (unsigned i = 0; i < LINKS; i++)
        CHECK_STATUS(OK, mutex_create(&chain[i]));
    for (unsigned i = 0; i < LINKS; i++) {
        CHECK(stress_begin(link, i, 1 + i) != NULL);
        while (n_linked <= i)
            CHECK_STATUS(OK, strand_sleep(100));
    }
    CHECK(stress_begin(be_between, 0, STRAND_PRIORITY_DEFAULT - 2) != NULL);
    CHECK(stress_begin(be_high, 0, STRAND_PRIORITY_DEFAULT) != NULL);
    CHECK(stress_close());
    CHECK_EQUAL(0, stress_n_wrong());
    for (unsigned i = 0; i < LINKS; i++)
        CHECK_STATUS(OK, mutex_destroy(chain[i]));
}
