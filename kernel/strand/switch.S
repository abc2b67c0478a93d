/* From strand to strand, and from an interrupt to another strand. */
#include "arch/ppc/frame.h"
#include "arch/ppc/registers.h"
#include "kernel/strand/switch.h"

        .text

/* The record of a semaphore that was looked up lately (domains/capability.h), if it is at `semaphore`; else to `otherwise`. r3 = its capability. */
        .macro  look_up semaphore, otherwise
        lis     r9, (capability_recent + SEMAPHORES_RECENT)@ha
        rlwimi  r9, r3, 0, RECENT_FIRST_BIT, RECENT_LAST_BIT
        lwz     r6, (capability_recent + SEMAPHORES_RECENT)@l(r9)
        lwz     \semaphore, (capability_recent + SEMAPHORES_RECENT)@l + 4(r9)
        cmplw   r6, r3
        bne-    \otherwise
        .endm

/* A frame for what the ABI has callees keep; r0 = LR. */
        .macro  enter
        mflr    r0
        stw     r0, 4(r1)
        stwu    r1, -SWITCH_FRAME(r1)
        .endm

/* … which go there. Clobbers r11. */
        .macro  keep
        mfcr    r11
        stmw    r13, SWITCH_R13(r1)
        stw     r11, SWITCH_CR(r1)
        .endm

/* The time that `strand` has run, until r6 = now; r9 = running. cr0: not below 0 if a look at it is due. Clobbers r7, r8. */
        .macro  charge strand
        mftb    r6
        lwz     r7, RUNNING_SINCE(r9)
        lwz     r8, STRAND_LATE(\strand)
        subf    r7, r7, r6
        add.    r8, r8, r7
        stw     r8, STRAND_LATE(\strand)
        stw     r6, RUNNING_SINCE(r9)
        .endm

/*
 * status_t semaphore_post(semaphore_t *semaphore), see <whorl/lock.h>. Nobody waits, or one, who is put behind the equals of who has his turn, if nothing is
 * unusual; all else is the business of semaphore_post_slowly. Any context; interrupts off meanwhile.
 */
        .globl  semaphore_post
        .type   semaphore_post, @function
semaphore_post:
        mfmsr   r8
        rlwinm  r0, r8, 0, 17, 15
        mtmsr   r0
        look_up r7, .Lpost_slowly
        lwz     r10, LOCK_FIRST(r7)
        cmpwi   r10, 0
        beq-    .Lpost_count
        lwz     r11, WAIT_NEXT(r10)
        lis     r9, running@ha
        lwz     r0, (running + RUNNING_UNUSUAL)@l(r9)
        lwz     r5, (running + RUNNING_BUSY)@l(r9)
        xor     r11, r11, r10
        or      r0, r0, r5
        or.     r0, r0, r11
        bne-    .Lpost_slowly
        lwz     r9, (running + RUNNING_TURN_OF)@l(r9)
        lwz     r12, WAIT_STRAND(r10)
        lwz     r4, STRAND_QUEUE(r9)
        lwz     r5, STRAND_QUEUE(r12)
        lwz     r11, STRAND_READY_NEXT(r12)
        xor     r4, r4, r5
        or.     r0, r4, r11
        bne-    .Lpost_slowly
        lwz     r11, STRAND_READY_PREVIOUS(r9)
        stw     r9, STRAND_READY_NEXT(r12)
        stw     r11, STRAND_READY_PREVIOUS(r12)
        stw     r12, STRAND_READY_NEXT(r11)
        stw     r12, STRAND_READY_PREVIOUS(r9)
        stw     r0, LOCK_FIRST(r7)
        stw     r0, WAIT_LOCK(r10)
        stw     r3, WAIT_POSTED(r10)
        mtmsr   r8
        li      r3, 0
        blr
.Lpost_count:
        lwz     r10, SEMAPHORE_COUNT(r7)
        addic.  r10, r10, 1
        beq-    .Lpost_slowly
        stw     r10, SEMAPHORE_COUNT(r7)
        mtmsr   r8
        li      r3, 0
        blr
.Lpost_slowly:
        mtmsr   r8
        b       semaphore_post_slowly
        .size   semaphore_post, . - semaphore_post

/*
 * status_t semaphore_wait(semaphore_t *semaphore), see <whorl/lock.h>. The count is not 0, or it is the first to wait, and another one is next in turn, to
 * whom it gives the processor (switch_is_plain in switch.h says when that is); all else is the business of semaphore_wait_slowly. The frame
 * comes first: a stack that has no room for it overflows before anything has changed. Interrupts off meanwhile.
 */
        .globl  semaphore_wait
        .type   semaphore_wait, @function
