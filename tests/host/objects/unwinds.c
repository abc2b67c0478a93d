/*
 * Procedures whose frames compilers make in every way: large ones, ones that grow, aligned ones, none; registers saved where they are needed; fields of
 * CR; tail calls; ends that never return. What unwind_test runs.
 */
#include <stdarg.h>

extern int outside(int);
extern int (*pointer)(int);
extern void take(void *);
extern void take_more(int, int, int, int, int, int, int, int, int, int);

/* Of which only the compiler knows that it never returns. */
__attribute__((noreturn, noinline)) void stop(void)
{
    for (;;)
        pointer(1);
}

int leaf(int a, int b)
{
    return a * b + (a ^ b);
}

int tail(int a)
{
    return outside(a + 1);
}

int tail_pointer(int a)
{
    return pointer(a + 1);
}

int tail_or_frame(int a)
{
    if (a < 0)
        return outside(-a);
    return outside(a) + outside(a + 1);
}

int one_frame(int a)
{
    return outside(a) + 1;
}

int loops(int n)
{
    int sum = 0;

    for (int i = 0; i < n; i++)
        sum += outside(i) ^ n;
    return sum;
}

/* Its quick way needs no frame, the middle one few registers. */
int wrapped(int *p, int n, int a, int b, int c)
{
    int sum = 0;

    if (p == 0)
        return -1;
    if (n == 1)
        return outside(*p) + a;
    for (int i = 0; i < n; i++) {
        sum += outside(p[i]);
        if (sum > a) {
            sum += outside(b) * c;
            for (int k = b; k < c; k++)
                sum ^= outside(k) + outside(k + n) * sum;
        }
    }
    return sum;
}

int wrapped_twice(int a, int b, int c, int d)
{
    int x = a * 3;

    if (a > 7) {
        x = outside(b);
        if (x > 9)
            x += outside(c) + b + d;
    }
    if (b > 5)
        x += outside(x) + outside(d) + c;
    return x;
}

int many(int a, int b, int c, int d, int e, int f, int g, int h)
{
    int i = outside(a), j = outside(b), k = outside(c), l = outside(d), m = outside(e);
    int n = outside(f), o = outside(g), p = outside(h), q = outside(i + j), r = outside(k + l);
    int s = outside(m + n), t = outside(o + p);

    return outside(q) +
           a * b * c * d * e * f * g * h * i * j * k * l * m * n * o * p * q * r * s * t;
}

int conditions(int a, int b, int c, int d)
{
    int sum = 0;

    while (outside(sum) != 0) {
        if (a < b)
            sum += outside(a);
        if (c < d)
            sum -= outside(c);
        if (a == d)
            sum ^= outside(d);
    }
    return sum;
}

void clobbers_conditions(int a)
{
    __asm__ volatile("cmpwi 2, %0, 1; cmpwi 4, %0, 3" : : "r"(a) : "cr2", "cr4");
    outside(a);
    __asm__ volatile("cmpwi 3, %0, 1" : : "r"(a) : "cr3");
}

int clobbers_all(int a)
{
    if (a == 4)
        return 7;
    __asm__ volatile("" ::
                         : "r14", "r15", "r16", "r17", "r18", "r19", "r20", "r21", "r22", "r23",
                           "r24", "r25", "r26", "r27", "r28", "r29", "cr2", "cr3", "cr4", "memory");
    outside(a);
    return a;
}

int clobbers_one(int a)
{
    __asm__ volatile("" ::: "r19");
    return a;
}

int large(int a)
{
    char bytes[40000];

    take(bytes);
    return outside(a) + bytes[a];
}

int larger(int a, int b)
{
    char bytes[300000];

    if (a == b)
        return 0;
    take(bytes);
    return outside(a) * outside(b) + bytes[a];
}

int grows(int n, int m)
{
    int *first = __builtin_alloca(n * 4), *second;

    take(first);
    second = __builtin_alloca(m * 4);
    take(second);
    return first[n / 2] + second[m / 2] + outside(n);
}

int grows_in_turns(int n)
{
    int sum = 0;

    for (int i = 1; i < n; i++) {
        int words[i];

        take(words);
        sum += words[i / 2] + outside(sum);
    }
    return sum;
}

int grows_late(int n, int a)
{
    if (n == 0)
        return outside(a);
    if (n > 5) {
        char *p = __builtin_alloca(n);

        take(p);
        return p[1] + outside(a);
    }
    return n;
}

int grows_large(int n)
{
    char bytes[50000], *p = __builtin_alloca(n);

    take(bytes);
    take(p);
    return bytes[n] + p[n];
}

int aligned(int a)
{
    int words[8] __attribute__((aligned(64)));

    take(words);
    return words[a & 7] + outside(a);
}

int aligned_and_grows(int a)
{
    int words[8] __attribute__((aligned(128))), *p = __builtin_alloca(4 * a);

    take(words);
    take(p);
    return words[a & 7] + p[0] + outside(a);
}

int varies(int n, ...)
{
    va_list list;
    int sum = 0;

    va_start(list, n);
    while (n-- > 0)
        sum += outside(va_arg(list, int));
    va_end(list);
    return sum;
}

void passes_on_stack(int a)
{
    take_more(a, a, a, a, a, a, a, a, a + 1, a + 2);
    take_more(1, 2, 3, 4, 5, 6, 7, 8, 9, a);
}

int stops(int a)
{
    if (a < 0)
        stop();
    if (outside(a) == 3)
        stop();
    return outside(a) + a;
}

int stops_early(int a, int b)
{
    if (a == 0)
        stop();
    if (b == 0)
        return a;
    a += outside(b);
    if (a == 0)
        stop();
    return outside(a) + outside(b);
}

int selects(int a, int b)
{
    switch (a) {
    case 0:
        return outside(b);
    case 1:
        return outside(b) + 1;
    case 2:
        return b;
    case 3:
        return outside(b) * outside(a);
    case 4:
        return outside(b - 1) ^ b;
    case 5:
        return pointer(b);
    case 6:
        stop();
    case 7:
        return outside(9) * b;
    default:
        return 0;
    }
}

void never(void)
{
    for (;;)
        outside(1);
}

int returns_address(int a)
{
    take(__builtin_return_address(0));
    take(__builtin_frame_address(0));
    return outside(a);
}

int rare(int a)
{
    if (__builtin_expect(a == 77, 0)) {
        outside(a);
        outside(a + 1);
        return outside(a * outside(2));
    }
    return a;
}

struct large_struct {
    int words[40];
};

struct large_struct gives_struct(int a, struct large_struct from)
{
    struct large_struct to = from;

    to.words[3] = outside(a);
    take(&to);
    return to;
}

double computes(double a, double b)
{
    return a * b + (outside(1) != 0 ? a : b);
}
