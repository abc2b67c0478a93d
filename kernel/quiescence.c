/* See quiescence.h. */
#include "kernel/busy.h"
#include "kernel/quiescence.h"

#include "domains/domain.h"
#include "domains/host.h"
#include "kernel/backtrace.h"
#include "kernel/contain/contain.h"
#include "kernel/patch/exception.h"

static struct retired *first, **end = &first; /* in the order of their numbers */
static uint32_t latest;

bool quiescence_is_running(vaddr_t start, size_t size)
{
    return backtrace_passes(start, size);
}

void quiescence_retire(struct retired *retired)
{
    if (retired->is_left(retired)) {
        retired->release(retired);
        return;
    }
    retired->next = NULL;
    retired->number = ++latest;
    *end = retired;
    end = &retired->next;
}

static void release_retired(void)
{
    struct retired **link = &first, *retired;

    while ((retired = *link) != NULL) {
        if (!retired->is_left(retired)) {
            link = &retired->next;
            continue;
        }
        *link = retired->next;
        if (end == &retired->next)
            end = link;
        retired->release(retired);
    }
}

void quiescence_collect(void)
{
    BUSY;
    patch_report_faults();
    quarantine_serve();
    release_retired();
    domain_release_left();
}

/* ---- for domains/ ---- */

uint32_t retirement_latest(void)
{
    return latest;
}

/* Numbers may wrap; those of what waits at one time are near each other. */
bool retirement_is_over(uint32_t number)
{
    return first == NULL || (int32_t)(first->number - number) > 0;
}
