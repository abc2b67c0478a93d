/*
 * Deadlines of ephemeral handlers. While one is called there is a record of the call on the stack, innermost first in a chain
 * of its strand; the decrementer is due not later than the deadline. A tick that finds a deadline passed kills the handler: the raise goes on as
 * if the handler's guard had said no, and what it was called by from there on is unwound.
 *
 * The time is that in which the strand ran. With interrupts off nobody is killed; one that returns too late then is counted as late.
 */
#ifndef KERNEL_EVENT_EPHEMERAL_H
#define KERNEL_EVENT_EPHEMERAL_H

#define EPHEMERAL_CALL_OUTER 0
#define EPHEMERAL_CALL_START 4
#define EPHEMERAL_CALL_RETURNS 8
#define EPHEMERAL_CALL_FRAME 12
#define EPHEMERAL_CALL_SIZE 20

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

#include "arch/ppc/frame.h"
#include "arch/ppc/types.h"

struct strand;
struct ephemeral_record; /* kernel/event/overdue.h */

/* In the frame of who calls the handler. */
struct ephemeral_call {
    struct ephemeral_call *outer;
    uint32_t start; /* lower word of the time base, later by what the strand did not run meanwhile */
    vaddr_t returns_to;
    vaddr_t frame; /* r1 at the call */
    uint32_t left; /* lower word of the time base when the strand last lost the processor */
};

_Static_assert(offsetof(struct ephemeral_call, outer) == EPHEMERAL_CALL_OUTER, "call");
_Static_assert(offsetof(struct ephemeral_call, start) == EPHEMERAL_CALL_START, "call");
_Static_assert(offsetof(struct ephemeral_call, returns_to) == EPHEMERAL_CALL_RETURNS, "call");
_Static_assert(offsetof(struct ephemeral_call, frame) == EPHEMERAL_CALL_FRAME, "call");
_Static_assert(sizeof(struct ephemeral_call) == EPHEMERAL_CALL_SIZE, "call");

/* From the decrementer, before anything else looks at the frame: kills whose time is over, and has the decrementer come when the next deadline passes. */
void ephemeral_tick(struct trap_frame *frame);

/* A strand loses the processor, or gets it (then the decrementer comes not later than its next deadline). Interrupts off. */
void ephemeral_switched_out(struct strand *strand);
void ephemeral_switched_in(struct strand *strand);

/* What had frames below an address of the strand's stack, or of the exception stack, was unwound. */
void ephemeral_unwound(struct strand *strand, vaddr_t stack);

#endif

#endif
