/* See ring.h. */
#include "kernel/probe/ring.h"

static uint32_t *word(struct ring *ring, uint32_t position)
{
    return &ring->words[position % RING_WORDS];
}

/* Claims n words; false if they are not free. The reader's zeros are seen before its tail is. */
static bool claim(struct ring *ring, uint32_t n, uint32_t *position)
{
    uint32_t head = __atomic_load_n(&ring->head, __ATOMIC_RELAXED);

    do {
        if (head + n - __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE) > RING_WORDS)
            return false;
    } while (!__atomic_compare_exchange_n(&ring->head, &head, head + n, true, __ATOMIC_ACQ_REL,
                                          __ATOMIC_RELAXED));
    *position = head;
    return true;
}

bool ring_put(struct ring *ring, const uint32_t words[], size_t n)
{
    uint32_t position;

    if (!claim(ring, (uint32_t)n + 1, &position)) {
        __atomic_fetch_add(&ring->n_dropped, 1, __ATOMIC_RELAXED);
        return false;
    }
    for (uint32_t i = 0; i < n; i++)
        __atomic_store_n(word(ring, position + 1 + i), words[i], __ATOMIC_RELAXED);
    __atomic_store_n(word(ring, position), (uint32_t)n, __ATOMIC_RELEASE);
    return true;
}

size_t ring_take(struct ring *ring, uint32_t end, uint32_t words[RING_RECORD_MAX])
{
    uint32_t tail = ring->tail, n;

    if (tail == end)
        return 0;
    n = __atomic_load_n(word(ring, tail), __ATOMIC_ACQUIRE);
    if (n == 0)
        return 0;
    for (uint32_t i = 0; i < n; i++) {
        words[i] = __atomic_load_n(word(ring, tail + 1 + i), __ATOMIC_RELAXED);
        __atomic_store_n(word(ring, tail + 1 + i), 0, __ATOMIC_RELAXED);
    }
    __atomic_store_n(word(ring, tail), 0, __ATOMIC_RELAXED);
    __atomic_store_n(&ring->tail, tail + n + 1, __ATOMIC_RELEASE);
    return n;
}

uint32_t ring_dropped(struct ring *ring)
{
    return __atomic_exchange_n(&ring->n_dropped, 0, __ATOMIC_RELAXED);
}
