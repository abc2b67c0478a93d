/*
 * Random plans, and what a raise of one must do. A plan is made from a seed, with procedures of its own:
 * recorders, which are opaque and note all that they get, and leaves, small procedures made at run time that a
 * compiler may look into: guards that ask for arguments, fields of structs, memory and closures, handlers and
 * filters that note one word. A raise through any entry that claims to dispatch the plan is compared with what
 * dispatch.h says: the procedures called, in order, with every argument; results; counters; structs, memory, the
 * stack and the nonvolatile registers.
 *
 *     if (model_make(&model, seed, facts_find)) {
 *         loop_set(0, model_plan(&model));
 *         wrong = model_raise(&model, loop_entry(0), other_seed);    NULL, or the first difference
 *     }
 *     model_free(&model);
 *
 * What is contained may fault: in the middle of what it does, with all registers destroyed; then the raise must go on as dispatch.h says.
 *
 * The plan and everything in it stay the same from model_make to model_free. Only one model raises at a time. The
 * same seeds lead to the same raises, through whatever entry. Guards that are leaves note nothing and may stand
 * in a plan several times; those that are recorders stand there once, so leaving a repeated guard out makes no
 * difference.
 */
#ifndef TESTS_KERNEL_DISPATCH_MODEL_H
#define TESTS_KERNEL_DISPATCH_MODEL_H

#include <stdio.h>

#include "arch/ppc/code/analysis/source.h"
#include "arch/ppc/code/dispatch/dispatch.h"

#define MODEL_BINDINGS 64
#define MODEL_GUARDS 3 /* of a binding */
#define MODEL_PROCEDURES (MODEL_BINDINGS * (1 + 2 * MODEL_GUARDS) + 2)
#define MODEL_LEAF_WORDS 40
#define RESULT_MAX 64 /* bytes */
#define MODEL_CELLS 4 /* words of memory that guards look at and handlers change */

enum model_role { ROLE_HANDLER, ROLE_GUARD, ROLE_POST, ROLE_DEFAULT, ROLE_FOLD };

/*
 * What a guard that is a leaf asks: whether a value, shifted right and masked, has a relation to a constant, or is that or
 * another one.
 */
struct model_question {
    enum { VALUE_WORD, VALUE_FIELD, VALUE_CELL, VALUE_CLOSURE, VALUE_POINTED } value;
    uint8_t word;     /* of the arguments; of VALUE_FIELD, the pointer */
    uint8_t argument; /* of VALUE_FIELD: whose struct */
    uint8_t offset, width;
    uint8_t cell; /* of VALUE_CELL; of VALUE_POINTED, that a pointer leads to, or a fault instead */
    uint8_t shift;
    uint32_t mask;
    enum {
        RELATION_EQUAL,
        RELATION_NOT_EQUAL,
        RELATION_BELOW,
        RELATION_LESS, /* signed */
        RELATION_AMONG,
    } relation;
    uint32_t constant, other;
};

struct model_procedure {
    enum model_role role;
    bool leaf;
    bool program; /* a leaf that is random code: see program.c */
    uint8_t passing;
    uint32_t closure;
    bool has_result, filter, linear, intrinsic;
    uint32_t seed; /* of what a recorder does */
    bool nests;    /* raises the event again */
    bool trips;    /* a recorder that may fault; a leaf that loads through a pointer, too */
    struct model_question questions[2]; /* that must all hold */
    uint8_t n_questions;
    uint8_t
        word; /* of the arguments, that a leaf notes (of a struct, its first byte), and a filter changes; NO_WORD */
    uint8_t argument;  /* whose word it is */
    uint8_t scribbled; /* a struct that a leaf writes into, or NO_ARGUMENT */
    uint8_t cell;      /* that it changes, or NO_CELL */
    uint32_t clobbers; /* registers that a leaf destroys, 1 << n */
    uint64_t result;   /* of a leaf: r3 and r4 */
    vaddr_t code;      /* of a leaf; 0: none */
    size_t n_words;
};

#define NO_WORD 255
#define NO_ARGUMENT 255
#define NO_CELL 255

typedef void model_facts_t(const struct code_source *source, vaddr_t procedure,
                           struct facts *facts);

struct model {
    struct dispatch plan;
    struct dispatch_binding bindings[MODEL_BINDINGS];
    struct dispatch_guard guards[MODEL_BINDINGS][MODEL_GUARDS];
    uint32_t counters[MODEL_BINDINGS];
    uint8_t default_value[RESULT_MAX];
    struct model_procedure procedures[MODEL_PROCEDURES];
    struct facts facts[MODEL_PROCEDURES];
    size_t n_procedures;
    struct code_source source; /* knows the leaves */
    uint32_t random;
    bool faulty;     /* most procedures are contained, and some of them fault */
    bool keyed;      /* most guards ask for one value */
    bool searching;  /* nearly all do, and little else is in the way of a search for it */
    uint32_t stride; /* between the constants that they ask for */
    struct model_question key;
};

/*
 * A plan from a seed, not 0. With `find`, targets that are leaves get the facts that it finds. False: no memory; to be
 * freed all the same.
 */
bool model_make(struct model *model, uint32_t seed, model_facts_t *find);
/* The same of a plan most of whose guards compare one value with constants. */
bool model_make_searching(struct model *model, uint32_t seed, model_facts_t *find);
/* The same two of plans whose procedures are contained, and may fault. */
bool model_make_faulty(struct model *model, uint32_t seed, model_facts_t *find);
bool model_make_searching_faulty(struct model *model, uint32_t seed, model_facts_t *find);
/* Another order of the bindings, and fewer of them; what else is in the plan stays. */
void model_rearrange(struct model *model, uint32_t seed, size_t n);
void model_free(struct model *model);
const struct dispatch *model_plan(const struct model *model);

/* Raises the event by a call of `entry`, with arguments from a seed, not 0. NULL, or a sentence that says what is wrong. */
const char *model_raise(struct model *model, vaddr_t entry, uint32_t seed);

/* The plan, a line for each procedure, for who looks into a difference. */
void model_print(const struct model *model, FILE *out);

#endif
