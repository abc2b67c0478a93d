/* The paths of a walk: what is known on each, and what all of them come to. See walk.h. */
#include <string.h>

#include "arch/ppc/code/dispatch/predicate/walk.h"

#define ALL_BITS 0xffffffffu
#define ASKING_MAX 2

/* ---- conditions put away ---- */

void path_hold(struct walk *walk, const struct condition *condition, struct held *held)
{
    unsigned n = condition->b == NO_VALUE ? condition->set.n : 0;

    *held = (struct held){condition->a,         condition->b,      condition->outcomes,
                          condition->is_signed, walk->n_intervals, (uint8_t)n};
    if (walk->n_intervals + n > INTERVALS_MAX) {
        walk->failed = true;
        held->n = 0;
        return;
    }
    for (unsigned i = 0; i < n; i++)
        walk->intervals[walk->n_intervals++] = condition->set.intervals[i];
}

void path_recall(const struct walk *walk, const struct held *held, struct condition *condition)
{
    condition->a = held->a;
    condition->b = held->b;
    condition->outcomes = held->outcomes;
    condition->is_signed = held->is_signed;
    set_copy(&condition->set, &walk->intervals[held->first], held->n);
}

bool held_is_alike(const struct held *held, const struct condition *condition)
{
    return held->a == condition->a && held->b == condition->b;
}

/*
 * Whether the branches taken so far decide a condition; what they leave open of it stays in *condition, which
 * is then the same wherever control can be.
 */
enum verdict path_decide(struct walk *walk, struct condition *condition)
{
    struct condition possible, taken;
    bool found = false;

    for (unsigned i = 0; i < walk->n_forks; i++) {
        const struct fork *fork = &walk->forks[i];

        if (!held_is_alike(&fork->condition, condition))
            continue;
        path_recall(walk, &fork->condition, &taken);
        walk->n_steps += 1 + fork->condition.n / 2u;
        if (!condition_alike(&taken, condition))
            continue;
        if (!fork->holds && !condition_negate(&walk->values, &taken))
            return VERDICT_UNKNOWN;
        if (found && !condition_alike(&taken, &possible))
            continue;
        if (!found)
            condition_copy(&possible, &taken);
        else if (!condition_intersect(&possible, &taken))
            return VERDICT_UNKNOWN;
        found = true;
    }
    if (!found)
        return VERDICT_DEPENDS;
    condition_copy(&taken, &possible);
    if (!condition_intersect(&taken, condition))
        return VERDICT_UNKNOWN;
    if (condition_verdict(&walk->values, &taken) == VERDICT_NEVER)
        return VERDICT_NEVER;
    return condition_equal(&taken, &possible) ? VERDICT_ALWAYS : VERDICT_DEPENDS;
}

/* Asked while a condition is made, which may ask again. */
bool path_is_within(void *context, value_t value, uint32_t high)
{
    struct walk *walk = context;
    struct condition condition;
    enum verdict verdict;

    if (walk->n_forks == 0 || walk->n_asking == ASKING_MAX)
        return false;
    walk->n_asking++;
    set_range(&condition.set, 0, high);
    verdict = condition_of_set(&walk->values, &walk->known, value, &condition);
    if (verdict == VERDICT_DEPENDS)
        verdict = path_decide(walk, &condition);
    walk->n_asking--;
    return verdict == VERDICT_ALWAYS;
}

/* ---- the end of paths ---- */

void path_conclude(struct walk *walk, bool yes)
{
    walk->result.never = !yes;
    walk->result.n = 0;
    walk->ended = true;
}

void path_conclude_condition(struct walk *walk, const struct condition *condition)
{
    walk->result.never = false;
    walk->result.n = 1;
    path_hold(walk, condition, &walk->result.conditions[0]);
    walk->ended = true;
}

static bool is_held_equal(const struct walk *walk, const struct held *a, const struct held *b)
{
    if (a->a != b->a || a->b != b->b)
        return false;
    if (a->b != NO_VALUE)
        return a->outcomes == b->outcomes && a->is_signed == b->is_signed;
    return a->n == b->n && memcmp(&walk->intervals[a->first], &walk->intervals[b->first],
                                  a->n * sizeof walk->intervals[0]) == 0;
}

