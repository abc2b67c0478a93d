/*
 * See live.h. Each block is looked at once, backwards, for what it reads before it writes and what it
 * writes; the fixed point is then sought over blocks alone, for two sets at a time: what is live if
 * nothing is wanted at returns, and what would reach a return unwritten. Both are what a summary needs,
 * and with any set X wanted at returns what is live is the first and what the second has of X, since
 * all steps on the way distribute over unions.
 */
#include "arch/ppc/code/analysis/live.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/effects.h"

#define FROM_TO(first, last) (~0u >> (31 - (last)) & ~0u << (first))
#define STACK_AND_SMALL_DATA (1u << 1 | 1u << 2 | 1u << 13)
#define STATIC_CHAIN_AND_STUB (1u << 11 | 1u << 12)
#define CR_NONVOLATILE (CR_FIELD(2) | CR_FIELD(3) | CR_FIELD(4))
#define CR_VARIABLE_ARGUMENTS (0x80000000u >> 6)
#define SPECIAL_VOLATILE (SPECIAL_LR | SPECIAL_CTR | SPECIAL_XER)

#define NO_BLOCK UINT32_MAX

/*
 * `live` is what is live if nothing is wanted at returns, `kept` what would reach a return unwritten.
 */
struct state {
    struct register_set live, kept;
};

struct node {
    struct register_set reads, writes; /* of the block; reads: before it writes */
    struct state in;                   /* before it */
    struct state exit;                 /* behind it, because of what is not in the graph */
    uint32_t parent, n_ordered;        /* while blocks are put in order: successors done */
    bool seen, visited, queued;
};

struct draft {
    struct live *live;
    const struct flow *flow;
    struct node *nodes; /* by block */
    uint32_t *queue;    /* a ring of blocks to be visited again */
    uint32_t first, n_queued;
    struct scratch own; /* where these are, if nobody else lends memory for them */
};

/* ---- the ABI ---- */

static const struct register_set nonvolatile = {
    .general = STACK_AND_SMALL_DATA | FROM_TO(14, 31),
    .floating = FROM_TO(14, 31),
    .vector = FROM_TO(20, 31),
    .condition = CR_NONVOLATILE,
    .special = ~SPECIAL_VOLATILE,
};

static const struct register_set at_return = {
    .general = STACK_AND_SMALL_DATA | FROM_TO(3, 6) | FROM_TO(14, 31),
    .floating = FROM_TO(1, 8) | FROM_TO(14, 31),
    .vector = FROM_TO(2, 2) | FROM_TO(20, 31),
    .condition = CR_NONVOLATILE,
    .special = ~SPECIAL_VOLATILE,
};

static const struct register_set everything = REGISTERS_ALL;

static const struct register_set arguments = {
    .general = STACK_AND_SMALL_DATA | FROM_TO(3, 10),
    .floating = FROM_TO(1, 8),
    .vector = FROM_TO(2, 13),
    .condition = CR_VARIABLE_ARGUMENTS,
    .special = ~SPECIAL_VOLATILE | SPECIAL_LR, /* a call has just written it, a tail call has not */
};

const struct register_set *registers_at_return(void)
{
    return &at_return;
}

const struct register_set *registers_nonvolatile(void)
{
    return &nonvolatile;
}

void summary_abi(struct summary *summary)
{
    *summary = (struct summary){.reads = arguments, .writes = REGISTERS_ALL, .returns = true};
    registers_remove(&summary->writes, &nonvolatile);
    summary->touches = summary->writes;
}

void summary_unknown(struct summary *summary)
{
    *summary = (struct summary){.reads = REGISTERS_ALL, .touches = REGISTERS_ALL, .returns = true};
}

/* ---- calls ---- */

static bool is_narrow(const struct live *live)
{
    return live->terms != NULL && live->terms->narrow;
}

static void summary_of(const struct live *live, const struct call *call, struct summary *summary)
{
    if (live->terms != NULL && live->terms->summary != NULL)
        live->terms->summary(live->terms->context, call, summary);
    else
        summary_abi(summary);
    if (is_narrow(live)) {
        if (summary->vague)
            registers_keep(&summary->reads, &arguments);
    } else if (!call->direct) {
        summary->reads.general |= STATIC_CHAIN_AND_STUB;
    }
}

