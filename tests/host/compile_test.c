/*
 * Tests of the compiler of dispatching, arch/ppc/code/dispatch/compile.h: small plans become exactly these words, and
 * random ones do the same however they are compiled, wherever they stand, whatever they were made of.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/ppc/code/dispatch/compile.h"
#include "arch/ppc/code/print.h"
#include "tests/host/flow_words.h"
#include "tests/host/play.h"
#include "tests/host/random.h"
#include "tests/host/scarce.h"
#include "tests/host/words_source.h"

#define NEAR 0x04000000u
#define ELSEWHERE 0x0434567cu
#define WORDS_ROOM 40000
#define N_PLANS 1000
#define N_CHAINS 1000
#define N_LINKS 10
#define N_RAISES 4
#define CMPWI(r, n) (0x2c000000u | (r) << 16 | ((uint32_t)(n)&0xffff))

typedef bool make_t(struct model *model, uint32_t seed, model_facts_t *find);

static struct model model;
static uint32_t words[2][WORDS_ROOM];
static struct outcome outcomes[2];
static const struct compile_terms plain = {.near = NEAR};

static make_t *const makers[] = {model_make_searching, model_make, model_make_searching_faulty,
                                 model_make_faulty};

static bool is_compiled(const struct dispatch *plan, const struct compile_terms *terms,
                        struct compiled *before, size_t same, struct compiled **compiled)
{
    status_t status = compile_plan(plan, terms, before, same, compiled);

    assert_true(status == OK || status == ERR_UNSUPPORTED);
    return status == OK;
}

static void place(const struct compiled *compiled, uint32_t address, uint32_t to[])
{
    assert_true(compile_size(compiled) <= WORDS_ROOM);
    assert_true(compile_place(compiled, address, 0, compile_size(compiled), to));
}

/* ---- what happens ---- */

static void run(const struct compiled *compiled, unsigned which, uint32_t address, uint32_t seed)
{
    const char *fault =
        play_raise(&model, address, words[which], compile_size(compiled), seed, &outcomes[which]);

    if (fault != NULL)
        fail_msg("raise 0x%08x: %s", (unsigned)seed, fault);
}

static void assert_same(const struct compiled *one, uint32_t one_address,
                        const struct compiled *other, uint32_t other_address, uint32_t seed)
{
    place(one, one_address, words[0]);
    place(other, other_address, words[1]);
    for (unsigned i = 0; i < N_RAISES; i++) {
        uint32_t raise = random_next(&seed);

        run(one, 0, one_address, raise);
        run(other, 1, other_address, raise);
        if (outcomes[0].n != outcomes[1].n ||
            memcmp(outcomes[0].words, outcomes[1].words, 4 * outcomes[0].n) != 0)
            fail_msg("raise 0x%08x is not the same", (unsigned)raise);
    }
}

/* ---- compiled in several ways ---- */

static void check_ways(uint32_t seed, const struct compiled *calling)
{
    static const struct compile_terms ways[] = {{.near = NEAR},
                                                {.near = NEAR, .no_search = true},
                                                {.near = NEAR, .far = true},
                                                {.near = NEAR, .no_inlining = true, .far = true}};
    struct compiled *other;

    for (unsigned i = 0; i < COUNT(ways); i++) {
        assert_true(is_compiled(&model.plan, &ways[i], NULL, 0, &other));
        assert_same(calling, NEAR, other, ELSEWHERE, seed);
        compile_free(other);
    }
}

static void all_ways_to_compile_a_plan_do_the_same(void **state)
{
    const struct compile_terms calls = {.near = NEAR, .no_inlining = true, .no_search = true};
    uint32_t seed = 0x20090001, n = 0;
    struct compiled *calling;

    (void)state;
    for (unsigned i = 0; i < N_PLANS; i++) {
        make_t *make = makers[i % COUNT(makers)];
        uint32_t next = random_next(&seed);

        assert_true(make(&model, next, facts_find));
        if (is_compiled(&model.plan, &calls, NULL, 0, &calling)) {
            check_ways(next, calling);
            compile_free(calling);
            n++;
        }
        model_free(&model);
    }
    assert_true(n > N_PLANS / 2);
}

/* ---- one of another ---- */

static bool answers_always(void)
{
    return model.plan.signature.result_size == 0 || model.plan.has_default ||
           model.plan.default_handler.procedure != 0;
}

