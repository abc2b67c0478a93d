/* See idle.h. */
#include "kernel/idle.h"

#include "arch/ppc/processor.h"
#include "arch/ppc/timebase.h"
#include "kernel/strand/strand.h"

struct waiting {
    struct waiting *next;
    struct strand *strand;
    bool woken;
};

static struct waiting *first;

void idle_wake(void)
{
    for (; first != NULL; first = first->next) {
        first->woken = true;
        strand_wake(first->strand);
    }
}

static void leave(struct waiting *waiting)
{
    uint32_t before = interrupts_off();
    struct waiting **link = &first;

    while (*link != NULL && *link != waiting)
        link = &(*link)->next;
    if (*link != NULL)
        *link = waiting->next;
    interrupts_restore(before);
}

void idle_unwound(const struct strand *strand, vaddr_t stack)
{
    struct waiting **link = &first;
    uint32_t before;

    if (first == NULL)
        return;
    before = interrupts_off();
    while (*link != NULL)
        if ((*link)->strand == strand && (vaddr_t)*link < stack)
            *link = (*link)->next;
        else
            link = &(*link)->next;
    interrupts_restore(before);
}

/* On the list before it is asked whether anything is wanted, so no interrupt that matters is slept through. */
static void wait_for_input(uint64_t deadline, bool (*wanted)(void))
{
    struct waiting waiting = {.strand = strand_current};
    uint32_t before = interrupts_off();

    waiting.next = first;
    first = &waiting;
    interrupts_restore(before);
    while (!waiting.woken && !wanted() && strand_wait_until("input", deadline))
        ;
    leave(&waiting);
}

/* cpu_idle turns interrupts on and naps in one step. */
static void nap(uint64_t deadline, bool (*wanted)(void))
{
    uint32_t before = interrupts_off();

    strand_expect_tick(deadline);
    if (!wanted() && timebase_read() < deadline)
        cpu_idle();
    interrupts_restore(before);
}

void idle_until(uint64_t deadline, bool (*wanted)(void))
{
    if (strand_may_wait())
        wait_for_input(deadline, wanted);
    else
        nap(deadline, wanted);
}
