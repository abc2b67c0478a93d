/*
 * The heap: malloc and its kin for kernel, C library and domains.
 *
 * Small pieces come from pages of equal pieces, one list of pages with room for
 * each size; a page whose pieces are all free goes back, but for one of each size.
 * Larger ones are runs of pages. In front of each piece stand its owner and a word
 * that says whether it is in use, so freeing twice, freeing what was not
 * allocated, and freeing what is another's is noticed: in the kernel that is a
 * panic, in a domain a fault.
 *
 * Pieces are aligned to 8 bytes. For strands, with or without interrupts; not for the handlers of interrupts. What is
 * short is done with interrupts off, the rest busy (busy.h).
 */
#ifndef KERNEL_HEAP_H
#define KERNEL_HEAP_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/owner.h"

#define HEAP_PATTERN 0x5aa5dead /* freed memory is filled with this word */

void heap_initialize(void);

/* For fault injection: whether every allocation asks inject_failure. */
void heap_be_careful(bool careful);

/* NULL, with errno set: no memory, or over the owner's quota. */
void *heap_allocate(size_t size, owner_t owner);

/* The same; alignment is a power of two, and at most half a page. */
void *heap_allocate_aligned(size_t size, owner_t owner, size_t alignment);

/* Sets errno and returns NULL. */
void *heap_no_memory(void);

/* by: who frees. The kernel may free what is anybody's. NULL is no piece and freed at once. */
void heap_free(void *piece, owner_t by);

/* Usable bytes of a piece. by: who asks; misuse is met as in heap_free. */
size_t heap_size(void *piece, owner_t by);

/* Frees all that an owner has. Busy. */
void heap_release_owner(owner_t owner);

/* Gives back the pages that are kept although nothing in them is used. Busy. */
void heap_trim(void);

/* Whether freed memory is filled, pages too; it is unless somebody turned it off. */
extern bool heap_fills;
void heap_fill_freed(bool fills);

#endif
