/* Overwrites the back chain, then faults.
 * Expected: quarantined, ends its caller "program exception" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    uint32_t *frame = __builtin_frame_address(0);

    frame[0] = opaque(0x12345678);
    __asm__ volatile("trap" : : : "lr", "memory");
    return OK;
}
