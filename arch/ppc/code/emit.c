/*
 * Emitting: see emit.h. An instruction is encoded when it is emitted, but for where branches go. These
 * are one word each until emit_finish, which extends those that do not reach, by steps, until all do.
 * None ever gets shorter again, so that ends, and extending one may make others need it.
 */
#include "arch/ppc/code/emit.h"

#include <stdio.h>
#include <string.h>

#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/operands.h"
#include "arch/ppc/code/reach.h"

#define NOT_PLACED UINT32_MAX
#define OPCODE_MASK 0xfffu

/* BO: conditions that it leaves out, and their senses (PEM 4.2.4.2). */
#define BO_ANY_CR 16
#define BO_IF_SET 8
#define BO_ANY_CTR 4
#define BO_IF_ZERO 2
#define BO_REVERSE 1 /* y: the prediction is the wrong one */
#define BO_ALWAYS (BO_ANY_CR | BO_ANY_CTR)

void emit_begin(struct emit *emit, uint32_t words[], size_t room, uint32_t address)
{
    emit->words = words;
    emit->n = 0;
    emit->room = room < NOT_PLACED ? (uint32_t)room : NOT_PLACED - 1;
    emit->address = address;
    emit->may_use_ctr = false;
    emit->fault = EMIT_OK;
    emit->n_labels = 0;
    emit->n_fixups = 0;
}

/* ---- faults ---- */

static void fail(struct emit *emit, enum emit_fault fault, const struct instruction *instruction,
                 uint32_t value)
{
    if (emit->fault != EMIT_OK)
        return;
    emit->fault = fault;
    emit->fault_at = emit->n;
    emit->fault_value = value;
    emit->fault_form = NULL;
    emit->fault_instruction = instruction != NULL ? *instruction : (struct instruction){0};
}

/* Of a branch that was emitted before. */
static void fail_fixup(struct emit *emit, enum emit_fault fault, const struct emit_fixup *fixup,
                       uint32_t value)
{
    struct instruction instruction = {0};

    (void)code_decode(emit->words[fixup->at], &instruction); /* it was encoded here */
    instruction.n_operands--;                                /* where it goes is still open */
    fail(emit, fault, &instruction, value);
    emit->fault_at = fixup->at;
}

/* "add. 3,4,5" */
static void describe(const struct instruction *instruction, char *text, size_t size)
{
    unsigned modifiers = instruction->modifiers;
    bool known = instruction->opcode != OPCODE_UNKNOWN && instruction->opcode < N_OPCODES;
    int n = snprintf(text, size, "%s%s%s%s%s",
                     known ? opcode_rows[instruction->opcode].name : "no opcode",
                     modifiers & MODIFIER_OE ? "o" : "", modifiers & MODIFIER_RC ? "." : "",
                     modifiers & MODIFIER_LK ? "l" : "", modifiers & MODIFIER_AA ? "a" : "");

    for (unsigned i = 0; i < instruction->n_operands && i < OPERANDS_MAX; i++)
        n += snprintf(text + n, size - (size_t)n, "%c%ld", i == 0 ? ' ' : ',',
                      (long)instruction->operands[i]);
}

static status_t refuse(const struct emit *emit)
{
    unsigned at = (unsigned)emit->fault_at, value = (unsigned)emit->fault_value;
    char text[96];

    describe(&emit->fault_instruction, text, sizeof text);
    switch (emit->fault) {
    case EMIT_FULL:
        return status_refuse(ERR_RANGE, "word %u: the buffer has room for %u words only", at,
                             (unsigned)emit->room);
    case EMIT_OPERAND:
        return status_refuse(ERR_RANGE, "word %u: %s: an operand is out of its range", at, text);
    case EMIT_FORM:
        if (emit->fault_form == NULL)
            return status_refuse(ERR_RANGE, "word %u: there is no %s", at, text);
        return status_refuse(ERR_RANGE, "word %u: %s: it is not for emit_%s", at, text,
                             emit->fault_form);
    case EMIT_LABEL:
        return status_refuse(ERR_RANGE, "word %u: there is no label %u", at, value);
    case EMIT_TWICE:
        return status_refuse(ERR_RANGE, "word %u: label %u was placed before", at, value);
    case EMIT_NOWHERE:
        return status_refuse(ERR_RANGE, "word %u: %s: label %u was never placed", at, text, value);
    case EMIT_LABELS:
        return status_refuse(ERR_RANGE, "word %u: more than %u labels, or %u branches", at,
                             LABELS_MAX, FIXUPS_MAX);
    default:
        return status_refuse(ERR_RANGE, "word %u: %s does not reach 0x%08x", at, text, value);
    }
}

