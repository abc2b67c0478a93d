/* Patches its own code until it may not any more, and leaves it so.
 * Expected: harmless, privileged */
#include "tests/hostile/stage.h"

static volatile uint32_t n;

static void __attribute__((noipa)) work(void)
{
    n++;
}

status_t hostile_act(void)
{
    patch_t *patch;

    while (patch_count((const void *)work, NULL, &patch) == OK)
        ;
    work();
    return OK;
}
