/*
 * An assembler for generated code. A buffer takes instructions one after another; emitters are named by
 * operand form, after the manual's letters. Faults stick: the first one is remembered, everything after
 * it is ignored, and emit_finish reports it once, so that callers need no checks in between.
 *
 * Labels may be used before they are placed. A branch that turns out not to reach is extended: a bc by
 * a b that stands beside it, and where b does not reach either, to a branch through CTR and r12, if that
 * is allowed and the branch does not count in CTR. What is extended does what the branch did, to CTR and
 * LR too: with LK, LR becomes the address behind all of it, whether the branch is taken or not.
 *
 * Portable; any context, since the memory is the caller's.
 */
#ifndef ARCH_PPC_CODE_EMIT_H
#define ARCH_PPC_CODE_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <whorl/status.h>

#include "arch/ppc/code/instruction.h"

#define LABELS_MAX 64
#define FIXUPS_MAX 256

enum emit_fault {
    EMIT_OK,
    EMIT_FULL,    /* more words than the buffer has room for */
    EMIT_OPERAND, /* an operand out of its range */
    EMIT_FORM,    /* an opcode that does not have the emitter's form, or the modifier */
    EMIT_LABEL,   /* a label of no such number */
    EMIT_TWICE,   /* a label placed twice */
    EMIT_NOWHERE, /* a label used and never placed */
    EMIT_LABELS,  /* more labels or uses than there is room for */
    EMIT_REACH,   /* a branch target that cannot be reached */
};

typedef struct {
    uint16_t number; /* from 1 */
} label_t;

/* A branch that emit_finish is to fill in. */
struct emit_fixup {
    uint32_t at;     /* its first word */
    uint32_t target; /* address, if there is no label */
    uint16_t label;  /* or 0 */
    uint16_t way;    /* private to emit.c */
};

struct emit {
    uint32_t *words;
    uint32_t n, room;       /* words */
    uint32_t address;       /* where the first word will stand */
    bool may_use_ctr;       /* extended branches may destroy CTR and r12; off at first */
    enum emit_fault fault;  /* the first one */
    uint32_t fault_at;      /* word */
    uint32_t fault_value;   /* the target or the number of the label */
    const char *fault_form; /* of EMIT_FORM: of the emitter, NULL if it takes all */
    struct instruction fault_instruction; /* what was asked for; of a label, OPCODE_UNKNOWN */
    uint32_t places[LABELS_MAX];          /* words; ~0: not placed */
    struct emit_fixup fixups[FIXUPS_MAX];
    uint16_t n_labels, n_fixups;
};

/* room words at `words`, which will be executed at `address` (word-aligned). */
void emit_begin(struct emit *emit, uint32_t words[], size_t room, uint32_t address);

/*
 * Any instruction that code_encode takes, and a word as it is: data, or an instruction that was decoded
 * before. Displacements of branches that are emitted so stay as they are, even if something between
 * them and their target is extended. emit_word checks nothing but room: with the constants of
 * encode.h it is the cheap way for opcodes that the caller knows.
 */
void emit_instruction(struct emit *emit, const struct instruction *instruction);
void emit_word(struct emit *emit, uint32_t word);

/*
 * By operand form. opcode may carry modifiers: OPCODE_ADD | EMIT_RC. Operands are those of the form in
 * the manual's order; floating-point and vector registers stand where general ones do. The table in
 * emit.c says which forms each takes; an opcode of another one is EMIT_FORM.
 */
#define EMIT_RC 0x1000u
#define EMIT_OE 0x2000u
#define EMIT_LK 0x4000u

/* addi, subfic…; ori, andi.… */
void emit_rt_ra_si(struct emit *emit, unsigned opcode, int rt, int ra, int32_t si);
void emit_ra_rs_ui(struct emit *emit, unsigned opcode, int ra, int rs, uint32_t ui);

