/* Frees what was never allocated.
 * Expected: quarantined "misuse" */
#include "tests/hostile/stage.h"

static uint32_t words[64];

status_t hostile_act(void)
{
    free((void *)opaque((uint32_t)&words[16]));
    return OK;
}
