/* See <whorl/lock.h> and lock.h. semaphore_post and semaphore_wait begin in switch.S; here is what is left to do. */
#include "arch/ppc/registers.h"
#include "kernel/identity.h"
#include "kernel/interface.h"
#include "kernel/strand/lock.h"
#include "kernel/strand/switch.h"

static status_t find(semaphore_t *capability, struct semaphore **semaphore)
{
    *semaphore = lock_of(capability, CAPABILITY_SEMAPHORE);
    return *semaphore != NULL ? OK : lock_refuse_capability(capability, CAPABILITY_SEMAPHORE);
}

/* ---- waiting ---- */

static bool take_one(struct semaphore *semaphore)
{
    bool taken = semaphore->count > 0;

    if (taken)
        semaphore->count--;
    return taken;
}

/* Busy. The wait is over at once, or in the queue. */
static status_t begin(semaphore_t *capability, struct lock_wait *wait)
{
    struct semaphore *semaphore;
    status_t status = find(capability, &semaphore);
    uint32_t before;

    if (status != OK)
        return status;
    before = interrupts_off();
    if (!take_one(semaphore))
        lock_enqueue(&semaphore->lock, wait);
    interrupts_restore(before);
    return OK;
}

static void give_up(struct lock_wait *wait)
{
    lock_end_wait(wait, ERR_TIMEOUT);
}

static status_t wait_for(const char *what, semaphore_t *semaphore, uint64_t deadline)
{
    struct lock_wait wait;
    status_t status = strand_check_may_wait(what);
    vaddr_t busy;

    lock_expect_stack();
    if (status != OK)
        return status;
    lock_prepare_wait(&wait, 0);
    busy = busy_begin();
    status = begin(semaphore, &wait);
    busy_end(busy);
    if (status != OK)
        return status;
    lock_await(&wait, "a semaphore", deadline, give_up);
    return lock_explain(&wait, what);
}

/* In the queue since interrupts were off. */
static status_t await(struct lock_wait *wait)
{
    while (*(struct lock *volatile *)&wait->lock != NULL)
        strand_wait("a semaphore");
    lock_rest(wait->strand);
    return LIKELY(wait->status == OK) ? OK : lock_explain(wait, "semaphore_wait");
}

/* Woken by others, or with an error: the wait goes on with another record, at the same place. Interrupts off. */
status_t semaphore_wait_on(uint32_t msr)
{
    struct lock_wait *own = &strand_current->own_wait, wait = *own;

    wait.next = wait.previous = &wait;
    if (own->status == OK)
        lock_replace(own, &wait);
    else
        wait.lock = NULL;
    own->lock = NULL;
    own->status = OK;
    interrupts_restore(msr);
    return await(&wait);
}

/* Who waits in plain circumstances needs no second look. */
status_t semaphore_wait_slowly(semaphore_t *capability)
{
    struct semaphore *semaphore;
    struct lock_wait wait;
    uint32_t before;

    lock_expect_stack();
    before = interrupts_off();
    semaphore = lock_find(capability, CAPABILITY_SEMAPHORE);
    if (LIKELY(semaphore != NULL && semaphore->count == 0 && (before & MSR_EE) != 0 &&
               kernel_busy == 0 && !strand_current->bounded)) {
        lock_prepare_wait(&wait, 0);
        lock_enqueue(&semaphore->lock, &wait);
        interrupts_restore(before);
        return await(&wait);
    }
    interrupts_restore(before);
    return wait_for("semaphore_wait", capability, WAIT_FOREVER);
}

status_t semaphore_wait_for(semaphore_t *semaphore, uint64_t microseconds)
{
    return wait_for("semaphore_wait_for", semaphore, strand_deadline(microseconds));
}

