/*
 * What patches cost, on a sample of the instructions that the exercises of tests/kernel/patch execute: an exercise is
 * run several times without and with a patch, and the difference divided by how often the instruction is executed;
 * less what the patch costs on the way to an exercise. Exercises that look at patches or use memory are left out: they do not
 * execute the same with a patch as without.
 * It is executed often enough that a tick of the time base makes a tenth of an instruction at most. Where the exercise
 * does not take the same time twice, nothing is measured.
 *
 * insert_first is the median of procedures of the kernel that were not asked about before; insert_afresh the mean when everything
 * that was found out is forgotten before each, the analysis of the library included.
 *
 * The C handler does nothing; it is patched in as a leaf, whose clobbers are known, and as a procedure of which nothing is known but
 * the ABI. What it executes itself, one instruction, counts as added.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/domain.h>

#include "arch/ppc/image.h"
#include "arch/ppc/mmu.h"
#include "domains/image/symbols.h"
#include "kernel/heap.h"
#include "kernel/kernel_symbols.h"
#include "kernel/page.h"
#include "kernel/patch/patch.h"
#include "kernel/patch/site.h"
#include "kernel/patch/springboard.h"
#include "tests/bench/bench.h"
#include "tests/kernel/patch/exercise.h"

DOMAIN("bench/patches");
IMPORT_DOMAIN("Debug");

#define SAMPLE_MAX 4000
#define STEPS_MAX 12000 /* of an exercise that is used */
#define EXECUTIONS 100  /* in all runs of an exercise: ten instructions are a tick */
#define N_INSERTS 500
#define FAR_AWAY ((const void *)0x0f000000)

enum kind { COUNT, HANDLER_KNOWN, HANDLER_UNKNOWN, SPRINGBOARD, TRAP, N_KINDS };

static uint64_t samples[SAMPLE_MAX]; /* thousandths of an instruction */
static size_t n_samples;

static void __attribute__((noipa)) nothing(void *closure, uint32_t site)
{
    (void)closure;
    (void)site;
}

static status_t insert(const void *site, enum kind kind, patch_t **patch)
{
    struct patch_options far = {.near = FAR_AWAY};
    status_t status;

    switch (kind) {
    case COUNT:
        return patch_count(site, NULL, patch);
    case SPRINGBOARD:
    case TRAP:
        return patch_count(site, &far, patch);
    default:
        status = patch_insert(site, (procedure_t)nothing, NULL, NULL, patch);
        if (status == OK && kind == HANDLER_UNKNOWN)
            status = patch_procedure_changes((vaddr_t)nothing);
        return status;
    }
}

static uint64_t ticks_of(const struct exercise *exercise, uint32_t n_runs)
{
    uint64_t start = clock_ticks();

    for (uint32_t i = 0; i < n_runs; i++)
        (void)exercise_run(exercise);
    return clock_ticks() - start;
}

static bool is_near(uint64_t a, uint64_t b)
{
    return a - b + 2 < 4;
}

static uint64_t ticks_of_nothing(uint32_t n_runs)
{
    return ticks_of(NULL, n_runs);
}

/* Another time without the patch tells whether the exercise takes always the same. */
static void measure_site(const struct exercise *exercise, const struct visit *visit, enum kind kind)
{
    const void *site = (const void *)TEXT_ADDRESS(visit->number);
    uint32_t n_runs = EXECUTIONS / visit->count + 1;
    uint64_t without, with, again;
    patch_t *patch;

    if (insert(site, kind, &patch) != OK)
        return;
    (void)patch_remove(patch);
    without = ticks_of(exercise, n_runs) - ticks_of_nothing(n_runs);
    if (insert(site, kind, &patch) != OK)
        return;
    with = ticks_of(exercise, n_runs) - ticks_of_nothing(n_runs);
    (void)patch_remove(patch);
    again = ticks_of(exercise, n_runs) - ticks_of_nothing(n_runs);
    if (is_near(without, again) && with > without)
        samples[n_samples++] = bench_each(with - without, (uint64_t)n_runs * visit->count);
}

/* What depends on memory or on patches does not take the same time with a patch as without. */
static bool is_pure(const struct exercise *exercise)
{
    const vaddr_t others[] = {(vaddr_t)heap_allocate,   (vaddr_t)page_take,
                              (vaddr_t)code_word_get,   (vaddr_t)patch_code_at,
                              (vaddr_t)patch_code_name, (vaddr_t)mmu_translate};

    for (size_t i = 0; i < exercise->n_visits; i++)
        for (size_t k = 0; k < sizeof others / sizeof others[0]; k++)
            if (exercise->visits[i].number == TEXT_NUMBER(others[k]))
                return false;
    return true;
}

