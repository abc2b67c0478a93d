/*
 * Units: bindings next to each other with the same guards, and runs of bindings that a search finds. And how a plan that begins
 * like another one goes on from there; see compiler.h.
 */
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/dispatch/compiler.h"

/* Bindings behind the same guards: conditional branches must pass them; the second if they did not. */
#define GROUP_MAX 64
#define GROUP_MIN 8
#define NEIGHBOURS 3 /* units that may become a run with what is added: more are one already */

/* ---- units ---- */

static bool same_target(const struct target *one, const struct target *other)
{
    return one->procedure == other->procedure && one->closure == other->closure &&
           one->passing == other->passing && one->facts == other->facts;
}

/* Guards that need not be evaluated again behind a handler. */
static bool guards_stay(struct compiler *c, size_t binding)
{
    const struct dispatch_binding *b = &c->plan->bindings[binding];
    bool stores = b->filter || compile_has_posts(b) || b->handler.facts == NULL ||
                  b->counter != NULL || b->handler.facts->stores || !b->handler.facts->leaf;

    if (b->filter)
        return false;
    for (unsigned i = 0; i < b->n_guards; i++) {
        guard_t guard = GUARD_OF(binding, i);

        if (b->guards[i].guard.procedure == 0 || !stores)
            continue;
        if (!compile_has_predicate(c, guard))
            return false;
        for (unsigned k = 0; k < compile_predicate(c, guard)->n_nodes; k++)
            if (compile_predicate(c, guard)->nodes[k].kind == NODE_LOAD)
                return false;
    }
    return true;
}

static bool same_guards(const struct dispatch_binding *one, const struct dispatch_binding *other)
{
    if (one->n_guards != other->n_guards || one->n_guards == 0)
        return false;
    for (unsigned i = 0; i < one->n_guards; i++)
        if (!same_target(&one->guards[i].guard, &other->guards[i].guard))
            return false;
    return true;
}

/* How many from one on have the same guards; n of them are known to. */
static size_t group_length(const struct compiler *c, size_t first, size_t n)
{
    const struct dispatch_binding *bindings = c->plan->bindings;

    while (n < (c->no_search ? GROUP_MIN : GROUP_MAX) && first + n < c->plan->n &&
           !bindings[first + n - 1].cancel && same_guards(&bindings[first], &bindings[first + n]))
        n++;
    return n;
}

/* Nothing is run behind it, not even a default handler. */
bool compile_is_end(const struct compiler *c, size_t binding)
{
    return (binding + 1 == c->plan->n || c->plan->bindings[binding].cancel) &&
           compile_may_return(c, binding);
}

static void add_unit(struct compiler *c, size_t first, size_t n, size_t group)
{
    struct compiled *out = c->out;

    if (!compile_grow(c, (void **)&out->units, out->n_units, &out->units_room, sizeof *out->units))
        return;
    out->units[out->n_units++] = (struct unit){.word = out->n_words,
                                               .n_relocations = out->n_relocations,
                                               .n_parts = out->n_parts,
                                               .n_cuts = out->n_cuts,
                                               .first = (uint32_t)first,
                                               .n = (uint32_t)n,
                                               .group = (uint32_t)group,
                                               .state = c->state};
}

/* The words that branch to the end of the last group, for who adds to it. */
static void keep_exits(struct compiler *c, const struct label *no)
{
    struct compiled *out = c->out;

    out->group.n_exits = 0;
    for (uint32_t i = no->spot.first; i != NO_LABEL; i = c->branches[i].next)
        if (compile_grow(c, (void **)&out->exits, out->group.n_exits, &out->exits_room,
                         sizeof *out->exits))
            out->exits[out->group.n_exits++] = c->branches[i].word;
}

static void open_group(struct compiler *c, const struct label *no)
{
    c->out->group.valid = true;
    c->out->group.has_state = no->has_state;
    c->out->group.state = no->state;
}

/* From binding `from` of the group on; what is before it is compiled already. */
static void compile_group(struct compiler *c, size_t first, size_t n, size_t from, struct label *no)
{
    words_t homes = 0;

    for (size_t i = first; i < first + n && from == first; i++)
        homes |= compile_needs_homes(c, i);
    word_save(c, homes);
    for (size_t i = from; i < first + n && c->state.reachable; i++) {
        if (i == first + n - 1)
            open_group(c, no);
        if (i != first)
            add_unit(c, i, 1, first);
        if (i == first || !guards_stay(c, i - 1))
            compile_guards(c, i, no);
        compile_handler(c, i, compile_is_end(c, i));
        c->pinned = 0;
    }
    keep_exits(c, no);
    label_place(c, no);
}

