/* The offset table, in all widths, and what addresses it; with MANY entries beyond the reach of the shortest. */
    .text
    .globl table_user
table_user:
    bcl 20, 31, 1f
1:  mflr 30
    addis 30, 30, _GLOBAL_OFFSET_TABLE_ - 1b@ha
    addi 30, 30, _GLOBAL_OFFSET_TABLE_ - 1b@l
    lis 31, _GLOBAL_OFFSET_TABLE_@ha
    addi 31, 31, _GLOBAL_OFFSET_TABLE_@l
    ori 31, 31, _GLOBAL_OFFSET_TABLE_@l
    lis 31, _GLOBAL_OFFSET_TABLE_@h
.irp target, table_user, own, local, common, far_variable, far_procedure, near_one, absent, hidden
    lwz 3, \target@got(30)
    addis 3, 30, \target@got@ha
    lwz 4, \target@got@l(3)
.endr
    lis 3, own_high@got@h
    ori 3, 3, own_high@got@l
    lwzx 3, 3, 30
#ifdef IDENTIFIED
    lwz 3, identified_one@got(30)
#endif
#ifdef MANY
    .altmacro
    .macro entry n
    lwz 5, far_\n@got(30)
    .endm
    .set i, 0
    .rept 4000
    entry %i
    .set i, i + 1
    .endr
#endif
    blr
    .weak absent

    .data
    .long _GLOBAL_OFFSET_TABLE_, _GLOBAL_OFFSET_TABLE_ - ., _GLOBAL_OFFSET_TABLE_ + 0x8000
    .globl own, own_high
own:
    .long 1
local:
    .long own
own_high:
    .long local
    .globl hidden
    .hidden hidden
hidden:
    .long 2
    .comm common, 4, 4
