/*
 * What registers and the words of a procedure's own frame hold, as far as it must be known to tell
 * whether the procedure stores only there and leaves everything to its caller as it was: an abstract
 * interpretation (Cousot, Cousot, 1977) of the instructions of a procedure, one state for each block.
 *
 * Addresses in the frame are offsets from the stack pointer at entry, which is 0: the frame is from r1,
 * which must always be known exactly, up to 0; the word at 4 belongs to it too, as the place for LR (System V
 * ABI, PowerPC Processor Supplement, chapter 3). Nothing is stored elsewhere, so what a word of the frame holds
 * is known until something is stored there.
 *
 * Private to functional.h.
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_HELD_H
#define ARCH_PPC_CODE_ANALYSIS_HELD_H

#include "arch/ppc/code/analysis/flow.h"
#include "arch/ppc/code/opcodes.h"

#define HELD_FRAME_MAX 0x4000 /* bytes of a frame */
#define HELD_STEP_MAX 0x1000  /* by which r1 may go down at once: the page that guards a stack */
#define HELD_WORDS_MAX 40     /* of the frame that something is known of */

/* Places besides general registers, which are 0 to 31. */
enum held_place { HELD_LR = 32, HELD_CTR, HELD_CR, N_HELD_PLACES };

enum held_kind {
    HELD_UNKNOWN,
    HELD_NUMBER,  /* from low to high, as unsigned numbers */
    HELD_ADDRESS, /* in the frame, from low to high, as signed offsets */
    HELD_ENTRY,   /* what `place` held at entry */
};

struct held {
    uint8_t kind; /* enum held_kind */
    uint8_t place;
    uint32_t low, high;
};

struct held_word {
    int32_t offset;
    struct held held;
};

/* Where something that an indirect jump may depend on may have been put. */
enum held_spill { SPILL_NONE, SPILL_AT_BASE, SPILL_MIXED };

struct held_state {
    bool reached;
    uint8_t spill; /* enum held_spill */
    int32_t base;  /* what r1, or r31, was when that was put there */
    uint8_t kept;  /* 0x80 >> n: CR field n is as at entry */
    uint8_t n_words;
    struct held places[N_HELD_PLACES];
    struct held_word words[HELD_WORDS_MAX]; /* by rising offset */
};

/* What is asked of all instructions. */
struct held_terms {
    bool
        jumps; /* the procedure has indirect jumps, which flow follows by what it sees put into the frame */
};

void held_at_entry(struct held_state *state);

/*
 * An instruction that is no branch. NULL, or why it is refused: "stores outside its frame". Then the
 * state does not matter any more.
 */
const char *held_step(struct held_state *state, const struct held_terms *terms, uint32_t word,
                      enum opcode opcode);

/* Why an instruction is refused wherever it stands; NULL: it is not. */
const char *held_refuse(uint32_t word, enum opcode opcode);

/* What a call leaves, of a procedure that itself keeps to this. */
void held_call(struct held_state *state);

/* Whether the procedure may return now: NULL, or why not. */
const char *held_return(const struct held_state *state);

/* Whether r1 is known, as it always is but where ways meet on which it differs. */
bool held_has_stack(const struct held_state *state);

/* Makes `into` hold for both. True: it has changed. `widen`: what differs becomes unknown. */
bool held_join(struct held_state *into, const struct held_state *state, bool widen);

/*
 * The words of the frame that an instruction loads or stores: true, and offset, if it is one access of at most
 * a word at a known offset. False: elsewhere, or at an offset that is not exactly known.
 */
bool held_frame_access(const struct held_state *state, uint32_t word, enum opcode opcode,
                       int32_t *offset);

#endif
