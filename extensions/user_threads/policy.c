/* Who is next. */
#include "scheduler.h"

static size_t latest;
static uint32_t seed = 0x2545f491;

struct thread *policy_round_robin(void)
{
    for (size_t i = 1; i <= n_threads; i++) {
        size_t next = (latest + i) % n_threads;

        if (threads[next].ready) {
            latest = next;
            return &threads[next];
        }
    }
    return NULL;
}

/* xorshift (Marsaglia, 2003) */
static uint32_t draw(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return (uint32_t)((uint64_t)seed * below >> 32);
}

struct thread *policy_lottery(void)
{
    uint32_t all = 0, winner;

    for (size_t i = 0; i < n_threads; i++)
        if (threads[i].ready)
            all += threads[i].tickets;
    if (all == 0)
        return NULL;
    winner = draw(all);
    for (size_t i = 0; i < n_threads; i++) {
        if (!threads[i].ready)
            continue;
        if (winner < threads[i].tickets)
            return &threads[i];
        winner -= threads[i].tickets;
    }
    return NULL;
}
