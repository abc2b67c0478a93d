/*
 * What the switch from strand to strand (switch.S) finds where; private to this folder.
 */
#ifndef KERNEL_STRAND_SWITCH_H
#define KERNEL_STRAND_SWITCH_H

/* In struct strand. */
#define STRAND_STACK 0
#define STRAND_REENT 4
#define STRAND_TICKS 8
#define STRAND_SINCE 16
#define STRAND_EPHEMERAL 20

/* In struct scheduler. */
#define SCHEDULER_CHOSEN 0
#define SCHEDULER_DEAD 4
#define SCHEDULER_FP_OWNER 8

/* The frame on the stack of who does not run. */
#define SWITCH_FRAME 112
#define SWITCH_CR 16
#define SWITCH_BUSY 20
#define SWITCH_R13 36

#ifndef __ASSEMBLER__
#include <stddef.h>

#include "kernel/strand/scheduler.h"

_Static_assert(offsetof(struct strand, stack) == STRAND_STACK, "switch");
_Static_assert(offsetof(struct strand, reent) == STRAND_REENT, "switch");
_Static_assert(offsetof(struct strand, ticks) == STRAND_TICKS, "switch");
_Static_assert(offsetof(struct strand, since) == STRAND_SINCE, "switch");
_Static_assert(offsetof(struct strand, ephemeral) == STRAND_EPHEMERAL, "switch");
_Static_assert(offsetof(struct scheduler, chosen) == SCHEDULER_CHOSEN, "switch");
_Static_assert(offsetof(struct scheduler, dead) == SCHEDULER_DEAD, "switch");
_Static_assert(offsetof(struct scheduler, fp_owner) == SCHEDULER_FP_OWNER, "switch");

/* Busy, interrupts on. */
status_t strand_switch(struct strand *to);

/* What is seldom to be done by who has got the processor, which it had not for so many ticks: time limits, memory of who has
 * ended, and whether floating-point registers in the processor are its. */
void strand_switched(uint32_t ticks);
#endif

#endif
