/*
 * Runs one instruction with every register known and says what every register holds afterwards.
 * For C and assembly; see state.S.
 */
#ifndef TESTS_KERNEL_EFFECTS_STATE_H
#define TESTS_KERNEL_EFFECTS_STATE_H

#define STATE_GPR 0
#define STATE_CR 128
#define STATE_XER 132
#define STATE_LR 136
#define STATE_CTR 140
#define STATE_MSR 144
#define STATE_VRSAVE 148
#define STATE_RESERVED 152
#define STATE_PROBE 156
#define STATE_SRR0 160
#define STATE_SRR1 164
#define STATE_DSISR 168
#define STATE_DAR 172
#define STATE_SPRG0 176
#define STATE_SPRG1 180
#define STATE_SEGMENTS 184
#define STATE_FPSCR 192
#define STATE_STACK 200
#define STATE_FPR 208
#define STATE_VSCR 464
#define STATE_VR 480

/* The segments that are tried: nothing is mapped there. */
#define STATE_SEGMENT_FIRST 13
#define STATE_SEGMENT_SECOND 14

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

#define STATE_SEGMENTS_N 2

struct state {
    uint32_t gpr[32];
    uint32_t cr, xer, lr, ctr;
    uint32_t msr; /* with MSR_VEC: the vector registers are there and count */
    uint32_t vrsave;
    uint32_t reserved; /* 1: the word at probe is reserved */
    uint32_t probe;
    uint32_t saved[4]; /* SRR0, SRR1, DSISR, DAR */
    uint32_t sprg[2];  /* SPRG0 and SPRG1; the others carry what state_run needs */
    uint32_t segments[STATE_SEGMENTS_N];
    uint64_t fpscr;
    uint32_t stack, unused;
    uint64_t fpr[32];
    uint32_t vscr[4];
    uint32_t vr[32][4];
} __attribute__((aligned(16)));

_Static_assert(offsetof(struct state, cr) == STATE_CR, "state");
_Static_assert(offsetof(struct state, xer) == STATE_XER, "state");
_Static_assert(offsetof(struct state, lr) == STATE_LR, "state");
_Static_assert(offsetof(struct state, ctr) == STATE_CTR, "state");
_Static_assert(offsetof(struct state, msr) == STATE_MSR, "state");
_Static_assert(offsetof(struct state, vrsave) == STATE_VRSAVE, "state");
_Static_assert(offsetof(struct state, reserved) == STATE_RESERVED, "state");
_Static_assert(offsetof(struct state, probe) == STATE_PROBE, "state");
_Static_assert(offsetof(struct state, saved) == STATE_SRR0, "state");
_Static_assert(offsetof(struct state, saved[3]) == STATE_DAR, "state");
_Static_assert(offsetof(struct state, sprg) == STATE_SPRG0, "state");
_Static_assert(offsetof(struct state, segments) == STATE_SEGMENTS, "state");
_Static_assert(offsetof(struct state, fpscr) == STATE_FPSCR, "state");
_Static_assert(offsetof(struct state, stack) == STATE_STACK, "state");
_Static_assert(offsetof(struct state, fpr) == STATE_FPR, "state");
_Static_assert(offsetof(struct state, vscr) == STATE_VSCR, "state");
_Static_assert(offsetof(struct state, vr) == STATE_VR, "state");

/* Interrupts off. Afterwards everything of the kernel is as it was, but FPSCR, which is 0. */
void state_run(const struct state *before, struct state *after);

/* Where the instruction stands: one word, to be written with code_write. */
extern const uint32_t state_slot[];
#endif

#endif
