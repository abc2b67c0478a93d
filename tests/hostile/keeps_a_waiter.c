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

/* Of higher priority: it waits when it has been begun. */
status_t hostile_act(void)
{
    const struct strand_options above = {.priority = STRAND_PRIORITY_DEFAULT + 1};
    strand_t *strand;

    if (mutex_create(&mutex) != OK || semaphore_create(0, &semaphore) != OK ||
        strand_create(wait, NULL, &above, &strand) != OK || mutex_lock(mutex) != OK)
        return ERR_NO_MEMORY;
    if (semaphore_destroy(semaphore) == OK || semaphore_post(semaphore) != OK ||
        mutex_lock(mutex) == OK)
        __asm__ volatile("trap");
    (void)strand_sleep(100);
    return mutex_unlock(mutex);
}
