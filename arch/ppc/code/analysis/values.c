/* See values.h. */
#include "arch/ppc/code/analysis/values.h"

#include <string.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/operands.h"

#define DEPTH_MAX 12
#define LONG_SEARCH 32 /* steps */

#define UNSIGNED(word) ((word)&0xffff)

/* r0, r3 to r12: what a call may change. */
#define VOLATILE_REGISTERS 0x00001ff9u

/* Instructions whose results are being evaluated, from the first one on: one of them again is a loop. */
struct frame {
    const struct frame *above;
    uint32_t word;
    unsigned depth;
};

/* ---- what changes a register ---- */

static bool call_changes(uint8_t place)
{
    return place >= PLACE_LR || (VOLATILE_REGISTERS >> place & 1) != 0;
}

/* Whether it does to a general register what its operands do not say: lmw, lswi, lswx, sc. */
static inline bool is_odd(uint32_t opcode)
{
    return opcode == OPCODE_LMW || opcode == OPCODE_LSWI || opcode == OPCODE_LSWX ||
           opcode == OPCODE_SC;
}

/* Whether an instruction that is no call, or maybe one, can change a place. */
static inline bool may_change(const struct trace *trace, uint8_t place, uint32_t word)
{
    uint32_t bits = trace->words[word], opcode = trace->opcodes[word];

    if (place >= PLACE_LR)
        return (opcode_rows[opcode].traits & TRAIT_ODD) != 0 || opcode == OPCODE_SC;
    if (FIELD_T(bits) == place && (opcode_rows[opcode].roles & WRITES_T) != 0)
        return true;
    if (FIELD_A(bits) == place && (opcode_rows[opcode].roles & WRITES_A) != 0)
        return true;
    return is_odd(opcode);
}

bool value_is_changed(const struct trace *trace, uint8_t place, uint32_t word)
{
    enum opcode opcode = (enum opcode)trace->opcodes[word];
    struct effects effects;

    if ((trace->marks[word] & MARK_CALL) != 0 || opcode == OPCODE_SC)
        return call_changes(place);
    if (!may_change(trace, place, word))
        return false;
    code_effects(trace->words[word], opcode, &effects);
    if (place < PLACE_LR)
        return (effects.writes.general >> place & 1) != 0;
    return (effects.writes.special & (place == PLACE_LR ? SPECIAL_LR : SPECIAL_CTR)) != 0;
}

static void add_changer(struct changers *changers, uint32_t word)
{
    if (changers->n == CHANGERS_MAX)
        changers->lost = true;
    else
        changers->words[changers->n++] = word;
}

/*
 * A search stamps the last words of blocks that it has looked at with stamp - 1, and leaders whose
 * edges it has taken with stamp, so that it goes over each block once.
 */
static bool is_new(struct trace *trace, uint32_t word)
{
    if (trace->marks[word] >> MARK_END_SHIFT == 0)
        return true;
    if (trace->stamps[word] >= trace->stamp - 1)
        return false;
    trace->stamps[word] = trace->stamp - 1;
    return true;
}

/*
 * Puts aside the words from which control branches to this one. From outside it may come into the middle
 * with whatever registers hold there, which has nothing to do with what they held at the start.
 */
static void take_edges(struct trace *trace, uint32_t word, struct changers *changers)
{
    for (uint32_t e = trace->arrivals[word]; e != NO_EDGE && trace->budget != 0;
         e = trace->edges[e].next) {
        trace->budget--;
        if (trace->edges[e].from == NO_WORD && word == 0)
            changers->entry = true;
        else if (trace->edges[e].from == NO_WORD)
            changers->lost = true;
        else if (trace_grow(trace, &trace->pending, &trace->n_pending, sizeof *trace->pending))
            trace->pending[trace->n_pending.n++] = trace->edges[e].from;
    }
}

/* The word from which control falls into this one; NO_WORD: none, or all was seen. */
static uint32_t step_back(struct trace *trace, uint32_t word, struct changers *changers)
{
    if ((trace->marks[word] & MARK_LEADER) != 0) {
        if (trace->stamps[word] == trace->stamp)
            return NO_WORD;
        trace->stamps[word] = trace->stamp;
        take_edges(trace, word, changers);
    }
    return trace_is_fallen_into(trace, word) ? word - 1 : NO_WORD;
}

/* From a word back to the first one that needs a closer look. */
static uint32_t skip_back(struct trace *trace, uint8_t place, uint32_t word)
{
    uint32_t from = word, lowest = trace->budget < word ? word - trace->budget : 0, steps;

    while (word > lowest && trace->marks[word] == (MARK_REACHED | MARK_FALLS) &&
           !may_change(trace, place, word))
        word--;
    steps = from - word;
    trace->budget -= steps;
    return word;
}

