/* Code for the tests of a guard's predicate; see compiler.h. */
#include "arch/ppc/code/dispatch/compiler.h"

#define FITS_SIGNED(value) ((value) + 0x8000u < 0x10000u)
#define FITS_UNSIGNED(value) ((value) < 0x10000u)
#define ROTATED_LEFT(value, by) ((value) << (by) | (value) >> (-(by)&31))

static const struct node *node_of(const struct compiler *c, guard_t guard, unsigned node)
{
    return &compile_predicate(c, guard)->nodes[node];
}

/* The word that a leaf of an expression is, VIEW_CLOSURE or NO_VIEW. */
static unsigned word_of(struct compiler *c, guard_t guard, const struct node *node)
{
    const struct view *view =
        compile_view(c, (enum passing)compile_guard(c, guard)->passing, false);

    if (node->kind == NODE_REGISTER)
        return view->of_register[node->a];
    for (unsigned i = 0; i < c->n_words; i++)
        if (!PLACE_IS_REGISTER(view->places[i]) && PLACE_OFFSET(view->places[i]) == node->value)
            return i;
    return !PLACE_IS_REGISTER(view->closure) && PLACE_OFFSET(view->closure) == node->value
               ? VIEW_CLOSURE
               : NO_VIEW;
}

bool compile_fits(struct compiler *c, guard_t guard)
{
    const struct predicate *predicate = compile_predicate(c, guard);

    for (unsigned i = 0; i < predicate->n_nodes; i++) {
        const struct node *node = &predicate->nodes[i];

        if ((node->kind == NODE_REGISTER || node->kind == NODE_STACK) &&
            word_of(c, guard, node) == NO_VIEW)
            return false;
    }
    return true;
}

static bool is_binary(const struct node *node)
{
    return node->kind == NODE_ADD || node->kind == NODE_SUBTRACT || node->kind == NODE_AND ||
           node->kind == NODE_OR || node->kind == NODE_XOR;
}

static bool is_leaf(const struct node *node)
{
    return node->kind == NODE_REGISTER || node->kind == NODE_STACK || node->kind == NODE_CONSTANT;
}

/* ---- constants ---- */

static uint32_t evaluate(const struct node *node, uint32_t a, uint32_t b)
{
    switch (node->kind) {
    case NODE_ADD:
        return a + b;
    case NODE_SUBTRACT:
        return a - b;
    case NODE_AND:
        return a & b;
    case NODE_OR:
        return a | b;
    case NODE_XOR:
        return a ^ b;
    case NODE_ROTATE_MASK:
        return ROTATED_LEFT(a, node->shift) & node->value;
    case NODE_SIGN_EXTEND:
        return node->width == 1 ? (uint32_t)(int8_t)a : (uint32_t)(int16_t)a;
    default: /* NODE_SHIFT_RIGHT_SIGNED */
        return (uint32_t)((int32_t)a >> node->shift);
    }
}

/* Expressions are made of earlier nodes, so this ends. */
bool compile_node_constant(struct compiler *c, guard_t guard, unsigned node, uint32_t *value)
{
    const struct node *n = node_of(c, guard, node);
    uint32_t a, b = 0;

    if (n->kind == NODE_CONSTANT) {
        *value = n->value;
        return true;
    }
    if (n->kind == NODE_REGISTER || n->kind == NODE_STACK) {
        *value = compile_guard(c, guard)->closure;
        return word_of(c, guard, n) == VIEW_CLOSURE;
    }
    if (n->kind == NODE_LOAD || !compile_node_constant(c, guard, n->a, &a) ||
        (is_binary(n) && !compile_node_constant(c, guard, n->b, &b)))
        return false;
    *value = evaluate(n, a, b);
    return true;
}

bool compile_node_loads(struct compiler *c, guard_t guard, unsigned node)
{
    const struct node *n = node_of(c, guard, node);

    if (is_leaf(n))
        return false;
    return n->kind == NODE_LOAD || compile_node_loads(c, guard, n->a) ||
           (is_binary(n) && compile_node_loads(c, guard, n->b));
}

static bool same_operation(const struct node *one, const struct node *other)
{
    return one->kind == other->kind && one->width == other->width && one->shift == other->shift &&
           one->is_signed == other->is_signed && one->value == other->value;
}

