/* Gives up.
 * Expected: quarantined "_exit" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    abort();
}
