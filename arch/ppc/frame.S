/* See frame.h. */
#include "arch/ppc/frame.h"

        .text

#define HALF (FRAME_SIZE / 2)
#define COPY_FRAME 96

/* void frame_copy(struct trap_frame *to, const struct trap_frame *from): in halves of 22 words. */
        .globl  frame_copy
        .type   frame_copy, @function
frame_copy:
        stwu    r1, -COPY_FRAME(r1)
        stmw    r13, 16(r1)
        lmw     r10, 0(r4)
        stmw    r10, 0(r3)
        lmw     r10, HALF(r4)
        stmw    r10, HALF(r3)
        lmw     r13, 16(r1)
        addi    r1, r1, COPY_FRAME
        blr
        .size   frame_copy, . - frame_copy

/* void frame_take_kept(uint32_t to[19], const uint32_t from[19]): as r13 to r31. */
        .globl  frame_take_kept
        .type   frame_take_kept, @function
frame_take_kept:
        stwu    r1, -COPY_FRAME(r1)
        stmw    r13, 16(r1)
        lmw     r13, 0(r4)
        stmw    r13, 0(r3)
        lmw     r13, 16(r1)
        addi    r1, r1, COPY_FRAME
        blr
        .size   frame_take_kept, . - frame_take_kept

        .section .note.GNU-stack, "", @progbits
