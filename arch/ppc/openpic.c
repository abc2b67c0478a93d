/*
 * OpenPIC, as in the keylargo chip (Open Programmable Interrupt Controller
 * Register Interface Specification, revision 1.2).
 */
#include "arch/ppc/interrupt.h"
#include "arch/ppc/io.h"
#include "arch/ppc/machine.h"

#define GLOBAL_CONFIGURATION 0x1020
#define RESET 0x80000000u
#define MIXED_MODE 0x20000000u
#define SPURIOUS_VECTOR 0x10e0
#define SPURIOUS 0xff
#define TASK_PRIORITY 0x20080
#define ACKNOWLEDGE 0x200a0
#define END_OF_INTERRUPT 0x200b0
#define SOURCE(n) (0x10000 + (n)*0x20)
#define DESTINATION(n) (0x10010 + (n)*0x20)
#define LEVEL 0x00400000u
#define PRIORITY 0x00080000u

static void set(paddr_t offset, uint32_t value)
{
    io_write32(machine.interrupts + offset, value);
}

static void initialize(void)
{
    set(GLOBAL_CONFIGURATION, RESET);
    while ((io_read32(machine.interrupts + GLOBAL_CONFIGURATION) & RESET) != 0)
        ;
    set(GLOBAL_CONFIGURATION, MIXED_MODE);
    set(SPURIOUS_VECTOR, SPURIOUS);
    set(TASK_PRIORITY, 0);
}

static void enable(unsigned irq)
{
    set(DESTINATION(irq), 1);
    set(SOURCE(irq), LEVEL | PRIORITY | irq);
}

static int next(void)
{
    uint32_t vector = io_read32(machine.interrupts + ACKNOWLEDGE) & 0xff;

    return vector == SPURIOUS ? -1 : (int)vector;
}

static void end(unsigned irq)
{
    (void)irq;
    set(END_OF_INTERRUPT, 0);
}

const struct interrupt_chip openpic_chip = {initialize, enable, next, end};
