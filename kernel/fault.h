/*
 * Faults: exceptions that mean that the code running did something forbidden.
 *
 * Code of domains is called through fault_contain where what is to be done after a fault in it is known. A fault in it, or in what it
 * calls, unwinds to there, unless there is a boundary between, and is reported; see kernel/contain/contain.h.
 */
#ifndef KERNEL_FAULT_H
#define KERNEL_FAULT_H

#include <stdbool.h>
#include <stdio.h>
#include <whorl/status.h>

#include "arch/ppc/frame.h"
#include "arch/ppc/types.h"

/*
 * Calls entry(closure). OK, or ERR_FAULT when it faulted; the report has then
 * been printed on stderr. Who is busy is not during the call; busy again, with the interrupts, the sink of output and the boundaries that there
 * were, it returns.
 */
status_t fault_contain(void (*entry)(void *closure), void *closure);

/* The same for who stays busy during the call. */
status_t fault_contain_busy(void (*entry)(void *closure), void *closure);

/* In what fault_contain has called: what that calls next for somebody, who is to blame if there is no other trace. */
void fault_calls(vaddr_t procedure);

/* Whether there is a fault_contain that a fault now would unwind to. */
bool fault_is_contained(void);

/*
 * Whether a frame at this address of the stack is outside what the innermost fault_contain called.
 * Who went there without returning would leave that, and all that waits for it, half done.
 */
bool fault_is_outside(vaddr_t stack);

/* The frame of the latest fault that was contained; all zero if there was none. */
const struct trap_frame *fault_latest(void);

/* The same without the end of the line, cut to size. */
void fault_cause(const struct trap_frame *frame, char *cause, size_t size);

/* "data storage exception at hello!f+0x4: store to 0x00000000, which is not mapped" */
void fault_print_cause(FILE *out, const struct trap_frame *frame);

/* All registers. */
void fault_print_registers(FILE *out, const struct trap_frame *frame);

/*
 * Lets handler have the exceptions of a vector before anybody else; NULL: nobody.
 * It runs on the exception stack with interrupts off, may change the frame, and
 * returns false for an exception that is none of its business. Returns the handler
 * there was. One for each vector.
 */
typedef bool (*trap_handler_t)(struct trap_frame *frame);
trap_handler_t trap_handle(uint32_t vector, trap_handler_t handler);

/* Faults that nobody has asked to have first: a bit for each vector >> 8, the first one is the highest. For trap() alone. */
extern uint32_t trap_quick;

/* What trap() does that is not the commonest of faults. */
void trap_any(struct trap_frame *frame);

#endif
