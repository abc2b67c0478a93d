/*
 * Procedures for live_test.c, which names an instruction by its procedure and its number in there,
 * from 0. Compiled code has little of what these have.
 */
#include "tests/host/objects/procedure.inc"

    .text

/* ---- within a procedure ---- */

procedure loop
    li r0, 0
    mtctr r3
    lwzu r5, 4(r9)
    add r0, r0, r5
    bdnz .-8
    mr r3, r0
    blr
finish loop

procedure single_bits
    cmpwi cr0, r3, 0
    cmpwi cr1, r4, 0
    crandc 2, 2, 6
    bt 2, 1f
    li r3, 1
1:  blr
finish single_bits

procedure same_bit
    crxor 6, 6, 6
    creqv 7, 7, 7
    crand 5, 5, 5
    mfcr r3
    blr
finish same_bit

procedure carries
    addc r4, r4, r6
    subfe r3, r3, r5
    addic r4, r4, 1
    srawi r5, r4, 2
    addze r3, r3
    blr
finish carries

procedure overflow
    addo r3, r3, r4
    addo. r3, r3, r4
    mcrxr cr5
    bt 20, 1f
    li r3, 0
1:  blr
finish overflow

procedure conditional_return
    cmpwi r3, 0
    beqlr
    mr r3, r7
    bnelr cr5
    li r3, 8
    blr
finish conditional_return

procedure multiple
    stwu r1, -32(r1)
    stmw r29, 20(r1)
    li r29, 1
    li r31, 2
    lmw r29, 20(r1)
    addi r1, r1, 32
    blr
finish multiple

procedure strings
    mtxer r5
    lswx r6, r3, r4
    stswi r6, r4, 6
    lswi r30, r3, 12
    mr r4, r0
    blr
finish strings

procedure fields
    mfcr r12
    cmpw cr3, r3, r4
    cmpw cr0, r3, r4
    mtcrf 0x14, r12
    beqlr cr0
    mtcrf 0x80, r12
    beqlr cr0
    blr
finish fields

procedure own_address
    mflr r0
    bcl 20, 31, .+4
    mflr r9
    lwz r3, 0(r9)
    mtlr r0
    blr
finish own_address

procedure calls_inside
    mflr r0
    bl 1f
    mr r3, r11
    mtlr r0
    blr
1:  li r11, 5
    nop
    blr
finish calls_inside

procedure floating
    fadd f9, f10, f2
    fcmpu cr6, f9, f3
    bnl cr6, 1f
    fmr f1, f9
1:  li r5, 0
    blr
finish floating

procedure vectors
    vaddubm v19, v5, v3
    vcmpequb. v18, v19, v4
    bt 24, 1f
    vor v2, v18, v18
1:  blr
finish vectors

procedure endless
    addi r3, r3, 1
    b .-4
finish endless

procedure traps
    cmpwi r3, 0
    beqlr
    trap
finish traps

procedure jumps_anywhere
    stwu r1, -16(r1)
    li r9, 1
    mtctr r3
    bctr
finish jumps_anywhere

procedure falls_into_data
    li r9, 1
    .long 0
finish falls_into_data

procedure never_reached
    blr
    li r3, 1
    blr
finish never_reached

/* ---- calls of what nobody knows ---- */

procedure calls_pointer
    stwu r1, -16(r1)
    mflr r0
    stw r0, 20(r1)
    mtctr r3
    li r9, 1
    crclr 6
    bctrl
    lwz r0, 20(r1)
    mtlr r0
    addi r1, r1, 16
    blr
finish calls_pointer

procedure tail_calls_pointer
    mtctr r3
    bctr
finish tail_calls_pointer

procedure may_call_pointer
    mflr r12
    mtctr r3
    beqctrl
    mr r3, r0
    mtlr r12
    blr
finish may_call_pointer

/* ---- calls of what is known ---- */

procedure reads_r8
    add r3, r8, r8
    blr
finish reads_r8

procedure writes_r9_on_one_way
    cmpwi r3, 0
    beqlr
    li r9, 0
    li r10, 0
    blr
finish writes_r9_on_one_way

procedure writes_r9_on_both_ways
    cmpwi r3, 0
    beq 1f
    li r9, 0
    li r10, 0
    blr
1:  li r9, 1
    blr
finish writes_r9_on_both_ways

procedure keeps_in_volatile
    mflr r0
    bl writes_r9_on_one_way
    add r3, r3, r9
    bl writes_r9_on_both_ways
    add r3, r3, r9
    add r3, r3, r7
    mtlr r0
    blr
finish keeps_in_volatile

procedure uses_what_is_written
    mflr r0
    bl writes_r9_on_both_ways
    add r3, r3, r9
    mtlr r0
    blr
finish uses_what_is_written

procedure calls_in_a_row
    mflr r11
    bl reads_r8
    mtlr r11
    blr
finish calls_in_a_row

