/* See idle.h. */
#include "kernel/idle.h"

#include "arch/ppc/processor.h"
#include "arch/ppc/timebase.h"

#define LONGEST 0x7fffffffu /* the decrementer interrupts when its sign changes */

void idle_initialize(void)
{
    nap_enable();
    decrementer_write(LONGEST);
}

void idle_wake(void)
{
    decrementer_write(LONGEST);
}

/* cpu_idle turns interrupts on and naps in one step, so none that matters is slept through. */
void idle_until(uint64_t deadline, bool (*wanted)(void))
{
    uint32_t before = interrupts_off();
    uint64_t now = timebase_read();

    if (!wanted() && now < deadline) {
        decrementer_write(deadline - now < LONGEST ? (uint32_t)(deadline - now) : LONGEST);
        cpu_idle();
        return;
    }
    interrupts_restore(before);
}
