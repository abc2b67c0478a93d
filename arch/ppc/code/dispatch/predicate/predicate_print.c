/* Predicates as text. See predicate.h. */
#include <stdarg.h>
#include <stdio.h>

#include "arch/ppc/code/dispatch/predicate/predicate.h"

/* Text that may be longer than there is room. */
struct text {
    char *start;
    size_t size, length;
};

__attribute__((format(printf, 2, 3))) static void print(struct text *text, const char *format, ...)
{
    size_t room = text->length < text->size ? text->size - text->length : 0;
    va_list arguments;
    int n;

    va_start(arguments, format);
    n = vsnprintf(room != 0 ? text->start + text->length : NULL, room, format, arguments);
    va_end(arguments);
    text->length += n > 0 ? (size_t)n : 0;
}

static void print_number(struct text *text, uint32_t number)
{
    print(text, number < 1000 ? "%u" : "0x%x", (unsigned)number);
}

static void print_signed(struct text *text, uint32_t number)
{
    if ((int32_t)number < 0) {
        print(text, "-");
        number = 0 - number;
    }
    print_number(text, number);
}

static void print_node(struct text *text, const struct predicate *predicate, unsigned number);

/* In parentheses if it is made of two. */
static void print_operand(struct text *text, const struct predicate *predicate, unsigned number)
{
    unsigned kind = predicate->nodes[number].kind;
    bool whole = kind == NODE_REGISTER || kind == NODE_STACK || kind == NODE_CONSTANT ||
                 kind == NODE_LOAD || kind == NODE_SIGN_EXTEND;

    print(text, whole ? "" : "(");
    print_node(text, predicate, number);
    print(text, whole ? "" : ")");
}

static void print_load(struct text *text, const struct predicate *predicate,
                       const struct node *node)
{
    print(text, "load%s%u(", node->is_signed ? "s" : "", 8u * node->width);
    if (node->value == 0)
        print_node(text, predicate, node->a);
    else
        print_operand(text, predicate, node->a);
    if ((int32_t)node->value < 0)
        print(text, " - ");
    else if (node->value != 0)
        print(text, " + ");
    if (node->value != 0)
        print_number(text, (int32_t)node->value < 0 ? 0 - node->value : node->value);
    print(text, ")");
}

/* A rotation is a shift to the right if no bit that it brings round is left by the mask. */
static void print_field(struct text *text, const struct predicate *predicate,
                        const struct node *node)
{
    unsigned right = (32u - node->shift) & 31;

    print_operand(text, predicate, node->a);
    if (right != 0 && node->value <= 0xffffffffu >> right)
        print(text, " >> %u", right);
    else if (node->shift != 0 && (node->value & ((1u << node->shift) - 1)) == 0)
        print(text, " << %u", node->shift);
    else if (node->shift != 0)
        print(text, " rotated by %u", node->shift);
    if (right == 0 || node->value != 0xffffffffu >> right) {
        print(text, " & ");
        print_number(text, node->value);
    }
}

static void print_two(struct text *text, const struct predicate *predicate, const struct node *node)
{
    static const char operators[][4] = {[NODE_ADD] = "+",
                                        [NODE_SUBTRACT] = "-",
                                        [NODE_AND] = "&",
                                        [NODE_OR] = "|",
                                        [NODE_XOR] = "^"};
    const struct node *second = &predicate->nodes[node->b];

    print_operand(text, predicate, node->a);
    if (node->kind == NODE_ADD && second->kind == NODE_CONSTANT && (int32_t)second->value < 0) {
        print(text, " - ");
        print_number(text, 0 - second->value);
        return;
    }
    print(text, " %s ", operators[node->kind]);
    print_operand(text, predicate, node->b);
}

static void print_node(struct text *text, const struct predicate *predicate, unsigned number)
{
    const struct node *node = &predicate->nodes[number];

    switch (node->kind) {
    case NODE_REGISTER:
        print(text, "r%u", node->a);
        break;
    case NODE_STACK:
        print(text, "stack(%u)", (unsigned)node->value);
        break;
    case NODE_CONSTANT:
        print_number(text, node->value);
        break;
    case NODE_LOAD:
        print_load(text, predicate, node);
        break;
    case NODE_ROTATE_MASK:
        print_field(text, predicate, node);
        break;
    case NODE_SIGN_EXTEND:
        print(text, "extend%u(", 8u * node->width);
        print_node(text, predicate, node->a);
        print(text, ")");
        break;
    case NODE_SHIFT_RIGHT_SIGNED:
        print_operand(text, predicate, node->a);
        print(text, " >>s %u", node->shift);
        break;
    default:
        print_two(text, predicate, node);
    }
}

static void print_among(struct text *text, const struct predicate *predicate,
                        const struct predicate_test *test)
{
    print(text, " in {");
    for (unsigned i = 0; i < test->n_among; i++) {
        print(text, i == 0 ? "" : ", ");
        print_number(text, predicate->among[test->first + i]);
    }
    print(text, "}");
}

static void print_test(struct text *text, const struct predicate *predicate,
                       const struct predicate_test *test)
{
    static const char relations[][4] = {
        [RELATION_EQ] = "==", [RELATION_NE] = "!=", [RELATION_LT] = "<",
        [RELATION_GE] = ">=", [RELATION_GT] = ">",  [RELATION_LE] = "<="};
    const struct node *right = &predicate->nodes[test->b];

    print_operand(text, predicate, test->a);
    if (test->n_among != 0) {
        print_among(text, predicate, test);
        return;
    }
    print(text, " %s%s ", relations[test->relation], test->is_signed ? "s" : "");
    if (test->is_signed && right->kind == NODE_CONSTANT)
        print_signed(text, right->value);
    else
        print_operand(text, predicate, test->b);
}

size_t predicate_print(const struct predicate *predicate, char *text, size_t size)
{
    struct text all = {text, size, 0};

    if (size != 0)
        text[0] = 0;
    if (!predicate->known)
        print(&all, "unknown");
    else if (predicate->never)
        print(&all, "never");
    else if (predicate->n_tests == 0)
        print(&all, "always");
    for (unsigned i = 0; i < predicate->n_tests; i++) {
        print(&all, i == 0 ? "" : " and ");
        print_test(&all, predicate, &predicate->tests[i]);
    }
    return all.length;
}
