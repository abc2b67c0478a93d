/* Procedures whose first instructions cannot simply be moved, for splice_test.c. All: int (int n). */
        .macro  procedure name
        .balign 4
        .globl  \name
        .type   \name, @function
\name:
        .endm

        .macro  finish name
        .size   \name, . - \name
        .endm

        .text

/* n + (n - 1) … + 1 - 7; turns by a conditional branch. r11, r12 and CTR carry something from turn to turn. */
procedure splice_sum
        cmpwi   %r3, 0
        ble     1f
        mtctr   %r3
        li      %r12, 0
        li      %r11, -7
        mr      %r4, %r3
        b       splice_sum_loop
1:      li      %r3, -7
        blr
        finish  splice_sum

procedure splice_sum_loop
        add     %r12, %r12, %r4
        addi    %r4, %r4, -1
        bdnz    splice_sum_loop
        add     %r3, %r12, %r11
        blr
        finish  splice_sum_loop

/* n * 2, turning once for each, by b; and what looks like a call of it behind it, which is data. */
procedure splice_double
        addi    %r5, %r3, -1
        cmpwi   %r3, 0
        ble     1f
        mflr    %r6
        stwu    %r1, -16(%r1)
        stw     %r6, 20(%r1)
        bl      splice_halve
        lwz     %r6, 20(%r1)
        addi    %r1, %r1, 16
        mtlr    %r6
        b       splice_double
1:      mr      %r3, %r7
        blr
        .globl  splice_double_data
splice_double_data:
        bl      splice_double
        b       splice_double
        finish  splice_double

/* r3 - 1, and r7 + 2 */
procedure splice_halve
        addi    %r3, %r3, -1
        addi    %r7, %r7, 2
        blr
        finish  splice_halve

procedure splice_double_call
        li      %r7, 0
        b       splice_double
        finish  splice_double_call

/* First a branch; n + 1. */
procedure splice_first_b
        b       1f
        trap
1:      addi    %r3, %r3, 1
        blr
        finish  splice_first_b

/* First a conditional one, on CR0, which the caller sets: 1 if n is 0, else 2. */
procedure splice_first_bc
        beq     1f
        li      %r3, 2
        blr
1:      li      %r3, 1
        blr
        finish  splice_first_bc

procedure splice_first_bc_call
        cmpwi   %r3, 0
        b       splice_first_bc
        finish  splice_first_bc_call

/* The address behind its first instruction, which is made to be LR; back to r5. */
procedure splice_first_bcl
        bcl     20, 31, 1f
1:      mflr    %r3
        mtlr    %r5
        blr
        finish  splice_first_bcl

/* The same, by a conditional branch that is not taken. */
procedure splice_first_bcl_not
        bcl     12, 2, splice_halve
        mflr    %r3
        mtlr    %r5
        blr
        finish  splice_first_bcl_not

/* The same, with a call that comes back. */
procedure splice_first_bl
        bl      splice_halve
        mr      %r3, %r7
        mtlr    %r5
        blr
        finish  splice_first_bl

        .macro  link_call name, callee
procedure \name
        mflr    %r6
        lis     %r5, 1f@ha
        addi    %r5, %r5, 1f@l
        li      %r7, 0
        cmpwi   %r1, 0
        bl      \callee
1:      mtlr    %r6
        blr
        finish  \name
        .endm

link_call splice_first_bcl_call, splice_first_bcl
link_call splice_first_bcl_not_call, splice_first_bcl_not
link_call splice_first_bl_call, splice_first_bl

/* Counts CTR down in one instruction, which is its first; CTR from n. */
procedure splice_wait
        bdnz    splice_wait
        mfctr   %r3
        blr
        finish  splice_wait

procedure splice_wait_call
        mtctr   %r3
        b       splice_wait
        finish  splice_wait_call

/* Refused: the head of a loop that links. */
procedure splice_link_loop
        bl      splice_halve
        b       splice_link_loop
        finish  splice_link_loop

/* Refused: nobody knows where it jumps to, and whether to the branch behind that. */
procedure splice_jumps
        stwu    %r1, -16(%r1)
        lwz     %r4, 0(%r3)
        mtctr   %r4
        bctr
        b       splice_jumps
        finish  splice_jumps

/* Refused: one of the cases is its start. */
procedure splice_switches
        cmplwi  %r3, 3
        bgt     2f
        slwi    %r4, %r3, 2
        lis     %r5, 3f@ha
        addi    %r5, %r5, 3f@l
        lwzx    %r5, %r5, %r4
        mtctr   %r5
        addi    %r3, %r3, 1
        bctr
1:      addi    %r3, %r3, 10
2:      blr
        finish  splice_switches
        .section .rodata
        .balign 4
3:      .long   1b, splice_switches, 1b, 2b
        .text

/* Refused: what is there is no instruction. */
procedure splice_data
        .long   0
        finish  splice_data

        .section .note.GNU-stack, "", @progbits