/* As if all but its last binding had just been compiled. */
static void continue_group(struct compiler *c, size_t group, size_t n, size_t from)
{
    const struct compiled *out = c->out;
    struct label no;

    label_init(&no);
    no.has_state = out->group.has_state;
    no.state = out->group.state;
    for (uint32_t i = 0; i < out->group.n_exits; i++) {
        if (out->exits[i] >= out->n_words)
            continue;
        if (!compile_grow(c, (void **)&c->branches, c->n_branches, &c->branches_room,
                          sizeof *c->branches))
            return;
        c->branches[c->n_branches] = (struct local_branch){out->exits[i], no.spot.first};
        no.spot.first = c->n_branches++;
    }
    compile_group(c, group, n, from, &no);
}

static size_t compile_unit(struct compiler *c, size_t first)
{
    size_t n = search_length(c, first);
    struct label no;

    c->out->group.valid = false;
    if (n != 0) {
        add_unit(c, first, n, first);
        compile_search(c, first, n);
        return n;
    }
    n = group_length(c, first, 1);
    add_unit(c, first, n, first);
    label_init(&no);
    compile_group(c, first, n, first, &no);
    return n;
}

/* If there are too few registers to copy what it consists of, that is called. */
static size_t compile_unit_somehow(struct compiler *c, size_t first)
{
    uint32_t n_units = c->out->n_units;
    struct mark mark;
    size_t n;

    compile_mark(c, &mark);
    n = compile_unit(c, first);
    if (c->fault != COMPILE_NO_TEMPS || c->frame == 0 || c->only_calls)
        return n;
    compile_go_back(c, &mark);
    c->out->n_units = n_units;
    c->only_calls = true;
    n = compile_unit(c, first);
    c->only_calls = false;
    return n;
}

void compile_units(struct compiler *c, size_t first, size_t continued)
{
    if (continued != SIZE_MAX) {
        size_t n = group_length(c, continued, first - continued);

        continue_group(c, continued, n, first);
        first = continued + n;
    }
    while (first < c->plan->n && c->state.reachable && c->fault == COMPILE_OK)
        first += compile_unit_somehow(c, first);
}

/* ---- going back ---- */

/* Arrays that have never held anything are not there. */
static void copy(void *to, const void *from, size_t size)
{
    if (size != 0)
        memcpy(to, from, size);
}

static void *put_tail(void *to, const void **from, uint32_t first, uint32_t end, size_t size)
{
    copy(to, (const char *)*from + first * size, (end - first) * size);
    *from = to;
    return (char *)to + (end - first) * size;
}

/* Keeps what stands from a unit on, and whatever branches from before it into it. */
static bool save_tail(struct compiled *out, const struct unit *unit, uint32_t first_word)
{
    struct tail t = {.n_words = first_word,
                     .n_relocations = unit->n_relocations,
                     .n_parts = unit->n_parts,
                     .n_cuts = unit->n_cuts,
                     .n_units = (uint32_t)(unit - out->units),
                     .all_words = out->n_words,
                     .all_relocations = out->n_relocations,
                     .all_parts = out->n_parts,
                     .all_cuts = out->n_cuts,
                     .all_units = out->n_units,
                     .n_bindings = out->n_bindings,
                     .group = out->group,
                     .run = out->run,
                     .words = out->words,
                     .relocations = out->relocations,
                     .parts = out->parts,
                     .cuts = out->cuts,
                     .units = out->units,
                     .exits = out->exits};
    void *next = malloc((t.all_units - t.n_units) * sizeof *t.units +
                        (t.all_cuts - t.n_cuts) * sizeof *t.cuts +
                        (t.all_relocations - t.n_relocations) * sizeof *t.relocations +
                        (t.all_parts - t.n_parts) * sizeof *t.parts +
                        (t.all_words - t.n_words + t.group.n_exits) * sizeof *t.words);

    if (next == NULL)
        return false;
    t.saved = next; /* first what is aligned most */
    next = put_tail(next, (const void **)&t.units, t.n_units, t.all_units, sizeof *t.units);
    next = put_tail(next, (const void **)&t.cuts, t.n_cuts, t.all_cuts, sizeof *t.cuts);
    next = put_tail(next, (const void **)&t.relocations, t.n_relocations, t.all_relocations,
                    sizeof *t.relocations);
    next = put_tail(next, (const void **)&t.parts, t.n_parts, t.all_parts, sizeof *t.parts);
    next = put_tail(next, (const void **)&t.words, t.n_words, t.all_words, sizeof *t.words);
    (void)put_tail(next, (const void **)&t.exits, 0, t.group.n_exits, sizeof *t.exits);
    out->tail = t;
    out->changing = true;
    out->run = NULL;
    return true;
}

