/*
 * Exception entry and exit.
 *
 * An exception turns translation off and jumps to a stub in low memory (a copy
 * of vector_stub_start, one for each vector, made by trap_initialize). The stub
 * saves r1, r3 and LR in low memory and comes here, where the text runs at its
 * physical address. A frame is saved on the exception stack, below what is in
 * use there if the exception interrupted another one, then translation is
 * turned on and trap() called in C with interrupts off.
 */
#include "arch/ppc/frame.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/registers.h"

/* Words in page 0, reached with rA = 0 in real mode; the vectors begin at VECTORS_BASE. */
#define SCRATCH_R1 0x80
#define SCRATCH_R3 0x84
#define SCRATCH_R4 0x88
#define SCRATCH_LR 0x8c
#define SCRATCH_CR 0x90

#define EXCEPTION_STACK_SIZE 32768
#define EMERGENCY_STACK_SIZE 8192

        .section .text.vectors, "ax"

/* Copied to each vector. LR tells the entry which one it was. */
        .globl  vector_stub_start
        .type   vector_stub_start, @function
vector_stub_start:
        stw     r1, SCRATCH_R1(0)
        stw     r3, SCRATCH_R3(0)
        mflr    r3
        bla     exception_entry
        .size   vector_stub_start, . - vector_stub_start
        .if     . - vector_stub_start != VECTOR_STUB_SIZE
        .error  "VECTOR_STUB_SIZE"
        .endif

/* Real mode; r3 = interrupted LR, LR = vector + VECTOR_STUB_SIZE, r1 and r3 in scratch. */
        .type   exception_entry, @function
exception_entry:
        stw     r3, SCRATCH_LR(0)
        stw     r4, SCRATCH_R4(0)
        mfcr    r3
        stw     r3, SCRATCH_CR(0)
        mflr    r3
        subi    r3, r3, VECTOR_STUB_SIZE
        lis     r4, (exception_stack - PAGE_SIZE)@ha
        addi    r4, r4, (exception_stack - PAGE_SIZE)@l
        subf    r4, r4, r1
        cmplwi  r4, PAGE_SIZE + EXCEPTION_STACK_SIZE
        blt     .Lnested
        lis     r1, (exception_stack_end - FRAME_SIZE - DATA_VIEW)@ha
        addi    r1, r1, (exception_stack_end - FRAME_SIZE - DATA_VIEW)@l
        b       .Lframe_placed
.Lnested:
        subi    r1, r1, FRAME_GAP
        cmplwi  r4, PAGE_SIZE + FRAME_GAP + FRAME_SIZE + 2048
        bge     .Lroom
        lis     r1, emergency_stack_end@ha
        addi    r1, r1, emergency_stack_end@l
        ori     r3, r3, VECTOR_STACK_EXHAUSTED
.Lroom:
        addis   r1, r1, -(DATA_VIEW >> 16)
        subi    r1, r1, FRAME_SIZE
        rlwinm  r1, r1, 0, 0, 27
.Lframe_placed:
        stw     r3, FRAME_VECTOR(r1)
        lwz     r3, SCRATCH_R3(0)
        lwz     r4, SCRATCH_R4(0)
        stw     r0, FRAME_GPR(r1)
        lwz     r0, SCRATCH_R1(0)
        stmw    r2, FRAME_GPR + 8(r1)
        stw     r0, FRAME_GPR + 4(r1)
        stw     r0, 0(r1)
        lwz     r0, SCRATCH_LR(0)
        stw     r0, FRAME_LR(r1)
        lwz     r0, SCRATCH_CR(0)
        stw     r0, FRAME_CR(r1)
        mfctr   r0
        stw     r0, FRAME_CTR(r1)
        mfxer   r0
        stw     r0, FRAME_XER(r1)
        mfspr   r0, SPR_SRR0
        stw     r0, FRAME_SRR0(r1)
        mfspr   r0, SPR_SRR1
        stw     r0, FRAME_SRR1(r1)
        mfspr   r0, SPR_DAR
        stw     r0, FRAME_DAR(r1)
        mfspr   r0, SPR_DSISR
        stw     r0, FRAME_DSISR(r1)
        addis   r1, r1, DATA_VIEW >> 16
        li      r0, MSR_KERNEL
        mtmsr   r0
        isync
        mr      r3, r1
        stwu    r1, -FRAME_HEAD(r1)
        bl      trap
        .globl  exception_return
exception_return:
        addi    r1, r1, FRAME_HEAD

/* Back to what was interrupted: everything from the frame at r1, the reservation dropped. */
        li      r0, MSR_ME
        mtmsr   r0
        isync
        addis   r1, r1, -(DATA_VIEW >> 16)
        lwz     r0, FRAME_SRR0(r1)
        mtspr   SPR_SRR0, r0
        lwz     r0, FRAME_SRR1(r1)
        mtspr   SPR_SRR1, r0
        lwz     r0, FRAME_LR(r1)
        mtlr    r0
        lwz     r0, FRAME_CTR(r1)
        mtctr   r0
        lwz     r0, FRAME_XER(r1)
        mtxer   r0
        stwcx.  r0, 0, r1
        lwz     r0, FRAME_CR(r1)
        mtcr    r0
        lmw     r2, FRAME_GPR + 8(r1)
        lwz     r0, FRAME_GPR(r1)
        lwz     r1, FRAME_GPR + 4(r1)
        rfi
        .size   exception_entry, . - exception_entry

/* The page below is a guard: the kernel takes its mapping away. */
        .section .bss
        .balign PAGE_SIZE
        .space  PAGE_SIZE
        .globl  exception_stack, exception_stack_end
exception_stack:
        .space  EXCEPTION_STACK_SIZE
exception_stack_end:
        .space  EMERGENCY_STACK_SIZE
emergency_stack_end:

        .section .note.GNU-stack, "", @progbits
