/* See reach.h. */
#include "arch/ppc/code/reach.h"

#define LI_MASK 0x03fffffcu
#define AA 0x2u

static bool fits(int32_t value, int32_t limit)
{
    return (value & 3) == 0 && value >= -limit && value < limit;
}

bool code_fits_b(int32_t value)
{
    return fits(value, 1 << 25);
}

bool code_fits_bc(int32_t value)
{
    return fits(value, 1 << 15);
}

enum code_reach code_reach(uint32_t from, uint32_t to)
{
    if (code_fits_b((int32_t)(to - from)))
        return REACH_RELATIVE;
    return code_fits_b((int32_t)to) ? REACH_ABSOLUTE : REACH_NONE;
}

uint32_t code_retarget_b(uint32_t word, uint32_t from, uint32_t to)
{
    word &= ~(LI_MASK | AA);
    if (code_reach(from, to) == REACH_RELATIVE)
        return word | ((to - from) & LI_MASK);
    return word | (to & LI_MASK) | AA;
}

void code_veneer(uint32_t words[VENEER_WORDS], uint32_t to)
{
    words[0] = 0x3d800000 | (to + 0x8000) >> 16; /* lis r12, to@ha */
    words[1] = 0x398c0000 | (to & 0xffff);       /* addi r12, r12, to@l */
    words[2] = 0x7d8903a6;                       /* mtctr r12 */
    words[3] = 0x4e800420;                       /* bctr */
}

bool code_identity_veneer(uint32_t words[VENEER_WORDS], unsigned identity, uint32_t to)
{
    if (!code_fits_b((int32_t)to))
        return false;
    words[0] = 0x39800000 | identity;       /* li r12, identity */
    words[1] = 0x7d9143a6;                  /* mtsprg 1, r12 */
    words[2] = 0x48000002 | (to & LI_MASK); /* ba to */
    words[3] = 0x7fe00008;                  /* trap */
    return true;
}
