/* See trace.h. */
#include "arch/ppc/code/analysis/trace.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/registers.h"

#define BLRL 0x4e800021u

/* Where straight-line code may end. */
#define TRAITS_OF_CONTROL (TRAIT_BRANCH | TRAIT_TRAP | TRAIT_ABSENT | TRAIT_LINK)

#define LINK_FIELD (SPR_LR << 5) /* as it stands in mtspr, halves swapped */

bool trace_widen(struct trace *trace, void *array, struct growing *n, size_t size)
{
    void **elements = array;
    uint32_t room = n->room == 0 ? 16 : 2 * n->room;
    void *grown = arena_resize(trace_arena(trace), n->allocated ? *elements : NULL, room * size);

    if (grown == NULL) {
        trace->no_memory = true;
        return false;
    }
    if (!n->allocated && n->n != 0)
        memcpy(grown, *elements, n->n * size);
    *elements = grown;
    n->room = room;
    n->allocated = true;
    return true;
}

/* ---- parts ---- */

/* Room for more words: of two arrays in one piece of memory, the second one is moved up. */
static bool widen_words(struct trace *trace, uint32_t n, uint32_t more)
{
    uint32_t *words = arena_resize(trace_arena(trace), trace->words,
                                   (n + more) * (sizeof *words + sizeof *trace->opcodes));

    if (words == NULL)
        return false;
    trace->words = words;
    trace->opcodes = (uint16_t *)(words + n + more);
    memmove(trace->opcodes, words + n, n * sizeof *trace->opcodes);
    return true;
}

/* The marks stand behind the arrivals, so they are moved up. */
static bool widen_marks(struct trace *trace, uint32_t n, uint32_t more)
{
    const struct flow_terms *terms = trace->terms;
    struct scratch *scratch =
        terms != NULL && terms->scratch != NULL ? terms->scratch : &trace->scratch;
    size_t size = (n + more) * (sizeof(uint32_t) + sizeof *trace->marks);
    uint32_t *arrivals = trace_arena(trace) != NULL
                             ? arena_resize(trace_arena(trace), trace->arrivals, size)
                             : scratch_room(scratch, size);

    if (arrivals == NULL)
        return false;
    trace->arrivals = arrivals;
    trace->marks = (uint8_t *)(arrivals + n + more);
    memmove(trace->marks, arrivals + n, n * sizeof *trace->marks);
    memset(trace->marks + n, 0, more * sizeof *trace->marks);
    memset(arrivals + n, 0xff, more * sizeof *arrivals);
    return true;
}

static bool widen_stamps(struct trace *trace, uint32_t n, uint32_t more)
{
    uint32_t *stamps = arena_resize(trace_arena(trace), trace->stamps, (n + more) * sizeof *stamps);

    if (stamps == NULL)
        return false;
    trace->stamps = stamps;
    memset(stamps + n, 0, more * sizeof *stamps);
    return true;
}

static status_t add_part(struct trace *trace, const struct procedure *procedure)
{
    uint32_t n = trace->n_words, more = (procedure->end - procedure->start) / 4;
    struct part *part = &trace->parts[trace->n_parts];

    if (more == 0 || more > FLOW_WORDS_MAX - n)
        return status_refuse(ERR_RANGE, "%u words of code at 0x%08x are %s", (unsigned)more,
                             (unsigned)procedure->start, more == 0 ? "no procedure" : "too many");
    if (!widen_words(trace, n, more) || !widen_marks(trace, n, more) ||
        (trace->stamps != NULL && !widen_stamps(trace, n, more))) {
        trace->no_memory = true;
        return status_refuse(ERR_NO_MEMORY, "no memory for %u words at 0x%08x", (unsigned)more,
                             (unsigned)procedure->start);
    }
    if (!trace->source->words(trace->source->context, procedure->start, trace->words + n, more))
        return status_refuse(ERR_NOT_FOUND, "0x%08x to 0x%08x is not all code",
                             (unsigned)procedure->start, (unsigned)procedure->end);
    *part = (struct part){procedure->start, procedure->start + 4 * more, n};
    trace->n_parts++;
    trace->n_words += more;
    return OK;
}

/* What an address outside the known parts is; if that is another part, it becomes known. */
static bool find_procedure(struct trace *trace, vaddr_t address, struct procedure *procedure)
{
    if (!trace->source->procedure(trace->source->context, address, procedure))
        return false;
    if (procedure->whole == trace->procedure.start && trace->n_parts < FLOW_PARTS_MAX)
        return add_part(trace, procedure) == OK || !trace->no_memory;
    return true;
}

