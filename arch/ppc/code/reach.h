/*
 * How code at one address gets to another (PEM 4.2.4): the functions of this header decide, for b and bc,
 * relative and absolute. Addresses are 32 bits and wrap around, as the processor adds them; absolute
 * fields are extended by their sign, so that they reach the top of the address space like the bottom.
 *
 * Portable and pure.
 */
#ifndef ARCH_PPC_CODE_REACH_H
#define ARCH_PPC_CODE_REACH_H

#include <stdbool.h>
#include <stdint.h>

#define REACH_OF_B 0x02000000u  /* bytes; a word less forward */
#define REACH_OF_BC 0x00008000u /* the same */

/* Whether a signed displacement or absolute address fits the 24-bit field of b, or the 14-bit one of bc. */
static inline bool code_fits_b(int32_t value)
{
    return (value & 3) == 0 && (uint32_t)value + REACH_OF_B < 2 * REACH_OF_B;
}

static inline bool code_fits_bc(int32_t value)
{
    return (value & 3) == 0 && (uint32_t)value + REACH_OF_BC < 2 * REACH_OF_BC;
}

/* What a branch has for its target: the field and AA. LK and, of bc, BO and BI are not in it. */
#define TARGET_OF_B 0x03fffffeu
#define TARGET_OF_BC 0x0000fffeu

/* A branch with its target replaced, which must fit: by a displacement, or by an absolute address. */
static inline uint32_t code_put_b_relative(uint32_t word, uint32_t displacement)
{
    return (word & ~TARGET_OF_B) | (displacement & TARGET_OF_B & ~3u);
}

static inline uint32_t code_put_b_absolute(uint32_t word, uint32_t address)
{
    return (word & ~TARGET_OF_B) | (address & TARGET_OF_B & ~3u) | 2;
}

static inline uint32_t code_put_bc_relative(uint32_t word, uint32_t displacement)
{
    return (word & ~TARGET_OF_BC) | (displacement & TARGET_OF_BC & ~3u);
}

static inline uint32_t code_put_bc_absolute(uint32_t word, uint32_t address)
{
    return (word & ~TARGET_OF_BC) | (address & TARGET_OF_BC & ~3u) | 2;
}

enum code_reach {
    REACH_NONE,     /* needs a veneer; or an address between words, which nothing reaches */
    REACH_RELATIVE, /* b, bl; bc, bcl */
    REACH_ABSOLUTE, /* ba, bla; bca, bcla */
};

/* The way of an unconditional branch, and of a conditional one; relative is preferred. */
static inline enum code_reach code_reach(uint32_t from, uint32_t to)
{
    if (((from | to) & 3) != 0)
        return REACH_NONE;
    if (code_fits_b((int32_t)(to - from)))
        return REACH_RELATIVE;
    return code_fits_b((int32_t)to) ? REACH_ABSOLUTE : REACH_NONE;
}

static inline enum code_reach code_reach_bc(uint32_t from, uint32_t to)
{
    if (((from | to) & 3) != 0)
        return REACH_NONE;
    if (code_fits_bc((int32_t)(to - from)))
        return REACH_RELATIVE;
    return code_fits_bc((int32_t)to) ? REACH_ABSOLUTE : REACH_NONE;
}

/* A branch at `from` made to go to `to`, all else kept; reach must not be REACH_NONE. */
static inline uint32_t code_retarget_b(uint32_t word, uint32_t from, uint32_t to)
{
    if (code_reach(from, to) == REACH_RELATIVE)
        return code_put_b_relative(word, to - from);
    return code_put_b_absolute(word, to);
}

static inline uint32_t code_retarget_bc(uint32_t word, uint32_t from, uint32_t to)
{
    if (code_reach_bc(from, to) == REACH_RELATIVE)
        return code_put_bc_relative(word, to - from);
    return code_put_bc_absolute(word, to);
}

/* Where b or bc, linking or not, leads that stands at an address; false if the word is neither. */
static inline bool code_target_of_b(uint32_t word, uint32_t at, uint32_t *target)
{
    if (word >> 26 != 18)
        return false;
    *target = (uint32_t)((int32_t)(word << 6) >> 6 & ~3) + ((word & 2) != 0 ? 0 : at);
    return true;
}

static inline bool code_target_of_bc(uint32_t word, uint32_t at, uint32_t *target)
{
    if (word >> 26 != 16)
        return false;
    *target = (uint32_t)((int16_t)word & ~3) + ((word & 2) != 0 ? 0 : at);
    return true;
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
