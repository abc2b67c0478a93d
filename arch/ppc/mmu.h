/*
 * Translation: the hashed page table of the 32-bit PowerPC (Programming
 * Environments Manual, chapter 7).
 *
 * A virtual address selects one of 16 segments by its top four bits. The
 * segment's 24-bit id, exclusive-or'ed with the page index, hashes to a group of
 * eight page table entries; the complement of the hash names a second group.
 * Segment n has id n * 0x111, so identity-mapped memory fills groups evenly.
 * The table holds every mapping for good: a miss is a fault, never a refill.
 *
 * Rights: only segment 0 executes; there everything is read-only. Elsewhere
 * pages are read-write or read-only and never execute (segment bit N).
 */
#ifndef ARCH_PPC_MMU_H
#define ARCH_PPC_MMU_H

#include <stdbool.h>
#include <stddef.h>
#include <whorl/status.h>

#include "arch/ppc/layout.h"
#include "arch/ppc/types.h"

enum mmu_rights {
    MMU_READ,       /* read-only; executable if in segment 0 */
    MMU_READ_WRITE, /* not in segment 0 */
    MMU_DEVICE,     /* read-write, uncached, guarded; not in segment 0 */
};

/*
 * Builds the table for memory_size bytes of memory (32 to 256 MB) with the
 * kernel's own mappings and switches to it. Called once, with the block
 * translations of start.S in force.
 */
void mmu_initialize(size_t memory_size);

/* Maps one page that is not mapped. ERR_NO_MEMORY: both its groups are full. */
status_t mmu_map(vaddr_t page, paddr_t frame, enum mmu_rights rights);

/* Unmaps one page, or n; nothing happens to those that are not mapped. */
void mmu_unmap(vaddr_t page);
void mmu_unmap_run(vaddr_t page, size_t n);

/* Changes the rights of a mapped page. */
void mmu_protect(vaddr_t page, enum mmu_rights rights);

/*
 * The window for writing code: lets CODE_WINDOW be written as one page of memory
 * until it is closed. Its place in the table is kept for it. Interrupts off.
 */
void mmu_window_open(paddr_t frame);
void mmu_window_close(void);

/* Where an address goes. False if it is not mapped. Results may be NULL. */
bool mmu_translate(vaddr_t address, paddr_t *paddr, enum mmu_rights *rights);

/* Whether all bytes of a range can be read. */
bool mmu_readable(vaddr_t address, size_t size);

/* Use of the table. */
struct mmu_use {
    size_t n_groups, n_entries, n_used, n_secondary, fullest_group;
    size_t groups_with[9]; /* how many groups have that many entries in use */
};
void mmu_use(struct mmu_use *use);

/* start.S */
void mmu_enable(uint32_t sdr1, const uint32_t segments[16]);

#endif
