/* See answer.h. */
#include "arch/ppc/frame.h"
#include "arch/ppc/registers.h"

        .text

/* void frame_resume(const struct trap_frame *frame): r3 = the frame, in memory that is mapped; any MSR. */
        .globl  frame_resume
        .type   frame_resume, @function
frame_resume:
        li      r0, MSR_KERNEL
        mtmsr   r0
        isync
        lwz     r0, FRAME_SRR0(r3)
        mtspr   SPR_SRR0, r0
        lwz     r0, FRAME_SRR1(r3)
        mtspr   SPR_SRR1, r0
        lwz     r0, FRAME_LR(r3)
        mtlr    r0
        lwz     r0, FRAME_CTR(r3)
        mtctr   r0
        lwz     r0, FRAME_XER(r3)
        mtxer   r0
        lwz     r0, FRAME_CR(r3)
        mtcr    r0
        lmw     r4, FRAME_GPR + 16(r3)
        lwz     r2, FRAME_GPR + 8(r3)
        lwz     r1, FRAME_GPR + 4(r3)
        lwz     r0, FRAME_GPR(r3)
        lwz     r3, FRAME_GPR + 12(r3)
        rfi
        .size   frame_resume, . - frame_resume

        .section .note.GNU-stack, "", @progbits
