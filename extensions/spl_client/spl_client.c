/*
 * Needs what not everybody may have: with interrupts off it could stop the machine. So
 * spl_high is in SpinPrivate, which the nameserver gives to the privileged only. Loaded
 * as usual, this fails to link; `-x` must have `--privileged` before it.
 */
#include <whorl/clock.h>
#include <whorl/console.h>
#include <whorl/domain.h>
#include <whorl/spl.h>

DOMAIN("spl_client");
IMPORT_DOMAIN("SpinPrivate");

/* Two readings that nothing came between. */
static uint64_t undisturbed_ticks(void)
{
    spl_t before = spl_high();
    uint64_t start = clock_ticks(), ticks = clock_ticks() - start;

    spl_restore(before);
    return ticks;
}

status_t domain_init(void)
{
    console_print("spl_client: reading the clock takes %u ticks\n", (unsigned)undisturbed_ticks());
    return OK;
}
