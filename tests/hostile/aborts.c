/* Gives up.
 * Expected: quarantined "abort" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    abort();
}
