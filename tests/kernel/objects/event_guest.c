/* Is linked with one event of event_service, not with the other. */
#include <ctype.h>
#include <whorl/domain.h>

#include "tests/kernel/objects/event_proxy.h"

DOMAIN("event_guest");

EVENT_PROXY(guest);

#undef isdigit
int (*const guest_digit)(int) = isdigit; /* a guard that is another's */

void service_notified(int what);

void guest_notifies_service(int what)
{
    service_notified(what);
}
