/* The graph of what a trace has found. See flow.h. */
#include "arch/ppc/code/flow.h"

#include <stdio.h>
#include <stdlib.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/jump_table.h"

struct maker {
    struct trace *trace;
    struct flow *flow;
    uint32_t *
        numbers; /* by word: of the block that begins or ends there, of the call before it is moved */
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
static vaddr_t target_of(struct trace *trace, const struct block *block, uint32_t last)
{
    vaddr_t address = block->start + 4 * (block->n_words - 1);
    struct successor successor;

    code_successor(trace->words[last], address, &successor);
    if (successor.transfer == TRANSFER_DIRECT && !successor.links &&
        trace_word_at(trace, successor.target) == NO_WORD)
        return successor.target;
    return address + 4;
}

static void end_block(struct maker *maker, struct block *block, uint32_t last)
{
    struct trace *trace = maker->trace;

    maker->numbers[last] = (uint32_t)(block - maker->flow->blocks);
    block->end = (uint8_t)trace_end(trace, last);
    block->falls = (trace->marks[last] & MARK_FALLS) != 0;
    if (block->end == BLOCK_LEAVES || block->end == BLOCK_ESCAPES || block->end == BLOCK_BREAKS)
        block->target = target_of(trace, block, last);
}

static struct block *begin_block(struct maker *maker, uint32_t word, vaddr_t address)
{
    struct flow *flow = maker->flow;
    struct block *block = &flow->blocks[flow->n_blocks];

    *block = (struct block){.start = address};
    maker->numbers[word] = flow->n_blocks++;
    return block;
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
            block->end = BLOCK_BREAKS;
            block->target = block->start;
        } else {
            block->n_words = last + 1 - i;
            end_block(maker, block, last);
        }
        i = last;
    }
}

/* ---- edges ---- */

static void count_edges(struct maker *maker)
{
    const struct trace *trace = maker->trace;
    struct block *blocks = maker->flow->blocks;

    for (uint32_t i = 0; i < maker->flow->n_blocks; i++) {
        if (blocks[i].falls) {
            blocks[i].n_successors++;
            blocks[i + 1].n_predecessors++;
        }
    }
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

/* Where the edges of each block begin; the numbers of edges are counted again as they are put there. */
static uint32_t place_edges(struct flow *flow)
{
    uint32_t n_successors = 0, n_predecessors = 0;

    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        struct block *block = &flow->blocks[i];

        block->first_successor = n_successors;
        block->first_predecessor = n_predecessors;
        n_successors += block->n_successors;
        n_predecessors += block->n_predecessors;
        block->n_successors = block->n_predecessors = 0;
    }
    return n_successors;
}

static void put_edge(struct flow *flow, uint32_t from, uint32_t to)
{
    struct block *a = &flow->blocks[from], *b = &flow->blocks[to];

    flow->successors[a->first_successor + a->n_successors++] = to;
    flow->predecessors[b->first_predecessor + b->n_predecessors++] = from;
    if (b->start == a->start + 4 * a->n_words)
        a->falls = a->falls || a->end == BLOCK_FALLS;
}

static bool make_edges(struct maker *maker)
{
    const struct trace *trace = maker->trace;
    struct flow *flow = maker->flow;
    uint32_t n;

    count_edges(maker);
    n = place_edges(flow);
    flow->successors = malloc((2 * n + 1) * sizeof *flow->successors);
    if (flow->successors == NULL)
        return false;
    flow->predecessors = flow->successors + n;
    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        if (flow->blocks[i].falls)
            put_edge(flow, i, i + 1);
    }
    for (uint32_t i = 0; i < trace->n_edges.n; i++) {
        const struct edge *edge = &trace->edges[i];

        if (edge->from != NO_WORD)
            put_edge(flow, maker->numbers[edge->from], maker->numbers[edge->to]);
    }
    return true;
}

/* ---- the whole ---- */

static void count_faults(struct flow *flow)
{
    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        flow->n_unknown += flow->blocks[i].end == BLOCK_JUMPS;
        flow->n_breaks += flow->blocks[i].end == BLOCK_BREAKS;
    }
    flow->complete = flow->n_unknown == 0 && flow->n_breaks == 0;
}

