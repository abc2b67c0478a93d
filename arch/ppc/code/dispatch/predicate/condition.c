/* See condition.h. */
#include "arch/ppc/code/dispatch/predicate/condition.h"

#define ALL_BITS 0xffffffffu
#define SIGN_BIT 0x80000000u
#define STEPS_MAX 16
#define DEPTH_MAX 2
#define POINTS_MAX 4

/* A question under way. */
struct question {
    struct values *values;
    const struct known *known;
    struct condition *condition;
    unsigned depth;
};

/* What a rule did. */
enum progress { STUCK, SIMPLER, FAILED };

static enum verdict simplify(struct question *question);

/* ---- sets ---- */

static uint32_t largest(const struct values *values, value_t value)
{
    return values->bits[value];
}

static bool is_zero(const struct number_set *set)
{
    return set_is_range(set, 0, 0);
}

/* Whether it has all that the value can be, but 0. */
static bool is_not_zero(const struct question *question)
{
    return set_is_range(&question->condition->set, 1,
                        largest(question->values, question->condition->a));
}

static bool is_negative(const struct number_set *set)
{
    return set_is_range(set, SIGN_BIT, ALL_BITS);
}

static bool is_about_sign(const struct number_set *set)
{
    return is_negative(set) || set_is_range(set, 0, SIGN_BIT - 1);
}

enum verdict condition_verdict(const struct values *values, const struct condition *condition)
{
    if (condition->b != NO_VALUE)
        return condition->outcomes == 0             ? VERDICT_NEVER
               : condition->outcomes == OUTCOME_ALL ? VERDICT_ALWAYS
                                                    : VERDICT_DEPENDS;
    if (condition->set.n == 0)
        return VERDICT_NEVER;
    if (set_is_range(&condition->set, 0, largest(values, condition->a)))
        return VERDICT_ALWAYS;
    return VERDICT_DEPENDS;
}

static enum progress done(bool fits)
{
    return fits ? SIMPLER : FAILED;
}

static bool is_within(const struct question *question, value_t value, uint32_t high)
{
    return question->known->within(question->known->context, value, high);
}

/* ---- arithmetic ---- */

static enum progress become_pair(struct question *question, value_t a, value_t b)
{
    struct condition *condition = question->condition;

    condition->outcomes = is_zero(&condition->set) ? OUTCOME_EQ : OUTCOME_LT | OUTCOME_GT;
    condition->is_signed = false;
    condition->a = a < b ? a : b;
    condition->b = a < b ? b : a;
    return SIMPLER;
}

static enum progress simplify_add(struct question *question, const struct node *node)
{
    struct condition *condition = question->condition;

    if (!value_is_constant(question->values, node->b))
        return STUCK;
    condition->a = node->a;
    return done(set_shift(&condition->set, 0 - question->values->nodes[node->b].value));
}

static enum progress simplify_subtract(struct question *question, const struct node *node)
{
    struct condition *condition = question->condition;

    if (value_is_constant(question->values, node->a)) {
        condition->a = node->b;
        return done(set_reflect(&condition->set, question->values->nodes[node->a].value));
    }
    if (is_zero(&condition->set) || is_not_zero(question))
        return become_pair(question, node->a, node->b);
    return STUCK;
}

/* Each number of a small set with bits flipped. */
static bool flip_points(struct number_set *set, uint32_t bits)
{
    struct number_set old;

    set_copy(&old, set->intervals, set->n);
    set_clear(set);
    for (unsigned i = 0; i < old.n; i++) {
        for (uint32_t n = old.intervals[i].low;; n++) {
            if (!set_insert(set, n ^ bits, n ^ bits))
                return false;
            if (n == old.intervals[i].high)
                break;
        }
    }
    return true;
}

/* Flipping bits of a set of numbers up to high; the outcome may be above. */
static enum progress flip(struct number_set *set, uint32_t bits, uint32_t high)
{
    struct number_set rest;

