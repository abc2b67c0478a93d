/*
 * Whether calls pass addresses of their callers' frames: what registers and words of the frame hold (held.h) before a
 * call, on all ways to it. What is said is so; of what depends on the way, or is computed in too many ways, nothing is said.
 *
 * Portable; main line only.
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_PASSED_H
#define ARCH_PPC_CODE_ANALYSIS_PASSED_H

#include <stdbool.h>
#include <stddef.h>
#include <whorl/status.h>

#include "arch/ppc/code/analysis/source.h"

/* Where an argument is passed. */
struct passed_place {
    bool in_frame;
    uint8_t number;  /* of a register */
    uint16_t offset; /* bytes above r1 at the call */
};

/*
 * Looks at the calls that stand from an address up to another one, which are of one procedure. *found is the first of the places in which one of
 * them passes an address of its caller's frame, and *site that call; or *found is n. Tail calls have no frame. Where there is no procedure, or one
 * that cannot be analysed, nothing is found. ERR_NO_MEMORY.
 */
status_t passed_find(const struct code_source *source, vaddr_t start, vaddr_t end,
                     const struct passed_place places[], size_t n, size_t *found, vaddr_t *site);

#endif
