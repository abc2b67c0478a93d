/* See live_slow.h. */
#include "tests/host/live_slow.h"

#include <stdio.h>
#include <stdlib.h>

#include "arch/ppc/code/effects.h"

struct slow_word {
    vaddr_t address;
    uint32_t word;
    bool known; /* it is an instruction */
    struct register_set before;
};

static const struct register_set everything = REGISTERS_ALL;

static struct slow_word *word_at(const struct live_slow *live, vaddr_t address)
{
    for (uint32_t i = 0, first = 0; i < live->flow->n_parts; i++) {
        const struct part *part = &live->flow->parts[i];

        if (address >= part->start && address < part->end)
            return &live->words[first + (address - part->start) / 4];
        first += (part->end - part->start) / 4;
    }
    return NULL;
}

static const struct register_set *wanted(const struct live_slow *live)
{
    if (live->flow->calls_inside)
        return &everything;
    return live->terms->at_return != NULL ? live->terms->at_return : registers_at_return();
}

static void add_nonvolatile(const struct live_slow *live, struct register_set *after)
{
    struct register_set kept = *wanted(live);

    registers_keep(&kept, registers_nonvolatile());
    registers_add(after, &kept);
}

/* Control goes to an address of this procedure, or to where nothing is known. */
static void add_place(const struct live_slow *live, vaddr_t address, struct register_set *after)
{
    const struct slow_word *word = word_at(live, address);

    registers_add(after, word == NULL ? &everything : &word->before);
}

static void ask(const struct live_slow *live, const struct call *call, struct summary *summary)
{
    live->terms->summary(live->terms->context, call, summary);
    if (!call->direct)
        summary->reads.general |= 1u << 11 | 1u << 12;
}

static void add_tail_call(const struct live_slow *live, const struct call *call,
                          struct register_set *after)
{
    struct register_set rest = *wanted(live);
    struct summary summary;

    ask(live, call, &summary);
    if (summary.returns) {
        registers_remove(&rest, &summary.writes);
        registers_add(after, &rest);
    } else {
        add_nonvolatile(live, after);
    }
    registers_add(after, &summary.reads);
}

static void add_direct(const struct live_slow *live, vaddr_t site, vaddr_t target,
                       struct register_set *after)
{
    const struct call call = {.site = site, .target = target, .direct = true, .tail = true};
    struct procedure procedure;

    if (word_at(live, target) == NULL &&
        live->source->procedure(live->source->context, target, &procedure) &&
        procedure.start == target && procedure.whole == target)
        add_tail_call(live, &call, after);
    else
        add_place(live, target, after);
}

static bool add_table(const struct live_slow *live, vaddr_t site, struct register_set *after)
{
    for (uint32_t i = 0; i < live->flow->n_tables; i++) {
        const struct jump_table *table = &live->flow->tables[i];

        if (table->site != site)
            continue;
        for (uint32_t k = 0; k < table->n; k++) {
            uint32_t entry = 0;

            if (!live->source->constant(live->source->context, table->address + 4 * k, &entry))
                registers_add(after, &everything);
            add_place(live, table->relative ? table->base + entry : entry, after);
        }
        return true;
    }
    return false;
}

/* The graph is asked what was found out about the register. */
static void add_indirect(const struct live_slow *live, vaddr_t site, struct register_set *after)
{
    const struct block *block = flow_block_at(live->flow, site);
    const struct call *call = flow_call_at(live->flow, site);

    if (add_table(live, site, after))
        return;
    if (call != NULL && block != NULL &&
        (block->end == BLOCK_TAIL_CALLS || block->end == BLOCK_LEAVES))
        add_tail_call(live, call, after);
    else if (block != NULL && block->end == BLOCK_BRANCHES)
        for (uint32_t i = 0; i < block->n_successors; i++) {
            uint32_t to = live->flow->successors[block->first_successor + i];

            add_place(live, live->flow->blocks[to].start, after);
        }
    else
        registers_add(after, &everything);
}

/* Of a branch to what LR holds. Where control does not get, anything will do. */
static bool is_known_return(const struct live_slow *live, vaddr_t address)
{
    const struct block *block = flow_block_at(live->flow, address);

    return block == NULL || block->end == BLOCK_RETURNS;
}

static void step_over_call(const struct live_slow *live, vaddr_t site, bool conditional,
                           struct register_set *after)
{
    const struct call *call = flow_call_at(live->flow, site);
    struct summary summary;

    if (call == NULL) { /* control never gets there */
        registers_add(after, &everything);
        return;
    }
    ask(live, call, &summary);
    if (call->returns || conditional)
        add_place(live, site + 4, after);
    if (!call->returns)
        add_nonvolatile(live, after);
    if (call->returns && !conditional)
        registers_remove(after, &summary.writes);
    registers_add(after, &summary.reads);
}

/* What is live where control goes from an instruction. */
static void after_word(const struct live_slow *live, const struct slow_word *word,
                       struct register_set *after)
{
    struct successor s;

    code_successor(word->word, word->address, &s);
    *after = REGISTERS_NONE;
    if (s.links && s.transfer == TRANSFER_DIRECT && s.target == word->address + 4)
        s.transfer = TRANSFER_NEXT;
    else if (s.links) {
        step_over_call(live, word->address, s.conditional, after);
        return;
    }
    if (s.conditional || s.transfer == TRANSFER_NEXT || s.transfer == TRANSFER_SYSTEM ||
        s.transfer == TRANSFER_TRAP)
        add_place(live, word->address + 4, after);
    if (s.transfer == TRANSFER_DIRECT)
        add_direct(live, word->address, s.target, after);
    if (s.transfer == TRANSFER_LINK)
        registers_add(after, is_known_return(live, word->address) ? wanted(live) : &everything);
    if (s.transfer == TRANSFER_COUNT)
        add_indirect(live, word->address, after);
    if (s.transfer == TRANSFER_RFI || s.transfer == TRANSFER_NOWHERE)
        registers_add(after, &everything);
}

/* Whether that changed anything. */
static bool visit(const struct live_slow *live, struct slow_word *word)
{
    struct register_set before;
    struct effects effects;

    if (!word->known)
        return false;
    after_word(live, word, &before);
    code_effects(word->word, code_opcode(word->word), &effects);
    registers_remove(&before, &effects.writes);
    registers_add(&before, &effects.reads);
    if (registers_equal(&before, &word->before))
        return false;
    word->before = before;
    return true;
}

void live_slow_build(const struct code_source *source, const struct flow *flow,
                     const struct live_terms *terms, struct live_slow *live)
{
    bool changed = true;

    *live = (struct live_slow){.source = source, .flow = flow, .terms = terms};
    live->words = calloc(flow->n_words, sizeof live->words[0]);
    for (uint32_t i = 0; i < flow->n_parts; i++)
        for (vaddr_t address = flow->parts[i].start; address < flow->parts[i].end; address += 4) {
            struct slow_word *word = &live->words[live->n_words++];

            word->address = address;
            source->words(source->context, address, &word->word, 1);
            word->known = code_opcode(word->word) != OPCODE_UNKNOWN;
            if (!word->known)
                word->before = REGISTERS_ALL;
        }
    while (changed) {
        changed = false;
        for (uint32_t i = live->n_words; i-- > 0;)
            changed |= visit(live, &live->words[i]);
    }
}

void live_slow_free(struct live_slow *live)
{
    free(live->words);
}

void live_slow_before(const struct live_slow *live, vaddr_t address, struct register_set *set)
{
    *set = word_at(live, address)->before;
}
