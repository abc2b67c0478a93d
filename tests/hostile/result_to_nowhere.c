/* Has the kernel store results to where nothing is mapped.
 * Expected: quarantined "0x70000000" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    return mutex_create((mutex_t **)opaque(0x70000000)) == OK ? ERR_FAILED : OK;
}
