/* The C library and the compiler's helpers, as an extension sees them. */
#include <ctype.h>
#include <errno.h>
#include <malloc.h>
#include <reent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/strand.h>

#include "kernel/libc.h"
#include "kernel/strand/strand.h"
#include "kernel/test.h"

SUITE("libc");

static bool prints(const char *wanted, const char *format, ...)
{
    char text[128];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (strcmp(text, wanted) == 0)
        return true;
    printf("    # \"%s\" is not \"%s\"\n", text, wanted);
    return false;
}

TEST(printf_knows_every_size_of_number)
{
    CHECK(prints("-1 255 ff 0x10", "%d %u %x %#x", -1, 255u, 255u, 16u));
    CHECK(prints("18446744073709551615 -9223372036854775808", "%llu %lld", UINT64_MAX, INT64_MIN));
    CHECK(prints("12 34 -5", "%zu %jd %td", (size_t)12, (intmax_t)34, (ptrdiff_t)-5));
    CHECK(prints("    x|x    |00042|+7", "%5s|%-5s|%05d|%+d", "x", "x", 42, 7));
}

TEST(printf_knows_floating_point)
{
    CHECK(prints("3.250000 -0.5 1e+100", "%f %g %g", 3.25, -0.5, 1e100));
    CHECK(prints("1.000000e-05 inf nan", "%e %f %f", 1e-5, 1e308 * 10, __builtin_nan("")));
}

TEST(numbers_are_read_back)
{
    int a = 0;
    unsigned b = 0;
    char word[8] = "";

    CHECK_EQUAL(3, sscanf("12 0xff end", "%d %x %7s", &a, &b, word));
    CHECK_EQUAL(12, a);
    CHECK_EQUAL(255, b);
    CHECK(strcmp(word, "end") == 0);
    CHECK(strtod("2.5e3", NULL) == 2500.0);
    CHECK_EQUAL(-123456789012345LL, strtoll("-123456789012345", NULL, 10));
}

/* Volatile, so that the helpers are called and nothing is folded. */
static volatile int64_t big = -1234567890123456789;
static volatile int64_t small = 987654321;
static volatile unsigned shift = 13;
static volatile double x = 1.5, y = -0.75;
static volatile float f = 0.1f;

TEST(sixty_four_bit_arithmetic_is_right)
{
    CHECK_EQUAL(-1249999988, big / small);
    CHECK_EQUAL(-725308641, big % small);
    CHECK_EQUAL(big, big / small * small + big % small);
    CHECK_EQUAL(-150704088149837, big >> shift);
    CHECK_EQUAL(8090864197632, small << shift);
    CHECK_EQUAL(17212176183586094827ULL / 3, (uint64_t)big / (uint64_t)(shift - 10));
}

TEST(soft_floating_point_is_right)
{
    CHECK(x + y == 0.75);
    CHECK(x * y == -1.125);
    CHECK(x / y == -2.0);
    CHECK(x - y == 2.25);
    CHECK(y < x && !(x < y) && x != y);
    CHECK_EQUAL(-1234567890123456768LL, (int64_t)(double)big);
    CHECK_EQUAL(1, (int)x);
    CHECK((double)f > 0.0999 && (double)f < 0.1001);
}

TEST(strings_are_handled)
{
    char text[32] = "whorl";
    char *copy = strdup(text);

    CHECK_EQUAL(5, strlen(text));
    CHECK(copy != NULL && strcmp(copy, "whorl") == 0);
    free(copy);
    CHECK(strstr("in a whorl of code", text) != NULL);
    CHECK(memcmp(memmove(text + 1, text, 6), "whorl", 6) == 0);
    CHECK(isdigit('7') && !isalpha('7') && toupper('q') == 'Q');
}

