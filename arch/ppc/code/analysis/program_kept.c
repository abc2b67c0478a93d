/*
 * What callers keep across calls, from callers to those they call: what is live behind a call is live at
 * the callee's returns, and what is live at a procedure's returns is so at those of what it jumps to. A procedure of which
 * more is found to be kept gets other liveness, from which more may follow. Sets only grow, so this ends. In
 * programs that keep to the ABI hardly any procedure is built again.
 */
#include <stdlib.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/analysis/carried.h"
#include "arch/ppc/code/analysis/program_private.h"

static const struct register_set everything = REGISTERS_ALL;

static bool is_empty(const struct register_set *set)
{
    return (set->general | set->floating | set->vector | set->condition | set->special) == 0;
}

static const struct register_set *at_return(const struct node *node)
{
    return node->kept != NULL ? &node->kept->at_return : registers_at_return();
}

/* ---- what is kept for one ---- */

static struct kept *make_kept(const struct program *p)
{
    struct kept *kept = malloc(sizeof *kept);

    if (kept == NULL)
        return NULL;
    kept->at_return = *registers_at_return();
    kept->terms = p->live_terms;
    kept->terms.at_return = &kept->at_return;
    return kept;
}

/* Of a helper everything is live at its returns anyway. */
static status_t keep(struct program *p, uint32_t number, const struct register_set *set)
{
    struct node *node = &p->nodes[number];
    struct register_set more = *set;

    registers_remove(&more, at_return(node));
    if (is_empty(&more) || node->state != STATE_DONE || program_is_helper(&node->procedure))
        return OK;
    if (node->kept == NULL)
        node->kept = make_kept(p);
    if (node->kept == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for what callers of 0x%08x keep",
                             (unsigned)node->procedure.start);
    registers_add(&node->kept->at_return, &more);
    program_enqueue(p, number);
    return OK;
}

/* For the procedure that an address is in, if it is in any. */
static status_t keep_at(struct program *p, vaddr_t address, const struct register_set *set)
{
    uint32_t number = program_node_at(p, address);

    if (number == NOBODY)
        number = program_node_around(p, address);
    return number == NOBODY ? OK : keep(p, number, set);
}

/* ---- what one keeps ---- */

/*
 * Of what is live behind a call, what was there before and the callee does not touch is kept. What it touches is a
 * result, which of procedures with a type is where the ABI says.
 */
static status_t spread_call(struct program *p, const struct call *call, const struct live *live,
                            const struct register_set *carried)
{
    struct register_set set, kept = *carried;
    uint32_t number = program_node_at(p, call->target);
    const struct node *callee = number == NOBODY ? NULL : &p->nodes[number];

    live_after(live, call->site, &set);
    if (callee != NULL) {
        registers_remove(&kept, &callee->summary.touches);
        if (!callee->typed)
            registers_add(&kept, &callee->summary.touches);
        registers_keep(&set, &kept);
    }
    return keep_at(p, call->target, &set);
}

static status_t spread_calls(struct program *p, const struct node *node, const struct live *live,
                             const struct register_set carried[])
{
    const struct flow *flow = node->flow;
    status_t status = OK;

    for (uint32_t i = 0; i < flow->n_calls && status == OK; i++) {
        const struct call *call = &flow->calls[i];

        if (call->direct && call->tail)
            status = keep_at(p, call->target, at_return(node));
        else if (call->direct)
            status = spread_call(p, call, live, &carried[i]);
    }
    return status;
}

/* Live is what somebody is seen to read: the rest is not kept, but unknown. */
static status_t spread_kept(struct program *p, const struct node *node,
                            struct register_set carried[])
{
    struct live_terms terms = *program_live_terms(p, node);
    struct register_set at_entry = REGISTERS_ALL;
    struct live *live;
    status_t status;

    terms.narrow = true;
    if (node->typed)
        at_entry = (struct register_set){.general = node->arguments};
    status = carried_find(node->flow, &terms, &at_entry, carried);
    if (status == OK)
        status = live_build(node->flow, &terms, &live);
    if (status != OK)
        return status;
    status = spread_calls(p, node, live, carried);
    live_free(live);
    return status;
}

/* With some memory for each call. */
static status_t spread_over_calls(struct program *p, const struct node *node)
{
    struct register_set *carried;
    status_t status;

    if (node->flow->n_calls == 0)
        return OK;
    carried = malloc(node->flow->n_calls * sizeof carried[0]);
    if (carried == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for what 0x%08x keeps",
                             (unsigned)node->procedure.start);
    status = spread_kept(p, node, carried);
    free(carried);
    return status;
}

/* To procedures that it goes to otherwise, and to those that lie in it. */
static status_t spread_ends(struct program *p, uint32_t number)
{
    const struct node *node = &p->nodes[number];
    const struct flow *flow = node->flow;
    status_t status = OK;

    for (uint32_t i = 0; i < flow->n_blocks && status == OK; i++) {
        const struct block *block = &flow->blocks[i];

        if (block->end == BLOCK_LEAVES || block->end == BLOCK_ESCAPES)
            status = keep_at(p, block->target, at_return(node));
    }
    for (uint32_t i = number + 1; i < p->n_nodes && status == OK; i++) {
        if (p->nodes[i].procedure.start >= node->procedure.end)
            break;
        status = keep(p, i, at_return(node));
    }
    return status;
}

