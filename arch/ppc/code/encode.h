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
#define WORD_ADDI (14u << 26)
#define WORD_ADDIS (15u << 26)
#define WORD_BC (16u << 26)
#define WORD_B (18u << 26)
#define WORD_BCCTR (19u << 26 | 528 << 1)
#define WORD_ORI (24u << 26)
#define WORD_OR (31u << 26 | 444 << 1)
#define WORD_TW (31u << 26 | 4 << 1)
#define WORD_MTSPR (31u << 26 | 467 << 1)

#define WORD_LK 1u

/* By form, after the manual, with the bits where operands stand; branches are made with reach.h. */
#define CODE_D(word, t, a, d) ((word) | (uint32_t)(t) << 21 | (uint32_t)(a) << 16 | ((d)&0xffffu))
#define CODE_X(word, t, a, b) \
    ((word) | (uint32_t)(t) << 21 | (uint32_t)(a) << 16 | (uint32_t)(b) << 11)
#define CODE_XFX(word, t, spr) \
    ((word) | (uint32_t)(t) << 21 | ((uint32_t)(spr)&31) << 16 | (uint32_t)(spr) >> 5 << 11)

#define CODE_NOP CODE_D(WORD_ORI, 0, 0, 0u)
#define CODE_TRAP CODE_X(WORD_TW, 31, 0, 0)

#endif
