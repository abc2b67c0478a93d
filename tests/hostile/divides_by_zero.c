/* Divides by zero, which the processor lets pass.
 * Expected: harmless */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    return (status_t)(opaque(1) / opaque(0)) == (status_t)opaque(7) ? ERR_FAILED : OK;
}
