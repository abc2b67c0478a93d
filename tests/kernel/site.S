/* Procedures with places of every kind, for site_test.c. */
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

/* uint32_t site_swap(volatile uint32_t *word, uint32_t value) */
procedure site_swap
        mr      %r5, %r3
1:      lwarx   %r3, 0, %r5
        cmpw    %r3, %r4
        beq     2f
        stwcx.  %r4, 0, %r5
        bne     1b
2:      blr
        finish  site_swap

/* A stwcx. that control is not known to come to, and one behind an unconditional branch. */
procedure site_hidden
        mtctr   %r4
        bctr
        lwarx   %r5, 0, %r3
        addi    %r5, %r5, 1
        stwcx.  %r5, 0, %r3
        bne     site_hidden
        blr
        finish  site_hidden

/* int site_choose(unsigned n), by a table in the middle; behind its end a word that is nobody's. */
procedure site_choose
        cmplwi  %r3, 2
        bgt     3f
        lis     %r4, site_choose_table@ha
        slwi    %r3, %r3, 2
        addi    %r4, %r4, site_choose_table@l
        lwzx    %r4, %r4, %r3
        mtctr   %r4
        bctr
        .globl  site_choose_table
site_choose_table:
        .long   0f, 1f, 2f
        .globl  site_choose_literal
site_choose_literal:
        .long   0x00000123
0:      li      %r3, 10
        blr
1:      li      %r3, 11
        blr
2:      li      %r3, 12
        blr
3:      li      %r3, 13
        blr
        finish  site_choose
        nop

/* Entered at its start and in its middle. */
procedure site_two_entries
        li      %r4, 1
        b       1f
        .globl  site_second_entry
site_second_entry:
        mr      %r4, %r5
1:      add     %r3, %r3, %r4
        blr
        finish  site_two_entries

procedure site_enters
        b       site_second_entry
        finish  site_enters

/* r7 and CTR are kept for those below by a procedure that touches little. */
procedure site_leaf
        addi    %r3, %r3, 1
        cmpwi   %cr6, %r3, 5
        stw     %r31, -4(%r1)
        mr      %r31, %r3
        lwz     %r31, -4(%r1)
        blr
        finish  site_leaf

procedure site_caller
        mflr    %r0
        stwu    %r1, -16(%r1)
        stw     %r0, 20(%r1)
        li      %r7, 7
        li      %r8, 100
        mtctr   %r8
        bl      site_leaf
        add     %r3, %r3, %r7
        mfctr   %r8
        add     %r3, %r3, %r8
        lwz     %r0, 20(%r1)
        mtlr    %r0
        addi    %r1, %r1, 16
        blr
        finish  site_caller

        .section .note.GNU-stack, "", @progbits
