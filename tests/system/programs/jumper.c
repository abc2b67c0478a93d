/* What leaper.c and sinks.c make a domain of: whatever it calls here, it runs in a call of the kernel. */
#include <whorl/domain.h>

void leap(void);

status_t domain_init(void)
{
    leap();
    return OK;
}
