/* What is still executed, and what waits for that: code that was retired, and domains that leave. */
#include <string.h>
#include <whorl/event.h>
#include <whorl/memory.h>

#include "domains/domain.h"
#include "domains/host.h"
#include "kernel/event/event.h"
#include "kernel/fault.h"
#include "kernel/quiescence.h"
#include "kernel/test.h"

SUITE("quiescence");

extern const char object_caller[], object_caller_end[];

/* ---- what runs ---- */

static struct domain *own_domain(void)
{
    struct domain *domain = NULL;
    const struct symbol *symbol;

    CHECK(domain_at((vaddr_t)own_domain, &domain, &symbol));
    return domain;
}

static vaddr_t here(void)
{
    return (vaddr_t)__builtin_return_address(0);
}

/* Called from `n` frames further in. */
static bool __attribute__((noinline)) is_running(vaddr_t start, size_t size, int n)
{
    volatile bool running =
        n == 0 ? quiescence_is_running(start, size) : is_running(start, size, n - 1);

    return running;
}

TEST(code_runs_until_it_has_returned)
{
    vaddr_t start = (vaddr_t)here, address = here();

    for (int n = 0; n < 200; n += 7) {
        CHECK(is_running(address - 64, 128, n)); /* this procedure */
        CHECK(!is_running(start, 8, n));
        CHECK(!is_running(address, 0, n));
    }
}

TEST(the_domain_of_a_running_procedure_runs)
{
    struct domain *own = own_domain();

    CHECK(image_is_running(&own->image.memory));
}

/* ---- retired code ---- */

static struct piece {
    struct retired retired;
    bool left;
    int n_released;
} pieces[3];

static bool is_left(struct retired *retired)
{
    return ((struct piece *)retired)->left;
}

static void release(struct retired *retired)
{
    ((struct piece *)retired)->n_released++;
}

static void retire(unsigned i, bool left)
{
    pieces[i] = (struct piece){.retired = {.is_left = is_left, .release = release}, .left = left};
    quiescence_retire(&pieces[i].retired);
}

static void leave(unsigned i)
{
    pieces[i].left = true;
    quiescence_collect();
}

TEST(what_is_left_is_released_at_once)
{
    uint32_t before = retirement_latest();

    retire(0, true);
    CHECK_EQUAL(1, pieces[0].n_released);
    CHECK_EQUAL(before, retirement_latest());
}

TEST(what_is_executed_is_released_when_it_is_left)
{
    uint32_t before = retirement_latest();

    for (unsigned i = 0; i < 3; i++)
        retire(i, false);
    CHECK_EQUAL(before + 3, retirement_latest());
    quiescence_collect();
    leave(1);
    CHECK_EQUAL(0, pieces[0].n_released);
    CHECK_EQUAL(1, pieces[1].n_released);
    CHECK_EQUAL(0, pieces[2].n_released);
    CHECK(!retirement_is_over(before + 2));
    leave(0);
    CHECK(retirement_is_over(before + 2));
    CHECK(!retirement_is_over(before + 3));
    leave(2);
    CHECK(retirement_is_over(before + 3));
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQUAL(1, pieces[i].n_released);
}

TEST(what_is_retired_behind_the_last_that_was_released_waits_too)
{
    retire(0, false);
    leave(0);
    retire(1, false);
    retire(2, false);
    leave(2);
    CHECK_EQUAL(1, pieces[2].n_released);
    retire(2, false);
    leave(1);
    leave(2);
    CHECK_EQUAL(1, pieces[1].n_released);
    CHECK_EQUAL(1, pieces[2].n_released);
}

/* ---- domains that leave ---- */

typedef int call_t(void (*procedure)(void *closure), void *closure);

static domain_t *caller;
static call_t *call;

static bool make_caller(void)
{
    const struct symbol *symbol;
    struct domain *domain;

    if (!CHECK_STATUS(
            OK, domain_create("x", object_caller, object_caller_end - object_caller, &caller)) ||
        !CHECK_STATUS(OK, domain_initialize(caller)) ||
        !CHECK_STATUS(OK, domain_of(caller, &domain)))
        return false;
    symbol = symbol_find(&domain->image.symbols, "caller_call", symbol_hash("caller_call"));
    if (!CHECK(symbol != NULL))
        return false;
    call = (call_t *)symbol->value;
    return true;
}

