/* Hand-made words for tests of flow graphs, and the graphs as text. */
#ifndef TESTS_FLOW_WORDS_H
#define TESTS_FLOW_WORDS_H

#include "arch/ppc/code/analysis/flow.h"
#include "tests/host/words_source.h"

#define F WORDS_TEXT
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Instructions; displacements of branches in words. */
#define NOP 0x60000000u
#define BLR 0x4e800020u
#define BNELR 0x4c820020u
#define BCTR 0x4e800420u
#define BCTRL 0x4e800421u
#define B(n) (0x48000000u | ((uint32_t)((n)*4) & 0x03fffffcu))
#define BL(n) (B(n) | 1)
#define BEQ(n) (0x41820000u | ((uint32_t)((n)*4) & 0xfffcu))
#define TRAP 0x7fe00008u
#define TWEQ 0x7c832008u /* tweq r3,r4 */
#define RFI 0x4c000064u
#define SC 0x44000002u
#define HERE 0x429f0005u /* bcl 20,31,$+4 */
#define NOTHING 0x00000000u

#define LI(r, n) (0x38000000u | (r) << 21 | ((uint32_t)(n)&0xffff))
#define LIS(r, n) (0x3c000000u | (r) << 21 | ((uint32_t)(n)&0xffff))
#define ADDI(r, a, n) (0x38000000u | (r) << 21 | (a) << 16 | ((uint32_t)(n)&0xffff))
#define ADDIS(r, a, n) (0x3c000000u | (r) << 21 | (a) << 16 | ((uint32_t)(n)&0xffff))
#define ADD(r, a, b) (0x7c000214u | (r) << 21 | (a) << 16 | (b) << 11)
#define MR(r, s) (0x7c000378u | (s) << 21 | (r) << 16 | (s) << 11)
#define LWZ(r, d, a) (0x80000000u | (r) << 21 | (a) << 16 | ((uint32_t)(d)&0xffff))
#define LBZ(r, d, a) (0x88000000u | (r) << 21 | (a) << 16 | ((uint32_t)(d)&0xffff))
#define LWZX(r, a, b) (0x7c00002eu | (r) << 21 | (a) << 16 | (b) << 11)
#define STW(r, d, a) (0x90000000u | (r) << 21 | (a) << 16 | ((uint32_t)(d)&0xffff))
#define STWU(r, d, a) (0x94000000u | (r) << 21 | (a) << 16 | ((uint32_t)(d)&0xffff))
#define CMPLWI(r, n) (0x28000000u | (r) << 16 | (n))
#define BGT(n) (0x41810000u | ((uint32_t)((n)*4) & 0xfffcu))
#define RLWINM(r, s, n, first, last) \
    (0x54000000u | (s) << 21 | (r) << 16 | (n) << 11 | (first) << 6 | (last) << 1)
#define SLWI2(r, s) RLWINM(r, s, 2, 0, 29)
#define MTCTR(r) (0x7c0903a6u | (r) << 21)
#define MFLR(r) (0x7c0802a6u | (r) << 21)
#define MTLR(r) (0x7c0803a6u | (r) << 21)

/* One part for each block: first word, length, how it ends, where it leads. The latest text. */
const char *flow_draw(const struct flow *flow);

#endif
