/*
 * Patches that come and go while what they are on is interrupted: by the decrementer at random, and by single-step
 * at every instruction. registers_workout (registers.S) computes with every register, so that its result shows
 * whether any was lost; some of its instructions are counted all the time, exactly.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/patch.h>

#include "arch/ppc/layout.h"
#include "arch/ppc/machine.h"
#include "arch/ppc/processor.h"
#include "arch/ppc/timebase.h"
#include "domains/domain.h"
#include "kernel/code_space.h"
#include "kernel/fault.h"
#include "kernel/idle.h"
#include "kernel/patch/patch.h"
#include "kernel/patch/springboard.h"
#include "kernel/quiescence.h"
#include "kernel/test.h"
#include "tests/kernel/effects/random.h"

SUITE("patch_storm");

uint32_t registers_workout(void);

#define WORDS_MAX 256
#define N_COUNTED 3
#define SECONDS 3 /* of each storm of the decrementer, at most */

static uint32_t seed;
static vaddr_t start;
static size_t n_words;
static uint32_t original[WORDS_MAX], executed[WORDS_MAX]; /* once each run */
static uint32_t result;

static patch_t *patches[WORDS_MAX];
static unsigned n_changes, n_failed;

/* ---- patches of all kinds ---- */

static uint32_t n_handled;

static void count_call(void *closure, uint32_t site)
{
    (void)site;
    ++*(uint32_t *)closure;
}

/* Garbage in whatever a procedure may leave garbage in. */
static void spoil(void *closure, uint32_t site, const struct patch_registers *registers)
{
    count_call(closure, site + registers->gpr[31]);
    __asm__ volatile("lis 0, -1234\n\tmtctr 0\n\tmtxer 0\n\tmtcrf 0xc7, 0\n\tmr 11, 0\n\tmr 12, 0"
                     :
                     :
                     : "0", "11", "12", "ctr", "xer", "cr0", "cr1", "cr5", "cr6", "cr7", "lr");
}

static const uint32_t code[] = {
    0x38600007, /* li r3, 7 */
    0x2c030007, /* cmpwi r3, 7 */
    0x41820008, /* beq to behind the next one */
    0x7c6903a6, /* mtctr r3 */
    0x7c6803a6, /* mtlr r3 */
};

static status_t insert(vaddr_t site, const void *near, patch_t **patch)
{
    struct patch_options options = {.near = near, .first = random_next(&seed) % 2 != 0};
    struct patch_options reading = options;

    reading.registers = true;
    switch (random_next(&seed) % 4) {
    case 0:
        return patch_insert((const void *)site, (procedure_t)count_call, &n_handled, &options,
                            patch);
    case 1:
        return patch_insert((const void *)site, (procedure_t)spoil, &n_handled, &reading, patch);
    case 2:
        return patch_insert_code((const void *)site, code, sizeof code / sizeof code[0], &options,
                                 patch);
    default:
        return patch_count((const void *)site, &options, patch);
    }
}

static void fail(status_t status)
{
    if (n_failed++ == 0)
        printf("    # %s: %s\n", status_name(status), status_explain());
}

/* Where bodies are to be; NULL: near the site. */
static const void *far_away;

/* Inserts a patch on some instruction, or removes the one that is there. */
static void change_one(void)
{
    size_t i = random_next(&seed) % n_words;
    bool far = far_away != NULL && random_next(&seed) % 2 != 0;
    status_t status;

    if (patches[i] != NULL) {
        status = patch_remove(patches[i]);
        patches[i] = NULL;
    } else {
        status = insert(start + 4 * i, far ? far_away : NULL, &patches[i]);
    }
    n_changes++;
    if (status != OK)
        fail(status);
}

static void remove_all(void)
{
    for (size_t i = 0; i < n_words; i++) {
        if (patches[i] != NULL)
            CHECK_STATUS(OK, patch_remove(patches[i]));
        patches[i] = NULL;
    }
}

/* ---- the procedure ---- */

static bool count_step(struct trap_frame *frame)
{
    size_t i = (frame->srr0 - start) / 4;

    if (i < n_words)
        executed[i]++;
    return true;
}

static uint32_t stepped(trap_handler_t handler)
{
    trap_handler_t before = trap_handle(VECTOR_TRACE, handler);
    uint32_t got;

    msr_write(msr_read() | MSR_SE);
    got = registers_workout();
    msr_write(msr_read() & ~MSR_SE);
    (void)trap_handle(VECTOR_TRACE, before);
    return got;
}

