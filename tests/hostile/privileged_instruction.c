/* Would turn interrupts off.
 * Expected: refused ERR_DENIED */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    __asm__ volatile("mtmsr %0" : : "r"(0));
    return OK;
}
