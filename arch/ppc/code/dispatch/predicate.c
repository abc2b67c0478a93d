/* See predicate.h. */
#include "arch/ppc/code/dispatch/predicate.h"

#include <string.h>

#include "arch/ppc/code/dispatch/condition.h"
#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/operands.h"

/*
 * Every path from the entry to a return is walked with what registers, CR, CA and the frame hold as values
 * (expression.h). Where a branch depends on a condition that neither the values nor the branches before
 * decide, the walk forks: the state is put aside with the condition, what follows if it does not hold is
 * walked, then what follows if it does. Each ends as a conjunction, or as never; a fork whose
 * both ways have ended becomes one conjunction, if it is one, and so on up to the entry.
 */

#define STEPS_MAX 224
#define FORKS_MAX 14
#define SLOTS_MAX 12
#define INTERVALS_MAX 96
#define WINDOW_WORDS 8
#define ASKING_MAX 2

#define RETURNED 1u /* no address of an instruction */

#define AT_ENTRY 0xfe /* of a register: nobody has asked for it yet */

#define ALL_BITS 0xffffffffu
#define SIGN_BIT 0x80000000u
#define STACK_ARGUMENTS 8u /* above r1 at entry */
#define STACK_LIMIT 512u

#define SHIFT_OF(word) FIELD_B(word)
#define FIRST_OF(word) ((word) >> 6 & 31)
#define LAST_OF(word) ((word) >> 1 & 31)
#define UNSIGNED(word) ((word)&0xffff)
#define RECORDS(word) (((word)&1) != 0)
#define LINKS(word) (((word)&1) != 0)

/* ---- what a walk keeps ---- */

/* A field of CR: how two values compare, or one bit of it as a value. */
enum field_kind { FIELD_UNKNOWN, FIELD_COMPARED, FIELD_BIT };

struct field {
    uint8_t kind; /* enum field_kind */
    value_t a, b;
    uint8_t is_signed; /* of FIELD_BIT: which one */
};

/* A part of the frame; no byte is part of two. */
struct slot {
    int16_t offset; /* from what r1 held at entry */
    uint8_t width;
    value_t value;
};

struct state {
    vaddr_t address;
    value_t registers[32];
    struct field fields[8];
    struct slot slots[SLOTS_MAX];
    uint8_t n_slots;
    uint16_t n_written; /* times that CR was */
    value_t carry;
};

/* A condition without its set, which is among the walk's intervals. */
struct held {
    value_t a, b;
    uint8_t outcomes;
    bool is_signed;
    uint8_t first, n;
};

/* All of them hold, in order; or never. */
struct conjunction {
    bool never;
    uint8_t n;
    struct held conditions[PREDICATE_TESTS];
};

struct fork {
    struct held condition;
    bool holds;          /* the way that is being walked; the other one was walked before */
    uint8_t n_intervals; /* of the walk, before this fork */
    union {
        struct state state;       /* where to go on if it holds */
        struct conjunction first; /* what came out where it does not */
    } put_aside;
};

struct walk {
    const struct code_source *source;
    struct procedure procedure;
    struct values values;
    struct known known;
    uint8_t n_asking; /* is_within */
    bool failed;
    bool ended;
    uint32_t n_steps;
    struct state state;
    struct conjunction result;
    struct fork forks[FORKS_MAX];
    uint8_t n_forks;
    uint8_t n_intervals;
    struct interval intervals[INTERVALS_MAX];
    vaddr_t window; /* address of words[0] */
    uint32_t n_words;
    uint32_t words[WINDOW_WORDS];
};

/* ---- conditions put away ---- */

static void hold(struct walk *walk, const struct condition *condition, struct held *held)
{
    unsigned n = condition->b == NO_VALUE ? condition->set.n : 0;

    *held = (struct held){condition->a,         condition->b,      condition->outcomes,
                          condition->is_signed, walk->n_intervals, (uint8_t)n};
    if (walk->n_intervals + n > INTERVALS_MAX) {
        walk->failed = true;
        held->n = 0;
        return;
    }
    for (unsigned i = 0; i < n; i++)
        walk->intervals[walk->n_intervals++] = condition->set.intervals[i];
}

static void recall(const struct walk *walk, const struct held *held, struct condition *condition)
{
    condition->a = held->a;
    condition->b = held->b;
    condition->outcomes = held->outcomes;
    condition->is_signed = held->is_signed;
    set_copy(&condition->set, &walk->intervals[held->first], held->n);
}

static bool is_alike(const struct held *held, const struct condition *condition)
{
    return held->a == condition->a && held->b == condition->b;
}

/*
 * Whether the branches taken so far decide a condition; what they leave open of it stays in *condition, which
 * is then the same wherever control can be.
 */
static enum verdict decide(struct walk *walk, struct condition *condition)
{
    struct condition possible, taken;
    bool found = false;

    for (unsigned i = 0; i < walk->n_forks; i++) {
        const struct fork *fork = &walk->forks[i];

        if (!is_alike(&fork->condition, condition))
            continue;
        recall(walk, &fork->condition, &taken);
        if (!condition_alike(&taken, condition))
            continue;
        if (!fork->holds && !condition_negate(&walk->values, &taken))
            return VERDICT_UNKNOWN;
        if (found && !condition_alike(&taken, &possible))
            continue;
        if (!found)
            possible = taken;
        else if (!condition_intersect(&possible, &taken))
            return VERDICT_UNKNOWN;
        found = true;
    }
    if (!found)
        return VERDICT_DEPENDS;
    taken = possible;
    if (!condition_intersect(&taken, condition))
        return VERDICT_UNKNOWN;
    if (condition_verdict(&walk->values, &taken) == VERDICT_NEVER)
        return VERDICT_NEVER;
    return condition_equal(&taken, &possible) ? VERDICT_ALWAYS : VERDICT_DEPENDS;
}

/* Asked while a condition is made, which may ask again. */
static bool is_within(void *context, value_t value, uint32_t high)
{
    struct walk *walk = context;
    struct condition condition;
    enum verdict verdict;

    if (walk->n_forks == 0 || walk->n_asking == ASKING_MAX)
        return false;
    walk->n_asking++;
    set_range(&condition.set, 0, high);
    verdict = condition_of_set(&walk->values, &walk->known, value, &condition);
    if (verdict == VERDICT_DEPENDS)
        verdict = decide(walk, &condition);
    walk->n_asking--;
    return verdict == VERDICT_ALWAYS;
}

/* ---- the end of paths ---- */

static void conclude(struct walk *walk, bool yes)
{
    walk->result.never = !yes;
    walk->result.n = 0;
    walk->ended = true;
}

static void conclude_condition(struct walk *walk, const struct condition *condition)
{
    walk->result.never = false;
    walk->result.n = 1;
    hold(walk, condition, &walk->result.conditions[0]);
    walk->ended = true;
}

static bool is_held_equal(const struct walk *walk, const struct held *a, const struct held *b)
{
    if (a->a != b->a || a->b != b->b)
        return false;
    if (a->b != NO_VALUE)
        return a->outcomes == b->outcomes && a->is_signed == b->is_signed;
    return a->n == b->n && memcmp(&walk->intervals[a->first], &walk->intervals[b->first],
                                  a->n * sizeof walk->intervals[0]) == 0;
}

