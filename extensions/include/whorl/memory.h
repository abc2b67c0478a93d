/*
 * Memory by the page. For smaller pieces use malloc and its kin of <stdlib.h>.
 * Both are charged to the domain that calls, whose quota bounds them, and what a
 * domain still has when it is unloaded is released. Freed memory is filled with a
 * pattern. Freeing with malloc's free what is free already, is another domain's,
 * or never was allocated, is a fault.
 *
 * For the kernel's main line and for extensions, not for interrupt handlers.
 */
#ifndef WHORL_MEMORY_H
#define WHORL_MEMORY_H

#include <stddef.h>
#include <whorl/interface.h>
#include <whorl/status.h>

#define MEMORY_PAGE_SIZE 4096u /* bytes */

/*
 * n_pages contiguous pages, aligned to a page, content undefined. They are data:
 * readable, writable, never executable. ERR_NO_MEMORY; ERR_BAD_ARGUMENT: n_pages
 * is 0. The first also when the quota would be passed.
 */
EVENT status_t page_allocate(size_t n_pages, void **pages);

/*
 * Gives back what one page_allocate gave, or a part of it. ERR_BAD_ARGUMENT: not
 * page-aligned, or not all of it got by the same domain and not yet freed; then
 * nothing is.
 */
EVENT status_t page_free(void *pages, size_t n_pages);

struct memory_use {
    size_t n_pages; /* that page_allocate deals with */
    size_t n_free_pages;
    size_t largest_run; /* of free pages */
    size_t heap_pages;  /* pages that malloc's pieces are in */
    size_t heap_bytes;  /* bytes of such pieces in use, with what the allocator adds */
};

EVENT void memory_use(struct memory_use *use);

#endif
