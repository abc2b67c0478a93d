/*
 * From an exception's frame outwards, one call at a time, with all registers as each caller will find them: r1, pc, r14 to r31, and
 * fields 2 to 4 of CR. Found by analysis of the code that is called from (arch/ppc/code/analysis/unwind.h), so it is exact where that is:
 * at every instruction of procedures that keep to the ABI, in the kernel, the C library, domains (also those whose text cannot be
 * executed any more), generated code of events, and bodies of patches.
 *
 * Floating-point and vector registers are not followed. Damage is told by what it leaves: addresses outside of the stack, a back chain that does not
 * agree with the frame, a return to what is behind no call. Words of a frame that something else was stored into are not.
 *
 *     unwind_begin(frame, &context);
 *     while (context.frame.srr0 is not where it is to go on)
 *         if (!unwind_step(&context))
 *             what is out there is not known;
 *     memcpy over `frame` what of context.frame is known
 *
 * No memory is allocated: analysis has a fixed room of its own, and procedures that are too large for it are not got over. It is one
 * flow graph for each step, unless it is remembered from an earlier one. Interrupts off.
 */
#ifndef KERNEL_CONTAIN_UNWIND_H
#define KERNEL_CONTAIN_UNWIND_H

#include <stdbool.h>

#include "arch/ppc/frame.h"
#include "arch/ppc/types.h"

struct unwind_context {
    struct trap_frame
        frame; /* at first that of the exception; later srr0, lr, gpr[1], gpr[14] to [31] and cr are what they say */
    bool
        called; /* srr0 is behind a call that has not returned; false: that instruction was not executed yet */
    vaddr_t low, high; /* the stack that all is on */
    uint32_t known;    /* general registers whose values are what they were there */
    uint8_t n_still;   /* latest steps that did not move r1 */
};

/* In a frame that lies on no known stack there is no step. */
void unwind_begin(const struct trap_frame *frame, struct unwind_context *context);

/*
 * To the caller. False, and the context is as before, if it is not exactly known, or there is none. Where LR was
 * lost and r1 is damaged it is always false. The address returned to is that of code behind a call.
 */
bool unwind_step(struct unwind_context *context);

/* Nothing was executed yet of what was called: to the caller, by LR, whoever that is. */
void unwind_entered(struct unwind_context *context);

/* Code has changed, or goes: what is remembered of it is wrong. Any context. */
void unwind_forget(void);

#endif
