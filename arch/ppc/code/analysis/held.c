/* See held.h. */
#include "arch/ppc/code/analysis/held.h"

#include <string.h>

#include "arch/ppc/code/analysis/live.h"
#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/operands.h"
#include "arch/ppc/registers.h"

#define STACK_POINTER 1
#define FRAME_POINTER 31
#define LR_WORD 4         /* where a callee puts LR, above its caller's stack pointer */
#define KEPT_FIELDS 0x38u /* CR fields 2 to 4 */

#define FIELD_SH(word) ((word) >> 11 & 31)
#define FIELD_MB(word) ((word) >> 6 & 31)
#define FIELD_ME(word) ((word) >> 1 & 31)
#define FIELD_FXM(word) ((word) >> 12 & 0xff)

static const struct held unknown = {.kind = HELD_UNKNOWN};

static struct held number(uint32_t low, uint32_t high)
{
    return (struct held){.kind = HELD_NUMBER, .low = low, .high = high};
}

static struct held address(int32_t offset)
{
    return (struct held){.kind = HELD_ADDRESS, .low = (uint32_t)offset, .high = (uint32_t)offset};
}

static struct held at_entry(uint8_t place)
{
    return (struct held){.kind = HELD_ENTRY, .place = place};
}

static bool is_exact(const struct held *held, uint8_t kind)
{
    return held->kind == kind && held->low == held->high;
}

static bool is_entry(const struct held *held, uint8_t place)
{
    return held->kind == HELD_ENTRY && held->place == place;
}

static bool equal(const struct held *a, const struct held *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == HELD_ENTRY)
        return a->place == b->place;
    return a->kind == HELD_UNKNOWN || (a->low == b->low && a->high == b->high);
}

/* ---- arithmetic ---- */

/* Offsets so far away are no addresses of a frame: nothing here overflows. */
#define FAR 0x01000000

static bool is_far(int64_t low, int64_t high)
{
    return low < -FAR || high > FAR;
}

static struct held add_offset(const struct held *base, int64_t low, int64_t high)
{
    low += (int32_t)base->low;
    high += (int32_t)base->high;
    if (is_far(low, high))
        return unknown;
    return (struct held){
        .kind = HELD_ADDRESS, .low = (uint32_t)(int32_t)low, .high = (uint32_t)(int32_t)high};
}

/* A number as it counts in an address: what is small, or small and negative. */
static bool signed_range(const struct held *held, int64_t *low, int64_t *high)
{
    if (held->kind != HELD_NUMBER ||
        (held->low != held->high && held->low < 0x80000000u && held->high >= 0x80000000u))
        return false;
    *low = (int32_t)held->low;
    *high = (int32_t)held->high;
    return true;
}

static struct held sum(const struct held *a, const struct held *b)
{
    int64_t low, high;

    if (a->kind == HELD_ADDRESS && signed_range(b, &low, &high))
        return add_offset(a, low, high);
    if (b->kind == HELD_ADDRESS && signed_range(a, &low, &high))
        return add_offset(b, low, high);
    if (a->kind != HELD_NUMBER || b->kind != HELD_NUMBER)
        return unknown;
    if (a->low == a->high && b->low == b->high)
        return number(a->low + b->low, a->low + b->low);
    if ((uint64_t)a->high + b->high <= UINT32_MAX)
        return number(a->low + b->low, a->high + b->high);
    return unknown;
}

/* b - a, as subf has its operands. */
static struct held difference(const struct held *a, const struct held *b)
{
    struct held negative;

    if (!is_exact(a, HELD_NUMBER))
        return unknown;
    negative = number(0 - a->low, 0 - a->low);
    return sum(b, &negative);
}

static uint32_t mask_of(unsigned first, unsigned last)
{
    uint32_t from = UINT32_MAX >> first, to = UINT32_MAX << (31 - last);

    return first <= last ? from & to : from | to;
}

/* The largest number that has no bit where x has none behind its first. */
static uint32_t ones_of(uint32_t x)
{
    return x == 0 ? 0 : UINT32_MAX >> __builtin_clz(x);
}

