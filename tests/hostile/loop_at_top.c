/* A strand of the highest priority that it may have neither waits nor ends.
 * Expected: quarantined "for" */
#include "tests/hostile/stage.h"

static void run(void *closure)
{
    (void)closure;
    loop();
}

status_t hostile_act(void)
{
    strand_t *strand;

    return strand_create(run, NULL, &(struct strand_options){.priority = STRAND_PRIORITY_MAX},
                         &strand);
}