/* What branches to what registers hold have come to. */
static bool make_tables(struct maker *maker)
{
    const struct trace *trace = maker->trace;
    struct flow *flow = maker->flow;

    for (uint32_t i = 0; i < trace->n_jumps.n; i++)
        flow->n_tables += trace->jumps[i].state == JUMP_TABLE;
    if (flow->n_tables != 0) {
        flow->tables = malloc(flow->n_tables * sizeof *flow->tables);
        if (flow->tables == NULL)
            return false;
    }
    flow->n_tables = 0;
    for (uint32_t i = 0; i < trace->n_jumps.n; i++) {
        const struct jump *jump = &trace->jumps[i];

        if (jump->state == JUMP_TABLE)
            flow->tables[flow->n_tables++] = jump->table;
        else if (jump->state == JUMP_FIXED && jump->call == NO_WORD)
            flow->blocks[maker->numbers[jump->word]].target = jump->target;
    }
    return true;
}

/* What the graph takes over as it is. */
static void hand_over(struct trace *trace, struct flow *flow)
{
    flow->procedure = trace->procedure;
    flow->n_parts = trace->n_parts;
    for (uint32_t i = 0; i < trace->n_parts; i++)
        flow->parts[i] = trace->parts[i];
    flow->n_words = trace->n_words;
    flow->words = trace->words;
    flow->opcodes = trace->opcodes;
    trace->words = NULL;
}

static bool make_graph(struct maker *maker)
{
    struct trace *trace = maker->trace;
    struct flow *flow = maker->flow;
    const struct part *sorted[FLOW_PARTS_MAX];

    flow->blocks = malloc((trace->n_bounds + trace->n_parts) * sizeof *flow->blocks);
    flow->calls = malloc((trace->n_calls.n + 1) * sizeof *flow->calls);
    if (flow->blocks == NULL || flow->calls == NULL)
        return false;
    maker->numbers = trace->arrivals;
    for (uint32_t i = 0; i < trace->n_calls.n; i++)
        maker->numbers[trace->calls[i].word] = i;
    sort_parts(trace, sorted);
    for (uint32_t i = 0; i < trace->n_parts; i++)
        make_blocks(maker, sorted[i]);
    if (!make_edges(maker) || !make_tables(maker))
        return false;
    count_faults(flow);
    hand_over(trace, flow);
    return true;
}

static status_t find_whole(const struct code_source *source, vaddr_t address,
                           struct procedure *procedure)
{
    if (!source->procedure(source->context, address, procedure))
        return status_refuse(ERR_NOT_FOUND, "flow: 0x%08x lies in no procedure", (unsigned)address);
    if (procedure->whole != procedure->start &&
        !source->procedure(source->context, procedure->whole, procedure))
        return status_refuse(ERR_NOT_FOUND, "flow: what 0x%08x is a part of is not there",
                             (unsigned)address);
    if (procedure->import)
        return status_refuse(ERR_NOT_FOUND, "flow: the code of %s is elsewhere",
                             procedure->name == NULL ? "this procedure" : procedure->name);
    return OK;
}

status_t flow_build(const struct code_source *source, vaddr_t address,
                    const struct flow_terms *terms, struct flow **flow)
{
    struct trace trace = {.source = source, .terms = terms};
    struct maker maker = {.trace = &trace};
    status_t status = find_whole(source, address, &trace.procedure);

    if (status != OK)
        return status;
    status = trace_begin(&trace);
    if (status == OK)
        status = jumps_resolve(&trace);
    if (status != OK)
        goto free_trace;
    maker.flow = calloc(1, sizeof *maker.flow);
    if (maker.flow == NULL || !make_graph(&maker)) {
        status = status_refuse(ERR_NO_MEMORY, "flow: no memory for the graph of 0x%08x",
                               (unsigned)trace.procedure.start);
        flow_free(maker.flow);
        goto free_trace;
    }
    *flow = maker.flow;
free_trace:
    trace_free(&trace);
    return status;
}

void flow_free(struct flow *flow)
{
    if (flow == NULL)
        return;
    free(flow->words);
    free(flow->blocks);
    free(flow->successors);
    free(flow->calls);
    free(flow->tables);
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

void flow_explain(const struct flow *flow, char *text, size_t size)
{
    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        const struct block *block = &flow->blocks[i];
        unsigned last = (unsigned)(block->start + 4 * (block->n_words - 1));

        if (block->end == BLOCK_JUMPS)
            snprintf(text, size, "where the jump at 0x%08x goes is unknown", last);
        else if (block->end == BLOCK_BREAKS && block->n_words == 0)
            snprintf(text, size, "control gets to 0x%08x, and 0x%08x there is no instruction",
                     (unsigned)block->start, (unsigned)flow_word(flow, block->start));
        else if (block->end == BLOCK_BREAKS)
            snprintf(text, size, "control goes from 0x%08x to 0x%08x, where no code is", last,
                     (unsigned)block->target);
        else
            continue;
        return;
    }
    snprintf(text, size, "the flow is complete");
}
