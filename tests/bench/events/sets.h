/*
 * What the bench of events raises and installs: for each number of arguments an event, fifty handlers,
 * each with a guard that compares words in memory and one that compares with a constant of its own, and a
 * procedure that dispatches the same by walking a table. No two are the same procedure, none can be folded.
 */
#ifndef BENCH_EVENTS_SETS_H
#define BENCH_EVENTS_SETS_H

#include <stdbool.h>
#include <whorl/event.h>

#define SET_SIZE 50
#define CROWD_SIZE 200

/* What the guards of member i compare the first argument with: one after another, or far apart and irregular. */
#define KEY 1000
#define DENSE_KEY(i) (KEY + (i))
#define SPARSE_KEY(i) (KEY + (i) * (i)*37)

struct pair {
    procedure_t guard, handler;
};

/* The table that is walked, up to its end. */
extern struct pair walk_table[SET_SIZE];
extern const struct pair *walk_end;

struct set {
    unsigned n_arguments;
    procedure_t event;
    struct set_member {
        procedure_t handler;
        procedure_t guard; /* compares an argument, or with none a word, with a word in memory */
        procedure_t
            key; /* compares the first argument with DENSE_KEY(its index); NULL without arguments */
        procedure_t sparse; /* with SPARSE_KEY(its index) */
        unsigned *count;    /* what the handler adds 1 to */
    } members[SET_SIZE];
};

#define N_SETS 4

extern const struct set sets[N_SETS];

/* All guards of all sets, but those on a key, are true or false from now on. */
void sets_answer(bool answer);

/* ---- what is raised, called and walked ---- */

#define PARAMETERS_0 void
#define PARAMETERS_1 int a
#define PARAMETERS_4 int a, int b, int c, int d
#define PARAMETERS_8 int a, int b, int c, int d, int e, int f, int g, int h
#define ARGUMENTS_0
#define ARGUMENTS_1 a
#define ARGUMENTS_4 a, b, c, d
#define ARGUMENTS_8 a, b, c, d, e, f, g, h

#define SIGNATURE(n)                      \
    EVENT void raise_##n(PARAMETERS_##n); \
    EVENT void plain_##n(PARAMETERS_##n); \
    EVENT void walk_##n(PARAMETERS_##n);  \
    EVENT void walk_unguarded_##n(PARAMETERS_##n);

SIGNATURE(0)
SIGNATURE(1)
SIGNATURE(4)
SIGNATURE(8)

/* An event that returns at once, and a handler that does nothing else, either. */
EVENT void replaced(void);
EVENT void replacement(void);

/* ---- many ---- */

/* 200 handlers of one event, their guards on words and on one key. */
EVENT void crowded(PARAMETERS_4);
extern const struct set_member crowd[CROWD_SIZE];

/* ---- repetition ---- */

/* clang-format off */

/* M(x, 100) M(x, 101) and so on: the numbers of a set, and those of a crowd. */
#define TEN(M, x, t) \
    M(x, t##0) M(x, t##1) M(x, t##2) M(x, t##3) M(x, t##4) \
    M(x, t##5) M(x, t##6) M(x, t##7) M(x, t##8) M(x, t##9)
#define FIFTY(M, x) TEN(M, x, 10) TEN(M, x, 11) TEN(M, x, 12) TEN(M, x, 13) TEN(M, x, 14)
#define TWO_HUNDRED(M, x) FIFTY(M, x) \
    TEN(M, x, 15) TEN(M, x, 16) TEN(M, x, 17) TEN(M, x, 18) TEN(M, x, 19) \
    TEN(M, x, 20) TEN(M, x, 21) TEN(M, x, 22) TEN(M, x, 23) TEN(M, x, 24) \
    TEN(M, x, 25) TEN(M, x, 26) TEN(M, x, 27) TEN(M, x, 28) TEN(M, x, 29)

/* clang-format on */

#define FIRST_NUMBER 100

#endif
