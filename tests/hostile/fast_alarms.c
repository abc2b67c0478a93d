/* Has alarms that ring each microsecond.
 * Expected: harmless */
#include "tests/hostile/stage.h"

static volatile uint32_t n;

static void ring(void *closure)
{
    (void)closure;
    n++;
}

status_t hostile_act(void)
{
    alarm_t *alarm;
    status_t status = OK;

    for (unsigned i = 0; status == OK && i < 3; i++) {
        status = alarm_create(ring, NULL, &alarm);
        if (status == OK)
            status = alarm_start(alarm, 1, 1);
    }
    return status;
}
