/*
 * The interrupt controller inside the heathrow chip: 64 inputs in two banks of
 * four registers (events, enable, clear, levels). The first bank in the address
 * space serves inputs 32 to 63. (Apple, "Heathrow" ERS; as in Open Firmware's
 * and Linux' drivers for the same chip.)
 */
#include "arch/ppc/interrupt.h"
#include "arch/ppc/io.h"
#include "arch/ppc/machine.h"

#define N_BANKS 2
#define EVENTS 0x0
#define ENABLE 0x4
#define CLEAR 0x8

static uint32_t enabled[N_BANKS];

static paddr_t bank(unsigned n)
{
    return machine.interrupts + (n == 0 ? 0x20 : 0x10);
}

static void initialize(void)
{
    for (unsigned n = 0; n < N_BANKS; n++) {
        io_write32(bank(n) + ENABLE, 0);
        io_write32(bank(n) + CLEAR, UINT32_MAX);
    }
}

static void enable(unsigned irq)
{
    unsigned n = irq / 32;

    enabled[n] |= 1u << irq % 32;
    io_write32(bank(n) + ENABLE, enabled[n]);
}

/* The event is cleared before it is served, so one that comes meanwhile is seen again. */
static int next(void)
{
    for (unsigned n = 0; n < N_BANKS; n++) {
        uint32_t pending = io_read32(bank(n) + EVENTS) & enabled[n];

        if (pending != 0) {
            unsigned bit = 31 - (unsigned)__builtin_clz(pending);

            io_write32(bank(n) + CLEAR, 1u << bit);
            return (int)(n * 32 + bit);
        }
    }
    return -1;
}

static void end(unsigned irq)
{
    (void)irq;
}

const struct interrupt_chip heathrow_chip = {initialize, enable, next, end};
