/*
 * What raising an event costs, and what a loop that walks a table takes for the same guards and handlers.
 * A cost is that of the call, all that it runs and the return: the difference to a call of an empty procedure
 * from the same loop with the same arguments, and the two instructions that such a call takes.
 */
#include <whorl/domain.h>

#include "kernel/event/event.h"
#include "tests/bench/bench.h"
#include "tests/bench/events/events.h"
#include "tests/bench/events/sets.h"

#define N 1000u
#define CALL 2000u /* a call of an empty procedure, in thousandths */

/* ---- loops ---- */

static int argument; /* all of them */

#define VALUES_0
#define VALUES_1 argument
#define VALUES_4 argument, argument, argument, argument
#define VALUES_8 argument, argument, argument, argument, argument, argument, argument, argument

#define LOOP(procedure, n)                                              \
    static uint64_t __attribute__((noipa)) loop_##procedure##_##n(void) \
    {                                                                   \
        uint64_t start = clock_ticks();                                 \
                                                                        \
        for (volatile unsigned left = N; left > 0; left--)              \
            procedure##_##n(VALUES_##n);                                \
        return clock_ticks() - start;                                   \
    }

#define LOOPS(n)   \
    LOOP(raise, n) \
    LOOP(plain, n) \
    LOOP(walk, n)  \
    LOOP(walk_unguarded, n)

LOOPS(0)
LOOPS(1)
LOOPS(4)
LOOPS(8)

typedef uint64_t loop_t(void);

static const struct loops {
    loop_t *raise, *plain, *walk, *walk_unguarded;
} loops[N_SETS] = {
    {loop_raise_0, loop_plain_0, loop_walk_0, loop_walk_unguarded_0},
    {loop_raise_1, loop_plain_1, loop_walk_1, loop_walk_unguarded_1},
    {loop_raise_4, loop_plain_4, loop_walk_4, loop_walk_unguarded_4},
    {loop_raise_8, loop_plain_8, loop_walk_8, loop_walk_unguarded_8},
};

/* ---- one of the sets ---- */

enum guard_kind { GUARD_NONE, GUARD_TRUE, GUARD_FALSE, GUARD_KEY, GUARD_SPARSE, N_KINDS };

static const char *const kind_names[N_KINDS] = {"none", "true", "false", "key", "key_sparse"};

struct row {
    const struct set *set;
    const struct loops *loops;
    enum guard_kind kind;
    unsigned n;
};

static procedure_t guard_of(const struct row *row, unsigned i)
{
    const struct set_member *member = &row->set->members[i];
    const procedure_t guards[N_KINDS] = {NULL, member->guard, member->guard, member->key,
                                         member->sparse};

    return guards[row->kind];
}

static bool has_key(const struct row *row)
{
    return row->kind >= GUARD_KEY;
}

/* Makes the guard of one member true; those that look at memory are what sets_answer says. */
static int argument_for(const struct row *row, unsigned turn)
{
    if (row->kind == GUARD_SPARSE)
        return (int)SPARSE_KEY(turn);
    return (int)DENSE_KEY(has_key(row) ? turn : 0);
}

/* ---- measuring ---- */

static void forget_counts(const struct set *set)
{
    for (unsigned i = 0; i < SET_SIZE; i++)
        *set->members[i].count = 0;
}

/* Each handler must have run as often as its guard says. */
static bool is_counted(const struct row *row, unsigned turn)
{
    for (unsigned i = 0; i < SET_SIZE; i++) {
        bool runs = i < row->n && row->kind != GUARD_FALSE && (!has_key(row) || i == turn);

        if (*row->set->members[i].count != (runs ? N : 0))
            return false;
    }
    return true;
}

/* In thousandths, with the guard of one member true if there is a key. */
static status_t cost(const struct row *row, loop_t *loop, unsigned turn, uint64_t *thousandths)
{
    uint64_t ticks;

    argument = argument_for(row, turn);
    forget_counts(row->set);
    ticks = loop();
    if (!is_counted(row, turn))
        return status_refuse(ERR_FAILED, "not the right handlers ran of %u with guards: %s", row->n,
                             kind_names[row->kind]);
    *thousandths = bench_each(ticks - row->loops->plain(), N) + CALL;
    return OK;
}

/* The worst of the first, the middle and the last handler's turn; without a key all are the same. */
static status_t print_worst(const char *name, const struct row *row, loop_t *loop)
{
    const unsigned turns[] = {0, row->n / 2, row->n - 1};
    uint64_t most = 0;

    for (unsigned i = 0; i < (has_key(row) ? 3 : 1); i++) {
        uint64_t now = 0;
        status_t status = cost(row, loop, turns[i], &now);

        if (status != OK)
            return status;
        if (now > most)
            most = now;
    }
    bench_print(name, most);
    return OK;
}

