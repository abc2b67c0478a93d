/* See effects.h. */
#include "arch/ppc/code/effects.h"

#include "arch/ppc/code/operands.h"
#include "arch/ppc/registers.h"

#define FIELD_C(word) ((word) >> 6 & 31)
#define CR_BIT(n) (0x80000000u >> (n))

enum { RC_BIT = 1, LK_BIT = 1, AA_BIT = 2, OE_BIT = 0x400, VECTOR_RC_BIT = 0x400 };

/* Bits of BO (PEM table 4-19). */
enum { BO_ANY_CONDITION = 16, BO_KEEP_COUNT = 4 };

static inline void add_general(uint32_t word, uint32_t roles, struct register_set *reads,
                               struct register_set *writes)
{
    if ((roles & WRITES_T) != 0)
        writes->general |= 1u << FIELD_T(word);
    if ((roles & READS_T) != 0)
        reads->general |= 1u << FIELD_T(word);
    if ((roles & READS_A) != 0 || ((roles & READS_A0) != 0 && FIELD_A(word) != 0))
        reads->general |= 1u << FIELD_A(word);
    if ((roles & WRITES_A) != 0)
        writes->general |= 1u << FIELD_A(word);
    if ((roles & READS_B) != 0)
        reads->general |= 1u << FIELD_B(word);
}

static inline void add_floating(uint32_t word, uint32_t roles, struct register_set *reads,
                                struct register_set *writes)
{
    if ((roles & WRITES_FT) != 0)
        writes->floating |= 1u << FIELD_T(word);
    if ((roles & READS_FT) != 0)
        reads->floating |= 1u << FIELD_T(word);
    if ((roles & READS_FA) != 0)
        reads->floating |= 1u << FIELD_A(word);
    if ((roles & READS_FB) != 0)
        reads->floating |= 1u << FIELD_B(word);
    if ((roles & READS_FC) != 0)
        reads->floating |= 1u << FIELD_C(word);
}

static inline void add_vector(uint32_t word, uint32_t roles, struct register_set *reads,
                              struct register_set *writes)
{
    if ((roles & WRITES_VT) != 0)
        writes->vector |= 1u << FIELD_T(word);
    if ((roles & READS_VT) != 0)
        reads->vector |= 1u << FIELD_T(word);
    if ((roles & READS_VA) != 0)
        reads->vector |= 1u << FIELD_A(word);
    if ((roles & READS_VB) != 0)
        reads->vector |= 1u << FIELD_B(word);
    if ((roles & READS_VC) != 0)
        reads->vector |= 1u << FIELD_C(word);
}

static inline void add_condition(uint32_t word, uint32_t roles, struct register_set *reads,
                                 struct register_set *writes)
{
    if ((roles & WRITES_CR_FIELD) != 0)
        writes->condition |= CR_FIELD(word >> 23 & 7);
    if ((roles & READS_CR_FIELD) != 0)
        reads->condition |= CR_FIELD(word >> 18 & 7);
    if ((roles & WRITES_CR_BIT) != 0)
        writes->condition |= CR_BIT(FIELD_T(word));
    if ((roles & READS_CR_BITS) != 0)
        reads->condition |= CR_BIT(FIELD_A(word)) | CR_BIT(FIELD_B(word));
}

/* What Rc and OE add. */
static inline void add_modifiers(uint32_t word, const struct opcode_row *row,
                                 struct register_set *reads, struct register_set *writes)
{
    uint32_t traits = row->traits;

    if ((row->modifiers & MODIFIER_OE) != 0 && (word & OE_BIT) != 0) {
        reads->special |= SPECIAL_SO; /* which stays set */
        writes->special |= SPECIAL_OV | SPECIAL_SO;
    }
    if ((traits & TRAIT_CR6) != 0) {
        if ((word & VECTOR_RC_BIT) != 0)
            writes->condition |= CR_FIELD(6);
    } else if ((traits & TRAIT_RC_ALWAYS) != 0 || (word & row->modifiers & RC_BIT) != 0) {
        if ((traits & TRAIT_FLOATING) != 0) {
            reads->special |= SPECIAL_FPSCR;
            writes->condition |= CR_FIELD(1);
        } else {
            reads->special |= SPECIAL_SO;
            writes->condition |= CR_FIELD(0);
        }
    }
}

