/*
 * See carried.h. A block passes on what it is given, less what its calls touch, and adds what it writes behind them. Both are
 * found by going through it with everything and with nothing.
 */
#include "arch/ppc/code/analysis/carried.h"

#include <stdlib.h>

#include "arch/ppc/code/effects.h"

static const struct register_set everything = REGISTERS_ALL;

struct node {
    struct register_set in;
    struct register_set adds, passes;
    uint32_t first_call; /* at or behind its start */
    bool dirty;          /* it has been given more than it has passed on */
};

struct carrying {
    const struct flow *flow;
    const struct live_terms *terms;
    struct node *nodes; /* by block */
};

/* ---- blocks ---- */

static uint32_t number_of(const struct flow *flow, vaddr_t address)
{
    const struct part *part = flow->parts;

    while (address - part->start >= part->end - part->start)
        part++;
    return part->first_word + (address - part->start) / 4;
}

static void step_words(const struct flow *flow, uint32_t first, uint32_t n,
                       struct register_set *set)
{
    struct register_set live = REGISTERS_NONE;

    code_effects_gather(flow->words + first, flow->opcodes + first, n, &live, set);
}

/* What is put in at the start of a block and comes out at its end; at_calls may be NULL. */
static void go_through(const struct carrying *c, uint32_t block, struct register_set *set,
                       struct register_set at_calls[])
{
    const struct flow *flow = c->flow;
    vaddr_t start = flow->blocks[block].start;
    uint32_t n = flow->blocks[block].n_words, at = 0;
    uint32_t first = n == 0 ? 0 : number_of(flow, start);

    for (uint32_t i = c->nodes[block].first_call; i < flow->n_calls; i++) {
        uint32_t place = (flow->calls[i].site - start) / 4;
        struct summary summary;

        if (flow->calls[i].site < start || place >= n)
            break;
        step_words(flow, first + at, place + 1 - at, set);
        if (at_calls != NULL)
            at_calls[i] = *set;
        c->terms->summary(c->terms->context, &flow->calls[i], &summary);
        registers_remove(set, &summary.touches);
        at = place + 1;
    }
    step_words(flow, first + at, n - at, set);
}

static void begin(struct carrying *c, const struct register_set *at_entry)
{
    const struct flow *flow = c->flow;
    uint32_t call = 0;

    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        const struct block *block = &flow->blocks[i];
        struct node *node = &c->nodes[i];

        while (call < flow->n_calls && flow->calls[call].site < block->start)
            call++;
        *node = (struct node){.passes = everything, .first_call = call, .dirty = true};
        go_through(c, i, &node->adds, NULL);
        go_through(c, i, &node->passes, NULL);
        if (block->entry)
            node->in = block->start == flow->procedure.start ? *at_entry : everything;
    }
}

/* ---- the fixed point ---- */

/* Whether it has not been given all of a set. */
static bool give(struct node *node, const struct register_set *set)
{
    struct register_set all = node->in;

    registers_add(&all, set);
    if (registers_equal(&all, &node->in))
        return false;
    node->in = all;
    node->dirty = true;
    return true;
}

/* Whether anything changed. */
static bool pass_on(struct carrying *c, uint32_t number)
{
    const struct block *block = &c->flow->blocks[number];
    struct register_set out = c->nodes[number].in;
    bool changed = false;

    c->nodes[number].dirty = false;
    registers_keep(&out, &c->nodes[number].passes);
    registers_add(&out, &c->nodes[number].adds);
    for (uint32_t i = 0; i < block->n_successors; i++)
        changed = give(&c->nodes[c->flow->successors[block->first_successor + i]], &out) || changed;
    return changed;
}

static void settle(struct carrying *c)
{
    bool changed = true;

    while (changed) {
        changed = false;
        for (uint32_t i = 0; i < c->flow->n_blocks; i++)
            if (c->nodes[i].dirty)
                changed = pass_on(c, i) || changed;
    }
}

status_t carried_find(const struct flow *flow, const struct live_terms *terms,
                      const struct register_set *at_entry, struct register_set at_calls[])
{
    struct carrying c = {.flow = flow, .terms = terms};

    if (!flow->complete || flow->calls_inside) {
        for (uint32_t i = 0; i < flow->n_calls; i++)
            at_calls[i] = everything;
        return OK;
    }
    c.nodes = malloc((flow->n_blocks + 1) * sizeof c.nodes[0]);
    if (c.nodes == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for what is carried through 0x%08x",
                             (unsigned)flow->procedure.start);
    begin(&c, at_entry);
    settle(&c);
    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        struct register_set set = c.nodes[i].in;

        go_through(&c, i, &set, at_calls);
    }
    free(c.nodes);
    return OK;
}