uint32_t trace_word_at(struct trace *trace, vaddr_t address)
{
    uint32_t word = trace_find(trace, address);
    struct procedure procedure;

    if (word == NO_WORD && find_procedure(trace, address, &procedure))
        word = trace_find(trace, address);
    return word;
}

/* ---- edges ---- */

void trace_set_end(struct trace *trace, uint32_t word, enum block_end end)
{
    uint8_t mark = trace->marks[word] & ((1u << MARK_END_SHIFT) - 1);

    trace->marks[word] = (uint8_t)(mark | (unsigned)end << MARK_END_SHIFT);
    trace->n_bounds++;
}

void trace_enter(struct trace *trace, uint32_t word)
{
    if ((trace->marks[word] & MARK_LEADER) != 0)
        return;
    trace->marks[word] |= MARK_LEADER;
    trace->n_bounds++;
    if ((trace->marks[word] & MARK_REACHED) == 0 &&
        trace_grow(trace, &trace->pending, &trace->n_pending, sizeof *trace->pending))
        trace->pending[trace->n_pending.n++] = word;
}

/* Of edges from one word those added last stand first, so a second one to the same place is seen. */
void trace_branch(struct trace *trace, uint32_t from, uint32_t to)
{
    uint32_t first = trace->arrivals[to];

    if (first != NO_EDGE && trace->edges[first].from == from)
        return;
    if (from != NO_WORD && to == from + 1 && trace_is_fallen_into(trace, to)) {
        trace_enter(trace, to);
        return;
    }
    if (!trace_grow(trace, &trace->edges, &trace->n_edges, sizeof *trace->edges))
        return;
    trace->edges[trace->n_edges.n] = (struct edge){from, to, first};
    trace->arrivals[to] = trace->n_edges.n++;
    trace_enter(trace, to);
}

/* ---- what instructions do ---- */

uint32_t trace_add_call(struct trace *trace, uint32_t word, const struct call *call)
{
    if (!trace_grow(trace, &trace->calls, &trace->n_calls, sizeof *trace->calls))
        return NO_WORD;
    trace->calls[trace->n_calls.n] = (struct call_record){word, *call};
    trace->marks[word] |= MARK_CALL;
    return trace->n_calls.n++;
}

/* Whether what starts at an address comes back to who calls it. */
static bool comes_back(struct trace *trace, vaddr_t target, const struct procedure *procedure)
{
    const struct flow_terms *terms = trace->terms;

    if (procedure->start == target && procedure->no_return)
        return false;
    return terms == NULL || terms->returns == NULL || terms->returns(terms->context, target);
}

void trace_stop(struct trace *trace, uint32_t word, enum block_end end, bool falls)
{
    if (!falls)
        trace->marks[word] &= (uint8_t)~MARK_FALLS;
    trace_set_end(trace, word, end);
}

bool trace_call(struct trace *trace, struct call *call, vaddr_t target)
{
    struct procedure procedure;
    uint32_t own;

    call->target = target;
    call->direct = true;
    call->returns = true;
    if (!trace->source->procedure(trace->source->context, target, &procedure))
        return false;
    own = trace_find(trace, target);
    call->returns = comes_back(trace, target, &procedure);
    if (own != NO_WORD && target != trace->procedure.start && target % 4 == 0) {
        trace_branch(trace, NO_WORD, own);
        trace->calls_inside = true;
    }
    return true;
}

/* How a block ends whose branch leads to no part of this procedure. */
static enum block_end end_of_leaving(struct trace *trace, uint32_t word, vaddr_t target,
                                     const struct procedure *procedure)
{
    struct call call = {.target = target, .direct = true, .tail = true};

    if (procedure->start != target || procedure->whole != target)
        return BLOCK_ESCAPES;
    call.site = trace_address(trace, word);
    trace_add_call(trace, word, &call);
    return BLOCK_LEAVES;
}

void trace_branch_to(struct trace *trace, uint32_t word, vaddr_t target, bool falls)
{
    struct procedure procedure;
    uint32_t to = trace_find(trace, target);

    trace_stop(trace, word, BLOCK_BRANCHES, falls);
    if (to == NO_WORD) {
        if (!find_procedure(trace, target, &procedure)) {
            trace_set_end(trace, word, BLOCK_BREAKS);
            return;
        }
        to = trace_find(trace, target);
    }
    if (to != NO_WORD)
        trace_branch(trace, word, to);
    else
        trace_set_end(trace, word, end_of_leaving(trace, word, target, &procedure));
}

/*
 * A lone blrl comes back at once, with the address behind it in LR: the way to the global offset table
 * in objects for the older kind of procedure linkage table (System V ABI, PowerPC supplement, chapter 5).
 */