static bool is_equal(const struct walk *walk, const struct conjunction *a,
                     const struct conjunction *b)
{
    if (a->never != b->never || a->n != b->n)
        return false;
    for (unsigned i = 0; i < a->n; i++) {
        if (!is_held_equal(walk, &a->conditions[i], &b->conditions[i]))
            return false;
    }
    return true;
}

/*
 * Takes the first condition that is about the same as another out of a conjunction. Without one, *found is
 * what holds always, if there is such a thing to say: false then.
 */
static bool extract(const struct walk *walk, struct conjunction *conjunction,
                    const struct condition *like, struct condition *found)
{
    for (unsigned i = 0; i < conjunction->n; i++) {
        if (!is_alike(&conjunction->conditions[i], like))
            continue;
        recall(walk, &conjunction->conditions[i], found);
        if (!condition_alike(found, like))
            continue;
        conjunction->n--;
        memmove(&conjunction->conditions[i], &conjunction->conditions[i + 1],
                (conjunction->n - i) * sizeof conjunction->conditions[0]);
        return true;
    }
    return false;
}

/* Puts a condition before all others; what there is of the same becomes part of it. */
static void prepend(struct walk *walk, struct conjunction *conjunction, struct condition *condition)
{
    struct condition other;

    if (extract(walk, conjunction, condition, &other) && !condition_intersect(condition, &other)) {
        walk->failed = true;
        return;
    }
    switch (condition_verdict(&walk->values, condition)) {
    case VERDICT_NEVER:
        conjunction->never = true;
        conjunction->n = 0;
        return;
    case VERDICT_ALWAYS:
        return;
    default:
        break;
    }
    if (conjunction->n == PREDICATE_TESTS) {
        walk->failed = true;
        return;
    }
    memmove(&conjunction->conditions[1], &conjunction->conditions[0],
            conjunction->n * sizeof conjunction->conditions[0]);
    conjunction->n++;
    hold(walk, condition, &conjunction->conditions[0]);
}

/* *condition and what is in a conjunction about the same: both must hold. Without the conjunction's, only it. */
static bool narrow(struct walk *walk, struct conjunction *conjunction, struct condition *condition)
{
    struct condition other;

    if (conjunction->never) {
        set_clear(&condition->set);
        condition->outcomes = 0;
        return true;
    }
    return !extract(walk, conjunction, condition, &other) || condition_intersect(condition, &other);
}

/*
 * If a condition holds, all of `yes` must, else all of `no`: that is a conjunction if both are the same
 * besides what they say about that which the condition is about.
 */
static void merge(struct walk *walk, const struct held *held, struct conjunction *no)
{
    struct conjunction *yes = &walk->result;
    struct condition condition, otherwise;

    if (is_equal(walk, yes, no))
        return;
    recall(walk, held, &condition);
    otherwise = condition;
    if (!condition_negate(&walk->values, &otherwise) || !narrow(walk, yes, &condition) ||
        !narrow(walk, no, &otherwise)) {
        walk->failed = true;
        return;
    }
    if (yes->never && !no->never) {
        *yes = *no;
        condition = otherwise;
    } else if (!no->never) {
        if (!is_equal(walk, yes, no) || !condition_unite(&condition, &otherwise)) {
            walk->failed = true;
            return;
        }
    }
    prepend(walk, yes, &condition);
}

/* When a path has ended: what it means for the forks that led there; then the next path. */
static void finish_path(struct walk *walk)
{
    while (walk->n_forks != 0 && !walk->failed) {
        struct fork *fork = &walk->forks[walk->n_forks - 1];

        if (!fork->holds) {
            struct conjunction first = walk->result;

            walk->state = fork->put_aside.state;
            fork->put_aside.first = first;
            fork->holds = true;
            walk->ended = false;
            return;
        }
        walk->n_forks--;
        merge(walk, &fork->condition, &fork->put_aside.first);
        if (walk->result.n <= 1 && !walk->failed) {
            /* What was put away since is no longer needed, but for one set. */
            struct condition kept;

            if (walk->result.n == 1)
                recall(walk, &walk->result.conditions[0], &kept);
            walk->n_intervals = fork->n_intervals;
            if (walk->result.n == 1)
                hold(walk, &kept, &walk->result.conditions[0]);
        }
    }
}

/* ---- branches ---- */

static void go_to(struct walk *walk, vaddr_t target)
{
    walk->state.address = target;
}

/*
 * Goes on at `target` if the condition holds, at `next` if not; to where it must if that is known. With
 * VERDICT_SPLIT the same instruction asks again on both ways, where more is known.
 */
static void fork_walk(struct walk *walk, enum verdict verdict, const struct condition *condition,
                      vaddr_t target, vaddr_t next)
{
    struct fork *fork;

    if (verdict == VERDICT_ALWAYS || verdict == VERDICT_NEVER) {
        go_to(walk, verdict == VERDICT_ALWAYS ? target : next);
        return;
    }
    if (verdict == VERDICT_SPLIT)
        target = next = walk->state.address;
    if (verdict == VERDICT_UNKNOWN || walk->n_forks == FORKS_MAX) {
        walk->failed = true;
        return;
    }
    fork = &walk->forks[walk->n_forks];
    fork->n_intervals = walk->n_intervals;
    hold(walk, condition, &fork->condition);
    fork->holds = false;
    fork->put_aside.state = walk->state;
    fork->put_aside.state.address = target;
    walk->n_forks++;
    go_to(walk, next);
}

static enum verdict ask(struct walk *walk, value_t value, bool is_zero, unsigned depth,
                        struct condition *condition);

/* Two conditions on the same as one. */
static enum verdict join(struct walk *walk, bool both, struct condition *condition,
                         const struct condition *other)
{
    enum verdict verdict;

    if (!(both ? condition_intersect(condition, other) : condition_unite(condition, other)))
        return VERDICT_UNKNOWN;
    verdict = condition_verdict(&walk->values, condition);
    return verdict == VERDICT_DEPENDS ? decide(walk, condition) : verdict;
}

/*
 * Whether both values are 0, or both are not; or one of them. If that is open of both, the walk must
 * fork at the first one that can be asked: VERDICT_SPLIT.
 */
static enum verdict ask_two(struct walk *walk, const struct node *node, bool is_zero,
                            unsigned depth, struct condition *condition)
{
    bool both = (node->kind == NODE_AND) != is_zero;
    enum verdict settled = both ? VERDICT_NEVER : VERDICT_ALWAYS;
    enum verdict first = ask(walk, node->a, is_zero, depth + 1, condition), second;
    struct condition other;

    if (first == settled || first == VERDICT_SPLIT)
        return first;
    second = ask(walk, node->b, is_zero, depth + 1, &other);
    if (second == settled || first == VERDICT_ALWAYS || first == VERDICT_NEVER) {
        *condition = other;
        return second;
    }
    if (second == VERDICT_ALWAYS || second == VERDICT_NEVER)
        return first;
    if (first == VERDICT_DEPENDS && second == VERDICT_DEPENDS && condition_alike(condition, &other))
        return join(walk, both, condition, &other);
    if (first == VERDICT_DEPENDS)
        return VERDICT_SPLIT;
    *condition = other;
    return second == VERDICT_DEPENDS ? VERDICT_SPLIT : second;
}