/* ---- instructions ---- */

static void append(struct emit *emit, const struct instruction *instruction)
{
    enum encode_fault fault;

    if (emit->fault != EMIT_OK)
        return;
    if (emit->n == emit->room) {
        fail(emit, EMIT_FULL, instruction, 0);
        return;
    }
    fault = code_encode(instruction, &emit->words[emit->n]);
    if (fault == ENCODE_OK)
        emit->n++;
    else
        fail(emit, fault == ENCODE_OPERAND ? EMIT_OPERAND : EMIT_FORM, instruction, 0);
}

void emit_instruction(struct emit *emit, const struct instruction *instruction)
{
    append(emit, instruction);
}

void emit_word(struct emit *emit, uint32_t word)
{
    if (emit->fault == EMIT_OK && emit->n < emit->room)
        emit->words[emit->n++] = word;
    else
        fail(emit, EMIT_FULL, NULL, 0);
}

/* clang-format off */
/* Emitters, and the forms that each takes. A form has one. */
#define EMITTERS(EMITTER) \
    EMITTER(RT_RA_SI, "rt_ra_si") \
    EMITTER(RA_RS_UI, "ra_rs_ui") \
    EMITTER(RT_D_RA, "rt_d_ra") \
    EMITTER(RT_RA_RB, "rt_ra_rb") \
    EMITTER(RA_RS_RB, "ra_rs_rb") \
    EMITTER(RT_RA, "rt_ra") \
    EMITTER(RA_RS, "ra_rs") \
    EMITTER(RA_RS_SH, "ra_rs_sh") \
    EMITTER(RA_RS_SH_MB_ME, "ra_rs_sh_mb_me") \
    EMITTER(BF_RA_SI, "bf_ra_si") \
    EMITTER(BF_RA_UI, "bf_ra_ui") \
    EMITTER(BF_RA_RB, "bf_ra_rb") \
    EMITTER(BT_BA_BB, "bt_ba_bb") \
    EMITTER(RT_SPR, "rt_spr") \
    EMITTER(SPR_RS, "spr_rs") \
    EMITTER(FXM_RS, "fxm_rs") \
    EMITTER(RT, "rt") \
    EMITTER(RA_RB, "ra_rb") \
    EMITTER(RT_RB, "rt_rb") \
    EMITTER(TO_RA_RB, "to_ra_rb") \
    EMITTER(TO_RA_SI, "to_ra_si") \
    EMITTER(BO_BI, "bo_bi") \
    EMITTER(NOTHING, "nothing")

