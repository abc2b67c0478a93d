/*
 * What mutexes, conditions and semaphores have in common. Private to this folder.
 *
 * Who waits has a record, mostly on its stack, which is in the queue of one lock until the wait is over: whoever ends it takes it out and says what the wait
 * returns, so the one that wakes looks at nothing but its record, and a lock that nobody waits for can go at once. A strand waits in one
 * place at a time. Who waits on a condition is moved by a signal to the queue of the mutex, and wakes when it has that.
 *
 * A mutex that is unlocked belongs to its first waiter from that instant, so one that somebody waits for is locked. The circle that
 * would never end is found before it closes: each strand needs at most one mutex, those that wait on conditions too.
 *
 * Queues, and what hangs together with them, are changed with interrupts off, because interrupts post semaphores; in between, the paths that
 * wake somebody are busy, so that nobody goes who was just found.
 */
#ifndef KERNEL_STRAND_LOCK_H
#define KERNEL_STRAND_LOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <whorl/lock.h>

#include "arch/ppc/processor.h"
#include "domains/capability.h"
#include "kernel/busy.h"
#include "kernel/strand/strand.h"

struct lock {
    struct lock_wait *first;      /* of a ring, by falling priority, then in the order they came */
    struct lock *next, *previous; /* of all */
    void *capability;
    owner_t owner;
    uint8_t kind; /* enum capability_kind */
};

struct mutex {
    struct lock lock;
    struct strand *holder;
    struct mutex *outer, *inner; /* of those that the holder has: locked before it, and after */
    vaddr_t frame;               /* of who locked it, on the holder's stack */
    uint32_t n_absent;           /* who waits on conditions and will need it */
};

struct condition {
    struct lock lock;
    struct mutex *mutex; /* of all who wait on it */
};

struct semaphore {
    struct lock lock;
    uint32_t count;
};

#define LIKELY(condition) __builtin_expect((condition), true)

#define WAIT_FOREVER UINT64_MAX /* as a deadline */

/* ---- records ---- */

/* For an owner; size is that of the kind's record, which is all zero behind `struct lock`. ERR_QUOTA, ERR_NO_MEMORY. */
status_t lock_make(owner_t owner, enum capability_kind kind, size_t size, struct lock **lock);

/* Nobody waits for it, and nobody has it. Busy. */
void lock_free(struct lock *lock);

/* NULL: it is none of that kind. */
void *lock_of(const void *capability, enum capability_kind kind);

/* The same with interrupts off. */
static inline __attribute__((always_inline)) void *lock_find(const void *capability,
                                                             enum capability_kind kind)
{
    void *lock;

    return LIKELY(capability_is_recent(capability, kind, &lock))
               ? lock
               : capability_object_again(capability, kind);
}

/* As a refusal. */
status_t lock_refuse_capability(const void *capability, enum capability_kind kind);

/* Where a result goes, which stays as it is: what cannot be written faults before there is one. */
#define EXPECT_ROOM(result) \
    (*(void *volatile *)(void *)(result) = *(void *volatile *)(void *)(result))

/* Whether an exception is being handled, so that the current strand is just what it interrupted. */
bool lock_is_in_exception(void);

#define LOCK_STACK_NEEDED 3072 /* bytes, less than a page: more than any path here uses */

/* Who has too little stack left for the middle of a change overflows here; reading is enough, since below a stack lies a page that is not mapped. */
static inline __attribute__((always_inline)) void lock_expect_stack(void)
{
    (void)*((volatile char *)__builtin_frame_address(0) - LOCK_STACK_NEEDED);
}

/* For the current strand; the rest is the queue's. */
static inline __attribute__((always_inline)) void lock_prepare_wait(struct lock_wait *wait,
                                                                    vaddr_t frame)
{
    wait->next = wait->previous = wait;
    wait->strand = strand_current;
    wait->lock = NULL;
    wait->mutex = NULL;
    wait->frame = frame;
    wait->posted = NULL;
    wait->status = OK;
}

/* It waits for nothing any more. */
static inline void lock_rest(struct strand *strand)
{
    strand->waiting = &strand->own_wait;
}

/* ---- queues; interrupts off ---- */

void lock_enqueue(struct lock *lock, struct lock_wait *wait);
void lock_dequeue(struct lock_wait *wait);

/* One record instead of the other, which is at rest then. */
void lock_replace(struct lock_wait *wait, struct lock_wait *by);

/* It has got what it waited for, or an error. */
void lock_end_wait(struct lock_wait *wait, status_t status);

/* Something that a strand's priority depends on has changed: so has that, and of those it waits for. */
void lock_reconsider(struct strand *strand);

/* ---- mutexes; interrupts off ---- */

/* The strand has it from now on. */
static inline __attribute__((always_inline)) void mutex_take(struct mutex *mutex,
                                                             struct strand *strand, vaddr_t frame)
{
    struct mutex *outer = strand->held;

    mutex->holder = strand;
    mutex->frame = frame;
    mutex->outer = outer;
    if (!LIKELY(outer == NULL))
        outer->inner = mutex;
    strand->held = mutex;
}

static inline __attribute__((always_inline)) void mutex_leave(struct mutex *mutex,
                                                              struct strand *strand)
{
    struct mutex *outer = mutex->outer;

    if (LIKELY(strand->held == mutex))
        strand->held = outer;
    else {
        mutex->inner->outer = outer;
        if (outer != NULL)
            outer->inner = mutex->inner;
    }
    mutex->holder = NULL;
}

/* Its first waiter gets it, who is to be woken then; NULL: nobody waits. */
struct strand *mutex_hand_over(struct mutex *mutex);

/* For who is in no queue: it gets the mutex, and its strand is returned, or waits for it, and NULL is. */
struct strand *mutex_claim(struct mutex *mutex, struct lock_wait *wait);

/* ---- waiting; neither busy nor interrupts off ---- */

/*
 * Until the wait is over. give_up is called when the deadline (of the time base) has come and it is not, busy and with interrupts
 * off; if the wait is not over then either, it goes on without a deadline.
 */
void lock_await(struct lock_wait *wait, const char *for_what, uint64_t deadline,
                void (*give_up)(struct lock_wait *wait));

/* "mutex_lock: …", for what wait->status is; OK if that is. */
status_t lock_explain(const struct lock_wait *wait, const char *what);

#endif
