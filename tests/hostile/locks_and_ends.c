/* Its strand ends while it has a mutex that another strand waits for, which gets it then.
 * Expected: harmless */
#include "tests/hostile/stage.h"

static mutex_t *mutex;

static void lock(void *closure)
{
    if (mutex_lock(mutex) != OK)
        __asm__ volatile("trap");
    (void)strand_sleep(200);
    if (closure == NULL)
        strand_exit();
}

status_t hostile_act(void)
{
    if (mutex_create(&mutex) != OK || begin(lock, NULL) != OK || begin(lock, mutex) != OK)
        return ERR_NO_MEMORY;
    return strand_sleep(1000);
}
