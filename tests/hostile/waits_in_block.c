/* A handler of strand_block waits.
 * Expected: harmless */
#include "tests/hostile/stage.h"

static volatile bool refused;

static status_t block(strand_t *strand)
{
    (void)strand;
    if (strand_sleep(100) == OK)
        __asm__ volatile("trap");
    refused = true;
    return OK;
}

static void run(void *closure)
{
    (void)closure;
    (void)strand_sleep(200);
}

status_t hostile_act(void)
{
    return begin(run, NULL);
}

status_t domain_init(void)
{
    return install(P(strand_block), P(block), NULL);
}
