/* See subject.h. */
#include "tests/kernel/effects/subject.h"

#include <string.h>

#include "arch/ppc/processor.h"
#include "arch/ppc/registers.h"
#include "tests/kernel/effects/random.h"

#define N_DISTINCT 5
#define CENTRE 128 /* of the window: where most addresses are */
#define BYTES_MAX 100

/* ---- operands ---- */

/* For places T, A, B and C of the word. The first N_DISTINCT differ. */
static const uint8_t registers[N_VARIANTS][4] = {
    {5, 3, 4, 6},     {0, 31, 30, 29},  {17, 2, 1, 13},   {31, 0, 1, 2},
    {12, 29, 0, 31},  {7, 7, 8, 9},     {7, 8, 7, 9},     {9, 8, 8, 7},
    {11, 11, 11, 11}, {6, 0, 0, 5},     {10, 9, 6, 10},   {20, 21, 22, 22},
    {0, 1, 1, 0},     {31, 30, 29, 28}, {25, 26, 27, 28}, {14, 0, 14, 14},
};

/*
 * SPRs to read and write. Not written are those that the machine stands on (BATs, SDR1, HID0, the time
 * base and the decrementer) or that cannot be written (PVR).
 */
static const uint16_t sprs[N_VARIANTS] = {
    SPR_XER, SPR_LR,     SPR_CTR, SPR_SPRG0, SPR_SPRG1, SPR_SRR0,   SPR_SRR1, SPR_DSISR,
    SPR_DAR, SPR_VRSAVE, SPR_PVR, SPR_DEC,   SPR_SDR1,  SPR_IBAT0U, SPR_HID0, SPR_XER,
};
#define N_SPRS_WRITTEN 10

static int32_t pick(const int32_t values[], size_t n, unsigned variant)
{
    return values[variant % n];
}

#define PICK(variant, ...) \
    pick((const int32_t[]){__VA_ARGS__}, sizeof((int32_t[]){__VA_ARGS__}) / 4, variant)

static int32_t displacement(unsigned variant)
{
    if (registers[variant][1] == 0)
        return variant < N_DISTINCT ? -0x1000 + CENTRE + 3 : -0x8000;
    return variant < N_DISTINCT ? PICK(variant, 0x124, -0x1234, 0x4321, 8, -0x77)
                                : PICK(variant, -0x8000, 0x7fff, -1, 0, 1);
}

static int32_t immediate(enum operand kind, unsigned variant)
{
    bool distinct = variant < N_DISTINCT;

    switch (kind) {
    case OPERAND_SI:
        return distinct ? PICK(variant, 0x1234, -0x4321, 77, -2, 0x7ff0)
                        : PICK(variant, -0x8000, 0x7fff, -1, 0, 1);
    case OPERAND_UI:
        return distinct ? PICK(variant, 0x1234, 0xfedc, 0x8001, 0x7ffe, 0xff)
                        : PICK(variant, 0, 0xffff, 0x8000, 1);
    case OPERAND_SH:
        return distinct ? PICK(variant, 3, 17, 1, 30, 12) : PICK(variant, 0, 31, 16);
    case OPERAND_MB:
        return distinct ? PICK(variant, 3, 0, 8, 11, 5) : PICK(variant, 0, 31, 20, 7);
    case OPERAND_ME:
        return distinct ? PICK(variant, 20, 27, 30, 17, 28) : PICK(variant, 31, 0, 4, 7);
    case OPERAND_NB:
        return distinct ? PICK(variant, 7, 8, 13, 4, 1) : PICK(variant, 32, 1, 31, 5);
    case OPERAND_TO:
        return distinct ? PICK(variant, 16, 8, 2, 16, 1) : PICK(variant, 0, 4, 3, 24);
    case OPERAND_FXM:
    case OPERAND_FLM:
        return distinct ? PICK(variant, 0x5a, 0xa5, 0x81, 0x7f, 0x10) : PICK(variant, 0, 0xff, 1);
    case OPERAND_U:
        return PICK(variant, 5, 10, 0, 15, 3, 8);
    case OPERAND_SR:
        return variant % 2 == 0 ? STATE_SEGMENT_FIRST : STATE_SEGMENT_SECOND;
    case OPERAND_TBR:
        return variant % 2 == 0 ? TBR_TBL : TBR_TBU;
    case OPERAND_SPR:
        return sprs[variant];
    case OPERAND_SHB:
    case OPERAND_UIMM:
        return distinct ? PICK(variant, 5, 1, 11, 8, 14) : PICK(variant, 0, 15, 7);
    case OPERAND_SIMM:
        return PICK(variant, 5, -7, 15, -16, -1, 0);
    default:
        return (int32_t)variant; /* the narrow ones are cut to their width */
    }
}

