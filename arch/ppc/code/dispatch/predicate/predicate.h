/*
 * What a guard decides, found by walking its machine code symbolically: a conjunction of tests, each
 * comparing two values that are made of its arguments, constants, and what is loaded through them. From
 * this the dispatcher makes code of its own: guards become a compare and a branch, and those that compare the
 * same value with constants a search.
 *
 * A guard whose answer is not of this kind (a disjunction of different values, a loop, calls, or more nodes
 * than fit) has no predicate; that is no fault. What is found is exact: for all contents of
 * registers and memory the guard returns yes if and only if all tests hold, evaluated in order up to the
 * first that does not, and no load is done for a test that the guard would not have done when all
 * tests before it hold.
 *
 * Portable and pure.
 */
#ifndef ARCH_PPC_CODE_DISPATCH_PREDICATE_H
#define ARCH_PPC_CODE_DISPATCH_PREDICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/ppc/code/analysis/source.h"

/*
 * Nodes of expressions, each made of earlier ones. An expression is known by the number of its node; equal
 * expressions of one predicate are one node.
 */
enum node_kind {
    NODE_REGISTER, /* what general register `a` (3 to 10) held at entry */
    NODE_STACK,    /* the word of the caller's frame at r1 + `value` at entry: an argument */
    NODE_CONSTANT, /* value */
    NODE_LOAD,     /* memory of `width` bytes at node a plus value (signed), extended to a word */
    NODE_ADD,      /* a + b */
    NODE_SUBTRACT, /* a - b */
    NODE_AND,
    NODE_OR,
    NODE_XOR,
    NODE_ROTATE_MASK,        /* a rotated left by `shift`, and-ed with value */
    NODE_SIGN_EXTEND,        /* the low `width` bytes of a */
    NODE_SHIFT_RIGHT_SIGNED, /* a by `shift` */
};

struct node {
    uint8_t kind;   /* enum node_kind */
    uint8_t a, b;   /* nodes, or a register */
    uint8_t width;  /* bytes: 1, 2, 4 */
    uint8_t shift;  /* bits */
    bool is_signed; /* of NODE_LOAD: extended by its sign */
    uint32_t value;
};

enum relation { RELATION_EQ, RELATION_NE, RELATION_LT, RELATION_GE, RELATION_GT, RELATION_LE };

/* a R b. Constants stand on the right. */
struct predicate_test {
    uint8_t a, b;     /* nodes */
    uint8_t relation; /* enum relation */
    bool is_signed;   /* of LT, GE, GT, LE */
    /*
     * If not 0: the test is instead whether a is one of n_among constants, among[first] to
     * among[first + n_among - 1] of the predicate, in rising order (b is unused, relation RELATION_EQ).
     */
    uint8_t first, n_among;
};

#define PREDICATE_NODES 24
#define PREDICATE_TESTS 8
#define PREDICATE_AMONG 16

struct predicate {
    bool known;               /* else nothing else means anything */
    uint8_t n_nodes, n_tests; /* no tests: always true */
    bool never;               /* always false */
    struct node nodes[PREDICATE_NODES];
    struct predicate_test tests[PREDICATE_TESTS];
    uint32_t among[PREDICATE_AMONG];
};

/*
 * Walks the procedure that starts at an address; its answer is r3, 0 for no. Follows branches within it, its
 * own frame (code compiled without optimization keeps everything there) and nothing else. A budget bounds the time.
 */
void predicate_find(const struct code_source *source, vaddr_t start, struct predicate *predicate);

/* Bytes that always suffice for the text of a predicate, the zero included. */
#define PREDICATE_TEXT_MAX 2048

/*
 * "load16(r3 + 12) == 0x800 and load8(r3 + 23) in {6, 17}"; "always", "never", "unknown". Signed comparisons are
 * written with "<s". Returns the length that the text would have; never writes more than size bytes.
 */
size_t predicate_print(const struct predicate *predicate, char *text, size_t size);

#endif
