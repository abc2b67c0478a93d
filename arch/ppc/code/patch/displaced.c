/*
 * The displaced instruction, elsewhere (PEM 4.2.4, chapter 8). A branch goes where it went from the site, and links to behind
 * the site; what is conditional is decided once, and counts once.
 */
#include "arch/ppc/code/instruction.h"
#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/operands.h"
#include "arch/ppc/code/patch/body.h"
#include "arch/ppc/code/reach.h"
#include "arch/ppc/registers.h"

#define BO(word) ((word) >> 21 & 31)
#define BI(word) ((word) >> 16 & 31)
#define XO(word) ((word) >> 1 & 0x3ff)
#define LIKELY_BIT 1u

enum displaced { DISPLACED_OTHER, DISPLACED_B, DISPLACED_BC, DISPLACED_LINK, DISPLACED_COUNT };

static enum displaced kind_of(uint32_t word)
{
    switch (word >> 26) {
    case WORD_B >> 26:
        return DISPLACED_B;
    case WORD_BC >> 26:
        return DISPLACED_BC;
    case WORD_BCLR >> 26:
        return XO(word) == XO(WORD_BCLR)    ? DISPLACED_LINK
               : XO(word) == XO(WORD_BCCTR) ? DISPLACED_COUNT
                                            : DISPLACED_OTHER;
    default:
        return DISPLACED_OTHER;
    }
}

static bool counts(uint32_t word)
{
    return (BO(word) & BO_KEEP_COUNT) == 0;
}

/* What holds nothing behind it: what held nothing before, and is not written. */
static void dead_behind(const struct body *b, struct register_set *dead)
{
    uint32_t word = b->plan->word;
    enum opcode opcode = code_opcode(word);
    struct effects effects;

    *dead = REGISTERS_ALL;
    registers_remove(dead, &b->live);
    if (opcode == OPCODE_UNKNOWN)
        return;
    code_effects(word, opcode, &effects);
    registers_remove(dead, &effects.writes);
}

/* Behind the site, if it is asked for. */
static void put_link(struct body *b)
{
    unsigned reg;

    if ((b->plan->word & WORD_LK) != 0) {
        reg = scratch_take(b, true);
        put_constant(b, reg, b->plan->site + 4);
        put(b, CODE_XFX(WORD_MTSPR, reg, SPR_LR));
    }
    scratch_return(b);
}

/* Of b and bc. */
static uint32_t target_of(const struct patch_plan *plan)
{
    uint32_t target = 0;

    if (!code_target_of_b(plan->word, plan->site, &target))
        (void)code_target_of_bc(plan->word, plan->site, &target);
    return plan->turn != 0 ? plan->turn : target;
}

static void put_b(struct body *b)
{
    uint32_t target = target_of(b->plan);
    struct register_set dead = REGISTERS_ALL;

    put_link(b);
    registers_remove(&dead, &b->live);
    if ((b->plan->word & WORD_LK) != 0)
        dead.special &= ~SPECIAL_LR;
    jump_to_any(b, target, &dead);
}

/* Its own branch, to within the body; the hint is of the way it went. */
static size_t leap_if_taken(struct body *b)
{
    uint32_t word = b->plan->word, bo = BO(word);

    if (word >> 26 == WORD_BC >> 26 && (word & 0x8000) != 0)
        bo ^= LIKELY_BIT;
    return body_leap(b, CODE_BC(bo, BI(word)));
}

static void put_bc(struct body *b, const struct register_set *dead)
{
    uint32_t target = target_of(b->plan);
    size_t taken;

    put_link(b);
    if (!code_branches_always(b->plan->word)) {
        taken = leap_if_taken(b);
        jump_to(b, b->plan->site + 4, dead);
        body_land(b, taken);
    }
    jump_to(b, target, dead);
}

/* bcctr, and bclr that does not link. */
static void put_indirect(struct body *b, const struct register_set *dead)
{
    put_link(b);
    put(b, b->plan->word & ~WORD_LK);
    if (!code_branches_always(b->plan->word))
        jump_to(b, b->plan->site + 4, dead);
}

