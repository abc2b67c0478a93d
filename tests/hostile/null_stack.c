/* Sets r1 to 0 and faults.
 * Expected: quarantined, ends its caller "program exception" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    __asm__ volatile("li 1, 0\n\ttrap" : : : "memory");
    return OK;
}
