/* Patches its own code for ever.
 * Expected: quarantined "patches" */
#include "tests/hostile/stage.h"

static volatile uint32_t n;

static void __attribute__((noipa)) work(void)
{
    n++;
}

status_t hostile_act(void)
{
    patch_t *patch;

    for (;;)
        (void)patch_count((const void *)work, NULL, &patch);
}
