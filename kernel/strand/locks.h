/*
 * Locks and alarms for the rest of the kernel: what happens to them when strands, calls and domains end.
 * Any strand, busy or not; also from exceptions.
 */
#ifndef KERNEL_STRAND_LOCKS_H
#define KERNEL_STRAND_LOCKS_H

#include "arch/ppc/types.h"
#include "kernel/owner.h"

struct strand;

/*
 * What had frames of a strand's stack below an address does not go on: what was locked there is unlocked, and waits begun there are taken
 * back. A mutex that was unlocked there by condition_wait for somebody further out stays unlocked. The current strand, or one that does not run.
 */
void locks_unwound(struct strand *strand, vaddr_t stack);

/* The same for all of it. */
void locks_strand_ends(struct strand *strand);

/* The priority that a strand was given has changed: so has what it lends. Interrupts off. */
void lock_priority_changed(struct strand *strand);

/* A domain goes: who waits for its locks wakes with ERR_BAD_CAPABILITY, and their memory is freed. Busy. */
void locks_forget_owner(owner_t owner);

/* The same for alarms; those of others whose handlers are in its code are stopped for good. Busy. */
void alarms_forget_owner(owner_t owner);

/* Begins the strand "alarms". */
void alarms_initialize(void);

#endif
