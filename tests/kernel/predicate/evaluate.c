/* See evaluate.h. */
#include "tests/kernel/predicate/evaluate.h"

static bool evaluate(const struct predicate *predicate, const struct world *world, unsigned number,
                     uint32_t *value);

static uint32_t extend(uint32_t value, unsigned width)
{
    return width == 1 ? (uint32_t)(int8_t)value : width == 2 ? (uint32_t)(int16_t)value : value;
}

bool predicate_address(const struct predicate *predicate, const struct world *world,
                       unsigned number, uint32_t *address)
{
    const struct node *node = &predicate->nodes[number];

    if (node->kind != NODE_LOAD || !evaluate(predicate, world, node->a, address))
        return false;
    *address += node->value;
    return world->may_load(*address, node->width);
}

static bool load(const struct predicate *predicate, const struct world *world, unsigned number,
                 uint32_t *value)
{
    const struct node *node = &predicate->nodes[number];
    uint32_t address;

    if (!predicate_address(predicate, world, number, &address))
        return false;
    *value = 0;
    for (unsigned i = 0; i < node->width; i++)
        *value = *value << 8 | ((const volatile uint8_t *)address)[i];
    if (node->is_signed)
        *value = extend(*value, node->width);
    return true;
}

static uint32_t combine(unsigned kind, uint32_t a, uint32_t b)
{
    switch (kind) {
    case NODE_ADD:
        return a + b;
    case NODE_SUBTRACT:
        return a - b;
    case NODE_AND:
        return a & b;
    case NODE_OR:
        return a | b;
    default:
        return a ^ b;
    }
}

static bool evaluate(const struct predicate *predicate, const struct world *world, unsigned number,
                     uint32_t *value)
{
    const struct node *node = &predicate->nodes[number];
    uint32_t a, b;

    switch (node->kind) {
    case NODE_REGISTER:
        *value = world->arguments[node->a - 3];
        return true;
    case NODE_STACK:
        if (node->value >= 8 + 4 * N_STACKED)
            return false;
        *value = world->arguments[8 + (node->value - 8) / 4];
        return true;
    case NODE_CONSTANT:
        *value = node->value;
        return true;
    case NODE_LOAD:
        return load(predicate, world, number, value);
    case NODE_ROTATE_MASK:
        if (!evaluate(predicate, world, node->a, &a))
            return false;
        *value =
            (a << node->shift | (node->shift != 0 ? a >> (32 - node->shift) : 0)) & node->value;
        return true;
    case NODE_SIGN_EXTEND:
        if (!evaluate(predicate, world, node->a, &a))
            return false;
        *value = extend(a, node->width);
        return true;
    case NODE_SHIFT_RIGHT_SIGNED:
        if (!evaluate(predicate, world, node->a, &a))
            return false;
        *value = (uint32_t)((int32_t)a >> node->shift);
        return true;
    default:
        if (!evaluate(predicate, world, node->a, &a) || !evaluate(predicate, world, node->b, &b))
            return false;
        *value = combine(node->kind, a, b);
        return true;
    }
}

static bool is_among(const struct predicate *predicate, const struct predicate_test *test,
                     uint32_t a)
{
    for (unsigned i = 0; i < test->n_among; i++) {
        if (predicate->among[test->first + i] == a)
            return true;
    }
    return false;
}

static bool compare(const struct predicate_test *test, uint32_t a, uint32_t b)
{
    bool less = test->is_signed ? (int32_t)a < (int32_t)b : a < b;

    switch (test->relation) {
    case RELATION_EQ:
        return a == b;
    case RELATION_NE:
        return a != b;
    case RELATION_LT:
        return less;
    case RELATION_GE:
        return !less;
    case RELATION_GT:
        return !less && a != b;
    default:
        return less || a == b;
    }
}

enum answer predicate_evaluate(const struct predicate *predicate, const struct world *world)
{
    if (predicate->never)
        return ANSWER_NO;
    for (unsigned i = 0; i < predicate->n_tests; i++) {
        const struct predicate_test *test = &predicate->tests[i];
        uint32_t a, b;
        bool holds;

        if (!evaluate(predicate, world, test->a, &a))
            return ANSWER_FAULT;
        if (test->n_among != 0) {
            holds = is_among(predicate, test, a);
        } else {
            if (!evaluate(predicate, world, test->b, &b))
                return ANSWER_FAULT;
            holds = compare(test, a, b);
        }
        if (!holds)
            return ANSWER_NO;
    }
    return ANSWER_YES;
}