bool compile_node_same(struct compiler *c, guard_t one, unsigned node, guard_t other,
                       unsigned other_node)
{
    const struct node *n = node_of(c, one, node), *o = node_of(c, other, other_node);
    uint32_t value, other_value;
    bool constant = compile_node_constant(c, one, node, &value);

    if (constant != compile_node_constant(c, other, other_node, &other_value))
        return false;
    if (constant)
        return value == other_value;
    if (is_leaf(n) || is_leaf(o))
        return is_leaf(n) && is_leaf(o) && word_of(c, one, n) == word_of(c, other, o);
    return same_operation(n, o) && compile_node_same(c, one, n->a, other, o->a) &&
           (!is_binary(n) || compile_node_same(c, one, n->b, other, o->b));
}

/* ---- values ---- */

static unsigned find_cached(struct compiler *c, guard_t guard, unsigned node, bool may_be_zero)
{
    for (unsigned i = may_be_zero ? 0 : 1; i < TEMPS; i++) {
        const struct temp *temp = &c->state.temps[i];

        if (temp->content == CONTENT_NODE &&
            ((temp->guard == guard && temp->node == node) ||
             compile_node_same(c, temp->guard, temp->node, guard, node)))
            return i;
    }
    return ~0u;
}

static uint32_t load_word(const struct node *n)
{
    if (n->width == 1)
        return WORD_LBZ;
    if (n->width == 2)
        return n->is_signed ? WORD_LHA : WORD_LHZ;
    return WORD_LWZ;
}

/* A displacement that does not fit goes into another register first. */
static unsigned load_base(struct compiler *c, guard_t guard, const struct node *n,
                          int32_t *displacement)
{
    uint32_t address;
    unsigned base, near;

    if (compile_node_constant(c, guard, n->a, &address))
        return temp_address(c, address + n->value, displacement);
    base = compile_node(c, guard, n->a, false);
    *displacement = (int16_t)n->value;
    if (FITS_SIGNED(n->value))
        return base;
    near = temp_take(c, false);
    compile_put(c, CODE_D(WORD_ADDIS, near, base, (n->value + 0x8000) >> 16));
    return near;
}

static unsigned put_load(struct compiler *c, guard_t guard, const struct node *n, bool may_be_zero)
{
    int32_t displacement;
    unsigned base = load_base(c, guard, n, &displacement);
    unsigned reg = temp_take(c, may_be_zero);

    compile_put(c, CODE_D(load_word(n), reg, base, (uint32_t)displacement));
    if (n->width == 1 && n->is_signed)
        compile_put(c, CODE_X(WORD_EXTSB, reg, reg, 0));
    return reg;
}

/* Where a run of ones, also around the end, begins and ends as rlwinm counts bits; false: it is none. */
static bool is_mask(uint32_t mask, unsigned *begin, unsigned *end)
{
    uint32_t inverse = ~mask;
    bool wraps = (mask & 0x80000001u) == 0x80000001u && inverse != 0;
    uint32_t run = wraps ? inverse : mask;
    unsigned first, last;

    if (run == 0 || ((run + (run & -run)) & run) != 0)
        return mask == 0xffffffffu ? (*begin = 0, *end = 31, true) : false;
    first = (unsigned)__builtin_clz(run);
    last = 31 - (unsigned)__builtin_ctz(run);
    *begin = wraps ? last + 1 : first;
    *end = wraps ? first - 1 : last;
    return true;
}

static unsigned put_rotate(struct compiler *c, guard_t guard, const struct node *n,
                           bool may_be_zero)
{
    unsigned a = compile_node(c, guard, n->a, true), reg, begin, end, mask;

    if (is_mask(n->value, &begin, &end)) {
        reg = temp_take(c, may_be_zero);
        compile_put(c, CODE_RLWINM(reg, a, n->shift, begin, end));
        return reg;
    }
    mask = temp_constant(c, n->value, true);
    reg = temp_take(c, may_be_zero);
    compile_put(c, CODE_RLWINM(reg, a, n->shift, 0, 31));
    compile_put(c, CODE_X(WORD_AND, reg, reg, mask));
    return reg;
}

