/* Handlers with deadlines: what is proved of them, and what is left when they are stopped. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/clock.h>
#include <whorl/event.h>
#include <whorl/lock.h>
#include <whorl/patch.h>
#include <whorl/strand.h>

#include "arch/ppc/processor.h"
#include "arch/ppc/timebase.h"
#include "kernel/event/event.h"
#include "kernel/event/overdue.h"
#include "kernel/fault.h"
#include "kernel/owner.h"
#include "kernel/quiescence.h"
#include "kernel/strand/strand.h"
#include "kernel/test.h"

SUITE("ephemeral");

#define P(procedure) ((procedure_t)(procedure))

/*
 * The machine may stand still for a while as its host sees fit, with the time going on: who is to be in time has much of it, and who is
 * not may be stopped before he has begun.
 */
static const struct event_options soon = {.ephemeral_us = 200, .kills_max = 1000000};
static const struct event_options much = {.ephemeral_us = 1000000, .kills_max = 1000000};

static volatile unsigned n_begun, n_behind;

static EVENT void happened(int what)
{
    (void)what;
}

static void quick(int what)
{
    (void)what;
    n_begun++;
}

static void endless(int what)
{
    (void)what;
    n_begun++;
    for (;;)
        ;
}

static void behind(int what)
{
    n_behind += what == 7;
}

/* ---- bindings ---- */

static binding_t *bindings[8];
static unsigned n_bindings;

static binding_t *install(procedure_t event, procedure_t handler,
                          const struct event_options *options)
{
    binding_t *binding = NULL;

    n_begun = n_behind = 0;
    if (!CHECK_STATUS(OK, event_install(event, handler, NULL, options, &binding)))
        printf("    #   %s\n", status_explain());
    bindings[n_bindings++] = binding;
    return binding;
}

static void destroy_all(void)
{
    while (n_bindings > 0)
        CHECK_STATUS(OK, event_destroy(bindings[--n_bindings]));
    quiescence_collect();
}

static unsigned kills_of(binding_t *binding)
{
    struct event_counts counts = {0};

    CHECK_STATUS(OK, event_counts(binding, &counts));
    return counts.kills;
}