static void swap(size_t one, size_t other)
{
    struct dispatch_binding kept = model.bindings[one];

    model.bindings[one] = model.bindings[other];
    model.bindings[other] = kept;
}

/* More or fewer at the end, mostly one, or two that change places. How many from the start on stay. */
static size_t change(uint32_t *seed, size_t all)
{
    size_t n = model.plan.n, one, other;

    switch (random_below(seed, 8)) {
    case 0:
        model.plan.n = random_below(seed, (uint32_t)all + 1);
        break;
    case 1:
        model.plan.n = n == 0 ? 0 : n - 1;
        break;
    case 2:
        one = random_below(seed, (uint32_t)n + 1);
        other = random_below(seed, (uint32_t)n + 1);
        if (one >= n || other >= n)
            break;
        swap(one, other);
        return one < other ? one : other;
    default:
        model.plan.n = n < all ? n + 1 : n;
    }
    return n < model.plan.n ? n : model.plan.n;
}

/* Sometimes made, and not wanted: what it was made of is then as it was, and it is made again. */
static struct compiled *make_link(struct compiled *before, size_t same, bool unwanted)
{
    struct compiled *next;

    assert_true(is_compiled(&model.plan, &plain, before, same, &next));
    if (next == before && unwanted) {
        compile_undo(next);
        assert_true(is_compiled(&model.plan, &plain, before, same, &next));
    }
    if (next == before)
        compile_settle(next);
    else
        compile_free(before);
    return next;
}

static unsigned check_chain(uint32_t seed)
{
    size_t all = model.plan.n, same;
    struct compiled *compiled = NULL, *anew;
    unsigned n = 0;

    if (!answers_always() || !is_compiled(&model.plan, &plain, NULL, 0, &compiled))
        return 0;
    for (unsigned i = 0; i < N_LINKS; i++) {
        struct compiled *before = compiled;

        same = change(&seed, all);
        compiled = make_link(before, same, random_below(&seed, 4) == 0);
        n += compiled == before;
        assert_true(is_compiled(&model.plan, &plain, NULL, 0, &anew));
        assert_same(anew, ELSEWHERE, compiled, NEAR, random_next(&seed));
        compile_free(anew);
    }
    compile_free(compiled);
    return n;
}

static void what_is_made_of_another_does_what_is_made_anew(void **state)
{
    uint32_t seed = 0x20090002, n = 0;

    (void)state;
    for (unsigned i = 0; i < N_CHAINS; i++) {
        make_t *make = makers[i % COUNT(makers)];

        assert_true(make(&model, random_next(&seed), facts_find));
        n += check_chain(random_next(&seed));
        model_free(&model);
    }
    assert_true(n > N_CHAINS);
}

/* ---- what can be cut off ---- */

static const struct target *target_of(const struct code_cut *cut)
{
    const struct dispatch_binding *binding = &model.plan.bindings[cut->binding];

    switch (cut->kind) {
    case CUT_GUARD:
        return &binding->guards[cut->number].guard;
    case CUT_POST:
        return &binding->guards[cut->number].post;
    case CUT_HANDLER:
        return &binding->handler;
    default:
        return &model.plan.default_handler;
    }
}

/* What is behind it is dispatched by the loop, which needs all words; unless the code goes on by itself. */
static void check_places(const struct compiled *compiled, const struct code_cut *cut,
                         const struct code_frame *frame)
{
    const struct code_places *places = compile_places(compiled, cut);
    bool by_loop = cut->copied ? !cut->direct : cut->kind == CUT_HANDLER && !cut->direct;
    bool followed = cut->binding + 1 < model.plan.n || model.plan.default_handler.procedure != 0;
    words_t all = ((words_t)1 << frame->n_words) - 1;

    if (by_loop && followed && cut->kind != CUT_DEFAULT)
        assert_true(((places->in_home | places->in_caller | places->in_register) & all) == all);
    if (model.plan.signature.result_pointer)
        assert_true(((places->in_home | places->in_caller | places->in_register) & 1) != 0);
}

static void check_call(const struct code_cut *cut, const struct code_frame *frame)
{
    uint32_t call = words[0][cut->word - 1];

    assert_true(frame->size != 0 && frame->kept != 0);
    assert_true(call >> 26 == 18 || call >> 26 == 19);
    assert_true((call & 1) != 0);
    if (cut->kind == CUT_GUARD)
        assert_true(words[0][cut->word] == CMPWI(3, 0));
}

