/* Unwinding in the running system: a share of the instructions of procedures of the kernel, the C library and libgcc; hostile stacks. */
#include "kernel/contain/unwind.h"

#include <stdio.h>
#include <string.h>
#include <whorl/event.h>
#include <whorl/patch.h>

#include "arch/ppc/image.h"
#include "arch/ppc/processor.h"
#include "kernel/backtrace.h"
#include "kernel/event/code_source.h"
#include "kernel/event/event.h"
#include "kernel/test.h"
#include "tests/host/random.h"
#include "tests/kernel/poison/drills.h"
#include "tests/kernel/unwind/small.h"
#include "tests/kernel/unwind/watch.h"

SUITE("unwind");

#define P(procedure) ((procedure_t)(procedure))

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
    struct watch watch = {.share = 17, .visits = 1, .outside = 2, .most = 1000};

    if (!CHECK(watch_open(&watch)))
        return;
    run_drills(drills_of_kernel);
    run_drills(drills_of_strings);
    run_drills(drills_of_numbers);
    report(&watch);
    CHECK(watch.n_judged > 200);
    watch_close();
}

/* Its ends branch to the kernel's _restgpr_NN_x, by way of veneers. */
TEST(code_that_was_compiled_to_be_small_is_got_over_at_every_instruction)
{
    struct watch watch = {.share = 1, .visits = 2, .outside = 1};

    if (!CHECK(watch_open(&watch)))
        return;
    CHECK(watch_run(drill_small));
    CHECK(watch.n_outside > 100);
    report(&watch);
    watch_close();
}

/* ---- patches and events ---- */

#define SITES_MAX 200

static volatile unsigned n_patched;

static int __attribute__((noinline)) leaf_drill(int a, int b)
{
    return a * b + (a ^ b) - 1;
}

static int __attribute__((noinline)) framed_drill(const char *text, int n)
{
    int sum = 0;

    for (int i = 0; i < n; i++)
        sum += (int)strlen(text + i) + leaf_drill(i, sum);
    return sum > 7 ? leaf_drill(sum, n) : sum;
}

static int __attribute__((noinline)) wrapped_drill(int n)
{
    char text[16];

    if (n < 3)
        return n;
    snprintf(text, sizeof text, "%d", n);
    return framed_drill(text, 2);
}

static void drill_patched(void)
{
    (void)framed_drill("drill", 3);
    (void)wrapped_drill(2);
    (void)wrapped_drill(3);
}

static void note(void *closure, uint32_t site)
{
    (void)closure;
    (void)site;
    n_patched++;
}

static void note_registers(void *closure, uint32_t site, const struct patch_registers *registers)
{
    (void)closure;
    (void)site;
    n_patched += registers->gpr[1] != 0;
}

static size_t patch_all(procedure_t start, size_t size, bool registers, patch_t *patches[])
{
    const struct patch_options options = {.registers = registers};
    procedure_t handler = registers ? P(note_registers) : P(note);
    size_t n = 0;

    for (vaddr_t at = (vaddr_t)start; at < (vaddr_t)start + size && n < SITES_MAX; at += 4)
        if (patch_insert((const void *)at, handler, NULL, &options, &patches[n]) == OK)
            n++;
    return n;
}

static size_t size_of(procedure_t procedure)
{
    struct procedure found;

    return code_source_starts((vaddr_t)procedure, &found) ? found.end - found.start : 0;
}

static void watch_patched(bool registers)
{
    static patch_t *patches[3][SITES_MAX];
    struct watch watch = {.share = 5, .visits = 1, .outside = 5};
    const procedure_t procedures[] = {P(leaf_drill), P(framed_drill), P(wrapped_drill)};
    size_t n[3];

    if (!CHECK(watch_open(&watch)))
        return;
    for (size_t i = 0; i < 3; i++) {
        n[i] = patch_all(procedures[i], size_of(procedures[i]), registers, patches[i]);
        CHECK(n[i] > 2);
    }
    n_patched = 0;
    CHECK(watch_run(drill_patched));
    CHECK(n_patched > 50);
    report(&watch);
    for (size_t i = 0; i < 3; i++)
        while (n[i] > 0)
            CHECK_STATUS(OK, patch_remove(patches[i][--n[i]]));
    watch_close();
}

TEST(bodies_of_patches_are_got_over)
{
    watch_patched(false);
}

TEST(bodies_of_patches_with_registers_are_got_over)
{
    watch_patched(true);
}

EVENT int unwind_happened(int a, int b)
{
    return leaf_drill(a, b);
}

static int handle(int a, int b)
{
    return wrapped_drill(a + b);
}

static int handle_too(int a, int b)
{
    return a - b;
}

static bool guard(int a, int b)
{
    return a > b;
}

static void drill_raised(void)
{
    (void)unwind_happened(7, 4);
    (void)unwind_happened(3, 4);
}

static void watch_raised(enum event_terms terms)
{
    struct watch watch = {.share = 5, .visits = 1, .outside = 1};
    binding_t *one = NULL, *other = NULL;

    event_dispatch_all_as(terms);
    if (!CHECK(watch_open(&watch)))
        return;
    CHECK_STATUS(OK, event_install(P(unwind_happened), P(handle), P(guard), NULL, &one));
    CHECK_STATUS(OK, event_install(P(unwind_happened), P(handle_too), NULL, NULL, &other));
    CHECK(watch_run(drill_raised));
    CHECK_STATUS(OK, event_destroy(one));
    CHECK_STATUS(OK, event_destroy(other));
    event_dispatch_all_as(EVENT_AS_USUAL);
    report(&watch);
    watch_close();
}

TEST(routines_of_events_are_got_over)
{
    watch_raised(EVENT_COMPILED);
}

TEST(the_loop_is_got_over)
{
    watch_raised(EVENT_LOOP);
}

/* ---- hostile stacks ---- */

#define N_HOSTILE 150
#define STEPS_MAX 2000
#define N_WORDS 256

TEST(what_is_overwritten_on_the_stack_is_told_or_led_upwards)
{
    struct watch watch = {.share = 29, .visits = 4, .outside = 2, .most = 600, .damages = true};

    if (!CHECK(watch_open(&watch)))
        return;
    run_drills(drills_of_kernel);
    CHECK(watch.n_stopped > 20);
    printf("    # %u stopped\n", (unsigned)watch.n_stopped);
    report(&watch);
    watch_close();
}

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

TEST(stacks_of_anything_are_only_ever_gone_up)
{
    static struct unwind_context context;
    uint32_t words[N_WORDS];
    struct trap_frame frame = {0};

    for (unsigned i = 0; i < N_HOSTILE; i++) {
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
        CHECK(up && steps < STEPS_MAX);
    }
}
