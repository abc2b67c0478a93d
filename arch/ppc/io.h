/*
 * Device registers: identity-mapped, uncached and guarded, so accesses happen in
 * program order except a load before a store, which eieio keeps apart.
 */
#ifndef ARCH_PPC_IO_H
#define ARCH_PPC_IO_H

#include <stdint.h>

#include "arch/ppc/types.h"

static inline uint8_t io_read8(paddr_t address)
{
    uint8_t value = *(volatile uint8_t *)address;

    __asm__ volatile("eieio" : : : "memory");
    return value;
}

static inline void io_write8(paddr_t address, uint8_t value)
{
    *(volatile uint8_t *)address = value;
    __asm__ volatile("eieio" : : : "memory");
}

/* The chips of the mac-io family are little-endian. */
static inline uint32_t io_read32(paddr_t address)
{
    uint32_t value;

    __asm__ volatile("lwbrx %0, 0, %1\n\teieio" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static inline void io_write32(paddr_t address, uint32_t value)
{
    __asm__ volatile("stwbrx %0, 0, %1\n\teieio" : : "r"(value), "r"(address) : "memory");
}

#endif