    if (bits == ALL_BITS)
        return done(set_reflect(set, ALL_BITS));
    if (bits == SIGN_BIT)
        return done(set_shift(set, SIGN_BIT));
    if (set_count(set) <= SET_MAX)
        return done(flip_points(set, bits));
    set_copy(&rest, set->intervals, set->n);
    if (!set_complement(&rest, high) || set_count(&rest) > SET_MAX)
        return STUCK;
    set_copy(set, rest.intervals, rest.n);
    return done(flip_points(set, bits) && set_complement(set, ALL_BITS));
}

/* Whether a value is negative, as a condition on something simpler. */
static enum verdict ask_sign(const struct question *question, value_t value,
                             struct condition *condition)
{
    struct question sign = {question->values, question->known, condition, question->depth + 1};

    condition->a = value;
    set_range(&condition->set, SIGN_BIT, ALL_BITS);
    return simplify(&sign);
}

/* Two signs combined, of which one may be certain. */
static enum verdict combine(const struct question *question, bool both, enum verdict first,
                            enum verdict second, const struct condition *other)
{
    struct condition *condition = question->condition;
    enum verdict settled = both ? VERDICT_NEVER : VERDICT_ALWAYS;

    if (first == VERDICT_UNKNOWN || second == VERDICT_UNKNOWN)
        return VERDICT_UNKNOWN;
    if (first == settled || second == settled)
        return settled;
    if (second != VERDICT_DEPENDS)
        return first;
    if (first != VERDICT_DEPENDS) {
        condition_copy(condition, other);
        return second;
    }
    if (!condition_alike(condition, other) ||
        !(both ? condition_intersect(condition, other) : condition_unite(condition, other)))
        return VERDICT_UNKNOWN;
    return condition_verdict(question->values, condition);
}

/*
 * The sign of values combined bit by bit, all of which turn out to be about the same: how gcc compares
 * with constants without a branch.
 */
static enum progress combine_signs(struct question *question, const struct node *node)
{
    struct condition *condition = question->condition, other;
    bool negate = !is_negative(&condition->set);
    value_t combined = condition->a;
    enum verdict first, verdict;

    if (question->depth >= DEPTH_MAX)
        return FAILED;
    first = ask_sign(question, node->a, condition);
    verdict = combine(question, node->kind == NODE_AND, first, ask_sign(question, node->b, &other),
                      &other);
    if (verdict == VERDICT_UNKNOWN)
        return FAILED;
    if (verdict == VERDICT_DEPENDS)
        return done(!negate || condition_negate(question->values, condition));
    condition->a = combined;
    condition->b = NO_VALUE;
    if ((verdict == VERDICT_ALWAYS) != negate)
        set_range(&condition->set, 0, largest(question->values, combined));
    else
        set_clear(&condition->set);
    return SIMPLER;
}

static enum progress simplify_logical(struct question *question, const struct node *node)
{
    struct condition *condition = question->condition;

    if (node->kind == NODE_XOR && value_is_constant(question->values, node->b)) {
        enum progress progress = flip(&condition->set, question->values->nodes[node->b].value,
                                      largest(question->values, condition->a));

        if (progress == SIMPLER)
            condition->a = node->a;
        return progress;
    }
    if (node->kind == NODE_XOR && (is_zero(&condition->set) || is_not_zero(question)))
        return become_pair(question, node->a, node->b);
    if (is_about_sign(&condition->set) && node->kind != NODE_XOR) {
        struct condition kept;

        condition_copy(&kept, condition);
        if (combine_signs(question, node) == SIMPLER)
            return SIMPLER;
        condition_copy(condition, &kept);
    }
    return STUCK;
}

/* ---- fields ---- */

/* Numbers whose low bits are dropped by a shift to the right are in the set afterwards. */
static void shift_set_left(struct number_set *set, unsigned shift)
{
    for (unsigned i = 0; i < set->n; i++) {
        set->intervals[i].low <<= shift;
        set->intervals[i].high = set->intervals[i].high << shift | ((1u << shift) - 1);
    }
}

