/* The shortest ways: who waits for a semaphore, and who posts one, while nothing is unusual; and that what is unusual is noticed. */
#include <whorl/event.h>
#include <whorl/lock.h>
#include <whorl/patch.h>
#include <whorl/strand.h>

#include "domains/capability.h"
#include "kernel/busy.h"
#include "kernel/event/event.h"
#include "kernel/strand/lock.h"
#include "kernel/strand/strand.h"
#include "kernel/test.h"

SUITE("hand_over");

#define LAPS 20
#define EQUAL STRAND_PRIORITY_SHELL /* of who runs the tests */
#define P(procedure) ((procedure_t)(procedure))

static semaphore_t *here, *there;
static volatile status_t results[3];
static volatile unsigned order[3], n_ordered, n_seen;
static volatile bool ending;

static void begin(void (*entry)(void *closure), unsigned i, unsigned priority, strand_t **strand)
{
    const struct strand_options options = {.priority = priority};

    results[i] = ERR_FAILED;
    CHECK_STATUS(OK, strand_create(entry, (void *)i, &options, strand));
}

static void make(void)
{
    n_ordered = n_seen = 0;
    ending = false;
    CHECK_STATUS(OK, semaphore_create(0, &here));
    CHECK_STATUS(OK, semaphore_create(0, &there));
}

static void destroy(void)
{
    CHECK_STATUS(OK, semaphore_destroy(here));
    CHECK_STATUS(OK, semaphore_destroy(there));
}

static void wait_once(void *closure)
{
    results[(unsigned)closure] = semaphore_wait(there);
    order[n_ordered++] = (unsigned)closure;
}

static void answer(void *closure)
{
    (void)closure;
    while (!ending)
        if (semaphore_wait(there) != OK || semaphore_post(here) != OK)
            return;
    results[0] = OK;
}

static const struct lock *lock_of_there(void)
{
    return capability_object(there, CAPABILITY_SEMAPHORE);
}

/* On the short way, unless the clock has just ticked. */
static struct strand *wait_short(strand_t **strand)
{
    struct strand *record;

    for (;;) {
        begin(wait_once, 0, EQUAL, strand);
        CHECK_STATUS(OK, strand_yield());
        record = strand_of(*strand);
        if (record->own_wait.lock == lock_of_there())
            return record;
        CHECK_STATUS(OK, semaphore_post(there));
        CHECK_STATUS(OK, strand_join(*strand));
        n_ordered = 0;
    }
}

static void hand_over(unsigned laps)
{
    for (unsigned i = 0; i < laps; i++) {
        CHECK_STATUS(OK, semaphore_post(there));
        CHECK_STATUS(OK, semaphore_wait(here));
    }
}

static void end_answer(strand_t *strand)
{
    ending = true;
    CHECK_STATUS(OK, semaphore_post(there));
    CHECK_STATUS(OK, strand_join(strand));
    CHECK_STATUS(OK, results[0]);
    CHECK_STATUS(OK, semaphore_try(here));
}

/* ---- a wait in the strand's own record ---- */

TEST(a_wait_ends_with_the_post_and_not_with_an_unblock)
{
    strand_t *strand;
    struct strand *record;

    make();
    record = wait_short(&strand);
    CHECK_STATUS(OK, strand_unblock(strand));
    CHECK_STATUS(OK, strand_yield());
    CHECK(!strand_is_queued(record));
    CHECK_EQUAL(0, n_ordered);
    CHECK_STATUS(ERR_BUSY, semaphore_destroy(there));
    CHECK_STATUS(OK, semaphore_post(there));
    CHECK(strand_is_queued(record));
    CHECK_STATUS(OK, strand_join(strand));
    CHECK_STATUS(OK, results[0]);
    destroy();
}

TEST(a_post_to_who_is_ready_again_is_not_lost)
{
    strand_t *strand;

    make();
    (void)wait_short(&strand);
    CHECK_STATUS(OK, strand_unblock(strand));
    CHECK_STATUS(OK, semaphore_post(there));
    CHECK_STATUS(OK, strand_join(strand));
    CHECK_STATUS(OK, results[0]);
    CHECK_STATUS(ERR_BUSY, semaphore_try(there));
    destroy();
}

static void kill(strand_t *strand)
{
    vaddr_t busy = busy_begin();
    struct strand *record = strand_of(strand);

    if (record->state == STRAND_ALIVE) /* else the clock has ticked, and it has run */
        strand_kill(record, ERR_FAULT);
    busy_end(busy);
}

TEST(who_is_killed_waits_no_more_and_gives_back_what_it_got)
{
    strand_t *strand;

    make();
    do {
        n_ordered = 0;
        (void)wait_short(&strand);
        CHECK_STATUS(OK, semaphore_post(there));
        kill(strand);
    } while (strand_join(strand) != ERR_FAULT);
    CHECK_STATUS(OK, semaphore_try(there));
    (void)wait_short(&strand);
    kill(strand);
    CHECK_STATUS(ERR_FAULT, strand_join(strand));
    CHECK(lock_of_there()->first == NULL);
    CHECK_STATUS(ERR_BUSY, semaphore_try(there));
    destroy();
}

