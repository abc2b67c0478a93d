/*
 * Dispatching without generated code: a plain loop over a plan, for when code memory is exhausted or an event
 * cannot be compiled, and to compare with. Each event has a number, and an entry of two instructions in the
 * kernel's text that goes to the loop with it.
 */
#ifndef KERNEL_EVENT_LOOP_H
#define KERNEL_EVENT_LOOP_H

#define LOOP_ENTRIES 512  /* events that can be dispatched so at a time */
#define LOOP_ENTRY_SIZE 8 /* bytes of code of each */

#ifndef __ASSEMBLER__
#include <stdbool.h>

#include "arch/ppc/code/dispatch/dispatch.h"

/* What a call of this address does: dispatch the plan that loop_set gave the entry last. */
vaddr_t loop_entry(unsigned number);

/* Raises read the plan once, at their start. NULL: nobody raises this one any more. */
void loop_set(unsigned number, const struct dispatch *plan);

/*
 * Calls the handler of the only binding of a plan that no event has, with the words of the event's arguments. False: it was cut off. Its result is nobody's.
 */
bool loop_call(const struct dispatch *plan, uint32_t words[]);

/* In r3 and r4, what a raise returns that nobody answers, if it is no struct. */
uint64_t loop_unanswered(const struct dispatch *plan);

/* Whether a raise that is under way uses a plan, on any strand; or may, having just begun. It lives until it has been left. */
bool loop_is_using(const struct dispatch *plan);

/* Whether one does that a routine has begun (resume.h). */
bool loop_goes_on_with(const struct dispatch *plan);

/*
 * The event whose entry an address is in, for backtraces, which have it for each raise under way; false: none.
 */
bool loop_entry_at(vaddr_t address, unsigned *number);
#endif

#endif
