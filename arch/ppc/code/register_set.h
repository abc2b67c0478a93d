/*
 * Sets of what instructions read and write besides memory: every general, floating-point and vector
 * register, every CR bit, and what special registers divide into.
 */
#ifndef ARCH_PPC_CODE_REGISTER_SET_H
#define ARCH_PPC_CODE_REGISTER_SET_H

#include <stdbool.h>
#include <stdint.h>

enum special {
    SPECIAL_LR = 1u << 0,
    SPECIAL_CTR = 1u << 1,
    SPECIAL_CA = 1u << 2, /* bits of XER */
    SPECIAL_OV = 1u << 3,
    SPECIAL_SO = 1u << 4,
    SPECIAL_COUNT = 1u << 5, /* XER's byte count, and the bits of XER that have no meaning */
    SPECIAL_XER = SPECIAL_CA | SPECIAL_OV | SPECIAL_SO | SPECIAL_COUNT,
    SPECIAL_FPSCR = 1u << 6,
    SPECIAL_VSCR = 1u << 7,
    SPECIAL_VRSAVE = 1u << 8,
    SPECIAL_MSR = 1u << 9,
    SPECIAL_TIME = 1u << 10, /* time base and decrementer */
    SPECIAL_RESERVATION = 1u << 11,
    SPECIAL_SEGMENTS = 1u << 12,    /* segment registers */
    SPECIAL_TRANSLATION = 1u << 13, /* TLB, BATs, SDR1 */
    SPECIAL_SAVED = 1u << 14,       /* SRR0, SRR1, DSISR, DAR */
    SPECIAL_SPRG = 1u << 15,        /* SPRG0 to SPRG3 */
    SPECIAL_OTHER = 1u << 16,       /* every other SPR; struct effects names it */
};

struct register_set {
    uint32_t general; /* 1 << n is register n */
    uint32_t floating;
    uint32_t vector;
    uint32_t condition; /* 0x80000000 >> n is CR bit n, as in CR itself */
    uint32_t special;
};

#define REGISTERS_NONE ((struct register_set){0})
#define REGISTERS_ALL ((struct register_set){~0u, ~0u, ~0u, ~0u, ~0u})
#define CR_FIELD(n) (0xf0000000u >> 4 * (n))

static inline void registers_add(struct register_set *to, const struct register_set *set)
{
    to->general |= set->general;
    to->floating |= set->floating;
    to->vector |= set->vector;
    to->condition |= set->condition;
    to->special |= set->special;
}

static inline void registers_remove(struct register_set *from, const struct register_set *set)
{
    from->general &= ~set->general;
    from->floating &= ~set->floating;
    from->vector &= ~set->vector;
    from->condition &= ~set->condition;
    from->special &= ~set->special;
}

static inline void registers_keep(struct register_set *of, const struct register_set *set)
{
    of->general &= set->general;
    of->floating &= set->floating;
    of->vector &= set->vector;
    of->condition &= set->condition;
    of->special &= set->special;
}

static inline bool registers_equal(const struct register_set *a, const struct register_set *b)
{
    return a->general == b->general && a->floating == b->floating && a->vector == b->vector &&
           a->condition == b->condition && a->special == b->special;
}

#endif
