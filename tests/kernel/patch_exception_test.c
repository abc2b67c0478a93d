/*
 * What exceptions and patches have to do with each other: handlers that fault in every way, whose patch is gone then and nothing else;
 * code that what was interrupted is inside, which is not freed; sites that trap.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/event.h>
#include <whorl/patch.h>

#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/write.h"
#include "arch/ppc/image.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/processor.h"
#include "kernel/code_space.h"
#include "domains/domain.h"
#include "kernel/fault.h"
#include "kernel/idle.h"
#include "kernel/kernel_symbols.h"
#include "kernel/output.h"
#include "kernel/patch/patch.h"
#include "kernel/patch/springboard.h"
#include "kernel/quiescence.h"
#include "kernel/test.h"

SUITE("patch_exception");

#define P(procedure) ((procedure_t)(procedure))

/* registers.S: computes with every register. */
uint32_t registers_workout(void);

static uint32_t wanted, result;

/* Its result depends on what CR and XER were. */
static uint32_t __attribute__((noipa)) workout(void)
{
    __asm__ volatile("mtcrf 0xff, %0\n\tmtxer %0"
                     :
                     : "r"(0)
                     : "cr0", "cr1", "cr2", "cr3", "cr4", "cr5", "cr6", "cr7", "xer");
    return registers_workout();
}

/* ---- handlers that fault ---- */

static volatile uint32_t sink;
static volatile unsigned n_called;

static void load_null(void *closure)
{
    n_called++;
    sink = *(volatile uint32_t *)closure;
}

static void store_text(void *closure)
{
    (void)closure;
    n_called++;
    *(volatile uint32_t *)registers_workout = 0;
}

static void jump_null(void *closure)
{
    n_called++;
    ((void (*)(void))closure)();
}

static void call_null(void *closure)
{
    n_called++;
    ((void (*)(void))closure)();
    n_called++;
}

static void illegal(void *closure)
{
    (void)closure;
    n_called++;
    __asm__ volatile(".long 0");
}

static void trap(void *closure)
{
    (void)closure;
    n_called++;
    __builtin_trap();
}

static void reserve_odd(void *closure)
{
    uint32_t value;

    n_called++;
    __asm__ volatile("lwarx %0, 0, %1" : "=r"(value) : "r"((char *)closure + 0x10000001));
    sink = value;
}

static void system_call(void *closure)
{
    (void)closure;
    n_called++;
    __asm__ volatile("sc");
}

static void with_a_frame(void *closure)
{
    volatile uint32_t words[50];

    n_called++;
    words[7] = 1;
    sink = words[7] + *(volatile uint32_t *)closure;
}

static void __attribute__((noipa)) deeper(uint32_t *address, int n)
{
    volatile uint32_t words[8];

    if (n == 0)
        words[0] = *address;
    else
        deeper(address, n - 1);
    words[1] = words[0];
}

static void deep(void *closure)
{
    n_called++;
    deeper(closure, 9);
}

#pragma GCC diagnostic ignored "-Winfinite-recursion" /* that is the point */
static void __attribute__((noipa)) fall(volatile uint32_t *above)
{
    volatile uint32_t words[100];

    words[0] = *above;
    fall(words);
    words[1] = words[0];
}

static void overflow(void *closure)
{
    n_called++;
    fall((uint32_t *)&closure);
}

static void in_the_library(void *closure)
{
    char text[16];

    n_called++;
    snprintf(text, sizeof text, "%s %s", "wrong", (const char *)closure + 8);
    sink = text[0];
}

static void with_interrupts_off(void *closure)
{
    n_called++;
    (void)interrupts_off();
    sink = *(volatile uint32_t *)closure;
}

void spoil_everything(void *closure);

static void spoil(void *closure)
{
    n_called++;
    spoil_everything(closure);
}

static void with_registers(void *closure, uint32_t site, const struct patch_registers *registers)
{
    n_called++;
    sink = registers->gpr[3] + site + *(volatile uint32_t *)closure;
}

