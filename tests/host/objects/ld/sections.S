/* Sections of the same name, empty ones, ones that end oddly, ones that are zeros; merged ones; notes. */
.macro piece
    nop
    .long procedure, table, zeros, zeros_end, empty, text, wide
    bl procedure
    bl far_one
    .byte 1
.endm

    .text
    .section .text.same, "ax", @progbits, unique, 1
procedure:
    piece
    .section .text.same, "ax", @progbits, unique, 2
    piece
    .section .text.same, "ax", @progbits, unique, 3
    .balign 64
    piece
    .section .data.same, "aw", @progbits, unique, 1
table:
    .long procedure, table + 4, zeros - 4, text + 3
    .byte 1
    .section .data.same, "aw", @progbits, unique, 2
    .balign 32
    .long table
    .section .bss.one, "aw", @nobits
zeros:
    .space 1001
    .section .bss.two, "aw", @nobits
    .balign 16
    .space 3
zeros_end:
    .section .rodata.empty, "a"
empty:
    .section .text.empty, "ax"
    .section .rodata.strings, "aMS", @progbits, 1
    .string "tail of a string"
text:
    .string "of a string"
    .string "of a string"
    .section .rodata.constants, "aM", @progbits, 8
    .balign 8
wide:
    .quad 1, 1, 2
    .section .rodata.odd, "a"
    .byte 1, 2, 3
    .section .other.zeros, "ax", @nobits
    .space 64
    .section .note.own, "a", @note
    .long 1, 2, 3
    .section .init_array, "aw", @init_array
    .long procedure, far_one
    .section .init_array.00100, "aw", @init_array
    .long procedure + 4
    .section .fini_array, "aw", @fini_array
    .long far_two
    .section .ctors, "aw"
    .long procedure
    .section .ctors.65435, "aw"
    .long procedure + 8
    .section .eh_frame, "a"
    .long procedure
    .section .other, ""
    .long procedure
