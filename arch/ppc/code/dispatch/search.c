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
#include <stdlib.h>

#include "arch/ppc/code/dispatch/compiler.h"
#include "arch/ppc/code/reach.h"
#include "arch/ppc/registers.h"

#define LENGTH_MIN 4 /* bindings: fewer are asked one by one */
#define LENGTH_MAX 256
#define ENTRIES_MAX 512 /* constants of all bindings */
#define DENSE 4         /* words of a table for each constant */
#define HASH_MIN 8      /* constants */
#define HASH_BITS_MAX 10
#define ALWAYS 20

enum { IF_FALSE = 4, IF_TRUE = 12 };
enum { BIT_LT = 0, BIT_EQ = 2 };

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
    uint32_t relocation, n_relocations, part, n_parts;
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

/* A run that a plan ends with. */
struct open_run {
    size_t first, n;
    struct extent extent;
    unsigned key;
    bool again;
    words_t homes;
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
    const struct open_run *old; /* the run that this one goes on with; NULL */
    unsigned old_leaf, old_exit; /* how far its leaves were looked at */
};

/* ---- tests by their number among all of a binding's guards ---- */

static unsigned count_tests(struct compiler *c, size_t binding)
{
    const struct dispatch_binding *b = &c->plan->bindings[binding];
    unsigned n = 0;

    for (unsigned i = 0; i < b->n_guards; i++) {
        if (b->guards[i].guard.procedure == 0)
            continue;
        if (!compile_has_predicate(c, GUARD_OF(binding, i)) ||
            compile_predicate(c, GUARD_OF(binding, i))->never)
            return 0;
        n += compile_predicate(c, GUARD_OF(binding, i))->n_tests;
    }
    return n;
}

/* NULL behind the last. */
static const struct predicate_test *test_at(struct compiler *c, size_t binding, unsigned position,
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
    const struct predicate_test *t = test_at(c, one, position, &g, &n);
    const struct predicate_test *u = test_at(c, other, position, &h, &n);

    if (t == NULL || u == NULL || t->n_among != 0 || u->n_among != 0)
        return false;
    return t->relation == u->relation && t->is_signed == u->is_signed &&
           compile_node_same(c, g, t->a, h, u->a) && compile_node_same(c, g, t->b, h, u->b);
}

static bool same_key(struct compiler *c, size_t one, size_t other, unsigned position)
{
    guard_t g, h;
    unsigned n;
    const struct predicate_test *t = test_at(c, one, position, &g, &n);
    const struct predicate_test *u = test_at(c, other, position, &h, &n);

    return t != NULL && u != NULL && is_key(c, g, t) && is_key(c, h, u) &&
           compile_node_same(c, g, t->a, h, u->a);
}

static unsigned count_constants(struct compiler *c, size_t binding, unsigned position)
{
    guard_t guard;
    unsigned number;
    const struct predicate_test *test = test_at(c, binding, position, &guard, &number);

    return test->n_among != 0 ? test->n_among : 1;
}

