/*
 * Tests of arch/ppc/code/emit.c: what is emitted is decoded again; branches, extended or not, are
 * executed by a small interpreter and compared with what the manual says of the one that was asked for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/ppc/code/emit.h"
#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/reach.h"
#include "tests/host/random.h"

#define BASE 0x10000000u
#define MB (1 << 20)
#define NOP 0x60000000u
#define GUARD 0x5a5a5a5au
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct emit e;
static uint32_t words[200000];
static size_t n;

static void begin(size_t room)
{
    for (size_t i = 0; i < 64; i++)
        words[i] = GUARD;
    emit_begin(&e, words, room, BASE);
}

static void fill(unsigned count)
{
    while (count-- > 0)
        emit_word(&e, NOP);
}

static void assert_finished(size_t expected)
{
    n = SIZE_MAX;
    if (emit_finish(&e, &n) != OK)
        fail_msg("%s", status_explain());
    assert_int_equal(n, expected);
}

static void assert_refused(enum emit_fault fault, const char *sentence)
{
    n = 4711;
    assert_int_equal(emit_finish(&e, &n), ERR_RANGE);
    assert_string_equal(status_explain(), sentence);
    assert_int_equal(e.fault, fault);
    assert_int_equal(n, 4711);
}

/* ---- emitters ---- */

/* What an operand is to emitters; those that differ only in the kind of register are the same. */
static char letter(enum operand kind)
{
    static const char letters[N_OPERANDS] = {
        [OPERAND_RT] = 't',  [OPERAND_RS] = 't',  [OPERAND_RTM] = 't', [OPERAND_RSM] = 't',
        [OPERAND_RTS] = 't', [OPERAND_RSS] = 't', [OPERAND_FRT] = 't', [OPERAND_FRS] = 't',
        [OPERAND_VRT] = 't', [OPERAND_VRS] = 't', [OPERAND_RA] = 'a',  [OPERAND_RA0] = 'a',
        [OPERAND_RAW] = 'a', [OPERAND_RAX] = 'a', [OPERAND_FRA] = 'a', [OPERAND_VRA] = 'a',
        [OPERAND_RAU] = 'a', [OPERAND_RAL] = 'a', [OPERAND_RBX] = 'b', [OPERAND_RB] = 'b',
        [OPERAND_FRB] = 'b', [OPERAND_FRC] = 'b', [OPERAND_VRB] = 'b', [OPERAND_SI] = 's',
        [OPERAND_UI] = 'u',  [OPERAND_D] = 'd',   [OPERAND_SH] = 'h',  [OPERAND_MB] = 'm',
        [OPERAND_ME] = 'e',  [OPERAND_BF] = 'f',  [OPERAND_L] = 'l',   [OPERAND_TO] = 'o',
        [OPERAND_BO] = 'O',  [OPERAND_BI] = 'I',  [OPERAND_BT] = 'T',  [OPERAND_BA] = 'A',
        [OPERAND_BB] = 'B',  [OPERAND_FXM] = 'x', [OPERAND_FLM] = 'x', [OPERAND_SPR] = 'p',
        [OPERAND_TBR] = 'p', [OPERAND_SR] = 'p',
    };

    return letters[kind] != 0 ? letters[kind] : '?';
}

/* What each emitter takes, and how it is called with that. */
static const struct emitter {
    const char *name, *takes[6];
    unsigned n_operands;
    union {
        void (*none)(struct emit *, unsigned);
        void (*one)(struct emit *, unsigned, int);
        void (*two)(struct emit *, unsigned, int, int);
        void (*three)(struct emit *, unsigned, int, int, int);
        void (*signed_three)(struct emit *, unsigned, int, int, int32_t);
        void (*unsigned_three)(struct emit *, unsigned, int, int, uint32_t);
        void (*five)(struct emit *, unsigned, int, int, int, int, int);
    };
} emitters[] = {
    {"rt_ra_si", {"tas"}, 3, {.signed_three = emit_rt_ra_si}},
    {"ra_rs_ui", {"atu"}, 4, {.unsigned_three = emit_ra_rs_ui}},
    {"rt_d_ra", {"tda"}, 3, {.signed_three = emit_rt_d_ra}},
    {"rt_ra_rb", {"tab"}, 3, {.three = emit_rt_ra_rb}},
    {"ra_rs_rb", {"atb"}, 3, {.three = emit_ra_rs_rb}},
    {"rt_ra", {"ta"}, 2, {.two = emit_rt_ra}},
    {"ra_rs", {"at"}, 2, {.two = emit_ra_rs}},
    {"ra_rs_sh", {"ath"}, 3, {.three = emit_ra_rs_sh}},
    {"ra_rs_sh_mb_me", {"athme", "atbme"}, 5, {.five = emit_ra_rs_sh_mb_me}},
    {"bf_ra_si", {"flas"}, 3, {.signed_three = emit_bf_ra_si}},
    {"bf_ra_ui", {"flau"}, 4, {.unsigned_three = emit_bf_ra_ui}},
    {"bf_ra_rb", {"flab", "fab"}, 3, {.three = emit_bf_ra_rb}},
    {"bt_ba_bb", {"TAB"}, 3, {.three = emit_bt_ba_bb}},
    {"rt_spr", {"tp"}, 2, {.two = emit_rt_spr}},
    {"spr_rs", {"pt"}, 2, {.two = emit_spr_rs}},
    {"fxm_rs", {"xt", "xb"}, 2, {.two = emit_fxm_rs}},
    {"rt", {"t", "b"}, 1, {.one = emit_rt}},
    {"ra_rb", {"ab"}, 2, {.two = emit_ra_rb}},
    {"rt_rb", {"tb"}, 2, {.two = emit_rt_rb}},
    {"to_ra_rb", {"oab"}, 3, {.three = emit_to_ra_rb}},
    {"to_ra_si", {"oas"}, 3, {.signed_three = emit_to_ra_si}},
    {"bo_bi", {"OI"}, 2, {.two = emit_bo_bi}},
    {"nothing", {""}, 0, {.none = emit_nothing}},
};