static bool is_blrl(const struct trace *trace, vaddr_t address)
{
    uint32_t word;

    return trace->source->constant(trace->source->context, address, &word) && word == BLRL;
}

static bool follow_direct(struct trace *trace, uint32_t word, vaddr_t address,
                          const struct successor *successor)
{
    struct call call = {.site = address};

    if (!successor->links) {
        trace_branch_to(trace, word, successor->target, successor->conditional);
        return successor->conditional;
    }
    if (successor->target == address + 4 ||
        (!trace_call(trace, &call, successor->target) && is_blrl(trace, successor->target))) {
        trace->uses_place = true; /* no call: it is the address that is wanted */
        return true;
    }
    trace_add_call(trace, word, &call);
    if (!call.returns)
        trace_stop(trace, word, BLOCK_STOPS, successor->conditional);
    return call.returns || successor->conditional;
}

void trace_add_jump(struct trace *trace, uint32_t word, uint32_t call)
{
    if (trace_grow(trace, &trace->jumps, &trace->n_jumps, sizeof *trace->jumps))
        trace->jumps[trace->n_jumps.n++] = (struct jump){.word = word, .call = call};
}

static bool follow_register(struct trace *trace, uint32_t word, vaddr_t address,
                            const struct successor *successor)
{
    struct call call = {.site = address, .returns = true};

    if (successor->links) {
        trace_stop(trace, word, BLOCK_STOPS, false);
        trace_add_jump(trace, word, trace_add_call(trace, word, &call));
        return false;
    }
    if (successor->transfer == TRANSFER_LINK) {
        trace_stop(trace, word, BLOCK_RETURNS, successor->conditional);
        if (trace->doubts_returns)
            trace_add_jump(trace, word, NO_WORD);
    } else {
        trace_stop(trace, word, BLOCK_JUMPS, successor->conditional);
        trace_add_jump(trace, word, NO_WORD);
    }
    return successor->conditional;
}

static void note_link(struct trace *trace, uint32_t word)
{
    if ((trace->words[word] >> 11 & 0x3ff) != LINK_FIELD)
        return;
    if (trace_grow(trace, &trace->links, &trace->n_links, sizeof *trace->links))
        trace->links[trace->n_links.n++] = word;
}

/* Of an instruction that may send control elsewhere, or says where; returns whether it may go on behind it. */
static bool follow_transfer(struct trace *trace, uint32_t word, vaddr_t address)
{
    struct successor successor;

    code_successor_of(trace->words[word], (enum opcode)trace->opcodes[word], address, &successor);
    switch (successor.transfer) {
    case TRANSFER_DIRECT:
        return follow_direct(trace, word, address, &successor);
    case TRANSFER_LINK:
    case TRANSFER_COUNT:
        return follow_register(trace, word, address, &successor);
    case TRANSFER_NOWHERE:
        if (trace->opcodes[word] == OPCODE_UNKNOWN) {
            trace->marks[word] |= MARK_LEADER;
            trace_stop(trace, word, BLOCK_BREAKS, false);
            return false;
        }
        /* fall through */
    case TRANSFER_RFI:
        trace_stop(trace, word, BLOCK_STOPS, false);
        return false;
    default:
        if (trace->opcodes[word] == OPCODE_MTSPR)
            note_link(trace, word);
        return true;
    }
}

/* Control goes on behind the last word of a part. */
static void run_over(struct trace *trace, uint32_t word, vaddr_t end)
{
    enum block_end how = trace_end(trace, word);
    struct procedure procedure;
    uint32_t to = trace_find(trace, end);
    bool known = to != NO_WORD || find_procedure(trace, end, &procedure);

    trace->marks[word] &= (uint8_t)~MARK_FALLS;
    if (to == NO_WORD)
        to = trace_find(trace, end);
    if (to != NO_WORD)
        trace_branch(trace, word, to);
    else if (!known)
        trace_set_end(trace, word, BLOCK_BREAKS);
    else if (how != BLOCK_BREAKS && how != BLOCK_JUMPS)
        trace_set_end(trace, word, BLOCK_ESCAPES);
}

/*
 * Goes over words that control falls through, up to one where it may go elsewhere; returns that one.
 * NO_WORD: it came to one that was followed before; end: all of them fall through.
 */
static uint32_t run(struct trace *trace, uint32_t word, uint32_t end)
{
    const uint32_t *words = trace->words;
    uint16_t *opcodes = trace->opcodes;
    uint8_t *marks = trace->marks;

    for (; word < end; word++) {
        enum opcode opcode;

        if ((marks[word] & MARK_REACHED) != 0)
            return NO_WORD;
        opcode = code_opcode(words[word]);
        opcodes[word] = (uint16_t)opcode;
        marks[word] |= MARK_REACHED | MARK_FALLS;
        if ((opcode_rows[opcode].traits & TRAITS_OF_CONTROL) != 0 || opcode == OPCODE_UNKNOWN)
            return word;
    }
    return end;
}

