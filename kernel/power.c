/* See power.h. */
#include "kernel/power.h"

#include <whorl/clock.h>

#include "arch/ppc/machine.h"
#include "kernel/panic.h"

static enum power requested;

void power_request(enum power wanted)
{
    requested = wanted;
}

bool power_requested(void)
{
    return requested != POWER_ON;
}

static void wait_seconds(unsigned n)
{
    uint64_t end = clock_ticks() + (uint64_t)n * clock_frequency();

    while (clock_ticks() < end)
        ;
}

void power_poll(void)
{
    if (requested == POWER_ON)
        return;
    if (requested == POWER_OFF)
        machine_power_off();
    else
        machine_restart();
    wait_seconds(2); /* it takes its time */
    panic("the machine does not answer to power control");
}
