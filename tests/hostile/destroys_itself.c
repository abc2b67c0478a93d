/* A handler of it unloads it.
 * Expected: gone */
#include "tests/hostile/stage.h"

static void told(int n)
{
    (void)n;
    (void)domain_destroy(stage_yourself());
}

status_t domain_init(void)
{
    return install(P(stage_told), P(told), NULL);
}