static size_t count_called(const struct compiled *compiled)
{
    size_t n = 0;

    for (size_t i = 0; i < compile_n_cuts(compiled); i++)
        n += !compile_cut(compiled, i)->copied;
    return n;
}

static void check_cuts(const struct compiled *compiled)
{
    const struct code_frame *frame = compile_frame(compiled);
    uint32_t end = 0;

    place(compiled, NEAR, words[0]);
    for (size_t i = 0; i < compile_n_cuts(compiled); i++) {
        const struct code_cut *cut = compile_cut(compiled, i);

        assert_true(cut->word >= end && cut->word + cut->n <= compile_size(compiled));
        assert_true(!cut->direct || cut->word + cut->skip <= compile_size(compiled));
        assert_true(target_of(cut)->contained && cut->copied == (cut->n != 0));
        check_places(compiled, cut, frame);
        if (!cut->copied)
            check_call(cut, frame);
        end = cut->word + cut->n;
    }
}

static void what_is_contained_is_found_where_it_can_be_cut_off(void **state)
{
    uint32_t seed = 0x20090005;
    size_t n_called = 0;
    struct compiled *compiled;

    (void)state;
    for (unsigned i = 0; i < N_PLANS; i++) {
        assert_true(makers[2 + i % 2](&model, random_next(&seed), facts_find));
        if (is_compiled(&model.plan, &plain, NULL, 0, &compiled)) {
            check_cuts(compiled);
            n_called += count_called(compiled);
            compile_free(compiled);
        }
        model_free(&model);
    }
    assert_true(n_called > N_PLANS);
}

/* Also while it is being changed it is known as it was. */
static void check_former(struct compiled *compiled, size_t same)
{
    size_t n = compile_n_cuts(compiled);
    struct code_cut *former = malloc((n + 1) * sizeof *former);
    struct compiled *next;

    for (size_t i = 0; i < n; i++)
        former[i] = *compile_cut(compiled, i);
    assert_true(is_compiled(&model.plan, &plain, compiled, same, &next));
    assert_int_equal(compile_n_cuts(compiled), n);
    for (size_t i = 0; i < n; i++)
        assert_memory_equal(&former[i], compile_cut(compiled, i), sizeof former[i]);
    if (next == compiled)
        compile_settle(next);
    else
        compile_free(compiled);
    check_cuts(next);
    compile_free(next);
    free(former);
}

static void what_can_be_cut_off_is_known_while_code_is_changed(void **state)
{
    uint32_t seed = 0x20090006;
    struct compiled *compiled;

    (void)state;
    for (unsigned i = 0; i < N_PLANS; i++) {
        assert_true(makers[2 + i % 2](&model, random_next(&seed), facts_find));
        if (answers_always() && is_compiled(&model.plan, &plain, NULL, 0, &compiled))
            check_former(compiled, change(&seed, model.plan.n));
        model_free(&model);
    }
}

/* ---- exactly these words ---- */

#define FAR_AWAY 0x60000000u
#define ANSWERS 0x4d820020u /* beqlr */
#define CMPLW(a, b) (0x7c000040u | (a) << 16 | (b) << 11)
#define WORDS(...) (const uint32_t[]){__VA_ARGS__}, sizeof((uint32_t[]){__VA_ARGS__}) / 4
#define BINDINGS 5

/* A plan of small procedures; the n-th one is at 0x2000 + 0x100 * n. */
struct small {
    struct dispatch plan;
    struct dispatch_binding bindings[BINDINGS];
    struct dispatch_guard guards[BINDINGS];
    struct facts facts[2 * BINDINGS];
    unsigned n_procedures;
};

static struct small small;

static void begin(unsigned n_arguments, unsigned result_size)
{
    memset(&small, 0, sizeof small);
    small.plan.bindings = small.bindings;
    small.plan.signature.n_arguments = small.plan.signature.n_words = (uint8_t)n_arguments;
    small.plan.signature.result_size = result_size;
    small.plan.signature.result_words = (uint8_t)((result_size + 3) / 4);
    for (unsigned i = 0; i < n_arguments; i++) {
        small.plan.signature.words[i] = 1;
        small.plan.signature.sizes[i] = 4;
    }
}

/* Without words: nothing is known of it. */
static struct target procedure(const uint32_t code[], size_t n)
{
    unsigned number = small.n_procedures++;
    struct words_source program;