#define ASK_DEPTH 6

/* Values of one bit that are combined, as CR bits are, are asked one after the other. */
static enum verdict ask(struct walk *walk, value_t value, bool is_zero, unsigned depth,
                        struct condition *condition)
{
    const struct node *node = value == VALUE_UNKNOWN ? NULL : &walk->values.nodes[value];
    enum verdict verdict;

    if (depth == ASK_DEPTH || node == NULL)
        return VERDICT_UNKNOWN;
    if (walk->values.bits[value] == 1) {
        if (node->kind == NODE_XOR && value_is_constant(&walk->values, node->b))
            return ask(walk, node->a, !is_zero, depth + 1, condition);
        if (node->kind == NODE_AND || node->kind == NODE_OR)
            return ask_two(walk, node, is_zero, depth, condition);
    }
    if (is_zero)
        set_range(&condition->set, 0, 0);
    else
        set_range(&condition->set, 1, ALL_BITS);
    verdict = condition_of_set(&walk->values, &walk->known, value, condition);
    return verdict == VERDICT_DEPENDS ? decide(walk, condition) : verdict;
}

/* Whether a value is not 0, or is, where control is now. */
static enum verdict ask_value(struct walk *walk, value_t value, bool is_zero,
                              struct condition *condition)
{
    return ask(walk, value, is_zero, 0, condition);
}

/* Which outcomes set bit 0, 1, 2 of a field. */
static const uint8_t bit_outcomes[4] = {OUTCOME_LT, OUTCOME_GT, OUTCOME_EQ, 0};

/* Whether a bit of CR is as wanted. */
static enum verdict ask_bit(struct walk *walk, unsigned bit, bool wanted,
                            struct condition *condition)
{
    const struct field *field = &walk->state.fields[bit / 4];
    unsigned outcomes = bit_outcomes[bit % 4];
    enum verdict verdict;

    if (field->kind == FIELD_BIT && field->is_signed == bit % 4)
        return ask_value(walk, field->a, !wanted, condition);
    if (field->kind != FIELD_COMPARED || outcomes == 0)
        return VERDICT_UNKNOWN;
    verdict = condition_of_outcomes(&walk->values, &walk->known, field->a, field->b,
                                    wanted ? outcomes : outcomes ^ OUTCOME_ALL, field->is_signed,
                                    condition);
    return verdict == VERDICT_DEPENDS ? decide(walk, condition) : verdict;
}

#define BO_OF(word) FIELD_T(word)
#define BO_ANY_BIT 16u /* whatever CR holds */
#define BO_IF_SET 8u   /* if the bit is set */
#define BO_NO_COUNT 4u /* CTR is left alone */

static void branch_to(struct walk *walk, uint32_t word, vaddr_t target)
{
    vaddr_t next = walk->state.address + 4;
    struct condition condition;
    enum verdict verdict;

    if ((BO_OF(word) & BO_NO_COUNT) == 0 || LINKS(word)) {
        walk->failed = true;
    } else if ((BO_OF(word) & BO_ANY_BIT) != 0) {
        go_to(walk, target);
    } else {
        verdict = ask_bit(walk, FIELD_A(word), (BO_OF(word) & BO_IF_SET) != 0, &condition);
        fork_walk(walk, verdict, &condition, target, next);
    }
}

static void branch(struct walk *walk, uint32_t word, enum opcode opcode)
{
    struct successor successor;

    code_successor_of(word, opcode, walk->state.address, &successor);
    if (opcode == OPCODE_BCLR) {
        branch_to(walk, word, RETURNED);
    } else if (successor.links) {
        walk->failed = true;
    } else if (opcode == OPCODE_B) {
        go_to(walk, successor.target);
    } else {
        branch_to(walk, word, successor.target);
    }
}

/* Back at the caller, with the answer in r3 and its own stack pointer. */
static void answer(struct walk *walk);

/* ---- registers ---- */

static value_t entry_value(struct walk *walk, unsigned number)
{
    struct node node = {.kind = NODE_REGISTER, .a = (uint8_t)number};

    if (number == 1) {
        node = (struct node){.kind = NODE_FRAME};
        return value_node(&walk->values, &node, ALL_BITS);
    }
    return number >= 3 && number <= 10 ? value_node(&walk->values, &node, ALL_BITS) : VALUE_UNKNOWN;
}

static value_t get(struct walk *walk, unsigned number)
{
    if (walk->state.registers[number] == AT_ENTRY)
        walk->state.registers[number] = entry_value(walk, number);
    return walk->state.registers[number];
}

static value_t get_base(struct walk *walk, unsigned number)
{
    return number == 0 ? value_constant(&walk->values, 0) : get(walk, number);
}

static void put(struct walk *walk, unsigned number, value_t value)
{
    walk->state.registers[number] = value;
}

static void put_field(struct walk *walk, unsigned number, struct field field)
{
    walk->state.fields[number] = field;
    walk->state.n_written++;
}

static void compare(struct walk *walk, unsigned field, value_t a, value_t b, bool is_signed)
{
    put_field(walk, field, (struct field){FIELD_COMPARED, a, b, is_signed});
}

/* What an instruction with Rc leaves in CR0. */
static void record(struct walk *walk, value_t value)
{
    compare(walk, 0, value, value_constant(&walk->values, 0), true);
}

static void answer(struct walk *walk)
{
    struct condition condition;

    if (!value_is(&walk->values, get(walk, 1), NODE_FRAME) ||
        walk->values.nodes[get(walk, 1)].value != 0) {
        walk->failed = true;
        return;
    }
    switch (ask_value(walk, get(walk, 3), false, &condition)) {
    case VERDICT_ALWAYS:
        conclude(walk, true);
        break;
    case VERDICT_NEVER:
        conclude(walk, false);
        break;
    case VERDICT_DEPENDS:
        conclude_condition(walk, &condition);
        break;
    case VERDICT_SPLIT:
        fork_walk(walk, VERDICT_SPLIT, &condition, RETURNED, RETURNED);
        break;
    default:
        walk->failed = true;
    }
}

/* ---- memory ---- */

static value_t low_bytes(struct walk *walk, value_t value, unsigned width)
{
    return width == 4 ? value : value_rotate_mask(&walk->values, value, 0, (1u << 8 * width) - 1);
}

/* Some bytes of a value that stands in memory. */
static value_t part_of(struct walk *walk, value_t value, unsigned whole, unsigned offset,
                       unsigned width)
{
    unsigned below = 8 * (whole - offset - width);

    if (width == whole)
        return low_bytes(walk, value, width);
    return value_rotate_mask(&walk->values, value, (32 - below) & 31, (1u << 8 * width) - 1);
}

