/* Runs one instruction with every register known. See state.h. */
#include "arch/ppc/registers.h"
#include "tests/kernel/effects/state.h"

#define FRAME 144
#define FRAME_LR_SAVE 148
#define FRAME_R13 16
#define FRAME_CR 8
#define FRAME_R2 12
#define FRAME_MSR 96
#define FRAME_SPRGS 100
#define FRAME_SEGMENTS 116

        .machine push
        .machine "7400"
        .text
/*
 * void state_run(const struct state *before, struct state *after). Translation on, interrupts off.
 * SPRG3 holds `after` while the instruction runs, and `after` the stack pointer.
 */
        .globl  state_run
        .type   state_run, @function
state_run:
        stwu    r1, -FRAME(r1)
        mflr    r0
        stw     r0, FRAME_LR_SAVE(r1)
        mfcr    r0
        stw     r0, FRAME_CR(r1)
        stw     r2, FRAME_R2(r1)
        stmw    r13, FRAME_R13(r1)
        mfmsr   r0
        stw     r0, FRAME_MSR(r1)
        mfspr   r0, SPR_SPRG0
        stw     r0, FRAME_SPRGS(r1)
        mfspr   r0, SPR_SPRG1
        stw     r0, FRAME_SPRGS + 4(r1)
        mfspr   r0, SPR_SPRG2
        stw     r0, FRAME_SPRGS + 8(r1)
        mfspr   r0, SPR_SPRG3
        stw     r0, FRAME_SPRGS + 12(r1)
        mfsr    r0, STATE_SEGMENT_FIRST
        stw     r0, FRAME_SEGMENTS(r1)
        mfsr    r0, STATE_SEGMENT_SECOND
        stw     r0, FRAME_SEGMENTS + 4(r1)
        stw     r1, STATE_STACK(r4)
        mtspr   SPR_SPRG3, r4

        lwz     r5, STATE_MSR(r3)
        mtmsr   r5
        isync
        lfd     f0, STATE_FPSCR(r3)
        mtfsf   0xff, f0
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        lfd     \n, STATE_FPR + 8 * \n(r3)
        .endr
        andis.  r0, r5, MSR_VEC >> 16
        beq     1f
        li      r6, STATE_VSCR
        lvx     v0, r3, r6
        mtvscr  v0
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        li      r6, STATE_VR + 16 * \n
        lvx     \n, r3, r6
        .endr
        lwz     r6, STATE_VRSAVE(r3)
        mtspr   SPR_VRSAVE, r6
1:      lwz     r6, STATE_SRR0(r3)
        mtspr   SPR_SRR0, r6
        lwz     r6, STATE_SRR1(r3)
        mtspr   SPR_SRR1, r6
        lwz     r6, STATE_DSISR(r3)
        mtspr   SPR_DSISR, r6
        lwz     r6, STATE_DAR(r3)
        mtspr   SPR_DAR, r6
        lwz     r6, STATE_SPRG0(r3)
        mtspr   SPR_SPRG0, r6
        lwz     r6, STATE_SPRG1(r3)
        mtspr   SPR_SPRG1, r6
        lwz     r6, STATE_SEGMENTS(r3)
        mtsr    STATE_SEGMENT_FIRST, r6
        lwz     r6, STATE_SEGMENTS + 4(r3)
        mtsr    STATE_SEGMENT_SECOND, r6
        isync
        li      r6, STATE_RESERVED
        stwcx.  r6, r4, r6
        lwz     r6, STATE_PROBE(r3)
        stw     r6, STATE_PROBE(r4)
        lwz     r5, STATE_RESERVED(r3)
        cmpwi   r5, 0
        beq     2f
        lwarx   r5, 0, r6
