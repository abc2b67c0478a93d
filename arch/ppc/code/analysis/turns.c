/* See turns.h. */
#include "arch/ppc/code/analysis/turns.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/analysis/live.h"
#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/operands.h"

#define PAGE 4096u
#define NO_BLOCK UINT32_MAX
#define ADDRESSES_MAX 8
#define WORDS_MAX 24 /* of the frame that a turn is known to change */

/* A place is a general register, or a word of the frame by its offset. */
#define PLACE_OF_WORD(offset) ((offset) + 0x100000)

/* The sum of places as they are when the turn begins, each times a factor, and a constant. */
struct linear {
    bool known;
    uint8_t n;
    int32_t places[2];
    uint32_t factors[2]; /* not 0 */
    uint32_t constant;
};

struct compare {
    bool known, is_signed;
    struct linear a, b;
};

/* What has come of a turn before an instruction. */
struct turn {
    bool reached;
    bool
        lost; /* words of the frame that are not listed may hold anything; else what they did at first */
    uint8_t n_words;
    struct linear general[32];
    struct compare fields[8];
    struct {
        int32_t offset;
        struct linear linear;
    } words[WORDS_MAX];
};

struct checker {
    const struct flow *flow;
    const struct turns_terms *terms;
    uint32_t *order;     /* blocks in reverse postorder */
    uint32_t *rank;      /* of a block in it */
    uint32_t *dominator; /* of a block, the nearest */
    uint32_t *stack;     /* while they are put in order; how far successors have come */
    uint8_t *body;       /* whether a block is in the loop at hand */
    uint8_t *inner;      /* … in a loop inside it */
    uint32_t n;          /* blocks in order */
    struct turn *turns;  /* of blocks of the loop, before them */
    struct turn *end;    /* of a turn */
    /* Where a loop inside the loop at hand loads or stores first of all, in every turn. */
    struct linear addresses[ADDRESSES_MAX];
    unsigned n_addresses;
};

/* ---- sums ---- */

static const struct linear unknown = {.known = false};

static struct linear constant(uint32_t value)
{
    return (struct linear){.known = true, .constant = value};
}

static struct linear place(int32_t number)
{
    return (struct linear){.known = true, .n = 1, .places = {number}, .factors = {1}};
}

/* Adds factor * number to a sum; what has more than two places is unknown. */
static void add_term(struct linear *sum, int32_t number, uint32_t factor)
{
    for (unsigned i = 0; i < sum->n; i++) {
        if (sum->places[i] != number)
            continue;
        sum->factors[i] += factor;
        if (sum->factors[i] == 0) {
            sum->n--;
            sum->places[i] = sum->places[sum->n];
            sum->factors[i] = sum->factors[sum->n];
        }
        return;
    }
    if (factor == 0)
        return;
    if (sum->n == 2) {
        *sum = unknown;
        return;
    }
    sum->places[sum->n] = number;
    sum->factors[sum->n++] = factor;
}

/* a + factor * b */
static struct linear add(const struct linear *a, const struct linear *b, uint32_t factor)
{
    struct linear sum = *a;

    if (!a->known || !b->known)
        return unknown;
    sum.constant += factor * b->constant;
    for (unsigned i = 0; i < b->n && sum.known; i++)
        add_term(&sum, b->places[i], factor * b->factors[i]);
    return sum;
}

static bool same_term(const struct linear *a, const struct linear *b, unsigned i, unsigned k)
{
    return a->places[i] == b->places[k] && a->factors[i] == b->factors[k];
}

static bool equal(const struct linear *a, const struct linear *b)
{
    if (!a->known || !b->known)
        return a->known == b->known;
    if (a->n != b->n || a->constant != b->constant)
        return false;
    switch (a->n) {
    case 0:
        return true;
    case 1:
        return same_term(a, b, 0, 0);
    default:
        return (same_term(a, b, 0, 0) && same_term(a, b, 1, 1)) ||
               (same_term(a, b, 0, 1) && same_term(a, b, 1, 0));
    }
}

/* ---- words of the frame ---- */

static struct linear word_at(const struct turn *turn, int32_t offset)
{
    for (unsigned i = 0; i < turn->n_words; i++) {
        if (turn->words[i].offset == offset)
            return turn->words[i].linear;
    }
    return turn->lost || offset % 4 != 0 ? unknown : place(PLACE_OF_WORD(offset));
}

