/* Stores to page 0.
 * Expected: quarantined "store to 0x00000010" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    *(volatile uint32_t *)opaque(16) = 1;
    return OK;
}
