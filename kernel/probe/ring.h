/*
 * A ring of records that anybody may put into at any moment, and one reads: the main line, an interrupt in the middle of
 * that, any number of them at a time. Nobody ever waits: a record for which there is no room is counted and gone.
 * What has not been read is never overwritten.
 *
 * A record's words are claimed by one atomic step of `head`, filled in, and then made visible by storing their
 * number in the first of them. Between `tail` and `head` + RING_WORDS a first word that is zero therefore says that nobody has
 * finished there, for the reader leaves zeros behind. Who is interrupted while he fills in keeps the records behind
 * his own from being read until he is done, and no longer.
 *
 * head and tail count words for ever and wrap; their difference is what is in use.
 *
 * Portable. ring_put: any context. ring_take: one at a time.
 */
#ifndef KERNEL_PROBE_RING_H
#define KERNEL_PROBE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_WORDS 16384u   /* a power of two */
#define RING_RECORD_MAX 128 /* words */

struct ring {
    uint32_t head, tail;
    uint32_t n_dropped; /* since ring_dropped was asked */
    uint32_t words[RING_WORDS];
};

/* Puts n words, 1 to RING_RECORD_MAX, into it. False: there is no room, and it was counted. */
bool ring_put(struct ring *ring, const uint32_t words[], size_t n);

/* Where it ends now: what ring_take takes up to there was put before. */
static inline uint32_t ring_end(const struct ring *ring)
{
    return __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
}

/*
 * The oldest record, which begins before `end`; it is gone from the ring. Returns its words; 0: there is none, or it is
 * still being filled in.
 */
size_t ring_take(struct ring *ring, uint32_t end, uint32_t words[RING_RECORD_MAX]);

/* How many were dropped since this was asked before. */
uint32_t ring_dropped(struct ring *ring);

#endif
