/*
 * Power off and restart through CUDA, the microcontroller behind a 6522 VIA.
 * A packet goes out byte by byte through the shift register: TIP is low during
 * the transfer, TACK changes for each byte (as in Linux' via-cuda driver).
 */
#include "arch/ppc/io.h"
#include "arch/ppc/machine.h"
#include "arch/ppc/timebase.h"

#define PORT_B 0x0000
#define DIRECTION_B 0x0400
#define SHIFT 0x1400
#define AUXILIARY 0x1600
#define INTERRUPT_FLAGS 0x1a00

#define TACK 0x10
#define TIP 0x20
#define SHIFT_OUT 0x10
#define SHIFT_DONE 0x04

#define PACKET_CUDA 0x01
#define POWER_DOWN 0x0a
#define RESET_SYSTEM 0x11

static uint8_t get(paddr_t offset)
{
    return io_read8(machine.cuda + offset);
}

static void put(paddr_t offset, uint8_t value)
{
    io_write8(machine.cuda + offset, value);
}

/* A tenth of a second is far more than the slowest byte takes. */
static void wait_shifted(void)
{
    uint64_t end = timebase_read() + machine.timebase_hz / 10;

    while ((get(INTERRUPT_FLAGS) & SHIFT_DONE) == 0 && timebase_read() < end)
        ;
    (void)get(SHIFT);
}

static void send(uint8_t command)
{
    put(DIRECTION_B, (get(DIRECTION_B) | TACK | TIP));
    put(PORT_B, get(PORT_B) | TACK | TIP);
    put(AUXILIARY, get(AUXILIARY) | SHIFT_OUT);
    put(SHIFT, PACKET_CUDA);
    put(PORT_B, get(PORT_B) & (uint8_t)~TIP);
    wait_shifted();
    put(SHIFT, command);
    put(PORT_B, get(PORT_B) ^ TACK);
    wait_shifted();
    put(PORT_B, get(PORT_B) | TACK | TIP);
    wait_shifted();
}

void machine_power_off(void)
{
    send(POWER_DOWN);
}

void machine_restart(void)
{
    send(RESET_SYSTEM);
}
