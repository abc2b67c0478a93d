/* Unwinding in the running system: a share of the instructions of procedures of the kernel, the C library and libgcc; hostile stacks. */
#include "kernel/contain/unwind.h"

#include <stdio.h>
#include <string.h>

#include "arch/ppc/image.h"
#include "arch/ppc/processor.h"
#include "kernel/backtrace.h"
#include "kernel/test.h"
#include "tests/host/random.h"
#include "tests/kernel/poison/drills.h"
#include "tests/kernel/unwind/watch.h"

SUITE("unwind");

static void report(const struct watch *watch)
{
    char name[160] = "";

    if (watch->what != NULL)
        backtrace_name(watch->pc, name, sizeof name);
    printf("    # %u steps, %u judged, %u instructions, %u generated; slowest %u us\n",
           (unsigned)watch->n_steps, (unsigned)watch->n_judged, (unsigned)watch->n_places,
           (unsigned)watch->n_outside, (unsigned)watch->slowest);
    if (watch->what != NULL)
        printf("    # 0x%08x %s %s\n", (unsigned)watch->pc, name, watch->what);
    CHECK_EQUAL(0, watch->n_wrong);
    CHECK_EQUAL(0, watch->n_lost);
}

static void run_drills(const struct drill drills[])
{
    for (; drills->name != NULL; drills++)
        if (!CHECK(watch_run(drills->run)))
            printf("    # in %s\n", drills->name);
}

TEST(wherever_a_procedure_is_its_callers_registers_are_found)
{
    struct watch watch = {.share = 17, .visits = 1, .time = 2500000};

    if (!CHECK(watch_open(&watch)))
        return;
    run_drills(drills_of_kernel);
    run_drills(drills_of_strings);
    run_drills(drills_of_numbers);
    report(&watch);
    CHECK(watch.n_judged > 200);
    watch_close();
}

/* ---- hostile stacks ---- */

#define N_HOSTILE 3000
#define STEPS_MAX 2000
#define N_WORDS 256

static uint32_t seed = 0x12345;

static uint32_t hostile_word(const uint32_t words[])
{
    switch (random_below(&seed, 6)) {
    case 0:
        return (uint32_t)&words[random_below(&seed, N_WORDS)];
    case 1:
        return (uint32_t)&words[random_below(&seed, N_WORDS)] + random_below(&seed, 4);
    case 2:
        return IMAGE(kernel_text_start) +
               4 * random_below(&seed, (IMAGE(kernel_text_end) - IMAGE(kernel_text_start)) / 4);
    case 3:
        return random_next(&seed);
    case 4:
        return 0;
    default:
        return 0xfffffffc;
    }
}

static void make_hostile(uint32_t words[], struct trap_frame *frame)
{
    for (unsigned i = 0; i < N_WORDS; i++)
        words[i] = hostile_word(words);
    for (unsigned i = 0; i < 32; i++)
        frame->gpr[i] = hostile_word(words);
    frame->gpr[1] = (uint32_t)&words[random_below(&seed, N_WORDS / 2)];
    frame->srr0 = IMAGE(kernel_text_start) +
                  4 * random_below(&seed, (IMAGE(kernel_text_end) - IMAGE(kernel_text_start)) / 4);
    frame->lr = hostile_word(words);
    frame->cr = random_next(&seed);
    if (random_below(&seed, 20) == 0)
        frame->gpr[1] = random_next(&seed);
}

TEST(damaged_stacks_are_only_ever_gone_up)
{
    static struct unwind_context context;
    uint32_t words[N_WORDS], n_steps = 0;
    struct trap_frame frame = {0};

    for (unsigned i = 0; i < N_HOSTILE / 10; i++) {
        uint32_t before, stack, steps = 0;
        bool up = true;

        make_hostile(words, &frame);
        before = interrupts_off();
        unwind_begin(&frame, &context);
        do {
            stack = context.frame.gpr[1];
        } while (unwind_step(&context) && (up = up && context.frame.gpr[1] >= stack) &&
                 ++steps < STEPS_MAX);
        interrupts_restore(before);
        n_steps += steps;
        CHECK(up && steps < STEPS_MAX);
    }
    printf("    # %u steps\n", (unsigned)n_steps);
}
