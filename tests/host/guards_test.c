/*
 * Tests of what the compiler of dispatching makes of guards, arch/ppc/code/dispatch/tests.c: random guards of all that
 * predicates are made of, each run as it is and as a part of a routine, by tests/host/machine.c. Both say the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "arch/ppc/code/dispatch/compile.h"
#include "tests/host/flow_words.h"
#include "tests/host/machine.h"
#include "tests/host/random.h"
#include "tests/host/words_source.h"

#define N_GUARDS 4000
#define N_RAISES 6
#define ROUTINE 0x04000000u
#define HANDLER 0x2000u
#define MEMORY 0x12000000u
#define MEMORY_SIZE 0x20000u
#define STACK 0x30000000u
#define STACK_SIZE 0x400u
#define WORDS_MAX_HERE 64

#define FORM_X(opcode, t, a, b) \
    (31u << 26 | (uint32_t)(t) << 21 | (uint32_t)(a) << 16 | (uint32_t)(b) << 11 | (opcode) << 1)
#define FORM_D(opcode, t, a, d) \
    ((uint32_t)(opcode) << 26 | (uint32_t)(t) << 21 | (uint32_t)(a) << 16 | ((d)&0xffffu))
enum { X_CMP = 0, X_AND = 28, X_CMPL = 32, X_SUBF = 40, X_ADD = 266, X_XOR = 316, X_OR = 444 };
enum { X_SRAWI = 824, X_EXTSH = 922, X_EXTSB = 954 };
enum { D_CMPLI = 10, D_CMPI = 11, D_ADDI = 14, D_ADDIS = 15, D_ANDI = 28 };
enum { D_LWZ = 32, D_LBZ = 34, D_LHZ = 40, D_LHA = 42 };

struct guard {
    uint32_t words[WORDS_MAX_HERE];
    size_t n;
};

static struct guard guard;
static uint32_t routine[WORDS_MAX_HERE * 2];
static size_t n_routine;
static bool fired;
static uint8_t memory[MEMORY_SIZE], stack[STACK_SIZE];

/* ---- guards ---- */

static void put(uint32_t word)
{
    guard.words[guard.n++] = word;
}

/* Mostly what is computed already. */
static unsigned any_register(uint32_t *random)
{
    unsigned r = 3 + random_below(random, 4);

    return r == 6 ? 5 : r;
}

/* Through r4, which is a pointer; also beyond what a displacement reaches. */
static void put_load(uint32_t *random)
{
    static const unsigned loads[] = {D_LWZ, D_LBZ, D_LHZ, D_LHA};
    unsigned base = 4, load = loads[random_below(random, 4)], low = 0;

    if (random_below(random, 3) == 0) {
        put(FORM_D(D_ADDIS, 5, 4, 1));
        base = 5;
        low = 16;
    }
    put(FORM_D(load, 5, base, 4 * random_below(random, 8) - low));
    if (load == D_LBZ && random_below(random, 2) == 0)
        put(FORM_X(X_EXTSB, 5, 5, 0));
}

static void put_operation(uint32_t *random)
{
    static const unsigned operations[] = {X_AND, X_SUBF, X_ADD, X_XOR, X_OR};
    unsigned a = any_register(random), b = any_register(random);
    unsigned to = random_below(random, 3) == 0 ? 3 : 5;

    switch (random_below(random, 8)) {
    case 0:
        put_load(random);
        break;
    case 1:
        put(FORM_D(D_ADDI, to, a, random_next(random)));
        break;
    case 2:
        put(FORM_D(D_ANDI, a, to, random_next(random)));
        break;
    case 3:
        put(RLWINM(to, a, random_below(random, 32), random_below(random, 32),
                   random_below(random, 32)));
        break;
    case 4:
        put(FORM_X(random_below(random, 2) == 0 ? X_EXTSB : X_EXTSH, a, to, 0));
        break;
    case 5:
        put(FORM_X(X_SRAWI, a, to, random_below(random, 32)));
        break;
    default: {
        unsigned operation = operations[random_below(random, 5)];

        put(operation == X_ADD || operation == X_SUBF ? FORM_X(operation, to, a, b)
                                                      : FORM_X(operation, a, to, b));
    }
    }
}

static uint32_t any_word(uint32_t *random)
{
    static const uint32_t words[] = {0, 1, 2, 5, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff};
    uint32_t word = words[random_below(random, 10)];

    return random_below(random, 3) == 0   ? -word
           : random_below(random, 6) == 0 ? random_next(random)
                                          : word;
}

static void put_compare(uint32_t *random)
{
    bool is_signed = random_below(random, 2) == 0;

    if (random_below(random, 4) == 0)
        put(FORM_X(is_signed ? X_CMP : X_CMPL, 0, 5, 3 + random_below(random, 2)));
    else
        put(FORM_D(is_signed ? D_CMPI : D_CMPLI, 0, 5, any_word(random)));
}

