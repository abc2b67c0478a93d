/* Creates strands for ever, which wait for ever.
 * Expected: quarantined "strands" */
#include "tests/hostile/stage.h"

static void wait(void *closure)
{
    (void)closure;
    for (;;)
        (void)strand_block(strand_self());
}

status_t hostile_act(void)
{
    for (;;)
        (void)begin(wait, NULL);
}