/* A rotation is a shift if no bit that is kept comes around. */
static struct held rotate(const struct held *held, uint32_t word)
{
    unsigned shift = FIELD_SH(word), right = 32 - shift;
    uint32_t mask = mask_of(FIELD_MB(word), FIELD_ME(word));
    uint32_t largest = held->kind == HELD_NUMBER ? held->high : UINT32_MAX;

    if (is_exact(held, HELD_NUMBER)) {
        uint32_t rotated = shift == 0 ? held->low : held->low << shift | held->low >> right;

        return number(rotated & mask, rotated & mask);
    }
    if (shift == 0)
        return number(0, mask < ones_of(largest) ? mask : ones_of(largest));
    if ((uint64_t)ones_of(largest) << shift <= UINT32_MAX) { /* nothing comes around */
        uint32_t ones = ones_of(largest) << shift;

        if (mask >= ones && (mask & ones) == ones && held->kind == HELD_NUMBER)
            return number(held->low << shift, held->high << shift);
        return number(0, mask & ones);
    }
    return number(0, mask);
}

/* ---- words of the frame ---- */

static struct held_word *find_word(struct held_state *state, int32_t offset)
{
    for (unsigned i = 0; i < state->n_words; i++) {
        if (state->words[i].offset == offset)
            return &state->words[i];
    }
    return NULL;
}

/* Bytes from low to high, exclusive. */
static void lose_words(struct held_state *state, int64_t low, int64_t high)
{
    unsigned n = 0;

    for (unsigned i = 0; i < state->n_words; i++) {
        if (state->words[i].offset + 4 <= low || state->words[i].offset >= high)
            state->words[n++] = state->words[i];
    }
    state->n_words = (uint8_t)n;
}

/* If there is no room, it is not known what the word holds. */
static void put_word(struct held_state *state, int32_t offset, const struct held *held)
{
    unsigned i = state->n_words;

    lose_words(state, offset, (int64_t)offset + 4);
    i = state->n_words;
    if (held->kind == HELD_UNKNOWN || i == HELD_WORDS_MAX)
        return;
    for (; i > 0 && state->words[i - 1].offset > offset; i--)
        state->words[i] = state->words[i - 1];
    state->words[i] = (struct held_word){offset, *held};
    state->n_words++;
}

/* ---- memory ---- */

/* Addresses that an instruction accesses, if they are in the frame. */
static struct held address_of(const struct held_state *state, const struct memory_access *memory)
{
    struct held at = number(0, 0), displacement;

    displacement =
        number((uint32_t)(int32_t)memory->displacement, (uint32_t)(int32_t)memory->displacement);
    if (memory->base != NO_REGISTER)
        at = state->places[memory->base];
    if (memory->index != NO_REGISTER)
        at = sum(&at, &state->places[memory->index]);
    return sum(&at, &displacement);
}

static bool is_string(enum opcode opcode)
{
    return opcode == OPCODE_LSWI || opcode == OPCODE_LSWX || opcode == OPCODE_STSWI ||
           opcode == OPCODE_STSWX;
}

static bool is_own(const struct held_state *state, int64_t low, int64_t high)
{
    int32_t stack = (int32_t)state->places[STACK_POINTER].low;

    return (low >= stack && high <= 0) || (low >= LR_WORD && high <= LR_WORD + 4);
}

static bool is_frame_register(unsigned place)
{
    return place == STACK_POINTER || place == FRAME_POINTER;
}

/* Whether flow, which looks at displacements from r1 and r31 only, sees this access as it is. */
static bool is_seen(const struct held_state *state, const struct memory_access *memory)
{
    const struct held *base;

    if (memory->index != NO_REGISTER || !is_frame_register(memory->base))
        return false;
    base = &state->places[memory->base];
    return is_exact(base, HELD_ADDRESS) &&
           (state->spill == SPILL_NONE ||
            (state->spill == SPILL_AT_BASE && state->base == (int32_t)base->low));
}

static bool is_saved(const struct held *held)
{
    return held->kind == HELD_ENTRY &&
           (held->place == HELD_LR || held->place == HELD_CR || held->place >= 14);
}