/* The other way: of numbers whose low bits are 0. */
static bool shift_set_right(struct number_set *set, unsigned shift)
{
    struct number_set old;
    uint32_t low_bits = (1u << shift) - 1;

    set_copy(&old, set->intervals, set->n);
    set_clear(set);
    for (unsigned i = 0; i < old.n; i++) {
        uint32_t low = (old.intervals[i].low >> shift) + ((old.intervals[i].low & low_bits) != 0);
        uint32_t high = old.intervals[i].high >> shift;

        if (low <= high && !set_insert(set, low, high))
            return false;
    }
    return true;
}

/* What a shift of a constant by a value makes, masked, as a set of the values. */
static enum progress simplify_shift(struct question *question, value_t shift_value, unsigned rotate,
                                    uint32_t mask)
{
    struct condition *condition = question->condition;
    const struct node *shift = &question->values->nodes[shift_value];
    struct number_set set;
    uint32_t number = question->values->nodes[shift->a].value;
    bool zero = set_has(&condition->set, 0);

    if (!value_is_constant(question->values, shift->a))
        return STUCK;
    if (largest(question->values, shift->b) > 63 && !is_within(question, shift->b, 63))
        return STUCK;
    set_clear(&set);
    for (unsigned i = 0; i < 32; i++) {
        uint32_t shifted = shift->kind == NODE_SHIFT_LEFT ? number << i : number >> i;

        if (set_has(&condition->set, rotate_left(shifted, rotate) & mask) &&
            !set_insert(&set, i, i))
            return FAILED;
    }
    if (zero && !set_insert(&set, 32, 63))
        return FAILED;
    condition->a = shift->b;
    set_copy(&condition->set, set.intervals, set.n);
    return SIMPLER;
}

/* (x + c) of which only the low bits are kept: a set of the low bits of x. */
static enum progress simplify_low_sum(struct question *question, const struct node *node)
{
    struct condition *condition = question->condition;
    struct values *values = question->values;
    const struct node *sum = &values->nodes[node->a];
    value_t low;
    uint32_t number;

    if (sum->kind != NODE_ADD || !value_is_constant(values, sum->b))
        return STUCK;
    number = (0 - values->nodes[sum->b].value) & node->value;
    low = value_rotate_mask(values, sum->a, 0, node->value);
    if (low == VALUE_UNKNOWN)
        return FAILED;
    /* Modulo mask + 1: those that come out above it begin at 0 again. */
    if (number != 0) {
        struct number_set old;

        set_copy(&old, condition->set.intervals, condition->set.n);
        set_clear(&condition->set);
        for (unsigned i = 0; i < old.n; i++) {
            uint32_t from = (old.intervals[i].low + number) & node->value;
            uint32_t to = (old.intervals[i].high + number) & node->value;
            bool fits = from <= to ? set_insert(&condition->set, from, to)
                                   : set_insert(&condition->set, from, node->value) &&
                                         set_insert(&condition->set, 0, to);

            if (!fits)
                return FAILED;
        }
    }
    condition->a = low;
    return SIMPLER;
}

/* Each number of a small set with and without the bits that are missing in it. */
static bool fill_holes(struct number_set *set, uint32_t holes)
{
    struct number_set old;

    set_copy(&old, set->intervals, set->n);
    set_clear(set);
    for (unsigned i = 0; i < old.n; i++) {
        for (uint32_t n = old.intervals[i].low; n <= old.intervals[i].high; n++) {
            for (uint32_t some = holes; (n & holes) == 0; some = (some - 1) & holes) {
                if (!set_insert(set, n | some, n | some))
                    return false;
                if (some == 0)
                    break;
            }
        }
    }
    return true;
}

/* A mask that leaves out one or two bits: a few numbers, or all but a few. */
static enum progress simplify_holes(struct question *question, const struct node *node)
{
    struct condition *condition = question->condition;
    uint32_t bits = question->values->bits[node->a], holes = bits & ~node->value;
    uint32_t rest = holes & (holes - 1);
    struct number_set set;
    bool all_but;