/* The place of a register in the word, or -1. */
static int place_of(enum operand kind)
{
    switch (kind) {
    case OPERAND_RT:
    case OPERAND_RS:
    case OPERAND_RTM:
    case OPERAND_RSM:
    case OPERAND_RTS:
    case OPERAND_RSS:
    case OPERAND_FRT:
    case OPERAND_FRS:
    case OPERAND_VRT:
    case OPERAND_VRS:
    case OPERAND_BT:
    case OPERAND_BTF:
    case OPERAND_BF:
    case OPERAND_BFF:
        return 0;
    case OPERAND_RA:
    case OPERAND_RA0:
    case OPERAND_RAW:
    case OPERAND_RAX:
    case OPERAND_RAU:
    case OPERAND_RAL:
    case OPERAND_FRA:
    case OPERAND_VRA:
    case OPERAND_BA:
    case OPERAND_BFA:
    case OPERAND_BFAF:
        return 1;
    case OPERAND_RB:
    case OPERAND_RBX:
    case OPERAND_FRB:
    case OPERAND_VRB:
    case OPERAND_BB:
        return 2;
    case OPERAND_FRC:
    case OPERAND_VRC:
        return 3;
    default:
        return -1;
    }
}

static int32_t operand(enum operand kind, unsigned variant)
{
    int place = place_of(kind);

    switch (kind) {
    case OPERAND_BF:
    case OPERAND_BFF:
    case OPERAND_BFA:
        return registers[variant][place] % 8;
    case OPERAND_BFAF: /* fields 4, 6 and 7 have no exceptions to be cleared */
        return variant < N_DISTINCT ? PICK(variant, 3, 5, 2, 0, 1) : (int32_t)variant % 8;
    case OPERAND_D:
        return displacement(variant);
    case OPERAND_UIMM4:
        return (int32_t)variant % 16;
    case OPERAND_UIMM3:
        return (int32_t)variant % 8;
    case OPERAND_UIMM2:
    case OPERAND_STRM:
        return (int32_t)variant % 4;
    case OPERAND_T:
        return (int32_t)variant % 2;
    case OPERAND_L:
        return 0;
    default:
        return place < 0 ? immediate(kind, variant) : registers[variant][place];
    }
}

static bool in_range_around(unsigned first, unsigned n, unsigned which)
{
    return ((which - first) & 31) < n;
}

/* What traps in any case, and invalid forms (PEM chapter 8, AltiVec PEM 6.2) that code_encode makes. */
static bool is_forbidden(const struct subject *s)
{
    const uint8_t *kinds = code_operands(s->instruction.opcode);
    const int32_t *operands = s->instruction.operands;
    unsigned first = (unsigned)operands[0], a = s->base == NO_REGISTER ? 0 : s->base;
    unsigned n_loaded = kinds[2] == OPERAND_NB ? (unsigned)(operands[2] + 3) / 4 : 1;

    if (kinds[2] == OPERAND_NB && s->base == NO_REGISTER)
        return true; /* its address is 0, where there is nothing */
    switch (kinds[0]) {
    case OPERAND_RTS:
        return in_range_around(first, n_loaded, a);
    case OPERAND_TO:
        return first == 31;
    case OPERAND_RA: /* dst, dstst */
        return first == 0;
    default:
        return false;
    }
}

static bool is_base(enum operand kind)
{
    return kind == OPERAND_RA0 || kind == OPERAND_RAU || kind == OPERAND_RAL;
}

