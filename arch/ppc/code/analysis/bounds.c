/*
 * Paths are searched backwards from the use of an index. What is looked for is a term, a number made
 * of what some place holds: at first the index itself, then, whenever an instruction is met that makes
 * it of something else, a number made of that. On the way branches tell which CR bits are known, and
 * compares with a known result tell facts: bounds of terms, which are followed up in the same way,
 * since the compared register may be another one with the same origin. A path ends where a fact is
 * about the term, or where nothing can be said of what the term is made of: then its mask bounds it.
 *
 * A path also ends where another one has been in the same state. That is sound: whatever comes to
 * this point in this state has come along the paths behind it, and these are searched once.
 */
#include "arch/ppc/code/analysis/bounds.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/operands.h"
#include "arch/ppc/code/analysis/values.h"

#define FACTS_MAX 3
#define STATES_MAX 64 /* at leaders */

#define PLACE_LATER 0xfd /* the index, where it is used further back */
#define PLACE_NONE 0xfe
#define PLACE_MEMORY 0xff /* at base + index + displacement */

#define CR_NONVOLATILE 0x00fff000u /* CR2 to CR4 */

/* rotate(contents of the place + addend) & mask */
struct term {
    uint8_t place; /* a general register, PLACE_NONE, PLACE_MEMORY */
    uint8_t rotation;
    uint8_t base; /* of PLACE_MEMORY; general registers, index maybe PLACE_NONE */
    uint8_t index;
    uint32_t displacement;
    uint32_t width;
    uint32_t addend;
    uint32_t mask;
};

struct fact {
    struct term term; /* of PLACE_NONE: none */
    uint32_t limit;
};

/* Before a word. */
struct state {
    uint32_t word;
    struct term term;
    struct fact facts[FACTS_MAX];
    uint32_t known, truth; /* CR bits, and what they are */
    uint32_t scaled;       /* the term is the index, no longer 4 times as much */
    uint32_t stage;        /* words of the chain that are still to come before the index is used */
};

struct bounds {
    struct trace *trace;
    const struct value *entry;
    struct state seen[STATES_MAX]; /* at leaders; those from n_done on are to be searched */
    uint32_t n_seen, n_done;
    uint32_t limit; /* the largest so far */
    bool lost;
};

static uint32_t rotate(uint32_t number, uint32_t by)
{
    return number << (by & 31) | number >> (-by & 31);
}

/* The mask that rlwinm makes of its fields (PEM 4.2.1.4). */
static uint32_t mask_of(uint32_t first, uint32_t last)
{
    uint32_t from = 0xffffffffu >> first, up_to = 0xffffffffu << (31 - last);

    return first <= last ? from & up_to : from | up_to;
}

/* ---- terms ---- */

static void term_rotate(struct term *term, uint8_t place, uint32_t by, uint32_t mask)
{
    term->place = place;
    if (term->addend != 0) {
        term->place = PLACE_NONE; /* a carry may come from what is masked */
        return;
    }
    term->mask &= rotate(mask, term->rotation);
    term->rotation = (uint8_t)((term->rotation + by) & 31);
}

static void term_load(struct term *term, uint32_t word, uint32_t width, bool indexed)
{
    term_rotate(term, FIELD_A(word) == 0 ? PLACE_NONE : PLACE_MEMORY, 0,
                0xffffffffu >> (32 - 8 * width));
    if (term->place == PLACE_NONE)
        return;
    term->base = (uint8_t)FIELD_A(word);
    term->index = indexed ? (uint8_t)FIELD_B(word) : PLACE_NONE;
    term->displacement = indexed ? 0 : IMMEDIATE(word);
    term->width = width;
}

static void term_add(struct term *term, uint32_t word)
{
    term->addend += IMMEDIATE(word);
    term->place = (uint8_t)FIELD_A(word);
    if (term->place == 0) { /* li: the term is a constant */
        term->mask &= rotate(term->addend, term->rotation);
        term->place = PLACE_NONE;
    }
}

