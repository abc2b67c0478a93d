/* The authorizer of its event faults.
 * Expected: quarantined "program exception" */
#include "tests/hostile/stage.h"

EVENT void hostile_said(void);

void hostile_said(void)
{
}

static bool authorize(const struct event_request *request)
{
    (void)request;
    __asm__ volatile("trap");
    return true;
}

static void said(void)
{
}

status_t hostile_act(void)
{
    binding_t *binding;
    status_t status = event_set_authorizer(P(hostile_said), authorize);

    return status == OK ? event_install(P(hostile_said), P(said), NULL, NULL, &binding) : status;
}
