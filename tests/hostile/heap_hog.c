/* Allocates small pieces for ever.
 * Expected: quarantined "memory" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    for (;;)
        opaque((uint32_t)malloc(4000));
}
