/* See program.h. */
#include "arch/ppc/code/program.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/effects.h"

#define NOBODY UINT32_MAX

/* How often a circle is gone round before it is given up. */
#define ROUNDS_MAX 16

enum state {
    STATE_NEW,
    STATE_OPEN,     /* entered; those it calls come first */
    STATE_SETTLING, /* of a circle; its summary promises too much as yet */
    STATE_DONE,     /* flow, live and summary are there */
    STATE_FAILED,   /* it cannot be analysed */
};

/* A whole procedure. */
struct node {
    struct procedure procedure;
    struct flow *flow;
    struct live *live;
    struct summary summary;
    uint32_t index, low;       /* Tarjan's: order of entering; least that is reached from here */
    uint32_t next_call;        /* of flow->calls, to be followed */
    uint32_t n_stops;          /* of the program, when its flow was built */
    uint32_t changed, built;   /* in a circle: when summary and live were made, by the clock */
    uint8_t state;             /* enum state */
    bool in_data;              /* data holds its address */
    uint32_t first_out, n_out; /* in edges */
    uint32_t first_in, n_in;   /* in `into` */
};

struct edge {
    struct call_edge call;
    uint32_t callee; /* node, or NOBODY */
};

struct program {
    const struct code_source *source;
    struct node *nodes; /* by rising start */
    vaddr_t *starts;    /* of them, once more: they are looked for often */
    uint32_t n_nodes;
    /* Nodes whose calls are being followed; those whose calls have been, in the order of that, whose
       circle is not complete. */
    uint32_t *path, *open;
    uint32_t n_path, n_open, n_entered;
    uint32_t n_stops; /* procedures that were found not to return */
    uint32_t clock;   /* counts summaries of circles */
    struct flow_terms flow_terms;
    struct live_terms live_terms, helper_terms;
    /* Words of initialized data that point to code, once they were asked for; NULL before. */
    vaddr_t *pointers;
    uint32_t n_pointers, pointers_size;
    struct edge *edges; /* by caller */
    uint32_t n_edges, edges_size;
    uint32_t *into; /* edges, by callee */
};

static const struct register_set everything = REGISTERS_ALL;

/* ---- procedures ---- */

static uint32_t node_at(const struct program *p, vaddr_t start)
{
    uint32_t low = 0, high = p->n_nodes;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (p->starts[middle] < start)
            low = middle + 1;
        else
            high = middle;
    }
    return low < p->n_nodes && p->starts[low] == start ? low : NOBODY;
}

/* The whole procedure that an address lies in. */
static uint32_t node_around(const struct program *p, vaddr_t address)
{
    struct procedure procedure;

    if (!p->source->procedure(p->source->context, address, &procedure))
        return NOBODY;
    return node_at(p, procedure.whole);
}

/* The next whole procedure at or above *address, which moves behind its start. */
static bool next_whole(const struct code_source *source, vaddr_t *address,
                       struct procedure *procedure)
{
    while (source->next(source->context, *address, procedure) && procedure->start >= *address &&
           procedure->start < UINT32_MAX) {
        *address = procedure->start + 1;
        if (procedure->whole == procedure->start)
            return true;
    }
    return false;
}

static uint32_t count_procedures(const struct code_source *source)
{
    struct procedure procedure;
    vaddr_t address = 0;
    uint32_t n = 0;

    while (next_whole(source, &address, &procedure))
        n++;
    return n;
}

static bool is_helper(const struct procedure *procedure)
{
    return procedure->name != NULL &&
           (strncmp(procedure->name, "_save", 5) == 0 || strncmp(procedure->name, "_rest", 5) == 0);
}

/* ---- what a call means ---- */

static void summary_of_import(const struct procedure *procedure, struct summary *summary)
{
    if (is_helper(procedure))
        summary_unknown(summary);
    else
        summary_abi(summary);
    summary->returns = !procedure->no_return;
}

static void summary_of_node(const struct node *node, struct summary *summary)
{
    if (node->procedure.import)
        summary_of_import(&node->procedure, summary);
    else if (node->state == STATE_DONE || node->state == STATE_SETTLING)
        *summary = node->summary;
    else
        summary_abi(summary);
}

