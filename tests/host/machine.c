/* See machine.h. */
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

static void set_field(struct machine *machine, unsigned field, uint32_t bits)
{
    unsigned shift = 28 - 4 * field;

    machine->cr = (machine->cr & ~(15u << shift)) | bits << shift;
}

static void compare(struct machine *machine, unsigned field, bool less, bool equal)
{
    set_field(machine, field,
              (less    ? 8u
               : equal ? 2u
                       : 4u) |
                  ((machine->xer & XER_SO) != 0 ? 1 : 0));
}

static void compare_signed(struct machine *machine, unsigned field, uint32_t a, uint32_t b)
{
    compare(machine, field, (int32_t)a < (int32_t)b, a == b);
}

static void compare_unsigned(struct machine *machine, unsigned field, uint32_t a, uint32_t b)
{
    compare(machine, field, a < b, a == b);
}

/* CR0, of a result. */
static void record(struct machine *machine, uint32_t result)
{
    compare_signed(machine, 0, result, 0);
}

/* Bits from one to another, counted from the left, also around the end. */
static uint32_t mask_of(unsigned begin, unsigned end)
{
    uint32_t from = ~0u >> begin, to = ~0u << (31 - end);

    return begin <= end ? from & to : from | to;
}

static bool bit_of(const struct machine *machine, unsigned bit)
{
    return (machine->cr << bit & 0x80000000u) != 0;
}

