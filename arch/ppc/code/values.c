/* See values.h. */
#include "arch/ppc/code/values.h"

#include <string.h>

#include "arch/ppc/code/effects.h"

#define CHANGERS_MAX 8
#define DEPTH_MAX 12

#define FIELD_T(word) ((word) >> 21 & 31)
#define FIELD_A(word) ((word) >> 16 & 31)
#define FIELD_B(word) ((word) >> 11 & 31)
#define IMMEDIATE(word) ((uint32_t)(int16_t)(word))
#define UNSIGNED(word) ((word)&0xffff)

/* r0, r3 to r12: what a call may change. */
#define VOLATILE_REGISTERS 0x00001ff9u

/* Instructions whose results are being evaluated, from the first one on: one of them again is a loop. */
struct frame {
    const struct frame *above;
    uint32_t word;
    unsigned depth;
};

struct changers {
    uint32_t words[CHANGERS_MAX];
    uint32_t n;
    bool entry; /* it may also be unchanged since the procedure was entered */
    bool lost;  /* there are too many of them, or they are too far away */
};

/* ---- what changes a register ---- */

static bool call_changes(uint8_t place)
{
    return place >= PLACE_LR || (VOLATILE_REGISTERS >> place & 1) != 0;
}

bool value_is_changed(const struct trace *trace, uint8_t place, uint32_t word)
{
    uint32_t bits = trace->words[word];
    enum opcode opcode = (enum opcode)trace->opcodes[word];
    uint32_t odd = opcode_rows[opcode].traits & TRAIT_ODD;
    struct effects effects;

    if ((trace->marks[word] & MARK_CALL) != 0 || opcode == OPCODE_SC)
        return call_changes(place);
    if (place < PLACE_LR) {
        if (FIELD_T(bits) != place && FIELD_A(bits) != place && odd == 0)
            return false; /* wherever an instruction names what it changes, it names another */
        code_effects(bits, opcode, &effects);
        return (effects.writes.general >> place & 1) != 0;
    }
    if (odd == 0)
        return false;
    code_effects(bits, opcode, &effects);
    return (effects.writes.special & (place == PLACE_LR ? SPECIAL_LR : SPECIAL_CTR)) != 0;
}

static void add_changer(struct changers *changers, uint32_t word)
{
    if (changers->n == CHANGERS_MAX)
        changers->lost = true;
    else
        changers->words[changers->n++] = word;
}

static void push(struct trace *trace, uint32_t word)
{
    if (trace_grow(trace, &trace->pending, &trace->n_pending, sizeof *trace->pending))
        trace->pending[trace->n_pending.n++] = word;
}

/* The word from which control falls into this one; others are put aside. NO_WORD: none, or all was seen. */
static uint32_t step_back(struct trace *trace, uint32_t word, struct changers *changers)
{
    if ((trace->marks[word] & MARK_LEADER) != 0) {
        if (trace->stamps[word] == trace->stamp)
            return NO_WORD;
        trace->stamps[word] = trace->stamp;
        for (uint32_t e = trace->arrivals[word]; e != NO_EDGE; e = trace->edges[e].next) {
            if (trace->budget == 0)
                return NO_WORD;
            trace->budget--;
            if (trace->edges[e].from == NO_WORD)
                changers->entry = true;
            else
                push(trace, trace->edges[e].from);
        }
    }
    return trace_is_fallen_into(trace, word) ? word - 1 : NO_WORD;
}

/* The words that may have been the last to change a place before control gets to a word. */
static void find_changers(struct trace *trace, uint8_t place, uint32_t word,
                          struct changers *changers)
{
    memset(changers, 0, sizeof *changers);
    trace->stamp++;
    trace->n_pending.n = 0;
    word = step_back(trace, word, changers);
    while (!changers->lost) {
        if (word == NO_WORD) {
            if (trace->n_pending.n == 0)
                break;
            word = trace->pending[--trace->n_pending.n];
        }
        if (trace->budget == 0 || trace->no_memory) {
            changers->lost = true;
            break;
        }
        trace->budget--;
        if (value_is_changed(trace, place, word)) {
            add_changer(changers, word);
            word = NO_WORD;
        } else {
            word = step_back(trace, word, changers);
        }
    }
    changers->lost = changers->lost || trace->budget == 0;
    trace->n_pending.n = 0;
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

static struct value evaluate(struct trace *trace, uint8_t place, uint32_t word, const struct frame *frame);

/* The sum if one of them is constant. */
static bool add(const struct value *a, const struct value *b, struct value *sum)
{
    const struct value *known = a->kind == VALUE_CONSTANT ? a : b;

    if (known->kind != VALUE_CONSTANT)
        return false;
    *sum = known == a ? *b : *a;
    sum->offset += known->offset;
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

static bool load_indexed(struct trace *trace, uint32_t word, const struct frame *frame, struct value *value)
{
    uint32_t bits = trace->words[word], a = FIELD_A(bits);
    struct value address;

    return sum_registers(trace, a == 0 ? NO_WORD : a, FIELD_B(bits), word, frame, &address) &&
           load(trace, &address, value);
}

static bool load_displaced(struct trace *trace, uint32_t word, const struct frame *frame, struct value *value)
{
    uint32_t bits = trace->words[word], a = FIELD_A(bits);
    struct value address = constant(IMMEDIATE(bits)), base;

    if (a == 1 && IMMEDIATE(bits) == 0) { /* the back chain */
        *value = (struct value){.kind = VALUE_ENTRY, .place = 1, .word = NO_WORD};
        return true;
    }
    if (a != 0) {
        base = evaluate(trace, (uint8_t)a, word, frame);
        base.offset += IMMEDIATE(bits);
        address = base;
    }
    return load(trace, &address, value);
}

static bool add_immediate(struct trace *trace, uint32_t word, uint32_t immediate, const struct frame *frame,
                          struct value *value)
{
    uint32_t a = FIELD_A(trace->words[word]);

    *value = a == 0 ? constant(0) : evaluate(trace, (uint8_t)a, word, frame);
    value->offset += immediate;
    return true;
}

/* Operations on bits are evaluated for constants, but for those that copy. */
static bool operate(struct trace *trace, uint32_t word, const struct frame *frame, struct value *value)
{
    uint32_t bits = trace->words[word], immediate = UNSIGNED(bits), shift = FIELD_B(bits);
    enum opcode opcode = (enum opcode)trace->opcodes[word];

    *value = evaluate(trace, (uint8_t)FIELD_T(bits), word, frame);
    if (opcode == OPCODE_OR)
        return FIELD_T(bits) == FIELD_B(bits);
    if (opcode == OPCODE_ORI && immediate == 0)
        return true;
    if (value->kind != VALUE_CONSTANT)
        return false;
    if (opcode == OPCODE_ORI)
        value->offset |= immediate;
    else if (opcode == OPCODE_ORIS)
        value->offset |= immediate << 16;
    else
        value->offset = (value->offset << shift | value->offset >> (-shift & 31)) &
                        value_mask(bits >> 6 & 31, bits >> 1 & 31);
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

/* What an instruction leaves in a place that it changes. False if that cannot be said. */
static bool evaluate_changer(struct trace *trace, uint8_t place, uint32_t word, const struct frame *frame,
                             struct value *value)
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
    case OPCODE_RLWINM:
        return operate(trace, word, frame, value);
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
    case OPCODE_BC: /* no call, so the address behind it is wanted */
        *value = constant(trace_address(trace, word) + 4);
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
        all = one;
    }
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