#define TAKEN(TAKES) \
    TAKES(RT_RA_SI,        RT_RA_SI) \
    TAKES(RT_RA_SI,        RT_RA0_SI) \
    TAKES(RA_RS_UI,        RA_RS_UI) \
    TAKES(RT_D_RA,         RT_D_RA) \
    TAKES(RT_D_RA,         RT_D_RAX) \
    TAKES(RT_D_RA,         RS_D_RA) \
    TAKES(RT_D_RA,         RS_D_RAX) \
    TAKES(RT_D_RA,         RTM_D_RA) \
    TAKES(RT_D_RA,         RSM_D_RA) \
    TAKES(RT_D_RA,         FRT_D_RA) \
    TAKES(RT_D_RA,         FRT_D_RAX) \
    TAKES(RT_D_RA,         FRS_D_RA) \
    TAKES(RT_D_RA,         FRS_D_RAX) \
    TAKES(RT_RA_RB,        RT_RA_RB) \
    TAKES(RT_RA_RB,        RT_RA0_RB) \
    TAKES(RT_RA_RB,        RT_RA0_RB_EH) \
    TAKES(RT_RA_RB,        RT_RAX_RB) \
    TAKES(RT_RA_RB,        RS_RA0_RB) \
    TAKES(RT_RA_RB,        RS_RAX_RB) \
    TAKES(RT_RA_RB,        RTS_RA0_RB) \
    TAKES(RT_RA_RB,        RSS_RA0_RB) \
    TAKES(RT_RA_RB,        FRT_RA0_RB) \
    TAKES(RT_RA_RB,        FRT_RAX_RB) \
    TAKES(RT_RA_RB,        FRS_RA0_RB) \
    TAKES(RT_RA_RB,        FRS_RAX_RB) \
    TAKES(RT_RA_RB,        FRT_FRA_FRB) \
    TAKES(RT_RA_RB,        FRT_FRA_FRC) \
    TAKES(RT_RA_RB,        VRT_RA0_RB) \
    TAKES(RT_RA_RB,        VRS_RA0_RB) \
    TAKES(RT_RA_RB,        VRT_VRA_VRB) \
    TAKES(RA_RS_RB,        RA_RS_RB) \
    TAKES(RT_RA,           RT_RA) \
    TAKES(RA_RS,           RA_RS) \
    TAKES(RA_RS_SH,        RA_RS_SH) \
    TAKES(RA_RS_SH_MB_ME,  RA_RS_SH_MB_ME) \
    TAKES(RA_RS_SH_MB_ME,  RAX_RS_SH_MB_ME) \
    TAKES(RA_RS_SH_MB_ME,  RA_RS_RB_MB_ME) \
    TAKES(BF_RA_SI,        BF_L_RA_SI) \
    TAKES(BF_RA_UI,        BF_L_RA_UI) \
    TAKES(BF_RA_RB,        BF_L_RA_RB) \
    TAKES(BF_RA_RB,        BF_FRA_FRB) \
    TAKES(BT_BA_BB,        BT_BA_BB) \
    TAKES(RT_SPR,          RT_SPR) \
    TAKES(RT_SPR,          RT_TBR) \
    TAKES(RT_SPR,          RT_SR) \
    TAKES(SPR_RS,          SPR_RS) \
    TAKES(SPR_RS,          SR_RS) \
    TAKES(FXM_RS,          FXM_RS) \
    TAKES(FXM_RS,          FLM_FRB) \
    TAKES(RT,              RT) \
    TAKES(RT,              RT_FXO) \
    TAKES(RT,              RS_LM) \
    TAKES(RT,              RB) \
    TAKES(RT,              RB_LS) \
    TAKES(RT,              FRT) \
    TAKES(RT,              VRT) \
    TAKES(RT,              VRB) \
    TAKES(RA_RB,           RA0_RB) \
    TAKES(RA_RB,           RA0_RB_LF) \
    TAKES(RT_RB,           RT_RB) \
    TAKES(RT_RB,           RS_RB) \
    TAKES(RT_RB,           FRT_FRB) \
    TAKES(RT_RB,           VRT_VRB) \
    TAKES(TO_RA_RB,        TO_RA_RB) \
    TAKES(TO_RA_SI,        TO_RA_SI) \
    TAKES(BO_BI,           BO_BI) \
    TAKES(NOTHING,         LEV) \
    TAKES(NOTHING,         LS) \
    TAKES(NOTHING,         NOTHING)
/* clang-format on */

enum emitter {
    EMITTER_NONE,
#define EMITTER(NAME, TEXT) EMITTER_##NAME,
    EMITTERS(EMITTER)
#undef EMITTER
};

static const char *const emitter_names[] = {
#define EMITTER(NAME, TEXT) [EMITTER_##NAME] = TEXT,
    EMITTERS(EMITTER)
#undef EMITTER
};

static const uint8_t emitter_of[N_FORMS] = {
#define TAKES(NAME, FORM) [FORM_##FORM] = EMITTER_##NAME,
    TAKEN(TAKES)
#undef TAKES
};

/* What an emitter was given. */
#define GIVEN(OPCODE, ...)                                                \
    (&(struct instruction){                                               \
        .opcode = (OPCODE)&OPCODE_MASK,                                   \
        .modifiers = (uint8_t)((OPCODE) >> 12),                           \
        .n_operands = sizeof((int32_t[]){__VA_ARGS__}) / sizeof(int32_t), \
        .operands = {__VA_ARGS__},                                        \
    })

static bool takes(enum emitter emitter, unsigned opcode)
{
    unsigned number = opcode & OPCODE_MASK;

    return opcode >> 16 == 0 && number < N_OPCODES && number != OPCODE_UNKNOWN &&
           emitter_of[opcode_rows[number].form] == emitter;
}

static void append_form(struct emit *emit, enum emitter emitter, unsigned opcode,
                        const struct instruction *instruction)
{
    if (takes(emitter, opcode)) {
        append(emit, instruction);
    } else if (emit->fault == EMIT_OK) {
        fail(emit, EMIT_FORM, instruction, 0);
        emit->fault_form = emitter_names[emitter];
    }
}