/* Of a call that may be left out, or does not come back, nothing is surely written. */
static void call_effects(const struct live *live, const struct call *call, uint32_t word,
                         struct summary *summary)
{
    bool conditional = word >> 26 != 18 && !code_branches_always(word);

    summary_of(live, call, summary);
    if (conditional || !call->returns)
        summary->writes = REGISTERS_NONE;
}

/* ---- where flow ends ---- */

/* The number of a block's first word. The block has one. */
static uint32_t first_word(const struct flow *flow, const struct block *block)
{
    const struct part *part = flow->parts;

    while (block->start - part->start >= part->end - part->start)
        part++;
    return part->first_word + (block->start - part->start) / 4;
}

static void leave_unknown(struct state *exit, struct summary *own)
{
    *exit = (struct state){REGISTERS_ALL, REGISTERS_ALL};
    own->touches = REGISTERS_ALL;
    own->returns = own->vague = true;
}

/* A tail call; if it doesn't come back either, what is nonvolatile is kept for who looks at the stack. */
static void leave_by_call(const struct live *live, const struct block *block, struct state *exit,
                          struct summary *own)
{
    vaddr_t site = block->start + 4 * (block->n_words - 1);
    const struct call *found = flow_call_at(live->flow, site);
    const struct call falls = {
        .site = site, .target = block->target, .direct = block->end == BLOCK_LEAVES, .tail = true};
    struct summary summary;

    summary_of(live, found != NULL ? found : &falls, &summary);
    exit->live = summary.reads;
    exit->kept = nonvolatile;
    if (summary.returns) {
        exit->kept = REGISTERS_ALL;
        registers_remove(&exit->kept, &summary.writes);
        own->returns = true;
    }
    own->vague |= summary.vague;
    registers_add(&own->touches, &summary.touches);
}

/* A call that doesn't come back, a trap, after which anybody may look at everything, or rfi. */
static void leave_for_good(const struct live *live, const struct block *block, struct state *exit,
                           struct summary *own)
{
    vaddr_t last = block->start + 4 * (block->n_words - 1);

    exit->kept = nonvolatile;
    if (flow_call_at(live->flow, last) != NULL)
        return;
    own->vague = true;
    if (!is_narrow(live))
        *exit = (struct state){REGISTERS_ALL, REGISTERS_ALL};
    if (live->flow->opcodes[first_word(live->flow, block) + block->n_words - 1] == OPCODE_RFI)
        leave_unknown(exit, own);
}

/*
 * What is live after the last instruction because of what is not in the graph; and what that adds to the
 * procedure's own summary.
 */
static void leave(const struct live *live, const struct block *block, struct state *exit,
                  struct summary *own)
{
    switch (block->end) {
    case BLOCK_FALLS:
    case BLOCK_BRANCHES:
    case BLOCK_SWITCHES:
        break;
    case BLOCK_RETURNS:
        exit->kept = REGISTERS_ALL;
        own->returns = true;
        break;
    case BLOCK_LEAVES:
    case BLOCK_TAIL_CALLS:
        leave_by_call(live, block, exit, own);
        break;
    case BLOCK_STOPS:
        leave_for_good(live, block, exit, own);
        break;
    default:
        leave_unknown(exit, own);
    }
}

/* ---- blocks ---- */

/* lost: what calls surely write. */
static void gather_call(struct live *live, const struct call *call, uint32_t word,
                        struct node *node, struct register_set *lost)
{
    struct summary summary;

    call_effects(live, call, word, &summary);
    registers_remove(&node->reads, &summary.writes);
    registers_add(&node->reads, &summary.reads);
    registers_add(lost, &summary.writes);
    registers_add(&live->summary.touches, &summary.touches);
    live->summary.vague |= summary.vague;
}

static void gather_words(const struct flow *flow, uint32_t first, uint32_t n, struct node *node)
{
    code_effects_gather(flow->words + first, flow->opcodes + first, n, &node->reads, &node->writes);
}

/* Of a block with calls. */
static __attribute__((noinline)) uint32_t gather_calls(struct live *live, const struct block *block,
                                                       struct node *node, uint32_t n_calls)
{
    const struct flow *flow = live->flow;
    uint32_t first = first_word(flow, block), n = block->n_words;
    struct register_set lost = REGISTERS_NONE;