    if (n != 0) {
        words_source_open(&program, code, n);
        facts_find(&program.source, F, &small.facts[number]);
    }
    return (struct target){.procedure = 0x2000 + 0x100 * number,
                           .passing = PASS_ARGUMENTS,
                           .facts = n != 0 ? &small.facts[number] : NULL};
}

static struct dispatch_binding *handler(const uint32_t code[], size_t n)
{
    struct dispatch_binding *binding = &small.bindings[small.plan.n];

    binding->handler = procedure(code, n);
    binding->has_result = small.plan.signature.result_size != 0;
    binding->guards = &small.guards[small.plan.n++];
    return binding;
}

static void guard(struct dispatch_binding *binding, const uint32_t code[], size_t n)
{
    small.guards[binding - small.bindings].guard = procedure(code, n);
    binding->n_guards = 1;
}

/* Says yes if the first argument is a constant. */
static void guard_key(struct dispatch_binding *binding, unsigned key)
{
    guard(binding, WORDS(CMPWI(3, key), LI(3, 1), ANSWERS, LI(3, 0), BLR));
}

/* One blank is enough. */
static const char *text_of(const struct compiled *compiled)
{
    static char text[4096], line[PRINT_MAX];
    size_t n = 0;

    place(compiled, NEAR, words[0]);
    for (size_t i = 0; i < compile_size(compiled); i++) {
        code_print(words[0][i], NEAR + 4 * (uint32_t)i, NULL, NULL, line, sizeof line);
        for (const char *c = line; *c != 0 && n < sizeof text - 2; c++)
            if (*c != ' ' || c[1] != ' ')
                text[n++] = *c;
        text[n++] = '\n';
    }
    text[n] = 0;
    return text;
}

static void check_text(const char *expected)
{
    struct compiled *compiled;

    assert_true(is_compiled(&small.plan, &plain, NULL, 0, &compiled));
    assert_string_equal(text_of(compiled), expected);
    compile_free(compiled);
}

#define ADD_TO_CELL LIS(9, 0x1200), LWZ(10, 4, 9), ADD(10, 10, 4), STW(10, 4, 9), BLR

static void one_guarded_handler_is_a_compare_and_its_words(void **state)
{
    (void)state;
    begin(2, 0);
    guard_key(handler(WORDS(ADD_TO_CELL)), 5);
    check_text("cmpwi r3,5\n"
               "bne- 0x400001c\n"
               "lis r12,4608\n"
               "lwz r11,4(r12)\n"
               "add r11,r11,r4\n"
               "stw r11,4(r12)\n"
               "blr\n"
               "blr\n");
}

static void what_one_handler_left_in_registers_is_used_by_the_next(void **state)
{
    (void)state;
    begin(2, 0);
    handler(WORDS(ADD_TO_CELL));
    handler(WORDS(ADD_TO_CELL));
    check_text("lis r12,4608\n"
               "lwz r11,4(r12)\n"
               "add r11,r11,r4\n"
               "stw r11,4(r12)\n"
               "lwz r11,4(r12)\n"
               "add r11,r11,r4\n"
               "stw r11,4(r12)\n"
               "blr\n");
}

static void the_only_handler_is_a_branch(void **state)
{
    (void)state;
    begin(3, 4);
    handler(NULL, 0);
    check_text("ba 0x2000\n");
    small.bindings[0].handler.closure = 7;
    small.bindings[0].handler.passing = PASS_CLOSURE_ARGUMENTS;
    check_text("mr r6,r5\n"
               "mr r5,r4\n"
               "mr r4,r3\n"
               "li r3,7\n"
               "ba 0x2000\n");
    small.bindings[0].handler.procedure = NEAR + 0x100000;
    check_text("mr r6,r5\n"
               "mr r5,r4\n"
               "mr r4,r3\n"
               "li r3,7\n"
               "b 0x4100000\n");
    small.bindings[0].handler.procedure = FAR_AWAY;
    check_text("mr r6,r5\n"
               "mr r5,r4\n"
               "mr r4,r3\n"
               "li r3,7\n"
               "lis r12,24576\n"
               "addi r12,r12,0\n"
               "mtctr r12\n"
               "bctr\n");
}

