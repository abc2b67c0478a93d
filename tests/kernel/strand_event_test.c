/* Bindings that come and go, and domains of handlers, while strands raise the event, or wait in a handler. */
#include <stdlib.h>
#include <string.h>
#include <whorl/event.h>
#include <whorl/lock.h>
#include <whorl/strand.h>

#include "domains/domain.h"
#include "domains/loader.h"
#include "kernel/event/event.h"
#include "kernel/quiescence.h"
#include "kernel/strand/restart.h"
#include "kernel/test.h"

SUITE("strand_event");

#define WORKERS 3
#define ROUNDS 60
#define P(procedure) ((procedure_t)(procedure))

extern const char object_caller[], object_caller_end[];

static volatile bool stop;
static volatile uint32_t n_handled, n_wrong, n_raised[WORKERS];

/* ---- the event ---- */

static EVENT unsigned measured(unsigned n, unsigned more)
{
    return n + more;
}

/* Its record lasts as long as the capability of its intrinsic handler, which no test is to be charged with. */
static void __attribute__((constructor)) make_intrinsic(void)
{
    binding_t *intrinsic;

    (void)!event_intrinsic(P(measured), &intrinsic);
}

static unsigned handle(unsigned n, unsigned more)
{
    __atomic_fetch_add(&n_handled, 1, __ATOMIC_RELAXED);
    return n + more;
}

static unsigned handle_otherwise(unsigned n, unsigned more)
{
    for (volatile unsigned i = 0; i < more; i++)
        n++;
    return n;
}

static bool is_even(unsigned n, unsigned more)
{
    return (n + more) % 2 == 0;
}

static void raise_it(void *closure)
{
    volatile uint32_t *n = &n_raised[(unsigned)closure];

    for (unsigned i = 0; !stop; i = (i + 1) % 30, ++*n)
        if (measured(i, 7) != i + 7)
            n_wrong++;
}

/* ---- strands ---- */

static strand_t *workers[WORKERS];

static void begin_workers(void)
{
    stop = false;
    n_handled = n_wrong = 0;
    for (unsigned i = 0; i < WORKERS; i++)
        CHECK_STATUS(OK, strand_create(raise_it, (void *)i, NULL, &workers[i]));
}

static void end_workers(void)
{
    stop = true;
    for (unsigned i = 0; i < WORKERS; i++)
        CHECK_STATUS(OK, strand_join(workers[i]));
    CHECK_EQUAL(0, n_wrong);
    quiescence_collect();
}

static void wait_somewhere(void)
{
    (void)strand_sleep(20 + (uint64_t)rand() % 300);
}

static void change_often(enum event_terms terms)
{
    binding_t *one, *other, *intrinsic;

    event_dispatch_all_as(terms);
    begin_workers();
    for (unsigned i = 0; i < ROUNDS; i++) {
        CHECK_STATUS(OK, event_install(P(measured), P(handle), P(is_even), NULL, &one));
        wait_somewhere();
        CHECK_STATUS(OK, event_install(P(measured), P(handle_otherwise), NULL, NULL, &other));
        wait_somewhere();
        CHECK_STATUS(OK, event_intrinsic(P(measured), &intrinsic));
        CHECK_STATUS(OK, event_uninstall(intrinsic));
        CHECK_STATUS(OK, event_destroy(one));
        wait_somewhere();
        CHECK_STATUS(OK, event_activate(intrinsic));
        CHECK_STATUS(OK, event_destroy(other));
        if (i % 4 == 0)
            wait_somewhere();
    }
    end_workers();
    CHECK(n_handled > 0);
    event_dispatch_all_as(EVENT_AS_USUAL);
}

TEST(bindings_change_while_strands_are_anywhere_in_the_routine)
{
    change_often(EVENT_AS_USUAL);
}

TEST(bindings_change_while_strands_are_anywhere_in_the_loop)
{
    change_often(EVENT_LOOP);
}

TEST(bindings_change_while_strands_are_in_a_routine_that_calls)
{
    change_often(EVENT_NO_INLINING);
}

/* ---- sequences that are changed ---- */

/* Who is preempted in the slot of an import would else go on with half of an address that is another one by then. */
TEST(a_slot_is_begun_again)
{
    struct domain *own = NULL;
    const struct symbol *symbol;
    vaddr_t slot;

    CHECK(domain_at((vaddr_t)raise_it, &own, &symbol));
    slot = own->image.islands[0];
    CHECK(slot != 0);
    CHECK_EQUAL(slot, restart_at(slot));
    CHECK_EQUAL(slot, restart_at(slot + 12));
    CHECK_EQUAL(slot + 16, restart_at(slot + 20));
    CHECK_EQUAL(slot - 4, restart_at(slot - 4));
    CHECK_EQUAL((vaddr_t)restart_at, restart_at((vaddr_t)restart_at));
}

