/* Makes bindings for ever.
 * Expected: quarantined */
#include "tests/hostile/stage.h"

static void told(int n)
{
    (void)n;
}

status_t hostile_act(void)
{
    binding_t *binding;

    for (;;)
        (void)event_create(P(stage_told), P(told), NULL, NULL, &binding);
}
