/*
 * The stack of a raise that the loop dispatches, for C and assembly. Next to the raiser's frame is one that
 * belongs to the event's entry, so that a backtrace names it; then that of loop_common, which has what the raise
 * began with; then those of loop_run and what it calls.
 */
#ifndef KERNEL_EVENT_LOOP_FRAME_H
#define KERNEL_EVENT_LOOP_FRAME_H

#define LOOP_FRAME_REGISTERS 8
#define LOOP_FRAME_IDENTITY 40
#define LOOP_FRAME_PLAN 44
#define LOOP_FRAME_SIZE 48
#define LOOP_ENTRY_FRAME_SIZE 16

/* Arguments that are in the caller's frame begin behind its back chain and LR save word. */
#define CALL_FRAME_HEAD 8

/* The upper end of call_kept's frame: a struct loop_call *, and r11 (MSR), r12 (CR), r13 to r31. */
#define CALL_KEPT_SIZE 88

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/ppc/code/dispatch/compile.h"
#include "arch/ppc/code/dispatch/deadline.h"

struct loop_frame {
    uint32_t back_chain;
    uint32_t lr_save;
    uint32_t registers[8]; /* r3 to r10 as the raiser left them */
    uint32_t identity;     /* SPRG1 */
    const struct dispatch *plan;
};

_Static_assert(offsetof(struct loop_frame, registers) == LOOP_FRAME_REGISTERS, "frame");
_Static_assert(offsetof(struct loop_frame, identity) == LOOP_FRAME_IDENTITY, "frame");
_Static_assert(offsetof(struct loop_frame, plan) == LOOP_FRAME_PLAN, "frame");
_Static_assert(sizeof(struct loop_frame) == LOOP_FRAME_SIZE, "frame");

/* loop_entry.S. Two instructions for each number; where loop_run returns to, and what call_words calls. */
extern const char loop_entries[], loop_returned[], call_words_returned[];

/* loop.c: of each number. */
extern const struct dispatch *loop_plans[];

/*
 * Calls a procedure with r3 to r10 and n words of the frame from r1 + 8 on; what it leaves in r3 and r4. Nothing
 * is called in between, and SPRG1 stays what it is.
 */
uint64_t call_words(uint32_t procedure, const uint32_t registers[8], const uint32_t stack[],
                    size_t n);

/* A call of what is contained, or has a deadline, for who cuts it off. */
struct loop_call {
    struct ephemeral_call deadline;         /* its `frame` is set by call_kept */
    const struct dispatch_binding *binding; /* NULL: the default or result handler */
    vaddr_t procedure, entry;
    volatile bool cut;
};
_Static_assert(offsetof(struct loop_call, deadline) == 0, "call");
_Static_assert(CALL_KEPT_SIZE == 4 * (33 - CODE_KEPT_FIRST), "call");

/* As call_words, with the nonvolatile registers in its frame, whatever the procedure does to them. Returns to loop_call_returned. */
uint64_t call_kept(uint32_t procedure, const uint32_t registers[8], const uint32_t stack[],
                   size_t n, struct loop_call *call);
extern const char loop_call_returned[];

/* A stack frame from which a raise goes on that a routine has begun: resume.c makes it, and calls loop_run_rest with it, which returns to loop_rest_returned. */
#define LOOP_REST_NOTHING SIZE_MAX /* `next`: there is nothing left to be called */
struct loop_rest {
    uint32_t back_chain, lr_save;
    const struct dispatch *plan;
    vaddr_t entry; /* of the routine */
    uint32_t identity;
    void *raiser_result;
    size_t next; /* binding */
    bool answered;
    uint64_t result; /* so far */
    uint32_t words[2 * ARGUMENTS_MAX];
};
uint64_t loop_run_rest(struct loop_rest *rest);
extern const char loop_rest_returned[];
extern volatile bool loop_rests; /* there has been one */

/* loop.c: called by loop_common. `stack` is what the raiser passes from its r1 + 8 on. */
uint64_t loop_run(struct loop_frame *frame, const uint32_t stack[], unsigned number);
#endif

#endif
