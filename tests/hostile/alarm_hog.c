/* Creates alarms for ever, all of which ring.
 * Expected: quarantined "locks" */
#include "tests/hostile/stage.h"

static void ring(void *closure)
{
    (void)closure;
}

status_t hostile_act(void)
{
    alarm_t *alarm;

    for (;;)
        if (alarm_create(ring, NULL, &alarm) == OK)
            (void)alarm_start(alarm, 1000, 100);
}
