/* Imposes guards for ever.
 * Expected: quarantined */
#include "tests/hostile/stage.h"

static void told(int n)
{
    (void)n;
}

static bool guard(int n)
{
    return n > 0;
}

status_t hostile_act(void)
{
    binding_t *binding;

    while (event_create(P(stage_told), P(told), NULL, NULL, &binding) != OK)
        ;
    for (unsigned n = 1;; n++)
        if (event_impose_guard(binding, P(guard), NULL) != OK && n % 16 == 0)
            (void)event_create(P(stage_told), P(told), NULL, NULL, &binding);
}