static uint32_t *special(struct machine *machine, uint32_t word)
{
    switch (FIELD_B(word) << 5 | FIELD_A(word)) {
    case SPR_XER:
        return &machine->xer;
    case SPR_LR:
        return &machine->lr;
    case SPR_CTR:
        return &machine->ctr;
    case SPR_SRR0:
        return &machine->srr0;
    case SPR_SRR1:
        return &machine->srr1;
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

static void load_multiple(struct machine *machine, uint32_t word)
{
    uint32_t *r = machine->registers, a = FIELD_A(word);
    uint32_t address = (a != 0 ? r[a] : 0) + IMMEDIATE(word);

    for (unsigned t = FIELD_T(word); t < 32; t++, address += 4)
        r[t] = machine_load(machine, address, 4);
}

static void store_multiple(struct machine *machine, uint32_t word)
{
    uint32_t *r = machine->registers, a = FIELD_A(word);
    uint32_t address = (a != 0 ? r[a] : 0) + IMMEDIATE(word);

    for (unsigned t = FIELD_T(word); t < 32; t++, address += 4)
        machine_store(machine, address, 4, r[t]);
}

static void load_floating(struct machine *machine, uint32_t word)
{
    uint32_t address = machine->registers[FIELD_A(word)] + IMMEDIATE(word);

    machine->floating[FIELD_T(word)] =
        (uint64_t)machine_load(machine, address, 4) << 32 | machine_load(machine, address + 4, 4);
}

static void store_floating(struct machine *machine, uint32_t word)
{
    uint32_t address = machine->registers[FIELD_A(word)] + IMMEDIATE(word);
    uint64_t value = machine->floating[FIELD_T(word)];

    machine_store(machine, address, 4, (uint32_t)(value >> 32));
    machine_store(machine, address + 4, 4, (uint32_t)value);
}

/* A sum whose carry is kept. */
static uint32_t add_carrying(struct machine *machine, uint32_t a, uint32_t b, uint32_t c)
{
    uint64_t sum = (uint64_t)a + b + c;

    machine->xer = sum >> 32 != 0 ? machine->xer | XER_CA : machine->xer & ~(uint32_t)XER_CA;
    return (uint32_t)sum;
}

static uint32_t carry(const struct machine *machine)
{
    return (machine->xer & XER_CA) != 0 ? 1 : 0;
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
        record(machine, *a);
        return true;
    case OPCODE_XORI:
        *a = s ^ (word & 0xffff);
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
    case OPCODE_NOR:
        *a = ~(s | b);
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
        record(machine, *a);
    return true;
}

/* What writes rT, and can record. */
static bool compute_t(struct machine *machine, enum opcode opcode, uint32_t word)
{
    uint32_t *r = machine->registers, *t = &r[FIELD_T(word)];
    uint32_t a = r[FIELD_A(word)], b = r[FIELD_B(word)];

    switch (opcode) {
    case OPCODE_ADD:
        *t = a + b;
        break;
    case OPCODE_ADDC:
        *t = add_carrying(machine, a, b, 0);
        break;
    case OPCODE_ADDE:
        *t = add_carrying(machine, a, b, carry(machine));
        break;
    case OPCODE_ADDZE:
        *t = add_carrying(machine, a, 0, carry(machine));
        break;
    case OPCODE_SUBF:
        *t = b - a;
        break;
    case OPCODE_SUBFE:
        *t = add_carrying(machine, ~a, b, carry(machine));
        break;
    case OPCODE_NEG:
        *t = 0u - a;
        break;
    case OPCODE_MULLW:
        *t = a * b;
        break;
    default:
        return false;
    }
    if ((word & 1) != 0)
        record(machine, *t);
    return true;
}

static void put_fields(struct machine *machine, uint32_t word)
{
    for (unsigned field = 0; field < 8; field++)
        if ((word >> 12 & 0x80 >> field) != 0)
            set_field(machine, field, machine->registers[FIELD_T(word)] >> (28 - 4 * field) & 15);
}

/* CR, MSR and FPSCR. */
static bool move_special(struct machine *machine, enum opcode opcode, uint32_t word)
{
    uint32_t *t = &machine->registers[FIELD_T(word)];

    switch (opcode) {
    case OPCODE_MFCR:
        *t = machine->cr;
        return true;
    case OPCODE_MTCRF:
        put_fields(machine, word);
        return true;
    case OPCODE_MFMSR:
        *t = machine->msr;
        return true;
    case OPCODE_MTMSR:
        machine->msr = *t;
        return true;
    case OPCODE_MFFS:
        machine->floating[FIELD_T(word)] = machine->fpscr;
        return true;
    case OPCODE_MTFSF:
        machine->fpscr = machine->floating[FIELD_B(word)];
        return true;
    case OPCODE_ISYNC:
        return true;
    default:
        return false;
    }
}

static bool compute_bit(struct machine *machine, enum opcode opcode, uint32_t word)
{
    bool a = bit_of(machine, FIELD_A(word)), b = bit_of(machine, FIELD_B(word)), result;
    uint32_t bit = 0x80000000u >> FIELD_T(word);

    switch (opcode) {
    case OPCODE_CRNOR:
        result = !(a || b);
        break;
    case OPCODE_CROR:
        result = a || b;
        break;
    case OPCODE_CRXOR:
        result = a != b;
        break;
    default:
        return false;
    }
    machine->cr = result ? machine->cr | bit : machine->cr & ~bit;
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
        *t = add_carrying(machine, a, IMMEDIATE(word), 0);
        break;
    case OPCODE_ADDIC_RC:
        *t = add_carrying(machine, a, IMMEDIATE(word), 0);
        record(machine, *t);
        break;
    case OPCODE_MULLI:
        *t = a * IMMEDIATE(word);
        break;
    case OPCODE_CMPI:
        compare_signed(machine, word >> 23 & 7, a, IMMEDIATE(word));
        break;
    case OPCODE_CMPLI:
        compare_unsigned(machine, word >> 23 & 7, a, word & 0xffff);
        break;
    case OPCODE_CMP:
        compare_signed(machine, word >> 23 & 7, a, b);
        break;
    case OPCODE_CMPL:
        compare_unsigned(machine, word >> 23 & 7, a, b);
        break;
    case OPCODE_MTSPR:
        *special(machine, word) = *t;
        break;
    case OPCODE_MFSPR:
        *t = *special(machine, word);
        break;
    default:
        if (!compute_a(machine, opcode, word) && !compute_t(machine, opcode, word) &&
            !compute_bit(machine, opcode, word) && !move_special(machine, opcode, word))
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
    case OPCODE_RFI:
        machine->msr = machine->srr1;
        return machine->srr0 & ~3u;
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
    case OPCODE_LMW:
        load_multiple(machine, word);
        break;
    case OPCODE_STMW:
        store_multiple(machine, word);
        break;
    case OPCODE_LFD:
        load_floating(machine, word);
        break;
    case OPCODE_STFD:
        store_floating(machine, word);
        break;
    default:
        compute(machine, opcode, word);
    }
    return machine->at + 4;
}

bool machine_step(struct machine *machine)
{
    uint32_t word;

    machine->fault = NULL;
    if (!machine->fetch(machine->context, machine->at, &word))
        return false;
    machine->at = step(machine, word);
    return machine->fault == NULL;
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