/* lwz, stmw, lfd…; all else of three registers whose target comes first in the word: add, stwx, vand… */
void emit_rt_d_ra(struct emit *emit, unsigned opcode, int rt, int32_t d, int ra);
void emit_rt_ra_rb(struct emit *emit, unsigned opcode, int rt, int ra, int rb);

/* neg, addze…; fmr, mfsrin, vrefp…; mfcr, mtmsr, mffs, tlbie…; dcbst, icbi, dcbz… */
void emit_rt_ra(struct emit *emit, unsigned opcode, int rt, int ra);
void emit_rt_rb(struct emit *emit, unsigned opcode, int rt, int rb);
void emit_rt(struct emit *emit, unsigned opcode, int rt);
void emit_ra_rb(struct emit *emit, unsigned opcode, int ra, int rb);

/* and, slw…; extsb, cntlzw…; srawi; rlwinm, rlwimi, and rlwnm with rb for sh */
void emit_ra_rs_rb(struct emit *emit, unsigned opcode, int ra, int rs, int rb);
void emit_ra_rs(struct emit *emit, unsigned opcode, int ra, int rs);
void emit_ra_rs_sh(struct emit *emit, unsigned opcode, int ra, int rs, int sh);
void emit_ra_rs_sh_mb_me(struct emit *emit, unsigned opcode, int ra, int rs, int sh, int mb,
                         int me);

/* cmpi; cmpli; cmp, cmpl, fcmpu, fcmpo: L, which is 0, is left out */
void emit_bf_ra_si(struct emit *emit, unsigned opcode, int bf, int ra, int32_t si);
void emit_bf_ra_ui(struct emit *emit, unsigned opcode, int bf, int ra, uint32_t ui);
void emit_bf_ra_rb(struct emit *emit, unsigned opcode, int bf, int ra, int rb);

/* crand… */
void emit_bt_ba_bb(struct emit *emit, unsigned opcode, int bt, int ba, int bb);

/* mfspr, mftb, mfsr; mtspr, mtsr; mtcrf, mtfsf */
void emit_rt_spr(struct emit *emit, unsigned opcode, int rt, int spr);
void emit_spr_rs(struct emit *emit, unsigned opcode, int spr, int rs);
void emit_fxm_rs(struct emit *emit, unsigned opcode, int fxm, int rs);

/* tw; twi; bclr, bcctr; sync, isync, sc… */
void emit_to_ra_rb(struct emit *emit, unsigned opcode, int to, int ra, int rb);
void emit_to_ra_si(struct emit *emit, unsigned opcode, int to, int ra, int32_t si);
void emit_bo_bi(struct emit *emit, unsigned opcode, int bo, int bi);
void emit_nothing(struct emit *emit, unsigned opcode);

/* A 32-bit constant into a register: one or two instructions. */
void emit_constant(struct emit *emit, int rt, uint32_t value);

label_t emit_label(struct emit *emit);             /* a new one, not placed */
void emit_place(struct emit *emit, label_t label); /* here */

/* Branches; modifiers are 0 or EMIT_LK. Whether one is relative or absolute is decided by what reaches. */
void emit_b(struct emit *emit, unsigned modifiers, label_t to);
void emit_bc(struct emit *emit, unsigned modifiers, int bo, int bi, label_t to);
void emit_b_to(struct emit *emit, unsigned modifiers, uint32_t address);
void emit_bc_to(struct emit *emit, unsigned modifiers, int bo, int bi, uint32_t address);

/*
 * Fills in all branches and extends those that do not reach, which moves what follows them. *n receives
 * the number of words. ERR_RANGE with a sentence that names the first fault, its word, opcode and
 * operands. Once for a buffer: nothing may be emitted afterwards.
 */
status_t emit_finish(struct emit *emit, size_t *n);

/* Where a label that was placed stands, after emit_finish. */
uint32_t emit_address(const struct emit *emit, label_t label);

#endif
