/*
 * Bindings whose guards test the same value against constants: the value is loaded once and searched for, by a
 * table if the constants lie close together, by hashing some of its bits if that tells them apart, else by
 * halving. What is found is a leaf: the handlers of the bindings with that constant, in order, behind what
 * is left of their guards.
 *
 * Tests that all guards begin with, before the value, are done once before the search. As guards are evaluated when
 * their turn comes, a handler that stores may change what the rest of them see: behind it the common tests and the value
 * are looked at again, and if it is another one now, a chain of comparisons goes on from the next binding.
 *
 * When bindings are added behind a run that a plan ended with, leaves that stay what they were are taken over; the search
 * and the chain are made anew.
 */
#include "arch/ppc/code/dispatch/search.h"

#include <stdlib.h>

#define LENGTH_MAX 256
#define ENTRIES_MAX 512 /* constants of all bindings */

/* ---- tests by their number among all of a binding's guards ---- */

static unsigned count_tests(struct compiler *c, size_t binding)
{
    const struct dispatch_binding *b = &c->plan->bindings[binding];
    unsigned n = 0;

    for (unsigned i = 0; i < b->n_guards; i++) {
        if (b->guards[i].guard.procedure == 0)
            continue;
        if (!compile_knows(c, GUARD_OF(binding, i)) ||
            compile_predicate(c, GUARD_OF(binding, i))->never)
            return 0;
        n += compile_predicate(c, GUARD_OF(binding, i))->n_tests;
    }
    return n;
}

/* NULL behind the last. */
const struct predicate_test *search_test(struct compiler *c, size_t binding, unsigned position,
                                         guard_t *guard, unsigned *number)
{
    const struct dispatch_binding *b = &c->plan->bindings[binding];

    for (unsigned i = 0; i < b->n_guards; i++) {
        const struct predicate *predicate;

        if (b->guards[i].guard.procedure == 0)
            continue;
        *guard = GUARD_OF(binding, i);
        predicate = compile_predicate(c, *guard);
        if (position < predicate->n_tests) {
            *number = position;
            return &predicate->tests[position];
        }
        position -= predicate->n_tests;
    }
    return NULL;
}

static bool is_key(struct compiler *c, guard_t guard, const struct predicate_test *test)
{
    uint32_t value;

    if (compile_node_constant(c, guard, test->a, &value))
        return false;
    return test->n_among != 0 ||
           (test->relation == RELATION_EQ && compile_node_constant(c, guard, test->b, &value));
}

static bool same_test(struct compiler *c, size_t one, size_t other, unsigned position)
{
    guard_t g, h;
    unsigned n;
    const struct predicate_test *t = search_test(c, one, position, &g, &n);
    const struct predicate_test *u = search_test(c, other, position, &h, &n);

    if (t == NULL || u == NULL || t->n_among != 0 || u->n_among != 0)
        return false;
    return t->relation == u->relation && t->is_signed == u->is_signed &&
           compile_node_same(c, g, t->a, h, u->a) && compile_node_same(c, g, t->b, h, u->b);
}

static bool same_key(struct compiler *c, size_t one, size_t other, unsigned position)
{
    guard_t g, h;
    unsigned n;
    const struct predicate_test *t = search_test(c, one, position, &g, &n);
    const struct predicate_test *u = search_test(c, other, position, &h, &n);

    return t != NULL && u != NULL && is_key(c, g, t) && is_key(c, h, u) &&
           compile_node_same(c, g, t->a, h, u->a);
}

static unsigned count_constants(struct compiler *c, size_t binding, unsigned position)
{
    guard_t guard;
    unsigned number;
    const struct predicate_test *test = search_test(c, binding, position, &guard, &number);

    return test->n_among != 0 ? test->n_among : 1;
}

/* The first of a binding's constants. */
static uint32_t constant_of(struct compiler *c, size_t binding, unsigned position)
{
    guard_t guard;
    unsigned number;
    const struct predicate_test *test = search_test(c, binding, position, &guard, &number);
    uint32_t value = 0;

    if (test->n_among != 0)
        return compile_predicate(c, guard)->among[test->first];
    (void)compile_node_constant(c, guard, test->b, &value);
    return value;
}

static bool joins(struct compiler *c, size_t first, size_t binding, unsigned position)
{
    const struct dispatch_binding *b = &c->plan->bindings[binding];

    if (b->filter || count_tests(c, binding) <= position || !same_key(c, first, binding, position))
        return false;
    for (unsigned i = 0; i < position; i++)
        if (!same_test(c, first, binding, i))
            return false;
    return true;
}

/* The run of the plan before, if this one has its first binding; how many it has of them from there on. */
static const struct open_run *run_before(const struct compiler *c, size_t first, size_t *common)
{
    const struct open_run *run = c->out->tail.saved != NULL ? c->out->tail.run : c->out->run;

    if (run == NULL || run->first != first || c->same <= first)
        return NULL;
    *common = c->same - first < run->n ? c->same - first : run->n;
    return run;
}

