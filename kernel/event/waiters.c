/* See waiters.h. */
#include "kernel/event/waiters.h"

#include "kernel/strand/strand.h"

static void find_first_target(struct waiters *waiters)
{
    waiters->first_target = UINT64_MAX;
    for (unsigned i = 0; i < WAITERS_MAX; i++)
        if (waiters->list[i].strand != NULL && waiters->list[i].target < waiters->first_target)
            waiters->first_target = waiters->list[i].target;
}

void waiters_remove(struct waiters *waiters)
{
    if (waiters->first_target == UINT64_MAX)
        return;
    for (unsigned i = 0; i < WAITERS_MAX; i++)
        if (waiters->list[i].strand == strand_current->capability)
            waiters->list[i].strand = NULL;
    find_first_target(waiters);
}

void waiters_put(struct waiters *waiters, uint64_t target)
{
    unsigned i = 0;

    waiters_remove(waiters);
    while (i < WAITERS_MAX && waiters->list[i].strand != NULL)
        i++;
    if (i == WAITERS_MAX)
        return;
    waiters->list[i].strand = strand_current->capability;
    waiters->list[i].target = target;
    find_first_target(waiters);
}

unsigned waiters_take(struct waiters *waiters, uint64_t count, strand_t *taken[WAITERS_MAX])
{
    unsigned n = 0;

    if (count < waiters->first_target)
        return 0;
    for (unsigned i = 0; i < WAITERS_MAX; i++)
        if (waiters->list[i].strand != NULL && waiters->list[i].target <= count) {
            taken[n++] = waiters->list[i].strand;
            waiters->list[i].strand = NULL;
        }
    find_first_target(waiters);
    return n;
}
