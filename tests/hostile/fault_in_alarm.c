/* The handler of an alarm faults.
 * Expected: quarantined "program exception" */
#include "tests/hostile/stage.h"

static void ring(void *closure)
{
    (void)closure;
    __asm__ volatile("trap");
}

status_t hostile_act(void)
{
    alarm_t *alarm;
    status_t status = alarm_create(ring, NULL, &alarm);

    return status == OK ? alarm_start(alarm, 10, 100) : status;
}
