/*
 * A counter of 64 bits, one more. The shortest sequence for what is free: with the carry if CA is dead, else by asking whether
 * the lower half has become zero, in a CR field, in CTR, or without either.
 *
 * Each half is loaded and stored within a range that is finished when it is interrupted, so no count is lost; what is between the two
 * is in registers of the interrupted context.
 */
#include "arch/ppc/code/patch/body.h"
#include "arch/ppc/registers.h"

enum carry { CARRY_RECORD, CARRY_COMPARE, CARRY_CA, CARRY_COUNT, CARRY_ZEROES };

struct counter {
    unsigned base, value, third;
    uint32_t high, low; /* displacements */
    size_t number;
    enum carry carry;
    unsigned field;
};

static enum carry choose_carry(const struct body *b, unsigned field)
{
    bool carry_is_dead = (b->keep.special & SPECIAL_CA) == 0;

    if (field == 0 && carry_is_dead)
        return CARRY_RECORD;
    if (field < 8)
        return CARRY_COMPARE;
    if (carry_is_dead)
        return CARRY_CA;
    return (b->keep.special & SPECIAL_CTR) == 0 ? CARRY_COUNT : CARRY_ZEROES;
}

/* By one, without CA; addi knows no r0. */
static void put_increment(struct body *b, unsigned reg)
{
    if (reg != 0) {
        put(b, CODE_D(WORD_ADDI, reg, reg, 1));
    } else {
        put(b, CODE_X(WORD_NOR, 0, 0, 0));
        put(b, CODE_X(WORD_NEG, 0, 0, 0));
    }
}

static void put_load(struct body *b, const struct counter *c, uint32_t displacement)
{
    put(b, CODE_D(WORD_LWZ, c->value, c->base, displacement));
}

static void put_store(struct body *b, const struct counter *c, uint32_t displacement, size_t first)
{
    put(b, CODE_D(WORD_STW, c->value, c->base, displacement));
    body_mark(b, MARK_COUNT, first, b->code.n, c->number);
}

static void put_low(struct body *b, const struct counter *c)
{
    size_t first = b->code.n;

    put_load(b, c, c->low);
    if (c->carry == CARRY_RECORD)
        put(b, CODE_D(WORD_ADDIC_RC, c->value, c->value, 1));
    else if (c->carry == CARRY_CA)
        put(b, CODE_D(WORD_ADDIC, c->value, c->value, 1));
    else
        put_increment(b, c->value);
    put_store(b, c, c->low, first);
}

/* One more only once in 2^32 times; the branch is predicted to be taken. */
static void put_rare_high(struct body *b, const struct counter *c, uint32_t branch)
{
    size_t over = body_leap(b, branch), first = b->code.n;

    put_load(b, c, c->high);
    put_increment(b, c->value);
    put_store(b, c, c->high, first);
    body_land(b, over);
}

static void put_high_with_carry(struct body *b, const struct counter *c)
{
    size_t first = b->code.n;

    put_load(b, c, c->high);
    put(b, CODE_X(WORD_ADDZE, c->value, c->value, 0));
    put_store(b, c, c->high, first);
}

/* Of 32 bits only 0 has 32 leading zeroes. */
static void put_high_with_zeroes(struct body *b, const struct counter *c)
{
    size_t first;

    put(b, CODE_X(WORD_CNTLZW, c->value, c->third, 0));
    put(b, CODE_RLWINM(c->third, c->third, 27, 5, 31));
    first = b->code.n;
    put_load(b, c, c->high);
    put(b, CODE_X(WORD_ADD, c->value, c->value, c->third));
    put_store(b, c, c->high, first);
}

static void put_high(struct body *b, const struct counter *c)
{
    switch (c->carry) {
    case CARRY_RECORD:
    case CARRY_COMPARE:
        if (c->carry == CARRY_COMPARE)
            put(b, CODE_D(WORD_CMPI, c->field << 2, c->value, 0));
        put_rare_high(b, c, CODE_BC(BO_IF_FALSE | BO_LIKELY, c->field * 4 + BIT_EQ));
        break;
    case CARRY_CA:
        put_high_with_carry(b, c);
        break;
    case CARRY_COUNT:
        put_increment(b, c->value);
        put(b, CODE_XFX(WORD_MTSPR, c->value, SPR_CTR));
        put_rare_high(b, c, CODE_BC(BO_UNTIL_ZERO | BO_LIKELY, 0));
        break;
    case CARRY_ZEROES:
        put_high_with_zeroes(b, c);
    }
}

static uint32_t upper_half(uint32_t address)
{
    return (address + 0x8000) >> 16;
}

/* In r0 there would be none. */
static void put_base(struct body *b, struct counter *c, uint32_t counter)
{
    put(b, CODE_D(WORD_ADDIS, c->base, 0, upper_half(counter)));
    c->high = counter;
    c->low = counter + 4;
    if (upper_half(counter) != upper_half(counter + 4)) {
        put(b, CODE_D(WORD_ADDI, c->base, c->base, counter));
        c->high = 0;
        c->low = 4;
    }
}

void count_put(struct body *b, const struct action *action, size_t number)
{
    struct counter c = {.number = number, .field = dead_field(b)};
    size_t first;

    b->taken = 0;
    body_part(b, "count", number);
    c.carry = choose_carry(b, c.field);
    c.base = scratch_take(b, false);
    c.value = scratch_take(b, true);
    if (c.carry == CARRY_ZEROES)
        c.third = scratch_take(b, true);
    first = b->code.n;
    put_base(b, &c, action->counter);
    put_low(b, &c);
    put_high(b, &c);
    body_mark(b, MARK_ACTION, first, b->code.n, number);
}
