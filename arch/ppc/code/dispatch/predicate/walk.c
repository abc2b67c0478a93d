/* Instructions one after the other, all but those that only compute. See walk.h. */
#include <string.h>

#include "arch/ppc/code/dispatch/predicate/walk.h"
#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/operands.h"

#define STEPS_MAX 256 /* instructions, and looks at earlier forks */
#define AT_ENTRY 0xfe /* of a register: nobody has asked for it yet */

#define ALL_BITS 0xffffffffu
#define STACK_ARGUMENTS 8u /* above r1 at entry */
#define STACK_LIMIT 512u

#define LINKS(word) (((word)&1) != 0)

/* ---- branches ---- */

/* Whether a bit of CR is as wanted. */
static enum verdict ask_bit(struct walk *walk, unsigned bit, bool wanted,
                            struct condition *condition)
{
    const struct field *field = &walk->state.fields[bit / 4];
    unsigned outcomes = outcome_of_bit(bit);
    enum verdict verdict;

    if (field->kind == FIELD_BIT && field->is_signed == bit % 4)
        return path_ask(walk, field->a, !wanted, condition);
    if (field->kind != FIELD_COMPARED || outcomes == 0)
        return VERDICT_UNKNOWN;
    verdict = condition_of_outcomes(&walk->values, &walk->known, field->a, field->b,
                                    wanted ? outcomes : outcomes ^ OUTCOME_ALL, field->is_signed,
                                    condition);
    return verdict == VERDICT_DEPENDS ? path_decide(walk, condition) : verdict;
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
        path_go(walk, target);
    } else {
        verdict = ask_bit(walk, FIELD_A(word), (BO_OF(word) & BO_IF_SET) != 0, &condition);
        path_fork(walk, verdict, &condition, target, next);
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
        path_go(walk, successor.target);
    } else {
        branch_to(walk, word, successor.target);
    }
}

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

value_t walk_get(struct walk *walk, unsigned number)
{
    if (walk->state.registers[number] == AT_ENTRY)
        walk->state.registers[number] = entry_value(walk, number);
    return walk->state.registers[number];
}

value_t walk_get_base(struct walk *walk, unsigned number)
{
    return number == 0 ? value_constant(&walk->values, 0) : walk_get(walk, number);
}

void walk_put(struct walk *walk, unsigned number, value_t value)
{
    walk->state.registers[number] = value;
}

void walk_put_field(struct walk *walk, unsigned number, struct field field)
{
    walk->state.fields[number] = field;
    walk->state.n_written++;
}

void walk_compare(struct walk *walk, unsigned field, value_t a, value_t b, bool is_signed)
{
    walk_put_field(walk, field, (struct field){FIELD_COMPARED, a, b, is_signed});
}

/* What an instruction with Rc leaves in CR0. */
void walk_record(struct walk *walk, value_t value)
{
    walk_compare(walk, 0, value, value_constant(&walk->values, 0), true);
}

/* Back at the caller, with the answer in r3 and its own stack pointer. */
static void answer(struct walk *walk)
{
    struct condition condition;

    if (!value_is(&walk->values, walk_get(walk, 1), NODE_FRAME) ||
        walk->values.nodes[walk_get(walk, 1)].value != 0) {
        walk->failed = true;
        return;
    }
    switch (path_ask(walk, walk_get(walk, 3), false, &condition)) {
    case VERDICT_ALWAYS:
        path_conclude(walk, true);
        break;
    case VERDICT_NEVER:
        path_conclude(walk, false);
        break;
    case VERDICT_DEPENDS:
        path_conclude_condition(walk, &condition);
        break;
    case VERDICT_SPLIT:
        path_fork(walk, VERDICT_SPLIT, &condition, RETURNED, RETURNED);
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
    value_t base = update ? walk_get(walk, FIELD_A(word)) : walk_get_base(walk, FIELD_A(word));
    value_t address, value;

    if ((row->roles & READS_B) != 0)
        address = value_add(&walk->values, base, walk_get(walk, FIELD_B(word)));
    else
        address = value_add_constant(&walk->values, base, IMMEDIATE(word));
    if ((row->access & ACCESS_STORE) != 0) {
        store_to(walk, address, width, walk_get(walk, FIELD_T(word)));
    } else {
        value = load_from(walk, address, width);
        if (opcode == OPCODE_LHA || opcode == OPCODE_LHAX || opcode == OPCODE_LHAU ||
            opcode == OPCODE_LHAUX)
            value = value_sign_extend(&walk->values, value, 2);
        walk_put(walk, FIELD_T(word), value);
    }
    if (update)
        walk_put(walk, FIELD_A(word), address);
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
         (TRAIT_PRIVILEGED | TRAIT_TRAP | TRAIT_ABSENT | TRAIT_LINK | TRAIT_CONTEXT_SYNC |
          TRAIT_ALTIVEC | TRAIT_7400 | TRAIT_FLOATING)) != 0) {
        walk->failed = true;
        return;
    }
    for (unsigned i = 0; i < 32; i++) {
        if ((effects.writes.general >> i & 1) != 0)
            walk_put(walk, i, VALUE_UNKNOWN);
    }
    if (effects.writes.condition != 0) {
        for (unsigned i = 0; i < 8; i++)
            walk_put_field(walk, i, (struct field){.kind = FIELD_UNKNOWN});
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
    if (walk->n_steps++ >= STEPS_MAX || !fetch(walk, address, &word)) {
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
    path_go(walk, address + 4);
    if (is_plain_access(&opcode_rows[opcode], opcode))
        access_memory(walk, word, opcode);
    else if (!walk_compute(walk, word, opcode))
        skip(walk, word, opcode);
}

void walk_start(struct walk *walk, vaddr_t start)
{
    walk->known = (struct known){path_is_within, walk};
    values_clear(&walk->values);
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

bool walk_all(struct walk *walk)
{
    while (!walk->failed) {
        step(walk);
        if (walk->values.overflow)
            walk->failed = true;
        if (!walk->ended || walk->failed)
            continue;
        path_finish(walk);
        if (walk->ended)
            return !walk->failed;
    }
    return false;
}