    while (n_calls > 0 && flow->calls[n_calls - 1].site >= block->start) {
        const struct call *call = &flow->calls[--n_calls];
        uint32_t place = (call->site - block->start) / 4;

        gather_words(flow, first + place + 1, n - (place + 1), node);
        gather_call(live, call, flow->words[first + place], node, &lost);
        n = place + 1;
    }
    gather_words(flow, first, n, node);
    registers_add(&live->summary.touches, &node->writes);
    registers_add(&node->writes, &lost);
    return n_calls;
}

/* n_calls: those up to the end of the block; returns how many of them stand before it. */
static inline uint32_t gather_block(struct live *live, const struct block *block, struct node *node,
                                    uint32_t n_calls)
{
    const struct flow *flow = live->flow;

    if (n_calls > 0 && flow->calls[n_calls - 1].site >= block->start)
        return gather_calls(live, block, node, n_calls);
    if (block->n_words != 0)
        gather_words(flow, first_word(flow, block), block->n_words, node);
    registers_add(&live->summary.touches, &node->writes);
    return n_calls;
}

static uint32_t gather(struct draft *d, uint32_t number, uint32_t n_calls)
{
    const struct block *block = &d->flow->blocks[number];
    struct node *node = &d->nodes[number];

    leave(d->live, block, &node->exit, &d->live->summary);
    return gather_block(d->live, block, node, n_calls);
}

/* Field by field: blocks are small, and a call of memset for each would cost more. */
static inline void clear(struct node *node)
{
    node->reads = REGISTERS_NONE;
    node->writes = REGISTERS_NONE;
    node->in.live = REGISTERS_NONE;
    node->in.kept = REGISTERS_NONE;
    node->exit.live = REGISTERS_NONE;
    node->exit.kept = REGISTERS_NONE;
    node->n_ordered = 0;
    node->seen = node->visited = node->queued = false;
}

static void gather_all(struct draft *d)
{
    uint32_t n_calls = d->flow->n_calls;

    for (uint32_t i = d->flow->n_blocks; i-- > 0;) {
        clear(&d->nodes[i]);
        n_calls = gather(d, i, n_calls);
    }
}

/* ---- the fixed point ---- */

static void enqueue(struct draft *d, uint32_t block)
{
    uint32_t n = d->flow->n_blocks, place = d->first + d->n_queued;

    if (d->nodes[block].queued || !d->nodes[block].visited)
        return;
    d->queue[place >= n ? place - n : place] = block;
    d->nodes[block].queued = true;
    d->n_queued++;
}

static uint32_t dequeue(struct draft *d)
{
    uint32_t block = d->queue[d->first];

    if (++d->first == d->flow->n_blocks)
        d->first = 0;
    d->n_queued--;
    d->nodes[block].queued = false;
    return block;
}

/* The next successor that has not been seen. */
static uint32_t next_unseen(struct draft *d, uint32_t number)
{
    const struct block *block = &d->flow->blocks[number];
    struct node *node = &d->nodes[number];

    while (node->n_ordered < block->n_successors) {
        uint32_t to = d->flow->successors[block->first_successor + node->n_ordered++];

        if (!d->nodes[to].seen)
            return to;
    }
    return NO_BLOCK;
}

static void see(struct draft *d, uint32_t number, uint32_t parent)
{
    d->nodes[number].seen = true;
    d->nodes[number].parent = parent;
}

/* Brings a block up to date with its successors; whether that changed what is live before it. */
static bool visit(struct draft *d, uint32_t number)
{
    const struct block *block = &d->flow->blocks[number];
    const uint32_t *successors = d->flow->successors + block->first_successor;
    struct node *node = &d->nodes[number];
    struct state in = node->exit;

    for (uint32_t i = 0; i < block->n_successors; i++) {
        registers_add(&in.live, &d->nodes[successors[i]].in.live);
        registers_add(&in.kept, &d->nodes[successors[i]].in.kept);
    }
    registers_remove(&in.live, &node->writes);
    registers_add(&in.live, &node->reads);
    registers_remove(&in.kept, &node->writes);
    if (registers_equal(&in.live, &node->in.live) && registers_equal(&in.kept, &node->in.kept))
        return false;
    node->in = in;
    return true;
}