static void handlers_that_are_called_find_the_arguments_and_the_last_one_returns(void **state)
{
    (void)state;
    begin(1, 0);
    handler(NULL, 0);
    handler(NULL, 0);
    check_text("mflr r0\n"
               "stwu r1,-32(r1)\n"
               "stw r0,36(r1)\n"
               "stw r3,8(r1)\n"
               "bla 0x2000\n"
               "lwz r3,8(r1)\n"
               "lwz r0,36(r1)\n"
               "addi r1,r1,32\n"
               "mtlr r0\n"
               "ba 0x2100\n");
}

static void around_what_is_contained_registers_are_kept(void **state)
{
    (void)state;
    begin(1, 0);
    handler(NULL, 0)->handler.contained = true;
    handler(NULL, 0);
    check_text("mflr r0\n"
               "stwu r1,-112(r1)\n"
               "stw r0,116(r1)\n"
               "mfmsr r11\n"
               "mfcr r12\n"
               "stmw r11,24(r1)\n"
               "stw r3,8(r1)\n"
               "bla 0x2000\n"
               "lwz r3,8(r1)\n"
               "lwz r0,116(r1)\n"
               "addi r1,r1,112\n"
               "mtlr r0\n"
               "ba 0x2100\n");
}

static void around_what_has_a_deadline_is_a_record(void **state)
{
    static const struct compile_terms terms = {
        .near = NEAR, .current = 0x10002000, .deadline = 0x40, .late = 0x3000};
    struct compiled *compiled;

    (void)state;
    begin(0, 0);
    handler(NULL, 0)->handler.contained = true;
    small.bindings[0].ephemeral_ticks = 5000;
    assert_true(is_compiled(&small.plan, &terms, NULL, 0, &compiled));
    assert_string_equal(text_of(compiled), "mflr r0\n"
                                           "stwu r1,-128(r1)\n"
                                           "stw r0,132(r1)\n"
                                           "mfmsr r11\n"
                                           "mfcr r12\n"
                                           "stmw r11,16(r1)\n"
                                           "lis r11,4096\n"
                                           "lwz r11,8192(r11)\n"
                                           "lwz r12,64(r11)\n"
                                           "stw r12,100(r1)\n"
                                           "lis r12,1024\n"
                                           "addi r12,r12,96\n"
                                           "stw r12,108(r1)\n"
                                           "stw r1,112(r1)\n"
                                           "mftb r0\n"
                                           "stw r0,104(r1)\n"
                                           "addi r12,r1,100\n"
                                           "stw r12,64(r11)\n"
                                           "mfdec r0\n"
                                           "cmpwi r0,5000\n"
                                           "blt- 0x400005c\n"
                                           "li r12,5000\n"
                                           "mtdec r12\n"
                                           "bla 0x2000\n"
                                           "lis r11,4096\n"
                                           "lwz r11,8192(r11)\n"
                                           "lwz r12,100(r1)\n"
                                           "stw r12,64(r11)\n"
                                           "mfdec r0\n"
                                           "cmpwi r0,0\n"
                                           "bge- 0x4000084\n"
                                           "addi r11,r1,100\n"
                                           "bla 0x3000\n"
                                           "lwz r0,132(r1)\n"
                                           "addi r1,r1,128\n"
                                           "mtlr r0\n"
                                           "blr\n");
    compile_free(compiled);
}

static void a_default_result_is_there_before_anything_runs(void **state)
{
    static const uint8_t value[4] = {0, 1, 0, 2};

    (void)state;
    begin(1, 4);
    small.plan.has_default = true;
    small.plan.default_value = value;
    check_text("lis r12,1\n"
               "ori r12,r12,2\n"
               "mr r3,r12\n"
               "blr\n");
    guard_key(handler(WORDS(LI(3, 9), BLR)), 5);
    check_text("lis r12,1\n"
               "ori r12,r12,2\n"
               "cmpwi r3,5\n"
               "bne- 0x4000018\n"
               "li r3,9\n"
               "blr\n"
               "mr r3,r12\n"
               "blr\n");
}

static void guards_of_one_value_are_a_table(void **state)
{
    (void)state;
    begin(2, 0);
    for (unsigned i = 0; i < 4; i++)
        guard_key(handler(WORDS(LI(9, 0), STW(9, 0, 4), BLR)), i);
    check_text("cmplwi r3,3\n"
               "bgt- 0x400005c\n"
               "slwi r12,r3,2\n"
               "addis r12,r12,1024\n"
               "lwz r12,76(r12)\n"
               "mtctr r12\n"
               "bctr\n"
               "li r12,0\n"
               "stw r12,0(r4)\n"
               "blr\n"
               "li r12,0\n"
               "stw r12,0(r4)\n"
               "blr\n"
               "li r12,0\n"
               "stw r12,0(r4)\n"
               "blr\n"
               "li r12,0\n"
               "stw r12,0(r4)\n"
               "blr\n"
               ".long 0x400001c\n"
               ".long 0x4000028\n"
               ".long 0x4000034\n"
               ".long 0x4000040\n"
               "blr\n");
}

