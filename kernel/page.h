/* The kernel's side of the page allocator; its clients use <whorl/memory.h>. */
#ifndef KERNEL_PAGE_H
#define KERNEL_PAGE_H

#include <stddef.h>

#include "arch/ppc/types.h"

/* Puts all memory that the image and the page table leave under page_allocate, and sets the heap aside. */
void page_initialize(void);

/* Adds the pages of a physical range that page_initialize left out. */
void page_add(paddr_t start, paddr_t end);

#endif