static void call(const struct emitter *emitter, unsigned opcode, const int32_t *o)
{
    switch (emitter->n_operands) {
    case 0:
        emitter->none(&e, opcode);
        break;
    case 1:
        emitter->one(&e, opcode, o[0]);
        break;
    case 2:
        emitter->two(&e, opcode, o[0], o[1]);
        break;
    case 3:
        emitter->three(&e, opcode, o[0], o[1], o[2]);
        break;
    case 4: /* three, the last of them unsigned */
        emitter->unsigned_three(&e, opcode, o[0], o[1], (uint32_t)o[2]);
        break;
    default:
        emitter->five(&e, opcode, o[0], o[1], o[2], o[3], o[4]);
    }
}

static bool emitter_takes(const struct emitter *emitter, const char *signature)
{
    for (size_t i = 0; i < COUNT(emitter->takes) && emitter->takes[i] != NULL; i++)
        if (strcmp(emitter->takes[i], signature) == 0)
            return true;
    return false;
}

/*
 * The operands' letters, and values that they may have; L, which emitters have not, is not among these.
 * Those that may be left out are in neither.
 */
static void sign(enum opcode opcode, char *signature, int32_t *values)
{
    const uint8_t *kinds = code_operands(opcode);

    for (; *kinds != OPERAND_NONE && *kinds < OPERAND_LEV; kinds++) {
        *signature = letter(*kinds);
        if (*kinds == OPERAND_TBR)
            *values++ = 269;
        else if (*kinds != OPERAND_L)
            *values++ = *signature == 'd' || *signature == 's' ? -4 : 9 - *signature % 5;
        signature++;
    }
    *signature = '\0';
}

static void check_emitted(const char *signature, enum opcode opcode, unsigned modifiers,
                          const int32_t *values)
{
    struct instruction i;

    assert_finished(1);
    assert_true(code_decode(words[0], &i));
    assert_int_equal(i.opcode, opcode);
    assert_int_equal(i.modifiers, modifiers);
    assert_in_range(i.n_operands, strlen(signature), OPERANDS_MAX);
    for (unsigned o = 0; o < i.n_operands; o++)
        assert_int_equal(i.operands[o],
                         o >= strlen(signature) || signature[o] == 'l' ? 0 : *values++);
    assert_int_equal(words[1], GUARD);
}

/* How many emitters take it. */
static unsigned try_emitters(enum opcode opcode, unsigned modifiers)
{
    char signature[OPERANDS_MAX + 1];
    int32_t values[OPERANDS_MAX] = {0};
    unsigned taken = 0;

    sign(opcode, signature, values);
    for (size_t k = 0; k < COUNT(emitters); k++) {
        begin(4);
        call(&emitters[k], (unsigned)opcode | modifiers << 12, values);
        if (emitter_takes(&emitters[k], signature)) {
            taken++;
            check_emitted(signature, opcode, modifiers, values);
        } else {
            assert_int_equal(e.fault, EMIT_FORM);
            assert_int_equal(words[0], GUARD);
            assert_string_equal(e.fault_form, emitters[k].name);
        }
    }
    return taken;
}

static void each_emitter_takes_its_form_and_no_other(void **state)
{
    unsigned taken = 0;

    (void)state;
    for (int opcode = 1; opcode < N_OPCODES; opcode++)
        for (unsigned modifiers = 0; modifiers < 16; modifiers++) {
            if ((modifiers & ~opcode_rows[opcode].modifiers) != 0)
                continue;
            assert_in_range(try_emitters((enum opcode)opcode, modifiers), 0, 1);
            taken += modifiers == 0 && try_emitters((enum opcode)opcode, 0) == 1;
        }
    assert_in_range(taken, 300, N_OPCODES); /* of about 370 */
}

