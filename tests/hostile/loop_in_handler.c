/* A handler does not return.
 * Expected: quarantined "loop" */
#include "tests/hostile/stage.h"

static void told(int n)
{
    (void)n;
    loop();
}

status_t domain_init(void)
{
    return install(P(stage_told), P(told), NULL);
}