    if (node->shift != 0 || holes == 0 || (rest & (rest - 1)) != 0)
        return STUCK;
    set_copy(&set, condition->set.intervals, condition->set.n);
    all_but = set_count(&set) > POINTS_MAX;
    if (all_but && (!set_complement(&set, node->value) || set_count(&set) > POINTS_MAX))
        return STUCK;
    if (!fill_holes(&set, holes) || (all_but && !set_complement(&set, bits)))
        return FAILED;
    condition->a = node->a;
    set_copy(&condition->set, set.intervals, set.n);
    return SIMPLER;
}

/* Some bits of what a constant and a value of one bit make: that is 0, 1, both or neither. */
static enum progress simplify_one_bit(struct question *question, const struct node *node)
{
    struct condition *condition = question->condition;
    const struct values *values = question->values;
    const struct node *of = &values->nodes[node->a];
    bool sum = of->kind == NODE_ADD && value_is_constant(values, of->b);
    bool difference = of->kind == NODE_SUBTRACT && value_is_constant(values, of->a);
    value_t bit = sum ? of->a : of->b;
    struct number_set set;
    uint32_t from;

    if ((!sum && !difference) || values->bits[bit] != 1)
        return STUCK;
    from = values->nodes[sum ? of->b : of->a].value;
    set_clear(&set);
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t made = rotate_left(sum ? from + i : from - i, node->shift) & node->value;

        if (set_has(&condition->set, made) && !set_insert(&set, i, i))
            return FAILED;
    }
    condition->a = bit;
    set_copy(&condition->set, set.intervals, set.n);
    return SIMPLER;
}

static bool is_low_mask(uint32_t mask)
{
    return (mask & (mask + 1)) == 0;
}

/* A field is looked at as a number from 0 on. */
static enum progress move_field(struct question *question, const struct node *node)
{
    struct condition *condition = question->condition;
    unsigned shift = (unsigned)__builtin_ctz(node->value);
    value_t field = value_rotate_mask(question->values, node->a, (node->shift + 32 - shift) & 31,
                                      node->value >> shift);

    if (field == VALUE_UNKNOWN || !shift_set_right(&condition->set, shift))
        return FAILED;
    condition->a = field;
    return SIMPLER;
}

static enum progress simplify_field(struct question *question, const struct node *node)
{
    struct condition *condition = question->condition;
    const struct values *values = question->values;
    const struct node *of = &values->nodes[node->a];
    unsigned right = (32 - node->shift) & 31; /* if it is a shift to the right */
    enum progress progress;

    if (of->kind == NODE_SHIFT_LEFT || of->kind == NODE_SHIFT_RIGHT)
        return simplify_shift(question, node->a, node->shift, node->value);
    if (right != 0 && node->value == values->bits[node->a] >> right &&
        (right == 31 || of->kind == NODE_LEADING_ZEROS)) {
        condition->a = node->a;
        shift_set_left(&condition->set, right);
        return SIMPLER;
    }
    progress = simplify_one_bit(question, node);
    if (progress != STUCK)
        return progress;
    if (node->shift == 0 && is_low_mask(node->value)) {
        if (is_within(question, node->a, node->value)) {
            condition->a = node->a;
            return SIMPLER;
        }
        progress = simplify_low_sum(question, node);
        if (progress != STUCK)
            return progress;
    }
    progress = simplify_holes(question, node);
    if (progress != STUCK)
        return progress;
    if ((node->value & 1) == 0 && is_low_mask(node->value >> __builtin_ctz(node->value)))
        return move_field(question, node);
    return STUCK;
}

/* ---- the rest ---- */

static enum progress simplify_shift_signed(struct question *question, const struct node *node)
{
    struct condition *condition = question->condition;
    uint32_t most = ALL_BITS >> node->shift >> 1;
    struct number_set possible;

    /* In order of signed numbers, what can come out is one interval. */
    set_range(&possible, 0, 2 * most + 1);
    if (!set_shift(&condition->set, most + 1) || !set_intersect(&condition->set, &possible))
        return FAILED;
    shift_set_left(&condition->set, node->shift);
    condition->a = node->a;
    return done(set_shift(&condition->set, SIGN_BIT));
}

static enum progress simplify_leading_zeros(struct question *question, const struct node *node)
{
    struct condition *condition = question->condition;
    struct number_set old;

