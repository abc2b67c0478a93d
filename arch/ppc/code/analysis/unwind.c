/* See unwind.h. */
#include "arch/ppc/code/analysis/unwind.h"

#include <string.h>

#include "arch/ppc/code/analysis/unwind_state.h"
#include "arch/ppc/code/effects.h"

enum mark {
    BLOCK_WAITS = 1 /* its state has changed */,
    BLOCK_DOUBTS = 2 /* whether it goes on */
};

struct kept_state {
    uint32_t hash;
    struct unwind_state state;
};

/* What code that compilers make takes is less than 20 for each word. */
#define BUDGET(n_words) (1000 + 100 * (n_words))
#define STATES_MAX 0xffffu

struct unwinder {
    const struct flow *flow;
    struct unwind_terms terms;
    /* Of blocks: what is before them, enum mark. Few states differ, so they are kept once; the first is that of what nobody gets to. */
    uint16_t *numbers;
    uint8_t *marks;
    struct kept_state *kept;
    uint32_t n_kept, room;
    uint32_t budget; /* instructions that may still be stepped over */
    status_t fault;
};

/* ---- data flow ---- */

static bool transfers(enum opcode opcode)
{
    return opcode == OPCODE_B || opcode == OPCODE_BC || opcode == OPCODE_BCLR ||
           opcode == OPCODE_BCCTR;
}

static void step_branch(const struct unwinder *u, struct unwind_state *state, uint32_t word,
                        enum opcode opcode, vaddr_t address)
{
    const struct call *call = (word & 1) != 0 ? flow_call_at(u->flow, address) : NULL;

    if (call != NULL && !call->tail)
        unwind_state_call(state, u->terms.source, call->direct ? &call->target : NULL);
    else
        unwind_state_step(state, word, opcode);
}

/* Over the instructions of a block that lie below an address. */
static void step_to(const struct unwinder *u, const struct block *block, vaddr_t end,
                    struct unwind_state *state)
{
    const struct part *part = u->flow->parts;
    uint32_t word;

    while (block->start - part->start >= part->end - part->start)
        part++;
    word = part->first_word + (block->start - part->start) / 4;
    for (vaddr_t at = block->start; at < end; at += 4, word++) {
        enum opcode opcode = (enum opcode)u->flow->opcodes[word];

        if (transfers(opcode))
            step_branch(u, state, u->flow->words[word], opcode, at);
        else
            unwind_state_step(state, u->flow->words[word], opcode);
    }
}

/* ---- states ---- */

static const struct unwind_state *before(const struct unwinder *u, uint32_t block)
{
    return &u->kept[u->numbers[block]].state;
}

static uint32_t hash_of(const struct unwind_state *state)
{
    const uint8_t *bytes = (const uint8_t *)state;
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < sizeof *state; i += 4) {
        uint32_t word;

        memcpy(&word, bytes + i, sizeof word);
        hash = (hash ^ word) * 16777619u;
        hash ^= hash >> 15;
    }
    return hash;
}

static bool make_room(struct unwinder *u)
{
    uint32_t n = u->room + (u->room < 16 ? 8 : u->room / 2);
    struct kept_state *grown;

    if (u->n_kept < u->room)
        return true;
    grown = n > STATES_MAX ? NULL : arena_resize(u->terms.arena, u->kept, n * sizeof *grown);
    if (grown == NULL) {
        u->fault = ERR_NO_MEMORY;
        return false;
    }
    u->kept = grown;
    u->room = n;
    return true;
}

/* Its number; if there is no memory, that of what nobody gets to. */
static uint16_t keep(struct unwinder *u, const struct unwind_state *state)
{
    uint32_t hash = hash_of(state);

    for (uint32_t i = 0; i < u->n_kept; i++)
        if (u->kept[i].hash == hash && memcmp(&u->kept[i].state, state, sizeof *state) == 0)
            return (uint16_t)i;
    if (!make_room(u))
        return 0;
    u->kept[u->n_kept] = (struct kept_state){hash, *state};
    return (uint16_t)u->n_kept++;
}

/* ---- ways ---- */

static bool ends_in_call(const struct unwinder *u, const struct block *block)
{
    const struct call *call = flow_call_at(u->flow, block->start + 4 * (block->n_words - 1));

    return call != NULL && !call->tail;
}

/*
 * Not every call comes back of which nobody has said that it does not. What stands behind one and is come to by other ways as
 * well may have nothing to do with it.
 */
static bool is_doubtful(const struct unwinder *u, uint32_t from, uint32_t to)
{
    const struct block *block = &u->flow->blocks[from];

    return block->falls && to == from + 1 && u->flow->blocks[to].n_predecessors > 1 &&
           ends_in_call(u, block);
}

