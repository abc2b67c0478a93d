/*
 * What predicate_find says of guards, held against what they do: each is run with many arguments and contents
 * of memory, and must answer what its predicate does. What a predicate loads, its guard has loaded.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <whorl/memory.h>

#include "arch/ppc/code/write.h"
#include "arch/ppc/processor.h"
#include "arch/ppc/registers.h"
#include "kernel/code_space.h"
#include "kernel/code_view.h"
#include "kernel/fault.h"
#include "kernel/test.h"
#include "tests/host/objects/guards.h"
#include "tests/kernel/effects/random.h"
#include "tests/kernel/predicate/evaluate.h"

SUITE("predicate");

#define N_RUNS 60
#define FAULTS_SHOWN 12
#define N_MUTANTS 20000
#define N_SEQUENCES 40000
#define MUTANT_RUNS 12
#define SEQUENCE_MAX 14
#define WORDS_MAX_OF_MUTANT 40

uint32_t guard_run(vaddr_t guard, const uint32_t arguments[N_ARGUMENTS]);

extern const struct guard guards_gcc_O0[], guards_gcc_O1[], guards_gcc_O2[], guards_gcc_O3[],
    guards_gcc_Os[], random_gcc_O0[], random_gcc_O1[], random_gcc_O2[], random_gcc_O3[],
    random_gcc_Os[], guards_clang_O0[], guards_clang_O2[], random_clang_O1[], random_clang_O2[];

static const struct guard *const tables[] = {
    guards_gcc_O0,   guards_gcc_O1,   guards_gcc_O2,   guards_gcc_O3,  guards_gcc_Os,
    random_gcc_O0,   random_gcc_O1,   random_gcc_O2,   random_gcc_O3,  random_gcc_Os,
    guards_clang_O0, guards_clang_O2, random_clang_O1, random_clang_O2};
#define N_TABLES (sizeof tables / sizeof tables[0])

/* ---- the memory that guards look at ---- */

static uint8_t arena[1024] __attribute__((aligned(16)));
static uint32_t seed;
static bool faulted;
static unsigned n_shown, n_yes, n_no;

static bool is_in(uint32_t address, unsigned width, const void *object, size_t size)
{
    return address - (uint32_t)object < size && address - (uint32_t)object + width <= size;
}

static bool may_load(uint32_t address, unsigned width)
{
    return is_in(address, width, arena, sizeof arena) ||
           is_in(address, width, &guard_me, sizeof guard_me) ||
           is_in(address, width, &guard_limit, sizeof guard_limit) ||
           is_in(address, width, &guard_enabled, sizeof guard_enabled) ||
           is_in(address, width, &guard_packet, sizeof guard_packet) ||
           is_in(address, width, guard_table, sizeof guard_table);
}

/*
 * A load from where nothing is mapped goes on with 0, which it could have loaded: with what the register happens to
 * hold damaged code could come to where no byte or halfword leads it.
 */
static bool skip_load(struct trap_frame *frame)
{
    faulted = true;
    frame->gpr[*(const uint32_t *)frame->srr0 >> 21 & 31] = 0;
    frame->srr0 += 4;
    return true;
}

/* Those of a reservation must be aligned. */
struct handlers {
    trap_handler_t unmapped, misaligned;
};

static struct handlers skip_loads(void)
{
    return (struct handlers){trap_handle(VECTOR_DSI, skip_load),
                             trap_handle(VECTOR_ALIGNMENT, skip_load)};
}

static void handle_loads(const struct handlers *before)
{
    trap_handle(VECTOR_DSI, before->unmapped);
    trap_handle(VECTOR_ALIGNMENT, before->misaligned);
}

/* ---- arguments ---- */

static uint32_t below(uint32_t n)
{
    return (random_next(&seed) >> 8) % n;
}

/* A number from the predicate, or next to one. */
static uint32_t telling_number(const struct predicate *predicate)
{
    const struct node *node;

    if (predicate->n_nodes == 0)
        return below(20);
    if (below(3) == 0)
        return predicate->among[below(PREDICATE_AMONG)] + below(3) - 1;
    node = &predicate->nodes[below(predicate->n_nodes)];
    return node->kind == NODE_CONSTANT ? node->value + below(3) - 1 : below(20);
}

static uint32_t choose_number(const struct predicate *predicate)
{
    static const uint32_t edges[] = {0,      1,      0xffffffff, 0x7fffffff, 0x80000000,
                                     0xffff, 0x8000, 0xff,       0x80};

    switch (below(6)) {
    case 0:
        return random_next(&seed);
    case 1:
        return below(64);
    case 2:
        return edges[below(sizeof edges / sizeof edges[0])];
    case 3:
        return (uint32_t)arena + 64 + 4 * below(64);
    default:
        return telling_number(predicate);
    }
}

