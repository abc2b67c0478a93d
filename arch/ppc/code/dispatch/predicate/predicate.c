/*
 * What a walk of a guard has found, as a predicate. See predicate.h.
 */
#include "arch/ppc/code/dispatch/predicate/predicate.h"

#include <string.h>

#include "arch/ppc/code/dispatch/predicate/walk.h"

#define ALL_BITS 0xffffffffu
#define SIGN_BIT 0x80000000u

/* What is being written: conditions, then tests whose values are still the walk's. */
struct draft {
    struct walk *walk;
    struct predicate *predicate;
    bool never;
    bool failed;
    uint8_t n_among;
};

static void append(struct draft *draft, const struct condition *condition)
{
    struct conjunction *all = &draft->walk->result;
    struct condition other;

    for (unsigned i = 0; i < all->n; i++) {
        if (!held_is_alike(&all->conditions[i], condition))
            continue;
        path_recall(draft->walk, &all->conditions[i], &other);
        if (!condition_alike(&other, condition))
            continue;
        if (!condition_intersect(&other, condition))
            draft->failed = true;
        else if (condition_verdict(&draft->walk->values, &other) == VERDICT_NEVER)
            draft->never = true;
        else
            path_hold(draft->walk, &other, &all->conditions[i]);
        return;
    }
    if (all->n == PREDICATE_TESTS)
        draft->failed = true;
    else
        path_hold(draft->walk, condition, &all->conditions[all->n++]);
}

static void split(struct draft *draft, const struct condition *condition, unsigned depth);

/* That a value is 0, or is not. */
static void append_part(struct draft *draft, value_t value, bool zero, unsigned depth)
{
    struct condition part;

    set_range(&part.set, zero ? 0 : 1, zero ? 0 : ALL_BITS);
    switch (condition_of_set(&draft->walk->values, &draft->walk->known, value, &part)) {
    case VERDICT_NEVER:
        draft->never = true;
        break;
    case VERDICT_ALWAYS:
        break;
    case VERDICT_DEPENDS:
        split(draft, &part, depth + 1);
        break;
    default:
        draft->failed = true;
    }
}

#define SPLITS_MAX 4

/* a | b is 0 if both are; the bit that a & b can have is set if it is in both. */
static void split(struct draft *draft, const struct condition *condition, unsigned depth)
{
    struct values *values = &draft->walk->values;
    uint32_t bits = values->bits[condition->a];
    struct node node = values->nodes[condition->a];
    bool is_set = condition->b == NO_VALUE && depth < SPLITS_MAX;

    if (is_set && node.kind == NODE_OR && set_is_range(&condition->set, 0, 0)) {
        append_part(draft, node.a, true, depth);
        append_part(draft, node.b, true, depth);
    } else if (is_set && node.kind == NODE_AND && (bits & (bits - 1)) == 0 &&
               !set_has(&condition->set, 0)) {
        append_part(draft, value_rotate_mask(values, node.a, 0, bits), false, depth);
        append_part(draft, value_rotate_mask(values, node.b, 0, bits), false, depth);
    } else {
        append(draft, condition);
    }
}

static bool may_split(const struct draft *draft)
{
    const struct conjunction *all = &draft->walk->result;

    for (unsigned i = 0; i < all->n; i++) {
        unsigned kind = draft->walk->values.nodes[all->conditions[i].a].kind;

        if (kind == NODE_OR || kind == NODE_AND)
            return true;
    }
    return false;
}

static void split_all(struct draft *draft)
{
    struct conjunction whole = draft->walk->result;
    struct condition condition;

    draft->walk->result.n = 0;
    for (unsigned i = 0; i < whole.n && !draft->failed; i++) {
        path_recall(draft->walk, &whole.conditions[i], &condition);
        split(draft, &condition, 0);
    }
}

static struct predicate_test *add_test(struct draft *draft, value_t a)
{
    struct predicate *predicate = draft->predicate;
    struct predicate_test *test = &predicate->tests[predicate->n_tests];

    if (predicate->n_tests == PREDICATE_TESTS) {
        draft->failed = true;
        return NULL;
    }
    predicate->n_tests++;
    *test = (struct predicate_test){.a = a};
    return test;
}

static void test_relation(struct draft *draft, value_t a, enum relation relation, uint32_t value,
                          bool is_signed)
{
    struct predicate_test *test = add_test(draft, a);

    if (test == NULL)
        return;
    test->relation = (uint8_t)relation;
    test->is_signed = is_signed;
    test->b = value_constant(&draft->walk->values, value);
}

/* The largest number that stands in an instruction as it is. */
static bool is_short(uint32_t value, bool is_signed)
{
    return is_signed ? value + 0x8000 <= 0xffff : value <= 0xffff;
}

/* Up to a number that is not the last one. */
static void test_up_to(struct draft *draft, value_t a, uint32_t high, bool is_signed)
{
    if (is_short(high + 1, is_signed))
        test_relation(draft, a, RELATION_LT, high + 1, is_signed);
    else
        test_relation(draft, a, RELATION_LE, high, is_signed);
}