static void join(struct unwinder *u, uint32_t to, const struct unwind_state *state)
{
    struct unwind_state both = *before(u, to);

    if (unwind_state_join(&both, state)) {
        u->numbers[to] = keep(u, &both);
        u->marks[to] |= BLOCK_WAITS;
    }
}

static void leave_block(struct unwinder *u, uint32_t number, const struct unwind_state *state)
{
    const struct block *block = &u->flow->blocks[number];

    for (uint32_t i = 0; i < block->n_successors; i++) {
        uint32_t next = u->flow->successors[block->first_successor + i];

        if (is_doubtful(u, number, next))
            u->marks[number] |= BLOCK_DOUBTS;
        else
            join(u, next, state);
    }
}

static void pass_block(const struct unwinder *u, uint32_t number, struct unwind_state *state)
{
    const struct block *block = &u->flow->blocks[number];

    *state = *before(u, number);
    step_to(u, block, block->start + 4 * block->n_words, state);
}

static void take_time(struct unwinder *u, uint32_t n)
{
    if (n > u->budget)
        u->fault = ERR_RANGE;
    u->budget -= n > u->budget ? u->budget : n;
}

/* Blocks stand mostly behind those that lead to them, and states only ever lose. */
static void follow_certain(struct unwinder *u)
{
    struct unwind_state state;
    bool again = true;

    while (again && u->fault == OK) {
        again = false;
        for (uint32_t i = 0; i < u->flow->n_blocks; i++) {
            if ((u->marks[i] & BLOCK_WAITS) == 0)
                continue;
            u->marks[i] &= (uint8_t)~BLOCK_WAITS;
            again = true;
            take_time(u, u->flow->blocks[i].n_words);
            pass_block(u, i, &state);
            unwind_state_forget(&state);
            leave_block(u, i, &state);
        }
    }
}

/*
 * Wherever ways meet, all agree on where the frame is and leave what is saved in some place that they have in common: else nobody could restore
 * it. So a way on which that is not so is none.
 */
static void take_doubtful(struct unwinder *u, uint32_t from)
{
    struct unwind_state state, both = *before(u, from + 1);

    u->marks[from] &= (uint8_t)~BLOCK_DOUBTS;
    take_time(u, u->flow->blocks[from].n_words + u->flow->n_blocks);
    pass_block(u, from, &state);
    unwind_state_forget(&state);
    (void)unwind_state_join(&both, &state);
    if (!before(u, from + 1)->reached || unwind_state_has_all(&both, before(u, from + 1)))
        join(u, from + 1, &state);
}

/* The next one: rather such as leads to what is known already. */
static bool find_doubtful(const struct unwinder *u, uint32_t *number)
{
    bool found = false;

    for (uint32_t i = 0; i < u->flow->n_blocks; i++) {
        if ((u->marks[i] & BLOCK_DOUBTS) == 0)
            continue;
        if (!found || before(u, i + 1)->reached)
            *number = i;
        found = true;
        if (before(u, i + 1)->reached)
            return true;
    }
    return found;
}

/* A word that is no instruction is a block without words: who comes to it faults there. */
static const struct block *block_at(const struct flow *flow, vaddr_t pc)
{
    const struct block *block = flow_block_at(flow, pc);

    for (uint32_t i = 0; i < flow->n_blocks && block == NULL; i++)
        if (flow->blocks[i].start == pc && flow->blocks[i].n_words == 0)
            block = &flow->blocks[i];
    return block;
}

/* Who is called has not done all that he will, if he saves or restores registers for his caller: only what holds before and behind it is certain. */
static bool state_at(const struct unwinder *u, vaddr_t pc, bool called, struct unwind_state *state)
{
    const struct block *block = block_at(u->flow, called ? pc - 4 : pc);
    struct unwind_state call;

    if (block == NULL)
        return false;
    *state = *before(u, (uint32_t)(block - u->flow->blocks));
    if (!state->reached)
        return false;
    call = *state;
    step_to(u, block, pc, state);
    if (called) {
        step_to(u, block, pc - 4, &call);
        (void)unwind_state_join(state, &call);
    }
    return true;
}

static void enter(struct unwinder *u, struct unwind_state *state)
{
    if (u->terms.around == NULL)
        unwind_state_enter(state);
    else if (!state_at(u->terms.around, u->terms.site, false, state))
        u->fault = ERR_NOT_FOUND;
}

static void follow(struct unwinder *u)
{
    struct unwind_state state;
    uint32_t number = 0;

    memset(&state, 0, sizeof state);
    (void)keep(u, &state);
    enter(u, &state);
    for (uint32_t i = 0; i < u->flow->n_blocks; i++)
        if (u->flow->blocks[i].entry) {
            u->numbers[i] = keep(u, &state);
            u->marks[i] = BLOCK_WAITS;
        }
    follow_certain(u);
    while (u->fault == OK && find_doubtful(u, &number)) {
        take_doubtful(u, number);
        follow_certain(u);
    }
}