static void enqueue_predecessors(struct draft *d, const struct block *block)
{
    for (uint32_t i = 0; i < block->n_predecessors; i++)
        enqueue(d, d->flow->predecessors[block->first_predecessor + i]);
}

static void refresh(struct draft *d, uint32_t number)
{
    d->nodes[number].visited = true;
    if (visit(d, number))
        enqueue_predecessors(d, &d->flow->blocks[number]);
}

/* Visits a block and what it leads to, each block after its successors but for loops. */
static void visit_tree(struct draft *d, uint32_t number)
{
    see(d, number, NO_BLOCK);
    while (number != NO_BLOCK) {
        uint32_t to = next_unseen(d, number);

        if (to == NO_BLOCK) {
            refresh(d, number);
            number = d->nodes[number].parent;
        } else {
            see(d, to, number);
            number = to;
        }
    }
}

static void drain(struct draft *d)
{
    while (d->n_queued > 0)
        refresh(d, dequeue(d));
}

static void settle(struct draft *d)
{
    for (uint32_t i = 0; i < d->flow->n_blocks; i++)
        if (!d->nodes[i].seen)
            visit_tree(d, i);
    drain(d);
}

/* ---- results ---- */

static const struct register_set *wanted_at_return(const struct live *live)
{
    const struct live_terms *terms = live->terms;

    if (live->flow->calls_inside)
        return &everything;
    return terms != NULL && terms->at_return != NULL ? terms->at_return : &at_return;
}

static inline void join(struct register_set *set, const struct state *state,
                        const struct register_set *wanted)
{
    struct register_set s = state->kept;

    registers_keep(&s, wanted);
    registers_add(&s, &state->live);
    *set = s;
}

static void summarize(struct draft *d)
{
    struct summary *summary = &d->live->summary;
    const struct block *entry = flow_block_at(d->flow, d->flow->procedure.start);
    const struct node *node = entry == NULL ? NULL : &d->nodes[entry - d->flow->blocks];

    if (node == NULL) {
        summary_unknown(summary);
        return;
    }
    summary->known = true;
    summary->reads = node->in.live;
    if (summary->returns) {
        summary->writes = REGISTERS_ALL;
        registers_remove(&summary->writes, &node->in.kept);
    }
}

static void conclude(const struct draft *d)
{
    const struct register_set *wanted = wanted_at_return(d->live);

    for (uint32_t i = 0; i < d->flow->n_blocks; i++)
        join(&d->live->in[i], &d->nodes[i].in, wanted);
}

/* ---- drafts ---- */

static bool begin(struct draft *d, const struct flow *flow, const struct live_terms *terms,
                  struct scratch *scratch)
{
    size_t n = flow->n_blocks;
    struct live *live = malloc(sizeof(*live) + n * sizeof(live->in[0]));

    *d = (struct draft){.flow = flow, .live = live};
    d->nodes = scratch_room(scratch != NULL ? scratch : &d->own,
                            (n + 1) * (sizeof(d->nodes[0]) + sizeof(d->queue[0])));
    if (live == NULL || d->nodes == NULL) {
        free(live);
        free(d->own.bytes);
        return false;
    }
    *live = (struct live){.flow = flow, .terms = terms, .in = (struct register_set *)(live + 1)};
    d->queue = (uint32_t *)(d->nodes + n + 1);
    gather_all(d);
    settle(d);
    summarize(d);
    return true;
}

static struct live *finish(struct draft *d)
{
    conclude(d);
    free(d->own.bytes);
    return d->live;
}

static status_t refuse_memory(const struct flow *flow)
{
    return status_refuse(ERR_NO_MEMORY, "no memory for what is live in the procedure at 0x%08x",
                         (unsigned)flow->procedure.start);
}

status_t live_build(const struct flow *flow, const struct live_terms *terms, struct live **live)
{
    struct draft draft;

    if (!begin(&draft, flow, terms, terms != NULL ? terms->scratch : NULL))
        return refuse_memory(flow);
    *live = finish(&draft);
    return OK;
}

void live_free(struct live *live)
{
    free(live);
}

status_t draft_build(const struct flow *flow, const struct live_terms *terms, struct draft **draft)
{
    struct draft *d = malloc(sizeof(*d));

    if (d == NULL || !begin(d, flow, terms, NULL)) {
        free(d);
        return refuse_memory(flow);
    }
    *draft = d;
    return OK;
}