/* Goes to where LR leads before it is written: by CTR if that is free, else kept in memory. */
static void put_bclrl(struct body *b, const struct register_set *dead)
{
    bool through = (b->live.special & SPECIAL_CTR) == 0 && !counts(b->plan->word);
    bool always = code_branches_always(b->plan->word);
    unsigned reg = scratch_take(b, true);
    size_t taken = 0;

    put(b, CODE_XFX(WORD_MFSPR, reg, SPR_LR));
    put(b, through ? CODE_XFX(WORD_MTSPR, reg, SPR_CTR)
                   : CODE_D(WORD_STW, reg, SP, b->code.below + AREA_TARGET));
    put_constant(b, reg, b->plan->site + 4);
    put(b, CODE_XFX(WORD_MTSPR, reg, SPR_LR));
    scratch_return(b);
    if (!always) {
        taken = leap_if_taken(b);
        jump_to(b, b->plan->site + 4, dead);
        body_land(b, taken);
    }
    if (through)
        put(b, CODE_X(WORD_BCCTR, BO_ALWAYS, 0, 0));
    else
        jump_stored(b, dead);
}

static void put_other(struct body *b, const struct register_set *dead)
{
    scratch_return(b);
    body_mark(b, MARK_DISPLACED, b->code.n, b->code.n + 1u, 0);
    put(b, b->plan->word);
    body_part(b, "back", NO_ACTION);
    jump_to(b, b->plan->site + 4, dead);
}

void displaced_put(struct body *b)
{
    enum displaced kind = kind_of(b->plan->word);
    struct register_set dead = REGISTERS_NONE;
    size_t first;

    if (b->plan->far || kind == DISPLACED_LINK)
        dead_behind(b, &dead);
    if (kind == DISPLACED_OTHER)
        scratch_return(b);
    first = b->code.n;
    body_part(b, "displaced instruction", NO_ACTION);
    if (kind == DISPLACED_OTHER) {
        put_other(b, &dead);
        return;
    }
    b->taken = 0;
    if (kind == DISPLACED_B)
        put_b(b);
    else if (kind == DISPLACED_BC)
        put_bc(b, &dead);
    else if (kind == DISPLACED_LINK && (b->plan->word & WORD_LK) != 0)
        put_bclrl(b, &dead);
    else
        put_indirect(b, &dead);
    body_mark(b, MARK_DISPLACED, first, b->code.n, 0);
}

/* ---- only if it is taken ---- */

/* CTR as it was before bdnz looked at it. */
static void put_count_back(struct body *b, unsigned reg)
{
    put(b, CODE_XFX(WORD_MFSPR, reg, SPR_CTR));
    put(b, CODE_D(WORD_ADDI, reg, reg, 1));
    put(b, CODE_XFX(WORD_MTSPR, reg, SPR_CTR));
    scratch_load(b);
}

static size_t leap_unless_counted(struct body *b, uint32_t word)
{
    unsigned reg = scratch_take(b, false);
    size_t counted = body_leap(b, CODE_BC((BO(word) & BO_WHEN_ZERO) | BO_UNTIL_ZERO, 0)), leap;

    put_count_back(b, reg);
    leap = body_leap(b, WORD_B);
    body_land(b, counted);
    put_count_back(b, reg);
    b->stashed = b->taken = 0;
    return leap;
}

void untaken_leap(struct body *b, struct untaken *untaken)
{
    uint32_t word = b->plan->word;

    scratch_return(b);
    untaken->leaps[0] = untaken->leaps[1] = NO_WORD;
    if (kind_of(word) <= DISPLACED_B)
        return;
    if ((BO(word) & BO_ANY_CONDITION) == 0)
        untaken->leaps[0] = body_leap(
            b, CODE_BC(BO_KEEP_COUNT | ((BO(word) & BO_CONDITION) ^ BO_CONDITION), BI(word)));
    if (counts(word))
        untaken->leaps[1] = leap_unless_counted(b, word);
}

void untaken_land(struct body *b, const struct untaken *untaken)
{
    scratch_return(b);
    for (unsigned i = 0; i < 2; i++)
        if (untaken->leaps[i] != NO_WORD)
            body_land(b, untaken->leaps[i]);
}