static unsigned count_leaving(void)
{
    unsigned n = 0;

    for (const struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        n += d->state == DOMAIN_LEAVING;
    return n;
}

/* Memory that was released would be found and overwritten. */
static void use_free_memory(void)
{
    void *pages[64];
    size_t n = 0;

    while (n < 64 && page_allocate(1, &pages[n]) == OK)
        memset(pages[n++], 0xa5, MEMORY_PAGE_SIZE);
    while (n > 0)
        CHECK_STATUS(OK, page_free(pages[--n], 1));
}

static void destroy_caller(void *closure)
{
    (void)closure;
    CHECK_STATUS(OK, domain_destroy(caller));
    CHECK_STATUS(ERR_BAD_CAPABILITY, domain_destroy(caller));
    CHECK(domain_named("caller") == NULL);
    CHECK_EQUAL(1, count_leaving());
    use_free_memory();
}

TEST(a_domain_that_is_destroyed_by_what_it_calls_returns_first)
{
    if (!make_caller())
        return;
    CHECK_EQUAL(1, call(destroy_caller, NULL));
    CHECK_EQUAL(1, count_leaving());
    quiescence_collect();
    CHECK_EQUAL(0, count_leaving());
}

static void destroy_second(void *closure)
{
    (void)closure;
    CHECK_STATUS(OK, domain_destroy(caller));
    CHECK_EQUAL(2, count_leaving());
}

static void destroy_and_make_again(void *closure)
{
    destroy_caller(closure);
    if (!make_caller())
        return;
    CHECK(domain_named("caller") != NULL);
    CHECK_EQUAL(1, call(destroy_second, NULL));
    quiescence_collect();
    CHECK_EQUAL(1, count_leaving());
}

TEST(one_that_leaves_and_one_of_its_name_do_not_meet)
{
    if (!make_caller())
        return;
    CHECK_EQUAL(1, call(destroy_and_make_again, NULL));
    quiescence_collect();
    CHECK_EQUAL(0, count_leaving());
}

static void destroy_and_fault(void *closure)
{
    destroy_caller(closure);
    __builtin_trap();
}

static void call_and_fault(void *closure)
{
    call(destroy_and_fault, closure);
}

TEST(a_fault_that_unwinds_past_a_leaving_domain_lets_it_go)
{
    if (!make_caller())
        return;
    CHECK_STATUS(ERR_FAULT, fault_contain(call_and_fault, NULL));
    CHECK_EQUAL(1, count_leaving());
    quiescence_collect();
    CHECK_EQUAL(0, count_leaving());
}

TEST(a_domain_waits_for_code_that_was_retired_before)
{
    if (!make_caller())
        return;
    retire(0, false);
    CHECK_STATUS(OK, domain_destroy(caller));
    retire(1, false);
    CHECK_EQUAL(1, count_leaving());
    quiescence_collect();
    CHECK_EQUAL(1, count_leaving());
    leave(0);
    CHECK_EQUAL(0, count_leaving());
    leave(1);
}

/* ---- domains with handlers ---- */

static EVENT int happened(void (*procedure)(void *closure), void *closure)
{
    (void)procedure;
    (void)closure;
    return 0;
}

static binding_t *intrinsic;

/* An event whose intrinsic binding somebody has is remembered, which no test is to be charged with. */
static void __attribute__((constructor)) find_intrinsic(void)
{
    (void)(event_intrinsic((procedure_t)happened, &intrinsic) == OK);
}

static unsigned n_called;

static void count_call(void *closure)
{
    (void)closure;
    n_called++;
}

/* Destroys the domain of the handler behind it, in the middle of a raise. */
static int destroy_next(void (*procedure)(void *closure), void *closure)
{
    (void)procedure;
    (void)closure;
    if (domain_named("caller") != NULL) {
        CHECK_STATUS(OK, domain_destroy(caller));
        quiescence_collect();
        CHECK_EQUAL(1, count_leaving());
        use_free_memory();
    }
    return 0;
}

/* The running raise goes on with what it began with, the next one knows nothing of it. */
static void destroy_while_raised(enum event_terms terms)
{
    binding_t *first, *second;

    if (!make_caller() ||
        !CHECK_STATUS(OK, event_install((procedure_t)happened, (procedure_t)destroy_next, NULL,
                                        NULL, &first)) ||
        !CHECK_STATUS(
            OK, event_install((procedure_t)happened, (procedure_t)call, NULL, NULL, &second)) ||
        !CHECK_STATUS(OK, event_dispatch_as((procedure_t)happened, terms)))
        return;
    n_called = 0;
    CHECK_EQUAL(1, happened(count_call, NULL));
    CHECK_EQUAL(1, n_called);
    CHECK_STATUS(ERR_BAD_CAPABILITY, event_uninstall(second));
    CHECK_EQUAL(0, happened(count_call, NULL));
    CHECK_EQUAL(1, n_called);
    quiescence_collect();
    CHECK_EQUAL(0, count_leaving());
    CHECK_STATUS(OK, event_destroy(first));
}

TEST(a_raise_goes_on_with_handlers_of_a_domain_that_leaves)
{
    destroy_while_raised(EVENT_COMPILED);
    destroy_while_raised(EVENT_NO_INLINING);
    destroy_while_raised(EVENT_LOOP);
}

/* The handler that destroys its own domain is called directly, from a routine, and from the loop. */
static void destroy_from_handler(enum event_terms terms)
{
    binding_t *binding;

    if (!make_caller() ||
        !CHECK_STATUS(
            OK, event_install((procedure_t)happened, (procedure_t)call, NULL, NULL, &binding)) ||
        !CHECK_STATUS(OK, event_uninstall(intrinsic)) ||
        !CHECK_STATUS(OK, event_dispatch_as((procedure_t)happened, terms)))
        return;
    CHECK_EQUAL(1, happened(destroy_caller, NULL));
    CHECK_EQUAL(0, happened(destroy_caller, NULL));
    quiescence_collect();
    CHECK_EQUAL(0, count_leaving());
}

TEST(a_handler_may_destroy_its_own_domain)
{
    destroy_from_handler(EVENT_AS_USUAL);
    destroy_from_handler(EVENT_COMPILED);
    destroy_from_handler(EVENT_LOOP);
}

static void destroy_all_and_fault(void *closure)
{
    (void)destroy_next(NULL, closure);
    __builtin_trap();
}

static void raise_and_fault(void *closure)
{
    (void)closure;
    (void)happened(destroy_all_and_fault, NULL);
}

TEST(a_fault_that_unwinds_a_raise_lets_domains_go)
{
    binding_t *binding;

    if (!make_caller() || !CHECK_STATUS(OK, event_install((procedure_t)happened, (procedure_t)call,
                                                          NULL, NULL, &binding)))
        return;
    CHECK_STATUS(ERR_FAULT, fault_contain(raise_and_fault, NULL));
    quiescence_collect();
    CHECK_EQUAL(0, count_leaving());
    CHECK_EQUAL(0, happened(count_call, NULL));
}