/* From a number on that is not the first one. */
static void test_from(struct draft *draft, value_t a, uint32_t low, bool is_signed)
{
    if (is_short(low, is_signed))
        test_relation(draft, a, RELATION_GE, low, is_signed);
    else
        test_relation(draft, a, RELATION_GT, low - 1, is_signed);
}

static void test_among(struct draft *draft, value_t a, const struct number_set *set)
{
    struct predicate *predicate = draft->predicate;
    struct predicate_test *test = add_test(draft, a);

    if (test == NULL)
        return;
    test->first = draft->n_among;
    for (unsigned i = 0; i < set->n; i++) {
        for (uint32_t n = set->intervals[i].low;; n++) {
            predicate->among[draft->n_among++] = n;
            test->n_among++;
            if (n == set->intervals[i].high)
                break;
        }
    }
}

/* Between two numbers, both included, or not. */
static void test_range(struct draft *draft, value_t a, const struct interval *interval, bool within)
{
    value_t from_low = value_add_constant(&draft->walk->values, a, 0 - interval->low);
    uint32_t length = interval->high - interval->low;

    if (within)
        test_up_to(draft, from_low, length, false);
    else
        test_from(draft, from_low, length + 1, false);
}

/* One test, if a set is all on one side of a number. */
static bool test_side(struct draft *draft, value_t a, const struct number_set *set, uint32_t bits)
{
    struct number_set moved;

    if (set_is_range(set, 0, SIGN_BIT - 1) || set_is_range(set, SIGN_BIT, ALL_BITS)) {
        test_relation(draft, a, set->intervals[0].low == 0 ? RELATION_GE : RELATION_LT, 0, true);
        return true;
    }
    if (set->n == 1 && set->intervals[0].low == 0) {
        test_up_to(draft, a, set->intervals[0].high, false);
        return true;
    }
    if (set->n == 1 && set->intervals[0].high == bits) {
        test_from(draft, a, set->intervals[0].low, false);
        return true;
    }
    set_copy(&moved, set->intervals, set->n);
    if (bits != ALL_BITS || !set_shift(&moved, SIGN_BIT) || moved.n != 1)
        return false;
    if (moved.intervals[0].low == 0)
        test_up_to(draft, a, moved.intervals[0].high ^ SIGN_BIT, true);
    else if (moved.intervals[0].high == ALL_BITS)
        test_from(draft, a, moved.intervals[0].low ^ SIGN_BIT, true);
    else
        return false;
    return true;
}

/* Out of every gap. */
static void test_gaps(struct draft *draft, value_t a, const struct number_set *gaps, uint32_t bits)
{
    for (unsigned i = 0; i < gaps->n && !draft->failed; i++) {
        const struct interval *gap = &gaps->intervals[i];

        if (gap->low == gap->high)
            test_relation(draft, a, RELATION_NE, gap->low, false);
        else if (gap->low == 0)
            test_from(draft, a, gap->high + 1, false);
        else if (gap->high == bits)
            test_up_to(draft, a, gap->low - 1, false);
        else
            test_range(draft, a, gap, false);
    }
}

static void test_set(struct draft *draft, value_t a, const struct number_set *set)
{
    uint32_t bits = draft->walk->values.bits[a], n = set_count(set);
    struct number_set gaps;

    set_copy(&gaps, set->intervals, set->n);
    if (!set_complement(&gaps, bits)) {
        draft->failed = true;
        return;
    }
    if (n == 1)
        test_relation(draft, a, RELATION_EQ, set->intervals[0].low, false);
    else if (set_count(&gaps) == 1)
        test_relation(draft, a, RELATION_NE, gaps.intervals[0].low, false);
    else if (test_side(draft, a, set, bits))
        return;
    else if (n <= (uint32_t)(PREDICATE_AMONG - draft->n_among))
        test_among(draft, a, set);
    else if (set->n == 1)
        test_range(draft, a, &set->intervals[0], true);
    else if (gaps.n == 1 && bits == ALL_BITS)
        test_range(draft, a,
                   &(struct interval){gaps.intervals[0].high + 1, gaps.intervals[0].low - 1}, true);
    else
        test_gaps(draft, a, &gaps, bits);
}

static const uint8_t relations[OUTCOME_ALL] = {
    [OUTCOME_LT] = RELATION_LT,
    [OUTCOME_EQ] = RELATION_EQ,
    [OUTCOME_GT] = RELATION_GT,
    [OUTCOME_LT | OUTCOME_EQ] = RELATION_LE,
    [OUTCOME_LT | OUTCOME_GT] = RELATION_NE,
    [OUTCOME_EQ | OUTCOME_GT] = RELATION_GE,
};

/* What is loaded through arguments stands before arguments, and those before words at constant addresses. */
static unsigned rank(const struct values *values, value_t value)
{
    const struct node *node = &values->nodes[value];

    return node->kind != NODE_LOAD ? 1 : values->nodes[node->a].kind == NODE_CONSTANT ? 2 : 0;
}

