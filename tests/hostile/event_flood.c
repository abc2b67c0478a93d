/* A strand of it raises an event for ever.
 * Expected: quarantined "for" */
#include "tests/hostile/stage.h"

static void flood(void *closure)
{
    (void)closure;
    for (;;)
        (void)stage_asked(1);
}

status_t hostile_act(void)
{
    return begin(flood, NULL);
}