static inline void add_traits(uint32_t traits, struct register_set *reads,
                              struct register_set *writes)
{
    if ((traits & TRAIT_READS_CA) != 0)
        reads->special |= SPECIAL_CA;
    if ((traits & TRAIT_WRITES_CA) != 0)
        writes->special |= SPECIAL_CA;
    if ((traits & TRAIT_READS_SO) != 0)
        reads->special |= SPECIAL_SO;
    if ((traits & TRAIT_READS_FPSCR) != 0)
        reads->special |= SPECIAL_FPSCR;
    if ((traits & TRAIT_WRITES_FPSCR) != 0)
        writes->special |= SPECIAL_FPSCR;
    if ((traits & TRAIT_READS_VSCR) != 0)
        reads->special |= SPECIAL_VSCR;
    if ((traits & TRAIT_WRITES_VSCR) != 0)
        writes->special |= SPECIAL_VSCR;
}

#define TRAITS_OF_SPECIAL                                                                         \
    (TRAIT_READS_CA | TRAIT_WRITES_CA | TRAIT_READS_SO | TRAIT_READS_FPSCR | TRAIT_WRITES_FPSCR | \
     TRAIT_READS_VSCR | TRAIT_WRITES_VSCR)

/* Everything that follows from the tables; sets are empty before. */
static inline void add_regular(uint32_t word, const struct opcode_row *row,
                               struct register_set *reads, struct register_set *writes)
{
    uint32_t roles = row->roles;

    if ((roles & GENERAL) != 0)
        add_general(word, roles, reads, writes);
    if ((roles & FLOATING_AND_VECTOR) != 0) {
        add_floating(word, roles, reads, writes);
        add_vector(word, roles, reads, writes);
    }
    if ((roles & CONDITION) != 0)
        add_condition(word, roles, reads, writes);
    if (row->modifiers != 0 || (row->traits & (TRAIT_RC_ALWAYS | TRAIT_CR6)) != 0)
        add_modifiers(word, row, reads, writes);
    if ((row->traits & TRAITS_OF_SPECIAL) != 0)
        add_traits(row->traits, reads, writes);
}

static uint32_t spr_number(uint32_t word)
{
    return (word >> 16 & 0x1f) | (word >> 6 & 0x3e0);
}

/* The set an SPR belongs to. */
static uint32_t spr_special(uint32_t spr)
{
    static const struct {
        uint16_t first, last;
        uint32_t special;
    } ranges[] = {
        {SPR_XER, SPR_XER, SPECIAL_XER},
        {SPR_LR, SPR_LR, SPECIAL_LR},
        {SPR_CTR, SPR_CTR, SPECIAL_CTR},
        {SPR_DSISR, SPR_DAR, SPECIAL_SAVED},
        {SPR_DEC, SPR_DEC, SPECIAL_TIME},
        {SPR_SDR1, SPR_SDR1, SPECIAL_TRANSLATION},
        {SPR_SRR0, SPR_SRR1, SPECIAL_SAVED},
        {SPR_VRSAVE, SPR_VRSAVE, SPECIAL_VRSAVE},
        {SPR_SPRG0, SPR_SPRG3, SPECIAL_SPRG},
        {SPR_TBWL, SPR_TBWU, SPECIAL_TIME},
        {SPR_IBAT0U, SPR_DBAT3L, SPECIAL_TRANSLATION},
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        if (spr >= ranges[i].first && spr <= ranges[i].last)
            return ranges[i].special;
    }
    return SPECIAL_OTHER;
}

