/* Loads from where nothing is mapped.
 * Expected: quarantined "load from 0x70000004" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    return *(volatile status_t *)opaque(0x70000004);
}