static void lose_frame(struct turn *turn)
{
    turn->lost = true;
    turn->n_words = 0;
}

static void put_word(struct turn *turn, int32_t offset, const struct linear *linear)
{
    unsigned i = 0;

    while (i < turn->n_words && turn->words[i].offset != offset)
        i++;
    if (i == WORDS_MAX) {
        lose_frame(turn);
        return;
    }
    turn->words[i].offset = offset;
    turn->words[i].linear = *linear;
    if (i == turn->n_words)
        turn->n_words++;
}

/* Of an access of `width` bytes that is no whole word. */
static void lose_words(struct turn *turn, int32_t offset, unsigned width)
{
    for (int32_t at = offset & ~3; at < offset + (int32_t)width; at += 4)
        put_word(turn, at, &unknown);
}

/* ---- turns ---- */

/* What is the same number whenever a turn begins is that. */
static void begin_turn(struct turn *turn, const struct held_state *held)
{
    turn->reached = true;
    turn->lost = false;
    turn->n_words = 0;
    memset(turn->fields, 0, sizeof turn->fields);
    for (int32_t n = 0; n < 32; n++) {
        const struct held *number = &held->places[n];
        bool exact = number->kind == HELD_NUMBER && number->low == number->high;

        turn->general[n] = exact ? constant(number->low) : place(n);
    }
}

static void join_words(struct turn *into, const struct turn *turn)
{
    for (unsigned i = 0; i < turn->n_words; i++) {
        struct linear own = word_at(into, turn->words[i].offset);

        if (!equal(&own, &turn->words[i].linear))
            put_word(into, turn->words[i].offset, &unknown);
    }
    for (unsigned i = 0; i < into->n_words; i++) {
        struct linear other = word_at(turn, into->words[i].offset);

        if (!equal(&into->words[i].linear, &other))
            into->words[i].linear = unknown;
    }
    if (turn->lost && !into->lost)
        into->lost = true;
}

static void join(struct turn *into, const struct turn *turn)
{
    if (!into->reached) {
        *into = *turn;
        return;
    }
    for (unsigned n = 0; n < 32; n++) {
        if (!equal(&into->general[n], &turn->general[n]))
            into->general[n] = unknown;
    }
    for (unsigned n = 0; n < 8; n++) {
        struct compare *a = &into->fields[n];
        const struct compare *b = &turn->fields[n];

        a->known = a->known && b->known && a->is_signed == b->is_signed && equal(&a->a, &b->a) &&
                   equal(&a->b, &b->b);
    }
    join_words(into, turn);
}

/* ---- instructions ---- */

static void lose_condition(struct turn *turn, uint32_t bits)
{
    for (unsigned n = 0; n < 8; n++) {
        if ((bits & CR_FIELD(n)) != 0)
            turn->fields[n].known = false;
    }
}

static void lose_general(struct turn *turn, uint32_t set)
{
    for (; set != 0; set &= set - 1)
        turn->general[__builtin_ctz(set)] = unknown;
}

static struct linear operand(const struct turn *turn, unsigned a)
{
    return a == 0 ? constant(0) : turn->general[a];
}

/* What a register instruction leaves in *target; unknown for most. */
static struct linear compute(const struct turn *turn, uint32_t word, enum opcode opcode)
{
    const struct linear *general = turn->general, zero = constant(0);
    const struct linear *s = &general[FIELD_T(word)], *a = &general[FIELD_A(word)],
                        *b = &general[FIELD_B(word)];
    struct linear sum = constant(opcode == OPCODE_ADDIS ? word << 16 : IMMEDIATE(word)), base;
    unsigned shift = FIELD_B(word);

    switch (opcode) {
    case OPCODE_ADDI:
    case OPCODE_ADDIS:
        base = operand(turn, FIELD_A(word));
        return add(&base, &sum, 1);
    case OPCODE_ADDIC:
    case OPCODE_ADDIC_RC:
        return add(a, &sum, 1);
    case OPCODE_ADD:
        return add(a, b, 1);
    case OPCODE_SUBF:
        return add(b, a, UINT32_MAX);
    case OPCODE_NEG:
        return add(&zero, a, UINT32_MAX);
    case OPCODE_MULLI:
        return add(&zero, a, IMMEDIATE(word));
    case OPCODE_OR:
        return FIELD_T(word) == FIELD_B(word) ? *s : unknown;
    case OPCODE_ORI:
        return (word & 0xffff) == 0 ? *s : unknown;
    case OPCODE_RLWINM: /* slwi */
        return (word >> 6 & 31) == 0 && (word >> 1 & 31) == 31 - shift ? add(&zero, s, 1u << shift)
                                                                       : unknown;
    default:
        return unknown;
    }
}

