/* Faults while it has a mutex that another strand waits for.
 * Expected: quarantined "program exception" */
#include "tests/hostile/stage.h"

static mutex_t *mutex;

static void wait(void *closure)
{
    (void)closure;
    (void)mutex_lock(mutex);
}

status_t hostile_act(void)
{
    if (mutex_create(&mutex) != OK || mutex_lock(mutex) != OK || begin(wait, NULL) != OK)
        return ERR_NO_MEMORY;
    (void)strand_sleep(100);
    __asm__ volatile("trap");
    return OK;
}
