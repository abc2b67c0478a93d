/* Calls of every kind: local, exported, weak, imported near and far, absent, through pointers, in tail position. */
#include <stdarg.h>

extern int near_one(int), near_two(int, int), far_one(int), far_two(int, int), other(void);
extern int identified_service(int);
extern int absent_procedure(int) __attribute__((weak));
extern int weak_import(int) __attribute__((weak));
extern int prints(const char *, ...);
extern void stops(void) __attribute__((noreturn));

__attribute__((noinline)) static int local(int x)
{
    return x * 3 + other();
}

__attribute__((weak, noinline)) int calls_weak(int x)
{
    return local(x) - 1;
}

__attribute__((visibility("hidden"), noinline)) int calls_hidden(int x)
{
    return calls_weak(x) + identified_service(x);
}

int calls_recursive(int x)
{
    return x < 2 ? x : calls_recursive(x - 1) + calls_recursive(x - 2);
}

int calls_all(int x, int (*through)(int))
{
    int sum = near_one(x) + near_two(x, x) + far_one(x) + far_two(x, sum = x) + through(x);

    if (absent_procedure)
        sum += absent_procedure(x);
    if (weak_import)
        sum += weak_import(x);
    sum += calls_hidden(x) + calls_weak(x) + calls_recursive(x) + local(x);
    if (sum < 0)
        stops();
    return sum;
}

int calls_tail(int x)
{
    return far_one(x + 1);
}

int calls_tail_local(int x)
{
    return local(x + 2);
}

int calls_any(int n, ...)
{
    va_list list;
    int sum = 0;

    va_start(list, n);
    for (int i = 0; i < n; i++)
        sum += va_arg(list, int) + (int)va_arg(list, double) + (int)va_arg(list, long long);
    va_end(list);
    return prints("%d %d %f\n", sum, n, 2.5) + sum;
}