semaphore_wait:
        enter
        mfmsr   r5
        rlwinm  r4, r5, 0, 17, 15
        mtmsr   r4
        look_up r7, .Lwait_slowly
        lwz     r10, SEMAPHORE_COUNT(r7)
        lwz     r11, LOCK_FIRST(r7)
        lis     r9, running@ha
        la      r9, running@l(r9)
        or.     r11, r11, r10
        bne-    .Lwait_count
        lwz     r4, RUNNING_STRAND(r9)
        lwz     r6, RUNNING_BUSY(r9)
        lwz     r8, RUNNING_UNUSUAL(r9)
        lwz     r10, STRAND_UNUSUAL(r4)
        lwz     r11, STRAND_EPHEMERAL(r4)
        xori    r12, r5, MSR_KERNEL | MSR_EE
        or      r6, r6, r8
        or      r10, r10, r11
        or      r6, r6, r12
        or.     r6, r6, r10
        bne-    .Lwait_slowly
        lwz     r10, STRAND_READY_NEXT(r4)
        lwz     r12, STRAND_UNUSUAL(r10)
        cmplw   r10, r4
        beq-    .Lwait_slowly
        cmpwi   r12, 0
        bne-    .Lwait_slowly
        addi    r11, r4, STRAND_OWN_WAIT
        stw     r7, STRAND_OWN_WAIT + WAIT_LOCK(r4)
        stw     r11, LOCK_FIRST(r7)
        lwz     r11, STRAND_READY_PREVIOUS(r4)
        lwz     r8, STRAND_QUEUE(r4)
        stw     r12, STRAND_READY_NEXT(r4)
        stw     r11, STRAND_READY_PREVIOUS(r10)
        stw     r10, STRAND_READY_NEXT(r11)
        stw     r10, 0(r8)
/* In its frame, r0 = LR, r12 = 0: from r4 to r10, with r5 as MSR then; r9 = running. */
.Lleave:
        keep
        stw     r0, STRAND_WAITED(r4)
        stw     r12, SWITCH_BUSY(r1)
        charge  r4
        bge-    .Llook
.Llooked:
        stw     r6, RUNNING_TURN_BEGAN(r9)
        stw     r10, RUNNING_TURN_OF(r9)
        stw     r1, STRAND_STACK(r4)
        stw     r10, RUNNING_STRAND(r9)
        lwz     r1, STRAND_STACK(r10)
/* On the stack of r10, who runs from now on, when it has what it kept; a wait in its own record is looked at. */
.Larrive:
        lwz     r7, STRAND_REENT(r10)
        lwz     r0, SWITCH_BUSY(r1)
        lwz     r12, SWITCH_CR(r1)
        stw     r7, impure_from_running@l(r9)
        stw     r0, RUNNING_BUSY(r9)
        lmw     r13, SWITCH_R13(r1)
        addi    r1, r1, SWITCH_FRAME
        lwz     r3, STRAND_OWN_WAIT + WAIT_LOCK(r10)
        lwz     r0, 4(r1)
        cmpwi   r3, 0
        mtcrf   0x38, r12
        mtlr    r0
        bne-    .Lwait_on
        stw     r3, STRAND_OWN_WAIT + WAIT_POSTED(r10)
        mtmsr   r5
        blr
.Lwait_on:
        mr      r3, r5
        b       semaphore_wait_on
/* It cannot come back in the shortest way. */
.Llook:
        li      r7, 1
        stb     r7, STRAND_SPECIAL(r4)
        b       .Llooked
.Lwait_count:
        lwz     r6, RUNNING_BUSY(r9)
        addic.  r10, r10, -1
        rlwinm  r11, r5, 0, MSR_EE
        xori    r11, r11, MSR_EE
        blt-    .Lwait_slowly
        or.     r6, r6, r11
        bne-    .Lwait_slowly
        stw     r10, SEMAPHORE_COUNT(r7)
        mtmsr   r5
        addi    r1, r1, SWITCH_FRAME
        li      r3, 0
        blr
.Lwait_slowly:
        mtmsr   r5
        addi    r1, r1, SWITCH_FRAME
        b       semaphore_wait_slowly
        .size   semaphore_wait, . - semaphore_wait

/*
 * status_t strand_hand_over(struct strand *to, struct strand *from, uint32_t msr): `to` goes on where it left off in a call of this, of
 * semaphore_wait or of strand_switch. Interrupts off, not busy; see switch.h. Clobbers what calls clobber.
 */
        .globl  strand_hand_over
        .type   strand_hand_over, @function
strand_hand_over:
        enter
        mr      r10, r3
        lis     r9, running@ha
        la      r9, running@l(r9)
        li      r12, 0
        b       .Lleave
        .size   strand_hand_over, . - strand_hand_over

/*
 * status_t strand_switch(struct strand *to): the same for all who do not wait in plain circumstances. Busy, interrupts on; returns OK. Clobbers
 * what calls clobber.
 */
        .globl  strand_switch
        .type   strand_switch, @function
strand_switch:
        enter
        keep
        mr      r10, r3
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
        stw     r10, RUNNING_STRAND(r9)
        lwz     r1, STRAND_STACK(r10)
        li      r0, 0
        stw     r0, RUNNING_CHOSEN(r9)
        lwz     r7, RUNNING_FP_OWNER(r9)
        lwz     r8, RUNNING_DEAD(r9)
        lwz     r11, STRAND_EPHEMERAL(r10)
        or      r7, r7, r8
        or.     r7, r7, r11
        beq     .Larrive
        lwz     r4, STRAND_LOST(r10)
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
        lwz     r10, RUNNING_STRAND(r9)
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
