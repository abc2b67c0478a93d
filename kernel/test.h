/*
 * Tests that run inside the kernel. A suite is an object linked against the whole
 * kernel through the domain Debug:
 *
 *     #include "kernel/test.h"
 *     SUITE("pagemap");
 *     TEST(first_fit_takes_the_lowest_run) { CHECK(…); CHECK_EQUAL(a, b); }
 *
 * Loading it announces the suite; the command `test` runs those that are loaded.
 * A test fails when a check does, when it checks nothing, when it faults, and when
 * free pages or heap are not what they were before it.
 */
#ifndef KERNEL_TEST_H
#define KERNEL_TEST_H

#include <stdbool.h>
#include <whorl/domain.h>
#include <whorl/status.h>

struct test_case {
    struct test_case *next;
    const char *name;
    void (*run)(void);
};

struct test_suite {
    struct test_suite *next;
    const char *name;
    struct test_case *first, **last;
};

void test_add(struct test_suite *suite, struct test_case *test);
void test_suite_add(struct test_suite *suite);
void test_suite_remove(struct test_suite *suite);

/* Counts a check of the running test; prints where and what if it failed. Returns passed. */
bool test_check(bool passed, const char *file, int line, const char *what);
bool test_check_equal(long long a, long long b, const char *file, int line, const char *what);

#define SUITE(suite_name)                                  \
    DOMAIN("test/" suite_name);                            \
    IMPORT_DOMAIN("Debug");                                \
    static struct test_suite suite = {.name = suite_name}; \
    status_t domain_init(void)                             \
    {                                                      \
        test_suite_add(&suite);                            \
        return OK;                                         \
    }                                                      \
    void domain_fini(void)                                 \
    {                                                      \
        test_suite_remove(&suite);                         \
    }                                                      \
    _Static_assert(1, "")

#define TEST(test_name)                                                                \
    static void test_name(void);                                                       \
    static struct test_case test_name##_test = {.name = #test_name, .run = test_name}; \
    static void __attribute__((constructor)) test_name##_add(void)                     \
    {                                                                                  \
        test_add(&suite, &test_name##_test);                                           \
    }                                                                                  \
    static void test_name(void)

#define CHECK(condition) test_check((condition), __FILE__, __LINE__, #condition)
#define CHECK_EQUAL(a, b) \
    test_check_equal((long long)(a), (long long)(b), __FILE__, __LINE__, #a " == " #b)
#define CHECK_STATUS(wanted, call) CHECK_EQUAL(wanted, call)

#endif
