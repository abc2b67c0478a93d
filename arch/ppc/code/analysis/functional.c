/*
 * See functional.h. A list of the procedures that are reached, each looked at once: what it stores and leaves
 * to its caller (held.h), and whether its loops end (turns.h). What these say of a procedure holds if
 * it holds of those that it calls; that none of them is its own caller is seen in the end.
 */
#include "arch/ppc/code/analysis/functional.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/analysis/flow.h"
#include "arch/ppc/code/analysis/held.h"
#include "arch/ppc/code/analysis/live.h"
#include "arch/ppc/code/analysis/scratch.h"
#include "arch/ppc/code/analysis/turns.h"
#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/print.h"

#define NAME_MAX 96
#define HELPER_STEPS 64
#define WIDEN_AFTER 3 /* visits of a block */
#define BLOCKS_MAX 1000

struct node {
    vaddr_t start;
    uint32_t n_callers; /* that are not known to end */
};

struct edge {
    uint32_t from, to; /* nodes */
    vaddr_t site;
    uint32_t word;
};

struct proof {
    const struct code_source *source;
    const struct proof_terms *terms;
    struct node *nodes;
    struct edge *edges;
    uint32_t n_nodes, n_edges, room_nodes, room_edges;
    uint32_t number; /* of the node that is looked at */
    struct scratch scratch;
    struct flow *flow; /* its own */
    struct held_terms held_terms;
    struct held_state *states; /* of blocks, before them */
    uint8_t *visits, *pending;
};

/* ---- sentences ---- */

static bool print_name(void *context, uint32_t address, char *text, size_t size)
{
    const struct proof_terms *terms = context;

    terms->name(terms->context, address, text, size);
    return true;
}

/* Mnemonic and operands with one blank between. */
static void print_instruction(const struct proof *proof, vaddr_t address, uint32_t word,
                              char text[PRINT_MAX])
{
    size_t n = 0;

    code_print(word, address, print_name, (void *)proof->terms, text, PRINT_MAX);
    for (size_t i = 0; text[i] != 0; i++) {
        char c = text[i] == '\t' ? ' ' : text[i];

        if (c != ' ' || (n > 0 && text[n - 1] != ' '))
            text[n++] = c;
    }
    text[n > 0 && text[n - 1] == ' ' ? n - 1 : n] = 0;
}

static status_t refuse(const struct proof *proof, vaddr_t address, uint32_t word,
                       const char *reason)
{
    char name[NAME_MAX], text[PRINT_MAX];

    proof->terms->name(proof->terms->context, address, name, sizeof name);
    print_instruction(proof, address, word, text);
    return status_refuse(ERR_FAILED, "%s: %s %s", name, text, reason);
}

static status_t refuse_memory(void)
{
    return status_refuse(ERR_NO_MEMORY, "no memory to prove a procedure functional");
}

/* ---- procedures and calls ---- */

/* Room for one more element of an array of `size` bytes each. */
static bool widen(void *array, uint32_t n, uint32_t *room, size_t size)
{
    void **elements = array;
    void *wider;

    if (n < *room)
        return true;
    wider = realloc(*elements, (2 * (size_t)*room + 8) * size);
    if (wider == NULL)
        return false;
    *elements = wider;
    *room = 2 * *room + 8;
    return true;
}

static bool find_node(struct proof *proof, vaddr_t start, uint32_t *number)
{
    for (uint32_t i = 0; i < proof->n_nodes; i++) {
        if (proof->nodes[i].start == start) {
            *number = i;
            return true;
        }
    }
    if (!widen(&proof->nodes, proof->n_nodes, &proof->room_nodes, sizeof *proof->nodes))
        return false;
    proof->nodes[proof->n_nodes] = (struct node){.start = start};
    *number = proof->n_nodes++;
    return true;
}

static bool add_edge(struct proof *proof, uint32_t to, vaddr_t site, uint32_t word)
{
    for (uint32_t i = 0; i < proof->n_edges; i++) {
        if (proof->edges[i].from == proof->number && proof->edges[i].to == to)
            return true;
    }
    if (!widen(&proof->edges, proof->n_edges, &proof->room_edges, sizeof *proof->edges))
        return false;
    proof->edges[proof->n_edges++] = (struct edge){proof->number, to, site, word};
    proof->nodes[to].n_callers++;
    return true;
}

/* A call of what must itself be declared, and is to be looked at. */
static status_t reach(struct proof *proof, vaddr_t target, vaddr_t site, uint32_t word)
{
    uint32_t number;

    if (!proof->terms->declared(proof->terms->context, target))
        return refuse(proof, site, word, "calls what is not declared so");
    if (proof->terms->believed != NULL && proof->terms->believed(proof->terms->context, target))
        return OK;
    if (!find_node(proof, target, &number) || !add_edge(proof, number, site, word))
        return refuse_memory();
    return OK;
}