/* Special registers that are sets of their own; of the others only a part is written at a time. */
#define SPECIAL_WHOLE (SPECIAL_LR | SPECIAL_CTR | SPECIAL_XER | SPECIAL_VRSAVE)

/* Of mfspr and mtspr. */
static void add_spr(uint32_t word, enum opcode opcode, struct register_set *reads,
                    struct register_set *writes)
{
    uint32_t special = spr_special(spr_number(word));

    if (opcode == OPCODE_MTSPR) {
        writes->special |= special;
        special &= ~SPECIAL_WHOLE;
    }
    reads->special |= special;
}

/* n registers from `first`, around r0. */
static uint32_t registers_around(unsigned first, unsigned n)
{
    uint32_t set = n >= 32 ? ~0u : (1u << n) - 1;

    return first == 0 ? set : set << first | set >> (32 - first);
}

static uint32_t bytes_of_string(uint32_t word)
{
    return FIELD_B(word) == 0 ? 32 : FIELD_B(word);
}

static void string_effects(uint32_t word, enum opcode opcode, struct effects *effects)
{
    uint32_t bytes = bytes_of_string(word), some = registers_around(FIELD_T(word), (bytes + 3) / 4);

    if (opcode == OPCODE_LSWI) {
        effects->writes.general |= some;
    } else if (opcode == OPCODE_STSWI) {
        effects->reads.general |= some;
    } else {
        effects->reads.special |= SPECIAL_COUNT;
        effects->reads.general = ~0u;
        if (opcode == OPCODE_LSWX)
            effects->writes.general = ~0u;
    }
    effects->memory.width = opcode == OPCODE_LSWI || opcode == OPCODE_STSWI ? (uint8_t)bytes : 0;
}

static void multiple_effects(uint32_t word, enum opcode opcode, struct effects *effects)
{
    uint32_t all = ~0u << FIELD_T(word);

    if (opcode == OPCODE_LMW)
        effects->writes.general |= all;
    else
        effects->reads.general |= all;
    effects->memory.width = (uint8_t)(4 * (32 - FIELD_T(word)));
}

static inline void add_branch(uint32_t word, enum opcode opcode, struct register_set *reads,
                              struct register_set *writes)
{
    uint32_t bo = FIELD_T(word);

    if (opcode != OPCODE_B) {
        if ((bo & BO_ANY_CONDITION) == 0)
            reads->condition |= CR_BIT(FIELD_A(word));
        if ((bo & BO_KEEP_COUNT) == 0) {
            reads->special |= SPECIAL_CTR;
            writes->special |= SPECIAL_CTR;
        }
    }
    if (opcode == OPCODE_BCLR)
        reads->special |= SPECIAL_LR;
    if (opcode == OPCODE_BCCTR)
        reads->special |= SPECIAL_CTR;
    if ((word & LK_BIT) != 0)
        writes->special |= SPECIAL_LR;
}

/* One bit with itself: the result is known, whatever it holds. */
static void logical_effects(uint32_t word, struct effects *effects)
{
    if (FIELD_A(word) == FIELD_B(word))
        effects->reads.condition = 0;
}

static void mtcrf_effects(uint32_t word, struct effects *effects)
{
    for (unsigned field = 0; field < 8; field++) {
        if ((word >> 12 & 0x80 >> field) != 0)
            effects->writes.condition |= CR_FIELD(field);
    }
}

/* The byte or so that is loaded joins what the register holds (its other bytes become undefined). */
static void element_effects(uint32_t word, struct effects *effects)
{
    effects->reads.vector |= 1u << FIELD_T(word);
}

