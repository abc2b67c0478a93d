/* See unwind_state.h. */
#include "arch/ppc/code/analysis/unwind_state.h"

#include <stddef.h>

#include "arch/ppc/code/analysis/unwind_routine.h"
#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/operands.h"
#include "arch/ppc/registers.h"

#define SP 1
#define VOLATILE 0x1ff9u /* general registers that a call may change: r0, r3 to r12 */
#define NUMBER_MAX 0x0fffffff
#define FIELD_FXM(word) ((word) >> 12 & 0xff)
#define ONE_FIELD 0x00100000u /* in mfcr and mtcrf: mfocrf, mtocrf */

static const struct unwind_value unknown = {.kind = HOLDS_UNKNOWN};

static struct unwind_value holds(enum unwind_kind kind, int64_t n)
{
    if (n < -NUMBER_MAX || n > NUMBER_MAX)
        return unknown;
    return (struct unwind_value){.kind = kind, .n = (int32_t)n};
}

static bool equal(struct unwind_value a, struct unwind_value b)
{
    return a.kind == b.kind && a.n == b.n;
}

static struct unwind_value sum(struct unwind_value a, struct unwind_value b)
{
    if (a.kind == HOLDS_NUMBER && (b.kind == HOLDS_NUMBER || b.kind == HOLDS_STACK))
        return holds((enum unwind_kind)b.kind, (int64_t)a.n + b.n);
    if (a.kind == HOLDS_STACK && b.kind == HOLDS_NUMBER)
        return holds(HOLDS_STACK, (int64_t)a.n + b.n);
    return unknown;
}

/* b - a, as subf has its operands. */
static struct unwind_value difference(struct unwind_value a, struct unwind_value b)
{
    if (a.kind != HOLDS_NUMBER)
        return a.kind == HOLDS_STACK && b.kind == HOLDS_STACK
                   ? holds(HOLDS_NUMBER, (int64_t)b.n - a.n)
                   : unknown;
    return sum(b, holds(HOLDS_NUMBER, -(int64_t)a.n));
}

/* ---- the stack ---- */

/* What a register may be put to that is worth a slot. */
static unsigned entry_of(struct unwind_value value)
{
    if (value.kind == HOLDS_FIELDS)
        return ENTRY_CR;
    return value.kind == HOLDS_ENTRY ? (unsigned)value.n : N_ENTRIES;
}

/* Bytes are overwritten. */
static void lose_slots(struct unwind_state *state, int32_t at, unsigned width)
{
    for (unsigned i = 0; i < N_ENTRIES; i++)
        if (state->slots[i] != NO_SLOT && state->slots[i] + 4 > at &&
            state->slots[i] < at + (int32_t)width)
            state->slots[i] = NO_SLOT;
}

/* Below the stack pointer everything belongs to who is called; and two words above it, but that the first is not written. */
static void lose_below(struct unwind_state *state)
{
    if (state->holders[SP].kind != HOLDS_STACK)
        return;
    for (unsigned i = 0; i < N_ENTRIES; i++)
        if (state->slots[i] != NO_SLOT && state->slots[i] < state->holders[SP].n + 8)
            state->slots[i] = NO_SLOT;
}

/* What is saved twice counts where it was put first: that is where it will be loaded from. */
static void put_word(struct unwind_state *state, int32_t at, struct unwind_value value)
{
    unsigned entry = entry_of(value);

    lose_slots(state, at, 4);
    if (equal(state->holders[SP], holds(HOLDS_STACK, at)))
        state->holders[HOLDER_CHAIN] = value;
    if (entry == N_ENTRIES || at <= INT16_MIN || at > INT16_MAX)
        return;
    if (entry == ENTRY_CR && state->slots[entry] != NO_SLOT && (value.n & ~state->slot_fields) == 0)
        return;
    if (entry != ENTRY_CR && state->slots[entry] != NO_SLOT)
        return;
    state->slots[entry] = (int16_t)at;
    if (entry == ENTRY_CR)
        state->slot_fields = (uint8_t)value.n;
}

static struct unwind_value word_at(const struct unwind_state *state, int32_t at)
{
    if (equal(state->holders[SP], holds(HOLDS_STACK, at)))
        return state->holders[HOLDER_CHAIN];
    for (unsigned i = 0; i < N_ENTRIES; i++)
        if (state->slots[i] == at)
            return i == ENTRY_CR ? holds(HOLDS_FIELDS, state->slot_fields) : holds(HOLDS_ENTRY, i);
    return unknown;
}

/* ---- memory ---- */

static struct unwind_value address_of(const struct unwind_state *state,
                                      const struct memory_access *memory)
{
    struct unwind_value at = holds(HOLDS_NUMBER, 0);

    if (memory->base != NO_REGISTER)
        at = state->holders[memory->base];
    if (memory->index != NO_REGISTER)
        at = sum(at, state->holders[memory->index]);
    return sum(at, holds(HOLDS_NUMBER, memory->displacement));
}