static bool begin(uint32_t first_seed)
{
    struct domain *domain;
    const struct symbol *symbol;

    if (!CHECK(domain_at((vaddr_t)registers_workout, &domain, &symbol)))
        return false;
    start = symbol->value;
    n_words = symbol->size / 4;
    if (!CHECK(n_words > 100) || !CHECK(n_words <= WORDS_MAX))
        return false;
    memcpy(original, (const void *)start, 4 * n_words);
    memset(executed, 0, sizeof executed);
    result = registers_workout();
    CHECK_EQUAL(result, stepped(count_step));
    seed = first_seed;
    n_changes = n_failed = 0;
    far_away = NULL;
    return true;
}

/* ---- what is counted all the time ---- */

static struct {
    size_t word;
    patch_t *patch;
} counted[N_COUNTED];
static uint64_t n_runs;

static bool begin_counting(void)
{
    static const size_t words[N_COUNTED] = {0, 60, 85};

    n_runs = 0;
    for (size_t i = 0; i < N_COUNTED; i++) {
        counted[i].word = words[i];
        if (!CHECK_STATUS(
                OK, patch_count((const void *)(start + 4 * words[i]), NULL, &counted[i].patch)))
            return false;
    }
    return true;
}

static void end_counting(void)
{
    for (size_t i = 0; i < N_COUNTED; i++) {
        uint64_t count = 0;

        CHECK(executed[counted[i].word] > 0);
        CHECK_STATUS(OK, patch_counted(counted[i].patch, &count));
        CHECK_EQUAL(n_runs * executed[counted[i].word], count);
        CHECK_STATUS(OK, patch_remove(counted[i].patch));
    }
}

static size_t code_in_use(void)
{
    size_t used, taken;

    quiescence_collect();
    code_space_use(&used, &taken);
    return used;
}

static void end(size_t used, size_t n_springboards)
{
    end_counting();
    remove_all();
    CHECK_EQUAL(0, memcmp(original, (const void *)start, 4 * n_words));
    CHECK_EQUAL(result, registers_workout());
    CHECK_EQUAL(used, code_in_use());
    CHECK_EQUAL(n_springboards, springboard_used());
    CHECK_EQUAL(0, n_failed);
}

/* Once for each instruction, so that what is known of the procedure is known before anything is measured. */
static void patch_each(void)
{
    for (size_t i = 0; i < n_words; i++) {
        patch_t *patch;

        if (!CHECK_STATUS(OK, patch_count((const void *)(start + 4 * i), NULL, &patch)))
            return;
        CHECK_EQUAL(result, registers_workout());
        CHECK_STATUS(OK, patch_remove(patch));
        CHECK_EQUAL(original[i], ((const uint32_t *)start)[i]);
    }
}

/* ---- single-step ---- */

/* Every how many instructions something changes while they are stepped; 0: never. */
static unsigned pace;

static bool change_at_step(struct trap_frame *frame)
{
    (void)frame;
    if (pace != 0 && random_next(&seed) % pace == 0)
        change_one();
    return true;
}

static bool change_and_interrupt(struct trap_frame *frame)
{
    decrementer_write(0);
    return change_at_step(frame);
}

static void step_storm(trap_handler_t handler, unsigned n, unsigned at_step, const void *far)
{
    size_t used = code_in_use(), n_springboards = springboard_used();

    far_away = far;
    pace = at_step;
    if (!begin_counting())
        return;
    for (unsigned i = 0; i < n; i++) {
        if (!CHECK_EQUAL(result, stepped(handler)))
            break;
        n_runs++;
        change_one();
        if (i % 16 == 0)
            quiescence_collect();
    }
    printf("    # %u changes\n", n_changes);
    end(used, n_springboards);
}

TEST(patches_come_and_go_between_runs_that_are_stepped)
{
    if (!begin(77))
        return;
    patch_each();
    step_storm(change_at_step, 100, 0, NULL);
}

TEST(patches_come_and_go_at_every_instruction_that_is_stepped)
{
    if (!begin(1234))
        return;
    patch_each();
    step_storm(change_at_step, 16, 5, NULL);
}

TEST(and_while_it_is_interrupted_too)
{
    if (!begin(999))
        return;
    patch_each();
    step_storm(change_and_interrupt, 12, 9, NULL);
}

#define FAR_AWAY ((const void *)0x0f000000)
#define FAR_FROM_DOMAINS ((const void *)0x01900000)

/* Domains' text is out of reach of where generated code near the kernel lies. */
TEST(and_when_springboards_lead_to_bodies)
{
    if (!begin(4711))
        return;
    patch_each();
    step_storm(change_and_interrupt, 14, 7, FAR_FROM_DOMAINS);
    step_storm(change_at_step, 40, 0, FAR_AWAY);
}

