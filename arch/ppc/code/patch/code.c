/*
 * Machine code that somebody brought along: copied, with its branches led to where they went at its origin. Inside
 * it stays inside; what leaves finds everything put back first; calls return into the copy.
 *
 * The code sees r1 as at the site unless it calls or writes r1: then r1 is below what may be kept under it, by a frame.
 */
#include <stdlib.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/operands.h"
#include "arch/ppc/code/patch/body.h"
#include "arch/ppc/code/reach.h"
#include "arch/ppc/registers.h"

/* What is to be done about a word of it. */
enum treatment {
    COPY,
    INSIDE,      /* b, bc to one of the words, linking or not */
    LEAVE,       /* b, bc to elsewhere */
    LEAVE_LINK,  /* bclr */
    LEAVE_COUNT, /* bcctr */
    CALL,        /* bl, bcl to elsewhere */
    PLACE,       /* bcl 20,31,$+4 asks where it stands */
};

struct copying {
    const struct action *action;
    struct saving saving;
    uint16_t *at;      /* by word, and of the end: where it has come to */
    bool calls_inside; /* then bclr comes back inside */
    bool moves;        /* r1 */
};

static uint32_t address_of(const struct copying *c, size_t i)
{
    return c->action->origin + 4 * (uint32_t)i;
}

static bool is_inside(const struct copying *c, uint32_t target, size_t *word)
{
    *word = (target - c->action->origin) / 4;
    return (target - c->action->origin) % 4 == 0 && *word <= c->action->n;
}

static enum treatment treat(const struct copying *c, size_t i, uint32_t *target, size_t *word)
{
    uint32_t is = c->action->words[i];
    bool links = (is & WORD_LK) != 0;
    enum opcode opcode = code_opcode(is);

    if ((opcode == OPCODE_BCLR || opcode == OPCODE_BCCTR) && !links)
        return opcode == OPCODE_BCCTR ? LEAVE_COUNT : c->calls_inside ? COPY : LEAVE_LINK;
    if (!code_target_of_b(is, address_of(c, i), target) &&
        !code_target_of_bc(is, address_of(c, i), target))
        return COPY;
    if (links && opcode == OPCODE_BC && code_branches_always(is) && *target == address_of(c, i + 1))
        return PLACE;
    if (is_inside(c, *target, word))
        return INSIDE;
    return links ? CALL : LEAVE;
}

/* What of it matters to the whole. */
static void look(struct copying *c)
{
    for (size_t i = 0; i < c->action->n; i++) {
        uint32_t is = c->action->words[i], target;
        enum opcode opcode = code_opcode(is);
        enum treatment treatment;
        struct effects effects;
        size_t word;

        if (opcode == OPCODE_UNKNOWN)
            continue;
        code_effects(is, opcode, &effects);
        treatment = treat(c, i, &target, &word);
        if (treatment == INSIDE && (is & WORD_LK) != 0)
            c->calls_inside = true;
        if ((effects.writes.general >> SP & 1) != 0 ||
            (treatment != PLACE && (effects.writes.special & SPECIAL_LR) != 0 &&
             opcode != OPCODE_MTSPR))
            c->moves = true;
    }
}

/* ---- words ---- */

/* LR as it would be at the origin. */
static void put_place(struct body *b, uint32_t address)
{
    put(b, CODE_D(WORD_STW, 0, SP, b->code.below + AREA_TARGET));
    put_constant(b, 0, address);
    put(b, CODE_XFX(WORD_MTSPR, 0, SPR_LR));
    put(b, CODE_D(WORD_LWZ, 0, SP, b->code.below + AREA_TARGET));
}

/* A call whose condition is its own: LR is behind it in any case. */
static void put_conditional_call(struct body *b, uint32_t is, uint32_t target)
{
    bool counts = (FIELD_T(is) & BO_KEEP_COUNT) == 0;
    struct register_set dead = {.general = 1u << 12, .special = counts ? 0 : SPECIAL_CTR};
    size_t call = body_leap(b, CODE_BC(FIELD_T(is), FIELD_A(is)) | WORD_LK);
    size_t over = body_leap(b, WORD_B);

    body_land(b, call);
    jump_to(b, target, &dead);
    body_land(b, over);
}

static void put_word(struct body *b, const struct copying *c, size_t i)
{
    uint32_t is = c->action->words[i], target = 0;
    size_t word;

    switch (treat(c, i, &target, &word)) {
    case CALL:
        if (is >> 26 == WORD_B >> 26 || code_branches_always(is))
            jump_call(b, target);
        else
            put_conditional_call(b, is, target);
        break;
    case PLACE:
        put_place(b, address_of(c, i + 1));
        break;
    default: /* branches find their target when everything has its place */
        put(b, is);
    }
}

