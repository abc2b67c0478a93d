/*
 * Which registers may hold, at the calls of a procedure, something that the procedure or who called it has put there: all
 * others hold what earlier calls have left. Forward data flow, a union over ways. Only these can be kept across a call on purpose.
 *
 * Portable; main line only.
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_CARRIED_H
#define ARCH_PPC_CODE_ANALYSIS_CARRIED_H

#include "arch/ppc/code/analysis/live.h"

/*
 * at_calls[i]: before the i-th call of the flow takes effect; there is room for all. at_entry: at the procedure's start; in its
 * other entries, and where the flow is incomplete, all are. terms: what calls touch. ERR_NO_MEMORY.
 */
status_t carried_find(const struct flow *flow, const struct live_terms *terms,
                      const struct register_set *at_entry, struct register_set at_calls[]);

#endif