    set_clip(&condition->set, 32);
    set_copy(&old, condition->set.intervals, condition->set.n);
    set_clear(&condition->set);
    for (unsigned i = 0; i < old.n; i++) {
        uint32_t low = old.intervals[i].low, high = old.intervals[i].high;
        uint32_t from = high == 32 ? 0 : SIGN_BIT >> high;
        uint32_t to = low == 32 ? 0 : ALL_BITS >> low;

        if (!set_insert(&condition->set, from, to))
            return FAILED;
    }
    condition->a = node->a;
    return SIMPLER;
}

static enum progress simplify_test(struct question *question, const struct node *node)
{
    struct condition *condition = question->condition;
    unsigned outcomes = is_zero(&condition->set) ? OUTCOME_ALL & ~node->width : node->width;
    struct node test = *node;

    condition->set.n = 0;
    condition->a = test.a;
    condition->b = test.b;
    condition->outcomes = (uint8_t)outcomes;
    condition->is_signed = test.is_signed;
    return SIMPLER;
}

static enum progress simplify_node(struct question *question)
{
    const struct node node = question->values->nodes[question->condition->a];

    switch (node.kind) {
    case NODE_CONSTANT:
        if (set_has(&question->condition->set, node.value))
            set_range(&question->condition->set, 0,
                      largest(question->values, question->condition->a));
        else
            set_clear(&question->condition->set);
        return SIMPLER;
    case NODE_ADD:
        return simplify_add(question, &node);
    case NODE_SUBTRACT:
        return simplify_subtract(question, &node);
    case NODE_AND:
    case NODE_OR:
    case NODE_XOR:
        return simplify_logical(question, &node);
    case NODE_ROTATE_MASK:
        return simplify_field(question, &node);
    case NODE_SHIFT_RIGHT_SIGNED:
        return simplify_shift_signed(question, &node);
    case NODE_LEADING_ZEROS:
        return simplify_leading_zeros(question, &node);
    case NODE_SHIFT_LEFT:
    case NODE_SHIFT_RIGHT:
        return simplify_shift(question, question->condition->a, 0, ALL_BITS);
    case NODE_TEST:
        return simplify_test(question, &node);
    case NODE_FRAME:
    case NODE_CONDITIONS:
        return FAILED;
    default:
        return STUCK;
    }
}

/* The numbers that two values with one constant among them must be: a set of the other. */
static void become_set(struct condition *condition, value_t value, uint32_t number,
                       unsigned outcomes)
{
    uint32_t bias = condition->is_signed ? SIGN_BIT : 0;

    number ^= bias;
    set_clear(&condition->set);
    if ((outcomes & OUTCOME_LT) != 0 && number != 0)
        set_insert(&condition->set, 0, number - 1);
    if ((outcomes & OUTCOME_EQ) != 0)
        set_insert(&condition->set, number, number);
    if ((outcomes & OUTCOME_GT) != 0 && number != ALL_BITS)
        set_insert(&condition->set, number + 1, ALL_BITS);
    set_shift(&condition->set, bias);
    condition->a = value;
    condition->b = NO_VALUE;
    condition->outcomes = 0;
    condition->is_signed = false;
}

/* A pair in order of its values; or what is no pair. */
static void settle_pair(const struct values *values, struct condition *condition)
{
    value_t a = condition->a, b = condition->b;
    unsigned outcomes = condition->outcomes;

    if (value_is_constant(values, b)) {
        become_set(condition, a, values->nodes[b].value, outcomes);
    } else if (value_is_constant(values, a)) {
        become_set(condition, b, values->nodes[a].value, outcomes_mirrored(outcomes));
    } else if (a == b) {
        condition->outcomes = (outcomes & OUTCOME_EQ) != 0 ? OUTCOME_ALL : 0;
    } else if (a > b) {
        condition->a = b;
        condition->b = a;
        condition->outcomes = (uint8_t)outcomes_mirrored(outcomes);
    }
    if (condition->outcomes == OUTCOME_EQ || condition->outcomes == (OUTCOME_LT | OUTCOME_GT))
        condition->is_signed = false;
}