/* A word of the caller's frame, or a part of it. */
static value_t load_argument(struct walk *walk, uint32_t offset, unsigned width)
{
    struct node node = {.kind = NODE_STACK, .value = offset & ~3u};
    value_t word;

    if (offset < STACK_ARGUMENTS || offset >= STACK_LIMIT || offset % width != 0)
        return VALUE_UNKNOWN;
    word = value_node(&walk->values, &node, ALL_BITS);
    return part_of(walk, word, 4, offset & 3, width);
}

static value_t load_frame(struct walk *walk, uint32_t offset, unsigned width)
{
    if ((int32_t)offset >= 0)
        return load_argument(walk, offset, width);
    for (unsigned i = 0; i < walk->state.n_slots; i++) {
        const struct slot *slot = &walk->state.slots[i];
        uint32_t within = offset - (uint32_t)slot->offset;

        if (within + width <= slot->width && within < slot->width)
            return part_of(walk, slot->value, slot->width, within, width);
    }
    return VALUE_UNKNOWN;
}

/* A word that nobody changes is the number that it is. */
static value_t load_constant(struct walk *walk, uint32_t address, unsigned width)
{
    uint32_t word;

    if (address % width != 0 ||
        !walk->source->constant(walk->source->context, address & ~3u, &word))
        return VALUE_UNKNOWN;
    word = word << 8 * (address & 3) >> (32 - 8 * width);
    return value_constant(&walk->values, word);
}

static value_t load_from(struct walk *walk, value_t address, unsigned width)
{
    const struct node *node;

    if (address == VALUE_UNKNOWN)
        return VALUE_UNKNOWN;
    node = &walk->values.nodes[address];
    if (node->kind == NODE_FRAME)
        return load_frame(walk, node->value, width);
    if (node->kind == NODE_CONSTANT) {
        value_t value = load_constant(walk, node->value, width);

        if (value != VALUE_UNKNOWN)
            return value;
    }
    return value_load(&walk->values, address, width, false);
}

/* Forgets slots that share a byte with what is stored. */
static void drop_slots(struct state *state, int32_t offset, int32_t width)
{
    unsigned n = 0;

    for (unsigned i = 0; i < state->n_slots; i++) {
        const struct slot *slot = &state->slots[i];

        if (slot->offset + slot->width <= offset || offset + width <= slot->offset)
            state->slots[n++] = *slot;
    }
    state->n_slots = (uint8_t)n;
}

static void store_to(struct walk *walk, value_t address, unsigned width, value_t value)
{
    struct state *state = &walk->state;
    int32_t offset;

    if (!value_is(&walk->values, address, NODE_FRAME)) {
        walk->failed = true;
        return;
    }
    offset = (int32_t)walk->values.nodes[address].value;
    if (offset < INT16_MIN || offset + (int32_t)width > 0) {
        walk->failed = true;
        return;
    }
    drop_slots(state, offset, (int32_t)width);
    if (value == VALUE_UNKNOWN)
        return;
    if (state->n_slots == SLOTS_MAX) {
        walk->failed = true;
        return;
    }
    state->slots[state->n_slots++] = (struct slot){(int16_t)offset, (uint8_t)width, value};
}

/* lhz, stwux… : at rA plus a displacement, or plus rB. */
static void access_memory(struct walk *walk, uint32_t word, enum opcode opcode)
{
    const struct opcode_row *row = &opcode_rows[opcode];
    unsigned width = row->access >> ACCESS_WIDTH;
    bool update = (row->roles & WRITES_A) != 0;
    value_t base = update ? get(walk, FIELD_A(word)) : get_base(walk, FIELD_A(word));
    value_t address, value;

    if ((row->roles & READS_B) != 0)
        address = value_add(&walk->values, base, get(walk, FIELD_B(word)));
    else
        address = value_add_constant(&walk->values, base, IMMEDIATE(word));
    if ((row->access & ACCESS_STORE) != 0) {
        store_to(walk, address, width, get(walk, FIELD_T(word)));
    } else {
        value = load_from(walk, address, width);
        if (opcode == OPCODE_LHA || opcode == OPCODE_LHAX || opcode == OPCODE_LHAU ||
            opcode == OPCODE_LHAUX)
            value = value_sign_extend(&walk->values, value, 2);
        put(walk, FIELD_T(word), value);
    }
    if (update)
        put(walk, FIELD_A(word), address);
}

/* ---- arithmetic ---- */

/* a + b + carry, and the carry of it. Any of them may be a constant. */
static void add_carrying(struct walk *walk, uint32_t word, value_t a, value_t b, value_t carry)
{
    struct values *values = &walk->values;
    value_t sum = value_add(values, value_add(values, a, b), carry);
    value_t rest = value_xor_constant(values, a, ALL_BITS);

    /* a + b + carry is above ALL_BITS if b + carry > ALL_BITS - a. */
    walk->state.carry = VALUE_UNKNOWN;
    if (carry != VALUE_UNKNOWN && value_is_constant(values, carry))
        walk->state.carry = value_test(
            values, b, rest, values->nodes[carry].value != 0 ? OUTCOME_GT | OUTCOME_EQ : OUTCOME_GT,
            false);
    put(walk, FIELD_T(word), sum);
}

/* b - a, that is b + ~a + carry; the carry of it. */
static void subtract_carrying(struct walk *walk, uint32_t word, value_t a, value_t b, value_t carry)
{
    struct values *values = &walk->values;
    value_t less = value_add_constant(values, value_subtract(values, b, a), ALL_BITS);
    value_t difference = value_add(values, less, carry);

    walk->state.carry = VALUE_UNKNOWN;
    if (carry != VALUE_UNKNOWN && value_is_constant(values, carry))
        walk->state.carry = value_test(
            values, b, a, values->nodes[carry].value != 0 ? OUTCOME_GT | OUTCOME_EQ : OUTCOME_GT,
            false);
    put(walk, FIELD_T(word), difference);
}

/* srawi: its carry says that a bit was lost of a negative number, which nobody asks but for division. */
static void shift_right_signed(struct walk *walk, uint32_t word)
{
    put(walk, FIELD_A(word),
        value_shift_signed(&walk->values, get(walk, FIELD_T(word)), SHIFT_OF(word)));
    walk->state.carry = SHIFT_OF(word) == 0 ? value_constant(&walk->values, 0) : VALUE_UNKNOWN;
}

static value_t number(struct walk *walk, uint32_t value)
{
    return value_constant(&walk->values, value);
}

