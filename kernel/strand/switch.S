/* From strand to strand, and from an interrupt to another strand. */
#include "arch/ppc/frame.h"
#include "arch/ppc/registers.h"
#include "kernel/strand/switch.h"

        .text

/* What the ABI has callees keep goes into a frame on the stack: r0 = LR, r12 = CR. */
        .macro  keep
        stw     r0, 4(r1)
        stwu    r1, -SWITCH_FRAME(r1)
        stmw    r13, SWITCH_R13(r1)
        stw     r12, SWITCH_CR(r1)
        .endm

/* The time that `strand` has run, until r6 = now; r9 = running. Clobbers r7, r8. */
        .macro  charge strand
        mftb    r6
        lwz     r7, RUNNING_SINCE(r9)
        lwz     r8, STRAND_RAN(\strand)
        subf    r7, r7, r6
        add     r8, r8, r7
        stw     r8, STRAND_RAN(\strand)
        stw     r6, RUNNING_SINCE(r9)
        .endm

/*
 * status_t strand_hand_over(struct strand *to, struct strand *from, uint32_t msr): `to` goes on where it left off in a call of this or of
 * strand_switch. Interrupts off, not busy; see switch.h. Clobbers what calls clobber.
 */
        .globl  strand_hand_over
        .type   strand_hand_over, @function
strand_hand_over:
        mflr    r0
        mfcr    r12
        keep
        stw     r0, STRAND_WAITED(r4)
        lis     r9, running@ha
        la      r9, running@l(r9)
        li      r0, 0
        stw     r0, SWITCH_BUSY(r1)
        charge  r4
        stw     r6, RUNNING_TURN_BEGAN(r9)
        stw     r3, RUNNING_TURN_OF(r9)
        stw     r1, STRAND_STACK(r4)
        stw     r3, RUNNING_STRAND(r9)
        lwz     r1, STRAND_STACK(r3)
/* On the stack of r3, who runs from now on: with r5 as MSR, when it has what it kept; a wait in its own record is looked at. */
.Larrive:
        lwz     r7, STRAND_REENT(r3)
        lis     r8, _impure_ptr@ha
        stw     r7, _impure_ptr@l(r8)
        lwz     r0, SWITCH_BUSY(r1)
        lwz     r12, SWITCH_CR(r1)
        stw     r0, RUNNING_BUSY(r9)
        lmw     r13, SWITCH_R13(r1)
        addi    r1, r1, SWITCH_FRAME
        lwz     r6, STRAND_WAIT_LOCK(r3)
        lwz     r7, STRAND_WAIT_STATUS(r3)
        lwz     r0, 4(r1)
        mtcrf   0x38, r12
        or.     r7, r7, r6
        mtlr    r0
        bne-    1f
        stw     r7, STRAND_WAIT_POSTED(r3)
        mtmsr   r5
        mr      r3, r7
        blr
1:      mr      r3, r5
        b       semaphore_wait_on
        .size   strand_hand_over, . - strand_hand_over

/*
 * status_t strand_switch(struct strand *to): the same for all who do not wait in plain circumstances. Busy, interrupts on; returns OK. Clobbers
 * what calls clobber.
 */
        .globl  strand_switch
        .type   strand_switch, @function
strand_switch:
        mflr    r0
        mfcr    r12
        keep
        mfmsr   r5
        rlwinm  r0, r5, 0, 17, 15
        mtmsr   r0
        lis     r9, running@ha
        la      r9, running@l(r9)
        lwz     r4, RUNNING_STRAND(r9)
        lwz     r0, RUNNING_BUSY(r9)
        stw     r0, SWITCH_BUSY(r1)
        charge  r4
        stw     r6, STRAND_LOST(r4)
        stw     r1, STRAND_STACK(r4)
        stw     r3, RUNNING_STRAND(r9)
        lwz     r1, STRAND_STACK(r3)
        li      r0, 0
        stw     r0, RUNNING_CHOSEN(r9)
        lwz     r8, RUNNING_FP_OWNER(r9)
        lwz     r10, RUNNING_DEAD(r9)
        lwz     r11, STRAND_EPHEMERAL(r3)
        or      r10, r10, r8
        or.     r10, r10, r11
        beq     .Larrive
        lwz     r4, STRAND_LOST(r3)
        subf    r3, r4, r6
        stw     r1, RUNNING_BUSY(r9)
        mtmsr   r5
        bl      strand_switched
/* Its MSR is the one for the rest. What interrupts have made due meanwhile, and nobody is going to look at, the decrementer comes for. */
        mfmsr   r5
        rlwinm  r0, r5, 0, 17, 15
        mtmsr   r0
        lis     r9, running@ha
        la      r9, running@l(r9)
        lwz     r3, RUNNING_STRAND(r9)
        lwz     r0, SWITCH_BUSY(r1)
        lbz     r8, RUNNING_SWITCH_DUE(r9)
        cmpwi   cr0, r0, 0
        cmpwi   cr1, r8, 0
        bne     .Larrive
        beq     cr1, .Larrive
        mtdec   r0
        b       .Larrive
        .size   strand_switch, . - strand_switch

/*
 * An exception returns to here instead of to the strand that it interrupted, if another one is to run: r1 = its frame, which was moved to the
 * strand's own stack; interrupts off. It goes on with the way out of the exception, later.
 */
        .globl  preempted_entry, preempted_return
        .type   preempted_entry, @function
preempted_entry:
        stwu    r1, -FRAME_HEAD(r1)
        bl      strand_preempted
preempted_return:
        b       exception_return
        .size   preempted_entry, . - preempted_entry

/* void fp_save(uint64_t registers[33]), void fp_load(const uint64_t registers[33]): f0 to f31, FPSCR; MSR[FP] is on. */
        .globl  fp_save
        .type   fp_save, @function
fp_save:
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        stfd    \n, 8 * \n(r3)
        .endr
        mffs    0
        stfd    0, 8 * 32(r3)
        lfd     0, 0(r3)
        blr
        .size   fp_save, . - fp_save

        .globl  fp_load
        .type   fp_load, @function
fp_load:
        lfd     0, 8 * 32(r3)
        mtfsf   0xff, 0
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        lfd     \n, 8 * \n(r3)
        .endr
        blr
        .size   fp_load, . - fp_load

        .section .note.GNU-stack, "", @progbits
