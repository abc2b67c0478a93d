/*
 * Unwinding: where, at an instruction of a procedure, is what its caller will find again? Found from the code alone, by following what was put
 * where from the entry on (forward data flow to a fixed point), so it holds for separately wrapped prologues, save and restore routines, and at every
 * instruction of prologue and epilogue; for procedures that keep to the ABI (System V PowerPC supplement, 3-15).
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_UNWIND_H
#define ARCH_PPC_CODE_ANALYSIS_UNWIND_H

#include <whorl/status.h>

#include "arch/ppc/code/analysis/flow.h"

#define UNWIND_FIRST 14 /* r14 to r31 */

enum unwind_where {
    UNWIND_REGISTER, /* still, or again, where it was */
    UNWIND_STACK,    /* at r1 + offset */
    UNWIND_LOST,
};

struct unwind_place {
    uint8_t where;
    int16_t offset;
};

struct unwind {
    int32_t frame;                   /* r1 of the caller is r1 + frame; -1: at the back chain */
    struct unwind_place lr;          /* the return address; UNWIND_REGISTER: in LR */
    struct unwind_place cr;          /* fields 2 to 4, in a word of CR */
    struct unwind_place general[18]; /* r14 to r31 */
};

/*
 * pc: an instruction that was not executed yet; or if `called`, the one behind a call that has not returned.
 * ERR_NOT_FOUND: control never gets there, or the frame cannot be followed there; ERR_NO_MEMORY.
 */
status_t unwind_find(const struct flow *flow, vaddr_t pc, bool called, struct unwind *unwind);

#endif