/* Looks at a word and all from which control may have come there. NO_WORD: at those put aside only. */
static void search(struct trace *trace, uint8_t place, uint32_t word, struct changers *changers)
{
    while (!changers->lost && (word != NO_WORD || trace->n_pending.n != 0)) {
        if (word == NO_WORD)
            word = trace->pending[--trace->n_pending.n];
        if (word > trace->high)
            trace->high = word;
        word = skip_back(trace, place, word);
        if (word < trace->low)
            trace->low = word;
        if (trace->budget == 0 || trace->no_memory) {
            changers->lost = true;
        } else if (!is_new(trace, word)) {
            word = NO_WORD;
        } else if (value_is_changed(trace, place, word)) {
            add_changer(changers, word);
            word = NO_WORD;
        } else {
            word = step_back(trace, word, changers);
        }
        trace->budget -= trace->budget != 0;
    }
    changers->lost = changers->lost || trace->budget == 0;
    trace->n_pending.n = 0;
}

static void search_from(struct trace *trace, uint8_t place, uint32_t word,
                        struct changers *changers)
{
    uint32_t low = trace->low, high = trace->high;

    *changers = (struct changers){
        .place = place, .from = word, .version = trace->version, .n_edges = trace->n_edges.n};
    trace->low = trace->high = word;
    search(trace, place, word, changers);
    changers->low = trace->low;
    changers->high = trace->high;
    trace->low = low;
    trace->high = high;
}

/*
 * The base of a table is asked for twice, where it is loaded from and where the entry is added to it:
 * a long search is remembered, by the first word that it had to look at closely.
 */
static void search_once(struct trace *trace, uint8_t place, uint32_t word,
                        struct changers *changers)
{
    const struct changers *latest = &trace->latest;
    uint32_t budget = trace->budget;

    if (latest->place == place && latest->from == word && latest->version == trace->version &&
        latest->n_edges == trace->n_edges.n) {
        *changers = *latest;
    } else {
        search_from(trace, place, word, changers);
        if (budget - trace->budget > LONG_SEARCH && !changers->lost)
            trace->latest = *changers;
    }
    trace_note(trace, changers->low);
    trace_note(trace, changers->high);
}

/* The words that may have been the last to change a place before control gets to a word. */
static void find_changers(struct trace *trace, uint8_t place, uint32_t word,
                          struct changers *changers)
{
    trace_note(trace, word);
    trace->stamp += 2;
    trace->n_pending.n = 0;
    if ((trace->marks[word] & MARK_LEADER) == 0 && trace_is_fallen_into(trace, word)) {
        search_once(trace, place, skip_back(trace, place, word - 1), changers);
    } else {
        uint32_t before;

        memset(changers, 0, sizeof *changers);
        before = step_back(trace, word, changers);
        trace->stamps[word] = 0; /* control may come to it once more, in a loop */
        search(trace, place, before, changers);
    }
}

/* ---- what it changes it to ---- */

static struct value held(uint8_t place, uint32_t word)
{
    return (struct value){.kind = VALUE_HELD, .place = place, .word = word};
}

static struct value constant(uint32_t number)
{
    return (struct value){.kind = VALUE_CONSTANT, .word = NO_WORD, .offset = number};
}

static bool is_entry(const struct value *value, uint8_t place, uint32_t offset)
{
    return value->kind == VALUE_ENTRY && value->place == place && value->offset == offset;
}

static struct value evaluate(struct trace *trace, uint8_t place, uint32_t word,
                             const struct frame *frame);

/* The sum if one of them is constant. */
static bool add(const struct value *a, const struct value *b, struct value *sum)
{
    const struct value *known = a->kind == VALUE_CONSTANT ? a : b;

    if (known->kind != VALUE_CONSTANT)
        return false;
    *sum = known == a ? *b : *a;
    sum->offset += known->offset;
    sum->spilled = a->spilled || b->spilled;
    return true;
}

/* A word loaded from an address: a constant, one of a table of constants, or what the ABI keeps there. */
static bool load(struct trace *trace, const struct value *address, struct value *value)
{
    uint32_t number;

    if (is_entry(address, 1, 4)) {
        *value = (struct value){.kind = VALUE_ENTRY, .place = PLACE_LR, .word = NO_WORD};
        return true;
    }
    if ((address->kind != VALUE_CONSTANT && address->kind != VALUE_HELD) ||
        !trace->source->constant(trace->source->context, address->offset, &number))
        return false;
    if (address->kind == VALUE_CONSTANT) {
        *value = constant(number);
    } else {
        *value = *address;
        value->kind = VALUE_TABLE;
        value->table = address->offset;
        value->offset = 0;
    }
    return true;
}

