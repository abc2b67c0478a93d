/*
 * What the kernel knows of the machine, all of it learned from the flattened
 * device tree that boot/ made.
 */
#ifndef ARCH_PPC_MACHINE_H
#define ARCH_PPC_MACHINE_H

#include <stddef.h>
#include <stdint.h>

#include "arch/ppc/types.h"

enum interrupt_controller { INTERRUPTS_HEATHROW, INTERRUPTS_OPENPIC };

struct machine {
    char model[32];          /* the root's "model" */
    char compatible[32];     /* the first of the root's "compatible" */
    char cpu[32];            /* name of the processor's node */
    uint32_t pvr;            /* processor version register */
    uint32_t cpu_hz;         /* processor clock, 0 if not told */
    uint32_t timebase_hz;    /* ticks of the time base in a second */
    size_t memory_size;      /* bytes of memory in use, from physical 0 */
    size_t memory_installed; /* bytes there are */
    paddr_t io_base;         /* the mac-io chip, with all devices below */
    size_t io_size;          /* bytes */
    paddr_t serial[2];       /* control registers of ESCC channels A and B */
    unsigned serial_irq[2];  /* their interrupt numbers */
    paddr_t interrupts;      /* interrupt controller */
    enum interrupt_controller interrupt_controller;
    paddr_t cuda;            /* power and reset */
    uint64_t entry_ticks;    /* time base when boot/ was entered */
    uint64_t firmware_ticks; /* ticks spent in the firmware since then */
    uint64_t prompt_ticks;   /* time base when the first prompt was about to be printed */
};

extern struct machine machine;

/*
 * Reads the tree at a data view address, of which nothing is kept. NULL when all needed was there, else a
 * sentence that says what was missing; nothing else works then.
 */
const char *machine_initialize(const void *tree);

/* Device drivers (one file each): called once, with the page table in force. */
void interrupt_initialize(void);
void escc_initialize(void);

/* Power off or restart; returns only if the hardware does not answer. cuda.c */
void machine_power_off(void);
void machine_restart(void);

#endif