/*
 * Those that are called by none but who is known to end, or by nobody, end; and so on. What is left comes
 * back to itself, or is called from there.
 */
static status_t check_circles(struct proof *proof)
{
    bool changed = true;

    while (changed) {
        changed = false;
        for (uint32_t i = 0; i < proof->n_edges; i++) {
            struct edge *edge = &proof->edges[i];

            if (proof->nodes[edge->from].n_callers != 0)
                continue;
            proof->nodes[edge->to].n_callers--;
            *edge = proof->edges[--proof->n_edges];
            i--;
            changed = true;
        }
    }
    if (proof->n_edges == 0)
        return OK;
    return refuse(proof, proof->edges[0].site, proof->edges[0].word,
                  "calls what may come back to it and not end");
}

/* ---- helpers of compilers that save and restore registers ---- */

/* They have an entry for each register, all of one piece. */
static bool is_helper(const struct proof *proof, vaddr_t target)
{
    struct procedure procedure;

    return proof->source->procedure(proof->source->context, target, &procedure) &&
           procedure.name != NULL &&
           (strncmp(procedure.name, "_savegpr_", 9) == 0 ||
            strncmp(procedure.name, "_restgpr_", 9) == 0);
}

static bool is_number(const struct held *held, uint32_t number)
{
    return held->kind == HELD_NUMBER && held->low == held->high && held->low == number;
}

/* Where a branch of a helper goes: *back if to who called it. NULL, or why it may not. */
static const char *follow(const struct held_state *state, uint32_t word, vaddr_t *at,
                          vaddr_t behind, bool *back)
{
    struct successor successor;

    code_successor(word, *at, &successor);
    *back = false;
    if (successor.conditional || successor.links)
        return "is more than a helper does that saves registers";
    if (successor.transfer == TRANSFER_DIRECT) {
        *at = successor.target;
        return NULL;
    }
    if (successor.transfer == TRANSFER_COUNT && state->places[HELD_CTR].kind == HELD_NUMBER &&
        state->places[HELD_CTR].low == state->places[HELD_CTR].high) {
        *at = state->places[HELD_CTR].low;
        return NULL;
    }
    *back = true;
    if (successor.transfer != TRANSFER_LINK)
        return "is more than a helper does that saves registers";
    return behind != 0 && is_number(&state->places[HELD_LR], behind) ? NULL : held_return(state);
}

/*
 * Goes through a helper as if it stood at the call: it stores into the frame of who calls it. behind: where
 * it is to return to, 0: it is jumped to, and returns for the procedure. *at: what is refused, if
 * anything is.
 */
static const char *run_helper(struct proof *proof, struct held_state *state, vaddr_t *at,
                              vaddr_t behind, uint32_t *word)
{
    if (behind != 0)
        state->places[HELD_LR] = (struct held){.kind = HELD_NUMBER, .low = behind, .high = behind};
    for (unsigned i = 0; i < HELPER_STEPS; i++) {
        enum opcode opcode;
        const char *reason;
        bool back = false;

        if (!proof->source->words(proof->source->context, *at, word, 1))
            break;
        opcode = code_opcode(*word);
        if (opcode == OPCODE_UNKNOWN)
            break;
        reason = (opcode_rows[opcode].traits & TRAIT_BRANCH) != 0
                     ? follow(state, *word, at, behind, &back)
                     : held_step(state, &proof->held_terms, *word, opcode);
        if (reason != NULL || back)
            return reason;
        if ((opcode_rows[opcode].traits & TRAIT_BRANCH) == 0)
            *at += 4;
    }
    return "is in no helper that saves registers";
}

static status_t call_helper(struct proof *proof, struct held_state *state, const struct call *call,
                            uint32_t word)
{
    vaddr_t at = call->target;
    const char *reason;

    if (word >> 26 != 18 && !code_branches_always(word))
        return refuse(proof, call->site, word, "calls a helper sometimes");
    if (proof->held_terms.jumps && !call->tail && state->spill != SPILL_NONE)
        return refuse(proof, call->site, word,
                      "restores registers where its jumps may depend on them");
    reason = run_helper(proof, state, &at, call->tail ? 0 : call->site + 4, &word);
    return reason == NULL ? OK : refuse(proof, at, word, reason);
}

/* ---- blocks ---- */

