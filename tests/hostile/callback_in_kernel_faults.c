/* What it has called for each export of a domain faults in the middle of the kernel's listing.
 * Expected: quarantined "program exception" */
#include "tests/hostile/stage.h"

static void each(const struct domain_export *symbol, void *closure)
{
    (void)symbol, (void)closure;
    __asm__ volatile("trap");
}

status_t hostile_act(void)
{
    domain_t *domain;
    status_t status = nameserver_query("SpinPublic", &domain);

    return status == OK ? domain_exports(domain, each, NULL) : status;
}
