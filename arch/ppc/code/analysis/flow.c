/* The graph of what a trace has found. See flow.h. */
#include "arch/ppc/code/analysis/flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/analysis/jump_table.h"

struct maker {
    struct trace *trace;
    struct flow *flow;
    /* By word: of the block that begins or ends there, of the call before it is moved. */
    uint32_t *numbers;
};

/* ---- blocks ---- */

/* Parts in the order of their addresses. */
static void sort_parts(const struct trace *trace, const struct part *sorted[])
{
    for (uint32_t n = 0; n < trace->n_parts; n++) {
        uint32_t i = n;

        for (; i > 0 && sorted[i - 1]->start > trace->parts[n].start; i--)
            sorted[i] = sorted[i - 1];
        sorted[i] = &trace->parts[n];
    }
}

static void move_call(struct maker *maker, uint32_t word)
{
    struct flow *flow = maker->flow;

    flow->calls[flow->n_calls++] = maker->trace->calls[maker->numbers[word]].call;
}

/* Where a block leads that leaves the procedure's parts. */
static vaddr_t target_of(const struct trace *trace, const struct block *block, uint32_t last)
{
    vaddr_t address = block->start + 4 * (block->n_words - 1);
    struct successor successor;

    code_successor(trace->words[last], address, &successor);
    if (successor.transfer == TRANSFER_DIRECT && !successor.links &&
        trace_find(trace, successor.target) == NO_WORD)
        return successor.target;
    return address + 4;
}

static void end_block(struct maker *maker, struct block *block, uint32_t last)
{
    struct trace *trace = maker->trace;
    struct flow *flow = maker->flow;
    uint8_t mark = trace->marks[last];

    maker->numbers[last] = flow->n_blocks - 1;
    block->end = mark >> MARK_END_SHIFT;
    block->falls = (mark & MARK_FALLS) != 0;
    block->n_successors = block->falls;
    if (block->end == BLOCK_LEAVES || block->end == BLOCK_ESCAPES || block->end == BLOCK_BREAKS)
        block->target = target_of(trace, block, last);
    flow->n_unknown += block->end == BLOCK_JUMPS;
    flow->n_breaks += block->end == BLOCK_BREAKS;
}

static struct block *begin_block(struct maker *maker, uint32_t word, vaddr_t address)
{
    struct flow *flow = maker->flow;
    struct block *block = &flow->blocks[flow->n_blocks];

    *block = (struct block){.start = address};
    block->n_predecessors = flow->n_blocks != 0 && block[-1].falls;
    maker->numbers[word] = flow->n_blocks++;
    return block;
}

static void break_block(struct flow *flow, struct block *block)
{
    block->end = BLOCK_BREAKS;
    block->target = block->start;
    flow->n_breaks++;
}

/* The last word of the block that begins at a word. */
static uint32_t find_last(struct maker *maker, uint32_t word, uint32_t end)
{
    const uint8_t *marks = maker->trace->marks;

    for (;;) {
        if ((marks[word] & MARK_CALL) != 0)
            move_call(maker, word);
        if (marks[word] >> MARK_END_SHIFT != 0)
            return word;
        do {
            if (++word == end || (marks[word] & MARK_LEADER) != 0)
                return word - 1;
        } while ((marks[word] & ~(MARK_REACHED | MARK_FALLS)) == 0);
    }
}

/* The blocks of a part, and its calls. */
static void make_blocks(struct maker *maker, const struct part *part)
{
    const struct trace *trace = maker->trace;
    uint32_t first = part->first_word, end = first + (part->end - part->start) / 4;

    for (uint32_t i = first; i < end; i++) {
        struct block *block;
        uint32_t last;
        bool breaks;

        if ((trace->marks[i] & MARK_REACHED) == 0)
            continue;
        breaks = trace->opcodes[i] == OPCODE_UNKNOWN;
        last = breaks ? i : find_last(maker, i, end);
        block = begin_block(maker, i, part->start + 4 * (i - first));
        if (breaks) {
            break_block(maker->flow, block);
        } else {
            block->n_words = last + 1 - i;
            end_block(maker, block, last);
        }
        i = last;
    }
}

/* ---- edges ---- */

