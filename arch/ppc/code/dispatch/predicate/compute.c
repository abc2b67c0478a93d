/* Instructions that work on registers only. See walk.h. */
#include "arch/ppc/code/dispatch/predicate/walk.h"
#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/operands.h"

#define ALL_BITS 0xffffffffu

#define SHIFT_OF(word) FIELD_B(word)
#define FIRST_OF(word) ((word) >> 6 & 31)
#define LAST_OF(word) ((word) >> 1 & 31)
#define UNSIGNED(word) ((word)&0xffff)
#define RECORDS(word) (((word)&1) != 0)

/* ---- arithmetic ---- */

/* a + b + carry, and the carry of it. Any of them may be a constant. */
static void add_carrying(struct walk *walk, uint32_t word, value_t a, value_t b, value_t carry)
{
    struct values *values = &walk->values;
    value_t sum = value_add(values, value_add(values, a, b), carry);
    value_t rest = value_xor_constant(values, a, ALL_BITS);

    /* a + b + carry is above ALL_BITS if b + carry > ALL_BITS - a. */
    walk->state.carry = VALUE_UNKNOWN;
    if (carry != VALUE_UNKNOWN && value_is_constant(values, carry))
        walk->state.carry = value_test(
            values, b, rest, values->nodes[carry].value != 0 ? OUTCOME_GT | OUTCOME_EQ : OUTCOME_GT,
            false);
    walk_put(walk, FIELD_T(word), sum);
}

/* b - a, that is b + ~a + carry; the carry of it. */
static void subtract_carrying(struct walk *walk, uint32_t word, value_t a, value_t b, value_t carry)
{
    struct values *values = &walk->values;
    value_t less = value_add_constant(values, value_subtract(values, b, a), ALL_BITS);
    value_t difference = value_add(values, less, carry);

    walk->state.carry = VALUE_UNKNOWN;
    if (carry != VALUE_UNKNOWN && value_is_constant(values, carry))
        walk->state.carry = value_test(
            values, b, a, values->nodes[carry].value != 0 ? OUTCOME_GT | OUTCOME_EQ : OUTCOME_GT,
            false);
    walk_put(walk, FIELD_T(word), difference);
}

/* srawi: its carry says that a bit was lost of a negative number, which nobody asks but for division. */
static void shift_right_signed(struct walk *walk, uint32_t word)
{
    walk_put(walk, FIELD_A(word),
             value_shift_signed(&walk->values, walk_get(walk, FIELD_T(word)), SHIFT_OF(word)));
    walk->state.carry = SHIFT_OF(word) == 0 ? value_constant(&walk->values, 0) : VALUE_UNKNOWN;
}

static value_t number(struct walk *walk, uint32_t value)
{
    return value_constant(&walk->values, value);
}

/* Instructions of primary opcodes with an immediate. False if it is none of them. */
static bool step_immediate(struct walk *walk, uint32_t word, enum opcode opcode)
{
    struct values *values = &walk->values;
    value_t a;

    if (opcode < OPCODE_SUBFIC || opcode > OPCODE_ADDIS)
        return false;
    a = opcode >= OPCODE_ADDI ? walk_get_base(walk, FIELD_A(word)) : walk_get(walk, FIELD_A(word));
    switch (opcode) {
    case OPCODE_ADDI:
        walk_put(walk, FIELD_T(word), value_add_constant(values, a, IMMEDIATE(word)));
        return true;
    case OPCODE_ADDIS:
        walk_put(walk, FIELD_T(word), value_add_constant(values, a, word << 16));
        return true;
    case OPCODE_ADDIC:
    case OPCODE_ADDIC_RC:
        add_carrying(walk, word, number(walk, IMMEDIATE(word)), a, number(walk, 0));
        if (opcode == OPCODE_ADDIC_RC)
            walk_record(walk, walk_get(walk, FIELD_T(word)));
        return true;
    case OPCODE_SUBFIC:
        subtract_carrying(walk, word, a, number(walk, IMMEDIATE(word)), number(walk, 1));
        return true;
    case OPCODE_CMPI:
        walk_compare(walk, word >> 23 & 7, a, number(walk, IMMEDIATE(word)), true);
        return true;
    case OPCODE_CMPLI:
        walk_compare(walk, word >> 23 & 7, a, number(walk, UNSIGNED(word)), false);
        return true;
    default:
        return false;
    }
}

static uint32_t mask_between(unsigned first, unsigned last)
{
    uint32_t from = ALL_BITS >> first, to = ALL_BITS << (31 - last);

    return first <= last ? from & to : from | to;
}

/* rlwimi: some bits from one, the others stay. */
static value_t insert(struct walk *walk, uint32_t word, value_t s)
{
    struct values *values = &walk->values;
    uint32_t mask = mask_between(FIRST_OF(word), LAST_OF(word));

    return value_or(values, value_rotate_mask(values, s, SHIFT_OF(word), mask),
                    value_rotate_mask(values, walk_get(walk, FIELD_A(word)), 0, ~mask));
}

