/* Decoding and encoding: one table of opcodes, one of operands. See instruction.h. */
#include "arch/ppc/code/operands.h"
#include "arch/ppc/code/effects.h"

#define BITS(shift, width) (((1u << (width)) - 1) << (shift))

enum {
    FIELD_NONE = 0,
    ROLE_NONE = 0,
#define OPERAND(KIND, SHIFT, WIDTH, SHAPE, ROLE) \
    FIELD_##KIND = BITS(SHIFT, WIDTH), ROLE_##KIND = ROLE,
    OPERANDS(OPERAND)
#undef OPERAND
#define FORM(NAME, A, B, C, D, E)                                              \
    FIELDS_##NAME = FIELD_##A | FIELD_##B | FIELD_##C | FIELD_##D | FIELD_##E, \
    ROLES_##NAME = ROLE_##A | ROLE_##B | ROLE_##C | ROLE_##D | ROLE_##E,
        FORMS(FORM)
#undef FORM
};

const struct operand_row operand_rows[N_OPERANDS] = {
#define OPERAND(KIND, SHIFT, WIDTH, SHAPE, ROLE) [OPERAND_##KIND] = {SHIFT, WIDTH, SHAPE},
    OPERANDS(OPERAND)
#undef OPERAND
};

const uint8_t form_operands[N_FORMS][OPERANDS_MAX + 1] = {
#define FORM(NAME, A, B, C, D, E) \
    [FORM_##NAME] = {OPERAND_##A, OPERAND_##B, OPERAND_##C, OPERAND_##D, OPERAND_##E},
    FORMS(FORM)
#undef FORM
};

/* Where modifiers stand: Rc is bit 31, but 21 in compares of AltiVec. */
#define MODIFIER_BITS(modifiers, traits)                                         \
    (((modifiers)&MODIFIER_RC ? ((traits)&TRAIT_CR6 ? 0x400 : 1) : 0) |          \
     ((modifiers)&MODIFIER_OE ? 0x400 : 0) | ((modifiers)&MODIFIER_LK ? 1 : 0) | \
     ((modifiers)&MODIFIER_AA ? 2 : 0))

#define P(primary) ((uint32_t)(primary) << 26)
#define X(primary, extended) (P(primary) | (extended) << 1)
#define A(primary, extended) X(primary, extended)
#define TB (TIME_BASE >> 5 << 11 | (TIME_BASE & 31) << 16)
#define VA(extended) (P(4) | (extended))
#define VX(extended) (P(4) | (extended))

#define RC MODIFIER_RC
#define OE MODIFIER_OE
#define LK MODIFIER_LK
#define AA MODIFIER_AA
#define LOAD(width) (ACCESS_LOAD | (width) << ACCESS_WIDTH)
#define STORE(width) (ACCESS_STORE | (width) << ACCESS_WIDTH)
#define RESERVE ACCESS_RESERVE
#define TRAIT(name) TRAIT_##name

/* Traits are written short in the table. */
#define BRANCH TRAIT_BRANCH
#define TRAP TRAIT_TRAP
#define PRIVILEGED TRAIT_PRIVILEGED
#define CONTEXT_SYNC TRAIT_CONTEXT_SYNC
#define ALTIVEC TRAIT_ALTIVEC
#define ONLY_7400 TRAIT_7400
#define ABSENT TRAIT_ABSENT
#define FLOATING TRAIT_FLOATING
#define READS_CA TRAIT_READS_CA
#define WRITES_CA TRAIT_WRITES_CA
#define READS_SO TRAIT_READS_SO
#define READS_FPSCR TRAIT_READS_FPSCR
#define WRITES_FPSCR TRAIT_WRITES_FPSCR
#define READS_VSCR TRAIT_READS_VSCR
#define WRITES_VSCR TRAIT_WRITES_VSCR
#define RC_ALWAYS TRAIT_RC_ALWAYS
#define CR6 TRAIT_CR6
#define LINK TRAIT_LINK
#define ODD TRAIT_ODD

/*
 * The bits that make a word do more than with general registers: a modifier that is set; any word is
 * more if its opcode is about other registers, or has a case of its own.
 */
#define OTHER_ROLES (FLOATING_AND_VECTOR | CONDITION)
#define OTHER_TRAITS                                                                   \
    (TRAIT_ODD | TRAIT_RC_ALWAYS | TRAIT_READS_CA | TRAIT_WRITES_CA | TRAIT_READS_SO | \
     TRAIT_READS_FPSCR | TRAIT_WRITES_FPSCR | TRAIT_READS_VSCR | TRAIT_WRITES_VSCR)
#define IS_MORE(roles, traits) (((roles)&OTHER_ROLES) != 0 || ((traits)&OTHER_TRAITS) != 0)
#define MASK(roles, role) (((roles) & (role)) != 0 ? -1 : 0)
#define MASK_OF_A(roles) (((roles)&READS_A0) != 0 ? ~1 : MASK(roles, READS_A))
#define IS_CERTAIN(mask, roles) (((mask) & ~P(63)) == 0 && ((roles)&CONSTRAINED) == 0)

/* clang-format off */
const struct opcode_row opcode_rows[N_OPCODES] = {
#define ROW(NAME, TEXT, MATCH, FORM, MODIFIERS, ACCESS, TRAITS)                           \
    [OPCODE_##NAME] = {                                                                   \
        .name = TEXT,                                                                     \
        .match = MATCH,                                                                   \
        .mask = ~(FIELDS_##FORM | MODIFIER_BITS(MODIFIERS, TRAITS)),                      \
        .traits = TRAITS,                                                                 \
        .roles = ROLES_##FORM,                                                            \
        .more = IS_MORE(ROLES_##FORM, TRAITS) ? P(63) : MODIFIER_BITS(MODIFIERS, TRAITS), \
        .reads_t = MASK(ROLES_##FORM, READS_T),                                           \
        .reads_a = MASK_OF_A(ROLES_##FORM),                                               \
        .reads_b = MASK(ROLES_##FORM, READS_B),                                           \
        .writes_t = MASK(ROLES_##FORM, WRITES_T),                                         \
        .writes_a = MASK(ROLES_##FORM, WRITES_A),                                         \
        .access = (ACCESS),                                                               \
        .form = FORM_##FORM,                                                              \
        .modifiers = (MODIFIERS),                                                         \
    },
    OPCODES(ROW)
#undef ROW
};
/* clang-format on */

/* Numbers of opcodes by their extended opcodes; 0 where there is none. */
static const uint16_t primary[64] = {
#define ROW(NAME, TEXT, MATCH, ...) [(MATCH) >> 26] = OPCODE_##NAME,
    OPCODES_PRIMARY(ROW)
#undef ROW
};

/* clang-format off */
const uint16_t certain_opcodes[64] = {
#define ROW(NAME, TEXT, MATCH, FORM, MODIFIERS, ACCESS, TRAITS)                           \
    [(MATCH) >> 26] =                                                                     \
        IS_CERTAIN(~(FIELDS_##FORM | MODIFIER_BITS(MODIFIERS, TRAITS)), ROLES_##FORM)     \
            ? OPCODE_##NAME : OPCODE_UNKNOWN,
    OPCODES_PRIMARY(ROW)
#undef ROW
};
/* clang-format on */

static const uint16_t extended_19[1024] = {
#define ROW(NAME, TEXT, MATCH, ...) [(MATCH) >> 1 & 1023] = OPCODE_##NAME,
    OPCODES_19(ROW)};

static const uint16_t extended_31[1024] = {OPCODES_31(ROW) OPCODES_31_OE(ROW)
#undef ROW
#define ROW(NAME, TEXT, MATCH, ...) [((MATCH) >> 1 & 1023) | 512] = OPCODE_##NAME,
                                               OPCODES_31_OE(ROW)
#undef ROW
};

#define IS_SPR(match) ((match) == X(31, 339) || (match) == X(31, 467)) /* mfspr, mtspr */

const uint8_t privileged_31[1024] = {
#define ROW(NAME, TEXT, MATCH, FORM, MODIFIERS, ACCESS, TRAITS)                    \
    [(MATCH) >> 1 & 1023] = IS_SPR(MATCH)                      ? BY_REGISTER       \
                            : ((TRAITS)&TRAIT_PRIVILEGED) != 0 ? ALWAYS_PRIVILEGED \
                                                               : NEVER_PRIVILEGED,
    OPCODES_31(ROW)
#undef ROW
};

static const uint16_t extended_59[32] = {
#define ROW(NAME, TEXT, MATCH, ...) [(MATCH) >> 1 & 31] = OPCODE_##NAME,
    OPCODES_59(ROW)};

static const uint16_t short_63[32] = {OPCODES_63_A(ROW)
#undef ROW
};

static const uint16_t extended_63[1024] = {
#define ROW(NAME, TEXT, MATCH, ...) [(MATCH) >> 1 & 1023] = OPCODE_##NAME,
    OPCODES_63_X(ROW)
#undef ROW
};

static const uint16_t short_4[64] = {
#define ROW(NAME, TEXT, MATCH, ...) [(MATCH)&63] = OPCODE_##NAME,
    OPCODES_4_VA(ROW)
#undef ROW
};

static const uint16_t extended_4[2048] = {
#define ROW(NAME, TEXT, MATCH, ...) [(MATCH)&2047] = OPCODE_##NAME,
    OPCODES_4_VX(ROW) OPCODES_4_VXR(ROW)
#undef ROW
#define ROW(NAME, TEXT, MATCH, ...) [((MATCH)&2047) | 1024] = OPCODE_##NAME,
        OPCODES_4_VXR(ROW)
#undef ROW
};

/*
 * The BO that PEM 4.2.4.2 has, 1 << n for n. Bits that it marks z are ignored by the processors and 0, but
 * for the hints of later ones that assemblers put into bc: 001zy, 011zy, and without a CR bit 1z0xy.
 */
#define BO_WITHOUT_Z 0x001f3f3fu
#define BO_OF_BC 0x001fffffu
#define BO_OF_BC_WITHOUT_BIT 0x0f1fffffu

static bool is_valid_bo(uint32_t word, uint32_t bo, uint32_t bi)
{
    uint32_t valid = word >> 26 != 16 ? BO_WITHOUT_Z : bi != 0 ? BO_OF_BC : BO_OF_BC_WITHOUT_BIT;

    return (valid >> bo & 1) != 0;
}

/* Of mtcrf and mfcr: bit 11 says that there is one field; without it mfcr has no mask. */
static bool is_valid_mask(uint32_t word, uint32_t roles)
{
    uint32_t mask = word >> 12 & 0xff;

    if ((word & 1u << 20) != 0)
        return mask != 0 && (mask & (mask - 1)) == 0;
    return (roles & FIELDS_OF_MFCR) == 0 || mask == 0;
}

/* Whether the operands of a word that is an instruction otherwise go together. */
static bool is_valid_form(uint32_t word, uint32_t roles)
{
    uint32_t t = word >> 21 & 31, a = word >> 16 & 31, b = word >> 11 & 31;

    return !((roles & A_IS_ZERO) != 0 && a == 0) && !((roles & A_IS_TARGET) != 0 && a == t) &&
           !((roles & A_IS_LOADED) != 0 && a >= t) && !((roles & B_IS_TARGET) != 0 && b == t) &&
           !((roles & BO_IS_ODD) != 0 && !is_valid_bo(word, t, a)) &&
           !((roles & L_IS_TWO) != 0 && (t & 3) == 2) &&
           !((roles & NOT_ONE_FIELD) != 0 && !is_valid_mask(word, roles));
}

enum opcode code_opcode_checked(uint32_t word)
{
    const struct opcode_row *row;
    uint32_t opcode;

    switch (word >> 26) {
    case 4:
        opcode = (word & 32) != 0 ? short_4[word & 63] : extended_4[word & 2047];
        break;
    case 19:
        opcode = extended_19[word >> 1 & 1023];
        break;
    case 31:
        opcode = extended_31[word >> 1 & 1023];
        break;
    case 59:
        opcode = extended_59[word >> 1 & 31];
        break;
    case 63:
        opcode = (word & 32) != 0 ? short_63[word >> 1 & 31] : extended_63[word >> 1 & 1023];
        break;
    default:
        opcode = primary[word >> 26];
    }
    row = &opcode_rows[opcode];
    if ((word & row->mask) != row->match)
        return OPCODE_UNKNOWN;
    if ((row->roles & CONSTRAINED) != 0 && !is_valid_form(word, row->roles))
        return OPCODE_UNKNOWN;
    return opcode;
}

const uint8_t *code_operands(enum opcode opcode)
{
    return form_operands[opcode_rows[opcode].form];
}

static uint32_t swap_halves(uint32_t field)
{
    return (field >> 5 | field << 5) & 0x3ff;
}

static int32_t operand_get(uint32_t word, enum operand kind)
{
    const struct operand_row *row = &operand_rows[kind];
    uint32_t field = word >> row->shift & BITS(0, row->width);

    switch (row->shape) {
    case SIGNED:
        return (int32_t)(field << (32 - row->width)) >> (32 - row->width);
    case WORDS:
        return (int32_t)(field << (32 - row->width)) >> (30 - row->width);
    case HALVES:
        return (int32_t)swap_halves(field);
    case COUNT:
        return field == 0 ? 32 : (int32_t)field;
    case TIME:
        return TIME_BASE + (int32_t)field;
    default:
        return (int32_t)field;
    }
}

bool code_decode(uint32_t word, struct instruction *instruction)
{
    enum opcode opcode = code_opcode(word);
    const struct opcode_row *row = &opcode_rows[opcode];
    const uint8_t *kinds = form_operands[row->form];
    struct instruction i = {.opcode = (uint16_t)opcode};

    if (opcode == OPCODE_UNKNOWN)
        return false;
    for (int m = MODIFIER_RC; m <= MODIFIER_AA; m <<= 1) {
        if ((row->modifiers & m) != 0 && (word & MODIFIER_BITS(m, row->traits)) != 0)
            i.modifiers |= (uint8_t)m;
    }
    for (; kinds[i.n_operands] != OPERAND_NONE; i.n_operands++)
        i.operands[i.n_operands] = operand_get(word, kinds[i.n_operands]);
    *instruction = i;
    return true;
}

/* False if the value does not fit. */
static bool operand_put(uint32_t *word, enum operand kind, int32_t value)
{
    const struct operand_row *row = &operand_rows[kind];
    uint32_t field = (uint32_t)value, limit = 1u << row->width;

    switch (row->shape) {
    case SIGNED:
        if (field + limit / 2 >= limit)
            return false;
        break;
    case WORDS:
        if ((field & 3) != 0 || field + limit * 2 >= limit * 4)
            return false;
        field >>= 2;
        break;
    case HALVES:
        if (field >= limit)
            return false;
        field = swap_halves(field);
        break;
    case COUNT:
        if (field - 1 >= limit)
            return false;
        break;
    case TIME:
        field -= TIME_BASE;
        if (field >= limit)
            return false;
        break;
    default:
        if (field >= limit)
            return false;
    }
    *word |= (field & (limit - 1)) << row->shift;
    return true;
}

enum encode_fault code_encode(const struct instruction *instruction, uint32_t *word)
{
    const struct opcode_row *row;
    const uint8_t *kinds;
    uint32_t w, n;

    if (instruction->opcode == OPCODE_UNKNOWN || instruction->opcode >= N_OPCODES)
        return ENCODE_OPCODE;
    row = &opcode_rows[instruction->opcode];
    if ((instruction->modifiers & ~row->modifiers) != 0)
        return ENCODE_MODIFIER;
    w = row->match | (uint32_t)MODIFIER_BITS(instruction->modifiers, row->traits);
    for (n = 0, kinds = form_operands[row->form]; n < instruction->n_operands; n++) {
        if (kinds[n] == OPERAND_NONE || !operand_put(&w, kinds[n], instruction->operands[n]))
            return ENCODE_OPERAND;
    }
    if ((kinds[n] != OPERAND_NONE && kinds[n] < OPERAND_LEV) ||
        code_opcode(w) != instruction->opcode)
        return ENCODE_OPERAND;
    *word = w;
    return ENCODE_OK;
}
