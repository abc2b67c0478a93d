/* See expression.h. */
#include "arch/ppc/code/dispatch/predicate/expression.h"

#include <string.h>

#define ALL_BITS 0xffffffffu
#define SIGN_BIT 0x80000000u

/* All of a node but its value: a width and a shift are not both of one kind. */
static uint32_t key_of(const struct node *node)
{
    uint32_t kind = node->kind | (node->is_signed ? 0x80u : 0u);

    return kind << 24 | (uint32_t)node->a << 16 | (uint32_t)node->b << 8 |
           (node->width << 5 | node->shift);
}

void values_clear(struct values *values)
{
    values->n = 0;
    values->overflow = false;
    memset(values->table, 0, sizeof values->table);
}

/* Where a node stands in the table, or is to. */
static uint8_t *find_place(struct values *values, uint32_t key, uint32_t number)
{
    uint32_t hash = (key ^ number * 5) * 0x9e3779b1u >> 26;

    for (;; hash = (hash + 1) % VALUES_TABLE) {
        unsigned i = values->table[hash];

        if (i == 0 || (values->keys[i - 1] == key && values->nodes[i - 1].value == number))
            return &values->table[hash];
    }
}

value_t value_node(struct values *values, const struct node *node, uint32_t bits)
{
    uint32_t key = key_of(node);
    uint8_t *place = find_place(values, key, node->value);
    unsigned n = values->n;

    if (*place != 0)
        return (value_t)(*place - 1);
    if (n == VALUES_MAX) {
        values->overflow = true;
        return VALUE_UNKNOWN;
    }
    values->keys[n] = key;
    values->nodes[n] = *node;
    values->bits[n] = bits;
    values->is_private[n] = node->kind > NODE_SHIFT_RIGHT_SIGNED ||
                            (node_has_first(node->kind) && values->is_private[node->a]) ||
                            (node_has_second(node->kind) && values->is_private[node->b]);
    *place = ++values->n;
    return (value_t)n;
}

static value_t make(struct values *values, unsigned kind, value_t a, value_t b, uint32_t bits)
{
    struct node node = {.kind = (uint8_t)kind, .a = a, .b = b};

    return value_node(values, &node, bits);
}

value_t value_constant(struct values *values, uint32_t number)
{
    struct node node = {.kind = NODE_CONSTANT, .value = number};

    return value_node(values, &node, number);
}

/* A value that arithmetic can be done with: addresses of the frame are only moved. */
static bool is_plain(const struct values *values, value_t value)
{
    return value != VALUE_UNKNOWN && values->nodes[value].kind != NODE_FRAME &&
           values->nodes[value].kind != NODE_CONDITIONS;
}

static bool are_plain(const struct values *values, value_t a, value_t b)
{
    return is_plain(values, a) && is_plain(values, b);
}

static uint32_t number_of(const struct values *values, value_t value)
{
    return values->nodes[value].value;
}

/* Whether it is `kind` of something with a constant; *number is that. */
static bool has_constant(const struct values *values, value_t value, unsigned kind,
                         uint32_t *number)
{
    const struct node *node = &values->nodes[value];

    if (node->kind != kind || !value_is_constant(values, node->b))
        return false;
    *number = number_of(values, node->b);
    return true;
}

/* ---- sums ---- */

static value_t frame_address(struct values *values, uint32_t offset)
{
    struct node node = {.kind = NODE_FRAME, .value = offset};

    return value_node(values, &node, ALL_BITS);
}

value_t value_add_constant(struct values *values, value_t a, uint32_t number)
{
    const struct node *node;
    uint32_t inner;
    value_t b;

    if (a == VALUE_UNKNOWN || number == 0)
        return a;
    node = &values->nodes[a];
    if (node->kind == NODE_CONSTANT)
        return value_constant(values, node->value + number);
    if (node->kind == NODE_FRAME)
        return frame_address(values, node->value + number);
    if (!is_plain(values, a))
        return VALUE_UNKNOWN;
    if (has_constant(values, a, NODE_ADD, &inner))
        return value_add_constant(values, node->a, inner + number);
    if (node->kind == NODE_SUBTRACT && value_is_constant(values, node->a))
        return value_subtract(values, value_constant(values, number_of(values, node->a) + number),
                              node->b);
    b = value_constant(values, number);
    return b == VALUE_UNKNOWN ? b : make(values, NODE_ADD, a, b, ALL_BITS);
}

