/*
 * Programs: leaves of random instructions as compilers make them, with constants kept in registers, several exits,
 * loops, carries, fields of CR. What they do is what they do when they are called, so there is no record of it:
 * the ideal raise calls them. They read only what is defined: arguments, closures, what they wrote before. The
 * address of a struct is read as a number by guards only: others get one of their own. See private.h.
 */
#include <string.h>

#include "arch/ppc/code/encode.h"
#include "arch/ppc/registers.h"
#include "kernel/event/loop_frame.h"
#include "tests/host/random.h"
#include "tests/kernel/dispatch/private.h"

#define N_REGISTERS 13
#define ROOM 12 /* words that are left for what is begun, and for the end */
#define ALWAYS 20
#define IF_CLEAR 4
#define IF_SET 12
#define WHILE_COUNTING 16
#define BIT_EQ 2
#define CELLS_SIZE (MODEL_CELLS * 4)

/* What a register holds. An address is a number, too. */
enum kind { UNDEFINED, NUMBER, ADDRESS, POINTER };

const bool model_has_programs = true;

struct content {
    enum kind kind;
    uint8_t argument; /* of POINTER: the struct */
    int32_t offset;   /* from the struct, or from the first cell */
};

struct known {
    struct content registers[N_REGISTERS];
    uint32_t cr; /* bits that are defined, the first one the highest */
    bool carry;
};

struct program {
    struct model *model;
    struct model_procedure *procedure;
    uint32_t *words;
    unsigned n, limit;
    struct known known;
    uint32_t pool; /* registers that it writes */
    bool looping;  /* what is known at the start of a loop must stay so */
};

static uint32_t below(struct program *p, uint32_t n)
{
    return random_below(&p->model->random, n);
}

static bool one_in(struct program *p, uint32_t n)
{
    return below(p, n) == 0;
}

static void put(struct program *p, uint32_t word)
{
    p->words[p->n++] = word;
}

/* ---- registers ---- */

static void set(struct program *p, unsigned reg, enum kind kind)
{
    p->known.registers[reg] = (struct content){.kind = kind};
}

static bool is_number(const struct program *p, unsigned reg)
{
    enum kind kind = p->known.registers[reg].kind;

    return kind == NUMBER || kind == ADDRESS ||
           (kind == POINTER && p->procedure->role == ROLE_GUARD);
}

/* In a loop, what is written must not be what something before it there relies on. */
static bool may_write(const struct program *p, unsigned reg)
{
    return (p->pool >> reg & 1) != 0 && (!p->looping || p->known.registers[reg].kind <= NUMBER);
}

/* ~0u: none. */
static unsigned choose_register(struct program *p, bool (*fits)(const struct program *, unsigned))
{
    unsigned start = below(p, N_REGISTERS);

    for (unsigned i = 0; i < N_REGISTERS; i++)
        if (fits(p, (start + i) % N_REGISTERS))
            return (start + i) % N_REGISTERS;
    return ~0u;
}

static unsigned target(struct program *p)
{
    unsigned reg = choose_register(p, may_write);

    return reg == ~0u ? 0 : reg;
}

static uint32_t small_number(struct program *p)
{
    return one_in(p, 3) ? below(p, 0x10000) : below(p, 9);
}

static void put_number(struct program *p, unsigned reg)
{
    put(p, CODE_D(WORD_ADDI, reg, 0, small_number(p)));
    set(p, reg, NUMBER);
}

static unsigned source(struct program *p)
{
    unsigned reg = choose_register(p, is_number);

    if (reg == ~0u) {
        reg = target(p);
        put_number(p, reg);
    }
    return reg;
}

static void meet(struct program *p, const struct known *other)
{
    for (unsigned i = 0; i < N_REGISTERS; i++) {
        struct content *one = &p->known.registers[i];
        const struct content *two = &other->registers[i];
        bool numbers = (one->kind == NUMBER || one->kind == ADDRESS) &&
                       (two->kind == NUMBER || two->kind == ADDRESS);

        if (one->kind != two->kind || one->argument != two->argument || one->offset != two->offset)
            *one = (struct content){.kind = numbers ? NUMBER : UNDEFINED};
    }
    p->known.cr &= other->cr;
    p->known.carry &= other->carry;
}

/* ---- numbers ---- */

static void define_field(struct program *p, unsigned field)
{
    p->known.cr |= 0xe0000000u >> 4 * field; /* not SO */
}

