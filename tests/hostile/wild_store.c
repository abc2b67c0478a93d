/* Stores to where nothing is mapped.
 * Expected: quarantined "store to 0xc0000000" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    *(volatile uint32_t *)opaque(0xc0000000) = 1;
    return OK;
}
