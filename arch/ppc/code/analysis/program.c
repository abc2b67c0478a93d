/* See program.h. */
#include "arch/ppc/code/analysis/program.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/analysis/program_private.h"

/* ---- procedures ---- */

/* Where a start is, or would be, among the slots. Multiplicative hashing (Knuth 6.4), linear probing. */
static inline uint32_t find_slot(const struct program *p, vaddr_t start)
{
    uint32_t slot = start / 4 * 2654435769u >> p->slots_shift;

    while (p->slots[slot].node != NOBODY && p->slots[slot].start != start)
        slot = slot + 1 == p->n_slots ? 0 : slot + 1;
    return slot;
}

uint32_t program_node_at(const struct program *p, vaddr_t start)
{
    return p->slots[find_slot(p, start)].node;
}

uint32_t program_node_around(const struct program *p, vaddr_t address)
{
    struct procedure procedure;

    if (!p->source->procedure(p->source->context, address, &procedure))
        return NOBODY;
    return program_node_at(p, procedure.whole);
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

/* ---- analysis of one procedure ---- */

static void node_rest(struct node *node)
{
    live_free(node->live);
    flow_free(node->flow);
    node->live = NULL;
    node->flow = NULL;
}

static void node_reset(struct node *node)
{
    draft_free(node->draft);
    node->draft = NULL;
    node_rest(node);
    node->state = STATE_NEW;
}

status_t program_build_flow(struct program *p, struct node *node)
{
    node->n_stops = p->n_stops;
    p->flow_terms.entries = node->entries;
    p->flow_terms.n_entries = node->n_entries;
    return flow_build(p->source, node->procedure.start, &p->flow_terms, &node->flow);
}

/* Whether the flow follows a call that by now is known not to come back. */
static bool is_outdated(struct program *p, const struct flow *flow)
{
    for (uint32_t i = 0; i < flow->n_calls; i++) {
        const struct call *call = &flow->calls[i];

        if (call->direct && !call->tail && call->returns && !program_comes_back(p, call->target))
            return true;
    }
    return false;
}

status_t program_refresh_flow(struct program *p, struct node *node)
{
    if (node->n_stops == p->n_stops || !is_outdated(p, node->flow))
        return OK;
    flow_free(node->flow);
    node->flow = NULL;
    return program_build_flow(p, node);
}

status_t program_build_live(struct program *p, struct node *node, struct summary *summary)
{
    status_t status;

    live_free(node->live);
    node->live = NULL;
    status = live_build(node->flow, program_live_terms(p, node), &node->live);
    if (status != OK)
        return status;
    live_summarize(node->live, summary);
    return OK;
}

/* When those it calls are done. */
static status_t complete(struct program *p, struct node *node)
{
    status_t status = program_refresh_flow(p, node);

    if (status == OK)
        status = program_build_live(p, node, &node->summary);
    if (status == OK) {
        node->summary.returns &= !node->procedure.no_return;
        p->n_stops += !node->summary.returns;
    }
    return status;
}

/* ---- analysis of all that a procedure calls ---- */

static status_t enter(struct program *p, uint32_t number)
{
    struct node *node = &p->nodes[number];
    status_t status = program_build_flow(p, node);

    if (status != OK)
        return status;
    node->state = STATE_OPEN;
    node->typed =
        p->type != NULL && p->type(p->type_context, node->procedure.start, &node->arguments);
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
        status = program_settle_circle(p, members, n);
    }
    if (status != OK)
        return status;
    for (uint32_t i = 0; i < n; i++)
        p->nodes[members[i]].done = p->n_done++;
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
        uint32_t callee = call->direct ? program_node_at(p, call->target) : NOBODY;

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

status_t program_analyse(struct program *p, uint32_t number)
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

/* What program_rest has given back. */
status_t program_renew(struct program *p, struct node *node)
{
    struct summary summary;
    status_t status = node->flow == NULL ? program_build_flow(p, node) : OK;

    if (status == OK && node->live == NULL)
        status = program_build_live(p, node, &summary);
    if (status != OK)
        node_rest(node);
    return status;
}

static status_t analyse_around(struct program *p, vaddr_t address, const struct node **node)
{
    uint32_t number = program_node_around(p, address);
    status_t status;

    if (number == NOBODY)
        return status_refuse(ERR_NOT_FOUND, "no procedure holds address 0x%08x", (unsigned)address);
    status = program_analyse(p, number);
    if (status == OK)
        status = program_renew(p, &p->nodes[number]);
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

void program_rest(struct program *program)
{
    for (uint32_t i = 0; i < program->n_nodes; i++)
        if (program->nodes[i].state == STATE_DONE)
            node_rest(&program->nodes[i]);
    program_forget_calls(program);
}

void program_rest_at(struct program *program, vaddr_t address)
{
    uint32_t number = program_node_around(program, address);

    if (number != NOBODY && program->nodes[number].state == STATE_DONE)
        node_rest(&program->nodes[number]);
}

/* ---- opening and closing ---- */

/* Those that end before a start hold none that comes later. */
static uint32_t find_outer(const struct program *p, vaddr_t start)
{
    uint32_t outer = p->n_nodes == 0 ? NOBODY : p->n_nodes - 1;

    while (outer != NOBODY && p->nodes[outer].procedure.end <= start)
        outer = p->nodes[outer].outer;
    return outer;
}

static void fill_nodes(struct program *p, uint32_t n)
{
    struct procedure procedure;
    vaddr_t address = 0;

    while (p->n_nodes < n && next_whole(p->source, &address, &procedure)) {
        uint32_t outer = find_outer(p, procedure.start);

        p->slots[find_slot(p, procedure.start)] = (struct slot){procedure.start, p->n_nodes};
        p->nodes[p->n_nodes++] = (struct node){.procedure = procedure, .outer = outer};
    }
}

/* At least twice as many as procedures, so that searches are short and end. */
static bool allocate_slots(struct program *p, uint32_t n)
{
    p->slots_shift = 31;
    while (n > 1u << (31 - p->slots_shift) && p->slots_shift > 4)
        p->slots_shift--;
    p->n_slots = 1u << (32 - p->slots_shift);
    p->slots = malloc(p->n_slots * sizeof(p->slots[0]));
    for (uint32_t i = 0; p->slots != NULL && i < p->n_slots; i++)
        p->slots[i].node = NOBODY;
    return p->slots != NULL;
}

status_t program_open(const struct code_source *source, struct program **program)
{
    uint32_t n = count_procedures(source);
    struct program *p = calloc(1, sizeof(*p));

    if (p == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory to analyse a program");
    p->source = source;
    p->nodes = malloc((n + 1) * sizeof(p->nodes[0]));
    p->path = malloc((n + 1) * sizeof(p->path[0]));
    p->open = malloc((n + 1) * sizeof(p->open[0]));
    if (p->nodes == NULL || p->path == NULL || p->open == NULL || !allocate_slots(p, n)) {
        program_close(p);
        return status_refuse(ERR_NO_MEMORY, "no memory to analyse %u procedures", (unsigned)n);
    }
    fill_nodes(p, n);
    program_set_terms(p);
    *program = p;
    return OK;
}

void program_close(struct program *program)
{
    if (program == NULL)
        return;
    for (uint32_t i = 0; i < program->n_nodes; i++) {
        node_reset(&program->nodes[i]);
        free(program->nodes[i].entries);
        free(program->nodes[i].kept);
    }
    free(program->nodes);
    free(program->slots);
    free(program->scratch.bytes);
    free(program->path);
    free(program->open);
    free(program->pointers);
    free(program->queue);
    free(program->edges);
    free(program->into);
    free(program);
}