static bool is_equal(const struct walk *walk, const struct conjunction *a,
                     const struct conjunction *b)
{
    if (a->never != b->never || a->n != b->n)
        return false;
    for (unsigned i = 0; i < a->n; i++) {
        if (!is_held_equal(walk, &a->conditions[i], &b->conditions[i]))
            return false;
    }
    return true;
}

/*
 * Takes the first condition that is about the same as another out of a conjunction. Without one, *found is
 * what holds always, if there is such a thing to say: false then.
 */
static bool extract(const struct walk *walk, struct conjunction *conjunction,
                    const struct condition *like, struct condition *found)
{
    for (unsigned i = 0; i < conjunction->n; i++) {
        if (!held_is_alike(&conjunction->conditions[i], like))
            continue;
        path_recall(walk, &conjunction->conditions[i], found);
        if (!condition_alike(found, like))
            continue;
        conjunction->n--;
        memmove(&conjunction->conditions[i], &conjunction->conditions[i + 1],
                (conjunction->n - i) * sizeof conjunction->conditions[0]);
        return true;
    }
    return false;
}

/* Puts a condition before all others; what there is of the same becomes part of it. */
static void prepend(struct walk *walk, struct conjunction *conjunction, struct condition *condition)
{
    struct condition other;

    if (extract(walk, conjunction, condition, &other) && !condition_intersect(condition, &other)) {
        walk->failed = true;
        return;
    }
    switch (condition_verdict(&walk->values, condition)) {
    case VERDICT_NEVER:
        conjunction->never = true;
        conjunction->n = 0;
        return;
    case VERDICT_ALWAYS:
        return;
    default:
        break;
    }
    if (conjunction->n == PREDICATE_TESTS) {
        walk->failed = true;
        return;
    }
    memmove(&conjunction->conditions[1], &conjunction->conditions[0],
            conjunction->n * sizeof conjunction->conditions[0]);
    conjunction->n++;
    path_hold(walk, condition, &conjunction->conditions[0]);
}

/* *condition and what is in a conjunction about the same: both must hold. Without the conjunction's, only it. */
static bool narrow(struct walk *walk, struct conjunction *conjunction, struct condition *condition)
{
    struct condition other;

    if (conjunction->never) {
        set_clear(&condition->set);
        condition->outcomes = 0;
        return true;
    }
    return !extract(walk, conjunction, condition, &other) || condition_intersect(condition, &other);
}

/*
 * If a condition holds, all of `yes` must, else all of `no`: that is a conjunction if both are the same
 * besides what they say about that which the condition is about.
 */
static void merge(struct walk *walk, const struct held *held, struct conjunction *no)
{
    struct conjunction *yes = &walk->result;
    struct condition condition, otherwise;

    if (is_equal(walk, yes, no))
        return;
    path_recall(walk, held, &condition);
    condition_copy(&otherwise, &condition);
    if (!condition_negate(&walk->values, &otherwise) || !narrow(walk, yes, &condition) ||
        !narrow(walk, no, &otherwise)) {
        walk->failed = true;
        return;
    }
    if (yes->never && !no->never) {
        *yes = *no;
        condition_copy(&condition, &otherwise);
    } else if (!no->never) {
        if (!is_equal(walk, yes, no) || !condition_unite(&condition, &otherwise)) {
            walk->failed = true;
            return;
        }
    }
    prepend(walk, yes, &condition);
}

/* When a path has ended: what it means for the forks that led there; then the next path. */
void path_finish(struct walk *walk)
{
    while (walk->n_forks != 0 && !walk->failed) {
        struct fork *fork = &walk->forks[walk->n_forks - 1];

        if (!fork->holds) {
            struct conjunction first = walk->result;

            walk->state = fork->put_aside.state;
            fork->put_aside.first = first;
            fork->holds = true;
            walk->ended = false;
            return;
        }
        walk->n_forks--;
        merge(walk, &fork->condition, &fork->put_aside.first);
        if (walk->result.n <= 1 && !walk->failed) {
            /* What was put away since is no longer needed, but for one set. */
            struct condition kept;

            if (walk->result.n == 1)
                path_recall(walk, &walk->result.conditions[0], &kept);
            walk->n_intervals = fork->n_intervals;
            if (walk->result.n == 1)
                path_hold(walk, &kept, &walk->result.conditions[0]);
        }
    }
}

/* ---- branches ---- */

void path_go(struct walk *walk, vaddr_t target)
{
    walk->state.address = target;
}

