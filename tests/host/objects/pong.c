/* The other one. */
#include <whorl/domain.h>

#ifdef JOINED /* with ping.c, which has these already */
#define domain_init pong_init
#define domain_fini pong_fini
status_t pong_init(void);
void pong_fini(void);
#else
DOMAIN("pong");
#endif

extern int ping(int);
extern int ping_count;

int pong(int n)
{
    return n == 0 ? ping_count * 0 : ping(n - 1);
}

status_t domain_init(void)
{
    return OK;
}

void domain_fini(void)
{
}
