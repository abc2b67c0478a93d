/*
 * Sets of 32-bit numbers as intervals. Private to this folder.
 *
 * Operations that make a set of more than SET_MAX intervals fail, and then say so; the set is useless then.
 */
#ifndef ARCH_PPC_CODE_DISPATCH_NUMBER_SET_H
#define ARCH_PPC_CODE_DISPATCH_NUMBER_SET_H

#include <stdbool.h>
#include <stdint.h>

#define SET_MAX 18

struct interval {
    uint32_t low, high; /* both in it */
};

/* By rising numbers; between two intervals is at least one number. */
struct number_set {
    uint8_t n;
    struct interval intervals[SET_MAX];
};

static inline void set_clear(struct number_set *set)
{
    set->n = 0;
}

static inline void set_range(struct number_set *set, uint32_t low, uint32_t high)
{
    set->n = 1;
    set->intervals[0] = (struct interval){low, high};
}

static inline bool set_is_range(const struct number_set *set, uint32_t low, uint32_t high)
{
    return set->n == 1 && set->intervals[0].low == low && set->intervals[0].high == high;
}

void set_copy(struct number_set *set, const struct interval intervals[], unsigned n);
bool set_insert(struct number_set *set, uint32_t low, uint32_t high);
bool set_unite(struct number_set *set, const struct number_set *other);
bool set_intersect(struct number_set *set, const struct number_set *other);

/* Takes away what is above `high`. */
void set_clip(struct number_set *set, uint32_t high);

/* All numbers up to `high` that are not in it; it has none above that. */
bool set_complement(struct number_set *set, uint32_t high);

/* Adds a number to each, modulo 2^32. */
bool set_shift(struct number_set *set, uint32_t by);

/* Takes each from a number, modulo 2^32. */
bool set_reflect(struct number_set *set, uint32_t from);

bool set_has(const struct number_set *set, uint32_t number);
bool set_equal(const struct number_set *a, const struct number_set *b);

/* How many numbers are in it; UINT32_MAX: that many, or more. */
uint32_t set_count(const struct number_set *set);

#endif
