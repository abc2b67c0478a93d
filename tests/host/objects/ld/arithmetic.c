/* What the compiler leaves to its library: wide integers, soft floating point, saved registers, copied structs. */
struct big {
    int a[60];
    double d;
    struct big *next;
};

extern struct big import_big(struct big, int);
extern double import_double(double, float);
extern void use(int, int, int, int, int, int, int, int);

static const double powers[] = {1.0, 10.0, 1e2, 1e3, 1e300};
struct big arithmetic_big = {{1, 2, 3}, 2.75, &arithmetic_big};

long long arithmetic_wide(long long x, unsigned long long y, int n)
{
    return x / 7 + (long long)(y % 1000003) + (x << n) + (long long)(y >> n) + x * (long long)y;
}

double arithmetic_floating(double x, float y, int n)
{
    double sum = 0.1;

    for (int i = 0; i < n; i++)
        sum = sum * x + powers[i % 5] / (y + 1.5f) - import_double(sum, y);
    return sum > 1e10 ? (double)(long long)sum : sum;
}

struct big arithmetic_structs(struct big b, int n)
{
    struct big c = b;

    c.a[n] = (int)b.d;
    c = import_big(c, n);
    c.next = &arithmetic_big;
    return n > 3 ? c : arithmetic_big;
}

int arithmetic_registers(int *a, int n)
{
    int b = a[0], c = a[1], d = a[2], e = a[3], f = a[4], g = a[5], h = a[6], i = a[7], j = a[8],
        k = a[9];

    while (n-- > 0) {
        use(b, c, d, e, f, g, h, i);
        use(c + j, d + k, e, f, g, h, i, b);
        b += c ^ d;
        e -= f & g;
        h |= i + j + k;
    }
    return b + c + d + e + f + g + h + i + j + k;
}

unsigned long long arithmetic_bits(unsigned long long x)
{
    return (unsigned long long)__builtin_popcountll(x) + (unsigned)__builtin_clzll(x | 1) +
           __builtin_bswap64(x);
}
