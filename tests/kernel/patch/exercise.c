/* See exercise.h. What drills record with is defined here, too: see tests/kernel/poison/step.h. */
#include "tests/kernel/patch/exercise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/patch.h>

#include "arch/ppc/image.h"
#include "arch/ppc/processor.h"
#include "kernel/code_view.h"
#include "kernel/fault.h"
#include "kernel/kernel_symbols.h"
#include "tests/kernel/patch/drills_more.h"
#include "tests/kernel/poison/drills.h"
#include "tests/kernel/poison/step.h"

#define EXERCISES_MAX 128
#define STEPS_MAX 2000000
#define NAMES_MAX 256
#define NO_RESULTS 2166136261u

struct exercise exercises[EXERCISES_MAX];
size_t n_exercises;

static uint32_t *visits; /* of each word of the kernel's text */
static struct code_index *view;

/* What the exercise under way does. */
static bool is_stepping;
static void (*visitor)(struct trap_frame *frame);
static uint32_t n_steps, limit, n_results, results;

/* ---- stepping ---- */

/* Behind every instruction; srr0 is the next one. */
static bool stepped(struct trap_frame *frame)
{
    uint32_t number = TEXT_NUMBER(frame->srr0);

    if (number < TEXT_WORDS)
        visits[number]++;
    if (++n_steps >= limit) {
        frame->srr1 &= ~(uint32_t)MSR_SE;
        frame->srr0 = 0; /* a fault, and so the end */
    } else if (visitor != NULL) {
        visitor(frame);
    }
    return true;
}

static void stepping(bool on)
{
    if (is_stepping)
        msr_write(on ? msr_read() | MSR_SE : msr_read() & ~(uint32_t)MSR_SE);
}

/* Nothing of the kernel, for a while. */
static void idle(void)
{
    for (volatile unsigned i = 0; i < 20; i++)
        ;
}

const struct exercise exercise_idle = {.name = "idle", .run = idle, .results = NO_RESULTS};

static void call(void *closure)
{
    void (*run)(void);
    uint32_t before = interrupts_off();

    memcpy(&run, closure, sizeof run);
    stepping(true);
    if (run != NULL)
        run();
    stepping(false);
    interrupts_restore(before);
}

/* Also when a fault ends it. */
static bool run(const struct exercise *exercise)
{
    void (*procedure)(void) = exercise == NULL ? NULL : exercise->run;
    uint32_t before = msr_read();
    status_t status;

    n_results = n_steps = 0;
    results = NO_RESULTS;
    status = fault_contain(call, &procedure);
    msr_write(before);
    return status == OK;
}

static bool is_same(const struct exercise *exercise)
{
    return exercise == NULL || (n_results == exercise->n_results && results == exercise->results);
}

bool exercise_run(const struct exercise *exercise)
{
    is_stepping = false;
    return run(exercise) && is_same(exercise);
}

static bool step(const struct exercise *exercise, void (*visit)(struct trap_frame *frame))
{
    trap_handler_t before = trap_handle(VECTOR_TRACE, stepped);
    bool completed;

    is_stepping = true;
    visitor = visit;
    completed = run(exercise);
    is_stepping = false;
    (void)trap_handle(VECTOR_TRACE, before);
    return completed;
}

bool exercise_step(const struct exercise *exercise, void (*visit)(struct trap_frame *frame))
{
    /* Patched, each instruction may be many. */
    limit = 100000 + (exercise == NULL ? 0 : 200 * exercise->n_steps);
    memset(visits, 0, TEXT_WORDS * sizeof visits[0]);
    return step(exercise, visit) && is_same(exercise);
}

uint32_t exercise_visits(vaddr_t address)
{
    return visits[TEXT_NUMBER(address)];
}

/* ---- what drills call ---- */

void record(uint32_t value)
{
    results = (results ^ value) * 16777619u;
    results = results >> 15 ^ results;
    n_results++;
}

/* Calls nothing of the kernel, for that would be counted. */
void record_bytes(const void *bytes, size_t n)
{
    const unsigned char *byte = bytes;
    uint32_t sum = 2166136261u;

    stepping(false);
    for (size_t i = 0; i < n; i++)
        sum = (sum ^ byte[i]) * 16777619u;
    record(sum);
    stepping(true);
}

