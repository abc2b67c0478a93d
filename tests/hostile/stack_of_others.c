/* Puts r1 into the stack of another strand, then faults.
 * Expected: quarantined, ends its caller "program exception" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    __asm__ volatile("mr 1, %0\n\ttrap" : : "r"(stage_stack()) : "memory");
    return OK;
}
