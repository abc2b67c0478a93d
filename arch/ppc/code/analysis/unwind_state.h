/*
 * What registers hold at a point of a procedure, of what its caller will want again: one state for each block. Less is known than in held.h, of
 * any procedure, and it is cheaper. Private to unwind.h.
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_UNWIND_STATE_H
#define ARCH_PPC_CODE_ANALYSIS_UNWIND_STATE_H

#include "arch/ppc/code/analysis/unwind.h"
#include "arch/ppc/code/opcodes.h"

/* What has a value at entry that the caller wants again: r14 to r31, which are 0 to 17, and others. */
enum unwind_entry { ENTRY_LR = UNWIND_GENERALS, ENTRY_CR, N_ENTRIES };

/* What holds values: general registers, and others. */
enum unwind_holder {
    HOLDER_LR = 32,
    HOLDER_CTR,
    HOLDER_CHAIN /* the word that r1 points to */,
    N_HOLDERS
};

#define NO_SLOT INT16_MIN
#define KEPT_FIELDS 0x38u /* of CR, as in mtcrf */

enum unwind_kind {
    HOLDS_UNKNOWN,
    HOLDS_ENTRY,  /* what unwind_entry number n had */
    HOLDS_FIELDS, /* a word of CR with those fields of mask n that are as at entry */
    HOLDS_STACK,  /* the caller's r1 + n */
    HOLDS_NUMBER, /* n */
    HOLDS_STEP,   /* what r1 went down by from the caller's r1 + n to what it is */
};

/* In a word: many of these are kept. */
struct unwind_value {
    int32_t n : 29;
    uint32_t kind : 3; /* enum unwind_kind */
};

struct unwind_state {
    struct unwind_value holders[N_HOLDERS];
    int16_t slots[N_ENTRIES]; /* where on the stack it was put, too; NO_SLOT */
    uint8_t kept;             /* fields of CR that are as at entry */
    uint8_t slot_fields;      /* the same of the word in its slot */
    bool lr_moved;            /* the latest move of LR was from there to a general register */
    bool reached;
};

void unwind_state_enter(struct unwind_state *state);

/* An instruction that does not transfer control; of one that does, what it does to CTR. */
void unwind_state_step(struct unwind_state *state, uint32_t word, enum opcode opcode);

/* At the end of a block: what is worth nothing behind it, and makes states differ. */
void unwind_state_forget(struct unwind_state *state);

/* A call; *target: of a direct one, else NULL. */
void unwind_state_call(struct unwind_state *state, const struct code_source *source,
                       const vaddr_t *target);

/* Makes `into` hold for both. True: it has changed. */
bool unwind_state_join(struct unwind_state *into, const struct unwind_state *state);

/* Where the value is that something had at entry. */
struct unwind_place unwind_state_place(const struct unwind_state *state, unsigned entry);

/* Whether what the caller wants again is in some place wherever another one has it, and r1 the same. */
bool unwind_state_has_all(const struct unwind_state *state, const struct unwind_state *of);

/* Whether r1, and what the caller wants again, is as at entry. */
bool unwind_state_is_left(const struct unwind_state *state);

#endif