static vaddr_t slots[2048];

static size_t take_springboards(void)
{
    size_t n = 0;

    while (n < 2048 && springboard_take((vaddr_t)registers_workout, &slots[n]) == OK)
        n++;
    return n;
}

TEST(and_when_there_are_no_springboards_left)
{
    size_t n;

    if (!begin(31))
        return;
    patch_each();
    n = take_springboards();
    CHECK(n >= 400);
    step_storm(change_and_interrupt, 14, 7, FAR_AWAY);
    while (n > 0)
        springboard_give(slots[--n]);
}

/* ---- the decrementer ---- */

static unsigned n_interrupts, n_inside;

/* In the procedure, or in what a patch on it does. */
static bool is_inside(vaddr_t pc)
{
    struct patch_place place;

    if (pc - start < 4 * n_words)
        return true;
    return patch_code_at(pc, &place) && place.site - start < 4 * n_words;
}

static bool change_at_interrupt(struct trap_frame *frame)
{
    n_interrupts++;
    if (is_inside(frame->srr0)) {
        n_inside++;
        change_one();
    }
    idle_wake();
    decrementer_write(random_next(&seed) % 300);
    return true;
}

static void decrementer_storm(unsigned n_wanted, const void *far)
{
    size_t used = code_in_use(), n_springboards = springboard_used();
    trap_handler_t before = trap_handle(VECTOR_DECREMENTER, change_at_interrupt);
    uint64_t last = timebase_read() + (uint64_t)SECONDS * machine.timebase_hz;

    far_away = far;
    n_interrupts = n_inside = 0;
    if (begin_counting()) {
        decrementer_write(10);
        while (n_inside < n_wanted && timebase_read() < last) {
            if (!CHECK_EQUAL(result, registers_workout()))
                break;
            n_runs++;
        }
    }
    (void)trap_handle(VECTOR_DECREMENTER, before);
    printf("    # %u interrupts, %u of them inside, in %u runs\n", n_interrupts, n_inside,
           (unsigned)n_runs);
    CHECK(n_inside > 100);
    end(used, n_springboards);
}

TEST(patches_come_and_go_in_interrupts)
{
    if (!begin(5))
        return;
    patch_each();
    decrementer_storm(1200, NULL);
    decrementer_storm(1200, FAR_AWAY);
}

/* Interrupts change nothing, so that they may come during the changes, too. */
static bool only_interrupt(struct trap_frame *frame)
{
    (void)frame;
    n_interrupts++;
    idle_wake();
    decrementer_write(random_next(&seed) % 200);
    return true;
}

TEST(patches_are_changed_while_interrupts_come)
{
    trap_handler_t before = trap_handle(VECTOR_DECREMENTER, only_interrupt);
    size_t used, n_springboards = springboard_used();

    if (!begin(6))
        return;
    patch_each();
    used = code_in_use();
    n_interrupts = 0;
    far_away = FAR_AWAY;
    if (begin_counting()) {
        decrementer_write(10);
        for (unsigned i = 0; i < 3000; i++) {
            change_one();
            if (!CHECK_EQUAL(result, registers_workout()))
                break;
            n_runs++;
        }
    }
    (void)trap_handle(VECTOR_DECREMENTER, before);
    printf("    # %u interrupts\n", n_interrupts);
    CHECK(n_interrupts > 100);
    end(used, n_springboards);
}

/* ---- a patch that is removed while it is inside ---- */

static patch_t *own;
static unsigned n_own;

/* Removes its own patch when it runs. */
static void remove_itself(void *closure, uint32_t site)
{
    (void)closure;
    (void)site;
    n_own++;
    CHECK_STATUS(OK, patch_remove(own));
    quiescence_collect();
}

TEST(a_handler_that_removes_itself_returns_to_what_it_was_called_from)
{
    size_t used;

    if (!begin(8))
        return;
    patch_each();
    used = code_in_use();
    for (size_t i = 0; i < n_words; i++) {
        n_own = 0;
        if (!CHECK_STATUS(OK, patch_insert((const void *)(start + 4 * i),
                                           (procedure_t)remove_itself, NULL, NULL, &own)))
            return;
        CHECK_EQUAL(result, registers_workout());
        CHECK_EQUAL(executed[i] != 0, n_own);
        if (executed[i] == 0)
            CHECK_STATUS(OK, patch_remove(own));
        CHECK_EQUAL(used, code_in_use());
    }
}
