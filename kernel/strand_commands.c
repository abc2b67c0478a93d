/* Commands about strands, and about what domains may have. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/clock.h>

#include "domains/domain.h"
#include "kernel/quota_print.h"
#include "kernel/shell.h"
#include "kernel/strand/scheduler.h"
#include "kernel/strand/strand.h"
#include "kernel/strand/usage.h"

/* ---- strands ---- */

static void state_of(const struct strand *strand, char *text, size_t size)
{
    const char *state = strand == strand_current        ? "runs"
                        : strand->state == STRAND_ENDED ? "ended"
                        : strand == scheduler.idle || strand_is_queued(strand) || strand->waking
                            ? "ready"
                        : strand_waits_for(strand) == NULL ? "stopped"
                                                           : NULL;

    if (state != NULL)
        snprintf(text, size, "%s", state);
    else
        snprintf(text, size, "waits for %s", strand_waits_for(strand));
}

static void priority_of(const struct strand *strand, char *text, size_t size)
{
    if (strand->effective == strand->priority)
        snprintf(text, size, "%u", strand->priority);
    else
        snprintf(text, size, "%u/%u", strand->priority, strand->effective);
}

static void print_strand(const struct strand *strand)
{
    vaddr_t stack = strand == strand_current ? (vaddr_t)__builtin_frame_address(0) : strand->stack;
    uint64_t us = clock_to_microseconds(usage_of_strand(strand));
    char state[60], priority[12];

    state_of(strand, state, sizeof state);
    priority_of(strand, priority, sizeof priority);
    printf("%6u %-20s %-16s %-8s %8u.%03u %7u/%7u %s\n", (unsigned)strand->number, strand->name,
           owners[strand->owner].name, priority, (unsigned)(us / 1000), (unsigned)(us % 1000),
           (unsigned)(strand->stack_end - stack),
           (unsigned)(strand->stack_end - strand->stack_start), state);
}

static status_t strands(int argc, char **argv)
{
    if (argc != 1)
        return shell_usage(argv[0]);
    printf("%6s %-20s %-16s %-8s %12s %15s %s\n", "number", "strand", "domain", "priority", "ms",
           "stack/size", "state");
    for (const struct strand *s = strand_next(NULL); s != NULL; s = strand_next(s))
        print_strand(s);
    return OK;
}
COMMAND(strands, "", "list the strands: priority (and what is lent to it), time, stack, state");

/* ---- quota ---- */

static status_t find(const char *name, owner_t *owner)
{
    const struct domain *domain = domain_named(name);

    if (domain == NULL || domain->image.memory.owner == OWNER_NOBODY)
        return status_refuse(ERR_NOT_FOUND, "no domain with quotas is called %s", name);
    *owner = domain->image.memory.owner;
    return OK;
}

static status_t read_limit(const char *text, uint32_t *limit)
{
    unsigned long value;
    char *end;

    *limit = QUOTA_UNLIMITED;
    if (strcmp(text, "unlimited") == 0)
        return OK;
    value = strtoul(text, &end, 0);
    if (text[0] < '0' || text[0] > '9' || *end != 0)
        return status_refuse(ERR_BAD_ARGUMENT, "%s is neither a number nor unlimited", text);
    *limit = (uint32_t)value;
    return OK;
}

static status_t set(owner_t owner, const char *what, uint32_t limit)
{
    if (strcmp(what, "memory") == 0)
        return owner_set_quota(owner, limit < OWNER_UNLIMITED ? limit : OWNER_UNLIMITED);
    for (unsigned i = 0; i < N_QUOTAS; i++)
        if (strcmp(what, quota_name((enum quota)i)) == 0) {
            quota_set(owner, (enum quota)i, limit);
            return OK;
        }
    return status_refuse(ERR_NOT_FOUND, "there is no quota of %s", what);
}

static status_t quota(int argc, char **argv)
{
    owner_t owner = OWNER_NOBODY;
    uint32_t limit = 0;
    status_t status;

    if (argc != 2 && argc != 4)
        return shell_usage(argv[0]);
    status = find(argv[1], &owner);
    if (status == OK && argc == 4)
        status = read_limit(argv[3], &limit);
    if (status == OK && argc == 4)
        return set(owner, argv[2], limit);
    if (status == OK)
        quota_print(owner);
    return status;
}
COMMAND(quota, "DOMAIN [WHAT LIMIT]",
        "what a domain has and may have; LIMIT: a number (of memory, of bytes), or unlimited");