/* What the word computes an address from. */
static void find_address(struct subject *s)
{
    const uint8_t *kinds = code_operands(s->instruction.opcode);
    const struct opcode_row *row = &opcode_rows[s->instruction.opcode];

    s->base = s->index = NO_REGISTER;
    s->accesses = row->access != 0 || kinds[0] == OPERAND_RA0;
    s->aligned = (row->access & ACCESS_RESERVE) != 0;
    for (unsigned i = 0; s->accesses && i < s->instruction.n_operands; i++) {
        int32_t value = s->instruction.operands[i];

        if (is_base(kinds[i]))
            s->base = kinds[i] == OPERAND_RA0 && value == 0 ? NO_REGISTER : (uint8_t)value;
        else if (kinds[i] == OPERAND_RB || kinds[i] == OPERAND_RBX)
            s->index = (uint8_t)value;
        else if (kinds[i] == OPERAND_D)
            s->displacement = value;
    }
}

/* Operands that later processors have in reserved bits are left out. */
static bool is_operand(enum operand kind)
{
    return kind != OPERAND_NONE && kind < OPERAND_LEV;
}

bool subject_make(enum opcode opcode, unsigned modifiers, unsigned variant, struct subject *subject)
{
    const uint8_t *kinds = code_operands(opcode);
    struct subject s = {.instruction = {.opcode = opcode, .modifiers = (uint8_t)modifiers},
                        .distinct = variant < N_DISTINCT || opcode == OPCODE_MFSPR ||
                                    opcode == OPCODE_MTSPR};

    if (opcode == OPCODE_MTSPR && variant >= N_SPRS_WRITTEN)
        return false;
    for (; is_operand(kinds[s.instruction.n_operands]); s.instruction.n_operands++)
        s.instruction.operands[s.instruction.n_operands] =
            operand(kinds[s.instruction.n_operands], variant);
    find_address(&s);
    if (is_forbidden(&s) || code_encode(&s.instruction, &s.word) != ENCODE_OK)
        return false;
    code_effects(s.word, opcode, &s.effects);
    *subject = s;
    return true;
}

/* ---- values ---- */

/* Kinds of values. There are more kinds than these: then it is anything. */
enum {
    KIND_POOL,
    KIND_EXTREME,
    KIND_MODERATE,
    KIND_TINY,
    KIND_LARGE,
    KIND_SMALL,
    KIND_LARGE_AND_CARRY,
};

static uint32_t general_value(unsigned kind, uint32_t *seed)
{
    static const uint32_t extremes[] = {0, 1, ~0u, 0x7fffffff, 0x80000000, 0x80000001, 2, 31};
    uint32_t x = random_next(seed);

    switch (kind) {
    case KIND_POOL:
        return (x & 0x100) != 0 ? 0x13579bdf : 0xa2468ace;
    case KIND_EXTREME:
        return extremes[x >> 8 & 7];
    case KIND_TINY:
        return x >> 8 & 63;
    case KIND_LARGE:
    case KIND_LARGE_AND_CARRY:
        return (x & 0x100) != 0 ? 0x7fffffff : 0x80000000;
    case KIND_SMALL:
        return (x & 0x100) != 0 ? 0 : ~0u;
    default:
        return x;
    }
}

static uint64_t floating_value(unsigned kind, uint32_t *seed)
{
    static const uint64_t extremes[] = {
        0,
        0x8000000000000000, /* -0 */
        0x7ff0000000000000, /* infinities */
        0xfff0000000000000,
        0x7ff8000000000000, /* not a number, quiet and signalling */
        0x7ff4000000000000,
        0x7fefffffffffffff, /* the largest */
        0x0010000000000000, /* the smallest normal one */
        0x000fffffffffffff, /* not normal */
        0x3ff0000000000000, /* 1 */
        0x4330000000000001, /* 2 to the 52, and 1 */
        0x41dfffffffc00000, /* the largest integer */
        0xc1e0000000000000, /* the smallest */
    };
    uint32_t x = random_next(seed);

    switch (kind) {
    case KIND_POOL:
        return (x & 0x100) != 0 ? 0x4004cccc40000000 : 0xc00a666666666666;
    case KIND_EXTREME:
        return extremes[(x >> 8) % (sizeof extremes / sizeof extremes[0])];
    case KIND_MODERATE: /* 2 to the -16 … 15 */
        return (uint64_t)((x & 0x800fffff) | (0x3ef + (x >> 20 & 31)) << 20) << 32 |
               random_next(seed);
    case KIND_TINY: /* single precision */
        return (uint64_t)((x & 0x800fffff) | (0x3f8 + (x >> 20 & 15)) << 20) << 32;
    default:
        return (uint64_t)x << 32 | random_next(seed);
    }
}

