/* See sets.h. */
#include "tests/bench/events/sets.h"

#include <whorl/domain.h>

DOMAIN("bench/sets");

#pragma GCC diagnostic ignored "-Wunused-parameter" /* most guards look at one of many */

struct pair walk_table[SET_SIZE];
const struct pair *walk_end;

/* Not static, so that the compiler believes that others write them. */
int words[SET_SIZE], other_words[SET_SIZE];
int crowd_words[CROWD_SIZE];

/* The argument that guard i of n looks at: they take turns. */
#define ASK_0(i) (words[i] == other_words[i])
#define ASK_1(i) (words[i] == a)
#define ASK_4(i) (words[i] == (int[]){a, b, c, d}[(i) % 4])
#define ASK_8(i) (words[i] == (int[]){a, b, c, d, e, f, g, h}[(i) % 8])

void sets_answer(bool answer)
{
    for (int i = 0; i < SET_SIZE; i++) {
        words[i] = answer ? KEY : 0;
        other_words[i] = KEY;
    }
    for (int i = 0; i < CROWD_SIZE; i++)
        crowd_words[i] = answer ? KEY : 0;
}

/* ---- the sets ---- */

#define HANDLER(n, number)                             \
    static unsigned count_##n##_##number;              \
    static void handler_##n##_##number(PARAMETERS_##n) \
    {                                                  \
        count_##n##_##number++;                        \
    }                                                  \
    static bool guard_##n##_##number(PARAMETERS_##n)   \
    {                                                  \
        return ASK_##n(number - FIRST_NUMBER);         \
    }

#define KEYS(n, number)                                \
    static bool key_##n##_##number(PARAMETERS_##n)     \
    {                                                  \
        return a == DENSE_KEY(number - FIRST_NUMBER);  \
    }                                                  \
    static bool sparse_##n##_##number(PARAMETERS_##n)  \
    {                                                  \
        return a == SPARSE_KEY(number - FIRST_NUMBER); \
    }

FIFTY(HANDLER, 0)
FIFTY(HANDLER, 1)
FIFTY(HANDLER, 4)
FIFTY(HANDLER, 8)
FIFTY(KEYS, 1)
FIFTY(KEYS, 4)
FIFTY(KEYS, 8)

#define P(procedure) ((procedure_t)(procedure))
#define MEMBER(n, number) \
    {P(handler_##n##_##number), P(guard_##n##_##number), NULL, NULL, &count_##n##_##number},
#define KEYED_MEMBER(n, number)                                                 \
    {P(handler_##n##_##number), P(guard_##n##_##number), P(key_##n##_##number), \
     P(sparse_##n##_##number), &count_##n##_##number},

const struct set sets[N_SETS] = {
    {0, P(raise_0), {FIFTY(MEMBER, 0)}},
    {1, P(raise_1), {FIFTY(KEYED_MEMBER, 1)}},
    {4, P(raise_4), {FIFTY(KEYED_MEMBER, 4)}},
    {8, P(raise_8), {FIFTY(KEYED_MEMBER, 8)}},
};

/* ---- what is raised, called and walked ---- */

#define DISPATCHED(n)                                                   \
    void raise_##n(PARAMETERS_##n)                                      \
    {                                                                   \
    }                                                                   \
    void plain_##n(PARAMETERS_##n)                                      \
    {                                                                   \
    }                                                                   \
    void walk_##n(PARAMETERS_##n)                                       \
    {                                                                   \
        const struct pair *end = walk_end;                              \
                                                                        \
        for (const struct pair *at = walk_table; at < end; at++)        \
            if (((bool (*)(PARAMETERS_##n))at->guard)(ARGUMENTS_##n))   \
                ((void (*)(PARAMETERS_##n))at->handler)(ARGUMENTS_##n); \
    }                                                                   \
    void walk_unguarded_##n(PARAMETERS_##n)                             \
    {                                                                   \
        const struct pair *end = walk_end;                              \
                                                                        \
        for (const struct pair *at = walk_table; at < end; at++)        \
            ((void (*)(PARAMETERS_##n))at->handler)(ARGUMENTS_##n);     \
    }

DISPATCHED(0)
DISPATCHED(1)
DISPATCHED(4)
DISPATCHED(8)

void replaced(void)
{
}

void replacement(void)
{
}

/* ---- many ---- */

void crowded(PARAMETERS_4)
{
}

#define CROWD(x, number)                                \
    static unsigned count_of_##number;                  \
    static void crowd_handler_##number(PARAMETERS_4)    \
    {                                                   \
        count_of_##number++;                            \
    }                                                   \
    static bool crowd_guard_##number(PARAMETERS_4)      \
    {                                                   \
        return b == crowd_words[number - FIRST_NUMBER]; \
    }                                                   \
    static bool crowd_key_##number(PARAMETERS_4)        \
    {                                                   \
        return a == DENSE_KEY(number - FIRST_NUMBER);   \
    }

TWO_HUNDRED(CROWD, )

#define ONE_OF_CROWD(x, number)                                                       \
    {P(crowd_handler_##number), P(crowd_guard_##number), P(crowd_key_##number), NULL, \
     &count_of_##number},

const struct set_member crowd[CROWD_SIZE] = {TWO_HUNDRED(ONE_OF_CROWD, )};