/* The term by what made the register that it is made of. */
static void term_compose(struct term *term, uint32_t word, enum opcode opcode)
{
    uint8_t source = (uint8_t)FIELD_T(word); /* of those that change register A */

    switch (opcode) {
    case OPCODE_OR:
        term->place = source == FIELD_B(word) ? source : PLACE_NONE;
        break;
    case OPCODE_RLWINM:
        term_rotate(term, source, FIELD_B(word), mask_of(word >> 6 & 31, word >> 1 & 31));
        break;
    case OPCODE_ANDI_RC:
        term_rotate(term, source, 0, word & 0xffff);
        break;
    case OPCODE_ADDI:
        term_add(term, word);
        break;
    case OPCODE_LWZ:
    case OPCODE_LWZX:
        term_load(term, word, 4, opcode == OPCODE_LWZX);
        break;
    case OPCODE_LHZ:
    case OPCODE_LHZX:
        term_load(term, word, 2, opcode == OPCODE_LHZX);
        break;
    case OPCODE_LBZ:
    case OPCODE_LBZX:
        term_load(term, word, 1, opcode == OPCODE_LBZX);
        break;
    case OPCODE_LHZU:
    case OPCODE_LHZUX:
        term_rotate(term, PLACE_NONE, 0, 0xffff);
        break;
    case OPCODE_LBZU:
    case OPCODE_LBZUX:
        term_rotate(term, PLACE_NONE, 0, 0xff);
        break;
    default:
        term->place = PLACE_NONE;
    }
}

static bool is_store(enum opcode opcode)
{
    return (opcode_rows[opcode].access & ACCESS_STORE) != 0;
}

/* Of a term that is made of memory: what was stored there, if that is known to be the same place. */
static void term_unstore(struct term *term, uint32_t word, enum opcode opcode)
{
    uint32_t width = opcode == OPCODE_STW ? 4 : opcode == OPCODE_STH ? 2 : opcode == OPCODE_STB;
    uint32_t distance = IMMEDIATE(word) - term->displacement;

    if (width == 0 || FIELD_A(word) != term->base || term->index != PLACE_NONE)
        term->place = PLACE_NONE;
    else if (distance == 0 && width == term->width)
        term->place = (uint8_t)FIELD_T(word);
    else if (distance < term->width || -distance < width)
        term->place = PLACE_NONE;
}

/* The term before an instruction, of the one behind it. */
static void term_step(struct term *term, const struct trace *trace, uint32_t word)
{
    enum opcode opcode = (enum opcode)trace->opcodes[word];
    bool call = (trace->marks[word] & MARK_CALL) != 0 || opcode == OPCODE_SC;

    if (term->place == PLACE_MEMORY) {
        if (call || value_is_changed(trace, term->base, word) ||
            (term->index != PLACE_NONE && value_is_changed(trace, term->index, word)))
            term->place = PLACE_NONE;
        else if (is_store(opcode))
            term_unstore(term, trace->words[word], opcode);
    } else if (term->place < PLACE_LATER && value_is_changed(trace, term->place, word)) {
        if (call)
            term->place = PLACE_NONE;
        else
            term_compose(term, trace->words[word], opcode);
    }
}

/* Whether a fact bounds a term: both are made of the same, and no bit of the term is missing. */
static bool is_about(const struct term *fact, const struct term *term)
{
    if (fact->place == PLACE_NONE || fact->place != term->place || fact->addend != term->addend ||
        fact->rotation != term->rotation || (term->mask & ~fact->mask) != 0)
        return false;
    return fact->place != PLACE_MEMORY ||
           (fact->base == term->base && fact->index == term->index &&
            fact->displacement == term->displacement && fact->width == term->width);
}

/* ---- states ---- */

/* Four times the index becomes the index as soon as it is seen to be a multiple of 4. */
static void scale(struct state *state)
{
    if (state->scaled != 0 || (state->term.mask & 3) != 0)
        return;
    state->scaled = 1;
    state->term.mask >>= 2;
    state->term.rotation = (state->term.rotation - 2) & 31;
}

