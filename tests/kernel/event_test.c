/* Events in the running kernel: order, who may do what, and what becomes of raises and domains meanwhile. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/event.h>
#include <whorl/memory.h>

#include "domains/capability.h"
#include "domains/domain.h"
#include "domains/identity.h"
#include "domains/loader.h"
#include "kernel/event/event.h"
#include "kernel/event/loop.h"
#include "kernel/fault.h"
#include "kernel/heap.h"
#include "kernel/inject.h"
#include "kernel/kernel_domains.h"
#include "kernel/owner.h"
#include "kernel/quiescence.h"
#include "kernel/test.h"
#include "tests/kernel/objects/event_proxy.h"

SUITE("event");

#define P(procedure) ((procedure_t)(procedure))

/* ---- an event, and handlers that leave a letter each ---- */

static char trace[256];
static size_t n_traced;

static void note(char c)
{
    if (n_traced < sizeof trace - 1)
        trace[n_traced++] = c;
    trace[n_traced] = 0;
}

static bool ran(const char *wanted)
{
    bool equal = strcmp(trace, wanted) == 0;

    if (!equal)
        printf("    #   %s ran, not %s\n", trace, wanted);
    n_traced = 0;
    trace[0] = 0;
    return equal;
}

static EVENT void happened(int what)
{
    note((char)what);
}

static EVENT void happened_too(int what)
{
    note((char)(what + 1));
}

/* The letter is the closure. */
static void letter(void *closure, int what)
{
    (void)what;
    note((char)(uintptr_t)closure);
}

static void plain_letter(int what)
{
    (void)what;
    note('p');
}

static bool yes(void)
{
    return true;
}

static bool no(void)
{
    return false;
}

static bool says(const char *text)
{
    bool found = strstr(status_explain(), text) != NULL;

    if (!found)
        printf("    #   not \"%s\": %s\n", text, status_explain());
    return found;
}

static binding_t *install_on(procedure_t event, char what, enum event_order order, binding_t *other)
{
    const struct event_options options = {
        .order = order, .relative_to = other, .handler_closure = (void *)(uintptr_t)what};
    binding_t *binding = NULL;

    if (!CHECK_STATUS(OK, event_install(event, P(letter), NULL, &options, &binding)))
        printf("    #   %s\n", status_explain());
    return binding;
}

static binding_t *install(char what, enum event_order order, binding_t *other)
{
    return install_on(P(happened), what, order, other);
}

