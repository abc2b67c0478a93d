/* The objects that fault, as data. */
        .section .rodata
        .balign 4
        .globl  object_faulty, object_faulty_end, object_faulty_called, object_faulty_called_end
object_faulty:
        .incbin "build/bench/parts/faulty.c.o"
object_faulty_end:
        .balign 4
object_faulty_called:
        .incbin "build/bench/parts/faulty_called.c.o"
object_faulty_called_end:

        .section .note.GNU-stack, "", @progbits
