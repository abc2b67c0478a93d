/* What is believed to hold nothing gets garbage, which is noticed if something looks at it after all. */
#include "arch/ppc/code/patch/body.h"
#include "arch/ppc/registers.h"

#define GARBAGE 0xdead

/* The stack pointer is as good as anything; of fields that are dead in part, each bit is turned over. */
static void poison_condition(struct body *b)
{
    uint32_t kept = b->keep.condition;
    unsigned whole = fields_of(kept) ^ 0xff;

    if (whole != 0)
        put(b, CODE_MTCRF(whole, SP));
    for (unsigned bit = 0; bit < 32; bit++)
        if ((whole & 0x80 >> bit / 4) == 0 && (kept & 0x80000000u >> bit) == 0)
            put(b, CODE_X(WORD_CRNOR, bit, bit, bit));
}

static void poison_xer(struct body *b)
{
    uint32_t kept = b->keep.special;
    uint32_t dead =
        ((kept & SPECIAL_CA) == 0 ? XER_CA : 0) | ((kept & SPECIAL_OV) == 0 ? XER_OV : 0) |
        ((kept & SPECIAL_SO) == 0 ? XER_SO : 0) | ((kept & SPECIAL_COUNT) == 0 ? XER_COUNT : 0);
    unsigned reg;

    if (dead == 0)
        return;
    reg = scratch_take(b, true);
    put(b, CODE_XFX(WORD_MFSPR, reg, SPR_XER));
    put(b, CODE_D(WORD_XORIS, reg, reg, dead >> 16));
    put(b, CODE_D(WORD_XORI, reg, reg, dead));
    put(b, CODE_XFX(WORD_MTSPR, reg, SPR_XER));
}

void poison_put(struct body *b)
{
    scratch_return(b);
    body_part(b, "poison", NO_ACTION);
    poison_xer(b);
    scratch_return(b);
    poison_condition(b);
    if ((b->keep.special & SPECIAL_LR) == 0)
        put(b, CODE_XFX(WORD_MTSPR, SP, SPR_LR));
    if ((b->keep.special & SPECIAL_CTR) == 0)
        put(b, CODE_XFX(WORD_MTSPR, SP, SPR_CTR));
    for (uint32_t left = b->dead; left != 0; left &= left - 1)
        put(b, CODE_D(WORD_ADDIS, __builtin_ctz(left), 0, GARBAGE));
}