procedure calls_callers
    mflr r12
    bl calls_in_a_row
    mtlr r12
    blr
finish calls_callers

procedure tail_call
    li r9, 1
    b reads_r8
finish tail_call

procedure tail_call_or_not
    cmpwi r3, 0
    beq reads_r8
    li r3, 0
    blr
finish tail_call_or_not

procedure saves
    stwu r1, -16(r1)
    stw r31, 12(r1)
    mr r31, r3
    mr r3, r31
    lwz r31, 12(r1)
    addi r1, r1, 16
    blr
finish saves

procedure calls_saves
    mflr r0
    bl saves
    mtlr r0
    blr
finish calls_saves

procedure _savegpr_30
    stw r30, -8(r11)
    stw r31, -4(r11)
    blr
finish _savegpr_30

procedure saves_by_helper
    mflr r0
    addi r11, r1, 0
    stwu r1, -32(r1)
    bl _savegpr_30
    li r30, 0
    li r31, 0
    b _restgpr_30_x
finish saves_by_helper

procedure _restgpr_30_x
    lwz r30, -8(r11)
    lwz r0, 4(r11)
    lwz r31, -4(r11)
    mtlr r0
    mr r1, r11
    blr
finish _restgpr_30_x

/* ---- what does not come back ---- */

procedure stops
    mr r9, r8
    b .
finish stops

procedure stops_by_call
    stwu r1, -16(r1)
    mflr r0
    stw r0, 20(r1)
    bl stops
    .long 0
finish stops_by_call

procedure stops_by_tail_call
    li r9, 1
    b stops
finish stops_by_tail_call

procedure may_stop
    cmpwi r3, 0
    mflr r0
    beq 1f
    li r7, 1
    blr
1:  bl stops_by_call
    .long 0
finish may_stop

procedure returns_by_rfi
    mtsrr0 r3
    rfi
finish returns_by_rfi

/* ---- circles ---- */

procedure itself
    cmpwi r3, 0
    beqlr
    mflr r0
    stwu r1, -16(r1)
    stw r0, 20(r1)
    addi r3, r3, -1
    bl itself
    lwz r0, 20(r1)
    mtlr r0
    addi r1, r1, 16
    blr
finish itself

procedure even
    cmpwi r3, 0
    mflr r12
    beqlr
    addi r3, r3, -1
    bl odd
    add r3, r3, r9
    mtlr r12
    blr
finish even

procedure odd
    cmpwi r3, 0
    mflr r11
    li r4, 0
    beqlr
    addi r3, r3, -1
    bl even
    mtlr r11
    blr
finish odd

procedure calls_even
    mflr r0
    bl even
    add r3, r3, r10
    mtlr r0
    blr
finish calls_even

/* Each of these touches a register of its own. */
procedure ring_r5
    li r5, 0
    mflr r12
    bl ring_r6
    mtlr r12
    blr
finish ring_r5

procedure ring_r6
    li r6, 0
    mflr r12
    bl ring_r7
    mtlr r12
    blr
finish ring_r6

procedure ring_r7
    li r7, 0
    cmpwi r3, 0
    beqlr
    mflr r12
    bl ring_r5
    mtlr r12
    blr
finish ring_r7

procedure complain
    stwu r1, -16(r1)
    mflr r0
    stw r0, 20(r1)
    bl report
    mr r9, r8
    b .
finish complain

procedure report
    cmpwi r3, 0
    mflr r11
    beqlr
    bl complain
    .long 0
finish report

procedure chase
    b hunt
finish chase

procedure hunt
    cmpwi r3, 0
    bl chase
    .long 0
finish hunt

procedure back
    addi r3, r3, 1
    bl forth
    .long 0
finish back

procedure forth
    addi r3, r3, 1
    bl back
    .long 0
finish forth

/* Each calls its neighbours; what the last one reads is known one further down a round. */
.macro step n, below, above
procedure ladder_\n
    cmpwi r3, 0
    mflr r12
    beq 1f
    bl ladder_\above
1:  bl ladder_\below
    mtlr r12
    blr
finish ladder_\n
.endm

procedure ladder_0
    cmpwi r3, 0
    mflr r12
    beqlr
    bl ladder_1
    mtlr r12
    blr
finish ladder_0

    .set above, 2
    .altmacro
.rept 20
    step %(above - 1), %(above - 2), %above
    .set above, above + 1
.endr
    .noaltmacro

procedure ladder_21
    cmpwi r3, 0
    mflr r12
    add r3, r7, r7
    beqlr
    bl ladder_20
    mtlr r12
    blr
finish ladder_21

/* ---- parts ---- */

procedure parted
    cmpwi r3, 0
    mr r9, r4
    beq parted.cold
    blr
finish parted

procedure enters_the_middle
    li r9, 1
    b odd + 8
finish enters_the_middle

procedure parted.cold
    mr r3, r9
    b parted + 12
finish parted.cold