static void choose_world(const struct predicate *predicate, struct world *world)
{
    world->may_load = may_load;
    for (unsigned i = 0; i < N_ARGUMENTS; i++)
        world->arguments[i] =
            below(2) == 0 ? (uint32_t)arena + 64 + 4 * below(16) : choose_number(predicate);
    for (unsigned i = 0; i < sizeof arena / 4; i++)
        ((uint32_t *)arena)[i] =
            below(4) == 0 ? (uint32_t)arena + 64 + 4 * below(32) : choose_number(predicate);
    guard_me = choose_number(predicate);
    guard_limit = (int32_t)choose_number(predicate);
    guard_enabled = below(2);
    guard_table[below(8)] = choose_number(predicate);
}

/* Makes what a test compares equal to what it is compared with, or nearly, if it is a register or memory. */
static void satisfy(const struct predicate *predicate, struct world *world,
                    const struct predicate_test *test)
{
    const struct node *node = &predicate->nodes[test->a];
    const struct node *right = &predicate->nodes[test->b];
    uint32_t number = test->n_among != 0 ? predicate->among[test->first + below(test->n_among)]
                      : right->kind == NODE_CONSTANT ? right->value
                                                     : choose_number(predicate);
    unsigned operand = test->a;
    uint32_t address;

    if (node->kind == NODE_ROTATE_MASK) {
        number = number >> node->shift | (node->shift != 0 ? number << (32 - node->shift) : 0);
        operand = node->a;
        node = &predicate->nodes[operand];
    } else if (test->n_among == 0) {
        number += below(3) - 1 + (test->relation == RELATION_EQ ? 0 : below(3));
    }
    if (node->kind == NODE_REGISTER) {
        world->arguments[node->a - 3] = number;
    } else if (node->kind == NODE_STACK) {
        world->arguments[8 + (node->value - 8) / 4 % N_STACKED] = number;
    } else if (predicate_address(predicate, world, operand, &address)) {
        for (unsigned i = node->width; i-- > 0; number >>= 8)
            ((volatile uint8_t *)address)[i] = (uint8_t)number;
    }
}

static void make_world(const struct predicate *predicate, struct world *world)
{
    choose_world(predicate, world);
    for (unsigned i = 0; i < predicate->n_tests; i++) {
        if (below(8) != 0)
            satisfy(predicate, world, &predicate->tests[i]);
    }
    guard_packet = (struct packet *)((uint32_t)arena + 64);
}

/* ---- running ---- */

static uint32_t run(vaddr_t guard, const struct world *world)
{
    uint32_t before = interrupts_off(), answer;

    faulted = false;
    answer = guard_run(guard, world->arguments);
    interrupts_restore(before);
    return answer;
}

static void complain(const char *name, const struct predicate *predicate, const struct world *world,
                     enum answer said, uint32_t answered)
{
    static char text[PREDICATE_TEXT_MAX];

    if (n_shown++ >= FAULTS_SHOWN)
        return;
    predicate_print(predicate, text, sizeof text);
    printf("# %s: %s: said %d, answered 0x%lx%s; r3 to r6: 0x%lx 0x%lx 0x%lx 0x%lx\n", name, text,
           said, (unsigned long)answered, faulted ? " after a fault" : "",
           (unsigned long)world->arguments[0], (unsigned long)world->arguments[1],
           (unsigned long)world->arguments[2], (unsigned long)world->arguments[3]);
}

/* Once, with a world chosen for it. */
static bool agrees(const char *name, vaddr_t guard, const struct predicate *predicate)
{
    struct world world;
    enum answer said;
    uint32_t answered;

    make_world(predicate, &world);
    said = predicate_evaluate(predicate, &world);
    answered = run(guard, &world);
    n_yes += said == ANSWER_YES;
    n_no += said == ANSWER_NO;
    if (faulted || said == (answered != 0 ? ANSWER_YES : ANSWER_NO))
        return true;
    /* may_load knows less than what is mapped: data of others, which guards are led to by chance. */
    if (said == ANSWER_FAULT)
        return true;
    complain(name, predicate, &world, said, answered);
    return false;
}

/* ---- guards as compilers make them ---- */

static unsigned n_known, n_unknown;

static bool try_guard(const struct code_source *source, const struct guard *guard)
{
    struct predicate predicate;
    bool right = true;

    memset(&predicate, 0, sizeof predicate);
    predicate_find(source, (vaddr_t)guard->procedure, &predicate);
    n_known += predicate.known;
    n_unknown += !predicate.known;
    for (unsigned i = 0; i < N_RUNS && predicate.known && right; i++)
        right = agrees(guard->name, (vaddr_t)guard->procedure, &predicate);
    return right;
}

