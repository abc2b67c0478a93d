/* See usage.h. */
#include "kernel/strand/usage.h"

#include "kernel/strand/scheduler.h"
#include "kernel/strand/strand.h"

static uint64_t others[OWNERS_MAX]; /* of strands that are gone, and on strands of others */

uint64_t usage_of_strand(const struct strand *strand)
{
    return strand == strand_current ? strand_clock() : strand_clock_of(strand);
}

uint64_t usage_of_owner(owner_t owner)
{
    uint64_t sum = others[owner];

    for (const struct strand *s = strand_next(NULL); s != NULL; s = strand_next(s))
        if (s->owner == owner && s != scheduler.idle)
            sum += usage_of_strand(s);
    return sum;
}

void usage_ended(const struct strand *strand)
{
    others[strand->owner] += strand_clock_then(strand); /* it is on no list any more */
}

void usage_begin(owner_t owner)
{
    others[owner] = 0;
}

void usage_sample(vaddr_t code, uint32_t ticks)
{
    owner_t owner = owner_of_code(code);

    if (owner != OWNER_KERNEL && owner != strand_current->owner)
        others[owner] += ticks;
}
