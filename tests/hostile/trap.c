/* Executes a trap.
 * Expected: quarantined "program exception" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    __asm__ volatile("trap");
    return OK;
}
