/* Runs a guard on a stack of its own, whatever it does to registers. */
#define STACK_SIZE 73728
#define TOP 512 /* of the stack: what is saved, and arguments */
#define SAVED 256
        .text
/*
 * uint32_t guard_run(vaddr_t guard, const uint32_t arguments[12]): r3 to r10, then words of the caller's
 * frame. The guard may clobber everything but its stack pointer. Interrupts off.
 */
        .globl  guard_run
        .type   guard_run, @function
guard_run:
        lis     %r11, guard_stack_top@ha
        la      %r11, guard_stack_top@l(%r11)
        mflr    %r0
        stw     %r0, SAVED(%r11)
        mfcr    %r0
        stw     %r0, SAVED + 4(%r11)
        stw     %r1, SAVED + 8(%r11)
        stw     %r2, SAVED + 12(%r11)
        stmw    %r13, SAVED + 16(%r11)
        li      %r0, 0
        stw     %r0, 0(%r11)
        mr      %r1, %r11
        .irp    n, 0,1,2,3
        lwz     %r0, 32 + 4 * \n(%r4)
        stw     %r0, 8 + 4 * \n(%r1)
        .endr
        mtctr   %r3
        mr      %r12, %r4
        lwz     %r3, 0(%r12)
        lwz     %r4, 4(%r12)
        lwz     %r5, 8(%r12)
        lwz     %r6, 12(%r12)
        lwz     %r7, 16(%r12)
        lwz     %r8, 20(%r12)
        lwz     %r9, 24(%r12)
        lwz     %r10, 28(%r12)
        bctrl
        lis     %r11, guard_stack_top@ha
        la      %r11, guard_stack_top@l(%r11)
        lmw     %r13, SAVED + 16(%r11)
        lwz     %r2, SAVED + 12(%r11)
        lwz     %r1, SAVED + 8(%r11)
        lwz     %r0, SAVED + 4(%r11)
        mtcr    %r0
        lwz     %r0, SAVED(%r11)
        mtlr    %r0
        blr
        .size   guard_run, . - guard_run

        .section .note.GNU-stack, "", @progbits
        .bss
        .balign 16
        .space  STACK_SIZE
guard_stack_top:
        .space  TOP