void compile_settle(struct compiled *compiled)
{
    compiled->changing = false;
    search_free(compiled->tail.run);
    free(compiled->tail.saved);
    compiled->tail.saved = NULL;
    compiled->tail.run = NULL;
}

void compile_undo(struct compiled *out)
{
    struct tail *t = &out->tail;

    if (t->saved == NULL)
        return;
    copy(out->units + t->n_units, t->units, (t->all_units - t->n_units) * sizeof *t->units);
    copy(out->cuts + t->n_cuts, t->cuts, (t->all_cuts - t->n_cuts) * sizeof *t->cuts);
    copy(out->relocations + t->n_relocations, t->relocations,
         (t->all_relocations - t->n_relocations) * sizeof *t->relocations);
    copy(out->parts + t->n_parts, t->parts, (t->all_parts - t->n_parts) * sizeof *t->parts);
    copy(out->words + t->n_words, t->words, (t->all_words - t->n_words) * sizeof *t->words);
    copy(out->exits, t->exits, t->group.n_exits * sizeof *t->exits);
    out->n_words = t->all_words;
    out->n_relocations = t->all_relocations;
    out->n_parts = t->all_parts;
    out->n_cuts = t->all_cuts;
    out->n_units = t->all_units;
    out->n_bindings = t->n_bindings;
    out->group = t->group;
    search_free(out->run);
    out->run = t->run;
    t->run = NULL;
    compile_settle(out);
}

/* How many units before one become a run with it and what follows. */
static uint32_t joining(struct compiler *c, uint32_t unit)
{
    const struct unit *units = c->out->units;

    for (uint32_t k = unit < NEIGHBOURS ? unit : NEIGHBOURS; k > 0; k--)
        if (units[unit - k].first + search_length(c, units[unit - k].first) > units[unit].first)
            return k;
    return 0;
}

/* Whether the last unit goes on with a group that has homes for all that is added. */
static bool goes_on(struct compiler *c, uint32_t i, size_t same)
{
    const struct compiled *out = c->out;
    const struct unit *unit = &out->units[i];
    size_t end = unit->group + group_length(c, unit->group, unit->first + 1 - unit->group);

    if (unit->group == unit->first || !out->group.valid || i + 1 != out->n_units ||
        same != out->n_bindings)
        return false;
    for (size_t k = unit->first; k < end; k++)
        if ((compile_needs_homes(c, k) & ~unit->state.in_home) != 0)
            return false;
    return true;
}

static uint32_t first_exit(const struct compiled *out, uint32_t word)
{
    for (uint32_t i = 0; i < out->group.n_exits; i++)
        if (out->exits[i] < word)
            word = out->exits[i];
    return word;
}

bool compile_resume(struct compiler *c, size_t same, size_t *first, size_t *continued)
{
    struct compiled *out = c->out;
    uint32_t i = 0, word;
    bool on;

    while (i + 1 < out->n_units && out->units[i + 1].first < same)
        i++;
    i -= joining(c, i);
    on = goes_on(c, i, same);
    while (!on && out->units[i].group != out->units[i].first)
        i--;
    word = on ? first_exit(out, out->units[i].word) : out->units[i].word;
    if (!save_tail(out, &out->units[i], word))
        return false;
    c->state = out->units[i].state;
    *first = out->units[i].first;
    *continued = on ? out->units[i].group : SIZE_MAX;
    out->n_words = out->units[i].word;
    out->first_changed = word;
    out->n_relocations = out->units[i].n_relocations;
    out->n_parts = out->units[i].n_parts;
    out->n_cuts = out->units[i].n_cuts;
    out->n_units = i;
    return true;
}
