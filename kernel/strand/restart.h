/*
 * Sequences of instructions that are changed while strands run, and that lead to what goes when nobody is in it: slots of imports and the veneers
 * of splices. A strand that is preempted in one would go on with half an address of before, so it begins the sequence again.
 */
#ifndef KERNEL_STRAND_RESTART_H
#define KERNEL_STRAND_RESTART_H

#include "arch/ppc/types.h"

/* Where a strand goes on that is preempted at an instruction; not busy. */
vaddr_t restart_at(vaddr_t pc);

#endif
