/*
 * Addresses. A paddr_t is what the memory bus sees; a vaddr_t is what a running
 * instruction uses. Both count bytes.
 */
#ifndef ARCH_PPC_TYPES_H
#define ARCH_PPC_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/ppc/layout.h"

typedef uint32_t paddr_t;
typedef uint32_t vaddr_t;

/* One look at an address says what it is. */
static inline bool vaddr_is_code(vaddr_t address)
{
    return address < DATA_VIEW;
}

#endif