static void guards_of_values_far_apart_are_halved(void **state)
{
    (void)state;
    begin(2, 0);
    for (unsigned i = 0; i < 4; i++)
        guard_key(handler(WORDS(LI(9, 0), STW(9, 0, 4), BLR)), 100 * i);
    check_text("cmplwi r3,200\n"
               "bge- 0x400001c\n"
               "cmplwi r3,0\n"
               "beq- 0x4000030\n"
               "cmplwi r3,100\n"
               "beq- 0x400003c\n"
               "b 0x4000060\n"
               "cmplwi r3,200\n"
               "beq- 0x4000048\n"
               "cmplwi r3,300\n"
               "beq- 0x4000054\n"
               "b 0x4000060\n"
               "li r12,0\n"
               "stw r12,0(r4)\n"
               "blr\n"
               "li r12,0\n"
               "stw r12,0(r4)\n"
               "blr\n"
               "li r12,0\n"
               "stw r12,0(r4)\n"
               "blr\n"
               "li r12,0\n"
               "stw r12,0(r4)\n"
               "blr\n"
               "blr\n");
}

/* All other registers hold something by then; what is added to r0 is added to 0. */
static void what_is_searched_for_is_never_in_r0(void **state)
{
    struct compiled *compiled;

    (void)state;
    begin(7, 0);
    guard(handler(WORDS(BLR)), WORDS(LIS(9, 0x1200), LWZ(10, 4, 9), LWZ(9, 8, 9), CMPLW(10, 9),
                                     LI(3, 1), ANSWERS, LI(3, 0), BLR));
    for (unsigned i = 0; i < 4; i++)
        guard(handler(NULL, 0),
              WORDS(LWZ(3, 16, 3), CMPWI(3, 1000 + i), LI(3, 1), ANSWERS, LI(3, 0), BLR));
    assert_true(is_compiled(&small.plan, &plain, NULL, 0, &compiled));
    assert_null(strstr(text_of(compiled), "lwz r0,16(r3)"));
    compile_free(compiled);
}

static void what_cannot_be_compiled_is_refused(void **state)
{
    struct compiled *none = NULL;

    (void)state;
    begin(1, 4);
    handler(NULL, 0);
    small.plan.result_handler = procedure(NULL, 0);
    assert_false(is_compiled(&small.plan, &plain, NULL, 0, &none));
    small.plan.result_handler.procedure = 0;
    small.plan.default_handler = procedure(NULL, 0);
    small.bindings[0].cancel = true;
    small.bindings[0].has_result = false;
    assert_false(is_compiled(&small.plan, &plain, NULL, 0, &none));
    assert_null(none);
}

/* ---- places ---- */

static void a_part_that_is_placed_alone_is_as_in_the_whole(void **state)
{
    uint32_t seed = 0x20090003;
    struct compiled *compiled;

    (void)state;
    for (unsigned i = 0; i < N_PLANS; i++) {
        assert_true(model_make_searching(&model, random_next(&seed), facts_find));
        if (is_compiled(&model.plan, &plain, NULL, 0, &compiled)) {
            size_t n = compile_size(compiled), first = random_below(&seed, (uint32_t)n);

            place(compiled, ELSEWHERE, words[0]);
            assert_true(compile_place(compiled, ELSEWHERE, first, n - first, words[1]));
            assert_memory_equal(words[0] + first, words[1], 4 * (n - first));
            assert_true(compile_place(compiled, ELSEWHERE, 0, first, words[1]));
            assert_memory_equal(words[0], words[1], 4 * first);
            compile_free(compiled);
        }
        model_free(&model);
    }
}