static void put_record(struct program *p, uint32_t word)
{
    bool record = one_in(p, 6);

    put(p, word | record);
    if (record)
        define_field(p, 0);
}

static void op_constant(struct program *p)
{
    unsigned reg = target(p);
    uint32_t cells = (uint32_t)model_cells;

    switch (below(p, 4)) {
    case 0:
        put(p, CODE_D(WORD_ADDIS, reg, 0, cells >> 16));
        put(p, CODE_D(WORD_ORI, reg, reg, one_in(p, 2) ? cells : small_number(p)));
        break;
    case 1:
        put(p, CODE_D(WORD_ADDIS, reg, 0, (cells + 0x8000) >> 16));
        break;
    case 2:
        put(p, CODE_D(WORD_ADDIS, reg, 0, small_number(p)));
        put(p, CODE_D(WORD_ORI, reg, reg, small_number(p)));
        break;
    default:
        put_number(p, reg);
        return;
    }
    set(p, reg, NUMBER);
}

#define X_FORM(code) (31u << 26 | (uint32_t)(code) << 1)

/* rT <- rA, rB. Some set the carry, some use it. */
static void op_sum(struct program *p)
{
    static const uint16_t plain[] = {266, 40, 235, 75, 11}, sets[] = {10, 8}, uses[] = {138, 136};
    unsigned a = source(p), b = source(p), t = target(p);
    uint32_t code = plain[below(p, 5)];

    if (one_in(p, 3)) {
        code = p->known.carry ? uses[below(p, 2)] : sets[below(p, 2)];
        p->known.carry = true;
    }
    put_record(p, CODE_X(X_FORM(code), t, a, b));
    set(p, t, NUMBER);
}

/* rT <- rA: neg, and what adds the carry to something. */
static void op_carry(struct program *p)
{
    static const uint16_t codes[] = {202, 234, 200, 232};
    unsigned a = source(p), t = target(p);

    if (!p->known.carry)
        put_record(p, CODE_X(X_FORM(104), t, a, 0));
    else
        put_record(p, CODE_X(X_FORM(codes[below(p, 4)]), t, a, 0));
    set(p, t, NUMBER);
}

/* rA <- rS, rB. */
static void op_bits(struct program *p)
{
    static const uint16_t codes[] = {28, 444, 316, 476, 124, 60, 412, 284, 24, 536, 792};
    unsigned s = source(p), b = source(p), a = target(p);
    uint32_t code = codes[below(p, 11)];

    p->known.carry |= code == 792;
    put_record(p, CODE_X(X_FORM(code), s, a, b));
    set(p, a, NUMBER);
}

static void op_one(struct program *p)
{
    static const uint16_t codes[] = {26, 954, 922, 824};
    uint32_t code = codes[below(p, 4)];
    unsigned s = source(p), a = target(p);

    p->known.carry |= code == 824;
    put_record(p, CODE_X(X_FORM(code), s, a, code == 824 ? below(p, 32) : 0));
    set(p, a, NUMBER);
}

static void op_immediate(struct program *p)
{
    static const uint8_t sums[] = {14, 15, 7, 12, 8, 13}, bits[] = {24, 25, 26, 27, 28, 29};
    unsigned s = source(p), t;
    uint32_t code;

    if (one_in(p, 2)) {
        code = bits[below(p, 6)];
        t = target(p);
        put(p, CODE_D(code << 26, s, t, small_number(p)));
    } else {
        code = sums[s == 0 ? 2 + below(p, 4) : below(p, 6)];
        t = target(p);
        put(p, CODE_D(code << 26, t, s, small_number(p)));
        p->known.carry |= code == 12 || code == 8 || code == 13;
    }
    if (code == 13 || code >= 28)
        define_field(p, 0);
    set(p, t, NUMBER);
}

static void op_rotate(struct program *p)
{
    uint32_t masks = below(p, 32) << 6 | below(p, 32) << 1;
    unsigned s = source(p), a = target(p), b = source(p);

    if (is_number(p, a) && one_in(p, 2)) /* rlwimi */
        put_record(p, CODE_X(20u << 26, s, a, below(p, 32)) | masks);
    else if (one_in(p, 4)) /* rlwnm */
        put_record(p, CODE_X(23u << 26, s, a, b) | masks);
    else
        put_record(p, CODE_X(WORD_RLWINM, s, a, below(p, 32)) | masks);
    set(p, a, NUMBER);
}

