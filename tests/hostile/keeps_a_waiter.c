/* Destroys the lock that strands wait for, and unlocks what it does not have.
 * Expected: harmless */
#include "tests/hostile/stage.h"

static mutex_t *mutex;
static semaphore_t *semaphore;

static void wait(void *closure)
{
    (void)closure;
    (void)semaphore_wait(semaphore);
    (void)mutex_unlock(mutex);
}

status_t hostile_act(void)
{
    if (mutex_create(&mutex) != OK || semaphore_create(0, &semaphore) != OK ||
        begin(wait, NULL) != OK || mutex_lock(mutex) != OK)
        return ERR_NO_MEMORY;
    (void)strand_sleep(100);
    if (semaphore_destroy(semaphore) == OK || semaphore_post(semaphore) != OK ||
        mutex_lock(mutex) == OK)
        __asm__ volatile("trap");
    (void)strand_sleep(100);
    return mutex_unlock(mutex);
}
