/* Raising events, and changing what they do; see events.h. */
#include "tests/bench/events/events.h"

#include <whorl/domain.h>

DOMAIN("bench/events");
IMPORT_DOMAIN("Debug");

status_t domain_init(void)
{
    status_t status = measure_replacing();

    if (status == OK)
        status = measure_raising();
    return status == OK ? measure_installing() : status;
}
