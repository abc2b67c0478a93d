/* See inject.h. */
#include "kernel/inject.h"

#include <stdio.h>
#include <stdlib.h>

#include "kernel/heap.h"
#include "kernel/page.h"
#include "kernel/shell.h"

unsigned inject_countdown;

void inject_set(unsigned n)
{
    inject_countdown = n;
    heap_be_careful(n != 0);
    page_be_careful(n != 0 || heap_fills);
}

unsigned inject_left(void)
{
    return inject_countdown;
}

static status_t inject(int argc, char **argv)
{
    char *end;
    unsigned long n;

    if (argc > 2)
        return shell_usage(argv[0]);
    if (argc == 1) {
        printf("%u allocations until one fails (0: none will)\n", inject_countdown);
        return OK;
    }
    n = strtoul(argv[1], &end, 10);
    if (*end != 0 || argv[1][0] < '0' || argv[1][0] > '9' || n > 1000000000)
        return status_refuse(ERR_BAD_ARGUMENT, "inject takes a number up to 1000000000");
    inject_set((unsigned)n);
    return OK;
}
COMMAND(inject, "[N]", "make the Nth allocation from now on fail; 0: none");
