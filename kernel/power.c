/* See power.h. */
#include "kernel/power.h"

#include "arch/ppc/machine.h"
#include "kernel/panic.h"

static enum power requested;

void power_request(enum power wanted)
{
    requested = wanted;
}

void power_poll(void)
{
    if (requested == POWER_ON)
        return;
    if (requested == POWER_OFF)
        machine_power_off();
    else
        machine_restart();
    panic("the machine does not answer to power control");
}