static void what_was_decoded_can_be_emitted(void **state)
{
    unsigned emitted = 0;
    uint32_t seed = 1;

    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        uint32_t word = random_next(&seed);
        struct instruction instruction;

        if (!code_decode(word, &instruction))
            continue;
        begin(4);
        emit_instruction(&e, &instruction);
        emit_word(&e, word);
        assert_finished(2);
        assert_int_equal(words[0], word);
        assert_int_equal(words[1], word);
        emitted++;
    }
    assert_in_range(emitted, 10000, 100000);
}

static void an_opcode_that_is_none_is_refused(void **state)
{
    static const unsigned none[] = {OPCODE_UNKNOWN, N_OPCODES, 0xfff, OPCODE_ADD | 0x10000,
                                    OPCODE_ADD | 0x100000};

    (void)state;
    for (size_t i = 0; i < COUNT(none); i++) {
        begin(4);
        emit_rt_ra_rb(&e, none[i], 3, 4, 5);
        assert_int_equal(e.fault, EMIT_FORM);
        assert_int_equal(words[0], GUARD);
    }
}

static void a_fault_names_opcode_operands_and_word(void **state)
{
    (void)state;
    begin(4);
    emit_nothing(&e, OPCODE_SYNC);
    emit_rt_ra_rb(&e, OPCODE_ADD | EMIT_RC | EMIT_OE, 3, 4, 32);
    assert_refused(EMIT_OPERAND, "word 1: addo. 3,4,32: an operand is out of its range");
    begin(4);
    emit_rt_ra_rb(&e, OPCODE_LWZ, 3, 4, 5);
    assert_refused(EMIT_FORM, "word 0: lwz 3,4,5: it is not for emit_rt_ra_rb");
    begin(4);
    emit_rt_d_ra(&e, OPCODE_LWZ | EMIT_RC, 3, 4, 5);
    assert_refused(EMIT_FORM, "word 0: there is no lwz. 3,4,5");
    begin(4);
    emit_rt_d_ra(&e, N_OPCODES, 3, 4, 5);
    assert_refused(EMIT_FORM, "word 0: no opcode 3,4,5: it is not for emit_rt_d_ra");
}

static void operands_out_of_range_are_refused(void **state)
{
    (void)state;
#define REFUSED(CALL) \
    (begin(4), CALL, assert_int_equal(e.fault, EMIT_OPERAND), assert_int_equal(words[0], GUARD))
#define TAKEN(CALL) (begin(4), CALL, assert_finished(1))
    TAKEN(emit_rt_ra_si(&e, OPCODE_ADDI, 31, 0, 0x7fff));
    TAKEN(emit_rt_ra_si(&e, OPCODE_ADDI, 0, 31, -0x8000));
    REFUSED(emit_rt_ra_si(&e, OPCODE_ADDI, 3, 3, 0x8000));
    REFUSED(emit_rt_ra_si(&e, OPCODE_ADDI, 3, 3, -0x8001));
    REFUSED(emit_rt_ra_si(&e, OPCODE_ADDI, 32, 3, 0));
    REFUSED(emit_rt_ra_si(&e, OPCODE_ADDI, 3, -1, 0));
    TAKEN(emit_ra_rs_ui(&e, OPCODE_ORI, 3, 3, 0xffff));
    REFUSED(emit_ra_rs_ui(&e, OPCODE_ORI, 3, 3, 0x10000));
    REFUSED(emit_ra_rs_ui(&e, OPCODE_ORI, 3, 3, UINT32_MAX));
    TAKEN(emit_ra_rs_sh(&e, OPCODE_SRAWI, 3, 3, 31));
    REFUSED(emit_ra_rs_sh(&e, OPCODE_SRAWI, 3, 3, 32));
    TAKEN(emit_ra_rs_sh_mb_me(&e, OPCODE_RLWINM, 3, 3, 31, 31, 31));
    REFUSED(emit_ra_rs_sh_mb_me(&e, OPCODE_RLWINM, 3, 3, 0, 32, 31));
    REFUSED(emit_ra_rs_sh_mb_me(&e, OPCODE_RLWINM, 3, 3, 0, 0, 32));
    TAKEN(emit_bf_ra_si(&e, OPCODE_CMPI, 7, 3, -1));
    REFUSED(emit_bf_ra_si(&e, OPCODE_CMPI, 8, 3, -1));
    REFUSED(emit_bf_ra_ui(&e, OPCODE_CMPLI, 7, 3, 0x10000));
    TAKEN(emit_rt_spr(&e, OPCODE_MFSPR, 3, 1023));
    REFUSED(emit_rt_spr(&e, OPCODE_MFSPR, 3, 1024));
    TAKEN(emit_fxm_rs(&e, OPCODE_MTCRF, 0xff, 3));
    REFUSED(emit_fxm_rs(&e, OPCODE_MTCRF, 0x100, 3));
    REFUSED(emit_bt_ba_bb(&e, OPCODE_CRAND, 32, 0, 0));
    REFUSED(emit_bo_bi(&e, OPCODE_BCLR, 20, 32));
    REFUSED(emit_bc_to(&e, 0, 32, 0, BASE));
    REFUSED(emit_constant(&e, 32, 5));
#undef REFUSED
#undef TAKEN
}