static value_t invert(struct walk *walk, value_t value)
{
    return value_xor_constant(&walk->values, value, ALL_BITS);
}

static value_t field_bit(struct walk *walk, unsigned bit);

/* A bit of what mfcr read, if CR is still the same. */
static value_t rotate_mask(struct walk *walk, value_t s, unsigned shift, uint32_t mask)
{
    const struct node *node;
    uint32_t source = rotate_left(mask, (32 - shift) & 31);
    value_t bit;

    if (s == VALUE_UNKNOWN || walk->values.nodes[s].kind != NODE_CONDITIONS)
        return value_rotate_mask(&walk->values, s, shift, mask);
    node = &walk->values.nodes[s];
    if (node->value != walk->state.n_written || source == 0 || (source & (source - 1)) != 0)
        return VALUE_UNKNOWN;
    bit = field_bit(walk, (unsigned)__builtin_clz(source));
    return value_rotate_mask(&walk->values, bit, (unsigned)__builtin_ctz(mask), mask);
}

/* Logic and rotation: from rS, and rB or an immediate, to rA. */
static value_t logical(struct walk *walk, uint32_t word, enum opcode opcode)
{
    struct values *values = &walk->values;
    value_t s = walk_get(walk, FIELD_T(word));
    bool two = (opcode_rows[opcode].roles & READS_B) != 0;
    value_t b = two ? walk_get(walk, FIELD_B(word)) : VALUE_UNKNOWN;

    switch (opcode) {
    case OPCODE_ORI:
        return value_or(values, s, number(walk, UNSIGNED(word)));
    case OPCODE_ORIS:
        return value_or(values, s, number(walk, word << 16));
    case OPCODE_XORI:
        return value_xor_constant(values, s, UNSIGNED(word));
    case OPCODE_XORIS:
        return value_xor_constant(values, s, word << 16);
    case OPCODE_ANDI_RC:
        return rotate_mask(walk, s, 0, UNSIGNED(word));
    case OPCODE_ANDIS_RC:
        return rotate_mask(walk, s, 0, word << 16);
    case OPCODE_RLWINM:
        return rotate_mask(walk, s, SHIFT_OF(word), mask_between(FIRST_OF(word), LAST_OF(word)));
    case OPCODE_RLWIMI:
        return insert(walk, word, s);
    case OPCODE_AND:
        return value_and(values, s, b);
    case OPCODE_ANDC:
        return value_and(values, s, invert(walk, b));
    case OPCODE_NAND:
        return invert(walk, value_and(values, s, b));
    case OPCODE_OR:
        return s == b ? s : value_or(values, s, b);
    case OPCODE_ORC:
        return value_or(values, s, invert(walk, b));
    case OPCODE_NOR:
        return invert(walk, value_or(values, s, b));
    case OPCODE_XOR:
        return value_xor(values, s, b);
    case OPCODE_EQV:
        return invert(walk, value_xor(values, s, b));
    case OPCODE_SLW:
        return value_shift(values, NODE_SHIFT_LEFT, s, b);
    case OPCODE_SRW:
        return value_shift(values, NODE_SHIFT_RIGHT, s, b);
    case OPCODE_CNTLZW:
        return value_leading_zeros(values, s);
    case OPCODE_EXTSB:
        return value_sign_extend(values, s, 1);
    case OPCODE_EXTSH:
        return value_sign_extend(values, s, 2);
    default:
        return VALUE_UNKNOWN;
    }
}

static bool step_logical(struct walk *walk, uint32_t word, enum opcode opcode)
{
    const struct opcode_row *row = &opcode_rows[opcode];

    if (opcode == OPCODE_SRAWI)
        shift_right_signed(walk, word);
    else if ((row->roles & (READS_T | WRITES_A)) == (READS_T | WRITES_A) && row->access == 0 &&
             (row->traits & (TRAIT_WRITES_CA | TRAIT_ODD)) == 0)
        walk_put(walk, FIELD_A(word), logical(walk, word, opcode));
    else
        return false;
    if ((row->traits & TRAIT_RC_ALWAYS) != 0 ||
        ((row->modifiers & MODIFIER_RC) != 0 && RECORDS(word)))
        walk_record(walk, walk_get(walk, FIELD_A(word)));
    return true;
}

