/*
 * See live.h. Each block is looked at once, backwards, for what it reads before it writes and what it
 * writes; the fixed point is then sought over blocks alone, for two sets at a time: what is live if
 * nothing is wanted at returns, and what would reach a return unwritten. Both are what a summary needs,
 * and with any set X wanted at returns what is live is the first and what the second has of X, since
 * all steps on the way distribute over unions.
 */
#include "arch/ppc/code/live.h"

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

struct node {
    struct register_set reads, writes;     /* of the block; reads: before it writes */
    struct register_set in, out;           /* live if nothing is wanted at returns */
    struct register_set kept_in, kept_out; /* would reach a return unwritten */
    uint32_t parent, n_ordered;            /* while blocks are put in order: successors done */
    bool seen, visited, queued;
};

struct analysis {
    struct live *live;
    const struct flow *flow;
    struct node *nodes; /* by block */
    uint32_t *queue;    /* a ring of blocks to be visited again */
    uint32_t first, n_queued;
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

static void summary_of(const struct live *live, const struct call *call, struct summary *summary)
{
    if (live->terms != NULL && live->terms->summary != NULL)
        live->terms->summary(live->terms->context, call, summary);
    else
        summary_abi(summary);
    if (!call->direct)
        summary->reads.general |= STATIC_CHAIN_AND_STUB;
}

/* Of a call that may be left out, or does not come back, nothing is surely written. */
static void call_effects(const struct live *live, const struct call *call, uint32_t word,
                         struct summary *summary)
{
    struct successor successor;

