/* A handler waits for what never comes; unloading brings the raiser back.
 * Expected: harmless, holds its caller */
#include "tests/hostile/stage.h"

static semaphore_t *semaphore;

static void told(int n)
{
    (void)n;
    (void)semaphore_wait(semaphore);
}

status_t domain_init(void)
{
    status_t status = semaphore_create(0, &semaphore);

    return status == OK ? install(P(stage_told), P(told), NULL) : status;
}
