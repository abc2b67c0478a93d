/*
 * Every relocation that GNU ld can judge, at places and with values all over
 * their ranges. ld links this at 0x04000000, and the test compares. With SYMBOLS
 * it defines the symbols instead, whose names tell their values.
 */
    .text
#ifndef SYMBOLS
    .globl _start
_start:
#endif

.macro symbol value
#ifdef SYMBOLS
    .globl at_\value
    .set at_\value, 0x\value
#endif
.endm

.macro place word, type, value, addend=0
    symbol \value
#ifndef SYMBOLS
    .reloc ., \type, at_\value + \addend
    .long \word
#endif
.endm

.macro half type, value, addend=0, before=0x1111
    symbol \value
#ifndef SYMBOLS
    .short \before
    .reloc ., \type, at_\value + \addend
    .short 0x2222
    .long 0x33333333
#endif
.endm

.macro values value, addend
    place 0xffffffff, R_PPC_ADDR32, \value, \addend
    place 0x00000000, R_PPC_REL32, \value, \addend
    half R_PPC_ADDR16_LO, \value, \addend
    half R_PPC_ADDR16_HI, \value, \addend
    half R_PPC_ADDR16_HA, \value, \addend
    half R_PPC_REL16_LO, \value, \addend
    half R_PPC_REL16_HI, \value, \addend
    half R_PPC_REL16_HA, \value, \addend
.endm

.irp value, 00000000, 00007fff, 00008000, 12347fff, 12348000, 7fffffff, 80000000, ffff8000, ffffffff
    values \value, 0
    values \value, 1
    values \value, 0x7fff
    values \value, 0x8000
    values \value, -1
    values \value, -0x8000
.endr

/* ld looks at the instruction: an immediate of addi is signed, one of ori is not. */
#define ADDI 0x3863
#define ORI 0x6063

.irp value, 00000000, 00007fff, ffff8000, ffffffff
    half R_PPC_ADDR16, \value, 0, ADDI
.endr
.irp value, 00000000, 00007fff, 00008000, 0000ffff
    half R_PPC_ADDR16, \value, 0, ORI
.endr
    half R_PPC_ADDR16, 0000ffff, -0x8000, ADDI
    half R_PPC_ADDR16, 00007fff, 0x8000, ORI

.macro branches word, type
.irp value, 04000000, 04001000, 04006ffc, 03ffc000, 03ffe000
    place \word, \type, \value
    place \word, \type, \value, 4
    place \word, \type, \value, -8
.endr
.endm

    branches 0x48000000, R_PPC_REL24
    branches 0x4bfffffd, R_PPC_REL24
    branches 0x48000001, R_PPC_LOCAL24PC
    branches 0x41820000, R_PPC_REL14
    branches 0x4082fffd, R_PPC_REL14
    branches 0x41820001, R_PPC_REL14_BRTAKEN
    branches 0x41a20000, R_PPC_REL14_BRTAKEN
    branches 0x41820000, R_PPC_REL14_BRNTAKEN
    branches 0x41a2fffd, R_PPC_REL14_BRNTAKEN

.irp value, 02003000, 03000000, 05000000, 05fffff8
    place 0x48000001, R_PPC_REL24, \value
    place 0x4bfffffd, R_PPC_LOCAL24PC, \value
    place 0x48000001, R_PPC_REL24, \value, 0x100
.endr

/* Exactly at the ends of the reach, and one word at 0 from itself. */
#ifndef SYMBOLS
    .org 0x3000
#endif
    place 0x48000001, R_PPC_REL24, 06002ffc
    place 0x48000001, R_PPC_REL24, 02003004
    place 0x41820000, R_PPC_REL14, 0400b004
    place 0x41820000, R_PPC_REL14, 03ffb00c
    place 0x48000000, R_PPC_REL24, 04003010
    place 0x41820000, R_PPC_REL14, 04003014
    half R_PPC_REL16, 0400b019
    half R_PPC_REL16, 03ffb022
    place 0x41820000, R_PPC_REL14_BRTAKEN, 04003028
    place 0x41820000, R_PPC_REL14_BRNTAKEN, 0400302c