/* The first of a binding's constants. */
static uint32_t constant_of(struct compiler *c, size_t binding, unsigned position)
{
    guard_t guard;
    unsigned number;
    const struct predicate_test *test = test_at(c, binding, position, &guard, &number);
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

/* The run of the plan before, if this one has all its bindings. */
static const struct open_run *run_before(const struct compiler *c, size_t first)
{
    const struct open_run *run = c->out->tail.saved != NULL ? c->out->tail.run : c->out->run;

    return run != NULL && run->first == first && first + run->n <= c->same ? run : NULL;
}

static void measure(struct compiler *c, size_t first, struct extent *extent)
{
    uint32_t last = extent->n == 0
                        ? 0
                        : constant_of(c, first + extent->n - 1, extent->position);

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
    const struct open_run *run = run_before(c, first);
    unsigned n_tests = count_tests(c, first);

    *best = (struct extent){.n = 0};
    if (run != NULL) {
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

    if (c->terms->no_search || c->terms->no_inlining || c->only_calls || c->no_search)
        return 0;
    choose(c, first, &extent);
    return extent.n_different >= LENGTH_MIN ? extent.n : 0;
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
        test_at(s->c, s->first + index, s->extent.position, &guard, &number);
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

static uint32_t value_at(const struct search *s, unsigned i)
{
    return s->entries[s->leaves[i].entry].value;
}

static struct spot *leaf_of(struct search *s, unsigned i)
{
    return &s->entries[s->leaves[i].entry].leaf;
}

/* ---- the common tests and the value ---- */

static void load_key(struct search *s)
{
    struct compiler *c = s->c;
    guard_t guard;
    unsigned number;
    const struct predicate_test *test;

    for (unsigned i = 0; i < s->extent.position; i++) {
        (void)test_at(c, s->first, i, &guard, &number);
        compile_tests(c, guard, number, 1, &s->end);
    }
    test = test_at(c, s->first, s->extent.position, &guard, &number);
    s->key = compile_node(c, guard, test->a, false);
}

static bool loads_memory(struct search *s)
{
    guard_t guard;
    unsigned number;

    for (unsigned i = 0; i <= s->extent.position; i++) {
        const struct predicate_test *test = test_at(s->c, s->first, i, &guard, &number);

        if (compile_node_loads(s->c, guard, test->a) ||
            (i < s->extent.position && compile_node_loads(s->c, guard, test->b)))
            return true;
    }
    return false;
}

static bool stores(const struct compiler *c, size_t binding)
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
        if (stores(s->c, s->first + i))
            return true;
    return false;
}

/* ---- searching ---- */

static void go(struct compiler *c, struct spot *spot, uint32_t word)
{
    spot_branch(c, spot, word);
}

static void go_to_end(struct search *s, uint32_t word)
{
    label_branch(s->c, &s->end, word);
}

/* To an address in a register. */
static void jump(struct compiler *c, unsigned reg)
{
    compile_put(c, CODE_XFX(WORD_MTSPR, reg, SPR_CTR));
    compile_put(c, CODE_X(WORD_BCCTR, ALWAYS, 0, 0));
}

/* Tables stand behind the leaves; their place is filled in then. */
struct table {
    uint32_t high, low; /* relocations, of instructions that refer to it */
    uint32_t base;
    unsigned n, bits, shift; /* words, or slots of two */
    bool hashed;
};

static uint32_t refer(struct compiler *c, enum relocation_of_code kind)
{
    compile_relocate(c, kind, 0);
    return c->out->n_relocations - 1;
}

static bool is_dense(const struct search *s)
{
    uint32_t low = value_at(s, 0), high = value_at(s, s->n_values - 1);

    return s->n_values >= LENGTH_MIN && high - low < DENSE * s->n_values;
}

static void search_table(struct search *s, struct table *table)
{
    struct compiler *c = s->c;
    uint32_t low = value_at(s, 0), high = value_at(s, s->n_values - 1);
    unsigned index = s->key, t;

    table->base = high < DENSE * s->n_values ? 0 : low;
    table->n = high - table->base + 1;
    t = temp_take(c, false);
    if (table->base != 0) {
        uint32_t less = -table->base;

        if (less + 0x8000 >= 0x10000) {
            compile_put(c, CODE_D(WORD_ADDIS, t, index, (less + 0x8000) >> 16));
            index = t;
        }
        compile_put(c, CODE_D(WORD_ADDI, t, index, less));
        index = t;
    }
    compile_put(c, CODE_D(WORD_CMPLI, 0, index, table->n - 1));
    go_to_end(s, CODE_BC(IF_TRUE, 1));
    compile_put(c, CODE_RLWINM(t, index, 2, 0, 29));
    table->high = refer(c, CODE_ADDRESS_HA);
    compile_put(c, CODE_D(WORD_ADDIS, t, t, 0));
    table->low = refer(c, CODE_ADDRESS_LO);
    compile_put(c, CODE_D(WORD_LWZ, t, t, 0));
    jump(c, t);
}

static unsigned slot_of(const struct table *table, uint32_t value)
{
    return value >> table->shift & (table->n - 1);
}

static bool tells_apart(const struct search *s, const struct table *table)
{
    uint32_t seen[(1 << HASH_BITS_MAX) / 32] = {0};

    for (unsigned i = 0; i < s->n_values; i++) {
        unsigned slot = slot_of(table, value_at(s, i));

        if ((seen[slot / 32] >> slot % 32 & 1) != 0)
            return false;
        seen[slot / 32] |= 1u << slot % 32;
    }
    return true;
}

/* Bits of the value that are different in all constants. */
static bool find_hash(const struct search *s, struct table *table)
{
    if (s->n_values < HASH_MIN)
        return false;
    table->hashed = true;
    for (table->bits = 3; table->bits <= HASH_BITS_MAX; table->bits++) {
        table->n = 1u << table->bits;
        if (table->n < s->n_values)
            continue;
        if (table->n > 16 * s->n_values)
            break;
        for (table->shift = 0; table->shift + table->bits <= 32; table->shift++)
            if (tells_apart(s, table))
                return true;
    }
    return false;
}

static void search_hash(struct search *s, struct table *table)
{
    struct compiler *c = s->c;
    unsigned t = temp_take(c, false), u = temp_take(c, true);
    unsigned end = 28, begin = 29 - table->bits;

    compile_put(c, CODE_RLWINM(t, s->key, (32 - table->shift + 3) & 31, begin, end));
    table->high = refer(c, CODE_ADDRESS_HA);
    compile_put(c, CODE_D(WORD_ADDIS, t, t, 0));
    table->low = refer(c, CODE_ADDRESS_LO);
    compile_put(c, CODE_D(WORD_LWZU, u, t, 0));
    compile_put(c, CODE_X(WORD_CMPL, 0, u, s->key));
    go_to_end(s, CODE_BC(IF_FALSE, BIT_EQ));
    compile_put(c, CODE_D(WORD_LWZ, t, t, 4));
    jump(c, t);
}

/* Constants from one to before another one; those that do not fit an instruction are made in a register. */
static void compare(struct search *s, unsigned scratch, uint32_t value)
{
    struct compiler *c = s->c;

    if (value < 0x10000) {
        compile_put(c, CODE_D(WORD_CMPLI, 0, s->key, value));
        return;
    }
    compile_put(c, CODE_D(WORD_ADDIS, scratch, 0, value >> 16));
    compile_put(c, CODE_D(WORD_ORI, scratch, scratch, value));
    compile_put(c, CODE_X(WORD_CMPL, 0, s->key, scratch));
}

/* The halves that are still to be searched stand in a list; it is never deeper than the number of halvings. */
static void search_halves(struct search *s)
{
    struct {
        unsigned from, to;
        struct spot spot;
    } halves[24];
    unsigned n = 0, scratch = temp_take(s->c, true);

    halves[n++].to = s->n_values;
    halves[0].from = 0;
    halves[0].spot = SPOT_NONE;
    while (n > 0) {
        unsigned from = halves[n - 1].from, to = halves[n - 1].to;

        spot_place(s->c, &halves[n - 1].spot);
        n--;
        while (to - from > 2) {
            unsigned middle = (from + to) / 2;

            compare(s, scratch, value_at(s, middle));
            halves[n].from = middle;
            halves[n].to = to;
            halves[n].spot = SPOT_NONE;
            go(s->c, &halves[n++].spot, CODE_BC(IF_FALSE, BIT_LT));
            to = middle;
        }
        for (; from + 1 < to; from++) {
            compare(s, scratch, value_at(s, from));
            go(s->c, leaf_of(s, from), CODE_BC(IF_TRUE, BIT_EQ));
        }
        compare(s, scratch, value_at(s, from));
        go(s->c, leaf_of(s, from), CODE_BC(IF_TRUE, BIT_EQ));
        go_to_end(s, WORD_B);
        s->c->state.reachable = true;
    }
    s->c->state.reachable = false;
}

static void put_search(struct search *s, struct table *table)
{
    struct compiler *c = s->c;
    struct state state;

    compile_add_part(c, PART_SEARCH, s->n, 0, false);
    load_key(s);
    temp_pin(c, s->key);
    if (is_dense(s)) {
        search_table(s, table);
    } else if (find_hash(s, table)) {
        search_hash(s, table);
    } else {
        table->n = 0;
        state = c->state;
        search_halves(s);
        state.reachable = false;
        c->state = state;
        for (unsigned i = 0; i < TEMPS; i++)
            if ((c->pinned >> i & 1) != 0 && i != s->key)
                temp_forget(c, i);
    }
    s->at_leaf = c->state;
    s->at_leaf.reachable = true;
    c->state.reachable = false;
}

static uint32_t address_of(struct search *s, const struct spot *spot)
{
    return spot->place == NO_LABEL ? s->end.spot.place : spot->place;
}

static void put_address(struct search *s, unsigned i, uint32_t end)
{
    compile_relocate(s->c, CODE_ADDRESS, i == NO_LABEL ? end : address_of(s, leaf_of(s, i)));
    compile_put(s->c, 0);
}

/* Which constant a word or slot of a table is for, NO_LABEL if none. */
static void fill_slots(const struct search *s, const struct table *table, unsigned slots[])
{
    for (unsigned i = 0; i < table->n; i++)
        slots[i] = NO_LABEL;
    for (unsigned i = 0; i < s->n_values; i++)
        slots[table->hashed ? slot_of(table, value_at(s, i)) : value_at(s, i) - table->base] = i;
}

/* An empty slot holds a value that belongs elsewhere, so nothing that comes to it is equal to it. */
static void put_table(struct search *s, const struct table *table)
{
    struct compiler *c = s->c;
    unsigned *slots = malloc(table->n * sizeof *slots);
    uint32_t start = c->out->n_words, end = start + table->n * (table->hashed ? 2 : 1);

    if (slots == NULL) {
        c->fault = COMPILE_NO_MEMORY;
        return;
    }
    if (c->fault == COMPILE_OK) {
        c->out->relocations[table->high].target = start;
        c->out->relocations[table->low].target = start;
    }
    c->state.reachable = true;
    fill_slots(s, table, slots);
    for (unsigned i = 0; i < table->n; i++) {
        if (table->hashed)
            compile_put(c, value_at(s, slots[i] == NO_LABEL ? 0 : slots[i]));
        put_address(s, slots[i], end);
    }
    c->state.reachable = false;
    free(slots);
}

/* ---- leaves ---- */

/* What holds whatever handlers of the run were run before. */
static void make_common(struct search *s)
{
    struct compiler *c = s->c;
    uint32_t clobbers = 0;

    for (size_t i = s->first; i < s->first + s->n; i++)
        if (!copy_is_possible(c, &c->plan->bindings[i].handler) || stores(c, i))
            clobbers = ~0u;
    for (unsigned i = 0; i < c->n_words; i++)
        if (PLACE_IS_REGISTER(c->places[i]) && (clobbers >> c->places[i] & 1) != 0 &&
            (s->at_leaf.in_home >> i & 1) != 0)
            s->at_leaf.in_register &= ~WORD_BIT(i);
    for (unsigned i = 0; i < TEMPS; i++)
        s->at_leaf.temps[i].content = CONTENT_NONE;
    s->at_leaf.maybe = true;
}

/* Is the value still the same? Else the rest of the bindings are asked in turn. */
static void look_again(struct search *s, uint32_t value, size_t binding)
{
    struct compiler *c = s->c;
    unsigned key = s->key;

    load_key(s);
    if (s->key != key) {
        compile_put(c, CODE_X(WORD_OR, s->key, key, s->key));
        temp_forget(c, key);
        s->key = key;
    }
    compile_compare_equal(c, key, value);
    spot_branch(c, &s->chain[binding + 1], CODE_BC(IF_FALSE, BIT_EQ));
    c->pinned = 0;
}

/* What is left of a binding's guards when the value was found. */
static void put_rest(struct search *s, size_t binding, struct label *no)
{
    struct compiler *c = s->c;
    guard_t guard;
    unsigned number;

    compile_add_part(c, PART_GUARD, binding, c->plan->bindings[binding].guards[0].guard.procedure,
                     true);
    for (unsigned i = s->extent.position + 1; test_at(c, binding, i, &guard, &number) != NULL; i++)
        compile_tests(c, guard, number, 1, no);
}

/* The handlers of an entry; the state behind it is that of its end. */
static void put_entry(struct search *s, unsigned i, bool last)
{
    struct compiler *c = s->c;
    size_t index = s->entries[i].binding, binding = s->first + index;
    bool again = s->again && stores(c, binding) && index + 1 < s->n;
    bool ends = last && !again && s->first + s->n == c->plan->n;
    bool returns =
        c->plan->bindings[binding].cancel || (ends && compile_may_return(c, binding));
    struct label no;

    label_init(&no);
    if (s->again)
        c->state = s->at_leaf;
    spot_place(c, &s->entries[i].leaf);
    put_rest(s, binding, &no);
    compile_handler(c, binding, returns);
    c->pinned = 0;
    if (again && c->state.reachable)
        look_again(s, s->entries[i].value, index);
    label_place(c, &no);
}

static void put_leaf(struct search *s, struct leaf *leaf)
{
    struct compiler *c = s->c;

    c->state = s->at_leaf;
    for (unsigned i = 0; i < leaf->n_entries; i++)
        put_entry(s, leaf->entry + i, i + 1 == leaf->n_entries);
    go_to_end(s, WORD_B);
    c->state.reachable = false;
}

/* ---- leaves that are taken over ---- */

static bool same_temps(const struct state *one, const struct state *other)
{
    for (unsigned i = 0; i < TEMPS; i++) {
        const struct temp *t = &one->temps[i], *u = &other->temps[i];

        if (t->content != u->content ||
            (t->content != CONTENT_NONE &&
             (t->value != u->value || t->guard != u->guard || t->node != u->node)))
            return false;
    }
    return true;
}

static bool same_state(const struct state *one, const struct state *other)
{
    return one->in_register == other->in_register && one->in_home == other->in_home &&
           one->in_caller == other->in_caller && one->fired == other->fired &&
           one->maybe == other->maybe && same_temps(one, other);
}

/* Whether leaves of the run before can be what they were: all that their code depends on is the same. */
static bool can_take_over(const struct search *s, const struct open_run *old)
{
    return old != NULL && old->key == s->key && old->again == s->again &&
           old->extent.position == s->extent.position && s->first + s->n == s->c->plan->n &&
           same_state(&old->at_leaf, &s->at_leaf);
}

/* The run before ended with its last binding, which has others behind it now. */
static bool same_entries(const struct search *s, const struct leaf *leaf, const struct leaf *was)
{
    if (was->n_entries != leaf->n_entries || was->n_words == 0)
        return false;
    for (unsigned i = 0; i < leaf->n_entries; i++) {
        uint32_t binding = s->old->entries[was->entry + i].binding;

        if (binding != s->entries[leaf->entry + i].binding ||
            (s->again && binding + 1 == s->old->n))
            return false;
    }
    return true;
}

/* Both are in the order of their values. */
static const struct leaf *find_old(struct search *s, const struct leaf *leaf)
{
    uint32_t value = s->entries[leaf->entry].value;
    const struct open_run *old = s->old;

    while (s->old_leaf < old->n_leaves &&
           old->entries[old->leaves[s->old_leaf].entry].value < value)
        s->old_leaf++;
    if (s->old_leaf == old->n_leaves ||
        old->entries[old->leaves[s->old_leaf].entry].value != value)
        return NULL;
    return same_entries(s, leaf, &old->leaves[s->old_leaf]) ? &old->leaves[s->old_leaf] : NULL;
}

/* A branch out of the leaf, to where that is now. */
static void copy_exit(struct search *s, uint32_t word, const struct leaf_exit *exit)
{
    uint32_t branch =
        word & ~(word >> 26 == WORD_B >> 26 ? TARGET_OF_B : TARGET_OF_BC);

    spot_branch(s->c, exit->to == NO_LABEL ? &s->end.spot : &s->chain[exit->to], branch);
}

static void copy_words(struct search *s, const struct leaf *leaf, const struct leaf *was)
{
    const struct tail *tail = &s->c->out->tail;
    const struct open_run *old = s->old;
    unsigned entry = 0;

    for (uint32_t i = was->word; i < was->word + was->n_words; i++) {
        while (entry < was->n_entries && old->entries[was->entry + entry].leaf.place == i)
            spot_place(s->c, &s->entries[leaf->entry + entry++].leaf);
        while (s->old_exit < old->n_exits && old->exits[s->old_exit].word < i)
            s->old_exit++;
        if (s->old_exit < old->n_exits && old->exits[s->old_exit].word == i)
            copy_exit(s, tail->words[i - tail->n_words], &old->exits[s->old_exit]);
        else
            compile_put(s->c, tail->words[i - tail->n_words]);
    }
}

/* What is said of the words goes with them. */
static void copy_notes(struct search *s, const struct leaf *was)
{
    struct compiled *out = s->c->out;
    const struct tail *tail = &out->tail;

    for (uint32_t i = 0; i < was->n_parts; i++) {
        const struct code_part *part = &tail->parts[was->part + i - tail->n_parts];

        if (!compile_grow(s->c, (void **)&out->parts, out->n_parts, &out->parts_room,
                          sizeof *out->parts))
            return;
        out->parts[out->n_parts] = *part;
        out->parts[out->n_parts++].word += out->n_words - was->word;
    }
    for (uint32_t i = 0; i < was->n_relocations; i++) {
        const struct code_relocation *r =
            &tail->relocations[was->relocation + i - tail->n_relocations];

        if (!compile_grow(s->c, (void **)&out->relocations, out->n_relocations,
                          &out->relocations_room, sizeof *out->relocations))
            return;
        out->relocations[out->n_relocations] = *r;
        out->relocations[out->n_relocations++].word += out->n_words - was->word;
    }
}

static bool take_over(struct search *s, const struct leaf *leaf)
{
    const struct leaf *was = s->old == NULL ? NULL : find_old(s, leaf);

    if (was == NULL)
        return false;
    s->c->state.reachable = true;
    copy_notes(s, was);
    copy_words(s, leaf, was);
    s->c->state.reachable = false;
    return true;
}

static void put_leaves(struct search *s)
{
    struct compiled *out = s->c->out;

    for (unsigned i = 0; i < s->n_values && s->c->fault == COMPILE_OK; i++) {
        struct leaf *leaf = &s->leaves[i];

        leaf->word = out->n_words;
        leaf->relocation = out->n_relocations;
        leaf->part = out->n_parts;
        if (!take_over(s, leaf))
            put_leaf(s, leaf);
        leaf->n_words = out->n_words - leaf->word;
        leaf->n_relocations = out->n_relocations - leaf->relocation;
        leaf->n_parts = out->n_parts - leaf->part;
    }
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
    go_to_end(s, WORD_B);
}

/* The last binding of the run before may need more than it did. */
static void give_homes(struct search *s)
{
    size_t first = s->first;

    if (s->old != NULL) {
        s->homes = s->old->homes;
        first += s->old->n - 1;
    }
    for (size_t i = first; i < s->first + s->n; i++)
        s->homes |= compile_needs_homes(s->c, i);
    compile_give_homes(s->c, s->homes);
}

static void put_run(struct search *s)
{
    struct compiler *c = s->c;
    struct table table = {.n = 0};

    give_homes(s);
    put_search(s, &table);
    c->pinned = 0;
    if (s->again)
        make_common(s);
    if (!can_take_over(s, s->old))
        s->old = NULL;
    else
        label_meet(&s->end, &s->old->end);
    put_leaves(s);
    if (s->again)
        put_chain(s);
    c->state.reachable = false;
    if (table.n != 0)
        put_table(s, &table);
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
            run->exits[run->n_exits++] = (struct leaf_exit){
                s->c->branches[k].word, i == s->n ? NO_LABEL : (uint32_t)i};
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

    if (run == NULL || exits == NULL || c->fault != COMPILE_OK ||
        s->first + s->n != c->plan->n || !s->end.has_state) {
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
    struct search s = {.c = c, .first = first, .n = n, .old = run_before(c, first)};

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
