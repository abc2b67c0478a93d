/* See <whorl/lock.h> and lock.h. */
#include "kernel/identity.h"
#include "kernel/interface.h"
#include "kernel/strand/lock.h"

static status_t find(condition_t *capability, struct condition **condition)
{
    *condition = lock_of(capability, CAPABILITY_CONDITION);
    return *condition != NULL ? OK : lock_refuse_capability(capability, CAPABILITY_CONDITION);
}

/* ---- waiting ---- */

static status_t check(const char *what, const struct condition *condition,
                      const struct mutex *mutex)
{
    if (mutex == NULL)
        return status_refuse(ERR_BAD_CAPABILITY, "%s: that is no mutex", what);
    if (mutex->holder != strand_current)
        return status_refuse(ERR_STATE, "%s: %s does not have the mutex", what,
                             strand_current->name);
    if (condition->lock.first != NULL && condition->mutex != mutex)
        return status_refuse(ERR_STATE, "%s: %s waits on it with another mutex", what,
                             condition->lock.first->strand->name);
    return OK;
}

/* Busy. From the instant on at which the mutex is free, signals find the wait. */
static status_t begin(const char *what, condition_t *capability, mutex_t *mutex,
                      struct lock_wait *wait)
{
    struct condition *condition;
    status_t status = find(capability, &condition);
    struct strand *next;
    uint32_t before;

    if (status != OK)
        return status;
    wait->mutex = lock_of(mutex, CAPABILITY_MUTEX);
    status = check(what, condition, wait->mutex);
    if (status != OK)
        return status;
    before = interrupts_off();
    wait->frame = wait->mutex->frame;
    condition->mutex = wait->mutex;
    lock_enqueue(&condition->lock, wait);
    next = mutex_hand_over(wait->mutex);
    interrupts_restore(before);
    if (next != NULL)
        strand_wake(next);
    return OK;
}

/* Who was signalled before has not waited in vain, and only needs the mutex. */
static void give_up(struct lock_wait *wait)
{
    if (wait->lock->kind == CAPABILITY_MUTEX)
        return;
    lock_end_wait(wait, ERR_TIMEOUT);
    (void)mutex_claim(wait->mutex, wait);
}

static status_t wait_on(const char *what, condition_t *condition, mutex_t *mutex, uint64_t deadline)
{
    struct lock_wait wait;
    status_t status = strand_check_may_wait(what);
    vaddr_t busy;

    lock_expect_stack();
    if (status != OK)
        return status;
    lock_prepare_wait(&wait, 0);
    busy = busy_begin();
    status = begin(what, condition, mutex, &wait);
    busy_end(busy);
    if (status != OK)
        return status;
    lock_await(&wait, "a condition", deadline, give_up);
    return lock_explain(&wait, what);
}

status_t condition_wait(condition_t *condition, mutex_t *mutex)
{
    return wait_on("condition_wait", condition, mutex, WAIT_FOREVER);
}

status_t condition_wait_for(condition_t *condition, mutex_t *mutex, uint64_t microseconds)
{
    return wait_on("condition_wait_for", condition, mutex, strand_deadline(microseconds));
}

/* ---- signals ---- */

static bool signal_first(struct condition *condition)
{
    uint32_t before = interrupts_off();
    struct lock_wait *wait = condition->lock.first;
    struct strand *woken = NULL;

    if (wait != NULL) {
        lock_dequeue(wait);
        woken = mutex_claim(wait->mutex, wait);
    }
    interrupts_restore(before);
    if (woken != NULL)
        strand_wake(woken);
    return wait != NULL;
}

/* Nobody begins to wait meanwhile. */
static status_t signal(condition_t *capability, bool all)
{
    struct condition *condition;
    status_t status;
    vaddr_t busy;

    lock_expect_stack();
    busy = busy_begin();
    status = find(capability, &condition);
    while (status == OK && signal_first(condition) && all)
        ;
    busy_end(busy);
    return status;
}

status_t condition_signal(condition_t *condition)
{
    return signal(condition, false);
}

status_t condition_broadcast(condition_t *condition)
{
    return signal(condition, true);
}

/* ---- making and destroying ---- */

static status_t create(owner_t owner, condition_t **condition)
{
    struct lock *made;
    status_t status;

    lock_expect_stack();
    EXPECT_ROOM(condition);
    status = lock_make(owner, CAPABILITY_CONDITION, sizeof(struct condition), &made);
    if (status == OK)
        *condition = made->capability;
    return status;
}

static EVENT status_t identified_condition_create(condition_t **condition)
{
    return create(identity_calling(), condition);
}

status_t condition_create(condition_t **condition)
{
    return create(OWNER_KERNEL, condition);
}

static status_t destroy(condition_t *capability)
{
    struct condition *condition;
    status_t status = find(capability, &condition);

    if (status != OK)
        return status;
    if (condition->lock.first != NULL)
        return status_refuse(ERR_BUSY, "condition_destroy: %s waits on it",
                             condition->lock.first->strand->name);
    lock_free(&condition->lock);
    return OK;
}

status_t condition_destroy(condition_t *condition)
{
    vaddr_t busy;
    status_t status;

    lock_expect_stack();
    busy = busy_begin();
    status = destroy(condition);
    busy_end(busy);
    return status;
}

IDENTIFIED_INTERFACE(Lock, condition_create);
PUBLIC_INTERFACE(Lock, condition_destroy, condition_wait, condition_wait_for, condition_signal,
                 condition_broadcast);
