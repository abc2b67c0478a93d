/*
 * Physical pages, one bit each, and the range of them that newlib's malloc grows
 * in. A page is named by its address in the data view.
 */
#include "kernel/page.h"

#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <whorl/memory.h>

#include "arch/ppc/image.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/machine.h"
#include "kernel/libc.h"
#include "kernel/pagemap.h"
#include "kernel/panic.h"

#define PAGES_MAX (DATA_VIEW_SIZE / PAGE_SIZE)
#define HEAP_SHARE 8 /* one part in so many of memory */

static uint32_t bits[PAGES_MAX / 32];
static struct pagemap map;
static char *heap, *heap_end, *heap_limit;

void page_add(paddr_t start, paddr_t end)
{
    if (!pagemap_give(&map, start / PAGE_SIZE, (end - start) / PAGE_SIZE))
        panic("pages 0x%x to 0x%x added twice", (unsigned)start, (unsigned)end);
}

/* newlib's malloc wants one range that grows. */
static void heap_initialize(void)
{
    size_t n = machine.memory_size / HEAP_SHARE / PAGE_SIZE;
    void *pages;

    if (page_allocate(n, &pages) != OK)
        panic("no memory for the heap");
    heap = heap_end = pages;
    heap_limit = heap + n * PAGE_SIZE;
}

void page_initialize(void)
{
    pagemap_init(&map, bits, machine.memory_size / PAGE_SIZE);
    page_add(VECTOR_PAGES_END, PAGE_TABLE_PADDR);
    page_add(PAGE_TABLE_PADDR + PAGE_TABLE_SIZE_MAX, IMAGE(boot_start));
    page_add(IMAGE(kernel_end) - DATA_VIEW, machine.memory_size);
    heap_initialize();
}

status_t page_allocate(size_t n_pages, void **pages)
{
    size_t first;

    if (n_pages == 0)
        return status_refuse(ERR_BAD_ARGUMENT, "no pages asked for");
    first = pagemap_take(&map, n_pages);
    if (first == SIZE_MAX)
        return status_refuse(ERR_NO_MEMORY, "no %u contiguous free pages", (unsigned)n_pages);
    *pages = (void *)(DATA_VIEW + first * PAGE_SIZE);
    return OK;
}

status_t page_free(void *pages, size_t n_pages)
{
    vaddr_t address = (vaddr_t)pages;

    if (address % PAGE_SIZE != 0 || address < DATA_VIEW ||
        (address >= (vaddr_t)heap && address < (vaddr_t)heap_limit) ||
        !pagemap_give(&map, (address - DATA_VIEW) / PAGE_SIZE, n_pages))
        return status_refuse(ERR_BAD_ARGUMENT, "%u pages at 0x%08x are not allocated",
                             (unsigned)n_pages, (unsigned)address);
    return OK;
}

void memory_use(struct memory_use *use)
{
    libc_trim();
    use->n_pages = map.n_pages;
    use->n_free_pages = map.n_free;
    use->largest_run = pagemap_largest(&map);
    use->heap_size = (size_t)(heap_limit - heap);
    use->heap_used = (size_t)mallinfo().uordblks;
}

void *sbrk(ptrdiff_t change);

/* What malloc grows and shrinks with. */
void *sbrk(ptrdiff_t change)
{
    char *before = heap_end;

    if (change > heap_limit - heap_end || change < heap - heap_end) {
        errno = ENOMEM;
        return (void *)-1;
    }
    heap_end += change;
    return before;
}