/* Special registers, where operands do not matter. Of which a part is written at a time, they are also read. */
static const struct {
    uint16_t opcode; /* enum opcode */
    uint32_t reads, writes;
} fixed_effects[] = {
    {OPCODE_LWARX, 0, SPECIAL_RESERVATION},
    {OPCODE_STWCX_RC, SPECIAL_RESERVATION, SPECIAL_RESERVATION},
    {OPCODE_MCRXR, SPECIAL_XER & ~SPECIAL_COUNT, SPECIAL_XER & ~SPECIAL_COUNT},
    {OPCODE_MFTB, SPECIAL_TIME, 0},
    {OPCODE_MFMSR, SPECIAL_MSR, 0},
    {OPCODE_MTMSR, 0, SPECIAL_MSR},
    {OPCODE_MFSR, SPECIAL_SEGMENTS, 0},
    {OPCODE_MFSRIN, SPECIAL_SEGMENTS, 0},
    {OPCODE_MTSR, SPECIAL_SEGMENTS, SPECIAL_SEGMENTS},
    {OPCODE_MTSRIN, SPECIAL_SEGMENTS, SPECIAL_SEGMENTS},
    {OPCODE_TLBIE, SPECIAL_TRANSLATION, SPECIAL_TRANSLATION},
    {OPCODE_TLBIA, SPECIAL_TRANSLATION, SPECIAL_TRANSLATION},
    {OPCODE_TLBLD, SPECIAL_TRANSLATION, SPECIAL_TRANSLATION},
    {OPCODE_TLBLI, SPECIAL_TRANSLATION, SPECIAL_TRANSLATION},
};

static void add_fixed(enum opcode opcode, struct effects *effects)
{
    for (size_t i = 0; i < sizeof(fixed_effects) / sizeof(fixed_effects[0]); i++) {
        if (fixed_effects[i].opcode == opcode) {
            effects->reads.special |= fixed_effects[i].reads;
            effects->writes.special |= fixed_effects[i].writes;
        }
    }
}

static void odd_effects(uint32_t word, enum opcode opcode, struct effects *effects)
{
    switch (opcode) {
    case OPCODE_B:
    case OPCODE_BC:
    case OPCODE_BCLR:
    case OPCODE_BCCTR:
        add_branch(word, opcode, &effects->reads, &effects->writes);
        break;
    case OPCODE_SC:
    case OPCODE_RFI: /* whoever goes on may read anything */
        effects->reads = REGISTERS_ALL;
        break;
    case OPCODE_MFCR:
        effects->reads.condition = ~0u;
        break;
    case OPCODE_CRXOR:
    case OPCODE_CREQV:
    case OPCODE_CRANDC:
    case OPCODE_CRORC:
        logical_effects(word, effects);
        break;
    case OPCODE_LMW:
    case OPCODE_STMW:
        multiple_effects(word, opcode, effects);
        break;
    case OPCODE_LSWI:
    case OPCODE_LSWX:
    case OPCODE_STSWI:
    case OPCODE_STSWX:
        string_effects(word, opcode, effects);
        break;
    case OPCODE_LVEBX:
    case OPCODE_LVEHX:
    case OPCODE_LVEWX:
        element_effects(word, effects);
        break;
    case OPCODE_MTCRF:
        mtcrf_effects(word, effects);
        break;
    case OPCODE_MFSPR:
    case OPCODE_MTSPR:
        effects->spr = (uint16_t)spr_number(word);
        add_spr(word, opcode, &effects->reads, &effects->writes);
        break;
    default:
        add_fixed(opcode, effects);
    }
}

/* Low bits of the address that are ignored. */
static uint8_t access_alignment(const struct opcode_row *row, uint32_t width)
{
    bool line = width == 32; /* dcbz and its like */

    return line || (row->traits & TRAIT_ALTIVEC) != 0 ? (uint8_t)width : 1;
}

static void memory_effects(uint32_t word, const struct opcode_row *row,
                           struct memory_access *memory)
{
    uint32_t roles = row->roles, width = row->access >> ACCESS_WIDTH, a = FIELD_A(word);

