/* See reach.h. */
#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/reach.h"
#include "arch/ppc/registers.h"

#define ALWAYS 20 /* as BO */

void code_veneer(uint32_t words[VENEER_WORDS], uint32_t to)
{
    words[0] = CODE_D(WORD_ADDIS, 12, 0, (to + 0x8000) >> 16); /* lis r12, to@ha */
    words[1] = CODE_D(WORD_ADDI, 12, 12, to);                  /* addi r12, r12, to@l */
    words[2] = CODE_XFX(WORD_MTSPR, 12, SPR_CTR);              /* mtctr r12 */
    words[3] = CODE_X(WORD_BCCTR, ALWAYS, 0, 0);               /* bctr */
}

bool code_identity_veneer(uint32_t words[VENEER_WORDS], unsigned identity, uint32_t to)
{
    if (!code_fits_b((int32_t)to))
        return false;
    words[0] = CODE_D(WORD_ADDI, 12, 0, identity);  /* li r12, identity */
    words[1] = CODE_XFX(WORD_MTSPR, 12, SPR_SPRG1); /* mtsprg 1, r12 */
    words[2] = code_put_b_absolute(WORD_B, to);     /* ba to */
    words[3] = CODE_TRAP;
    return true;
}