void emit_rt_ra_si(struct emit *emit, unsigned opcode, int rt, int ra, int32_t si)
{
    append_form(emit, EMITTER_RT_RA_SI, opcode, GIVEN(opcode, rt, ra, si));
}

void emit_ra_rs_ui(struct emit *emit, unsigned opcode, int ra, int rs, uint32_t ui)
{
    append_form(emit, EMITTER_RA_RS_UI, opcode, GIVEN(opcode, ra, rs, (int32_t)ui));
}

void emit_rt_d_ra(struct emit *emit, unsigned opcode, int rt, int32_t d, int ra)
{
    append_form(emit, EMITTER_RT_D_RA, opcode, GIVEN(opcode, rt, d, ra));
}

void emit_rt_ra_rb(struct emit *emit, unsigned opcode, int rt, int ra, int rb)
{
    append_form(emit, EMITTER_RT_RA_RB, opcode, GIVEN(opcode, rt, ra, rb));
}

void emit_ra_rs_rb(struct emit *emit, unsigned opcode, int ra, int rs, int rb)
{
    append_form(emit, EMITTER_RA_RS_RB, opcode, GIVEN(opcode, ra, rs, rb));
}

void emit_rt_ra(struct emit *emit, unsigned opcode, int rt, int ra)
{
    append_form(emit, EMITTER_RT_RA, opcode, GIVEN(opcode, rt, ra));
}

void emit_ra_rs(struct emit *emit, unsigned opcode, int ra, int rs)
{
    append_form(emit, EMITTER_RA_RS, opcode, GIVEN(opcode, ra, rs));
}

void emit_ra_rs_sh(struct emit *emit, unsigned opcode, int ra, int rs, int sh)
{
    append_form(emit, EMITTER_RA_RS_SH, opcode, GIVEN(opcode, ra, rs, sh));
}

void emit_ra_rs_sh_mb_me(struct emit *emit, unsigned opcode, int ra, int rs, int sh, int mb, int me)
{
    append_form(emit, EMITTER_RA_RS_SH_MB_ME, opcode, GIVEN(opcode, ra, rs, sh, mb, me));
}

void emit_bf_ra_si(struct emit *emit, unsigned opcode, int bf, int ra, int32_t si)
{
    append_form(emit, EMITTER_BF_RA_SI, opcode, GIVEN(opcode, bf, 0, ra, si));
}

void emit_bf_ra_ui(struct emit *emit, unsigned opcode, int bf, int ra, uint32_t ui)
{
    append_form(emit, EMITTER_BF_RA_UI, opcode, GIVEN(opcode, bf, 0, ra, (int32_t)ui));
}

/* Compares of general registers have L before them, compares of floating-point ones do not. */
void emit_bf_ra_rb(struct emit *emit, unsigned opcode, int bf, int ra, int rb)
{
    bool has_l = (opcode & OPCODE_MASK) == OPCODE_CMP || (opcode & OPCODE_MASK) == OPCODE_CMPL;

    append_form(emit, EMITTER_BF_RA_RB, opcode,
                has_l ? GIVEN(opcode, bf, 0, ra, rb) : GIVEN(opcode, bf, ra, rb));
}

void emit_bt_ba_bb(struct emit *emit, unsigned opcode, int bt, int ba, int bb)
{
    append_form(emit, EMITTER_BT_BA_BB, opcode, GIVEN(opcode, bt, ba, bb));
}

void emit_rt_spr(struct emit *emit, unsigned opcode, int rt, int spr)
{
    append_form(emit, EMITTER_RT_SPR, opcode, GIVEN(opcode, rt, spr));
}

void emit_spr_rs(struct emit *emit, unsigned opcode, int spr, int rs)
{
    append_form(emit, EMITTER_SPR_RS, opcode, GIVEN(opcode, spr, rs));
}

void emit_fxm_rs(struct emit *emit, unsigned opcode, int fxm, int rs)
{
    append_form(emit, EMITTER_FXM_RS, opcode, GIVEN(opcode, fxm, rs));
}

void emit_rt(struct emit *emit, unsigned opcode, int rt)
{
    append_form(emit, EMITTER_RT, opcode, GIVEN(opcode, rt));
}

