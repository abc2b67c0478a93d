/*
 * Deadlines of ephemeral handlers. While one is called there is a record of the call on the stack, innermost first in a chain
 * of its strand; the decrementer is due not later than the deadline. A tick that finds a deadline passed kills the handler: the raise goes on as
 * if the handler's guard had said no, and what it was called by from there on is unwound.
 *
 * The time is that in which the strand ran. With interrupts off nobody is killed; one that returns too late then is counted as late.
 */
#ifndef KERNEL_EVENT_EPHEMERAL_H
#define KERNEL_EVENT_EPHEMERAL_H

#include "arch/ppc/code/dispatch/deadline.h"
#include "arch/ppc/frame.h"
#include "arch/ppc/types.h"

struct dispatch_binding;
struct strand;

/* From the decrementer, before anything else looks at the frame: kills whose time is over, and has the decrementer come when the next deadline passes. */
void ephemeral_tick(struct trap_frame *frame);

/* A strand has got the processor, which it had not for so many ticks. Interrupts off. */
void ephemeral_switched_in(struct strand *strand, uint32_t away);

/* Has the decrementer come not later than the next deadline, or than it is worth to try again. Interrupts off. */
void ephemeral_arm(const struct strand *strand);

/* For generated code, see compile.h: r11 = the call. Keeps all but r0, r11, r12, CR, CTR and LR. */
void ephemeral_returned_late(void);

/* The same for C: interrupts are off, and the decrementer was due while the handler ran. */
void ephemeral_late(const struct ephemeral_call *call);
void ephemeral_late_of(const struct ephemeral_call *call, const struct dispatch_binding *binding);

/* What had frames below an address of the strand's stack, or of the exception stack, was unwound. */
void ephemeral_unwound(struct strand *strand, vaddr_t stack);

#endif
