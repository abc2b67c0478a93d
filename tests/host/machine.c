/* See machine.h. Only CR0 is there, since code that can be copied uses no other on its way. */
#include "tests/host/machine.h"

#include <stdio.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/operands.h"
#include "arch/ppc/registers.h"

#define STEPS_MAX 200000
#define UNTIL_ZERO 0x04u /* bits of BO: no use of CTR, no use of CR, and what they are to be */
#define WITHOUT_CR 0x10u
#define IF_SET 0x08u
#define COUNT_IS_ZERO 0x02u
#define ROTATED(word, n) ((word) << (n) | (word) >> ((32 - (n)) & 31))

/* ---- memory ---- */

void machine_add(struct machine *machine, uint32_t start, uint8_t bytes[], size_t size)
{
    machine->regions[machine->n_regions++] = (struct region){start, size, bytes};
}

static void complain(struct machine *machine, const char *what, uint32_t value)
{
    static char text[100];

    snprintf(text, sizeof text, "at 0x%08x: %s: 0x%x", (unsigned)machine->at, what,
             (unsigned)value);
    machine->fault = text;
}

static uint8_t *bytes_at(struct machine *machine, uint32_t address, unsigned width)
{
    static uint8_t nowhere[4];

    for (unsigned i = 0; i < machine->n_regions; i++) {
        const struct region *region = &machine->regions[i];

        if (address - region->start < region->size &&
            address - region->start + width <= region->size)
            return region->bytes + (address - region->start);
    }
    complain(machine, "memory is not there", address);
    return nowhere;
}

uint32_t machine_load(struct machine *machine, uint32_t address, unsigned width)
{
    const uint8_t *bytes;
    uint32_t value = 0;

    if (width == 4 && machine->fetch(machine->context, address, &value))
        return value;
    bytes = bytes_at(machine, address, width);
    for (unsigned i = 0; i < width; i++)
        value = value << 8 | bytes[i];
    return value;
}

void machine_store(struct machine *machine, uint32_t address, unsigned width, uint32_t value)
{
    uint8_t *bytes = bytes_at(machine, address, width);

    for (unsigned i = 0; i < width; i++)
        bytes[i] = (uint8_t)(value >> 8 * (width - 1 - i));
}

/* ---- instructions ---- */

static void compare(struct machine *machine, bool less, bool equal)
{
    machine->less = less;
    machine->equal = equal;
    machine->greater = !less && !equal;
}

static void compare_signed(struct machine *machine, uint32_t a, uint32_t b)
{
    compare(machine, (int32_t)a < (int32_t)b, a == b);
}

static void compare_unsigned(struct machine *machine, uint32_t a, uint32_t b)
{
    compare(machine, a < b, a == b);
}

/* Bits from one to another, counted from the left, also around the end. */
static uint32_t mask_of(unsigned begin, unsigned end)
{
    uint32_t from = ~0u >> begin, to = ~0u << (31 - end);

    return begin <= end ? from & to : from | to;
}

static bool bit_of(const struct machine *machine, unsigned bit)
{
    const bool bits[] = {machine->less, machine->greater, machine->equal, false};

    return bits[bit & 3];
}

static uint32_t *special(struct machine *machine, uint32_t word)
{
    switch (FIELD_B(word) << 5 | FIELD_A(word)) {
    case SPR_LR:
        return &machine->lr;
    case SPR_CTR:
        return &machine->ctr;
    case SPR_SPRG1:
        return &machine->sprg1;
    }
    complain(machine, "a register is not known", word);
    return &machine->lr;
}

static bool is_taken(struct machine *machine, uint32_t word)
{
    unsigned bo = FIELD_T(word);

    if ((bo & UNTIL_ZERO) == 0 && (--machine->ctr == 0) != ((bo & COUNT_IS_ZERO) != 0))
        return false;
    return (bo & WITHOUT_CR) != 0 || bit_of(machine, FIELD_A(word)) == ((bo & IF_SET) != 0);
}

/* Where it goes on. */
static uint32_t branch(struct machine *machine, enum opcode opcode, uint32_t word)
{
    uint32_t to = opcode == OPCODE_BCLR ? machine->lr & ~3u : machine->ctr & ~3u;
    struct successor successor;

    code_successor(word, machine->at, &successor);
    if (opcode == OPCODE_B || opcode == OPCODE_BC)
        to = successor.target;
    if ((word & 1) != 0)
        machine->lr = machine->at + 4;
    return opcode == OPCODE_B || is_taken(machine, word) ? to : machine->at + 4;
}

static void load(struct machine *machine, enum opcode opcode, uint32_t word)
{
    uint32_t *r = machine->registers, a = FIELD_A(word), t = FIELD_T(word);
    bool updates = opcode == OPCODE_LWZU;
    uint32_t address = (a != 0 ? r[a] : 0) + IMMEDIATE(word);

    if (opcode == OPCODE_LBZ)
        r[t] = machine_load(machine, address, 1);
    else if (opcode == OPCODE_LHZ)
        r[t] = machine_load(machine, address, 2);
    else if (opcode == OPCODE_LHA)
        r[t] = (uint32_t)(int16_t)machine_load(machine, address, 2);
    else
        r[t] = machine_load(machine, address, 4);
    if (updates)
        r[a] = address;
}

