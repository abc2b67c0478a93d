/* Handlers in C, on instructions of all kinds. See every.h. */
#include <stdio.h>
#include <string.h>

#include "arch/ppc/image.h"
#include "kernel/test.h"
#include "tests/kernel/patch/every.h"
#include "tests/kernel/patch/every_private.h"
#include "tests/kernel/patch/exercise.h"

#define STEPS_MAX 12000        /* of exercises that are run for one site each */
#define STEPS_MAX_STEPPED 5000 /* the same, by single-step */

/* What single-stepping finds at the site, and what the handler finds that runs there. */
static struct {
    vaddr_t site;
    struct patch_registers wanted;
    bool armed; /* the site was stepped to, so the next call is from there */
    uint32_t n_calls, n_armed, n_wrong;
} probe;

static void count_call(uint32_t site)
{
    probe.n_calls++;
    probe.n_armed += probe.armed;
    probe.n_wrong += site != probe.site;
}

static void count(void *closure, uint32_t site)
{
    (void)closure;
    count_call(site);
    probe.armed = false;
}

static void spoil(void *closure, uint32_t site)
{
    count(closure, site);
    __asm__ volatile("lis 0, -1234\n\tmtctr 0\n\tmtxer 0\n\tmtcrf 0xc7, 0\n\tmr 3, 0\n\tmr 4, 0\n\t"
                     "mr 5, 0\n\tmr 6, 0\n\tmr 7, 0\n\tmr 8, 0\n\tmr 9, 0\n\tmr 10, 0\n\t"
                     "mr 11, 0\n\tmr 12, 0"
                     :
                     :
                     : "0", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "ctr", "xer",
                       "cr0", "cr1", "cr5", "cr6", "cr7", "lr");
}

static bool is_alike(const struct patch_registers *a, const struct patch_registers *b)
{
    for (size_t i = 0; i < 32; i++)
        if (a->gpr[i] != b->gpr[i])
            return false;
    return a->cr == b->cr && a->xer == b->xer && a->lr == b->lr && a->ctr == b->ctr;
}

static void read_registers(void *closure, uint32_t site, const struct patch_registers *registers)
{
    (void)closure;
    count_call(site);
    probe.n_wrong += probe.armed && !is_alike(registers, &probe.wanted);
    probe.armed = false;
}

static void change_registers(void *closure, uint32_t site, struct patch_registers *registers)
{
    volatile uint32_t *word = (volatile uint32_t *)registers;

    read_registers(closure, site, registers);
    for (size_t i = 0; i < sizeof *registers / sizeof *word; i++) {
        uint32_t value = word[i];

        if (i == 1)
            continue;
        word[i] = ~value;
        word[i] = value;
    }
}

/* Before the instruction, which is the branch to the patch. */
static void note_registers(struct trap_frame *frame)
{
    if (frame->srr0 != probe.site)
        return;
    for (size_t i = 0; i < 32; i++)
        probe.wanted.gpr[i] = frame->gpr[i];
    probe.wanted.cr = frame->cr;
    probe.wanted.xer = frame->xer;
    probe.wanted.lr = frame->lr;
    probe.wanted.ctr = frame->ctr;
    probe.armed = true;
}

static const struct {
    procedure_t procedure;
    struct patch_options options;
    bool stepped;
} kinds[] = {
    [HANDLER_LEAF] = {(procedure_t)count, {0}, false},
    [HANDLER_SPOILS] = {(procedure_t)spoil, {0}, false},
    [HANDLER_READS] = {(procedure_t)read_registers, {.registers = true}, true},
    [HANDLER_CHANGES] = {(procedure_t)change_registers, {.registers = true, .change = true}, true},
};

/* Whether each exception executes the site: then a call is not where it was stepped to. */
static bool is_of_exceptions(void)
{
    uint32_t n;

    probe.n_calls = 0;
    (void)exercise_step(NULL, NULL);
    n = probe.n_calls;
    (void)exercise_step(&exercise_idle, NULL);
    return probe.n_calls != 2 * n;
}

/* Called as often as the site is stepped to. */
static void check_stepped(const struct exercise *exercise)
{
    if (is_of_exceptions())
        return;
    probe.n_armed = 0;
    (void)every_check(exercise_step(exercise, note_registers), exercise->name, probe.site);
    (void)every_check(probe.n_armed == exercise_visits(probe.site), "not called as often\n",
                      probe.site);
}

/* What calling an exercise executes itself is measured with one of nothing; what the heap does may differ. */
static void check_site(const struct exercise *exercise, const struct visit *visit, bool step)
{
    uint32_t nothing;

    probe.n_calls = probe.n_wrong = 0;
    (void)exercise_run(NULL);
    nothing = probe.n_calls;
    if (!step)
        (void)every_check(exercise_run(exercise), exercise->name, probe.site);
    if (step || probe.n_calls - 2 * nothing != visit->count)
        check_stepped(exercise);
    (void)every_check(probe.n_wrong == 0, "gets other arguments\n", probe.site);
}

static bool patch_with(const struct exercise *exercise, enum every_handler kind,
                       const struct visit *visit)
{
    patch_t *patch;
    status_t status;

    probe.site = TEXT_ADDRESS(visit->number);
    status = patch_insert((const void *)probe.site, kinds[kind].procedure, NULL,
                          &kinds[kind].options, &patch);
    if (status != OK) {
        every_refused(probe.site, status);
        return false;
    }
    check_site(exercise, visit, kinds[kind].stepped);
    (void)every_check(patch_remove(patch) == OK, "cannot be removed\n", probe.site);
    return true;
}

/* What runs before a fault could be contained has no handlers, which short exercises have more of than others. */
void every_handler(enum patch_mode mode, enum every_handler kind, unsigned stride)
{
    uint32_t steps = kinds[kind].stepped ? STEPS_MAX_STEPPED : STEPS_MAX;
    unsigned turn = kind, n = 0;

    patch_set_mode(mode);
    every_forget_reasons();
    for (size_t i = 0; i < n_exercises && exercises[i].n_steps <= steps; i++)
        for (size_t k = 0; k < exercises[i].n_visits && !every_has_failed(); k++)
            if (turn++ % stride == 0)
                n += patch_with(&exercises[i], kind, &exercises[i].visits[k]);
    printf("    # %u instructions\n", n);
    CHECK(n > 0);
    CHECK(5 * every_print_refused() <= n);
}