static uint32_t first_word(const struct flow *flow, const struct block *block)
{
    const struct part *part = flow->parts;

    while (block->start - part->start >= part->end - part->start)
        part++;
    return part->first_word + (block->start - part->start) / 4;
}

static void lose_branch(struct held_state *state, uint32_t word, enum opcode opcode)
{
    struct effects effects;

    code_effects(word, opcode, &effects);
    if ((effects.writes.special & SPECIAL_LR) != 0)
        state->places[HELD_LR].kind = HELD_UNKNOWN;
    if ((effects.writes.special & SPECIAL_CTR) != 0)
        state->places[HELD_CTR].kind = HELD_UNKNOWN;
}

static status_t step_call(struct proof *proof, struct held_state *state, const struct call *call,
                          uint32_t word)
{
    const char *reason;

    if (!call->direct)
        return refuse(proof, call->site, word, "calls what is not known");
    if (is_helper(proof, call->target))
        return call_helper(proof, state, call, word);
    if (call->tail) {
        reason = held_return(state);
        if (reason != NULL)
            return refuse(proof, call->site, word, reason);
    } else {
        held_call(state);
    }
    return reach(proof, call->target, call->site, word);
}

static status_t step(struct proof *proof, struct held_state *state, uint32_t i, vaddr_t address)
{
    uint32_t word = proof->flow->words[i];
    enum opcode opcode = (enum opcode)proof->flow->opcodes[i];
    const struct call *call = NULL;
    const char *reason;

    if ((opcode_rows[opcode].traits & TRAIT_BRANCH) == 0 || opcode == OPCODE_SC ||
        opcode == OPCODE_RFI) {
        reason = held_step(state, &proof->held_terms, word, opcode);
        return reason == NULL ? OK : refuse(proof, address, word, reason);
    }
    lose_branch(state, word, opcode);
    call = flow_call_at(proof->flow, address);
    return call == NULL ? OK : step_call(proof, state, call, word);
}

/* A branch into the middle of another procedure may be to an entry of a helper. */
static status_t check_escape(struct proof *proof, const struct block *block,
                             const struct held_state *state, vaddr_t last, uint32_t word)
{
    const struct call call = {.site = last, .target = block->target, .direct = true, .tail = true};
    struct held_state own = *state;
    struct successor successor;

    code_successor(word, last, &successor);
    if (successor.transfer != TRANSFER_DIRECT || successor.conditional || successor.links ||
        successor.target != block->target || !is_helper(proof, block->target))
        return refuse(proof, last, word, "goes into the middle of another procedure");
    return call_helper(proof, &own, &call, word);
}

/* Where control goes that leaves the procedure otherwise than by a call that was looked at. */
static status_t check_end(struct proof *proof, const struct block *block,
                          const struct held_state *state)
{
    vaddr_t last = block->start + 4 * (block->n_words - 1);
    uint32_t word = flow_word(proof->flow, last);
    const char *reason = NULL;

    switch (block->end) {
    case BLOCK_RETURNS:
        reason = held_return(state);
        break;
    case BLOCK_JUMPS:
        reason = "goes where is not known";
        break;
    case BLOCK_ESCAPES:
        return check_escape(proof, block, state, last, word);
    case BLOCK_BREAKS:
        reason = "goes on to what is no code";
        break;
    case BLOCK_LEAVES:
    case BLOCK_TAIL_CALLS:
        if (flow_call_at(proof->flow, last) == NULL)
            reason = "goes on into another procedure";
        break;
    default:
        break;
    }
    return reason == NULL ? OK : refuse(proof, last, word, reason);
}

static void hand_on(struct proof *proof, const struct block *block, const struct held_state *state)
{
    const uint32_t *successors = proof->flow->successors + block->first_successor;

    for (uint32_t i = 0; i < block->n_successors; i++) {
        uint32_t to = successors[i];

        if (held_join(&proof->states[to], state, proof->visits[to] > WIDEN_AFTER))
            proof->pending[to] = 1;
    }
}

static status_t run_block(struct proof *proof, uint32_t number)
{
    const struct block *block = &proof->flow->blocks[number];
    struct held_state state = proof->states[number];
    uint32_t first;
    status_t status = OK;

    if (block->n_words == 0)
        return refuse(proof, block->start, flow_word(proof->flow, block->start),
                      "is no instruction");
    first = first_word(proof->flow, block);
    if (!held_has_stack(&state))
        return refuse(proof, block->start, proof->flow->words[first],
                      "is come to with different stack pointers");
    for (uint32_t i = 0; status == OK && i < block->n_words; i++)
        status = step(proof, &state, first + i, block->start + 4 * i);
    if (status == OK)
        status = check_end(proof, block, &state);
    if (status == OK)
        hand_on(proof, block, &state);
    return status;
}

