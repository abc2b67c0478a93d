/* Calls a procedure with known contents in all registers that it must keep, and steps through it. */
#include "arch/ppc/registers.h"
#include "tests/kernel/unwind/watch.h"

#define FRAME 96
#define KEPT 20
#define SAVED_CR 16

        .text

/* void enter(void (*procedure)(void)): in it, MSR[SE] is on, r14 to r31 are WATCH_PATTERN and above, fields 2 to 4 of CR those of WATCH_CR. */
        .globl  enter, entered
        .type   enter, @function
enter:
        mflr    r0
        mfcr    r12
        stw     r0, 4(r1)
        stwu    r1, -FRAME(r1)
        stw     r12, SAVED_CR(r1)
        stmw    r14, KEPT(r1)
        .irp    n, 14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        lis     r\n, (WATCH_PATTERN + \n)@h
        ori     r\n, r\n, (WATCH_PATTERN + \n)@l
        .endr
        lis     r12, WATCH_CR@h
        ori     r12, r12, WATCH_CR@l
        mtcrf   0x38, r12
        mtctr   r3
        mfmsr   r12
        ori     r12, r12, MSR_SE
        mtmsr   r12
        isync
        bctrl
entered:
        mfmsr   r12
        rlwinm  r12, r12, 0, ~MSR_SE
        mtmsr   r12
        isync
        lwz     r12, SAVED_CR(r1)
        lmw     r14, KEPT(r1)
        addi    r1, r1, FRAME
        lwz     r0, 4(r1)
        mtcrf   0x38, r12
        mtlr    r0
        blr
        .size   enter, . - enter

        .section .note.GNU-stack, "", @progbits
