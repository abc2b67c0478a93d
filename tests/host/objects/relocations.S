/*
 * Every relocation that GNU ld can judge, at places and with values at the ends
 * of their ranges. ld links this file at 0x04000000, and the test compares. With
 * SYMBOLS it gives the symbols instead, whose names tell their values.
 */
#define BASE 0x04000000

.macro symbol value
#ifdef SYMBOLS
    .globl at_\value
    .set at_\value, 0x\value
#endif
.endm

/* A word whose bits all come from the linker or all survive. */
.macro place word, type, value, addend
#ifndef SYMBOLS
    .reloc ., \type, at_\value + \addend
    .long \word
#endif
.endm

.macro half type, value, addend
#ifndef SYMBOLS
    .half 0x1111
    .reloc ., \type, at_\value + \addend
    .half 0x2222
    .long 0x33333333
#endif
.endm

    .text
    .globl _start
_start:

.irp value, 00000000, 00007ffc, 00007fff, 00008000, 0000ffff, 00010000, 12347fff, 12348000, 7fffffff, 80000000, ffff7fff, ffff8000, ffffffff
    symbol \value
    .irp addend, 0, 1, 0x7fff, 0x8000, -1, -0x8000
    place 0xffffffff, R_PPC_ADDR32, \value, \addend
    place 0x00000000, R_PPC_REL32, \value, \addend
    half R_PPC_ADDR16_LO, \value, \addend
    half R_PPC_ADDR16_HI, \value, \addend
    half R_PPC_ADDR16_HA, \value, \addend
    half R_PPC_REL16_LO, \value, \addend
    half R_PPC_REL16_HI, \value, \addend
    half R_PPC_REL16_HA, \value, \addend
    .endr
.endr

/* What fits 16 bits, signed or unsigned. */
.irp value, 00000000, 00007fff, 00008000, 0000ffff, ffff8000, ffffffff
    half R_PPC_ADDR16, \value, 0
.endr
    half R_PPC_ADDR16, 0000ffff, -0x7fff
    half R_PPC_ADDR16, 00007fff, 0x8000

/* Branches from one place to all over their reach; each is as far from the text as the one before. */
.macro branches word, type
.irp value, 04000000, 04001000, 04006ffc, 03ffc000, 03ffa000
    symbol \value
    place \word, \type, \value, 0
    place \word, \type, \value, 4
    place \word, \type, \value, -8
.endr
.endm

    branches 0x48000000, R_PPC_REL24
    branches 0x4bffffff, R_PPC_REL24 - 0 /* AA set: the test leaves these out, ld keeps AA */
    branches 0x48000001, R_PPC_LOCAL24PC
    branches 0x41820000, R_PPC_REL14
    branches 0x4082fffd, R_PPC_REL14
    branches 0x41820001, R_PPC_REL14_BRTAKEN
    branches 0x41a20000, R_PPC_REL14_BRTAKEN
    branches 0x41820000, R_PPC_REL14_BRNTAKEN
    branches 0x41a2fffd, R_PPC_REL14_BRNTAKEN

.irp value, 02001000, 03000000, 05000000, 05fffff8
    symbol \value
    place 0x48000001, R_PPC_REL24, \value, 0
    place 0x4bfffffd, R_PPC_LOCAL24PC, \value, 0
    place 0x48000001, R_PPC_REL24, \value, -0x100
.endr
