/*
 * How much of a program the analyses understand. Portable; main line only.
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_COVERAGE_H
#define ARCH_PPC_CODE_ANALYSIS_COVERAGE_H

#include <stdio.h>

#include "arch/ppc/code/analysis/program.h"

struct coverage {
    uint32_t n_words, n_decoded;       /* of procedures */
    uint32_t n_procedures, n_complete; /* parts are counted with their wholes; imports are not */
    uint32_t n_sites;                  /* instructions that control gets to */
    uint32_t n_two_free; /* … before which two general registers and a CR field are free */
};

/*
 * Of the procedures that start from start up to end, exclusive; what can be written is left out: boot/,
 * whose code and data are one. ERR_NO_MEMORY.
 */
status_t coverage_measure(const struct code_source *source, struct program *program, vaddr_t start,
                          vaddr_t end, struct coverage *coverage);

/* Shares in percent, one a line: name, tab, value, tab, unit. */
void coverage_print(FILE *out, const char *prefix, const struct coverage *coverage);

#endif
