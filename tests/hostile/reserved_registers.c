/* Leaves garbage in r2 and r13.
 * Expected: harmless */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    __asm__ volatile("li 2, -1\n\tli 13, -1" : : : "memory");
    return OK;
}