/* calls[i] is in the block; the others of the block are behind it. Returns the number of the next one. */
static uint32_t revise_block(struct draft *d, const struct block *block, uint32_t i)
{
    const struct flow *flow = d->flow;
    uint32_t number = (uint32_t)(block - flow->blocks);

    while (i < flow->n_calls && flow->calls[i].site - block->start < 4 * block->n_words)
        i++;
    d->nodes[number].reads = REGISTERS_NONE;
    d->nodes[number].writes = REGISTERS_NONE;
    gather(d, number, i);
    enqueue(d, number);
    return i;
}

void draft_revise(struct draft *draft, bool (*changed)(void *context, const struct call *call),
                  void *context)
{
    const struct flow *flow = draft->flow;

    for (uint32_t i = 0; i < flow->n_calls;) {
        const struct call *call = &flow->calls[i];

        if (changed(context, call))
            i = revise_block(draft, flow_block_at(flow, call->site), i);
        else
            i++;
    }
    drain(draft);
    summarize(draft);
}

void draft_summarize(const struct draft *draft, struct summary *summary)
{
    *summary = draft->live->summary;
}

struct live *draft_finish(struct draft *draft)
{
    struct live *live = finish(draft);

    free(draft);
    return live;
}

void draft_free(struct draft *draft)
{
    if (draft != NULL)
        live_free(draft_finish(draft));
}

/* ---- queries ---- */

static void step_back(const struct live *live, vaddr_t address, uint32_t number,
                      struct register_set *set)
{
    const struct call *call = flow_call_at(live->flow, address);
    uint32_t word = live->flow->words[number];

    if (call != NULL) {
        struct summary summary;

        call_effects(live, call, word, &summary);
        registers_remove(set, &summary.writes);
        registers_add(set, &summary.reads);
    }
    code_effects_backward(word, live->flow->opcodes[number], set);
}

void live_behind_block(const struct live *live, const struct block *block, struct register_set *set)
{
    const uint32_t *successors = live->flow->successors + block->first_successor;
    struct state exit = {REGISTERS_NONE, REGISTERS_NONE};
    struct summary own = {.returns = false};

    leave(live, block, &exit, &own);
    join(set, &exit, wanted_at_return(live));
    for (uint32_t i = 0; i < block->n_successors; i++)
        registers_add(set, &live->in[successors[i]]);
}

void live_in_block(const struct live *live, const struct block *block, struct register_set before[])
{
    uint32_t first = block->n_words == 0 ? 0 : first_word(live->flow, block);
    struct register_set set;

    live_behind_block(live, block, &set);
    for (uint32_t i = block->n_words; i-- > 0;) {
        step_back(live, block->start + 4 * i, first + i, &set);
        before[i] = set;
    }
}

/* Live where the first n instructions of a block have been executed. */
static void live_behind(const struct live *live, const struct block *block, uint32_t n,
                        struct register_set *set)
{
    uint32_t first = first_word(live->flow, block);

    live_behind_block(live, block, set);
    for (uint32_t i = block->n_words; i-- > n;)
        step_back(live, block->start + 4 * i, first + i, set);
}

void live_before(const struct live *live, vaddr_t address, struct register_set *set)
{
    const struct block *block = flow_block_at(live->flow, address);

    if (block == NULL || block->n_words == 0)
        *set = REGISTERS_ALL;
    else
        live_behind(live, block, (address - block->start) / 4, set);
}

void live_after(const struct live *live, vaddr_t address, struct register_set *set)
{
    const struct block *block = flow_block_at(live->flow, address);

    if (block == NULL || block->n_words == 0)
        *set = REGISTERS_ALL;
    else
        live_behind(live, block, (address - block->start) / 4 + 1, set);
}

void live_free_before(const struct live *live, vaddr_t address, struct register_set *set)
{
    struct register_set used;

    live_before(live, address, &used);
    *set = (struct register_set){~STACK_AND_SMALL_DATA, ~0u, ~0u, ~0u, SPECIAL_VOLATILE};
    registers_remove(set, &used);
}

void live_summarize(const struct live *live, struct summary *summary)
{
    *summary = live->summary;
}
