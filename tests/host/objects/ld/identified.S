/* What must know who calls, reached and referred to in every way. */
    .text
    .globl user
user:
    bl identified_one
    b identified_two
    lis 3, identified_one@ha
    addi 3, 3, identified_one@l
    .reloc ., R_PPC_PLTREL24, identified_two + 0x8000
    .long 0x48000001
    beq identified_one
    .data
    .long identified_one, identified_two - ., identified_one + 4