static void op_move(struct program *p)
{
    unsigned s = below(p, N_REGISTERS), a = target(p);

    if (p->known.registers[s].kind == UNDEFINED || (p->looping && !is_number(p, s)))
        return;
    put(p, CODE_X(WORD_OR, s, a, s));
    p->known.registers[a] = p->known.registers[s];
    if (p->looping)
        set(p, a, NUMBER);
}

/* As a body that needs many registers does. */
static void op_all_arguments(struct program *p)
{
    for (unsigned reg = 3; reg <= 10 && p->n < p->limit; reg++)
        if (may_write(p, reg))
            put_number(p, reg);
}

/* ---- memory ---- */

/* The address of a place in `size` bytes that something of a width may be at. */
static int32_t choose_place(struct program *p, uint32_t size, uint32_t width)
{
    return (int32_t)(below(p, size / width) * width);
}

static bool is_base(const struct program *p, unsigned reg)
{
    enum kind kind = p->known.registers[reg].kind;

    return reg != 0 && (kind == ADDRESS || kind == POINTER);
}

static uint32_t size_at(const struct program *p, unsigned base)
{
    const struct content *content = &p->known.registers[base];

    return content->kind == ADDRESS ? CELLS_SIZE
                                    : p->model->plan.signature.sizes[content->argument];
}

static void op_address(struct program *p)
{
    uint32_t offset = (uint32_t)choose_place(p, CELLS_SIZE, 4);
    uint32_t address = (uint32_t)model_cells + offset;
    unsigned reg = target(p), other = target(p);

    if (reg == 0)
        return;
    put(p, CODE_D(WORD_ADDIS, reg, 0, (address + 0x8000) >> 16));
    set(p, reg, NUMBER);
    if (!may_write(p, other))
        return;
    put(p, CODE_D(WORD_ADDI, other, reg, address));
    p->known.registers[other] = (struct content){.kind = ADDRESS, .offset = (int32_t)offset};
}

/* A register for what is loaded; or what is stored. */
static bool choose_value(struct program *p, bool store, unsigned base, bool update, unsigned *reg)
{
    *reg = store ? choose_register(p, is_number) : target(p);
    return *reg != ~0u && !(update && *reg == base);
}

/* A store changes what loads of the same find, so nobody else's may be. */
static uint32_t access_word(struct program *p, bool store, uint32_t width)
{
    uint32_t primary = width == 4 ? 32 : width == 2 ? 40 : 34;

    if (width == 2 && !store && one_in(p, 2))
        primary = 42; /* lha */
    return (primary + (store ? 4 : 0)) << 26;
}

static bool may_store(struct program *p)
{
    return p->procedure->role != ROLE_GUARD && one_in(p, 2);
}

static void op_access(struct program *p)
{
    unsigned base = choose_register(p, is_base), reg;
    uint32_t width = 1u << below(p, 3), word;
    bool store = may_store(p), update = !p->looping && one_in(p, 4);
    int32_t place;

    if (base == ~0u || size_at(p, base) < width || !choose_value(p, store, base, update, &reg))
        return;
    if (update && !may_write(p, base))
        update = false;
    place = choose_place(p, size_at(p, base), width);
    word = access_word(p, store, width) | (update ? 1u << 26 : 0);
    put(p, CODE_D(word, reg, base, place - p->known.registers[base].offset));
    if (update)
        p->known.registers[base].offset = place;
    if (!store)
        set(p, reg, NUMBER);
}

/* A variable as compilers address it. */
static void op_variable(struct program *p)
{
    uint32_t width = 1u << below(p, 3);
    uint32_t address = (uint32_t)model_cells + (uint32_t)choose_place(p, CELLS_SIZE, width);
    bool store = may_store(p);
    unsigned base = target(p), reg = 0;

    if (base == 0)
        return;
    put(p, CODE_D(WORD_ADDIS, base, 0, (address + 0x8000) >> 16));
    set(p, base, NUMBER);
    if (!choose_value(p, store, base, false, &reg))
        return;
    put(p, CODE_D(access_word(p, store, width), reg, base, address));
    if (!store)
        set(p, reg, NUMBER);
}

/* lwzx, with an index that is a constant. */
static void op_indexed(struct program *p)
{
    unsigned base = choose_register(p, is_base), index = target(p), t;

    if (base == ~0u || base == index || size_at(p, base) < 4)
        return;
    put(p, CODE_D(WORD_ADDI, index, 0,
                  choose_place(p, size_at(p, base), 4) - p->known.registers[base].offset));
    set(p, index, NUMBER);
    t = target(p);
    put(p, CODE_X(WORD_LWZX, t, base, index));
    set(p, t, NUMBER);
}

