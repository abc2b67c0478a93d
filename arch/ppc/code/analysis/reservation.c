/* See reservation.h. One bit, backwards over the blocks until nothing changes; hardly any procedure has a stwcx.. */
#include "arch/ppc/code/analysis/reservation.h"

#include "arch/ppc/code/effects.h"

/* What a word does to the need for a reservation: ends it, begins it (looking backwards), or nothing. */
static bool before_word(uint32_t word, bool behind)
{
    switch (code_opcode(word)) {
    case OPCODE_LWARX:
        return false;
    case OPCODE_STWCX_RC:
        return true;
    default:
        return behind;
    }
}

/* Whether control goes on behind a word; a call comes back. */
static bool goes_on(uint32_t word)
{
    struct successor successor;

    code_successor(word, 0, &successor);
    switch (successor.transfer) {
    case TRANSFER_RFI:
    case TRANSFER_NOWHERE:
        return false;
    case TRANSFER_DIRECT:
    case TRANSFER_LINK:
    case TRANSFER_COUNT:
        return successor.conditional || successor.links;
    default:
        return true;
    }
}

bool reservation_is_held(const uint32_t words[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        enum opcode opcode = code_opcode(words[i]);

        if (opcode == OPCODE_STWCX_RC)
            return true;
        if (opcode == OPCODE_LWARX || !goes_on(words[i]))
            return false;
    }
    return false;
}

static uint32_t number_of(const struct flow *flow, vaddr_t address)
{
    const struct part *part = flow->parts;

    while (address - part->start >= part->end - part->start)
        part++;
    return part->first_word + (address - part->start) / 4;
}

/* The first word of a block says what is held before it. */
static bool is_held_behind(const struct flow *flow, const struct block *block, const bool held[])
{
    const uint32_t *successors = flow->successors + block->first_successor;

    for (uint32_t i = 0; i < block->n_successors; i++) {
        const struct block *to = &flow->blocks[successors[i]];

        if (to->n_words != 0 && held[number_of(flow, to->start)])
            return true;
    }
    return false;
}

/* Whether anything changed. */
static bool visit(const struct flow *flow, const struct block *block, bool held[])
{
    bool behind = is_held_behind(flow, block, held), changed = false;
    uint32_t first = block->n_words == 0 ? 0 : number_of(flow, block->start);

    for (uint32_t i = block->n_words; i-- > 0;) {
        behind = before_word(flow->words[first + i], behind);
        changed = changed || held[first + i] != behind;
        held[first + i] = behind;
    }
    return changed;
}

static bool has_conditional_store(const struct flow *flow)
{
    for (uint32_t i = 0; i < flow->n_words; i++)
        if (code_opcode(flow->words[i]) == OPCODE_STWCX_RC)
            return true;
    return false;
}

/* Those that are not in the flow are all else. */
static void guess_rest(const struct flow *flow, const struct part *part, bool held[])
{
    uint32_t n = (part->end - part->start) / 4;
    bool behind = false;

    for (uint32_t i = n; i-- > 0;) {
        uint32_t number = part->first_word + i, word = flow->words[number];

        if (flow_block_at(flow, part->start + 4 * i) == NULL)
            held[number] = before_word(word, behind && goes_on(word));
        behind = held[number];
    }
}

void reservation_find(const struct flow *flow, bool held[])
{
    bool changed = has_conditional_store(flow);

    if (!changed)
        return;
    while (changed) {
        changed = false;
        for (uint32_t i = flow->n_blocks; i-- > 0;)
            changed = visit(flow, &flow->blocks[i], held) || changed;
    }
    for (uint32_t i = 0; i < flow->n_parts; i++)
        guess_rest(flow, &flow->parts[i], held);
}
