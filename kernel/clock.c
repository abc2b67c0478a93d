/* See <whorl/clock.h>. */
#include <whorl/clock.h>

#include "arch/ppc/machine.h"
#include "arch/ppc/timebase.h"

#define MICROSECONDS 1000000u

uint64_t clock_ticks(void)
{
    return timebase_read();
}

uint32_t clock_frequency(void)
{
    return machine.timebase_hz;
}

/* Whole seconds apart from the rest, so that nothing overflows in half a million years. */
uint64_t clock_to_microseconds(uint64_t ticks)
{
    uint64_t seconds = ticks / machine.timebase_hz;
    uint64_t rest = ticks % machine.timebase_hz;

    return seconds * MICROSECONDS + rest * MICROSECONDS / machine.timebase_hz;
}

/* A restart does not set the time base back. */
uint64_t clock_microseconds(void)
{
    return clock_to_microseconds(timebase_read() - machine.entry_ticks);
}