static uint32_t vector_value(unsigned kind, uint32_t *seed)
{
    static const uint32_t extremes[] = {0,          0x7f7f7f7f, 0x80808080, 0x7fff8000,
                                        0x7fffffff, 0x80000000, 0x7f800000, 0xffffffff};
    static const uint32_t large[] = {0xffffffff, 0x7fffffff, 0x80000000, 0x80808080};
    uint32_t x = random_next(seed);

    switch (kind) {
    case KIND_LARGE:
    case KIND_LARGE_AND_CARRY:
        return large[x >> 8 & 3];
    case KIND_SMALL:
        return x & 0x000f003f;
    case KIND_POOL:
        return (x & 0x100) != 0 ? 0x40490fdb : 0xc0200000;
    case KIND_EXTREME:
        return extremes[x >> 8 & 7];
    case KIND_MODERATE: /* 2 to the -8 … 7, single precision */
        return (x & 0x807fffff) | (0x77 + (x >> 23 & 15)) << 23;
    case KIND_TINY: /* not normal */
        return x & 0x807fffff;
    default:
        return x;
    }
}

/* FPSCR's summaries follow from the rest (PEM 2.1.4), and one bit is reserved. */
enum {
    FPSCR_FEX = 0x40000000,
    FPSCR_VX = 0x20000000,
    FPSCR_VX_ALL = 0x01f80700,
    FPSCR_RESERVED = 0x00000800,
};

static uint64_t settled_fpscr(uint32_t fpscr)
{
    uint32_t causes;

    fpscr &= ~(FPSCR_FEX | FPSCR_VX | FPSCR_RESERVED);
    if ((fpscr & FPSCR_VX_ALL) != 0)
        fpscr |= FPSCR_VX;
    causes = (fpscr >> 25 & 0x1f); /* VX OX UX ZX XX, and their enables below */
    if ((causes & (fpscr >> 3 & 0x1f)) != 0)
        fpscr |= FPSCR_FEX;
    return fpscr;
}

/* lswx must not load what its address comes from (PEM chapter 8): the registers up to there. */
static unsigned registers_before(unsigned first, uint8_t number)
{
    return number == NO_REGISTER ? (0 - first) & 31 : (number - first) & 31;
}

static uint32_t bytes_allowed(const struct subject *s, uint32_t count)
{
    unsigned t = (unsigned)s->instruction.operands[0], limit = BYTES_MAX;

    if (s->instruction.opcode == OPCODE_LSWX && 4 * registers_before(t, s->index) < limit)
        limit = 4 * registers_before(t, s->index);
    if (s->instruction.opcode == OPCODE_LSWX && 4 * registers_before(t, s->base) < limit)
        limit = 4 * registers_before(t, s->base);
    return count % (limit + 1);
}

static uint32_t segment_read(unsigned number)
{
    uint32_t value;

    __asm__ volatile("mfsrin %0, %1" : "=r"(value) : "r"(number << 28));
    return value;
}

/* Where values are extreme, the sticky bit is clear, so that it is seen to be set. */
static uint32_t xer_value(unsigned kind, uint32_t *seed)
{
    uint32_t x = random_next(seed) & (XER_CA | XER_OV | XER_SO);

    switch (kind) {
    case KIND_EXTREME:
    case KIND_SMALL:
        return x & ~XER_SO;
    case KIND_LARGE:
        return x & ~(XER_SO | XER_CA);
    case KIND_LARGE_AND_CARRY:
        return (x & ~XER_SO) | XER_CA;
    default:
        return x;
    }
}

static void fill_special(const struct subject *s, unsigned kind, bool vectors, uint32_t *seed,
                         struct state *state)
{
    state->cr = random_next(seed);
    state->xer = xer_value(kind, seed) | bytes_allowed(s, random_next(seed) >> 8 & XER_COUNT);
    state->lr = random_next(seed);
    state->ctr = random_next(seed);
    state->msr = MSR_KERNEL | MSR_FP | (vectors ? MSR_VEC : 0);
    state->vrsave = random_next(seed);
    state->reserved = random_next(seed) >> 8 & 1;
    for (unsigned i = 0; i < 4; i++)
        state->saved[i] = random_next(seed);
    for (unsigned i = 0; i < 2; i++)
        state->sprg[i] = random_next(seed);
    state->segments[0] = segment_read(STATE_SEGMENT_FIRST);
    state->segments[1] = segment_read(STATE_SEGMENT_SECOND);
    state->fpscr = settled_fpscr(kind % 2 == 0 ? random_next(seed) & random_next(seed)
                                               : random_next(seed) | random_next(seed));
    state->vscr[3] =
        (random_next(seed) & VSCR_NJ) | (kind % 2 == 0 || kind == KIND_EXTREME ? 0 : VSCR_SAT);
}