static bool is_logical(enum opcode opcode)
{
    return opcode == OPCODE_OR || opcode == OPCODE_ORI || opcode == OPCODE_RLWINM;
}

static bool records(uint32_t word, enum opcode opcode)
{
    const struct opcode_row *row = &opcode_rows[opcode];

    return (row->traits & TRAIT_RC_ALWAYS) != 0 ||
           ((row->modifiers & MODIFIER_RC) != 0 && (word & 1) != 0);
}

static void step_compare(struct turn *turn, uint32_t word, enum opcode opcode)
{
    struct compare *field = &turn->fields[word >> 23 & 7];

    field->a = turn->general[FIELD_A(word)];
    field->b = opcode == OPCODE_CMPI    ? constant(IMMEDIATE(word))
               : opcode == OPCODE_CMPLI ? constant(word & 0xffff)
                                        : turn->general[FIELD_B(word)];
    field->is_signed = opcode == OPCODE_CMP || opcode == OPCODE_CMPI;
    field->known = true;
}

static bool is_compare(enum opcode opcode)
{
    return opcode == OPCODE_CMP || opcode == OPCODE_CMPI || opcode == OPCODE_CMPL ||
           opcode == OPCODE_CMPLI;
}

static void step_register(struct turn *turn, const struct effects *effects, uint32_t word,
                          enum opcode opcode)
{
    struct linear result = compute(turn, word, opcode);
    unsigned target = is_logical(opcode) ? FIELD_A(word) : FIELD_T(word);

    lose_general(turn, effects->writes.general);
    lose_condition(turn, effects->writes.condition);
    if (effects->writes.general == 1u << target)
        turn->general[target] = result;
    if (records(word, opcode))
        turn->fields[0] = (struct compare){result.known, true, result, constant(0)};
    if (is_compare(opcode))
        step_compare(turn, word, opcode);
}

static bool is_call(const struct effects *effects, enum opcode opcode)
{
    return (effects->writes.special & SPECIAL_LR) != 0 && opcode != OPCODE_MTSPR;
}

/* The address of an access. */
static struct linear address_of(const struct turn *turn, const struct memory_access *memory)
{
    struct linear at = constant((uint32_t)(int32_t)memory->displacement);

    if (memory->base != NO_REGISTER)
        at = add(&at, &turn->general[memory->base], 1);
    if (memory->index != NO_REGISTER)
        at = add(&at, &turn->general[memory->index], 1);
    return at;
}

/* What a store leaves of the words that it may be to. */
static void lose_stored(struct turn *turn, const struct held_state *held,
                        const struct memory_access *memory, uint32_t word, enum opcode opcode)
{
    int32_t offset;

    if (!held_frame_access(held, word, opcode, &offset))
        lose_frame(turn);
    else
        lose_words(turn, offset, opcode == OPCODE_STMW ? 4 * (32 - FIELD_T(word)) : memory->width);
}

static void step_store(struct turn *turn, const struct held_state *held,
                       const struct memory_access *memory, uint32_t word, enum opcode opcode)
{
    int32_t offset;

    if (memory->width == 4 && opcode != OPCODE_STMW && opcode != OPCODE_STWBRX &&
        opcode != OPCODE_STSWI && held_frame_access(held, word, opcode, &offset) && offset % 4 == 0)
        put_word(turn, offset, &turn->general[FIELD_T(word)]);
    else
        lose_stored(turn, held, memory, word, opcode);
}

static void step_memory(struct turn *turn, const struct held_state *held,
                        const struct effects *effects, uint32_t word, enum opcode opcode)
{
    const struct memory_access *memory = &effects->memory;
    struct linear at = address_of(turn, memory), result = unknown;
    int32_t offset;

    if (memory->direction == MEMORY_STORE)
        step_store(turn, held, memory, word, opcode);
    else if (memory->width == 4 && opcode != OPCODE_LMW && opcode != OPCODE_LWBRX &&
             held_frame_access(held, word, opcode, &offset))
        result = word_at(turn, offset);
    lose_general(turn, effects->writes.general);
    if (memory->direction == MEMORY_LOAD && (effects->writes.general >> FIELD_T(word) & 1) != 0)
        turn->general[FIELD_T(word)] = result;
    if (memory->update)
        turn->general[memory->base] = at;
}