void record_text(const char *text)
{
    size_t n = 0;

    while (text != NULL && text[n] != 0)
        n++;
    record_bytes(text, n);
}

/* What has been found by name, so that nothing of the kernel is called for it a second time. */
static struct {
    const char *name;
    vaddr_t address;
} names[NAMES_MAX];
static size_t n_names;

static vaddr_t find_procedure(const char *name)
{
    for (size_t i = 0; i < kernel_symbol_count(); i++) {
        struct symbol symbol = kernel_symbol(i);

        if (symbol.exported && symbol.value < IMAGE(kernel_text_end) &&
            symbol.value >= IMAGE(kernel_text_start) && strcmp(symbol.name, name) == 0)
            return symbol.value;
    }
    return 0;
}

vaddr_t step_procedure_named(const char *name)
{
    size_t i = 0;

    stepping(false);
    while (i < n_names && names[i].name != name)
        i++;
    if (i == n_names && n_names < NAMES_MAX) {
        names[n_names].address = find_procedure(name);
        names[n_names++].name = name;
    }
    stepping(true);
    return i < n_names ? names[i].address : 0;
}

const struct code_source *step_source(void)
{
    return code_index_source(view);
}

/* ---- all of them ---- */

static void add_all(const struct drill drills[])
{
    for (; drills->name != NULL && n_exercises < EXERCISES_MAX; drills++)
        exercises[n_exercises++] = (struct exercise){.name = drills->name, .run = drills->run};
}

static int compare_steps(const void *a, const void *b)
{
    const struct exercise *x = a, *y = b;

    return x->n_steps < y->n_steps ? -1 : x->n_steps > y->n_steps;
}

static bool keep_visits(struct exercise *exercise)
{
    size_t n = 0;

    for (size_t i = 0; i < TEXT_WORDS; i++)
        n += visits[i] != 0;
    exercise->visits = malloc(n * sizeof exercise->visits[0]);
    if (exercise->visits == NULL)
        return false;
    for (size_t i = 0; i < TEXT_WORDS; i++)
        if (visits[i] != 0)
            exercise->visits[exercise->n_visits++] = (struct visit){i, visits[i]};
    return true;
}

/* The first time is for what only the first time does. */
static bool learn(struct exercise *exercise)
{
    is_stepping = false;
    limit = STEPS_MAX;
    memset(visits, 0, TEXT_WORDS * sizeof visits[0]);
    if (!run(exercise) || !step(exercise, NULL))
        return false;
    exercise->n_steps = n_steps;
    exercise->n_results = n_results;
    exercise->results = results;
    return n_results > 0 && keep_visits(exercise) && exercise_run(exercise);
}

/* While there is a patch a view has a copy of the text, which holds when the text is patched. */
static bool open_view(void)
{
    patch_t *patch;
    bool open;

    if (patch_count((const void *)find_procedure("strcspn"), NULL, &patch) != OK)
        return false;
    open = code_view_open(&view) == OK;
    return patch_remove(patch) == OK && open;
}

bool exercise_open(void)
{
    bool good = true;

    n_exercises = n_names = 0;
    visits = calloc(TEXT_WORDS, sizeof visits[0]);
    if (visits == NULL || !open_view()) {
        free(visits);
        return false;
    }
    add_all(drills_of_strings);
    add_all(drills_of_numbers);
    add_all(drills_of_kernel);
    add_all(drills_of_code);
    add_all(drills_of_libraries);
    add_all(drills_of_system);
    for (size_t i = 0; i < n_exercises; i++)
        if (!learn(&exercises[i])) {
            printf("    # %s is of no use\n", exercises[i].name);
            good = false;
        }
    qsort(exercises, n_exercises, sizeof exercises[0], compare_steps);
    if (!good)
        exercise_close();
    return good;
}

void exercise_close(void)
{
    for (size_t i = 0; i < n_exercises; i++)
        free(exercises[i].visits);
    code_index_close(view);
    free(visits);
}

bool exercise_procedure(vaddr_t address, vaddr_t *start, vaddr_t *end)
{
    const struct code_source *source = step_source();
    struct procedure procedure;

    if (!source->procedure(source->context, address, &procedure) ||
        procedure.end > IMAGE(kernel_text_end))
        return false;
    *start = procedure.start;
    *end = procedure.end;
    return true;
}
