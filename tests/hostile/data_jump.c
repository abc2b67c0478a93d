/* Executes its data.
 * Expected: quarantined, ends its caller "storage exception" */
#include "tests/hostile/stage.h"

static uint32_t code[] = {0x38600000, 0x4e800020}; /* li r3, 0; blr */

status_t hostile_act(void)
{
    return ((status_t(*)(void))opaque((uint32_t)code))() == OK ? OK : ERR_FAILED;
}
