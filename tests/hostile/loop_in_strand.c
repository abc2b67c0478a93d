/* A strand of it neither waits nor ends.
 * Expected: quarantined "for" */
#include "tests/hostile/stage.h"

static void run(void *closure)
{
    (void)closure;
    loop();
}

status_t hostile_act(void)
{
    return begin(run, NULL);
}