/* Jumps to where nobody knows: who has left its frame is taken to leave the procedure. */
static bool has_unknown_jumps(const struct unwinder *u)
{
    struct unwind_state state;
    bool has = false;

    for (uint32_t i = 0; i < u->flow->n_blocks && !has; i++) {
        if (u->flow->blocks[i].end != BLOCK_JUMPS || !before(u, i)->reached)
            continue;
        pass_block(u, i, &state);
        has = !unwind_state_is_left(&state);
    }
    return has;
}

/* ---- what it comes to ---- */

static bool find_base(const struct unwind_state *state, struct unwind *unwind)
{
    static const uint8_t bases[] = {1, 31, 30, 29, 11, 12, 0};
    struct unwind_value chain = state->holders[HOLDER_CHAIN];

    unwind->chained = chain.kind == HOLDS_STACK;
    unwind->chain = chain.n;
    for (unsigned i = 0; i < sizeof bases; i++) {
        unsigned holder = bases[i] == 0 ? HOLDER_CHAIN : bases[i];

        if (state->holders[holder].kind == HOLDS_STACK) {
            unwind->base = bases[i];
            unwind->frame = -state->holders[holder].n;
            return true;
        }
    }
    return false;
}

static status_t conclude(const struct unwind_state *state, vaddr_t pc, struct unwind *unwind)
{
    struct unwind result = {.base = 1};

    if (!find_base(state, &result))
        return status_refuse(ERR_NOT_FOUND, "where the frame at 0x%08x ends is not known",
                             (unsigned)pc);
    result.lr = unwind_state_place(state, ENTRY_LR);
    result.cr = unwind_state_place(state, ENTRY_CR);
    for (unsigned i = 0; i < UNWIND_GENERALS; i++)
        result.general[i] = unwind_state_place(state, i);
    *unwind = result;
    return OK;
}

/* ---- the whole ---- */

void unwind_close(struct unwinder *unwinder)
{
    struct arena *arena = unwinder->terms.arena;

    arena_free(arena, unwinder->kept);
    arena_free(arena, unwinder);
}

static status_t refuse(const struct unwinder *u)
{
    unsigned start = (unsigned)u->flow->procedure.start;

    if (u->fault == ERR_NO_MEMORY)
        return status_refuse(ERR_NO_MEMORY, "no memory to unwind 0x%08x", start);
    if (u->fault == ERR_NOT_FOUND)
        return status_refuse(ERR_NOT_FOUND, "control never gets to 0x%08x",
                             (unsigned)u->terms.site);
    if (u->fault != OK)
        return status_refuse(u->fault, "what 0x%08x saves takes too long to find", start);
    if (!u->terms.leaves && has_unknown_jumps(u))
        return status_refuse(ERR_UNSUPPORTED, "where 0x%08x jumps to is unknown", start);
    return OK;
}

status_t unwind_open(const struct flow *flow, const struct unwind_terms *terms,
                     struct unwinder **unwinder)
{
    uint32_t n = flow->n_blocks;
    size_t size = sizeof **unwinder + n * (sizeof(uint16_t) + 1);
    struct unwinder *u = arena_resize(terms->arena, NULL, size);
    status_t status;

    if (u == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory to unwind 0x%08x",
                             (unsigned)flow->procedure.start);
    memset(u, 0, size);
    u->flow = flow;
    u->terms = *terms;
    u->numbers = (uint16_t *)(u + 1);
    u->marks = (uint8_t *)(u->numbers + n);
    u->budget = BUDGET(flow->n_words);
    follow(u);
    status = refuse(u);
    if (status == OK)
        *unwinder = u;
    else
        unwind_close(u);
    return status;
}

status_t unwind_at(const struct unwinder *u, vaddr_t pc, bool called, struct unwind *unwind)
{
    struct unwind_state state;

    if (!state_at(u, pc, called, &state))
        return status_refuse(ERR_NOT_FOUND, "control never gets to 0x%08x", (unsigned)pc);
    return conclude(&state, pc, unwind);
}

status_t unwind_find(const struct flow *flow, vaddr_t pc, bool called,
                     const struct unwind_terms *terms, struct unwind *unwind)
{
    struct unwinder *unwinder;
    status_t status = unwind_open(flow, terms, &unwinder);

    if (status != OK)
        return status;
    status = unwind_at(unwinder, pc, called, unwind);
    unwind_close(unwinder);
    return status;
}
