/* An ephemeral handler calls what may not be killed.
 * Expected: refused ERR_FAILED */
#include "tests/hostile/stage.h"

static void told(int n)
{
    free(malloc((size_t)n + 1));
}
EPHEMERAL(told);

status_t domain_init(void)
{
    return install(P(stage_told), P(told), &(struct event_options){.ephemeral_us = 50});
}
