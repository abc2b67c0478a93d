/* Frees what it has freed.
 * Expected: quarantined "misuse" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    void *piece = malloc(40);
    void *same = (void *)opaque((uint32_t)piece);

    free(piece);
    free(same);
    return OK;
}
