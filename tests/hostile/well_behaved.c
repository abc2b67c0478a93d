/* Does no harm: a handler, a strand, a lock, an alarm, pages and pieces; and says whether all did what they should.
 * Expected: harmless */
#include "tests/hostile/stage.h"

#define PIECES 10

static mutex_t *mutex;
static volatile unsigned n_told, n_rung;

static void told(int n)
{
    (void)n;
    n_told++;
}

static void ring(void *closure)
{
    n_rung += closure != NULL;
}

static void work(void *closure)
{
    uint32_t *sum = closure;
    void *pieces[PIECES];

    if (mutex_lock(mutex) != OK)
        return;
    for (unsigned i = 0; i < PIECES; i++)
        pieces[i] = calloc(i + 1, 100);
    (void)strand_sleep(100);
    for (unsigned i = 0; i < PIECES; i++)
        *sum += pieces[i] != NULL && *(char *)pieces[i] == 0;
    for (unsigned i = 0; i < PIECES; i++)
        free(pieces[i]);
    *sum += mutex_unlock(mutex) == OK;
}

static status_t two_strands_work(void)
{
    static uint32_t sums[2];
    strand_t *strands[2];

    for (unsigned i = 0; i < 2; i++) {
        status_t status = strand_create(work, &sums[i], NULL, &strands[i]);

        if (status != OK)
            return status;
    }
    if (strand_join(strands[0]) != OK || strand_join(strands[1]) != OK)
        return ERR_FAILED;
    return sums[0] == PIECES + 1 && sums[1] == PIECES + 1 ? OK : ERR_DAMAGED;
}

static status_t an_alarm_rings(void)
{
    alarm_t *alarm;
    status_t status = alarm_create(ring, &mutex, &alarm);

    if (status == OK)
        status = alarm_start(alarm, 100, 0);
    for (unsigned i = 0; status == OK && n_rung == 0 && i < 1000; i++)
        status = strand_sleep(1000);
    if (status == OK)
        status = alarm_destroy(alarm);
    return status == OK && n_rung != 1 ? ERR_TIMEOUT : status;
}

status_t hostile_act(void)
{
    unsigned before = n_told;
    void *pages;
    status_t status = two_strands_work();

    if (status == OK)
        status = an_alarm_rings();
    if (status == OK)
        status = page_allocate(3, &pages);
    if (status == OK)
        status = page_free(pages, 3);
    stage_told(1);
    return status == OK && n_told == before ? ERR_FAILED : status;
}

status_t domain_init(void)
{
    status_t status = mutex_create(&mutex);

    return status == OK ? install(P(stage_told), P(told), NULL) : status;
}
