/* Exceptions: faults are contained and leave everything as it was; interrupts disturb nobody. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/memory.h>

#include "arch/ppc/image.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/machine.h"
#include "arch/ppc/mmu.h"
#include "arch/ppc/processor.h"
#include "arch/ppc/timebase.h"
#include "kernel/fault.h"
#include "kernel/idle.h"
#include "kernel/test.h"

SUITE("trap");

static uint32_t word = 0x4e800020; /* blr */
static volatile uint32_t sink;

static void load(void *address)
{
    sink = *(volatile uint32_t *)address;
}

static void store(void *address)
{
    *(volatile uint32_t *)address = 0;
}

static void jump(void *address)
{
    ((void (*)(void))address)();
}

static void illegal(void *closure)
{
    (void)closure;
    __asm__ volatile(".long 0");
}

static void trap_word(void *closure)
{
    (void)closure;
    __builtin_trap();
}

static void reserve_odd(void *closure)
{
    uint32_t value;

    __asm__ volatile("lwarx %0, 0, %1" : "=r"(value) : "r"((char *)closure + 1));
    sink = value;
}

static void system_call(void *closure)
{
    (void)closure;
    __asm__ volatile("sc");
}

/* What to expect of code that must not succeed: the vector, and the address at fault. */
static bool traps(void (*code)(void *), const void *closure, uint32_t vector, uint32_t address)
{
    const struct trap_frame *frame = fault_latest();

    if (!CHECK_STATUS(ERR_FAULT, fault_contain(code, (void *)closure)))
        return false;
    return CHECK_EQUAL(vector, frame->vector) &&
           CHECK_EQUAL(address, vector == VECTOR_DSI ? frame->dar : frame->srr0);
}

#define EXPECT_TRAP(code, address, vector) \
    CHECK(traps(code, (const void *)(address), vector, (uint32_t)(address)))

TEST(null_and_unmapped_addresses_fault)
{
    static const uint32_t addresses[] = {0,          4,          0xffc,      0x3000,
                                         0x0ffffffc, 0x10000000, 0x7ffffffc, 0xfffffffc};

    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        EXPECT_TRAP(load, addresses[i], VECTOR_DSI);
        EXPECT_TRAP(store, addresses[i], VECTOR_DSI);
        EXPECT_TRAP(jump, addresses[i], VECTOR_ISI);
    }
}

static uint32_t text_word(void)
{
    return 1;
}

/* Twice: before and after it was read and executed, since an emulator may remember rights. */
TEST(code_cannot_be_written)
{
    static const uint32_t constant = 7;

    for (unsigned i = 0; i < 2; i++) {
        EXPECT_TRAP(store, fault_latest, VECTOR_DSI);
        EXPECT_TRAP(store, text_word, VECTOR_DSI);
        EXPECT_TRAP(store, 0x1ff0, VECTOR_DSI);
        EXPECT_TRAP(store, 0x2ff0, VECTOR_DSI);
        EXPECT_TRAP(store, &constant, VECTOR_DSI);
        EXPECT_TRAP(store, "literal of the extension", VECTOR_DSI);
        EXPECT_TRAP(store, IMAGE(kernel_rodata_start), VECTOR_DSI);
        EXPECT_TRAP(store, IMAGE(kernel_symbols_start), VECTOR_DSI);
        load((void *)fault_latest);
        load((void *)text_word);
        load((void *)0x1ff0);
        load((void *)&constant);
        (void)fault_latest();
        CHECK_EQUAL(1, text_word());
    }
    CHECK_EQUAL(7, *(volatile const uint32_t *)&constant);
}

TEST(code_has_no_alias_that_can_be_written)
{
    paddr_t frame;

    EXPECT_TRAP(store, DATA_VIEW + (uint32_t)fault_latest, VECTOR_DSI);
    EXPECT_TRAP(load, DATA_VIEW + (uint32_t)fault_latest, VECTOR_DSI);
    EXPECT_TRAP(store, DATA_VIEW + 0x100, VECTOR_DSI);
    EXPECT_TRAP(store, DATA_VIEW + 0x2000, VECTOR_DSI);
    CHECK(mmu_translate((vaddr_t)text_word, &frame, NULL));
    EXPECT_TRAP(store, DATA_VIEW + frame, VECTOR_DSI);
}

