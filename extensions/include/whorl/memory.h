/*
 * Memory by the page. For smaller pieces use malloc and its kin of <stdlib.h>.
 *
 * For the kernel's main line and for extensions, not for interrupt handlers.
 */
#ifndef WHORL_MEMORY_H
#define WHORL_MEMORY_H

#include <stddef.h>
#include <whorl/status.h>

#define MEMORY_PAGE_SIZE 4096u /* bytes */

/*
 * n_pages contiguous pages, aligned to a page, content undefined. They are data:
 * readable, writable, never executable. ERR_NO_MEMORY; ERR_BAD_ARGUMENT: n_pages
 * is 0.
 */
status_t page_allocate(size_t n_pages, void **pages);

/*
 * Gives back what one page_allocate gave, or a part of it. ERR_BAD_ARGUMENT: not
 * page-aligned, not from page_allocate, or free already; then nothing is freed.
 */
status_t page_free(void *pages, size_t n_pages);

struct memory_use {
    size_t n_pages; /* that page_allocate deals with */
    size_t n_free_pages;
    size_t largest_run; /* of free pages */
    size_t heap_size;   /* bytes set aside for malloc */
    size_t heap_used;   /* bytes of them in use */
};

void memory_use(struct memory_use *use);

#endif
