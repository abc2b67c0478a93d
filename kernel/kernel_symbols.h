/*
 * The kernel image's own symbol table, made by tools/symbols from a first link
 * and linked in last (linker.ld).
 */
#ifndef KERNEL_KERNEL_SYMBOLS_H
#define KERNEL_KERNEL_SYMBOLS_H

#include <stdbool.h>

#include "domains/symbols.h"

/* Makes the domains SpinPublic (what everyone may use) and Debug (every global symbol). */
void kernel_symbols_initialize(void);

/* Whether the address is the image's; *symbol is the nearest one not above it, NULL if none. */
bool kernel_symbol_at(vaddr_t address, const struct symbol **symbol);

#endif
