/* See page.h and <whorl/memory.h>: a bit for each page that is free, and how each other is held. */
#include "kernel/page.h"

#include <stdbool.h>
#include <whorl/memory.h>

#include "arch/ppc/image.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/machine.h"
#include "domains/interface.h"
#include "kernel/heap.h"
#include "kernel/identity.h"
#include "kernel/inject.h"
#include "kernel/libc.h"
#include "kernel/pagemap.h"
#include "kernel/panic.h"

#define PAGES_MAX (DATA_VIEW_SIZE / PAGE_SIZE)

static uint32_t bits[PAGES_MAX / 32];
static owner_t holders[PAGES_MAX];
static struct pagemap map;

static size_t index_of(const void *address)
{
    return ((vaddr_t)address - DATA_VIEW) / PAGE_SIZE;
}

static void *page_at(size_t index)
{
    return (void *)(DATA_VIEW + index * PAGE_SIZE);
}

void page_add(paddr_t start, paddr_t end)
{
    if (!pagemap_give(&map, start / PAGE_SIZE, (end - start) / PAGE_SIZE))
        panic("pages 0x%x to 0x%x added twice", (unsigned)start, (unsigned)end);
}

void page_initialize(void)
{
    pagemap_init(&map, bits, machine.memory_size / PAGE_SIZE);
    page_add(VECTOR_PAGES_END, PAGE_TABLE_PADDR);
    page_add(PAGE_TABLE_PADDR + PAGE_TABLE_SIZE_MAX, IMAGE(boot_start));
    page_add(IMAGE(kernel_end) - DATA_VIEW, machine.memory_size);
}

static bool is_charged(owner_t holder)
{
    return holder < OWNERS_MAX;
}

status_t page_take(owner_t holder, size_t n, void **pages)
{
    size_t first;

    if (inject_failure())
        return status_refuse(ERR_NO_MEMORY, "an allocation of %u pages was made to fail",
                             (unsigned)n);
    if (is_charged(holder) && (n > PAGES_MAX || !owner_may_have(holder, n * PAGE_SIZE)))
        return status_refuse(ERR_NO_MEMORY, "%u pages are more than the quota of %s allows",
                             (unsigned)n, owners[holder].name);
    first = pagemap_take(&map, n);
    if (first == SIZE_MAX)
        return status_refuse(ERR_NO_MEMORY, "no %u contiguous free pages", (unsigned)n);
    for (size_t i = 0; i < n; i++)
        holders[first + i] = holder;
    if (is_charged(holder))
        owners[holder].n_pages += n;
    *pages = page_at(first);
    return OK;
}

void page_give(void *pages, size_t n)
{
    size_t first = index_of(pages);
    owner_t holder = holders[first];

    if (is_charged(holder))
        owners[holder].n_pages -= n;
    for (size_t i = 0; i < n; i++)
        holders[first + i] = OWNER_NOBODY;
    (void)pagemap_give(&map, first, n);
}

owner_t page_holder(const void *address)
{
    size_t index = index_of(address);

    return index < map.n_pages ? holders[index] : OWNER_NOBODY;
}

void page_set_holder(void *page, owner_t holder)
{
    holders[index_of(page)] = holder;
}

void *page_next_held(void *after, owner_t holder)
{
    for (size_t i = after == NULL ? 0 : index_of(after) + 1; i < map.n_pages; i++)
        if (holders[i] == holder)
            return page_at(i);
    return NULL;
}

void page_release_owner(owner_t owner)
{
    for (void *page = page_next_held(NULL, owner); page != NULL; page = page_next_held(page, owner))
        page_give(page, 1);
}

/* ---- for domains, who are known by their identity ---- */

static status_t identified_page_allocate(size_t n_pages, void **pages)
{
    owner_t owner = identity_calling();

    if (n_pages == 0)
        return status_refuse(ERR_BAD_ARGUMENT, "no pages asked for");
    return page_take(owner, n_pages, pages);
}

static bool all_held(size_t first, size_t n, owner_t holder)
{
    if (first >= map.n_pages || n > map.n_pages - first)
        return false;
    for (size_t i = 0; i < n; i++)
        if (holders[first + i] != holder)
            return false;
    return true;
}

/* Freed pages are filled by words: what still uses them sees it. */
static void fill(void *pages, size_t n)
{
    uint32_t *word = pages;

    for (size_t left = n * PAGE_SIZE / sizeof *word; left > 0; left--)
        *word++ = HEAP_PATTERN;
}

static status_t identified_page_free(void *pages, size_t n_pages)
{
    owner_t owner = identity_calling();
    vaddr_t address = (vaddr_t)pages;

    if (address % PAGE_SIZE != 0 || n_pages == 0 || !all_held(index_of(pages), n_pages, owner))
        return status_refuse(ERR_BAD_ARGUMENT,
                             "%u pages at 0x%08x were not allocated by who frees them",
                             (unsigned)n_pages, (unsigned)address);
    if (heap_fills)
        fill(pages, n_pages);
    page_give(pages, n_pages);
    return OK;
}

IDENTIFIED_INTERFACE(Pages, page_allocate, page_free);

void memory_use(struct memory_use *use)
{
    libc_trim();
    heap_trim();
    *use = (struct memory_use){
        .n_pages = map.n_pages,
        .n_free_pages = map.n_free,
        .largest_run = pagemap_largest(&map),
    };
    for (size_t i = 0; i < map.n_pages; i++)
        use->heap_pages += holders[i] == OWNER_HEAP || holders[i] == OWNER_HEAP_REST;
    for (size_t i = 0; i < OWNERS_MAX; i++)
        use->heap_bytes += owners[i].n_bytes;
}
