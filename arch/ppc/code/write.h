/*
 * Making stored words into instructions. Everything that turns data into code
 * does it here.
 */
#ifndef ARCH_PPC_CODE_WRITE_H
#define ARCH_PPC_CODE_WRITE_H

#include <stddef.h>
#include <whorl/status.h>

#include "arch/ppc/types.h"

/*
 * Takes n_pages pages of the data view starting at data, page-aligned, away from
 * there and lets them be executed at code, page-aligned, in segment 0, where
 * nothing was mapped. Only the first `used` bytes need to be instructions.
 * On failure everything is as before.
 */
status_t code_seal(vaddr_t code, vaddr_t data, size_t n_pages, size_t used);

/* Undoes code_seal. */
void code_unseal(vaddr_t code, vaddr_t data, size_t n_pages);

#endif
