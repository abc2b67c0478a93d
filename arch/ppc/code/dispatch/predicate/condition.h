/*
 * What a test of a value comes down to: a condition on something simpler. Private to this folder.
 */
#ifndef ARCH_PPC_CODE_DISPATCH_CONDITION_H
#define ARCH_PPC_CODE_DISPATCH_CONDITION_H

#include "arch/ppc/code/dispatch/predicate/expression.h"
#include "arch/ppc/code/dispatch/predicate/number_set.h"

#define NO_VALUE 0xff

/* Either a is in a set, or a and b compare with one of some outcomes. */
struct condition {
    value_t a, b;     /* b is NO_VALUE: a is in the set */
    uint8_t outcomes; /* of a and b; not 0, not all */
    bool is_signed;   /* how they are compared; not if it is EQ, or LT and GT */
    struct number_set set;
};

enum verdict {
    VERDICT_UNKNOWN,
    VERDICT_NEVER,
    VERDICT_ALWAYS,
    VERDICT_DEPENDS,
    VERDICT_SPLIT, /* of the walk: it depends on more than the one condition */
};

/* Whether it is known besides that a value is not above a number where the condition is asked. */
struct known {
    bool (*within)(void *context, value_t value, uint32_t high);
    void *context;
};

/* Whether a value is in condition->set. VERDICT_DEPENDS: as *condition says now. */
enum verdict condition_of_set(struct values *values, const struct known *known, value_t value,
                              struct condition *condition);

/* Whether two values compare so. */
enum verdict condition_of_outcomes(struct values *values, const struct known *known, value_t a,
                                   value_t b, unsigned outcomes, bool is_signed,
                                   struct condition *condition);

/* False if it would be too large. */
bool condition_negate(const struct values *values, struct condition *condition);

/* Cheaper than an assignment: only what is there of the set. */
static inline void condition_copy(struct condition *to, const struct condition *from)
{
    to->a = from->a;
    to->b = from->b;
    to->outcomes = from->outcomes;
    to->is_signed = from->is_signed;
    if (from->b == NO_VALUE)
        set_copy(&to->set, from->set.intervals, from->set.n);
}

/* Whether both are about the same, so that they can be united and intersected. */
bool condition_alike(const struct condition *a, const struct condition *b);
bool condition_unite(struct condition *condition, const struct condition *other);
bool condition_intersect(struct condition *condition, const struct condition *other);
bool condition_equal(const struct condition *a, const struct condition *b);

/* The same of conditions that have been united or intersected: DEPENDS, NEVER or ALWAYS. */
enum verdict condition_verdict(const struct values *values, const struct condition *condition);

#endif
