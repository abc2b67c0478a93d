/*
 * Unwinding: where, at an instruction of a procedure, is what its caller will find again? Found from the code alone, by following what was put
 * where from the entry on (forward data flow to a fixed point), so it holds for separately wrapped prologues, save and restore routines, and at every
 * instruction of prologue and epilogue; for procedures that keep to the ABI (System V PowerPC supplement, 3-15): what is stored through
 * other addresses than such as are made of the stack pointer is taken to hit no place where registers are saved.
 *
 * Places on the stack are offsets from the caller's r1, which never change, also where r1 goes down by what is not known.
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_UNWIND_H
#define ARCH_PPC_CODE_ANALYSIS_UNWIND_H

#include <whorl/status.h>

#include "arch/ppc/code/analysis/flow.h"

#define UNWIND_FIRST 14 /* from this general register on its caller needs them again */
#define UNWIND_GENERALS 18

enum unwind_where {
    UNWIND_LOST,
    UNWIND_KEPT,    /* still, or again, where it was */
    UNWIND_GENERAL, /* in a general register */
    UNWIND_STACK,   /* at the caller's r1 + offset */
};

struct unwind_place {
    uint8_t where;   /* enum unwind_where */
    uint8_t general; /* number of the register */
    int16_t offset;  /* bytes */
};

#define UNWIND_CHAIN 0 /* for a base: not r0, but the word that r1 points to */

struct unwind {
    /* r1 of the caller is what a general register, or the back chain, holds, and `frame` bytes. */
    uint8_t base;
    bool chained; /* the word that r1 points to is known to be the caller's r1 + chain */
    int32_t frame, chain;
    struct unwind_place lr; /* the return address */
    struct unwind_place cr; /* fields 2 to 4 of CR, in a word of CR */
    struct unwind_place general[UNWIND_GENERALS];
};

struct unwinder;

struct unwind_terms {
    const struct code_source
        *source;         /* of the flow: what save and restore routines do is looked up */
    struct arena *arena; /* all memory is taken from there; NULL: of the heap */
    bool leaves;         /* jumps to where nobody knows leave the procedure */
    /* What is entered from the middle of something else, as the body of a patch: what that is, and where. NULL: it is called. */
    const struct unwinder *around;
    vaddr_t site;
};

/*
 * What is known of a procedure; the flow must outlive it. ERR_UNSUPPORTED: where a jump in it goes is unknown, so not all that leads to its instructions
 * was followed; ERR_NOT_FOUND: control never gets to the site; ERR_RANGE: it takes too long; ERR_NO_MEMORY.
 */
status_t unwind_open(const struct flow *flow, const struct unwind_terms *terms,
                     struct unwinder **unwinder);
void unwind_close(struct unwinder *unwinder);

/*
 * pc: an instruction that was not executed yet; or if `called`, the one behind a call that has not returned.
 * ERR_NOT_FOUND: control never gets there as far as is known, or the frame cannot be followed there.
 */
status_t unwind_at(const struct unwinder *unwinder, vaddr_t pc, bool called, struct unwind *unwind);

/* All of these in one. */
status_t unwind_find(const struct flow *flow, vaddr_t pc, bool called,
                     const struct unwind_terms *terms, struct unwind *unwind);

#endif