/* As locks_forget_owner ends waits. */
TEST(a_wait_that_fails_says_so_and_the_next_one_does_not)
{
    strand_t *strand;
    struct strand *record;
    uint32_t before;

    make();
    for (unsigned i = 0; i < 2; i++) {
        record = wait_short(&strand);
        before = interrupts_off();
        lock_end_wait(&record->own_wait, ERR_BAD_CAPABILITY);
        interrupts_restore(before);
        CHECK_STATUS(OK, strand_set_priority(strand, EQUAL - 1));
        CHECK_STATUS(OK, strand_set_priority(strand, EQUAL));
        strand_wake(record);
        CHECK_STATUS(OK, strand_join(strand));
        CHECK_STATUS(ERR_BAD_CAPABILITY, results[0]);
    }
    (void)wait_short(&strand);
    CHECK_STATUS(OK, semaphore_post(there));
    CHECK_STATUS(OK, strand_join(strand));
    CHECK_STATUS(OK, results[0]);
    destroy();
}

TEST(who_waited_alone_first_is_first_again_when_others_have_come)
{
    strand_t *strands[3];

    make();
    (void)wait_short(&strands[0]);
    for (unsigned i = 1; i < 3; i++) {
        begin(wait_once, i, EQUAL, &strands[i]);
        CHECK_STATUS(OK, strand_yield());
    }
    CHECK_STATUS(OK, strand_set_priority(strands[0], EQUAL - 2));
    CHECK_STATUS(OK, strand_set_priority(strands[0], EQUAL));
    for (unsigned i = 0; i < 3; i++)
        CHECK_STATUS(OK, semaphore_post(there));
    for (unsigned i = 0; i < 3; i++)
        CHECK_STATUS(OK, strand_join(strands[i]));
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQUAL(i, order[i]);
    destroy();
}

/* ---- what is unusual ---- */

static status_t see(strand_t *strand)
{
    (void)strand;
    n_seen++;
    return OK;
}

TEST(handlers_of_the_strand_events_see_each_switch)
{
    static const procedure_t events[] = {P(strand_block), P(strand_unblock), P(strand_checkpoint),
                                         P(strand_resume)};
    const struct event_options first = {.order = EVENT_FIRST};
    binding_t *binding;
    strand_t *strand;

    make();
    begin(answer, 0, EQUAL, &strand);
    hand_over(LAPS);
    CHECK(!running.events_watched);
    for (unsigned i = 0; i < sizeof events / sizeof events[0]; i++) {
        n_seen = 0;
        CHECK_STATUS(OK, event_install(events[i], P(see), NULL, &first, &binding));
        CHECK(running.events_watched);
        hand_over(LAPS);
        CHECK(n_seen >= 2 * (LAPS - 1));
        CHECK_STATUS(OK, event_destroy(binding));
        CHECK(!running.events_watched);
    }
    end_answer(strand);
    destroy();
}

TEST(patches_of_the_strand_events_count_each_switch)
{
    uint64_t count = 0;
    patch_t *patch;
    strand_t *strand;

    make();
    begin(answer, 0, EQUAL, &strand);
    hand_over(LAPS);
    CHECK_STATUS(OK, patch_count((const void *)strand_unblock, NULL, &patch));
    hand_over(LAPS);
    CHECK_STATUS(OK, patch_counted(patch, &count));
    CHECK(count >= 2 * (LAPS - 1));
    CHECK_STATUS(OK, patch_remove(patch));
    CHECK(!running.events_watched);
    end_answer(strand);
    destroy();
}

static void keep_number(void *closure)
{
    const double own = (unsigned)closure + 0.5;
    double seen = 0;

    results[(unsigned)closure] = OK;
    __asm__ volatile("lfd 20, 0(%0)" : : "r"(&own) : "memory");
    for (unsigned i = 0; i < LAPS; i++) {
        if (semaphore_wait(closure != NULL ? here : there) != OK ||
            semaphore_post(closure != NULL ? there : here) != OK)
            return;
        __asm__ volatile("stfd 20, 0(%0)" : : "r"(&seen) : "memory");
        if (seen != own)
            results[(unsigned)closure] = ERR_FAILED;
    }
}

TEST(floating_point_registers_stay_each_strands_own)
{
    strand_t *strands[2];

    make();
    for (unsigned i = 0; i < 2; i++)
        begin(keep_number, i, EQUAL, &strands[i]);
    CHECK_STATUS(OK, strand_yield());
    CHECK_STATUS(OK, semaphore_post(there));
    for (unsigned i = 0; i < 2; i++) {
        CHECK_STATUS(OK, strand_join(strands[i]));
        CHECK_STATUS(OK, results[i]);
    }
    CHECK_STATUS(OK, semaphore_try(there));
    destroy();
}

static void give_way(void *closure)
{
    (void)closure;
    while (!ending)
        (void)strand_yield();
}

TEST(who_may_not_wait_is_refused_and_may_post)
{
    strand_t *strand;
    uint32_t before;
    vaddr_t busy;

    make();
    begin(give_way, 0, EQUAL, &strand);
    for (unsigned count = 0; count < 2; count++) {
        busy = busy_begin();
        CHECK_STATUS(ERR_STATE, semaphore_wait(there));
        busy_end(busy);
        before = interrupts_off();
        CHECK_STATUS(ERR_STATE, semaphore_wait(there));
        CHECK_STATUS(OK, semaphore_post(there));
        interrupts_restore(before);
    }
    for (unsigned count = 0; count < 2; count++)
        CHECK_STATUS(OK, semaphore_wait(there));
    CHECK_STATUS(ERR_BUSY, semaphore_try(there));
    ending = true;
    CHECK_STATUS(OK, strand_join(strand));
    destroy();
}