/* A call; LR goes into a word of the frame of who calls. */
static void step_call(struct turn *turn, const struct held_state *held)
{
    const struct register_set *kept = registers_nonvolatile();

    lose_general(turn, ~kept->general);
    lose_condition(turn, ~kept->condition);
    put_word(turn, (int32_t)held->places[1].low + 4, &unknown);
}

static void lose_all(struct turn *turn)
{
    lose_general(turn, UINT32_MAX);
    lose_condition(turn, UINT32_MAX);
    lose_frame(turn);
}

static void step(struct checker *c, struct turn *turn, struct held_state *held, uint32_t i,
                 vaddr_t address)
{
    uint32_t word = c->flow->words[i];
    enum opcode opcode = (enum opcode)c->flow->opcodes[i];
    struct effects effects;

    code_effects(word, opcode, &effects);
    if (is_call(&effects, opcode))
        step_call(turn, held);
    else if (effects.memory.direction != MEMORY_NONE)
        step_memory(turn, held, &effects, word, opcode);
    else
        step_register(turn, &effects, word, opcode);
    if ((effects.writes.general & 1u << 1) != 0) /* below the stack, interrupts store */
        lose_frame(turn);
    if (!c->terms->step(c->terms->context, held, i, address))
        lose_all(turn);
}

static uint32_t first_word(const struct flow *flow, const struct block *block)
{
    const struct part *part = flow->parts;

    while (block->start - part->start >= part->end - part->start)
        part++;
    return part->first_word + (block->start - part->start) / 4;
}

/* ---- order and dominators ---- */

static void put_in_order(struct checker *c, uint32_t start)
{
    const struct flow *flow = c->flow;
    uint32_t depth = 0, last = flow->n_blocks;

    for (uint32_t i = 0; i < flow->n_blocks; i++)
        c->rank[i] = NO_BLOCK;
    c->rank[start] = 0;
    c->stack[depth++] = start;
    memset(c->dominator, 0, flow->n_blocks * sizeof *c->dominator); /* successors that were seen */
    while (depth > 0) {
        uint32_t number = c->stack[depth - 1];
        const struct block *block = &flow->blocks[number];

        if (c->dominator[number] == block->n_successors) {
            c->order[--last] = number;
            depth--;
        } else {
            uint32_t to = flow->successors[block->first_successor + c->dominator[number]++];

            if (c->rank[to] == NO_BLOCK) {
                c->rank[to] = 0;
                c->stack[depth++] = to;
            }
        }
    }
    c->n = flow->n_blocks - last;
    memmove(c->order, c->order + last, c->n * sizeof *c->order);
    for (uint32_t i = 0; i < c->n; i++)
        c->rank[c->order[i]] = i;
}

static uint32_t meet(const struct checker *c, uint32_t a, uint32_t b)
{
    while (a != b) {
        if (c->rank[a] > c->rank[b])
            a = c->dominator[a];
        else
            b = c->dominator[b];
    }
    return a;
}

static bool find_dominator(struct checker *c, uint32_t number)
{
    const struct block *block = &c->flow->blocks[number];
    uint32_t found = NO_BLOCK;

    for (uint32_t i = 0; i < block->n_predecessors; i++) {
        uint32_t from = c->flow->predecessors[block->first_predecessor + i];

        if (c->rank[from] != NO_BLOCK && c->dominator[from] != NO_BLOCK)
            found = found == NO_BLOCK ? from : meet(c, found, from);
    }
    if (found == c->dominator[number])
        return false;
    c->dominator[number] = found;
    return true;
}

/* Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm", 2001. */
static void find_dominators(struct checker *c)
{
    bool changed = true;

    for (uint32_t i = 0; i < c->flow->n_blocks; i++)
        c->dominator[i] = NO_BLOCK;
    c->dominator[c->order[0]] = c->order[0];
    while (changed) {
        changed = false;
        for (uint32_t i = 1; i < c->n; i++)
            changed |= find_dominator(c, c->order[i]);
    }
}

static bool dominates(const struct checker *c, uint32_t a, uint32_t b)
{
    while (c->rank[b] > c->rank[a])
        b = c->dominator[b];
    return a == b;
}

