/* Executes a word that is no instruction.
 * Expected: quarantined, ends its caller "program exception" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    __asm__ volatile(".long 0");
    return OK;
}
