/*
 * Going on with a raise when what a routine or the loop has called for it, or code of that which was copied into a
 * routine, is cut off: as if the binding's guard had said no. A guard says no; a post procedure is passed over; instead of
 * the default handler's or the result handler's there is the default result, else ERR_FAULT if the event's type is status_t, else 0.
 *
 * What is relied on is the frame of the routine or the loop, not what it called: whatever that did to registers and to its own stack, r1, r13 to
 * r31, CR and MSR are as they were at the call.
 *
 * A call is known by the address that it returns to and the value of r1 at the call, which is the stack address of the frame next to the
 * callee's. Procedures that a raise ends with by a jump, and those of events with just one handler and nothing else (FORM_DIRECT), return
 * to who raised the event: they are no calls of here.
 *
 * Any context; nothing is allocated. What has frames below the frame is the caller's to tell of (contain_unwound).
 */
#ifndef KERNEL_EVENT_RESUME_H
#define KERNEL_EVENT_RESUME_H

#include <stdbool.h>

#include "arch/ppc/frame.h"
#include "arch/ppc/types.h"

struct code_cut;
struct dispatch_binding;
struct routine;

/* What is, or would be, cut off. */
struct resume_part {
    const struct dispatch_binding *
        binding; /* its `binding` is the bond; NULL: the default or result handler, or a search among guards */
    vaddr_t procedure;              /* that was called or copied: in a domain, or leads there */
    vaddr_t routine;                /* where the event's routine, or entry of the loop, begins */
    const struct routine *found_in; /* private */
    const struct code_cut *cut;
};

/* Whether there is such a call of code that is not the kernel's; `part` may be NULL. */
bool resume_call_at(vaddr_t returns_to, vaddr_t frame_r1, struct resume_part *part);

/* Whether an instruction is part of a routine that was copied from code that is not the kernel's. */
bool resume_copy_at(vaddr_t pc, struct resume_part *part);

/* Changes a frame to go on behind that. False: there is no such call or copy, and the frame is as it was. */
bool resume_call(vaddr_t returns_to, vaddr_t frame_r1, struct trap_frame *frame);

/* At its srr0, with its registers: `part` is what resume_copy_at has just found there. */
bool resume_copy(struct trap_frame *frame, const struct resume_part *part);

#endif
