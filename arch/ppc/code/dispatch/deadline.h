/*
 * The record of a call with a deadline, in the frame of who makes it; those of a strand are a chain, innermost first.
 * kernel/event/ephemeral.h says what they are for.
 */
#ifndef ARCH_PPC_CODE_DISPATCH_DEADLINE_H
#define ARCH_PPC_CODE_DISPATCH_DEADLINE_H

#define EPHEMERAL_CALL_OUTER 0
#define EPHEMERAL_CALL_START 4
#define EPHEMERAL_CALL_RETURNS 8
#define EPHEMERAL_CALL_FRAME 12
#define EPHEMERAL_CALL_SIZE 20

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

#include "arch/ppc/types.h"

struct ephemeral_call {
    uint32_t outer; /* address of the next one, 0: none */
    uint32_t
        start; /* lower word of the time base, later by what the strand did not run meanwhile */
    uint32_t returns_to;
    uint32_t frame; /* r1 at the call; 0: not yet */
    uint32_t left;  /* lower word of the time base when the strand last lost the processor */
};

_Static_assert(offsetof(struct ephemeral_call, outer) == EPHEMERAL_CALL_OUTER, "call");
_Static_assert(offsetof(struct ephemeral_call, start) == EPHEMERAL_CALL_START, "call");
_Static_assert(offsetof(struct ephemeral_call, returns_to) == EPHEMERAL_CALL_RETURNS, "call");
_Static_assert(offsetof(struct ephemeral_call, frame) == EPHEMERAL_CALL_FRAME, "call");
_Static_assert(sizeof(struct ephemeral_call) == EPHEMERAL_CALL_SIZE, "call");
#endif

#endif
