/* See stack.h. */
#include "kernel/strand/stack.h"

#include "arch/ppc/mmu.h"
#include "arch/ppc/processor.h"
#include "kernel/page.h"
#include "kernel/panic.h"

#define RECORD_SIZE sizeof(struct strand) /* whole lines */
#define GUARD PAGE_SIZE
#define KEPT_MAX 16 /* of the default size */

static struct strand *kept; /* for the next strands, through `dead` */
static unsigned n_kept;

size_t stack_pages(size_t stack_size)
{
    return (GUARD + STRAND_RESERVE + stack_size + RECORD_SIZE + PAGE_SIZE - 1) / PAGE_SIZE;
}

static vaddr_t pages_start(const struct strand *strand)
{
    return strand->stack_start - STRAND_RESERVE - GUARD;
}

size_t stack_bytes(const struct strand *strand)
{
    return strand->stack_end + RECORD_SIZE - pages_start(strand);
}

static struct strand *take_kept(void)
{
    uint32_t before = interrupts_off();
    struct strand *strand = kept;

    if (strand != NULL) {
        kept = strand->dead;
        n_kept--;
    }
    interrupts_restore(before);
    return strand;
}

/* The record is at the end of the pages. */
status_t stack_take(size_t n_pages, struct strand **strand)
{
    void *pages;
    status_t status;

    if (n_pages == stack_pages(STRAND_STACK_DEFAULT) && (*strand = take_kept()) != NULL)
        return OK;
    status = page_take(OWNER_KERNEL, n_pages, &pages);
    if (status != OK)
        return status;
    mmu_unmap((vaddr_t)pages);
    *strand = (struct strand *)((vaddr_t)pages + n_pages * PAGE_SIZE - RECORD_SIZE);
    (*strand)->stack_start = (vaddr_t)pages + GUARD + STRAND_RESERVE;
    (*strand)->stack_end = (vaddr_t)*strand;
    return OK;
}

static void give_pages(struct strand *strand)
{
    vaddr_t start = pages_start(strand);

    if (mmu_map(start, start - DATA_VIEW, MMU_READ_WRITE) != OK)
        panic("the page below the stack of %s cannot be mapped again", strand->name);
    page_give((void *)start, stack_bytes(strand) / PAGE_SIZE);
}

void stack_give(struct strand *strand)
{
    uint32_t before = interrupts_off();
    bool keeps =
        stack_bytes(strand) == stack_pages(STRAND_STACK_DEFAULT) * PAGE_SIZE && n_kept < KEPT_MAX;

    if (keeps) {
        strand->dead = kept;
        kept = strand;
        n_kept++;
    }
    interrupts_restore(before);
    if (!keeps)
        give_pages(strand);
}

void strand_trim(void)
{
    struct strand *strand;

    while ((strand = take_kept()) != NULL)
        give_pages(strand);
}
