/* Called by generated code, see compile.h. */
        .text

#define FRAME 48
#define FRAME_REGISTERS 8

/*
 * r11 = the call that took too long, perhaps. Keeps all but r0, r11, r12, CR, CTR and LR: a result is in r3 and r4, and arguments may be
 * in others.
 */
        .globl  ephemeral_returned_late
        .type   ephemeral_returned_late, @function
ephemeral_returned_late:
        mflr    r0
        stw     r0, 4(r1)
        stwu    r1, -FRAME(r1)
        .irp    n, 3,4,5,6,7,8,9,10
        stw     r\n, FRAME_REGISTERS + 4 * (\n - 3)(r1)
        .endr
        mr      r3, r11
        bl      ephemeral_late
        .irp    n, 3,4,5,6,7,8,9,10
        lwz     r\n, FRAME_REGISTERS + 4 * (\n - 3)(r1)
        .endr
        addi    r1, r1, FRAME
        lwz     r0, 4(r1)
        mtlr    r0
        blr
        .size   ephemeral_returned_late, . - ephemeral_returned_late

        .section .note.GNU-stack, "", @progbits
