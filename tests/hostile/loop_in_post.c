/* What it imposed to be called after handlers does not return.
 * Expected: quarantined "loop" */
#include "tests/hostile/stage.h"

static int asked(int n)
{
    return n;
}

static void post(int n)
{
    (void)n;
    loop();
}

status_t domain_init(void)
{
    binding_t *binding;
    status_t status = event_install(P(stage_asked), P(asked), NULL, NULL, &binding);

    return status == OK ? event_impose(binding, NULL, NULL, P(post), NULL) : status;
}