static void measure(struct compiler *c, size_t first, struct extent *extent)
{
    uint32_t last = extent->n == 0 ? 0 : constant_of(c, first + extent->n - 1, extent->position);

    for (; extent->n < LENGTH_MAX && first + extent->n < c->plan->n; extent->n++) {
        size_t binding = first + extent->n;
        unsigned more;
        uint32_t constant;

        if (!joins(c, first, binding, extent->position))
            return;
        more = count_constants(c, binding, extent->position);
        if (extent->n_constants + more > ENTRIES_MAX)
            return;
        constant = constant_of(c, binding, extent->position);
        extent->n_different += extent->n == 0 || constant != last;
        extent->n_constants += more;
        last = constant;
    }
}

/* By the test by which most bindings can be told apart. */
static void choose(struct compiler *c, size_t first, struct extent *best)
{
    size_t common;
    const struct open_run *run = run_before(c, first, &common);
    unsigned n_tests = count_tests(c, first);

    *best = (struct extent){.n = 0};
    if (run != NULL) {
        best->position = run->extent.position;
        if (common == run->n)
            *best = run->extent;
        measure(c, first, best);
        return;
    }
    for (unsigned i = 0; i < n_tests; i++) {
        struct extent extent = {.position = i};

        measure(c, first, &extent);
        if (extent.n_different > best->n_different)
            *best = extent;
    }
}

size_t search_length(struct compiler *c, size_t first)
{
    struct extent extent;

    if (c->terms->no_search || c->only_calls || c->no_search)
        return 0;
    choose(c, first, &extent);
    return extent.n_different >= SEARCH_MIN ? extent.n : 0;
}

/* ---- constants ---- */

static int compare_entries(const void *one, const void *other)
{
    const struct entry *a = one, *b = other;

    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return a->binding < b->binding ? -1 : a->binding > b->binding;
}

static void add_constants(struct search *s, size_t index)
{
    guard_t guard;
    unsigned number;
    const struct predicate_test *test =
        search_test(s->c, s->first + index, s->extent.position, &guard, &number);
    uint32_t value = 0;

    if (test->n_among == 0)
        (void)compile_node_constant(s->c, guard, test->b, &value);
    for (unsigned i = 0; i < (test->n_among == 0 ? 1u : test->n_among); i++)
        s->entries[s->n_entries++] = (struct entry){
            .value =
                test->n_among == 0 ? value : compile_predicate(s->c, guard)->among[test->first + i],
            .binding = (uint32_t)index,
            .leaf = SPOT_NONE};
}

static void gather(struct search *s)
{
    for (size_t i = 0; i < s->n; i++) {
        s->chain[i] = SPOT_NONE;
        s->heads[i] = NO_LABEL;
        add_constants(s, i);
    }
    qsort(s->entries, s->n_entries, sizeof *s->entries, compare_entries);
    for (unsigned i = 0; i < s->n_entries; i++) {
        struct entry *entry = &s->entries[i];

        if (i == 0 || entry->value != entry[-1].value)
            s->leaves[s->n_values++] = (struct leaf){.entry = i};
        s->leaves[s->n_values - 1].n_entries++;
        entry->next = s->heads[entry->binding];
        s->heads[entry->binding] = i;
    }
}

/* ---- looking again ---- */

static bool loads_memory(struct search *s)
{
    guard_t guard;
    unsigned number;

    for (unsigned i = 0; i <= s->extent.position; i++) {
        const struct predicate_test *test = search_test(s->c, s->first, i, &guard, &number);

        if (compile_node_loads(s->c, guard, test->a) ||
            (i < s->extent.position && compile_node_loads(s->c, guard, test->b)))
            return true;
    }
    return false;
}

bool search_stores(const struct compiler *c, size_t binding)
{
    const struct dispatch_binding *b = &c->plan->bindings[binding];

    if (b->counter != NULL || b->handler.facts == NULL || !b->handler.facts->leaf ||
        b->handler.facts->stores)
        return true;
    for (unsigned i = 0; i < b->n_guards; i++)
        if (b->guards[i].post.procedure != 0)
            return true;
    return false;
}

static bool must_look_again(struct search *s)
{
    if (!loads_memory(s))
        return false;
    for (size_t i = 0; i + 1 < s->n; i++)
        if (search_stores(s->c, s->first + i))
            return true;
    return false;
}

/* ---- the run as a whole ---- */