static void learn(struct state *state, uint8_t place, uint32_t limit)
{
    for (uint32_t i = 0; i < FACTS_MAX; i++) {
        struct fact *fact = &state->facts[i];

        if (fact->term.place == PLACE_NONE) {
            fact->term = (struct term){.place = place, .mask = 0xffffffffu};
            fact->limit = limit;
            return;
        }
    }
}

/* What a compare of unsigned numbers tells whose result is known in part (PEM 4.2.1.2). */
static void learn_compare(struct state *state, uint32_t word)
{
    uint32_t less = 0x80000000u >> (word >> 23 & 7) * 4, greater = less >> 1, equal = less >> 2;
    uint32_t right = state->known & state->truth, wrong = state->known & ~state->truth;
    uint32_t number = word & 0xffff;

    if ((right & equal) != 0 || (wrong & greater) != 0)
        learn(state, (uint8_t)FIELD_A(word), number);
    else if ((right & less) != 0 && number != 0)
        learn(state, (uint8_t)FIELD_A(word), number - 1);
}

static void forget_conditions(struct state *state, const struct trace *trace, uint32_t word)
{
    enum opcode opcode = (enum opcode)trace->opcodes[word];
    struct effects effects;

    if (state->known == 0)
        return;
    if ((trace->marks[word] & MARK_CALL) != 0 || opcode == OPCODE_SC) {
        state->known &= CR_NONVOLATILE;
    } else {
        code_effects(trace->words[word], opcode, &effects);
        state->known &= ~effects.writes.condition;
    }
    state->truth &= state->known;
}

/* From behind an instruction to before it. */
static void step(struct state *state, const struct trace *trace, uint32_t word)
{
    term_step(&state->term, trace, word);
    scale(state);
    for (uint32_t i = 0; i < FACTS_MAX; i++) {
        if (state->facts[i].term.place != PLACE_NONE)
            term_step(&state->facts[i].term, trace, word);
    }
    if (state->known != 0 && trace->opcodes[word] == OPCODE_CMPLI)
        learn_compare(state, trace->words[word]);
    forget_conditions(state, trace, word);
}

/* Whether the path need not be followed further. */
static bool is_bounded(const struct state *state, uint32_t *limit)
{
    bool bounded = state->term.place == PLACE_NONE || state->term.mask == 0;

    *limit = state->term.mask;
    for (uint32_t i = 0; state->scaled != 0 && i < FACTS_MAX; i++) {
        if (is_about(&state->facts[i].term, &state->term)) {
            bounded = true;
            if (state->facts[i].limit < *limit)
                *limit = state->facts[i].limit;
        }
    }
    return bounded;
}

/* What it means that a branch was taken, or was not. False: with all that is known, it cannot be. */
static bool learn_branch(struct state *state, uint32_t word, enum opcode opcode, bool taken)
{
    uint32_t options = FIELD_T(word), bit = 0x80000000u >> FIELD_A(word);
    bool is_true = ((options & 8) != 0) == taken;

    if ((opcode != OPCODE_BC && opcode != OPCODE_BCLR && opcode != OPCODE_BCCTR) ||
        (options & 0x14) != 4)
        return true;
    if ((state->known & bit) != 0)
        return ((state->truth & bit) != 0) == is_true;
    state->known |= bit;
    state->truth = is_true ? state->truth | bit : state->truth & ~bit;
    return true;
}

/* ---- paths ---- */

static void put_aside(struct bounds *bounds, const struct state *state)
{
    for (uint32_t i = 0; i < bounds->n_seen; i++) {
        if (memcmp(&bounds->seen[i], state, sizeof *state) == 0)
            return;
    }
    if (bounds->n_seen == STATES_MAX)
        bounds->lost = true;
    else
        bounds->seen[bounds->n_seen++] = *state;
}

static bool finish(struct bounds *bounds, const struct state *state, uint32_t limit)
{
    if (state->scaled == 0)
        bounds->lost = true;
    else if (limit > bounds->limit)
        bounds->limit = limit;
    return false;
}

/*
 * Before the jump come the words that have made its target of the index, in their order, and branches
 * between them may know of it already. False if they come in another order: then it may be another
 * index, of another turn of a loop.
 */