static bool is_public(const struct values *values, value_t value)
{
    return !values->is_private[value];
}

static enum verdict pair_verdict(const struct values *values, const struct condition *condition)
{
    enum verdict verdict = condition_verdict(values, condition);

    if (verdict == VERDICT_DEPENDS &&
        !(is_public(values, condition->a) && is_public(values, condition->b)))
        return VERDICT_UNKNOWN;
    return verdict;
}

static enum verdict simplify(struct question *question)
{
    struct condition *condition = question->condition;

    condition->b = NO_VALUE;
    condition->outcomes = 0;
    condition->is_signed = false;
    for (unsigned i = 0; i < STEPS_MAX; i++) {
        enum progress progress;
        enum verdict verdict;

        if (condition->b != NO_VALUE) {
            settle_pair(question->values, condition);
            if (condition->b != NO_VALUE)
                return pair_verdict(question->values, condition);
        }
        set_clip(&condition->set, largest(question->values, condition->a));
        verdict = condition_verdict(question->values, condition);
        if (verdict != VERDICT_DEPENDS)
            return verdict;
        progress = simplify_node(question);
        if (progress == STUCK)
            return is_public(question->values, condition->a) ? VERDICT_DEPENDS : VERDICT_UNKNOWN;
        if (progress == FAILED)
            return VERDICT_UNKNOWN;
    }
    return VERDICT_UNKNOWN;
}

enum verdict condition_of_set(struct values *values, const struct known *known, value_t value,
                              struct condition *condition)
{
    struct question question = {values, known, condition, 0};

    if (value == VALUE_UNKNOWN)
        return VERDICT_UNKNOWN;
    condition->a = value;
    return simplify(&question);
}

enum verdict condition_of_outcomes(struct values *values, const struct known *known, value_t a,
                                   value_t b, unsigned outcomes, bool is_signed,
                                   struct condition *condition)
{
    if (a == VALUE_UNKNOWN || b == VALUE_UNKNOWN || value_is(values, a, NODE_FRAME) ||
        value_is(values, b, NODE_FRAME))
        return VERDICT_UNKNOWN;
    condition->a = a;
    condition->b = b;
    condition->outcomes = (uint8_t)outcomes;
    condition->is_signed = is_signed;
    settle_pair(values, condition);
    if (condition->b != NO_VALUE)
        return pair_verdict(values, condition);
    return condition_of_set(values, known, condition->a, condition);
}

/* ---- conditions together ---- */

bool condition_negate(const struct values *values, struct condition *condition)
{
    if (condition->b == NO_VALUE)
        return set_complement(&condition->set, largest(values, condition->a));
    condition->outcomes ^= OUTCOME_ALL;
    return true;
}

static bool has_no_order(const struct condition *condition)
{
    return condition->outcomes == OUTCOME_EQ || condition->outcomes == (OUTCOME_LT | OUTCOME_GT);
}

bool condition_alike(const struct condition *a, const struct condition *b)
{
    return a->a == b->a && a->b == b->b &&
           (a->b == NO_VALUE || a->is_signed == b->is_signed || has_no_order(a) || has_no_order(b));
}

static void agree_on_sign(struct condition *condition, const struct condition *other)
{
    if (has_no_order(condition))
        condition->is_signed = other->is_signed;
}

bool condition_unite(struct condition *condition, const struct condition *other)
{
    if (condition->b == NO_VALUE)
        return set_unite(&condition->set, &other->set);
    agree_on_sign(condition, other);
    condition->outcomes |= other->outcomes;
    return true;
}

bool condition_intersect(struct condition *condition, const struct condition *other)
{
    if (condition->b == NO_VALUE)
        return set_intersect(&condition->set, &other->set);
    agree_on_sign(condition, other);
    condition->outcomes &= other->outcomes;
    return true;
}

bool condition_equal(const struct condition *a, const struct condition *b)
{
    if (a->a != b->a || a->b != b->b)
        return false;
    if (a->b == NO_VALUE)
        return set_equal(&a->set, &b->set);
    return a->outcomes == b->outcomes && a->is_signed == b->is_signed;
}
