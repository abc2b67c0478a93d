/* Has events. */
#include <whorl/domain.h>

#include "tests/kernel/objects/event_proxy.h"

DOMAIN("event_service");

EVENT_PROXY(service);