2:      lwz     r5, STATE_XER(r3)
        mtxer   r5
        lwz     r5, STATE_LR(r3)
        mtlr    r5
        lwz     r5, STATE_CTR(r3)
        mtctr   r5
        lwz     r5, STATE_CR(r3)
        mtcr    r5
        lwz     r0, STATE_GPR(r3)
        lwz     r1, STATE_GPR + 4(r3)
        lwz     r2, STATE_GPR + 8(r3)
        lmw     r4, STATE_GPR + 16(r3)
        lwz     r3, STATE_GPR + 12(r3)
        .globl  state_slot
        .type   state_slot, @object
        .size   state_slot, 4
state_slot:
        nop
        mtspr   SPR_SPRG2, r1
        mfspr   r1, SPR_SPRG3
        stw     r0, STATE_GPR(r1)
        stmw    r2, STATE_GPR + 8(r1)
        mfspr   r0, SPR_SPRG2
        stw     r0, STATE_GPR + 4(r1)
        mfcr    r0
        stw     r0, STATE_CR(r1)
        mfxer   r0
        stw     r0, STATE_XER(r1)
        mflr    r0
        stw     r0, STATE_LR(r1)
        mfctr   r0
        stw     r0, STATE_CTR(r1)
        lwz     r4, STATE_PROBE(r1)
        lwz     r5, 0(r4)
        stwcx.  r5, 0, r4
        mfcr    r5
        rlwinm  r5, r5, 3, 31, 31
        stw     r5, STATE_RESERVED(r1)
        mfspr   r0, SPR_SRR0
        stw     r0, STATE_SRR0(r1)
        mfspr   r0, SPR_SRR1
        stw     r0, STATE_SRR1(r1)
        mfspr   r0, SPR_DSISR
        stw     r0, STATE_DSISR(r1)
        mfspr   r0, SPR_DAR
        stw     r0, STATE_DAR(r1)
        mfspr   r0, SPR_SPRG0
        stw     r0, STATE_SPRG0(r1)
        mfspr   r0, SPR_SPRG1
        stw     r0, STATE_SPRG1(r1)
        mfsr    r0, STATE_SEGMENT_FIRST
        stw     r0, STATE_SEGMENTS(r1)
        mfsr    r0, STATE_SEGMENT_SECOND
        stw     r0, STATE_SEGMENTS + 4(r1)
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        stfd    \n, STATE_FPR + 8 * \n(r1)
        .endr
        mffs    f0
        stfd    f0, STATE_FPSCR(r1)
        .irp    n, 0,1,2,3,4,5,6,7
        mtfsfi  \n, 0
        .endr
        mfmsr   r5
        stw     r5, STATE_MSR(r1)
        andis.  r0, r5, MSR_VEC >> 16
        beq     3f
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        li      r6, STATE_VR + 16 * \n
        stvx    \n, r1, r6
        .endr
        li      r6, STATE_VSCR
        mfvscr  v0
        stvx    v0, r1, r6
        mfspr   r6, SPR_VRSAVE
        stw     r6, STATE_VRSAVE(r1)

3:      lwz     r1, STATE_STACK(r1)
        lwz     r0, FRAME_SEGMENTS(r1)
        mtsr    STATE_SEGMENT_FIRST, r0
        lwz     r0, FRAME_SEGMENTS + 4(r1)
        mtsr    STATE_SEGMENT_SECOND, r0
        lwz     r0, FRAME_SPRGS(r1)
        mtspr   SPR_SPRG0, r0
        lwz     r0, FRAME_SPRGS + 4(r1)
        mtspr   SPR_SPRG1, r0
        lwz     r0, FRAME_SPRGS + 8(r1)
        mtspr   SPR_SPRG2, r0
        lwz     r0, FRAME_SPRGS + 12(r1)
        mtspr   SPR_SPRG3, r0
        lwz     r0, FRAME_MSR(r1)
        mtmsr   r0
        isync
        lmw     r13, FRAME_R13(r1)
        lwz     r2, FRAME_R2(r1)
        lwz     r0, FRAME_CR(r1)
        mtcr    r0
        lwz     r0, FRAME_LR_SAVE(r1)
        mtlr    r0
        addi    r1, r1, FRAME
        blr
        .size   state_run, . - state_run
        .machine pop

        .section .note.GNU-stack, "", @progbits