/*
 * How gcc compares signed numbers without a branch: the sign of y as 0 or -1, plus that of x as 0 or 1, plus
 * whether y is not below x as unsigned numbers, is whether y is not below x as signed ones. `signs` is
 * the sum of the first two.
 */
static value_t find_signed_test(struct values *values, value_t signs, value_t carry)
{
    const struct node *test = &values->nodes[carry];
    value_t above, below, y, x;

    if (test->kind != NODE_TEST || test->is_signed)
        return VALUE_UNKNOWN;
    if (test->width == (OUTCOME_GT | OUTCOME_EQ))
        y = test->a, x = test->b;
    else if (test->width == (OUTCOME_LT | OUTCOME_EQ))
        y = test->b, x = test->a;
    else
        return VALUE_UNKNOWN;
    above = value_shift_signed(values, y, 31);
    below = value_rotate_mask(values, x, 1, 1);
    if (above == VALUE_UNKNOWN || below == VALUE_UNKNOWN ||
        value_add(values, above, below) != signs)
        return VALUE_UNKNOWN;
    return value_test(values, y, x, OUTCOME_GT | OUTCOME_EQ, true);
}

value_t value_add(struct values *values, value_t a, value_t b)
{
    value_t test;
    uint32_t number;

    if (a == VALUE_UNKNOWN || b == VALUE_UNKNOWN)
        return VALUE_UNKNOWN;
    if (value_is_constant(values, b))
        return value_add_constant(values, a, number_of(values, b));
    if (value_is_constant(values, a))
        return value_add_constant(values, b, number_of(values, a));
    if (!are_plain(values, a, b))
        return VALUE_UNKNOWN;
    if (has_constant(values, a, NODE_ADD, &number))
        return value_add_constant(values, value_add(values, values->nodes[a].a, b), number);
    if (has_constant(values, b, NODE_ADD, &number))
        return value_add_constant(values, value_add(values, a, values->nodes[b].a), number);
    test = find_signed_test(values, a, b);
    if (test != VALUE_UNKNOWN)
        return test;
    return make(values, NODE_ADD, a < b ? a : b, a < b ? b : a, ALL_BITS);
}

/* A value without the constant that was added to it. */
static value_t strip(const struct values *values, value_t value, uint32_t *number)
{
    *number = 0;
    return has_constant(values, value, NODE_ADD, number) ? values->nodes[value].a : value;
}

value_t value_subtract(struct values *values, value_t a, value_t b)
{
    uint32_t more_a, more_b;
    value_t bare_a, bare_b;

    if (b != VALUE_UNKNOWN && value_is_constant(values, b))
        return value_add_constant(values, a, 0 - number_of(values, b));
    if (!are_plain(values, a, b))
        return VALUE_UNKNOWN;
    bare_a = strip(values, a, &more_a);
    bare_b = strip(values, b, &more_b);
    if (bare_a == bare_b)
        return value_constant(values, more_a - more_b);
    if (value_is_constant(values, a)) {
        uint32_t from = number_of(values, a) - more_b;
        const struct node *inner = &values->nodes[bare_b];

        if (inner->kind == NODE_SUBTRACT && value_is_constant(values, inner->a))
            return value_add_constant(values, inner->b, from - number_of(values, inner->a));
        if (from == 1 && values->bits[bare_b] == 1)
            return value_xor_constant(values, bare_b, 1);
        a = value_constant(values, from);
        return a == VALUE_UNKNOWN ? a : make(values, NODE_SUBTRACT, a, bare_b, ALL_BITS);
    }
    if (more_a == more_b)
        return make(values, NODE_SUBTRACT, bare_a, bare_b, ALL_BITS);
    return make(values, NODE_SUBTRACT, a, b, ALL_BITS);
}

/* ---- bits ---- */

value_t value_xor_constant(struct values *values, value_t a, uint32_t number)
{
    uint32_t inner;
    value_t b;

    if (!is_plain(values, a))
        return VALUE_UNKNOWN;
    if (value_is_constant(values, a))
        return value_constant(values, number_of(values, a) ^ number);
    if (has_constant(values, a, NODE_XOR, &inner))
        return value_xor_constant(values, values->nodes[a].a, inner ^ number);
    if (number == 0)
        return a;
    b = value_constant(values, number);
    return b == VALUE_UNKNOWN ? b : make(values, NODE_XOR, a, b, values->bits[a] | number);
}

