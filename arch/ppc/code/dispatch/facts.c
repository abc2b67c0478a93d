/* See facts.h. */
#include "arch/ppc/code/dispatch/facts.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/analysis/flow.h"
#include "arch/ppc/code/analysis/live.h"
#include "arch/ppc/code/effects.h"

#define RESULTS (1u << 3 | 1u << 4)
#define ARGUMENTS 0x000007f8u /* r3 to r10 */
#define VOLATILE_CONDITION (~(CR_FIELD(2) | CR_FIELD(3) | CR_FIELD(4)))

/* What a body may use of special registers: LR only by its returns, which is looked at by itself. */
#define ABSOLUTE 2u /* AA of a branch */
#define BODY_SPECIAL (SPECIAL_CTR | SPECIAL_XER | SPECIAL_TIME)

static void assume_abi(struct facts *facts)
{
    facts->reads = facts->reads_itself = ARGUMENTS;
    facts->clobbers = ~registers_nonvolatile()->general;
    facts->stores = facts->loops = true;
}

/* The number of a block's first word. */
static uint32_t first_word(const struct flow *flow, const struct block *block)
{
    const struct part *part = flow->parts;

    while (block->start - part->start >= part->end - part->start)
        part++;
    return part->first_word + (block->start - part->start) / 4;
}

/* ---- bodies ---- */

/* Whether an instruction of a block, not a branch, may be done elsewhere in the middle of other code. */
static bool is_movable(uint32_t word, enum opcode opcode)
{
    const uint32_t forbidden = TRAIT_CONTEXT_SYNC | TRAIT_ALTIVEC | TRAIT_7400 | TRAIT_ABSENT |
                               TRAIT_TRAP | TRAIT_FLOATING;
    const uint32_t general = ~registers_nonvolatile()->general;
    struct effects effects;

    if ((opcode_rows[opcode].traits & forbidden) != 0 || code_is_privileged(word, opcode) ||
        opcode == OPCODE_LMW || opcode == OPCODE_STMW || opcode == OPCODE_LSWI ||
        opcode == OPCODE_LSWX || opcode == OPCODE_STSWI || opcode == OPCODE_STSWX)
        return false;
    code_effects(word, opcode, &effects);
    registers_add(&effects.reads, &effects.writes);
    return (effects.reads.general & ~general) == 0 && effects.reads.floating == 0 &&
           effects.reads.vector == 0 && (effects.reads.condition & ~VOLATILE_CONDITION) == 0 &&
           (effects.reads.special & ~BODY_SPECIAL) == 0;
}

/* Of a branch that ends a block: it may test any volatile bit of CR, but neither link nor be absolute. */
static bool is_movable_branch(uint32_t word, enum opcode opcode)
{
    struct effects effects;

    code_effects(word, opcode, &effects);
    return (effects.reads.condition & ~VOLATILE_CONDITION) == 0 &&
           (effects.writes.special & SPECIAL_LR) == 0 &&
           (opcode == OPCODE_BCLR || (word & ABSOLUTE) == 0);
}

static bool is_branch(enum opcode opcode)
{
    return (opcode_rows[opcode].traits & TRAIT_BRANCH) != 0;
}

static bool is_copyable(const struct flow *flow, const struct block *block)
{
    uint32_t first = (block->start - flow->procedure.start) / 4;
    uint32_t last = first + block->n_words - 1;

    if (block->end != BLOCK_FALLS && block->end != BLOCK_BRANCHES && block->end != BLOCK_RETURNS)
        return false;
    for (uint32_t i = first; i <= last; i++) {
        enum opcode opcode = (enum opcode)flow->opcodes[i];

        if (i == last && is_branch(opcode) ? !is_movable_branch(flow->words[i], opcode)
                                           : !is_movable(flow->words[i], opcode))
            return false;
    }
    return true;
}

/* The blocks stand one behind another from the start, so that a copy of the words is a copy of the code. */
static void find_body(const struct flow *flow, struct body *body)
{
    vaddr_t next = flow->procedure.start;

    if (flow->n_parts != 1)
        return;
    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        const struct block *block = &flow->blocks[i];

        if (block->start != next || !is_copyable(flow, block))
            return;
        next += 4 * block->n_words;
        if (next - flow->procedure.start > sizeof body->words)
            return;
    }
    body->n = (uint8_t)((next - flow->procedure.start) / 4);
    memcpy(body->words, flow->words, 4 * body->n);
}

/* ---- leaves ---- */

/* Whether control comes back to where it was. Blocks are sorted by address. */
static bool has_loop(const struct flow *flow)
{
    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        const struct block *block = &flow->blocks[i];

        for (uint32_t k = 0; k < block->n_successors; k++) {
            if (flow->successors[block->first_successor + k] <= i)
                return true;
        }
    }
    return false;
}

/* Whether control does not get from a block into other code. */
static bool stays(const struct flow *flow, const struct block *block)
{
    const uint16_t *opcodes = flow->opcodes + first_word(flow, block);

    if (block->end == BLOCK_LEAVES || block->end == BLOCK_ESCAPES || block->end == BLOCK_TAIL_CALLS)
        return false;
    for (uint32_t i = 0; i < block->n_words; i++) {
        if (opcodes[i] == OPCODE_SC || opcodes[i] == OPCODE_RFI)
            return false;
    }
    return true;
}

static bool is_leaf(const struct flow *flow, vaddr_t procedure)
{
    if (!flow->complete || flow->n_calls != 0 || flow->calls_inside ||
        flow->procedure.start != procedure)
        return false;
    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        if (!stays(flow, &flow->blocks[i]))
            return false;
    }
    return true;
}

static bool has_stores(const struct flow *flow)
{
    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        const struct block *block = &flow->blocks[i];
        uint32_t first = first_word(flow, block);

        for (uint32_t k = first; k < first + block->n_words; k++) {
            struct effects effects;

            code_effects(flow->words[k], (enum opcode)flow->opcodes[k], &effects);
            if (effects.memory.direction == MEMORY_STORE)
                return true;
        }
    }
    return false;
}

/* What may be in a register at the return is what was there at entry. */
static bool find_registers(const struct flow *flow, struct scratch *scratch, struct facts *facts)
{
    const struct live_terms terms = {.scratch = scratch};
    struct summary summary;
    struct live *live;

    if (live_build(flow, &terms, &live) != OK)
        return false;
    live_summarize(live, &summary);
    live_free(live);
    facts->reads_itself = summary.reads.general & ARGUMENTS;
    facts->reads = facts->reads_itself | (~summary.writes.general & RESULTS);
    facts->clobbers = summary.touches.general & ~registers_nonvolatile()->general;
    return true;
}

static void find_leaf(const struct code_source *source, const struct flow *flow,
                      struct scratch *scratch, struct facts *facts)
{
    if (!is_leaf(flow, facts->procedure) || !find_registers(flow, scratch, facts))
        return;
    facts->leaf = true;
    facts->loops = has_loop(flow);
    facts->stores = has_stores(flow);
    find_body(flow, &facts->body);
    if (!facts->loops && !facts->stores)
        predicate_find(source, facts->procedure, &facts->predicate);
}

void facts_find(const struct code_source *source, vaddr_t procedure, struct facts *facts)
{
    struct scratch scratch = {0};
    const struct flow_terms terms = {.scratch = &scratch};
    struct flow *flow;

    *facts = (struct facts){.procedure = procedure};
    assume_abi(facts);
    if (flow_build(source, procedure, &terms, &flow) == OK) {
        find_leaf(source, flow, &scratch, facts);
        flow_free(flow);
    }
    free(scratch.bytes);
}
