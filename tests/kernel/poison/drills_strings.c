/* Strings, memory, characters, conversions of numbers to and from text: newlib's. See drills.h. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/kernel/poison/drills.h"
#include "tests/kernel/poison/step.h"

#define N_OF(array) (sizeof(array) / sizeof(array)[0])

static char buffer[512] __attribute__((aligned(8)));

static const char *const texts[] = {
    "",
    "a",
    "abc",
    "abcd",
    "The quick brown fox",
    "the quick brown fax",
    "aaaaaaaaaaaaaaaaaaaaaaab",
};

static void record_place(const char *found, const char *of)
{
    record(found == NULL ? ~0u : (uint32_t)(found - of));
}

static void record_buffer(void)
{
    record_bytes(buffer, sizeof buffer);
}

static void copy(void)
{
    static const size_t sizes[] = {0, 1, 3, 4, 15, 16, 17, 33, 70};

    memset(buffer, 0, sizeof buffer);
    for (size_t i = 0; i < N_OF(sizes); i++) {
        memset(buffer, (int)i + 'A', sizeof buffer / 4);
        record((uint32_t)(uintptr_t)memcpy(buffer + i, texts[6], sizes[i] % 24));
        record((uint32_t)(uintptr_t)memmove(buffer + 9, buffer + i, sizes[i]));
        record((uint32_t)(uintptr_t)memmove(buffer + 64, buffer + 70 - i, sizes[i]));
        record((uint32_t)(uintptr_t)mempcpy(buffer + 100, texts[4], sizes[i] % 19));
        record((uint32_t)(uintptr_t)memccpy(buffer + 120, texts[4], 'q', 1 + sizes[i] % 19));
        bcopy(buffer + 3, buffer + 7, sizes[i]);
        bzero(buffer + 128 - i, i);
        record_buffer();
    }
}

static void search(void)
{
    for (size_t i = 0; i < N_OF(texts); i++) {
        const char *t = texts[i];

        record_place(memchr(t, 'b', strlen(t)), t);
        record_place(memchr(t + 1, 'z', strlen(t) / 2), t);
        for (const char *c = t; c < t + strlen(t); c += 3)
            record_place(memchr(t, *c, strlen(t)), t);
        record_place(memrchr(t, 'o', strlen(t)), t);
        record_place(strchr(t, 'q'), t);
        record_place(strchr(t, 0), t);
        record_place(strrchr(t, 'a'), t);
        record_place(strrchr(t, 0), t);
        record_place(strchrnul(t, 'x'), t);
        record_place(strpbrk(t, "xqz"), t);
        record((uint32_t)strspn(t, "abcT"));
        record((uint32_t)strcspn(t, "qk") + (uint32_t)strcspn(t, ""));
        record((uint32_t)strlen(t));
        record((uint32_t)strnlen(t, 5));
    }
}

/* Long enough for the two-way algorithm. */
static const char hay[] =
    "abcabcabdabcabcabcabdabcabcabcabcabdabcabcXYZabcabcabcabcabdabcabcabcabcabcabdQQQ";

static void find(void)
{
    static const char *const needles[] = {"", "abd", "none", "abcabcabcabcabdabcabcabcabcabcabdQ"};

    for (size_t i = 0; i < N_OF(needles); i++) {
        record_place(strstr(hay, needles[i]), hay);
        record_place(strcasestr(hay, needles[i]), hay);
        record_place(memmem(hay, sizeof hay, needles[i], strlen(needles[i])), hay);
    }
}

static uint32_t sign(int difference)
{
    return difference < 0 ? 0 : difference == 0 ? 1 : 2;
}

static void compare(void)
{
    for (size_t i = 0; i < N_OF(texts); i++)
        for (size_t k = i; k < N_OF(texts); k += 2) {
            record(sign(strcmp(texts[i], texts[k])));
            record(sign(strncmp(texts[i], texts[k], 5)));
            record(sign(strncmp(texts[i], texts[k], i)));
            record(sign(strncasecmp(texts[i], texts[k], i)));
            record(sign(strncasecmp(texts[i], texts[i], k)));
            record(sign(strcasecmp(texts[i], texts[k])));
            record(sign(strncasecmp(texts[i], texts[k], 14)));
            record(sign(strcoll(texts[i], texts[k])));
            record(sign(memcmp(texts[i], texts[k], strnlen(texts[i], strlen(texts[k])))));
            record(sign(bcmp(texts[i], texts[k], 1)));
        }
}