/* ---- loops ---- */

static bool is_back(const struct checker *c, uint32_t from, uint32_t to)
{
    return c->rank[from] != NO_BLOCK && c->rank[to] <= c->rank[from];
}

/* The blocks of the loop that begins at a header: all from which control gets back there without leaving. */
static void find_body(struct checker *c, uint32_t header, uint8_t *body)
{
    const struct flow *flow = c->flow;
    uint32_t depth = 0;

    memset(body, 0, flow->n_blocks);
    body[header] = 1;
    c->stack[depth++] = header;
    while (depth > 0) {
        uint32_t number = c->stack[--depth];
        const struct block *block = &flow->blocks[number];

        for (uint32_t i = 0; i < block->n_predecessors; i++) {
            uint32_t from = flow->predecessors[block->first_predecessor + i];

            if (c->rank[from] == NO_BLOCK || body[from] != 0 ||
                (number == header && !is_back(c, from, header)))
                continue;
            body[from] = 1;
            c->stack[depth++] = from;
        }
    }
}

/* Whether a block ends a turn of the loop that begins at the header. */
static bool ends_turn(const struct checker *c, uint32_t from, uint32_t header)
{
    const struct block *block = &c->flow->blocks[from];

    for (uint32_t i = 0; i < block->n_successors; i++) {
        if (c->flow->successors[block->first_successor + i] == header && is_back(c, from, header))
            return true;
    }
    return false;
}

static bool is_header(const struct checker *c, uint32_t number)
{
    const struct block *block = &c->flow->blocks[number];

    for (uint32_t i = 0; i < block->n_predecessors; i++) {
        if (is_back(c, c->flow->predecessors[block->first_predecessor + i], number))
            return true;
    }
    return false;
}

/* Whether a block is gone through in every turn. */
static bool is_in_each_turn(const struct checker *c, uint32_t number, uint32_t header)
{
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t from = c->order[i];

        if (c->body[from] != 0 && ends_turn(c, from, header) && !dominates(c, number, from))
            return false;
    }
    return true;
}

/* ---- one turn ---- */

/* What a block of a loop inside the loop at hand may change. */
static void lose_changed(struct checker *c, uint32_t number, struct turn *turn)
{
    const struct block *block = &c->flow->blocks[number];
    struct held_state held = c->terms->states[number];
    uint32_t first = first_word(c->flow, block);

    for (uint32_t k = 0; k < block->n_words; k++) {
        uint32_t word = c->flow->words[first + k];
        enum opcode opcode = (enum opcode)c->flow->opcodes[first + k];
        struct effects effects;

        code_effects(word, opcode, &effects);
        lose_general(turn, effects.writes.general);
        if (is_call(&effects, opcode))
            step_call(turn, &held);
        if (effects.memory.direction == MEMORY_STORE)
            lose_stored(turn, &held, &effects.memory, word, opcode);
        if ((effects.writes.general & 1u << 1) != 0)
            lose_frame(turn);
        if (!c->terms->step(c->terms->context, &held, first + k, block->start + 4 * k))
            lose_all(turn);
    }
}

/* What is known of a turn where a loop inside begins. */
static void lose_inner(struct checker *c, uint32_t header, struct turn *turn)
{
    find_body(c, header, c->inner);
    for (uint32_t i = 0; i < c->flow->n_blocks; i++) {
        if (c->inner[i] != 0 && c->flow->blocks[i].n_words != 0)
            lose_changed(c, i, turn);
    }
    lose_condition(turn, UINT32_MAX);
}

/* Goes over the first n words of a block. */
static void step_block(struct checker *c, uint32_t number, uint32_t n, struct turn *turn,
                       struct held_state *held)
{
    const struct block *block = &c->flow->blocks[number];
    uint32_t first = n == 0 ? 0 : first_word(c->flow, block);

    for (uint32_t k = 0; k < n; k++)
        step(c, turn, held, first + k, block->start + 4 * k);
}

static void hand_on(struct checker *c, uint32_t header, uint32_t number, const struct turn *turn)
{
    const struct block *block = &c->flow->blocks[number];

    for (uint32_t i = 0; i < block->n_successors; i++) {
        uint32_t to = c->flow->successors[block->first_successor + i];

        if (to == header)
            join(c->end, turn);
        else if (c->body[to] != 0 && !is_back(c, number, to))
            join(&c->turns[to], turn);
    }
}

