/* The call graph; see program.h. */
#include <stdlib.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/operands.h"
#include "arch/ppc/code/analysis/program_private.h"

/* ---- edges ---- */

static status_t add_edge(struct program *p, const struct call_edge *call, uint32_t callee)
{
    if (p->n_edges == p->edges_size) {
        uint32_t size = p->edges_size == 0 ? 256 : 2 * p->edges_size;
        struct edge *edges = realloc(p->edges, size * sizeof(edges[0]));

        if (edges == NULL)
            return status_refuse(ERR_NO_MEMORY, "no memory for %u edges of the call graph", size);
        p->edges = edges;
        p->edges_size = size;
    }
    p->edges[p->n_edges++] = (struct edge){*call, callee};
    return OK;
}

/* Control that leaves the procedure for a known address. */
static status_t add_branch(struct program *p, const struct node *caller, vaddr_t site,
                           vaddr_t target, enum call_kind kind)
{
    uint32_t callee = program_node_at(p, target);
    struct call_edge call = {caller->procedure.start, site, target, kind};

    if (callee == NOBODY) {
        callee = program_node_around(p, target);
        if (callee != NOBODY)
            call.kind = CALL_MIDDLE;
    }
    return add_edge(p, &call, callee);
}

static status_t add_calls(struct program *p, const struct node *caller)
{
    const struct flow *flow = caller->flow;
    status_t status = OK;

    for (uint32_t i = 0; i < flow->n_calls && status == OK; i++) {
        const struct call *call = &flow->calls[i];
        const struct call_edge unknown = {caller->procedure.start, call->site, 0, CALL_UNKNOWN};

        if (call->direct)
            status = add_branch(p, caller, call->site, call->target,
                                call->tail ? CALL_TAIL : CALL_DIRECT);
        else
            status = add_edge(p, &unknown, NOBODY);
    }
    return status;
}

static status_t add_escapes(struct program *p, const struct node *caller)
{
    const struct flow *flow = caller->flow;
    status_t status = OK;

    for (uint32_t i = 0; i < flow->n_blocks && status == OK; i++) {
        const struct block *block = &flow->blocks[i];

        if (block->end == BLOCK_ESCAPES)
            status = add_branch(p, caller, block->start + 4 * (block->n_words - 1), block->target,
                                CALL_TAIL);
    }
    return status;
}

/* The upper halves that lis put into registers last, in the order of addresses. */
struct halves {
    uint32_t known; /* 1 << n is register n */
    uint32_t high[32];
};

/* Whether an instruction completes an address. */
static bool completes(struct halves *halves, uint32_t word, vaddr_t *address)
{
    uint32_t t = FIELD_T(word), a = FIELD_A(word);

    switch (code_opcode(word)) {
    case OPCODE_ADDIS:
        if (a == 0) {
            halves->known |= 1u << t;
            halves->high[t] = word << 16;
        }
        return false;
    case OPCODE_ADDI:
        *address = halves->high[a] + IMMEDIATE(word);
        return a != 0 && (halves->known & 1u << a) != 0;
    case OPCODE_ORI:
        *address = halves->high[t] | (word & 0xffff);
        return (halves->known & 1u << t) != 0;
    default:
        return false;
    }
}

/*
 * Addresses made by pairs of lis with addi or ori. What else writes the register in between is not
 * looked at: a wrong sum is hardly the start of a procedure, and one more address taken does no harm.
 */
status_t program_each_address(struct program *p, const struct node *maker,
                              status_t (*each)(struct program *p, const struct call_edge *call))
{
    const struct flow *flow = maker->flow;
    struct halves halves = {0};
    status_t status = OK;

    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        for (uint32_t k = 0; k < flow->blocks[i].n_words && status == OK; k++) {
            struct call_edge call = {maker->procedure.start, flow->blocks[i].start + 4 * k, 0,
                                     CALL_ADDRESS};

            if (completes(&halves, flow_word(flow, call.site), &call.callee))
                status = each(p, &call);
        }
    }
    return status;
}

/* Of a start, or of an entry in the middle; other numbers are no addresses. */
static status_t add_address(struct program *p, const struct call_edge *call)
{
    uint32_t callee = program_node_at(p, call->callee);

    if (callee == NOBODY && program_is_entry(p, call->callee))
        callee = program_node_around(p, call->callee);
    return callee == NOBODY ? OK : add_edge(p, call, callee);
}

