/* Calls what it is given, and counts those that have returned. */
#include <whorl/domain.h>

DOMAIN("caller");

int caller_call(void (*procedure)(void *closure), void *closure);

static int n_returned;

int caller_call(void (*procedure)(void *closure), void *closure)
{
    procedure(closure);
    return ++n_returned;
}
