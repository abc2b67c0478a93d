/* See page.h and <whorl/memory.h>: a bit for each page that is free, and how each other is held. */
#include "kernel/busy.h"
#include "kernel/page.h"

#include <stdbool.h>
#include <whorl/memory.h>

#include "arch/ppc/image.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/machine.h"
#include "arch/ppc/processor.h"
#include "kernel/interface.h"
#include "kernel/heap.h"
#include "kernel/identity.h"
#include "kernel/inject.h"
#include "kernel/libc.h"
#include "kernel/pagemap.h"
#include "kernel/panic.h"
#include "kernel/strand/strand.h"

#define PAGES_MAX (DATA_VIEW_SIZE / PAGE_SIZE)

static uint32_t bits[PAGES_MAX / 32];
uint16_t page_holders[PAGES_MAX];
static struct pagemap map;

/*
 * Some free pages, for those who want one and soon give it back. They are free in
 * every other respect: whoever wants a run, or to know how many there are, has
 * them put back first.
 */
#define QUICK_MAX 16
static void *quick[QUICK_MAX];
static size_t n_quick,
    quick_limit; /* the limit is 0 while pages are to be filled or failures injected */

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

static void put_back_quick(void)
{
    while (n_quick > 0)
        (void)pagemap_give(&map, index_of(quick[--n_quick]), 1);
}

void page_be_careful(bool careful)
{
    put_back_quick();
    quick_limit = careful ? 0 : QUICK_MAX;
}

static bool is_charged(owner_t holder)
{
    return holder < OWNERS_MAX;
}

static status_t find_run(size_t n, size_t *first)
{
    *first = pagemap_take(&map, n);
    if (*first == SIZE_MAX && n_quick > 0) {
        put_back_quick();
        *first = pagemap_take(&map, n);
    }
    if (*first == SIZE_MAX)
        return status_refuse(ERR_NO_MEMORY, "no %u contiguous free pages", (unsigned)n);
    return OK;
}

status_t page_take(owner_t holder, size_t n, void **pages)
{
    BUSY;
    size_t first;
    status_t status;

    if (inject_failure())
        return status_refuse(ERR_NO_MEMORY, "an allocation of %u pages was made to fail",
                             (unsigned)n);
    if (n > PAGES_MAX || (is_charged(holder) && !owner_charge(holder, n * PAGE_SIZE)))
        return status_refuse(ERR_NO_MEMORY, "%u pages are more than the quota of %s allows",
                             (unsigned)n, is_charged(holder) ? owners[holder].name : "the kernel");
    status = find_run(n, &first);
    if (status != OK) {
        if (is_charged(holder))
            owner_discharge(holder, n * PAGE_SIZE);
        return status;
    }
    for (size_t i = 0; i < n; i++)
        page_holders[first + i] = (uint16_t)holder;
    *pages = page_at(first);
    return OK;
}

/* Freed pages are filled by words: what still uses them sees it. */
static void fill(void *pages, size_t n)
{
    uint32_t *word = pages;

    for (size_t left = n * PAGE_SIZE / sizeof *word; left > 0; left--)
        *word++ = HEAP_PATTERN;
}

void page_give_filled(void *pages, size_t n)
{
    BUSY;
    size_t first = index_of(pages);
    owner_t holder = page_holders[first];

    if (is_charged(holder))
        owner_discharge(holder, n * PAGE_SIZE);
    for (size_t i = 0; i < n; i++)
        page_holders[first + i] = OWNER_NOBODY;
    (void)pagemap_give(&map, first, n);
}

void page_give(void *pages, size_t n)
{
    if (heap_fills)
        fill(pages, n);
    page_give_filled(pages, n);
}

void page_set_holder(void *page, owner_t holder)
{
    page_holders[index_of(page)] = (uint16_t)holder;
}