static int compare(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

TEST(qsort_and_bsearch_work_with_callbacks_of_the_extension)
{
    int numbers[] = {5, 3, 9, 1, 7};
    int key = 7;

    qsort(numbers, 5, sizeof numbers[0], compare);
    CHECK_EQUAL(1, numbers[0]);
    CHECK_EQUAL(9, numbers[4]);
    CHECK(bsearch(&key, numbers, 5, sizeof key, compare) == &numbers[3]);
}

static jmp_buf context;

TEST(longjmp_returns_to_setjmp)
{
    volatile int n = 0;

    if (setjmp(context) == 0) {
        n = 1;
        longjmp(context, 2);
    }
    CHECK_EQUAL(1, n);
}

/* ---- state of strands ---- */

static char printed[2][80];
static struct strand other;

static void work(void *closure)
{
    char *to = closure, text[] = "one two";

    errno = ERANGE;
    (void)strtok(text, " ");
    (void)strand_yield();
    snprintf(to, sizeof printed[0], "%d %d %.15f", errno, rand(), 3.5);
    (void)strand_yield();
    strcat(strcat(to, " "), strtok(NULL, " "));
}

static void run_apart(void (*entry)(void *closure), void *closure)
{
    strand_t *strand;

    CHECK_STATUS(OK, strand_create(entry, closure, NULL, &strand));
    CHECK_STATUS(OK, strand_join(strand));
}

TEST(a_strand_has_a_state_of_its_own)
{
    char text[] = "three four";
    strand_t *strands[2];

    errno = EDOM;
    (void)strtok(text, " ");
    for (unsigned i = 0; i < 2; i++)
        CHECK_STATUS(OK, strand_create(work, printed[i], NULL, &strands[i]));
    for (unsigned i = 0; i < 2; i++)
        CHECK_STATUS(OK, strand_join(strands[i]));
    CHECK(strcmp(printed[0], printed[1]) == 0);
    CHECK(strstr(printed[0], " 3.500000000000000 two") != NULL);
    CHECK_EQUAL(ERANGE, strtol(printed[0], NULL, 10));
    CHECK_EQUAL(EDOM, errno);
    CHECK(strcmp(strtok(NULL, " "), "four") == 0);
}

/* The test fails if heap is not as before. */
TEST(what_is_in_use_when_a_strand_is_cut_off_is_freed)
{
    libc_begin_strand(&other.own_reent);
    CHECK(_malloc_r(&other.own_reent, 5000) != NULL);
    CHECK(_realloc_r(&other.own_reent, _calloc_r(&other.own_reent, 3, 20), 600) != NULL);
    _free_r(&other.own_reent, _malloc_r(&other.own_reent, 40));
    libc_end_strand(&other.own_reent);
}

static void print_to_streams(void *closure)
{
    fputc(' ', stdout);
    fprintf(stderr, "   # %s %s\n", "printed by", "another");
    CHECK_EQUAL(1, stdout->_bf._size);
    CHECK_EQUAL(1, stderr->_bf._size);
    CHECK(strand_current->libc_pieces == NULL);
    *(bool *)closure = stdout != _GLOBAL_REENT->_stdout;
}

TEST(a_strand_has_streams_of_its_own_without_buffers)
{
    bool own = false;

    run_apart(print_to_streams, &own);
    CHECK(own);
}

/* ---- sentences ---- */

static void refuse(void *closure)
{
    static char text[1000];
    const char *sentence;

    memset(text, 'x', sizeof text - 1);
    CHECK_STATUS(ERR_RANGE, status_refuse(ERR_RANGE, "%s", (const char *)closure));
    sentence = status_explain();
    (void)strand_yield();
    CHECK(strcmp(sentence, closure) == 0);
    CHECK_STATUS(ERR_RANGE, status_refuse(ERR_RANGE, "%s", text));
    CHECK_EQUAL(sizeof text - 1, strlen(status_explain()));
}

TEST(a_strand_has_the_sentence_of_its_own_latest_refusal)
{
    CHECK_STATUS(ERR_DENIED, status_refuse(ERR_DENIED, "not that"));
    run_apart(refuse, "too far");
    CHECK(strcmp(status_explain(), "not that") == 0);
    CHECK_STATUS(ERR_DENIED, status_context(ERR_DENIED, "here"));
    CHECK(strcmp(status_explain(), "here: not that") == 0);
}
