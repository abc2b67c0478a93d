/* Calls a procedure at 0.
 * Expected: quarantined "0x00000000" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    ((void (*)(void))opaque(0))();
    return OK;
}