static void note_spill(struct held_state *state, const struct memory_access *memory,
                       const struct held *stored)
{
    const struct held *base;

    if (state->spill != SPILL_NONE || is_saved(stored) || memory->index != NO_REGISTER ||
        !is_frame_register(memory->base))
        return;
    base = &state->places[memory->base];
    state->spill = is_exact(base, HELD_ADDRESS) ? SPILL_AT_BASE : SPILL_MIXED;
    state->base = (int32_t)base->low;
}

static const char *store(struct held_state *state, const struct held_terms *terms,
                         const struct effects *effects, uint32_t word, enum opcode opcode)
{
    const struct memory_access *memory = &effects->memory;
    struct held at = address_of(state, memory);
    unsigned source = FIELD_T(word), n = opcode == OPCODE_STMW ? 32 - source : 1;
    unsigned width = opcode == OPCODE_STMW ? 4 * n : memory->width;

    if (at.kind != HELD_ADDRESS ||
        !is_own(state, (int32_t)at.low, (int64_t)(int32_t)at.high + width))
        return "stores outside its frame";
    if (terms->jumps && state->spill != SPILL_NONE && !is_seen(state, memory))
        return "stores in its frame where its jumps may depend on what is there";
    note_spill(state, memory, &state->places[source]);
    if (at.low != at.high || width != 4 * n || opcode == OPCODE_STWBRX || is_string(opcode)) {
        lose_words(state, (int32_t)at.low, (int64_t)(int32_t)at.high + width);
        return NULL;
    }
    for (unsigned i = 0; i < n; i++)
        put_word(state, (int32_t)at.low + 4 * (int32_t)i, &state->places[source + i]);
    return NULL;
}

/* What a load of at most a word leaves. */
static struct held loaded(struct held_state *state, const struct held *at, enum opcode opcode,
                          unsigned width)
{
    const struct held_word *word;

    if (is_exact(at, HELD_ADDRESS) && width == 4 && opcode != OPCODE_LWBRX) {
        word = find_word(state, (int32_t)at->low);
        return word != NULL ? word->held : unknown;
    }
    if (opcode == OPCODE_LHA || opcode == OPCODE_LHAU || opcode == OPCODE_LHAX ||
        opcode == OPCODE_LHAUX || width == 4)
        return unknown;
    return number(0, width == 1 ? 0xff : 0xffff);
}

static void lose_written(struct held_state *state, const struct effects *effects)
{
    for (uint32_t set = effects->writes.general; set != 0; set &= set - 1)
        state->places[__builtin_ctz(set)] = unknown;
    if ((effects->writes.special & SPECIAL_LR) != 0)
        state->places[HELD_LR] = unknown;
    if ((effects->writes.special & SPECIAL_CTR) != 0)
        state->places[HELD_CTR] = unknown;
    for (unsigned n = 2; n < 5; n++) {
        if ((effects->writes.condition & CR_FIELD(n)) != 0)
            state->kept &= (uint8_t) ~(0x80u >> n);
    }
}

static const char *load(struct held_state *state, const struct held_terms *terms,
                        const struct effects *effects, uint32_t word, enum opcode opcode)
{
    const struct memory_access *memory = &effects->memory;
    struct held at = address_of(state, memory);
    unsigned target = FIELD_T(word), n = opcode == OPCODE_LMW ? 32 - target : 1;
    unsigned width = opcode == OPCODE_LMW ? 4 : memory->width;

    if (terms->jumps && state->spill != SPILL_NONE && memory->index == NO_REGISTER &&
        is_frame_register(memory->base) && !is_seen(state, memory))
        return "loads from its frame where its jumps may depend on what is there";
    lose_written(state, effects);
    for (unsigned i = 0; i < n && !is_string(opcode); i++) {
        state->places[target + i] = loaded(state, &at, opcode, width);
        if (at.kind == HELD_ADDRESS)
            at = add_offset(&at, 4, 4);
    }
    return NULL;
}

/* ---- registers ---- */

