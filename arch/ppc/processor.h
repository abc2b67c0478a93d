/* Single instructions of the processor as functions. */
#ifndef ARCH_PPC_PROCESSOR_H
#define ARCH_PPC_PROCESSOR_H

#include <stdint.h>

#include "arch/ppc/registers.h"

static inline uint32_t msr_read(void)
{
    uint32_t msr;

    __asm__ volatile("mfmsr %0" : "=r"(msr) : : "memory");
    return msr;
}

static inline void msr_write(uint32_t msr)
{
    __asm__ volatile("mtmsr %0\n\tisync" : : "r"(msr) : "memory");
}

/*
 * External interrupts and the decrementer off; returns the machine state before. What changes no bit but MSR[EE] needs no isync: that
 * takes effect at once (PEM table 2-22, note 1).
 */
static inline uint32_t interrupts_off(void)
{
    uint32_t msr = msr_read();

    __asm__ volatile("mtmsr %0" : : "r"(msr & ~MSR_EE) : "memory");
    return msr;
}

static inline void interrupts_restore(uint32_t before)
{
    __asm__ volatile("mtmsr %0" : : "r"(before) : "memory");
}

/* After the strand may have waited meanwhile, and with that lost the floating-point registers. Interrupts off. */
static inline void interrupts_restore_waited(uint32_t before)
{
    msr_write((msr_read() & ~MSR_EE) | (before & MSR_EE));
}

static inline void interrupts_on(void)
{
    msr_write(msr_read() | MSR_EE);
}

/* Which domain called last (kernel/identity.h). */
static inline uint32_t sprg1_read(void)
{
    uint32_t word;

    __asm__ volatile("mfspr %0, %1" : "=r"(word) : "i"(SPR_SPRG1));
    return word;
}

static inline void sprg1_write(uint32_t word)
{
    __asm__ volatile("mtspr %0, %1" : : "i"(SPR_SPRG1), "r"(word));
}

static inline uint32_t processor_version(void)
{
    uint32_t pvr;

    __asm__ volatile("mfspr %0, %1" : "=r"(pvr) : "i"(SPR_PVR));
    return pvr;
}

/* Negative: it is due. */
static inline int32_t decrementer_read(void)
{
    int32_t ticks;

    __asm__ volatile("mfspr %0, %1" : "=r"(ticks) : "i"(SPR_DEC));
    return ticks;
}

static inline void decrementer_write(uint32_t ticks)
{
    __asm__ volatile("mtspr %0, %1" : : "i"(SPR_DEC), "r"(ticks));
}

/* Let MSR[POW] put the processor to nap until an interrupt (750 manual, 10.2.1). */
static inline void nap_enable(void)
{
    uint32_t hid0;

    __asm__ volatile("mfspr %0, %1" : "=r"(hid0) : "i"(SPR_HID0));
    __asm__ volatile("mtspr %0, %1\n\tisync" : : "i"(SPR_HID0), "r"(hid0 | HID0_NAP | HID0_DPM));
}

/* start.S: wait for an interrupt; returns with interrupts on. */
void cpu_idle(void);

#endif
