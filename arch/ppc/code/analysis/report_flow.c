/* Flow graphs as text and for Graphviz. See report.h. */
#include "arch/ppc/code/analysis/report.h"

#include <string.h>

#include "arch/ppc/code/print.h"

/* A graph on its way out. */
struct graph {
    FILE *out;
    const struct code_index *index;
    const struct flow *flow;
    const struct live *live;
};

static const char *plural(uint32_t n)
{
    return n == 1 ? "" : "s";
}

static vaddr_t end_of(const struct block *block)
{
    return block->start + block->n_words * 4;
}

static vaddr_t last_of(const struct block *block)
{
    return block->start + (block->n_words > 0 ? block->n_words - 1 : 0) * 4;
}

/* The next block, if control falls there. */
static bool is_fall(const struct graph *g, const struct block *block, uint32_t successor)
{
    return block->falls && g->flow->blocks[successor].start == end_of(block);
}

/* What ends a block, but for falling and for branches to others. */
static const char *end_name(const struct block *block)
{
    static const char *const names[] = {[BLOCK_FALLS] = NULL,
                                        [BLOCK_BRANCHES] = NULL,
                                        [BLOCK_RETURNS] = "returns",
                                        [BLOCK_LEAVES] = "goes on to",
                                        [BLOCK_ESCAPES] = "goes on into",
                                        [BLOCK_SWITCHES] = NULL,
                                        [BLOCK_JUMPS] = "jumps to where is not known",
                                        [BLOCK_TAIL_CALLS] = "goes on through a pointer",
                                        [BLOCK_STOPS] = "stops",
                                        [BLOCK_BREAKS] = "breaks: no code at"};

    if (block->end == BLOCK_BREAKS && block->n_words == 0)
        return "breaks: no instruction";
    return names[block->end];
}

static bool has_target(const struct block *block)
{
    return block->end == BLOCK_LEAVES || block->end == BLOCK_ESCAPES ||
           (block->end == BLOCK_BREAKS && block->n_words > 0);
}

static void print_target(const struct graph *g, const struct block *block)
{
    char name[REPORT_NAME_MAX];

    report_name(g->index, block->target, name);
    if (strcmp(name, "?") == 0)
        fprintf(g->out, " %08x", (unsigned)code_index_shown(g->index, block->target));
    else
        fprintf(g->out, " %s", name);
}

/* ---- as text ---- */

static void print_successors(const struct graph *g, const struct block *block)
{
    const uint32_t *successors = g->flow->successors + block->first_successor;
    const char *verb = block->end == BLOCK_SWITCHES ? "; switches to" : "; branches to";

    for (uint32_t i = 0; i < block->n_successors; i++)
        if (is_fall(g, block, successors[i]))
            fprintf(g->out, "; falls to %u", (unsigned)successors[i]);
    for (uint32_t i = 0; i < block->n_successors; i++) {
        if (is_fall(g, block, successors[i]))
            continue;
        fprintf(g->out, "%s %u", verb, (unsigned)successors[i]);
        verb = ",";
    }
}

static void print_block(const struct graph *g, uint32_t number)
{
    const struct block *block = &g->flow->blocks[number];

    fprintf(g->out, "block %u: %08x, %u word%s%s", (unsigned)number,
            (unsigned)code_index_shown(g->index, block->start), (unsigned)block->n_words,
            plural(block->n_words), block->entry ? "; entry" : "");
    print_successors(g, block);
    if (end_name(block) != NULL)
        fprintf(g->out, "; %s", end_name(block));
    if (has_target(block))
        print_target(g, block);
    fprintf(g->out, "\n");
}

static void print_call(const struct graph *g, const struct call *call)
{
    char name[REPORT_NAME_MAX] = "through a pointer";

    if (call->direct)
        report_name(g->index, call->target, name);
    fprintf(g->out, "  %08x calls %s%s\n", (unsigned)code_index_shown(g->index, call->site), name,
            call->returns ? "" : ", which does not return");
}

/* Calls that end a block as tail calls are told with it. */
static void print_calls(const struct graph *g, const struct block *block)
{
    for (vaddr_t at = block->start; at < end_of(block); at += 4) {
        const struct call *call = flow_call_at(g->flow, at);

        if (call != NULL && !call->tail)
            print_call(g, call);
    }
}

static void print_table(const struct graph *g, const struct jump_table *table)
{
    fprintf(g->out, "  %08x by a table of %u %s at %08x\n",
            (unsigned)code_index_shown(g->index, table->site), (unsigned)table->n,
            table->relative ? "offsets" : "addresses",
            (unsigned)code_index_shown(g->index, table->address));
}