static void destroy(binding_t *const bindings[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        CHECK_STATUS(OK, event_destroy(bindings[i]));
}

static void expect(const char *wanted)
{
    happened('i');
    CHECK(ran(wanted));
}

static binding_t *intrinsic, *intrinsic_too, *intrinsic_asked;
static EVENT int asked(int what);

#define MANY 3000 /* bindings */

/* The table of capabilities grows and does not shrink. */
static void grow_capabilities(void)
{
    static void *capabilities[MANY];

    for (unsigned i = 0; i < MANY; i++)
        if (capability_create(CAPABILITY_BINDING, &intrinsic, &capabilities[i]) != OK)
            printf("%s\n", status_explain());
    for (unsigned i = 0; i < MANY; i++)
        capability_revoke(capabilities[i]);
}

/* What is read once and kept, and records of events whose intrinsic handlers were asked for, are no leaks of a test. */
static void __attribute__((constructor)) begin(void)
{
    (void)kernel_types_all();
    grow_capabilities();
    if (event_intrinsic(P(happened), &intrinsic) != OK ||
        event_intrinsic(P(happened_too), &intrinsic_too) != OK ||
        event_intrinsic(P(asked), &intrinsic_asked) != OK)
        printf("%s\n", status_explain());
}

static enum event_form form_of(procedure_t event)
{
    struct event_view view = {.form = FORM_PROCEDURE};

    if (event_at((vaddr_t)event) != NULL)
        event_look(event_at((vaddr_t)event), &view);
    return view.form;
}

/* ---- order ---- */

TEST(handlers_run_behind_the_procedure_as_they_came)
{
    binding_t *b[3];

    for (unsigned i = 0; i < 3; i++)
        b[i] = install((char)('a' + i), EVENT_ANY, NULL);
    expect("iabc");
    destroy(b, 3);
    expect("i");
}

TEST(first_and_last_go_to_the_ends)
{
    binding_t *b[7];

    b[0] = install('a', EVENT_LAST, NULL);
    b[1] = install('b', EVENT_ANY, NULL);
    b[2] = install('c', EVENT_FIRST, NULL);
    b[3] = install('d', EVENT_FIRST, NULL);
    b[4] = install('e', EVENT_LAST, NULL);
    b[5] = install('f', EVENT_ANY, NULL);
    b[6] = install('g', EVENT_ANY, NULL);
    expect("dcibfgae");
    destroy(b, 7);
}

TEST(before_and_after_are_next_to_the_binding)
{
    binding_t *b[8];

    b[0] = install('a', EVENT_ANY, NULL);
    b[1] = install('l', EVENT_LAST, NULL);
    b[2] = install('b', EVENT_BEFORE, b[0]);
    b[3] = install('c', EVENT_AFTER, b[0]);
    b[4] = install('d', EVENT_AFTER, b[0]);
    b[5] = install('e', EVENT_BEFORE, intrinsic);
    b[6] = install('f', EVENT_AFTER, b[1]);
    expect("eibadclf");
    b[7] = install('g', EVENT_ANY, NULL); /* behind all that are not EVENT_LAST: f is not */
    expect("eibadclfg");
    destroy(b, 8);
}

TEST(who_is_activated_again_is_placed_anew)
{
    binding_t *b[3];

    b[0] = install('a', EVENT_ANY, NULL);
    b[1] = install('b', EVENT_ANY, NULL);
    b[2] = install('l', EVENT_LAST, NULL);
    CHECK_STATUS(OK, event_uninstall(b[0]));
    CHECK_STATUS(OK, event_uninstall(b[0]));
    expect("ibl");
    CHECK_STATUS(OK, event_activate(b[0]));
    CHECK_STATUS(OK, event_activate(b[0]));
    expect("ibal");
    CHECK_STATUS(OK, event_uninstall(intrinsic));
    expect("bal");
    CHECK_STATUS(OK, event_activate(intrinsic));
    expect("bail");
    destroy(b, 3);
    expect("i");
}

TEST(what_stands_next_to_one_that_is_not_active_waits)
{
    const struct event_options options = {.order = EVENT_AFTER};
    struct event_options after = {.order = EVENT_AFTER, .handler_closure = (void *)'b'};
    binding_t *a = install('a', EVENT_ANY, NULL), *b = NULL;

    CHECK_STATUS(ERR_BAD_ARGUMENT, event_install(P(happened), P(letter), NULL, &options, &b));
    after.relative_to = intrinsic_too;
    CHECK_STATUS(ERR_BAD_ARGUMENT, event_install(P(happened), P(letter), NULL, &after, &b));
    after.relative_to = (binding_t *)0x1234;
    CHECK_STATUS(ERR_BAD_CAPABILITY, event_install(P(happened), P(letter), NULL, &after, &b));
    after.relative_to = a;
    CHECK_STATUS(OK, event_uninstall(a));
    CHECK_STATUS(ERR_STATE, event_install(P(happened), P(letter), NULL, &after, &b));
    CHECK(b == NULL);
    CHECK_STATUS(OK, event_create(P(happened), P(letter), NULL, &after, &b));
    CHECK_STATUS(ERR_STATE, event_activate(b));
    CHECK_STATUS(OK, event_activate(a));
    CHECK_STATUS(OK, event_activate(b));
    expect("iab");
    CHECK_STATUS(OK, event_destroy(a));
    expect("ib");
    CHECK_STATUS(OK, event_uninstall(b));
    CHECK_STATUS(ERR_STATE, event_activate(b));
    CHECK_STATUS(OK, event_destroy(b));
    expect("i");
}

TEST(bad_options_are_refused)
{
    const struct event_options order = {.order = (enum event_order)5};
    const struct event_options closure = {.guard_closure = trace};
    binding_t *b = NULL;

    CHECK_STATUS(ERR_BAD_ARGUMENT, event_install(P(happened), P(plain_letter), NULL, &order, &b));
    CHECK_STATUS(ERR_BAD_ARGUMENT, event_install(P(happened), P(plain_letter), NULL, &closure, &b));
    CHECK_STATUS(ERR_BAD_ARGUMENT,
                 event_install(P(happened), P(plain_letter), NULL, (void *)0x40000000, &b));
    CHECK_STATUS(ERR_BAD_ARGUMENT, event_install(P(trace), P(plain_letter), NULL, NULL, &b));
    CHECK_STATUS(ERR_BAD_ARGUMENT, event_install(P(happened), NULL, NULL, NULL, &b));
    CHECK_STATUS(ERR_BAD_ARGUMENT, event_install(NULL, P(plain_letter), NULL, NULL, &b));
    CHECK_STATUS(ERR_UNSUPPORTED, event_install(P(status_refuse), P(plain_letter), NULL, NULL, &b));
    CHECK(b == NULL);
    expect("i");
}

TEST(an_option_is_true_whatever_byte_says_so)
{
    struct event_options options = {.order = EVENT_ANY};
    binding_t *b = NULL;

    memset(&options.filter, 0x7e, sizeof options.filter);
    CHECK_STATUS(ERR_TYPE, event_install(P(happened), P(plain_letter), NULL, &options, &b));
    CHECK(says("its parameter 1 is no pointer") && b == NULL);
    (void)event_destroy(b);
}

/* ---- swap ---- */

TEST(a_swap_is_one_step_over_several_events)
{
    binding_t *a = install('a', EVENT_ANY, NULL),
              *b = install_on(P(happened_too), 'b', EVENT_ANY, NULL);
    binding_t *c = install('c', EVENT_ANY, NULL),
              *d = install_on(P(happened_too), 'd', EVENT_ANY, NULL);
    binding_t *const one[] = {a, b, NULL, a}, *const other[] = {NULL, c, d, d};

    CHECK_STATUS(OK, event_uninstall(c));
    CHECK_STATUS(OK, event_uninstall(d));
    CHECK_STATUS(OK, event_swap(one, 4, other, 4));
    happened('1');
    happened_too('1');
    CHECK(ran("1c2d"));
    CHECK_STATUS(OK, event_swap(other, 4, one, 4));
    happened('1');
    happened_too('1');
    CHECK(ran("1a2b"));
    CHECK_STATUS(OK, event_swap(NULL, 0, NULL, 0));
    destroy((binding_t *const[]){a, b, c, d}, 4);
}

TEST(what_is_in_both_lists_ends_active_and_placed_anew)
{
    binding_t *b[2] = {install('a', EVENT_ANY, NULL), install('b', EVENT_ANY, NULL)};

    CHECK_STATUS(OK, event_swap(b, 1, b, 1));
    expect("iba");
    CHECK_STATUS(OK, event_swap(b, 2, b, 2));
    expect("iab");
    CHECK_STATUS(OK, event_swap(&intrinsic, 1, &intrinsic, 1));
    expect("abi");
    CHECK_STATUS(OK, event_swap(b, 2, NULL, 0));
    expect("i");
    destroy(b, 2);
}

TEST(a_swap_that_is_refused_changes_nothing)
{
    struct event_options after = {.order = EVENT_AFTER, .handler_closure = (void *)'x'};
    binding_t *a = install('a', EVENT_ANY, NULL), *b = install('b', EVENT_ANY, NULL), *x;
    binding_t *const forged[] = {a, (binding_t *)0xc0012345};

    after.relative_to = a;
    CHECK_STATUS(OK, event_create(P(happened), P(letter), NULL, &after, &x));
    CHECK_STATUS(OK, event_uninstall(b));
    CHECK_STATUS(ERR_BAD_CAPABILITY, event_swap(forged, 2, &b, 1));
    CHECK_STATUS(ERR_BAD_CAPABILITY, event_swap(NULL, 0, (binding_t *const[]){b, forged[1]}, 2));
    CHECK_STATUS(ERR_STATE, event_swap(&a, 1, (binding_t *const[]){b, x}, 2));
    CHECK_STATUS(ERR_BAD_ARGUMENT, event_swap((binding_t *const *)0x40000000, 1, &b, 1));
    CHECK_STATUS(ERR_BAD_ARGUMENT, event_swap(&a, 0x40000001, &b, 1));
    expect("ia");
    CHECK_STATUS(OK, event_activate(b));
    expect("iab");
    destroy((binding_t *const[]){a, b, x}, 3);
}

/* ---- any sequence of changes, against a model of the rules ---- */

#define N_MODEL 9 /* the last is the intrinsic handler */

static const enum event_order model_orders[N_MODEL] = {EVENT_ANY,  EVENT_FIRST,  EVENT_LAST,
                                                       EVENT_ANY,  EVENT_BEFORE, EVENT_AFTER,
                                                       EVENT_LAST, EVENT_ANY,    EVENT_ANY};
#define MODEL_RELATIVE 3 /* next to which the two in the middle stand */

struct order_model {
    unsigned order[N_MODEL], n;
    unsigned n_guards[N_MODEL];
    binding_t *bindings[N_MODEL];
};

static unsigned random_below(unsigned n)
{
    static unsigned seed = 1;

    seed = seed * 1103515245 + 12345;
    return (seed >> 8) % n;
}

static unsigned model_find(const struct order_model *model, unsigned what)
{
    unsigned i = 0;

    while (i < model->n && model->order[i] != what)
        i++;
    return i;
}

static void model_remove(struct order_model *model, unsigned what)
{
    unsigned i = model_find(model, what);

    if (i == model->n)
        return;
    model->n--;
    memmove(&model->order[i], &model->order[i + 1], (model->n - i) * sizeof model->order[0]);
}

/* False: what it is to stand next to is not there. */
static bool model_add(struct order_model *model, unsigned what)
{
    unsigned place = model->n, other = model_find(model, MODEL_RELATIVE);
    enum event_order order = model_orders[what];

    if (model_find(model, what) != model->n)
        return true;
    if (order == EVENT_BEFORE || order == EVENT_AFTER) {
        if (other == model->n)
            return false;
        place = other + (order == EVENT_AFTER);
    } else if (order == EVENT_FIRST) {
        place = 0;
    } else if (order == EVENT_ANY) {
        while (place > 0 && model_orders[model->order[place - 1]] == EVENT_LAST)
            place--;
    }
    memmove(&model->order[place + 1], &model->order[place],
            (model->n - place) * sizeof model->order[0]);
    model->order[place] = what;
    model->n++;
    return true;
}

static bool model_agrees(const struct order_model *model)
{
    char wanted[N_MODEL + 1] = "";

    for (unsigned i = 0, n = 0; i < model->n; i++)
        if (model->n_guards[model->order[i]] == 0)
            wanted[n++] = (char)('a' + model->order[i]);
    happened('a' + N_MODEL - 1);
    return ran(wanted);
}

/* What is refused, for the rules or for memory, has changed nothing. */
static status_t model_swap(struct order_model *model)
{
    struct order_model after = *model;
    binding_t *remove[4], *add[4];
    unsigned n_remove = random_below(4), n_add = random_below(4);
    bool possible = true;
    status_t status;

    for (unsigned i = 0; i < n_remove; i++) {
        unsigned what = random_below(N_MODEL);

        remove[i] = model->bindings[what];
        model_remove(&after, what);
    }
    for (unsigned i = 0; i < n_add; i++) {
        unsigned what = random_below(N_MODEL);

        add[i] = model->bindings[what];
        possible = possible && model_add(&after, what);
    }
    inject_set(random_below(8));
    status = event_swap(remove, n_remove, add, n_add);
    inject_set(0);
    CHECK(status == (possible ? OK : ERR_STATE) || status == ERR_NO_MEMORY);
    if (status == OK)
        *model = after;
    return status;
}

static void model_guard(struct order_model *model)
{
    unsigned what = random_below(N_MODEL);

    if (model->n_guards[what] != 0 && random_below(3) != 0) {
        CHECK_STATUS(OK, event_lift_guard(model->bindings[what], P(no), NULL));
        model->n_guards[what]--;
    } else {
        CHECK_STATUS(OK, event_impose_guard(model->bindings[what], P(no), NULL));
        model->n_guards[what]++;
    }
}

static void model_end(struct order_model *model)
{
    for (unsigned i = 0; i < N_MODEL; i++)
        while (model->n_guards[i]-- != 0)
            CHECK_STATUS(OK, event_lift_guard(model->bindings[i], P(no), NULL));
    CHECK_STATUS(OK, event_activate(intrinsic));
    destroy(model->bindings, N_MODEL - 1);
}

TEST(any_sequence_of_changes_agrees_with_the_rules)
{
    struct order_model model = {.order = {N_MODEL - 1}, .n = 1};
    unsigned n_done = 0;

    for (unsigned i = 0; i < N_MODEL - 1; i++) {
        struct event_options options = {.order = model_orders[i],
                                        .handler_closure = (void *)(uintptr_t)('a' + i)};

        if (model_orders[i] == EVENT_BEFORE || model_orders[i] == EVENT_AFTER)
            options.relative_to = model.bindings[MODEL_RELATIVE];
        CHECK_STATUS(OK, event_create(P(happened), P(letter), NULL, &options, &model.bindings[i]));
    }
    model.bindings[N_MODEL - 1] = intrinsic;
    for (unsigned i = 0; i < 2000; i++) {
        if (i % 200 == 0)
            CHECK_STATUS(OK, event_dispatch_as(P(happened), i / 200 % (EVENT_LOOP + 1)));
        if (random_below(4) == 0)
            model_guard(&model);
        else
            n_done += model_swap(&model) == OK;
        if (!CHECK(model_agrees(&model)))
            break;
    }
    CHECK(n_done > 500);
    CHECK_STATUS(OK, event_dispatch_as(P(happened), EVENT_AS_USUAL));
    model_end(&model);
}

/* ---- answers ---- */

static EVENT int asked(int what)
{
    return what;
}

static int add_ten(int what)
{
    return what + 10;
}

static void filter_asked(int *what)
{
    *what += 1;
}

static int five = 5;

TEST(a_handler_without_part_in_the_result_is_no_answer)
{
    const struct event_options filter = {.filter = true}, last = {.filter = true, .cancel = true};
    binding_t *tens, *filtering, *cancelling;

    CHECK_STATUS(OK, event_install(P(asked), P(filter_asked), NULL, &filter, &filtering));
    CHECK_EQUAL(1, asked(1));
    CHECK_STATUS(ERR_STATE, event_uninstall(intrinsic_asked));
    CHECK_STATUS(OK, event_install(P(asked), P(add_ten), NULL, NULL, &tens));
    CHECK_EQUAL(12, asked(1));
    CHECK_STATUS(OK, event_uninstall(intrinsic_asked));
    CHECK_EQUAL(12, asked(1));
    CHECK_STATUS(OK, event_create(P(asked), P(filter_asked), P(no), &last, &cancelling));
    CHECK_STATUS(OK, event_activate(cancelling));
    CHECK_STATUS(ERR_STATE, event_swap(&tens, 1, &tens, 1)); /* it would come behind */
    CHECK_EQUAL(12, asked(1));
    CHECK_STATUS(OK, event_set_default_result(P(asked), &five));
    CHECK_STATUS(OK, event_uninstall(tens));
    CHECK_EQUAL(5, asked(1));
    CHECK_STATUS(OK, event_activate(intrinsic_asked));
    CHECK_STATUS(OK, event_uninstall(cancelling));
    CHECK_STATUS(OK, event_set_default_result(P(asked), NULL));
    destroy((binding_t *const[]){tens, filtering, cancelling}, 3);
}

TEST(a_guard_on_the_only_answer_is_refused)
{
    CHECK_STATUS(ERR_STATE, event_impose_guard(intrinsic_asked, P(yes), NULL));
    CHECK_EQUAL(7, asked(7));
    CHECK_STATUS(OK, event_impose(intrinsic_asked, NULL, NULL, P(yes), NULL));
    CHECK_EQUAL(7, asked(7));
    CHECK_STATUS(OK, event_lift_guard(intrinsic_asked, NULL, NULL));
    CHECK_STATUS(OK, event_set_default_result(P(asked), &five));
    CHECK_STATUS(OK, event_impose_guard(intrinsic_asked, P(no), NULL));
    CHECK_EQUAL(5, asked(7));
    CHECK_STATUS(ERR_STATE, event_set_default_result(P(asked), NULL));
    CHECK_STATUS(OK, event_lift_guard(intrinsic_asked, P(no), NULL));
    CHECK_STATUS(OK, event_set_default_result(P(asked), NULL));
    CHECK_EQUAL(7, asked(7));
}

/* ---- forms ---- */

TEST(one_replacing_handler_is_called_directly)
{
    binding_t *b;

    CHECK_EQUAL(FORM_PROCEDURE, form_of(P(asked)));
    CHECK_STATUS(OK, event_install(P(asked), P(add_ten), NULL, NULL, &b));
    CHECK(form_of(P(asked)) == FORM_ROUTINE || form_of(P(asked)) == FORM_LOOP);
    CHECK_STATUS(OK, event_uninstall(intrinsic_asked));
    CHECK_EQUAL(FORM_DIRECT, form_of(P(asked)));
    CHECK_EQUAL(11, asked(1));
    CHECK_STATUS(OK, event_swap(&b, 1, &intrinsic_asked, 1));
    CHECK_EQUAL(FORM_PROCEDURE, form_of(P(asked)));
    CHECK_EQUAL(1, asked(1));
    destroy(&b, 1);
}

TEST(what_the_loop_dispatches_says_why_and_is_compiled_at_the_next_change)
{
    struct event_view view;
    binding_t *b = install('a', EVENT_ANY, NULL);

    CHECK_EQUAL(FORM_ROUTINE, form_of(P(happened)));
    CHECK_STATUS(OK, event_dispatch_as(P(happened), EVENT_LOOP));
    CHECK_EQUAL(FORM_LOOP, form_of(P(happened)));
    event_look(event_at((vaddr_t)happened), &view);
    CHECK(strstr(view.why, "by the loop") != NULL && view.routine == NULL && view.plan != NULL);
    expect("ia");
    CHECK_STATUS(OK, event_dispatch_as(P(happened), EVENT_AS_USUAL));
    CHECK_EQUAL(FORM_ROUTINE, form_of(P(happened)));
    event_look(event_at((vaddr_t)happened), &view);
    CHECK(view.why[0] == 0 && view.routine != NULL && view.n_active == 2 && view.n_all == 2);
    expect("ia");
    destroy(&b, 1);
}

/* ---- more events than the loop has entries ---- */

#define TEN(X, n) X(n##0) X(n##1) X(n##2) X(n##3) X(n##4) X(n##5) X(n##6) X(n##7) X(n##8) X(n##9)
#define HUNDRED(X, n) \
    TEN(X, n##0)      \
    TEN(X, n##1)      \
    TEN(X, n##2)      \
    TEN(X, n##3)      \
    TEN(X, n##4) TEN(X, n##5) TEN(X, n##6) TEN(X, n##7) TEN(X, n##8) TEN(X, n##9)
#define ALL(X)    \
    HUNDRED(X, 1) \
    HUNDRED(X, 2) \
    HUNDRED(X, 3) HUNDRED(X, 4) HUNDRED(X, 5) HUNDRED(X, 6)
#define EVENT_OF_MANY(n)                 \
    static EVENT void many_##n(int what) \
    {                                    \
        note((char)what);                \
    }
ALL(EVENT_OF_MANY)

#define ENTRY_OF_MANY(n) many_##n,
static void (*const many[])(int what) = {ALL(ENTRY_OF_MANY)};

TEST(the_loop_has_entries_for_so_many_events)
{
    static binding_t *b[sizeof many / sizeof many[0]];
    unsigned n = 0;
    status_t status = OK;

    event_dispatch_all_as(EVENT_LOOP);
    while (status == OK && n < sizeof many / sizeof many[0]) {
        status = event_install(P(many[n]), P(plain_letter), NULL, NULL, &b[n]);
        n += status == OK;
    }
    CHECK_EQUAL(ERR_NO_MEMORY, status);
    CHECK_EQUAL(LOOP_ENTRIES, n);
    many[n]('x');
    CHECK(ran("x"));
    many[n - 1]('x');
    CHECK(ran("xp"));
    event_dispatch_all_as(EVENT_AS_USUAL);
    CHECK_STATUS(OK, event_install(P(many[n]), P(plain_letter), NULL, NULL, &b[n]));
    many[n]('x');
    CHECK(ran("xp"));
    destroy(b, n + 1);
    many[0]('x');
    CHECK(ran("x"));
}

static EVENT int measured(int factor, const int *numbers)
{
    (void)numbers;
    return factor;
}

static unsigned n_counted;

static int count_up(int factor, const int *numbers)
{
    (void)numbers;
    n_counted++;
    return factor + 1;
}

static bool sums_to_100(int factor, const int *numbers)
{
    int sum = 0;

    for (int i = 0; i < 100; i++)
        sum += numbers[i & 3] * factor;
    return sum == 100;
}

TEST(a_copied_guard_begins_its_loop_anew)
{
    const int ones[4] = {1, 1, 1, 1};
    binding_t *b[3] = {NULL};

    for (int i = 0; i < 3; i++)
        CHECK_STATUS(OK, event_install(P(measured), P(count_up), P(sums_to_100), NULL, &b[i]));
    n_counted = 0;
    CHECK_EQUAL(2, measured(1, ones));
    CHECK_EQUAL(3, n_counted);
    CHECK_EQUAL(2, measured(2, ones));
    CHECK_EQUAL(3, n_counted);
    destroy(b, 3);
}

TEST(firings_are_counted_if_asked_for)
{
    struct event_binding_view view;
    binding_t *b = install('a', EVENT_ANY, NULL);

    CHECK_STATUS(OK, event_count(P(happened), true));
    expect("ia");
    CHECK_STATUS(OK, event_uninstall(b));
    expect("i");
    CHECK(event_look_binding(event_at((vaddr_t)happened), 0, &view) && view.intrinsic);
    CHECK_EQUAL(2, view.count);
    CHECK(event_look_binding(event_at((vaddr_t)happened), 1, &view) && !view.active);
    CHECK_EQUAL(1, view.count);
    CHECK(!event_look_binding(event_at((vaddr_t)happened), 2, &view));
    CHECK_STATUS(OK, event_count(P(happened), false));
    CHECK_EQUAL(FORM_PROCEDURE, form_of(P(happened)));
    destroy(&b, 1);
}

/* ---- handlers that are events ---- */

static EVENT void handles_loudly(int what)
{
    note((char)(what - 'a' + 'A'));
}

TEST(a_handler_that_is_an_event_is_raised)
{
    binding_t *outer, *inner;

    CHECK_STATUS(OK, event_install(P(happened), P(handles_loudly), NULL, NULL, &outer));
    expect("iI");
    inner = install_on(P(handles_loudly), 'x', EVENT_ANY, NULL);
    expect("iIx");
    CHECK_STATUS(OK, event_uninstall(intrinsic));
    CHECK_EQUAL(FORM_DIRECT, form_of(P(happened)));
    expect("Ix");
    CHECK_STATUS(OK, event_destroy(inner));
    expect("I");
    CHECK_STATUS(OK, event_activate(intrinsic));
    expect("Ii");
    CHECK_STATUS(OK, event_destroy(outer));
}

/* Not small enough to be copied. */
static EVENT bool asks(int what)
{
    return sums_to_100(what, (const int[4]){1, 1, 1, 1}) || what == 'i';
}

static bool denies(int what)
{
    note((char)what);
    return false;
}

FUNCTIONAL(sums_to_100);

TEST(a_guard_is_what_was_proved_whatever_is_installed_on_it)
{
    static const enum event_terms terms[] = {EVENT_COMPILED, EVENT_NO_INLINING, EVENT_LOOP};
    binding_t *guarded, *denying;

    CHECK_STATUS(OK, event_install(P(happened), P(handles_loudly), P(asks), NULL, &guarded));
    for (size_t i = 0; i < sizeof terms / sizeof terms[0]; i++) {
        CHECK_STATUS(OK, event_dispatch_as(P(happened), terms[i]));
        expect("iI");
        CHECK_STATUS(OK, event_install(P(asks), P(denies), NULL, NULL, &denying));
        CHECK(!asks('i'));
        CHECK(ran("i"));
        expect("iI");
        CHECK_STATUS(OK, event_destroy(denying));
        expect("iI");
    }
    CHECK_STATUS(OK, event_dispatch_as(P(happened), EVENT_AS_USUAL));
    CHECK_STATUS(OK, event_destroy(guarded));
}

static int n_quiet;

/* Small enough to be copied into a routine. */
static EVENT void handles_quietly(int what)
{
    (void)what;
    n_quiet++;
}

TEST(what_is_installed_on_a_handler_that_was_copied_runs_too)
{
    binding_t *outer, *inner;

    n_quiet = 0;
    CHECK_STATUS(OK, event_install(P(happened), P(handles_quietly), NULL, NULL, &outer));
    expect("i");
    inner = install_on(P(handles_quietly), 'x', EVENT_ANY, NULL);
    expect("ix");
    CHECK_EQUAL(2, n_quiet);
    CHECK_STATUS(OK, event_uninstall(inner));
    expect("i");
    CHECK_STATUS(OK, event_swap(&outer, 1, (binding_t *const[]){inner, outer}, 2));
    expect("ix");
    CHECK_EQUAL(4, n_quiet);
    destroy((binding_t *const[]){outer, inner}, 2);
}

TEST(an_event_that_handles_itself_runs_its_body_again)
{
    binding_t *again;

    CHECK_STATUS(OK, event_install(P(happened), P(happened), NULL, NULL, &again));
    expect("ii");
    CHECK_STATUS(OK, event_uninstall(intrinsic));
    expect("i");
    CHECK_EQUAL(FORM_PROCEDURE, form_of(P(happened)));
    CHECK_STATUS(OK, event_activate(intrinsic));
    CHECK_STATUS(OK, event_destroy(again));
}

/* ---- changes during a raise ---- */

static binding_t *mine, *others[2];

static void uninstall_all(int what)
{
    note((char)(what + 1));
    CHECK_STATUS(OK, event_uninstall(mine));
    CHECK_STATUS(OK, event_uninstall(others[0]));
    CHECK_STATUS(OK, event_destroy(others[1]));
}

TEST(a_raise_ends_with_the_bindings_that_it_began_with)
{
    CHECK_STATUS(OK, event_install(P(happened), P(uninstall_all), NULL, NULL, &mine));
    others[0] = install('x', EVENT_ANY, NULL);
    others[1] = install('y', EVENT_ANY, NULL);
    expect("ijxy");
    expect("i");
    CHECK_STATUS(ERR_BAD_CAPABILITY, event_activate(others[1]));
    quiescence_collect();
    destroy((binding_t *const[]){mine, others[0]}, 2);
}

static void install_more(int what)
{
    note((char)(what + 1));
    if (others[0] == NULL)
        others[0] = install('x', EVENT_ANY, NULL);
}

TEST(what_is_installed_during_a_raise_runs_in_the_next)
{
    others[0] = NULL;
    CHECK_STATUS(OK, event_install(P(happened), P(install_more), NULL, NULL, &mine));
    expect("ij");
    expect("ijx");
    destroy((binding_t *const[]){mine, others[0]}, 2);
}

static void raise_again(int what)
{
    note('(');
    if (what < 'k') {
        CHECK_STATUS(OK, event_uninstall(others[0]));
        happened(what + 1);
        CHECK_STATUS(OK, event_activate(others[0]));
    }
    note(')');
}

TEST(raises_nest_and_each_has_its_own_bindings)
{
    CHECK_STATUS(OK, event_install(P(happened), P(raise_again), NULL, NULL, &mine));
    others[0] = install('x', EVENT_ANY, NULL);
    expect("i(j(k()))x");
    expect("i(j(k()))x");
    destroy((binding_t *const[]){mine, others[0]}, 2);
}

static void impose_on_other(int what)
{
    note((char)(what + 1));
    CHECK_STATUS(OK, event_impose_guard(others[0], P(no), NULL));
}

TEST(a_guard_imposed_during_a_raise_holds_for_the_next)
{
    CHECK_STATUS(OK, event_install(P(happened), P(impose_on_other), NULL, NULL, &mine));
    others[0] = install('x', EVENT_ANY, NULL);
    expect("ijx");
    CHECK_STATUS(OK, event_uninstall(mine));
    expect("i");
    CHECK_STATUS(OK, event_lift_guard(others[0], P(no), NULL));
    expect("ix");
    destroy((binding_t *const[]){mine, others[0]}, 2);
}

static void destroy_and_fault(int what)
{
    CHECK_STATUS(OK, event_destroy(mine));
    if (what == 'i')
        __builtin_trap();
}

static void raise_contained(void *closure)
{
    (void)closure;
    happened('i');
}

TEST(what_a_fault_leaves_is_given_back)
{
    CHECK_STATUS(OK, event_install(P(happened), P(destroy_and_fault), NULL, NULL, &mine));
    CHECK_STATUS(ERR_FAULT, fault_contain(raise_contained, NULL));
    CHECK(ran("i"));
    expect("i");
}

/* ---- operations inside operations ---- */

static status_t nested;
static unsigned n_nested;

static void *nest(size_t size, owner_t owner)
{
    binding_t *b;

    (void)size;
    (void)owner;
    if (n_nested++ == 0)
        nested = event_install(P(happened_too), P(plain_letter), NULL, NULL, &b);
    return NULL;
}

static void forget_result(void *closure, void **final, void *result, bool last, void **argument,
                          size_t size, owner_t owner)
{
    (void)closure;
    (void)last;
    (void)argument;
    (void)size;
    (void)owner;
    if (result != NULL)
        *final = result;
}

TEST(an_operation_inside_another_is_refused)
{
    binding_t *b, *other;

    nested = OK;
    CHECK_STATUS(OK, event_create(P(heap_allocate), P(nest), NULL,
                                  &(struct event_options){.order = EVENT_FIRST}, &b));
    CHECK_STATUS(OK, event_set_result_handler(P(heap_allocate), P(forget_result), trace));
    CHECK_STATUS(OK, event_activate(b));
    n_nested = 0;
    CHECK_STATUS(OK, event_install(P(happened), P(plain_letter), NULL, NULL, &other));
    CHECK_STATUS(OK, event_destroy(b));
    CHECK_STATUS(OK, event_set_result_handler(P(heap_allocate), NULL, NULL));
    CHECK(n_nested > 0);
    CHECK_EQUAL(ERR_BUSY, nested);
    expect("ip");
    destroy(&other, 1);
}

static void *fault_once(size_t size, owner_t owner)
{
    (void)size;
    (void)owner;
    if (n_nested++ == 0)
        __builtin_trap();
    return NULL;
}

static void install_contained(void *closure)
{
    CHECK_STATUS(ERR_FAULT, event_install(P(happened), P(plain_letter), NULL, NULL, closure));
}

TEST(an_operation_that_a_fault_ended_is_not_in_the_way_of_others)
{
    binding_t *b, *other = NULL;
    struct memory_use before, after;

    CHECK_STATUS(OK, event_create(P(heap_allocate), P(fault_once), NULL,
                                  &(struct event_options){.order = EVENT_FIRST}, &b));
    CHECK_STATUS(OK, event_set_result_handler(P(heap_allocate), P(forget_result), trace));
    CHECK_STATUS(OK, event_activate(b));
    n_nested = 0;
    CHECK_STATUS(ERR_FAULT, fault_contain(install_contained, &other));
    CHECK(other == NULL);
    n_nested = 10;
    CHECK_STATUS(OK, event_destroy(b));
    CHECK_STATUS(OK, event_set_result_handler(P(heap_allocate), NULL, NULL));
    memory_use(&before);
    other = install('a', EVENT_ANY, NULL);
    expect("ia");
    destroy(&other, 1);
    memory_use(&after);
    CHECK_EQUAL(before.heap_bytes, after.heap_bytes);
}

/* ---- listing ---- */

static size_t n_listed;
static struct event_binding listed[8];

static void list(const struct event_binding *binding, void *closure)
{
    CHECK(closure == &n_listed);
    if (n_listed < 8)
        listed[n_listed] = *binding;
    n_listed++;
}

static size_t list_all(procedure_t event)
{
    n_listed = 0;
    CHECK_STATUS(OK, event_bindings(event, list, &n_listed));
    return n_listed;
}

TEST(a_listing_has_the_active_ones_in_order_then_the_others)
{
    binding_t *a = install('a', EVENT_LAST, NULL), *b = install('b', EVENT_FIRST, NULL);
    binding_t *c = install('c', EVENT_ANY, NULL);

    CHECK_STATUS(OK, event_uninstall(c));
    CHECK_STATUS(OK, event_impose_guard(a, P(yes), NULL));
    CHECK_EQUAL(4, list_all(P(happened)));
    CHECK(listed[0].binding == b && listed[0].order == EVENT_FIRST && listed[0].active);
    CHECK(listed[1].intrinsic && listed[1].active && listed[1].binding == intrinsic);
    CHECK(listed[1].handler == P(happened));
    CHECK(listed[2].binding == a && listed[2].n_imposed == 1 && listed[2].closure == (void *)'a');
    CHECK(listed[3].binding == c && !listed[3].active);
    CHECK(strcmp(listed[3].owner, "test/event") == 0);
    destroy((binding_t *const[]){a, b, c}, 3);
    CHECK_EQUAL(1, list_all(P(happened)));
}

static bool is_given(void *closure)
{
    return closure != NULL;
}

TEST(a_listing_has_both_closures)
{
    struct event_options options = {.handler_closure = (void *)'a', .guard_closure = (void *)'g'};
    binding_t *b = NULL;

    CHECK_STATUS(OK, event_install(P(happened), P(letter), P(is_given), &options, &b));
    CHECK_EQUAL(2, list_all(P(happened)));
    CHECK(listed[1].handler == P(letter) && listed[1].closure == (void *)'a');
    CHECK(listed[1].guard == P(is_given) && listed[1].guard_closure == (void *)'g');
    destroy(&b, 1);
}

static void destroy_listed(const struct event_binding *binding, void *closure)
{
    size_t *n = closure;

    ++*n;
    if (!binding->intrinsic)
        CHECK_STATUS(OK, event_destroy(binding->binding));
}

static void install_listed(const struct event_binding *binding, void *closure)
{
    size_t *n = closure;

    (void)binding;
    if (++*n < 100)
        (void)install('f', EVENT_FIRST, NULL);
}

TEST(what_is_listed_may_change_all)
{
    size_t n = 0;

    for (unsigned i = 0; i < 5; i++) {
        binding_t *b = install('a', EVENT_ANY, NULL);

        if (i % 2 != 0)
            CHECK_STATUS(OK, event_uninstall(b));
    }
    CHECK_STATUS(OK, event_bindings(P(happened), destroy_listed, &n));
    CHECK_EQUAL(6, n);
    expect("i");
    n = 0;
    (void)install('a', EVENT_ANY, NULL);
    CHECK_STATUS(OK, event_bindings(P(happened), install_listed, &n));
    CHECK_EQUAL(2, n);
    CHECK_STATUS(OK, event_bindings(P(happened), destroy_listed, &n));
    expect("i");
}

/* ---- other domains ---- */

extern const char object_event_service[], object_event_service_end[];
extern const char object_event_guest[], object_event_guest_end[];

static struct domain *domains[2]; /* service, guest */
static const struct event_proxy *service, *guest;
static void (*guest_notifies_service)(int what);

static const void *exported(const struct domain *domain, const char *name)
{
    return (const void *)symbol_find(&domain->image.symbols, name, symbol_hash(name))->value;
}

static bool load(void)
{
    static const struct domain_terms terms = {.loader = "operator"};
    const struct loader_object objects[] = {
        {"s", object_event_service, (size_t)(object_event_service_end - object_event_service)},
        {"g", object_event_guest, (size_t)(object_event_guest_end - object_event_guest)}};

    if (!CHECK_STATUS(OK, loader_load(&terms, objects, 2, domains))) {
        printf("    #   %s\n", status_explain());
        return false;
    }
    service = exported(domains[0], "service_proxy");
    guest = exported(domains[1], "guest_proxy");
    guest_notifies_service = (void (*)(int))exported(domains[1], "guest_notifies_service");
    return true;
}

static void unload(void)
{
    CHECK_STATUS(OK, domain_end(&domains[1], 1));
    CHECK_STATUS(OK, domain_end(&domains[0], 1));
}

TEST(only_who_is_linked_with_an_event_may_handle_it)
{
    binding_t *b = NULL;

    if (!load())
        return;
    CHECK_STATUS(OK, guest->install(service->notified, guest->handle, NULL, NULL, &b));
    service->notify(3);
    CHECK_EQUAL(3, *guest->seen);
    guest_notifies_service(4);
    CHECK_EQUAL(4, *guest->seen);
    CHECK_EQUAL(2, *service->n_notified);
    CHECK_STATUS(ERR_DENIED, guest->create(service->asked, guest->handle_asked, NULL, NULL, &b));
    CHECK(says("event_guest is not linked with service_asked"));
    CHECK_STATUS(ERR_DENIED, guest->intrinsic(service->asked, &b));
    CHECK_STATUS(ERR_DENIED, guest->bindings(service->asked, list, &n_listed));
    CHECK_STATUS(ERR_DENIED, guest->create(guest->notified, service->handle, NULL, NULL, &b));
    CHECK_STATUS(ERR_DENIED,
                 guest->create(guest->notified, guest->handle, service->guard_odd, NULL, &b));
    CHECK_STATUS(ERR_DENIED, guest->install(P(happened), guest->handle, NULL, NULL, &b));
    CHECK_STATUS(OK, guest->destroy(b));
    service->notify(5);
    CHECK_EQUAL(4, *guest->seen);
    unload();
}

TEST(a_guard_must_be_functional)
{
    binding_t *b = NULL;

    if (!load())
        return;
    CHECK_STATUS(ERR_FAILED,
                 guest->install(service->notified, guest->handle, guest->impure, NULL, &b));
    CHECK(says("impure"));
    CHECK(b == NULL);
    CHECK_STATUS(OK, guest->install(service->notified, guest->handle, guest->guard_odd, NULL, &b));
    CHECK_STATUS(ERR_FAILED, guest->impose_guard(b, guest->impure, NULL));
    *guest->seen = 0;
    service->notify(2);
    CHECK_EQUAL(0, *guest->seen);
    service->notify(3);
    CHECK_EQUAL(3, *guest->seen);
    unload();
}

TEST(the_intrinsic_handler_is_for_the_authority)
{
    binding_t *b = NULL, *own = NULL;

    if (!load())
        return;
    CHECK_STATUS(OK, guest->intrinsic(service->notified, &b));
    CHECK_STATUS(OK, service->intrinsic(service->notified, &own));
    CHECK(b == own);
    CHECK_STATUS(ERR_NOT_AUTHORIZED, guest->uninstall(b));
    CHECK_STATUS(ERR_NOT_AUTHORIZED, guest->swap(&b, 1, NULL, 0));
    CHECK_STATUS(ERR_NOT_AUTHORIZED, guest->impose_guard(b, guest->guard_odd, NULL));
    CHECK_STATUS(ERR_NOT_AUTHORIZED, guest->destroy(b));
    CHECK_STATUS(ERR_STATE, service->destroy(b));
    CHECK_STATUS(ERR_NOT_AUTHORIZED, guest->set_authorizer(service->notified, NULL));
    CHECK_STATUS(ERR_NOT_AUTHORIZED,
                 guest->set_default_handler(service->notified, guest->handle, NULL));
    CHECK_STATUS(ERR_NOT_AUTHORIZED,
                 guest->set_result_handler(service->notified, guest->handle, NULL));
    CHECK_STATUS(ERR_NOT_AUTHORIZED, guest->set_default_result(service->notified, guest->seen));
    service->notify(1);
    CHECK_EQUAL(1, *service->n_notified);
    CHECK_STATUS(OK, service->uninstall(own));
    service->notify(1);
    CHECK_EQUAL(1, *service->n_notified);
    CHECK_STATUS(OK, event_activate(own)); /* the suite is privileged */
    service->notify(1);
    CHECK_EQUAL(2, *service->n_notified);
    unload();
}

TEST(a_listing_gives_away_nothing)
{
    binding_t *b = NULL, *hidden;

    if (!load())
        return;
    CHECK_STATUS(OK, guest->install(service->notified, guest->handle, NULL, NULL, &b));
    CHECK_STATUS(OK, service->install(service->notified, service->handle, NULL, NULL, &hidden));
    n_listed = 0;
    CHECK_STATUS(OK, guest->bindings(service->notified, list, &n_listed));
    CHECK_EQUAL(3, n_listed);
    CHECK(listed[0].intrinsic && listed[0].binding == NULL);
    CHECK(listed[1].binding == b && strcmp(listed[1].owner, "event_guest") == 0);
    CHECK(listed[2].binding == NULL && strcmp(listed[2].owner, "event_service") == 0);
    n_listed = 0;
    CHECK_STATUS(OK, service->bindings(service->notified, list, &n_listed));
    CHECK(listed[0].binding != NULL && listed[1].binding == b && listed[2].binding == hidden);
    unload();
}

static void install_to_nowhere(void *closure)
{
    (void)(guest->install(service->notified, guest->handle, NULL, NULL, closure) == OK);
}

TEST(hostile_pointers_are_met_before_anything_changes)
{
    binding_t *b = NULL;
    const struct event_options *edge = (const void *)0x1ffffffc;

    if (!load())
        return;
    CHECK_STATUS(ERR_FAULT, fault_contain(install_to_nowhere, NULL));
    CHECK_STATUS(ERR_FAULT, fault_contain(install_to_nowhere, (void *)service->notified));
    CHECK_STATUS(ERR_BAD_ARGUMENT,
                 guest->install(service->notified, guest->handle, NULL, edge, &b));
    CHECK_STATUS(ERR_BAD_ARGUMENT, guest->install(service->notified, P(guest), NULL, NULL, &b));
    CHECK_STATUS(ERR_BAD_ARGUMENT, guest->swap((void *)edge, 2, NULL, 0));
    CHECK_STATUS(ERR_BAD_ARGUMENT, guest->swap(NULL, 0, (void *)edge, 2));
    CHECK_STATUS(ERR_BAD_ARGUMENT, guest->swap(&b, 0x40000000, NULL, 0));
    CHECK_STATUS(ERR_BAD_CAPABILITY, guest->destroy((binding_t *)(void *)guest));
    CHECK_STATUS(ERR_BAD_CAPABILITY, guest->impose_guard(NULL, guest->guard_odd, NULL));
    CHECK_STATUS(OK, guest->destroy(NULL));
    CHECK(b == NULL);
    CHECK_EQUAL(1, list_all(service->notified));
    unload();
}

TEST(nothing_is_installed_of_a_domain_that_does_not_run)
{
    static const struct domain_terms terms = {.loader = "operator"};
    struct domain *waiting;
    procedure_t event, handler;
    binding_t *b = NULL;

    if (!CHECK_STATUS(OK, domain_make(&terms, "s", object_event_service,
                                      (size_t)(object_event_service_end - object_event_service),
                                      &waiting)))
        return;
    event = P(exported(waiting, "service_notified"));
    handler = P(exported(waiting, "service_notified"));
    CHECK_STATUS(ERR_STATE, event_install(P(happened), handler, NULL, NULL, &b));
    CHECK_STATUS(ERR_STATE, event_install(event, P(plain_letter), NULL, NULL, &b));
    CHECK(says("created"));
    CHECK_STATUS(ERR_STATE, event_intrinsic(event, &b));
    CHECK(b == NULL);
    CHECK_STATUS(OK, domain_end(&waiting, 1));
    expect("i");
}

/* ---- authorizers ---- */

static struct event_request request;
static struct event_options requested;
static char installer[40], handler_domain[40];
static enum { ALLOW, DENY, IMPOSE, DESTROY, FAULT, NEST } policy;
static binding_t *by_authorizer;

static bool authorizer(const struct event_request *r)
{
    request = *r;
    requested = *r->options;
    strcpy(installer, "kernel");
    if (r->installer != NULL)
        CHECK_STATUS(OK, identity_name(r->installer, installer, sizeof installer));
    if (r->handler_domain != NULL)
        CHECK_STATUS(OK, identity_name(r->handler_domain, handler_domain, sizeof handler_domain));
    switch (policy) {
    case IMPOSE:
        return event_impose_guard(r->binding, P(no), NULL) == OK;
    case DESTROY:
        return event_destroy(r->binding) == OK;
    case FAULT:
        __builtin_trap();
    case NEST:
        policy = DENY;
        return event_install(P(happened), P(plain_letter), NULL, NULL, &by_authorizer) ==
               ERR_NOT_AUTHORIZED;
    default:
        return policy == ALLOW;
    }
}

static bool no_authorizer(struct event_request *r, int more)
{
    return r != NULL && more != 0;
}

TEST(the_authorizer_sees_who_wants_what)
{
    struct event_options options = {.order = EVENT_LAST};
    binding_t *b;

    if (!load())
        return;
    policy = ALLOW;
    CHECK_STATUS(ERR_TYPE, event_set_authorizer(service->notified,
                                                (event_authorizer_t *)(void *)no_authorizer));
    CHECK_STATUS(OK, event_set_authorizer(service->notified, authorizer));
    CHECK_STATUS(OK,
                 guest->install(service->notified, guest->handle, guest->guard_odd, &options, &b));
    CHECK(request.event == service->notified && request.handler == guest->handle);
    CHECK(request.guard == guest->guard_odd && request.binding == b);
    CHECK_EQUAL(EVENT_LAST, requested.order);
    CHECK(strcmp(installer, "event_guest") == 0 && strcmp(handler_domain, "event_guest") == 0);
    CHECK_STATUS(OK, guest->destroy(b));
    CHECK_STATUS(OK, event_set_authorizer(service->notified, NULL));
    unload();
}

TEST(an_authorizer_denies_imposes_faults_and_destroys)
{
    binding_t *b = NULL;

    if (!load())
        return;
    CHECK_STATUS(OK, event_set_authorizer(service->notified, authorizer));
    policy = DENY;
    CHECK_STATUS(ERR_NOT_AUTHORIZED,
                 guest->install(service->notified, guest->handle, NULL, NULL, &b));
    CHECK(says("service_notified"));
    policy = FAULT;
    CHECK_STATUS(ERR_NOT_AUTHORIZED,
                 guest->install(service->notified, guest->handle, NULL, NULL, &b));
    CHECK(says("faulted"));
    policy = DESTROY;
    CHECK_STATUS(ERR_NOT_AUTHORIZED,
                 guest->install(service->notified, guest->handle, NULL, NULL, &b));
    CHECK(says("destroyed the binding"));
    CHECK(b == NULL);
    CHECK_EQUAL(1, list_all(service->notified));
    policy = IMPOSE;
    CHECK_STATUS(OK, guest->install(service->notified, guest->handle, NULL, NULL, &b));
    *guest->seen = 0;
    service->notify(1);
    CHECK_EQUAL(0, *guest->seen);
    CHECK_STATUS(ERR_NOT_AUTHORIZED, guest->lift_guard(b, P(no), NULL));
    CHECK_STATUS(OK, event_lift_guard(b, P(no), NULL));
    service->notify(1);
    CHECK_EQUAL(1, *guest->seen);
    CHECK_STATUS(ERR_NOT_FOUND, event_lift_guard(b, P(no), NULL));
    unload();
}

TEST(with_an_authorizer_who_is_not_linked_may_ask)
{
    binding_t *b = NULL;

    if (!load())
        return;
    policy = ALLOW;
    CHECK_STATUS(OK, event_set_authorizer(service->asked, authorizer));
    CHECK_STATUS(OK, guest->install(service->asked, guest->handle_asked, NULL, NULL, &b));
    CHECK_EQUAL(101, service->ask(1));
    policy = DENY;
    CHECK_STATUS(OK, guest->uninstall(b));
    CHECK_STATUS(OK, guest->activate(b)); /* not asked again */
    CHECK_EQUAL(101, service->ask(1));
    unload();
}

TEST(an_authorizer_may_install)
{
    binding_t *b = NULL;

    policy = NEST;
    CHECK_STATUS(OK, event_set_authorizer(P(happened), authorizer));
    CHECK_STATUS(OK, event_install(P(happened), P(plain_letter), NULL, NULL, &b));
    CHECK_STATUS(OK, event_set_authorizer(P(happened), NULL));
    expect("ip");
    destroy(&b, 1);
}

/* ---- who calls ---- */

static identity_t *note_self(void)
{
    free(malloc(1)); /* which says that somebody else calls */
    note('h');
    return NULL;
}

/* The body runs last, so its result is the event's. */
TEST(the_body_of_an_event_that_asks_who_calls_is_told)
{
    if (!load())
        return;
    for (enum event_terms terms = EVENT_AS_USUAL; terms <= EVENT_LOOP; terms++) {
        identity_t *before = guest->ask_self(), *other = service->ask_self();
        binding_t *b = NULL;

        CHECK(before != NULL && other != NULL && before != other);
        event_dispatch_all_as(terms);
        CHECK_STATUS(OK, event_install(P(guest->self), P(note_self), NULL,
                                       &(struct event_options){.order = EVENT_FIRST}, &b));
        CHECK(guest->ask_self() == before);
        CHECK(ran("h"));
        CHECK(service->ask_self() == other);
        CHECK(ran("h"));
        CHECK_STATUS(OK, event_destroy(b));
        CHECK(guest->ask_self() == before);
        CHECK(ran(""));
    }
    event_dispatch_all_as(EVENT_AS_USUAL);
    unload();
}

static EVENT identity_t *who(void)
{
    return NULL;
}

TEST(a_handler_that_asks_who_calls_is_called_in_its_makers_name)
{
    binding_t *b = NULL, *body;
    identity_t *me;

    if (!load())
        return;
    policy = ALLOW;
    CHECK_STATUS(OK, event_set_authorizer(P(who), authorizer));
    CHECK_STATUS(OK, guest->install(P(who), P(guest->self), NULL, NULL, &b));
    CHECK(who() == guest->ask_self());
    CHECK_STATUS(ERR_UNSUPPORTED, guest->install(P(who), P(service->self), NULL, NULL, &body));
    CHECK(says("must know who calls"));
    me = identity_self();
    CHECK_STATUS(OK, guest->destroy(b));
    CHECK_STATUS(OK, event_install(P(who), P(identity_self), NULL, NULL, &b));
    CHECK(who() == me);
    CHECK_STATUS(OK, event_destroy(b));
    CHECK_STATUS(OK, event_set_authorizer(P(who), NULL));
    unload();
}

/* ---- domains that go ---- */

TEST(a_domain_takes_its_bindings_with_it)
{
    procedure_t digit;
    binding_t *b[5];

    if (!load())
        return;
    digit = *(const procedure_t *)exported(domains[1], "guest_digit");
    CHECK_STATUS(OK, service->install(service->notified, service->handle, NULL, NULL, &b[4]));
    CHECK_STATUS(OK, guest->impose_guard(b[4], digit, NULL)); /* the kernel's, but imposed by it */
    CHECK_STATUS(OK, guest->install(service->notified, guest->handle, NULL, NULL, &b[0]));
    CHECK_STATUS(OK, service->install(service->notified, service->handle, NULL, NULL, &b[1]));
    CHECK_STATUS(OK, event_impose_guard(b[1], guest->guard_odd, NULL)); /* its own are not enough */
    CHECK_STATUS(OK, service->create(service->notified, service->handle, NULL, NULL, &b[2]));
    CHECK_STATUS(OK, guest->impose_guard(b[2], guest->guard_odd, NULL));
    CHECK_STATUS(OK, event_install(P(happened), guest->handle, NULL, NULL, &b[3]));
    CHECK_STATUS(OK, event_set_default_handler(service->notified, guest->handle, NULL));
    event_forget_domain(domains[1]);
    for (unsigned i = 0; i < 5; i++)
        CHECK_STATUS(ERR_BAD_CAPABILITY, event_activate(b[i]));
    *guest->seen = *service->seen = 0;
    service->notify(7);
    happened('i');
    CHECK(ran("i"));
    CHECK_EQUAL(0, *guest->seen);
    CHECK_EQUAL(0, *service->seen);
    CHECK_EQUAL(1, *service->n_notified);
    unload();
}

TEST(what_a_domain_imposed_on_a_body_is_lifted_when_it_goes)
{
    binding_t *body;

    if (!load())
        return;
    CHECK_STATUS(OK, service->intrinsic(service->notified, &body));
    CHECK_STATUS(OK, event_impose(body, guest->guard_odd, NULL, guest->handle, NULL));
    CHECK_STATUS(OK, service->impose_guard(body, service->guard_odd, NULL));
    CHECK_STATUS(OK, event_impose_guard(body, guest->guard_no, NULL));
    service->notify(1);
    CHECK_EQUAL(0, *service->n_notified);
    event_forget_domain(domains[1]);
    service->notify(1);
    CHECK_EQUAL(1, *service->n_notified);
    service->notify(2);
    CHECK_EQUAL(1, *service->n_notified);
    CHECK_STATUS(OK, service->lift_guard(body, service->guard_odd, NULL));
    service->notify(2);
    CHECK_EQUAL(2, *service->n_notified);
    CHECK_STATUS(ERR_NOT_FOUND, service->lift_guard(body, service->guard_odd, NULL));
    unload();
}

TEST(a_domains_events_go_with_all_that_others_have_on_them)
{
    binding_t *b[2], *body;

    if (!load())
        return;
    CHECK_STATUS(OK, event_install(guest->notified, P(plain_letter), NULL, NULL, &b[0]));
    CHECK_STATUS(OK, event_install(guest->asked, service->handle_asked, NULL, NULL, &b[1]));
    CHECK_STATUS(OK, guest->intrinsic(guest->asked, &body));
    CHECK_STATUS(OK, guest->uninstall(body));
    CHECK_EQUAL(101, guest->ask(1));
    event_forget_domain(domains[1]);
    CHECK_EQUAL(2, guest->ask(1));
    CHECK_STATUS(ERR_BAD_CAPABILITY, event_activate(b[0]));
    CHECK_STATUS(ERR_BAD_CAPABILITY, event_activate(b[1]));
    CHECK_STATUS(ERR_BAD_CAPABILITY, event_activate(body));
    CHECK(event_at((vaddr_t)guest->asked) == NULL);
    unload();
}

TEST(an_event_that_loses_its_answer_gets_its_own_back)
{
    binding_t *b, *body;

    if (!load())
        return;
    CHECK_STATUS(OK, service->intrinsic(service->asked, &body));
    CHECK_STATUS(OK, event_install(service->asked, guest->handle_asked, NULL, NULL, &b));
    CHECK_STATUS(OK, service->uninstall(body));
    CHECK_EQUAL(101, service->ask(1));
    event_forget_domain(domains[1]);
    CHECK_EQUAL(2, service->ask(1));
    CHECK_STATUS(OK, event_set_default_handler(service->asked, guest->handle_asked, NULL));
    CHECK_STATUS(OK, service->uninstall(body));
    CHECK_EQUAL(101, service->ask(1));
    event_forget_domain(domains[1]);
    CHECK_EQUAL(2, service->ask(1));
    unload();
}

TEST(without_memory_a_domain_goes_too)
{
    for (unsigned n = 1; n < 12; n++) {
        binding_t *b, *body;

        if (!load())
            return;
        CHECK_STATUS(OK, service->intrinsic(service->asked, &body));
        CHECK_STATUS(OK, guest->install(service->notified, guest->handle, NULL, NULL, &b));
        CHECK_STATUS(OK, event_install(service->asked, guest->handle_asked, NULL, NULL, &b));
        CHECK_STATUS(OK, service->install(service->asked, service->handle_asked, NULL, NULL, &b));
        CHECK_STATUS(OK, service->uninstall(body));
        CHECK_STATUS(
            OK, event_install(service->notified, service->handle, service->guard_odd, NULL, &b));
        inject_set(n);
        event_forget_domain(domains[1]);
        inject_set(0);
        CHECK(service->ask(1) == 101 || service->ask(1) == 2);
        *guest->seen = 0;
        service->notify(5);
        CHECK_EQUAL(0, *guest->seen);
        CHECK_EQUAL(1, *service->n_notified);
        unload();
    }
}

/* ---- memory ---- */

struct attempt {
    binding_t *a, *b, *c;
};

static const struct event_options closed = {.handler_closure = (void *)'n'};

/* The rest is to succeed. */
static status_t over(status_t status, unsigned *left)
{
    *left = inject_left();
    inject_set(0);
    return status;
}

static status_t try_install(struct attempt *attempt, unsigned *left)
{
    status_t status =
        over(event_install(P(happened), P(letter), P(yes), &closed, &attempt->c), left);

    return status == OK ? event_destroy(attempt->c) : status;
}

static status_t try_first_install(struct attempt *attempt, unsigned *left)
{
    status_t status =
        over(event_install(P(handles_loudly), P(letter), P(yes), &closed, &attempt->c), left);

    return status == OK ? event_destroy(attempt->c) : status;
}

static status_t try_uninstall(struct attempt *attempt, unsigned *left)
{
    status_t status = over(event_uninstall(attempt->a), left);

    return status == OK ? event_activate(attempt->a) : status;
}

static status_t try_swap(struct attempt *attempt, unsigned *left)
{
    binding_t *const add[] = {attempt->b, intrinsic_too}, *const remove[] = {attempt->a,
                                                                             intrinsic_too};
    status_t status = over(event_swap(remove, 2, add, 2), left);

    return status == OK ? event_swap(&attempt->b, 1, &attempt->a, 1) : status;
}

static status_t try_impose(struct attempt *attempt, unsigned *left)
{
    status_t status = over(event_impose(attempt->a, P(yes), NULL, P(no), NULL), left);

    return status == OK ? event_lift_guard(attempt->a, P(yes), NULL) : status;
}

static status_t try_default_handler(struct attempt *attempt, unsigned *left)
{
    status_t status = over(event_set_default_handler(P(happened), P(letter), attempt), left);

    return status == OK ? event_set_default_handler(P(happened), NULL, NULL) : status;
}

static void told(void)
{
}

static status_t try_result_handler(struct attempt *attempt, unsigned *left)
{
    status_t status = over(event_set_result_handler(P(happened), P(told), NULL), left);

    (void)attempt;
    return status == OK ? event_set_result_handler(P(happened), NULL, NULL) : status;
}

static status_t try_default_result(struct attempt *attempt, unsigned *left)
{
    status_t status = over(event_set_default_result(P(asked), &five), left);

    (void)attempt;
    return status == OK ? event_set_default_result(P(asked), NULL) : status;
}

static status_t try_count(struct attempt *attempt, unsigned *left)
{
    status_t status = over(event_count(P(happened), true), left);

    (void)attempt;
    return status == OK ? event_count(P(happened), false) : status;
}

static size_t heap_in_use(void)
{
    struct memory_use use;

    quiescence_collect();
    domain_rest_all();
    memory_use(&use);
    return use.heap_bytes;
}

static void check_memory(const char *what,
                         status_t (*attempt)(struct attempt *attempt, unsigned *left))
{
    unsigned left = 0;

    for (unsigned n = 1; n < 1000 && left == 0; n++) {
        size_t before = heap_in_use();
        struct attempt with = {.a = install('a', EVENT_ANY, NULL),
                               .b = install('b', EVENT_ANY, NULL)};
        status_t status;

        CHECK_STATUS(OK, event_uninstall(with.b));
        inject_set(n);
        status = attempt(&with, &left);
        CHECK(status == OK || (status == ERR_NO_MEMORY && left == 0));
        expect("ia");
        destroy((binding_t *const[]){with.a, with.b}, 2);
        if (!CHECK_EQUAL(before, heap_in_use()))
            printf("    #   %s, allocation %u: %s\n", what, n, status_explain());
    }
    CHECK(left != 0);
}

TEST(without_memory_nothing_changes)
{
    check_memory("install", try_install);
    check_memory("first install", try_first_install);
    check_memory("uninstall", try_uninstall);
    check_memory("swap", try_swap);
    check_memory("impose", try_impose);
    check_memory("default handler", try_default_handler);
    check_memory("result handler", try_result_handler);
    check_memory("default result", try_default_result);
    check_memory("count", try_count);
}

/* The second event fails when the plan of the first is made already. */
TEST(a_plan_that_was_not_used_leaves_nothing_to_the_next)
{
    binding_t *b[4], *too[2];
    unsigned left = 0;

    for (unsigned i = 0; i < 4; i++)
        b[i] = install((char)('a' + i), EVENT_ANY, NULL);
    for (unsigned i = 0; i < 2; i++)
        too[i] = install_on(P(happened_too), 'x', EVENT_ANY, NULL);
    for (unsigned n = 1; n < 100 && left == 0; n++) {
        binding_t *const both[] = {b[0], too[0]};

        CHECK_STATUS(OK, event_swap(too, 2, NULL, 0)); /* its plan has no memory to be made in */
        CHECK_STATUS(OK, event_swap(NULL, 0, too, 2));
        CHECK_STATUS(OK, event_swap(&b[3], 1, &b[3], 1));
        inject_set(n);
        if (over(event_swap(both, 2, NULL, 0), &left) == OK)
            CHECK_STATUS(OK, event_swap(&b[1], 3, (binding_t *const[]){b[0], b[1], b[2], b[3]}, 4));
        CHECK_STATUS(OK, event_swap(&b[3], 1, &b[3], 1));
        expect("iabcd");
    }
    CHECK(left != 0);
    destroy(b, 4);
    destroy(too, 2);
}

TEST(bindings_are_charged_to_who_makes_them)
{
    binding_t *b;
    int32_t left;
    struct owner *owner;
    unsigned n = 0;

    if (!load())
        return;
    owner = &owners[domains[1]->image.memory.owner];
    left = owner->left;
    CHECK_STATUS(OK, guest->create(service->notified, guest->handle, NULL, NULL, &b));
    CHECK(owner->left < (int32_t)left);
    CHECK_STATUS(OK, guest->destroy(b));
    CHECK_EQUAL(left, owner->left);
    owner->left = 10000;
    while (n < 1000 && guest->create(service->notified, guest->handle, NULL, NULL, &b) == OK)
        n++;
    CHECK(n > 10 && n < 100);
    CHECK(says("quota"));
    owner->left += left - 10000;
    unload();
}

TEST(thousands_of_bindings_do_no_harm)
{
    static binding_t *b[MANY];

    for (unsigned i = 0; i < MANY; i++) {
        const struct event_options options = {.handler_closure = (void *)'t', .order = i % 3};

        if (!CHECK_STATUS(OK, event_create(P(happened), P(letter), i % 2 == 0 ? P(no) : NULL,
                                           &options, &b[i])))
            return;
    }
    CHECK_STATUS(OK, event_swap(NULL, 0, b, MANY));
    happened('i');
    CHECK_EQUAL(sizeof trace - 1, n_traced);
    n_traced = 0;
    trace[0] = 0;
    CHECK_STATUS(OK, event_swap(b, MANY - 1, NULL, 0));
    expect("it");
    for (unsigned i = 0; i < MANY; i++)
        if (!CHECK_STATUS(OK, event_destroy(b[i])))
            return;
    expect("i");
}
