/*
 * Which pages of a range are free: one bit a page, first fit. Serves physical
 * memory and code addresses alike. Portable and pure.
 */
#ifndef KERNEL_PAGEMAP_H
#define KERNEL_PAGEMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pagemap {
    uint32_t *bits; /* 1 is free; bit 31 of a word is its first page */
    size_t n_pages;
    size_t n_free;
    size_t lowest; /* no page before this word is free */
};

/* bits has a word for every 32 pages, begun ones too. All pages are in use at first. */
void pagemap_init(struct pagemap *map, uint32_t *bits, size_t n_pages);

/* The first of n contiguous pages, now in use; SIZE_MAX if there are none. n > 0 */
size_t pagemap_take(struct pagemap *map, size_t n);

/* The same, all of them from low on and before high. */
size_t pagemap_take_between(struct pagemap *map, size_t n, size_t low, size_t high);

/* Frees n pages from first. False, and nothing changed, if one is outside or free already. */
bool pagemap_give(struct pagemap *map, size_t first, size_t n);

/* Length of the longest free run. */
size_t pagemap_largest(const struct pagemap *map);

#endif