/* Arithmetic from rA and rB to rT. */
static bool arithmetic(struct walk *walk, uint32_t word, enum opcode opcode)
{
    struct values *values = &walk->values;
    bool two = (opcode_rows[opcode].roles & READS_B) != 0;
    value_t a, b, carry = walk->state.carry;

    if (opcode < OPCODE_SUBFC || opcode > OPCODE_NEG)
        return false;
    a = walk_get(walk, FIELD_A(word));
    b = two ? walk_get(walk, FIELD_B(word)) : VALUE_UNKNOWN;

    switch (opcode) {
    case OPCODE_ADD:
        walk_put(walk, FIELD_T(word), value_add(values, a, b));
        return true;
    case OPCODE_SUBF:
        walk_put(walk, FIELD_T(word), value_subtract(values, b, a));
        return true;
    case OPCODE_NEG:
        walk_put(walk, FIELD_T(word), value_subtract(values, number(walk, 0), a));
        return true;
    case OPCODE_ADDC:
        add_carrying(walk, word, a, b, number(walk, 0));
        return true;
    case OPCODE_ADDE:
        add_carrying(walk, word, a, b, carry);
        return true;
    case OPCODE_ADDZE:
        add_carrying(walk, word, a, number(walk, 0), carry);
        return true;
    case OPCODE_ADDME:
        add_carrying(walk, word, a, number(walk, ALL_BITS), carry);
        return true;
    case OPCODE_SUBFC:
        subtract_carrying(walk, word, a, b, number(walk, 1));
        return true;
    case OPCODE_SUBFE:
        subtract_carrying(walk, word, a, b, carry);
        return true;
    case OPCODE_SUBFZE:
        subtract_carrying(walk, word, a, number(walk, 0), carry);
        return true;
    case OPCODE_SUBFME:
        subtract_carrying(walk, word, a, number(walk, ALL_BITS), carry);
        return true;
    default:
        return false;
    }
}

static bool step_arithmetic(struct walk *walk, uint32_t word, enum opcode opcode)
{
    if (!arithmetic(walk, word, opcode))
        return false;
    if (RECORDS(word))
        walk_record(walk, walk_get(walk, FIELD_T(word)));
    return true;
}

/* ---- CR ---- */

static value_t field_bit(struct walk *walk, unsigned bit)
{
    const struct field *field = &walk->state.fields[bit / 4];
    unsigned outcomes = outcome_of_bit(bit);

    if (field->kind == FIELD_BIT && field->is_signed == bit % 4)
        return field->a;
    if (field->kind != FIELD_COMPARED || outcomes == 0)
        return VALUE_UNKNOWN;
    return value_test(&walk->values, field->a, field->b, outcomes, field->is_signed);
}

static value_t combine_bits(struct walk *walk, enum opcode opcode, value_t a, value_t b)
{
    struct values *values = &walk->values;

    switch (opcode) {
    case OPCODE_CRAND:
        return value_and(values, a, b);
    case OPCODE_CRANDC:
        return value_and(values, a, value_xor_constant(values, b, 1));
    case OPCODE_CRNAND:
        return value_xor_constant(values, value_and(values, a, b), 1);
    case OPCODE_CROR:
        return value_or(values, a, b);
    case OPCODE_CRORC:
        return value_or(values, a, value_xor_constant(values, b, 1));
    case OPCODE_CRNOR:
        return value_xor_constant(values, value_or(values, a, b), 1);
    case OPCODE_CRXOR:
        return value_xor(values, a, b);
    default:
        return value_xor_constant(values, value_xor(values, a, b), 1);
    }
}

static void combine_conditions(struct walk *walk, uint32_t word, enum opcode opcode)
{
    unsigned bit = FIELD_T(word), a = FIELD_A(word), b = FIELD_B(word);
    value_t first = field_bit(walk, a), second = field_bit(walk, b), value;

    if (a == b && (opcode == OPCODE_CRXOR || opcode == OPCODE_CREQV))
        value = number(walk, opcode == OPCODE_CREQV);
    else
        value = combine_bits(walk, opcode, first, second);
    walk_put_field(walk, bit / 4,
                   (struct field){value == VALUE_UNKNOWN ? FIELD_UNKNOWN : FIELD_BIT, value, 0,
                                  (uint8_t)(bit % 4)});
}

static void read_conditions(struct walk *walk, uint32_t word)
{
    struct node node = {.kind = NODE_CONDITIONS, .value = walk->state.n_written};

    walk_put(walk, FIELD_T(word), value_node(&walk->values, &node, ALL_BITS));
}

static bool step_conditions(struct walk *walk, uint32_t word, enum opcode opcode)
{
    switch (opcode) {
    case OPCODE_CMP:
    case OPCODE_CMPL:
        walk_compare(walk, word >> 23 & 7, walk_get(walk, FIELD_A(word)),
                     walk_get(walk, FIELD_B(word)), opcode == OPCODE_CMP);
        return true;
    case OPCODE_MCRF:
        walk_put_field(walk, word >> 23 & 7, walk->state.fields[word >> 18 & 7]);
        return true;
    case OPCODE_MFCR:
        read_conditions(walk, word);
        return true;
    case OPCODE_CRAND:
    case OPCODE_CRANDC:
    case OPCODE_CRNAND:
    case OPCODE_CROR:
    case OPCODE_CRORC:
    case OPCODE_CRNOR:
    case OPCODE_CRXOR:
    case OPCODE_CREQV:
        combine_conditions(walk, word, opcode);
        return true;
    default:
        return false;
    }
}

bool walk_compute(struct walk *walk, uint32_t word, enum opcode opcode)
{
    return step_immediate(walk, word, opcode) || step_logical(walk, word, opcode) ||
           step_arithmetic(walk, word, opcode) || step_conditions(walk, word, opcode);
}
