/* Loads from page 0.
 * Expected: quarantined "load from 0x00000000" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    return *(volatile status_t *)opaque(0);
}
