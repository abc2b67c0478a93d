/*
 * Further entries of procedures: where control comes into their middle from outside. An entry is what
 * another procedure branches to; what instructions make the address of, its own ones too, which may be
 * for rfi; what a word of initialized data holds, if it is not a number by chance; and the start of a
 * procedure that lies within another one.
 *
 * An entry that is found changes flow and liveness of its procedure, from which more entries may
 * follow, until there are no more. It does not change the summary, which is of a call of the
 * procedure's start: the flow from the start alone has all ways that such a call can take, and what
 * registers hold on them. Control that comes in elsewhere is what the summary of who sends it there
 * tells of, as of something unknown. So nothing of those that call the procedure changes.
 */
#include <stdlib.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/analysis/program_private.h"

/* How often a procedure is built again until it is taken to be entered everywhere. */
#define BUILDS_MAX 8

/* How many of the procedures that an address lies in are looked for. */
#define OUTERS_MAX 64

/* How many instructions the halves of an address stand apart. */
#define APART_MAX 64

/* ---- entries of one procedure ---- */

static bool is_entered(const struct node *node, vaddr_t address)
{
    const struct block *block = flow_block_at(node->flow, address);

    return address == node->procedure.start ||
           (block != NULL && block->start == address && block->entry);
}

static status_t refuse_entries(const struct node *node)
{
    return status_refuse(ERR_NO_MEMORY, "no memory for %u entries of the procedure at 0x%08x",
                         (unsigned)node->n_entries, (unsigned)node->procedure.start);
}

static status_t add_entry(struct node *node, vaddr_t address)
{
    if (node->n_entries == node->entries_size) {
        uint32_t size = node->entries_size * 2 + 8;
        vaddr_t *larger = realloc(node->entries, size * sizeof(larger[0]));

        if (larger == NULL)
            return refuse_entries(node);
        node->entries = larger;
        node->entries_size = size;
    }
    node->entries[node->n_entries++] = address;
    return OK;
}

/* ---- those to be built again ---- */

void program_enqueue(struct program *p, uint32_t number)
{
    uint32_t place = p->first_queued + p->n_queued;

    if (p->nodes[number].queued)
        return;
    p->queue[place < p->n_nodes ? place : place - p->n_nodes] = number;
    p->nodes[number].queued = true;
    p->n_queued++;
}

uint32_t program_dequeue(struct program *p)
{
    uint32_t number = p->queue[p->first_queued];

    if (++p->first_queued == p->n_nodes)
        p->first_queued = 0;
    p->n_queued--;
    p->nodes[number].queued = false;
    return number;
}

/* ---- entries of any procedure ---- */

static status_t enter_node(struct program *p, uint32_t number, vaddr_t address)
{
    struct node *node = &p->nodes[number];

    if (node->state != STATE_DONE || is_entered(node, address))
        return OK;
    program_enqueue(p, number);
    return add_entry(node, address);
}

/* Of all procedures that an address lies in; the start of one is an entry of the others. */
static status_t enter(struct program *p, vaddr_t address)
{
    uint32_t number = program_node_at(p, address);
    status_t status = OK;

    if (address % 4 != 0 || (number != NOBODY && p->nodes[number].outer == NOBODY))
        return OK;
    number = program_node_around(p, address);
    if (number != NOBODY)
        status = enter_node(p, number, address);
    for (unsigned i = 0; status == OK && number != NOBODY && i < OUTERS_MAX; i++) {
        number = p->nodes[number].outer;
        if (number != NOBODY && address < p->nodes[number].procedure.end)
            status = enter_node(p, number, address);
    }
    return status;
}

bool program_is_entry(const struct program *p, vaddr_t address)
{
    uint32_t number = program_node_around(p, address);

    return number != NOBODY && p->nodes[number].state == STATE_DONE &&
           is_entered(&p->nodes[number], address);
}

/* ---- what a procedure branches to ---- */

static vaddr_t last_of(const struct block *block)
{
    return block->start + 4 * (block->n_words - 1);
}

static status_t seek_branches(struct program *p, const struct flow *flow)
{
    status_t status = OK;

    for (uint32_t i = 0; i < flow->n_calls && status == OK; i++)
        if (flow->calls[i].direct)
            status = enter(p, flow->calls[i].target);
    for (uint32_t i = 0; i < flow->n_blocks && status == OK; i++)
        if (flow->blocks[i].end == BLOCK_ESCAPES)
            status = enter(p, flow->blocks[i].target);
    return status;
}

static bool comes_from_outside(const struct program *p, const struct flow *flow,
                               const struct block *block, uint32_t inner)
{
    for (uint32_t i = 0; i < block->n_predecessors; i++) {
        uint32_t from = flow->predecessors[block->first_predecessor + i];

        if (program_node_around(p, last_of(&flow->blocks[from])) != inner)
            return true;
    }
    return false;
}

/* Where control comes into procedures that lie within this one. */
static status_t seek_crossings(struct program *p, uint32_t number)
{
    const struct node *node = &p->nodes[number];
    status_t status = OK;

    if (number + 1 == p->n_nodes || p->nodes[number + 1].procedure.start >= node->procedure.end)
        return OK;
    for (uint32_t i = 0; i < node->flow->n_blocks && status == OK; i++) {
        const struct block *block = &node->flow->blocks[i];
        uint32_t inner = program_node_around(p, block->start);

        if (inner != number && inner != NOBODY && comes_from_outside(p, node->flow, block, inner))
            status = enter_node(p, inner, block->start);
    }
    return status;
}

/* ---- addresses in registers and in data ---- */

/*
 * Whether an instruction completes an address of which the same block holds the upper half. Others that
 * seem to are sums of something else, hardly ever addresses.
 */
