/*
 * Branches of one relocation, TYPE, to one kind of target. The judge has this text at
 * 0x04000000, and imports called at_X at X.
 */
    .text
    .globl branches_begin
branches_begin:

#define IS_24 (WIDTH == 24)

.macro branch target, addend=0, word=WORD
    .reloc ., TYPE, \target + \addend
    .long \word
.endm

/* The same with what the instruction says beside its target, and garbage where that goes. */
.macro branches target, addend=0
    branch \target, \addend
    branch \target, \addend, WORD | 1
#if WIDTH == 24
    branch \target, \addend, WORD | 0x1abcdec
#else
    branch \target, \addend, (WORD ^ 0x01a30000) | 0x5a58
    branch \target, \addend, WORD & ~0x00200000 | 1
    branch \target, \addend, WORD | 0x00200001
#endif
.endm

#ifdef OWN /* in the object: labels, local and global, section symbols with addends */
    branches branches_begin
    branches local
    branches local, 8
    branches local, -8
    branches .text, 0x20
    branches .text.other, 0x10
    branches other
    branches weak
    branches hidden
local:
    branches branches_end
#endif

#ifdef NEAR /* exactly at the ends of a relative branch's reach, then around */
    .org 0x200
#if WIDTH == 24
    branch at_060001fc
    branch at_02000204
    branch at_04000000, 0x02000204
    branch at_04000000, -0x01fffdf4
    branches at_05000000
    branches at_05000000, 0x100
    branches at_03000000, -0x2000
#else
    branch at_040081fc
    branch at_03ff8204
    branch at_04000000, 0x8204
    branch at_04000000, -0x7df4
    branches at_04004000
    branches at_04004000, 0x100
    branches at_03ffc000, -0x2000
#endif
    branches at_04000000
#endif

#ifdef ABSOLUTE /* exactly at the ends of an absolute branch's reach, and at 0 */
    branches at_00000000
#if WIDTH == 24
    branches at_01fffffc
    branches at_fe000000
    branches at_01000000, 0x100
    branches at_00f00000, -0x100
#else
    branches at_00007ffc
    branches at_ffff8000
    branches at_00004000, 0x100
    branches at_00004000, -0x100
#endif
    branches absent_procedure
    .weak absent_procedure
#endif

#ifdef FAR /* one word beyond every reach, then far from everything */
    .org 0x200
#if WIDTH == 24
    branch at_06000200
    branch at_02000200
#else
    branch at_04008200
    branch at_03ff8204
#endif
    branches at_02000000
    branches at_20000000
    branches at_7ffffffc
    branches at_80000000
    branches at_fdfffffc
    branches far_procedure
    branches at_20000000
#endif

#ifdef ADDEND /* far, with addends: each needs a way of its own */
    branches at_20000000, 4
    branches at_20000000
    branches at_20000000, 0x8000
    branches at_20000000, -4
    branches at_20000000, -0x1000000
    branches at_00000000, 0x20000000
    branches at_20000000, 4
#endif

#ifdef SET /* absolute symbols, near and far */
    .globl set_far, set_low
    .set set_far, 0x20000000
    .set set_low, 0x1000
    .set set_own, 0x30000000
    branches set_low
    branches set_far
    branches set_far, 0x100
    branches set_own
    branches set_own, -0x100
#endif

#ifdef IDENTIFIED /* what must know who calls */
    branches identified_one
    branches identified_two
    branches identified_one
#endif

    .globl branches_end
branches_end:
    blr

    .section .text.other, "ax"
    nop
    .globl other
other:
    nop
    .weak weak
weak:
    nop
    .globl hidden
    .hidden hidden
hidden:
    blr
