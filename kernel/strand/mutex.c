/*
 * See <whorl/lock.h> and lock.h. What nobody waits for is locked and unlocked in the first lines of mutex_lock and mutex_unlock, by what
 * they find in one look; everything else, and every refusal, is the business of the slower ways.
 */
#include <string.h>

#include "arch/ppc/image.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/registers.h"
#include "kernel/event/loop_frame.h"
#include "kernel/identity.h"
#include "kernel/interface.h"
#include "kernel/strand/lock.h"

#define CIRCLE_SHOWN 200 /* characters of a sentence */

/* ---- who locks ---- */

struct frame {
    const struct frame *outer;
    vaddr_t return_address; /* of what it called */
};

static bool is_generated(vaddr_t address)
{
    return address - NEAR_CODE_BASE < NEAR_CODE_END - NEAR_CODE_BASE;
}

/* The frame outside of those that the loop has on the stack. */
static const struct frame *outside_loop(const struct frame *frame)
{
    while (frame->return_address != (vaddr_t)loop_returned)
        frame = frame->outer;
    return frame->outer->outer;
}

/*
 * The frame of who called, for whom it is locked: what dispatches events goes before the lock does. `frame` is that next to the procedure here, where it
 * returns to return_address.
 */
static vaddr_t locker(const struct frame *frame, vaddr_t return_address)
{
    while (is_generated(return_address) || return_address == (vaddr_t)call_words_returned) {
        frame = is_generated(return_address) ? frame->outer : outside_loop(frame);
        return_address = frame->return_address;
    }
    return (vaddr_t)frame;
}

#define CALLER_FRAME ((const struct frame *)__builtin_dwarf_cfa())
#define LOCKER locker(CALLER_FRAME, (vaddr_t)__builtin_return_address(0))

/* Nothing but domains' code returns there, so that who called is who locks. */
static inline bool is_domain(const void *return_address)
{
    return (vaddr_t)return_address / DOMAIN_CODE_BASE != 0;
}

/* ---- handing over ---- */

struct strand *mutex_hand_over(struct mutex *mutex)
{
    struct lock_wait *next = mutex->lock.first;
    struct strand *holder = mutex->holder;

    mutex_leave(mutex, holder);
    if (next == NULL)
        return NULL;
    lock_dequeue(next);
    mutex_take(mutex, next->strand, next->frame);
    lock_reconsider(holder);
    return next->strand;
}

struct strand *mutex_claim(struct mutex *mutex, struct lock_wait *wait)
{
    if (mutex->holder != NULL) {
        lock_enqueue(&mutex->lock, wait);
        lock_reconsider(mutex->holder);
        return NULL;
    }
    mutex_take(mutex, wait->strand, wait->frame);
    return wait->strand;
}

/* ---- circles ---- */

/* Who has the mutex that a strand needs to go on; NULL: nobody. */
static const struct strand *waits_for(const struct strand *strand)
{
    const struct lock_wait *wait = strand->waiting;

    return wait->lock == NULL || wait->mutex == NULL ? NULL : wait->mutex->holder;
}

static bool closes_circle(const struct mutex *mutex, const struct strand *strand)
{
    const struct strand *holder = mutex->holder;

    while (holder != NULL && holder != strand)
        holder = waits_for(holder);
    return holder != NULL;
}

static void append(char *names, const char *text)
{
    strlcat(names, text, CIRCLE_SHOWN);
}

/* "b, which waits for c, which waits for a" */
static void name_circle(const struct mutex *mutex, const struct strand *strand, char *names)
{
    const struct strand *holder = mutex->holder;

    names[0] = 0;
    append(names, holder->name);
    while (holder != strand) {
        holder = waits_for(holder);
        append(names, ", which waits for ");
        append(names, holder->name);
    }
}

/* ---- locking ---- */

static status_t find(mutex_t *capability, struct mutex **mutex)
{
    *mutex = lock_of(capability, CAPABILITY_MUTEX);
    return *mutex != NULL ? OK : lock_refuse_capability(capability, CAPABILITY_MUTEX);
}

static status_t check_circle(const char *what, const struct mutex *mutex)
{
    const struct strand *strand = strand_current;
    char names[CIRCLE_SHOWN];

    if (mutex->holder == strand)
        return status_refuse(ERR_STATE, "%s: %s has it already", what, strand->name);
    if (!closes_circle(mutex, strand))
        return OK;
    name_circle(mutex, strand, names);
    return status_refuse(ERR_STATE, "%s: %s would wait for %s", what, strand->name, names);
}

/* Busy. The wait is over at once, or in the queue. */
static status_t begin(const char *what, mutex_t *capability, struct lock_wait *wait)
{
    status_t status = find(capability, &wait->mutex);
    uint32_t before;

    if (status == OK)
        status = check_circle(what, wait->mutex);
    if (status != OK)
        return status;
    before = interrupts_off();
    (void)mutex_claim(wait->mutex, wait);
    interrupts_restore(before);
    return OK;
}

static void give_up(struct lock_wait *wait)
{
    lock_end_wait(wait, ERR_TIMEOUT);
    lock_reconsider(wait->mutex->holder);
}

static status_t lock(const char *what, mutex_t *capability, vaddr_t frame, uint64_t deadline)
{
    struct lock_wait wait;
    status_t status = strand_check_may_wait(what);
    vaddr_t busy;

    lock_expect_stack();
    if (status != OK)
        return status;
    lock_prepare_wait(&wait, frame);
    busy = busy_begin();
    status = begin(what, capability, &wait);
    busy_end(busy);
    if (status != OK)
        return status;
    lock_await(&wait, "a mutex", deadline, give_up);
    return lock_explain(&wait, what);
}

