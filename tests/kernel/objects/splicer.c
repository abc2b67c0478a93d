/* Calls what spliced exports in every way there is. */
#include <whorl/domain.h>

DOMAIN("splicer");

#define ALONE __attribute__((noipa))

extern int spliced_variable;
int spliced(int n);
int spliced_other(int n);
int splicer_variable(int n);
int splicer_call(int n);
int splicer_other(int n);
int splicer_thunk(int n);
int splicer_tail(int n);
int splicer_through_pointer(int n);
void *splicer_address(void);

int (*splicer_pointer)(int) = spliced;

ALONE int splicer_call(int n)
{
    return 1000 + spliced(n);
}

/* Its only instruction is a branch to the import. */
ALONE int splicer_thunk(int n)
{
    return spliced(n);
}

ALONE int splicer_tail(int n)
{
    return spliced(3 * n);
}

ALONE int splicer_through_pointer(int n)
{
    return splicer_pointer(n);
}

ALONE void *splicer_address(void)
{
    return (void *)spliced;
}

ALONE int splicer_other(int n)
{
    return 1000 + spliced_other(n);
}

/* Begins with a part of the variable's address. */
ALONE int splicer_variable(int n)
{
    (void)n;
    return spliced_variable;
}
