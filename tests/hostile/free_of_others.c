/* Frees what is another's.
 * Expected: quarantined "misuse" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    free(stage_piece());
    return OK;
}