/* The rest of a run one by one, from any binding on. */
static void put_chain(struct search *s)
{
    struct compiler *c = s->c;

    c->state = s->at_leaf;
    for (size_t i = 1; i < s->n; i++) {
        spot_place(c, &s->chain[i]);
        for (uint32_t k = s->heads[i]; k != NO_LABEL; k = s->entries[k].next) {
            c->pinned = (uint16_t)(1u << s->key);
            compile_compare_equal(c, s->key, s->entries[k].value);
            spot_branch(c, &s->entries[k].leaf, CODE_BC(IF_TRUE, BIT_EQ));
        }
    }
    c->pinned = 0;
    search_end(s, WORD_B);
}

/* The last binding of the run before may need more than it did. */
static void give_homes(struct search *s)
{
    size_t first = s->first;

    if (s->old != NULL && s->common == s->old->n) {
        s->homes = s->old->homes;
        first += s->old->n - 1;
    }
    for (size_t i = first; i < s->first + s->n; i++)
        s->homes |= compile_needs_homes(s->c, i);
    word_save(s->c, s->homes);
}

static void put_run(struct search *s)
{
    struct compiler *c = s->c;
    give_homes(s);
    search_find(s);
    c->pinned = 0;
    if (s->again)
        search_make_common(s);
    if (!search_can_take_over(s))
        s->old = NULL;
    else
        label_meet(&s->end, &s->old->end);
    search_put_leaves(s);
    if (s->again)
        put_chain(s);
    c->state.reachable = false;
    if (s->table.n != 0)
        search_put_table(s);
    label_place(c, &s->end);
}

/* ---- for the next plan ---- */

static int compare_exits(const void *one, const void *other)
{
    const struct leaf_exit *a = one, *b = other;

    return a->word < b->word ? -1 : a->word > b->word;
}

static unsigned count_exits(const struct search *s)
{
    unsigned n = 0;

    for (size_t i = 0; i <= s->n; i++)
        for (uint32_t k = i == s->n ? s->end.spot.first : s->chain[i].first; k != NO_LABEL;
             k = s->c->branches[k].next)
            n++;
    return n;
}

static void keep_exits(const struct search *s, struct open_run *run)
{
    for (size_t i = 0; i <= s->n; i++)
        for (uint32_t k = i == s->n ? s->end.spot.first : s->chain[i].first; k != NO_LABEL;
             k = s->c->branches[k].next)
            run->exits[run->n_exits++] =
                (struct leaf_exit){s->c->branches[k].word, i == s->n ? NO_LABEL : (uint32_t)i};
    qsort(run->exits, run->n_exits, sizeof *run->exits, compare_exits);
}

/* A branch to the end that the last leaf has lost, since it stood before it. */
static void mend_last(struct search *s)
{
    struct leaf *last = &s->leaves[s->n_values - 1];

    if (last->word + last->n_words > s->c->out->n_words)
        last->n_words = 0;
}

/* Takes the search's arrays with it; without memory there is none, and the next plan begins anew. */
static void keep_run(struct search *s)
{
    struct compiler *c = s->c;
    struct open_run *run = malloc(sizeof *run);
    struct leaf_exit *exits = malloc((count_exits(s) + 1) * sizeof *exits);

    if (run == NULL || exits == NULL || c->fault != COMPILE_OK || s->first + s->n != c->plan->n ||
        !s->end.has_state) {
        free(run);
        free(exits);
        return;
    }
    mend_last(s);
    *run = (struct open_run){.first = s->first,
                             .n = s->n,
                             .extent = s->extent,
                             .key = s->key,
                             .again = s->again,
                             .homes = s->homes,
                             .table = s->table,
                             .at_leaf = s->at_leaf,
                             .end = s->end.state,
                             .entries = s->entries,
                             .leaves = s->leaves,
                             .exits = exits,
                             .n_leaves = s->n_values};
    keep_exits(s, run);
    s->entries = NULL;
    s->leaves = NULL;
    search_free(c->out->run);
    c->out->run = run;
}

void search_free(struct open_run *run)
{
    if (run == NULL)
        return;
    free(run->entries);
    free(run->leaves);
    free(run->exits);
    free(run);
}

void compile_search(struct compiler *c, size_t first, size_t n)
{
    struct search s = {.c = c, .first = first, .n = n};

    s.old = run_before(c, first, &s.common);
    if (s.common > n)
        s.common = n;
    label_init(&s.end);
    choose(c, first, &s.extent);
    s.again = must_look_again(&s);
    s.entries = malloc(s.extent.n_constants * sizeof *s.entries);
    s.leaves = malloc(s.extent.n_constants * sizeof *s.leaves);
    s.chain = malloc(n * sizeof *s.chain);
    s.heads = malloc(n * sizeof *s.heads);
    if (s.entries == NULL || s.leaves == NULL || s.chain == NULL || s.heads == NULL) {
        c->fault = COMPILE_NO_MEMORY;
    } else {
        gather(&s);
        put_run(&s);
        keep_run(&s);
    }
    free(s.entries);
    free(s.leaves);
    free(s.chain);
    free(s.heads);
}