static unsigned put_binary(struct compiler *c, guard_t guard, const struct node *n,
                           bool may_be_zero)
{
    static const uint32_t logical[] = {
        [NODE_AND] = WORD_AND, [NODE_OR] = WORD_OR, [NODE_XOR] = WORD_XOR};
    unsigned a, b, reg;
    uint32_t value;

    if (n->kind == NODE_ADD && compile_node_constant(c, guard, n->b, &value) &&
        FITS_SIGNED(value)) {
        a = compile_node(c, guard, n->a, false);
        reg = temp_take(c, may_be_zero);
        compile_put(c, CODE_D(WORD_ADDI, reg, a, value));
        return reg;
    }
    a = compile_node(c, guard, n->a, true);
    b = compile_node(c, guard, n->b, true);
    reg = temp_take(c, may_be_zero);
    if (n->kind == NODE_ADD)
        compile_put(c, CODE_X(WORD_ADD, reg, a, b));
    else if (n->kind == NODE_SUBTRACT)
        compile_put(c, CODE_X(WORD_SUBF, reg, b, a));
    else
        compile_put(c, CODE_X(logical[n->kind], a, reg, b));
    return reg;
}

static unsigned put_unary(struct compiler *c, guard_t guard, const struct node *n, bool may_be_zero)
{
    unsigned a = compile_node(c, guard, n->a, true), reg = temp_take(c, may_be_zero);

    if (n->kind == NODE_SHIFT_RIGHT_SIGNED)
        compile_put(c, CODE_X(WORD_SRAWI, a, reg, n->shift));
    else
        compile_put(c, CODE_X(n->width == 1 ? WORD_EXTSB : WORD_EXTSH, a, reg, 0));
    return reg;
}

static unsigned put_node(struct compiler *c, guard_t guard, const struct node *n, bool may_be_zero)
{
    if (n->kind == NODE_LOAD)
        return put_load(c, guard, n, may_be_zero);
    if (n->kind == NODE_ROTATE_MASK)
        return put_rotate(c, guard, n, may_be_zero);
    return is_binary(n) ? put_binary(c, guard, n, may_be_zero)
                        : put_unary(c, guard, n, may_be_zero);
}

unsigned compile_node(struct compiler *c, guard_t guard, unsigned node, bool may_be_zero)
{
    const struct node *n = node_of(c, guard, node);
    uint32_t value;
    unsigned reg;

    if (compile_node_constant(c, guard, node, &value))
        return temp_constant(c, value, may_be_zero);
    if (is_leaf(n))
        return word_register(c, word_of(c, guard, n));
    reg = find_cached(c, guard, node, may_be_zero);
    if (reg == ~0u) {
        reg = put_node(c, guard, n, may_be_zero);
        c->state.temps[reg] = (struct temp){.content = CONTENT_NODE,
                                            .node = (uint8_t)node,
                                            .guard = guard,
                                            .loads = compile_node_loads(c, guard, node)};
    }
    temp_pin(c, reg);
    return reg;
}

/* ---- comparisons ---- */

/* Sets CR0 for equal or not; of a constant that has no short form, by its difference. */
void compile_compare_equal(struct compiler *c, unsigned reg, uint32_t value)
{
    unsigned difference;

    if (FITS_SIGNED(value)) {
        compile_put(c, CODE_D(WORD_CMPI, 0, reg, value));
    } else if (FITS_UNSIGNED(value)) {
        compile_put(c, CODE_D(WORD_CMPLI, 0, reg, value));
    } else {
        difference = temp_take(c, true);
        compile_put(c, CODE_D(WORD_XORIS, reg, difference, value >> 16));
        compile_put(c, CODE_D(WORD_CMPLI, 0, difference, value));
    }
}

static void compare_order(struct compiler *c, unsigned reg, uint32_t value, bool is_signed)
{
    if (is_signed && FITS_SIGNED(value))
        compile_put(c, CODE_D(WORD_CMPI, 0, reg, value));
    else if (!is_signed && FITS_UNSIGNED(value))
        compile_put(c, CODE_D(WORD_CMPLI, 0, reg, value));
    else
        compile_put(
            c, CODE_X(is_signed ? WORD_CMP : WORD_CMPL, 0, reg, temp_constant(c, value, true)));
}