/* Goes to the n-th word from here, or returns, if a bit of CR0 is, or is not, set. */
static uint32_t any_branch(uint32_t *random, uint32_t branch)
{
    return branch | (random_below(random, 2) == 0 ? 4u : 12u) << 21 | random_below(random, 3) << 16;
}

/* One or two comparisons of what is computed: no if the first one says so, else what the second says. */
static void make_guard(uint32_t *random)
{
    guard.n = 0;
    put(MR(5u, 3u));
    for (unsigned n = 1 + random_below(random, 3); n > 0; n--)
        put_operation(random);
    if (random_below(random, 3) == 0) {
        put_compare(random);
        put(any_branch(random, 16u << 26 | 5 * 4));
        put_operation(random);
    }
    put_compare(random);
    put(LI(3u, 1));
    put(any_branch(random, 0x4c000020u));
    put(LI(3u, 0));
    put(BLR);
}

/* ---- running ---- */

static bool fetch(void *context, uint32_t address, uint32_t *word)
{
    (void)context;
    if (address - F < 4 * guard.n)
        *word = guard.words[(address - F) / 4];
    else if (address - ROUTINE < 4 * n_routine)
        *word = routine[(address - ROUTINE) / 4];
    else
        return false;
    return true;
}

static bool play(void *context, struct machine *machine, uint32_t procedure)
{
    (void)context;
    (void)machine;
    fired = procedure == HANDLER;
    return fired;
}

static void run(struct machine *machine, uint32_t entry, const uint32_t arguments[2])
{
    memset(machine, 0, sizeof *machine);
    machine_add(machine, MEMORY, memory, sizeof memory);
    machine_add(machine, STACK, stack, sizeof stack);
    machine->registers[1] = STACK + STACK_SIZE / 2;
    machine->registers[3] = arguments[0];
    machine->registers[4] = arguments[1];
    machine->fetch = fetch;
    machine->play = play;
    fired = false;
    if (machine_run(machine, entry) != NULL)
        fail_msg("%s", machine->fault);
}

static bool routine_fires(const struct target *asked, const uint32_t arguments[2])
{
    const uint32_t second[2] = {arguments[1], 0};
    struct machine machine;

    run(&machine, ROUTINE, asked->passing == PASS_CLOSURE_ARGUMENTS ? second : arguments);
    return fired;
}

static bool guard_says_yes(const uint32_t arguments[2])
{
    struct machine machine;

    run(&machine, F, arguments);
    return machine.registers[3] != 0;
}

/* ---- comparing ---- */

static void compile_guard(const struct target *asked, unsigned n_arguments)
{
    const struct compile_terms terms = {.near = ROUTINE};
    struct dispatch_guard guards[] = {{.guard = *asked}};
    struct dispatch_binding binding = {.handler = {.procedure = HANDLER, .passing = PASS_NOTHING},
                                       .guards = guards,
                                       .n_guards = 1};
    struct dispatch plan = {.bindings = &binding,
                            .n = 1,
                            .signature = {.n_arguments = (uint8_t)n_arguments,
                                          .n_words = (uint8_t)n_arguments,
                                          .words = {1, 1},
                                          .sizes = {4, 4}}};
    struct compiled *compiled;

    assert_int_equal(compile_plan(&plan, &terms, NULL, 0, &compiled), OK);
    n_routine = compile_size(compiled);
    assert_true(n_routine <= COUNT(routine));
    assert_true(compile_place(compiled, ROUTINE, 0, n_routine, routine));
    compile_free(compiled);
}

/* With a closure the first argument is that, and the event has the other one only. */
static bool agrees(uint32_t *random, bool closure, unsigned *n_known)
{
    struct words_source program;
    struct facts facts;
    struct target asked = {.procedure = F,
                           .closure = any_word(random),
                           .passing = closure ? PASS_CLOSURE_ARGUMENTS : PASS_ARGUMENTS,
                           .facts = &facts};

    make_guard(random);
    words_source_open(&program, guard.words, guard.n);
    facts_find(&program.source, F, &facts);
    *n_known += facts.predicate.known;
    compile_guard(&asked, closure ? 1 : 2);
    for (unsigned i = 0; i < N_RAISES; i++) {
        uint32_t arguments[2] = {closure ? asked.closure : any_word(random), MEMORY};

        if (guard_says_yes(arguments) != routine_fires(&asked, arguments))
            return false;
    }
    return true;
}

static void routines_ask_what_guards_ask(void **state)
{
    uint32_t random = 0x20090005;
    unsigned n_known = 0;

    (void)state;
    for (size_t i = 0; i < sizeof memory; i++)
        memory[i] = (uint8_t)random_next(&random);
    for (unsigned i = 0; i < N_GUARDS; i++) {
        uint32_t seed = random;

        if (!agrees(&random, i % 3 == 0, &n_known))
            fail_msg("guard %u, of seed 0x%08x", i, (unsigned)seed);
    }
    assert_true(n_known > N_GUARDS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(routines_ask_what_guards_ask),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("guards", tests, NULL, NULL);
}
