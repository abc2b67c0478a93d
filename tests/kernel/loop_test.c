/* The plain loop: raises through its entries, against the model of dispatching and by hand. */
#include "kernel/event/loop.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kernel/backtrace.h"
#include "kernel/fault.h"
#include "kernel/test.h"
#include "tests/host/random.h"
#include "tests/kernel/dispatch/model.h"

SUITE("loop");

#define N_PLANS 2000
#define N_FAULTY_PLANS 500
#define N_RAISES 6

/* ---- random plans ---- */

static struct model model;

typedef bool make_t(struct model *model, uint32_t seed, model_facts_t *find);

static bool plan_agrees(make_t *make, uint32_t seed)
{
    const char *wrong = NULL;
    uint32_t raise = seed ^ 0x5a5a5a5a;

    if (!CHECK(make(&model, seed, NULL)))
        return false;
    loop_set(0, model_plan(&model));
    for (unsigned i = 0; i < N_RAISES && wrong == NULL; i++)
        wrong = model_raise(&model, loop_entry(0), random_next(&raise) | 1);
    if (!CHECK(wrong == NULL)) {
        printf("# seed 0x%08x: %s\n", (unsigned)seed, wrong);
        model_print(&model, stdout);
    }
    model_free(&model);
    return wrong == NULL;
}

static void plans_agree(make_t *make, unsigned n)
{
    uint32_t seed = 0x10090001;

    for (unsigned i = 0; i < n; i++)
        if (!plan_agrees(make, random_next(&seed)))
            break;
}

TEST(random_plans_do_what_the_model_says)
{
    plans_agree(model_make, N_PLANS);
}

TEST(what_faults_in_random_plans_is_passed_over)
{
    plans_agree(model_make_faulty, N_FAULTY_PLANS);
}

/* ---- plans by hand ---- */

#define TARGET(f, how) ((struct target){.procedure = (vaddr_t)(f), .passing = (how)})

#define OLD 0
#define NEW 1
#define INNER (LOOP_ENTRIES - 1)

static unsigned n_old, n_new;
static bool was_using[2];

static void raise(unsigned number)
{
    ((void (*)(void))loop_entry(number))();
}

TEST(an_entry_is_known_by_its_address)
{
    unsigned number;

    for (unsigned i = 0; i < LOOP_ENTRIES; i++) {
        CHECK(loop_entry_at(loop_entry(i), &number) && number == i);
        CHECK(loop_entry_at(loop_entry(i) + 4, &number) && number == i);
    }
    CHECK(!loop_entry_at(loop_entry(0) - 4, &number));
    CHECK(!loop_entry_at(loop_entry(LOOP_ENTRIES), &number));
}

/* ---- plans that are switched ---- */

static struct dispatch old_plan, new_plan;

static void count_old(void)
{
    n_old++;
}

static void count_new(void)
{
    n_new++;
}

static void switch_plan(void)
{
    loop_set(OLD, &new_plan);
    was_using[OLD] = loop_is_using(&old_plan);
    was_using[NEW] = loop_is_using(&new_plan);
    if (n_old++ == 0)
        raise(OLD);
}

static const struct dispatch_binding old_bindings[] = {
    {.handler = TARGET(switch_plan, PASS_ARGUMENTS)},
    {.handler = TARGET(count_old, PASS_ARGUMENTS)},
};
static const struct dispatch_binding new_bindings[] = {
    {.handler = TARGET(count_new, PASS_ARGUMENTS)},
};

TEST(a_raise_ends_with_the_plan_that_it_began_with)
{
    old_plan = (struct dispatch){.bindings = old_bindings, .n = 2};
    new_plan = (struct dispatch){.bindings = new_bindings, .n = 1};
    n_old = n_new = 0;
    loop_set(OLD, &old_plan);
    raise(OLD);
    CHECK_EQUAL(2, n_old);
    CHECK_EQUAL(1, n_new);
    CHECK(was_using[OLD] && !was_using[NEW]);
    CHECK(!loop_is_using(&old_plan));
    raise(OLD);
    CHECK_EQUAL(2, n_old);
    CHECK_EQUAL(2, n_new);
}

/* ---- faults ---- */

static struct dispatch inner_plan, outer_plan;

static void fault(void)
{
    was_using[0] = loop_is_using(&inner_plan);
    *(volatile int *)NULL = 1;
}

static void raise_inner(void *closure)
{
    (void)closure;
    raise(INNER);
}

