/* Creates locks for ever.
 * Expected: quarantined "locks" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    mutex_t *mutex;
    semaphore_t *semaphore;
    condition_t *condition;

    for (;;)
        if (mutex_create(&mutex) == OK && semaphore_create(1, &semaphore) == OK)
            (void)condition_create(&condition);
}
