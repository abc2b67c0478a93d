/*
 * A program for kept_test.c: callers that leave values in volatile registers across calls of procedures that do
 * not touch them.
 */
#include "tests/host/objects/procedure.inc"

    .text

/* Touches r3 only. */
procedure leaf
    addi r3, r3, 1
    blr
finish leaf

/* r5, r9, CTR, CR1 and CA are kept across the call. */
procedure keeper
    mflr r0
    stwu r1, -16(r1)
    stw r0, 20(r1)
    li r5, 5
    li r9, 9
    mtctr r9
    cmpwi cr1, r5, 3
    addic r10, r5, -1
    bl leaf
    addze r3, r3
    add r3, r3, r5
    add r3, r3, r9
    mfctr r10
    beq cr1, 1f
    add r3, r3, r10
1:  lwz r0, 20(r1)
    mtlr r0
    addi r1, r1, 16
    blr
finish keeper

/* By the ABI: nothing is kept but in r31. */
procedure quiet_leaf
    addi r3, r3, 1
    blr
finish quiet_leaf

procedure quiet
    mflr r0
    stwu r1, -16(r1)
    stw r0, 20(r1)
    stw r31, 12(r1)
    mr r31, r4
    li r9, 9
    add r3, r3, r9
    bl quiet_leaf
    add r3, r3, r31
    lwz r31, 12(r1)
    lwz r0, 20(r1)
    mtlr r0
    addi r1, r1, 16
    blr
finish quiet

/* What is kept across a call is so across what the callee jumps to. */
procedure jumps_on
    cmpwi r3, 0
    beq reached_by_jump
    b enters + 8
finish jumps_on

procedure reached_by_jump
    li r3, 2
    blr
finish reached_by_jump

procedure enters
    li r3, 3
    li r8, 3
    li r3, 4
    blr
finish enters

procedure keeps_across_jumps
    mflr r0
    stwu r1, -16(r1)
    stw r0, 20(r1)
    li r11, 11
    bl jumps_on
    add r3, r3, r11
    lwz r0, 20(r1)
    mtlr r0
    addi r1, r1, 16
    blr
finish keeps_across_jumps

/* What is kept for a caller's caller, and handed on to the next call where it is. */
procedure deep_leaf
    addi r3, r3, 1
    blr
finish deep_leaf

procedure deep_middle
    mflr r0
    stwu r1, -16(r1)
    stw r0, 20(r1)
    bl deep_leaf
    lwz r0, 20(r1)
    mtlr r0
    addi r1, r1, 16
    blr
finish deep_middle

procedure deep
    mflr r0
    stwu r1, -16(r1)
    stw r0, 20(r1)
    li r7, 7
    bl deep_middle
    bl reads_r7
    lwz r0, 20(r1)
    mtlr r0
    addi r1, r1, 16
    blr
finish deep

procedure reads_r7
    add r3, r3, r7
    blr
finish reads_r7

/* What a call has left in r7 is nobody's to keep, though the next one but one would read it. */
procedure touches_r7
    li r7, 1
    blr
finish touches_r7

procedure after_touching
    addi r3, r3, 1
    blr
finish after_touching

procedure loses
    mflr r0
    stwu r1, -16(r1)
    stw r0, 20(r1)
    li r7, 7
    bl touches_r7
    bl after_touching
    bl reads_r7
    lwz r0, 20(r1)
    mtlr r0
    addi r1, r1, 16
    blr
finish loses

/* A result in a register of its own. */
procedure returns_in_r12
    li r12, 12
    blr
finish returns_in_r12

procedure takes_r12
    mflr r0
    stwu r1, -16(r1)
    stw r0, 20(r1)
    bl returns_in_r12
    mr r3, r12
    lwz r0, 20(r1)
    mtlr r0
    addi r1, r1, 16
    blr
finish takes_r12

/* A trap, and a call of what is lost sight of, read everything, but nobody has kept anything for them. */
procedure before_a_trap
    addi r3, r3, 1
    blr
finish before_a_trap

procedure traps
    mflr r0
    stwu r1, -16(r1)
    stw r0, 20(r1)
    bl before_a_trap
    cmpwi r3, 0
    beq 1f
    bl lost
    twi 31, r3, 0
1:  twi 31, r3, 0
finish traps

procedure lost
    lwz r9, 0(r3)
    mtctr r9
    lwz r9, 4(r3)
    cmpwi r9, 0
    beqctr
    lwz r1, 0(r1)
    bctr
finish lost

/* Called from words that control is not known to come to, which may be data. */
procedure suspected
    addi r3, r3, 1
    blr
finish suspected

procedure suspects
    blr
    bl suspected
    b suspects
finish suspects

/* Called from code without a name. */
procedure called_by_nameless
    addi r3, r3, 1
    blr
finish called_by_nameless
    mflr r12
    bl called_by_nameless
    mtlr r12
    blr

/* Calls code without a name, with r9 kept across it. */
procedure calls_nameless
    mflr r0
    stwu r1, -16(r1)
    stw r0, 20(r1)
    li r9, 9
    bl .Lnameless
    add r3, r3, r9
    lwz r0, 20(r1)
    mtlr r0
    addi r1, r1, 16
    blr
finish calls_nameless
.Lnameless:
    li r3, 1
    blr

/* Does nothing with its arguments, but what stands in for it may. */
procedure empty
    blr
finish empty

procedure calls_empty
    mflr r0
    stwu r1, -16(r1)
    stw r0, 20(r1)
    li r3, 1
    li r7, 2
    li r8, 3
    bl empty
    lwz r0, 20(r1)
    mtlr r0
    addi r1, r1, 16
    blr
finish calls_empty

/* Of reservations. */
procedure swaps
1:  lwarx r5, 0, r3
    cmpwi r5, 0
    beq 2f
    mr r6, r4
    stwcx. r6, 0, r3
    bne 1b
    blr
2:  li r3, 0
    blr
finish swaps

procedure swaps_elsewhere
    lwarx r5, 0, r3
    b 1f
    blr
2:  stwcx. r4, 0, r3
    blr
1:  addi r5, r5, 1
    b 2b
finish swaps_elsewhere