static void contain_inner(void)
{
    CHECK_STATUS(ERR_FAULT, fault_contain(raise_inner, NULL));
    CHECK(was_using[0]);
    CHECK(!loop_is_using(&inner_plan));
    CHECK(loop_is_using(&outer_plan));
}

static const struct dispatch_binding faulting[] = {{.handler = TARGET(fault, PASS_ARGUMENTS)}};
static const struct dispatch_binding containing[] = {
    {.handler = TARGET(contain_inner, PASS_ARGUMENTS)}};

TEST(a_raise_that_a_fault_ended_uses_nothing)
{
    inner_plan = (struct dispatch){.bindings = faulting, .n = 1};
    outer_plan = (struct dispatch){.bindings = containing, .n = 1};
    loop_set(INNER, &inner_plan);
    loop_set(NEW, &outer_plan);
    raise(NEW);
    CHECK(!loop_is_using(&outer_plan));
    CHECK_STATUS(ERR_FAULT, fault_contain(raise_inner, NULL));
    CHECK(!loop_is_using(&inner_plan));
}

/* ---- backtraces ---- */

static struct backtrace trace;

static void take_backtrace(void)
{
    backtrace_here(&trace);
}

static const struct dispatch_binding tracing[] = {
    {.handler = TARGET(take_backtrace, PASS_ARGUMENTS)}};

TEST(a_backtrace_has_the_entry_and_then_the_raiser)
{
    struct dispatch plan = {.bindings = tracing, .n = 1};
    struct backtrace here;
    size_t i = 0;
    unsigned number;

    loop_set(INNER, &plan);
    raise(INNER);
    backtrace_here(&here);
    while (i < trace.n && !loop_entry_at(trace.code[i], &number))
        i++;
    if (!CHECK(i + 2 < trace.n))
        return;
    CHECK_EQUAL(INNER, number);
    CHECK(trace.code[i + 1] - (vaddr_t)a_backtrace_has_the_entry_and_then_the_raiser < 256);
    CHECK_EQUAL(here.code[1], trace.code[i + 2]);
}

/* ---- arguments, as compilers pass them ---- */

struct point {
    int x, y, z;
};

typedef long long many_t(signed char, unsigned char, short, unsigned short, bool, int, long long,
                         struct point, float, double, char *, unsigned long long, int);

static many_t *many_raise;
static char many_log[400];

static void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void log_line(const char *format, ...)
{
    size_t length = strlen(many_log);
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(many_log + length, sizeof many_log - length, format, arguments);
    va_end(arguments);
}

static long long many(signed char a, unsigned char b, short c, unsigned short d, bool e, int f,
                      long long g, struct point h, float i, double j, char *k, unsigned long long l,
                      int m)
{
    log_line("%d %u %d %u %d %d %llx %d,%d,%d %d %d %s %llx %d\n", a, b, c, d, e, f, g, h.x, h.y,
             h.z, (int)(i * 2), (int)(j * 4), k, l, m);
    return g + m;
}

/* Everything is changed; small ones to what is extended otherwise. */
static void many_filter(signed char *a, unsigned char *b, short *c, unsigned short *d, bool *e,
                        int *f, long long *g, struct point *h, float *i, double *j, char **k,
                        unsigned long long *l, int *m)
{
    *a = (signed char)-*a;
    *b = (unsigned char)~*b;
    *c = (short)-*c;
    *d = (unsigned short)~*d;
    *e = !*e;
    *f = -*f;
    *g = -*g;
    h->y = -h->y;
    *i = -*i;
    *j = -*j;
    *k = *k + 1;
    *l = ~*l;
    *m = -*m;
}

static void many_linear(void *closure, uint32_t words[], size_t n)
{
    log_line("%s %u:", (const char *)closure, (unsigned)n);
    for (size_t i = 0; i < n; i++)
        if (i != 8 && i != 12) /* addresses */
            log_line(" %x", (unsigned)words[i]);
    log_line("\n");
    memset(words, 0xee, 4 * n);
}

#define S ARGUMENT_SIGNED
#define U ARGUMENT_UNSIGNED
static const struct signature many_signature = {
    .n_arguments = 13,
    .n_words = 16,
    .result_words = 2,
    .result_size = 8,
    .words = {1, 1, 1, 1, 1, 1, 2, 1, 1, 2, 1, 2, 1},
    .kinds = {S, U, S, U, U, S, S, ARGUMENT_STRUCT, U, U, U, U, S},
    .sizes = {1, 1, 2, 2, 1, 4, 8, 12, 4, 8, 4, 8, 4},
};
#undef S
#undef U

