/* Ends the strand of whoever calls it.
 * Expected: harmless, ends its caller */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    strand_exit();
    return OK;
}
