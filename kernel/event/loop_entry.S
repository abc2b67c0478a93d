/* Where the loop's events are entered, and calls with any arguments. See loop.h and loop_frame.h. */
#include "arch/ppc/code/dispatch/deadline.h"
#include "arch/ppc/registers.h"
#include "kernel/event/loop.h"
#include "kernel/event/loop_frame.h"

        .text

/* Called like the event; r12 is free. */
        .globl  loop_entries
        .type   loop_entries, @function
loop_entries:
        .set    number, 0
        .rept   LOOP_ENTRIES
        li      r12, number
        b       loop_common
        .set    number, number + 1
        .endr
        .size   loop_entries, . - loop_entries

/*
 * From an entry: r12 = its number, all else as the raiser left it. Returns what loop_run does, to the raiser. Who is here, before loop_returned, may
 * have read the plan and not noted it yet: loop_is_using.
 * The frame of the entry has the address of its branch as return address, which backtraces print.
 */
        .globl  loop_returned
        .type   loop_common, @function
loop_common:
        mflr    r0
        stw     r0, 4(r1)
        addi    r11, r1, CALL_FRAME_HEAD
        stwu    r1, -LOOP_ENTRY_FRAME_SIZE(r1)
        slwi    r0, r12, 3
        stwu    r1, -LOOP_FRAME_SIZE(r1)
        .irp    n, 3,4,5,6,7,8,9,10
        stw     r\n, LOOP_FRAME_REGISTERS + 4 * (\n - 3)(r1)
        .endr
        mfspr   r3, SPR_SPRG1
        stw     r3, LOOP_FRAME_IDENTITY(r1)
        lis     r3, (loop_entries + 4)@ha
        addi    r3, r3, (loop_entries + 4)@l
        add     r3, r3, r0
        stw     r3, LOOP_FRAME_SIZE + 4(r1)
        srwi    r0, r0, 1
        lis     r3, loop_plans@ha
        addi    r3, r3, loop_plans@l
        lwzx    r3, r3, r0
        stw     r3, LOOP_FRAME_PLAN(r1)
        mr      r3, r1
        mr      r4, r11
        mr      r5, r12
        bl      loop_run
loop_returned:
        addi    r1, r1, LOOP_FRAME_SIZE + LOOP_ENTRY_FRAME_SIZE
        lwz     r0, 4(r1)
        mtlr    r0
        blr
        .size   loop_common, . - loop_common

/*
 * uint64_t call_words(uint32_t procedure, const uint32_t registers[8], const uint32_t stack[], size_t n). The
 * frame is as large as n says; the back chain tells where the caller's is. Its LR save word is 0 as long as the
 * procedure has not saved LR, so that no backtrace takes what was left there for a caller.
 */
        .globl  call_words, call_words_returned
        .type   call_words, @function
call_words:
        mflr    r0
        stw     r0, 4(r1)
        slwi    r7, r6, 2
        addi    r7, r7, CALL_FRAME_HEAD + 15
        rlwinm  r7, r7, 0, 0, 27
        neg     r7, r7
        stwux   r1, r1, r7
        li      r0, 0
        stw     r0, 4(r1)
        mtctr   r6
        cmplwi  r6, 0
        beq     2f
        addi    r7, r1, CALL_FRAME_HEAD - 4
        subi    r5, r5, 4
1:      lwzu    r0, 4(r5)
        stwu    r0, 4(r7)
        bdnz    1b
2:      mtctr   r3
        mr      r11, r4
        .irp    n, 3,4,5,6,7,8,9,10
        lwz     r\n, 4 * (\n - 3)(r11)
        .endr
        bctrl
call_words_returned:
        lwz     r1, 0(r1)
        lwz     r0, 4(r1)
        mtlr    r0
        blr
        .size   call_words, . - call_words

/*
 * Behind the call nobody may come back to it, for its frame goes: the record of its deadline says so.
 *
 * uint64_t call_kept(uint32_t procedure, const uint32_t registers[8], const uint32_t stack[], size_t n, struct loop_call *call).
 * The same, with what is to survive at the upper end of the frame.
 */
        .globl  call_kept, loop_call_returned
        .type   call_kept, @function
call_kept:
        mflr    r0
        stw     r0, 4(r1)
        slwi    r8, r6, 2
        addi    r8, r8, CALL_FRAME_HEAD + CALL_KEPT_SIZE + 15
        rlwinm  r8, r8, 0, 0, 27
        neg     r8, r8
        mr      r9, r1
        stwux   r1, r1, r8
        mfmsr   r11
        mfcr    r12
        stmw    r11, 4 - CALL_KEPT_SIZE(r9)
        stw     r7, -CALL_KEPT_SIZE(r9)
        stw     r1, EPHEMERAL_CALL_FRAME(r7)
        li      r0, 0
        stw     r0, 4(r1)
        mtctr   r6
        cmplwi  r6, 0
        beq     2f
        addi    r7, r1, CALL_FRAME_HEAD - 4
        subi    r5, r5, 4
1:      lwzu    r0, 4(r5)
        stwu    r0, 4(r7)
        bdnz    1b
2:      mtctr   r3
        mr      r11, r4
        .irp    n, 3,4,5,6,7,8,9,10
        lwz     r\n, 4 * (\n - 3)(r11)
        .endr
        bctrl
loop_call_returned:
        lwz     r7, 0(r1)
        lwz     r8, -CALL_KEPT_SIZE(r7)
        li      r0, 0
        stw     r0, EPHEMERAL_CALL_FRAME(r8)
        mr      r1, r7
        lwz     r0, 4(r1)
        mtlr    r0
        blr
        .size   call_kept, . - call_kept

/* From loop_run_rest, r1 = its struct loop_rest: beyond that is the frame of the routine, then who raised the event. */
        .globl  loop_rest_returned
        .type   loop_rest_return, @function
loop_rest_return:
        nop
loop_rest_returned:
        lwz     r1, 0(r1)
        lwz     r1, 0(r1)
        lwz     r0, 4(r1)
        mtlr    r0
        blr
        .size   loop_rest_return, . - loop_rest_return

        .section .note.GNU-stack, "", @progbits