status_t semaphore_try(semaphore_t *capability)
{
    vaddr_t busy = busy_begin();
    struct semaphore *semaphore;
    status_t status = find(capability, &semaphore);
    uint32_t before = interrupts_off();
    bool taken = status == OK && take_one(semaphore);

    interrupts_restore(before);
    if (status == OK && !taken)
        status = status_refuse(ERR_BUSY, "semaphore_try: its count is 0");
    busy_end(busy);
    return status;
}

/* ---- posting ---- */

/* Who waits longest has it at once. */
static struct strand *post_to_first(struct semaphore *semaphore)
{
    struct lock_wait *wait = semaphore->lock.first;

    lock_end_wait(wait, OK);
    wait->posted = semaphore->lock.capability;
    return wait->strand;
}

static status_t post(semaphore_t *capability)
{
    struct semaphore *semaphore;
    status_t status = find(capability, &semaphore);
    struct strand *woken = NULL;
    uint32_t before;

    if (status != OK)
        return status;
    before = interrupts_off();
    if (semaphore->lock.first != NULL)
        woken = post_to_first(semaphore);
    else if (semaphore->count == UINT32_MAX)
        status = ERR_RANGE;
    else
        semaphore->count++;
    interrupts_restore(before);
    if (woken != NULL)
        strand_wake(woken);
    return status == OK ? OK : status_refuse(status, "semaphore_post: its count is %u", UINT32_MAX);
}

static __attribute__((noinline)) status_t post_anyhow(semaphore_t *semaphore)
{
    vaddr_t busy;
    status_t status;

    busy = busy_begin();
    status = post(semaphore);
    busy_end(busy);
    return status;
}

/* Mostly somebody waits. */
status_t semaphore_post_slowly(semaphore_t *capability)
{
    struct semaphore *semaphore;
    struct strand *woken;
    uint32_t before;
    vaddr_t busy;

    lock_expect_stack();
    busy = busy_begin();
    before = interrupts_off();
    semaphore = lock_find(capability, CAPABILITY_SEMAPHORE);
    if (LIKELY(semaphore != NULL && semaphore->lock.first != NULL)) {
        woken = post_to_first(semaphore);
        interrupts_restore(before);
        strand_wake(woken);
        busy_end(busy);
        return OK;
    }
    interrupts_restore(before);
    busy_end(busy);
    return post_anyhow(capability);
}

/* ---- making and destroying ---- */

static status_t create(owner_t owner, uint32_t count, semaphore_t **semaphore)
{
    struct lock *made;
    status_t status;

    lock_expect_stack();
    EXPECT_ROOM(semaphore);
    status = lock_make(owner, CAPABILITY_SEMAPHORE, sizeof(struct semaphore), &made);
    if (status != OK)
        return status;
    ((struct semaphore *)made)->count = count;
    *semaphore = made->capability;
    return OK;
}

static EVENT status_t identified_semaphore_create(uint32_t count, semaphore_t **semaphore)
{
    return create(identity_calling(), count, semaphore);
}

status_t semaphore_create(uint32_t count, semaphore_t **semaphore)
{
    return create(OWNER_KERNEL, count, semaphore);
}

static status_t destroy(semaphore_t *capability)
{
    struct semaphore *semaphore;
    status_t status = find(capability, &semaphore);

    if (status != OK)
        return status;
    if (semaphore->lock.first != NULL)
        return status_refuse(ERR_BUSY, "semaphore_destroy: %s waits for it",
                             semaphore->lock.first->strand->name);
    lock_free(&semaphore->lock);
    return OK;
}

status_t semaphore_destroy(semaphore_t *semaphore)
{
    vaddr_t busy;
    status_t status;

    lock_expect_stack();
    busy = busy_begin();
    status = destroy(semaphore);
    busy_end(busy);
    return status;
}

IDENTIFIED_INTERFACE(Lock, semaphore_create);
PUBLIC_INTERFACE(Lock, semaphore_destroy, semaphore_wait, semaphore_wait_for, semaphore_try,
                 semaphore_post);