static const struct {
    procedure_t handler;
    bool registers;
    uint32_t vector;
} bad[] = {
    {P(load_null), false, VECTOR_DSI},
    {P(store_text), false, VECTOR_DSI},
    {P(jump_null), false, VECTOR_ISI},
    {P(call_null), false, VECTOR_ISI},
    {P(illegal), false, VECTOR_PROGRAM},
    {P(trap), false, VECTOR_PROGRAM},
    {P(reserve_odd), false, VECTOR_ALIGNMENT},
    {P(system_call), false, VECTOR_SYSTEM_CALL},
    {P(with_a_frame), false, VECTOR_DSI},
    {P(deep), false, VECTOR_DSI},
    {P(overflow), false, VECTOR_DSI},
    {P(in_the_library), false, VECTOR_DSI},
    {P(with_interrupts_off), false, VECTOR_DSI},
    {P(spoil), false, VECTOR_DSI},
    {P(with_registers), true, VECTOR_DSI},
};
#define N_BAD (sizeof bad / sizeof bad[0])

static vaddr_t site_of(unsigned word)
{
    return (vaddr_t)registers_workout + 4 * word;
}

static bool insert(vaddr_t site, unsigned i, patch_t **patch)
{
    struct patch_options options = {.registers = bad[i].registers};
    status_t status = patch_insert((const void *)site, bad[i].handler, NULL, &options, patch);

    if (!CHECK_STATUS(OK, status))
        printf("    # %s\n", status_explain());
    return status == OK;
}

static void check_gone(patch_t *patch, vaddr_t site, uint32_t word)
{
    quiescence_collect();
    CHECK_STATUS(ERR_BAD_CAPABILITY, patch_remove(patch));
    CHECK_EQUAL(word, *(const uint32_t *)site);
}

static void check_contained(vaddr_t site, unsigned i)
{
    uint32_t word = *(const uint32_t *)site, msr = msr_read();
    patch_t *patch;

    if (!insert(site, i, &patch))
        return;
    n_called = 0;
    if (!CHECK_EQUAL(wanted, workout()) || !CHECK_EQUAL(1, n_called))
        printf("    # with handler %u at 0x%08x\n", i, (unsigned)site);
    CHECK_EQUAL(bad[i].vector, fault_latest()->vector);
    CHECK_EQUAL(msr & MSR_EE, msr_read() & MSR_EE);
    CHECK_EQUAL(wanted, workout());
    CHECK_EQUAL(1, n_called);
    check_gone(patch, site, word);
}

TEST(a_handler_may_fault_in_any_way)
{
    wanted = workout();
    for (unsigned i = 0; i < N_BAD; i++)
        for (unsigned word = 0; word < 60; word += 11 + i % 3)
            check_contained(site_of(word), i);
}

TEST(a_handler_may_fault_with_interrupts_off)
{
    uint32_t msr = interrupts_off();

    wanted = workout();
    check_contained(site_of(0), 0);
    check_contained(site_of(40), 12);
    CHECK((msr_read() & MSR_EE) == 0);
    interrupts_restore(msr);
}

/* Machine code that is made for each size: it pushes a frame, and faults. */
static void go_there(void *closure)
{
    n_called++;
    ((void (*)(void))closure)();
}

static void check_size(vaddr_t site, vaddr_t code, uint32_t size)
{
    const uint32_t words[] = {CODE_D(WORD_STWU, 1, 1, -size), CODE_D(WORD_LWZ, 0, 0, 0)};
    uint32_t word = *(const uint32_t *)site;
    patch_t *patch;

    if (!CHECK(code_write(code, words, 2)) ||
        !CHECK_STATUS(OK,
                      patch_insert((const void *)site, P(go_there), (void *)code, NULL, &patch)))
        return;
    n_called = 0;
    if (!CHECK_EQUAL(wanted, workout()))
        printf("    # with a frame of %u bytes\n", (unsigned)size);
    CHECK_EQUAL(1, n_called);
    CHECK_EQUAL(code + 4, fault_latest()->srr0);
    check_gone(patch, site, word);
}

TEST(a_handler_may_fault_behind_a_frame_of_any_size)
{
    vaddr_t code;

    if (!CHECK_STATUS(OK, code_allocate(OWNER_KERNEL, 8, CODE_ANYWHERE, &code)))
        return;
    wanted = workout();
    for (uint32_t size = 16; size < 1024; size += 16) {
        check_size(site_of(0), code, size);
        check_size(site_of(20), code, size);
    }
    code_free(code);
}

/* ---- handlers that lead to themselves ---- */

static EVENT int ring(int n)
{
    return n * 3;
}

static void call_ring(void *closure)
{
    (void)closure;
    n_called++;
    sink = (uint32_t)ring(n_called);
}

static unsigned n_reports;

