/* Its domain_init faults when it has made something of everything.
 * Expected: refused ERR_FAULT */
#include "tests/hostile/stage.h"

static void nothing(void *closure)
{
    (void)closure;
    (void)strand_sleep(1000000);
}

static void told(int n)
{
    (void)n;
}

status_t domain_init(void)
{
    mutex_t *mutex;
    alarm_t *alarm;
    void *pages;

    if (begin(nothing, NULL) != OK || mutex_create(&mutex) != OK || mutex_lock(mutex) != OK ||
        alarm_create(nothing, NULL, &alarm) != OK || alarm_start(alarm, 1000, 1000) != OK ||
        page_allocate(3, &pages) != OK || install(P(stage_told), P(told), NULL) != OK)
        return ERR_FAILED;
    __asm__ volatile("trap" : : "r"(malloc(100)));
    return OK;
}
