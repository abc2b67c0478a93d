/* Installs with a guard that does not end.
 * Expected: refused ERR_FAILED */
#include "tests/hostile/stage.h"

static bool guard(int n)
{
    while (opaque((uint32_t)n) != 0)
        ;
    return true;
}

static void told(int n)
{
    (void)n;
}

status_t domain_init(void)
{
    binding_t *binding;

    return event_install(P(stage_told), P(told), P(guard), NULL, &binding);
}
