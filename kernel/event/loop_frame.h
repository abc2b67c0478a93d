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

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

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

/*
 * Calls a procedure with r3 to r10 and n words of the frame from r1 + 8 on; what it leaves in r3 and r4. Nothing
 * is called in between, and SPRG1 stays what it is.
 */
uint64_t call_words(uint32_t procedure, const uint32_t registers[8], const uint32_t stack[],
                    size_t n);

/* loop.c: called by loop_common. `stack` is what the raiser passes from its r1 + 8 on. */
uint64_t loop_run(struct loop_frame *frame, const uint32_t stack[], unsigned number);
#endif

#endif
