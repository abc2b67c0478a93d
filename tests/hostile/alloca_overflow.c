/* Takes its stack page by page.
 * Expected: quarantined "stack" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    for (uint32_t n = 0; n < 0x10000; n++) {
        volatile uint8_t *room = __builtin_alloca(1024);

        room[0] = (uint8_t)n;
    }
    return OK;
}