/* What is known of the first turn of a loop inside, of which it loses what further ones change. */
static void note_addresses(struct checker *c, uint32_t number)
{
    const struct block *block = &c->flow->blocks[number];
    struct held_state held = c->terms->states[number];
    struct turn turn = c->turns[number];
    uint32_t first = first_word(c->flow, block);

    for (uint32_t k = 0; k < block->n_words && c->n_addresses < ADDRESSES_MAX; k++) {
        enum opcode opcode = (enum opcode)c->flow->opcodes[first + k];
        struct effects effects;

        code_effects(c->flow->words[first + k], opcode, &effects);
        if (effects.memory.direction != MEMORY_NONE && effects.memory.width != 0)
            c->addresses[c->n_addresses++] = address_of(&turn, &effects.memory);
        step(c, &turn, &held, first + k, block->start + 4 * k);
    }
}

static void enter_inner(struct checker *c, uint32_t header, uint32_t number)
{
    if (c->flow->blocks[number].n_words != 0 && is_in_each_turn(c, number, header))
        note_addresses(c, number);
    lose_inner(c, number, &c->turns[number]);
}

/* Evaluates a turn: before each block, and at its end. */
static void make_turn(struct checker *c, uint32_t header)
{
    c->n_addresses = 0;
    for (uint32_t i = 0; i < c->flow->n_blocks; i++)
        c->turns[i].reached = false;
    c->end->reached = false;
    begin_turn(&c->turns[header], &c->terms->states[header]);
    for (uint32_t i = c->rank[header]; i < c->n; i++) {
        uint32_t number = c->order[i];
        struct held_state held;
        struct turn turn;

        if (c->body[number] == 0)
            continue;
        if (number != header && is_header(c, number))
            enter_inner(c, header, number);
        held = c->terms->states[number];
        turn = c->turns[number];
        step_block(c, number, c->flow->blocks[number].n_words, &turn, &held);
        hand_on(c, header, number, &turn);
    }
}

/* ---- what a turn gains ---- */

/* What a place gains in each turn. False: that is not always the same. */
static bool gain_of_place(const struct checker *c, int32_t number, uint32_t *gain)
{
    struct linear end =
        number < 32 ? c->end->general[number] : word_at(c->end, number - PLACE_OF_WORD(0));

    *gain = end.constant;
    return end.known && end.n == 1 && end.places[0] == number && end.factors[0] == 1;
}

static bool gain_of(const struct checker *c, const struct linear *linear, uint32_t *gain)
{
    *gain = 0;
    if (!linear->known)
        return false;
    for (unsigned i = 0; i < linear->n; i++) {
        uint32_t own;

        if (!gain_of_place(c, linear->places[i], &own))
            return false;
        *gain += linear->factors[i] * own;
    }
    return true;
}

/* ---- tests that leave the loop ---- */

/* When the loop is left: if a is so to b. */
enum relation { LESS, NOT_LESS, GREATER, NOT_GREATER, EQUAL, NOT_EQUAL };

static enum relation turned_round(enum relation relation)
{
    static const uint8_t round[] = {GREATER, NOT_GREATER, LESS, NOT_LESS, EQUAL, NOT_EQUAL};

    return (enum relation)round[relation];
}

/* The values that differ by multiples of the largest power of two in the gain are all taken. */
static uint32_t distance_of(uint32_t gain)
{
    return gain & -gain;
}

/* a, which gains what is not 0, is compared with b. */
static bool is_met(const struct compare *compare, enum relation relation, uint32_t gain)
{
    uint32_t distance = distance_of(gain), least = compare->is_signed ? 0x80000000u : 0;
    bool fixed = compare->b.known && compare->b.n == 0;
    uint32_t below = compare->b.constant - least, above = ~below; /* how many values are */

    switch (relation) {
    case NOT_LESS:
        return distance == 1 || (fixed && above >= distance - 1);
    case NOT_GREATER:
        return distance == 1 || (fixed && below >= distance - 1);
    case LESS:
        return fixed && below >= distance;
    case GREATER:
        return fixed && above >= distance;
    default:
        return false;
    }
}

static bool is_equality_met(const struct checker *c, const struct compare *compare,
                            enum relation relation)
{
    struct linear difference = add(&compare->a, &compare->b, UINT32_MAX);
    uint32_t gain;