/* Registers a + b, where a may be 0 for none. */
static bool sum_registers(struct trace *trace, uint32_t a, uint32_t b, uint32_t word,
                          const struct frame *frame, struct value *sum)
{
    struct value first = a == NO_WORD ? constant(0) : evaluate(trace, (uint8_t)a, word, frame);
    struct value second = evaluate(trace, (uint8_t)b, word, frame);

    return add(&first, &second, sum);
}

static bool load_indexed(struct trace *trace, uint32_t word, const struct frame *frame,
                         struct value *value)
{
    uint32_t bits = trace->words[word], a = FIELD_A(bits);
    struct value address;

    return sum_registers(trace, a == 0 ? NO_WORD : a, FIELD_B(bits), word, frame, &address) &&
           load(trace, &address, value);
}

/* ---- what is kept on the stack ---- */

static bool is_frame_register(uint32_t number)
{
    return number == 1 || number == 31;
}

/* Whether an instruction changes or names the word of the frame at a displacement. */
static bool touches_frame(const struct trace *trace, uint32_t word, uint32_t displacement)
{
    uint32_t bits = trace->words[word], distance = displacement - IMMEDIATE(bits);
    enum opcode opcode = (enum opcode)trace->opcodes[word];
    uint32_t width = opcode_rows[opcode].access >> ACCESS_WIDTH;

    if (opcode == OPCODE_ADDI)
        return distance == 0;
    if ((opcode_rows[opcode].access & ACCESS_STORE) == 0 || bits >> 26 == 31)
        return false;
    if (opcode == OPCODE_STMW)
        width = 4 * (32 - FIELD_T(bits));
    return distance < width || -distance < 4;
}

/* The one instruction that does so, if it stores a register there; else NO_WORD. */
static uint32_t find_store(struct trace *trace, uint32_t base, uint32_t displacement)
{
    uint32_t store = NO_WORD, cost = trace->n_words / 4;

    if (trace->budget <= cost)
        return NO_WORD;
    trace->budget -= cost;
    for (uint32_t i = 0; i < trace->n_words; i++) {
        if (!is_frame_register(FIELD_A(trace->words[i])) || (trace->marks[i] & MARK_REACHED) == 0 ||
            !touches_frame(trace, i, displacement))
            continue;
        if (store != NO_WORD || trace->opcodes[i] != OPCODE_STW ||
            FIELD_A(trace->words[i]) != base || IMMEDIATE(trace->words[i]) != displacement)
            return NO_WORD;
        store = i;
    }
    return store;
}

/* What the only instruction that stores to a word of the frame stores there. */
static bool load_spilled(struct trace *trace, uint32_t base, uint32_t displacement,
                         const struct frame *frame, struct value *value)
{
    uint32_t store = find_store(trace, base, displacement);

    if (store == NO_WORD)
        return false;
    *value = evaluate(trace, (uint8_t)FIELD_T(trace->words[store]), store, frame);
    value->spilled = true;
    return true;
}

static bool load_displaced(struct trace *trace, uint32_t word, const struct frame *frame,
                           struct value *value)
{
    uint32_t bits = trace->words[word], a = FIELD_A(bits);
    struct value address = constant(IMMEDIATE(bits)), base;

    if (a == 1 && IMMEDIATE(bits) == 0) { /* the back chain */
        *value = (struct value){.kind = VALUE_ENTRY, .place = 1, .word = NO_WORD};
        return true;
    }
    if (is_frame_register(a) && load_spilled(trace, a, IMMEDIATE(bits), frame, value))
        return true;
    if (a != 0) {
        base = evaluate(trace, (uint8_t)a, word, frame);
        base.offset += IMMEDIATE(bits);
        address = base;
    }
    return load(trace, &address, value);
}

static bool add_immediate(struct trace *trace, uint32_t word, uint32_t immediate,
                          const struct frame *frame, struct value *value)
{
    uint32_t a = FIELD_A(trace->words[word]);

    *value = a == 0 ? constant(0) : evaluate(trace, (uint8_t)a, word, frame);
    value->offset += immediate;
    return true;
}

/* Copies, and the lower half of a constant. */
static bool or_immediate(struct trace *trace, uint32_t word, const struct frame *frame,
                         struct value *value)
{
    uint32_t bits = trace->words[word];
    enum opcode opcode = (enum opcode)trace->opcodes[word];

    if (opcode == OPCODE_OR && FIELD_T(bits) != FIELD_B(bits))
        return false;
    *value = evaluate(trace, (uint8_t)FIELD_T(bits), word, frame);
    if (opcode == OPCODE_OR || (opcode == OPCODE_ORI && UNSIGNED(bits) == 0))
        return true;
    if (value->kind != VALUE_CONSTANT)
        return false;
    value->offset |= opcode == OPCODE_ORI ? UNSIGNED(bits) : UNSIGNED(bits) << 16;
    return true;
}

