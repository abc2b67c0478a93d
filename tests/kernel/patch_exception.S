/* A handler that leaves nothing as it was, and faults. */
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

        .section .rodata
        .balign 4
spoiled:
        .fill   28, 4, 0x5a5a5a5a

        .section .note.GNU-stack, "", @progbits