    if (!gain_of(c, &difference, &gain) || gain == 0)
        return false;
    return relation == NOT_EQUAL || (gain & 1) != 0;
}

static bool leaves_sometime(const struct checker *c, const struct compare *compare,
                            enum relation relation)
{
    struct compare round = {compare->known, compare->is_signed, compare->b, compare->a};
    uint32_t gain;

    if (!compare->known)
        return false;
    if (relation == EQUAL || relation == NOT_EQUAL)
        return is_equality_met(c, compare, relation);
    if (gain_of(c, &compare->a, &gain) && gain != 0 && is_met(compare, relation, gain))
        return true;
    return gain_of(c, &compare->b, &gain) && gain != 0 &&
           is_met(&round, turned_round(relation), gain);
}

#define BO_NO_CONDITION 0x10
#define BO_TRUE 0x08
#define BO_NO_COUNT 0x04
#define BO_ZERO 0x02

static bool is_conditional(enum opcode opcode)
{
    return opcode == OPCODE_BC || opcode == OPCODE_BCLR;
}

/* Whether a branch that is taken, or not taken, stays in the loop. */
static bool stays(const struct checker *c, const struct block *block, uint32_t word, bool taken)
{
    uint32_t number = (uint32_t)(block - c->flow->blocks);
    const struct block *to = block + 1;
    struct successor successor;

    if (taken) {
        code_successor(word, block->start + 4 * (block->n_words - 1), &successor);
        if (successor.transfer != TRANSFER_DIRECT)
            return false;
        to = flow_block_at(c->flow, successor.target);
        return to != NULL && c->body[to - c->flow->blocks] != 0;
    }
    for (uint32_t i = 0; i < block->n_successors; i++) {
        if (c->flow->blocks[c->flow->successors[block->first_successor + i]].start ==
            block->start + 4 * block->n_words)
            return c->body[c->flow->successors[block->first_successor + i]] != 0;
    }
    return block->falls && c->body[number + 1] != 0;
}

/* A branch on a condition alone. */
static bool is_leaving_test(const struct checker *c, const struct block *block, uint32_t word,
                            const struct turn *turn)
{
    unsigned bo = FIELD_T(word), bi = FIELD_A(word);
    bool stays_taken = stays(c, block, word, true), stays_fallen = stays(c, block, word, false);
    bool leaves_if_true;

    if ((bo & (BO_NO_CONDITION | BO_NO_COUNT)) != BO_NO_COUNT || stays_taken == stays_fallen ||
        bi % 4 == 3)
        return false;
    leaves_if_true = ((bo & BO_TRUE) != 0) == !stays_taken;
    return leaves_sometime(c, &turn->fields[bi / 4],
                           (enum relation)(2 * (bi % 4) + (leaves_if_true ? 0 : 1)));
}

static bool writes_counter(const struct checker *c, uint32_t number)
{
    const struct block *block = &c->flow->blocks[number];
    uint32_t first = block->n_words == 0 ? 0 : first_word(c->flow, block);
    bool writes = false;

    for (uint32_t k = first; k < first + block->n_words; k++) {
        enum opcode opcode = (enum opcode)c->flow->opcodes[k];
        struct effects effects;

        code_effects(c->flow->words[k], opcode, &effects);
        writes |= (effects.writes.special & SPECIAL_CTR) != 0 || is_call(&effects, opcode);
    }
    return writes;
}

/* Whether one branch alone writes CTR, by counting. */
static bool is_only_count(const struct checker *c, const struct block *block)
{
    uint32_t first = first_word(c->flow, block);

    for (uint32_t i = 0; i < c->flow->n_blocks; i++) {
        if (c->body[i] != 0 && &c->flow->blocks[i] != block && writes_counter(c, i))
            return false;
    }
    for (uint32_t k = first; k < first + block->n_words - 1; k++) {
        enum opcode opcode = (enum opcode)c->flow->opcodes[k];
        struct effects effects;

        code_effects(c->flow->words[k], opcode, &effects);
        if ((effects.writes.special & SPECIAL_CTR) != 0 || is_call(&effects, opcode))
            return false;
    }
    return true;
}

/* A branch that counts, and leaves the loop whenever CTR has come to 0. */
static bool is_leaving_count(const struct checker *c, const struct block *block, uint32_t word)
{
    unsigned bo = FIELD_T(word);

    if ((bo & BO_NO_COUNT) != 0)
        return false;
    if ((bo & BO_ZERO) != 0)
        return (bo & BO_NO_CONDITION) != 0 && !stays(c, block, word, true) &&
               is_only_count(c, block);
    return !stays(c, block, word, false) && is_only_count(c, block);
}

