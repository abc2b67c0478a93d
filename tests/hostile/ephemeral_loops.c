/* An ephemeral handler does not return, again and again.
 * Expected: harmless */
#include "tests/hostile/stage.h"

static void told(int n)
{
    (void)n;
    loop();
}
EPHEMERAL(told);

status_t domain_init(void)
{
    return install(P(stage_told), P(told),
                   &(struct event_options){.ephemeral_us = 50, .kills_max = 2});
}

status_t hostile_act(void)
{
    for (int n = 0; n < 4; n++)
        stage_told(n);
    return OK;
}
