/* Uses locks, alarms, bindings and strands that it has destroyed.
 * Expected: harmless */
#include "tests/hostile/stage.h"

static void nothing(void *closure)
{
    (void)closure;
}

static void told(int n)
{
    (void)n;
}

static bool are_stale(mutex_t *mutex, semaphore_t *semaphore, condition_t *condition,
                      alarm_t *alarm, binding_t *binding, strand_t *strand)
{
    return mutex_lock(mutex) == ERR_BAD_CAPABILITY &&
           semaphore_post(semaphore) == ERR_BAD_CAPABILITY &&
           condition_signal(condition) == ERR_BAD_CAPABILITY &&
           alarm_start(alarm, 1, 1) == ERR_BAD_CAPABILITY &&
           event_activate(binding) == ERR_BAD_CAPABILITY &&
           strand_unblock(strand) == ERR_BAD_CAPABILITY;
}

status_t hostile_act(void)
{
    mutex_t *mutex;
    semaphore_t *semaphore;
    condition_t *condition;
    alarm_t *alarm;
    binding_t *binding;
    strand_t *strand;

    if (mutex_create(&mutex) != OK || semaphore_create(0, &semaphore) != OK ||
        condition_create(&condition) != OK || alarm_create(nothing, NULL, &alarm) != OK ||
        event_install(P(stage_told), P(told), NULL, NULL, &binding) != OK ||
        strand_create(nothing, NULL, NULL, &strand) != OK)
        return ERR_NO_MEMORY;
    if (mutex_destroy(mutex) != OK || semaphore_destroy(semaphore) != OK ||
        condition_destroy(condition) != OK || alarm_destroy(alarm) != OK ||
        event_destroy(binding) != OK || strand_join(strand) != OK ||
        !are_stale(mutex, semaphore, condition, alarm, binding, strand))
        __asm__ volatile("trap");
    return OK;
}
