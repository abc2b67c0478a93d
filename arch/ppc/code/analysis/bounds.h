/*
 * How large an index into a table of words can be: by a compare on every path to where it is used,
 * by a mask, or by the width of what it was loaded from. Private to flow.h.
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_BOUNDS_H
#define ARCH_PPC_CODE_ANALYSIS_BOUNDS_H

#include "arch/ppc/code/analysis/values.h"

/*
 * Of a jump to an entry of a table (VALUE_TABLE): the largest n for which the index register can hold
 * 4 * n. False if it may hold what is no multiple of 4, or nothing bounds it. Takes from trace->budget.
 */
bool bound_index(struct trace *trace, uint32_t jump, const struct value *entry, uint32_t *n);

#endif