static void what_is_not_in_reach_is_compiled_for_far_places(void **state)
{
    const struct compile_terms far = {.near = NEAR, .far = true};
    struct compiled *compiled;

    (void)state;
    begin(1, 0);
    handler(NULL, 0);
    small.bindings[0].handler.procedure = NEAR + 0x100;
    assert_true(is_compiled(&small.plan, &plain, NULL, 0, &compiled));
    assert_true(compile_place(compiled, NEAR, 0, compile_size(compiled), words[0]));
    assert_false(compile_place(compiled, FAR_AWAY, 0, compile_size(compiled), words[0]));
    compile_free(compiled);
    assert_true(is_compiled(&small.plan, &far, NULL, 0, &compiled));
    assert_true(compile_place(compiled, FAR_AWAY, 0, compile_size(compiled), words[0]));
    compile_free(compiled);
}

/* ---- memory ---- */

/* Everything that can be seen of it. */
static void look(const struct compiled *compiled, uint32_t to[], size_t *n)
{
    size_t counts[3];

    place(compiled, NEAR, to);
    *n = compile_size(compiled);
    for (size_t i = 0, end = *n; i < end; i++) {
        const struct code_part *part = compile_part(compiled, i);

        if (part->word == i)
            to[(*n)++] = part->procedure ^ part->binding << 8 ^ part->kind;
    }
    compile_count(compiled, &counts[0], &counts[1], &counts[2]);
    for (unsigned i = 0; i < 3; i++)
        to[(*n)++] = (uint32_t)counts[i];
}

static void assert_unchanged(const struct compiled *compiled, size_t n)
{
    size_t now;

    look(compiled, words[1], &now);
    assert_int_equal(now, n);
    assert_memory_equal(words[0], words[1], 4 * n);
}

/* With fewer and fewer refusals until it is compiled; `before` is what it was each time. */
static unsigned compile_scarcely(struct compiled *before, size_t same)
{
    struct compiled *next = NULL;
    unsigned n_refused = 0;
    size_t n;
    status_t status;

    look(before, words[0], &n);
    do {
        long blocks = scarce_blocks;

        scarce_left = n_refused;
        status = compile_plan(&model.plan, &plain, before, same, &next);
        scarce_left = SCARCE_FOREVER;
        if (status == OK && next == before)
            compile_undo(next);
        else if (status == OK)
            compile_free(next);
        assert_true(status == OK || status == ERR_NO_MEMORY);
        assert_true(scarce_blocks == blocks || status == OK);
        assert_unchanged(before, n);
    } while (status != OK && n_refused++ < 1000);
    assert_int_equal(status, OK);
    return n_refused;
}

static void without_memory_nothing_has_changed(void **state)
{
    uint32_t seed = 0x20090004, n = 0;
    struct compiled *before;

    (void)state;
    for (unsigned i = 0; i < N_PLANS / 4; i++) {
        make_t *make = makers[i % COUNT(makers)];

        assert_true(make(&model, random_next(&seed), facts_find));
        if (answers_always() && is_compiled(&model.plan, &plain, NULL, 0, &before)) {
            size_t same = change(&seed, model.plan.n);

            n += compile_scarcely(before, same);
            compile_free(before);
        }
        model_free(&model);
    }
    assert_true(n > N_PLANS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_guarded_handler_is_a_compare_and_its_words),
        cmocka_unit_test(what_one_handler_left_in_registers_is_used_by_the_next),
        cmocka_unit_test(the_only_handler_is_a_branch),
        cmocka_unit_test(handlers_that_are_called_find_the_arguments_and_the_last_one_returns),
        cmocka_unit_test(around_what_is_contained_registers_are_kept),
        cmocka_unit_test(around_what_has_a_deadline_is_a_record),
        cmocka_unit_test(what_is_contained_is_found_where_it_can_be_cut_off),
        cmocka_unit_test(what_can_be_cut_off_is_known_while_code_is_changed),
        cmocka_unit_test(a_default_result_is_there_before_anything_runs),
        cmocka_unit_test(guards_of_one_value_are_a_table),
        cmocka_unit_test(guards_of_values_far_apart_are_halved),
        cmocka_unit_test(what_is_searched_for_is_never_in_r0),
        cmocka_unit_test(what_cannot_be_compiled_is_refused),
        cmocka_unit_test(a_part_that_is_placed_alone_is_as_in_the_whole),
        cmocka_unit_test(what_is_not_in_reach_is_compiled_for_far_places),
        cmocka_unit_test(without_memory_nothing_has_changed),
        cmocka_unit_test(all_ways_to_compile_a_plan_do_the_same),
        cmocka_unit_test(what_is_made_of_another_does_what_is_made_anew),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("compile", tests, NULL, NULL);
}
