/* Runs the suites that are loaded and prints KTAP (the Linux kernel's Test Anything Protocol). */
#include "kernel/test.h"

#include <stdio.h>
#include <string.h>
#include <whorl/memory.h>

#include "domains/domain.h"
#include "kernel/busy.h"
#include "kernel/event/code_source.h"
#include "kernel/fault.h"
#include "kernel/patch/site.h"
#include "kernel/quiescence.h"
#include "kernel/shell.h"

static struct test_suite *suites;
static unsigned n_checks, n_failed;

void test_add(struct test_suite *suite, struct test_case *test)
{
    if (suite->last == NULL)
        suite->last = &suite->first;
    test->next = NULL;
    *suite->last = test;
    suite->last = &test->next;
}

/* What faults in it is what it tests: it is contained, and no more. */
static void mark_tested(const struct test_suite *suite)
{
    struct domain *domain;
    const struct symbol *symbol;

    if (domain_at((vaddr_t)suite, &domain, &symbol))
        domain->tested = true;
}

void test_suite_add(struct test_suite *suite)
{
    struct test_suite **end = &suites;

    mark_tested(suite);
    while (*end != NULL)
        end = &(*end)->next;
    suite->next = NULL;
    *end = suite;
}

void test_suite_remove(struct test_suite *suite)
{
    struct test_suite **link = &suites;

    while (*link != NULL && *link != suite)
        link = &(*link)->next;
    if (*link == suite)
        *link = suite->next;
}

bool test_check(bool passed, const char *file, int line, const char *what)
{
    n_checks++;
    if (!passed) {
        n_failed++;
        printf("    # %s:%d: failed: %s\n", file, line, what);
    }
    return passed;
}

bool test_check_equal(long long a, long long b, const char *file, int line, const char *what)
{
    if (!test_check(a == b, file, line, what))
        printf("    #   %lld (0x%llx) is not %lld (0x%llx)\n", a, (unsigned long long)a, b,
               (unsigned long long)b);
    return a == b;
}

static void call(void *closure)
{
    const struct test_case *test = closure;

    test->run();
}

static bool compare(const char *what, size_t before, size_t after)
{
    if (before == after)
        return true;
    printf("    # %s: %u before, %u after\n", what, (unsigned)before, (unsigned)after);
    return false;
}

/* What is only kept until somebody needs the memory, or for a while, is no leak. */
static void measure(struct memory_use *use)
{
    quiescence_collect();
    code_source_forget();
    site_forget_all();
    domain_rest_all();
    memory_use(use);
}

/* Tests are not busy, and neither is what they call. */
static bool completes(struct test_case *test)
{
    vaddr_t before = busy_suspend();
    status_t status = fault_contain(call, test);

    busy_resume(before);
    return status == OK;
}

static bool run_test(struct test_case *test)
{
    struct memory_use before, after;
    bool passed;

    n_checks = n_failed = 0;
    measure(&before);
    passed = completes(test);
    measure(&after);
    if (n_checks == 0 && passed)
        printf("    # it checked nothing\n");
    passed = passed && n_checks != 0 && n_failed == 0;
    passed = compare("free pages", before.n_free_pages, after.n_free_pages) && passed;
    return compare("bytes of heap in use", before.heap_bytes, after.heap_bytes) && passed;
}

/* `*` stands for any characters, `?` for one. */
static bool glob(const char *pattern, const char *text)
{
    if (*pattern == 0)
        return *text == 0;
    if (*pattern == '*')
        return glob(pattern + 1, text) || (*text != 0 && glob(pattern, text + 1));
    return *text != 0 && (*pattern == '?' || *pattern == *text) && glob(pattern + 1, text + 1);
}

/* A pattern is the name of a suite, or is held against "suite/test" as a whole. */
static bool matches(const char *pattern, const struct test_suite *suite,
                    const struct test_case *test)
{
    char name[256];

    if (pattern == NULL || strcmp(pattern, suite->name) == 0)
        return true;
    snprintf(name, sizeof name, "%s/%s", suite->name, test->name);
    return glob(pattern, name);
}

static unsigned count(const struct test_suite *suite, const char *pattern)
{
    unsigned n = 0;

    for (const struct test_case *t = suite->first; t != NULL; t = t->next)
        n += matches(pattern, suite, t);
    return n;
}

static bool run_suite(struct test_suite *suite, const char *pattern)
{
    unsigned n = 0;
    bool passed = true;

    printf("    KTAP version 1\n    # Subtest: %s\n    1..%u\n", suite->name,
           count(suite, pattern));
    for (struct test_case *t = suite->first; t != NULL; t = t->next) {
        bool good;

        if (!matches(pattern, suite, t))
            continue;
        good = run_test(t);
        passed = passed && good;
        printf("    %s %u %s\n", good ? "ok" : "not ok", ++n, t->name);
    }
    return passed;
}

static status_t test(int argc, char **argv)
{
    const char *pattern = argc > 1 ? argv[1] : NULL;
    unsigned n_suites = 0, n = 0;
    bool passed = true;

    if (argc > 2)
        return shell_usage(argv[0]);
    for (struct test_suite *s = suites; s != NULL; s = s->next)
        n_suites += count(s, pattern) != 0;
    if (n_suites == 0)
        return pattern == NULL
                   ? status_refuse(ERR_NOT_FOUND, "no test suite is loaded")
                   : status_refuse(ERR_NOT_FOUND, "no test that is loaded matches %s", pattern);
    printf("KTAP version 1\n1..%u\n", n_suites);
    for (struct test_suite *s = suites; s != NULL; s = s->next) {
        bool good;

        if (count(s, pattern) == 0)
            continue;
        good = run_suite(s, pattern);
        passed = passed && good;
        printf("%s %u %s\n", good ? "ok" : "not ok", ++n, s->name);
    }
    return passed ? OK : status_refuse(ERR_FAILED, "some tests failed");
}
COMMAND(test, "[PATTERN]", "run the loaded test suites, or what matches SUITE/TEST");
