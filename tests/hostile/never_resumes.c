/* Its scheduler takes its strands and never resumes them.
 * Expected: harmless */
#include "tests/hostile/stage.h"

static status_t take(strand_t *strand)
{
    (void)strand;
    return OK;
}

static void run(void *closure)
{
    (void)closure;
    __asm__ volatile("trap");
}

status_t domain_init(void)
{
    return install(P(strand_unblock), P(take),
                   &(struct event_options){.order = EVENT_FIRST, .cancel = true});
}

status_t hostile_act(void)
{
    return begin(run, NULL);
}
