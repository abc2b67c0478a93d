/* Exceptions: faults are contained and leave everything as it was; interrupts disturb nobody. */
#include <stdint.h>
#include <string.h>

#include "arch/ppc/layout.h"
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

TEST(null_and_unmapped_addresses_fault)
{
    CHECK_STATUS(ERR_FAULT, fault_contain(load, NULL));
    CHECK_STATUS(ERR_FAULT, fault_contain(store, NULL));
    CHECK_STATUS(ERR_FAULT, fault_contain(jump, NULL));
    CHECK_STATUS(ERR_FAULT, fault_contain(load, (void *)0xffc));
    CHECK_STATUS(ERR_FAULT, fault_contain(load, (void *)0x7ffffffc));
    CHECK_STATUS(ERR_FAULT, fault_contain(jump, (void *)0x7ffffffc));
}

TEST(code_cannot_be_written)
{
    CHECK_STATUS(ERR_FAULT, fault_contain(store, (void *)fault_contain));
    CHECK_STATUS(ERR_FAULT, fault_contain(store, (void *)store));
    CHECK_STATUS(ERR_FAULT, fault_contain(store, (void *)(DATA_VIEW + (uint32_t)fault_contain)));
    CHECK_STATUS(ERR_FAULT, fault_contain(store, (void *)0x2000));
    CHECK_STATUS(ERR_FAULT, fault_contain(store, (void *)(DATA_VIEW + 0x2000)));
}

TEST(data_cannot_be_executed)
{
    load(&word);
    CHECK_STATUS(ERR_FAULT, fault_contain(jump, &word));
    store((void *)&sink);
    CHECK_STATUS(ERR_FAULT, fault_contain(jump, (void *)&sink));
    CHECK_STATUS(ERR_FAULT, fault_contain(jump, (void *)0x80013000));
}

TEST(constants_cannot_be_written)
{
    static const uint32_t constant = 7;

    CHECK_STATUS(ERR_FAULT, fault_contain(store, (void *)&constant));
    CHECK_EQUAL(7, *(volatile const uint32_t *)&constant);
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
