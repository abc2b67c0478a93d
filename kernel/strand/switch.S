/* From strand to strand, and from an interrupt to another strand. */
#include "arch/ppc/frame.h"
#include "arch/ppc/registers.h"
#include "kernel/strand/switch.h"

        .text

/*
 * status_t strand_switch(struct strand *to): goes on where `to` left off in a call of this, which then returns OK; the one that runs keeps what
 * the ABI has callees keep, and where it was busy, in a frame on its stack. Its time is counted. Busy, interrupts on. Clobbers what calls clobber.
 */
        .globl  strand_switch
        .type   strand_switch, @function
strand_switch:
        mflr    r0
        mfcr    r12
        stw     r0, 4(r1)
        stwu    r1, -SWITCH_FRAME(r1)
        stmw    r13, SWITCH_R13(r1)
        stw     r12, SWITCH_CR(r1)
        mfmsr   r12
        rlwinm  r0, r12, 0, 17, 15
        mtmsr   r0
        lis     r9, scheduler@ha
        la      r9, scheduler@l(r9)
        lis     r10, strand_current@ha
        lwz     r4, strand_current@l(r10)
        lis     r5, kernel_busy@ha
        lwz     r0, kernel_busy@l(r5)
        stw     r0, SWITCH_BUSY(r1)
        mftb    r6
        lwz     r7, STRAND_SINCE(r4)
        lwz     r8, STRAND_TICKS + 4(r4)
        lwz     r11, STRAND_TICKS(r4)
        subf    r7, r7, r6
        addc    r8, r8, r7
        addze   r11, r11
        stw     r8, STRAND_TICKS + 4(r4)
        stw     r11, STRAND_TICKS(r4)
        stw     r6, STRAND_SINCE(r4)
        stw     r1, STRAND_STACK(r4)
        lwz     r1, STRAND_STACK(r3)
        stw     r3, strand_current@l(r10)
/* On the other stack: r3 = to, r5 and r9 as above, r6 = time. */
        li      r0, 0
        stw     r0, SCHEDULER_CHOSEN(r9)
        lwz     r4, STRAND_SINCE(r3)
        stw     r6, STRAND_SINCE(r3)
        lwz     r7, STRAND_REENT(r3)
        lis     r8, _impure_ptr@ha
        stw     r7, _impure_ptr@l(r8)
        lwz     r0, SWITCH_BUSY(r1)
        stw     r0, kernel_busy@l(r5)
        mtmsr   r12
        lwz     r8, SCHEDULER_FP_OWNER(r9)
        lwz     r10, SCHEDULER_DEAD(r9)
        lwz     r11, STRAND_EPHEMERAL(r3)
        or      r10, r10, r8
        or.     r10, r10, r11
        beq     1f
        subf    r3, r4, r6
        bl      strand_switched
1:      lwz     r12, SWITCH_CR(r1)
        lmw     r13, SWITCH_R13(r1)
        addi    r1, r1, SWITCH_FRAME
        lwz     r0, 4(r1)
        mtcrf   0xff, r12
        mtlr    r0
        li      r3, 0
        blr
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
