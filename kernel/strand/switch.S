/* From strand to strand, and from an interrupt to another strand. */
#include "arch/ppc/frame.h"
#include "arch/ppc/registers.h"

#define SWITCH_FRAME 96
#define SWITCH_CR 16
#define SWITCH_R13 20

        .text

/*
 * void strand_swap(vaddr_t *save, vaddr_t stack): keeps r1 in *save, with what the ABI has callees keep in a frame there, and goes
 * on where another call of it left off. Interrupts off. Clobbers what calls clobber.
 */
        .globl  strand_swap
        .type   strand_swap, @function
strand_swap:
        mflr    r0
        mfcr    r12
        stw     r0, 4(r1)
        stwu    r1, -SWITCH_FRAME(r1)
        stw     r12, SWITCH_CR(r1)
        stmw    r13, SWITCH_R13(r1)
        stw     r1, 0(r3)
        mr      r1, r4
        lmw     r13, SWITCH_R13(r1)
        lwz     r12, SWITCH_CR(r1)
        addi    r1, r1, SWITCH_FRAME
        lwz     r0, 4(r1)
        mtcrf   0xff, r12
        mtlr    r0
        blr
        .size   strand_swap, . - strand_swap

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