TEST(compiled_handlers_get_arguments_of_every_kind)
{
    static const struct dispatch_binding bindings[] = {
        {.handler = {.procedure = (vaddr_t)many_linear,
                     .passing = PASS_CLOSURE_WORDS,
                     .closure = (uint32_t) "words"}},
        {.handler = TARGET(many, PASS_ARGUMENTS), .has_result = true},
        {.handler = TARGET(many_filter, PASS_POINTERS), .filter = true},
        {.handler = TARGET(many, PASS_ARGUMENTS), .has_result = true},
    };
    struct dispatch plan = {.signature = many_signature, .bindings = bindings, .n = 4};

    many_log[0] = 0;
    loop_set(OLD, &plan);
    many_raise = (many_t *)loop_entry(OLD);
    CHECK_EQUAL(-0x123456789LL - 77,
                many_raise(-100, 200, -30000, 60000, true, -5, 0x123456789, (struct point){1, 2, 3},
                           1.5f, 2.25, "text", 0xfedcba9876543210u, 77));
    CHECK(strcmp(many_log,
                 "words 16: ffffff9c c8 ffff8ad0 ea60 1 fffffffb 1 23456789 3fc00000 40020000 0 "
                 "fedcba98 76543210 4d\n"
                 "-100 200 -30000 60000 1 -5 123456789 1,2,3 3 9 text fedcba9876543210 77\n"
                 "100 55 30000 5535 0 5 fffffffedcba9877 1,-2,3 -3 -9 ext 123456789abcdef -77\n") ==
          0);
}

/* ---- results ---- */

static int n_told, n_last;

static int answer(int n)
{
    return n;
}

static void raise_n(int *n)
{
    ++*n;
}

static bool above_ten(int n)
{
    return n > 10;
}

static void fold(int *final, int result, bool last, void **argument, int n)
{
    (void)argument;
    (void)n;
    *final += result;
    n_told++;
    n_last += last;
}

static const struct signature answer_signature = {
    .n_arguments = 1,
    .n_words = 1,
    .result_words = 1,
    .result_size = 4,
    .words = {1},
    .kinds = {ARGUMENT_SIGNED},
    .sizes = {4},
};
static const struct dispatch_guard guards[] = {{.guard = TARGET(above_ten, PASS_ARGUMENTS)}};

#define ANSWER(n) (((int (*)(int))loop_entry(OLD))(n))

TEST(a_filter_without_result_does_not_keep_the_default_from_answering)
{
    static const struct dispatch_binding bindings[] = {
        {.handler = TARGET(raise_n, PASS_POINTERS), .filter = true},
        {.handler = TARGET(answer, PASS_ARGUMENTS),
         .guards = guards,
         .n_guards = 1,
         .has_result = true},
    };
    static const int minus_one = -1;
    struct dispatch plan = {.signature = answer_signature,
                            .bindings = bindings,
                            .n = 2,
                            .has_default = true,
                            .default_value = (const uint8_t *)&minus_one};

    loop_set(OLD, &plan);
    CHECK_EQUAL(-1, ANSWER(9));
    CHECK_EQUAL(11, ANSWER(10));
    plan.default_handler = TARGET(answer, PASS_ARGUMENTS);
    CHECK_EQUAL(10, ANSWER(9));
}

TEST(a_result_handler_is_told_once_which_result_is_the_last)
{
    static const struct dispatch_binding bindings[] = {
        {.handler = TARGET(answer, PASS_ARGUMENTS), .has_result = true},
        {.handler = TARGET(raise_n, PASS_POINTERS), .filter = true},
        {.handler = TARGET(answer, PASS_ARGUMENTS),
         .guards = guards,
         .n_guards = 1,
         .has_result = true},
        {.handler = TARGET(raise_n, PASS_POINTERS), .filter = true},
    };
    struct dispatch plan = {.signature = answer_signature,
                            .bindings = bindings,
                            .n = 4,
                            .result_handler = TARGET(fold, PASS_ARGUMENTS)};

    loop_set(OLD, &plan);
    n_told = n_last = 0;
    CHECK_EQUAL(5, ANSWER(5));
    CHECK_EQUAL(1, n_told);
    CHECK_EQUAL(1, n_last);
    CHECK_EQUAL(20 + 21, ANSWER(20));
    CHECK_EQUAL(3, n_told);
    CHECK_EQUAL(2, n_last);
}