static void the_first_fault_stays_and_nothing_after_it_counts(void **state)
{
    label_t label;

    (void)state;
    begin(8);
    label = emit_label(&e);
    emit_word(&e, NOP);
    emit_rt(&e, OPCODE_MFCR, 40);
    emit_rt(&e, OPCODE_MFCR, 3);
    emit_word(&e, NOP);
    emit_instruction(&e, &(struct instruction){.opcode = OPCODE_UNKNOWN});
    emit_b(&e, 0, (label_t){9});
    emit_place(&e, label);
    emit_place(&e, label);
    assert_refused(EMIT_OPERAND, "word 1: mfcr 40: an operand is out of its range");
    assert_refused(EMIT_OPERAND, "word 1: mfcr 40: an operand is out of its range");
    assert_int_equal(e.n, 1);
    assert_int_equal(words[1], GUARD);
}

static void what_does_not_fit_the_buffer_is_not_written(void **state)
{
    (void)state;
    begin(2);
    fill(2);
    assert_finished(2);
    begin(2);
    fill(3);
    assert_refused(EMIT_FULL, "word 2: the buffer has room for 2 words only");
    assert_int_equal(words[2], GUARD);
    begin(2);
    fill(1);
    emit_constant(&e, 3, 0x12345678);
    assert_refused(EMIT_FULL, "word 2: the buffer has room for 2 words only");
    assert_int_equal(words[2], GUARD);
    begin(0);
    emit_nothing(&e, OPCODE_SYNC);
    assert_refused(EMIT_FULL, "word 0: the buffer has room for 0 words only");
    assert_int_equal(words[0], GUARD);
}

static void a_branch_is_not_extended_over_the_end_of_the_buffer(void **state)
{
    (void)state;
    for (size_t room = 2; room <= 3; room++) {
        begin(room);
        emit_bc_to(&e, 0, 12, 2, BASE + MB);
        fill(1);
        if (room == 3)
            assert_finished(3);
        else
            assert_refused(EMIT_FULL, "word 0: the buffer has room for 2 words only");
        assert_int_equal(words[room], GUARD);
    }
}

/* ---- execution ---- */

struct machine {
    uint32_t at, ctr, lr, cr, r12;
};

/* Whether a branch with these conditions is taken; counts (PEM 8.2, bc). */
static bool taken(struct machine *m, uint32_t bo, uint32_t bi)
{
    if ((bo & 4) == 0)
        m->ctr--;
    return ((bo & 4) != 0 || (m->ctr == 0) == ((bo & 2) != 0)) &&
           ((bo & 16) != 0 || (m->cr >> (31 - bi) & 1) == (bo >> 3 & 1));
}

static void branch(struct machine *m, const struct instruction *i, bool goes, uint32_t to)
{
    uint32_t next = m->at + 4;

    if ((i->modifiers & MODIFIER_LK) != 0)
        m->lr = next;
    m->at = goes ? to : next;
}

static uint32_t target(const struct machine *m, const struct instruction *i, int32_t operand)
{
    return (uint32_t)operand + ((i->modifiers & MODIFIER_AA) != 0 ? 0 : m->at);
}

/* Branches, and what veneers are made of. */
static void step(struct machine *m, uint32_t word)
{
    struct instruction i;
    const int32_t *o = i.operands;

    assert_true(code_decode(word, &i));
    switch (i.opcode) {
    case OPCODE_B:
        branch(m, &i, true, target(m, &i, o[0]));
        return;
    case OPCODE_BC:
        branch(m, &i, taken(m, (uint32_t)o[0], (uint32_t)o[1]), target(m, &i, o[2]));
        return;
    case OPCODE_BCCTR:
        assert_true((o[0] & 4) != 0); /* counting is invalid */
        branch(m, &i, taken(m, (uint32_t)o[0], (uint32_t)o[1]), m->ctr & ~3u);
        return;
    case OPCODE_ADDIS:
    case OPCODE_ADDI:
        assert_true(o[0] == 12 && (o[1] == 0 || o[1] == 12));
        m->r12 = (o[1] == 0 ? 0 : m->r12) + (uint32_t)o[2] * (i.opcode == OPCODE_ADDI ? 1 : 65536);
        break;
    case OPCODE_MTSPR:
        assert_true(o[0] == 9 && o[1] == 12);
        m->ctr = m->r12;
        break;
    default:
        fail_msg("0x%08x is not for here", word);
    }
    m->at += 4;
}

/* Executes what stands at [start, end) until it is left, or begins again. */
static void run(struct machine *m, uint32_t start, uint32_t end)
{
    unsigned steps = 0;

    m->at = start;
    do {
        assert_in_range(steps++, 0, 10);
        step(m, words[(m->at - BASE) / 4]);
    } while (m->at - start - 4 < end - start - 4);
}

