/*
 * How code at one address gets to another (PEM 4.2.4): one function decides.
 * Portable and pure.
 */
#ifndef ARCH_PPC_CODE_REACH_H
#define ARCH_PPC_CODE_REACH_H

#include <stdbool.h>
#include <stdint.h>

/* Whether a signed displacement or absolute address fits the 24-bit field of b, or the 14-bit one of bc. */
static inline bool code_fits_b(int32_t value)
{
    return (value & 3) == 0 && (uint32_t)value + (1u << 25) < 1u << 26;
}

static inline bool code_fits_bc(int32_t value)
{
    return (value & 3) == 0 && (uint32_t)value + (1u << 15) < 1u << 16;
}

enum code_reach {
    REACH_NONE,     /* needs a veneer */
    REACH_RELATIVE, /* b, bl */
    REACH_ABSOLUTE, /* ba, bla */
};

/* The way of an unconditional branch; relative is preferred. Both addresses must be word-aligned. */
static inline enum code_reach code_reach(uint32_t from, uint32_t to)
{
    if (code_fits_b((int32_t)(to - from)))
        return REACH_RELATIVE;
    return code_fits_b((int32_t)to) ? REACH_ABSOLUTE : REACH_NONE;
}

/* A branch instruction (I-form, LK kept) at `from` made to go to `to`; reach must not be REACH_NONE. */
static inline uint32_t code_retarget_b(uint32_t word, uint32_t from, uint32_t to)
{
    const uint32_t li = 0x03fffffcu, aa = 0x2u;

    word &= ~(li | aa);
    if (code_reach(from, to) == REACH_RELATIVE)
        return word | ((to - from) & li);
    return word | (to & li) | aa;
}

/*
 * A veneer: jumps to any address through CTR and r12, both volatile across calls
 * and used so by the linker's own stubs.
 */
#define VENEER_WORDS 4
#define VENEER_SIZE 16 /* bytes */
void code_veneer(uint32_t words[VENEER_WORDS], uint32_t to);

/*
 * A veneer that tells the callee who calls: puts identity (below 0x8000) into
 * SPRG1, through r12, and jumps. False if a branch does not reach `to` from everywhere.
 */
bool code_identity_veneer(uint32_t words[VENEER_WORDS], unsigned identity, uint32_t to);

#endif
