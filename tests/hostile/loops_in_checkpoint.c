/* A handler of strand_checkpoint does not return.
 * Expected: quarantined "loop" */
#include "tests/hostile/stage.h"

static status_t checkpoint(strand_t *strand)
{
    (void)strand;
    loop();
}

static void run(void *closure)
{
    (void)closure;
    (void)strand_yield();
    (void)strand_sleep(100);
}

status_t domain_init(void)
{
    return install(P(strand_checkpoint), P(checkpoint), NULL);
}

status_t hostile_act(void)
{
    return begin(run, NULL);
}