/* ---- what ends a loop ---- */

static bool is_moving(const struct checker *c, const struct linear *address)
{
    uint32_t gain;

    return gain_of(c, address, &gain) && gain != 0 && (gain <= PAGE || -gain <= PAGE);
}

static bool moves_on(const struct checker *c, const struct turn *turn, uint32_t word,
                     enum opcode opcode)
{
    struct effects effects;
    struct linear at;

    code_effects(word, opcode, &effects);
    if (effects.memory.direction == MEMORY_NONE || effects.memory.width == 0)
        return false;
    at = address_of(turn, &effects.memory);
    return is_moving(c, &at);
}

/* Whether a block, which every turn goes through, sees to it that there are not always more. */
static bool ends_loop(struct checker *c, uint32_t number)
{
    const struct block *block = &c->flow->blocks[number];
    struct held_state held = c->terms->states[number];
    struct turn turn = c->turns[number];
    uint32_t first = first_word(c->flow, block), last = first + block->n_words - 1;
    enum opcode branch = (enum opcode)c->flow->opcodes[last];

    for (uint32_t k = first; k < last; k++) {
        if (moves_on(c, &turn, c->flow->words[k], (enum opcode)c->flow->opcodes[k]))
            return true;
        step(c, &turn, &held, k, block->start + 4 * (k - first));
    }
    if (!is_conditional(branch))
        return moves_on(c, &turn, c->flow->words[last], branch);
    return is_leaving_count(c, block, c->flow->words[last]) ||
           is_leaving_test(c, block, c->flow->words[last], &turn);
}

static bool is_ended(struct checker *c, uint32_t header)
{
    find_body(c, header, c->body);
    make_turn(c, header);
    for (unsigned i = 0; i < c->n_addresses; i++) {
        if (is_moving(c, &c->addresses[i]))
            return true;
    }
    for (uint32_t i = c->rank[header]; i < c->n; i++) {
        uint32_t number = c->order[i];

        if (c->body[number] != 0 && c->flow->blocks[number].n_words != 0 &&
            is_in_each_turn(c, number, header) && ends_loop(c, number))
            return true;
    }
    return false;
}

static vaddr_t last_of(const struct block *block)
{
    return block->start + 4 * (block->n_words - 1);
}

/* The branch that ends a turn of the loop that begins at a block, if it may not end; else 0. */
static vaddr_t check_header(struct checker *c, uint32_t header)
{
    const struct block *block = &c->flow->blocks[header];
    vaddr_t site = 0;

    for (uint32_t i = 0; i < block->n_predecessors; i++) {
        uint32_t from = c->flow->predecessors[block->first_predecessor + i];

        if (!is_back(c, from, header))
            continue;
        site = last_of(&c->flow->blocks[from]);
        if (!dominates(c, header, from))
            return site;
    }
    return site == 0 || is_ended(c, header) ? 0 : site;
}

static void check(struct checker *c, uint32_t start, vaddr_t *site)
{
    *site = 0;
    put_in_order(c, start);
    find_dominators(c);
    for (uint32_t i = 0; i < c->n && *site == 0; i++)
        *site = check_header(c, c->order[i]);
}

static bool has_way_back(const struct flow *flow)
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

bool turns_check(const struct flow *flow, const struct turns_terms *terms, vaddr_t *site)
{
    const struct block *start = flow_block_at(flow, flow->procedure.start);
    size_t n = flow->n_blocks;
    struct checker c = {.flow = flow, .terms = terms};

    *site = 0;
    if (!has_way_back(flow) || start == NULL)
        return true;
    c.turns = malloc((n + 1) * sizeof *c.turns + 4 * n * sizeof *c.order + 2 * n);
    if (c.turns == NULL)
        return false;
    c.end = c.turns + n;
    c.order = (uint32_t *)(c.end + 1);
    c.rank = c.order + n;
    c.dominator = c.rank + n;
    c.stack = c.dominator + n;
    c.body = (uint8_t *)(c.stack + n);
    c.inner = c.body + n;
    check(&c, (uint32_t)(start - flow->blocks), site);
    free(c.turns);
    return true;
}
