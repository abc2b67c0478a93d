/* Branches that have to cross 33 MB of their own text, in both directions; with SINGLE it is all one section. */
#ifdef SINGLE
#define MIDDLE .text
#define END .text
#else
#define MIDDLE .section .text.middle, "ax"
#define END .section .text.end, "ax"
#endif

/* The assembler itself would object to those within a section. */
.macro jump word, target, type=R_PPC_REL24
    .reloc ., \type, \target
    .long \word
.endm

    .text
    .globl inside_begin
inside_begin:
    jump 0x48000001, inside_end
    jump 0x48000000, local_end
#ifndef SINGLE
    beq inside_end
    bnel+ local_end
    jump 0x41820000, .text.end + 4, R_PPC_REL14_BRNTAKEN
    jump 0x48000001, .text.end + 4
#endif
    bl inside_middle
    jump 0x48000001, local_end, R_PPC_LOCAL24PC
    jump 0x48000001, inside_end + 0x8000, R_PPC_PLTREL24
    bl far_procedure
    bl at_20000000

    MIDDLE
    .space 0x800000
    .globl inside_middle
inside_middle:
    jump 0x48000001, inside_begin
    jump 0x48000001, inside_end
    .space 0x1900000

    END
    .globl inside_end
inside_end:
    nop
local_end:
    jump 0x48000001, inside_begin
    jump 0x48000000, inside_end
    bl far_procedure
    bl at_20000000
    jump 0x48000000, .text + 8
