/* See kernel/status_own.h. */
#include "kernel/status_own.h"

#include "kernel/strand/strand.h"

_Static_assert(sizeof strand_current->sentence == STATUS_OWN_MAX, "sentences");

char *status_own(void)
{
    return strand_current->sentence;
}
