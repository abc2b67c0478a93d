/* Arithmetic: libgcc's helpers and newlib's. See drills.h. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/kernel/poison/drills.h"
#include "tests/kernel/poison/step.h"

#define N_OF(array) (sizeof(array) / sizeof(array)[0])

/*
 * What the compiler calls by itself has no type in the kernel, so these have it under another name.
 */
#define HELPER(type, name, ...) type name(__VA_ARGS__) __asm__("__" #name)
HELPER(long long, muldi3, long long, long long);
HELPER(long long, ashldi3, long long, int);
HELPER(long long, ashrdi3, long long, int);
HELPER(long long, lshrdi3, long long, int);
HELPER(int, cmpdi2, long long, long long);
HELPER(int, ucmpdi2, unsigned long long, unsigned long long);
HELPER(long long, negdi2, long long);
HELPER(int, clzdi2, long long);
HELPER(int, clzsi2, int);
HELPER(int, ctzdi2, long long);
HELPER(int, ctzsi2, int);
HELPER(int, ffsdi2, long long);
HELPER(int, ffssi2, int);
HELPER(int, popcountdi2, long long);
HELPER(int, popcountsi2, int);
HELPER(int, paritydi2, long long);
HELPER(int, paritysi2, int);
HELPER(int, clrsbdi2, long long);
HELPER(int, clrsbsi2, int);
HELPER(long long, bswapdi2, long long);
HELPER(int, bswapsi2, int);
HELPER(long long, addvdi3, long long, long long);
HELPER(int, addvsi3, int, int);
HELPER(long long, subvdi3, long long, long long);
HELPER(int, subvsi3, int, int);
HELPER(long long, mulvdi3, long long, long long);
HELPER(int, mulvsi3, int, int);
HELPER(long long, negvdi2, long long);
HELPER(int, negvsi2, int);
HELPER(long long, absvdi2, long long);
HELPER(int, absvsi2, int);
HELPER(double, negdf2, double);
HELPER(int, fixdfsi, double);
HELPER(int, fixsfsi, float);
HELPER(unsigned, fixunsdfsi, double);
HELPER(unsigned, fixunssfsi, float);
HELPER(long long, fixdfdi, double);
HELPER(long long, fixsfdi, float);
HELPER(unsigned long long, fixunsdfdi, double);
HELPER(unsigned long long, fixunssfdi, float);
HELPER(float, negsf2, float);

static void record_wide(uint64_t value)
{
    record((uint32_t)(value >> 32));
    record((uint32_t)value);
}

static void record_double(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    record_wide(bits);
}

static void record_float(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    record(bits);
}

static const volatile int64_t wides[] = {
    1, -1, 7, -1000000007, 0x123456789abcdef, 0x80000000, 1ll << 40, INT64_MIN, INT64_MAX};

static void divide(void)
{
    for (size_t i = 0; i < N_OF(wides); i++)
        for (size_t k = 0; k < N_OF(wides); k += 2) {
            int64_t a = wides[i], b = wides[k];

            record_wide((uint64_t)a / (uint64_t)b);
            record_wide((uint64_t)a % (uint64_t)b);
            if (a != INT64_MIN || b != -1) {
                record_wide((uint64_t)(a / b));
                record_wide((uint64_t)(a % b));
            }
        }
}

static void shift(void)
{
    static const volatile int counts[] = {0, 1, 17, 31, 32, 40, 63};

    for (size_t i = 0; i < N_OF(wides); i++)
        for (size_t k = 0; k < N_OF(counts); k++) {
            record_wide((uint64_t)ashldi3(wides[i], counts[k]));
            record_wide((uint64_t)ashrdi3(wides[i], counts[k]));
            record_wide((uint64_t)lshrdi3(wides[i], counts[k]));
        }
}

static void count_bits(void)
{
    for (size_t i = 0; i < N_OF(wides); i++) {
        int64_t wide = wides[i];
        int narrow = (int)wide, bits = narrow | 0x100;

        record_wide((uint64_t)muldi3(wide, wides[(i + 3) % N_OF(wides)]));
        record((uint32_t)cmpdi2(wide, wides[0]));
        record((uint32_t)cmpdi2(wides[0], wide));
        record((uint32_t)ucmpdi2((uint64_t)wide, (uint64_t)wides[2]));
        record((uint32_t)ucmpdi2((uint64_t)wides[2], (uint64_t)wide));
        record_wide((uint64_t)negdi2(wide));
        record((uint32_t)(clzdi2(wide) * 100 + clzsi2(bits)));
        record((uint32_t)(ctzdi2(wide) * 100 + ctzsi2(bits)));
        record((uint32_t)(ffsdi2(wide) * 100 + ffssi2(narrow)));
        record((uint32_t)(popcountdi2(wide) * 100 + popcountsi2(narrow)));
        record((uint32_t)(paritydi2(wide) * 100 + paritysi2(narrow)));
        record((uint32_t)(clrsbdi2(wide) * 100 + clrsbsi2(narrow)));
        record_wide((uint64_t)bswapdi2(wide));
        record((uint32_t)bswapsi2(narrow));
        record((uint32_t)ffs(narrow));
    }
}

