/*
 * The map of the address space, for C and assembly.
 *
 *   0x0000_0000  page 0: exception vectors, used in real mode only. Not mapped, so null faults.
 *   0x0000_1000  the rest of the vectors; execute and read.
 *   0x0100_0000  kernel text, at its physical address; execute and read.
 *   0x0180_0000  generated code near the kernel; below 32 MB an absolute branch reaches it from everywhere.
 *   0x0400_0000  domain text: out of `b`'s reach of kernel text.
 *   0x1000_0000  the data view: physical + 0x1000_0000, never executable.
 *                A page that holds code has no mapping here.
 *   0x2000_0000  translations made by extensions.
 *   0x8000_0000  devices, uncached, guarded, never executable.
 *   0xc000_0000  capabilities (domains/capability.h): numbers, never mapped. To 0xcfff_ffff.
 *
 * One look at an address says what it is: below DATA_VIEW is code and never
 * writable, from DATA_VIEW on is data and never executable.
 */
#ifndef ARCH_PPC_LAYOUT_H
#define ARCH_PPC_LAYOUT_H

#define PAGE_SIZE 4096
#define PAGE_SHIFT 12

#define VECTOR_PAGES_END 0x00003000
#define KERNEL_TEXT_BASE 0x01000000
#define NEAR_CODE_BASE 0x01800000
#define NEAR_CODE_END 0x04000000
#define DOMAIN_CODE_BASE 0x04000000
#define DOMAIN_CODE_END 0x10000000
#define DATA_VIEW 0x10000000
#define DATA_VIEW_SIZE 0x10000000

/* Through here, and only here, code is written (arch/ppc/code/write.h). */
#define CODE_WINDOW DATA_VIEW

/* The hashed page table; aligned to the largest size it can have. */
#define PAGE_TABLE_PADDR 0x00400000
#define PAGE_TABLE_SIZE_MAX 0x00400000

#endif