static void print_tables(const struct graph *g, const struct block *block)
{
    for (uint32_t i = 0; i < g->flow->n_tables; i++)
        if (g->flow->tables[i].site == last_of(block))
            print_table(g, &g->flow->tables[i]);
}

void report_flow(FILE *out, const struct code_index *index, const struct flow *flow)
{
    const struct graph g = {out, index, flow, NULL};
    char name[REPORT_NAME_MAX];

    report_name(index, flow->procedure.start, name);
    fprintf(out, "%s: %u word%s in %u part%s, %u block%s, %s\n", name, (unsigned)flow->n_words,
            plural(flow->n_words), (unsigned)flow->n_parts, plural(flow->n_parts),
            (unsigned)flow->n_blocks, plural(flow->n_blocks),
            flow->complete ? "complete" : "incomplete");
    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        print_block(&g, i);
        print_calls(&g, &flow->blocks[i]);
        print_tables(&g, &flow->blocks[i]);
    }
}

/* ---- for Graphviz ---- */

/* Inside of a string in double quotes. */
static void print_quoted(FILE *out, const char *text)
{
    for (; *text != 0; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fputc(*text == '\t' ? ' ' : *text, out);
    }
}

/* An instruction that is printed as if it stood where users know it. */
struct shown {
    const struct code_index *index;
    vaddr_t address, shown;
};

static bool name_target(void *context, uint32_t target, char *text, size_t size)
{
    const struct shown *shown = context;

    return code_index_print_name(shown->index, target - shown->shown + shown->address, text, size);
}

static void dot_instruction(const struct graph *g, vaddr_t at)
{
    struct shown shown = {g->index, at, code_index_shown(g->index, at)};
    char text[PRINT_MAX];

    code_print(flow_word(g->flow, at), shown.shown, name_target, &shown, text, sizeof text);
    fprintf(g->out, "%08x  ", (unsigned)shown.shown);
    print_quoted(g->out, text);
    fprintf(g->out, "\\l");
}

static void dot_registers(const struct graph *g, const char *when, const struct register_set *set)
{
    fprintf(g->out, "live %s:", when);
    report_registers(g->out, set, REPORT_GENERAL | REPORT_CONDITION | REPORT_SPECIAL);
    fprintf(g->out, "\\l");
}

static void dot_block(const struct graph *g, uint32_t number)
{
    const struct block *block = &g->flow->blocks[number];
    struct register_set behind;

    fprintf(g->out, "  b%u [label=\"", (unsigned)number);
    if (g->live != NULL)
        dot_registers(g, "before", &g->live->in[number]);
    for (vaddr_t at = block->start; at < end_of(block); at += 4)
        dot_instruction(g, at);
    if (end_name(block) != NULL && !has_target(block))
        fprintf(g->out, "%s\\l", end_name(block));
    if (g->live != NULL) {
        live_behind_block(g->live, block, &behind);
        dot_registers(g, "after", &behind);
    }
    fprintf(g->out, "\"%s];\n", block->entry ? ", penwidth=2" : "");
}

static void dot_edges(const struct graph *g, uint32_t number)
{
    const struct block *block = &g->flow->blocks[number];
    const uint32_t *successors = g->flow->successors + block->first_successor;
    char name[REPORT_NAME_MAX];

    for (uint32_t i = 0; i < block->n_successors; i++)
        fprintf(g->out, "  b%u -> b%u%s;\n", (unsigned)number, (unsigned)successors[i],
                is_fall(g, block, successors[i]) ? " [weight=8]" : "");
    if (!has_target(block))
        return;
    report_name(g->index, block->target, name);
    fprintf(g->out, "  x%u [shape=plaintext, label=\"", (unsigned)number);
    print_quoted(g->out, name);
    fprintf(g->out, "\"];\n  b%u -> x%u [style=dashed];\n", (unsigned)number, (unsigned)number);
}

void report_dot(FILE *out, const struct code_index *index, const struct flow *flow,
                const struct live *live)
{
    const struct graph g = {out, index, flow, live};
    char name[REPORT_NAME_MAX];

    report_name(index, flow->procedure.start, name);
    fprintf(out, "digraph \"");
    print_quoted(out, name);
    fprintf(out, "\" {\n  node [shape=box, fontname=\"monospace\", fontsize=10];\n");
    for (uint32_t i = 0; i < flow->n_blocks; i++)
        dot_block(&g, i);
    for (uint32_t i = 0; i < flow->n_blocks; i++)
        dot_edges(&g, i);
    fprintf(out, "}\n");
}
