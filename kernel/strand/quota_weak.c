/* Until there are quotas. */
#include "kernel/quota.h"

status_t __attribute__((weak)) quota_take(owner_t owner, enum quota quota)
{
    (void)owner;
    (void)quota;
    return OK;
}

void __attribute__((weak)) quota_give(owner_t owner, enum quota quota)
{
    (void)owner;
    (void)quota;
}