/* States in which every condition on CTR and on a bit of CR is met and is not. */
static const struct machine machines[] = {
    {.ctr = 0, .cr = 0},          {.ctr = 1, .cr = 0},          {.ctr = 2, .cr = 0},
    {.ctr = 0, .cr = UINT32_MAX}, {.ctr = 1, .cr = UINT32_MAX}, {.ctr = 2, .cr = UINT32_MAX},
};

/* That [start, end) does what the branch does, if it ends there, and nothing else but with CTR and r12. */
static void check_execution(uint32_t bo, uint32_t bi, bool links, uint32_t start, uint32_t end,
                            uint32_t to)
{
    for (size_t i = 0; i < 2 * COUNT(machines); i++) {
        struct machine expected = machines[i % COUNT(machines)], m;
        bool veneer = end - start == 16;

        if (i >= COUNT(machines)) /* the bit that is looked at is unlike all others */
            expected.cr ^= 0x80000000u >> bi;
        expected.lr = 0xdddddddd;
        expected.r12 = 0xcccccccc;
        m = expected;
        expected.at = taken(&expected, bo, bi) ? to : end;
        expected.lr = links ? end : expected.lr;
        run(&m, start, end);
        assert_int_equal(m.at, expected.at);
        assert_int_equal(m.lr, expected.lr);
        assert_int_equal(m.cr, expected.cr);
        assert_true(veneer ? e.may_use_ctr : m.ctr == expected.ctr && m.r12 == expected.r12);
    }
}

/* Which word of the extended branch is a b. */
static uint32_t place_of_b(uint32_t bo, bool links)
{
    if ((bo & 20) == 20)
        return 0;
    return !links && (bo & 20) == 0 ? 2 : 1;
}

/* By code_reach, which has tests of its own. */
static size_t expected_words(uint32_t bo, bool links, uint32_t to)
{
    static const size_t sizes[] = {1, 2, 3};
    uint32_t b = place_of_b(bo, links);

    if (code_reach_bc(BASE, to) != REACH_NONE)
        return 1;
    if (code_reach(BASE + b * 4, to) != REACH_NONE)
        return links && b == 1 ? 3 : sizes[b];
    return e.may_use_ctr && (bo & 4) != 0 ? 4 : 0;
}

static void check_bc(uint32_t bo, uint32_t bi, bool links, uint32_t to, bool may_use_ctr)
{
    size_t expected;

    begin(8);
    e.may_use_ctr = may_use_ctr;
    expected = expected_words(bo, links, to);
    emit_bc_to(&e, links ? EMIT_LK : 0, (int)bo, (int)bi, to);
    if (expected == 0) {
        assert_int_equal(emit_finish(&e, &n), ERR_RANGE);
        assert_int_equal(e.fault, EMIT_REACH);
        return;
    }
    assert_finished(expected);
    check_execution(bo, bi, links, BASE, BASE + (uint32_t)n * 4, to);
    assert_int_equal(words[n], GUARD);
}

static bool is_valid_bo(uint32_t bo, uint32_t bi)
{
    return code_opcode(CODE_D(WORD_BC, bo, bi, 0u)) == OPCODE_BC;
}

static void bc_goes_the_same_way_however_far(void **state)
{
    static const int32_t limits[] = {0, 0x8000, 32 * MB};
    static const uint32_t absolute[] = {0,          0x7ffc,     0x8000,     0x01fffffc, 0x02000000,
                                        0xfffffffc, 0xffff8000, 0xffff7ffc, 0xfe000000, 0xfdfffffc,
                                        0x80000000, 0x7fff8000, 0x1234fffc};

    (void)state;
    for (uint32_t k = 0; k < 32 * 32 * 4; k++) {
        uint32_t bo = k & 31, bi = k >> 5 & 31;
        bool links = k >> 10 & 1, may_use_ctr = k >> 11 & 1;

        if (!is_valid_bo(bo, bi))
            continue;
        for (size_t i = 0; i < COUNT(limits); i++)
            for (int32_t near = -12; near <= 12; near += 4) {
                check_bc(bo, bi, links, BASE + (uint32_t)(limits[i] + near), may_use_ctr);
                check_bc(bo, bi, links, BASE + (uint32_t)(-limits[i] + near), may_use_ctr);
            }
        for (size_t i = 0; i < COUNT(absolute); i++)
            check_bc(bo, bi, links, absolute[i], may_use_ctr);
    }
}

static void check_b(bool links, uint32_t to, bool may_use_ctr)
{
    bool reached = code_reach(BASE, to) != REACH_NONE;

    begin(8);
    e.may_use_ctr = may_use_ctr;
    emit_b_to(&e, links ? EMIT_LK : 0, to);
    if (!reached && !may_use_ctr) {
        assert_int_equal(emit_finish(&e, &n), ERR_RANGE);
        assert_int_equal(e.fault, EMIT_REACH);
        return;
    }
    assert_finished(reached ? 1 : 4);
    check_execution(20, 0, links, BASE, BASE + (uint32_t)n * 4, to);
    assert_int_equal(words[n], GUARD);
}

