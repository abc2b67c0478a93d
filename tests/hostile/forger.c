/* Guesses capabilities.
 * Expected: harmless */
#include "tests/hostile/stage.h"

/* Random numbers where capabilities lie, and what is not there at all. */
static uint32_t guess(uint32_t n)
{
    static uint32_t seed = 12345;

    seed = seed * 1103515245 + 12345;
    return n % 4 == 0 ? seed : 0xc0000000 | seed >> 4;
}

#define REFUSES(call) ((call) != OK)

static bool all_refuse(void *forged)
{
    uint64_t time;
    char name[8];

    return REFUSES(strand_join(forged)) && REFUSES(strand_block(forged)) &&
           REFUSES(strand_unblock(forged)) && REFUSES(strand_resume(forged)) &&
           REFUSES(strand_checkpoint(forged)) && REFUSES(strand_detach(forged)) &&
           REFUSES(strand_time(forged, &time)) && REFUSES(strand_set_priority(forged, 3)) &&
           REFUSES(mutex_lock(forged)) && REFUSES(mutex_unlock(forged)) &&
           REFUSES(mutex_destroy(forged)) && REFUSES(condition_signal(forged)) &&
           REFUSES(semaphore_post(forged)) && REFUSES(semaphore_wait(forged)) &&
           REFUSES(alarm_start(forged, 1, 1)) && REFUSES(alarm_destroy(forged)) &&
           REFUSES(event_destroy(forged == NULL ? (void *)4 : forged)) &&
           REFUSES(domain_destroy(forged)) && REFUSES(domain_name(forged, name, sizeof name)) &&
           REFUSES(console_close(forged)) && strand_tag(forged) == NULL;
}

status_t hostile_act(void)
{
    for (uint32_t n = 0; n < 100; n++)
        if (!all_refuse((void *)guess(n)))
            __asm__ volatile("trap");
    return OK;
}