/* Each is written and read just before, so that its translation is at hand. */
TEST(data_cannot_be_executed)
{
    uint32_t on_stack = word;
    uint32_t *on_heap = malloc(64);
    void *page;

    if (!CHECK(on_heap != NULL) || !CHECK_STATUS(OK, page_allocate(1, &page)))
        return;
    for (unsigned i = 0; i < 2; i++) {
        on_heap[0] = *(uint32_t *)page = sink = word;
        load(on_heap);
        load(page);
        EXPECT_TRAP(jump, &word, VECTOR_ISI);
        EXPECT_TRAP(jump, &sink, VECTOR_ISI);
        EXPECT_TRAP(jump, &on_stack, VECTOR_ISI);
        EXPECT_TRAP(jump, on_heap, VECTOR_ISI);
        EXPECT_TRAP(jump, page, VECTOR_ISI);
        EXPECT_TRAP(jump, IMAGE(kernel_rodata_start), VECTOR_ISI);
        EXPECT_TRAP(jump, IMAGE(kernel_symbols_start), VECTOR_ISI);
        load((void *)(machine.io_base + 0x13000));
        EXPECT_TRAP(jump, machine.io_base + 0x13000, VECTOR_ISI);
    }
    free(on_heap);
    CHECK_STATUS(OK, page_free(page, 1));
}

#pragma GCC diagnostic ignored "-Winfinite-recursion" /* that is the point */
static void overflow(void *closure)
{
    volatile char block[512];

    block[0] = *(char *)closure;
    overflow((void *)block);
    block[1] = block[0];
}

TEST(a_stack_overflow_meets_the_guard_page)
{
    CHECK_STATUS(ERR_FAULT, fault_contain(overflow, &word));
    CHECK_EQUAL(VECTOR_DSI, fault_latest()->vector);
    CHECK(IMAGE(boot_stack_start) - fault_latest()->dar <= PAGE_SIZE);
}

TEST(bad_instructions_fault)
{
    CHECK_STATUS(ERR_FAULT, fault_contain(illegal, NULL));
    CHECK_STATUS(ERR_FAULT, fault_contain(trap_word, NULL));
    CHECK_STATUS(ERR_FAULT, fault_contain(reserve_odd, &word));
    CHECK_STATUS(ERR_FAULT, fault_contain(system_call, NULL));
}

/* Plain compilers copy eight bytes at a time through them. */
TEST(floating_point_registers_can_be_used)
{
    static const double wanted = 2.5;
    static double copy;

    __asm__ volatile(
        ".machine push\n\t.machine ppc\n\tlfd 0, 0(%0)\n\tfadd 0, 0, 0\n\tstfd 0, 0(%1)\n\t.machine pop"
        :
        : "r"(&wanted), "r"(&copy)
        : "memory");
    CHECK(copy == 5.0);
}

static void nested(void *closure)
{
    status_t *inner = closure;

    *inner = fault_contain(store, NULL);
    *inner = *inner == ERR_FAULT ? OK : ERR_FAILED;
}

TEST(a_fault_unwinds_to_the_innermost_call_only)
{
    status_t inner = ERR_FAILED;

    CHECK_STATUS(OK, fault_contain(nested, &inner));
    CHECK_STATUS(OK, inner);
}

TEST(interrupts_stay_on_after_a_fault)
{
    CHECK(msr_read() & MSR_EE);
    CHECK_STATUS(ERR_FAULT, fault_contain(store, NULL));
    CHECK(msr_read() & MSR_EE);
}

/* Every register holds something known while the decrementer interrupts again and again. */
TEST(interrupts_preserve_all_registers)
{
    for (unsigned i = 0; i < 2000; i++) {
        uint32_t wrong;

        __asm__ volatile(
            "mtdec %1\n\t"
            "mtctr %2\n\t"
            "mtxer %3\n\t"
            "mtcr %4\n\t"
            "lis 14, 0x1111\n\tlis 15, 0x2222\n\tlis 16, 0x3333\n\tlis 17, 0x4444\n\t"
            "lis 18, 0x5555\n\tlis 19, 0x6666\n\tlis 20, 0x7777\n\tlis 21, 0x1234\n\t"
            "li 0, 200\n"
            "1:\taddic. 0, 0, -1\n\t"
            "bne 1b\n\t"
            "mfctr 0\n\txor %0, 0, %2\n\t"
            "xoris 14, 14, 0x1111\n\tor %0, %0, 14\n\txoris 15, 15, 0x2222\n\tor %0, %0, 15\n\t"
            "xoris 16, 16, 0x3333\n\tor %0, %0, 16\n\txoris 17, 17, 0x4444\n\tor %0, %0, 17\n\t"
            "xoris 18, 18, 0x5555\n\tor %0, %0, 18\n\txoris 19, 19, 0x6666\n\tor %0, %0, 19\n\t"
            "xoris 20, 20, 0x7777\n\tor %0, %0, 20\n\txoris 21, 21, 0x1234\n\tor %0, %0, 21\n\t"
            "mfcr 0\n\txor 0, 0, %4\n\trlwinm 0, 0, 0, 4, 31\n\tor %0, %0, 0\n\t"
            : "=&r"(wrong)
            : "r"(i % 7 + 1), "r"(i * 77), "r"(0x20000000), "r"(0x0abcdef0 + i)
            : "0", "14", "15", "16", "17", "18", "19", "20", "21", "ctr", "xer", "cr0", "cr1",
              "cr2", "cr3", "cr4", "cr5", "cr6", "cr7");
        if (!CHECK_EQUAL(0, wrong))
            return;
    }
}

