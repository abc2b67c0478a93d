/* Serial channels; see escc.h. */
#include "arch/ppc/escc.h"

#include "arch/ppc/interrupt.h"
#include "arch/ppc/io.h"
#include "arch/ppc/machine.h"
#include "arch/ppc/processor.h"

#define N_CHANNELS 2
#define RING_SIZE 16384u /* more than the longest packet of the link port */
#define DATA 0x10        /* from a channel's control register */

#define WR0_RESET_SEND_INTERRUPT 0x28
#define RR0_RECEIVED 0x01
#define RR0_SEND_EMPTY 0x04

struct ring {
    volatile unsigned head,
        tail; /* bytes ever put in and taken out; only their difference matters */
    volatile unsigned lost;
    uint8_t bytes[RING_SIZE];
};

static struct ring rings[N_CHANNELS];

static void put_register(paddr_t control, uint8_t number, uint8_t value)
{
    io_write8(control, number);
    io_write8(control, value);
}

static void put_ring(struct ring *ring, uint8_t byte)
{
    if (ring->head - ring->tail == RING_SIZE) {
        ring->lost++;
        return;
    }
    ring->bytes[ring->head % RING_SIZE] = byte;
    ring->head++;
}

static void drain(enum escc_channel channel)
{
    paddr_t control = machine.serial[channel];

    while ((io_read8(control) & RR0_RECEIVED) != 0)
        put_ring(&rings[channel], io_read8(control + DATA));
}

/*
 * One interrupt may stand for both channels. Where each has a line of its own, as
 * in QEMU, a line shows the state of both but follows only what happens to its own:
 * drained last, channel B can leave A's line raised for good. Resetting the pending
 * transmit interrupt, of which there is none, makes each line look again.
 */
static void receive(void)
{
    drain(ESCC_A);
    drain(ESCC_B);
    io_write8(machine.serial[ESCC_A], WR0_RESET_SEND_INTERRUPT);
    io_write8(machine.serial[ESCC_B], WR0_RESET_SEND_INTERRUPT);
}

/* 8 data bits, no parity, one stop bit; the firmware has set the clock of channel A, QEMU needs none. */
static void start_channel(paddr_t control)
{
    put_register(control, 4, 0x44); /* 16 times clock, one stop bit */
    put_register(control, 3, 0xc1); /* receive 8 bits, enable */
    put_register(control, 5, 0x6a); /* send 8 bits, enable, RTS */
    put_register(control, 1, 0x10); /* interrupt on every byte received */
}

void escc_initialize(void)
{
    for (unsigned i = 0; i < N_CHANNELS; i++)
        start_channel(machine.serial[i]);
    put_register(machine.serial[ESCC_A], 9, 0x08); /* master interrupt enable */
    for (unsigned i = 0; i < N_CHANNELS; i++)
        interrupt_attach(machine.serial_irq[i], receive);
}

/* Between seeing that there is room and using it nobody else writes. */
static bool put_byte(paddr_t control, uint8_t byte)
{
    uint32_t before = interrupts_off();
    bool empty = (io_read8(control) & RR0_SEND_EMPTY) != 0;

    if (empty)
        io_write8(control + DATA, byte);
    interrupts_restore(before);
    return empty;
}

void escc_write(enum escc_channel channel, const void *bytes, size_t n)
{
    const uint8_t *next = bytes;
    paddr_t control = machine.serial[channel];

    for (; n > 0; n--, next++)
        while (!put_byte(control, *next))
            ;
}

int escc_read(enum escc_channel channel)
{
    struct ring *ring = &rings[channel];
    int byte;

    if (!escc_readable(channel))
        return -1;
    byte = ring->bytes[ring->tail % RING_SIZE];
    ring->tail++;
    return byte;
}

bool escc_readable(enum escc_channel channel)
{
    return rings[channel].head != rings[channel].tail;
}

unsigned escc_lost(enum escc_channel channel)
{
    return rings[channel].lost;
}
