/* A handler that leaves nothing as it was, and faults; and procedures with frames of all sizes. */
        .text
/* void spoil_everything(void *closure) */
        .globl  spoil_everything
        .type   spoil_everything, @function
spoil_everything:
        lis     %r0, 0x5a5a
        mtcr    %r0
        mtxer   %r0
        mtctr   %r0
        lis     %r3, spoiled@ha
        addi    %r3, %r3, spoiled@l
        lmw     %r4, 0(%r3)
        lwz     %r0, 0(0)
        blr
        .size   spoil_everything, . - spoil_everything

/*
 * void frame_of_16(void), …: 64 procedures, of nine words each, that push frames of 16 bytes, of 32, and so on. The fourth word
 * of each is no more than a place for a patch, the fifth faults.
 */
        .altmacro
        .macro  frame_of size
        .type   frame_of_&size, @function
frame_of_&size:
        stwu    %r1, -size(%r1)
        mflr    %r0
        stw     %r0, size + 4(%r1)
        nop
        lwz     %r0, 0(0)
        lwz     %r0, size + 4(%r1)
        mtlr    %r0
        addi    %r1, %r1, size
        blr
        .size   frame_of_&size, . - frame_of_&size
        .endm

        .globl  frame_of_16
        .set    frame, 16
        .rept   64
        frame_of %frame
        .set    frame, frame + 16
        .endr
        .noaltmacro

        .section .rodata
        .balign 4
spoiled:
        .fill   28, 4, 0x5a5a5a5a

        .section .note.GNU-stack, "", @progbits
