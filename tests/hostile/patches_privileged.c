/* Patches with code that turns interrupts off.
 * Expected: refused ERR_FAILED */
#include "tests/hostile/stage.h"

static volatile uint32_t n;

static void __attribute__((noipa)) work(void)
{
    n++;
}

status_t domain_init(void)
{
    static const uint32_t words[] = {0x7c000124}; /* mtmsr r0 */
    patch_t *patch;
    status_t status = patch_insert_code((const void *)work, words, 1, NULL, &patch);

    work();
    return status;
}
