/* See lock.h and locks.h: records, queues, priorities that are lent, and what is taken back. */
#include "kernel/strand/lock.h"

#include <string.h>

#include "arch/ppc/image.h"
#include "kernel/heap.h"
#include "kernel/quota.h"
#include "kernel/strand/locks.h"

static struct lock *locks; /* all */
static uint32_t latest;    /* wait */

/* In whose queue is said to be what waited in its own record, in vain: the switch looks at nothing else. */
static struct lock no_lock;

/* ---- records ---- */

static const char *kind_name(unsigned kind)
{
    return kind == CAPABILITY_MUTEX       ? "mutex"
           : kind == CAPABILITY_CONDITION ? "condition"
                                          : "semaphore";
}

status_t lock_refuse_capability(const void *capability, enum capability_kind kind)
{
    return status_refuse(ERR_BAD_CAPABILITY, "%p is no %s", capability, kind_name(kind));
}

void *lock_of(const void *capability, enum capability_kind kind)
{
    uint32_t before = interrupts_off();
    void *lock = lock_find(capability, kind);

    interrupts_restore(before);
    return lock;
}

bool lock_is_in_exception(void)
{
    return (vaddr_t)__builtin_frame_address(0) - IMAGE(exception_stack) <
           IMAGE(exception_stack_end) - IMAGE(exception_stack);
}

static void enlist(struct lock *lock)
{
    lock->next = locks;
    lock->previous = NULL;
    if (locks != NULL)
        locks->previous = lock;
    locks = lock;
}

static void delist(struct lock *lock)
{
    if (lock->next != NULL)
        lock->next->previous = lock->previous;
    if (lock->previous != NULL)
        lock->previous->next = lock->next;
    else
        locks = lock->next;
}

