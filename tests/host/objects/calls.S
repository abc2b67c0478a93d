/* A program for program_test.c: every way in which one procedure can get to another. */
#include "tests/host/objects/procedure.inc"

    .text

procedure start
    stwu r1, -16(r1)
    mflr r0
    stw r0, 20(r1)
    bl called
    bl called
    bl import_known
    bl import_exit
    .long 0
finish start

procedure called
    cmpwi r3, 0
    beq tail_called
    lis r9, taken_by_addi@ha
    lis r10, taken_by_ori@h
    beq cr1, 1f
    addi r3, r9, taken_by_addi@l
    ori r4, r10, taken_by_ori@l
1:  lwz r9, 0(r3)
    mtctr r9
    bctrl
    b tail_called
finish called

procedure tail_called
    addi r3, r3, 1
    blr
finish tail_called

procedure taken_by_addi
    b tail_called + 4
finish taken_by_addi

procedure taken_by_ori
    li r3, 1
    bl tail_called + 4
    blr
finish taken_by_ori

procedure taken_by_data
    li r3, 2
finish taken_by_data

procedure fallen_into
    blr
finish fallen_into

procedure never_called
    addi r4, r3, taken_by_data@l
    lis r3, 0x7000
    addi r3, r3, 4
    addi r3, 0, 4
    addis r5, r6, taken_by_data@ha
    addi r5, r5, taken_by_data@l
    blr
finish never_called

procedure calls_itself_only
    cmpwi r3, 0
    beqlr
    addi r3, r3, -1
    bl calls_itself_only
    blr
finish calls_itself_only

procedure parted
    cmpwi r3, 0
    beq parted.cold
    blr
finish parted

procedure in_a_part
    blr
finish in_a_part

procedure enters_a_part
    b parted.cold + 4
finish enters_a_part

procedure calls_nothing_known
    bl .-0x800000
    blr
finish calls_nothing_known

procedure unreadable
    blr
finish unreadable

procedure calls_unreadable
    mflr r11
    li r9, 1
    bl unreadable
    mtlr r11
    blr
finish calls_unreadable

procedure parted.cold
    bl in_a_part
    b parted + 8
finish parted.cold

/* What these do is not looked at. */
procedure import_known
    add r3, r3, r9
    b .
finish import_known

procedure import_exit
    blr
finish import_exit

procedure _savegpr_31
    blr
finish _savegpr_31

procedure saves_by_import
    addi r11, r1, 0
    stwu r1, -16(r1)
    mflr r0
    bl _savegpr_31
    li r31, 0
    b saves_by_import
finish saves_by_import

/* ---- further entries ---- */

procedure enters_middles
    cmpwi r3, 0
    beq entered + 4
    b bounded + 8
finish enters_middles

procedure entered
    b .
    addi r10, r3, 1
    b entered_next + 4
finish entered

procedure entered_next
    blr
    mr r3, r10
    blr
finish entered_next

procedure calls_entered
    bl entered
    .long 0
finish calls_entered

/* Entered behind the comparison, the index may be anything. */
procedure bounded
    cmplwi r3, 1
    bgt 1f
    lis r9, table@ha
    slwi r3, r3, 2
    addi r9, r9, table@l
    lwzx r9, r9, r3
    mtctr r9
    bctr
1:  blr
    li r3, 5
    blr
finish bounded

procedure held_by_data
    nop
    nop
    blr
    addi r3, r3, 2
    blr
    .long 0
finish held_by_data

/* Where the jump goes is unknown: to labels, perhaps. */
procedure jumps_to_labels
    stwu r1, -16(r1)
    mtctr r3
    bctr
    blr
finish jumps_to_labels

procedure returns_by_rfi
    lis r9, 1f@ha
    addi r9, r9, 1f@l
    mtsrr0 r9
    rfi
1:  li r3, 3
    blr
finish returns_by_rfi

procedure makes_no_address
    lis r9, held_by_data@ha
    lwz r9, 4(r9)
    addi r9, r9, (held_by_data + 16)@l
    lis r10, 2f@ha
    beq 1f
    blr
1:  addi r10, r10, 2f@l
    b .
2:  blr
finish makes_no_address

/* program_test.c has it end where the next one ends. */
procedure outer
    cmpwi r3, 0
    beq inner + 4
    li r4, 1
finish outer

procedure inner
    li r5, 1
    blr
finish inner

/* Each entry of one of them leads to the next one of the other. */
procedure ping
    blr
    .set next, 2
.rept 24
    b pong + 4 * next
    blr
    .set next, next + 2
.endr
finish ping

procedure pong
    b ping + 4
    .set next, 3
.rept 24
    blr
    b ping + 4 * next
    .set next, next + 2
.endr
finish pong

/* A chain, deeper than any stack. */
.macro link n, next
procedure chain_\n
    bl chain_\next
    blr
finish chain_\n
.endm

    .set next, 1
    .altmacro
.rept 5000
    link %(next - 1), %next
    .set next, next + 1
.endr
    .noaltmacro
procedure chain_5000
    li r9, 1
    blr
finish chain_5000

    .section .rodata
table:
    .long bounded + 32, bounded + 36

    .data
    .long held_by_data + 4, held_by_data + 12, held_by_data + 20, jumps_to_labels + 4, jumps_to_labels + 12
    .long taken_by_data, taken_by_data, taken_by_data + 4, 0, 7
