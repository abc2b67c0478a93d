/* Makes a system call, of which there are none.
 * Expected: quarantined "system call" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    __asm__ volatile("sc" : : : "memory");
    return OK;
}
