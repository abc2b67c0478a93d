/*
 * Addresses. A paddr_t is what the memory bus sees; a vaddr_t is what a running
 * instruction uses. Both count bytes.
 */
#ifndef ARCH_PPC_TYPES_H
#define ARCH_PPC_TYPES_H

#include <stdint.h>

typedef uint32_t paddr_t;
typedef uint32_t vaddr_t;

#endif
