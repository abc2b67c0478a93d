/*
 * Procedures that call each other in a circle: first which of them return, then what they do. Both are
 * the least that agrees with itself: at first too much is promised of each (that it never returns; that
 * it reads nothing and writes everything), and what does not hold is taken back, until all hold.
 */
#include <stdlib.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/analysis/program_private.h"

/* How often a circle is gone round before it is given up. */
#define ROUNDS_MAX 16

/* ---- whether they return ---- */

/* The number of the first call at or behind an address. */
static uint32_t first_call(const struct flow *flow, vaddr_t address)
{
    uint32_t low = 0, high = flow->n_calls;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (flow->calls[middle].site < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Whether control gets to the end of a block, by what is known of calls in it. */
static bool runs_through(struct program *p, const struct flow *flow, const struct block *block)
{
    for (uint32_t i = first_call(flow, block->start);
         i < flow->n_calls && flow->calls[i].site - block->start < 4 * block->n_words; i++) {
        const struct call *call = &flow->calls[i];
        struct successor successor;

        if (!call->direct || call->tail || program_comes_back(p, call->target))
            continue;
        code_successor(flow_word(flow, call->site), call->site, &successor);
        if (!successor.conditional)
            return false;
    }
    return true;
}

/* Whether the end of a block may be the procedure's return. */
static bool may_end(struct program *p, const struct flow *flow, const struct block *block)
{
    switch (block->end) {
    case BLOCK_FALLS:
    case BLOCK_BRANCHES:
    case BLOCK_SWITCHES:
        return false;
    case BLOCK_LEAVES:
        return program_comes_back(p, block->target);
    case BLOCK_STOPS:
        return code_opcode(flow_word(flow, block->start + 4 * (block->n_words - 1))) == OPCODE_RFI;
    default:
        return true;
    }
}

/* pending and seen: one for each block. */
static bool search_return(struct program *p, const struct flow *flow, uint32_t pending[],
                          bool seen[])
{
    uint32_t n = 0;

    pending[n++] = (uint32_t)(flow_block_at(flow, flow->procedure.start) - flow->blocks);
    while (n > 0) {
        const struct block *block = &flow->blocks[pending[--n]];

        if (!runs_through(p, flow, block))
            continue;
        if (may_end(p, flow, block))
            return true;
        for (uint32_t i = 0; i < block->n_successors; i++) {
            uint32_t to = flow->successors[block->first_successor + i];

            if (!seen[to])
                pending[n++] = to;
            seen[to] = true;
        }
    }
    return false;
}

static status_t find_return(struct program *p, struct node *node, bool *returns)
{
    const struct flow *flow = node->flow;
    uint32_t *pending = malloc((flow->n_blocks + 1) * sizeof(pending[0]));
    bool *seen = calloc(flow->n_blocks + 1, sizeof(seen[0]));
    bool enough = pending != NULL && seen != NULL;

    *returns = !enough || flow_block_at(flow, flow->procedure.start) == NULL ||
               search_return(p, flow, pending, seen);
    free(pending);
    free(seen);
    return enough ? OK
                  : status_refuse(ERR_NO_MEMORY, "no memory for the ways through 0x%08x",
                                  (unsigned)flow->procedure.start);
}

static status_t settle_return(struct program *p, struct node *node, bool *changed)
{
    status_t status = OK;

    if (!node->summary.returns && !node->procedure.no_return) {
        status = find_return(p, node, &node->summary.returns);
        *changed |= node->summary.returns;
    }
    return status;
}

/* At first none does; one that does so lets others. */
static status_t settle_returns(struct program *p, const uint32_t members[], uint32_t n)
{
    bool changed = true;

    for (uint32_t i = 0; i < n; i++)
        p->nodes[members[i]].summary.returns = false;
    for (unsigned round = 0; changed && round < ROUNDS_MAX; round++) {
        changed = false;
        for (uint32_t i = 0; i < n; i++) {
            status_t status = settle_return(p, &p->nodes[members[i]], &changed);

            if (status != OK)
                return status;
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        p->nodes[members[i]].summary.returns |= changed;
        p->n_stops += !p->nodes[members[i]].summary.returns;
    }
    return OK;
}

/* ---- what they do ---- */

/* At first it reads nothing and writes everything; that is taken back where it is not so. */
static void promise(struct node *node)
{
    node->summary.reads = REGISTERS_NONE;
    node->summary.writes = REGISTERS_ALL;
    node->summary.touches = REGISTERS_NONE;
    node->summary.known = true;
}

struct revision {
    const struct program *program;
    uint32_t since; /* by the clock */
};

/* Whether what is called has got another summary since. */
static bool is_changed(void *context, const struct call *call)
{
    const struct revision *revision = context;
    const struct program *p = revision->program;
    uint32_t callee = call->direct ? program_node_at(p, call->target) : NOBODY;

    return callee != NOBODY && p->nodes[callee].state == STATE_SETTLING &&
           p->nodes[callee].changed > revision->since;
}

static status_t draft(struct program *p, struct node *node)
{
    struct revision revision = {p, node->drafted};
    bool first = node->draft == NULL;

    node->drafted = p->clock;
    if (first)
        return draft_build(node->flow, program_live_terms(p, node), &node->draft);
    draft_revise(node->draft, is_changed, &revision);
    return OK;
}

static status_t settle_summaries(struct program *p, const uint32_t members[], uint32_t n,
                                 bool *changed)
{
    *changed = false;
    for (uint32_t i = 0; i < n; i++) {
        struct node *node = &p->nodes[members[i]];
        status_t status = draft(p, node);
        struct summary summary;

        if (status != OK)
            return status;
        draft_summarize(node->draft, &summary);
        summary.returns = node->summary.returns;
        if (!registers_equal(&summary.reads, &node->summary.reads) ||
            !registers_equal(&summary.writes, &node->summary.writes)) {
            node->changed = ++p->clock;
            *changed = true;
        }
        node->summary = summary;
    }
    return OK;
}

static void finish_drafts(struct program *p, const uint32_t members[], uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct node *node = &p->nodes[members[i]];

        node->live = draft_finish(node->draft);
        node->draft = NULL;
    }
}

/* All members may do what any of them does. */
static void share_touches(struct program *p, const uint32_t members[], uint32_t n)
{
    struct register_set touches = REGISTERS_NONE;
    bool vague = false;

    for (uint32_t i = 0; i < n; i++) {
        registers_add(&touches, &p->nodes[members[i]].summary.touches);
        vague |= p->nodes[members[i]].summary.vague;
    }
    for (uint32_t i = 0; i < n; i++) {
        struct node *node = &p->nodes[members[i]];

        node->summary.vague = vague;
        node->summary.touches = touches;
        node->live->summary = node->summary;
    }
}

/* Nothing is known of any of them. */
static status_t give_up(struct program *p, const uint32_t members[], uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct summary *summary = &p->nodes[members[i]].summary;
        bool returns = summary->returns;

        summary_unknown(summary);
        summary->returns = returns;
    }
    for (uint32_t i = 0; i < n; i++) {
        struct summary summary;
        status_t status = program_build_live(p, &p->nodes[members[i]], &summary);

        if (status != OK)
            return status;
    }
    return OK;
}

status_t program_settle_circle(struct program *p, const uint32_t members[], uint32_t n)
{
    bool changed = true;
    status_t status = settle_returns(p, members, n);

    for (uint32_t i = 0; i < n && status == OK; i++) {
        promise(&p->nodes[members[i]]);
        status = program_refresh_flow(p, &p->nodes[members[i]]);
    }
    for (unsigned round = 0; status == OK && changed && round < ROUNDS_MAX; round++)
        status = settle_summaries(p, members, n, &changed);
    if (status != OK)
        return status;
    finish_drafts(p, members, n);
    if (changed)
        return give_up(p, members, n);
    share_touches(p, members, n);
    return OK;
}