/* What it keeps, by what is known to be kept for it. */
static status_t spread(struct program *p, uint32_t number)
{
    struct node *node = &p->nodes[number];
    struct summary summary;
    status_t status = program_renew(p, node);

    if (status == OK && node->kept != NULL)
        status = program_build_live(p, node, &summary);
    if (status == OK)
        status = spread_over_calls(p, node);
    return status == OK ? spread_ends(p, number) : status;
}

/* ---- what may be a call ---- */

static bool is_in(const struct flow *flow, vaddr_t address)
{
    for (uint32_t i = 0; i < flow->n_parts; i++)
        if (address - flow->parts[i].start < flow->parts[i].end - flow->parts[i].start)
            return true;
    return false;
}

/* A word that control is not known to come to: of a procedure, or (flow NULL) of none. */
static status_t suspect(struct program *p, const struct flow *flow, uint32_t word, vaddr_t at)
{
    struct successor successor;

    code_successor(word, at, &successor);
    if (successor.transfer != TRANSFER_DIRECT ||
        (flow != NULL && !successor.links && is_in(flow, successor.target)))
        return OK;
    return keep_at(p, successor.target, &everything);
}

/* Those of a part that are not in the flow. Blocks are sorted by address. */
static status_t suspect_part(struct program *p, const struct flow *flow, const struct part *part)
{
    vaddr_t at = part->start;
    status_t status = OK;

    for (uint32_t i = 0; i <= flow->n_blocks; i++) {
        const struct block *block = i < flow->n_blocks ? &flow->blocks[i] : NULL;
        vaddr_t end = block != NULL ? block->start : part->end;

        if (end - part->start > part->end - part->start)
            continue;
        for (; at < end && status == OK; at += 4)
            status = suspect(p, flow, flow_word(flow, at), at);
        if (block != NULL && block->start - part->start < part->end - part->start)
            at = block->start + 4 * block->n_words;
    }
    return status;
}

static status_t suspect_unreached(struct program *p)
{
    status_t status = OK;

    for (uint32_t i = 0; i < p->n_nodes && status == OK; i++) {
        const struct flow *flow = p->nodes[i].flow;

        if (p->nodes[i].state != STATE_DONE)
            continue;
        for (uint32_t k = 0; k < flow->n_parts && status == OK; k++)
            status = suspect_part(p, flow, &flow->parts[k]);
    }
    return status;
}

/* Code between procedures, which belongs to none that has a name. */
static status_t suspect_nameless(struct program *p)
{
    const struct code_source *source = p->source;
    vaddr_t at = p->n_nodes == 0 ? 0 : p->nodes[0].procedure.start;
    struct procedure procedure;
    status_t status = OK;
    uint32_t word;

    while (status == OK && p->n_nodes != 0) {
        if (source->procedure(source->context, at, &procedure)) {
            at = procedure.end;
        } else if (source->words(source->context, at, &word, 1)) {
            status = suspect(p, NULL, word, at);
            at += 4;
        } else if (source->next(source->context, at, &procedure) && procedure.start > at) {
            at = procedure.start;
        } else {
            break;
        }
    }
    return status;
}

/* ---- */

/* All of them, each after those that call it, as far as that is possible. */
static status_t enqueue_all(struct program *p)
{
    uint32_t *order = malloc((p->n_done + 1) * sizeof order[0]);

    if (order == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for the order of %u procedures",
                             (unsigned)p->n_nodes);
    for (uint32_t i = 0; i < p->n_done; i++)
        order[i] = NOBODY;
    for (uint32_t i = 0; i < p->n_nodes; i++)
        if (p->nodes[i].state == STATE_DONE)
            order[p->nodes[i].done] = i;
    for (uint32_t i = p->n_done; i-- > 0;)
        if (order[i] != NOBODY)
            program_enqueue(p, order[i]);
    free(order);
    return OK;
}

status_t program_keep(struct program *p)
{
    status_t status = program_calls(p);

    if (status == OK)
        status = enqueue_all(p);
    if (status == OK)
        status = suspect_unreached(p);
    if (status == OK)
        status = suspect_nameless(p);
    while (status == OK && p->n_queued > 0) {
        uint32_t number = program_dequeue(p);

        status = spread(p, number);
        if (status != OK)
            program_enqueue(p, number);
    }
    return status;
}

void program_set_types(struct program *program, program_type_t type, void *context)
{
    program->type = type;
    program->type_context = context;
}

uint32_t program_arguments(const struct program *program, vaddr_t start)
{
    uint32_t number = program_node_at(program, start);

    return number == NOBODY ? 0 : program->nodes[number].arguments;
}