static void build(void)
{
    for (size_t i = 0; i < N_OF(texts); i++) {
        memset(buffer, '-', sizeof buffer);
        strcpy(buffer + i, texts[i]);
        strcpy(buffer + 40, texts[i]);
        record_place(stpcpy(buffer + 80, texts[i]), buffer);
        strncpy(buffer + 120 + i, texts[i], 9);
        record_place(stpncpy(buffer + 160, texts[i], 20), buffer);
        record_place(stpncpy(buffer + 190, texts[i], i), buffer);
        record((uint32_t)strlcpy(buffer + 230, texts[i], i / 2));
        record((uint32_t)strlcpy(buffer + 200, texts[i], 7));
        record((uint32_t)strlcat(buffer + 200, texts[4], 16));
        record((uint32_t)strxfrm(buffer + 240, texts[i], 30));
        strcat(buffer + 40, "tail");
        strncat(buffer + 40, texts[4], i);
        record_buffer();
    }
}

static void split(void)
{
    char *rest, *part;

    strcpy(buffer, "one, two,,three ; four");
    for (part = strtok(buffer, ", "); part != NULL; part = strtok(NULL, ", "))
        record_text(part);
    strcpy(buffer, "::a:bc::d");
    for (part = strtok_r(buffer, ":", &rest); part != NULL; part = strtok_r(NULL, ":", &rest))
        record_text(part);
    rest = NULL;
    record(strtok_r(NULL, ":", &rest) == NULL);
    strcpy(buffer, "/usr//lib");
    for (rest = buffer; (part = strsep(&rest, "/")) != NULL;)
        record_text(part);
}

static void characters(void)
{
    static const unsigned char some[] = {0, '\t', ' ', '0', '9', 'A', 'F', 'Z', 'a', 'z', '~', 127};
    static int (*const tests[])(int) = {isalnum, isalpha, isblank, iscntrl, isdigit, isgraph,
                                        islower, isprint, ispunct, isspace, isupper, isxdigit,
                                        tolower, toupper, isascii, toascii};

    for (size_t i = 0; i < N_OF(tests); i++)
        for (size_t k = 0; k < N_OF(some); k++)
            record((uint32_t)tests[i](some[k]) != 0 ? (uint32_t)tests[i](some[k]) : 0);
}

static void record_long(long long value)
{
    record((uint32_t)((unsigned long long)value >> 32));
    record((uint32_t)value);
}

static void parse(void)
{
    static const char *const numbers[] = {"0",  " -17", "0x1fG",       "+0777",
                                          "zz", "",     "99999999999", "-9223372036854775809"};
    char *end;

    for (size_t i = 0; i < N_OF(numbers); i++) {
        const char *n = numbers[i];

        errno = 0;
        record((uint32_t)strtol(n, &end, 0));
        record_place(end, n);
        record((uint32_t)strtoul(n, &end, 16));
        record_place(end, n);
        record_long(strtoll(n, &end, 10));
        record_place(end, n);
        record_long((long long)strtoull(n, &end, 36));
        record_place(end, n);
        record_long(strtoimax(n, &end, 8));
        record_long((long long)strtoumax(n, &end, 0));
        record((uint32_t)errno);
        record((uint32_t)atoi(n) ^ (uint32_t)atol(n));
        record_long(atoll(n));
    }
}

