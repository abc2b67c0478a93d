/* Returns to an address of its choice.
 * Expected: quarantined, ends its caller "storage exception" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    uint32_t *frame = __builtin_frame_address(0);

    ((uint32_t *)frame[0])[1] = opaque(0x70000000);
    __asm__ volatile("" : : : "lr", "memory");
    return OK;
}