/* What the commonest instructions make of what they read. False: something else. */
static bool compute(const struct held_state *state, uint32_t word, enum opcode opcode,
                    unsigned *target, struct held *result)
{
    const struct held *places = state->places;
    uint32_t a = FIELD_A(word), b = FIELD_B(word);
    struct held immediate = number(IMMEDIATE(word), IMMEDIATE(word));

    *target = FIELD_T(word);
    switch (opcode) {
    case OPCODE_ADDIS:
        immediate = number(word << 16, word << 16);
        /* fall through */
    case OPCODE_ADDI:
        *result = a == 0 ? immediate : sum(&places[a], &immediate);
        return true;
    case OPCODE_ADDIC:
    case OPCODE_ADDIC_RC:
        *result = sum(&places[a], &immediate);
        return true;
    case OPCODE_ADD:
        *result = sum(&places[a], &places[b]);
        return true;
    case OPCODE_SUBF:
        *result = difference(&places[a], &places[b]);
        return true;
    default:
        return false;
    }
}

/* The same of logical ones, whose target is the second operand. */
static bool compute_logical(const struct held_state *state, uint32_t word, enum opcode opcode,
                            unsigned *target, struct held *result)
{
    const struct held *source = &state->places[FIELD_T(word)];
    uint32_t low = word & 0xffff;

    *target = FIELD_A(word);
    switch (opcode) {
    case OPCODE_OR:
        *result = FIELD_T(word) == FIELD_B(word) ? *source : unknown;
        return true;
    case OPCODE_ORI:
        if (low == 0)
            *result = *source;
        else
            *result = is_exact(source, HELD_NUMBER) ? number(source->low | low, source->low | low)
                                                    : unknown;
        return true;
    case OPCODE_ANDI_RC:
        *result = number(0, low);
        return true;
    case OPCODE_RLWINM:
        *result = rotate(source, word);
        return true;
    default:
        return false;
    }
}

static unsigned spr_of(uint32_t word)
{
    return (word >> 16 & 0x1f) | (word >> 6 & 0x3e0);
}

static void move_special(struct held_state *state, uint32_t word, enum opcode opcode)
{
    unsigned spr = spr_of(word), place = spr == SPR_LR ? HELD_LR : HELD_CTR;

    if (opcode == OPCODE_MFSPR)
        state->places[FIELD_T(word)] =
            spr == SPR_LR || spr == SPR_CTR ? state->places[place] : unknown;
    else if (spr == SPR_LR || spr == SPR_CTR)
        state->places[place] = state->places[FIELD_T(word)];
}

/* mfcr of all of CR, and mtcrf. */
static void move_condition(struct held_state *state, uint32_t word, enum opcode opcode)
{
    bool whole = (word & 0x00100000) == 0; /* not mfocrf */

    if (opcode == OPCODE_MFCR)
        state->places[FIELD_T(word)] =
            whole && state->kept == KEPT_FIELDS ? at_entry(HELD_CR) : unknown;
    else if (whole && is_entry(&state->places[FIELD_T(word)], HELD_CR))
        state->kept |= FIELD_FXM(word) & KEPT_FIELDS;
    else
        state->kept &= (uint8_t)~FIELD_FXM(word);
}

static const char *step_register(struct held_state *state, const struct effects *effects,
                                 uint32_t word, enum opcode opcode)
{
    struct held result;
    unsigned target;

    if (opcode == OPCODE_MFSPR || opcode == OPCODE_MTSPR) {
        move_special(state, word, opcode);
    } else if (opcode == OPCODE_MFCR || opcode == OPCODE_MTCRF) {
        move_condition(state, word, opcode);
    } else if (compute(state, word, opcode, &target, &result) ||
               compute_logical(state, word, opcode, &target, &result)) {
        lose_written(state, effects);
        state->places[target] = result;
    } else {
        lose_written(state, effects);
    }
    return NULL;
}

/* ---- what may be done ---- */

