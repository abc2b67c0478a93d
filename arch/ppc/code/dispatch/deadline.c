/*
 * What is done around the call of a handler with a deadline: a record of it, in the frame, becomes the innermost of those of whoever
 * runs, and the decrementer comes not later than the deadline. See kernel/event/ephemeral.h, which has the record, and compiler.h.
 */
#include "arch/ppc/code/dispatch/deadline.h"
#include "arch/ppc/code/dispatch/compiler.h"
#include "arch/ppc/registers.h"

#define SP 1
#define AGAIN 0 /* registers that are no argument's and no result's */
#define OWN 11
#define OTHER 12

static void forget(struct compiler *c)
{
    temp_forget_clobbered(c, 1u << AGAIN | 1u << OWN | 1u << OTHER);
}

/* Where the address of the innermost record is, as OWN and a displacement. */
static void load_current(struct compiler *c)
{
    compile_put(c, CODE_D(WORD_ADDIS, OWN, 0, (c->terms->current + 0x8000) >> 16));
    compile_put(c, CODE_D(WORD_LWZ, OWN, OWN, c->terms->current));
}

/* Its target is known when the call is compiled. */
static void load_return(struct compiler *c)
{
    c->returns_to = c->out->n_relocations;
    compile_relocate(c, CODE_ADDRESS_HA, 0);
    compile_put(c, CODE_D(WORD_ADDIS, OTHER, 0, 0));
    compile_relocate(c, CODE_ADDRESS_LO, 0);
    compile_put(c, CODE_D(WORD_ADDI, OTHER, OTHER, 0));
}

/* If it comes later than the deadline. One that is past has not come because interrupts are off. */
static void set_decrementer(struct compiler *c, uint32_t ticks)
{
    struct spot sooner = SPOT_NONE;
    bool is_small = ticks < 0x8000;

    if (!is_small)
        register_constant(c, OTHER, ticks);
    compile_put(c, CODE_XFX(WORD_MFSPR, AGAIN, SPR_DEC));
    compile_put(c,
                is_small ? CODE_D(WORD_CMPI, 0, AGAIN, ticks) : CODE_X(WORD_CMP, 0, AGAIN, OTHER));
    spot_branch(c, &sooner, CODE_BC(IF_TRUE, BIT_LT));
    if (is_small)
        register_constant(c, OTHER, ticks);
    compile_put(c, CODE_XFX(WORD_MTSPR, OTHER, SPR_DEC));
    spot_place(c, &sooner);
}

/* The record is complete before it is found. */
void deadline_begin(struct compiler *c, uint32_t ticks)
{
    forget(c);
    load_current(c);
    compile_put(c, CODE_D(WORD_LWZ, OTHER, OWN, c->terms->deadline));
    compile_put(c, CODE_D(WORD_STW, OTHER, SP, c->deadline + EPHEMERAL_CALL_OUTER));
    load_return(c);
    compile_put(c, CODE_D(WORD_STW, OTHER, SP, c->deadline + EPHEMERAL_CALL_RETURNS));
    compile_put(c, CODE_D(WORD_STW, SP, SP, c->deadline + EPHEMERAL_CALL_FRAME));
    compile_put(c, CODE_XFX(WORD_MFTB, AGAIN, TBR_TBL));
    compile_put(c, CODE_D(WORD_STW, AGAIN, SP, c->deadline + EPHEMERAL_CALL_START));
    compile_put(c, CODE_D(WORD_ADDI, OTHER, SP, c->deadline));
    compile_put(c, CODE_D(WORD_STW, OTHER, OWN, c->terms->deadline));
    set_decrementer(c, ticks);
}

void deadline_returns(struct compiler *c)
{
    if (c->fault != COMPILE_OK)
        return;
    c->out->relocations[c->returns_to].target = c->out->n_words;
    c->out->relocations[c->returns_to + 1].target = c->out->n_words;
}

/* Whether it was late needs a look only if a tick is due that could not come. */
void deadline_end(struct compiler *c)
{
    struct spot in_time = SPOT_NONE;

    load_current(c);
    compile_put(c, CODE_D(WORD_LWZ, OTHER, SP, c->deadline + EPHEMERAL_CALL_OUTER));
    compile_put(c, CODE_D(WORD_STW, OTHER, OWN, c->terms->deadline));
    compile_put(c, CODE_XFX(WORD_MFSPR, AGAIN, SPR_DEC));
    compile_put(c, CODE_D(WORD_CMPI, 0, AGAIN, 0));
    spot_branch(c, &in_time, CODE_BC(IF_FALSE, BIT_LT));
    compile_put(c, CODE_D(WORD_ADDI, OWN, SP, c->deadline));
    compile_branch_out(c, WORD_B | WORD_LK, c->terms->late);
    spot_place(c, &in_time);
    forget(c);
}