static void count_reports(enum output_stream stream, const char *text, size_t size)
{
    static const char begins[] = "fault: ";

    (void)stream;
    n_reports += size >= sizeof begins - 1 && memcmp(text, begins, sizeof begins - 1) == 0;
}

/* The report needs some of the stack, too. */
TEST(a_handler_that_is_executed_by_itself_is_stopped)
{
    output_sink_t before;
    uint32_t word = *(const uint32_t *)(vaddr_t)ring;
    patch_t *patch;

    if (!CHECK_STATUS(OK, patch_insert((const void *)ring, P(call_ring), NULL, NULL, &patch)))
        return;
    n_called = n_reports = 0;
    before = output_redirect(count_reports);
    result = (uint32_t)ring(7);
    (void)output_redirect(before);
    CHECK_EQUAL(21, result);
    CHECK_EQUAL(1, n_reports);
    CHECK(n_called > 10);
    n_called = 0;
    CHECK_EQUAL(24, ring(8));
    CHECK_EQUAL(0, n_called);
    check_gone(patch, (vaddr_t)ring, word);
}

/* ---- faults that are somebody else's ---- */

static volatile unsigned n_good;

static void good(void *closure)
{
    (void)closure;
    n_good++;
}

static EVENT void read_word(uint32_t *address)
{
    sink = *(volatile uint32_t *)address;
}

static void read_it(void *closure)
{
    read_word(closure);
}

/* LR may still say that the handler is to return to the body. */
TEST(what_is_patched_may_fault_by_itself)
{
    patch_t *patches[3];

    for (unsigned i = 0; i < 3; i++)
        if (!CHECK_STATUS(OK, patch_insert((const void *)((vaddr_t)read_word + 4 * i), P(good),
                                           NULL, NULL, &patches[i])))
            return;
    n_good = 0;
    CHECK_STATUS(ERR_FAULT, fault_contain(read_it, NULL));
    CHECK(n_good > 0);
    CHECK((vaddr_t)read_word <= fault_latest()->srr0);
    CHECK(fault_latest()->srr0 < (vaddr_t)read_word + 12);
    quiescence_collect();
    for (unsigned i = 0; i < 3; i++)
        CHECK_STATUS(OK, patch_remove(patches[i]));
}

extern const char frame_of_16[]; /* patch_exception.S */
#define N_FRAMES 64
#define FRAME_PROCEDURE_SIZE 36

static void run_procedure(void *closure)
{
    ((void (*)(void))closure)();
}

/* Among them is one whose frame is as large as that of the body. */
TEST(what_is_patched_may_fault_with_a_frame_of_any_size)
{
    for (unsigned i = 0; i < N_FRAMES; i++) {
        const char *p = frame_of_16 + i * FRAME_PROCEDURE_SIZE;
        patch_t *patch;

        if (!CHECK_STATUS(OK, patch_insert(p + 12, P(good), NULL, NULL, &patch)))
            return;
        n_good = 0;
        CHECK_STATUS(ERR_FAULT, fault_contain(run_procedure, (void *)p));
        CHECK_EQUAL(1, n_good);
        CHECK_EQUAL((vaddr_t)p + 16, fault_latest()->srr0);
        quiescence_collect();
        CHECK_STATUS(OK, patch_remove(patch));
    }
}

static void contain_a_fault(void *closure)
{
    n_called++;
    CHECK_STATUS(ERR_FAULT, fault_contain(read_it, closure));
}

TEST(a_handler_may_contain_faults_of_its_own)
{
    patch_t *patch;

    wanted = workout();
    if (!CHECK_STATUS(
            OK, patch_insert((const void *)site_of(9), P(contain_a_fault), NULL, NULL, &patch)))
        return;
    n_called = 0;
    CHECK_EQUAL(wanted, workout());
    CHECK_EQUAL(1, n_called);
    quiescence_collect();
    CHECK_STATUS(OK, patch_remove(patch));
}

static void work(void *closure)
{
    *(uint32_t *)closure = workout();
}

TEST(a_fault_is_unwound_to_the_patch_if_that_is_further_in)
{
    uint32_t result = 0, word = *(const uint32_t *)site_of(9);
    patch_t *patch;

    wanted = workout();
    if (!insert(site_of(9), 0, &patch))
        return;
    CHECK_STATUS(OK, fault_contain(work, &result));
    CHECK_EQUAL(wanted, result);
    check_gone(patch, site_of(9), word);
}

/* ---- two at a time ---- */

