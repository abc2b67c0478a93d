/* See watch.h. */
#include "tests/kernel/unwind/watch.h"

#include <stdlib.h>
#include <string.h>
#include <whorl/clock.h>

#include "arch/ppc/image.h"
#include "arch/ppc/processor.h"
#include "arch/ppc/registers.h"
#include "kernel/contain/unwind.h"
#include "kernel/event/code_source.h"
#include "kernel/fault.h"
#include "kernel/kernel_symbols.h"
#include "tests/host/random.h"
#include "tests/kernel/poison/drills.h"
#include "tests/kernel/poison/step.h"

#define DEPTH_MAX 200
#define KEPT_FIELDS 0x00fff000u

extern const char enter_code[] __asm__("enter"), entered[];
void enter(void (*procedure)(void));

static struct watch *current;
static uint8_t *visits; /* of words of the kernel's text */
static vaddr_t stack;   /* r1 where `enter` called */
static uint32_t seed = 0x2468ace1;

static uint32_t n_words(void)
{
    return (IMAGE(kernel_text_end) - IMAGE(kernel_text_start)) / 4;
}

bool watch_open(struct watch *watch)
{
    current = watch;
    visits = calloc(n_words(), 1);
    return visits != NULL;
}

void watch_close(void)
{
    free(visits);
}

/* ---- one instruction ---- */

static bool is_right(const struct trap_frame *frame)
{
    bool right = ((frame->cr ^ WATCH_CR) & KEPT_FIELDS) == 0;

    for (uint32_t i = 14; i < 32; i++)
        right = right && frame->gpr[i] == WATCH_PATTERN + i;
    return right;
}

static void complain(const struct trap_frame *frame, const char *what, uint32_t *n)
{
    if (current->what == NULL) {
        current->what = what;
        current->pc = frame->srr0;
    }
    ++*n;
}

/* Outwards to where it was called; the number of steps. */
static unsigned unwind(const struct trap_frame *frame, struct unwind_context *context)
{
    unsigned depth = 0;

    unwind_begin(frame, context);
    while (depth < DEPTH_MAX && context->frame.srr0 != (vaddr_t)entered && unwind_step(context))
        depth++;
    return depth;
}

static uint32_t hostile_word(void)
{
    const uint32_t *top = (const uint32_t *)(stack & ~3u);

    switch (random_below(&seed, 5)) {
    case 0:
        return (uint32_t)(top - random_below(&seed, 200));
    case 1:
        return IMAGE(kernel_text_start) + 4 * random_below(&seed, n_words());
    case 2:
        return *(top - random_below(&seed, 100));
    case 3:
        return random_next(&seed);
    default:
        return 0;
    }
}

/* Whatever was overwritten, nothing but steps upwards come of it, and not many. */
static void damage(const struct trap_frame *frame)
{
    static struct unwind_context context;
    static struct trap_frame damaged;
    uint32_t n = (stack + 64 - frame->gpr[1]) / 4;
    uint32_t *word = (uint32_t *)frame->gpr[1] + random_below(&seed, n), before = *word;

    damaged = *frame;
    *word = hostile_word();
    if (random_below(&seed, 4) == 0)
        damaged.gpr[random_below(&seed, 32)] = hostile_word();
    if (random_below(&seed, 4) == 0)
        damaged.srr0 = hostile_word();
    if (unwind(&damaged, &context) == DEPTH_MAX || context.frame.gpr[1] < damaged.gpr[1])
        complain(&damaged, "goes round when its stack is damaged", &current->n_wrong);
    current->n_stopped += context.frame.srr0 != (vaddr_t)entered;
    *word = before;
}

static void judge(const struct trap_frame *frame)
{
    static struct unwind_context context;
    uint64_t before = clock_ticks(), took;

    (void)unwind(frame, &context);
    took = clock_to_microseconds(clock_ticks() - before);
    if (took > current->slowest)
        current->slowest = (uint32_t)took;
    current->n_judged++;
    if (context.frame.srr0 != (vaddr_t)entered)
        complain(&context.frame, "cannot be unwound", &current->n_lost);
    else if (context.frame.gpr[1] != stack || !is_right(&context.frame))
        complain(frame, "is unwound to what was not so", &current->n_wrong);
    if (current->damages)
        damage(frame);
}

static bool is_wanted(vaddr_t pc)
{
    uint32_t number = (pc - IMAGE(kernel_text_start)) / 4;

    if (number >= n_words()) {
        current->n_outside++;
        return current->n_outside % current->outside == 0;
    }
    if (number * 2654435761u % current->share != 0 || visits[number] >= current->visits)
        return false;
    current->n_places += visits[number]++ == 0;
    return true;
}

/* Behind every instruction; srr0 is the next one. */
static bool stepped(struct trap_frame *frame)
{
    vaddr_t pc = frame->srr0;

    current->n_steps++;
    if (current->most != 0 && current->n_judged >= current->most)
        frame->srr1 &= ~(uint32_t)MSR_SE;
    else if (pc - (vaddr_t)enter_code >= (vaddr_t)entered + 64 - (vaddr_t)enter_code &&
             is_wanted(pc))
        judge(frame);
    else if (pc == (vaddr_t)entered - 4)
        stack = frame->gpr[1];
    return true;
}

static void stepping(bool on)
{
    msr_write(on ? msr_read() | MSR_SE : msr_read() & ~(uint32_t)MSR_SE);
}

static void call(void *closure)
{
    void (*procedure)(void);

    memcpy(&procedure, closure, sizeof procedure);
    enter(procedure);
}

bool watch_run(void (*procedure)(void))
{
    trap_handler_t before = trap_handle(VECTOR_TRACE, stepped);
    status_t status = fault_contain(call, &procedure);

    (void)trap_handle(VECTOR_TRACE, before);
    return status == OK;
}

/* ---- what drills call ---- */

void record(uint32_t value)
{
    (void)value;
}

void record_bytes(const void *bytes, size_t n)
{
    (void)bytes;
    (void)n;
}

void record_text(const char *text)
{
    (void)text;
}

vaddr_t step_procedure_named(const char *name)
{
    vaddr_t found = 0;

    stepping(false);
    for (size_t i = 0; i < kernel_symbol_count() && found == 0; i++) {
        struct symbol symbol = kernel_symbol(i);

        if (symbol.exported && symbol.value < IMAGE(kernel_text_end) &&
            symbol.value >= IMAGE(kernel_text_start) && strcmp(symbol.name, name) == 0)
            found = symbol.value;
    }
    stepping(true);
    return found;
}

const struct code_source *step_source(void)
{
    return code_source();
}
