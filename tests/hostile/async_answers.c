/* An asynchronous handler of an event that returns something.
 * Expected: refused ERR_FAILED */
#include "tests/hostile/stage.h"

static int asked(int n)
{
    return n;
}

status_t domain_init(void)
{
    return install(P(stage_asked), P(asked), &(struct event_options){.async = true});
}