    summary_of(live, call, summary);
    code_successor(word, call->site, &successor);
    if (successor.conditional || !call->returns)
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

static void leave_unknown(struct live *live, struct node *node)
{
    node->out = REGISTERS_ALL;
    node->kept_out = REGISTERS_ALL;
    live->summary.touches = REGISTERS_ALL;
    live->summary.returns = true;
}

/* A tail call; if it doesn't come back either, what is nonvolatile is kept for who looks at the stack. */
static void leave_by_call(struct live *live, const struct block *block, struct node *node)
{
    vaddr_t site = block->start + 4 * (block->n_words - 1);
    const struct call *found = flow_call_at(live->flow, site);
    const struct call falls = {
        .site = site, .target = block->target, .direct = block->end == BLOCK_LEAVES, .tail = true};
    struct summary summary;

    summary_of(live, found != NULL ? found : &falls, &summary);
    node->out = summary.reads;
    node->kept_out = nonvolatile;
    if (summary.returns) {
        node->kept_out = REGISTERS_ALL;
        registers_remove(&node->kept_out, &summary.writes);
        live->summary.returns = true;
    }
    registers_add(&live->summary.touches, &summary.touches);
}

/* A call that doesn't come back, a trap, after which anybody may look at everything, or rfi. */
static void leave_for_good(struct live *live, const struct block *block, struct node *node)
{
    vaddr_t last = block->start + 4 * (block->n_words - 1);

    if (flow_call_at(live->flow, last) != NULL) {
        node->kept_out = nonvolatile;
        return;
    }
    node->out = REGISTERS_ALL;
    node->kept_out = REGISTERS_ALL;
    if (live->flow->opcodes[first_word(live->flow, block) + block->n_words - 1] == OPCODE_RFI)
        leave_unknown(live, node);
}

/* What is live after the last instruction because of what is not in the graph. */
static void leave(struct live *live, const struct block *block, struct node *node)
{
    switch (block->end) {
    case BLOCK_FALLS:
    case BLOCK_BRANCHES:
    case BLOCK_SWITCHES:
        break;
    case BLOCK_RETURNS:
        node->kept_out = REGISTERS_ALL;
        live->summary.returns = true;
        break;
    case BLOCK_LEAVES:
    case BLOCK_TAIL_CALLS:
        leave_by_call(live, block, node);
        break;
    case BLOCK_STOPS:
        leave_for_good(live, block, node);
        break;
    default:
        leave_unknown(live, node);
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
}

static void gather_words(const struct flow *flow, uint32_t first, uint32_t n, struct node *node)
{
    code_effects_gather(flow->words + first, flow->opcodes + first, n, &node->reads, &node->writes);
}

/* n_calls: those up to the end of the block; returns how many of them stand before it. */
static uint32_t gather_block(struct live *live, const struct block *block, struct node *node,
                             uint32_t n_calls)
{
    const struct flow *flow = live->flow;
    uint32_t first = block->n_words == 0 ? 0 : first_word(flow, block), n = block->n_words;
    uint32_t behind = n_calls;
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
    if (n_calls != behind)
        registers_add(&node->writes, &lost);
    return n_calls;
}

static void gather(struct analysis *a)
{
    uint32_t n_calls = a->flow->n_calls;

    for (uint32_t i = a->flow->n_blocks; i-- > 0;) {
        n_calls = gather_block(a->live, &a->flow->blocks[i], &a->nodes[i], n_calls);
        leave(a->live, &a->flow->blocks[i], &a->nodes[i]);
    }
}

/* ---- the fixed point ---- */

static void enqueue(struct analysis *a, uint32_t block)
{
    uint32_t n = a->flow->n_blocks, place = a->first + a->n_queued;

    if (a->nodes[block].queued || !a->nodes[block].visited)
        return;
    a->queue[place >= n ? place - n : place] = block;
    a->nodes[block].queued = true;
    a->n_queued++;
}

static uint32_t dequeue(struct analysis *a)
{
    uint32_t block = a->queue[a->first];

    if (++a->first == a->flow->n_blocks)
        a->first = 0;
    a->n_queued--;
    a->nodes[block].queued = false;
    return block;
}

/* The next successor that has not been seen. */
static uint32_t next_unseen(struct analysis *a, uint32_t number)
{
    const struct block *block = &a->flow->blocks[number];
    struct node *node = &a->nodes[number];

    while (node->n_ordered < block->n_successors) {
        uint32_t to = a->flow->successors[block->first_successor + node->n_ordered++];

        if (!a->nodes[to].seen)
            return to;
    }
    return NO_BLOCK;
}

static void see(struct analysis *a, uint32_t number, uint32_t parent)
{
    a->nodes[number].seen = true;
    a->nodes[number].parent = parent;
}

/* Brings a block up to date with its successors; whether that changed what is live before it. */
static bool visit(struct analysis *a, uint32_t number)
{
    const struct block *block = &a->flow->blocks[number];
    const uint32_t *successors = a->flow->successors + block->first_successor;
    struct node *node = &a->nodes[number];
    struct register_set in = node->out, kept = node->kept_out;

    for (uint32_t i = 0; i < block->n_successors; i++) {
        registers_add(&in, &a->nodes[successors[i]].in);
        registers_add(&kept, &a->nodes[successors[i]].kept_in);
    }
    node->out = in;
    node->kept_out = kept;
    registers_remove(&in, &node->writes);
    registers_add(&in, &node->reads);
    registers_remove(&kept, &node->writes);
    if (registers_equal(&in, &node->in) && registers_equal(&kept, &node->kept_in))
        return false;
    node->in = in;
    node->kept_in = kept;
    return true;
}

static void enqueue_predecessors(struct analysis *a, const struct block *block)
{
    for (uint32_t i = 0; i < block->n_predecessors; i++)
        enqueue(a, a->flow->predecessors[block->first_predecessor + i]);
}

static void refresh(struct analysis *a, uint32_t number)
{
    a->nodes[number].visited = true;
    if (visit(a, number))
        enqueue_predecessors(a, &a->flow->blocks[number]);
}

/* Visits a block and what it leads to, each block after its successors but for loops. */
static void visit_tree(struct analysis *a, uint32_t number)
{
    see(a, number, NO_BLOCK);
    while (number != NO_BLOCK) {
        uint32_t to = next_unseen(a, number);

        if (to == NO_BLOCK) {
            refresh(a, number);
            number = a->nodes[number].parent;
        } else {
            see(a, to, number);
            number = to;
        }
    }
}

static void settle(struct analysis *a)
{
    for (uint32_t i = 0; i < a->flow->n_blocks; i++)
        if (!a->nodes[i].seen)
            visit_tree(a, i);
    while (a->n_queued > 0)
        refresh(a, dequeue(a));
}

/* ---- results ---- */

static inline void join(struct register_set *set, const struct register_set *live,
                        const struct register_set *kept, const struct register_set *wanted)
{
    struct register_set s = *kept;

    registers_keep(&s, wanted);
    registers_add(&s, live);
    *set = s;
}

static void conclude(const struct analysis *a)
{
    struct live *live = a->live;
    const struct register_set *wanted = &at_return;
    const struct block *entry = flow_block_at(a->flow, a->flow->procedure.start);

    if (live->terms != NULL && live->terms->at_return != NULL)
        wanted = live->terms->at_return;
    for (uint32_t i = 0; i < a->flow->n_blocks; i++) {
        const struct node *node = &a->nodes[i];

        join(&live->in[i], &node->in, &node->kept_in, wanted);
        join(&live->out[i], &node->out, &node->kept_out, wanted);
    }
    if (entry == NULL) {
        summary_unknown(&live->summary);
        return;
    }
    live->summary.known = true;
    live->summary.reads = a->nodes[entry - a->flow->blocks].in;
    if (live->summary.returns) {
        live->summary.writes = REGISTERS_ALL;
        registers_remove(&live->summary.writes, &a->nodes[entry - a->flow->blocks].kept_in);
    }
}

static bool analyse(struct live *live)
{
    size_t n = live->flow->n_blocks;
    struct analysis a = {.live = live, .flow = live->flow};

    a.nodes = calloc(n + 1, sizeof(a.nodes[0]) + sizeof(a.queue[0]));
    if (a.nodes == NULL)
        return false;
    a.queue = (uint32_t *)(a.nodes + n + 1);
    gather(&a);
    settle(&a);
    conclude(&a);
    free(a.nodes);
    return true;
}

status_t live_build(const struct flow *flow, const struct live_terms *terms, struct live **live)
{
    struct live *l = malloc(sizeof(*l) + 2 * flow->n_blocks * sizeof(l->in[0]));

    if (l != NULL) {
        *l = (struct live){.flow = flow, .terms = terms, .in = (struct register_set *)(l + 1)};
        l->out = l->in + flow->n_blocks;
    }
    if (l == NULL || !analyse(l)) {
        live_free(l);
        return status_refuse(ERR_NO_MEMORY, "no memory for what is live in the procedure at 0x%08x",
                             (unsigned)flow->procedure.start);
    }
    *live = l;
    return OK;
}

void live_free(struct live *live)
{
    free(live);
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

/* Live where the first n instructions of a block have been executed. */
static void live_behind(const struct live *live, const struct block *block, uint32_t n,
                        struct register_set *set)
{
    uint32_t first = first_word(live->flow, block);

    *set = live->out[block - live->flow->blocks];
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
