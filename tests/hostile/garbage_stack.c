/* Sets r1 to garbage and stores there.
 * Expected: quarantined, ends its caller "store to" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    __asm__ volatile("lis 1, 0x6543\n\tstwu 1, -16(1)" : : : "memory");
    return OK;
}
