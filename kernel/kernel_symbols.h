/*
 * Names of the kernel's own addresses, from the symbol table that is part of its
 * image (tools/symbols). Any context.
 */
#ifndef KERNEL_KERNEL_SYMBOLS_H
#define KERNEL_KERNEL_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>

#include "domains/image/symbols.h"

/*
 * Whether an address is in the kernel image. symbol is the nearest at or below it, valid
 * until the next call; NULL if there is none.
 */
bool kernel_symbol_at(vaddr_t address, const struct symbol **symbol);

/* All of them by rising address. index < kernel_symbol_count(). Global ones are `exported`. */
size_t kernel_symbol_count(void);
struct symbol kernel_symbol(size_t index);

/* The first that is at or above an address; kernel_symbol_count() if there is none. */
size_t kernel_symbol_from(vaddr_t address);

/*
 * The innermost procedure that an address lies in, by its size: for those who ask often. Without its hash. Labels of assembly, and what
 * holds more than a few others that end before the address, are not found.
 */
bool kernel_symbol_around(vaddr_t address, struct symbol *symbol);

/* Whether the last symbol at or below an address is none of a procedure whose size is known. */
bool kernel_symbol_is_label(vaddr_t address);

#endif