/* Instructions of primary opcodes with an immediate. False if it is none of them. */
static bool step_immediate(struct walk *walk, uint32_t word, enum opcode opcode)
{
    struct values *values = &walk->values;
    value_t a;

    if (opcode < OPCODE_SUBFIC || opcode > OPCODE_ADDIS)
        return false;
    a = opcode >= OPCODE_ADDI ? get_base(walk, FIELD_A(word)) : get(walk, FIELD_A(word));
    switch (opcode) {
    case OPCODE_ADDI:
        put(walk, FIELD_T(word), value_add_constant(values, a, IMMEDIATE(word)));
        return true;
    case OPCODE_ADDIS:
        put(walk, FIELD_T(word), value_add_constant(values, a, word << 16));
        return true;
    case OPCODE_ADDIC:
    case OPCODE_ADDIC_RC:
        add_carrying(walk, word, number(walk, IMMEDIATE(word)), a, number(walk, 0));
        if (opcode == OPCODE_ADDIC_RC)
            record(walk, get(walk, FIELD_T(word)));
        return true;
    case OPCODE_SUBFIC:
        subtract_carrying(walk, word, a, number(walk, IMMEDIATE(word)), number(walk, 1));
        return true;
    case OPCODE_CMPI:
        compare(walk, word >> 23 & 7, a, number(walk, IMMEDIATE(word)), true);
        return true;
    case OPCODE_CMPLI:
        compare(walk, word >> 23 & 7, a, number(walk, UNSIGNED(word)), false);
        return true;
    default:
        return false;
    }
}

static uint32_t mask_between(unsigned first, unsigned last)
{
    uint32_t from = ALL_BITS >> first, to = ALL_BITS << (31 - last);

    return first <= last ? from & to : from | to;
}

/* rlwimi: some bits from one, the others stay. */
static value_t insert(struct walk *walk, uint32_t word, value_t s)
{
    struct values *values = &walk->values;
    uint32_t mask = mask_between(FIRST_OF(word), LAST_OF(word));

    return value_or(values, value_rotate_mask(values, s, SHIFT_OF(word), mask),
                    value_rotate_mask(values, get(walk, FIELD_A(word)), 0, ~mask));
}

static value_t invert(struct walk *walk, value_t value)
{
    return value_xor_constant(&walk->values, value, ALL_BITS);
}

static value_t field_bit(struct walk *walk, unsigned bit);

/* A bit of what mfcr read, if CR is still the same. */
static value_t rotate_mask(struct walk *walk, value_t s, unsigned shift, uint32_t mask)
{
    const struct node *node;
    uint32_t source = rotate_left(mask, (32 - shift) & 31);
    value_t bit;

    if (s == VALUE_UNKNOWN || walk->values.nodes[s].kind != NODE_CONDITIONS)
        return value_rotate_mask(&walk->values, s, shift, mask);
    node = &walk->values.nodes[s];
    if (node->value != walk->state.n_written || source == 0 || (source & (source - 1)) != 0)
        return VALUE_UNKNOWN;
    bit = field_bit(walk, (unsigned)__builtin_clz(source));
    return value_rotate_mask(&walk->values, bit, (unsigned)__builtin_ctz(mask), mask);
}

/* Logic and rotation: from rS, and rB or an immediate, to rA. */
static value_t logical(struct walk *walk, uint32_t word, enum opcode opcode)
{
    struct values *values = &walk->values;
    value_t s = get(walk, FIELD_T(word));
    bool two = (opcode_rows[opcode].roles & READS_B) != 0;
    value_t b = two ? get(walk, FIELD_B(word)) : VALUE_UNKNOWN;

    switch (opcode) {
    case OPCODE_ORI:
        return value_or(values, s, number(walk, UNSIGNED(word)));
    case OPCODE_ORIS:
        return value_or(values, s, number(walk, word << 16));
    case OPCODE_XORI:
        return value_xor_constant(values, s, UNSIGNED(word));
    case OPCODE_XORIS:
        return value_xor_constant(values, s, word << 16);
    case OPCODE_ANDI_RC:
        return rotate_mask(walk, s, 0, UNSIGNED(word));
    case OPCODE_ANDIS_RC:
        return rotate_mask(walk, s, 0, word << 16);
    case OPCODE_RLWINM:
        return rotate_mask(walk, s, SHIFT_OF(word), mask_between(FIRST_OF(word), LAST_OF(word)));
    case OPCODE_RLWIMI:
        return insert(walk, word, s);
    case OPCODE_AND:
        return value_and(values, s, b);
    case OPCODE_ANDC:
        return value_and(values, s, invert(walk, b));
    case OPCODE_NAND:
        return invert(walk, value_and(values, s, b));
    case OPCODE_OR:
        return s == b ? s : value_or(values, s, b);
    case OPCODE_ORC:
        return value_or(values, s, invert(walk, b));
    case OPCODE_NOR:
        return invert(walk, value_or(values, s, b));
    case OPCODE_XOR:
        return value_xor(values, s, b);
    case OPCODE_EQV:
        return invert(walk, value_xor(values, s, b));
    case OPCODE_SLW:
        return value_shift(values, NODE_SHIFT_LEFT, s, b);
    case OPCODE_SRW:
        return value_shift(values, NODE_SHIFT_RIGHT, s, b);
    case OPCODE_CNTLZW:
        return value_leading_zeros(values, s);
    case OPCODE_EXTSB:
        return value_sign_extend(values, s, 1);
    case OPCODE_EXTSH:
        return value_sign_extend(values, s, 2);
    default:
        return VALUE_UNKNOWN;
    }
}

static bool step_logical(struct walk *walk, uint32_t word, enum opcode opcode)
{
    const struct opcode_row *row = &opcode_rows[opcode];

    if (opcode == OPCODE_SRAWI)
        shift_right_signed(walk, word);
    else if ((row->roles & (READS_T | WRITES_A)) == (READS_T | WRITES_A) && row->access == 0 &&
             (row->traits & (TRAIT_WRITES_CA | TRAIT_ODD)) == 0)
        put(walk, FIELD_A(word), logical(walk, word, opcode));
    else
        return false;
    if ((row->traits & TRAIT_RC_ALWAYS) != 0 ||
        ((row->modifiers & MODIFIER_RC) != 0 && RECORDS(word)))
        record(walk, get(walk, FIELD_A(word)));
    return true;
}

/* Arithmetic from rA and rB to rT. */
static bool arithmetic(struct walk *walk, uint32_t word, enum opcode opcode)
{
    struct values *values = &walk->values;
    bool two = (opcode_rows[opcode].roles & READS_B) != 0;
    value_t a, b, carry = walk->state.carry;

    if (opcode < OPCODE_SUBFC || opcode > OPCODE_NEG)
        return false;
    a = get(walk, FIELD_A(word));
    b = two ? get(walk, FIELD_B(word)) : VALUE_UNKNOWN;

    switch (opcode) {
    case OPCODE_ADD:
        put(walk, FIELD_T(word), value_add(values, a, b));
        return true;
    case OPCODE_SUBF:
        put(walk, FIELD_T(word), value_subtract(values, b, a));
        return true;
    case OPCODE_NEG:
        put(walk, FIELD_T(word), value_subtract(values, number(walk, 0), a));
        return true;
    case OPCODE_ADDC:
        add_carrying(walk, word, a, b, number(walk, 0));
        return true;
    case OPCODE_ADDE:
        add_carrying(walk, word, a, b, carry);
        return true;
    case OPCODE_ADDZE:
        add_carrying(walk, word, a, number(walk, 0), carry);
        return true;
    case OPCODE_ADDME:
        add_carrying(walk, word, a, number(walk, ALL_BITS), carry);
        return true;
    case OPCODE_SUBFC:
        subtract_carrying(walk, word, a, b, number(walk, 1));
        return true;
    case OPCODE_SUBFE:
        subtract_carrying(walk, word, a, b, carry);
        return true;
    case OPCODE_SUBFZE:
        subtract_carrying(walk, word, a, number(walk, 0), carry);
        return true;
    case OPCODE_SUBFME:
        subtract_carrying(walk, word, a, number(walk, ALL_BITS), carry);
        return true;
    default:
        return false;
    }
}

