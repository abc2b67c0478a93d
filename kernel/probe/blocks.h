/*
 * How often the basic blocks of a procedure are executed: a count at the first instruction of each that control is known
 * to reach. Blocks whose first instruction cannot be patched are left out, and shown with the reason.
 */
#ifndef KERNEL_PROBE_BLOCKS_H
#define KERNEL_PROBE_BLOCKS_H

#include <whorl/status.h>

struct probe;
struct site_look;

/*
 * ERR_RANGE: not where a procedure begins; ERR_UNSUPPORTED: none of its blocks can be counted; ERR_NO_MEMORY; errors
 * of program_flow. Main line only.
 */
status_t blocks_make(const struct site_look *look, struct probe **probe);

#endif
