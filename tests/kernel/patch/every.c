/* See every.h. */
#include "tests/kernel/patch/every.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/image.h"
#include "domains/capability.h"
#include "kernel/code_space.h"
#include "kernel/patch/site.h"
#include "kernel/patch/springboard.h"
#include "kernel/quiescence.h"
#include "kernel/test.h"
#include "tests/kernel/effects/random.h"
#include "tests/kernel/patch/every_private.h"
#include "tests/kernel/patch/exercise.h"

#define PROCEDURES_WANTED 500
#define FAILURES_SHOWN 8
#define CAPABILITIES 90000
#define REASONS_MAX 16
#define PERCENT_REFUSED 3 /* what code_write needs is executed by many */

static uint32_t *text; /* the kernel's, as it was */
static uint8_t *done;  /* of each word */
static size_t used_before, n_springboards_before;
static unsigned every_failures;

static struct {
    char sentence[100];
    unsigned n;
} reasons[REASONS_MAX];
static size_t n_reasons;

/* ---- before and after ---- */

static size_t code_in_use(void)
{
    size_t used, taken;

    site_forget_all();
    quiescence_collect();
    code_space_use(&used, &taken);
    return used;
}

static bool is_text_as_before(void)
{
    const uint32_t *now = (const uint32_t *)IMAGE(kernel_text_start);

    for (size_t i = 0; i < TEXT_WORDS; i++)
        if (!CHECK_EQUAL(text[i], now[i])) {
            every_name(TEXT_ADDRESS(i));
            return false;
        }
    return true;
}

void every_warm(void)
{
    void **capabilities = malloc(CAPABILITIES * sizeof capabilities[0]);
    size_t n = 0;

    while (capabilities != NULL && n < CAPABILITIES &&
           capability_create(CAPABILITY_PATCH, &reasons, &capabilities[n]) == OK)
        n++;
    while (n > 0)
        capability_revoke(capabilities[--n]);
    free(capabilities);
}

bool every_open(void)
{
    text = malloc(TEXT_WORDS * 4);
    done = calloc(TEXT_WORDS, 1);
    if (!CHECK(text != NULL) || !CHECK(done != NULL) || !CHECK(exercise_open())) {
        free(text);
        free(done);
        return false;
    }
    memcpy(text, (const void *)IMAGE(kernel_text_start), TEXT_WORDS * 4);
    used_before = code_in_use();
    n_springboards_before = springboard_used();
    every_failures = 0;
    every_forget_reasons();
    return true;
}

void every_close(void)
{
    patch_set_mode(PATCH_EXACT);
    CHECK(is_text_as_before());
    CHECK_EQUAL(used_before, code_in_use());
    CHECK_EQUAL(n_springboards_before, springboard_used());
    CHECK(patch_next(NULL) == NULL);
    exercise_close();
    free(text);
    free(done);
}

/* ---- telling ---- */

void every_name(vaddr_t site)
{
    char name[160];

    backtrace_name(site, name, sizeof name);
    printf("    #   at 0x%08x %s\n", (unsigned)site, name);
}

bool every_check(bool good, const char *what, vaddr_t site)
{
    if (good)
        return true;
    if (every_failures++ < FAILURES_SHOWN) {
        CHECK(!"a patch makes a difference");
        printf("    #   %s", what);
        every_name(site);
    }
    return false;
}

bool every_has_failed(void)
{
    return every_failures > FAILURES_SHOWN;
}

/* ---- refusals ---- */

void every_forget_reasons(void)
{
    n_reasons = 0;
}

/* A sentence without what differs from site to site. */
static void shorten(const char *sentence, char text_of[100])
{
    const char *colon = strrchr(sentence, ':');

    snprintf(text_of, 100, "%s", colon == NULL ? sentence : colon + 1);
}

void every_refused(vaddr_t site, status_t status)
{
    char sentence[100];
    size_t i = 0;

    shorten(status_explain(), sentence);
    (void)every_check(status == ERR_UNSUPPORTED, status_name(status), site);
    while (i < n_reasons && strcmp(reasons[i].sentence, sentence) != 0)
        i++;
    if (i == n_reasons && n_reasons < REASONS_MAX) {
        snprintf(reasons[n_reasons].sentence, sizeof sentence, "%s", sentence);
        reasons[n_reasons++].n = 0;
    }
    if (i < n_reasons)
        reasons[i].n++;
}

unsigned every_print_refused(void)
{
    unsigned n = 0;

    for (size_t i = 0; i < n_reasons; i++) {
        printf("    # %u refused:%s\n", reasons[i].n, reasons[i].sentence);
        n += reasons[i].n;
    }
    return n;
}

/* ---- each alone ---- */

uint64_t every_counted(const patch_t *patch)
{
    uint64_t count = 0;

    if (patch_counted(patch, &count) != OK)
        (void)every_check(false, "is not counted\n", 0);
    return count;
}

