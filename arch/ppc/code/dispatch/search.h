/*
 * What the files of a search share; private to search*.c: search.c which bindings it is for and the run as a whole,
 * search_find.c how a value is found, search_leaf.c what is run then.
 */
#ifndef ARCH_PPC_CODE_DISPATCH_SEARCH_H
#define ARCH_PPC_CODE_DISPATCH_SEARCH_H

#include "arch/ppc/code/dispatch/compiler.h"

#define SEARCH_MIN 4 /* bindings, or constants: fewer are asked one by one */

/* A constant of a binding. */
struct entry {
    uint32_t value;
    uint32_t binding; /* counted from the first of the run */
    uint32_t next;    /* of the same binding, NO_LABEL at the end */
    struct spot leaf; /* its handler, reached when the value was found */
};

/* What is run for a value: the code of its entries, one after another. */
struct leaf {
    uint32_t entry, n_entries;
    uint32_t word, n_words; /* 0: it cannot be taken over */
    uint32_t relocation, n_relocations, part, n_parts, cut, n_cuts;
};

/* A branch out of a leaf. */
struct leaf_exit {
    uint32_t word;
    uint32_t to; /* of the chain, NO_LABEL: the end */
};

/* Bindings that test the same value at a position; and how many different constants there are, at least. */
struct extent {
    unsigned position;
    size_t n;
    unsigned n_constants, n_different;
};

/* What finds a value. Tables stand behind the leaves; their place is filled in then. */
struct table {
    uint32_t high, low; /* relocations, of instructions that refer to it */
    uint32_t base;
    unsigned n; /* words, or slots of two; 0: there is none */
    bool hashed;
    unsigned bits, shift; /* of the value, or of what it is with the factor, if that is not 0 */
    uint32_t factor;
};

/* A run that a plan ends with. */
struct open_run {
    size_t first, n;
    struct extent extent;
    unsigned key;
    bool again;
    words_t homes;
    struct table table;
    struct state at_leaf, end;
    struct entry *entries;
    struct leaf *leaves;
    struct leaf_exit *exits;
    unsigned n_leaves, n_exits;
};

struct search {
    struct compiler *c;
    size_t first, n;       /* bindings */
    struct extent extent;  /* its position is that of the test among those of the guards */
    bool again;            /* the value must be looked at again behind handlers that store */
    struct entry *entries; /* by value, then by binding */
    unsigned n_entries, n_values;
    struct leaf *leaves; /* of each value */
    unsigned key;        /* register */
    struct spot *chain;  /* of each binding */
    uint32_t *heads;     /* the first entry of each binding */
    struct label end;
    struct state at_leaf;
    words_t homes;
    struct table table;
    const struct open_run *old;  /* the run of the plan before; NULL */
    size_t common;               /* bindings that it had, too, from the first on */
    unsigned old_leaf, old_exit; /* how far its leaves were looked at */
};

static inline uint32_t search_value(const struct search *s, unsigned i)
{
    return s->entries[s->leaves[i].entry].value;
}

static inline struct spot *search_leaf(struct search *s, unsigned i)
{
    return &s->entries[s->leaves[i].entry].leaf;
}

static inline void search_end(struct search *s, uint32_t branch)
{
    label_branch(s->c, &s->end, branch);
}

/* A test by its number among all of a binding's guards; NULL behind the last. */
const struct predicate_test *search_test(struct compiler *c, size_t binding, unsigned position,
                                         guard_t *guard, unsigned *number);

/* Whether what a binding runs may store. */
bool search_stores(const struct compiler *c, size_t binding);

/* The tests that all have in common; then the value is in s->key. */
void search_load_key(struct search *s, size_t binding);

/* Goes to the leaf of the value, or to the end; and the table for that, behind the leaves. */
void search_find(struct search *s);
void search_put_table(struct search *s);

void search_put_leaves(struct search *s);

/* What is known at the leaves, whatever handlers of the run were run before. */
void search_make_common(struct search *s);

/* Whether leaves of the run before can be what they were: all that their code depends on is the same. */
bool search_can_take_over(const struct search *s);

#endif