/*
 * Of b and bc that neither link nor are absolute, which most are, the word to which they branch; NO_WORD
 * for others, and if it is not in the part.
 */
static inline uint32_t near_target(const struct trace *trace, const struct part *part,
                                   uint32_t n_words, uint32_t word)
{
    uint32_t bits = trace->words[word], opcode = trace->opcodes[word], to;

    if ((bits & 3) != 0)
        return NO_WORD;
    if (opcode == OPCODE_B)
        to = word + (uint32_t)((int32_t)(bits << 6) >> 8);
    else if (opcode == OPCODE_BC)
        to = word + (uint32_t)((int16_t)bits >> 2);
    else
        return NO_WORD;
    return to - part->first_word < n_words ? to : NO_WORD;
}

/* Returns whether control may go on behind the branch. */
static bool follow_near(struct trace *trace, uint32_t word, uint32_t to)
{
    bool falls = trace->opcodes[word] == OPCODE_BC && !code_branches_always(trace->words[word]);

    trace_stop(trace, word, BLOCK_BRANCHES, falls);
    trace_branch(trace, word, to);
    return falls;
}

/* Follows control from a leader until it meets what was followed before, or goes elsewhere. */
static void follow(struct trace *trace, uint32_t word)
{
    struct part part = *trace_part(trace, word);
    vaddr_t base = part.start - 4 * part.first_word;
    uint32_t n_words = (part.end - part.start) / 4, end = part.first_word + n_words, to;

    while (!trace->no_memory) {
        word = run(trace, word, end);
        if (word == NO_WORD)
            return;
        if (word != end) {
            to = near_target(trace, &part, n_words, word);
            if (to != NO_WORD ? !follow_near(trace, word, to)
                              : !follow_transfer(trace, word, base + 4 * word))
                return;
            word++;
        }
        if (word == end) {
            run_over(trace, end - 1, part.end);
            return;
        }
    }
}

void trace_go_on(struct trace *trace, uint32_t word)
{
    const struct part *part = trace_part(trace, word);

    trace_set_end(trace, word, BLOCK_FALLS);
    trace->marks[word] |= MARK_FALLS;
    if (word + 1 == part->first_word + (part->end - part->start) / 4)
        run_over(trace, word, part->end);
    else if ((trace->marks[word + 1] & MARK_REACHED) != 0)
        trace->version++;
    else
        follow(trace, word + 1);
}

void trace_follow(struct trace *trace)
{
    while (trace->n_pending.n != 0 && !trace->no_memory)
        follow(trace, trace->pending[--trace->n_pending.n]);
}

static void enter_all(struct trace *trace)
{
    const struct flow_terms *terms = trace->terms;

    trace_branch(trace, NO_WORD, 0);
    for (size_t i = 0; terms != NULL && i < terms->n_entries; i++) {
        uint32_t word = trace_word_at(trace, terms->entries[i]);

        if (word != NO_WORD && terms->entries[i] % 4 == 0)
            trace_branch(trace, NO_WORD, word);
    }
}

#define ROOM(array) ((struct growing){.room = sizeof(array) / sizeof *(array)})

static void move_in(struct trace *trace, struct trace_room *room)
{
    trace->edges = room->edges;
    trace->n_edges = ROOM(room->edges);
    trace->calls = room->calls;
    trace->n_calls = ROOM(room->calls);
    trace->pending = room->pending;
    trace->n_pending = ROOM(room->pending);
    trace->links = room->links;
    trace->n_links = ROOM(room->links);
}

status_t trace_begin(struct trace *trace, struct trace_room *room)
{
    status_t status = add_part(trace, &trace->procedure);

    if (status != OK)
        return status;
    move_in(trace, room);
    enter_all(trace);
    trace_follow(trace);
    return OK;
}

static void free_array(const struct trace *trace, void *array, const struct growing *n)
{
    if (n->allocated)
        arena_free(trace_arena(trace), array);
}

void trace_free(struct trace *trace)
{
    free_array(trace, trace->edges, &trace->n_edges);
    free_array(trace, trace->calls, &trace->n_calls);
    free_array(trace, trace->pending, &trace->n_pending);
    free_array(trace, trace->jumps, &trace->n_jumps);
    free_array(trace, trace->links, &trace->n_links);
    arena_free(trace_arena(trace), trace->words);
    arena_free(trace_arena(trace), trace->stamps);
    free(trace->scratch.bytes);
}
