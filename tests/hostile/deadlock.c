/* Two strands lock two mutexes in either order: one of them is told.
 * Expected: harmless */
#include "tests/hostile/stage.h"

static mutex_t *mutexes[2];

static void run(void *closure)
{
    unsigned first = (unsigned)closure;

    (void)mutex_lock(mutexes[first]);
    (void)strand_sleep(100);
    (void)mutex_lock(mutexes[1 - first]);
}

status_t hostile_act(void)
{
    if (mutex_create(&mutexes[0]) != OK || mutex_create(&mutexes[1]) != OK ||
        begin(run, (void *)0) != OK)
        return ERR_NO_MEMORY;
    return begin(run, (void *)1);
}
