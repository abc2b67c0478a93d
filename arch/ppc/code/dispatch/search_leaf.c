/* What is run when a search has found a value; see search.c. */
#include "arch/ppc/code/dispatch/search.h"
#include "arch/ppc/code/reach.h"

/* ---- the common tests and the value ---- */

/* What comes is a test of a binding. */
static const struct predicate_test *begin_test(struct search *s, size_t binding, unsigned position,
                                               guard_t *guard, unsigned *number)
{
    const struct predicate_test *test = search_test(s->c, binding, position, guard, number);

    if (test != NULL)
        cut_begin(s->c, compile_guard(s->c, *guard),
                  &(struct code_cut){.kind = CUT_GUARD,
                                     .binding = *guard / GUARDS_MAX,
                                     .number = *guard % GUARDS_MAX});
    return test;
}

/* All have these tests; `binding` is the one that asks. */
void search_load_key(struct search *s, size_t binding)
{
    struct compiler *c = s->c;
    guard_t guard;
    unsigned number;
    const struct predicate_test *test;

    for (unsigned i = 0; i < s->extent.position; i++) {
        (void)begin_test(s, binding, i, &guard, &number);
        compile_tests(c, guard, number, 1, &s->end);
    }
    test = begin_test(s, binding, s->extent.position, &guard, &number);
    s->key = compile_node(c, guard, test->a, false); /* what is added to r0 is added to 0 */
    cut_end(c);
}

/* ---- leaves ---- */

/* What holds whatever handlers of the run were run before. */
void search_make_common(struct search *s)
{
    struct compiler *c = s->c;
    uint32_t clobbers = 0;

    for (size_t i = s->first; i < s->first + s->n; i++)
        if (!copy_is_possible(c, &c->plan->bindings[i].handler) || search_stores(c, i))
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

    search_load_key(s, s->first + binding + 1);
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
    for (unsigned i = s->extent.position + 1; begin_test(s, binding, i, &guard, &number) != NULL;
         i++)
        compile_tests(c, guard, number, 1, no);
    cut_end(c);
}

/* The handlers of an entry; the state behind it is that of its end. */
static void put_entry(struct search *s, unsigned i, bool last)
{
    struct compiler *c = s->c;
    size_t index = s->entries[i].binding, binding = s->first + index;
    bool again = s->again && search_stores(c, binding) && index + 1 < s->n;
    bool ends = last && !again && s->first + s->n == c->plan->n;
    bool returns = c->plan->bindings[binding].cancel || (ends && compile_may_return(c, binding));
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
    search_end(s, WORD_B);
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
bool search_can_take_over(const struct search *s)
{
    const struct open_run *old = s->old;

    return old != NULL && old->key == s->key && old->again == s->again &&
           old->extent.position == s->extent.position && s->first + s->n == s->c->plan->n &&
           same_state(&old->at_leaf, &s->at_leaf);
}

/* What stood at the end of one of the runs may have had no others behind it, or have none now. */
static bool same_entries(const struct search *s, const struct leaf *leaf, const struct leaf *was)
{
    if (was->n_entries != leaf->n_entries || was->n_words == 0)
        return false;
    for (unsigned i = 0; i < leaf->n_entries; i++) {
        uint32_t binding = s->old->entries[was->entry + i].binding;

        if (binding != s->entries[leaf->entry + i].binding || binding >= s->common ||
            (s->again && binding + 1 >= s->common))
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
    if (s->old_leaf == old->n_leaves || old->entries[old->leaves[s->old_leaf].entry].value != value)
        return NULL;
    return same_entries(s, leaf, &old->leaves[s->old_leaf]) ? &old->leaves[s->old_leaf] : NULL;
}

/* A branch out of the leaf, to where that is now. */
static void copy_exit(struct search *s, uint32_t word, const struct leaf_exit *exit)
{
    uint32_t branch = word & ~(word >> 26 == WORD_B >> 26 ? TARGET_OF_B : TARGET_OF_BC);

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

static void copy_cuts(struct search *s, const struct leaf *was)
{
    struct compiled *out = s->c->out;
    const struct tail *tail = &out->tail;

    for (uint32_t i = 0; i < was->n_cuts; i++) {
        if (!cut_grow(s->c))
            return;
        out->cuts[out->n_cuts] = tail->cuts[was->cut + i - tail->n_cuts];
        out->cuts[out->n_cuts++].word += out->n_words - was->word;
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
        if (r->kind != CODE_BRANCH)
            out->relocations[out->n_relocations].target += out->n_words - was->word;
        out->relocations[out->n_relocations++].word += out->n_words - was->word;
    }
    copy_cuts(s, was);
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

void search_put_leaves(struct search *s)
{
    struct compiled *out = s->c->out;

    for (unsigned i = 0; i < s->n_values && s->c->fault == COMPILE_OK; i++) {
        struct leaf *leaf = &s->leaves[i];

        leaf->word = out->n_words;
        leaf->relocation = out->n_relocations;
        leaf->part = out->n_parts;
        leaf->cut = out->n_cuts;
        if (!take_over(s, leaf))
            put_leaf(s, leaf);
        leaf->n_words = out->n_words - leaf->word;
        leaf->n_relocations = out->n_relocations - leaf->relocation;
        leaf->n_parts = out->n_parts - leaf->part;
        leaf->n_cuts = out->n_cuts - leaf->cut;
    }
}
