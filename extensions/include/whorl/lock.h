/*
 * Locks for strands. Each is a capability; it belongs to the domain that created it and goes with it: who waits then is woken with
 * ERR_BAD_CAPABILITY. A strand that is cut off, or ends, or whose call is, unlocks what it locked there: what procedures did that lay
 * there on the stack when they called mutex_lock. A condition_wait that is cut off leaves the mutex unlocked.
 *
 * Who waits longest at the highest priority is served first. A mutex lends the priority of who waits for it to who has it, along
 * the whole chain of those who wait for each other.
 *
 * What all of them may return is not repeated: ERR_BAD_CAPABILITY: stale, or not of that kind. ERR_STATE, "may not wait":
 * as in <whorl/strand.h>. Times are microseconds; ERR_TIMEOUT: they have passed.
 */
#ifndef WHORL_LOCK_H
#define WHORL_LOCK_H

#include <stdint.h>
#include <whorl/interface.h>
#include <whorl/status.h>

typedef struct mutex_capability mutex_t;
typedef struct condition_capability condition_t;
typedef struct semaphore_capability semaphore_t;

/* ERR_QUOTA, ERR_NO_MEMORY. */
EVENT status_t mutex_create(mutex_t **mutex);
EVENT status_t condition_create(condition_t **condition);
EVENT status_t semaphore_create(uint32_t count, semaphore_t **semaphore);

/* ERR_BUSY: it is locked, or somebody waits for it. */
EVENT status_t mutex_destroy(mutex_t *mutex);
EVENT status_t condition_destroy(condition_t *condition);
EVENT status_t semaphore_destroy(semaphore_t *semaphore);

/*
 * Not recursive: ERR_STATE: the strand has it already; so is a circle of strands that wait for each other's mutexes, whose names the sentence has.
 * mutex_try_lock: ERR_BUSY: another has it; never waits. mutex_unlock: ERR_STATE: the strand does not have it.
 */
EVENT status_t mutex_lock(mutex_t *mutex);
EVENT status_t mutex_lock_for(mutex_t *mutex, uint64_t microseconds);
EVENT status_t mutex_try_lock(mutex_t *mutex);
EVENT status_t mutex_unlock(mutex_t *mutex);

/*
 * Unlocks the mutex, waits to be signalled, and locks it again, also when it fails after it began to wait. ERR_STATE: the strand does not have the
 * mutex, or others wait on the condition with another mutex. Signals are not remembered, and may also come by themselves.
 */
EVENT status_t condition_wait(condition_t *condition, mutex_t *mutex);
EVENT status_t condition_wait_for(condition_t *condition, mutex_t *mutex, uint64_t microseconds);
EVENT status_t condition_signal(condition_t *condition);
EVENT status_t condition_broadcast(condition_t *condition);

/* semaphore_try: ERR_BUSY: the count is 0. semaphore_post: ERR_RANGE: the count would pass UINT32_MAX; any context. */
EVENT status_t semaphore_wait(semaphore_t *semaphore);
EVENT status_t semaphore_wait_for(semaphore_t *semaphore, uint64_t microseconds);
EVENT status_t semaphore_try(semaphore_t *semaphore);
EVENT status_t semaphore_post(semaphore_t *semaphore);

#endif
