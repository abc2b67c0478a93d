/*
 * Procedures as guards are: yes_… are functional however a compiler makes them, no_… are not. What is called
 * helper_… is declared functional.
 */
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long long uint64_t;
typedef _Bool bool;
#define NULL ((void *)0)
/* It is not known what becomes of a number here, though nothing does. */
#define KEEP(number) ({ __asm__("" : "+r"(number)); })
#define EVENT __attribute__((noinline, noclone))

struct packet {
    uint8_t version, protocol;
    uint16_t length, port;
    uint32_t address;
    struct packet *next;
    const char *name;
    uint8_t bytes[16];
    int table[8];
};

extern int counter;
extern void outside(void);
int limit = 5;

/* ---- functional ---- */

bool yes_always(void)
{
    return 1;
}

int yes_compare(int a, int b)
{
    return a < b && a != 17;
}

bool yes_field(const struct packet *p)
{
    return p->protocol == 6 && p->port == 80;
}

bool yes_either(const struct packet *p, int n)
{
    return (p->port == 80 || p->port == 8080 || p->port == 443) && (n > limit || p->length < 100);
}

int yes_switch(const struct packet *p)
{
    switch (p->protocol) {
    case 1:
        return p->length > 8;
    case 2:
        return p->port == 5;
    case 3:
        return p->address == 0x0a000001;
    case 4:
        return p->name != NULL;
    case 5:
        return p->version == 4;
    case 6:
        return p->port == 80;
    case 7:
        return p->length == 1500;
    case 8:
        return p->next == NULL;
    default:
        return 0;
    }
}

int yes_constant_loop(const struct packet *p)
{
    int n = 0;

    for (int i = 0; i < 16; i++)
        n += p->bytes[i];
    return n > 100;
}

int yes_argument_loop(const int *values, int n)
{
    int sum = 0;

    for (int i = 0; i < n; i++)
        sum += values[i];
    return sum == 100;
}

uint32_t yes_unsigned_loop(uint32_t n)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < n; i++)
        sum = sum * 31 + i;
    return sum;
}

uint32_t yes_count_down(uint32_t n)
{
    uint32_t sum = 7;

    while (n-- > 0)
        sum ^= sum << 5 ^ n;
    return sum;
}

int yes_even_steps(const uint8_t *bytes)
{
    int n = 0;

    for (int i = 0; i < 16; i += 2)
        n += bytes[i] == 9;
    return n;
}

int yes_do_while(const int *values, int n)
{
    int found = 0;

    do {
        found |= values[n] == 5;
    } while (--n > 0);
    return found;
}

uint32_t yes_own_strlen(const char *s)
{
    const char *end = s;

    while (*end != 0)
        end++;
    return (uint32_t)(end - s);
}

int yes_own_strcmp(const char *a, const char *b)
{
    while (*a != 0 && *a == *b) {
        a++;
        b++;
    }
    return (uint8_t)*a - (uint8_t)*b;
}

int yes_own_memcmp(const uint8_t *a, const uint8_t *b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    }
    return 0;
}

const char *yes_own_strchr(const char *s, int c)
{
    for (;; s++) {
        if (*s == (char)c)
            return s;
        if (*s == 0)
            return NULL;
    }
}

int yes_nested(const int (*rows)[8], int n)
{
    int sum = 0;

    for (int i = 0; i < n; i++)
        for (int j = 0; j < 8; j++)
            sum += rows[i][j];
    return sum > 0;
}

int yes_early_return(const struct packet *p)
{
    for (int i = 0; i < 8; i++) {
        if (p->table[i] == 3)
            return 1;
        if (p->table[i] == 4)
            continue;
        if (p->table[i] == 5)
            break;
    }
    return 0;
}

EVENT int helper_half(int n)
{
    return n / 2;
}

EVENT int helper_sum(const int *values, int n)
{
    int sum = helper_half(n);

    for (int i = 0; i < n; i++)
        sum += helper_half(values[i]);
    return sum;
}

int yes_calls(const int *values, int n)
{
    return helper_sum(values, n) > helper_half(n) + helper_half(values[0]);
}

int yes_tail_call(const int *values)
{
    return helper_sum(values, 5);
}

int yes_call_in_loop(const struct packet *p, int n)
{
    int sum = 0;

    for (int i = 0; i < n; i++)
        sum += helper_half(i) ^ helper_half(p->length);
    return sum;
}

int yes_many_registers(const struct packet *p, int a, int b, int c, int d)
{
    int e = helper_half(a), f = helper_half(b), g = helper_half(c), h = helper_half(d);
    int i = helper_half(a + b), j = helper_half(b + c), k = helper_half(c + d);

    return a * e + b * f + c * g + d * h + i * j * k + p->length;
}

