/*
 * The trap frame: what an exception saves, for C and assembly. It lies on the
 * exception stack, begins like a stack frame (back chain, LR save word), and a
 * debugger may change any register in it before the exception returns.
 */
#ifndef ARCH_PPC_FRAME_H
#define ARCH_PPC_FRAME_H

#define FRAME_GPR 8
#define FRAME_SRR0 136
#define FRAME_SRR1 140
#define FRAME_LR 144
#define FRAME_CTR 148
#define FRAME_CR 152
#define FRAME_XER 156
#define FRAME_DAR 160
#define FRAME_DSISR 164
#define FRAME_VECTOR 168
#define FRAME_SIZE 176

/* Or-ed into the vector of an exception that found no room on the exception stack. */
#define VECTOR_STACK_EXHAUSTED 1

/* Leaf functions may keep data that far below r1; generated code that stands for an instruction of theirs, beyond. */
#define FRAME_RED_ZONE 288

/* Bytes of the stack frame that trap() is called with, right below the trap frame. */
#define FRAME_HEAD 16

/* Bytes below r1 that an exception leaves alone. */
#define FRAME_GAP 2032

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

struct trap_frame {
    uint32_t back_chain;
    uint32_t lr_save;
    uint32_t gpr[32];
    uint32_t srr0; /* address of the instruction, or of the next one, see the vector */
    uint32_t srr1; /* machine state before, with the reason of the exception or-ed in */
    uint32_t lr, ctr, cr, xer;
    uint32_t dar, dsisr; /* meaningful after data storage and alignment exceptions */
    uint32_t vector;
    uint32_t reserved;
};

/* In a few instructions: a whole frame; and r13 to r31, from where they are kept to gpr[13] of a frame. */
void frame_copy(struct trap_frame *to, const struct trap_frame *from);
void frame_take_kept(uint32_t to[19], const uint32_t from[19]);

_Static_assert(offsetof(struct trap_frame, gpr) == FRAME_GPR, "frame");
_Static_assert(offsetof(struct trap_frame, srr0) == FRAME_SRR0, "frame");
_Static_assert(offsetof(struct trap_frame, srr1) == FRAME_SRR1, "frame");
_Static_assert(offsetof(struct trap_frame, lr) == FRAME_LR, "frame");
_Static_assert(offsetof(struct trap_frame, ctr) == FRAME_CTR, "frame");
_Static_assert(offsetof(struct trap_frame, cr) == FRAME_CR, "frame");
_Static_assert(offsetof(struct trap_frame, xer) == FRAME_XER, "frame");
_Static_assert(offsetof(struct trap_frame, dar) == FRAME_DAR, "frame");
_Static_assert(offsetof(struct trap_frame, dsisr) == FRAME_DSISR, "frame");
_Static_assert(offsetof(struct trap_frame, vector) == FRAME_VECTOR, "frame");
_Static_assert(sizeof(struct trap_frame) == FRAME_SIZE, "frame");
#endif

#endif
