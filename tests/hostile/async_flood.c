/* Raises an event with a slow asynchronous handler for ever.
 * Expected: harmless */
#include "tests/hostile/stage.h"

static volatile unsigned n_told;

static void told(int n)
{
    if (n > 0)
        (void)strand_sleep(10);
    n_told++;
}

static void flood(void *closure)
{
    (void)closure;
    for (;;)
        stage_told(0);
}

status_t domain_init(void)
{
    return install(P(stage_told), P(told), &(struct event_options){.async = true});
}

status_t hostile_act(void)
{
    return begin(flood, NULL);
}