/*
 * Goes on at `target` if the condition holds, at `next` if not; to where it must if that is known. With
 * VERDICT_SPLIT the same instruction asks again on both ways, where more is known.
 */
void path_fork(struct walk *walk, enum verdict verdict, const struct condition *condition,
               vaddr_t target, vaddr_t next)
{
    struct fork *fork;

    if (verdict == VERDICT_ALWAYS || verdict == VERDICT_NEVER) {
        path_go(walk, verdict == VERDICT_ALWAYS ? target : next);
        return;
    }
    if (verdict == VERDICT_SPLIT)
        target = next = walk->state.address;
    if (verdict == VERDICT_UNKNOWN || walk->n_forks == FORKS_MAX) {
        walk->failed = true;
        return;
    }
    fork = &walk->forks[walk->n_forks];
    fork->n_intervals = walk->n_intervals;
    path_hold(walk, condition, &fork->condition);
    fork->holds = false;
    fork->put_aside.state = walk->state;
    fork->put_aside.state.address = target;
    walk->n_forks++;
    path_go(walk, next);
}

static enum verdict ask(struct walk *walk, value_t value, bool is_zero, unsigned depth,
                        struct condition *condition);

/* Two conditions on the same as one. */
static enum verdict join(struct walk *walk, bool both, struct condition *condition,
                         const struct condition *other)
{
    enum verdict verdict;

    if (!(both ? condition_intersect(condition, other) : condition_unite(condition, other)))
        return VERDICT_UNKNOWN;
    verdict = condition_verdict(&walk->values, condition);
    return verdict == VERDICT_DEPENDS ? path_decide(walk, condition) : verdict;
}

/*
 * Whether the last bits of both values are 0, or both are not; or one of them. If that is open of both, the walk must
 * fork at the first one that can be asked: VERDICT_SPLIT.
 */
static enum verdict ask_two(struct walk *walk, const struct node *node, bool is_zero,
                            unsigned depth, struct condition *condition)
{
    bool both = (node->kind == NODE_AND) != is_zero;
    enum verdict settled = both ? VERDICT_NEVER : VERDICT_ALWAYS;
    value_t a = value_rotate_mask(&walk->values, node->a, 0, 1);
    value_t b = value_rotate_mask(&walk->values, node->b, 0, 1);
    enum verdict first = ask(walk, a, is_zero, depth + 1, condition), second;
    struct condition other;

    if (first == settled || first == VERDICT_SPLIT)
        return first;
    second = ask(walk, b, is_zero, depth + 1, &other);
    if (second == settled || first == VERDICT_ALWAYS || first == VERDICT_NEVER) {
        condition_copy(condition, &other);
        return second;
    }
    if (second == VERDICT_ALWAYS || second == VERDICT_NEVER)
        return first;
    if (first == VERDICT_DEPENDS && second == VERDICT_DEPENDS && condition_alike(condition, &other))
        return join(walk, both, condition, &other);
    if (first == VERDICT_DEPENDS)
        return VERDICT_SPLIT;
    condition_copy(condition, &other);
    return second == VERDICT_DEPENDS ? VERDICT_SPLIT : second;
}

#define ASK_DEPTH 6

/* Values of one bit that are combined, as CR bits are, are asked one after the other. */
static enum verdict ask(struct walk *walk, value_t value, bool is_zero, unsigned depth,
                        struct condition *condition)
{
    const struct node *node = value == VALUE_UNKNOWN ? NULL : &walk->values.nodes[value];
    enum verdict verdict;

    if (depth == ASK_DEPTH || node == NULL)
        return VERDICT_UNKNOWN;
    if (walk->values.bits[value] == 1) {
        if (node->kind == NODE_XOR && value_is_constant(&walk->values, node->b))
            return ask(walk, node->a, !is_zero, depth + 1, condition);
        if (node->kind == NODE_AND || node->kind == NODE_OR)
            return ask_two(walk, node, is_zero, depth, condition);
    }
    if (is_zero)
        set_range(&condition->set, 0, 0);
    else
        set_range(&condition->set, 1, ALL_BITS);
    verdict = condition_of_set(&walk->values, &walk->known, value, condition);
    return verdict == VERDICT_DEPENDS ? path_decide(walk, condition) : verdict;
}

/* Whether a value is not 0, or is, where control is now. */
enum verdict path_ask(struct walk *walk, value_t value, bool is_zero, struct condition *condition)
{
    return ask(walk, value, is_zero, 0, condition);
}