static void b_goes_the_same_way_however_far(void **state)
{
    static const uint32_t places[] = {0,          BASE,       BASE + 32 * MB, BASE - 32 * MB,
                                      0x02000000, 0xfe000000, 0x80000000,     0x7fff8000};

    (void)state;
    for (unsigned k = 0; k < 4; k++)
        for (size_t i = 0; i < COUNT(places); i++)
            for (uint32_t near = 0; near <= 16; near += 4)
                check_b(k & 1, places[i] - 8 + near, k >> 1);
}

static void what_nothing_reaches_is_named(void **state)
{
    (void)state;
    begin(8);
    fill(2);
    emit_b_to(&e, EMIT_LK, 0x40000000);
    assert_refused(EMIT_REACH, "word 2: bl does not reach 0x40000000");
    begin(8);
    fill(1);
    e.may_use_ctr = true;
    emit_bc_to(&e, 0, 16, 0, 0x40000000);
    assert_refused(EMIT_REACH, "word 1: bc 16,0 does not reach 0x40000000");
    begin(8);
    e.may_use_ctr = true;
    emit_b_to(&e, 0, BASE + 2);
    assert_refused(EMIT_REACH, "word 0: b does not reach 0x10000002");
}

static void branches_have_no_modifier_but_lk(void **state)
{
    static const unsigned modifiers[] = {EMIT_RC, EMIT_OE, 0x8000, 0x10000, 1, EMIT_LK | 2};

    (void)state;
    for (size_t i = 0; i < COUNT(modifiers); i++) {
        begin(8);
        emit_b_to(&e, modifiers[i], BASE);
        assert_int_equal(e.fault, EMIT_FORM);
        begin(8);
        emit_bc(&e, modifiers[i], 20, 0, emit_label(&e));
        assert_int_equal(e.fault, EMIT_FORM);
        assert_int_equal(words[0], GUARD);
    }
}

/* Predicted taken or not, by its words (PEM 4.2.4.2). */
static bool prediction(uint32_t word)
{
    return ((word >> 21 & 1) != 0) != (word >> 26 == 16 && (word & 0x8000) != 0);
}

static void extended_branches_keep_their_prediction(void **state)
{
    static const int32_t far[] = {2 * MB, -2 * MB, 512 * MB, 256 * MB};

    (void)state;
    for (size_t i = 0; i < COUNT(far); i++)
        for (int y = 0; y < 2; y++) {
            bool taken = (far[i] < 0) != (y == 1);
            bool veneer = far[i] > 32 * MB;

            begin(8);
            e.may_use_ctr = true;
            emit_bc_to(&e, 0, 12 + y, 2, BASE + (uint32_t)far[i]);
            assert_finished(veneer ? 4 : 2);
            assert_int_equal(prediction(words[veneer ? 3 : 0]), veneer ? taken : !taken);
            begin(8);
            e.may_use_ctr = true;
            emit_bc_to(&e, EMIT_LK, 12 + y, 2, BASE + (uint32_t)far[i]);
            assert_finished(veneer ? 4 : 3);
            assert_int_equal(prediction(words[veneer ? 3 : 2]), taken);
            if (veneer)
                continue;
            begin(8);
            emit_bc_to(&e, 0, 8 + y, 2, BASE + (uint32_t)far[i]);
            assert_finished(3);
            assert_int_equal(prediction(words[0]), taken);
        }
}

/* ---- constants ---- */

static void a_constant_takes_as_few_words_as_it_can(void **state)
{
    static const struct {
        uint32_t value;
        size_t words;
    } constants[] = {{0, 1},          {0x7fff, 1},     {0xffffffff, 1}, {0xffff8000, 1},
                     {0x8000, 2},     {0xffff, 2},     {0xffff7fff, 2}, {0x10000, 1},
                     {0x80000000, 1}, {0x7fff0000, 1}, {0x12348765, 2}, {0x80000001, 2}};

    (void)state;
    for (size_t i = 0; i < COUNT(constants); i++)
        for (int rt = 0; rt < 32; rt += 31) {
            uint32_t value = 0;

            begin(4);
            emit_constant(&e, rt, constants[i].value);
            assert_finished(constants[i].words);
            for (size_t w = 0; w < n; w++) {
                struct instruction in;

                assert_true(code_decode(words[w], &in));
                assert_int_equal(in.operands[0], rt);
                assert_int_equal(in.operands[1], w == 0 ? 0 : rt);
                if (in.opcode == OPCODE_ORI)
                    value |= (uint32_t)in.operands[2];
                else
                    value = (uint32_t)in.operands[2] * (in.opcode == OPCODE_ADDIS ? 65536 : 1);
            }
            assert_int_equal(value, constants[i].value);
        }
}

/* ---- labels ---- */

