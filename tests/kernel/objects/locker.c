/* Has one lock of each kind and an alarm, which its code handles. */
#include <whorl/alarm.h>
#include <whorl/domain.h>
#include <whorl/lock.h>

DOMAIN("locker");

void locker_count(void *closure);

mutex_t *locker_mutex;
condition_t *locker_condition;
semaphore_t *locker_semaphore;
alarm_t *locker_alarm;
unsigned locker_n_calls;

void locker_count(void *closure)
{
    ++*(unsigned *)closure;
}

status_t domain_init(void)
{
    status_t status = mutex_create(&locker_mutex);

    if (status == OK)
        status = condition_create(&locker_condition);
    if (status == OK)
        status = semaphore_create(0, &locker_semaphore);
    if (status == OK)
        status = alarm_create(locker_count, &locker_n_calls, &locker_alarm);
    return status == OK ? alarm_start(locker_alarm, 100, 100) : status;
}
