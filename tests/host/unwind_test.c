/*
 * Tests of arch/ppc/code/analysis/unwind.c: all procedures of the C library, the compiler's library, the kernel, and of what the compilers make of
 * unwinds.c and switches.c at every level, are run along random ways (wander.h), and at every instruction what unwinding says is what the caller had.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/ppc/code/analysis/unwind.h"
#include "tests/host/corpus.h"
#include "tests/host/flow_words.h"
#include "tests/host/program_source.h"
#include "tests/host/wander.h"

#define N_WAYS 12
#define N_STEPS 3000
#define FAULTS_SHOWN 25
#define KEPT_FIELDS 0x00fff000u
#define ARENA_SIZE (192 * 1024) /* what the kernel has, kernel/contain/unwind.c */

/* What is known of an instruction, found when it is first come to. */
struct rule {
    bool asked, known;
    struct unwind unwind;
};

struct trial {
    const char *image;
    const struct unwinder *unwinder;
    const struct flow *flow;
    struct rule *rules; /* of each word, not called and called */
    bool loses;         /* something, somewhere */
    const char *fault;
    vaddr_t fault_at;
};

static struct {
    unsigned n_procedures, n_unknown, n_large, n_places, n_losing, n_returns, n_bad_ways, n_faults;
    size_t largest;
} total;

/* ---- what unwinding says ---- */

static struct rule *rule_at(struct trial *trial, vaddr_t pc, bool called)
{
    const struct part *part = trial->flow->parts;
    vaddr_t at = called ? pc - 4 : pc;
    struct rule *rule;

    while (at - part->start >= part->end - part->start)
        part++;
    rule = &trial->rules[2 * (part->first_word + (at - part->start) / 4) + called];
    if (!rule->asked) {
        rule->asked = true;
        rule->known = unwind_at(trial->unwinder, pc, called, &rule->unwind) == OK;
        total.n_places++;
        trial->loses |= !rule->known;
    }
    return rule;
}

static bool place_is(struct wander *w, const struct unwind_place *place, uint32_t caller,
                     uint32_t kept, uint32_t mask, uint32_t wanted)
{
    struct trial *trial = w->context;
    uint32_t value = kept;

    if (place->where == UNWIND_LOST) {
        trial->loses = true;
        return true;
    }
    if (place->where == UNWIND_GENERAL)
        value = w->machine.registers[place->general];
    if (place->where == UNWIND_STACK)
        value = machine_load(&w->machine, caller + (uint32_t)(int32_t)place->offset, 4);
    return ((value ^ wanted) & mask) == 0;
}

static const char *judge(struct wander *w, const struct unwind *unwind, bool called)
{
    static char text[40];
    const struct machine *m = &w->machine, *e = &w->entry;
    uint32_t chain = machine_load(&w->machine, m->registers[1], 4);
    uint32_t caller = unwind->base == UNWIND_CHAIN ? chain : m->registers[unwind->base];

    caller += (uint32_t)unwind->frame;
    if (caller != e->registers[1])
        return "r1 of the caller";
    if (unwind->chained && chain != caller + (uint32_t)unwind->chain)
        return "the back chain";
    if (!place_is(w, &unwind->lr, caller, called ? 0 : m->lr, ~0u, e->lr))
        return "LR";
    if (!place_is(w, &unwind->cr, caller, m->cr, KEPT_FIELDS, e->cr))
        return "CR";
    for (unsigned i = 14; i < 32; i++)
        if (!place_is(w, &unwind->general[i - UNWIND_FIRST], caller, m->registers[i], ~0u,
                      e->registers[i])) {
            snprintf(text, sizeof text, "r%u", i);
            return text;
        }
    return NULL;
}

static void arrive(struct wander *w, vaddr_t pc, bool called)
{
    struct trial *trial = w->context;
    const struct rule *rule = rule_at(trial, pc, called);
    const char *wrong = rule->known ? judge(w, &rule->unwind, called) : NULL;

    w->machine.fault = NULL;
    if (wrong != NULL && trial->fault == NULL) {
        trial->fault = wrong;
        trial->fault_at = pc;
    }
}

