/* Patches, and is not privileged.
 * Expected: refused ERR_UNRESOLVED */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    patch_t *patch;

    return patch_count((const void *)hostile_act, NULL, &patch);
}
