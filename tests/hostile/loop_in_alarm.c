/* The handler of an alarm does not return.
 * Expected: quarantined "loop" */
#include "tests/hostile/stage.h"

static void ring(void *closure)
{
    (void)closure;
    loop();
}

status_t hostile_act(void)
{
    alarm_t *alarm;
    status_t status = alarm_create(ring, NULL, &alarm);

    return status == OK ? alarm_start(alarm, 10, 0) : status;
}
