/* An asynchronous handler faults.
 * Expected: quarantined "program exception" */
#include "tests/hostile/stage.h"

static void told(int n)
{
    (void)n;
    __asm__ volatile("trap");
}

status_t domain_init(void)
{
    return install(P(stage_told), P(told), &(struct event_options){.async = true});
}