value_t value_xor(struct values *values, value_t a, value_t b)
{
    uint32_t number;

    if (!are_plain(values, a, b))
        return VALUE_UNKNOWN;
    if (value_is_constant(values, b))
        return value_xor_constant(values, a, number_of(values, b));
    if (value_is_constant(values, a))
        return value_xor_constant(values, b, number_of(values, a));
    if (has_constant(values, a, NODE_XOR, &number))
        return value_xor_constant(values, value_xor(values, values->nodes[a].a, b), number);
    if (has_constant(values, b, NODE_XOR, &number))
        return value_xor_constant(values, value_xor(values, a, values->nodes[b].a), number);
    if (a == b)
        return value_constant(values, 0);
    return make(values, NODE_XOR, a < b ? a : b, a < b ? b : a, values->bits[a] | values->bits[b]);
}

value_t value_and(struct values *values, value_t a, value_t b)
{
    if (!are_plain(values, a, b))
        return VALUE_UNKNOWN;
    if (value_is_constant(values, b))
        return value_rotate_mask(values, a, 0, number_of(values, b));
    if (value_is_constant(values, a))
        return value_rotate_mask(values, b, 0, number_of(values, a));
    if (a == b)
        return a;
    if ((values->bits[a] & values->bits[b]) == 0)
        return value_constant(values, 0);
    return make(values, NODE_AND, a < b ? a : b, a < b ? b : a, values->bits[a] & values->bits[b]);
}

value_t value_or(struct values *values, value_t a, value_t b)
{
    value_t low = a < b ? a : b, high = a < b ? b : a;

    if (!are_plain(values, a, b))
        return VALUE_UNKNOWN;
    if (value_is_constant(values, low)) {
        low = high;
        high = a < b ? a : b;
    }
    if (value_is_constant(values, high)) {
        uint32_t number = number_of(values, high);

        if (value_is_constant(values, low))
            return value_constant(values, number_of(values, low) | number);
        if (number == 0)
            return low;
        if (number == ALL_BITS)
            return high;
    }
    if (low == high)
        return low;
    return make(values, NODE_OR, low, high, values->bits[a] | values->bits[b]);
}

static uint32_t mask_of_width(unsigned width)
{
    return width == 4 ? ALL_BITS : (1u << 8 * width) - 1;
}

/* What the mask of a rotated value keeps is the same without sign. */
static value_t without_sign(struct values *values, value_t a, uint32_t kept)
{
    struct node node = values->nodes[a];

    if (node.kind == NODE_SIGN_EXTEND && (kept & ~mask_of_width(node.width)) == 0)
        return node.a;
    if (node.kind == NODE_LOAD && node.is_signed && (kept & ~mask_of_width(node.width)) == 0) {
        node.is_signed = false;
        return value_node(values, &node, mask_of_width(node.width));
    }
    return a;
}

/* Leading zeros are counted to see whether there are 32, of several values together too. */
static bool is_about_zeros(const struct values *values, value_t value)
{
    const struct node *node = &values->nodes[value];

    return node->kind == NODE_LEADING_ZEROS ||
           (node->kind == NODE_OR && values->nodes[node->a].kind == NODE_LEADING_ZEROS &&
            values->nodes[node->b].kind == NODE_LEADING_ZEROS);
}

value_t value_rotate_mask(struct values *values, value_t a, unsigned shift, uint32_t mask)
{
    struct node node = {.kind = NODE_ROTATE_MASK};
    uint32_t number;

    if (!is_plain(values, a))
        return VALUE_UNKNOWN;
    if (value_is_constant(values, a))
        return value_constant(values, rotate_left(number_of(values, a), shift) & mask);
    if (has_constant(values, a, NODE_XOR, &number))
        return value_xor_constant(values,
                                  value_rotate_mask(values, values->nodes[a].a, shift, mask),
                                  rotate_left(number, shift) & mask);
    if (values->nodes[a].kind == NODE_OR && is_about_zeros(values, values->nodes[a].a) &&
        is_about_zeros(values, values->nodes[a].b))
        return value_or(values, value_rotate_mask(values, values->nodes[a].a, shift, mask),
                        value_rotate_mask(values, values->nodes[a].b, shift, mask));
    if (values->nodes[a].kind == NODE_ROTATE_MASK) {
        mask &= rotate_left(values->nodes[a].value, shift);
        shift = (shift + values->nodes[a].shift) & 31;
        a = values->nodes[a].a;
    }
    a = without_sign(values, a, rotate_left(mask, (32 - shift) & 31));
    if (a == VALUE_UNKNOWN)
        return a;
    mask &= rotate_left(values->bits[a], shift);
    if (mask == 0)
        return value_constant(values, 0);
    if (shift == 0 && mask == values->bits[a])
        return a;
    node.a = a;
    node.shift = (uint8_t)shift;
    node.value = mask;
    return value_node(values, &node, mask);
}