static __attribute__((noinline)) status_t lock_slowly(mutex_t *capability,
                                                      const struct frame *frame,
                                                      vaddr_t return_address)
{
    return lock("mutex_lock", capability, locker(frame, return_address), WAIT_FOREVER);
}

status_t mutex_lock(mutex_t *capability)
{
    uint32_t before = interrupts_off();
    struct mutex *mutex;

    if (LIKELY(capability_is_recent(capability, CAPABILITY_MUTEX, (void **)&mutex) &&
               mutex->holder == NULL && (before & MSR_EE) != 0 && kernel_busy == 0 &&
               is_domain(__builtin_return_address(0)))) {
        mutex_take(mutex, strand_current, (vaddr_t)CALLER_FRAME);
        interrupts_restore(before);
        return OK;
    }
    interrupts_restore(before);
    return lock_slowly(capability, CALLER_FRAME, (vaddr_t)__builtin_return_address(0));
}

status_t mutex_lock_for(mutex_t *capability, uint64_t microseconds)
{
    return lock("mutex_lock_for", capability, LOCKER, strand_deadline(microseconds));
}

/* What interrupts something has no strand of its own to lock for. */
static status_t check_strand(const char *what)
{
    return lock_is_in_exception()
               ? status_refuse(ERR_STATE, "%s: handlers of interrupts have no mutexes", what)
               : OK;
}

static status_t try_lock(mutex_t *capability, vaddr_t frame)
{
    struct mutex *mutex;
    status_t status = find(capability, &mutex);

    if (status != OK)
        return status;
    if (mutex->holder == strand_current)
        return status_refuse(ERR_STATE, "mutex_try_lock: %s has it already", strand_current->name);
    if (mutex->holder != NULL)
        return status_refuse(ERR_BUSY, "mutex_try_lock: %s has it", mutex->holder->name);
    mutex_take(mutex, strand_current, frame);
    return OK;
}

status_t mutex_try_lock(mutex_t *capability)
{
    status_t status = check_strand("mutex_try_lock");
    vaddr_t busy;

    lock_expect_stack();
    if (status != OK)
        return status;
    busy = busy_begin();
    status = try_lock(capability, LOCKER);
    busy_end(busy);
    return status;
}

/* ---- unlocking ---- */

static status_t unlock(mutex_t *capability)
{
    struct mutex *mutex;
    status_t status = find(capability, &mutex);
    struct strand *next;
    uint32_t before;

    if (status != OK)
        return status;
    if (mutex->holder != strand_current)
        return status_refuse(ERR_STATE, "mutex_unlock: %s does not have it", strand_current->name);
    before = interrupts_off();
    next = mutex_hand_over(mutex);
    interrupts_restore(before);
    if (next != NULL)
        strand_wake(next);
    return OK;
}

static __attribute__((noinline)) status_t unlock_slowly(mutex_t *capability)
{
    status_t status = check_strand("mutex_unlock");
    vaddr_t busy;

    lock_expect_stack();
    if (status != OK)
        return status;
    busy = busy_begin();
    status = unlock(capability);
    busy_end(busy);
    return status;
}

status_t mutex_unlock(mutex_t *capability)
{
    uint32_t before = interrupts_off();
    struct strand *strand = strand_current;
    struct mutex *mutex;

    if (LIKELY(capability_is_recent(capability, CAPABILITY_MUTEX, (void **)&mutex) &&
               mutex->holder == strand && mutex->lock.first == NULL && (before & MSR_EE) != 0)) {
        mutex_leave(mutex, strand);
        interrupts_restore(before);
        return OK;
    }
    interrupts_restore(before);
    return unlock_slowly(capability);
}

/* ---- making and destroying ---- */

static status_t create(owner_t owner, mutex_t **mutex)
{
    struct lock *made;
    status_t status;

    lock_expect_stack();
    EXPECT_ROOM(mutex);
    status = lock_make(owner, CAPABILITY_MUTEX, sizeof(struct mutex), &made);
    if (status == OK)
        *mutex = made->capability;
    return status;
}

static EVENT status_t identified_mutex_create(mutex_t **mutex)
{
    return create(identity_calling(), mutex);
}

status_t mutex_create(mutex_t **mutex)
{
    return create(OWNER_KERNEL, mutex);
}

static status_t destroy(mutex_t *capability)
{
    struct mutex *mutex;
    status_t status = find(capability, &mutex);

    if (status != OK)
        return status;
    if (mutex->holder != NULL)
        return status_refuse(ERR_BUSY, "mutex_destroy: %s has it", mutex->holder->name);
    if (mutex->n_absent > 0)
        return status_refuse(ERR_BUSY, "mutex_destroy: %u wait on a condition with it",
                             (unsigned)mutex->n_absent);
    lock_free(&mutex->lock);
    return OK;
}

status_t mutex_destroy(mutex_t *mutex)
{
    vaddr_t busy;
    status_t status;

    lock_expect_stack();
    busy = busy_begin();
    status = destroy(mutex);
    busy_end(busy);
    return status;
}

IDENTIFIED_INTERFACE(Lock, mutex_create);
PUBLIC_INTERFACE(Lock, mutex_destroy, mutex_lock, mutex_lock_for, mutex_try_lock, mutex_unlock);
