/*
 * A procedure is called: with a frame between it and the site, where what it may clobber and somebody still looks at is saved.
 */
#include "arch/ppc/code/patch/body.h"
#include "arch/ppc/registers.h"

#define NONVOLATILE 14 /* r14 to r31 */

static unsigned n_arguments(const struct action *action)
{
    return (action->has_closure ? 1 : 0) + 1 + (action->registers != ACTION_NO_REGISTERS ? 1 : 0);
}

/* All that differs behind the call, what the body itself does included. */
static void find_clobbers(const struct body *b, const struct action *action,
                          struct register_set *clobbers)
{
    *clobbers = action->clobbers;
    if (b->plan->mode == PATCH_PARANOID) {
        clobbers->general |= GENERAL_VOLATILE;
        clobbers->condition = ~0u;
        clobbers->special |= SPECIAL_XER | SPECIAL_CTR;
    }
    clobbers->general |= ((1u << n_arguments(action)) - 1) << 3;
    if (action->contained || action->registers != ACTION_NO_REGISTERS)
        clobbers->general |= 1;
    if (action->registers == ACTION_CHANGES_REGISTERS) {
        clobbers->general = clobbers->condition = ~0u;
        clobbers->special |= SPECIAL_XER | SPECIAL_CTR;
    }
    jump_call_clobbers(b, action->procedure, clobbers);
}

/* struct patch_registers, through r0. */
static void put_record(struct body *b, const struct saving *saving)
{
    static const struct {
        uint16_t spr, offset;
    } special[] = {{SPR_XER, AREA_XER}, {SPR_LR, AREA_LR}, {SPR_CTR, AREA_CTR}};
    int base = saving->base;

    put(b, CODE_D(WORD_STMW, 0, SP, base + AREA_GENERAL(0)));
    put(b, CODE_D(WORD_ADDI, 0, SP, saving->frame + saving->gap));
    put(b, CODE_D(WORD_STW, 0, SP, base + AREA_GENERAL(SP)));
    put(b, CODE_X(WORD_MFCR, 0, 0, 0));
    put(b, CODE_D(WORD_STW, 0, SP, base + AREA_CR));
    for (unsigned i = 0; i < 3; i++) {
        put(b, CODE_XFX(WORD_MFSPR, 0, special[i].spr));
        put(b, CODE_D(WORD_STW, 0, SP, base + special[i].offset));
        if (special[i].spr == SPR_LR && saving->lr != base + AREA_LR)
            put(b, CODE_D(WORD_STW, 0, SP, saving->lr));
    }
    if ((saving->set.special & SPECIAL_SPRG) != 0) {
        put(b, CODE_XFX(WORD_MFSPR, 0, SPR_SPRG1));
        put(b, CODE_D(WORD_STW, 0, SP, base + AREA_SPRG1));
    }
}

/* What a contained call does not keep when it ends before its time; without a record. */
static void put_nonvolatile(struct body *b, const struct saving *saving)
{
    put(b, CODE_D(WORD_STMW, NONVOLATILE, SP, saving->base + AREA_GENERAL(NONVOLATILE)));
    if (saving->set.condition == 0) {
        put(b, CODE_X(WORD_MFCR, saving->scratch, 0, 0));
        put(b, CODE_D(WORD_STW, saving->scratch, SP, saving->base + AREA_CR));
    }
}

static void put_state(struct body *b, const struct saving *saving, unsigned scratch)
{
    put(b, CODE_X(WORD_MFMSR, scratch, 0, 0));
    put(b, CODE_D(WORD_STW, scratch, SP, saving->base + AREA_MSR));
}

static void put_saves(struct body *b, const struct action *action, const struct saving *saving)
{
    saving_enter(b, saving);
    if (action->registers == ACTION_NO_REGISTERS) {
        saving_store(b, saving);
        if (action->contained) {
            put_nonvolatile(b, saving);
            put_state(b, saving, saving->scratch);
        }
        return;
    }
    put_record(b, saving);
    if (action->contained)
        put_state(b, saving, 0);
    saving_store_floating(b, saving);
}

static void put_arguments(struct body *b, const struct action *action, const struct saving *saving)
{
    unsigned reg = 3;

    if (action->has_closure)
        put_constant(b, reg++, action->closure);
    put_constant(b, reg++, b->plan->site);
    if (action->registers != ACTION_NO_REGISTERS)
        put(b, CODE_D(WORD_ADDI, reg, SP, saving->base));
}

/* Everything that is looked at comes from the record, whatever the procedure has made of it. */
static void load_changed(struct body *b, struct saving *saving)
{
    saving->lr = saving->base + AREA_LR;
    saving_load_special(b, saving);
    put(b, CODE_D(WORD_LMW, 2, SP, saving->base + AREA_GENERAL(2)));
    put(b, CODE_D(WORD_LWZ, 0, SP, saving->base + AREA_GENERAL(0)));
}

void call_put(struct body *b, const struct action *action, size_t number)
{
    struct register_set clobbers;
    struct saving saving;
    size_t first;

    scratch_return(b);
    first = b->code.n;
    body_part(b, "call of", number);
    saving.set = b->keep;
    find_clobbers(b, action, &clobbers);
    registers_keep(&saving.set, &clobbers);
    saving_choose(b, &saving, true);
    put_saves(b, action, &saving);
    put_arguments(b, action, &saving);
    jump_call(b, action->procedure);
    if (action->contained)
        body_mark(b, MARK_CALL, b->code.n, 0, number);
    if (action->registers == ACTION_CHANGES_REGISTERS) {
        load_changed(b, &saving);
        saving_load_floating(b, &saving);
    } else {
        saving_load(b, &saving);
    }
    saving_leave(b, &saving);
    body_mark(b, MARK_ACTION, first, b->code.n, number);
}

/* Where goes on what a fault ends in a contained call: as if it had returned. */
void call_put_recoveries(struct body *b)
{
    for (size_t i = 0; i < b->code.n_marks && b->fault == OK; i++) {
        struct patch_mark *mark = &b->code.marks[i];

        if (mark->kind != MARK_CALL)
            continue;
        mark->words.end = b->code.n;
        body_part(b, "behind a fault in the call of", mark->action);
        put(b, CODE_D(WORD_LMW, NONVOLATILE, SP, AREA_IN_FRAME + AREA_GENERAL(NONVOLATILE)));
        put(b, CODE_D(WORD_LWZ, 0, SP, AREA_IN_FRAME + AREA_CR));
        put(b, CODE_MTCRF(0xff, 0));
        put(b, CODE_D(WORD_LWZ, 0, SP, AREA_IN_FRAME + AREA_MSR));
        put(b, CODE_X(WORD_MTMSR, 0, 0, 0));
        put(b, WORD_ISYNC);
        body_lead(b, body_leap(b, WORD_B), mark->words.first);
    }
}
