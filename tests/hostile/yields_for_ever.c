/* Strands of it do nothing but yield.
 * Expected: harmless */
#include "tests/hostile/stage.h"

static void run(void *closure)
{
    (void)closure;
    for (;;)
        (void)strand_yield();
}

status_t hostile_act(void)
{
    status_t status = OK;

    for (unsigned i = 0; status == OK && i < 3; i++)
        status = begin(run, NULL);
    return status;
}
