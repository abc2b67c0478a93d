/* Patches its own code with a handler that faults.
 * Expected: quarantined, privileged "program exception" */
#include "tests/hostile/stage.h"

static volatile uint32_t n;

static void __attribute__((noipa)) work(void)
{
    n++;
}

static void handler(void *closure, uint32_t site)
{
    (void)closure, (void)site;
    __asm__ volatile("trap");
}

status_t hostile_act(void)
{
    patch_t *patch;
    status_t status = patch_insert((const void *)work, P(handler), NULL, NULL, &patch);

    work();
    return status;
}
