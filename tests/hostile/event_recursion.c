/* A handler raises the event that it handles.
 * Expected: quarantined "stack" */
#include "tests/hostile/stage.h"

static int asked(int n)
{
    return stage_asked(n + 1) + 1;
}

status_t domain_init(void)
{
    return install(P(stage_asked), P(asked), NULL);
}
