/*
 * Instruction words for code that knows its opcodes when it is compiled: constants, so fit for static
 * tables, and shifts that put operands in. Nothing is checked; what learns its opcodes at run time, or
 * wants its operands checked, uses code_encode. That both agree is tested. Only the opcodes that
 * somebody needs are here: all of them would be in the debugging information of whoever includes this.
 *
 * Portable.
 */
#ifndef ARCH_PPC_CODE_ENCODE_H
#define ARCH_PPC_CODE_ENCODE_H

#include <stdint.h>

/* By name; primary opcode and what else is fixed. Every operand and modifier is 0. */
#define WORD_MULLI (7u << 26)
#define WORD_CMPLI (10u << 26)
#define WORD_CMPI (11u << 26)
#define WORD_ADDIC (12u << 26)
#define WORD_ADDIC_RC (13u << 26)
#define WORD_ADDI (14u << 26)
#define WORD_ADDIS (15u << 26)
#define WORD_BC (16u << 26)
#define WORD_B (18u << 26)
#define WORD_BCLR (19u << 26 | 16 << 1)
#define WORD_CRNOR (19u << 26 | 33 << 1)
#define WORD_RFI (19u << 26 | 50 << 1)
#define WORD_ISYNC (19u << 26 | 150 << 1)
#define WORD_BCCTR (19u << 26 | 528 << 1)
#define WORD_RLWINM (21u << 26)
#define WORD_ORI (24u << 26)
#define WORD_ORIS (25u << 26)
#define WORD_XORI (26u << 26)
#define WORD_XORIS (27u << 26)
#define WORD_LWZ (32u << 26)
#define WORD_LWZU (33u << 26)
#define WORD_LBZ (34u << 26)
#define WORD_STW (36u << 26)
#define WORD_STWU (37u << 26)
#define WORD_STB (38u << 26)
#define WORD_LHZ (40u << 26)
#define WORD_LHA (42u << 26)
#define WORD_STH (44u << 26)
#define WORD_LMW (46u << 26)
#define WORD_STMW (47u << 26)
#define WORD_LFD (50u << 26)
#define WORD_STFD (54u << 26)
#define WORD_CMP (31u << 26)
#define WORD_TW (31u << 26 | 4 << 1)
#define WORD_MFCR (31u << 26 | 19 << 1)
#define WORD_LWZX (31u << 26 | 23 << 1)
#define WORD_CNTLZW (31u << 26 | 26 << 1)
#define WORD_AND (31u << 26 | 28 << 1)
#define WORD_CMPL (31u << 26 | 32 << 1)
#define WORD_SUBF (31u << 26 | 40 << 1)
#define WORD_MFMSR (31u << 26 | 83 << 1)
#define WORD_NEG (31u << 26 | 104 << 1)
#define WORD_NOR (31u << 26 | 124 << 1)
#define WORD_MTCRF (31u << 26 | 144 << 1)
#define WORD_MTMSR (31u << 26 | 146 << 1)
#define WORD_ADDZE (31u << 26 | 202 << 1)
#define WORD_ADD (31u << 26 | 266 << 1)
#define WORD_XOR (31u << 26 | 316 << 1)
#define WORD_MFSPR (31u << 26 | 339 << 1)
#define WORD_MFTB (31u << 26 | 371 << 1)
#define WORD_OR (31u << 26 | 444 << 1)
#define WORD_MTSPR (31u << 26 | 467 << 1)
#define WORD_SRAWI (31u << 26 | 824 << 1)
#define WORD_EXTSH (31u << 26 | 922 << 1)
#define WORD_EXTSB (31u << 26 | 954 << 1)
#define WORD_MFFS (63u << 26 | 583 << 1)
#define WORD_MTFSF (63u << 26 | 711 << 1)

#define WORD_LK 1u
#define WORD_RC 1u

/* By form, after the manual, with the bits where operands stand; branches are made with reach.h. */
#define CODE_D(word, t, a, d) ((word) | (uint32_t)(t) << 21 | (uint32_t)(a) << 16 | ((d)&0xffffu))
#define CODE_X(word, t, a, b) \
    ((word) | (uint32_t)(t) << 21 | (uint32_t)(a) << 16 | (uint32_t)(b) << 11)
#define CODE_XFX(word, t, spr) \
    ((word) | (uint32_t)(t) << 21 | ((uint32_t)(spr)&31) << 16 | (uint32_t)(spr) >> 5 << 11)

/* mtcrf, whose mask has CR0 first. */
#define CODE_MTCRF(mask, s) (WORD_MTCRF | (uint32_t)(s) << 21 | (uint32_t)(mask) << 12)

/* Conditional branches without their target; rlwinm and srawi, whose target is rA. */
#define CODE_BC(bo, bi) (WORD_BC | (uint32_t)(bo) << 21 | (uint32_t)(bi) << 16)
#define CODE_RLWINM(a, s, sh, mb, me) \
    (CODE_X(WORD_RLWINM, s, a, sh) | (uint32_t)(mb) << 6 | (uint32_t)(me) << 1)

#define CODE_NOP CODE_D(WORD_ORI, 0, 0, 0u)
#define CODE_TRAP CODE_X(WORD_TW, 31, 0, 0)

#endif
