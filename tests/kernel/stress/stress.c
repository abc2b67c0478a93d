/* See stress.h. */
#include "tests/kernel/stress/stress.h"

#include <stdio.h>
#include <whorl/clock.h>

#include "kernel/strand/strand.h"

#define PATIENCE_US 60000000
#define SHOWN 8

static strand_t *strands[STRESS_MAX];
static unsigned n_strands;
static unsigned n_wrong;

void stress_wrong(const char *what, long long a, long long b)
{
    if (__atomic_fetch_add(&n_wrong, 1, __ATOMIC_RELAXED) < SHOWN)
        printf("    #   %s: %lld, %lld\n", what, a, b);
}

unsigned stress_n_wrong(void)
{
    return n_wrong;
}

void stress_open(void)
{
    n_strands = n_wrong = 0;
}

strand_t *stress_begin(void (*entry)(void *closure), unsigned closure, unsigned priority)
{
    struct strand_options options = {.priority = priority};

    if (strand_create(entry, (void *)closure, &options, &strands[n_strands]) != OK)
        return NULL;
    return strands[n_strands++];
}

static bool has_ended(const strand_t *capability)
{
    const struct strand *strand = strand_of(capability);

    return strand == NULL || strand->state == STRAND_ENDED;
}

/* One whose wake-up was lost would not. */
static bool end(unsigned i, uint64_t deadline)
{
    const struct strand *strand;

    while (!has_ended(strands[i]) && clock_microseconds() < deadline)
        (void)strand_sleep(200);
    if (has_ended(strands[i]))
        return strand_join(strands[i]) == OK;
    strand = strand_of(strands[i]);
    stress_wrong(strand_waits_for(strand) != NULL ? strand_waits_for(strand) : "still runs", i,
                 strand->priority);
    strand_kill(strand_of(strands[i]), ERR_TIMEOUT);
    (void)strand_join(strands[i]);
    return false;
}

bool stress_close(void)
{
    uint64_t deadline = clock_microseconds() + PATIENCE_US;
    bool right = true;

    for (unsigned i = 0; i < n_strands; i++)
        right = end(i, deadline) && right;
    return right;
}