/* Bits of a word against 0: the mask compares by itself. */
static bool compare_bits(struct compiler *c, guard_t guard, unsigned node)
{
    const struct node *n = node_of(c, guard, node);
    unsigned begin, end, a;

    if (n->kind != NODE_ROTATE_MASK || !is_mask(n->value, &begin, &end) ||
        find_cached(c, guard, node, true) != ~0u)
        return false;
    a = compile_node(c, guard, n->a, true);
    compile_put(c, CODE_RLWINM(temp_take(c, true), a, n->shift, begin, end) | WORD_RC);
    return true;
}

static void compare(struct compiler *c, guard_t guard, const struct predicate_test *test)
{
    bool equality = test->relation == RELATION_EQ || test->relation == RELATION_NE;
    uint32_t value;
    unsigned a, b;

    if (!compile_node_constant(c, guard, test->b, &value)) {
        a = compile_node(c, guard, test->a, true);
        b = compile_node(c, guard, test->b, true);
        compile_put(c, CODE_X(test->is_signed ? WORD_CMP : WORD_CMPL, 0, a, b));
    } else if (!equality) {
        compare_order(c, compile_node(c, guard, test->a, true), value, test->is_signed);
    } else if (value != 0 || !compare_bits(c, guard, test->a)) {
        compile_compare_equal(c, compile_node(c, guard, test->a, true), value);
    }
}

static bool holds(const struct predicate_test *test, uint32_t a, uint32_t b)
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
    default: /* RELATION_LE */
        return less || a == b;
    }
}

/* The branch that is taken if the relation does not hold. */
static uint32_t branch_unless(unsigned relation)
{
    static const uint32_t branches[] = {
        [RELATION_EQ] = CODE_BC(IF_FALSE, BIT_EQ), [RELATION_NE] = CODE_BC(IF_TRUE, BIT_EQ),
        [RELATION_LT] = CODE_BC(IF_FALSE, BIT_LT), [RELATION_GE] = CODE_BC(IF_TRUE, BIT_LT),
        [RELATION_GT] = CODE_BC(IF_FALSE, BIT_GT), [RELATION_LE] = CODE_BC(IF_TRUE, BIT_GT),
    };

    return branches[relation];
}

static void test_among(struct compiler *c, guard_t guard, const struct predicate_test *test,
                       struct label *no)
{
    const uint32_t *among = compile_predicate(c, guard)->among + test->first;
    unsigned a = compile_node(c, guard, test->a, true);
    struct label yes;

    label_init(&yes);
    for (unsigned i = 0; i + 1 < test->n_among; i++) {
        compile_compare_equal(c, a, among[i]);
        label_branch(c, &yes, CODE_BC(IF_TRUE, BIT_EQ));
    }
    compile_compare_equal(c, a, among[test->n_among - 1]);
    label_branch(c, no, branch_unless(RELATION_EQ));
    label_place(c, &yes);
}

static bool is_among(const struct compiler *c, guard_t guard, const struct predicate_test *test,
                     uint32_t a)
{
    for (unsigned i = 0; i < test->n_among; i++)
        if (compile_predicate(c, guard)->among[test->first + i] == a)
            return true;
    return false;
}

/* Known already: nothing, or a branch that is always taken. */
static bool fold(struct compiler *c, guard_t guard, const struct predicate_test *test,
                 struct label *no)
{
    uint32_t a, b = 0;

    if (!compile_node_constant(c, guard, test->a, &a) ||
        (test->n_among == 0 && !compile_node_constant(c, guard, test->b, &b)))
        return false;
    if (test->n_among != 0 ? !is_among(c, guard, test, a) : !holds(test, a, b))
        label_branch(c, no, WORD_B);
    return true;
}

void compile_tests(struct compiler *c, guard_t guard, unsigned first, unsigned n, struct label *no)
{
    for (unsigned i = first; i < first + n; i++) {
        const struct predicate_test *test = &compile_predicate(c, guard)->tests[i];

        if (!c->state.reachable || fold(c, guard, test, no))
            continue;
        if (test->n_among != 0) {
            test_among(c, guard, test, no);
        } else {
            compare(c, guard, test);
            label_branch(c, no, branch_unless(test->relation));
        }
        c->pinned = 0;
    }
}