TEST(the_innermost_of_two_handlers_is_stopped)
{
    uint32_t word = *(const uint32_t *)(vaddr_t)ring;
    patch_t *outer, *inner;

    if (!CHECK_STATUS(OK,
                      patch_insert((const void *)site_of(20), P(call_ring), NULL, NULL, &outer)) ||
        !CHECK_STATUS(OK, patch_insert((const void *)ring, P(load_null), NULL, NULL, &inner)))
        return;
    n_called = 0;
    CHECK_EQUAL(wanted, workout());
    CHECK_EQUAL(2, n_called);
    CHECK_EQUAL(wanted, workout());
    CHECK_EQUAL(3, n_called);
    check_gone(inner, (vaddr_t)ring, word);
    CHECK_STATUS(OK, patch_remove(outer));
}

TEST(others_on_the_site_go_on)
{
    patch_t *before, *faulty, *behind;

    if (!CHECK_STATUS(OK, patch_insert((const void *)site_of(5), P(good), NULL, NULL, &before)) ||
        !insert(site_of(5), 9, &faulty) ||
        !CHECK_STATUS(OK, patch_count((const void *)site_of(5), NULL, &behind)))
        return;
    n_good = n_called = 0;
    for (unsigned i = 1; i <= 4; i++) {
        uint64_t count = 0;

        CHECK_EQUAL(wanted, workout());
        CHECK_STATUS(OK, patch_counted(behind, &count));
        CHECK_EQUAL(i, count);
        CHECK_EQUAL(i, n_good);
        CHECK_EQUAL(1, n_called);
        if (i == 2)
            quiescence_collect();
    }
    CHECK_STATUS(OK, patch_remove(before));
    CHECK_STATUS(OK, patch_remove(behind));
}

/* ---- in the kernel's own procedures ---- */

static void swallow(enum output_stream stream, const char *text, size_t size)
{
    (void)stream;
    (void)text;
    (void)size;
}

static volatile unsigned n_ticks;

static bool tick(struct trap_frame *frame)
{
    (void)frame;
    n_ticks++;
    idle_wake();
    return true;
}

static bool pass_by(struct trap_frame *frame)
{
    (void)frame;
    return true;
}

static void __attribute__((noipa)) except(void)
{
    __asm__ volatile("sc" : : : "memory");
}

/* The decrementer's own path, and that of a handler of it. */
static void be_interrupted(void)
{
    trap_handler_t before;

    decrementer_write(0);
    for (volatile unsigned wait = 0; wait < 100; wait++)
        ;
    before = trap_handle(VECTOR_DECREMENTER, tick);
    decrementer_write(0);
    for (n_ticks = 0; n_ticks == 0;)
        ;
    (void)trap_handle(VECTOR_DECREMENTER, before);
    before = trap_handle(VECTOR_SYSTEM_CALL, pass_by);
    except();
    (void)trap_handle(VECTOR_SYSTEM_CALL, before);
    before = trap_handle(VECTOR_TRACE, pass_by);
    msr_write(msr_read() | MSR_SE);
    msr_write(msr_read() & ~MSR_SE);
    (void)trap_handle(VECTOR_TRACE, before);
}

static EVENT int halved(int n)
{
    return n / 2;
}

static int doubled(int n)
{
    return n * 2;
}

/* Events and patches come and go. */
static bool change_code(void)
{
    binding_t *binding;
    patch_t *patch;
    uint64_t count = 0;
    bool right;

    if (patch_count((const void *)ring, NULL, &patch) != OK)
        return false;
    if (event_install(P(halved), P(doubled), NULL, NULL, &binding) != OK)
        return false;
    right = ring(halved(21)) == 126;
    right = event_destroy(binding) == OK && right;
    right = patch_counted(patch, &count) == OK && count == 1 && right;
    return patch_remove(patch) == OK && halved(20) == 10 && right;
}

/* Whether what the kernel does is right while a patch is somewhere on its way. */
static bool exercise(void)
{
    char text[64], *memory = malloc(5000), *other = calloc(7, 11);
    vaddr_t slot;
    bool right = memory != NULL && other != NULL;

    be_interrupted();
    printf("%d %s\n", 17, "is written");
    snprintf(text, sizeof text, "%-5s|%08x", "abc", 0x1234u);
    right = right && strcmp(text, "abc  |00001234") == 0;
    other = realloc(other, 300);
    right = right && other[76] == 0 && memcpy(other, text, 15) == other && strlen(other) == 14;
    free(memory);
    free(other);
    if (springboard_take(0, &slot) == OK)
        springboard_give(slot);
    right = right && fault_contain(read_it, NULL) == ERR_FAULT;
    right = right && domain_named("test/patch_exception") != NULL;
    fflush(stdout);
    return change_code() && right;
}

