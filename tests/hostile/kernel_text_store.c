/* Stores into the kernel.
 * Expected: quarantined "store to" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    *(volatile uint32_t *)opaque((uint32_t)strand_self) = 0x4e800020;
    return OK;
}