value_t value_sign_extend(struct values *values, value_t a, unsigned width)
{
    struct node node = {.kind = NODE_SIGN_EXTEND, .width = (uint8_t)width};
    uint32_t mask = mask_of_width(width);

    if (!is_plain(values, a))
        return VALUE_UNKNOWN;
    if (value_is_constant(values, a)) {
        uint32_t sign = (mask >> 1) + 1;

        return value_constant(values, ((number_of(values, a) & mask) ^ sign) - sign);
    }
    if (values->bits[a] <= mask >> 1)
        return a;
    if (values->nodes[a].kind == NODE_LOAD && values->nodes[a].width == width) {
        node = values->nodes[a];
        node.is_signed = true;
        return value_node(values, &node, ALL_BITS);
    }
    if (values->nodes[a].kind == NODE_ROTATE_MASK && values->nodes[a].shift == 0 &&
        (values->nodes[a].value & mask) == mask)
        a = values->nodes[a].a;
    node.a = a;
    return value_node(values, &node, ALL_BITS);
}

value_t value_shift_signed(struct values *values, value_t a, unsigned shift)
{
    struct node node = {.kind = NODE_SHIFT_RIGHT_SIGNED, .a = a, .shift = (uint8_t)shift};

    if (!is_plain(values, a) || shift == 0)
        return is_plain(values, a) ? a : VALUE_UNKNOWN;
    if (value_is_constant(values, a))
        return value_constant(values, (uint32_t)((int32_t)number_of(values, a) >> shift));
    if ((values->bits[a] & SIGN_BIT) == 0)
        return value_rotate_mask(values, a, 32 - shift, ALL_BITS >> shift);
    return value_node(values, &node, ALL_BITS);
}

value_t value_shift(struct values *values, enum private_kind kind, value_t a, value_t b)
{
    unsigned by;

    if (!are_plain(values, a, b))
        return VALUE_UNKNOWN;
    if (!value_is_constant(values, b))
        return make(values, kind, a, b, ALL_BITS);
    by = number_of(values, b) & 63;
    if (by > 31)
        return value_constant(values, 0);
    if (kind == NODE_SHIFT_LEFT)
        return value_rotate_mask(values, a, by, ALL_BITS << by);
    return value_rotate_mask(values, a, (32 - by) & 31, ALL_BITS >> by);
}

value_t value_leading_zeros(struct values *values, value_t a)
{
    if (!is_plain(values, a))
        return VALUE_UNKNOWN;
    if (value_is_constant(values, a)) {
        uint32_t number = number_of(values, a);

        return value_constant(values, number == 0 ? 32 : (uint32_t)__builtin_clz(number));
    }
    return make(values, NODE_LEADING_ZEROS, a, 0, 63);
}

/* ---- memory, and comparisons as values ---- */

value_t value_load(struct values *values, value_t address, unsigned width, bool is_signed)
{
    struct node node = {.kind = NODE_LOAD, .width = (uint8_t)width, .is_signed = is_signed};

    if (!is_plain(values, address))
        return VALUE_UNKNOWN;
    node.a = strip(values, address, &node.value);
    return value_node(values, &node, is_signed ? ALL_BITS : mask_of_width(width));
}

value_t value_test(struct values *values, value_t a, value_t b, unsigned outcomes, bool is_signed)
{
    struct node node = {.kind = NODE_TEST, .a = a, .b = b};

    if (!are_plain(values, a, b))
        return VALUE_UNKNOWN;
    if (outcomes == 0 || outcomes == OUTCOME_ALL)
        return value_constant(values, outcomes != 0);
    node.width = (uint8_t)outcomes;
    node.is_signed = is_signed && outcomes != OUTCOME_EQ && outcomes != (OUTCOME_LT | OUTCOME_GT);
    return value_node(values, &node, 1);
}
