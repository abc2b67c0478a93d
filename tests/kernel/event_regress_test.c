/*
 * SPIN's regress tests of the dispatcher (reg/disp) as Whorl's own: each row, in each form that an event can be dispatched
 * in. Where Whorl differs on purpose the row says so.
 */
#include <stdio.h>
#include <string.h>
#include <whorl/event.h>
#include <whorl/strand.h>

#include "kernel/backtrace.h"
#include "kernel/event/event.h"
#include "kernel/fault.h"
#include "kernel/quiescence.h"
#include "kernel/owner.h"
#include "kernel/strand/strand.h"
#include "kernel/test.h"

SUITE("event_regress");

#define ROW(row)                           \
    static void row##_row(void);           \
    FORM(row, looped, EVENT_LOOP)          \
    FORM(row, compiled, EVENT_COMPILED)    \
    FORM(row, called, EVENT_NO_INLINING)   \
    FORM(row, without_tree, EVENT_NO_TREE) \
    FORM(row, as_usual, EVENT_AS_USUAL)    \
    static void row##_row(void)

#define FORM(row, form, terms)                 \
    TEST(row##_##form)                         \
    {                                          \
        event_dispatch_all_as(terms);          \
        dispatch_as(terms);                    \
        row##_row();                           \
        event_dispatch_all_as(EVENT_AS_USUAL); \
    }

static void dispatch_as(enum event_terms terms);

#define P(procedure) ((procedure_t)(procedure))
#define MOST 16

static binding_t *installed[MOST];
static unsigned n_installed;
static int n_runs;

static binding_t *install(procedure_t event, procedure_t handler, procedure_t guard,
                          const struct event_options *options)
{
    binding_t *binding = NULL;

    if (CHECK_STATUS(OK, event_install(event, handler, guard, options, &binding)))
        installed[n_installed++] = binding;
    else
        printf("    #   %s\n", status_explain());
    return binding;
}

static void destroy_all(void)
{
    while (n_installed > 0)
        CHECK_STATUS(OK, event_destroy(installed[--n_installed]));
}

static int runs(void)
{
    int n = n_runs;

    n_runs = 0;
    return n;
}

/* ---- args ---- */

#define SAME_0 true
#define SAME_1 SAME_0 &&a1 == 101
#define SAME_2 SAME_1 &&a2 == 102
#define SAME_3 SAME_2 &&a3 == 103
#define SAME_4 SAME_3 &&a4 == 104
#define SAME_5 SAME_4 &&a5 == 105
#define SAME_6 SAME_5 &&a6 == 106
#define SAME_7 SAME_6 &&a7 == 107
#define SAME_8 SAME_7 &&a8 == 108
#define SAME_9 SAME_8 &&a9 == 109
#define SAME_10 SAME_9 &&a10 == 110

#define LIST_1 int a1
#define LIST_2 LIST_1, int a2
#define LIST_3 LIST_2, int a3
#define LIST_4 LIST_3, int a4
#define LIST_5 LIST_4, int a5
#define LIST_6 LIST_5, int a6
#define LIST_7 LIST_6, int a7
#define LIST_8 LIST_7, int a8
#define LIST_9 LIST_8, int a9
#define LIST_10 LIST_9, int a10

#define VALUES_1 101
#define VALUES_2 VALUES_1, 102
#define VALUES_3 VALUES_2, 103
#define VALUES_4 VALUES_3, 104
#define VALUES_5 VALUES_4, 105
#define VALUES_6 VALUES_5, 106
#define VALUES_7 VALUES_6, 107
#define VALUES_8 VALUES_7, 108
#define VALUES_9 VALUES_8, 109
#define VALUES_10 VALUES_9, 110

/* With 0 to 10 arguments: an event, a handler, and those with a closure; each counts if all it gets is right. */
#define WITH_EACH(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10)

static int cell; /* what closures point to */

static EVENT void event_0(void)
{
    n_runs++;
}

static void handler_0(void)
{
    n_runs++;
}

static void closure_handler_0(void *closure)
{
    n_runs += closure == &cell;
}

static void null_handler_0(void *closure)
{
    n_runs += closure == NULL;
}

static bool guard_0(void *closure)
{
    return closure == &cell;
}

static void raise_0(void)
{
    event_0();
}

#define DEFINE(n)                                            \
    static EVENT void event_##n(LIST_##n)                    \
    {                                                        \
        n_runs += SAME_##n;                                  \
    }                                                        \
    static void handler_##n(LIST_##n)                        \
    {                                                        \
        n_runs += SAME_##n;                                  \
    }                                                        \
    static void closure_handler_##n(void *closure, LIST_##n) \
    {                                                        \
        n_runs += (closure == &cell) && SAME_##n;            \
    }                                                        \
    static void null_handler_##n(void *closure, LIST_##n)    \
    {                                                        \
        n_runs += (closure == NULL) && SAME_##n;             \
    }                                                        \
    static bool guard_##n(void *closure, LIST_##n)           \
    {                                                        \
        return (closure == &cell) && SAME_##n;               \
    }                                                        \
    static void raise_##n(void)                              \
    {                                                        \
        event_##n(VALUES_##n);                               \
    }
WITH_EACH(DEFINE)

static const struct arity {
    procedure_t event, handler, closure_handler, null_handler, guard;
    void (*raise)(void);
} arities[] = {
#define ENTRY(n)                                                  \
    {P(event_##n),        P(handler_##n), P(closure_handler_##n), \
     P(null_handler_##n), P(guard_##n),   raise_##n},
    ENTRY(0) WITH_EACH(ENTRY)};

ROW(arguments_arrive_unchanged)
{
    for (unsigned n = 0; n <= 10; n++) {
        const struct arity *with = &arities[n];
        binding_t *again;

        with->raise();
        CHECK_EQUAL(1, runs());
        again = install(with->event, with->event, NULL, NULL);
        with->raise();
        CHECK_EQUAL(2, runs());
        (void)install(with->event, with->handler, NULL, NULL);
        with->raise();
        CHECK_EQUAL(3, runs());
        CHECK_STATUS(OK, event_uninstall(again));
        with->raise();
        CHECK_EQUAL(2, runs());
        destroy_all();
        with->raise();
        CHECK_EQUAL(1, runs());
    }
}

/* ---- asynch ---- */

/* Strands end in their own time, and only then all is given back. */
static void let_strands_end(void)
{
    for (unsigned i = 0; i < 1000 && strand_count(owner_of_code((vaddr_t)handler_1)) > 0; i++)
        CHECK_STATUS(OK, strand_sleep(100));
    CHECK_STATUS(OK, strand_sleep(100)); /* whoever runs next gives back the last one's memory */
    quiescence_collect();
}

ROW(asynchronous_handlers_run_when_their_strand_does)
{
    static const struct event_options async = {.async = true};
    binding_t *binding = install(P(event_1), P(handler_1), NULL, &async);

    raise_1();
    CHECK_EQUAL(1, runs());
    CHECK_STATUS(OK, event_drain(binding));
    CHECK_EQUAL(1, runs());
    destroy_all();
    let_strands_end();
}

/* ---- cancel ---- */

static bool yes(void)
{
    return true;
}

static bool no(void)
{
    return false;
}

static void install_four(unsigned cancelling, enum event_order order, procedure_t guards[4])
{
    for (unsigned i = 0; i < 4; i++) {
        struct event_options options = {.cancel = i == cancelling,
                                        .order = i == cancelling ? order : EVENT_ANY};

        (void)install(P(event_2), P(handler_2), guards[i], &options);
    }
    raise_2();
    destroy_all();
}

ROW(a_handler_that_cancels_ends_the_raise)
{
    procedure_t none[4] = {0}, all_no[4] = {P(no), P(no), P(no), P(no)};
    procedure_t half[4] = {P(yes), P(no), P(yes), P(no)};

    install_four(0, EVENT_FIRST, none);
    CHECK_EQUAL(1, runs());
    install_four(1, EVENT_ANY, none);
    CHECK_EQUAL(3, runs());
    install_four(1, EVENT_ANY, all_no);
    CHECK_EQUAL(1, runs());
    install_four(3, EVENT_ANY, half);
    CHECK_EQUAL(3, runs());
}

/* ---- closure ---- */

ROW(closures_come_first)
{
    static const unsigned counts[] = {0, 2, 5, 10};
    const struct event_options both = {.handler_closure = &cell, .guard_closure = &cell};
    const struct event_options wrong = {.handler_closure = &cell, .guard_closure = &n_runs};

    for (unsigned i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const struct arity *with = &arities[counts[i]];

        (void)install(with->event, with->handler, NULL, NULL);
        (void)install(with->event, with->closure_handler, with->guard, &both);
        (void)install(with->event, with->null_handler, NULL, NULL);
        (void)install(with->event, with->closure_handler, with->guard, &wrong);
        (void)install(with->event, with->handler, NULL, NULL);
        with->raise();
        CHECK_EQUAL(5, runs());
        destroy_all();
    }
}

/* ---- except: a fault goes to who contained the raise; what would have followed does not run ---- */

static void faulty_handler(int a1)
{
    n_runs += 10 * (a1 == 101);
    __builtin_trap();
}

static void raise_contained(void *closure)
{
    (void)closure;
    raise_1();
}

ROW(a_fault_of_a_handler_reaches_the_raiser)
{
    binding_t *faulty = install(P(event_1), P(faulty_handler), NULL, NULL);

    CHECK_STATUS(ERR_FAULT, fault_contain(raise_contained, NULL));
    CHECK_EQUAL(11, runs());
    (void)install(P(event_1), P(handler_1), NULL, NULL);
    CHECK_STATUS(ERR_FAULT, fault_contain(raise_contained, NULL));
    CHECK_EQUAL(11, runs());
    CHECK_STATUS(OK, event_uninstall(faulty));
    raise_1();
    CHECK_EQUAL(2, runs());
    destroy_all();
}

/* ---- guardeval: each guard is asked when its handler's turn comes ---- */

static int stage;

static EVENT void staged(int a1)
{
    (void)a1;
    stage = 1;
}

#define STAGE(n)                         \
    static bool is_stage_##n(void)       \
    {                                    \
        return stage == n;               \
    }                                    \
    static void handle_stage_##n(int a1) \
    {                                    \
        (void)a1;                        \
        stage = n + 1;                   \
        n_runs++;                        \
    }
STAGE(1)
STAGE(2)
STAGE(3)

ROW(guards_see_what_handlers_before_them_did)
{
    stage = 0;
    (void)install(P(staged), P(handle_stage_1), P(is_stage_1), NULL);
    (void)install(P(staged), P(handle_stage_2), P(is_stage_2), NULL);
    (void)install(P(staged), P(handle_stage_3), P(is_stage_3), NULL);
    staged(1);
    CHECK_EQUAL(3, runs());
    CHECK_EQUAL(4, stage);
    destroy_all();
}

/* ---- impose ---- */

ROW(all_imposed_guards_must_hold)
{
    for (unsigned n = 1; n <= 6; n++) {
        int wanted = 1;

        for (unsigned i = 0; i < n; i++) {
            binding_t *b = install(P(event_2), P(handler_2), i % 3 == 0 ? P(no) : P(yes), NULL);

            CHECK_STATUS(OK, event_impose_guard(b, i % 2 == 0 ? P(yes) : P(no), NULL));
            wanted += i % 3 != 0 && i % 2 == 0;
        }
        raise_2();
        CHECK_EQUAL(wanted, runs());
        destroy_all();
    }
}

ROW(one_of_five_imposed_guards_is_enough_to_refuse)
{
    binding_t *b = install(P(event_2), P(handler_2), P(yes), NULL);

    for (unsigned i = 0; i < 5; i++)
        CHECK_STATUS(OK, event_impose_guard(b, i == 2 ? P(no) : P(yes), NULL));
    raise_2();
    CHECK_EQUAL(1, runs());
    CHECK_STATUS(OK, event_lift_guard(b, P(no), NULL));
    raise_2();
    CHECK_EQUAL(2, runs());
    destroy_all();
}

/* ---- invoke ---- */

ROW(each_handler_whose_guard_holds_runs_once)
{
    procedure_t guards[] = {NULL, P(yes), P(no)};

    for (unsigned n = 1; n <= 12; n++) {
        for (unsigned k = 0; k < 3; k++) {
            for (unsigned i = 0; i < n; i++)
                (void)install(P(event_3), P(handler_3), guards[k], NULL);
            raise_3();
            CHECK_EQUAL(k == 2 ? 1 : n + 1, runs());
            destroy_all();
        }
        for (unsigned i = 0; i < n; i++)
            (void)install(P(event_3), P(handler_3), i % 3 == 1 ? P(no) : P(yes), NULL);
        raise_3();
        CHECK_EQUAL(1 + n - (n + 1) / 3, runs());
        destroy_all();
    }
}

/* SPIN's KeepStub: there, the address changes with the first installation. */
ROW(pointers_to_an_event_stay_and_raise_it)
{
    void (*volatile pointer)(int) = event_1;

    (void)install(P(event_1), P(handler_1), NULL, NULL);
    CHECK(pointer == event_1);
    pointer(101);
    CHECK_EQUAL(2, runs());
    destroy_all();
    pointer(101);
    CHECK_EQUAL(1, runs());
    CHECK(pointer == event_1);
}

/* ---- linear ---- */

static size_t n_words;

static bool are_right(const uint32_t words[], size_t n)
{
    bool right = n == n_words;

    for (size_t i = 0; i < n; i++)
        right = right && words[i] == 101 + i;
    return right;
}

static void linear_handler(uint32_t words[], size_t n)
{
    n_runs += are_right(words, n);
}

static void linear_closure_handler(void *closure, uint32_t words[], size_t n)
{
    n_runs += closure == &cell && are_right(words, n);
}

ROW(one_linear_handler_takes_any_event)
{
    const struct event_options plain = {.linear = true};
    const struct event_options closure = {.linear = true, .handler_closure = &cell};

    for (n_words = 0; n_words <= 10; n_words++) {
        const struct arity *with = &arities[n_words];

        (void)install(with->event, P(linear_handler), NULL, &plain);
        (void)install(with->event, P(linear_closure_handler), NULL, &closure);
        (void)install(with->event, with->handler, NULL, NULL);
        with->raise();
        CHECK_EQUAL(4, runs());
        destroy_all();
    }
}

/* ---- noinvoke: an event with a result is never left without an answer ---- */

static EVENT int answer(int a1)
{
    n_runs++;
    return a1 + 1;
}

static int handle_answer(int a1)
{
    n_runs++;
    return a1 + 10;
}

static binding_t *intrinsic_event_1, *intrinsic_answer;

/* Records of events whose intrinsic handlers were asked for stay. */
static void __attribute__((constructor)) ask_for_intrinsic_handlers(void)
{
    if (event_intrinsic(P(event_1), &intrinsic_event_1) != OK ||
        event_intrinsic(P(answer), &intrinsic_answer) != OK)
        printf("%s\n", status_explain());
}

static void dispatch_as(enum event_terms terms)
{
    CHECK_STATUS(OK, event_dispatch_as(P(event_1), terms));
    CHECK_STATUS(OK, event_dispatch_as(P(answer), terms));
}

static void expect_no_answer_refused(procedure_t guard)
{
    for (unsigned i = 0; i < 3; i++)
        (void)install(P(answer), P(handle_answer), guard, NULL);
    CHECK_STATUS(ERR_STATE, event_uninstall(intrinsic_answer));
    CHECK(strstr(status_explain(), "answer") != NULL);
    CHECK_EQUAL(guard == P(yes) ? 111 : 102, answer(101));
    CHECK_EQUAL(guard == P(yes) ? 4 : 1, runs());
    destroy_all();
}

ROW(without_result_nothing_need_run)
{
    CHECK_STATUS(OK, event_uninstall(intrinsic_event_1));
    raise_1();
    CHECK_EQUAL(0, runs());
    for (unsigned i = 0; i < 3; i++)
        (void)install(P(event_1), P(handler_1), P(no), NULL);
    raise_1();
    CHECK_EQUAL(0, runs());
    destroy_all();
    for (unsigned i = 0; i < 3; i++)
        (void)install(P(event_1), P(handler_1), P(yes), NULL);
    raise_1();
    CHECK_EQUAL(3, runs());
    CHECK_STATUS(OK, event_activate(intrinsic_event_1));
    raise_1();
    CHECK_EQUAL(4, runs());
    destroy_all();
}

ROW(with_result_an_answer_is_never_missing)
{
    CHECK_STATUS(ERR_STATE, event_uninstall(intrinsic_answer));
    expect_no_answer_refused(P(no));
    expect_no_answer_refused(P(yes));
    (void)install(P(answer), P(handle_answer), NULL, NULL);
    CHECK_STATUS(OK, event_uninstall(intrinsic_answer));
    CHECK_EQUAL(111, answer(101));
    CHECK_EQUAL(1, runs());
    CHECK_STATUS(ERR_STATE, event_destroy(installed[0]));
    CHECK_STATUS(OK, event_activate(intrinsic_answer));
    CHECK_EQUAL(102, answer(101));
    CHECK_EQUAL(2, runs());
    destroy_all();
}

/* ---- post ---- */

static char trace[16];

static void note(char c)
{
    size_t n = strlen(trace);

    if (n < sizeof trace - 1)
        trace[n] = c;
}

static bool traced(const char *wanted)
{
    bool equal = strcmp(trace, wanted) == 0;

    if (!equal)
        printf("    #   %s, not %s\n", trace, wanted);
    memset(trace, 0, sizeof trace);
    return equal;
}

static EVENT void posted(int a1)
{
    note(a1 == 7 ? 'i' : '?');
}

static void handle_posted(int a1)
{
    note(a1 == 7 ? 'h' : '?');
}

static void after_one(int a1)
{
    note(a1 == 7 ? '1' : '?');
}

static void after_two(void *closure)
{
    note(closure == &cell ? '2' : '?');
}

static void after_three(void)
{
    note('3');
}

/* In SPIN only one runs, and also after a refusal. */
ROW(post_procedures_run_after_their_handler)
{
    binding_t *b = install(P(posted), P(handle_posted), P(yes), NULL);

    CHECK_STATUS(OK, event_impose(b, P(yes), NULL, P(after_one), NULL));
    CHECK_STATUS(OK, event_impose(b, NULL, NULL, P(after_two), &cell));
    CHECK_STATUS(OK, event_impose(b, P(yes), NULL, P(after_three), NULL));
    posted(7);
    CHECK(traced("ih321"));
    CHECK_STATUS(OK, event_impose_guard(b, P(no), NULL));
    posted(7);
    CHECK(traced("i"));
    CHECK_STATUS(OK, event_lift_guard(b, P(no), NULL));
    CHECK_STATUS(OK, event_lift_guard(b, NULL, &cell));
    posted(7);
    CHECK(traced("ih31"));
    destroy_all();
}

/* ---- result ---- */

static EVENT bool all_agree(int a1)
{
    return a1 > 0;
}

static bool says_yes(int a1)
{
    return a1 > 0;
}

static bool says_no(int a1)
{
    return a1 < 0;
}

static const bool seed = true;
static int n_lasts;

static void fold_and(bool *final, bool result, bool last, void **argument, int a1)
{
    (void)argument;
    *final = *final && result && a1 == 5;
    n_lasts += last;
}

ROW(results_are_folded)
{
    CHECK_STATUS(OK, event_set_default_result(P(all_agree), &seed));
    CHECK_STATUS(OK, event_set_result_handler(P(all_agree), P(fold_and), NULL));
    for (unsigned n = 2; n <= 4; n++) {
        n_lasts = 0;
        for (unsigned i = 1; i < n; i++)
            (void)install(P(all_agree), P(says_yes), NULL, NULL);
        CHECK(all_agree(5));
        CHECK_EQUAL(1, n_lasts);
        (void)install(P(all_agree), P(says_no), P(no), NULL);
        CHECK(all_agree(5));
        CHECK_EQUAL(2, n_lasts); /* in SPIN it is lost with the last guard */
        (void)install(P(all_agree), P(says_no), NULL, NULL);
        CHECK(!all_agree(5));
        destroy_all();
    }
    CHECK_STATUS(OK, event_set_result_handler(P(all_agree), NULL, NULL));
    CHECK_STATUS(OK, event_set_default_result(P(all_agree), NULL));
}

static int default_answer(void *closure, int a1)
{
    return closure == &cell ? a1 + 1000 : 0;
}

ROW(a_default_handler_answers_when_no_handler_ran)
{
    binding_t *b;

    CHECK_STATUS(OK, event_set_default_handler(P(answer), P(default_answer), &cell));
    CHECK_EQUAL(102, answer(101));
    CHECK_STATUS(OK, event_uninstall(intrinsic_answer));
    CHECK_EQUAL(1101, answer(101));
    b = install(P(answer), P(handle_answer), P(yes), NULL);
    CHECK_EQUAL(111, answer(101));
    CHECK_STATUS(OK, event_uninstall(b));
    CHECK_EQUAL(1101, answer(101));
    CHECK_STATUS(ERR_STATE, event_set_default_handler(P(answer), NULL, NULL));
    CHECK_EQUAL(1101, answer(101));
    CHECK_STATUS(OK, event_activate(intrinsic_answer));
    CHECK_STATUS(OK, event_set_default_handler(P(answer), NULL, NULL));
    CHECK_EQUAL(102, answer(101));
    destroy_all();
    (void)runs();
}

static int usual_answer;

/* In SPIN it does not. */
ROW(a_default_result_answers_when_no_handler_ran)
{
    usual_answer = 4711;
    CHECK_STATUS(OK, event_set_default_result(P(answer), &usual_answer));
    usual_answer = 1;
    CHECK_STATUS(OK, event_uninstall(intrinsic_answer));
    CHECK_EQUAL(4711, answer(101));
    (void)install(P(answer), P(handle_answer), P(no), NULL);
    CHECK_EQUAL(4711, answer(101));
    CHECK_STATUS(ERR_STATE, event_set_default_result(P(answer), NULL));
    CHECK_STATUS(OK, event_activate(intrinsic_answer));
    CHECK_STATUS(OK, event_set_default_result(P(answer), NULL));
    destroy_all();
    (void)runs();
}

/* The number of results so far is the handler's own argument; the closure says how they are scaled. */
static void average(void *closure, int *final, int result, bool last, void **argument, int a1)
{
    unsigned n = (unsigned)*argument;

    (void)a1;
    *final += result;
    *argument = (void *)(n + 1);
    if (last)
        *final = *final * *(const int *)closure / (int)(n + 1);
}

static int two_more(int a1)
{
    return a1 + 2;
}

static int three_more(int a1)
{
    return a1 + 3;
}

static int seven_more(int a1)
{
    return a1 + 7;
}

ROW(an_average_is_kept_through_closure_and_argument)
{
    static int scale = 10000;

    CHECK_STATUS(OK, event_set_result_handler(P(answer), P(average), &scale));
    (void)install(P(answer), P(two_more), NULL, NULL);
    (void)install(P(answer), P(three_more), NULL, NULL);
    (void)install(P(answer), P(seven_more), NULL, NULL);
    CHECK_EQUAL(32500, answer(0));
    CHECK_EQUAL(32500, answer(0));
    destroy_all();
    CHECK_EQUAL(10000, answer(0));
    CHECK_STATUS(OK, event_set_result_handler(P(answer), NULL, NULL));
    (void)runs();
}

ROW(an_event_without_result_has_a_default_handler)
{
    CHECK_STATUS(OK, event_set_default_handler(P(event_1), P(closure_handler_1), &cell));
    raise_1();
    CHECK_EQUAL(1, runs());
    CHECK_STATUS(OK, event_uninstall(intrinsic_event_1));
    raise_1();
    CHECK_EQUAL(1, runs());
    (void)install(P(event_1), P(handler_1), P(no), NULL);
    raise_1();
    CHECK_EQUAL(1, runs());
    CHECK_STATUS(OK, event_set_default_handler(P(event_1), NULL, NULL));
    raise_1();
    CHECK_EQUAL(0, runs());
    CHECK_STATUS(OK, event_activate(intrinsic_event_1));
    destroy_all();
}

static void told(void)
{
    n_lasts++;
}

static void told_closure(void *closure)
{
    n_lasts += closure == &cell;
}

ROW(a_result_handler_may_just_be_told)
{
    n_lasts = 0;
    CHECK_STATUS(OK, event_set_result_handler(P(answer), P(told), NULL));
    (void)install(P(answer), P(two_more), NULL, NULL);
    (void)install(P(answer), P(seven_more), NULL, NULL);
    CHECK_EQUAL(7, answer(0));
    CHECK_EQUAL(3, n_lasts);
    CHECK_STATUS(OK, event_set_result_handler(P(answer), P(told_closure), &cell));
    CHECK_EQUAL(7, answer(0));
    CHECK_EQUAL(6, n_lasts);
    CHECK_STATUS(OK, event_set_result_handler(P(answer), NULL, NULL));
    destroy_all();
    (void)runs();
}

/* ---- save: Whorl has no handlers that take the raiser's registers; what they point to is there ---- */

static struct backtrace seen;

static void look_around(int a1)
{
    (void)a1;
    backtrace_here(&seen);
}

static void __attribute__((noipa)) raise_and_be_seen(void)
{
    raise_1();
    n_runs++;
}

static bool passes(vaddr_t start, size_t size)
{
    for (size_t i = 0; i < seen.n; i++)
        if (seen.code[i] - start < size)
            return true;
    return false;
}

ROW(a_handler_sees_its_raiser_in_the_backtrace)
{
    (void)install(P(event_1), P(look_around), NULL, NULL);
    (void)install(P(event_1), P(handler_1), P(yes), NULL);
    raise_and_be_seen();
    CHECK_EQUAL(3, runs());
    CHECK(passes((vaddr_t)raise_and_be_seen, 64));
    destroy_all();
}

/* ---- type ---- */

struct thing {
    int value;
};

static EVENT int typed(int number, struct thing *thing, const struct thing *constant)
{
    return number + thing->value + constant->value;
}

static int typed_handler(int number, struct thing *thing, const struct thing *constant)
{
    return number - thing->value - constant->value;
}

static int typed_closure_handler(struct thing *closure, int number, struct thing *thing,
                                 const struct thing *constant)
{
    return closure == NULL ? -1 : number + thing->value + constant->value + closure->value;
}

static int more_arguments(int number, struct thing *thing, const struct thing *constant, int more)
{
    return number + thing->value + constant->value + more;
}

static int other_mode(int number, struct thing thing, const struct thing *constant)
{
    return number + thing.value + constant->value;
}

static void other_result(int number, struct thing *thing, const struct thing *constant)
{
    thing->value = number + constant->value;
}

static int unrelated(char *text)
{
    return *text;
}

static int variadic(int number, ...)
{
    return number;
}

static bool typed_guard(int number, struct thing *thing, const struct thing *constant)
{
    return number + thing->value + constant->value > 0;
}

static int integer_guard(void)
{
    return 2;
}

static struct thing *guard_without_truth(void)
{
    return NULL;
}

static bool other_guard(char *text, int number)
{
    return text[number] != 0;
}

static bool closure_guard(void *closure)
{
    return closure == &cell;
}

static struct thing four = {4}, five = {5};

static void expect_accepted(procedure_t handler, procedure_t guard,
                            const struct event_options *options, int wanted)
{
    (void)install(P(typed), handler, guard, options);
    CHECK_EQUAL(wanted, typed(1, &four, &five));
    destroy_all();
}

static void expect_refused(procedure_t handler, procedure_t guard,
                           const struct event_options *options, status_t wanted)
{
    binding_t *binding = NULL;

    CHECK_STATUS(wanted, event_install(P(typed), handler, guard, options, &binding));
    CHECK(status_explain()[0] != 0);
    CHECK(binding == NULL);
    CHECK_EQUAL(10, typed(1, &four, &five));
}

ROW(handlers_of_the_events_type_are_accepted)
{
    const struct event_options closure = {.handler_closure = &five};
    const struct event_options guard_closure = {.guard_closure = &cell};

    expect_accepted(P(typed_handler), NULL, NULL, -8);
    expect_accepted(P(typed_closure_handler), NULL, &closure, 15);
    expect_accepted(P(typed_closure_handler), NULL, NULL, -1);
    expect_accepted(P(typed_handler), P(typed_guard), NULL, -8);
    expect_accepted(P(typed_handler), P(yes), NULL, -8);
    expect_accepted(P(typed_handler), P(integer_guard), NULL, -8);
    expect_accepted(P(typed_handler), P(closure_guard), &guard_closure, -8);
}

ROW(other_types_are_refused)
{
    const struct event_options closure = {.handler_closure = &five};
    const struct event_options guard_closure = {.guard_closure = &cell};

    expect_refused(P(more_arguments), NULL, NULL, ERR_TYPE);
    expect_refused(P(other_mode), NULL, NULL, ERR_TYPE);
    expect_refused(P(other_result), NULL, NULL, ERR_TYPE);
    expect_refused(P(unrelated), NULL, NULL, ERR_TYPE);
    expect_refused(P(typed_handler), NULL, &closure, ERR_TYPE);
    expect_refused(P(typed_handler), P(guard_without_truth), NULL, ERR_TYPE);
    expect_refused(P(typed_handler), P(other_guard), NULL, ERR_TYPE);
    expect_refused(P(typed_handler), P(yes), &guard_closure, ERR_TYPE);
    expect_refused(P(variadic), NULL, NULL, ERR_UNSUPPORTED);
}
