/*
 * What exceptions and patches have to do with each other: called by trap() (kernel/fault.c).
 *
 * Any context, unless said otherwise: on the exception stack with interrupts off.
 */
#ifndef KERNEL_PATCH_EXCEPTION_H
#define KERNEL_PATCH_EXCEPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "arch/ppc/frame.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/types.h"

/* So many bytes of addresses, from VECTOR_PAGES_END on, never held a body. For patch_interrupted alone. */
extern size_t patch_without_bodies;

/*
 * First of all, for every exception. Finishes a springboard, or a body's way to what is out of its reach, or a count.
 */
void patch_interrupted_in(struct trap_frame *frame);

static inline void patch_interrupted(struct trap_frame *frame)
{
    if (frame->srr0 - VECTOR_PAGES_END >= patch_without_bodies)
        patch_interrupted_in(frame);
}

/* An illegal instruction: if it is a patch's, the frame goes on in its body. */
bool patch_program(struct trap_frame *frame);

/*
 * A fault: if it happened in what a patch's handler did, deeper than the boundary whose stack begins at `stack` (0: none), the frame
 * is led to go on behind the patch, which is taken away. It is reported on the way there; but if it was an exception's handler that was
 * patched, later, by patch_report_faults. *seen
 * is then the frame of the fault, for reports.
 */
bool patch_contain(struct trap_frame *frame, vaddr_t stack, struct trap_frame *seen);

/* The last of it, when who did it is not called any more. Changes the frame to go on. */
struct handler_call;
void patch_lead_on(struct trap_frame *frame, const struct handler_call *call,
                   struct trap_frame *seen) __attribute__((noinline));
void patch_lead_on_code(struct trap_frame *frame, const struct handler_call *call,
                        struct trap_frame *seen) __attribute__((noinline));

/* Reports what faulted where it could not be reported, and removes patches whose handlers did. Main line only. */
void patch_report_faults(void);

/* The frame as it would be had the site not been patched: srr0 is the site if the displaced instruction was interrupted. For reports. */
void patch_present(struct trap_frame *frame);

#endif
