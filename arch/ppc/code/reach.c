/* See reach.h. */
#include "arch/ppc/code/reach.h"

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
    words[0] = 0x39800000 | identity;          /* li r12, identity */
    words[1] = 0x7d9143a6;                     /* mtsprg 1, r12 */
    words[2] = 0x48000002 | (to & 0x03fffffc); /* ba to */
    words[3] = 0x7fe00008;                     /* trap */
    return true;
}