const char *held_refuse(uint32_t word, enum opcode opcode)
{
    uint32_t traits = opcode_rows[opcode].traits;

    if (code_is_privileged(word, opcode))
        return "is privileged";
    if ((traits & (TRAIT_FLOATING | TRAIT_ALTIVEC | TRAIT_7400 | TRAIT_ABSENT)) != 0)
        return "is for registers that the kernel does not keep, or not there on all processors";
    switch (opcode) {
    case OPCODE_SC:
        return "calls the system";
    case OPCODE_LWARX:
    case OPCODE_STWCX_RC:
        return "is about a reservation, which may be its caller's";
    case OPCODE_DCBZ:
    case OPCODE_DCBI:
    case OPCODE_DCBF:
    case OPCODE_DCBST:
    case OPCODE_ICBI:
        return "changes what caches hold";
    case OPCODE_ECIWX:
    case OPCODE_ECOWX:
        return "controls a device";
    case OPCODE_MTSPR:
        return spr_of(word) == SPR_LR || spr_of(word) == SPR_CTR || spr_of(word) == SPR_XER
                   ? NULL
                   : "writes a special register";
    default:
        return NULL;
    }
}

/* stwu and stwux of r1: each step stores, and is so small that no page that guards the stack is left out. */
static const char *make_frame(struct held_state *state, const struct held *at,
                              const struct held *stored)
{
    int32_t from = (int32_t)state->places[STACK_POINTER].low, to = (int32_t)at->low;

    if (!is_exact(at, HELD_ADDRESS) || to >= from || to % 8 != 0)
        return "moves the stack pointer otherwise than by a frame";
    if (from - to > HELD_STEP_MAX || to < -HELD_FRAME_MAX)
        return "makes too large a frame";
    state->places[STACK_POINTER] = *at;
    put_word(state, to, stored);
    return NULL;
}

static const char *access_memory(struct held_state *state, const struct held_terms *terms,
                                 const struct effects *effects, uint32_t word, enum opcode opcode)
{
    const struct memory_access *memory = &effects->memory;
    struct held at = address_of(state, memory), stored = state->places[FIELD_T(word)];
    const char *reason;

    if (memory->width == 0)
        return "accesses as many bytes as XER says";
    if (opcode == OPCODE_STWU || opcode == OPCODE_STWUX) {
        if (memory->base == STACK_POINTER)
            return make_frame(state, &at, &stored);
    }
    reason = memory->direction == MEMORY_STORE ? store(state, terms, effects, word, opcode)
                                               : load(state, terms, effects, word, opcode);
    if (reason == NULL && memory->update)
        state->places[memory->base] = at;
    return reason;
}

/* What is in r1 now, which was not made by stwu: it may only go up. */
static const char *check_stack(struct held_state *state, const struct held *before)
{
    const struct held *now = &state->places[STACK_POINTER];
    int32_t to = (int32_t)now->low;

    if (!is_exact(now, HELD_ADDRESS))
        return "leaves in r1 what is not known to be its stack";
    if (to > 0 || to % 8 != 0 || to < (int32_t)before->low)
        return "moves the stack pointer otherwise than by a frame";
    lose_words(state, INT32_MIN, to);
    return NULL;
}

const char *held_step(struct held_state *state, const struct held_terms *terms, uint32_t word,
                      enum opcode opcode)
{
    struct held stack = state->places[STACK_POINTER];
    const char *reason = held_refuse(word, opcode);
    struct effects effects;

    if (reason != NULL)
        return reason;
    code_effects(word, opcode, &effects);
    reason = effects.memory.direction != MEMORY_NONE
                 ? access_memory(state, terms, &effects, word, opcode)
                 : step_register(state, &effects, word, opcode);
    if (reason == NULL && (effects.writes.general & 1u << STACK_POINTER) != 0 &&
        opcode != OPCODE_STWU && opcode != OPCODE_STWUX)
        reason = check_stack(state, &stack);
    return reason;
}

void held_call(struct held_state *state)
{
    const uint32_t lost = ~registers_nonvolatile()->general;
    int32_t stack = (int32_t)state->places[STACK_POINTER].low;

    for (unsigned n = 0; n < 32; n++) {
        if ((lost >> n & 1) != 0)
            state->places[n] = unknown;
    }
    state->places[HELD_LR] = state->places[HELD_CTR] = unknown;
    lose_words(state, INT32_MIN, stack);
    lose_words(state, (int64_t)stack + LR_WORD, (int64_t)stack + LR_WORD + 4);
}

