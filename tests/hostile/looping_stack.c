/* Loops with r1 0, so that no exception has a stack to go by.
 * Expected: quarantined, ends its caller "stack" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    __asm__ volatile("li 1, 0\n1:\tb 1b" : : : "memory");
    return OK;
}
