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

/* The same for one page, quickly; SIZE_MAX also if the quick way finds none. */
static inline size_t pagemap_take_quick(struct pagemap *map)
{
    uint32_t word = map->bits[map->lowest];
    unsigned bit = (unsigned)__builtin_clz(word | 1);

    if (word == 0)
        return SIZE_MAX;
    map->bits[map->lowest] = word & ~(0x80000000u >> bit);
    map->n_free--;
    return map->lowest * 32 + bit;
}

/* The same, all of them from low on and before high. */
size_t pagemap_take_between(struct pagemap *map, size_t n, size_t low, size_t high);

/* Frees n pages from first. False, and nothing changed, if one is outside or free already. */
bool pagemap_give(struct pagemap *map, size_t first, size_t n);

/* The same for one page that is known to be in use, quickly. */
static inline void pagemap_give_one(struct pagemap *map, size_t page)
{
    map->bits[page / 32] |= 0x80000000u >> page % 32;
    map->n_free++;
    if (page / 32 < map->lowest)
        map->lowest = page / 32;
}

/* Length of the longest free run. */
size_t pagemap_largest(const struct pagemap *map);

#endif