/* Which register names a segment; NO_REGISTER if none does. */
static uint8_t segment_register(const struct subject *s)
{
    bool by_register =
        s->instruction.opcode == OPCODE_MFSRIN || s->instruction.opcode == OPCODE_MTSRIN;

    return by_register ? (uint8_t)s->instruction.operands[1] : NO_REGISTER;
}

static uint8_t msr_register(const struct subject *s)
{
    return s->instruction.opcode == OPCODE_MTMSR ? (uint8_t)s->instruction.operands[0]
                                                 : NO_REGISTER;
}

static void place_address(const struct subject *s, unsigned kind, vaddr_t window,
                          struct state *state)
{
    uint32_t address = window + CENTRE + (s->aligned ? 4 * (kind % 4) : 2 * kind + kind / 4 % 2);

    if (!s->accesses)
        return;
    if (s->base == s->index && s->base != NO_REGISTER)
        state->gpr[s->base] = (address & ~7u) / 2;
    else if (s->base == NO_REGISTER && s->index != NO_REGISTER)
        state->gpr[s->index] = address;
    else if (s->index != NO_REGISTER)
        state->gpr[s->base] = address - state->gpr[s->index];
    else if (s->base != NO_REGISTER)
        state->gpr[s->base] = address - (uint32_t)s->displacement;
    if (s->effects.memory.reserve)
        state->probe = s->base == s->index ? address & ~7u : address;
}

void subject_fill(const struct subject *subject, unsigned kind, vaddr_t window, bool vectors,
                  struct state *state)
{
    uint32_t seed = subject->word * 2654435761u + kind + 1;

    memset(state, 0, sizeof *state);
    for (unsigned i = 0; i < 8; i++)
        (void)random_next(&seed);
    for (unsigned i = 0; i < 32; i++) {
        state->gpr[i] = general_value(kind, &seed);
        state->fpr[i] = floating_value(kind, &seed);
        for (unsigned k = 0; k < 4; k++)
            state->vr[i][k] = vector_value(kind, &seed);
    }
    fill_special(subject, kind, vectors, &seed, state);
    state->probe = window + WINDOW_SIZE - 8;
    place_address(subject, kind, window, state);
    if (segment_register(subject) != NO_REGISTER)
        state->gpr[segment_register(subject)] =
            (uint32_t)STATE_SEGMENT_FIRST << 28 | (random_next(&seed) >> 4);
    if (msr_register(subject) != NO_REGISTER)
        state->gpr[msr_register(subject)] = state->msr ^ (kind % 2 != 0 ? MSR_RI : 0);
}

/* ---- changing ---- */

static uint32_t other_word(uint32_t value, unsigned kind, uint32_t *seed)
{
    uint32_t x = random_next(seed);

    switch (kind % 5) {
    case 0:
        return ~value;
    case 1:
        return value ^ 0x80000000;
    case 2:
        return value ^ 1u << (x >> 8 & 31);
    case 3:
        return value ^ (0x13579bdf ^ 0xa2468ace);
    default:
        return value ^ (x | 1);
    }
}

/* So that the address stays in the window. */
static uint32_t other_address(uint32_t value, unsigned kind)
{
    return value + (uint32_t)PICK(kind, 4, -32, 16, 32, -4, -16, 8);
}

static uint32_t other_general(const struct subject *s, unsigned number, uint32_t value,
                              unsigned kind, uint32_t *seed)
{
    if (s->accesses && (number == s->base || number == s->index))
        return other_address(value, kind);
    if (number == segment_register(s))
        return kind % 2 == 0 ? value ^ (uint32_t)(STATE_SEGMENT_FIRST ^ STATE_SEGMENT_SECOND) << 28
                             : value ^ 1;
    if (number == msr_register(s))
        return value ^ MSR_RI;
    return other_word(value, kind, seed);
}