/* registers.S: computes with every register; the same result however often it is interrupted. */
uint32_t registers_workout(void);

static unsigned n_steps;

static bool step(struct trap_frame *frame)
{
    n_steps++;
    frame->gpr[0] ^= 0; /* the frame is what the registers come back from */
    return true;
}

static bool step_and_interrupt(struct trap_frame *frame)
{
    decrementer_write(0);
    return step(frame);
}

static uint32_t stepped(trap_handler_t handler)
{
    trap_handler_t before = trap_handle(VECTOR_TRACE, handler);
    uint32_t result;

    n_steps = 0;
    msr_write(msr_read() | MSR_SE);
    result = registers_workout();
    msr_write(msr_read() & ~MSR_SE);
    (void)trap_handle(VECTOR_TRACE, before);
    return result;
}

TEST(registers_survive_a_trap_at_every_instruction)
{
    uint32_t wanted = registers_workout();

    CHECK_EQUAL(wanted, stepped(step));
    CHECK(n_steps > 300);
}

TEST(registers_survive_trap_and_interrupt_at_every_instruction)
{
    uint32_t wanted = registers_workout();

    for (unsigned i = 0; i < 20; i++)
        if (!CHECK_EQUAL(wanted, stepped(step_and_interrupt)))
            return;
    CHECK(n_steps > 300);
}

static uint32_t __attribute__((noinline)) system_call_with(uint32_t argument)
{
    register uint32_t value __asm__("r3") = argument;

    __asm__ volatile("sc" : "+r"(value) : : "memory");
    return value;
}

static bool system_call_handler(struct trap_frame *frame)
{
    frame->gpr[3] = frame->gpr[3] * 2;
    return true;
}

TEST(a_handler_may_change_the_frame)
{
    trap_handler_t before = trap_handle(VECTOR_SYSTEM_CALL, system_call_handler);
    uint32_t value = system_call_with(21);

    (void)trap_handle(VECTOR_SYSTEM_CALL, before);
    CHECK_EQUAL(42, value);
}

static volatile unsigned n_inner;

static bool faulting_handler(struct trap_frame *frame)
{
    if (n_inner++ == 0)
        system_call(NULL); /* an exception inside the handling of one */
    frame->gpr[3]++;
    return true;
}

TEST(exceptions_nest)
{
    trap_handler_t before = trap_handle(VECTOR_SYSTEM_CALL, faulting_handler);
    uint32_t value;

    n_inner = 0;
    value = system_call_with(5);
    (void)trap_handle(VECTOR_SYSTEM_CALL, before);
    CHECK_EQUAL(6, value);
    CHECK_EQUAL(2, n_inner);
}

static volatile unsigned n_ticks;

static bool count_tick(struct trap_frame *frame)
{
    (void)frame;
    n_ticks++;
    idle_wake();
    return true;
}

/* An emulator on a busy host may be late, but not by ten seconds. */
static bool ticked(unsigned n)
{
    uint64_t end = timebase_read() + 10ull * machine.timebase_hz;

    while (n_ticks == n && timebase_read() < end)
        ;
    return n_ticks == n + 1;
}

/* Whether it comes while interrupts are on, while they are off, or while another exception is handled. */
TEST(no_interrupt_is_lost)
{
    trap_handler_t before = trap_handle(VECTOR_DECREMENTER, count_tick);
    trap_handler_t system = trap_handle(VECTOR_SYSTEM_CALL, step_and_interrupt);

    n_ticks = 0;
    for (unsigned i = 0; i < 300; i++) {
        uint32_t msr;

        decrementer_write(i % 50);
        if (!CHECK(ticked(3 * i)))
            break;
        msr = interrupts_off();
        decrementer_write(0);
        for (volatile unsigned wait = i; wait > 0; wait--)
            ;
        CHECK_EQUAL(3 * i + 1, n_ticks);
        interrupts_restore(msr);
        if (!CHECK(ticked(3 * i + 1)))
            break;
        (void)system_call_with(i);
        if (!CHECK(ticked(3 * i + 2)))
            break;
    }
    (void)trap_handle(VECTOR_SYSTEM_CALL, system);
    (void)trap_handle(VECTOR_DECREMENTER, before);
}
