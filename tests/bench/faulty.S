/* The object that faults, as data. */
        .section .rodata
        .balign 4
        .globl  object_faulty, object_faulty_end
object_faulty:
        .incbin "build/bench/parts/faulty.c.o"
object_faulty_end:

        .section .note.GNU-stack, "", @progbits