void emit_ra_rb(struct emit *emit, unsigned opcode, int ra, int rb)
{
    append_form(emit, EMITTER_RA_RB, opcode, GIVEN(opcode, ra, rb));
}

void emit_rt_rb(struct emit *emit, unsigned opcode, int rt, int rb)
{
    append_form(emit, EMITTER_RT_RB, opcode, GIVEN(opcode, rt, rb));
}

void emit_to_ra_rb(struct emit *emit, unsigned opcode, int to, int ra, int rb)
{
    append_form(emit, EMITTER_TO_RA_RB, opcode, GIVEN(opcode, to, ra, rb));
}

void emit_to_ra_si(struct emit *emit, unsigned opcode, int to, int ra, int32_t si)
{
    append_form(emit, EMITTER_TO_RA_SI, opcode, GIVEN(opcode, to, ra, si));
}

void emit_bo_bi(struct emit *emit, unsigned opcode, int bo, int bi)
{
    append_form(emit, EMITTER_BO_BI, opcode, GIVEN(opcode, bo, bi));
}

void emit_nothing(struct emit *emit, unsigned opcode)
{
    append_form(emit, EMITTER_NOTHING, opcode, GIVEN(opcode));
}

void emit_constant(struct emit *emit, int rt, uint32_t value)
{
    int32_t high = (int16_t)(value >> 16);

    if (value + 0x8000 < 0x10000) {
        emit_rt_ra_si(emit, OPCODE_ADDI, rt, 0, (int32_t)value);
        return;
    }
    emit_rt_ra_si(emit, OPCODE_ADDIS, rt, 0, high);
    if ((value & 0xffff) != 0)
        emit_ra_rs_ui(emit, OPCODE_ORI, rt, rt, value & 0xffff);
}

/* ---- labels and branches ---- */

/*
 * How a branch goes, each with the words it takes and which of them is the one that must reach.
 * A branch that links is the last word of its sequence in each of them, since that is how LR becomes
 * the address behind it; so bcl goes back to a b that stands before it.
 */
enum way {
    WAY_DIRECT,   /* by itself */
    WAY_PLAIN,    /* bc that is always taken: b */
    WAY_INVERTED, /* bc with one condition: bc on the opposite over b */
    WAY_AROUND,   /* bc with two, whose opposite no bc has: bc to the last of b over it, and b */
    WAY_BEFORE,   /* bcl: b over the next; b; bcl to that */
    WAY_VENEER,   /* through CTR and r12: lis, addi, mtctr, bcctr with the same conditions */
};

static const struct {
    uint8_t words, branch;
} ways[] = {
    [WAY_DIRECT] = {1, 0}, [WAY_PLAIN] = {1, 0},  [WAY_INVERTED] = {2, 1},
    [WAY_AROUND] = {3, 2}, [WAY_BEFORE] = {3, 1}, [WAY_VENEER] = {4, 3},
};

label_t emit_label(struct emit *emit)
{
    if (emit->n_labels == LABELS_MAX) {
        fail(emit, EMIT_LABELS, NULL, 0);
        return (label_t){0};
    }
    emit->places[emit->n_labels++] = NOT_PLACED;
    return (label_t){emit->n_labels};
}

/* Where its place is noted; NULL and a fault if there is no such label. */
static uint32_t *place_of(struct emit *emit, label_t label)
{
    if (label.number - 1u < emit->n_labels)
        return &emit->places[label.number - 1];
    fail(emit, EMIT_LABEL, NULL, label.number);
    return NULL;
}

void emit_place(struct emit *emit, label_t label)
{
    uint32_t *place = place_of(emit, label);

    if (emit->fault != EMIT_OK)
        return;
    if (*place == NOT_PLACED)
        *place = emit->n;
    else
        fail(emit, EMIT_TWICE, NULL, label.number);
}

/* Its last operand is filled in at the end. */
static void append_branch(struct emit *emit, unsigned modifiers, struct instruction *branch,
                          label_t label, uint32_t target)
{
    uint32_t at = emit->n;

    branch->modifiers = (uint8_t)(modifiers >> 12);
    if ((modifiers & ~EMIT_LK) != 0)
        fail(emit, EMIT_FORM, branch, 0);
    else if (emit->n_fixups == FIXUPS_MAX)
        fail(emit, EMIT_LABELS, branch, 0);
    append(emit, branch);
    if (emit->fault != EMIT_OK)
        return;
    emit->fixups[emit->n_fixups++] = (struct emit_fixup){at, target, label.number, WAY_DIRECT};
}

