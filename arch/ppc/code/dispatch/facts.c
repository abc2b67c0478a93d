/* See facts.h. */
#include "arch/ppc/code/dispatch/facts.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/analysis/flow.h"
#include "arch/ppc/code/analysis/functional.h"
#include "arch/ppc/code/analysis/live.h"
#include "arch/ppc/code/effects.h"

#define RESULTS (1u << 3 | 1u << 4)
#define ARGUMENTS 0x000007f8u /* r3 to r10 */
#define VOLATILE_CONDITION (~(CR_FIELD(2) | CR_FIELD(3) | CR_FIELD(4)))

#define STWU_R1_R1 0x9421u /* the upper half of the word that makes a frame */
#define FORBIDDEN_TRAITS \
    (TRAIT_CONTEXT_SYNC | TRAIT_ALTIVEC | TRAIT_7400 | TRAIT_ABSENT | TRAIT_TRAP | TRAIT_FLOATING)

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

/* ---- a look at each instruction ---- */

struct survey {
    bool leaf, stores, copyable;
};

static bool is_branch(enum opcode opcode)
{
    return (opcode_rows[opcode].traits & TRAIT_BRANCH) != 0;
}

/* It may test any volatile bit of CR, but neither link nor be absolute. */
static bool is_movable_branch(uint32_t word, enum opcode opcode, const struct effects *effects)
{
    return (effects->reads.condition & ~VOLATILE_CONDITION) == 0 &&
           (effects->writes.special & SPECIAL_LR) == 0 &&
           (opcode == OPCODE_BCLR || (word & ABSOLUTE) == 0);
}

static bool is_of_several_registers(enum opcode opcode)
{
    return opcode == OPCODE_LMW || opcode == OPCODE_STMW || opcode == OPCODE_LSWI ||
           opcode == OPCODE_LSWX || opcode == OPCODE_STSWI || opcode == OPCODE_STSWX;
}

/* Whether an instruction, not a branch, may be done elsewhere in the middle of other code. */
static bool is_movable(uint32_t word, enum opcode opcode, const struct effects *effects)
{
    const uint32_t general = ~registers_nonvolatile()->general;
    struct register_set used = effects->reads;

    if ((opcode_rows[opcode].traits & FORBIDDEN_TRAITS) != 0 || code_is_privileged(word, opcode) ||
        is_of_several_registers(opcode))
        return false;
    registers_add(&used, &effects->writes);
    return (used.general & ~general) == 0 && used.floating == 0 && used.vector == 0 &&
           (used.condition & ~VOLATILE_CONDITION) == 0 && (used.special & ~BODY_SPECIAL) == 0;
}

static void survey_block(const struct flow *flow, const struct block *block, struct survey *survey)
{
    uint32_t first = first_word(flow, block), end = first + block->n_words;

    for (uint32_t i = first; i < end; i++) {
        uint32_t word = flow->words[i];
        enum opcode opcode = (enum opcode)flow->opcodes[i];
        struct effects effects;

        code_effects(word, opcode, &effects);
        survey->stores |= effects.memory.direction == MEMORY_STORE;
        survey->leaf &= opcode != OPCODE_SC && opcode != OPCODE_RFI;
        if (survey->copyable)
            survey->copyable = i == end - 1 && is_branch(opcode)
                                   ? is_movable_branch(word, opcode, &effects)
                                   : is_movable(word, opcode, &effects);
    }
}

static bool leaves(const struct block *block)
{
    return block->end == BLOCK_LEAVES || block->end == BLOCK_ESCAPES ||
           block->end == BLOCK_TAIL_CALLS;
}

static bool only_goes_on(const struct block *block)
{
    return block->end == BLOCK_FALLS || block->end == BLOCK_BRANCHES || block->end == BLOCK_RETURNS;
}

/* The blocks of a body stand one behind another, so that a copy of the words is a copy of the code. */
static void survey_flow(const struct flow *flow, vaddr_t procedure, struct survey *survey)
{
    vaddr_t next = procedure;

    survey->leaf = flow->complete && flow->n_calls == 0 && !flow->calls_inside &&
                   flow->procedure.start == procedure;
    survey->copyable = survey->leaf && flow->n_parts == 1;
    survey->stores = false;
    for (uint32_t i = 0; survey->leaf && i < flow->n_blocks; i++) {
        const struct block *block = &flow->blocks[i];

        survey->leaf = !leaves(block);
        survey->copyable &= block->start == next && only_goes_on(block);
        survey_block(flow, block, survey);
        next += 4 * block->n_words;
    }
    survey->copyable &= next - procedure <= 4 * BODY_WORDS_MAX;
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

static bool declares_nothing(void *context, vaddr_t start)
{
    (void)context;
    (void)start;
    return false;
}

static void leave_unnamed(void *context, vaddr_t address, char *text, size_t size)
{
    (void)context;
    (void)address;
    if (size != 0)
        text[0] = 0;
}

/* Whether a leaf has a frame of its own, and stores only there. */
static bool keeps_to_frame(const struct code_source *source, const struct flow *flow)
{
    const struct proof_terms terms = {.declared = declares_nothing, .name = leave_unnamed};

    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        const struct block *block = &flow->blocks[i];
        uint32_t first = first_word(flow, block);

        for (uint32_t k = first; k < first + block->n_words; k++) {
            if (flow->words[k] >> 16 == STWU_R1_R1)
                return functional_prove(source, flow->procedure.start, &terms) == OK;
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

/* Words up to the end of the last block. */
static uint32_t flow_length(const struct flow *flow)
{
    const struct block *last = &flow->blocks[flow->n_blocks - 1];

    return (last->start - flow->procedure.start) / 4 + last->n_words;
}

static bool is_patched(const struct code_source *source, const struct flow *flow)
{
    for (uint32_t i = 0; source->patched != NULL && i < flow->n_parts; i++)
        if (source->patched(source->context, flow->parts[i].start, flow->parts[i].end))
            return true;
    return false;
}

static void find_leaf(const struct code_source *source, const struct flow *flow,
                      struct scratch *scratch, struct facts *facts)
{
    struct survey survey;

    survey_flow(flow, facts->procedure, &survey);
    if (!survey.leaf)
        return;
    facts->patched = is_patched(source, flow);
    if (facts->patched || !find_registers(flow, scratch, facts))
        return;
    facts->leaf = true;
    facts->loops = has_loop(flow);
    facts->stores = survey.stores && !keeps_to_frame(source, flow);
    if (survey.copyable) {
        facts->body.n = (uint8_t)flow_length(flow);
        memcpy(facts->body.words, flow->words, 4 * facts->body.n);
    }
    if (!facts->loops && !facts->stores)
        predicate_find(source, facts->procedure, &facts->predicate);
}

void facts_of_patched(vaddr_t procedure, struct facts *facts)
{
    *facts = (struct facts){.procedure = procedure, .patched = true};
    assume_abi(facts);
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
