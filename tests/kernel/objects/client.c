/* Imports from counter, exports what it saw when it was initialized. */
#include <whorl/domain.h>

DOMAIN("client");

int counter_next(void);
extern int counter_constructed;
extern int nobody_has_this __attribute__((weak));

int client_saw;

status_t domain_init(void)
{
    client_saw = counter_next() * 100 + counter_constructed + (&nobody_has_this != NULL ? 1000 : 0);
    return OK;
}