/* ---- conditions ---- */

static const uint8_t fields[] = {0, 1, 5, 6, 7};

static void op_compare(struct program *p)
{
    unsigned field = one_in(p, 2) ? 0 : fields[below(p, 5)], a = source(p), b = source(p);

    switch (below(p, 4)) {
    case 0:
        put(p, CODE_X(one_in(p, 2) ? WORD_CMP : WORD_CMPL, field << 2, a, b));
        break;
    case 1:
        put(p, CODE_D(WORD_CMPLI, field << 2, a, small_number(p)));
        break;
    default:
        put(p, CODE_D(WORD_CMPI, field << 2, a, small_number(p)));
    }
    define_field(p, field);
}

/* Of those that are defined; makes one so if none is. */
static unsigned choose_bit(struct program *p)
{
    unsigned start = below(p, 32);

    if (p->known.cr == 0)
        op_compare(p);
    while ((p->known.cr << start & 0x80000000u) == 0)
        start = (start + 1) % 32;
    return start;
}

static void op_cr_logic(struct program *p)
{
    static const uint16_t codes[] = {449, 257, 193, 289, 33, 129, 417, 225};
    unsigned a = choose_bit(p), b = choose_bit(p), t = fields[below(p, 5)] * 4u + below(p, 4);

    put(p, CODE_X(19u << 26 | (uint32_t)codes[below(p, 8)] << 1, t, a, b));
    p->known.cr |= 0x80000000u >> t;
}

/* mfcr, and the bit that is wanted. */
static void op_read_cr(struct program *p)
{
    unsigned bit = choose_bit(p), t = target(p);

    put(p, CODE_X(X_FORM(19), t, 0, 0));
    put(p, CODE_RLWINM(t, t, (bit + 1) % 32, 31, 31));
    set(p, t, NUMBER);
}

/* ---- flow ---- */

typedef void op_t(struct program *p);
static op_t *const straight_ops[] = {
    op_constant, op_constant, op_sum,       op_sum,       op_carry,   op_bits,          op_bits,
    op_one,      op_one,      op_immediate, op_immediate, op_rotate,  op_rotate,        op_move,
    op_move,     op_address,  op_access,    op_access,    op_access,  op_variable,      op_variable,
    op_indexed,  op_compare,  op_compare,   op_cr_logic,  op_read_cr, op_all_arguments,
};
#define N_STRAIGHT (sizeof straight_ops / sizeof straight_ops[0])

static void put_straight(struct program *p, unsigned n)
{
    for (unsigned i = 0; i < n && p->n < p->limit; i++)
        straight_ops[below(p, N_STRAIGHT)](p);
}

static void aim(struct program *p, unsigned branch, unsigned to)
{
    p->words[branch] |= (to - branch) * 4 & 0xfffc;
}

/* Registers that are to hold a result, and hold a number that is one. */
static bool has_result(const struct program *p)
{
    const struct signature *s = &p->model->plan.signature;

    if (p->procedure->role == ROLE_GUARD)
        return is_number(p, 3);
    if (!p->procedure->has_result)
        return true;
    return s->result_size >= 4 && is_number(p, 3) && (s->result_words == 1 || is_number(p, 4));
}

static uint32_t any_condition(struct program *p)
{
    return one_in(p, 2) ? IF_SET : IF_CLEAR;
}

static void op_exit(struct program *p)
{
    unsigned bit = choose_bit(p);

    if (has_result(p))
        put(p, CODE_X(WORD_BCLR, any_condition(p), bit, 0));
}

/* What is passed over may end with a return. */
static void op_skip(struct program *p)
{
    unsigned bit = choose_bit(p), branch = p->n;
    struct known before = p->known;

    put(p, CODE_BC(any_condition(p), bit));
    put_straight(p, 1 + below(p, 3));
    if (has_result(p) && one_in(p, 3)) {
        put(p, CODE_X(WORD_BCLR, ALWAYS, 0, 0));
        p->known = before;
    } else {
        meet(p, &before);
    }
    aim(p, branch, p->n);
}

