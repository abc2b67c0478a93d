/*
 * Making stored words into instructions. Everything that turns data into code
 * does it here.
 */
#ifndef ARCH_PPC_CODE_WRITE_H
#define ARCH_PPC_CODE_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <whorl/status.h>

#include "arch/ppc/types.h"

/*
 * Stores n words at a word-aligned address of code that is mapped, through a
 * window that exists only meanwhile and with interrupts off, and makes them what
 * is executed there. Each word changes as a whole; whoever executes it meets the
 * old one or the new one. Any context. False, and nothing changed, if some of the
 * range is no code.
 */
bool code_write(vaddr_t address, const uint32_t words[], size_t n);

/* Code that is not always what it was: from the first write into it on, `changed` says whether it is other than `original`. */
struct code_watch {
    vaddr_t code;
    size_t n; /* words */
    const uint32_t *original;
    volatile bool *changed;
};

/* The only one there is. */
void code_watch(const struct code_watch *watch);

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
