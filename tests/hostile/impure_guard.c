/* Installs with a guard that stores.
 * Expected: refused ERR_FAILED */
#include "tests/hostile/stage.h"

static int n_asked;

static bool guard(int n)
{
    return n_asked++ < n;
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