/* One of two, joined by a branch. */
static void op_choose(struct program *p)
{
    unsigned bit = choose_bit(p), branch = p->n, over;
    struct known before = p->known, one;

    put(p, CODE_BC(any_condition(p), bit));
    put_straight(p, 1 + below(p, 2));
    over = p->n;
    put(p, WORD_B);
    aim(p, branch, p->n);
    one = p->known;
    p->known = before;
    put_straight(p, 1 + below(p, 2));
    meet(p, &one);
    aim(p, over, p->n);
}

static void put_loop_body(struct program *p)
{
    p->looping = true;
    put_straight(p, 1 + below(p, 3));
    p->looping = false;
}

static void op_count(struct program *p)
{
    unsigned reg = target(p), start;

    put(p, CODE_D(WORD_ADDI, reg, 0, 1 + below(p, 5)));
    set(p, reg, NUMBER);
    put(p, CODE_XFX(WORD_MTSPR, reg, SPR_CTR));
    start = p->n;
    put_loop_body(p);
    put(p, CODE_BC(WHILE_COUNTING, 0));
    aim(p, p->n - 1, start);
}

static void op_loop(struct program *p)
{
    unsigned reg = target(p), start;
    uint32_t pool = p->pool;

    if (reg == 0) /* which is written if nothing else is left */
        return;
    put(p, CODE_D(WORD_ADDI, reg, 0, 1 + below(p, 5)));
    set(p, reg, NUMBER);
    start = p->n;
    p->pool &= ~(1u << reg);
    if (p->pool != 0)
        put_loop_body(p);
    p->pool = pool;
    put(p, CODE_D(13u << 26, reg, reg, -1)); /* addic. */
    p->known.carry = true;
    define_field(p, 0);
    put(p, CODE_BC(IF_CLEAR, BIT_EQ));
    aim(p, p->n - 1, start);
}

static void put_flow(struct program *p)
{
    static op_t *const ops[] = {op_exit, op_skip, op_skip, op_choose, op_count, op_loop};

    ops[below(p, 6)](p);
}

/* ---- the whole ---- */

/* An argument that is passed in a register is there. */
static void know_arguments(struct program *p, const place_t places[])
{
    const struct signature *s = &p->model->plan.signature;
    unsigned word = 0;

    for (unsigned i = 0; i < s->n_arguments; i++)
        for (unsigned k = 0; k < s->words[i]; k++, word++)
            if (PLACE_IS_REGISTER(places[word]))
                p->known.registers[places[word]] =
                    (struct content){.kind = s->kinds[i] == ARGUMENT_STRUCT ? POINTER : NUMBER,
                                     .argument = s->kinds[i] == ARGUMENT_STRUCT ? (uint8_t)i : 0};
}

static void know(struct program *p)
{
    uint32_t closure = p->procedure->closure - (uint32_t)model_cells;
    uint8_t passing = p->procedure->passing;
    place_t places[WORDS_MAX], place = PLACE_REGISTER(3);

    if (passing == PASS_ARGUMENTS || passing == PASS_CLOSURE_ARGUMENTS) {
        (void)signature_places(&p->model->plan.signature, passes_closure(passing),
                               p->procedure->has_result, places, &place);
        know_arguments(p, places);
    }
    if (!passes_closure(passing) || !PLACE_IS_REGISTER(place))
        return;
    set(p, place, closure < CELLS_SIZE ? ADDRESS : NUMBER);
    p->known.registers[place].offset = closure < CELLS_SIZE ? (int32_t)closure : 0;
}

/* An answer that is not nearly always yes. */
static void put_answer(struct program *p)
{
    unsigned from = is_number(p, 3) && one_in(p, 2) ? 3 : source(p);

    switch (below(p, 4)) {
    case 0:
        put(p, CODE_RLWINM(3, from, below(p, 32), 31, 31));
        break;
    case 1:
        put(p, CODE_D(WORD_CMPI, 0, from, below(p, 6)));
        put(p, CODE_D(WORD_ADDI, 3, 0, 0));
        put(p, CODE_X(WORD_BCLR, any_condition(p), below(p, 3), 0));
        put(p, CODE_D(WORD_ADDI, 3, 0, 1));
        break;
    case 2:
        put(p, CODE_X(X_FORM(26), from, 3, 0));
        put(p, CODE_RLWINM(3, 3, 27, 5, 31));
        break;
    default:
        put(p, CODE_X(WORD_OR, from, 3, from));
    }
}

