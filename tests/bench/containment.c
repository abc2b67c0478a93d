/*
 * What handlers may do wrong, and what it costs to be ready for it: a deadline that is not missed, a handler on a strand of its own, and a fault,
 * from the instruction that faults to the first one of the next handler.
 */
#include <stdint.h>
#include <whorl/event.h>
#include <whorl/nameserver.h>
#include <whorl/strand.h>

#include "kernel/heap.h"
#include "tests/bench/bench.h"

DOMAIN("bench/containment");
IMPORT_DOMAIN("Debug");

#define N 2000u
#define PENDING 32u
#define FAULTS 60u

EVENT void bench_told(volatile uint32_t *times);
EVENT void bench_said(int n);

INTERFACE(Bench, bench_told);

extern const char object_faulty[], object_faulty_end[];
extern const char object_faulty_called[], object_faulty_called_end[];

static volatile uint32_t n_said;
static struct bench_result results[5];
static unsigned n_results;

static void keep(const char *name, uint64_t thousandths)
{
    results[n_results++] = (struct bench_result){name, thousandths};
}

void bench_told(volatile uint32_t *times)
{
    (void)times;
}

void bench_said(int n)
{
    (void)n;
}

static uint64_t __attribute__((noipa)) raise(void)
{
    uint64_t start = clock_ticks();

    for (volatile unsigned n = N; n > 0; n--)
        bench_said((int)n);
    return clock_ticks() - start;
}

/* ---- deadlines ---- */

#define TIMES_8(x) x x x x x x x x

/* Too large to be copied into the event's routine. */
static void count(int n)
{
    TIMES_8(TIMES_8(n_said += (uint32_t)n;))
}
EPHEMERAL(count);

static uint64_t raise_with(const struct event_options *options)
{
    binding_t *binding;
    uint64_t ticks;

    if (event_install((procedure_t)bench_said, (procedure_t)count, NULL, options, &binding) != OK)
        return 0;
    ticks = raise();
    return event_destroy(binding) == OK ? ticks : 0;
}

static status_t deadlines(void)
{
    uint64_t without = raise_with(NULL);
    uint64_t with = raise_with(&(struct event_options){.ephemeral_us = 10000});

    if (without == 0 || with == 0)
        return ERR_FAILED;
    keep("ephemeral.overhead", bench_each(with - without, N));
    return OK;
}

/* ---- handlers on strands of their own ---- */

static void said(int n)
{
    n_said += (uint32_t)n;
}

/* Raises so many, then waits until all were handled. */
static uint64_t raise_in_turns(binding_t *binding, unsigned n)
{
    uint64_t start = clock_ticks();

    for (volatile unsigned left = N / n; left > 0; left--) {
        for (volatile unsigned i = n; i > 0; i--)
            bench_said(1);
        if (event_drain(binding) != OK)
            return 0;
    }
    return clock_ticks() - start;
}

static status_t asynchronous(void)
{
    uint64_t plain = raise(), together, alone;
    binding_t *binding;
    status_t status = event_install((procedure_t)bench_said, (procedure_t)said, NULL,
                                    &(struct event_options){.async = true}, &binding);

    if (status != OK)
        return status;
    n_said = 0;
    (void)raise_in_turns(binding, 1);
    together = raise_in_turns(binding, PENDING);
    alone = raise_in_turns(binding, 1);
    if (n_said != N / PENDING * PENDING + 2 * N)
        return status_refuse(ERR_FAILED, "%u asynchronous handlers ran", (unsigned)n_said);
    keep("event.async", bench_each(together - plain, N / PENDING * PENDING));
    keep("event.async_drained", bench_each(alone - plain, N));
    return event_destroy(binding);
}

/* ---- faults ---- */

static void note(volatile uint32_t *times)
{
    uint32_t time;

    __asm__ volatile("mftb %0" : "=r"(time));
    times[1] = time;
}

struct faulty {
    const char *name, *object, *end;
};

static status_t load(domain_t *bench, const struct faulty *kind, domain_t **faulty)
{
    domain_t *public;
    status_t status = nameserver_query("SpinPublic", &public);

    if (status == OK)
        status = domain_create("faulty", kind->object, (size_t)(kind->end - kind->object), faulty);
    if (status == OK)
        status = domain_resolve(public, *faulty);
    if (status == OK)
        status = domain_resolve(bench, *faulty);
    return status == OK ? domain_initialize(*faulty) : status;
}

/* A domain faults once; the time base is read at another phase each time. */
static status_t fault_once(domain_t *bench, const struct faulty *kind, unsigned phase,
                           uint64_t *ticks)
{
    static volatile uint32_t times[2];
    domain_t *faulty;
    status_t status = load(bench, kind, &faulty);

    if (status != OK)
        return status;
    for (volatile unsigned n = phase; n > 0; n--)
        ;
    bench_told(times);
    *ticks += times[1] - times[0];
    status = strand_sleep(2000);
    return status == OK ? domain_destroy(faulty) : status;
}

#define BESIDES 2000u /* the load of the faulty handler's time and its store, in thousandths */

static status_t measure_faults(domain_t *bench, const struct faulty *kind)
{
    uint64_t ticks = 0;
    status_t status = OK;

    for (unsigned n = 0; status == OK && n < FAULTS; n++)
        status = fault_once(bench, kind, n, &ticks);
    if (status == OK)
        keep(kind->name, bench_each(ticks, FAULTS) - BESIDES);
    return status;
}

/* A handler that is copied, and one that is called. */
static status_t faults(void)
{
    static const struct faulty kinds[] = {
        {"fault.contained", object_faulty, object_faulty_end},
        {"fault.contained_called", object_faulty_called, object_faulty_called_end}};
    binding_t *binding;
    domain_t *bench;
    status_t status = domain_create_from_interface(INTERFACE_UNIT(Bench), &bench);

    if (status == OK)
        status = event_install((procedure_t)bench_told, (procedure_t)note, NULL, NULL, &binding);
    for (size_t i = 0; status == OK && i < sizeof kinds / sizeof kinds[0]; i++)
        status = measure_faults(bench, &kinds[i]);
    return status == OK ? event_destroy(binding) : status;
}

static status_t outcome;

static void measure(void *closure)
{
    (void)closure;
    outcome = deadlines();
    if (outcome == OK)
        outcome = asynchronous();
    if (outcome == OK)
        outcome = faults();
}

status_t domain_init(void)
{
    strand_t *strand;
    status_t status;

    heap_fill_freed(false);
    status = strand_create(measure, NULL, NULL, &strand);
    if (status == OK)
        status = strand_join(strand);
    heap_fill_freed(true);
    bench_print_results(results, n_results);
    return status == OK ? outcome : status;
}
