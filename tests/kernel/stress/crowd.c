/*
 * A crowd of strands, each of which takes random steps: it sleeps, yields, computes, changes its priority, locks (with and without a limit, one mutex
 * inside of another, always the lower number first), passes items through a bounded buffer of a mutex and two conditions, takes one
 * of few places that a semaphore counts, and begins and joins another strand. Each step checks what it can.
 *
 * Nobody waits for ever: who gets an item has put one before, so that as many are put as got, and locks have an order.
 */
#include <stdlib.h>

#include "tests/kernel/stress/stress.h"

#define STEPS 12
#define MUTEXES 8
#define PLACES 3
#define ROOM 4

static uint32_t first_seed;
static volatile uint32_t n_done;

static struct {
    mutex_t *mutex;
    volatile unsigned inside; /* 1 + closure of who is */
} locks[MUTEXES];

static struct {
    semaphore_t *free;
    volatile unsigned taken;
} places;

static struct {
    mutex_t *mutex;
    condition_t *has_room, *has_items;
    unsigned items[ROOM];
    unsigned n, first;
    uint32_t n_put, n_got;
    uint64_t sum_put, sum_got;
} buffer;

struct one {
    unsigned number;
    uint32_t seed;
    bool owes; /* an item that it has to get */
};

static void expect(bool right, const char *what, long long a, long long b)
{
    if (!right)
        stress_wrong(what, a, b);
}

static void expect_ok(status_t status, const char *what, const struct one *one)
{
    expect(status == OK, what, status, one->number);
}

/* ---- steps ---- */

static void rest(struct one *one)
{
    switch (stress_random(&one->seed, 4)) {
    case 0:
        expect_ok(strand_yield(), "yield", one);
        break;
    case 1:
        expect_ok(strand_sleep(stress_random(&one->seed, 300)), "sleep", one);
        break;
    case 2:
        for (volatile unsigned n = stress_random(&one->seed, 3000); n > 0; n--)
            ;
        break;
    }
}

static void stay_inside(struct one *one, unsigned i)
{
    expect(locks[i].inside == 0, "two have a mutex", locks[i].inside, one->number);
    locks[i].inside = one->number + 1;
    rest(one);
    expect(locks[i].inside == one->number + 1, "another has the mutex", locks[i].inside,
           one->number);
}

static void leave(struct one *one, unsigned i)
{
    locks[i].inside = 0;
    expect_ok(mutex_unlock(locks[i].mutex), "unlock", one);
}

static status_t enter(struct one *one, unsigned i)
{
    switch (stress_random(&one->seed, 3)) {
    case 0:
        return mutex_lock_for(locks[i].mutex, stress_random(&one->seed, 1000));
    case 1:
        return mutex_try_lock(locks[i].mutex);
    default:
        return mutex_lock(locks[i].mutex);
    }
}

static void lock(struct one *one)
{
    unsigned i = stress_random(&one->seed, MUTEXES);
    unsigned j = i + stress_random(&one->seed, MUTEXES - i);

    if (enter(one, i) != OK)
        return;
    stay_inside(one, i);
    if (j != i && enter(one, j) == OK) {
        stay_inside(one, j);
        leave(one, j);
    }
    leave(one, i);
}

static void take_place(struct one *one)
{
    unsigned taken;

    if (stress_random(&one->seed, 2) == 0)
        expect_ok(semaphore_wait(places.free), "semaphore", one);
    else if (semaphore_wait_for(places.free, stress_random(&one->seed, 2000)) != OK)
        return;
    taken = __atomic_add_fetch(&places.taken, 1, __ATOMIC_RELAXED);
    expect(taken <= PLACES, "more have places than there are", taken, one->number);
    rest(one);
    __atomic_sub_fetch(&places.taken, 1, __ATOMIC_RELAXED);
    expect_ok(semaphore_post(places.free), "post", one);
}