static bool pass_chain(const struct value *entry, struct state *state)
{
    for (uint32_t i = 0; i < state->stage; i++) {
        if (entry->chain[i] != state->word)
            continue;
        if (i + 1 != state->stage)
            return false;
        if (--state->stage == 0)
            state->term.place = entry->place;
        return true;
    }
    return true;
}

/* From behind a word to before it; false where the path ends. */
static bool follow_back(struct bounds *bounds, struct state *state, uint32_t word)
{
    uint32_t limit;

    if (bounds->trace->budget == 0) {
        bounds->lost = true;
        return false;
    }
    bounds->trace->budget--;
    trace_note(bounds->trace, word);
    step(state, bounds->trace, word);
    state->word = word;
    if (state->stage != 0 && !pass_chain(bounds->entry, state))
        bounds->lost = true;
    return is_bounded(state, &limit) ? finish(bounds, state, limit) : true;
}

/* Whether control that falls from a word has not come by its branch. */
static bool falls_otherwise(const struct trace *trace, uint32_t word)
{
    return (trace->marks[word] & MARK_CALL) == 0 &&
           (trace->opcodes[word] != OPCODE_BC || (trace->words[word] & 0xfffc) != 4);
}

/* From a word to the one before it, which falls into it. */
static bool fall_back(struct bounds *bounds, struct state *state)
{
    const struct trace *trace = bounds->trace;
    uint32_t before = state->word - 1;

    if (falls_otherwise(trace, before) &&
        !learn_branch(state, trace->words[before], (enum opcode)trace->opcodes[before], false))
        return false;
    return follow_back(bounds, state, before);
}

/* Along the edges to a leader. */
static void branch_back(struct bounds *bounds, const struct state *state)
{
    const struct trace *trace = bounds->trace;

    for (uint32_t e = trace->arrivals[state->word]; e != NO_EDGE && !bounds->lost;
         e = trace->edges[e].next) {
        uint32_t from = trace->edges[e].from;
        struct state other = *state;

        if (from == NO_WORD)
            finish(bounds, state, state->term.mask);
        else if (learn_branch(&other, trace->words[from], (enum opcode)trace->opcodes[from],
                              true) &&
                 follow_back(bounds, &other, from))
            put_aside(bounds, &other);
    }
}

/* Back to the next leader or further, until the path ends. */
static void search_path(struct bounds *bounds, struct state state)
{
    const struct trace *trace = bounds->trace;

    for (bool first = true; !bounds->lost; first = false) {
        if ((trace->marks[state.word] & MARK_LEADER) != 0) {
            if (!first && trace->arrivals[state.word] != NO_EDGE) {
                put_aside(bounds, &state);
                return;
            }
            branch_back(bounds, &state);
        }
        if (!trace_is_fallen_into(trace, state.word) || !fall_back(bounds, &state))
            return;
    }
}

static void search_all(struct bounds *bounds, uint32_t jump)
{
    const struct value *entry = bounds->entry;
    struct state first = {.word = entry->word, .term = {.place = entry->place, .mask = ~0u}};

    if (entry->n_chain != CHAIN_UNKNOWN) {
        first.word = jump;
        first.stage = entry->n_chain;
        first.term.place = PLACE_LATER;
    }
    for (uint32_t i = 0; i < FACTS_MAX; i++)
        first.facts[i].term.place = PLACE_NONE;
    put_aside(bounds, &first);
    while (bounds->n_done < bounds->n_seen && !bounds->lost)
        search_path(bounds, bounds->seen[bounds->n_done++]);
}

bool bound_index(struct trace *trace, uint32_t jump, const struct value *entry, uint32_t *n)
{
    struct bounds *bounds = calloc(1, sizeof *bounds);
    bool bounded;

    if (bounds == NULL) {
        trace->no_memory = true;
        return false;
    }
    bounds->trace = trace;
    bounds->entry = entry;
    search_all(bounds, jump);
    *n = bounds->limit;
    bounded = !bounds->lost;
    free(bounds);
    return bounded;
}
