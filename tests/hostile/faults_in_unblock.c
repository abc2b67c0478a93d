/* A handler of strand_unblock faults.
 * Expected: quarantined "program exception" */
#include "tests/hostile/stage.h"

static status_t unblock(strand_t *strand)
{
    (void)strand;
    __asm__ volatile("trap");
    return OK;
}

static void run(void *closure)
{
    (void)closure;
    (void)strand_sleep(100);
}

status_t domain_init(void)
{
    return install(P(strand_unblock), P(unblock),
                   &(struct event_options){.order = EVENT_FIRST, .cancel = true});
}

status_t hostile_act(void)
{
    return begin(run, NULL);
}
