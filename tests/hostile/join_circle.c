/* Two strands wait for each other's end.
 * Expected: harmless */
#include "tests/hostile/stage.h"

static strand_t *strands[2];

static void run(void *closure)
{
    (void)strand_sleep(100);
    (void)strand_join(*(strand_t **)closure);
}

status_t hostile_act(void)
{
    status_t status = strand_create(run, &strands[1], NULL, &strands[0]);

    return status == OK ? strand_create(run, &strands[0], NULL, &strands[1]) : status;
}
