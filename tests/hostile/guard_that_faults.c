/* Installs with a guard that loads from where its argument says.
 * Expected: quarantined "load from" */
#include "tests/hostile/stage.h"

static bool guard(int n)
{
    return *(const int *)(0x70000000 + (uint32_t)n * 4) != 0;
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
