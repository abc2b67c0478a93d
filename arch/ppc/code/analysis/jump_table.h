/*
 * Branches to what a register holds: where they go is found by evaluating backwards what they jump to
 * (values.h) and what bounds the index if that is of a table (bounds.h). Tables are those of gcc and
 * clang: constant words, each the address of code or its distance from a constant.
 *
 * What is found must hold for all edges, also those found later: everything is looked at again until
 * nothing changes. Private to flow.h.
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_JUMP_TABLE_H
#define ARCH_PPC_CODE_ANALYSIS_JUMP_TABLE_H

#include "arch/ppc/code/analysis/trace.h"

/* Entries of a table; one that would have more is none. */
#define JUMP_TABLE_MAX 0x8000u

/* Finds where all jumps of a trace go, and all that is reached by them. ERR_NO_MEMORY. */
status_t jumps_resolve(struct trace *trace);

#endif