TEST(predicates_are_what_guards_of_compilers_answer)
{
    struct handlers before = skip_loads();
    struct code_index *index;
    unsigned n_wrong = 0;

    seed = 17;
    n_shown = n_yes = n_no = n_known = n_unknown = 0;
    if (CHECK_STATUS(OK, code_view_open(&index))) {
        for (unsigned i = 0; i < N_TABLES; i++) {
            for (const struct guard *guard = tables[i]; guard->name != NULL; guard++)
                n_wrong += !try_guard(code_index_source(index), guard);
        }
        code_index_close(index);
    }
    handle_loads(&before);
    CHECK_EQUAL(0, n_wrong);
    CHECK(n_known > 9 * (n_known + n_unknown) / 10);
    CHECK(n_yes > 1000 && n_no > 1000);
    printf("# %u known, %u not; %u times yes, %u times no\n", n_known, n_unknown, n_yes, n_no);
}

/* ---- any machine code ---- */

static uint32_t words[WORDS_MAX_OF_MUTANT];
static unsigned n_words;
static vaddr_t place;

static bool place_words(void *context, vaddr_t address, uint32_t wanted[], size_t n)
{
    (void)context;
    if (address < place || address + 4 * n > place + 4 * n_words)
        return false;
    memcpy(wanted, &words[(address - place) / 4], 4 * n);
    return true;
}

static bool place_constant(void *context, vaddr_t address, uint32_t *word)
{
    (void)context;
    (void)address;
    (void)word;
    return false;
}

static bool place_procedure(void *context, vaddr_t address, struct procedure *procedure)
{
    (void)context;
    *procedure = (struct procedure){.start = place, .end = place + 4 * n_words, .whole = place};
    return address >= place && address < procedure->end;
}

static const struct code_source place_source = {
    .words = place_words, .constant = place_constant, .procedure = place_procedure};

static bool try_words(const char *name)
{
    struct predicate predicate;
    bool right = true;

    memset(&predicate, 0, sizeof predicate);
    predicate_find(&place_source, place, &predicate);
    n_known += predicate.known;
    n_unknown += !predicate.known;
    if (!predicate.known)
        return true;
    if (!CHECK(code_write(place, words, n_words)))
        return false;
    for (unsigned i = 0; i < MUTANT_RUNS && right; i++)
        right = agrees(name, place, &predicate);
    if (!right && n_shown <= FAULTS_SHOWN) {
        for (unsigned i = 0; i < n_words; i++)
            printf("#   %08lx\n", (unsigned long)words[i]);
    }
    return right;
}

#define D(opcode, t, a, d) ((uint32_t)(opcode) << 26 | (t) << 21 | (a) << 16 | ((d)&0xffff))
#define X(extended, t, a, b) (31u << 26 | (t) << 21 | (a) << 16 | (b) << 11 | (extended) << 1)

static uint32_t any_register(void)
{
    static const uint8_t registers[] = {3, 3, 3, 4, 4, 5, 6, 0, 9, 10};

    return registers[below(sizeof registers)];
}

static uint32_t any_immediate(void)
{
    static const uint16_t immediates[] = {0, 1, 2, 4, 5, 0xffff, 0xfffe, 0x7fff, 0x8000, 31, 0xff};

    return below(4) == 0 ? random_next(&seed) & 0xffff
                         : immediates[below(sizeof immediates / sizeof immediates[0])];
}

/* Arithmetic, logic, comparisons, branches on and returns, loads from arguments. */
static uint32_t any_word(unsigned left)
{
    static const uint16_t extended[] = {8,   10,  136, 138, 40,  266, 200, 202, 232, 234, 104,
                                        28,  60,  124, 284, 316, 412, 444, 476, 26,  922, 954,
                                        824, 824, 24,  536, 26,  8,   136, 138, 444, 316};
    static const uint8_t immediate[] = {8, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 14, 12};
    static const uint8_t memory[] = {32, 34, 40, 42};
    uint32_t t = any_register(), a = any_register(), b = any_register(), n;

    switch (below(11)) {
    case 0:
    case 1:
    case 2:
        n = extended[below(sizeof extended / sizeof extended[0])];
        if (n == 26 || n == 922 || n == 954 || (n >= 200 && n <= 234) || n == 104)
            b = 0;
        return X(n, t, a, n == 824 ? below(32) : b) | (below(6) == 0);
    case 3:
    case 4:
        return D(immediate[below(sizeof immediate)], t, a, any_immediate());
    case 5:
        return D(21, t, a, 0) | below(32) << 11 | below(32) << 6 | below(32) << 1 | (below(5) == 0);
    case 6:
        return D(10 + below(2), below(3) << 2, a, any_immediate());
    case 7:
        return X(below(2) * 32, below(3) << 2, a, b);
    case 8:
        return below(3) == 0 ? D(20, t, a, 0) | below(32) << 11 | below(32) << 6 | below(32) << 1
                             : D(memory[below(4)], t, 3 + below(2), 4 * below(12));
    case 9:
        return D(16, below(2) ? 12 : 4, below(3) * 4 + below(3), 4 * (1 + below(left)));
    default:
        if (below(4) == 0)
            return X(19, t, 0, 0);
        return 19u << 26 | below(12) << 21 | below(12) << 16 | below(12) << 11 |
               (below(2)   ? 449u
                : below(2) ? 33u
                           : 257u)
                   << 1;
    }
}

