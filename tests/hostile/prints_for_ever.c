/* Prints for ever.
 * Expected: quarantined "for" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    for (;;)
        console_print("# I am here\n");
}