static int __attribute__((format(printf, 1, 0))) format_with(const char *format, ...)
{
    va_list arguments;
    int n;

    va_start(arguments, format);
    n = vsnprintf(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    return n;
}

static void format(void)
{
    memset(buffer, 0, sizeof buffer);
    record((uint32_t)snprintf(buffer, 40, "%d %5d|%-5d|%05d %+d", 1, -22, 333, 44, 5));
    record((uint32_t)snprintf(buffer + 40, 40, "%x %X %#x %o %u", 0xbeef, 0xcafe, 7, 8, ~0u));
    record((uint32_t)snprintf(buffer + 80, 9, "%s and more", "truncated"));
    record((uint32_t)sprintf(buffer + 100, "%c%%%10s|%-10s|%.3s", 'x', "right", "left", "cut off"));
    record((uint32_t)sprintf(buffer + 160, "%*d %.*s %p", 7, 42, 2, "abc", (void *)buffer));
    record_buffer();
    record((uint32_t)snprintf(buffer, 0, "%d", 12345));
    record((uint32_t)format_with("%hd %ld %lu %hhx", (short)-3, 77L, 88ul, (unsigned char)200));
    record_buffer();
}

static void scan(void)
{
    int a = 0, b = 0, n = 0;
    unsigned c = 0;
    char word[20] = "", other[20] = "", letter = 0;

    record((uint32_t)sscanf(" 12 -7 ff end", "%d %d %x %19s", &a, &b, &c, word));
    record((uint32_t)(a * 1000 + b) + c);
    record((uint32_t)sscanf("key=value;", "%19[a-z]=%19[^;]%c%n", word, other, &letter, &n));
    record_bytes(word, sizeof word);
    record_bytes(other, sizeof other);
    record((uint32_t)(letter + n));
    record((uint32_t)sscanf("017 x", "%i%*s%d", &a, &b) + (uint32_t)a);
}

static int compare_words(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static void sort(void)
{
    static uint32_t values[40];
    static const size_t counts[] = {0, 1, 2, 7, 12, 40};
    uint32_t wanted;

    memset(values, 0, sizeof values);
    for (size_t i = 0; i < N_OF(counts); i++) {
        srand((unsigned)i);
        for (size_t k = 0; k < counts[i]; k++)
            values[k] = (uint32_t)rand() % 100;
        qsort(values, counts[i], sizeof values[0], compare_words);
        record_bytes(values, sizeof values);
        wanted = counts[i] == 0 ? 3 : values[counts[i] / 3];
        record(bsearch(&wanted, values, counts[i], sizeof values[0], compare_words) != NULL);
        if (counts[i] > 0)
            wanted = values[counts[i] - 1];
        record(bsearch(&wanted, values, counts[i], sizeof values[0], compare_words) != NULL);
        wanted = 0;
        record(bsearch(&wanted, values, counts[i], sizeof values[0], compare_words) != NULL);
        wanted = 1000;
        record(bsearch(&wanted, values, counts[i], sizeof values[0], compare_words) != NULL);
    }
}

static const volatile size_t too_many = 0x10001;

static void allocate(void)
{
    char *copied = strdup("a copy of this"), *part = strndup("a part of this", 6);
    uint32_t *zeros = calloc(20, 4);
    char *printed = NULL;

    record_bytes(zeros, 80);
    zeros = realloc(zeros, 4000);
    record_bytes(zeros, 80);
    zeros = realloc(zeros, 3990);
    zeros = realloc(zeros, 40);
    record_bytes(zeros, 40);
    record(calloc(too_many, too_many) == NULL);
    record(malloc(too_many << 14) == NULL);
    record_text(copied);
    record_text(part);
    record((uint32_t)asprintf(&printed, "%s-%d", copied, 12));
    record_text(printed);
    free(copied);
    free(part);
    free(zeros);
    free(printed);
}

static void explain(void)
{
    for (int i = 0; i < 40; i += 7)
        record_text(strerror(i));
    record_text(strerror(12345));
}

const struct drill drills_of_strings[] = {
    {"copy", copy},       {"search", search}, {"find", find},     {"compare", compare},
    {"build", build},     {"split", split},   {"format", format}, {"characters", characters},
    {"parse", parse},     {"scan", scan},     {"sort", sort},     {"allocate", allocate},
    {"explain", explain}, {NULL, NULL},
};
