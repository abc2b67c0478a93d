/* Installs and uninstalls for ever.
 * Expected: quarantined "for" */
#include "tests/hostile/stage.h"

static void told(int n)
{
    (void)n;
}

status_t hostile_act(void)
{
    binding_t *binding;

    for (;;)
        if (event_install(P(stage_told), P(told), NULL, NULL, &binding) == OK)
            (void)event_destroy(binding);
}
