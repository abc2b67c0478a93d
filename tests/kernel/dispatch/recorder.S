/* Procedures that note what they get, and a raise that sees whether registers survive. See private.h. */
#include "arch/ppc/registers.h"

#define N_RECORDERS 450
#define FRAME 64
#define FRAME_REGISTERS 16
#define RAISE_FRAME 112
#define RAISE_CR 28
#define RAISE_LOST 24
#define RAISE_GPR 40
#define CR_PATTERN 0x00a5
#define PATTERN 0x5a00

        .text

/* Entry number n is at model_recorders + 8 * n. */
        .globl  model_recorders
        .type   model_recorders, @function
model_recorders:
        .set    number, 0
        .rept   N_RECORDERS
        li      r12, number
        b       recorder
        .set    number, number + 1
        .endr
        .size   model_recorders, . - model_recorders

/* r3 and r4 are what model_record returns; what a procedure may destroy is destroyed. */
        .type   recorder, @function
recorder:
        mflr    r0
        stw     r0, 4(r1)
        addi    r11, r1, 8
        stwu    r1, -FRAME(r1)
        .irp    n, 3,4,5,6,7,8,9,10
        stw     r\n, FRAME_REGISTERS + 4 * (\n - 3)(r1)
        .endr
        mr      r3, r12
        addi    r4, r1, FRAME_REGISTERS
        mr      r5, r11
        bl      model_record
        lis     r11, model_fault@ha
        lwz     r11, model_fault@l(r11)
        cmpwi   r11, 0
        bne     recorder_trips
        addi    r1, r1, FRAME
        lwz     r0, 4(r1)
        mtlr    r0
        .irp    n, 5,6,7,8,9,10,11,12
        lis     r\n, 0xbad0 + \n
        .endr
        mtctr   r11
        mtxer   r12
        mtcrf   0xc7, r12
        mtspr   SPR_SPRG1, r10
        li      r0, -1
        blr
        .size   recorder, . - recorder

/* What it was called with is noted, then all registers are destroyed, interrupts off since there is no stack. */
        .globl  model_tripped
        .type   recorder_trips, @function
recorder_trips:
        addi    r1, r1, FRAME
        lwz     r0, 4(r1)
        lis     r11, model_fault@ha
        addi    r11, r11, model_fault@l
        stw     r0, 4(r11)
        stw     r1, 8(r11)
        mfmsr   r0
        rlwinm  r0, r0, 0, 17, 15
        mtmsr   r0
        .irp    n, 0,1,2,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        lis     r\n, 0x7ad0 + \n
        .endr
        mtcr    r12
        mtctr   r11
        mtlr    r10
        mtxer   r9
        mtspr   SPR_SPRG1, r10
        li      r3, 0
model_tripped:
        lwz     r3, 0(r3)
        .size   recorder_trips, . - recorder_trips

/*
 * uint64_t model_call(vaddr_t entry, const uint32_t registers[8], const uint32_t stack[], size_t n, uint32_t *lost,
 * call): call, which is call_words, with a pattern in r14 to r31 and CR2 to CR4; *lost is not 0 if one has changed.
 */
        .globl  model_call
        .type   model_call, @function
model_call:
        stwu    r1, -RAISE_FRAME(r1)
        mflr    r0
        stw     r0, RAISE_FRAME + 4(r1)
        mfcr    r0
        stw     r0, RAISE_CR(r1)
        stmw    r14, RAISE_GPR(r1)
        stw     r7, RAISE_LOST(r1)
        .irp    n, 14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        li      r\n, PATTERN + \n
        .endr
        lis     r0, CR_PATTERN
        ori     r0, r0, 0xa000
        mtcrf   0x38, r0
        mtctr   r8
        bctrl
        mfcr    r6
        rlwinm  r6, r6, 0, 8, 19
        xoris   r5, r6, CR_PATTERN
        xori    r5, r5, 0xa000
        .irp    n, 14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        xori    r6, r\n, PATTERN + \n
        or      r5, r5, r6
        .endr
        lwz     r7, RAISE_LOST(r1)
        stw     r5, 0(r7)
        lmw     r14, RAISE_GPR(r1)
        lwz     r0, RAISE_CR(r1)
        mtcrf   0x38, r0
        lwz     r0, RAISE_FRAME + 4(r1)
        addi    r1, r1, RAISE_FRAME
        mtlr    r0
        blr
        .size   model_call, . - model_call

        .section .note.GNU-stack, "", @progbits
