/*
 * Physical pages, one by one or in runs. A page is named by its address in the
 * data view. Domains use <whorl/memory.h>, which charges them; the kernel does not.
 *
 * For strands, with or without interrupts; not for the handlers of interrupts. Who looks for pages that are held is busy.
 */
#ifndef KERNEL_PAGE_H
#define KERNEL_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <whorl/status.h>

#include "arch/ppc/layout.h"
#include "arch/ppc/types.h"
#include "kernel/owner.h"

/* Puts all memory that the image and the page table leave under page_take. */
void page_initialize(void);

/* Adds the pages of a physical range that page_initialize left out. */
void page_add(paddr_t start, paddr_t end);

/*
 * n contiguous pages, content undefined, held as told and, if holder is an owner
 * with a quota, charged to it. ERR_NO_MEMORY: none, or over the quota.
 */
status_t page_take(owner_t holder, size_t n, void **pages);

/* Gives back pages that are held, all by the same. */
void page_give(void *pages, size_t n);

/* The same of pages in which nothing is left to be seen. */
void page_give_filled(void *pages, size_t n);

/* How each page of the data view is held. */
extern uint16_t page_holders[DATA_VIEW_SIZE / PAGE_SIZE];

/* How a page is held; OWNER_NOBODY if it is free, or not one of page_take's. */
static inline owner_t page_holder(const void *address)
{
    size_t offset = (vaddr_t)address - DATA_VIEW;

    return offset < DATA_VIEW_SIZE ? page_holders[offset / PAGE_SIZE] : OWNER_NOBODY;
}

void page_set_holder(void *page, owner_t holder);

/* The next page behind `after` (NULL: the first) that is held so; NULL if there is none. */
void *page_next_held(void *after, owner_t holder);

/* How many pages are held so. */
size_t page_count_held(owner_t holder);

/* Bytes charged to an owner for something else than pages: pieces of the heap, generated code. */
size_t page_other_bytes(owner_t owner);

/* Whether each page asked for or freed goes the long way, so that it can fail or be filled. */
void page_be_careful(bool careful);

/* Gives back all that an owner holds by its own name. */
void page_release_owner(owner_t owner);

#endif