static void labels_are_found_forward_backward_and_where_the_branch_is(void **state)
{
    label_t before, self, after;

    (void)state;
    begin(8);
    before = emit_label(&e);
    self = emit_label(&e);
    after = emit_label(&e);
    (void)emit_label(&e); /* never used, never placed */
    emit_place(&e, before);
    emit_b(&e, EMIT_LK, after);
    emit_bc(&e, 0, 16, 0, before);
    emit_place(&e, self);
    emit_b(&e, 0, self);
    emit_bc(&e, EMIT_LK, 12, 31, after);
    emit_place(&e, after);
    assert_finished(4);
    assert_int_equal(words[0], 0x48000011);
    assert_int_equal(words[1], 0x4200fffc);
    assert_int_equal(words[2], 0x48000000);
    assert_int_equal(words[3], 0x419f0005);
    assert_int_equal(words[4], GUARD);
    assert_int_equal(emit_address(&e, before), BASE);
    assert_int_equal(emit_address(&e, self), BASE + 8);
    assert_int_equal(emit_address(&e, after), BASE + 16);
}

static void a_label_is_placed_once_and_must_be_if_used(void **state)
{
    label_t label;

    (void)state;
    begin(8);
    label = emit_label(&e);
    emit_place(&e, label);
    fill(1);
    emit_place(&e, label);
    assert_refused(EMIT_TWICE, "word 1: label 1 was placed before");
    begin(8);
    (void)emit_label(&e);
    fill(1);
    emit_b(&e, 0, emit_label(&e));
    fill(1);
    assert_refused(EMIT_NOWHERE, "word 1: b: label 2 was never placed");
}

static void a_label_that_was_not_made_is_refused(void **state)
{
    (void)state;
    for (uint16_t number = 0; number <= 2; number += 2) {
        begin(8);
        (void)emit_label(&e);
        emit_b(&e, 0, (label_t){number});
        assert_refused(EMIT_LABEL,
                       number == 0 ? "word 0: there is no label 0" : "word 0: there is no label 2");
        begin(8);
        (void)emit_label(&e);
        emit_place(&e, (label_t){number});
        assert_int_equal(e.fault, EMIT_LABEL);
    }
}

static void too_many_labels_or_branches_are_refused(void **state)
{
    label_t label = {0};

    (void)state;
    begin(LABELS_MAX + 1);
    for (unsigned i = 0; i < LABELS_MAX; i++)
        label = emit_label(&e);
    assert_int_equal(e.fault, EMIT_OK);
    assert_int_equal(emit_label(&e).number, 0);
    assert_refused(EMIT_LABELS, "word 0: more than 64 labels, or 256 branches");
    begin(FIXUPS_MAX + 1);
    label = emit_label(&e);
    emit_place(&e, label);
    for (unsigned i = 0; i < FIXUPS_MAX; i++)
        emit_b(&e, 0, label);
    assert_int_equal(e.fault, EMIT_OK);
    emit_b(&e, 0, label);
    assert_refused(EMIT_LABELS, "word 256: more than 64 labels, or 256 branches");
}

/* ---- several extensions ---- */

#define BRANCHES 20

/* A program of branches between fillings, each with a label before and one behind it, and where it goes. */
static struct branch_site {
    label_t before, behind, to;
    uint32_t bo, bi;
    bool links, plain;
} sites[BRANCHES];

static void emit_site(struct branch_site *site)
{
    unsigned lk = site->links ? EMIT_LK : 0;

    emit_place(&e, site->before);
    if (site->plain)
        emit_b(&e, lk, site->to);
    else
        emit_bc(&e, lk, (int)site->bo, (int)site->bi, site->to);
    emit_place(&e, site->behind);
}

static void check_sites(size_t n_sites)
{
    for (size_t i = 0; i < n_sites; i++) {
        struct branch_site *s = &sites[i];

        check_execution(s->plain ? 20 : s->bo, s->bi, s->links, emit_address(&e, s->before),
                        emit_address(&e, s->behind), emit_address(&e, s->to));
    }
}

static void make_labels(size_t n_sites)
{
    for (size_t i = 0; i < n_sites; i++) {
        sites[i].before = emit_label(&e);
        sites[i].behind = emit_label(&e);
    }
}

/*
 * Branches one behind the other, each to a label as far behind as bc just reaches, but the last, which
 * is a word too far and pushes the one before it out of reach, and so on.
 */
static void one_extension_makes_the_next_necessary(void **state)
{
    (void)state;
    for (unsigned extra = 0; extra < 2; extra++) {
        label_t ends[BRANCHES];

        begin(COUNT(words));
        make_labels(BRANCHES);
        for (unsigned i = 0; i < BRANCHES; i++) {
            ends[i] = emit_label(&e);
            sites[i] = (struct branch_site){
                sites[i].before, sites[i].behind, ends[i], 12, 2, false, false};
            emit_site(&sites[i]);
        }
        fill(0x7ffc / 4 - BRANCHES);
        for (unsigned i = 0; i < BRANCHES; i++) {
            if (i == BRANCHES - 1)
                fill(extra);
            emit_place(&e, ends[i]);
            fill(1);
        }
        assert_finished(0x7ffc / 4 + BRANCHES + extra * (1 + BRANCHES));
        check_sites(BRANCHES);
    }
}