/* In every way in which an event is dispatched. */
#define ROW(name)                                 \
    static void name##_row(void);                 \
    TEST(name##_compiled)                         \
    {                                             \
        event_dispatch_all_as(EVENT_COMPILED);    \
        name##_row();                             \
        event_dispatch_all_as(EVENT_AS_USUAL);    \
    }                                             \
    TEST(name##_called)                           \
    {                                             \
        event_dispatch_all_as(EVENT_NO_INLINING); \
        name##_row();                             \
        event_dispatch_all_as(EVENT_AS_USUAL);    \
    }                                             \
    TEST(name##_looped)                           \
    {                                             \
        event_dispatch_all_as(EVENT_LOOP);        \
        name##_row();                             \
        event_dispatch_all_as(EVENT_AS_USUAL);    \
    }                                             \
    static void name##_row(void)

/* ---- in time, and not ---- */

ROW(who_is_in_time_is_left_alone)
{
    binding_t *binding = install(P(happened), P(quick), &much);

    for (int i = 0; i < 100; i++)
        happened(i);
    CHECK_EQUAL(100, n_begun);
    CHECK_EQUAL(0, kills_of(binding));
    destroy_all();
}

ROW(who_loops_for_ever_is_stopped_and_the_raise_goes_on)
{
    binding_t *binding = install(P(happened), P(endless), &soon);

    (void)install(P(happened), P(behind), NULL);
    for (int i = 0; i < 5; i++)
        happened(7);
    CHECK_EQUAL(5, n_behind);
    CHECK_EQUAL(5, kills_of(binding));
    CHECK((msr_read() & MSR_EE) != 0);
    CHECK(strand_may_wait());
    destroy_all();
}

TEST(what_follows_the_deadline_is_not_far_away)
{
    const struct event_options terms = {.ephemeral_us = 500, .kills_max = 1000};
    uint64_t begun;

    (void)install(P(happened), P(endless), &terms);
    begun = clock_microseconds();
    happened(7);
    CHECK(clock_microseconds() - begun >= 499);
    destroy_all();
}

/* ---- results ---- */

static EVENT int answer(int what)
{
    return what + 1;
}

static int never(int what)
{
    n_begun++;
    while (n_begun != 0)
        ;
    return what;
}

ROW(who_is_stopped_has_no_part_in_the_result)
{
    (void)install(P(answer), P(never), &soon);
    CHECK_EQUAL(6, answer(5));
    destroy_all();
}

static void change(int *what)
{
    *what += 100;
    n_begun++;
    for (;;)
        ;
}

ROW(what_a_filter_has_changed_is_not_seen)
{
    const struct event_options filter = {
        .ephemeral_us = 100, .filter = true, .order = EVENT_FIRST, .kills_max = 100};
    int result;

    (void)install(P(answer), P(change), &filter);
    result = answer(5);
    CHECK_EQUAL(6, result);
    destroy_all();
}

/* ---- at any instruction ---- */

static char from[64], to[64];

static uint32_t mix(uint32_t a, uint32_t b)
{
    return (a ^ b) * 2654435761u + (a >> 7);
}
EPHEMERAL(mix);

static void busy_handler(int what)
{
    uint32_t sum = (uint32_t)what;

    n_begun++;
    for (uint32_t i = 0;; i++) {
        sum = mix(sum, i);
        memcpy(to, from, sizeof to);
        if (strcmp(to, from) != 0 || clock_ticks() == sum)
            sum = mix(sum, strand_self() == NULL);
    }
}

/* Keeps all that it can in registers over the raise. */
static uint32_t __attribute__((noipa)) raise_among(uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    uint32_t e = a * 3, f = b * 5, g = c * 7, h = d * 11, i = a ^ b, k = c ^ d;

    happened(7);
    return a + b + c + d + e + f + g + h + i + k;
}

ROW(whoever_is_stopped_anywhere_leaves_the_raiser_what_it_had)
{
    uint32_t wanted = raise_among(1, 2, 3, 4);

    for (unsigned us = 1; us < 100; us += 3) {
        const struct event_options terms = {.ephemeral_us = us, .kills_max = 100};
        binding_t *binding = install(P(happened), P(busy_handler), &terms);

        (void)install(P(happened), P(behind), NULL);
        CHECK_EQUAL(wanted, raise_among(1, 2, 3, 4));
        CHECK_EQUAL(1, kills_of(binding));
        CHECK_EQUAL(1, n_behind);
        destroy_all();
    }
}

/* ---- what it holds ---- */

static mutex_t *mutex;
static semaphore_t *semaphore;

static void lock_and_stay(int what)
{
    (void)what;
    n_begun += mutex_try_lock(mutex) == OK;
    for (;;)
        ;
}

static void lock_and_unlock(int what)
{
    (void)what;
    n_begun++;
    for (;;) {
        if (mutex_try_lock(mutex) != OK || mutex_unlock(mutex) != OK ||
            semaphore_post(semaphore) != OK || semaphore_try(semaphore) != OK)
            n_behind = 1000;
    }
}

ROW(what_was_locked_is_unlocked)
{
    CHECK_STATUS(OK, mutex_create(&mutex));
    (void)install(P(happened), P(lock_and_stay), &soon);
    happened(7);
    CHECK_STATUS(OK, mutex_try_lock(mutex));
    CHECK_STATUS(OK, mutex_unlock(mutex));
    destroy_all();
    CHECK_STATUS(OK, mutex_destroy(mutex));
}

ROW(who_is_stopped_while_locking_leaves_locks_whole)
{
    CHECK_STATUS(OK, mutex_create(&mutex));
    CHECK_STATUS(OK, semaphore_create(0, &semaphore));
    for (unsigned us = 20; us < 60; us++) {
        const struct event_options terms = {.ephemeral_us = us, .kills_max = 100};

        (void)install(P(happened), P(lock_and_unlock), &terms);
        happened(7);
        CHECK_EQUAL(0, n_behind);
        CHECK_STATUS(OK, mutex_try_lock(mutex));
        CHECK_STATUS(OK, mutex_unlock(mutex));
        CHECK((msr_read() & MSR_EE) != 0);
        destroy_all();
    }
    CHECK_STATUS(OK, semaphore_destroy(semaphore));
    CHECK_STATUS(OK, mutex_destroy(mutex));
}

/* ---- one in another ---- */

static EVENT void inner_happened(int what)
{
    (void)what;
}
EPHEMERAL(inner_happened);

static volatile unsigned n_returned;

static void raise_inner(int what)
{
    inner_happened(what);
    n_returned++;
}

static void raise_inner_for_ever(int what)
{
    for (;;)
        inner_happened(what);
}

ROW(the_inner_one_is_stopped_and_the_outer_goes_on)
{
    binding_t *outer = install(P(happened), P(raise_inner), &much);
    binding_t *inner = install(P(inner_happened), P(endless), &soon);

    n_returned = 0;
    happened(7);
    CHECK_EQUAL(1, n_returned);
    CHECK_EQUAL(0, kills_of(outer));
    CHECK_EQUAL(1, kills_of(inner));
    destroy_all();
}

ROW(the_outer_one_is_stopped_with_what_it_has_raised)
{
    binding_t *outer = install(P(happened), P(raise_inner), &soon);
    binding_t *inner = install(P(inner_happened), P(endless), &much);

    (void)install(P(happened), P(behind), NULL);
    n_returned = 0;
    happened(7);
    CHECK_EQUAL(0, n_returned);
    CHECK_EQUAL(1, n_behind);
    CHECK_EQUAL(1, kills_of(outer));
    CHECK_EQUAL(0, kills_of(inner));
    destroy_all();
}

ROW(an_outer_one_is_stopped_between_raises)
{
    binding_t *outer;

    for (unsigned us = 5; us < 50; us += 5) {
        const struct event_options terms = {.ephemeral_us = us, .kills_max = 100};

        outer = install(P(happened), P(raise_inner_for_ever), &terms);
        (void)install(P(inner_happened), P(quick), &much);
        (void)install(P(happened), P(behind), NULL);
        happened(7);
        CHECK_EQUAL(1, kills_of(outer));
        CHECK_EQUAL(1, n_behind);
        destroy_all();
    }
}

/* ---- time ---- */

static volatile bool stop;

static void spin(void *closure)
{
    (void)closure;
    while (!stop)
        ;
}

static void compute(int what)
{
    (void)what;
    n_begun++;
    for (volatile int i = 0; i < 20000; i++)
        ;
}

/* Others of the same priority have the processor for milliseconds of it. */
TEST(only_time_in_which_its_strand_ran_counts)
{
    const struct strand_options same = {.priority = STRAND_PRIORITY_SHELL};
    strand_t *strand = NULL;
    binding_t *binding;
    uint64_t begun, ran = 0, before = 0;

    stop = false;
    CHECK_STATUS(OK, strand_create(spin, NULL, &same, &strand));
    binding = install(P(happened), P(compute), &much);
    begun = clock_microseconds();
    CHECK_STATUS(OK, strand_time(strand_self(), &before));
    while (clock_microseconds() - begun < 200000 && ran < 150000) {
        happened(7);
        CHECK_STATUS(OK, strand_time(strand_self(), &ran));
        ran = clock_to_microseconds(ran - before);
    }
    CHECK_EQUAL(0, kills_of(binding));
    stop = true;
    CHECK_STATUS(OK, strand_join(strand));
    destroy_all();
}

static void wait_there(int what)
{
    uint64_t begun = clock_ticks();

    (void)what;
    n_begun++;
    while (clock_ticks() - begun < clock_frequency() / 1000)
        ;
    n_behind++;
}

ROW(with_interrupts_off_nobody_is_stopped_and_what_was_late_is_counted)
{
    binding_t *binding = install(P(happened), P(wait_there), &soon);
    uint32_t interrupts = interrupts_off();

    happened(7);
    CHECK((msr_read() & MSR_EE) == 0);
    interrupts_restore(interrupts);
    CHECK_EQUAL(1, n_behind);
    CHECK_EQUAL(1, kills_of(binding));
    destroy_all();
}

/* ---- raised by patches ---- */

static EVENT void seen(uint32_t site)
{
    (void)site;
}

static void see_for_ever(uint32_t site)
{
    (void)site;
    n_begun++;
    for (;;)
        ;
}

static void see(uint32_t site)
{
    n_behind += site == (uint32_t)status_name;
}

ROW(a_handler_of_what_a_patch_raises_is_stopped_and_what_is_patched_goes_on)
{
    const char *name = status_name(ERR_STATE);
    patch_t *patch = NULL;
    binding_t *binding = install(P(seen), P(see_for_ever), &soon);

    (void)install(P(seen), P(see), NULL);
    CHECK_STATUS(OK, patch_raise((const void *)status_name, P(seen), NULL, &patch));
    for (int i = 0; i < 5; i++)
        CHECK(status_name(ERR_STATE) == name);
    CHECK_EQUAL(5, kills_of(binding));
    CHECK_EQUAL(5, n_behind);
    CHECK_STATUS(OK, patch_remove(patch));
    destroy_all();
}

/* ---- how often ---- */

TEST(who_is_stopped_too_often_is_uninstalled)
{
    const struct event_options three = {.ephemeral_us = 2000, .kills_max = 3};
    binding_t *binding = install(P(happened), P(endless), &three);

    for (unsigned i = 0; i < 2; i++)
        happened(7);
    event_report_overdue();
    happened(7);
    CHECK_EQUAL(3, kills_of(binding));
    CHECK(event_overdue_pending());
    event_report_overdue();
    CHECK(!event_overdue_pending());
    happened(7);
    CHECK_EQUAL(3, kills_of(binding));
    CHECK_STATUS(OK, event_activate(binding));
    happened(7);
    event_report_overdue();
    happened(7);
    CHECK_EQUAL(5, kills_of(binding));
    event_report_overdue();
    destroy_all();
    event_report_overdue();
}

/* ---- with a strand of its own ---- */

TEST(an_asynchronous_one_has_its_time_at_each_execution)
{
    const struct event_options both = {.async = true, .ephemeral_us = 300, .kills_max = 100};
    binding_t *binding = install(P(happened), P(endless), &both);
    struct event_counts counts = {0};

    for (unsigned i = 0; i < 4; i++)
        happened(7);
    CHECK_STATUS(OK, event_drain(binding));
    CHECK_STATUS(OK, event_counts(binding, &counts));
    CHECK_EQUAL(4, counts.kills);
    CHECK_EQUAL(4, counts.completed);
    destroy_all();
    for (unsigned i = 0; i < 1000 && strand_count(owner_of_code((vaddr_t)endless)) > 0; i++)
        CHECK_STATUS(OK, strand_sleep(100));
    CHECK_STATUS(OK, strand_sleep(100));
    quiescence_collect();
}

/* ---- refusals ---- */

static void refuse(procedure_t event, procedure_t handler, const struct event_options *options,
                   status_t wanted, const char *words)
{
    binding_t *binding = NULL;

    CHECK_STATUS(wanted, event_install(event, handler, NULL, options, &binding));
    CHECK(binding == NULL);
    CHECK(event_at((vaddr_t)event) == NULL);
    if (!CHECK(strstr(status_explain(), words) != NULL))
        printf("    #   %s\n", status_explain());
}

static void undeclared(void)
{
    n_begun++;
    __asm__ volatile("");
}

static void __attribute__((noipa)) undeclared_far(void)
{
    undeclared();
}

static void calls_undeclared(int what)
{
    if (what == 3)
        undeclared_far();
    n_behind++;
}

static void calls_printf(int what)
{
    printf("%d\n", what);
    n_behind++;
}

static void (*volatile pointer)(void) = undeclared;

static void calls_a_pointer(int what)
{
    pointer();
    n_behind += (unsigned)what;
}

static void turns_interrupts_off(int what)
{
    (void)what;
    msr_write(msr_read() & ~MSR_EE);
}

static void __attribute__((noipa)) declared_but_wrong(void)
{
    undeclared_far();
    n_behind++;
}
EPHEMERAL(declared_but_wrong);

static void calls_declared_but_wrong(int what)
{
    (void)what;
    declared_but_wrong();
    n_behind++;
}

TEST(what_may_not_be_stopped_anywhere_is_refused_by_the_instruction)
{
    refuse(P(happened), P(calls_undeclared), &soon, ERR_FAILED, "calls what is not declared so");
    CHECK(strstr(status_explain(), "calls_undeclared+0x") != NULL);
    refuse(P(happened), P(calls_printf), &soon, ERR_FAILED, "calls what is not declared so");
    refuse(P(happened), P(calls_a_pointer), &soon, ERR_FAILED, "calls what is not known");
    CHECK(strstr(status_explain(), "calls_a_pointer+0x") != NULL);
    refuse(P(happened), P(turns_interrupts_off), &soon, ERR_FAILED, "is privileged");
    refuse(P(happened), P(calls_declared_but_wrong), &soon, ERR_FAILED, "declared_but_wrong+0x");
}

TEST(bad_deadlines_are_refused)
{
    const struct event_options none = {.kills_max = 3}, long_one = {.ephemeral_us = 4000000000u};
    binding_t *binding = NULL;

    refuse(P(happened), P(quick), &none, ERR_BAD_ARGUMENT, "never stopped");
    refuse(P(happened), P(quick), &long_one, ERR_BAD_ARGUMENT, "too long");
    CHECK(binding == NULL);
}

/* Its record stays from then on. */
static binding_t *intrinsic_of_answer;

static void __attribute__((constructor)) find_intrinsic(void)
{
    (void)(event_intrinsic(P(answer), &intrinsic_of_answer) == OK);
}

TEST(who_may_be_stopped_is_no_answer)
{
    binding_t *binding = install(P(answer), P(never), &soon);

    CHECK_STATUS(ERR_STATE, event_uninstall(intrinsic_of_answer));
    CHECK_EQUAL(6, answer(5));
    CHECK_EQUAL(1, kills_of(binding));
    destroy_all();
}