const char *held_return(const struct held_state *state)
{
    if (!is_entry(&state->places[HELD_LR], HELD_LR))
        return "does not go back to where it was called from";
    if (!is_exact(&state->places[STACK_POINTER], HELD_ADDRESS) ||
        state->places[STACK_POINTER].low != 0)
        return "leaves the stack pointer elsewhere than it was";
    for (uint8_t n = 2; n < 32; n++) {
        if ((n == 2 || n >= 13) && !is_entry(&state->places[n], n))
            return "leaves a register changed that its caller needs";
    }
    return state->kept == KEPT_FIELDS ? NULL : "leaves CR changed where its caller needs it";
}

/* ---- states ---- */

void held_at_entry(struct held_state *state)
{
    *state = (struct held_state){.reached = true, .kept = KEPT_FIELDS};
    for (uint8_t n = 0; n < N_HELD_PLACES; n++)
        state->places[n] = at_entry(n);
    state->places[STACK_POINTER] = address(0);
}

bool held_has_stack(const struct held_state *state)
{
    return is_exact(&state->places[STACK_POINTER], HELD_ADDRESS);
}

static struct held hull(const struct held *a, const struct held *b)
{
    struct held both = *a;

    if (a->kind != b->kind || (a->kind != HELD_NUMBER && a->kind != HELD_ADDRESS))
        return unknown;
    if (a->kind == HELD_NUMBER) {
        both.low = a->low < b->low ? a->low : b->low;
        both.high = a->high > b->high ? a->high : b->high;
    } else {
        both.low = (int32_t)a->low < (int32_t)b->low ? a->low : b->low;
        both.high = (int32_t)a->high > (int32_t)b->high ? a->high : b->high;
    }
    return both;
}

static bool join(struct held *into, const struct held *held, bool widen)
{
    struct held both;

    if (into->kind == HELD_UNKNOWN || equal(into, held))
        return false;
    both = widen ? unknown : hull(into, held);
    if (equal(&both, into))
        return false;
    *into = both;
    return true;
}

static bool join_words(struct held_state *into, const struct held_state *state, bool widen)
{
    bool changed = false;
    unsigned n = 0, k = 0;

    for (unsigned i = 0; i < into->n_words; i++) {
        struct held_word word = into->words[i];
        const struct held_word *other;

        while (k < state->n_words && state->words[k].offset < word.offset)
            k++;
        other =
            k < state->n_words && state->words[k].offset == word.offset ? &state->words[k] : NULL;
        changed |= join(&word.held, other != NULL ? &other->held : &unknown, widen);
        if (word.held.kind != HELD_UNKNOWN)
            into->words[n++] = word;
    }
    into->n_words = (uint8_t)n;
    return changed;
}

static bool join_spill(struct held_state *into, const struct held_state *state)
{
    uint8_t before = into->spill;

    if (into->spill == SPILL_NONE) {
        into->spill = state->spill;
        into->base = state->base;
    } else if (state->spill == SPILL_MIXED ||
               (state->spill == SPILL_AT_BASE && state->base != into->base)) {
        into->spill = SPILL_MIXED;
    }
    return into->spill != before;
}

bool held_join(struct held_state *into, const struct held_state *state, bool widen)
{
    uint8_t kept = into->kept & state->kept;
    bool changed;

    if (!into->reached) {
        memcpy(into, state, offsetof(struct held_state, words));
        memcpy(into->words, state->words, state->n_words * sizeof state->words[0]);
        return true;
    }
    changed = kept != into->kept;
    into->kept = kept;
    changed |= join_spill(into, state);
    changed |= join_words(into, state, widen);
    for (unsigned n = 0; n < N_HELD_PLACES; n++)
        changed |= join(&into->places[n], &state->places[n], widen);
    return changed;
}

bool held_frame_access(const struct held_state *state, uint32_t word, enum opcode opcode,
                       int32_t *offset)
{
    struct effects effects;
    struct held at;

    code_effects(word, opcode, &effects);
    at = address_of(state, &effects.memory);
    *offset = (int32_t)at.low;
    return effects.memory.direction != MEMORY_NONE && is_exact(&at, HELD_ADDRESS);
}