/* ---- leaving ---- */

/* Behind the end: what is left by a branch, the same way as the end is. */
static void put_leaving(struct body *b, struct copying *c, size_t i, uint32_t target,
                        enum treatment treatment)
{
    static const struct register_set nothing;
    struct saving saving = c->saving;

    if (treatment == LEAVE_LINK)
        saving.set.special &= ~SPECIAL_LR;
    if (treatment == LEAVE_COUNT)
        saving.set.special &= ~SPECIAL_CTR;
    saving_load(b, &saving);
    saving_leave(b, &saving);
    if (treatment == LEAVE)
        jump_to(b, target, &nothing);
    else
        put(b, (c->action->words[i] & ~0x03e00000u) | (uint32_t)BO_ALWAYS << 21);
}

/* A branch to the word that comes next, by the condition that it had. */
static void lead_out(struct body *b, uint32_t is, size_t at)
{
    if (b->fault != OK)
        return;
    b->code.words[at] = is >> 26 == WORD_B >> 26 || code_branches_always(is)
                            ? WORD_B
                            : CODE_BC(FIELD_T(is), FIELD_A(is));
    body_land(b, at);
}

static void lead_inside(struct body *b, uint32_t is, size_t from, size_t to)
{
    if (b->fault != OK)
        return;
    b->code.words[from] = is & ~2u; /* AA */
    body_lead(b, from, to);
}

static void put_branches(struct body *b, struct copying *c)
{
    size_t over = NO_WORD, word;

    for (size_t i = 0; i < c->action->n; i++) {
        uint32_t is = c->action->words[i], target = 0;
        enum treatment treatment = treat(c, i, &target, &word);

        if (treatment == INSIDE) {
            lead_inside(b, is, c->at[i], c->at[word]);
        } else if (treatment == LEAVE || treatment == LEAVE_LINK || treatment == LEAVE_COUNT) {
            if (over == NO_WORD)
                over = body_leap(b, WORD_B);
            lead_out(b, is, c->at[i]);
            put_leaving(b, c, i, target, treatment);
        }
    }
    if (over != NO_WORD)
        body_land(b, over);
}

/* ---- the whole ---- */

static void find_saves(const struct body *b, struct copying *c)
{
    struct register_set clobbers = c->action->clobbers;

    c->saving.set = REGISTERS_NONE;
    if (c->action->changes)
        return;
    if (b->plan->mode == PATCH_PARANOID) {
        clobbers.general |= GENERAL_VOLATILE;
        clobbers.condition = ~0u;
        clobbers.special |= SPECIAL_XER | SPECIAL_CTR | SPECIAL_LR;
    }
    if (b->plan->far && (clobbers.special & SPECIAL_LR) != 0) {
        clobbers.general |= 1u << 12; /* by calls */
        clobbers.special |= SPECIAL_CTR;
    }
    c->saving.set = b->keep;
    registers_keep(&c->saving.set, &clobbers);
}

/* The code sees everything as it was, but for r1. */
static void put_entry(struct body *b, struct copying *c)
{
    unsigned scratch = c->saving.scratch;

    saving_enter(b, &c->saving);
    saving_store(b, &c->saving);
    if (c->saving.set.condition != 0 || c->saving.borrows ||
        (c->saving.set.special & ~SPECIAL_FPSCR) != 0 || saving_shows_lr(b, &c->saving))
        put(b, CODE_D(WORD_LWZ, scratch, SP, c->saving.base + AREA_GENERAL(scratch)));
}

void code_put(struct body *b, const struct action *action, size_t number)
{
    struct register_set all = REGISTERS_ALL; /* may be looked at */
    struct copying c = {.action = action};
    size_t first;

    scratch_return(b);
    first = b->code.n;
    c.at = malloc((action->n + 1) * sizeof *c.at);
    if (c.at == NULL) {
        b->fault = b->fault == OK ? ERR_NO_MEMORY : b->fault;
        return;
    }
    body_part(b, "code", number);
    look(&c);
    find_saves(b, &c);
    if ((b->keep.special & SPECIAL_LR) == 0)
        all.special &= ~SPECIAL_LR;
    scratch_keep(b, &all);
    saving_choose(b, &c.saving, c.moves);
    put_entry(b, &c);
    for (size_t i = 0; i < action->n; i++) {
        c.at[i] = b->code.n;
        put_word(b, &c, i);
    }
    c.at[action->n] = b->code.n;
    if (!c.moves)
        body_mark(b, MARK_CODE, c.at[0], c.at[action->n], number);
    saving_load(b, &c.saving);
    saving_leave(b, &c.saving);
    put_branches(b, &c);
    free(c.at);
    body_mark(b, MARK_ACTION, first, b->code.n, number);
}