/* Of a store to what r1 points to, or a load from there, wherever that is. */
static bool is_chain(const struct memory_access *memory)
{
    return memory->base == SP && memory->index == NO_REGISTER && memory->displacement == 0;
}

static void set_stack(struct unwind_state *state, struct unwind_value value,
                      struct unwind_value chain)
{
    if (value.kind == HOLDS_STACK && equal(value, state->holders[SP]))
        return;
    for (unsigned i = 0; i < 32; i++)
        if (state->holders[i].kind == HOLDS_STEP)
            state->holders[i] = unknown;
    state->holders[SP] = value;
    state->holders[HOLDER_CHAIN] = chain;
}

/* stwux rS,r1,rB: clang aligns frames so, and then takes the step back. */
static void take_step(struct unwind_state *state, const struct memory_access *memory,
                      struct unwind_value at, struct unwind_value first)
{
    struct unwind_value from = state->holders[SP];

    set_stack(state, at, first);
    if (memory->index != NO_REGISTER && at.kind == HOLDS_UNKNOWN && from.kind == HOLDS_STACK)
        state->holders[memory->index] = holds(HOLDS_STEP, from.n);
}

static void set(struct unwind_state *state, unsigned general, struct unwind_value value)
{
    if (general == SP)
        set_stack(state, value, unknown);
    else
        state->holders[general] = value;
}

static bool stores_words(enum opcode opcode)
{
    return opcode == OPCODE_STW || opcode == OPCODE_STWU || opcode == OPCODE_STWX ||
           opcode == OPCODE_STWUX || opcode == OPCODE_STMW;
}

static bool loads_words(enum opcode opcode)
{
    return opcode == OPCODE_LWZ || opcode == OPCODE_LWZU || opcode == OPCODE_LWZX ||
           opcode == OPCODE_LWZUX || opcode == OPCODE_LMW;
}

static void store(struct unwind_state *state, const struct memory_access *memory, uint32_t word,
                  enum opcode opcode)
{
    struct unwind_value at = address_of(state, memory), first = state->holders[FIELD_T(word)];
    unsigned n = opcode == OPCODE_STMW ? 32 - FIELD_T(word) : 1;

    if (memory->update && memory->base == SP)
        take_step(state, memory, at, stores_words(opcode) ? first : unknown);
    else if (memory->update)
        state->holders[memory->base] = at;
    else if (is_chain(memory))
        state->holders[HOLDER_CHAIN] = stores_words(opcode) ? first : unknown;
    if (at.kind != HOLDS_STACK)
        return;
    if (!stores_words(opcode)) {
        lose_slots(state, at.n, memory->width == 0 ? 128 : memory->width);
        return;
    }
    for (unsigned i = 0; i < n; i++)
        put_word(state, at.n + 4 * (int32_t)i, i == 0 ? first : state->holders[FIELD_T(word) + i]);
}

static void load(struct unwind_state *state, const struct memory_access *memory, uint32_t word,
                 enum opcode opcode)
{
    struct unwind_value at = address_of(state, memory);
    struct unwind_value chain =
        is_chain(memory) && !memory->update ? state->holders[HOLDER_CHAIN] : unknown;
    unsigned n = opcode == OPCODE_LMW ? 32 - FIELD_T(word) : 1;

    if (memory->update)
        set(state, memory->base, at);
    for (unsigned i = 0; i < n; i++)
        set(state, FIELD_T(word) + i,
            at.kind == HOLDS_STACK ? word_at(state, at.n + 4 * (int32_t)i) : chain);
}

/* ---- registers ---- */

static void lose_written(struct unwind_state *state, const struct register_set *writes)
{
    for (uint32_t left = writes->general; left != 0; left &= left - 1)
        set(state, (unsigned)__builtin_ctz(left), unknown);
    if ((writes->special & SPECIAL_LR) != 0)
        state->holders[HOLDER_LR] = unknown;
    if ((writes->special & SPECIAL_CTR) != 0)
        state->holders[HOLDER_CTR] = unknown;
    for (unsigned n = 2; n < 5; n++)
        if ((writes->condition & CR_FIELD(n)) != 0)
            state->kept &= (uint8_t) ~(0x80u >> n);
}

static void move_special(struct unwind_state *state, uint32_t word, enum opcode opcode)
{
    unsigned spr = FIELD_B(word) << 5 | FIELD_A(word);
    unsigned holder = spr == SPR_LR ? HOLDER_LR : spr == SPR_CTR ? HOLDER_CTR : N_HOLDERS;

    if (spr == SPR_LR)
        state->lr_moved = opcode == OPCODE_MFSPR;
    if (opcode == OPCODE_MFSPR)
        set(state, FIELD_T(word), holder < N_HOLDERS ? state->holders[holder] : unknown);
    else if (holder < N_HOLDERS)
        state->holders[holder] = state->holders[FIELD_T(word)];
}

