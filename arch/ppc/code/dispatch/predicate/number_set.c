/* See number_set.h. */
#include "arch/ppc/code/dispatch/predicate/number_set.h"

void set_copy(struct number_set *set, const struct interval intervals[], unsigned n)
{
    set->n = (uint8_t)n;
    for (unsigned i = 0; i < n; i++)
        set->intervals[i] = intervals[i];
}

/* Whether an interval ends before `low` with a number between. */
static bool is_before(const struct interval *interval, uint32_t low)
{
    return interval->high < low && interval->high + 1 < low;
}

bool set_insert(struct number_set *set, uint32_t low, uint32_t high)
{
    unsigned first = 0, behind;

    while (first < set->n && is_before(&set->intervals[first], low))
        first++;
    for (behind = first; behind < set->n; behind++) {
        const struct interval *i = &set->intervals[behind];

        if (i->low > high && i->low - 1 > high)
            break;
        low = i->low < low ? i->low : low;
        high = i->high > high ? i->high : high;
    }
    if (behind == first) {
        if (set->n == SET_MAX)
            return false;
        for (unsigned i = set->n++; i > first; i--)
            set->intervals[i] = set->intervals[i - 1];
        behind++;
    }
    set->intervals[first] = (struct interval){low, high};
    for (unsigned i = behind; i < set->n; i++)
        set->intervals[first + 1 + i - behind] = set->intervals[i];
    set->n = (uint8_t)(set->n - (behind - first - 1));
    return true;
}

bool set_unite(struct number_set *set, const struct number_set *other)
{
    for (unsigned i = 0; i < other->n; i++) {
        if (!set_insert(set, other->intervals[i].low, other->intervals[i].high))
            return false;
    }
    return true;
}

void set_clip(struct number_set *set, uint32_t high)
{
    while (set->n != 0 && set->intervals[set->n - 1].low > high)
        set->n--;
    if (set->n != 0 && set->intervals[set->n - 1].high > high)
        set->intervals[set->n - 1].high = high;
}

bool set_complement(struct number_set *set, uint32_t high)
{
    unsigned n = 0, n_old = set->n;
    uint32_t from = 0;

    for (unsigned i = 0; i < n_old; i++) {
        struct interval old = set->intervals[i];

        if (old.low > from)
            set->intervals[n++] = (struct interval){from, old.low - 1};
        if (old.high >= high) {
            set->n = (uint8_t)n;
            return true;
        }
        from = old.high + 1;
    }
    if (n == SET_MAX)
        return false;
    set->intervals[n++] = (struct interval){from, high};
    set->n = (uint8_t)n;
    return true;
}

bool set_intersect(struct number_set *set, const struct number_set *other)
{
    struct number_set old;

    set_copy(&old, set->intervals, set->n);
    set->n = 0;
    for (unsigned i = 0, k = 0; i < old.n && k < other->n;) {
        const struct interval *a = &old.intervals[i], *b = &other->intervals[k];
        uint32_t low = a->low > b->low ? a->low : b->low;
        uint32_t high = a->high < b->high ? a->high : b->high;

        if (low <= high) {
            if (set->n == SET_MAX)
                return false;
            set->intervals[set->n++] = (struct interval){low, high};
        }
        if (a->high < b->high)
            i++;
        else
            k++;
    }
    return true;
}

/* An interval that may go on behind 2^32 - 1 at 0. */
static bool insert_around(struct number_set *set, uint32_t low, uint32_t high)
{
    if (low <= high)
        return set_insert(set, low, high);
    return set_insert(set, low, UINT32_MAX) && set_insert(set, 0, high);
}

bool set_shift(struct number_set *set, uint32_t by)
{
    struct number_set old;

    if (set_is_range(set, 0, UINT32_MAX) || by == 0)
        return true;
    set_copy(&old, set->intervals, set->n);
    set->n = 0;
    for (unsigned i = 0; i < old.n; i++) {
        if (!insert_around(set, old.intervals[i].low + by, old.intervals[i].high + by))
            return false;
    }
    return true;
}

bool set_reflect(struct number_set *set, uint32_t from)
{
    struct number_set old;

    if (set_is_range(set, 0, UINT32_MAX))
        return true;
    set_copy(&old, set->intervals, set->n);
    set->n = 0;
    for (unsigned i = 0; i < old.n; i++) {
        if (!insert_around(set, from - old.intervals[i].high, from - old.intervals[i].low))
            return false;
    }
    return true;
}

bool set_has(const struct number_set *set, uint32_t number)
{
    for (unsigned i = 0; i < set->n && set->intervals[i].low <= number; i++) {
        if (number <= set->intervals[i].high)
            return true;
    }
    return false;
}

bool set_equal(const struct number_set *a, const struct number_set *b)
{
    if (a->n != b->n)
        return false;
    for (unsigned i = 0; i < a->n; i++) {
        if (a->intervals[i].low != b->intervals[i].low ||
            a->intervals[i].high != b->intervals[i].high)
            return false;
    }
    return true;
}

uint32_t set_count(const struct number_set *set)
{
    uint32_t count = 0;

    for (unsigned i = 0; i < set->n; i++) {
        uint32_t more = set->intervals[i].high - set->intervals[i].low;

        if (more >= UINT32_MAX - 1 - count)
            return UINT32_MAX;
        count += more + 1;
    }
    return count;
}
