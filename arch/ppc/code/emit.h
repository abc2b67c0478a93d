/*
 * An assembler for generated code. A buffer takes instructions one after another; emitters are named by
 * operand form, after the manual's letters. Faults stick: the first one is remembered, everything after
 * it is ignored, and emit_finish reports it once, so that callers need no checks in between.
 *
 * Labels may be used before they are placed. A branch that turns out not to reach is extended: bc to an
 * inverted bc around a b, b to a branch through CTR and r12 if that is allowed. See emit_finish.
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
    EMIT_FULL,     /* more words than the buffer has room for */
    EMIT_OPERAND,  /* an operand out of its range */
    EMIT_FORM,     /* an opcode that does not have the emitter's form */
    EMIT_LABEL,    /* a label of no such number, placed twice, or used and never placed */
    EMIT_LABELS,   /* more labels or uses than there is room for */
    EMIT_REACH,    /* a branch target that cannot be reached */
};

typedef struct {
    uint16_t number; /* from 1 */
} label_t;

struct emit_fixup {
    uint32_t at;    /* word of the buffer */
    uint16_t label; /* 0: to an address */
    uint32_t target;
};

struct emit {
    uint32_t *words;
    uint32_t n, room;  /* words */
    uint32_t address;  /* where the first word will stand */
    bool may_use_ctr;  /* veneers through CTR and r12 are allowed */
    enum emit_fault fault;
    uint32_t fault_at;     /* word */
    enum opcode fault_opcode;
    uint32_t places[LABELS_MAX]; /* words; ~0: not placed */
    uint16_t n_labels;
    struct emit_fixup fixups[FIXUPS_MAX];
    uint16_t n_fixups;
};

/* room words at `words`, which will be executed at `address` (word-aligned). */
void emit_begin(struct emit *emit, uint32_t words[], size_t room, uint32_t address);

/* Any instruction that code_encode takes. */
void emit_instruction(struct emit *emit, const struct instruction *instruction);

/* A word as it is: data, or an instruction that was decoded before. */
void emit_word(struct emit *emit, uint32_t word);

/*
 * By operand form. opcode may carry modifiers: OPCODE_ADD | EMIT_RC. Operands are those of the form in
 * the manual's order; see emit.c for which opcodes each takes. EMIT_FORM if it is none of them.
 */
#define EMIT_RC 0x1000
#define EMIT_OE 0x2000
#define EMIT_LK 0x4000
#define EMIT_AA 0x8000
void emit_rt_ra_si(struct emit *emit, unsigned opcode, int rt, int ra, int32_t si);  /* addi, subfic… */
void emit_ra_rs_ui(struct emit *emit, unsigned opcode, int ra, int rs, uint32_t ui); /* ori, andi.… */
void emit_rt_d_ra(struct emit *emit, unsigned opcode, int rt, int32_t d, int ra);    /* lwz, stw, lfd… */
void emit_rt_ra_rb(struct emit *emit, unsigned opcode, int rt, int ra, int rb);      /* add, lwzx, vaddubm… */
void emit_ra_rs_rb(struct emit *emit, unsigned opcode, int ra, int rs, int rb);      /* and, slw… */
void emit_rt_ra(struct emit *emit, unsigned opcode, int rt, int ra);                 /* neg, addze… */
void emit_ra_rs(struct emit *emit, unsigned opcode, int ra, int rs);                 /* extsb, cntlzw… */
void emit_ra_rs_sh(struct emit *emit, unsigned opcode, int ra, int rs, int sh);      /* srawi */
void emit_ra_rs_sh_mb_me(struct emit *emit, unsigned opcode, int ra, int rs, int sh, int mb, int me);
void emit_bf_ra_si(struct emit *emit, unsigned opcode, int bf, int ra, int32_t si);  /* cmpi, cmpli */
void emit_bf_ra_rb(struct emit *emit, unsigned opcode, int bf, int ra, int rb);      /* cmp, cmpl */
void emit_bt_ba_bb(struct emit *emit, unsigned opcode, int bt, int ba, int bb);      /* crand… */
void emit_spr(struct emit *emit, unsigned opcode, int spr, int rt);                  /* mfspr, mtspr */
void emit_fxm_rs(struct emit *emit, int fxm, int rs);                                /* mtcrf */
void emit_rt(struct emit *emit, unsigned opcode, int rt);                            /* mfcr, mfmsr… */
void emit_bo_bi(struct emit *emit, unsigned opcode, int bo, int bi);                 /* bclr, bcctr */
void emit_nothing(struct emit *emit, unsigned opcode);                               /* sync, isync, sc… */

/* A 32-bit constant into a register: one or two instructions. */
void emit_constant(struct emit *emit, int rt, uint32_t value);

label_t emit_label(struct emit *emit);             /* a new one, not placed */
void emit_place(struct emit *emit, label_t label); /* here */
void emit_b(struct emit *emit, unsigned modifiers, label_t to);
void emit_bc(struct emit *emit, unsigned modifiers, int bo, int bi, label_t to);
void emit_b_to(struct emit *emit, unsigned modifiers, uint32_t address);
void emit_bc_to(struct emit *emit, unsigned modifiers, int bo, int bi, uint32_t address);

/*
 * Fills in all branches and extends those that do not reach, which moves what follows them. *n receives
 * the number of words. ERR_RANGE with a sentence that names the first fault, its opcode and word.
 */
status_t emit_finish(struct emit *emit, size_t *n);

/* Where a label stands, after emit_finish. */
uint32_t emit_address(const struct emit *emit, label_t label);

#endif
