/* Branches into the kernel, past its imports.
 * Expected: refused ERR_DENIED */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    __asm__ volatile("bla 0x01001000" : : : "lr", "ctr", "memory");
    return OK;
}
