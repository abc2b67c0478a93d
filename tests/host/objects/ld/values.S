/*
 * Every relocation of a value, in every kind of section, to every kind of symbol, with
 * addends. With UNALIGNED also at odd places, where some have relocations of their own.
 */
.macro half type, target, addend, word=0x2222
    .short 0x1111
    .reloc ., \type, \target + \addend
    .short \word
.endm

.macro words type, target, addend
    .reloc ., \type, \target + \addend
    .long 0x55555555
.endm

.macro values target, addend
    words R_PPC_ADDR32, \target, \addend
    words R_PPC_REL32, \target, \addend
    half R_PPC_ADDR16_LO, \target, \addend
    half R_PPC_ADDR16_HI, \target, \addend
    half R_PPC_ADDR16_HA, \target, \addend
    half R_PPC_REL16_LO, \target, \addend
    half R_PPC_REL16_HI, \target, \addend
    half R_PPC_REL16_HA, \target, \addend
.endm

.macro odd type, target, size
    .byte 0x66
    .reloc ., \type, \target
    .fill \size, 1, 0x77
.endm

.macro odd_all
.irp target, own_data, own_local + 3, far_variable + 0x8000, .text + 0x20, at_ffffffff, set_value
    odd R_PPC_UADDR32, \target, 4
.endr
    odd R_PPC_UADDR16, at_00001234, 2
    odd R_PPC_UADDR16, at_ffff8000, 2
    odd R_PPC_UADDR16, at_00004321 - 0x100, 2
    odd R_PPC_ADDR32, far_variable + 1, 4
.endm

.macro all_values
.irp addend, 0, 1, 0x7fff, 0x8000, -1, -0x8000, 0x12345678
    values .text, \addend
    values .data, \addend
    values .bss, \addend
    values own_text, \addend
    values own_data, \addend
    values own_local, \addend
    values own_common, \addend
    values own_hidden, \addend
    values at_12347fff, \addend
    values at_80000000, \addend
    values at_ffffffff, \addend
    values far_variable, \addend
    values set_value, \addend
.endr
    half R_PPC_ADDR16, at_00007fff, 0
    half R_PPC_ADDR16, at_00007fff, -0xffff
    half R_PPC_ADDR16, at_ffff8000, 0
    half R_PPC_ADDR16, at_ffffffff, 1
    half R_PPC_ADDR16, absent_variable, 0
    half R_PPC_ADDR16, set_value, -0x1230
    half R_PPC_ADDR16_HA, absent_variable, 0 /* ld does not round what is nowhere, so no addends */
    half R_PPC_ADDR16_LO, absent_variable, 0x1234
    words R_PPC_ADDR32, absent_variable, 0
    .reloc ., R_PPC_NONE, own_data
    .long 0
.endm

    .weak absent_variable
    .globl set_value
    .set set_value, 0x1234
    .comm own_common, 40, 8

    .text
    .globl own_text
own_text:
    all_values
1:  half R_PPC_REL16, 1b, 0x7ffe
    half R_PPC_REL16, .text, 4
    half R_PPC_REL16, .text, -4

    .data
    .byte 1
    .balign 4
    .globl own_data
own_data:
    all_values
own_local:
    .long own_local + 4, own_local - own_data
    .globl own_hidden
    .hidden own_hidden
own_hidden:
#ifdef UNALIGNED
    .byte 1
    .4byte own_data, far_variable + 3, .text + 0x20
    .2byte at_00001234, at_ffff8000
    .byte 2
    odd R_PPC_ADDR16_HA, far_variable, 2
    odd_all
#endif

    .section .rodata, "a"
    .byte 1
    .balign 4
    all_values
    .balign 4
#ifdef UNALIGNED
    .short 7
    .4byte own_data, far_variable + 3
    odd_all
#endif

    .bss
    .space 100