static bool is_made(const struct flow *flow, vaddr_t site)
{
    const struct block *block = flow_block_at(flow, site);
    uint32_t word = flow_word(flow, site);
    uint32_t source = code_opcode(word) == OPCODE_ADDI ? word >> 16 & 31 : word >> 21 & 31;

    for (vaddr_t at = site - 4; at + 4 != block->start && site - at <= 4 * APART_MAX; at -= 4) {
        uint32_t before = flow_word(flow, at);
        enum opcode opcode = code_opcode(before);
        struct effects effects;

        code_effects(before, opcode, &effects);
        if ((effects.writes.general >> source & 1) != 0)
            return opcode == OPCODE_ADDIS && (before >> 16 & 31) == 0;
    }
    return false;
}

static status_t enter_made(struct program *p, const struct call_edge *call)
{
    const struct flow *flow = p->nodes[program_node_at(p, call->caller)].flow;

    if (program_node_around(p, call->callee) == NOBODY || !is_made(flow, call->site))
        return OK;
    return enter(p, call->callee);
}

/*
 * Most words that could point to where control gets anyway are numbers: compilers keep addresses of a
 * middle for the procedure's own jumps only (GCC manual, "Labels as Values"). So what they point to is
 * an entry if there is a jump of which nothing is known, or if control is not known to get there.
 */
static bool is_label(const struct flow *flow, vaddr_t pointer)
{
    return pointer % 4 == 0 && (flow->n_unknown != 0 || flow_block_at(flow, pointer) == NULL) &&
           code_opcode(flow_word(flow, pointer)) != OPCODE_UNKNOWN;
}

static status_t seek_pointers(struct program *p, const struct node *node)
{
    const struct flow *flow = node->flow;
    status_t status = OK;

    for (uint32_t i = 0; i < flow->n_parts; i++) {
        const struct part *part = &flow->parts[i];
        uint32_t n = 0;
        const vaddr_t *pointers = program_pointers_to(p, part->start, part->end, &n);

        if (pointers == NULL)
            return refuse_entries(node);
        for (uint32_t k = 0; k < n && status == OK; k++)
            if (is_label(flow, pointers[k]))
                status = enter(p, pointers[k]);
    }
    return status;
}

/* ---- all of them ---- */

static status_t seek(struct program *p, uint32_t number)
{
    struct node *node = &p->nodes[number];
    status_t status = enter(p, node->procedure.start);

    if (status == OK)
        status = seek_branches(p, node->flow);
    if (status == OK)
        status = seek_crossings(p, number);
    if (status == OK)
        status = program_each_address(p, node, enter_made);
    if (status == OK)
        status = seek_pointers(p, node);
    node->sought = status == OK;
    return status;
}

static status_t seek_all(struct program *p)
{
    status_t status = OK;

    for (uint32_t i = 0; i < p->n_nodes && status == OK; i++)
        if (p->nodes[i].state == STATE_DONE && !p->nodes[i].sought)
            status = seek(p, i);
    return status;
}

/* Each once. */
static void sort_entries(struct node *node)
{
    uint32_t n = 0;

    if (node->n_entries == 0)
        return;
    qsort(node->entries, node->n_entries, sizeof(node->entries[0]), program_compare_addresses);
    for (uint32_t i = 0; i < node->n_entries; i++)
        if (n == 0 || node->entries[i] != node->entries[n - 1])
            node->entries[n++] = node->entries[i];
    node->n_entries = n;
}

/* More than that cannot be, unless control then gets to another part of it. */
static status_t enter_everywhere(struct node *node)
{
    const struct flow *flow = node->flow;
    status_t status = OK;

    for (uint32_t i = 0; i < flow->n_parts; i++)
        for (vaddr_t at = flow->parts[i].start; at < flow->parts[i].end && status == OK; at += 4)
            status = add_entry(node, at);
    sort_entries(node);
    return status;
}

/* On failure flow and liveness stay as they were. */
static status_t build(struct program *p, struct node *node)
{
    struct node fresh = *node;
    struct summary summary;
    status_t status;

    fresh.flow = NULL;
    fresh.live = NULL;
    fresh.sought = false;
    fresh.n_built = node->n_entries;
    fresh.n_builds++;
    status = program_build_flow(p, &fresh);
    if (status == OK)
        status = program_build_live(p, &fresh, &summary);
    if (status != OK) {
        flow_free(fresh.flow);
        return status;
    }
    live_free(node->live);
    flow_free(node->flow);
    *node = fresh;
    return OK;
}

/* With entries that were found since it was built. */
static status_t rebuild(struct program *p, uint32_t number)
{
    struct node *node = &p->nodes[number];
    status_t status = OK;

    sort_entries(node);
    if (node->n_entries == node->n_built || node->n_builds == BUILDS_MAX + FLOW_PARTS_MAX)
        return OK;
    if (node->n_builds >= BUILDS_MAX)
        status = enter_everywhere(node);
    if (status == OK)
        status = build(p, node);
    return status == OK ? seek(p, number) : status;
}

static status_t make_queue(struct program *p)
{
    if (p->queue == NULL)
        p->queue = malloc((p->n_nodes + 1) * sizeof(p->queue[0]));
    return p->queue != NULL ? OK
                            : status_refuse(ERR_NO_MEMORY, "no memory for entries of %u procedures",
                                            (unsigned)p->n_nodes);
}

status_t program_find_entries(struct program *p)
{
    status_t status = make_queue(p);

    if (status == OK)
        status = seek_all(p);
    while (status == OK && p->n_queued > 0) {
        uint32_t number = program_dequeue(p);

        status = rebuild(p, number);
        if (status != OK)
            program_enqueue(p, number);
    }
    return status;
}