static void move_condition(struct unwind_state *state, uint32_t word, enum opcode opcode)
{
    struct unwind_value value = state->holders[FIELD_T(word)];
    uint32_t fields = FIELD_FXM(word) & KEPT_FIELDS;
    uint32_t whole = (word & ONE_FIELD) != 0 ? fields : KEPT_FIELDS;

    if (opcode == OPCODE_MFCR) {
        set(state, FIELD_T(word), holds(HOLDS_FIELDS, state->kept & whole));
        return;
    }
    state->kept &= (uint8_t)~fields;
    if (value.kind == HOLDS_FIELDS)
        state->kept |= (uint8_t)(fields & (uint32_t)value.n);
}

static struct unwind_value or_low(struct unwind_value value, uint32_t low)
{
    if (low == 0)
        return value;
    return value.kind == HOLDS_NUMBER ? holds(HOLDS_NUMBER, value.n | (int32_t)low) : unknown;
}

/* The commonest that move or make addresses. False: another one. */
static bool compute(struct unwind_state *state, uint32_t word, enum opcode opcode)
{
    const struct unwind_value *from = state->holders;
    unsigned t = FIELD_T(word), a = FIELD_A(word), b = FIELD_B(word);
    struct unwind_value base = a == 0 ? holds(HOLDS_NUMBER, 0) : from[a];

    switch (opcode) {
    case OPCODE_ADDI:
        set(state, t, sum(base, holds(HOLDS_NUMBER, (int16_t)word)));
        return true;
    case OPCODE_ADDIS:
        set(state, t, sum(base, holds(HOLDS_NUMBER, (int32_t)(word << 16))));
        return true;
    case OPCODE_ADDIC:
        set(state, t, sum(from[a], holds(HOLDS_NUMBER, (int16_t)word)));
        return true;
    case OPCODE_ADD:
        set(state, t, sum(from[a], from[b]));
        return (word & 1) == 0;
    case OPCODE_SUBF:
        set(state, t,
            from[a].kind == HOLDS_STEP && b == SP ? holds(HOLDS_STACK, from[a].n)
                                                  : difference(from[a], from[b]));
        return (word & 1) == 0;
    case OPCODE_OR:
        if (t != b || (word & 1) != 0)
            return false;
        set(state, a, from[t]);
        return true;
    case OPCODE_ORI:
        set(state, a, or_low(from[t], word & 0xffff));
        return true;
    default:
        return false;
    }
}

void unwind_state_step(struct unwind_state *state, uint32_t word, enum opcode opcode)
{
    struct effects effects;

    if (compute(state, word, opcode))
        return;
    if (opcode == OPCODE_MFSPR || opcode == OPCODE_MTSPR) {
        move_special(state, word, opcode);
        return;
    }
    if (opcode == OPCODE_MFCR || opcode == OPCODE_MTCRF) {
        move_condition(state, word, opcode);
        return;
    }
    code_effects(word, opcode, &effects);
    if (effects.memory.direction == MEMORY_STORE) {
        store(state, &effects.memory, word, opcode);
        if (effects.memory.update)
            effects.writes.general = 0;
    } else if (effects.memory.direction == MEMORY_LOAD && loads_words(opcode)) {
        load(state, &effects.memory, word, opcode);
        return;
    }
    lose_written(state, &effects.writes);
}

/* ---- calls ---- */

void unwind_state_call(struct unwind_state *state, const struct code_source *source,
                       const vaddr_t *target)
{
    uint32_t words[UNWIND_ROUTINE_MAX];
    unsigned n = target == NULL ? 0 : unwind_routine(source, *target, words);

    lose_below(state);
    for (unsigned i = 0; i < n; i++)
        unwind_state_step(state, words[i], code_opcode(words[i]));
    for (unsigned i = 0; n == 0 && i < 13; i++)
        if ((VOLATILE >> i & 1) != 0)
            state->holders[i] = unknown;
    state->holders[HOLDER_LR] = state->holders[HOLDER_CTR] = unknown;
}

/* Numbers and addresses are only added up where frames are made, in r0, r11, r12, or registers that are saved. */
void unwind_state_forget(struct unwind_state *state)
{
    for (unsigned i = 2; i < 11; i++)
        if (state->holders[i].kind != HOLDS_ENTRY)
            state->holders[i] = unknown;
    state->holders[HOLDER_CTR] = unknown;
}

/* ---- what is known ---- */

