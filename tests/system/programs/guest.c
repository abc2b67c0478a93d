/* What runtime.c makes a domain of: it imports from several. */
#include <whorl/console.h>
#include <whorl/domain.h>

int increase(int n);
int absent(void) __attribute__((weak));
int answer(int n);

int answer(int n)
{
    return increase(n);
}

status_t domain_init(void)
{
    console_print("guest runs%s\n", absent != NULL ? ", and is not alone" : "");
    return OK;
}
