/* Makes the back chain a circle, then faults.
 * Expected: quarantined, ends its caller "program exception" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    uint32_t *frame = __builtin_frame_address(0);

    frame[0] = opaque((uint32_t)frame);
    __asm__ volatile("trap" : : : "lr", "memory");
    return OK;
}
