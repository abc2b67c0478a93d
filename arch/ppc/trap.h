/*
 * Exceptions. The vectors save a frame and call trap(), the one way from here up
 * into the kernel, which defines it.
 */
#ifndef ARCH_PPC_TRAP_H
#define ARCH_PPC_TRAP_H

#include "arch/ppc/frame.h"

/*
 * Called for every exception on the exception stack, translation on, interrupts
 * off. Returning goes on at frame->srr0 with all registers from the frame.
 */
void trap(struct trap_frame *frame);

/* Where trap() returns to, with r1 FRAME_HEAD below the trap frame. */
extern const char exception_return[];

/* Puts the vectors into low memory. Called once, before mmu_initialize. */
void trap_initialize(void);

/* "data storage" and the like. */
const char *trap_name(uint32_t vector);

#endif