static bool step_arithmetic(struct walk *walk, uint32_t word, enum opcode opcode)
{
    if (!arithmetic(walk, word, opcode))
        return false;
    if (RECORDS(word))
        record(walk, get(walk, FIELD_T(word)));
    return true;
}

/* ---- CR ---- */

static value_t field_bit(struct walk *walk, unsigned bit)
{
    const struct field *field = &walk->state.fields[bit / 4];
    unsigned outcomes = bit_outcomes[bit % 4];

    if (field->kind == FIELD_BIT && field->is_signed == bit % 4)
        return field->a;
    if (field->kind != FIELD_COMPARED || outcomes == 0)
        return VALUE_UNKNOWN;
    return value_test(&walk->values, field->a, field->b, outcomes, field->is_signed);
}

static value_t combine_bits(struct walk *walk, enum opcode opcode, value_t a, value_t b)
{
    struct values *values = &walk->values;

    switch (opcode) {
    case OPCODE_CRAND:
        return value_and(values, a, b);
    case OPCODE_CRANDC:
        return value_and(values, a, value_xor_constant(values, b, 1));
    case OPCODE_CRNAND:
        return value_xor_constant(values, value_and(values, a, b), 1);
    case OPCODE_CROR:
        return value_or(values, a, b);
    case OPCODE_CRORC:
        return value_or(values, a, value_xor_constant(values, b, 1));
    case OPCODE_CRNOR:
        return value_xor_constant(values, value_or(values, a, b), 1);
    case OPCODE_CRXOR:
        return value_xor(values, a, b);
    default:
        return value_xor_constant(values, value_xor(values, a, b), 1);
    }
}

static void combine_conditions(struct walk *walk, uint32_t word, enum opcode opcode)
{
    unsigned bit = FIELD_T(word), a = FIELD_A(word), b = FIELD_B(word);
    value_t first = field_bit(walk, a), second = field_bit(walk, b), value;

    if (a == b && (opcode == OPCODE_CRXOR || opcode == OPCODE_CREQV))
        value = number(walk, opcode == OPCODE_CREQV);
    else
        value = combine_bits(walk, opcode, first, second);
    put_field(walk, bit / 4,
              (struct field){value == VALUE_UNKNOWN ? FIELD_UNKNOWN : FIELD_BIT, value, 0,
                             (uint8_t)(bit % 4)});
}

static void read_conditions(struct walk *walk, uint32_t word)
{
    struct node node = {.kind = NODE_CONDITIONS, .value = walk->state.n_written};

    put(walk, FIELD_T(word), value_node(&walk->values, &node, ALL_BITS));
}

static bool step_conditions(struct walk *walk, uint32_t word, enum opcode opcode)
{
    switch (opcode) {
    case OPCODE_CMP:
    case OPCODE_CMPL:
        compare(walk, word >> 23 & 7, get(walk, FIELD_A(word)), get(walk, FIELD_B(word)),
                opcode == OPCODE_CMP);
        return true;
    case OPCODE_MCRF:
        put_field(walk, word >> 23 & 7, walk->state.fields[word >> 18 & 7]);
        return true;
    case OPCODE_MFCR:
        read_conditions(walk, word);
        return true;
    case OPCODE_CRAND:
    case OPCODE_CRANDC:
    case OPCODE_CRNAND:
    case OPCODE_CROR:
    case OPCODE_CRORC:
    case OPCODE_CRNOR:
    case OPCODE_CRXOR:
    case OPCODE_CREQV:
        combine_conditions(walk, word, opcode);
        return true;
    default:
        return false;
    }
}

/* ---- walking ---- */

/* Loads and stores of bytes, halfwords and words of general registers, in the order of bytes. */
static bool is_plain_access(const struct opcode_row *row, enum opcode opcode)
{
    return row->access != 0 && (row->roles & GENERAL) != 0 &&
           (row->roles & (READS_T | WRITES_T)) != 0 && (row->roles & FLOATING_AND_VECTOR) == 0 &&
           (row->access & ACCESS_RESERVE) == 0 &&
           (row->traits & (TRAIT_ODD | TRAIT_PRIVILEGED | TRAIT_ALTIVEC | TRAIT_FLOATING)) == 0 &&
           opcode != OPCODE_LWBRX && opcode != OPCODE_LHBRX && opcode != OPCODE_STWBRX &&
           opcode != OPCODE_STHBRX && opcode != OPCODE_ECIWX && opcode != OPCODE_ECOWX;
}

/* An instruction that is not followed: what it writes is unknown from then on. */
static void skip(struct walk *walk, uint32_t word, enum opcode opcode)
{
    struct effects effects;

    code_effects(word, opcode, &effects);
    if (effects.memory.direction == MEMORY_STORE ||
        (opcode_rows[opcode].traits &
         (TRAIT_PRIVILEGED | TRAIT_TRAP | TRAIT_ABSENT | TRAIT_LINK | TRAIT_CONTEXT_SYNC)) != 0) {
        walk->failed = true;
        return;
    }
    for (unsigned i = 0; i < 32; i++) {
        if ((effects.writes.general >> i & 1) != 0)
            put(walk, i, VALUE_UNKNOWN);
    }
    if (effects.writes.condition != 0) {
        for (unsigned i = 0; i < 8; i++)
            put_field(walk, i, (struct field){.kind = FIELD_UNKNOWN});
    }
    if ((effects.writes.special & SPECIAL_CA) != 0)
        walk->state.carry = VALUE_UNKNOWN;
}

static bool fetch(struct walk *walk, vaddr_t address, uint32_t *word)
{
    const struct code_source *source = walk->source;

    if (address % 4 != 0 || address < walk->procedure.start || address >= walk->procedure.end)
        return false;
    if (address - walk->window >= 4 * walk->n_words) {
        uint32_t n = (walk->procedure.end - address) / 4;

        walk->n_words = n < WINDOW_WORDS ? n : WINDOW_WORDS;
        walk->window = address;
        if (!source->words(source->context, address, walk->words, walk->n_words))
            return false;
    }
    *word = walk->words[(address - walk->window) / 4];
    return true;
}