/* How much a count rises by an exercise; what reading it and calling an exercise does is measured with one of nothing. */
static uint64_t counted_by(const struct exercise *exercise, const patch_t *patch, bool stepped)
{
    uint64_t start = every_counted(patch), nothing, before;

    (void)(stepped ? exercise_step(NULL, NULL) : exercise_run(NULL));
    before = every_counted(patch);
    nothing = before - start;
    (void)every_check(stepped ? exercise_step(exercise, NULL) : exercise_run(exercise),
                      exercise->name, 0);
    return every_counted(patch) - before - nothing;
}

/* Whether each exception executes it. */
static bool is_of_exceptions(const patch_t *patch)
{
    return counted_by(&exercise_idle, patch, true) != 0;
}

/* What the heap does may depend on what the patch takes from it: then counts and single-step are of one run. */
static void check_count(const struct exercise *exercise, const struct visit *visit,
                        const patch_t *patch)
{
    vaddr_t site = TEXT_ADDRESS(visit->number);
    unsigned n = every_failures;

    if (counted_by(exercise, patch, false) != visit->count && !is_of_exceptions(patch))
        (void)every_check(counted_by(exercise, patch, true) == exercise_visits(site),
                          exercise->name, site);
    if (every_failures > n)
        every_name(site);
}

static void patch_alone(const struct exercise *exercise, const struct visit *visit)
{
    vaddr_t site = TEXT_ADDRESS(visit->number);
    patch_t *patch;
    status_t status = patch_count((const void *)site, NULL, &patch);

    if (status != OK) {
        every_refused(site, status);
        return;
    }
    check_count(exercise, visit, patch);
    (void)every_check(patch_remove(patch) == OK, "cannot be removed\n", site);
    (void)every_check(*(const uint32_t *)site == text[visit->number], "is not as before\n", site);
}

static unsigned alone_of(const struct exercise *exercise, unsigned *turn, unsigned stride)
{
    unsigned n = 0;

    for (size_t i = 0; i < exercise->n_visits && !every_has_failed(); i++) {
        const struct visit *visit = &exercise->visits[i];

        if (done[visit->number])
            continue;
        done[visit->number] = 1;
        if ((*turn)++ % stride != 0)
            continue;
        patch_alone(exercise, visit);
        n++;
    }
    return n;
}

void every_alone(enum patch_mode mode, unsigned stride, unsigned steps)
{
    unsigned n = 0, n_refused, turn = mode;

    every_forget_reasons();
    patch_set_mode(mode);
    memset(done, 0, TEXT_WORDS);
    for (size_t i = 0; i < n_exercises && !every_has_failed(); i++)
        n += alone_of(&exercises[i], &turn, exercises[i].n_steps > steps ? 8 * stride : stride);
    n_refused = every_print_refused();
    CHECK(n > 0);
    CHECK(100 * n_refused <= PERCENT_REFUSED * n);
    printf("    # %u instructions\n", n);
}

/* ---- every word ---- */

static void mark_executed(void)
{
    memset(done, 0, TEXT_WORDS);
    for (size_t i = 0; i < n_exercises; i++)
        for (size_t k = 0; k < exercises[i].n_visits; k++)
            done[exercises[i].visits[k].number] = 1;
}

/* Marks whole procedures of which something is marked; returns how many those are. */
static size_t mark_procedures(void)
{
    vaddr_t start, end;
    size_t n = 0;

    for (size_t i = 0; i < TEXT_WORDS; i++) {
        if (!done[i] || !exercise_procedure(TEXT_ADDRESS(i), &start, &end))
            continue;
        memset(&done[TEXT_NUMBER(start)], 1, (end - start) / 4);
        i = TEXT_NUMBER(end) - 1;
        n++;
    }
    return n;
}

size_t every_sites(vaddr_t sites[], size_t max)
{
    size_t n = 0;

    for (size_t i = 0; i < TEXT_WORDS; i++)
        if (done[i] && n++ < max)
            sites[n - 1] = TEXT_ADDRESS(i);
    return n;
}

size_t every_mark(void)
{
    size_t n;

    mark_executed();
    n = mark_procedures();
    CHECK(n >= PROCEDURES_WANTED);
    return n;
}

void every_word(unsigned stride)
{
    unsigned n = 0, turn = 0;

    (void)every_mark();
    for (size_t i = 0; i < TEXT_WORDS && !every_has_failed(); i++) {
        vaddr_t site = TEXT_ADDRESS(i);
        patch_t *patch;

        if (!done[i] || turn++ % stride != 0)
            continue;
        n++;
        if (patch_count((const void *)site, NULL, &patch) != OK)
            continue;
        (void)every_check(patch_remove(patch) == OK, "cannot be removed\n", site);
        (void)every_check(*(const uint32_t *)site == text[i], "is not as before\n", site);
    }
    CHECK(n > 0);
}