static void put_result(struct program *p)
{
    const struct signature *s = &p->model->plan.signature;
    unsigned from = is_number(p, 3) && one_in(p, 2) ? 3 : source(p);

    if (s->result_words == 2 && from != 3 && !is_number(p, 4))
        put(p, CODE_X(WORD_OR, from, 4, from));
    else if (s->result_words == 2 && !is_number(p, 4))
        put(p, CODE_D(WORD_ADDI, 4, 0, below(p, 9)));
    if (s->result_size >= 4 && from != 3)
        put(p, CODE_X(WORD_OR, from, 3, from));
    else if (s->result_size == 1 && s->result_signed)
        put(p, CODE_X(WORD_EXTSB, from, 3, 0));
    else if (s->result_size == 2 && s->result_signed)
        put(p, CODE_X(WORD_EXTSH, from, 3, 0));
    else if (s->result_size < 4)
        put(p, CODE_RLWINM(3, from, 0, 32 - 8 * s->result_size, 31));
}

static void put_end(struct program *p)
{
    if (p->procedure->role == ROLE_GUARD)
        put_answer(p);
    else if (p->procedure->has_result)
        put_result(p);
    put(p, CODE_X(WORD_BCLR, ALWAYS, 0, 0));
}

/* Few registers, many, or those that arguments are in. */
static uint32_t choose_pool(struct program *p)
{
    uint32_t pool = random_next(&p->model->random) & 0x1ff9;

    switch (below(p, 4)) {
    case 0:
        pool &= random_next(&p->model->random);
        break;
    case 1:
        pool &= 0x1801;
        break;
    case 2:
        pool |= 0x1ff9;
        break;
    default:
        break;
    }
    return pool == 0 ? 1u << 9 : pool;
}

size_t program_make(struct model *model, struct model_procedure *procedure, uint32_t words[])
{
    struct program p = {.model = model, .procedure = procedure, .words = words};
    unsigned n;

    p.limit = MODEL_LEAF_WORDS - ROOM;
    if (!one_in(&p, 3))
        p.limit /= 2;
    p.pool = choose_pool(&p);
    know(&p);
    n = 1 + below(&p, 8);
    for (unsigned i = 0; i < n && p.n < p.limit; i++)
        if (one_in(&p, 4))
            put_flow(&p);
        else
            put_straight(&p, 1);
    put_end(&p);
    return p.n;
}

/* ---- running them ---- */

/* What a call passes to it; returns the bytes that are on the stack. */
static unsigned lay_out(const struct model_procedure *procedure, uint32_t closure,
                        const struct arguments *arguments, uint32_t registers[8], uint32_t stack[])
{
    const struct signature *s = &model_ideally.model->plan.signature;
    bool passes = procedure->passing >= PASS_ARGUMENTS;
    place_t places[WORDS_MAX], place;
    unsigned frame = signature_places(s, passes_closure(procedure->passing), procedure->has_result,
                                      places, &place);

    for (unsigned i = 0; i < s->n_words && passes; i++)
        if (PLACE_IS_REGISTER(places[i]))
            registers[places[i] - PLACE_REGISTER(3)] = arguments->words[i];
        else
            stack[(PLACE_OFFSET(places[i]) - PLACES_FRAME) / 4] = arguments->words[i];
    if (passes_closure(procedure->passing) && PLACE_IS_REGISTER(place))
        registers[place - PLACE_REGISTER(3)] = closure;
    return frame;
}

/* With memory and structs as they are in the ideal raise; what they hold in the real one is no longer needed. */
uint64_t program_run(const struct model_procedure *procedure, uint32_t closure,
                     const struct arguments *arguments, uint32_t cells[])
{
    const struct signature *s = &model_ideally.model->plan.signature;
    uint32_t registers[8] = {0}, stack[2 * ARGUMENTS_MAX + 2] = {0}, kept[MODEL_CELLS];
    uint64_t result;
    unsigned frame = lay_out(procedure, closure, arguments, registers, stack);

    for (unsigned i = 0; i < s->n_arguments; i++)
        if (s->kinds[i] == ARGUMENT_STRUCT)
            memcpy((void *)arguments->words[argument_word(s, i)], arguments->structs[i],
                   s->sizes[i]);
    memcpy(kept, model_cells, sizeof kept);
    memcpy(model_cells, cells, sizeof kept);
    result = call_words(procedure->code, registers, stack, frame / 4);
    memcpy(cells, model_cells, sizeof kept);
    memcpy(model_cells, kept, sizeof kept);
    return result;
}