/* Of what a branch to an address enters: a procedure, the middle of one, or the unknown. */
static void summary_at(const struct program *p, vaddr_t target, struct summary *summary)
{
    uint32_t number = node_at(p, target);

    if (number != NOBODY)
        summary_of_node(&p->nodes[number], summary);
    else if (node_around(p, target) != NOBODY)
        summary_unknown(summary);
    else
        summary_abi(summary);
}

static void summary_of_call(void *context, const struct call *call, struct summary *summary)
{
    if (call->direct)
        summary_at(context, call->target, summary);
    else
        summary_abi(summary);
}

/* All that have not been analysed do. */
static bool comes_back(void *context, vaddr_t start)
{
    const struct program *p = context;
    uint32_t number = node_at(p, start);
    const struct node *node = number == NOBODY ? NULL : &p->nodes[number];

    if (node == NULL || node->procedure.no_return)
        return node == NULL;
    return (node->state != STATE_DONE && node->state != STATE_SETTLING) || node->summary.returns;
}

/* ---- pointers to code ---- */

static bool is_code(const struct program *p, vaddr_t address)
{
    return p->n_nodes != 0 && address >= p->starts[0] &&
           address < p->nodes[p->n_nodes - 1].procedure.end;
}

static bool add_pointer(struct program *p, vaddr_t pointer)
{
    if (p->n_pointers == p->pointers_size) {
        uint32_t size = p->pointers_size * 2 + 64;
        vaddr_t *larger = realloc(p->pointers, size * sizeof(p->pointers[0]));

        if (larger == NULL)
            return false;
        p->pointers = larger;
        p->pointers_size = size;
    }
    p->pointers[p->n_pointers++] = pointer;
    return true;
}

/* False, and nothing is remembered, if there is no memory. */
static bool find_pointers(struct program *p)
{
    uint32_t cursor = 0, value;
    bool room = add_pointer(p, 0);

    while (room && p->source->pointer(p->source->context, &cursor, &value))
        room = !is_code(p, value) || add_pointer(p, value);
    if (room)
        return true;
    free(p->pointers);
    p->pointers = NULL;
    p->n_pointers = p->pointers_size = 0;
    return false;
}

/* Without memory there are as many as there can be: what depends on their number is then not known. */
static uint32_t pointers_between(void *context, vaddr_t start, vaddr_t end)
{
    struct program *p = context;
    uint32_t n = 0;

    if (p->pointers == NULL && !find_pointers(p))
        return 0x10000000;
    for (uint32_t i = 0; i < p->n_pointers; i++)
        n += p->pointers[i] - start < end - start;
    return n;
}

/* ---- analysis of one procedure ---- */

static void node_reset(struct node *node)
{
    live_free(node->live);
    flow_free(node->flow);
    node->live = NULL;
    node->flow = NULL;
    node->state = STATE_NEW;
}

static status_t build_flow(struct program *p, struct node *node)
{
    node->n_stops = p->n_stops;
    return flow_build(p->source, node->procedure.start, &p->flow_terms, &node->flow);
}

/* Whether the flow follows a call that by now is known not to come back. */
static bool is_outdated(struct program *p, const struct flow *flow)
{
    for (uint32_t i = 0; i < flow->n_calls; i++) {
        const struct call *call = &flow->calls[i];

        if (call->direct && !call->tail && call->returns && !comes_back(p, call->target))
            return true;
    }
    return false;
}

static status_t refresh_flow(struct program *p, struct node *node)
{
    if (node->n_stops == p->n_stops || !is_outdated(p, node->flow))
        return OK;
    flow_free(node->flow);
    node->flow = NULL;
    return build_flow(p, node);
}

static status_t build_live(struct program *p, struct node *node, struct summary *summary)
{
    const struct live_terms *terms =
        is_helper(&node->procedure) ? &p->helper_terms : &p->live_terms;
    status_t status;

    live_free(node->live);
    node->live = NULL;
    status = live_build(node->flow, terms, &node->live);
    if (status != OK)
        return status;
    live_summarize(node->live, summary);
    return OK;
}

