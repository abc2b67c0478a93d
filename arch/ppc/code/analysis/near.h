/*
 * Flow and liveness of one procedure at a time, of a program that keeps to the ABI, with as little else analysed as
 * possible: what a call of a procedure with a type means its type says; only those without, which may have rules of
 * their own as assembly has, are looked into, and what they call, not deeper than NEAR_DEPTH. Callers are not looked
 * at, so nothing is known of what they keep beyond the ABI, nor of entries in the middle: control that comes in there is not seen, and
 * what only it leads to is not reached.
 *
 * Portable; main line only.
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_NEAR_H
#define ARCH_PPC_CODE_ANALYSIS_NEAR_H

#include "arch/ppc/code/analysis/program.h"

#define NEAR_DEPTH 3

struct near_terms {
    const struct code_source *source;
    program_type_t type; /* see program_set_types; asked whenever it matters */
    void *type_context;
    /* Of struct flow_terms; may be NULL. */
    uint32_t (*pointers)(void *context, vaddr_t start, vaddr_t end);
    void *pointers_context;
};

struct near;

/* terms must outlive it. ERR_NO_MEMORY. */
status_t near_open(const struct near_terms *terms, struct near **near);
void near_close(struct near *near);

/* Of the procedure that an address lies in, until the next one is asked for or it is closed. Errors as flow_build. */
status_t near_live(struct near *near, vaddr_t address, const struct live **live);

/* Gives back the memory for the latest. What is known of procedures without a type stays. */
void near_rest(struct near *near);

#endif