static void store(struct machine *machine, enum opcode opcode, uint32_t word)
{
    uint32_t *r = machine->registers, a = FIELD_A(word);
    uint32_t address = (a != 0 ? r[a] : 0) + IMMEDIATE(word);

    machine_store(machine, address,
                  opcode == OPCODE_STB   ? 1
                  : opcode == OPCODE_STH ? 2
                                         : 4,
                  r[FIELD_T(word)]);
    if (opcode == OPCODE_STWU)
        r[a] = address;
}

static void subtract_extended(struct machine *machine, uint32_t word)
{
    uint32_t *r = machine->registers;
    uint64_t sum = (uint64_t)(uint32_t)~r[FIELD_A(word)] + r[FIELD_B(word)] + machine->carry;

    r[FIELD_T(word)] = (uint32_t)sum;
    machine->carry = sum >> 32 != 0;
}

/* What writes rA. */
static bool compute_a(struct machine *machine, enum opcode opcode, uint32_t word)
{
    uint32_t *r = machine->registers, *a = &r[FIELD_A(word)];
    uint32_t s = r[FIELD_T(word)], b = r[FIELD_B(word)];

    switch (opcode) {
    case OPCODE_ORI:
        *a = s | (word & 0xffff);
        return true;
    case OPCODE_ORIS:
        *a = s | word << 16;
        return true;
    case OPCODE_XORIS:
        *a = s ^ word << 16;
        return true;
    case OPCODE_ANDI_RC:
        *a = s & (word & 0xffff);
        compare_signed(machine, *a, 0);
        return true;
    case OPCODE_RLWINM:
        *a = ROTATED(s, FIELD_B(word)) & mask_of(word >> 6 & 31, word >> 1 & 31);
        break;
    case OPCODE_OR:
        *a = s | b;
        break;
    case OPCODE_AND:
        *a = s & b;
        break;
    case OPCODE_XOR:
        *a = s ^ b;
        break;
    case OPCODE_CNTLZW:
        *a = s == 0 ? 32 : (uint32_t)__builtin_clz(s);
        break;
    case OPCODE_EXTSB:
        *a = (uint32_t)(int8_t)s;
        break;
    case OPCODE_EXTSH:
        *a = (uint32_t)(int16_t)s;
        break;
    case OPCODE_SRAWI:
        *a = (uint32_t)((int32_t)s >> FIELD_B(word));
        break;
    default:
        return false;
    }
    if ((word & 1) != 0)
        compare_signed(machine, *a, 0);
    return true;
}

static void compute(struct machine *machine, enum opcode opcode, uint32_t word)
{
    uint32_t *r = machine->registers, *t = &r[FIELD_T(word)];
    uint32_t a = r[FIELD_A(word)], b = r[FIELD_B(word)];

    switch (opcode) {
    case OPCODE_ADDI:
        *t = (FIELD_A(word) != 0 ? a : 0) + IMMEDIATE(word);
        break;
    case OPCODE_ADDIS:
        *t = (FIELD_A(word) != 0 ? a : 0) + (word << 16);
        break;
    case OPCODE_ADDIC:
        machine->carry = a + IMMEDIATE(word) < a;
        *t = a + IMMEDIATE(word);
        break;
    case OPCODE_ADD:
        *t = a + b;
        break;
    case OPCODE_SUBF:
        *t = b - a;
        break;
    case OPCODE_SUBFE:
        subtract_extended(machine, word);
        break;
    case OPCODE_CMPI:
        compare_signed(machine, a, IMMEDIATE(word));
        break;
    case OPCODE_CMPLI:
        compare_unsigned(machine, a, word & 0xffff);
        break;
    case OPCODE_CMP:
        compare_signed(machine, a, b);
        break;
    case OPCODE_CMPL:
        compare_unsigned(machine, a, b);
        break;
    case OPCODE_MTSPR:
        *special(machine, word) = *t;
        break;
    case OPCODE_MFSPR:
        *t = *special(machine, word);
        break;
    default:
        if (!compute_a(machine, opcode, word))
            complain(machine, "an instruction is not known", word);
    }
}

static uint32_t step(struct machine *machine, uint32_t word)
{
    enum opcode opcode = code_opcode(word);

    switch (opcode) {
    case OPCODE_B:
    case OPCODE_BC:
    case OPCODE_BCLR:
    case OPCODE_BCCTR:
        return branch(machine, opcode, word);
    case OPCODE_LBZ:
    case OPCODE_LHZ:
    case OPCODE_LHA:
    case OPCODE_LWZ:
    case OPCODE_LWZU:
        load(machine, opcode, word);
        break;
    case OPCODE_STB:
    case OPCODE_STH:
    case OPCODE_STW:
    case OPCODE_STWU:
        store(machine, opcode, word);
        break;
    default:
        compute(machine, opcode, word);
    }
    return machine->at + 4;
}

const char *machine_run(struct machine *machine, uint32_t entry)
{
    uint32_t word, n = 0;

    machine->fault = NULL;
    machine->lr = MACHINE_RETURN;
    for (machine->at = entry; machine->at != MACHINE_RETURN && machine->fault == NULL;) {
        if (n++ == STEPS_MAX)
            complain(machine, "it does not end", entry);
        else if (machine->fetch(machine->context, machine->at, &word))
            machine->at = step(machine, word);
        else if (machine->play(machine->context, machine, machine->at))
            machine->at = machine->lr;
        else
            complain(machine, "there is no code", machine->lr);
    }
    return machine->fault;
}