/* When those it calls are done. */
static status_t complete(struct program *p, struct node *node)
{
    status_t status = refresh_flow(p, node);

    if (status == OK)
        status = build_live(p, node, &node->summary);
    if (status == OK) {
        node->summary.returns &= !node->procedure.no_return;
        p->n_stops += !node->summary.returns;
    }
    return status;
}

/* ---- whether the members of a circle return ---- */

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

        if (!call->direct || call->tail || comes_back(p, call->target))
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
        return comes_back(p, block->target);
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

/* ---- what the members of a circle do ---- */

/* At first it reads nothing and writes everything; that is taken back where it is not so. */
static void promise(struct node *node)
{
    node->summary.reads = REGISTERS_NONE;
    node->summary.writes = REGISTERS_ALL;
    node->summary.touches = REGISTERS_NONE;
    node->summary.known = true;
}

/* Whether anything that it calls has changed since its liveness was found. */
static bool is_concerned(const struct program *p, const struct node *node)
{
    bool concerned = node->live == NULL;

    for (uint32_t i = 0; i < node->flow->n_calls && !concerned; i++) {
        const struct call *call = &node->flow->calls[i];
        uint32_t callee = call->direct ? node_at(p, call->target) : NOBODY;

        concerned = callee != NOBODY && p->nodes[callee].state == STATE_SETTLING &&
                    p->nodes[callee].changed > node->built;
    }
    return concerned;
}

