/*
 * `top`: who has the processor and memory. Time is that of the last interval, in tenths of a percent; what the strand "idle" had
 * is what was left over.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/escc.h"
#include "arch/ppc/timebase.h"
#include "kernel/busy.h"
#include "kernel/idle.h"
#include "kernel/output.h"
#include "kernel/quota.h"
#include "kernel/shell.h"
#include "kernel/strand/strand.h"
#include "kernel/strand/usage.h"

#define INTERVAL_US 1000000
#define STRANDS_SHOWN 64
#define CLEAR "\033[H\033[J"

/* When an interval began. */
static struct {
    uint64_t time, owners[OWNERS_MAX];
    struct {
        uint32_t number;
        uint64_t ticks;
    } strands[STRANDS_SHOWN];
} since;

static void begin_interval(void)
{
    const struct strand *strand = strand_next(NULL);

    since.time = timebase_read();
    for (unsigned i = 0; i < OWNERS_MAX; i++)
        since.owners[i] = owners[i].name != NULL ? usage_of_owner(i) : 0;
    memset(since.strands, 0, sizeof since.strands);
    for (unsigned i = 0; i < STRANDS_SHOWN && strand != NULL; i++, strand = strand_next(strand)) {
        since.strands[i].number = strand->number;
        since.strands[i].ticks = usage_of_strand(strand);
    }
}

/* Those that are new began with nothing. */
static uint64_t ticks_of(const struct strand *strand)
{
    uint64_t ticks = usage_of_strand(strand);

    for (unsigned i = 0; i < STRANDS_SHOWN; i++)
        if (since.strands[i].number == strand->number)
            return ticks - since.strands[i].ticks;
    return ticks;
}

static void print_share(uint64_t ticks)
{
    uint64_t interval = timebase_read() - since.time;
    unsigned tenths = interval == 0 ? 0 : (unsigned)((ticks * 1000 + interval / 2) / interval);

    printf("%4u.%u%%", tenths / 10, tenths % 10);
}

static void print_domains(void)
{
    printf("%-20s %6s %10s %8s %8s\n", "domain", "time", "memory", "strands", "bindings");
    for (unsigned i = OWNER_KERNEL; i < OWNERS_MAX; i++) {
        uint64_t ticks;

        if (owners[i].name == NULL)
            continue;
        ticks = usage_of_owner(i);
        printf("%-20s ", owners[i].name);
        print_share(ticks > since.owners[i] ? ticks - since.owners[i] : 0);
        printf(" %10u %8u %8u\n", (unsigned)owner_holds(i), (unsigned)strand_count(i),
               (unsigned)quota_used(i, QUOTA_BINDINGS));
    }
}

static void print_strands(void)
{
    const struct strand *strand = strand_next(NULL);

    printf("%-20s %6s %-16s %s\n", "strand", "time", "domain", "priority");
    for (unsigned i = 0; i < STRANDS_SHOWN && strand != NULL; i++, strand = strand_next(strand)) {
        printf("%-20s ", strand->name);
        print_share(ticks_of(strand));
        printf(" %-16s %u\n", owners[strand->owner].name, strand->effective);
    }
}

static bool is_typed(void)
{
    return escc_readable(ESCC_A);
}

/* False: q was typed. What else is typed meanwhile is lost. */
static bool wait(uint64_t deadline, bool listens)
{
    while (timebase_read() < deadline) {
        vaddr_t busy = busy_suspend();
        int byte = 0;

        if (listens)
            idle_until(deadline, is_typed);
        else
            (void)strand_sleep(INTERVAL_US);
        busy_resume(busy);
        while (listens && byte >= 0) {
            byte = escc_read(ESCC_A);
            if (byte == 'q')
                return false;
        }
    }
    return true;
}

static bool is_at_console(void)
{
    output_sink_t sink = output_redirect(NULL);

    (void)output_redirect(sink);
    return sink == NULL;
}

static status_t top(int argc, char **argv)
{
    bool console = is_at_console();
    unsigned long rounds = argc == 2 ? strtoul(argv[1], NULL, 10) : console ? 0 : 1;

    if (argc > 2 || (argc == 2 && rounds == 0))
        return shell_usage(argv[0]);
    for (unsigned long i = 0; rounds == 0 || i < rounds; i++) {
        begin_interval();
        if (!wait(since.time + strand_ticks(INTERVAL_US), console))
            return OK;
        if (console)
            printf(CLEAR);
        print_domains();
        print_strands();
    }
    return OK;
}
COMMAND(
    top, "[N]",
    "who uses processor and memory, N times a second apart, or at the console until q is typed");