/* Those that stop at overflow, without any. */
static void checked(void)
{
    static const volatile int some[] = {0, 1, -1, 12345, -54321};

    for (size_t i = 0; i < N_OF(some); i++)
        for (size_t k = 0; k < N_OF(some); k++) {
            int a = some[i], b = some[k];

            record((uint32_t)addvsi3(a, b));
            record((uint32_t)subvsi3(a, b));
            record((uint32_t)mulvsi3(a, b & 0xff));
            record_wide((uint64_t)addvdi3(a, b));
            record_wide((uint64_t)subvdi3(a, (long long)b << 20));
            record_wide((uint64_t)mulvdi3(a, b));
            record_wide((uint64_t)negvdi2(a));
            record_wide((uint64_t)absvdi2(b));
            record((uint32_t)(negvsi2(a) + absvsi2(b)));
        }
}

static const volatile double doubles[] = {0.0,     1.0,    -2.5,  3.14159,         1e10,
                                          -1e-310, 6.5e30, 1e308, (double)INFINITY};

static void double_arithmetic(void)
{
    for (size_t i = 0; i < N_OF(doubles); i++)
        for (size_t k = 0; k < 2; k++) {
            double a = doubles[i], b = doubles[(i + 2 * k) % N_OF(doubles)];

            record_double(a + b);
            record_double(a - b);
            record_double(a * b);
            record_double(a / b);
            record((uint32_t)((a < b) + 2 * (a <= b) + 4 * (a == b) + 8 * (a > b) + 16 * (a >= b)));
            record((uint32_t)((a != b) + 2 * __builtin_isunordered(a, b)));
        }
}

static void float_arithmetic(void)
{
    for (size_t i = 0; i < N_OF(doubles); i++)
        for (size_t k = 0; k < 2; k++) {
            float a = (float)doubles[i], b = (float)doubles[(i + 2 * k) % N_OF(doubles)];

            record_float(a + b);
            record_float(a - b);
            record_float(a * b);
            record_float(a / b);
            record((uint32_t)((a < b) + 2 * (a <= b) + 4 * (a == b) + 8 * (a > b) + 16 * (a >= b)));
            record((uint32_t)((a != b) + 2 * __builtin_isunordered(a, b)));
        }
}

static const volatile double convertible[] = {
    0.0, 0.75, -2.5, 3.14159, 5e8, 3e9, -3e9, 1e10, -1e17, 6e18, 1e19, 1e308, -1e-310, (double)NAN};

static void convert(void)
{
    for (size_t i = 0; i < N_OF(convertible); i++) {
        double d = convertible[i];
        float f = (float)d;

        record((uint32_t)fixdfsi(d));
        record((uint32_t)fixsfsi(f));
        record(fixunsdfsi(d));
        record(fixunssfsi(f));
        record_wide((uint64_t)fixdfdi(d));
        record_wide((uint64_t)fixsfdi(f));
        record_wide(fixunsdfdi(d));
        record_wide(fixunssfdi(f));
        record_double((double)f);
        record_double(negdf2(d));
        record_float(negsf2(f));
    }
    for (size_t i = 0; i < N_OF(wides); i++) {
        record_double((double)wides[i]);
        record_float((float)wides[i]);
        record_double((double)(uint64_t)wides[i]);
        record_float((float)(uint64_t)wides[i]);
        record_double((double)(int)wides[i]);
        record_float((float)(int)wides[i]);
        record_double((double)(uint32_t)wides[i]);
        record_float((float)(uint32_t)wides[i]);
    }
}

static void parse_doubles(void)
{
    static const char *const numbers[] = {"-1.5",    "6.02e23", "1e-310",
                                          "0x1.8p3", "nan",     "12345678901234567890"};
    char *end;

    for (size_t i = 0; i < N_OF(numbers); i++) {
        record_double(strtod(numbers[i], &end));
        record((uint32_t)(end - numbers[i]));
    }
    record_float(strtof("2.5", NULL));
    record_double(atof("1e10"));
}

static void absolute(void)
{
    for (size_t i = 0; i < N_OF(wides); i++) {
        long a = (long)(wides[i] % 1000003), b = 1 + (long)i * 7;
        div_t d = div((int)a, (int)b);
        ldiv_t l = ldiv(a, b);
        lldiv_t ll = lldiv(wides[i] / 2, b);
        imaxdiv_t m = imaxdiv(wides[i] / 3, b);

        record((uint32_t)(abs((int)a) + labs(a)));
        record_wide((uint64_t)(llabs(wides[i] / 2) + imaxabs(wides[i] / 2)));
        record((uint32_t)(d.quot ^ d.rem ^ l.quot ^ l.rem));
        record_wide((uint64_t)(ll.quot ^ ll.rem ^ m.quot ^ m.rem));
    }
}

static void pseudo_random(void)
{
    unsigned seed = 7, none = 0;

    srand(42);
    for (int i = 0; i < 10; i++)
        record((uint32_t)rand() ^ (uint32_t)rand_r(&seed));
    record((uint32_t)rand_r(&none));
}

const struct drill drills_of_numbers[] = {
    {"divide", divide},
    {"shift", shift},
    {"count_bits", count_bits},
    {"checked", checked},
    {"double_arithmetic", double_arithmetic},
    {"float_arithmetic", float_arithmetic},
    {"convert", convert},
    {"parse_doubles", parse_doubles},
    {"absolute", absolute},
    {"pseudo_random", pseudo_random},
    {NULL, NULL},
};
