/* Exports a procedure with static state, a variable, and a constructor's work. */
#include <whorl/domain.h>

DOMAIN("counter");

int counter_next(void);

int counter_constructed;
static int count;

static void __attribute__((constructor)) construct(void)
{
    counter_constructed = 17;
}

int counter_next(void)
{
    return ++count;
}
