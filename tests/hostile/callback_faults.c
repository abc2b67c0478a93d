/* What it has called for each of a list faults.
 * Expected: quarantined "program exception" */
#include "tests/hostile/stage.h"

static void each(void *closure)
{
    (void)closure;
    __asm__ volatile("trap");
}

status_t hostile_act(void)
{
    return stage_each(each, NULL);
}