static void step(struct walk *walk)
{
    vaddr_t address = walk->state.address;
    enum opcode opcode;
    uint32_t word;

    if (address == RETURNED) {
        answer(walk);
        return;
    }
    if (walk->n_steps++ == STEPS_MAX || !fetch(walk, address, &word)) {
        walk->failed = true;
        return;
    }
    opcode = code_opcode(word);
    if (opcode == OPCODE_BC || opcode == OPCODE_B || opcode == OPCODE_BCLR) {
        branch(walk, word, opcode);
        return;
    }
    if (opcode == OPCODE_UNKNOWN || (opcode_rows[opcode].traits & TRAIT_BRANCH) != 0) {
        walk->failed = true;
        return;
    }
    go_to(walk, address + 4);
    if (is_plain_access(&opcode_rows[opcode], opcode))
        access_memory(walk, word, opcode);
    else if (!step_immediate(walk, word, opcode) && !step_logical(walk, word, opcode) &&
             !step_arithmetic(walk, word, opcode) && !step_conditions(walk, word, opcode))
        skip(walk, word, opcode);
}

static void walk_start(struct walk *walk, vaddr_t start)
{
    walk->known = (struct known){is_within, walk};
    walk->values.n = 0;
    walk->values.overflow = false;
    walk->failed = walk->ended = false;
    walk->n_steps = walk->n_asking = 0;
    walk->n_forks = walk->n_intervals = 0;
    walk->n_words = 0;
    walk->window = start;
    walk->state.address = start;
    memset(walk->state.registers, AT_ENTRY, sizeof walk->state.registers);
    memset(walk->state.fields, 0, sizeof walk->state.fields);
    walk->state.n_slots = walk->state.n_written = 0;
    walk->state.carry = VALUE_UNKNOWN;
}

static bool walk_all(struct walk *walk)
{
    while (!walk->failed) {
        step(walk);
        if (walk->values.overflow)
            walk->failed = true;
        if (!walk->ended || walk->failed)
            continue;
        finish_path(walk);
        if (walk->ended)
            return !walk->failed;
    }
    return false;
}

/* ---- the predicate ---- */

/* What is being written: conditions, then tests whose values are still the walk's. */
struct draft {
    struct walk *walk;
    struct predicate *predicate;
    bool never;
    bool failed;
    uint8_t n_among;
};

static void append(struct draft *draft, const struct condition *condition)
{
    struct conjunction *all = &draft->walk->result;
    struct condition other;

    for (unsigned i = 0; i < all->n; i++) {
        if (!is_alike(&all->conditions[i], condition))
            continue;
        recall(draft->walk, &all->conditions[i], &other);
        if (!condition_alike(&other, condition))
            continue;
        if (!condition_intersect(&other, condition))
            draft->failed = true;
        else if (condition_verdict(&draft->walk->values, &other) == VERDICT_NEVER)
            draft->never = true;
        else
            hold(draft->walk, &other, &all->conditions[i]);
        return;
    }
    if (all->n == PREDICATE_TESTS)
        draft->failed = true;
    else
        hold(draft->walk, condition, &all->conditions[all->n++]);
}

static void split(struct draft *draft, const struct condition *condition, unsigned depth);

/* That a value is 0, or is not. */
static void append_part(struct draft *draft, value_t value, bool zero, unsigned depth)
{
    struct condition part;

    set_range(&part.set, zero ? 0 : 1, zero ? 0 : ALL_BITS);
    switch (condition_of_set(&draft->walk->values, &draft->walk->known, value, &part)) {
    case VERDICT_NEVER:
        draft->never = true;
        break;
    case VERDICT_ALWAYS:
        break;
    case VERDICT_DEPENDS:
        split(draft, &part, depth + 1);
        break;
    default:
        draft->failed = true;
    }
}

#define SPLITS_MAX 4

/* a | b is 0 if both are; the bit that a & b can have is set if it is in both. */
static void split(struct draft *draft, const struct condition *condition, unsigned depth)
{
    struct values *values = &draft->walk->values;
    uint32_t bits = values->bits[condition->a];
    struct node node = values->nodes[condition->a];
    bool is_set = condition->b == NO_VALUE && depth < SPLITS_MAX;

    if (is_set && node.kind == NODE_OR && set_is_range(&condition->set, 0, 0)) {
        append_part(draft, node.a, true, depth);
        append_part(draft, node.b, true, depth);
    } else if (is_set && node.kind == NODE_AND && (bits & (bits - 1)) == 0 &&
               !set_has(&condition->set, 0)) {
        append_part(draft, value_rotate_mask(values, node.a, 0, bits), false, depth);
        append_part(draft, value_rotate_mask(values, node.b, 0, bits), false, depth);
    } else {
        append(draft, condition);
    }
}

static void split_all(struct draft *draft)
{
    struct conjunction whole = draft->walk->result;
    struct condition condition;

    draft->walk->result.n = 0;
    for (unsigned i = 0; i < whole.n && !draft->failed; i++) {
        recall(draft->walk, &whole.conditions[i], &condition);
        split(draft, &condition, 0);
    }
}

static struct test *add_test(struct draft *draft, value_t a)
{
    struct predicate *predicate = draft->predicate;
    struct test *test = &predicate->tests[predicate->n_tests];

    if (predicate->n_tests == PREDICATE_TESTS) {
        draft->failed = true;
        return NULL;
    }
    predicate->n_tests++;
    *test = (struct test){.a = a};
    return test;
}

static void test_relation(struct draft *draft, value_t a, enum relation relation, uint32_t value,
                          bool is_signed)
{
    struct test *test = add_test(draft, a);

    if (test == NULL)
        return;
    test->relation = (uint8_t)relation;
    test->is_signed = is_signed;
    test->b = value_constant(&draft->walk->values, value);
}

/* The largest number that stands in an instruction as it is. */
static bool is_short(uint32_t value, bool is_signed)
{
    return is_signed ? value + 0x8000 <= 0xffff : value <= 0xffff;
}

/* Up to a number that is not the last one. */
static void test_up_to(struct draft *draft, value_t a, uint32_t high, bool is_signed)
{
    if (is_short(high + 1, is_signed))
        test_relation(draft, a, RELATION_LT, high + 1, is_signed);
    else
        test_relation(draft, a, RELATION_LE, high, is_signed);
}

/* From a number on that is not the first one. */
static void test_from(struct draft *draft, value_t a, uint32_t low, bool is_signed)
{
    if (is_short(low, is_signed))
        test_relation(draft, a, RELATION_GE, low, is_signed);
    else
        test_relation(draft, a, RELATION_GT, low - 1, is_signed);
}

static void test_among(struct draft *draft, value_t a, const struct number_set *set)
{
    struct predicate *predicate = draft->predicate;
    struct test *test = add_test(draft, a);

    if (test == NULL)
        return;
    test->first = draft->n_among;
    for (unsigned i = 0; i < set->n; i++) {
        for (uint32_t n = set->intervals[i].low;; n++) {
            predicate->among[draft->n_among++] = n;
            test->n_among++;
            if (n == set->intervals[i].high)
                break;
        }
    }
}

/* Between two numbers, both included, or not. */
static void test_range(struct draft *draft, value_t a, const struct interval *interval, bool within)
{
    value_t from_low = value_add_constant(&draft->walk->values, a, 0 - interval->low);
    uint32_t length = interval->high - interval->low;

    if (within)
        test_up_to(draft, from_low, length, false);
    else
        test_from(draft, from_low, length + 1, false);
}

