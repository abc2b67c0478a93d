/* Faults when it is initialized. */
#include <whorl/domain.h>

DOMAIN("faulty");

status_t domain_init(void)
{
    int *volatile nowhere = (int *)4;

    *nowhere = 1;
    return OK;
}