static bool is_kept(const struct unwind_state *state, unsigned entry)
{
    struct unwind_value value;

    if (entry == ENTRY_CR)
        return state->kept == KEPT_FIELDS;
    value = state->holders[entry == ENTRY_LR ? (unsigned)HOLDER_LR : UNWIND_FIRST + entry];
    return equal(value, holds(HOLDS_ENTRY, entry));
}

/* Who is called from here leaves it alone, and so does the body of a patch. */
static bool has_safe_slot(const struct unwind_state *state, unsigned entry)
{
    struct unwind_value stack = state->holders[SP];

    return state->slots[entry] != NO_SLOT &&
           (entry != ENTRY_CR || state->slot_fields == KEPT_FIELDS) &&
           (stack.kind != HOLDS_STACK || state->slots[entry] > stack.n);
}

static unsigned copy_of(const struct unwind_state *state, unsigned entry)
{
    struct unwind_value wanted =
        entry == ENTRY_CR ? holds(HOLDS_FIELDS, KEPT_FIELDS) : holds(HOLDS_ENTRY, entry);
    unsigned i = 0;

    while (i < 32 && !equal(state->holders[i], wanted))
        i++;
    return i;
}

/*
 * Of several places the one that the code itself will have it from: the body of a patch leaves alone only what is live. Once it
 * was stored that is the stack; before that, LR is where it was moved to last.
 */
struct unwind_place unwind_state_place(const struct unwind_state *state, unsigned entry)
{
    unsigned copy = copy_of(state, entry);
    bool moved = entry == ENTRY_LR && state->lr_moved && copy < 32;

    if (has_safe_slot(state, entry))
        return (struct unwind_place){.where = UNWIND_STACK, .offset = state->slots[entry]};
    if (is_kept(state, entry) && !moved)
        return (struct unwind_place){.where = UNWIND_KEPT};
    if (copy < 32)
        return (struct unwind_place){.where = UNWIND_GENERAL, .general = (uint8_t)copy};
    if (state->slots[entry] != NO_SLOT && (entry != ENTRY_CR || state->slot_fields == KEPT_FIELDS))
        return (struct unwind_place){.where = UNWIND_STACK, .offset = state->slots[entry]};
    return (struct unwind_place){.where = UNWIND_LOST};
}

static bool has(const struct unwind_state *state, unsigned entry)
{
    return unwind_state_place(state, entry).where != UNWIND_LOST;
}

bool unwind_state_has_all(const struct unwind_state *state, const struct unwind_state *of)
{
    bool has_all = equal(state->holders[SP], of->holders[SP]);

    for (unsigned i = 0; i < N_ENTRIES && has_all; i++)
        has_all = !has(of, i) || has(state, i);
    return has_all;
}

bool unwind_state_is_left(const struct unwind_state *state)
{
    bool is = equal(state->holders[SP], holds(HOLDS_STACK, 0));

    for (unsigned i = 0; i < N_ENTRIES && is; i++)
        is = is_kept(state, i);
    return is;
}

/* ---- states ---- */

void unwind_state_enter(struct unwind_state *state)
{
    *state = (struct unwind_state){.kept = KEPT_FIELDS, .reached = true};
    for (unsigned i = 0; i < UNWIND_GENERALS; i++)
        state->holders[UNWIND_FIRST + i] = holds(HOLDS_ENTRY, i);
    state->holders[HOLDER_LR] = holds(HOLDS_ENTRY, ENTRY_LR);
    state->holders[SP] = holds(HOLDS_STACK, 0);
    for (unsigned i = 0; i < N_ENTRIES; i++)
        state->slots[i] = NO_SLOT;
}

static bool join(struct unwind_value *into, struct unwind_value value)
{
    struct unwind_value both = unknown;

    if (equal(*into, value))
        return false;
    if (into->kind == HOLDS_FIELDS && value.kind == HOLDS_FIELDS)
        both = holds(HOLDS_FIELDS, into->n & value.n);
    if (equal(*into, both))
        return false;
    *into = both;
    return true;
}

bool unwind_state_join(struct unwind_state *into, const struct unwind_state *state)
{
    uint8_t kept = into->kept & state->kept, fields = into->slot_fields & state->slot_fields;
    bool moved = into->lr_moved || state->lr_moved;
    bool changed = kept != into->kept || fields != into->slot_fields || moved != into->lr_moved;

    if (!into->reached) {
        *into = *state;
        return true;
    }
    into->kept = kept;
    into->slot_fields = fields;
    into->lr_moved = moved;
    for (unsigned i = 0; i < N_HOLDERS; i++)
        changed |= join(&into->holders[i], state->holders[i]);
    for (unsigned i = 0; i < N_ENTRIES; i++)
        if (into->slots[i] != state->slots[i] && into->slots[i] != NO_SLOT) {
            into->slots[i] = NO_SLOT;
            changed = true;
        }
    return changed;
}