static status_t make(owner_t owner, enum capability_kind kind, size_t size, struct lock **lock)
{
    struct lock *made = heap_allocate(size, owner);
    status_t status;

    if (made == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for a %s", kind_name(kind));
    memset(made, 0, size);
    made->owner = owner;
    made->kind = (uint8_t)kind;
    status = capability_create(kind, made, &made->capability);
    if (status != OK) {
        heap_free(made, OWNER_KERNEL);
        return status;
    }
    enlist(made);
    *lock = made;
    return OK;
}

status_t lock_make(owner_t owner, enum capability_kind kind, size_t size, struct lock **lock)
{
    vaddr_t busy = busy_begin();
    status_t status = quota_take(owner, QUOTA_LOCKS);

    if (status == OK) {
        status = make(owner, kind, size, lock);
        if (status != OK)
            quota_give(owner, QUOTA_LOCKS);
    }
    busy_end(busy);
    return status;
}

void lock_free(struct lock *lock)
{
    delist(lock);
    capability_revoke(lock->capability);
    quota_give(lock->owner, QUOTA_LOCKS);
    heap_free(lock, OWNER_KERNEL);
}

/* ---- queues ---- */

static bool is_before(const struct lock_wait *a, const struct lock_wait *b)
{
    if (a->strand->effective != b->strand->effective)
        return a->strand->effective > b->strand->effective;
    return (int32_t)(a->since - b->since) < 0;
}

/* From the end, where those of the same priority belong that come one after another. One that is in no queue is a ring of its own. */
static void insert(struct lock *lock, struct lock_wait *wait)
{
    struct lock_wait *first = lock->first, *next = first;

    if (first == NULL || is_before(wait, first))
        lock->first = wait;
    if (first == NULL)
        return;
    if (lock->first != wait)
        while (is_before(wait, next->previous))
            next = next->previous;
    wait->next = next;
    wait->previous = next->previous;
    wait->previous->next = next->previous = wait;
}

static void extract(struct lock *lock, struct lock_wait *wait)
{
    if (lock->first == wait)
        lock->first = wait->next != wait ? wait->next : NULL;
    wait->previous->next = wait->next;
    wait->next->previous = wait->previous;
    wait->next = wait->previous = wait;
}

/* Who waits alone has no number yet, or one that tells nothing. */
static void number(struct lock_wait *first, struct lock_wait *wait)
{
    if (first != NULL && first->next == first)
        first->since = latest++;
    wait->since = latest++;
}

void lock_enqueue(struct lock *lock, struct lock_wait *wait)
{
    wait->lock = lock;
    number(lock->first, wait);
    wait->strand->waiting = wait;
    if (lock->kind == CAPABILITY_CONDITION)
        wait->mutex->n_absent++;
    insert(lock, wait);
}

void lock_replace(struct lock_wait *wait, struct lock_wait *by)
{
    struct lock *lock = wait->lock;

    by->next = wait->next != wait ? wait->next : by;
    by->previous = wait->previous != wait ? wait->previous : by;
    by->next->previous = by->previous->next = by;
    if (lock->first == wait)
        lock->first = by;
    wait->next = wait->previous = wait;
    wait->lock = NULL;
    wait->strand->waiting = by;
}

void lock_dequeue(struct lock_wait *wait)
{
    struct lock *lock = wait->lock;

    extract(lock, wait);
    if (lock->kind == CAPABILITY_CONDITION)
        wait->mutex->n_absent--;
    wait->lock = NULL;
}

void lock_end_wait(struct lock_wait *wait, status_t status)
{
    lock_dequeue(wait);
    wait->status = status;
    if (status != OK && wait == &wait->strand->own_wait)
        wait->lock = &no_lock;
}

/* ---- priorities ---- */

static unsigned deserved(const struct strand *strand)
{
    unsigned priority = strand->priority;

    for (const struct mutex *mutex = strand->held; mutex != NULL; mutex = mutex->outer)
        if (mutex->lock.first != NULL && mutex->lock.first->strand->effective > priority)
            priority = mutex->lock.first->strand->effective;
    return priority;
}

/* Who it waits for; NULL: nobody that is known. Its place in the queue is where its priority puts it. */
static struct strand *lend_further(const struct strand *strand)
{
    struct lock_wait *wait = strand->waiting;

    if (wait->lock == NULL || wait->lock == &no_lock)
        return NULL;
    extract(wait->lock, wait);
    insert(wait->lock, wait);
    return wait->lock->kind == CAPABILITY_MUTEX ? wait->mutex->holder : NULL;
}

void lock_reconsider(struct strand *strand)
{
    while (strand != NULL) {
        unsigned priority = deserved(strand);

        if (priority == strand->effective)
            return;
        strand_set_effective(strand, priority);
        strand = lend_further(strand);
    }
}

void lock_priority_changed(struct strand *strand)
{
    lock_reconsider(strand);
}

/* ---- waiting ---- */

static void give_up_now(struct lock_wait *wait, void (*give_up)(struct lock_wait *wait))
{
    vaddr_t busy = busy_begin();
    uint32_t before = interrupts_off();

    if (wait->lock != NULL)
        give_up(wait);
    interrupts_restore(before);
    busy_end(busy);
}

void lock_await(struct lock_wait *wait, const char *for_what, uint64_t deadline,
                void (*give_up)(struct lock_wait *wait))
{
    while (*(struct lock *volatile *)&wait->lock != NULL)
        if (deadline == WAIT_FOREVER)
            strand_wait(for_what);
        else if (!strand_wait_until(for_what, deadline)) {
            give_up_now(wait, give_up);
            deadline = WAIT_FOREVER;
        }
    lock_rest(wait->strand);
}

status_t lock_explain(const struct lock_wait *wait, const char *what)
{
    if (wait->status == ERR_TIMEOUT)
        return status_refuse(ERR_TIMEOUT, "%s: the time has passed", what);
    if (wait->status == ERR_BAD_CAPABILITY)
        return status_refuse(ERR_BAD_CAPABILITY, "%s: the domain that it belonged to is gone",
                             what);
    return wait->status;
}

/* ---- what is taken back ---- */

/* What a semaphore gave to a wait that nobody returns from, another can have. */
static void take_back(struct strand *strand)
{
    struct lock_wait *wait = strand->waiting;
    struct lock *lock = wait->lock;

    lock_rest(strand);
    wait->status = OK;
    if (lock == NULL) {
        const void *posted = wait->posted;

        wait->posted = NULL;
        if (posted != NULL)
            (void)semaphore_post((semaphore_t *)posted);
        return;
    }
    lock_dequeue(wait);
    if (lock->kind == CAPABILITY_MUTEX)
        lock_reconsider(((struct mutex *)lock)->holder);
}

/* Who waits in his own record does nothing else. */
static bool is_below(const struct strand *strand, vaddr_t stack)
{
    return strand->waiting == &strand->own_wait || (vaddr_t)strand->waiting < stack;
}

/* The innermost that was locked below an address. */
static struct mutex *held_below(const struct strand *strand, vaddr_t stack)
{
    struct mutex *mutex = strand->held;

    while (mutex != NULL && mutex->frame >= stack)
        mutex = mutex->outer;
    return mutex;
}

static bool unlock_below(struct strand *strand, vaddr_t stack)
{
    uint32_t before = interrupts_off();
    struct mutex *mutex = held_below(strand, stack);
    struct strand *next = mutex != NULL ? mutex_hand_over(mutex) : NULL;

    interrupts_restore(before);
    if (next != NULL)
        strand_wake(next);
    return mutex != NULL;
}

void locks_unwound(struct strand *strand, vaddr_t stack)
{
    vaddr_t busy = busy_begin();
    uint32_t before = interrupts_off();

    if (is_below(strand, stack))
        take_back(strand);
    interrupts_restore(before);
    while (unlock_below(strand, stack))
        ;
    busy_end(busy);
}

static bool has_any(const struct strand *strand)
{
    return strand->held != NULL || strand->waiting != &strand->own_wait ||
           strand->own_wait.lock != NULL || strand->own_wait.posted != NULL;
}

void locks_strand_ends(struct strand *strand)
{
    if (has_any(strand))
        locks_unwound(strand, UINT32_MAX);
}

/* ---- domains that go ---- */

static bool end_first_wait(struct lock *lock)
{
    uint32_t before = interrupts_off();
    struct lock_wait *wait = lock->first;
    struct mutex *mutex = wait != NULL ? wait->mutex : NULL;
    struct strand *woken = wait != NULL ? wait->strand : NULL;

    if (wait != NULL) {
        lock_end_wait(wait, ERR_BAD_CAPABILITY);
        if (lock->kind == CAPABILITY_CONDITION && mutex->lock.capability != NULL)
            woken = mutex_claim(mutex, wait);
        else if (lock->kind == CAPABILITY_MUTEX)
            lock_reconsider(mutex->holder);
    }
    interrupts_restore(before);
    if (woken != NULL)
        strand_wake(woken);
    return wait != NULL;
}

static void end_waits(struct lock *lock)
{
    while (end_first_wait(lock))
        ;
}

/* Without a capability it is claimed by nobody who waits on a condition with it. */
static void abandon_mutex(struct mutex *mutex)
{
    uint32_t before;

    capability_revoke(mutex->lock.capability);
    mutex->lock.capability = NULL;
    for (struct lock *lock = locks; mutex->n_absent > 0 && lock != NULL; lock = lock->next)
        if (lock->kind == CAPABILITY_CONDITION && ((struct condition *)lock)->mutex == mutex)
            end_waits(lock);
    end_waits(&mutex->lock);
    before = interrupts_off();
    if (mutex->holder != NULL)
        mutex_leave(mutex, mutex->holder);
    interrupts_restore(before);
}

void locks_forget_owner(owner_t owner)
{
    struct lock *next;

    for (struct lock *lock = locks; lock != NULL; lock = next) {
        next = lock->next;
        if (lock->owner != owner)
            continue;
        if (lock->kind == CAPABILITY_MUTEX)
            abandon_mutex((struct mutex *)lock);
        else
            end_waits(lock);
        lock_free(lock);
    }
}
