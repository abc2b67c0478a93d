/* A value that does not fit; WHAT says which. */
    .text
    .globl procedure
procedure:
#if WHAT == 1
    .reloc ., R_PPC_REL24, far_procedure + 2
    .long 0x48000001
#elif WHAT == 2
    .reloc . + 2, R_PPC_ADDR16, at_00008000
    .long 0x38600000
#elif WHAT == 3
    .reloc ., R_PPC_ADDR16, at_10000000
    .long 0x38600000
#elif WHAT == 4
    .reloc ., R_PPC_REL16, at_10000000
    .long 0x38600000
#elif WHAT == 5
    bl _GLOBAL_OFFSET_TABLE_@local - 4
#endif
    blr
