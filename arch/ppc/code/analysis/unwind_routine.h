/*
 * Routines of the compiler's library that save or restore registers from r11 down, or r12, and keep all others. They are known by their words: those
 * that do nothing else; or by their names where they are elsewhere. Private to unwind.h.
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_UNWIND_ROUTINE_H
#define ARCH_PPC_CODE_ANALYSIS_UNWIND_ROUTINE_H

#include "arch/ppc/code/analysis/source.h"

#define UNWIND_ROUTINE_MAX 24 /* words; the longest has 18 stores and what leads to the return */

/* The words of one that is called, up to the return, and how many; 0: it is no such routine. */
unsigned unwind_routine(const struct code_source *source, vaddr_t target,
                        uint32_t words[UNWIND_ROUTINE_MAX]);

#endif
