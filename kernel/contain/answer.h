/*
 * The end of a plain call that was cut off: what its caller gets as result, by the type of what he called. Private to kernel/contain/.
 */
#ifndef KERNEL_CONTAIN_ANSWER_H
#define KERNEL_CONTAIN_ANSWER_H

#include <stdbool.h>

#include "arch/ppc/frame.h"
#include "kernel/contain/culprit.h"

/*
 * Changes the frame to go on where the culprit was called from, with the registers that the caller kept, and a result. False: they, or the stack that
 * finding out takes, are not to be had; the frame is as before.
 */
bool answer(struct trap_frame *frame, const struct culprit *culprit);

/* resume.S: goes on with all registers as a frame has them. */
void frame_resume(const struct trap_frame *frame) __attribute__((noreturn));

/* Default results of events of a domain, kept for who calls its procedures when the events are gone. */
void answers_keep(const struct domain *domain);
void answers_forget(const struct domain *domain);

#endif
