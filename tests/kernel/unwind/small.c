/* Compiled to be small, so that the compiler's library saves and restores registers. */
#include "tests/kernel/unwind/small.h"

#include <string.h>

static volatile int number = 1;

static int __attribute__((noinline)) add_up(const char *text, int a, int b, int c)
{
    int sum = 0;

    for (int i = 0; i < a; i++)
        sum += (int)strlen(text) * b + strcmp(text, "drill") * c;
    return sum;
}

static int __attribute__((noinline)) keep_many(int a, int b, int c, int d, int e, int f)
{
    int g = add_up("a", a, b, c), h = add_up("b", d, e, f), i = add_up("c", a, c, e);
    int j = add_up("d", g, h, i), k = add_up("e", b, d, f), l = add_up("f", j, k, a);

    return a + b * c + d * e + f * g + h * i + j * k + l + add_up("g", l & 1, a, b);
}

void drill_small(void)
{
    number = keep_many(number, 2, number, 2, 1, number);
}
