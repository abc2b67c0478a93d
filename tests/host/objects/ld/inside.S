/* Branches that have to cross 33 MB of their own text, in both directions. */
    .text
    .globl inside_begin
inside_begin:
    bl inside_end
    b local_end
#ifdef CONDITIONAL
    beq inside_end
    bnel+ local_end
    .reloc ., R_PPC_REL14_BRNTAKEN, .text.end + 4
    .long 0x41820000
#endif
    bl inside_middle
    .reloc ., R_PPC_LOCAL24PC, local_end
    .long 0x48000001
    .reloc ., R_PPC_PLTREL24, inside_end + 0x8000
    .long 0x48000001
    .reloc ., R_PPC_REL24, .text.end + 4
    .long 0x48000001
    bl far_procedure
    bl at_20000000

    .section .text.middle, "ax"
    .space 0x800000
    .globl inside_middle
inside_middle:
    bl inside_begin
    bl inside_end
    .space 0x1900000

    .section .text.end, "ax"
    .globl inside_end
inside_end:
    nop
local_end:
    bl inside_begin
    b inside_end
    bl far_procedure
    bl at_20000000
    .reloc ., R_PPC_REL24, .text + 8
    .long 0x48000000
