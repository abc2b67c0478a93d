/* Waits for its own end.
 * Expected: harmless */
#include "tests/hostile/stage.h"

static void run(void *closure)
{
    (void)closure;
    if (strand_join(strand_self()) == OK)
        __asm__ volatile("trap");
}

status_t hostile_act(void)
{
    return begin(run, NULL);
}