/* ---- waiting inside ---- */

static semaphore_t *gate;
static volatile uint32_t n_inside;

static unsigned wait_inside(unsigned n, unsigned more)
{
    n_inside++;
    if (semaphore_wait(gate) != OK)
        n_wrong++;
    return n * more;
}

static void pass_once(void *closure)
{
    *(volatile unsigned *)closure = measured(6, 7);
}

static void let_go_while_inside(enum event_terms terms)
{
    volatile unsigned result = 0;
    binding_t *binding;
    strand_t *strand;

    n_inside = n_wrong = 0;
    event_dispatch_all_as(terms);
    CHECK_STATUS(OK, semaphore_create(0, &gate));
    CHECK_STATUS(OK, event_install(P(measured), P(wait_inside), NULL, NULL, &binding));
    CHECK_STATUS(OK, strand_create(pass_once, (void *)&result, NULL, &strand));
    while (n_inside == 0)
        (void)strand_sleep(100);
    CHECK_STATUS(OK, event_destroy(binding));
    quiescence_collect();
    CHECK_EQUAL(13, measured(6, 7));
    CHECK_EQUAL(1, n_inside);
    CHECK_EQUAL(0, result);
    CHECK_STATUS(OK, semaphore_post(gate));
    CHECK_STATUS(OK, strand_join(strand));
    CHECK_EQUAL(42, result);
    CHECK_EQUAL(0, n_wrong);
    CHECK_STATUS(OK, semaphore_destroy(gate));
    event_dispatch_all_as(EVENT_AS_USUAL);
    quiescence_collect();
}

TEST(a_binding_goes_while_a_strand_waits_in_its_handler)
{
    let_go_while_inside(EVENT_AS_USUAL);
    let_go_while_inside(EVENT_COMPILED);
    let_go_while_inside(EVENT_LOOP);
}

/* ---- domains ---- */

static struct domain *load(void)
{
    const struct loader_object object = {"caller", object_caller,
                                         (size_t)(object_caller_end - object_caller)};
    const struct domain_terms terms = {.loader = "test"};
    struct domain *domain = NULL;

    CHECK_STATUS(OK, loader_load(&terms, &object, 1, &domain));
    return domain;
}

static vaddr_t export_of(const struct domain *domain, const char *name)
{
    struct definition definition;

    return domain_definition(domain, name, symbol_hash(name), &definition)
               ? definition.symbol->value
               : 0;
}

typedef int call_t(void (*procedure)(void *closure), void *closure);

static void wait_called(void *closure)
{
    (void)closure;
    n_inside++;
    if (semaphore_wait(gate) != OK)
        n_wrong++;
}

static void call_from_domain(void *closure)
{
    if (((call_t *)closure)(wait_called, NULL) != 1)
        n_wrong++;
}

static bool is_there(const char *name)
{
    for (const struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        if (strcmp(d->name, name) == 0)
            return true;
    return false;
}

/* Its code and data stay until the strand has returned from it. */
TEST(a_domain_goes_while_a_strand_waits_in_what_it_called)
{
    struct domain *domain = load();
    strand_t *strand;

    if (domain == NULL)
        return;
    n_inside = n_wrong = 0;
    CHECK_STATUS(OK, semaphore_create(0, &gate));
    CHECK_STATUS(OK, strand_create(call_from_domain, (void *)export_of(domain, "caller_call"), NULL,
                                   &strand));
    while (n_inside == 0)
        (void)strand_sleep(100);
    CHECK_STATUS(OK, domain_end(&domain, 1));
    quiescence_collect();
    CHECK(is_there("caller"));
    CHECK_STATUS(OK, semaphore_post(gate));
    CHECK_STATUS(OK, strand_join(strand));
    CHECK_EQUAL(0, n_wrong);
    quiescence_collect();
    CHECK(!is_there("caller"));
    CHECK_STATUS(OK, semaphore_destroy(gate));
}

static void nothing(void *closure)
{
    (void)closure;
}

static void call_often(void *closure)
{
    while (!stop)
        (void)((call_t *)closure)(nothing, NULL);
}

/* Wherever the strand is then: it is cut off there, or in the next thing that it does in the domain. */
TEST(a_domain_goes_while_strands_that_it_was_given_are_anywhere)
{
    for (unsigned i = 0; i < 10; i++) {
        struct domain *domain = load();
        strand_t *strand;

        if (domain == NULL)
            return;
        stop = false;
        CHECK_STATUS(
            OK, strand_create(call_often, (void *)export_of(domain, "caller_call"), NULL, &strand));
        wait_somewhere();
        stop = true;
        CHECK_STATUS(OK, domain_end(&domain, 1));
        CHECK_STATUS(OK, strand_join(strand));
        quiescence_collect();
        CHECK(!is_there("caller"));
    }
}