int yes_local_array(int i)
{
    volatile int table[4];

    table[0] = i;
    table[1] = 5;
    table[2] = i * 3;
    table[3] = 9;
    return table[i & 3];
}

int yes_masked_store(int i, int value)
{
    volatile int table[4];

    table[0] = table[1] = table[2] = table[3] = 0;
    table[i & 3] = value;
    return table[1];
}

EVENT int helper_second(const int *pair)
{
    return pair[1];
}

int yes_passes_its_frame(int a, int b)
{
    int pair[2] = {a, b};

    return helper_second(pair) == 5;
}

uint64_t yes_long_long(uint64_t a, uint64_t b)
{
    return (a + b) << 3 > 0x100000000ull;
}

int yes_many_arguments(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j)
{
    return a + b + c + d + e + f + g + h == i - j;
}

int yes_bounded_list(const struct packet *p)
{
    for (int i = 0; i < 64 && p != NULL; i++, p = p->next) {
        if (p->port == 80)
            return 1;
    }
    return 0;
}

int yes_until_pointer(const int *from, const int *to)
{
    int sum = 0;

    for (; from < to; from++)
        sum += *from;
    return sum;
}

int yes_division(int a, int b)
{
    return b != 0 && a / b == 3 && a % b == 1;
}

int yes_asks_pointer(const struct packet *p)
{
    return p->name[0] == 'x' && p->next->next->port == 9;
}

int yes_shifts(uint32_t x)
{
    int n = 0;

    for (int i = 31; i >= 0; i--)
        n += x >> i & 1;
    return n;
}

/* ---- not functional ---- */

int no_counts(void)
{
    counter++;
    return 1;
}

int no_stores_argument(int *p, int n)
{
    *p = n;
    return 1;
}

int no_stores_field(struct packet *p)
{
    p->length--;
    return 1;
}

int no_stores_in_loop(uint8_t *p, int n)
{
    for (int i = 0; i < n; i++)
        p[i] = 0;
    return 1;
}

int no_unbounded_index(int i, int value)
{
    volatile int table[4];

    table[0] = table[1] = table[2] = table[3] = 0;
    table[i] = value;
    return table[1];
}

int no_calls_undeclared(void)
{
    outside();
    return 1;
}

int no_calls_pointer(int (*f)(void))
{
    return f() + 1;
}

int no_jumps_to_pointer(int (*f)(void))
{
    return f();
}

void no_hangs(void)
{
    for (;;)
        ;
}

int no_waits(volatile int *flag)
{
    while (*flag == 0)
        ;
    return 1;
}

int no_list(const struct packet *p)
{
    for (; p != NULL; p = p->next) {
        if (p->port == 80)
            return 1;
    }
    return 0;
}

uint32_t no_step_may_miss(uint32_t n, uint32_t sum)
{
    for (uint32_t i = 0; i != n; i += 2)
        KEEP(i), sum = sum * 31 + (sum >> 3);
    return sum;
}

uint32_t no_wraps_around(uint32_t n, uint32_t sum)
{
    for (uint32_t i = 0; i < n; i += 2)
        KEEP(i), sum = sum * 31 + (sum >> 3);
    return sum;
}

uint32_t no_always_less_or_equal(uint32_t n, uint32_t sum)
{
    for (uint32_t i = 0; i <= n; i++)
        KEEP(i), sum = sum * 31 + (sum >> 3);
    return sum;
}

uint32_t no_collatz(uint32_t n)
{
    uint32_t steps = 0;

    while (n != 1) {
        n = n % 2 == 0 ? n / 2 : 3 * n + 1;
        steps++;
    }
    return steps;
}

uint32_t no_halves(uint32_t low, uint32_t high, const uint32_t *values)
{
    while (low < high) {
        uint32_t middle = (low + high) / 2;

        if (values[middle] < 50)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

EVENT int helper_recursive(int n)
{
    return n < 2 ? n : helper_recursive(n - 1) ^ helper_recursive(n - 2);
}

int no_recursion(int n)
{
    return helper_recursive(n) + 1;
}

EVENT int helper_stores(int n)
{
    counter = n;
    return n;
}

int no_calls_what_stores(int n)
{
    return helper_stores(n) + 1;
}

int no_large_frame(int i)
{
    volatile char bytes[20000];

    bytes[i & 1023] = 1;
    return bytes[5];
}

int no_variable_frame(int n)
{
    volatile char bytes[n];

    bytes[0] = 1;
    return bytes[0];
}

int no_synchronizes(int *p)
{
    return __sync_fetch_and_add(p, 1);
}

int no_privileged(void)
{
    int msr;

    __asm__ volatile("mfmsr %0" : "=r"(msr));
    return msr;
}

void no_zeroes_line(void *p)
{
    __asm__ volatile("dcbz 0,%0" : : "r"(p) : "memory");
}