/* Those by which control falls are counted already. */
static void count_edges(struct maker *maker)
{
    const struct trace *trace = maker->trace;
    struct block *blocks = maker->flow->blocks;

    for (uint32_t i = 0; i < trace->n_edges.n; i++) {
        const struct edge *edge = &trace->edges[i];
        struct block *to = &blocks[maker->numbers[edge->to]];

        if (edge->from == NO_WORD) {
            to->entry = true;
        } else {
            blocks[maker->numbers[edge->from]].n_successors++;
            to->n_predecessors++;
        }
    }
}

/*
 * Where the edges of each block begin, and those by which control falls. Edges are counted again as they
 * are put there.
 */
static void place_edges(struct flow *flow)
{
    uint32_t n_successors = 0, n_predecessors = 0;
    bool fallen = false;

    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        struct block *block = &flow->blocks[i];

        block->first_successor = n_successors;
        block->first_predecessor = n_predecessors;
        flow->successors[n_successors] = i + 1;
        flow->predecessors[n_predecessors] = i - 1;
        n_successors += block->n_successors;
        n_predecessors += block->n_predecessors;
        block->n_successors = block->falls;
        block->n_predecessors = fallen;
        fallen = block->falls;
    }
}

static void put_edge(struct flow *flow, uint32_t from, uint32_t to)
{
    struct block *a = &flow->blocks[from], *b = &flow->blocks[to];

    flow->successors[a->first_successor + a->n_successors++] = to;
    flow->predecessors[b->first_predecessor + b->n_predecessors++] = from;
    if (a->end == BLOCK_FALLS) /* into another part, right behind its own */
        a->falls = true;
}

static void make_edges(struct maker *maker)
{
    const struct trace *trace = maker->trace;

    count_edges(maker);
    place_edges(maker->flow);
    for (uint32_t i = 0; i < trace->n_edges.n; i++) {
        const struct edge *edge = &trace->edges[i];

        if (edge->from != NO_WORD)
            put_edge(maker->flow, maker->numbers[edge->from], maker->numbers[edge->to]);
    }
}

/* ---- the whole ---- */

static uint32_t count_tables(const struct trace *trace)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < trace->n_jumps.n; i++)
        n += trace->jumps[i].state == JUMP_TABLE;
    return n;
}

/* What branches to what registers hold have come to. */
static void make_tables(struct maker *maker)
{
    const struct trace *trace = maker->trace;
    struct flow *flow = maker->flow;

    for (uint32_t i = 0; i < trace->n_jumps.n; i++) {
        const struct jump *jump = &trace->jumps[i];

        if (jump->state == JUMP_TABLE)
            flow->tables[flow->n_tables++] = jump->table;
        else if (jump->state == JUMP_FIXED && jump->call == NO_WORD)
            flow->blocks[maker->numbers[jump->word]].target = jump->target;
    }
}

/* What the graph takes over as it is. */
static void hand_over(struct trace *trace, struct flow *flow)
{
    flow->procedure = trace->procedure;
    flow->calls_inside = trace->calls_inside;
    flow->n_parts = trace->n_parts;
    for (uint32_t i = 0; i < trace->n_parts; i++)
        flow->parts[i] = trace->parts[i];
    flow->n_words = trace->n_words;
    flow->words = trace->words;
    flow->in_arena = trace_arena(trace) != NULL;
    flow->opcodes = trace->opcodes;
    trace->words = NULL;
}

/*
 * The graph and its arrays, in one piece of memory: room for as many blocks as there are leaders and ends,
 * an edge from each of them, and those of the trace.
 */
static struct flow *allocate_flow(const struct trace *trace)
{
    size_t n_blocks = trace->n_bounds + trace->n_parts, n_edges = n_blocks + trace->n_edges.n;
    size_t n_tables = count_tables(trace), n_calls = trace->n_calls.n;
    struct flow *flow = arena_resize(
        trace_arena(trace), NULL,
        sizeof *flow + n_blocks * sizeof *flow->blocks + n_tables * sizeof *flow->tables +
            n_calls * sizeof *flow->calls + 2 * n_edges * sizeof *flow->successors);

    if (flow == NULL)
        return NULL;
    memset(flow, 0, sizeof *flow);
    flow->blocks = (struct block *)(flow + 1);
    flow->tables = (struct jump_table *)(flow->blocks + n_blocks);
    flow->calls = (struct call *)(flow->tables + n_tables);
    flow->successors = (uint32_t *)(flow->calls + n_calls);
    flow->predecessors = flow->successors + n_edges;
    return flow;
}

