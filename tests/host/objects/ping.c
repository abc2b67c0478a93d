/* One of two that need each other. */
#include <whorl/domain.h>

DOMAIN("ping");

extern int pong(int);
int ping_count;

int ping(int n)
{
    ping_count++;
    return n == 0 ? 0 : pong(n - 1);
}

status_t domain_init(void)
{
    return pong(3) == 0 ? OK : ERR_FAILED;
}

void domain_fini(void)
{
}