/* Whether two values stand the wrong way round: the order does not depend on which was met first. */
static bool is_reversed(const struct values *values, value_t a, value_t b)
{
    const struct node *first = &values->nodes[a], *second = &values->nodes[b];
    unsigned rank_a = rank(values, a), rank_b = rank(values, b);

    if (rank_a != rank_b)
        return rank_a > rank_b;
    if (first->kind != second->kind)
        return first->kind > second->kind;
    if (first->kind == NODE_LOAD && first->a != second->a &&
        values->nodes[first->a].kind == NODE_REGISTER &&
        values->nodes[second->a].kind == NODE_REGISTER)
        return values->nodes[first->a].a > values->nodes[second->a].a;
    if (first->a != second->a)
        return first->a > second->a;
    return (int32_t)first->value > (int32_t)second->value;
}

static void test_pair(struct draft *draft, const struct condition *condition)
{
    bool reversed = is_reversed(&draft->walk->values, condition->a, condition->b);
    struct predicate_test *test = add_test(draft, reversed ? condition->b : condition->a);
    unsigned outcomes = condition->outcomes;

    if (test == NULL)
        return;
    test->b = reversed ? condition->a : condition->b;
    test->relation = relations[reversed ? outcomes_mirrored(outcomes) : outcomes];
    test->is_signed = condition->is_signed;
}

static void write_tests(struct draft *draft)
{
    const struct conjunction *all = &draft->walk->result;
    struct condition condition;

    for (unsigned i = 0; i < all->n && !draft->failed; i++) {
        path_recall(draft->walk, &all->conditions[i], &condition);
        if (condition.b == NO_VALUE)
            test_set(draft, condition.a, &condition.set);
        else
            test_pair(draft, &condition);
    }
}

/* Which values the tests need, each made of earlier ones. */
static void mark_values(const struct draft *draft, bool needed[])
{
    const struct values *values = &draft->walk->values;

    memset(needed, 0, values->n);
    for (unsigned i = 0; i < draft->predicate->n_tests; i++) {
        needed[draft->predicate->tests[i].a] = true;
        if (draft->predicate->tests[i].n_among == 0)
            needed[draft->predicate->tests[i].b] = true;
    }
    for (unsigned i = values->n; i-- > 0;) {
        if (needed[i] && node_has_first(values->nodes[i].kind))
            needed[values->nodes[i].a] = true;
        if (needed[i] && node_has_second(values->nodes[i].kind))
            needed[values->nodes[i].b] = true;
    }
}

static bool write_node(struct predicate *predicate, const struct node *node,
                       const uint8_t numbers[])
{
    struct node *written = &predicate->nodes[predicate->n_nodes];

    if (predicate->n_nodes == PREDICATE_NODES || node->kind > NODE_SHIFT_RIGHT_SIGNED)
        return false;
    *written = *node;
    if (node_has_first(node->kind))
        written->a = numbers[node->a];
    if (node_has_second(node->kind))
        written->b = numbers[node->b];
    predicate->n_nodes++;
    return true;
}

static void write_nodes(struct draft *draft)
{
    struct predicate *predicate = draft->predicate;
    bool needed[VALUES_MAX];
    uint8_t numbers[VALUES_MAX];

    mark_values(draft, needed);
    for (unsigned i = 0; i < draft->walk->values.n; i++) {
        if (!needed[i])
            continue;
        numbers[i] = predicate->n_nodes;
        if (!write_node(predicate, &draft->walk->values.nodes[i], numbers)) {
            draft->failed = true;
            return;
        }
    }
    for (unsigned i = 0; i < predicate->n_tests; i++) {
        struct predicate_test *test = &predicate->tests[i];

        test->a = numbers[test->a];
        test->b = test->n_among == 0 ? numbers[test->b] : 0;
    }
}

static bool write_predicate(struct walk *walk, struct predicate *predicate)
{
    struct draft draft = {.walk = walk, .predicate = predicate, .never = walk->result.never};

    if (!draft.never && may_split(&draft))
        split_all(&draft);
    if (!draft.never && !draft.failed)
        write_tests(&draft);
    if (draft.failed || walk->failed || walk->values.overflow)
        return false;
    predicate->never = draft.never;
    if (draft.never)
        predicate->n_tests = 0;
    else
        write_nodes(&draft);
    return !draft.failed;
}

void predicate_find(const struct code_source *source, vaddr_t start, struct predicate *predicate)
{
    struct walk walk;

    predicate->known = predicate->never = false;
    predicate->n_nodes = predicate->n_tests = 0;
    walk.source = source;
    if (!source->procedure(source->context, start, &walk.procedure) ||
        walk.procedure.start != start || walk.procedure.import)
        return;
    walk_start(&walk, start);
    predicate->known = walk_all(&walk) && write_predicate(&walk, predicate);
    if (!predicate->known)
        predicate->n_nodes = predicate->n_tests = 0;
}
