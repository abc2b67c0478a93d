/*
 * One of everything that a compiler makes of C, folded into one number: when the loader gets any of it
 * wrong, the number is wrong. It prints `result 0x…` and refuses to start if that is not RESULT, which is what
 * the host computes with the same source.
 *
 * Compiled with PLAIN it needs no header, as what a stock compiler is given.
 */
#ifdef PLAIN
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long long uint64_t;
typedef __SIZE_TYPE__ size_t;
typedef int status_t;
#define OK 0
#define ERR_FAILED (-12)
int console_print(const char *format, ...);
size_t strlen(const char *);
void *memcpy(void *, const void *, size_t);
int snprintf(char *, size_t, const char *, ...);
void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
void *malloc(size_t);
void free(void *);
long strtol(const char *, char **, int);
#else
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/console.h>
#include <whorl/domain.h>
#endif

#define RESULT 0xfd12e1a9u
#define KEPT __attribute__((noinline, noclone))

int common_word;             /* in COMMON with -fcommon, else in .bss */
uint64_t common_pair[3];     /* the same, aligned to 8 */
static uint8_t zeros[70000]; /* beyond what 16 bits reach */
static uint32_t counter = 7;
static const uint16_t primes[] = {2, 3, 5, 7, 11, 13, 17, 19, 23};
static const char *const words[] = {"domain", "event", "guard", "strand"};
const char text[] = "a string with its own name";
const void *const addresses[] = {&common_word, &counter, &primes[3], text + 2,
                                 (char *)zeros + 69999};

struct big {
    uint32_t number[24];
    char name[40];
    struct big *self;
};

struct small {
    uint8_t a;
    uint16_t b;
    uint32_t c;
};

static struct big example = {{1, 2, 3}, "example", &example};
static uint32_t sum = 0x811c9dc5u;

static KEPT void fold(uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        sum = (sum ^ (value & 0xff)) * 16777619u;
        value >>= 8;
    }
}

static KEPT void fold_text(const char *s)
{
    fold((uint32_t)strlen(s));
    while (*s != 0)
        fold((uint8_t)*s++);
}

__attribute__((constructor)) static void construct(void)
{
    counter *= 6;
}

__attribute__((constructor)) static void construct_more(void)
{
    counter += 1;
}

static KEPT uint32_t add(uint32_t a, uint32_t b)
{
    return a + b;
}
static KEPT uint32_t times(uint32_t a, uint32_t b)
{
    return a * b;
}
KEPT uint32_t minus(uint32_t a, uint32_t b)
{
    return a - b;
}
static uint32_t (*const operators[])(uint32_t, uint32_t) = {add, times, minus};
uint32_t (*chosen)(uint32_t, uint32_t) = minus;

static KEPT uint32_t choose(uint32_t n)
{
    switch (n) {
    case 0:
        return 17;
    case 1:
        return 4;
    case 2:
        return n * 99;
    case 3:
        fold(n);
        return 1;
    case 4:
        return 0xdeadbeefu;
    case 5:
        return add(n, 5);
    case 6:
        return times(n, n);
    case 7:
        return 1000;
    case 8:
        return (uint32_t)words[n & 3][0];
    case 9:
        return ~n;
    default:
        return 0;
    }
}

static KEPT uint64_t divide(uint64_t a, uint64_t b)
{
    return a / b;
}
static KEPT long long remain(long long a, long long b)
{
    return a % b;
}
static KEPT uint64_t shift(uint64_t a, unsigned n)
{
    return a << n ^ a >> (n / 2);
}
static KEPT struct big copy(struct big b)
{
    b.number[23] = b.number[0] + b.number[2];
    return b;
}
static KEPT struct small swap(struct small s)
{
    return (struct small){s.b & 0xff, s.a, ~s.c};
}

static int compare(const void *a, const void *b)
{
    return *(const int *)a < *(const int *)b ? 1 : -1;
}

static KEPT void arithmetic(void)
{
    uint64_t quotient = divide(0xfedcba9876543210ull, counter);
    long long rest = remain(-1234567890123456789ll, (long long)primes[8]);

    fold((uint32_t)quotient);
    fold((uint32_t)(quotient >> 32));
    fold((uint32_t)rest);
    fold((uint32_t)shift(quotient, primes[4]));
    for (uint32_t i = 0; i < 12; i++)
        fold(choose(i));
    for (uint32_t i = 0; i < 3; i++)
        fold(operators[i](1000, primes[i]));
    fold(chosen(5, 6));
}

static KEPT void data(void)
{
    fold((uint32_t)common_word++);
    common_pair[2] = 0x123456789abcdefull;
    fold((uint32_t)(common_pair[2] >> 20) + (uint32_t)common_pair[1]);
    fold((uint32_t)((size_t)common_pair % 8));
    fold(*(const uint16_t *)addresses[2]);
    fold_text(addresses[3]);
    *(uint8_t *)addresses[4] = 9;
    fold(zeros[69999] + zeros[69998] + zeros[0]);
    fold(*(const uint32_t *)addresses[1]);
    fold(addresses[0] == &common_word);
}

static KEPT void structures(void)
{
    struct big b = copy(*example.self);
    struct small s = swap((struct small){1, 2, 3});

    memcpy(&example, &b, sizeof b);
    fold(example.number[23]);
    fold_text(example.self->name);
    fold(s.a * 65536u + s.b * 256u + s.c);
}

static KEPT void library(void)
{
    int *numbers = malloc(5 * sizeof *numbers);
    char line[60];

    for (int i = 0; i < 5; i++)
        numbers[i] = i * 7 % 5;
    qsort(numbers, 5, sizeof *numbers, compare);
    snprintf(line, sizeof line, "%d%d%d %s %-5x| %lld", numbers[0], numbers[1], numbers[4],
             words[1], (unsigned)strtol("0x7b", (char **)0, 0), -5000000000ll);
    fold_text(line);
    free(numbers);
}

status_t domain_init(void)
{
    fold(counter);
    arithmetic();
    data();
    structures();
    library();
    console_print("result 0x%08x\n", (unsigned)sum);
    return sum == RESULT ? OK : ERR_FAILED;
}
