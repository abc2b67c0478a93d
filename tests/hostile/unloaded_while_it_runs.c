/* Is unloaded while its strands sleep, wait, and compute.
 * Expected: harmless */
#include "tests/hostile/stage.h"

static volatile uint32_t n;

static void run(void *closure)
{
    mutex_t *mutex = closure;

    for (;;) {
        if (mutex_lock(mutex) == OK)
            (void)strand_sleep(50);
        (void)mutex_unlock(mutex);
        for (unsigned i = 0; i < 1000; i++)
            n += i;
        (void)strand_yield();
    }
}

status_t hostile_act(void)
{
    mutex_t *mutex;
    status_t status = mutex_create(&mutex);

    for (unsigned i = 0; status == OK && i < 5; i++)
        status = begin(run, mutex);
    return status;
}