static status_t run_blocks(struct proof *proof)
{
    bool changed = true;

    while (changed) {
        changed = false;
        for (uint32_t i = 0; i < proof->flow->n_blocks; i++) {
            status_t status;

            if (proof->pending[i] == 0)
                continue;
            proof->pending[i] = 0;
            proof->visits[i] += proof->visits[i] <= WIDEN_AFTER;
            status = run_block(proof, i);
            if (status != OK)
                return status;
            changed = true;
        }
    }
    return OK;
}

/* ---- procedures ---- */

/* Whether flow follows jumps by what it sees registers and words of the frame hold. */
static bool has_jumps(const struct flow *flow)
{
    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        const struct block *block = &flow->blocks[i];
        uint32_t last = block->n_words == 0 ? 0 : first_word(flow, block) + block->n_words - 1;

        if (block->n_words != 0 &&
            (flow->opcodes[last] == OPCODE_BCCTR ||
             (flow->opcodes[last] == OPCODE_BCLR && block->end != BLOCK_RETURNS)))
            return true;
    }
    for (uint32_t i = 0; i < flow->n_calls; i++) {
        if (flow_word(flow, flow->calls[i].site) >> 26 == 19)
            return true;
    }
    return false;
}

static bool begin_states(struct proof *proof)
{
    size_t n = proof->flow->n_blocks;
    const struct block *start = flow_block_at(proof->flow, proof->flow->procedure.start);
    uint8_t *bytes = scratch_room(&proof->scratch, n * (sizeof *proof->states + 2));

    if (bytes == NULL)
        return false;
    proof->states = (struct held_state *)bytes;
    proof->visits = bytes + n * sizeof *proof->states;
    proof->pending = proof->visits + n;
    memset(proof->visits, 0, 2 * n);
    for (size_t i = 0; i < n; i++)
        proof->states[i].reached = false;
    if (start != NULL) {
        held_at_entry(&proof->states[start - proof->flow->blocks]);
        proof->pending[start - proof->flow->blocks] = 1;
    }
    proof->held_terms.jumps = has_jumps(proof->flow);
    return true;
}

/* For turns_check; nothing is refused any more. */
static bool step_again(void *context, struct held_state *state, uint32_t i, vaddr_t address)
{
    struct proof *proof = context;
    const struct call *call;

    (void)step(proof, state, i, address);
    if ((proof->flow->words[i] & 1) == 0)
        return true;
    call = flow_call_at(proof->flow, address);
    return call == NULL || !is_helper(proof, call->target);
}

static status_t check_turns(struct proof *proof)
{
    const struct turns_terms terms = {
        .states = proof->states, .step = step_again, .context = proof};
    vaddr_t site;

    if (!turns_check(proof->flow, &terms, &site))
        return refuse_memory();
    if (site == 0)
        return OK;
    return refuse(proof, site, flow_word(proof->flow, site),
                  "goes back in a loop that may not end");
}

/* ---- procedures that need no closer look ---- */

static bool is_plain_word(uint32_t word, enum opcode opcode)
{
    const struct register_set *kept = registers_nonvolatile();
    struct effects effects;

    if (held_refuse(word, opcode) != NULL)
        return false;
    code_effects(word, opcode, &effects);
    return effects.memory.direction != MEMORY_STORE &&
           (effects.writes.general & kept->general) == 0 &&
           (effects.writes.condition & kept->condition) == 0 &&
           (effects.writes.special & SPECIAL_LR) == 0;
}

/* Control goes on in the procedure and not back, or returns, or ends by a trap. */
static bool is_plain_end(const struct flow *flow, uint32_t number)
{
    const struct block *block = &flow->blocks[number];

    for (uint32_t i = 0; i < block->n_successors; i++) {
        if (flow->successors[block->first_successor + i] <= number)
            return false;
    }
    return block->n_words != 0 && (block->end == BLOCK_FALLS || block->end == BLOCK_BRANCHES ||
                                   block->end == BLOCK_RETURNS || block->end == BLOCK_SWITCHES ||
                                   block->end == BLOCK_STOPS);
}

/* One that calls nobody, has no loops, and neither stores nor changes anything that its caller needs. */
static bool is_plain(const struct flow *flow)
{
    if (flow->n_calls != 0 || flow->calls_inside)
        return false;
    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        const struct block *block = &flow->blocks[i];
        uint32_t first;

        if (!is_plain_end(flow, i))
            return false;
        first = first_word(flow, block);
        for (uint32_t k = first; k < first + block->n_words; k++) {
            if (!is_plain_word(flow->words[k], (enum opcode)flow->opcodes[k]))
                return false;
        }
    }
    return true;
}

