/*
 * Ways from a body to any address; see body.h.
 *
 * A jump is a branch where that reaches. Else it goes through CTR or LR, if one of them holds nothing where it leads, or by rfi, which needs
 * none: with interrupts and tracing masked, since an exception loses SRR0. What cannot be masked (a debugger's trace
 * that is forced on) finds the context inside and finishes it.
 */
#include "arch/ppc/code/patch/body.h"
#include "arch/ppc/code/reach.h"
#include "arch/ppc/registers.h"

/* A register for a jump: one that is dead, or one that is stashed. */
static unsigned take(struct body *b, struct jump *jump, unsigned i, uint32_t dead, uint32_t taken)
{
    uint32_t usable = dead & ~(GENERAL_ALWAYS_LIVE | taken);
    unsigned reg;

    jump->stashed[i] = NOT_STASHED;
    if (usable != 0)
        return (unsigned)__builtin_ctz(usable);
    reg = (taken & 1) == 0 ? 0 : 3;
    jump->stashed[i] = (uint8_t)reg;
    jump->stored[i] = b->code.n;
    put(b, CODE_D(WORD_STW, reg, SP, b->code.below + AREA_GENERAL(reg)));
    b->code.saves.general |= 1u << reg;
    return reg;
}

static void bring_back(struct body *b, const struct jump *jump, unsigned i)
{
    unsigned reg = jump->stashed[i];

    if (reg != NOT_STASHED)
        put(b, CODE_D(WORD_LWZ, reg, SP, b->code.below + AREA_GENERAL(reg)));
}

static void put_target(struct body *b, struct jump *jump, unsigned reg, bool is_stored)
{
    jump->high = NO_WORD;
    if (is_stored) {
        put(b, CODE_D(WORD_LWZ, reg, SP, b->code.below + AREA_TARGET));
        return;
    }
    jump->high = b->code.n;
    put(b, CODE_D(WORD_ADDIS, reg, 0, jump->target >> 16));
    put(b, CODE_D(WORD_ORI, reg, reg, jump->target));
}

static void put_through(struct body *b, struct jump *jump, const struct register_set *dead,
                        bool is_stored)
{
    bool count = (dead->special & SPECIAL_CTR) != 0;
    unsigned reg = take(b, jump, 0, dead->general, 0);

    put_target(b, jump, reg, is_stored);
    put(b, CODE_XFX(WORD_MTSPR, reg, count ? SPR_CTR : SPR_LR));
    bring_back(b, jump, 0);
    put(b, CODE_X(count ? WORD_BCCTR : WORD_BCLR, BO_ALWAYS, 0, 0));
}

static void put_rfi(struct body *b, struct jump *jump, const struct register_set *dead,
                    bool is_stored)
{
    unsigned reg = take(b, jump, 0, dead->general, 0);
    unsigned other = take(b, jump, 1, dead->general, 1u << reg);

    put(b, CODE_X(WORD_MFMSR, reg, 0, 0));
    put(b, CODE_D(WORD_STW, reg, SP, b->code.below + AREA_MSR));
    put(b, CODE_RLWINM(other, reg, 0, 17, 15));   /* all but EE */
    put(b, CODE_RLWINM(other, other, 0, 23, 20)); /* all but SE and BE */
    put(b, CODE_X(WORD_MTMSR, other, 0, 0));
    jump->held = b->code.n;
    put(b, WORD_ISYNC);
    put(b, CODE_XFX(WORD_MTSPR, reg, SPR_SRR1));
    put_target(b, jump, reg, is_stored);
    put(b, CODE_XFX(WORD_MTSPR, reg, SPR_SRR0));
    bring_back(b, jump, 1);
    bring_back(b, jump, 0);
    put(b, WORD_RFI);
}

static void put_jump(struct body *b, uint32_t target, const struct register_set *dead,
                     bool is_stored)
{
    struct patch_code *code = &b->code;
    struct jump jump = {
        .first = code->n, .held = NO_WORD, .stashed = {NOT_STASHED, NOT_STASHED}, .target = target};

    if ((dead->special & (SPECIAL_CTR | SPECIAL_LR)) != 0)
        put_through(b, &jump, dead, is_stored);
    else
        put_rfi(b, &jump, dead, is_stored);
    jump.end = code->n;
    body_mark(b, MARK_JUMP, jump.first, jump.end, 0);
    if (code->n_jumps == b->room.jumps)
        body_grow(b, (void **)&code->jumps, b->jumps, &b->room.jumps, sizeof *code->jumps);
    if (b->fault == OK)
        code->jumps[code->n_jumps++] = jump;
}

void jump_to(struct body *b, uint32_t target, const struct register_set *dead)
{
    if (!b->plan->far)
        put_way_out(b, WORD_B, target);
    else if (code_fits_b((int32_t)target))
        put(b, code_put_b_absolute(WORD_B, target));
    else
        put_jump(b, target, dead, false);
}

void jump_to_any(struct body *b, uint32_t target, const struct register_set *dead)
{
    b->code.own = b->code.n_jumps;
    put_jump(b, target, dead, false);
}

void jump_stored(struct body *b, const struct register_set *dead)
{
    put_jump(b, 0, dead, true);
}

void jump_retarget(struct patch_code *code, struct jump *jump, uint32_t target)
{
    uint32_t *high = &code->words[jump->high];

    jump->target = target;
    high[0] = (high[0] & 0xffff0000u) | target >> 16;
    high[1] = (high[1] & 0xffff0000u) | (target & 0xffff);
}

/* ---- calls ---- */

static bool is_far(const struct body *b, uint32_t procedure)
{
    return b->plan->far && !code_fits_b((int32_t)procedure);
}

void jump_call_clobbers(const struct body *b, uint32_t procedure, struct register_set *clobbers)
{
    clobbers->special |= SPECIAL_LR;
    if (is_far(b, procedure)) {
        clobbers->general |= 1u << 12;
        clobbers->special |= SPECIAL_CTR;
    }
}

void jump_call(struct body *b, uint32_t procedure)
{
    if (!b->plan->far) {
        put_way_out(b, WORD_B | WORD_LK, procedure);
    } else if (!is_far(b, procedure)) {
        put(b, code_put_b_absolute(WORD_B | WORD_LK, procedure));
    } else {
        put_constant(b, 12, procedure);
        put(b, CODE_XFX(WORD_MTSPR, 12, SPR_CTR));
        put(b, CODE_X(WORD_BCCTR, BO_ALWAYS, 0, 0) | WORD_LK);
    }
}
