/* Goes to a place with every register known, and sees what arrived. */
#include "arch/ppc/registers.h"

/* Offsets in struct visit of springboard_test.c. */
#define WENT 0
#define CAME 148
#define OF_CR 128
#define OF_XER 132
#define OF_LR 136
#define OF_CTR 140
#define OF_MSR 144

#define FRAME 512
#define FOUND 128

        .text
/* void visit(struct visit *visit): sets r0, r3 to r31, CR, XER and LR as in `went`, goes to where its CTR says, and fills `came`. */
        .globl  visit
        .type   visit, @function
visit:
        stwu    %r1, -FRAME(%r1)
        mflr    %r0
        stw     %r0, FRAME + 4(%r1)
        mfcr    %r0
        stw     %r0, 12(%r1)
        stw     %r3, 8(%r1)
        stmw    %r13, 16(%r1)
        lwz     %r0, WENT + OF_CR(%r3)
        mtcr    %r0
        lwz     %r0, WENT + OF_XER(%r3)
        mtxer   %r0
        lwz     %r0, WENT + OF_LR(%r3)
        mtlr    %r0
        lwz     %r0, WENT + OF_CTR(%r3)
        mtctr   %r0
        lwz     %r0, WENT(%r3)
        lmw     %r4, WENT + 16(%r3)
        lwz     %r3, WENT + 12(%r3)
        bctr
        .size   visit, . - visit

/* Where springboards lead. The other one is told by r0 in CAME's place of r2. */
        .globl  arrival, other_arrival
        .type   arrival, @function
arrival:
        stw     %r0, FOUND(%r1)
        li      %r0, 1
        b       1f
        .type   other_arrival, @function
other_arrival:
        stw     %r0, FOUND(%r1)
        li      %r0, 2
1:      stmw    %r3, FOUND + 12(%r1)
        stw     %r0, FOUND + 8(%r1)
        addi    %r0, %r1, FRAME
        stw     %r0, FOUND + 4(%r1)
        mfcr    %r0
        stw     %r0, FOUND + OF_CR(%r1)
        mfxer   %r0
        stw     %r0, FOUND + OF_XER(%r1)
        mflr    %r0
        stw     %r0, FOUND + OF_LR(%r1)
        mfctr   %r0
        stw     %r0, FOUND + OF_CTR(%r1)
        mfmsr   %r0
        stw     %r0, FOUND + OF_MSR(%r1)
        lwz     %r3, 8(%r1)
        addi    %r3, %r3, CAME - 4
        addi    %r4, %r1, FOUND - 4
        li      %r0, 37
        mtctr   %r0
2:      lwzu    %r0, 4(%r4)
        stwu    %r0, 4(%r3)
        bdnz    2b
        lmw     %r13, 16(%r1)
        lwz     %r0, 12(%r1)
        mtcr    %r0
        lwz     %r0, FRAME + 4(%r1)
        mtlr    %r0
        addi    %r1, %r1, FRAME
        blr
        .size   arrival, other_arrival - arrival
        .size   other_arrival, . - other_arrival

/* void visit_from(uint32_t place, uint32_t stack): goes there with another stack, r3 and r4 as they are. */
        .globl  visit_from
        .type   visit_from, @function
visit_from:
        mtctr   %r3
        mr      %r1, %r4
        bctr
        .size   visit_from, . - visit_from

        .section .note.GNU-stack, "", @progbits