static status_t add_pointers(struct program *p)
{
    uint32_t n = 0;
    const vaddr_t *pointers = program_pointers_to(p, 1, UINT32_MAX, &n);
    status_t status = OK;

    if (pointers == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for what data points to");
    for (uint32_t i = 0; i < n && status == OK; i++) {
        const struct call_edge call = {0, 0, pointers[i], CALL_ADDRESS};

        if (i == 0 || pointers[i - 1] != pointers[i])
            status = add_address(p, &call);
    }
    return status;
}

static status_t add_edges_of(struct program *p, struct node *node)
{
    status_t status = add_calls(p, node);

    if (status == OK)
        status = add_escapes(p, node);
    if (status == OK)
        status = program_each_address(p, node, add_address);
    return status;
}

/* ---- their index ---- */

/* Edges by callee: numbers of edges, sorted by counting. */
static status_t index_callers(struct program *p)
{
    uint32_t first = 0;

    p->into = malloc((p->n_edges + 1) * sizeof(p->into[0]));
    if (p->into == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for %u edges of the call graph", p->n_edges);
    for (uint32_t i = 0; i < p->n_edges; i++)
        if (p->edges[i].callee != NOBODY)
            p->nodes[p->edges[i].callee].n_in++;
    for (uint32_t i = 0; i < p->n_nodes; i++) {
        p->nodes[i].first_in = first;
        first += p->nodes[i].n_in;
        p->nodes[i].n_in = 0;
    }
    for (uint32_t i = 0; i < p->n_edges; i++) {
        uint32_t callee = p->edges[i].callee;

        if (callee != NOBODY)
            p->into[p->nodes[callee].first_in + p->nodes[callee].n_in++] = i;
    }
    return OK;
}

static status_t analyse_all(struct program *p)
{
    for (uint32_t i = 0; i < p->n_nodes; i++) {
        status_t status = OK;

        if (p->nodes[i].state == STATE_DONE)
            status = program_renew(p, &p->nodes[i]);
        else if (!p->nodes[i].procedure.import && p->nodes[i].state == STATE_NEW)
            status = program_analyse(p, i);
        if (status == ERR_NO_MEMORY)
            return status;
        if (status != OK)
            p->nodes[i].state = STATE_FAILED;
    }
    return OK;
}

void program_forget_calls(struct program *p)
{
    free(p->edges);
    free(p->into);
    p->edges = NULL;
    p->into = NULL;
    p->n_edges = p->edges_size = 0;
    for (uint32_t i = 0; i < p->n_nodes; i++)
        p->nodes[i].n_in = 0;
}

static status_t add_edges(struct program *p)
{
    status_t status = OK;

    for (uint32_t i = 0; i < p->n_nodes && status == OK; i++) {
        struct node *node = &p->nodes[i];

        node->first_out = p->n_edges;
        if (node->state == STATE_DONE)
            status = add_edges_of(p, node);
        node->n_out = p->n_edges - node->first_out;
    }
    return status == OK ? add_pointers(p) : status;
}

status_t program_calls(struct program *program)
{
    status_t status;

    if (program->into != NULL)
        return OK;
    status = analyse_all(program);
    if (status == OK)
        status = program_find_entries(program);
    if (status == OK)
        status = add_edges(program);
    if (status == OK)
        status = index_callers(program);
    if (status != OK)
        program_forget_calls(program);
    return status;
}

/* NULL: it is no procedure's start, or there is no graph. */
static const struct node *graph_node(const struct program *p, vaddr_t start)
{
    uint32_t number = program_node_at(p, start);

    return number == NOBODY || p->into == NULL ? NULL : &p->nodes[number];
}

void program_callees(const struct program *program, vaddr_t start,
                     bool (*each)(void *context, const struct call_edge *edge), void *context)
{
    const struct node *node = graph_node(program, start);

    for (uint32_t i = 0; node != NULL && i < node->n_out; i++)
        if (!each(context, &program->edges[node->first_out + i].call))
            return;
}

void program_callers(const struct program *program, vaddr_t start,
                     bool (*each)(void *context, const struct call_edge *edge), void *context)
{
    const struct node *node = graph_node(program, start);

    for (uint32_t i = 0; node != NULL && i < node->n_in; i++)
        if (!each(context, &program->edges[program->into[node->first_in + i]].call))
            return;
}

struct search {
    vaddr_t start;
    bool found;
};

static bool search_other_caller(void *context, const struct call_edge *edge)
{
    struct search *search = context;

    search->found = edge->caller != search->start;
    return !search->found;
}

bool program_is_called(const struct program *program, vaddr_t start)
{
    struct search search = {.start = start};

    program_callers(program, start, search_other_caller, &search);
    return search.found;
}