static int compare_samples(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* Every stride-th instruction of short exercises. */
static void measure(enum kind kind, size_t stride)
{
    size_t turn = 0;

    n_samples = 0;
    for (size_t i = 0; i < n_exercises && exercises[i].n_steps <= STEPS_MAX; i++)
        for (size_t k = 0;
             is_pure(&exercises[i]) && k < exercises[i].n_visits && n_samples < SAMPLE_MAX; k++)
            if (exercises[i].visits[k].count >= 4 && turn++ % stride == 0)
                measure_site(&exercises[i], &exercises[i].visits[k], kind);
    qsort(samples, n_samples, sizeof samples[0], compare_samples);
}

static void print_sample(const char *name, const char *which, size_t i)
{
    char full[64];

    snprintf(full, sizeof full, "%s%s", name, which);
    if (n_samples > 0)
        bench_print(full, samples[i]);
}

static void print_samples(const char *name, bool best)
{
    if (best)
        print_sample(name, ".best", 0);
    print_sample(name, ".median", n_samples / 2);
    print_sample(name, ".worst", n_samples - 1);
}

static void measure_bodies(void)
{
    measure(COUNT, 2);
    print_samples("probe.count", true);
    measure(HANDLER_UNKNOWN, 5);
    print_samples("probe.handler", false);
    measure(HANDLER_KNOWN, 31);
    print_samples("probe.handler_leaf", false);
    measure(SPRINGBOARD, 101);
    print_samples("probe.springboard", false);
}

/* Springboards are all taken, so that there is none for a patch. */
static void measure_trap(void)
{
    size_t n_free = springboard_capacity() - springboard_used(), n = 0;
    vaddr_t *slots = calloc(n_free, sizeof slots[0]);

    while (slots != NULL && n < n_free && springboard_take((vaddr_t)exercise_run, &slots[n]) == OK)
        n++;
    measure(TRAP, 211);
    print_sample("probe.trap", "", n_samples / 2);
    while (n > 0)
        springboard_give(slots[--n]);
    free(slots);
}

/* ---- inserting and removing ---- */

static const void *site_number(size_t i)
{
    const struct exercise *exercise = &exercises[i * 7 % n_exercises];

    return (const void *)TEXT_ADDRESS(exercise->visits[i * 31 % exercise->n_visits].number);
}

static uint64_t ticks_of_insert(const void *site, bool afresh, uint64_t *removing)
{
    uint64_t start, between;
    patch_t *patch;

    if (afresh)
        site_forget_all();
    start = clock_ticks();
    if (patch_count(site, NULL, &patch) != OK)
        return 0;
    between = clock_ticks();
    (void)patch_remove(patch);
    *removing += clock_ticks() - between;
    return between - start;
}

/* In procedures of the kernel that were not asked about before, but for what the first question of all finds out. */
static void measure_first(void)
{
    uint64_t removing = 0;

    (void)ticks_of_insert((const void *)domain_init, false, &removing);
    n_samples = 0;
    for (size_t i = 0; i < kernel_symbol_count() && n_samples < N_INSERTS; i += 3) {
        struct symbol symbol = kernel_symbol(i);
        uint64_t ticks;

        if (symbol.kind != SYMBOL_PROCEDURE || symbol.value >= IMAGE(kernel_library_start))
            continue;
        ticks = ticks_of_insert((const void *)symbol.value, false, &removing);
        if (ticks != 0)
            samples[n_samples++] = bench_each(ticks, 1);
    }
    qsort(samples, n_samples, sizeof samples[0], compare_samples);
    bench_print("probe.insert_first", samples[n_samples / 2]);
}

static void measure_inserting(void)
{
    uint64_t first = 0, second = 0, removing = 0, n = 0, other = 0;

    for (size_t i = 0; i < N_INSERTS; i++) {
        uint64_t one = i % 10 == 0 ? ticks_of_insert(site_number(i), true, &other) : 0;

        first += one;
        if (ticks_of_insert(site_number(i), false, &other) == 0)
            continue;
        second += ticks_of_insert(site_number(i), false, &removing);
        n++;
    }
    bench_print("probe.insert_afresh", bench_each(first, N_INSERTS / 10));
    bench_print("probe.insert", bench_each(second, n));
    bench_print("probe.remove", bench_each(removing, n));
}

/* Of all words of the kernel's text but those that exceptions go through without a frame. */
static void count_accepted(void)
{
    uint64_t n[N_SITE_ANSWERS] = {0}, all = 0;

    for (size_t i = 0; i < TEXT_WORDS; i++) {
        struct site_facts facts;

        site_find(TEXT_ADDRESS(i), &facts);
        n[facts.answer]++;
        all += facts.answer != SITE_EXCEPTION;
    }
    printf("probe.accepted_percent\t%llu.%02llu\tpercent\n",
           (unsigned long long)(n[SITE_ACCEPTED] * 100 / all),
           (unsigned long long)(n[SITE_ACCEPTED] * 10000 / all % 100));
    printf("springboard.capacity\t%u\tslots\n", (unsigned)springboard_capacity());
}

status_t domain_init(void)
{
    heap_fill_freed(false);
    if (!exercise_open())
        return status_refuse(ERR_FAILED, "the exercises cannot be run");
    measure_first();
    measure_bodies();
    measure_trap();
    measure_inserting();
    count_accepted();
    exercise_close();
    heap_fill_freed(true);
    return OK;
}