static void put(struct one *one)
{
    expect_ok(mutex_lock(buffer.mutex), "lock of the buffer", one);
    while (buffer.n == ROOM)
        expect_ok(condition_wait(buffer.has_room, buffer.mutex), "wait for room", one);
    buffer.items[(buffer.first + buffer.n++) % ROOM] = one->number;
    buffer.n_put++;
    buffer.sum_put += one->number;
    expect_ok(condition_signal(buffer.has_items), "signal", one);
    expect_ok(mutex_unlock(buffer.mutex), "unlock of the buffer", one);
    one->owes = true;
}

static void get(struct one *one)
{
    expect_ok(mutex_lock(buffer.mutex), "lock of the buffer", one);
    while (buffer.n == 0)
        (void)condition_wait_for(buffer.has_items, buffer.mutex, 100000);
    buffer.sum_got += buffer.items[buffer.first];
    buffer.first = (buffer.first + 1) % ROOM;
    buffer.n--;
    buffer.n_got++;
    expect_ok(condition_broadcast(buffer.has_room), "broadcast", one);
    expect_ok(mutex_unlock(buffer.mutex), "unlock of the buffer", one);
    one->owes = false;
}

static void pass(struct one *one)
{
    if (one->owes)
        get(one);
    else
        put(one);
}

static void child(void *closure)
{
    *(volatile unsigned *)closure += 1;
}

static void give_birth(struct one *one)
{
    volatile unsigned n = one->number;
    strand_t *strand;

    if (strand_create(child, (void *)&n, NULL, &strand) != OK)
        return;
    expect_ok(strand_join(strand), "join", one);
    expect(n == one->number + 1, "the other did not run once", n, one->number);
}

static void change_priority(struct one *one)
{
    expect_ok(
        strand_set_priority(strand_self(), 1 + stress_random(&one->seed, STRAND_PRIORITY_MAX)),
        "priority", one);
}

void crowd_do(void *closure)
{
    static void (*const steps[])(struct one *) = {rest, lock, lock,       take_place,
                                                  pass, pass, give_birth, change_priority};
    struct one one = {.number = (unsigned)closure,
                      .seed = first_seed + 7919 * ((unsigned)closure + 1)};

    for (unsigned i = 0; i < STEPS; i++)
        steps[stress_random(&one.seed, sizeof steps / sizeof steps[0])](&one);
    if (one.owes)
        get(&one);
    __atomic_add_fetch(&n_done, 1, __ATOMIC_RELAXED);
}

/* ---- all of them ---- */

void crowd_begin(uint32_t seed)
{
    first_seed = seed;
    n_done = 0;
    buffer.n_put = buffer.n_got = 0;
    buffer.sum_put = buffer.sum_got = 0;
    for (unsigned i = 0; i < MUTEXES; i++)
        CHECK_STATUS(OK, mutex_create(&locks[i].mutex));
    CHECK_STATUS(OK, semaphore_create(PLACES, &places.free));
    CHECK_STATUS(OK, mutex_create(&buffer.mutex));
    CHECK_STATUS(OK, condition_create(&buffer.has_room));
    CHECK_STATUS(OK, condition_create(&buffer.has_items));
}

bool crowd_is_right(void)
{
    for (unsigned i = 0; i < MUTEXES; i++)
        CHECK_STATUS(OK, mutex_destroy(locks[i].mutex));
    CHECK_STATUS(OK, semaphore_destroy(places.free));
    CHECK_STATUS(OK, condition_destroy(buffer.has_items));
    CHECK_STATUS(OK, condition_destroy(buffer.has_room));
    CHECK_STATUS(OK, mutex_destroy(buffer.mutex));
    CHECK_EQUAL(STRESS_MAX, n_done);
    CHECK_EQUAL(0, places.taken);
    CHECK_EQUAL(0, buffer.n);
    CHECK_EQUAL(buffer.n_put, buffer.n_got);
    CHECK_EQUAL(buffer.sum_put, buffer.sum_got);
    return CHECK_EQUAL(0, stress_n_wrong());
}
