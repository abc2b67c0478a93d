/* See pagemap.h. */
#include "kernel/pagemap.h"

#include <string.h>

#define BITS 32

/* The part of a run that lies in one word: how many pages, and their bits. */
static size_t in_word(size_t first, size_t n, uint32_t *mask)
{
    size_t length = BITS - first % BITS < n ? BITS - first % BITS : n;

    *mask = (length == BITS ? UINT32_MAX : ~(UINT32_MAX >> length)) >> first % BITS;
    return length;
}

static void mark(struct pagemap *map, size_t first, size_t n, bool free)
{
    while (n > 0) {
        uint32_t mask;
        size_t length = in_word(first, n, &mask);

        if (free)
            map->bits[first / BITS] |= mask;
        else
            map->bits[first / BITS] &= ~mask;
        first += length;
        n -= length;
    }
}

static bool any_free(const struct pagemap *map, size_t first, size_t n)
{
    while (n > 0) {
        uint32_t mask;
        size_t length = in_word(first, n, &mask);

        if ((map->bits[first / BITS] & mask) != 0)
            return true;
        first += length;
        n -= length;
    }
    return false;
}

/* The first free page from page on; n_pages if there is none. */
static size_t next_free(const struct pagemap *map, size_t page)
{
    while (page < map->n_pages) {
        uint32_t word = map->bits[page / BITS] & UINT32_MAX >> page % BITS;

        if (word != 0) {
            page = page / BITS * BITS + (size_t)__builtin_clz(word);
            return page < map->n_pages ? page : map->n_pages;
        }
        page = (page / BITS + 1) * BITS;
    }
    return map->n_pages;
}

/* Free pages from page on, not more than most. */
static size_t run_length(const struct pagemap *map, size_t page, size_t most)
{
    size_t n = 0;

    while (n < most && page + n < map->n_pages) {
        size_t at = page + n;
        uint32_t used = ~map->bits[at / BITS] << at % BITS;
        size_t free = used == 0 ? BITS - at % BITS : (size_t)__builtin_clz(used);

        if (free == 0)
            break;
        if (free > BITS - at % BITS)
            free = BITS - at % BITS;
        n += free;
        if (used != 0)
            break;
    }
    if (n > map->n_pages - page)
        n = map->n_pages - page;
    return n < most ? n : most;
}

void pagemap_init(struct pagemap *map, uint32_t *bits, size_t n_pages)
{
    map->bits = bits;
    map->n_pages = n_pages;
    map->n_free = 0;
    map->lowest = 0;
    memset(bits, 0, (n_pages + BITS - 1) / BITS * sizeof *bits);
}

static size_t take(struct pagemap *map, size_t n, size_t first, size_t end)
{
    while (first < end && n <= end - first) {
        size_t length = run_length(map, first, n);

        if (length == n) {
            mark(map, first, n, false);
            map->n_free -= n;
            return first;
        }
        first = next_free(map, first + length);
    }
    return SIZE_MAX;
}

size_t pagemap_take(struct pagemap *map, size_t n)
{
    size_t first = next_free(map, map->lowest * BITS);

    map->lowest = first / BITS;
    return take(map, n, first, map->n_pages);
}

size_t pagemap_take_between(struct pagemap *map, size_t n, size_t low, size_t high)
{
    if (high > map->n_pages)
        high = map->n_pages;
    return low >= high ? SIZE_MAX : take(map, n, next_free(map, low), high);
}

bool pagemap_give(struct pagemap *map, size_t first, size_t n)
{
    if (first > map->n_pages || n > map->n_pages - first || any_free(map, first, n))
        return false;
    mark(map, first, n, true);
    map->n_free += n;
    if (first / BITS < map->lowest)
        map->lowest = first / BITS;
    return true;
}

size_t pagemap_largest(const struct pagemap *map)
{
    size_t largest = 0;

    for (size_t page = next_free(map, 0); page < map->n_pages;) {
        size_t length = run_length(map, page, SIZE_MAX);

        if (length > largest)
            largest = length;
        page = next_free(map, page + length);
    }
    return largest;
}
