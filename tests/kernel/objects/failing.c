/* Says no when it is initialized. */
#include <whorl/domain.h>

DOMAIN("failing");

status_t domain_init(void)
{
    return ERR_NOT_FOUND;
}