struct tally {
    unsigned n, n_refused, n_faulted, n_wrong;
};

static void patch_one(const struct symbol *symbol, struct tally *tally)
{
    patch_t *patch;
    bool right;

    tally->n++;
    if (patch_insert((const void *)symbol->value, P(load_null), NULL, NULL, &patch) != OK) {
        tally->n_refused++;
        return;
    }
    right = exercise();
    quiescence_collect();
    if (patch_remove(patch) != OK)
        tally->n_faulted++;
    if (!right && tally->n_wrong++ < 10)
        fprintf(stderr, "wrong with a patch on %s\n", symbol->name);
}

/* The sink is in force before there is anything that may fault in it. */
TEST(a_handler_may_fault_on_any_procedure_of_the_kernel)
{
    struct tally tally = {0, 0, 0, 0};
    output_sink_t before;
    vaddr_t last = 0;

    fflush(stdout);
    before = output_redirect(swallow);
    for (size_t i = 0; i < kernel_symbol_count(); i++) {
        struct symbol symbol = kernel_symbol(i);

        if (symbol.value >= IMAGE(kernel_text_start) && symbol.value < IMAGE(kernel_text_end) &&
            symbol.value != last && symbol.size != 0)
            patch_one(&symbol, &tally);
        last = symbol.value;
    }
    (void)output_redirect(before);
    printf("    # %u procedures, %u refuse, on %u it faulted\n", tally.n, tally.n_refused,
           tally.n_faulted);
    CHECK(tally.n > 1000 && tally.n_refused < tally.n / 5);
    CHECK(tally.n_faulted > 100);
    CHECK_EQUAL(0, tally.n_wrong);
}

/* ---- in the handler of an exception ---- */

static bool work_there(struct trap_frame *frame)
{
    (void)frame;
    result = workout();
    CHECK((msr_read() & MSR_EE) == 0);
    return true;
}

/* The report comes later, the heap not being for exceptions. */
TEST(a_handler_that_an_exception_runs_into_may_fault)
{
    static const unsigned some[] = {0, 3, 9, 12, 13};
    trap_handler_t before = trap_handle(VECTOR_SYSTEM_CALL, work_there);

    wanted = workout();
    for (unsigned k = 0; k < sizeof some / sizeof some[0]; k++) {
        uint32_t word = *(const uint32_t *)site_of(31);
        patch_t *patch;

        if (!insert(site_of(31), some[k], &patch))
            break;
        n_called = result = 0;
        except();
        CHECK_EQUAL(wanted, result);
        CHECK_EQUAL(1, n_called);
        except();
        CHECK_EQUAL(wanted, result);
        CHECK_EQUAL(1, n_called);
        CHECK(msr_read() & MSR_EE);
        check_gone(patch, site_of(31), word);
    }
    (void)trap_handle(VECTOR_SYSTEM_CALL, before);
}

/* ---- what is interrupted is executed ---- */

static vaddr_t code_in_register;
static bool saw_caller, saw_itself, saw_register, saw_another;

static bool look_around(struct trap_frame *frame)
{
    saw_itself = quiescence_is_running(frame->srr0 - 4, 8);
    saw_caller = quiescence_is_running(frame->lr - 4, 8);
    saw_register = quiescence_is_running(code_in_register, 8);
    saw_another = quiescence_is_running((vaddr_t)read_word, 8);
    return true;
}

static void __attribute__((noipa)) except_with(uint32_t value)
{
    register uint32_t kept __asm__("r20") = value;

    __asm__ volatile("sc" : "+r"(kept) : : "memory");
    sink = kept;
}

static bool look_from_deeper(struct trap_frame *frame)
{
    trap_handler_t outer = trap_handle(VECTOR_SYSTEM_CALL, look_around);

    (void)frame;
    except_with(1);
    (void)trap_handle(VECTOR_SYSTEM_CALL, outer);
    return true;
}

