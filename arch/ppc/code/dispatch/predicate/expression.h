/*
 * Values while a guard is walked: nodes as in predicate.h, and some kinds that are no part of a predicate
 * but are made into what is when they are tested. Private to this folder.
 *
 * Values that nobody can say are VALUE_UNKNOWN, and so is what is made of them: only a walk whose
 * answer depends on one fails.
 */
#ifndef ARCH_PPC_CODE_DISPATCH_EXPRESSION_H
#define ARCH_PPC_CODE_DISPATCH_EXPRESSION_H

#include "arch/ppc/code/dispatch/predicate/predicate.h"

typedef uint8_t value_t; /* the number of a node */
#define VALUE_UNKNOWN 0xff

#define VALUES_MAX 56
#define VALUES_TABLE 64 /* more than that */

enum private_kind {
    NODE_FRAME = NODE_SHIFT_RIGHT_SIGNED + 1, /* what r1 held at entry, plus value */
    NODE_LEADING_ZEROS,                       /* of a */
    NODE_SHIFT_LEFT,                          /* a by the low 6 bits of b */
    NODE_SHIFT_RIGHT,
    NODE_TEST, /* 1 if a and b are as the outcomes in `width` say, compared signed or not; else 0 */
    NODE_CONDITIONS, /* CR as it was when it had been written `value` times */
};

/* Outcomes of comparing two values: those for which a test is true, or-ed. */
enum outcome { OUTCOME_LT = 1, OUTCOME_EQ = 2, OUTCOME_GT = 4, OUTCOME_ALL = 7 };

/* Those of b and a, if these are of a and b. */
static inline unsigned outcomes_mirrored(unsigned outcomes)
{
    return (outcomes & OUTCOME_EQ) | ((outcomes & OUTCOME_LT) != 0 ? OUTCOME_GT : 0u) |
           ((outcomes & OUTCOME_GT) != 0 ? OUTCOME_LT : 0u);
}

struct values {
    uint8_t n;
    bool overflow;               /* there would have been more */
    uint8_t table[VALUES_TABLE]; /* of numbers of nodes plus one, by hash; 0: none */
    uint32_t keys[VALUES_MAX];   /* what is compared to find a node */
    struct node nodes[VALUES_MAX];
    uint32_t bits[VALUES_MAX];   /* no other bit of it can be 1 */
    bool is_private[VALUES_MAX]; /* it is, or is made of, what no predicate has */
};

/* Whether a and b of a node are nodes. */
static inline bool node_has_first(unsigned kind)
{
    const uint32_t without = 1u << NODE_REGISTER | 1u << NODE_STACK | 1u << NODE_CONSTANT |
                             1u << NODE_FRAME | 1u << NODE_CONDITIONS;

    return (without >> kind & 1) == 0;
}

static inline bool node_has_second(unsigned kind)
{
    const uint32_t with = 1u << NODE_ADD | 1u << NODE_SUBTRACT | 1u << NODE_AND | 1u << NODE_OR |
                          1u << NODE_XOR | 1u << NODE_SHIFT_LEFT | 1u << NODE_SHIFT_RIGHT |
                          1u << NODE_TEST;

    return (with >> kind & 1) != 0;
}

void values_clear(struct values *values);
value_t value_node(struct values *values, const struct node *node, uint32_t bits);
value_t value_constant(struct values *values, uint32_t number);
value_t value_add(struct values *values, value_t a, value_t b);
value_t value_add_constant(struct values *values, value_t a, uint32_t number);
value_t value_subtract(struct values *values, value_t a, value_t b);
value_t value_and(struct values *values, value_t a, value_t b);
value_t value_or(struct values *values, value_t a, value_t b);
value_t value_xor(struct values *values, value_t a, value_t b);
value_t value_xor_constant(struct values *values, value_t a, uint32_t number);
value_t value_rotate_mask(struct values *values, value_t a, unsigned shift, uint32_t mask);
value_t value_sign_extend(struct values *values, value_t a, unsigned width);
value_t value_shift_signed(struct values *values, value_t a, unsigned shift);
value_t value_shift(struct values *values, enum private_kind kind, value_t a, value_t b);
value_t value_leading_zeros(struct values *values, value_t a);
value_t value_load(struct values *values, value_t address, unsigned width, bool is_signed);
value_t value_test(struct values *values, value_t a, value_t b, unsigned outcomes, bool is_signed);

static inline bool value_is(const struct values *values, value_t value, unsigned kind)
{
    return value != VALUE_UNKNOWN && values->nodes[value].kind == kind;
}

static inline bool value_is_constant(const struct values *values, value_t value)
{
    return value_is(values, value, NODE_CONSTANT);
}

static inline uint32_t rotate_left(uint32_t word, unsigned shift)
{
    return shift == 0 ? word : word << shift | word >> (32 - shift);
}

#endif
