/*
 * What changes of an event with many handlers cost, until the next raise sees them: the handlers are
 * different procedures of which nothing is known before, unless the name says that they are one.
 */
#include <stdbool.h>

#include "kernel/event/event.h"
#include "tests/bench/bench.h"
#include "tests/bench/events/events.h"
#include "tests/bench/events/sets.h"

enum crowd_kind { CROWD_DISTINCT, CROWD_KEY, CROWD_SAME, N_CROWDS };

static const char *const suffixes[N_CROWDS] = {"", "_key", "_same"};

static binding_t *bindings[CROWD_SIZE];

typedef status_t maker_t(procedure_t event, procedure_t handler, procedure_t guard,
                         const struct event_options *options, binding_t **binding);

static void print(const char *what, enum crowd_kind kind, unsigned n, uint64_t ticks, unsigned each)
{
    char name[48];

    snprintf(name, sizeof name, "event.%s%s.%u", what, suffixes[kind], n);
    bench_print(name, bench_each(ticks, each));
}

static status_t make(maker_t *maker, enum crowd_kind kind, unsigned i)
{
    const struct set_member *member = &crowd[kind == CROWD_SAME ? 0 : i];

    return maker((procedure_t)crowded, member->handler,
                 kind == CROWD_KEY ? member->key : member->guard, NULL, &bindings[i]);
}

static bool is_printed(unsigned n)
{
    return n == 1 || n == 10 || n == 100;
}

static status_t destroy_all(unsigned n)
{
    status_t status = OK;

    for (unsigned i = 0; status == OK && i < n; i++)
        status = event_destroy(bindings[i]);
    return status;
}

/* One by one, all of them; and then destroying them, the last first. */
static status_t measure_each(enum crowd_kind kind)
{
    uint64_t start = clock_ticks();
    status_t status = OK;

    for (unsigned i = 0; status == OK && i < CROWD_SIZE; i++)
        status = make(event_install, kind, i);
    if (status != OK)
        return status;
    print("install_each", kind, CROWD_SIZE, clock_ticks() - start, 1);
    start = clock_ticks();
    for (unsigned i = CROWD_SIZE; status == OK && i > 0; i--)
        status = event_destroy(bindings[i - 1]);
    print("destroy_each", kind, CROWD_SIZE, clock_ticks() - start, 1);
    return status;
}

/* The last of n: installing, uninstalling, activating and destroying it. */
static status_t measure_last(enum crowd_kind kind, unsigned n)
{
    uint64_t times[5];
    status_t status;

    times[0] = clock_ticks();
    status = make(event_install, kind, n - 1);
    times[1] = clock_ticks();
    if (!is_printed(n) || status != OK)
        return status;
    status = event_uninstall(bindings[n - 1]);
    times[2] = clock_ticks();
    if (status == OK)
        status = event_activate(bindings[n - 1]);
    times[3] = clock_ticks();
    if (status == OK)
        status = event_destroy(bindings[n - 1]);
    times[4] = clock_ticks();
    print("install", kind, n, times[1] - times[0], 1);
    print("uninstall", kind, n, times[2] - times[1], 1);
    print("activate", kind, n, times[3] - times[2], 1);
    print("destroy", kind, n, times[4] - times[3], 1);
    return status == OK ? make(event_install, kind, n - 1) : status;
}

static status_t measure_one_by_one(enum crowd_kind kind)
{
    status_t status = OK;

    for (unsigned n = 1; status == OK && n <= 100; n++)
        status = measure_last(kind, n);
    return status == OK ? destroy_all(100) : status;
}

/* All at once, of bindings that are there. */
static status_t measure_swap(enum crowd_kind kind, unsigned n)
{
    uint64_t times[3];
    status_t status = OK;

    times[0] = clock_ticks();
    for (unsigned i = 0; status == OK && i < n; i++)
        status = make(event_create, kind, i);
    times[1] = clock_ticks();
    if (status == OK)
        status = event_swap(NULL, 0, bindings, n);
    times[2] = clock_ticks();
    if (status != OK)
        return status;
    print("create", kind, n, times[1] - times[0], n);
    print("swap", kind, n, times[2] - times[1], 1);
    return destroy_all(n);
}

static status_t measure_crowd(enum crowd_kind kind)
{
    static const unsigned sizes[] = {1, 10, 100, CROWD_SIZE};
    status_t status = measure_one_by_one(kind);

    if (status == OK)
        status = measure_each(kind);
    for (unsigned i = 0; status == OK && i < 4; i++)
        status = measure_swap(kind, sizes[i]);
    return status;
}

status_t measure_installing(void)
{
    status_t status = OK;

    sets_answer(true);
    for (unsigned kind = 0; status == OK && kind < N_CROWDS; kind++)
        status = measure_crowd(kind);
    return status;
}