static status_t settle_summaries(struct program *p, const uint32_t members[], uint32_t n,
                                 bool *changed)
{
    *changed = false;
    for (uint32_t i = 0; i < n; i++) {
        struct node *node = &p->nodes[members[i]];
        struct summary summary;
        status_t status;

        if (!is_concerned(p, node))
            continue;
        node->built = p->clock;
        status = build_live(p, node, &summary);
        if (status != OK)
            return status;
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

/* All members may do what any of them does. */
static void share_touches(struct program *p, const uint32_t members[], uint32_t n)
{
    struct register_set touches = REGISTERS_NONE;

    for (uint32_t i = 0; i < n; i++)
        registers_add(&touches, &p->nodes[members[i]].summary.touches);
    for (uint32_t i = 0; i < n; i++) {
        struct node *node = &p->nodes[members[i]];

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
        status_t status = build_live(p, &p->nodes[members[i]], &summary);

        if (status != OK)
            return status;
    }
    return OK;
}

static status_t settle_circle(struct program *p, const uint32_t members[], uint32_t n)
{
    bool changed = true;
    status_t status = settle_returns(p, members, n);

    for (uint32_t i = 0; i < n && status == OK; i++) {
        promise(&p->nodes[members[i]]);
        status = refresh_flow(p, &p->nodes[members[i]]);
    }
    for (unsigned round = 0; status == OK && changed && round < ROUNDS_MAX; round++)
        status = settle_summaries(p, members, n, &changed);
    if (status == OK && changed)
        return give_up(p, members, n);
    if (status == OK)
        share_touches(p, members, n);
    return status;
}

/* ---- analysis of all that a procedure calls ---- */

static status_t enter(struct program *p, uint32_t number)
{
    struct node *node = &p->nodes[number];
    status_t status = build_flow(p, node);

    if (status != OK)
        return status;
    node->state = STATE_OPEN;
    node->next_call = 0;
    node->index = node->low = p->n_entered++;
    p->path[p->n_path++] = number;
    return OK;
}

static bool calls_itself(const struct node *node)
{
    for (uint32_t i = 0; i < node->flow->n_calls; i++) {
        const struct call *call = &node->flow->calls[i];

        if (call->direct && call->target == node->procedure.start)
            return true;
    }
    return false;
}

static void set_states(struct program *p, const uint32_t members[], uint32_t n, enum state state)
{
    for (uint32_t i = 0; i < n; i++)
        p->nodes[members[i]].state = (uint8_t)state;
}

/* Of all that were entered since a procedure was, that one included. */
static status_t complete_circle(struct program *p, uint32_t first)
{
    uint32_t start = p->n_open, n;
    const uint32_t *members;
    status_t status;

    while (start > 0 && p->nodes[p->open[start - 1]].index >= p->nodes[first].index)
        start--;
    members = p->open + start;
    n = p->n_open - start;
    if (n == 1 && !calls_itself(&p->nodes[first])) {
        status = complete(p, &p->nodes[first]);
    } else {
        set_states(p, members, n, STATE_SETTLING);
        status = settle_circle(p, members, n);
    }
    if (status != OK)
        return status;
    set_states(p, members, n, STATE_DONE);
    p->n_open = start;
    return OK;
}

static void lower(struct node *node, uint32_t index)
{
    if (index < node->low)
        node->low = index;
}

/* When all calls have been followed. */
static status_t leave(struct program *p)
{
    uint32_t number = p->path[--p->n_path];
    const struct node *node = &p->nodes[number];

    if (p->n_path > 0)
        lower(&p->nodes[p->path[p->n_path - 1]], node->low);
    p->open[p->n_open++] = number;
    return node->low == node->index ? complete_circle(p, number) : OK;
}

/* The next procedure that it calls directly; NOBODY: there are no more. */
static uint32_t next_callee(struct program *p, struct node *node)
{
    while (node->next_call < node->flow->n_calls) {
        const struct call *call = &node->flow->calls[node->next_call++];
        uint32_t callee = call->direct ? node_at(p, call->target) : NOBODY;

        if (callee != NOBODY && !p->nodes[callee].procedure.import)
            return callee;
    }
    return NOBODY;
}

static status_t advance(struct program *p)
{
    struct node *node = &p->nodes[p->path[p->n_path - 1]];
    uint32_t callee = next_callee(p, node);
    status_t status;

    if (callee == NOBODY)
        return leave(p);
    if (p->nodes[callee].state == STATE_OPEN)
        lower(node, p->nodes[callee].index);
    if (p->nodes[callee].state != STATE_NEW)
        return OK;
    status = enter(p, callee);
    if (status == OK || status == ERR_NO_MEMORY)
        return status;
    p->nodes[callee].state = STATE_FAILED;
    return OK;
}

/* Nothing half-done stays. */
static void abandon(struct program *p)
{
    while (p->n_open > 0)
        node_reset(&p->nodes[p->open[--p->n_open]]);
    while (p->n_path > 0)
        node_reset(&p->nodes[p->path[--p->n_path]]);
}

static status_t analyse(struct program *p, uint32_t number)
{
    status_t status;

    if (p->nodes[number].state == STATE_DONE)
        return OK;
    status = enter(p, number);
    while (status == OK && p->n_path > 0)
        status = advance(p);
    if (status != OK)
        abandon(p);
    return status;
}

/* ---- what is asked ---- */

static status_t analyse_around(struct program *p, vaddr_t address, const struct node **node)
{
    uint32_t number = node_around(p, address);
    status_t status;

    if (number == NOBODY)
        return status_refuse(ERR_NOT_FOUND, "no procedure holds address 0x%08x", (unsigned)address);
    status = analyse(p, number);
    if (status == OK)
        *node = &p->nodes[number];
    return status;
}

status_t program_flow(struct program *program, vaddr_t address, const struct flow **flow)
{
    const struct node *node = NULL;
    status_t status = analyse_around(program, address, &node);

    if (status == OK)
        *flow = node->flow;
    return status;
}

status_t program_live(struct program *program, vaddr_t address, const struct live **live)
{
    const struct node *node = NULL;
    status_t status = analyse_around(program, address, &node);

    if (status == OK)
        *live = node->live;
    return status;
}

void program_summary(struct program *program, vaddr_t start, struct summary *summary)
{
    uint32_t number = node_at(program, start);

    if (number != NOBODY && !program->nodes[number].procedure.import &&
        analyse(program, number) != OK)
        summary_abi(summary);
    else
        summary_at(program, start, summary);
}

/* ---- the call graph: edges ---- */

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
    uint32_t callee = node_at(p, target);
    struct call_edge call = {caller->procedure.start, site, target, kind};

    if (callee == NOBODY) {
        callee = node_around(p, target);
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
    unsigned t = word >> 21 & 31, a = word >> 16 & 31;

    switch (code_opcode(word)) {
    case OPCODE_ADDIS:
        if (a == 0) {
            halves->known |= 1u << t;
            halves->high[t] = word << 16;
        }
        return false;
    case OPCODE_ADDI:
        *address = halves->high[a] + (uint32_t)(int16_t)word;
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
static status_t add_addresses(struct program *p, const struct node *caller)
{
    const struct flow *flow = caller->flow;
    struct halves halves = {0};
    status_t status = OK;

    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        for (uint32_t k = 0; k < flow->blocks[i].n_words && status == OK; k++) {
            struct call_edge call = {caller->procedure.start, flow->blocks[i].start + 4 * k, 0,
                                     CALL_ADDRESS};
            uint32_t callee = NOBODY;

            if (completes(&halves, flow_word(flow, call.site), &call.callee))
                callee = node_at(p, call.callee);
            if (callee != NOBODY)
                status = add_edge(p, &call, callee);
        }
    }
    return status;
}

static status_t add_pointers(struct program *p)
{
    uint32_t cursor = 0, value;
    status_t status = OK;

    while (status == OK && p->source->pointer(p->source->context, &cursor, &value)) {
        const struct call_edge call = {0, 0, value, CALL_ADDRESS};
        uint32_t callee = node_at(p, value);

        if (callee == NOBODY || p->nodes[callee].in_data)
            continue;
        p->nodes[callee].in_data = true;
        status = add_edge(p, &call, callee);
    }
    return status;
}

static status_t add_edges_of(struct program *p, struct node *node)
{
    status_t status = add_calls(p, node);

    if (status == OK)
        status = add_escapes(p, node);
    if (status == OK)
        status = add_addresses(p, node);
    return status;
}

/* ---- the call graph: its index ---- */

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

        if (!p->nodes[i].procedure.import && p->nodes[i].state == STATE_NEW)
            status = analyse(p, i);
        if (status == ERR_NO_MEMORY)
            return status;
        if (status != OK)
            p->nodes[i].state = STATE_FAILED;
    }
    return OK;
}

static void forget_edges(struct program *p)
{
    for (uint32_t i = 0; i < p->n_nodes; i++)
        p->nodes[i].in_data = false;
    free(p->edges);
    p->edges = NULL;
    p->n_edges = p->edges_size = 0;
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
        status = add_edges(program);
    if (status == OK)
        status = index_callers(program);
    if (status != OK)
        forget_edges(program);
    return status;
}

/* NULL: it is no procedure's start, or there is no graph. */
static const struct node *graph_node(const struct program *p, vaddr_t start)
{
    uint32_t number = node_at(p, start);

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

/* ---- opening and closing ---- */

static void fill_nodes(struct program *p, uint32_t n)
{
    struct procedure procedure;
    vaddr_t address = 0;

    while (p->n_nodes < n && next_whole(p->source, &address, &procedure)) {
        p->starts[p->n_nodes] = procedure.start;
        p->nodes[p->n_nodes++] = (struct node){.procedure = procedure};
    }
}

status_t program_open(const struct code_source *source, struct program **program)
{
    uint32_t n = count_procedures(source);
    struct program *p = calloc(1, sizeof(*p));

    if (p == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory to analyse a program");
    p->source = source;
    p->nodes = malloc((n + 1) * sizeof(p->nodes[0]));
    p->starts = malloc((n + 1) * sizeof(p->starts[0]));
    p->path = malloc((n + 1) * sizeof(p->path[0]));
    p->open = malloc((n + 1) * sizeof(p->open[0]));
    if (p->nodes == NULL || p->starts == NULL || p->path == NULL || p->open == NULL) {
        program_close(p);
        return status_refuse(ERR_NO_MEMORY, "no memory to analyse %u procedures", (unsigned)n);
    }
    fill_nodes(p, n);
    p->flow_terms =
        (struct flow_terms){.returns = comes_back, .pointers = pointers_between, .context = p};
    p->live_terms = (struct live_terms){.summary = summary_of_call, .context = p};
    p->helper_terms = p->live_terms;
    p->helper_terms.at_return = &everything;
    *program = p;
    return OK;
}

void program_close(struct program *program)
{
    if (program == NULL)
        return;
    for (uint32_t i = 0; i < program->n_nodes; i++)
        node_reset(&program->nodes[i]);
    free(program->nodes);
    free(program->starts);
    free(program->path);
    free(program->open);
    free(program->pointers);
    free(program->edges);
    free(program->into);
    free(program);
}