static status_t check_flow(struct proof *proof)
{
    status_t status = OK;

    if (is_plain(proof->flow))
        return OK;
    if (proof->flow->n_blocks > BLOCKS_MAX)
        return refuse(proof, proof->flow->procedure.start, proof->flow->words[0],
                      "begins a procedure of too many parts to be proved functional");
    if (!begin_states(proof))
        return refuse_memory();
    if (proof->flow->calls_inside)
        return refuse(proof, proof->flow->procedure.start, proof->flow->words[0],
                      "begins a procedure that calls its own middle");
    status = run_blocks(proof);
    return status == OK ? check_turns(proof) : status;
}

/* A sentence that says why, of whatever status but for memory, is one about the procedure. */
static status_t refuse_procedure(const struct proof *proof, vaddr_t start)
{
    char name[NAME_MAX], why[160];

    snprintf(why, sizeof why, "%s", status_explain());
    proof->terms->name(proof->terms->context, start, name, sizeof name);
    return status_refuse(ERR_FAILED, "%s: %s", name, why);
}

static status_t build_flow(struct proof *proof, vaddr_t start)
{
    const struct flow_terms terms = {.scratch = &proof->scratch};
    status_t status = flow_build(proof->source, start, &terms, &proof->flow);

    if (status == OK && proof->flow->procedure.start != start) {
        flow_free(proof->flow);
        status = status_refuse(ERR_FAILED, "no procedure starts there");
    }
    return status == OK || status == ERR_NO_MEMORY ? status : refuse_procedure(proof, start);
}

static status_t prove_each(struct proof *proof, status_t (*check)(struct proof *proof))
{
    status_t status = OK;

    for (uint32_t i = 0; status == OK && i < proof->n_nodes; i++) {
        proof->number = i;
        status = build_flow(proof, proof->nodes[i].start);
        if (status != OK)
            break;
        status = check(proof);
        flow_free(proof->flow);
    }
    return status;
}

static status_t prove(const struct code_source *source, vaddr_t start,
                      const struct proof_terms *terms, status_t (*check)(struct proof *proof),
                      bool ends)
{
    struct proof proof = {.source = source, .terms = terms};
    status_t status = OK;
    uint32_t number;

    if (!find_node(&proof, start, &number))
        return refuse_memory();
    status = prove_each(&proof, check);
    if (status == OK && ends)
        status = check_circles(&proof);
    free(proof.nodes);
    free(proof.edges);
    free(proof.scratch.bytes);
    return status;
}

status_t functional_prove(const struct code_source *source, vaddr_t start,
                          const struct proof_terms *terms)
{
    return prove(source, start, terms, check_flow, true);
}

/* ---- ephemeral procedures ---- */

static status_t check_calls(struct proof *proof)
{
    status_t status = OK;

    for (uint32_t i = 0; status == OK && i < proof->flow->n_calls; i++) {
        const struct call *call = &proof->flow->calls[i];
        uint32_t word = flow_word(proof->flow, call->site);

        if (!call->direct)
            status = refuse(proof, call->site, word, "calls what is not known");
        else if (!is_helper(proof, call->target))
            status = reach(proof, call->target, call->site, word);
    }
    return status;
}

static status_t check_words(const struct proof *proof, const struct block *block)
{
    uint32_t first = block->n_words == 0 ? 0 : first_word(proof->flow, block);

    for (uint32_t i = 0; i < block->n_words; i++)
        if (code_is_privileged(proof->flow->words[first + i],
                               (enum opcode)proof->flow->opcodes[first + i]))
            return refuse(proof, block->start + 4 * i, proof->flow->words[first + i],
                          "is privileged");
    return OK;
}

static status_t check_ends(struct proof *proof)
{
    const struct held_state nothing = {.reached = false};
    status_t status = check_calls(proof);

    for (uint32_t i = 0; status == OK && i < proof->flow->n_blocks; i++) {
        const struct block *block = &proof->flow->blocks[i];

        status = check_words(proof, block);
        if (status != OK)
            break;

        if (block->n_words == 0)
            status = refuse(proof, block->start, flow_word(proof->flow, block->start),
                            "is no instruction");
        else if (block->end != BLOCK_RETURNS &&
                 !(block->end == BLOCK_ESCAPES && is_helper(proof, block->target)))
            status = check_end(proof, block, &nothing);
    }
    return status;
}

status_t ephemeral_prove(const struct code_source *source, vaddr_t start,
                         const struct proof_terms *terms)
{
    return prove(source, start, terms, check_ends, false);
}
