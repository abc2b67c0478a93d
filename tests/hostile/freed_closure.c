/* Goes by a closure that it has freed.
 * Expected: quarantined */
#include "tests/hostile/stage.h"

static void told(void *closure, int n)
{
    uint32_t **links = closure;

    /* What is there may be another's by now: it is not written to. */
    if (*links[4] != (uint32_t)n)
        __asm__ volatile("trap");
}

status_t domain_init(void)
{
    void *closure = malloc(64);
    status_t status =
        install(P(stage_told), P(told), &(struct event_options){.handler_closure = closure});

    free(closure);
    return status;
}
