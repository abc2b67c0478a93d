/* Procedures whose calls are led elsewhere, and who calls them at home. */
#include <whorl/domain.h>

DOMAIN("spliced");

#define ALONE __attribute__((noipa))

int spliced(int n);
int spliced_other(int n);
int spliced_thunk(int n);
int spliced_same(int n);
int spliced_home(int n);
int spliced_home_tail(int n);
int spliced_recursion(int n);
int spliced_choice(int n);

int (*spliced_pointer)(int) = spliced;
int spliced_variable = 77;
static int n_calls;

ALONE int spliced(int n)
{
    n_calls++;
    return n + 1;
}

ALONE int spliced_other(int n)
{
    return n + 2;
}

ALONE int spliced_same(int n)
{
    return n + 2;
}

/* Its only instruction is a branch to the other. */
ALONE int spliced_thunk(int n)
{
    return spliced(n);
}

ALONE int spliced_home(int n)
{
    return 10 * spliced(n) + spliced_other(n);
}

ALONE int spliced_home_tail(int n)
{
    return spliced(2 * n);
}

ALONE int spliced_recursion(int n)
{
    return n <= 0 ? 1 : spliced_recursion(n - 1) * spliced_recursion(n - 2) + 1;
}

/* Has a jump table, and calls one of the others through a pointer. */
ALONE int spliced_choice(int n)
{
    switch (n) {
    case 0:
        return spliced_other(5);
    case 1:
        return spliced_pointer(6);
    case 2:
        return n_calls;
    case 3:
        return spliced(7) + 1;
    case 4:
        return spliced_home(8) + spliced(9);
    case 5:
        return 11;
    default:
        return -1;
    }
}