/* One test, if a set is all on one side of a number. */
static bool test_side(struct draft *draft, value_t a, const struct number_set *set, uint32_t bits)
{
    struct number_set moved;

    if (set_is_range(set, 0, SIGN_BIT - 1) || set_is_range(set, SIGN_BIT, ALL_BITS)) {
        test_relation(draft, a, set->intervals[0].low == 0 ? RELATION_GE : RELATION_LT, 0, true);
        return true;
    }
    if (set->n == 1 && set->intervals[0].low == 0) {
        test_up_to(draft, a, set->intervals[0].high, false);
        return true;
    }
    if (set->n == 1 && set->intervals[0].high == bits) {
        test_from(draft, a, set->intervals[0].low, false);
        return true;
    }
    set_copy(&moved, set->intervals, set->n);
    if (bits != ALL_BITS || !set_shift(&moved, SIGN_BIT) || moved.n != 1)
        return false;
    if (moved.intervals[0].low == 0)
        test_up_to(draft, a, moved.intervals[0].high ^ SIGN_BIT, true);
    else if (moved.intervals[0].high == ALL_BITS)
        test_from(draft, a, moved.intervals[0].low ^ SIGN_BIT, true);
    else
        return false;
    return true;
}

/* Out of every gap. */
static void test_gaps(struct draft *draft, value_t a, const struct number_set *gaps, uint32_t bits)
{
    for (unsigned i = 0; i < gaps->n && !draft->failed; i++) {
        const struct interval *gap = &gaps->intervals[i];

        if (gap->low == gap->high)
            test_relation(draft, a, RELATION_NE, gap->low, false);
        else if (gap->low == 0)
            test_from(draft, a, gap->high + 1, false);
        else if (gap->high == bits)
            test_up_to(draft, a, gap->low - 1, false);
        else
            test_range(draft, a, gap, false);
    }
}

static void test_set(struct draft *draft, value_t a, const struct number_set *set)
{
    uint32_t bits = draft->walk->values.bits[a], n = set_count(set);
    struct number_set gaps;

    set_copy(&gaps, set->intervals, set->n);
    if (!set_complement(&gaps, bits)) {
        draft->failed = true;
        return;
    }
    if (n == 1)
        test_relation(draft, a, RELATION_EQ, set->intervals[0].low, false);
    else if (set_count(&gaps) == 1)
        test_relation(draft, a, RELATION_NE, gaps.intervals[0].low, false);
    else if (test_side(draft, a, set, bits))
        return;
    else if (n <= (uint32_t)(PREDICATE_AMONG - draft->n_among))
        test_among(draft, a, set);
    else if (set->n == 1)
        test_range(draft, a, &set->intervals[0], true);
    else if (gaps.n == 1 && bits == ALL_BITS)
        test_range(draft, a,
                   &(struct interval){gaps.intervals[0].high + 1, gaps.intervals[0].low - 1}, true);
    else
        test_gaps(draft, a, &gaps, bits);
}

static const uint8_t relations[OUTCOME_ALL] = {
    [OUTCOME_LT] = RELATION_LT,
    [OUTCOME_EQ] = RELATION_EQ,
    [OUTCOME_GT] = RELATION_GT,
    [OUTCOME_LT | OUTCOME_EQ] = RELATION_LE,
    [OUTCOME_LT | OUTCOME_GT] = RELATION_NE,
    [OUTCOME_EQ | OUTCOME_GT] = RELATION_GE,
};

static void test_pair(struct draft *draft, const struct condition *condition)
{
    struct test *test = add_test(draft, condition->a);

    if (test == NULL)
        return;
    test->b = condition->b;
    test->relation = relations[condition->outcomes];
    test->is_signed = condition->is_signed;
}

static void write_tests(struct draft *draft)
{
    const struct conjunction *all = &draft->walk->result;
    struct condition condition;

    for (unsigned i = 0; i < all->n && !draft->failed; i++) {
        recall(draft->walk, &all->conditions[i], &condition);
        if (condition.b == NO_VALUE)
            test_set(draft, condition.a, &condition.set);
        else
            test_pair(draft, &condition);
    }
}

/* Which values the tests need, each made of earlier ones. */
static void mark_values(const struct draft *draft, bool needed[])
{
    const struct values *values = &draft->walk->values;

    memset(needed, 0, VALUES_MAX * sizeof *needed);
    for (unsigned i = 0; i < draft->predicate->n_tests; i++) {
        needed[draft->predicate->tests[i].a] = true;
        if (draft->predicate->tests[i].n_among == 0)
            needed[draft->predicate->tests[i].b] = true;
    }
    for (unsigned i = values->n; i-- > 0;) {
        if (needed[i] && node_has_first(values->nodes[i].kind))
            needed[values->nodes[i].a] = true;
        if (needed[i] && node_has_second(values->nodes[i].kind))
            needed[values->nodes[i].b] = true;
    }
}

static bool write_node(struct predicate *predicate, const struct node *node,
                       const uint8_t numbers[])
{
    struct node *written = &predicate->nodes[predicate->n_nodes];

    if (predicate->n_nodes == PREDICATE_NODES || node->kind > NODE_SHIFT_RIGHT_SIGNED)
        return false;
    *written = *node;
    if (node_has_first(node->kind))
        written->a = numbers[node->a];
    if (node_has_second(node->kind))
        written->b = numbers[node->b];
    predicate->n_nodes++;
    return true;
}

static void write_nodes(struct draft *draft)
{
    struct predicate *predicate = draft->predicate;
    bool needed[VALUES_MAX];
    uint8_t numbers[VALUES_MAX];

    mark_values(draft, needed);
    for (unsigned i = 0; i < draft->walk->values.n; i++) {
        if (!needed[i])
            continue;
        numbers[i] = predicate->n_nodes;
        if (!write_node(predicate, &draft->walk->values.nodes[i], numbers)) {
            draft->failed = true;
            return;
        }
    }
    for (unsigned i = 0; i < predicate->n_tests; i++) {
        struct test *test = &predicate->tests[i];

        test->a = numbers[test->a];
        test->b = test->n_among == 0 ? numbers[test->b] : 0;
    }
}

static bool write_predicate(struct walk *walk, struct predicate *predicate)
{
    struct draft draft = {.walk = walk, .predicate = predicate, .never = walk->result.never};

    if (!draft.never)
        split_all(&draft);
    if (!draft.never && !draft.failed)
        write_tests(&draft);
    if (draft.failed || walk->failed || walk->values.overflow)
        return false;
    predicate->never = draft.never;
    if (draft.never)
        predicate->n_tests = 0;
    else
        write_nodes(&draft);
    return !draft.failed;
}

void predicate_find(const struct code_source *source, vaddr_t start, struct predicate *predicate)
{
    struct walk walk;

    memset(predicate, 0, sizeof *predicate);
    walk.source = source;
    if (!source->procedure(source->context, start, &walk.procedure) ||
        walk.procedure.start != start || walk.procedure.import)
        return;
    walk_start(&walk, start);
    if (!walk_all(&walk))
        return;
    if (write_predicate(&walk, predicate))
        predicate->known = true;
    else
        memset(predicate, 0, sizeof *predicate);
}
