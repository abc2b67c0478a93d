/* A strand of it unloads it while another one runs.
 * Expected: gone */
#include "tests/hostile/stage.h"

static void run(void *closure)
{
    if (closure != NULL) {
        (void)strand_sleep(100);
        (void)domain_destroy(stage_yourself());
        return;
    }
    for (;;)
        (void)strand_yield();
}

status_t hostile_act(void)
{
    status_t status = begin(run, NULL);

    return status == OK ? begin(run, (void *)hostile_act) : status;
}