/* ---- procedures ---- */

static void tell(const struct trial *trial)
{
    if (total.n_faults++ < FAULTS_SHOWN)
        print_error("%s: %s at 0x%08x: %s\n", trial->image, trial->flow->procedure.name,
                    trial->fault_at, trial->fault);
}

/* A way that does not restore what it should is none that the code can go: then nothing is said. */
static void try_procedure(struct trial *trial, const struct code_source *source)
{
    struct wander w = {.flow = trial->flow,
                       .source = source,
                       .arrive = arrive,
                       .context = trial,
                       .seed = trial->flow->procedure.start * 2654435761u | 1};

    trial->rules = calloc(2 * trial->flow->n_words, sizeof *trial->rules);
    for (unsigned i = 0; i < N_WAYS; i++) {
        const char *wrong;

        trial->fault = NULL;
        wrong = wander(&w, N_STEPS);
        total.n_returns += w.returned;
        total.n_bad_ways += wrong != NULL;
        if (trial->fault != NULL && wrong == NULL) {
            tell(trial);
            break;
        }
    }
    free(trial->rules);
    if (trial->loses)
        print_message("# %s: %s is not followed everywhere\n", trial->image,
                      trial->flow->procedure.name);
    total.n_losing += trial->loses;
}

static void judge_procedure(const char *image, const struct code_source *source, vaddr_t start)
{
    static uint8_t bytes[4 * ARENA_SIZE] __attribute__((aligned(8)));
    struct arena arena = {bytes, sizeof bytes, 0};
    const struct flow_terms flow_terms = {.arena = &arena};
    const struct unwind_terms terms = {.source = source, .arena = &arena};
    struct trial trial = {.image = image};
    struct unwinder *unwinder;
    struct flow *flow;

    total.n_procedures++;
    if (flow_build(source, start, &flow_terms, &flow) != OK ||
        unwind_open(flow, &terms, &unwinder) != OK) {
        total.n_unknown++;
        return;
    }
    total.n_large += arena.used > ARENA_SIZE;
    total.largest = arena.used > total.largest ? arena.used : total.largest;
    trial.unwinder = unwinder;
    trial.flow = flow;
    try_procedure(&trial, source);
    unwind_close(unwinder);
    flow_free(flow);
}

static void judge_image(const char *name)
{
    struct program_source program;
    struct procedure procedure = {0};
    const struct code_source *source = &program.source;

    program_source_read(&program, name);
    while (source->next(source->context, procedure.end, &procedure)) {
        if (!procedure.import && procedure.whole == procedure.start &&
            procedure.start != procedure.end && strncmp(procedure.name, "_rest", 5) != 0)
            judge_procedure(name, source, procedure.start);
    }
    program_source_close(&program);
}

static void judge_all(const char *pattern, const char *folder)
{
    struct corpus corpus = corpus_open(pattern);
    char name[300];

    for (size_t i = 0; i < corpus.n; i++) {
        snprintf(name, sizeof name, "%s/%s", folder, corpus.entries[i].name);
        judge_image(name);
    }
    corpus_close(&corpus);
}

/* But for so many procedures that do not keep to the ABI, where something is not known, or all. */
static void report(const char *what, unsigned n_losing)
{
    print_message("# %s: %u procedures, %u not followed, largest %zu bytes\n", what,
                  total.n_procedures, total.n_unknown, total.largest);
    print_message("# %u places; %u returns, %u impossible ways\n", total.n_places, total.n_returns,
                  total.n_bad_ways);
    assert_int_equal(total.n_faults, 0);
    assert_int_equal(total.n_large, 0);
    assert_true(total.n_losing <= n_losing);
    assert_true(total.n_returns > total.n_procedures);
}

static void what_the_compilers_make_is_unwound_everywhere(void **state)
{
    (void)state;
    memset(&total, 0, sizeof total);
    judge_all("../unwinds/*.elf", "../unwinds");
    report("unwinds.c", 0);
}

