/*
 * Going on behind a handler that faulted, where that is simplest, in as few instructions as possible; see resume.h for what is meant, and for all other
 * cases. What is found here is what is found there.
 *
 * Simplest is: the handler is called by a routine, or copied into one; it faulted itself, or in a procedure of the same domain or a leaf of the kernel that
 * was called from there; it is no filter and has no deadline. So between the fault and the routine there are only frames of that domain and of
 * that leaf.
 *
 * From the exception, interrupts off, r1 on the current strand's stack, nothing of the kernel's or of patches under way.
 */
#ifndef KERNEL_EVENT_RESUME_QUICK_H
#define KERNEL_EVENT_RESUME_QUICK_H

#include <stdbool.h>

#include "arch/ppc/frame.h"
#include "arch/ppc/types.h"
#include "kernel/event/routine.h"
#include "kernel/owner.h"

struct resume_quick {
    struct routine_cut found;
    vaddr_t stack; /* r1 of the routine */
    owner_t owner; /* to blame */
};

/* stack_end: of the strand's stack. False: it is another case. */
bool resume_quick_find(const struct trap_frame *frame, vaddr_t stack_end,
                       struct resume_quick *quick);

/* Changes the frame to go on there. */
void resume_quick(struct trap_frame *frame, const struct resume_quick *quick);

#endif