static void check_seen(trap_handler_t handler)
{
    trap_handler_t before = trap_handle(VECTOR_SYSTEM_CALL, handler);

    saw_itself = saw_caller = saw_register = false;
    saw_another = true;
    except_with(code_in_register);
    (void)trap_handle(VECTOR_SYSTEM_CALL, before);
    CHECK(saw_itself && saw_caller && saw_register && !saw_another);
}

TEST(what_an_exception_interrupts_is_executed)
{
    code_in_register = (vaddr_t)store_text;
    CHECK(!quiescence_is_running(code_in_register, 8));
    check_seen(look_around);
    check_seen(look_from_deeper);
}

/* ---- a patch that is removed under who is in it ---- */

static patch_t *stepped_patch;
static unsigned steps_in_body, remove_at;
static struct patch_place removed_place;

static bool step(struct trap_frame *frame)
{
    struct patch_place place;

    if (!patch_code_at(frame->srr0, &place))
        return true;
    if (steps_in_body++ == remove_at) {
        CHECK_STATUS(OK, patch_remove(stepped_patch));
        quiescence_collect();
        CHECK(patch_code_at(frame->srr0, &removed_place));
        CHECK_EQUAL(place.body, removed_place.body);
    }
    return true;
}

/* False: it was not that often in the body. */
static bool remove_stepped(unsigned at)
{
    struct patch_place place;
    trap_handler_t before;

    if (!CHECK_STATUS(OK,
                      patch_insert((const void *)site_of(33), P(good), NULL, NULL, &stepped_patch)))
        return false;
    steps_in_body = 0;
    remove_at = at;
    before = trap_handle(VECTOR_TRACE, step);
    msr_write(msr_read() | MSR_SE);
    result = workout();
    msr_write(msr_read() & ~MSR_SE);
    (void)trap_handle(VECTOR_TRACE, before);
    CHECK_EQUAL(wanted, result);
    if (steps_in_body <= at) {
        CHECK_STATUS(OK, patch_remove(stepped_patch));
        return false;
    }
    quiescence_collect();
    CHECK(!patch_code_at(removed_place.body, &place));
    return true;
}

TEST(a_body_stays_as_long_as_a_context_is_in_it)
{
    unsigned n = 0;

    wanted = workout();
    while (n < 100 && remove_stepped(n))
        n++;
    CHECK(n > 8 && n < 100);
}

/* ---- sites that trap ---- */

static vaddr_t taken[1000];

TEST(a_site_traps_when_springboards_are_used_up)
{
    struct patch_options far = {.near = (const void *)(DOMAIN_CODE_END - PAGE_SIZE)};
    struct patch_view view;
    uint64_t count = 0;
    size_t n = 0;
    patch_t *patch, *other;

    wanted = workout();
    while (n < 1000 && springboard_take(0, &taken[n]) == OK)
        n++;
    CHECK_STATUS(OK, patch_count((const void *)site_of(17), &far, &patch));
    patch_look(patch, &view);
    CHECK_EQUAL(WAY_TRAP, view.way);
    CHECK_EQUAL(wanted, workout());
    CHECK_STATUS(OK, patch_counted(patch, &count));
    CHECK_EQUAL(1, count);
    springboard_give(taken[--n]);
    CHECK_STATUS(OK, patch_count((const void *)site_of(18), &far, &other));
    patch_look(other, &view);
    CHECK_EQUAL(WAY_SPRINGBOARD, view.way);
    CHECK_STATUS(OK, patch_remove(other));
    patch_look(patch, &view);
    CHECK_EQUAL(WAY_SPRINGBOARD, view.way);
    CHECK_EQUAL(wanted, workout());
    CHECK_STATUS(OK, patch_counted(patch, &count));
    CHECK_EQUAL(2, count);
    CHECK_STATUS(OK, patch_remove(patch));
    while (n > 0)
        springboard_give(taken[--n]);
}

static unsigned n_illegal;

static bool skip_illegal(struct trap_frame *frame)
{
    if ((frame->srr1 & SRR1_PROGRAM_ILLEGAL) == 0)
        return false;
    n_illegal++;
    frame->srr0 += 4;
    return true;
}

TEST(illegal_words_that_are_no_patches_go_to_who_asked_for_them)
{
    trap_handler_t before = trap_handle(VECTOR_PROGRAM, skip_illegal);

    n_illegal = 0;
    __asm__ volatile(".long 0");
    CHECK_EQUAL(1, n_illegal);
    CHECK(trap_handle(VECTOR_PROGRAM, before) == skip_illegal);
}