static uint64_t other_floating(uint64_t value, unsigned kind, uint32_t *seed)
{
    switch (kind % 5) {
    case 0:
        return value ^ 0x8000000000000000;
    case 1:
        return value ^ 0x0008000020000000;
    case 2:
        return value ^ 1;
    case 3:
        return value ^ 0x4004cccc40000000 ^ 0xc00a666666666666;
    default:
        return (uint64_t)random_next(seed) << 32 | random_next(seed);
    }
}

static void other_vector(uint32_t words[4], unsigned kind, uint32_t *seed)
{
    for (unsigned i = 0; i < 4; i++) {
        if (kind % 5 == 0)
            words[i] = ~words[i];
        else if (kind % 5 == 1)
            words[i] ^= 0x01010101;
        else if (kind % 5 == 2)
            words[i] ^= 0x40490fdb ^ 0xc0200000;
        else if (kind % 5 == 3)
            words[i] ^= 0x80000000;
        else
            words[i] = random_next(seed);
    }
}

static void change_xer(const struct subject *s, uint32_t special, unsigned kind,
                       struct state *state)
{
    uint32_t count = state->xer & XER_COUNT;

    if ((special & SPECIAL_CA) != 0)
        state->xer ^= XER_CA;
    if ((special & SPECIAL_OV) != 0)
        state->xer ^= XER_OV;
    if ((special & SPECIAL_SO) != 0)
        state->xer ^= XER_SO;
    if ((special & SPECIAL_COUNT) != 0)
        state->xer = (state->xer & ~XER_COUNT) | bytes_allowed(s, count + 1 + 3 * kind);
}

static uint32_t other_fpscr(uint32_t fpscr, unsigned kind, uint32_t *seed)
{
    static const uint32_t bits[] = {1, 2, 0x02000000, 0xf8, 0x80000000, 0x1f000, 0x00600000};
    uint32_t changed = kind % 8 < 7 ? fpscr ^ bits[kind % 8] : random_next(seed);

    return (uint32_t)settled_fpscr(changed);
}

static void change_special(const struct subject *s, uint32_t special, unsigned kind, uint32_t *seed,
                           struct state *state)
{
    change_xer(s, special, kind, state);
    if ((special & SPECIAL_LR) != 0)
        state->lr = other_word(state->lr, kind, seed);
    if ((special & SPECIAL_CTR) != 0)
        state->ctr = other_word(state->ctr, kind, seed);
    if ((special & SPECIAL_FPSCR) != 0)
        state->fpscr = other_fpscr((uint32_t)state->fpscr, kind, seed);
    if ((special & SPECIAL_VSCR) != 0)
        state->vscr[3] ^= kind % 2 == 0 ? VSCR_NJ : VSCR_SAT;
    if ((special & SPECIAL_VRSAVE) != 0)
        state->vrsave = other_word(state->vrsave, kind, seed);
    if ((special & SPECIAL_MSR) != 0)
        state->msr ^= MSR_RI;
    if ((special & SPECIAL_RESERVATION) != 0)
        state->reserved ^= 1;
    for (unsigned i = 0; i < 4 && (special & SPECIAL_SAVED) != 0; i++)
        state->saved[i] = other_word(state->saved[i], kind, seed);
    for (unsigned i = 0; i < 2 && (special & SPECIAL_SPRG) != 0; i++)
        state->sprg[i] = other_word(state->sprg[i], kind, seed);
    for (unsigned i = 0; i < 2 && (special & SPECIAL_SEGMENTS) != 0; i++)
        state->segments[i] ^= 0x1234 + kind;
}

void subject_change(const struct subject *subject, const struct register_set *things, unsigned kind,
                    struct state *state)
{
    uint32_t seed = subject->word + 0x9e3779b9u * (kind + 1);

    for (unsigned i = 0; i < 32; i++) {
        if ((things->general >> i & 1) != 0)
            state->gpr[i] = other_general(subject, i, state->gpr[i], kind, &seed);
        if ((things->floating >> i & 1) != 0)
            state->fpr[i] = other_floating(state->fpr[i], kind, &seed);
        if ((things->vector >> i & 1) != 0)
            other_vector(state->vr[i], kind, &seed);
    }
    state->cr ^= things->condition;
    change_special(subject, things->special, kind, &seed, state);
}