void emit_b(struct emit *emit, unsigned modifiers, label_t to)
{
    if (place_of(emit, to) != NULL)
        append_branch(emit, modifiers, GIVEN(OPCODE_B, 0), to, 0);
}

void emit_bc(struct emit *emit, unsigned modifiers, int bo, int bi, label_t to)
{
    if (place_of(emit, to) != NULL)
        append_branch(emit, modifiers, GIVEN(OPCODE_BC, bo, bi, 0), to, 0);
}

void emit_b_to(struct emit *emit, unsigned modifiers, uint32_t address)
{
    append_branch(emit, modifiers, GIVEN(OPCODE_B, 0), (label_t){0}, address);
}

void emit_bc_to(struct emit *emit, unsigned modifiers, int bo, int bi, uint32_t address)
{
    append_branch(emit, modifiers, GIVEN(OPCODE_BC, bo, bi, 0), (label_t){0}, address);
}

/* ---- finishing ---- */

static uint32_t address_of(const struct emit *emit, uint32_t word)
{
    return emit->address + word * 4;
}

static uint32_t target_of(const struct emit *emit, const struct emit_fixup *fixup)
{
    return fixup->label == 0 ? fixup->target : address_of(emit, emit->places[fixup->label - 1]);
}

static bool is_bc(uint32_t word)
{
    return word >> 26 == WORD_BC >> 26;
}

static unsigned bo_of(uint32_t word)
{
    return is_bc(word) ? word >> 21 & 31 : BO_ALWAYS;
}

static bool reaches(const struct emit *emit, const struct emit_fixup *fixup)
{
    uint32_t from = address_of(emit, fixup->at + ways[fixup->way].branch);
    uint32_t to = target_of(emit, fixup);

    if (fixup->way == WAY_VENEER)
        return true;
    if (fixup->way == WAY_DIRECT && is_bc(emit->words[fixup->at]))
        return code_reach_bc(from, to) != REACH_NONE;
    return code_reach(from, to) != REACH_NONE;
}

/* The way to go instead of one that does not reach; the same if there is no other. */
static enum way longer_way(const struct emit *emit, const struct emit_fixup *fixup)
{
    uint32_t word = emit->words[fixup->at];
    unsigned bo = bo_of(word);

    if (fixup->way != WAY_DIRECT || !is_bc(word))
        return emit->may_use_ctr && (bo & BO_ANY_CTR) != 0 ? WAY_VENEER : fixup->way;
    if ((bo & BO_ALWAYS) == BO_ALWAYS)
        return WAY_PLAIN;
    if ((word & WORD_LK) != 0)
        return WAY_BEFORE;
    return (bo & BO_ALWAYS) == 0 ? WAY_AROUND : WAY_INVERTED;
}

/* Makes room behind the first word of a branch. Labels that are not placed are not used. */
static void move(struct emit *emit, struct emit_fixup *fixup, uint32_t by)
{
    uint32_t *behind = &emit->words[fixup->at + 1];

    memmove(behind + by, behind, (emit->n - fixup->at - 1) * sizeof *behind);
    emit->n += by;
    for (uint16_t i = 0; i < emit->n_labels; i++)
        if (emit->places[i] > fixup->at)
            emit->places[i] += by;
    for (struct emit_fixup *f = fixup + 1; f < emit->fixups + emit->n_fixups; f++)
        f->at += by;
}

/* False if there is no need to, or no way. */
static bool extend(struct emit *emit, struct emit_fixup *fixup)
{
    enum way way;
    uint32_t by;

    if (reaches(emit, fixup) || (target_of(emit, fixup) & 3) != 0)
        return false;
    way = longer_way(emit, fixup);
    by = ways[way].words - ways[fixup->way].words;
    if (by > emit->room - emit->n) {
        fail_fixup(emit, EMIT_FULL, fixup, 0);
        return false;
    }
    if (way == fixup->way)
        return false;
    move(emit, fixup, by);
    fixup->way = way;
    return true;
}

static void extend_all(struct emit *emit)
{
    bool again = true;

    while (again && emit->fault == EMIT_OK) {
        again = false;
        for (uint16_t i = 0; i < emit->n_fixups; i++)
            again |= extend(emit, &emit->fixups[i]);
    }
}

