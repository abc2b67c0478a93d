/* Events in the running kernel: what is installed runs, in order, and nothing else does. */
#include <stdio.h>
#include <string.h>
#include <whorl/event.h>

#include "kernel/event/event.h"
#include "kernel/test.h"

SUITE("event");

static char trace[64];
static size_t n_traced;

static void note(char c)
{
    if (n_traced < sizeof trace - 1)
        trace[n_traced++] = c;
    trace[n_traced] = 0;
}

static EVENT void happened(int what)
{
    note((char)what);
}

static void a(int what)
{
    (void)what;
    note('a');
}

static bool ran(const char *wanted)
{
    bool equal = strcmp(trace, wanted) == 0;

    if (!equal)
        printf("    #   %s ran, not %s\n", trace, wanted);
    n_traced = 0;
    trace[0] = 0;
    return equal;
}

TEST(a_handler_runs_after_the_procedure)
{
    binding_t *binding;

    if (!CHECK_STATUS(OK,
                      event_install((procedure_t)happened, (procedure_t)a, NULL, NULL, &binding))) {
        printf("# %s\n", status_explain());
        return;
    }
    happened('x');
    CHECK(ran("xa"));
    CHECK_STATUS(OK, event_uninstall(binding));
    happened('x');
    CHECK(ran("x"));
    CHECK_STATUS(OK, event_activate(binding));
    happened('x');
    CHECK(ran("xa"));
    CHECK_STATUS(OK, event_destroy(binding));
    happened('x');
    CHECK(ran("x"));
}

TEST(a_handler_runs_after_the_procedure_2)
{
    a_handler_runs_after_the_procedure();
}