static status_t walk(const struct row *row)
{
    char name[48];

    walk_end = walk_table + row->n;
    for (unsigned i = 0; i < row->n; i++)
        walk_table[i] = (struct pair){guard_of(row, i), row->set->members[i].handler};
    snprintf(name, sizeof name, "table.%u.%u.%s", row->set->n_arguments, row->n,
             kind_names[row->kind]);
    return print_worst(name, row,
                       row->kind == GUARD_NONE ? row->loops->walk_unguarded : row->loops->walk);
}

static status_t raise(const struct row *row, enum event_terms terms)
{
    char name[48];
    status_t status = event_dispatch_as(row->set->event, terms);

    if (status != OK)
        return status;
    snprintf(name, sizeof name, "event.%u.%u.%s.%s", row->set->n_arguments, row->n,
             kind_names[row->kind], terms == EVENT_NO_INLINING ? "call" : "inline");
    return print_worst(name, row, row->loops->raise);
}

/* Instead of the intrinsic handler. */
static status_t raise_bound(const struct row *row, binding_t *bindings[])
{
    binding_t *intrinsic;
    status_t status = event_intrinsic(row->set->event, &intrinsic);

    if (status == OK)
        status = event_swap(&intrinsic, 1, bindings, row->n);
    if (status == OK)
        status = raise(row, EVENT_AS_USUAL);
    if (status == OK)
        status = raise(row, EVENT_NO_INLINING);
    return status == OK ? event_swap(bindings, row->n, &intrinsic, 1) : status;
}

/* What is left of a row that fails goes with this domain. */
static status_t measure(const struct row *row)
{
    binding_t *bindings[SET_SIZE];
    status_t status = OK;

    sets_answer(row->kind != GUARD_FALSE);
    for (unsigned i = 0; status == OK && i < row->n; i++)
        status = event_create(row->set->event, row->set->members[i].handler, guard_of(row, i), NULL,
                              &bindings[i]);
    if (status == OK)
        status = raise_bound(row, bindings);
    for (unsigned i = 0; status == OK && i < row->n; i++)
        status = event_destroy(bindings[i]);
    return status == OK ? walk(row) : status;
}

status_t measure_raising(void)
{
    static const unsigned sizes[] = {1, 5, 10, SET_SIZE};
    status_t status = OK;

    for (unsigned i = 0; i < N_SETS; i++)
        for (unsigned kind = 0; kind < N_KINDS; kind++)
            for (unsigned s = 0; status == OK && s < 4; s++) {
                struct row row = {&sets[i], &loops[i], kind, sizes[s]};

                if (!has_key(&row) || guard_of(&row, 0) != NULL)
                    status = measure(&row);
            }
    return status;
}

/* ---- what must cost nothing ---- */

static uint64_t __attribute__((noipa)) loop_replaced(void)
{
    uint64_t start = clock_ticks();

    for (volatile unsigned left = N; left > 0; left--)
        replaced();
    return clock_ticks() - start;
}

static uint64_t __attribute__((noipa)) loop_pointer(procedure_t procedure)
{
    uint64_t start = clock_ticks();

    for (volatile unsigned left = N; left > 0; left--)
        procedure();
    return clock_ticks() - start;
}

/* Of two that are equal one may be seen a tick shorter. */
static void print_extra(const char *name, uint64_t ticks, uint64_t plain)
{
    bench_print(name, ticks < plain ? 0 : bench_each(ticks - plain, N));
}

status_t measure_replacing(void)
{
    uint64_t plain = loop_plain_0(), pointer = loop_pointer((procedure_t)plain_0);
    binding_t *intrinsic, *binding;
    status_t status =
        event_install((procedure_t)replaced, (procedure_t)replacement, NULL, NULL, &binding);

    if (status == OK)
        status = event_uninstall(binding);
    if (status == OK)
        status = event_intrinsic((procedure_t)replaced, &intrinsic);
    if (status != OK)
        return status;
    print_extra("event.intrinsic", loop_replaced(), plain);
    print_extra("event.intrinsic_pointer", loop_pointer((procedure_t)replaced), pointer);
    status = event_swap(&intrinsic, 1, &binding, 1);
    if (status != OK)
        return status;
    print_extra("event.replaced", loop_replaced(), plain);
    print_extra("event.replaced_pointer", loop_pointer((procedure_t)replaced), pointer);
    status = event_swap(&binding, 1, &intrinsic, 1);
    return status == OK ? event_destroy(binding) : status;
}
