/* The objects whose loading is measured, as data. */
        .section .rodata

        .macro  object name
        .balign 4
        .globl  object_\name, object_\name\()_end
object_\name:
        .incbin "build/bench/\name\().o"
object_\name\()_end:
        .endm

        object  tiny
        object  hook
        object  big
        object  huge
        object  bare

        .section .note.GNU-stack, "", @progbits
