/* What it has called for each of the kernel's list of bindings does not return.
 * Expected: quarantined "loop" */
#include "tests/hostile/stage.h"

static void each(const struct event_binding *binding, void *closure)
{
    (void)binding, (void)closure;
    loop();
}

status_t hostile_act(void)
{
    return event_bindings(P(stage_told), each, NULL);
}