void *page_next_held(void *after, owner_t holder)
{
    for (size_t i = after == NULL ? 0 : index_of(after) + 1; i < map.n_pages; i++)
        if (page_holders[i] == holder)
            return page_at(i);
    return NULL;
}

void page_release_owner(owner_t owner)
{
    for (void *page = page_next_held(NULL, owner); page != NULL; page = page_next_held(page, owner))
        page_give(page, 1);
}

size_t page_count_held(owner_t holder)
{
    size_t n = 0;

    for (size_t i = 0; i < map.n_pages; i++)
        n += page_holders[i] == holder;
    return n;
}

/* ---- for domains, who are known by their identity ---- */

static status_t __attribute__((noinline)) allocate_run(owner_t owner, size_t n_pages, void **pages)
{
    if (n_pages == 0)
        return status_refuse(ERR_BAD_ARGUMENT, "no pages asked for");
    return page_take(owner, n_pages, pages);
}

/* One page, with nothing in the way, is what is asked for most. */
static EVENT status_t identified_page_allocate(size_t n_pages, void **pages)
{
    owner_t owner = identity_calling();
    uint32_t interrupts = interrupts_off();
    void *page;

    if (n_pages != 1 || n_quick == 0 || !owner_charge_at_once(owner, PAGE_SIZE)) {
        interrupts_restore(interrupts);
        return allocate_run(owner, n_pages, pages);
    }
    page = quick[--n_quick];
    page_holders[index_of(page)] = (uint16_t)owner;
    interrupts_restore(interrupts);
    *pages = page;
    return OK;
}

static bool all_held(size_t first, size_t n, owner_t holder)
{
    if (first >= map.n_pages || n > map.n_pages - first)
        return false;
    for (size_t i = 0; i < n; i++)
        if (page_holders[first + i] != holder)
            return false;
    return true;
}

static status_t __attribute__((noinline)) free_run(void *pages, size_t n_pages, owner_t owner)
{
    BUSY;
    vaddr_t address = (vaddr_t)pages;

    if (address % PAGE_SIZE != 0 || n_pages == 0 || !all_held(index_of(pages), n_pages, owner))
        return status_refuse(ERR_BAD_ARGUMENT,
                             "%u pages at 0x%08x were not allocated by who frees them",
                             (unsigned)n_pages, (unsigned)address);
    page_give(pages, n_pages);
    return OK;
}

static EVENT status_t identified_page_free(void *pages, size_t n_pages)
{
    owner_t owner = identity_calling();
    uint32_t interrupts = interrupts_off();

    if (n_pages != 1 || (vaddr_t)pages % PAGE_SIZE != 0 || page_holder(pages) != owner ||
        n_quick >= quick_limit) {
        interrupts_restore(interrupts);
        return free_run(pages, n_pages, owner);
    }
    page_holders[index_of(pages)] = OWNER_NOBODY;
    owner_discharge(owner, PAGE_SIZE);
    quick[n_quick++] = pages;
    interrupts_restore(interrupts);
    return OK;
}

IDENTIFIED_INTERFACE(Memory, page_allocate, page_free);

size_t page_other_bytes(owner_t owner)
{
    return owner_holds(owner) - (page_count_held(owner) + owners[owner].n_image_pages) * PAGE_SIZE;
}

static size_t all_other_bytes(void)
{
    size_t bytes = 0;

    for (owner_t owner = OWNER_KERNEL; owner < OWNERS_MAX; owner++)
        if (owners[owner].name != NULL)
            bytes += page_other_bytes(owner);
    return bytes;
}

void memory_use(struct memory_use *use)
{
    BUSY;
    libc_trim();
    strand_trim();
    heap_trim();
    put_back_quick();
    *use = (struct memory_use){
        .n_pages = map.n_pages,
        .n_free_pages = map.n_free,
        .largest_run = pagemap_largest(&map),
        .heap_pages = page_count_held(OWNER_HEAP) + page_count_held(OWNER_HEAP_REST),
        .heap_bytes = all_other_bytes(),
    };
}