static bool move_from_special(struct trace *trace, uint32_t word, const struct frame *frame,
                              struct value *value)
{
    struct effects effects;

    code_effects(trace->words[word], OPCODE_MFSPR, &effects);
    if ((effects.reads.special & (SPECIAL_LR | SPECIAL_CTR)) == 0)
        return false;
    *value = evaluate(trace, (effects.reads.special & SPECIAL_LR) != 0 ? PLACE_LR : PLACE_CTR, word,
                      frame);
    return true;
}

/* A branch that links and is no call: what it leaves in LR is wanted (see trace.c). */
static uint32_t linked_address(const struct trace *trace, uint32_t word)
{
    vaddr_t next = trace_address(trace, word) + 4;
    struct successor successor;

    code_successor(trace->words[word], next - 4, &successor);
    return successor.target == next ? next : successor.target + 4;
}

/* What an instruction leaves in a place that it changes. False if that cannot be said. */
static bool evaluate_changer(struct trace *trace, uint8_t place, uint32_t word,
                             const struct frame *frame, struct value *value)
{
    uint32_t bits = trace->words[word];

    if ((trace->marks[word] & MARK_CALL) != 0)
        return false;
    switch (trace->opcodes[word]) {
    case OPCODE_ADDI:
        return add_immediate(trace, word, IMMEDIATE(bits), frame, value);
    case OPCODE_ADDIS:
        return add_immediate(trace, word, IMMEDIATE(bits) << 16, frame, value);
    case OPCODE_STWU:
        return add_immediate(trace, word, IMMEDIATE(bits), frame, value);
    case OPCODE_ADD:
        return sum_registers(trace, FIELD_A(bits), FIELD_B(bits), word, frame, value);
    case OPCODE_OR:
    case OPCODE_ORI:
    case OPCODE_ORIS:
        return or_immediate(trace, word, frame, value);
    case OPCODE_LWZ:
        return load_displaced(trace, word, frame, value);
    case OPCODE_LWZX:
        return load_indexed(trace, word, frame, value);
    case OPCODE_MFSPR:
        return move_from_special(trace, word, frame, value);
    case OPCODE_MTSPR:
        *value = evaluate(trace, (uint8_t)FIELD_T(bits), word, frame);
        return true;
    case OPCODE_B:
    case OPCODE_BC:
        *value = constant(linked_address(trace, word));
        return place == PLACE_LR;
    default:
        return false;
    }
}

static bool same(const struct value *a, const struct value *b)
{
    return a->kind == b->kind && a->place == b->place && a->word == b->word &&
           a->offset == b->offset && a->table == b->table;
}

/* Whether an instruction's result is being evaluated already, or too many others are. */
static bool is_too_deep(const struct frame *frame, uint32_t word)
{
    if (frame != NULL && frame->depth == DEPTH_MAX)
        return true;
    for (; frame != NULL; frame = frame->above) {
        if (frame->word == word)
            return true;
    }
    return false;
}

static void add_to_chain(struct value *value, uint32_t word)
{
    if (value->n_chain >= CHAIN_MAX)
        value->n_chain = CHAIN_UNKNOWN;
    else
        value->chain[value->n_chain++] = word;
}

static struct value evaluate(struct trace *trace, uint8_t place, uint32_t word,
                             const struct frame *frame)
{
    struct value all = {.kind = VALUE_ENTRY, .place = place, .word = NO_WORD}, one;
    struct changers changers;

    find_changers(trace, place, word, &changers);
    if (changers.lost || (changers.n == 0 && !changers.entry))
        return held(place, word);
    for (uint32_t i = 0; i < changers.n; i++) {
        struct frame next = {frame, changers.words[i], frame == NULL ? 1 : frame->depth + 1};

        if (is_too_deep(frame, changers.words[i]) ||
            !evaluate_changer(trace, place, changers.words[i], &next, &one) ||
            ((i > 0 || changers.entry) && !same(&all, &one)))
            return held(place, word);
        one.spilled = one.spilled || (i > 0 && all.spilled);
        all = one;
    }
    if (changers.n == 1)
        add_to_chain(&all, changers.words[0]);
    else
        all.n_chain = CHAIN_UNKNOWN;
    return all;
}

struct value value_before(struct trace *trace, uint8_t place, uint32_t word)
{
    return evaluate(trace, place, word, NULL);
}

bool value_made(struct trace *trace, uint8_t place, uint32_t word, struct value *value)
{
    struct frame frame = {NULL, word, 1};

    return evaluate_changer(trace, place, word, &frame, value);
}