/*
 * bc with another displacement and sense, predicted as the manual says: a branch backward is taken unless
 * y is set, one forward is not.
 */
static uint32_t make_bc(uint32_t word, unsigned bo, bool taken, int32_t displacement)
{
    const uint32_t operands = 31u << 21;

    if (taken != (displacement < 0))
        bo |= BO_REVERSE;
    else
        bo &= ~(unsigned)BO_REVERSE;
    return code_put_bc_relative((word & ~operands) | bo << 21, (uint32_t)displacement);
}

static void fill_inverted(uint32_t *words, uint32_t at, uint32_t to, bool taken)
{
    unsigned bo = bo_of(words[0]);

    bo ^= (bo & BO_ANY_CTR) != 0 ? BO_IF_SET : BO_IF_ZERO;
    words[0] = make_bc(words[0], bo, !taken, 8);
    words[1] = code_retarget_b(WORD_B, at + 4, to);
}

static void fill_around(uint32_t *words, uint32_t at, uint32_t to, bool taken)
{
    words[0] = make_bc(words[0], bo_of(words[0]), taken, 8);
    words[1] = code_put_b_relative(WORD_B, 8);
    words[2] = code_retarget_b(WORD_B, at + 8, to);
}

static void fill_before(uint32_t *words, uint32_t at, uint32_t to, bool taken)
{
    words[2] = make_bc(words[0], bo_of(words[0]), taken, -4);
    words[0] = code_put_b_relative(WORD_B, 8);
    words[1] = code_retarget_b(WORD_B, at + 4, to);
}

/*
 * Of b and of bc that does not count, so what BO says of CTR is a hint, which bcctr must not have. The
 * prediction of bcctr is "not taken".
 */
static void fill_veneer(uint32_t *words, uint32_t to, bool taken)
{
    uint32_t word = words[0], bi = is_bc(word) ? word >> 16 & 31 : 0;
    unsigned bo = bo_of(word) & ~(unsigned)BO_IF_ZERO;

    if ((bo & BO_ANY_CR) == 0)
        bo = taken ? bo | BO_REVERSE : bo & ~(unsigned)BO_REVERSE;
    code_veneer(words, to);
    words[3] = CODE_X(WORD_BCCTR | (word & WORD_LK), bo, bi, 0);
}

static void fill(struct emit *emit, const struct emit_fixup *fixup)
{
    uint32_t *words = &emit->words[fixup->at], word = words[0];
    uint32_t at = address_of(emit, fixup->at), to = target_of(emit, fixup);
    bool taken = ((int32_t)(to - at) < 0) != ((bo_of(word) & BO_REVERSE) != 0);

    switch ((enum way)fixup->way) {
    case WAY_DIRECT:
        words[0] = is_bc(word) ? code_retarget_bc(word, at, to) : code_retarget_b(word, at, to);
        break;
    case WAY_PLAIN:
        words[0] = code_retarget_b(WORD_B | (word & WORD_LK), at, to);
        break;
    case WAY_INVERTED:
        fill_inverted(words, at, to, taken);
        break;
    case WAY_AROUND:
        fill_around(words, at, to, taken);
        break;
    case WAY_BEFORE:
        fill_before(words, at, to, taken);
        break;
    case WAY_VENEER:
        fill_veneer(words, to, taken);
        break;
    }
}

static void check_places(struct emit *emit)
{
    for (uint16_t i = 0; i < emit->n_fixups && emit->fault == EMIT_OK; i++) {
        const struct emit_fixup *fixup = &emit->fixups[i];

        if (fixup->label != 0 && emit->places[fixup->label - 1] == NOT_PLACED)
            fail_fixup(emit, EMIT_NOWHERE, fixup, fixup->label);
    }
}

status_t emit_finish(struct emit *emit, size_t *n)
{
    check_places(emit);
    extend_all(emit);
    for (uint16_t i = 0; i < emit->n_fixups && emit->fault == EMIT_OK; i++) {
        struct emit_fixup *fixup = &emit->fixups[i];

        if (reaches(emit, fixup))
            fill(emit, fixup);
        else
            fail_fixup(emit, EMIT_REACH, fixup, target_of(emit, fixup));
    }
    if (emit->fault != EMIT_OK)
        return refuse(emit);
    *n = emit->n;
    return OK;
}

uint32_t emit_address(const struct emit *emit, label_t label)
{
    return address_of(emit, emit->places[label.number - 1]);
}
