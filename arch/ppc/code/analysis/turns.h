/*
 * Whether all loops of a procedure end. Of each natural loop (Aho, Lam, Sethi, Ullman, "Compilers", 9.6) one
 * turn is evaluated symbolically, from what registers and words of the frame hold when it begins; what a place
 * gains by a constant in every turn tells how often others can pass:
 *
 *   - CTR is decremented in every turn and the loop left when it is 0, and nothing else writes CTR;
 *   - a value gains a constant s in every turn, and in every turn is compared such that the loop is left for a
 *     range of values: of 2^32 values it takes all that differ by multiples of the largest power of two in s, so
 *     a range of at least that many is met. A compare with what changes otherwise will do if its
 *     end of the range is one that every value meets;
 *   - every turn loads or stores at an address that gains a constant of at most a page, and so comes to page 0, which
 *     is never mapped.
 *
 * Only what is done in every turn counts: blocks that dominate all ends of turns. A loop with
 * several entries is taken for one that may not end.
 *
 * Private to functional.h.
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_TURNS_H
#define ARCH_PPC_CODE_ANALYSIS_TURNS_H

#include "arch/ppc/code/analysis/held.h"

struct turns_terms {
    const struct held_state *states; /* of blocks, before them */
    /* Goes on over word number i, at an address, be it a call or not. False: a call that keeps nothing. */
    bool (*step)(void *context, struct held_state *state, uint32_t i, vaddr_t address);
    void *context;
};

/*
 * True, and *site is 0 if all loops end, or else the address of the branch of one that may not. False:
 * there is no memory.
 */
bool turns_check(const struct flow *flow, const struct turns_terms *terms, vaddr_t *site);

#endif