static struct branch_site any_site(struct branch_site site, uint32_t *seed)
{
    uint32_t other = random_below(seed, 2 * BRANCHES);

    site.to = other % 2 ? sites[other / 2].behind : sites[other / 2].before;
    do {
        site.bo = random_below(seed, 32);
        site.bi = random_below(seed, 32);
    } while (!is_valid_bo(site.bo, site.bi));
    site.links = random_below(seed, 2) != 0;
    site.plain = random_below(seed, 8) == 0;
    return site;
}

static void any_program_of_branches_goes_where_it_should(void **state)
{
    uint32_t seed = 1;

    (void)state;
    for (unsigned round = 0; round < 300; round++) {
        size_t shortest;

        begin(COUNT(words));
        make_labels(BRANCHES);
        for (unsigned i = 0; i < BRANCHES; i++)
            sites[i] = any_site(sites[i], &seed);
        for (unsigned i = 0; i < BRANCHES; i++) {
            emit_site(&sites[i]);
            fill(random_below(&seed, 4) == 0 ? 8150 + random_below(&seed, 40)
                                             : random_below(&seed, 40));
        }
        shortest = e.n;
        assert_int_equal(emit_finish(&e, &n), OK);
        assert_in_range(n, shortest, shortest + 2 * BRANCHES);
        check_sites(BRANCHES);
    }
}

static void what_stands_between_branches_is_moved_whole(void **state)
{
    label_t far;

    (void)state;
    begin(COUNT(words));
    far = emit_label(&e);
    for (uint32_t i = 0; i < 100; i++) {
        emit_word(&e, i);
        emit_bc(&e, 0, i % 2 ? 12 : 8, 0, far);
    }
    fill(9000);
    emit_place(&e, far);
    assert_finished(9200 + 50 * 1 + 50 * 2);
    for (uint32_t i = 0, at = 0; i < 100; i++) {
        assert_int_equal(words[at], i);
        at += i % 2 ? 3 : 4;
    }
}

static void a_label_can_be_out_of_reach_of_b(void **state)
{
    const uint32_t distance = 8 * MB; /* words */
    uint32_t *room = malloc((distance + 64) * sizeof *room);

    (void)state;
    assert_non_null(room);
    for (unsigned k = 0; k < 4; k++) {
        bool may_use_ctr = k & 1, too_far = k & 2;
        label_t end;

        emit_begin(&e, room, distance + 64, BASE);
        e.may_use_ctr = may_use_ctr;
        make_labels(1);
        end = emit_label(&e);
        sites[0] = (struct branch_site){sites[0].before, sites[0].behind, end, 4, 2, true, false};
        emit_site(&sites[0]);
        for (uint32_t i = 2; i < distance - 1 + 2 * too_far; i++)
            emit_word(&e, NOP);
        emit_place(&e, end);
        if (too_far && !may_use_ctr) {
            assert_int_equal(emit_finish(&e, &n), ERR_RANGE);
            assert_int_equal(e.fault, EMIT_REACH);
            continue;
        }
        assert_int_equal(emit_finish(&e, &n), OK);
        memcpy(words, room, 64);
        assert_int_equal(emit_address(&e, sites[0].behind) - BASE, too_far ? 16 : 12);
        check_sites(1);
    }
    free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_emitter_takes_its_form_and_no_other),
        cmocka_unit_test(what_was_decoded_can_be_emitted),
        cmocka_unit_test(an_opcode_that_is_none_is_refused),
        cmocka_unit_test(a_fault_names_opcode_operands_and_word),
        cmocka_unit_test(operands_out_of_range_are_refused),
        cmocka_unit_test(the_first_fault_stays_and_nothing_after_it_counts),
        cmocka_unit_test(what_does_not_fit_the_buffer_is_not_written),
        cmocka_unit_test(a_branch_is_not_extended_over_the_end_of_the_buffer),
        cmocka_unit_test(bc_goes_the_same_way_however_far),
        cmocka_unit_test(b_goes_the_same_way_however_far),
        cmocka_unit_test(what_nothing_reaches_is_named),
        cmocka_unit_test(branches_have_no_modifier_but_lk),
        cmocka_unit_test(extended_branches_keep_their_prediction),
        cmocka_unit_test(a_constant_takes_as_few_words_as_it_can),
        cmocka_unit_test(labels_are_found_forward_backward_and_where_the_branch_is),
        cmocka_unit_test(a_label_is_placed_once_and_must_be_if_used),
        cmocka_unit_test(a_label_that_was_not_made_is_refused),
        cmocka_unit_test(too_many_labels_or_branches_are_refused),
        cmocka_unit_test(one_extension_makes_the_next_necessary),
        cmocka_unit_test(any_program_of_branches_goes_where_it_should),
        cmocka_unit_test(what_stands_between_branches_is_moved_whole),
        cmocka_unit_test(a_label_can_be_out_of_reach_of_b),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("emit", tests, NULL, NULL);
}
