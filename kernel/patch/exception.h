/*
 * What exceptions and patches have to do with each other: called by trap() (kernel/fault.c).
 *
 * Any context: on the exception stack with interrupts off.
 */
#ifndef KERNEL_PATCH_EXCEPTION_H
#define KERNEL_PATCH_EXCEPTION_H

#include <stdbool.h>

#include "arch/ppc/frame.h"
#include "arch/ppc/types.h"

/* First of all, for every exception. Finishes a springboard; restarts what an interrupt must not divide. */
void patch_interrupted(struct trap_frame *frame);

/* An illegal instruction: if it is a patch's, the frame goes on in its body. */
bool patch_program(struct trap_frame *frame);

/*
 * A fault: if it happened in what a patch's handler did, deeper than the boundary whose stack begins at `stack` (0: none), the frame
 * is led to go on behind the patch, by way of a report and the patch's removal.
 */
bool patch_contain(struct trap_frame *frame, vaddr_t stack);

/* The frame as it would be had the site not been patched: srr0 is the site if the displaced instruction was interrupted. For reports. */
void patch_present(struct trap_frame *frame);

#endif
