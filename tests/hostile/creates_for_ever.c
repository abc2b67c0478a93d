/* Creates strands and waits for their end, for ever.
 * Expected: harmless */
#include "tests/hostile/stage.h"

static void nothing(void *closure)
{
    (void)closure;
}

static void run(void *closure)
{
    strand_t *strand;

    (void)closure;
    for (;;)
        if (strand_create(nothing, NULL, &(struct strand_options){.detached = true}, &strand) != OK)
            (void)strand_yield();
}

status_t hostile_act(void)
{
    return begin(run, NULL);
}