static void make_graph(struct maker *maker)
{
    struct trace *trace = maker->trace;
    struct flow *flow = maker->flow;
    const struct part *sorted[FLOW_PARTS_MAX];

    maker->numbers = trace->arrivals;
    for (uint32_t i = 0; i < trace->n_calls.n; i++)
        maker->numbers[trace->calls[i].word] = i;
    sort_parts(trace, sorted);
    for (uint32_t i = 0; i < trace->n_parts; i++)
        make_blocks(maker, sorted[i]);
    make_edges(maker);
    make_tables(maker);
    flow->complete = flow->n_unknown == 0 && flow->n_breaks == 0;
    hand_over(trace, flow);
}

static status_t find_whole(const struct code_source *source, vaddr_t address,
                           struct procedure *procedure)
{
    if (!source->procedure(source->context, address, procedure))
        return status_refuse(ERR_NOT_FOUND, "0x%08x lies in no procedure", (unsigned)address);
    if (procedure->whole != procedure->start &&
        !source->procedure(source->context, procedure->whole, procedure))
        return status_refuse(ERR_NOT_FOUND, "what 0x%08x is a part of is not there",
                             (unsigned)address);
    if (procedure->import)
        return status_refuse(ERR_NOT_FOUND, "the code of %s is elsewhere",
                             procedure->name == NULL ? "this procedure" : procedure->name);
    return OK;
}

status_t flow_build(const struct code_source *source, vaddr_t address,
                    const struct flow_terms *terms, struct flow **flow)
{
    struct trace trace = {.source = source, .terms = terms};
    struct maker maker = {.trace = &trace};
    struct trace_room room;
    status_t status = find_whole(source, address, &trace.procedure);

    if (status != OK)
        return status;
    status = trace_begin(&trace, &room);
    if (status == OK)
        status = jumps_resolve(&trace);
    if (status != OK)
        goto free_trace;
    maker.flow = allocate_flow(&trace);
    if (maker.flow == NULL) {
        status = status_refuse(ERR_NO_MEMORY, "no memory for the flow graph of 0x%08x",
                               (unsigned)trace.procedure.start);
        goto free_trace;
    }
    make_graph(&maker);
    *flow = maker.flow;
free_trace:
    trace_free(&trace);
    return status;
}

void flow_free(struct flow *flow)
{
    if (flow == NULL || flow->in_arena)
        return;
    free(flow->words);
    free(flow);
}

/* ---- questions ---- */

const struct block *flow_block_at(const struct flow *flow, vaddr_t address)
{
    uint32_t low = 0, high = flow->n_blocks;

    while (low < high) {
        uint32_t middle = (low + high) / 2;
        const struct block *block = &flow->blocks[middle];

        if (address < block->start)
            high = middle;
        else if (address - block->start >= 4 * block->n_words)
            low = middle + 1;
        else
            return block;
    }
    return NULL;
}

uint32_t flow_word(const struct flow *flow, vaddr_t address)
{
    const struct part *part = flow->parts;

    while (address - part->start >= part->end - part->start)
        part++;
    return flow->words[part->first_word + (address - part->start) / 4];
}

const struct call *flow_call_at(const struct flow *flow, vaddr_t site)
{
    uint32_t low = 0, high = flow->n_calls;

    while (low < high) {
        uint32_t middle = (low + high) / 2;

        if (site < flow->calls[middle].site)
            high = middle;
        else if (site > flow->calls[middle].site)
            low = middle + 1;
        else
            return &flow->calls[middle];
    }
    return NULL;
}

static vaddr_t shown_as_it_is(const void *context, vaddr_t address)
{
    (void)context;
    return address;
}

void flow_explain(const struct flow *flow, flow_shown_t shown, const void *context, char *text,
                  size_t size)
{
    shown = shown != NULL ? shown : shown_as_it_is;
    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        const struct block *block = &flow->blocks[i];
        unsigned first = (unsigned)shown(context, block->start);
        unsigned last = first + 4 * (block->n_words - 1);

        if (block->end == BLOCK_JUMPS)
            snprintf(text, size, "where the jump at 0x%08x goes is unknown", last);
        else if (block->end == BLOCK_BREAKS && block->n_words == 0)
            snprintf(text, size, "control gets to 0x%08x, and 0x%08x there is no instruction",
                     first, (unsigned)flow_word(flow, block->start));
        else if (block->end == BLOCK_BREAKS)
            snprintf(text, size, "control goes from 0x%08x to 0x%08x, where no code is", last,
                     (unsigned)shown(context, block->target));
        else
            continue;
        return;
    }
    snprintf(text, size, "the flow is complete");
}