static void switches_are_unwound_everywhere(void **state)
{
    (void)state;
    memset(&total, 0, sizeof total);
    judge_all("../switches/*.elf", "../switches");
    report("switches.c", 0);
}

static void libraries_are_unwound_everywhere(void **state)
{
    static const char *const names[] = {"libc", "libm", "libfloat", "libgcc"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char name[80];

        memset(&total, 0, sizeof total);
        snprintf(name, sizeof name, "../libraries/%s.elf", names[i]);
        judge_image(name);
        report(names[i], 2);
    }
}

static void the_kernel_is_unwound_everywhere(void **state)
{
    (void)state;
    memset(&total, 0, sizeof total);
    judge_image("../../../whorl.elf");
    report("kernel", 8);
}

/* ---- by hand ---- */

static void find(const uint32_t words[], size_t n, unsigned at, struct unwind *unwind)
{
    struct words_source program;
    struct unwind_terms terms = {.source = &program.source};
    struct flow *flow;

    words_source_open(&program, words, n);
    assert_int_equal(flow_build(&program.source, F, NULL, &flow), OK);
    assert_int_equal(unwind_find(flow, F + 4 * at, false, &terms, unwind), OK);
    flow_free(flow);
}

static void what_is_overwritten_on_the_stack_is_lost(void **state)
{
    static const uint32_t words[] = {STWU(1, -32, 1), STW(31, 28, 1), LI(31, 0), STW(3, 28, 1),
                                     BLR};
    struct unwind unwind;

    (void)state;
    find(words, COUNT(words), 3, &unwind);
    assert_int_equal(unwind.general[31 - UNWIND_FIRST].where, UNWIND_STACK);
    assert_int_equal(unwind.general[31 - UNWIND_FIRST].offset, -4);
    assert_int_equal(unwind.frame, 32);
    find(words, COUNT(words), 4, &unwind);
    assert_int_equal(unwind.general[31 - UNWIND_FIRST].where, UNWIND_LOST);
    assert_int_equal(unwind.general[30 - UNWIND_FIRST].where, UNWIND_KEPT);
}

static void what_lies_below_the_stack_pointer_is_lost_by_calls(void **state)
{
    static const uint32_t words[] = {MFLR(0), STW(0, 4, 1), STW(31, -4, 1), LI(31, 0), BL(2),
                                     BLR,     BLR};
    struct unwind unwind;

    (void)state;
    find(words, COUNT(words), 4, &unwind);
    assert_int_equal(unwind.general[31 - UNWIND_FIRST].where, UNWIND_STACK);
    find(words, COUNT(words), 5, &unwind);
    assert_int_equal(unwind.general[31 - UNWIND_FIRST].where, UNWIND_LOST);
    assert_int_equal(unwind.lr.where, UNWIND_LOST);
}

static void lr_is_where_it_was_moved_to_last(void **state)
{
    static const uint32_t words[] = {MFLR(0), LI(3, 0), MTLR(0), LI(3, 0), BLR};
    struct unwind unwind;

    (void)state;
    find(words, COUNT(words), 1, &unwind);
    assert_int_equal(unwind.lr.where, UNWIND_GENERAL);
    assert_int_equal(unwind.lr.general, 0);
    find(words, COUNT(words), 3, &unwind);
    assert_int_equal(unwind.lr.where, UNWIND_KEPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_overwritten_on_the_stack_is_lost),
        cmocka_unit_test(what_lies_below_the_stack_pointer_is_lost_by_calls),
        cmocka_unit_test(lr_is_where_it_was_moved_to_last),
        cmocka_unit_test(what_the_compilers_make_is_unwound_everywhere),
        cmocka_unit_test(switches_are_unwound_everywhere),
        cmocka_unit_test(libraries_are_unwound_everywhere),
        cmocka_unit_test(the_kernel_is_unwound_everywhere),
    };
    int failed;

    wander_open();
    cmocka_set_message_output(CM_OUTPUT_TAP);
    failed = cmocka_run_group_tests_name("unwind", tests, NULL, NULL);
    wander_close();
    return failed;
}
