/*
 * See passed.h. What held.h refuses is no reason to stop here: an instruction that it does not follow loses what it
 * writes. The stack pointer must always be known to it; where it is not, as after alloca, it is
 * taken to be somewhere further down, for which of its words an address is in does not matter.
 */
#include "arch/ppc/code/analysis/passed.h"

#include <stdlib.h>

#include "arch/ppc/code/analysis/flow.h"
#include "arch/ppc/code/analysis/held.h"
#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/operands.h"

#define STACK_POINTER 1
#define MASK_BEGIN(word) ((word) >> 6 & 31) /* of rlwinm, whose shift is where B is */
#define FURTHER_DOWN 0x400
#define WIDEN_AFTER 3
#define BLOCKS_MAX 1000

struct search {
    struct flow *flow;
    struct held_state *states; /* of blocks, before them */
    uint8_t *visits, *pending;
    vaddr_t start, end;
    const struct passed_place *places;
    size_t n;
    size_t found;
    vaddr_t site;
};

/* ---- states ---- */

static void keep_stack(struct held_state *state, const struct held *before)
{
    if (held_has_stack(state))
        return;
    state->places[STACK_POINTER] = *before;
    state->places[STACK_POINTER].low -= FURTHER_DOWN;
    state->places[STACK_POINTER].high = state->places[STACK_POINTER].low;
}

static void lose_written(struct held_state *state, uint32_t word, enum opcode opcode)
{
    struct effects effects;

    code_effects(word, opcode, &effects);
    for (uint32_t set = effects.writes.general; set != 0; set &= set - 1)
        state->places[__builtin_ctz(set)].kind = HELD_UNKNOWN;
    if ((effects.writes.special & SPECIAL_LR) != 0)
        state->places[HELD_LR].kind = HELD_UNKNOWN;
    if ((effects.writes.special & SPECIAL_CTR) != 0)
        state->places[HELD_CTR].kind = HELD_UNKNOWN;
}

/* Rounding down, which room of a size that is not known is aligned by, leaves an address one of the frame. */
static bool rounds_down(const struct held_state *state, uint32_t word, enum opcode opcode)
{
    return opcode == OPCODE_RLWINM && FIELD_B(word) == 0 && MASK_BEGIN(word) == 0 &&
           state->places[FIELD_T(word)].kind == HELD_ADDRESS;
}

static void step(struct held_state *state, uint32_t word, enum opcode opcode)
{
    const struct held_terms terms = {.jumps = false};
    const struct held before = state->places[STACK_POINTER];
    const struct held source = state->places[FIELD_T(word)];
    bool branches = (opcode_rows[opcode].traits & TRAIT_BRANCH) != 0;
    bool rounded = rounds_down(state, word, opcode);

    if (branches || held_step(state, &terms, word, opcode) != NULL)
        lose_written(state, word, opcode);
    if (rounded)
        state->places[FIELD_A(word)] = source;
    keep_stack(state, &before);
}

/* ---- calls ---- */

static bool is_in_frame(const struct held_state *state, const struct passed_place *place)
{
    int32_t at = (int32_t)state->places[STACK_POINTER].low + place->offset;

    if (!place->in_frame)
        return state->places[place->number].kind == HELD_ADDRESS;
    for (unsigned i = 0; i < state->n_words; i++)
        if (state->words[i].offset == at)
            return state->words[i].held.kind == HELD_ADDRESS;
    return false;
}

static void look_at(struct search *search, const struct held_state *state, const struct call *call)
{
    if (call->tail || call->site - search->start >= search->end - search->start)
        return;
    for (size_t i = 0; i < search->found; i++)
        if (is_in_frame(state, &search->places[i])) {
            search->found = i;
            search->site = call->site;
        }
}

/* ---- blocks ---- */

static uint32_t first_word(const struct flow *flow, const struct block *block)
{
    const struct part *part = flow->parts;

    while (block->start - part->start >= part->end - part->start)
        part++;
    return part->first_word + (block->start - part->start) / 4;
}

/* Where ways meet, the stack pointer is taken to be what it was on the first of them. */
static void hand_on(struct search *search, uint32_t to, struct held_state *state)
{
    struct held_state *into = &search->states[to];
    struct held stack = state->places[STACK_POINTER];

    if (into->reached)
        state->places[STACK_POINTER] = into->places[STACK_POINTER];
    if (held_join(into, state, search->visits[to] > WIDEN_AFTER))
        search->pending[to] = 1;
    state->places[STACK_POINTER] = stack;
}

/* With `looking`, the states are what they will be. */
static void run_block(struct search *search, uint32_t number, bool looking)
{
    const struct flow *flow = search->flow;
    const struct block *block = &flow->blocks[number];
    struct held_state state = search->states[number];
    uint32_t first = block->n_words == 0 ? 0 : first_word(flow, block);

    for (uint32_t i = 0; i < block->n_words; i++) {
        const struct call *call = flow_call_at(flow, block->start + 4 * i);

        if (call != NULL && looking)
            look_at(search, &state, call);
        step(&state, flow->words[first + i], (enum opcode)flow->opcodes[first + i]);
        if (call != NULL)
            held_call(&state);
    }
    for (uint32_t i = 0; i < block->n_successors && !looking; i++)
        hand_on(search, flow->successors[block->first_successor + i], &state);
}

static void run_blocks(struct search *search)
{
    bool changed = true;

    while (changed) {
        changed = false;
        for (uint32_t i = 0; i < search->flow->n_blocks; i++) {
            if (search->pending[i] == 0)
                continue;
            search->pending[i] = 0;
            search->visits[i] += search->visits[i] <= WIDEN_AFTER;
            run_block(search, i, false);
            changed = true;
        }
    }
    for (uint32_t i = 0; i < search->flow->n_blocks; i++)
        if (search->states[i].reached)
            run_block(search, i, true);
}

/* Whether there is anything to look at. */
static bool has_calls(const struct search *search)
{
    const struct flow *flow = search->flow;

    for (uint32_t i = 0; i < flow->n_calls; i++)
        if (!flow->calls[i].tail &&
            flow->calls[i].site - search->start < search->end - search->start)
            return flow->n_blocks <= BLOCKS_MAX;
    return false;
}

static status_t run(struct search *search)
{
    const struct flow *flow = search->flow;
    const struct block *start = flow_block_at(flow, flow->procedure.start);
    size_t n = flow->n_blocks;

    if (start == NULL || !has_calls(search))
        return OK;
    search->states = calloc(n, sizeof *search->states + 2);
    if (search->states == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory to look at calls");
    search->visits = (uint8_t *)(search->states + n);
    search->pending = search->visits + n;
    held_at_entry(&search->states[start - flow->blocks]);
    search->pending[start - flow->blocks] = 1;
    run_blocks(search);
    free(search->states);
    return OK;
}

status_t passed_find(const struct code_source *source, vaddr_t start, vaddr_t end,
                     const struct passed_place places[], size_t n, size_t *found, vaddr_t *site)
{
    struct search search = {.start = start, .end = end, .places = places, .n = n, .found = n};
    status_t status = flow_build(source, start, NULL, &search.flow);

    *found = n;
    if (status != OK)
        return status == ERR_NO_MEMORY ? status : OK;
    status = run(&search);
    flow_free(search.flow);
    if (status != OK)
        return status;
    *found = search.found;
    *site = search.site;
    return OK;
}