    memory->direction = (row->access & ACCESS_STORE) != 0 ? MEMORY_STORE : MEMORY_LOAD;
    memory->base = (roles & READS_A0) != 0 && a == 0 ? NO_REGISTER : (uint8_t)a;
    if ((roles & READS_B) != 0)
        memory->index = (uint8_t)FIELD_B(word);
    if ((roles & DISPLACED) != 0)
        memory->displacement = (int16_t)word;
    memory->width = (uint8_t)width;
    memory->alignment = access_alignment(row, width);
    memory->reserve = (row->access & ACCESS_RESERVE) != 0;
    memory->update = (roles & WRITES_A) != 0;
}

void code_effects(uint32_t word, enum opcode opcode, struct effects *effects)
{
    const struct opcode_row *row = &opcode_rows[opcode];

    *effects = (struct effects){
        .memory = {.base = NO_REGISTER, .index = NO_REGISTER, .alignment = 1}, .spr = NO_SPR};
    add_regular(word, row, &effects->reads, &effects->writes);
    if (row->access != 0)
        memory_effects(word, row, &effects->memory);
    if ((row->traits & TRAIT_ODD) != 0)
        odd_effects(word, opcode, effects);
}

/* One member of the sets of code_effects_gather. */
static inline void gather(uint32_t *live, uint32_t *written, uint32_t reads, uint32_t writes)
{
    *live = (*live & ~writes) | reads;
    *written |= writes;
}

static void gather_floating_and_vector(uint32_t word, uint32_t roles, struct register_set *live,
                                       struct register_set *written)
{
    struct register_set r = REGISTERS_NONE, w = REGISTERS_NONE;

    add_floating(word, roles, &r, &w);
    add_vector(word, roles, &r, &w);
    gather(&live->floating, &written->floating, r.floating, w.floating);
    gather(&live->vector, &written->vector, r.vector, w.vector);
}

static void gather_branch(uint32_t word, enum opcode opcode, struct register_set *live,
                          struct register_set *written)
{
    struct register_set r = REGISTERS_NONE, w = REGISTERS_NONE;

    add_branch(word, opcode, &r, &w);
    gather(&live->condition, &written->condition, r.condition, w.condition);
    gather(&live->special, &written->special, r.special, w.special);
}

static void gather_odd(uint32_t word, enum opcode opcode, struct register_set *live,
                       struct register_set *written)
{
    struct register_set r = REGISTERS_NONE, w = REGISTERS_NONE;
    struct effects effects;

    if (opcode == OPCODE_MFSPR || opcode == OPCODE_MTSPR) {
        add_spr(word, opcode, &r, &w);
        gather(&live->special, &written->special, r.special, w.special);
        return;
    }
    code_effects(word, opcode, &effects);
    registers_remove(live, &effects.writes);
    registers_add(live, &effects.reads);
    registers_add(written, &effects.writes);
}

/* What an instruction does besides with general registers; if it has a case of its own, with these too. */
static inline void gather_more(uint32_t word, enum opcode opcode, const struct opcode_row *row,
                               struct register_set *live, struct register_set *written)
{
    struct register_set r = REGISTERS_NONE, w = REGISTERS_NONE;

    if ((row->traits & TRAIT_ODD) != 0) {
        if ((row->modifiers & MODIFIER_LK) != 0)
            gather_branch(word, opcode, live, written);
        else
            gather_odd(word, opcode, live, written);
        return;
    }
    if ((row->roles & FLOATING_AND_VECTOR) != 0)
        gather_floating_and_vector(word, row->roles, live, written);
    if ((row->roles & CONDITION) != 0)
        add_condition(word, row->roles, &r, &w);
    add_modifiers(word, row, &r, &w);
    add_traits(row->traits, &r, &w);
    gather(&live->condition, &written->condition, r.condition, w.condition);
    gather(&live->special, &written->special, r.special, w.special);
}

