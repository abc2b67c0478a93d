/*
 * Procedures and variables of the kernel image by the address at which they start, with their types: those of
 * the public interfaces first, else those that the compiler recorded of all files.
 *
 * Main line only.
 */
#ifndef KERNEL_KERNEL_ENTRY_H
#define KERNEL_KERNEL_ENTRY_H

#include <stdbool.h>
#include <whorl/status.h>

#include "domains/object/btf.h"
#include "arch/ppc/types.h"

struct kernel_entry {
    const char *name;      /* as users know it: without IDENTIFIED_PREFIX */
    const struct btf *btf; /* NULL: the type is not known */
    struct btf_type type;
};

/*
 * ERR_NOT_FOUND: none of that kind starts there, no sentence is left; ERR_TYPE: several have its name, and not
 * one type; ERR_NO_MEMORY. *entry has the name in each case but the first.
 */
status_t kernel_entry_at(vaddr_t address, bool procedure, struct kernel_entry *entry);

#endif
