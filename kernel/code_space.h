/*
 * Addresses and memory for code: text of domains by the page, generated code by
 * the byte. Memory here is executable and read-only from the moment it is handed
 * out; it is written with code_write (arch/ppc/code/write.h). What is not in use
 * holds trap instructions.
 *
 * Main line only.
 */
#ifndef KERNEL_CODE_SPACE_H
#define KERNEL_CODE_SPACE_H

#include <stddef.h>
#include <whorl/status.h>

#include "arch/ppc/types.h"
#include "kernel/owner.h"

#define CODE_ANYWHERE 0 /* as `near` */

void code_space_initialize(void);

/* n contiguous pages of addresses for text of a domain, with nothing mapped. ERR_NO_MEMORY. */
status_t code_pages_take(size_t n, vaddr_t *first);
void code_pages_give(vaddr_t first, size_t n);

/*
 * size bytes of code, rounded up to 16 and aligned to 16, charged to owner; all of
 * it within reach of a branch at `near`, and the other way round. ERR_RANGE: there
 * are no addresses left within reach; ERR_NO_MEMORY: no memory, or over the quota.
 */
status_t code_allocate(owner_t owner, size_t size, vaddr_t near, vaddr_t *code);

/* Gives back what one code_allocate gave. Nobody may be in it. Patches in it go. */
void code_free(vaddr_t code);

/* Bytes in use, bytes of pages taken for it. */
void code_space_use(size_t *used, size_t *taken);

/* Whose generated code an address is; false if it is none. */
bool code_space_at(vaddr_t address, owner_t *owner);

/* Frees all that an owner has. */
void code_release_owner(owner_t owner);

#endif