void code_effects_gather(const uint32_t words[], const uint16_t opcodes[], uint32_t n,
                         struct register_set *live, struct register_set *written)
{
    uint32_t general = live->general, written_general = written->general;

    while (n-- > 0) {
        uint32_t word = words[n];
        const struct opcode_row *row = &opcode_rows[opcodes[n]];
        uint32_t t = 1u << FIELD_T(word), a = 1u << FIELD_A(word), b = 1u << FIELD_B(word);

        gather(&general, &written_general,
               (t & (uint32_t)row->reads_t) | (a & (uint32_t)row->reads_a) |
                   (b & (uint32_t)row->reads_b),
               (t & (uint32_t)row->writes_t) | (a & (uint32_t)row->writes_a));
        if ((word & row->more) == 0)
            continue;
        live->general = general;
        written->general = written_general;
        gather_more(word, opcodes[n], row, live, written);
        general = live->general;
        written_general = written->general;
    }
    live->general = general;
    written->general = written_general;
}

void code_effects_backward(uint32_t word, enum opcode opcode, struct register_set *live)
{
    const uint16_t one = (uint16_t)opcode;
    struct register_set written = REGISTERS_NONE;

    code_effects_gather(&word, &one, 1, live, &written);
}

bool code_is_privileged(uint32_t word, enum opcode opcode)
{
    if (opcode == OPCODE_MFSPR || opcode == OPCODE_MTSPR)
        return (spr_number(word) & 0x10) != 0; /* PEM 4.4.2.2 */
    return (opcode_rows[opcode].traits & TRAIT_PRIVILEGED) != 0;
}

bool code_is_relative(uint32_t word, enum opcode opcode)
{
    if ((opcode_rows[opcode].modifiers & MODIFIER_LK) == 0)
        return false;
    return (word & LK_BIT) != 0 ||
           ((opcode == OPCODE_B || opcode == OPCODE_BC) && (word & AA_BIT) == 0);
}

static uint32_t branch_target(uint32_t word, uint32_t address, unsigned width)
{
    int32_t displacement = (int32_t)(word << (32 - width)) >> (32 - width) & ~3;

    return (word & AA_BIT) != 0 ? (uint32_t)displacement : address + (uint32_t)displacement;
}

void code_successor_of(uint32_t word, enum opcode opcode, uint32_t address,
                       struct successor *successor)
{
    uint32_t traits = opcode_rows[opcode].traits;
    struct successor s = {.transfer = TRANSFER_NEXT};

    switch (opcode) {
    case OPCODE_UNKNOWN:
        s.transfer = TRANSFER_NOWHERE;
        break;
    case OPCODE_B:
    case OPCODE_BC:
        s.transfer = TRANSFER_DIRECT;
        s.conditional = opcode == OPCODE_BC && !code_branches_always(word);
        s.target = branch_target(word, address, opcode == OPCODE_B ? 26 : 16);
        break;
    case OPCODE_BCLR:
    case OPCODE_BCCTR:
        s.transfer = opcode == OPCODE_BCLR ? TRANSFER_LINK : TRANSFER_COUNT;
        s.conditional = !code_branches_always(word);
        break;
    case OPCODE_SC:
        s.transfer = TRANSFER_SYSTEM;
        break;
    case OPCODE_RFI:
        s.transfer = TRANSFER_RFI;
        break;
    case OPCODE_TW:
    case OPCODE_TWI:
        s.transfer = FIELD_T(word) == 31 ? TRANSFER_NOWHERE : TRANSFER_TRAP;
        break;
    default:
        if ((traits & TRAIT_ABSENT) != 0)
            s.transfer = TRANSFER_NOWHERE;
    }
    s.links = (opcode_rows[opcode].modifiers & MODIFIER_LK) != 0 && (word & LK_BIT) != 0;
    *successor = s;
}

void code_successor(uint32_t word, uint32_t address, struct successor *successor)
{
    code_successor_of(word, code_opcode(word), address, successor);
}