static void make_sequence(void)
{
    unsigned n = 2 + below(SEQUENCE_MAX - 2);

    n_words = n + 1;
    for (unsigned i = 0; i < n; i++)
        words[i] = any_word(n - i);
    if (below(2) == 0) /* often the answer is a bit, or whether something is 0 */
        words[n - 1] = below(2) ? D(21, 3, 3, 0) | 27 << 11 | 5 << 6 | 31 << 1
                                : D(21, 3, 3, 0) | 1 << 11 | 31 << 6 | 31 << 1;
    if (below(4) == 0)
        words[below(n)] = 0x4c820020u | below(2) << 24; /* bnelr, beqlr or the like */
    words[n] = 0x4e800020u;
}

TEST(predicates_are_what_any_code_answers)
{
    struct handlers before = skip_loads();
    unsigned n_wrong = 0;

    seed = 4711;
    n_shown = n_yes = n_no = n_known = n_unknown = 0;
    if (CHECK_STATUS(OK,
                     code_allocate(OWNER_KERNEL, 4 * WORDS_MAX_OF_MUTANT, CODE_ANYWHERE, &place))) {
        for (unsigned i = 0; i < N_SEQUENCES && n_wrong < 3; i++) {
            make_sequence();
            n_wrong += !try_words("sequence");
        }
        code_free(place);
    }
    handle_loads(&before);
    CHECK_EQUAL(0, n_wrong);
    CHECK(n_known > 1000);
    printf("# %u known, %u not; %u times yes, %u times no\n", n_known, n_unknown, n_yes, n_no);
}

/* Some guard's words; false if it has too many. */
static bool take_guard(const struct code_source *source)
{
    const struct guard *table = tables[below(N_TABLES)];
    struct procedure procedure;
    unsigned n = 0;

    while (table[n].name != NULL)
        n++;
    if (!source->procedure(source->context, (vaddr_t)table[below(n)].procedure, &procedure))
        return false;
    n_words = (procedure.end - procedure.start) / 4;
    return n_words <= WORDS_MAX_OF_MUTANT &&
           source->words(source->context, procedure.start, words, n_words);
}

static void mutate(void)
{
    uint32_t *word = &words[below(n_words)];

    switch (below(4)) {
    case 0:
        *word ^= 1u << below(32);
        break;
    case 1:
        *word = (*word & 0xffff0000) | any_immediate();
        break;
    case 2:
        *word = (*word & ~0x03e00000u) | any_register() << 21;
        break;
    default:
        *word = words[below(n_words)];
    }
}

TEST(predicates_are_what_damaged_guards_answer)
{
    struct handlers before = skip_loads();
    struct code_index *index;
    unsigned n_wrong = 0;

    seed = 99;
    n_shown = n_yes = n_no = n_known = n_unknown = 0;
    if (CHECK_STATUS(OK,
                     code_allocate(OWNER_KERNEL, 4 * WORDS_MAX_OF_MUTANT, CODE_ANYWHERE, &place)) &&
        CHECK_STATUS(OK, code_view_open(&index))) {
        for (unsigned i = 0; i < N_MUTANTS && n_wrong < 3; i++) {
            if (!take_guard(code_index_source(index)))
                continue;
            for (unsigned n = 1 + below(3); n > 0; n--)
                mutate();
            n_wrong += !try_words("mutant");
        }
        code_index_close(index);
        code_free(place);
    }
    handle_loads(&before);
    CHECK_EQUAL(0, n_wrong);
    CHECK(n_known > 1000);
    printf("# %u known, %u not; %u times yes, %u times no\n", n_known, n_unknown, n_yes, n_no);
}
