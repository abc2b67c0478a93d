/* Springboards: whoever takes one arrives with all as it was, and so does who is interrupted before any word of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/instruction.h"
#include "arch/ppc/code/patch/springboard_code.h"
#include "arch/ppc/registers.h"
#include "tests/host/random.h"

#define SLOTS 0x1000u
#define TAIL 0x1800u
#define N_TARGETS 700
#define STACK_SIZE 4096

/* What runs it: the few instructions that there are. */
struct state {
    uint32_t gpr[32], pc, msr;
    uint32_t srr0, srr1;
    bool returned; /* by rfi */
};

static uint32_t stack_end;
static uint8_t stack[STACK_SIZE];
static uint32_t targets[N_TARGETS];
static uint32_t table; /* its address */
static uint32_t slot[SPRINGBOARD_WORDS], slot_at, slot_number;
static uint32_t tail[SPRINGBOARD_TAIL_WORDS];

static uint8_t *stack_byte(uint32_t address)
{
    uint32_t below = stack_end - address;

    assert_true(address % 4 == 0 && below > 0 && below <= STACK_SIZE);
    return stack + STACK_SIZE - below;
}

static uint32_t stack_word(uint32_t address)
{
    const uint8_t *p = stack_byte(address);

    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void stack_store(uint32_t address, uint32_t value)
{
    uint8_t *p = stack_byte(address);

    for (int i = 3; i >= 0; i--, value >>= 8)
        p[i] = (uint8_t)value;
}

static uint32_t load(uint32_t address)
{
    if (address - table >= sizeof targets)
        return stack_word(address);
    assert_int_equal(0, address % 4);
    return targets[(address - table) / 4];
}

static uint32_t fetch(uint32_t pc)
{
    if (pc - slot_at < sizeof slot)
        return slot[(pc - slot_at) / 4];
    assert_true(pc - TAIL < sizeof tail);
    return tail[(pc - TAIL) / 4];
}

static uint32_t mask(unsigned mb, unsigned me)
{
    uint32_t from = 0xffffffffu >> mb, to = 0xffffffffu << (31 - me);

    return mb <= me ? from & to : from | to;
}

/* Of mtspr: only SRR0 and SRR1 may be touched, and never with anything let in that would overwrite them. */
static void move_to_special(struct state *s, int32_t spr, uint32_t value)
{
    assert_int_equal(0, s->msr & (MSR_EE | MSR_SE | MSR_BE));
    assert_true(spr == SPR_SRR0 || spr == SPR_SRR1);
    *(spr == SPR_SRR0 ? &s->srr0 : &s->srr1) = value;
}

static void step(struct state *s)
{
    struct instruction i;
    uint32_t pc = s->pc;
    int32_t *o = i.operands;

    assert_true(code_decode(fetch(pc), &i));
    assert_int_equal(i.opcode == OPCODE_B ? MODIFIER_AA & i.modifiers : 0, i.modifiers);
    s->pc += 4;
    switch (i.opcode) {
    case OPCODE_STW:
        stack_store(s->gpr[o[2]] + (uint32_t)o[1], s->gpr[o[0]]);
        break;
    case OPCODE_LWZ:
        s->gpr[o[0]] = load(s->gpr[o[2]] + (uint32_t)o[1]);
        break;
    case OPCODE_ADDI:
        s->gpr[o[0]] = (o[1] == 0 ? 0 : s->gpr[o[1]]) + (uint32_t)o[2];
        break;
    case OPCODE_ADDIS:
        s->gpr[o[0]] = (o[1] == 0 ? 0 : s->gpr[o[1]]) + ((uint32_t)o[2] << 16);
        break;
    case OPCODE_RLWINM:
        assert_int_equal(0, o[2]);
        s->gpr[o[0]] = s->gpr[o[1]] & mask((unsigned)o[3], (unsigned)o[4]);
        break;
    case OPCODE_B:
        s->pc = pc + (uint32_t)o[0];
        break;
    case OPCODE_MFMSR:
        s->gpr[o[0]] = s->msr;
        break;
    case OPCODE_MTMSR:
        s->msr = s->gpr[o[0]];
        break;
    case OPCODE_ISYNC:
        break;
    case OPCODE_MTSPR:
        move_to_special(s, o[0], s->gpr[o[1]]);
        break;
    case OPCODE_RFI:
        s->pc = s->srr0;
        s->msr = s->srr1;
        s->returned = true;
        break;
    default:
        fail_msg("%s", opcode_rows[i.opcode].name);
    }
}

/* Registers, stack, target and place at random; r1 leaves room. */
static void begin(uint32_t *random, struct state *s)
{
    memset(s, 0, sizeof *s);
    for (unsigned i = 0; i < 32; i++)
        s->gpr[i] = random_next(random);
    stack_end = (random_next(random) & ~15u) | 0x10000000;
    s->gpr[1] = stack_end - 16 * random_below(random, 8);
    for (unsigned i = 0; i < STACK_SIZE; i++)
        stack[i] = (uint8_t)random_next(random);
    for (unsigned i = 0; i < N_TARGETS; i++)
        targets[i] = random_next(random) & ~3u;
    table = 0x08000000 + 4 * random_below(random, 0x100000);
    slot_number = random_below(random, N_TARGETS);
    slot_at = SLOTS + 4 * random_below(random, (TAIL - SLOTS) / 4 - 2);
    springboard_slot(slot_at, slot_number, TAIL, slot);
    springboard_tail(table, tail);
    s->pc = slot_at;
    s->msr = random_next(random) & ~(uint32_t)MSR_POW;
}

static void check_arrived(const struct state *before, const struct state *now)
{
    assert_memory_equal(before->gpr, now->gpr, sizeof now->gpr);
    assert_int_equal(before->msr, now->msr);
    assert_int_equal(targets[slot_number], now->pc);
}

static void all_is_as_before_at_the_target(void **unused)
{
    uint32_t random = 17;
    struct state before, now;

    (void)unused;
    for (unsigned i = 0; i < 3000; i++) {
        unsigned n = 0;

        begin(&random, &before);
        now = before;
        while (!now.returned && n++ < 100)
            step(&now);
        assert_int_equal(SPRINGBOARD_WORDS + SPRINGBOARD_TAIL_WORDS, n);
        check_arrived(&before, &now);
    }
}

static void stores_stay_below_what_others_keep(void **unused)
{
    uint32_t random = 18;
    uint8_t saved[STACK_SIZE];
    struct state before, now;
    size_t low;

    (void)unused;
    for (unsigned i = 0; i < 300; i++) {
        begin(&random, &before);
        memcpy(saved, stack, sizeof saved);
        for (now = before; !now.returned;)
            step(&now);
        low = (size_t)(stack_byte(before.gpr[1] - SPRINGBOARD_STACK_GAP) - stack);
        assert_memory_equal(saved + low, stack + low, sizeof stack - low);
        low -= SPRINGBOARD_STACK_SIZE;
        assert_memory_equal(saved, stack, low);
    }
}

static bool finish(struct state *s)
{
    struct springboard_context context = {s->gpr, &s->pc, &s->msr};

    if (s->pc - slot_at < sizeof slot)
        return springboard_finish_slot(&context, (s->pc - slot_at) / 4, targets[slot_number],
                                       stack_word);
    return springboard_finish_tail(&context, (s->pc - TAIL) / 4, targets, N_TARGETS, stack_word);
}

/* An exception overwrites SRR0 and SRR1, and adds its reason to what it saves of MSR. */
static void who_is_interrupted_before_any_word_arrives(void **unused)
{
    const uint32_t reason = SRR1_PROGRAM_ILLEGAL;
    uint32_t random = 19;
    struct state before, now;

    (void)unused;
    for (unsigned i = 0; i < 200; i++)
        for (unsigned n = 0; n < SPRINGBOARD_WORDS + SPRINGBOARD_TAIL_WORDS; n++) {
            begin(&random, &before);
            now = before;
            for (unsigned k = 0; k < n; k++)
                step(&now);
            assert_false(now.returned);
            now.srr0 = now.srr1 = 0xdeadbeef;
            now.msr |= reason;
            assert_true(finish(&now));
            before.msr |= reason;
            check_arrived(&before, &now);
        }
}

/* Led elsewhere meanwhile: to one place or the other. */
static void a_target_changes_in_one_step(void **unused)
{
    uint32_t random = 20;
    struct state before, now;

    (void)unused;
    for (unsigned n = 0; n < SPRINGBOARD_WORDS + SPRINGBOARD_TAIL_WORDS; n++) {
        uint32_t old, new;

        begin(&random, &before);
        now = before;
        old = targets[slot_number];
        for (unsigned k = 0; k < n; k++)
            step(&now);
        targets[slot_number] = new = old ^ 0x10;
        while (!now.returned)
            step(&now);
        assert_int_equal(n < SPRINGBOARD_WORDS + 3 ? new : old, now.pc);
        assert_memory_equal(before.gpr, now.gpr, sizeof now.gpr);
    }
}

/* Who jumped into the tail is left alone. */
static void what_is_no_springboard_is_not_finished(void **unused)
{
    uint32_t random = 21;
    struct state before, now;

    (void)unused;
    begin(&random, &before);
    now = before;
    now.pc = TAIL;
    now.gpr[3] = before.gpr[3] = 4 * N_TARGETS;
    assert_false(finish(&now));
    now.gpr[3] = before.gpr[3] = 5;
    assert_false(finish(&now));
    now.gpr[3] = before.gpr[3] = 4;
    now.pc = TAIL + sizeof tail;
    assert_false(finish(&now));
    assert_int_equal(TAIL + sizeof tail, now.pc);
    assert_memory_equal(before.gpr, now.gpr, sizeof now.gpr);
    assert_int_equal(before.msr, now.msr);
}

static void nothing_but_r3_and_r4_is_written(void **unused)
{
    uint32_t words[SPRINGBOARD_WORDS + SPRINGBOARD_TAIL_WORDS];

    (void)unused;
    springboard_slot(SLOTS, 8191, TAIL, words);
    springboard_tail(0x12345678, words + SPRINGBOARD_WORDS);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct effects e;

        code_effects(words[i], code_opcode(words[i]), &e);
        assert_int_equal(0, e.writes.general & ~(1u << 3 | 1u << 4));
        assert_int_equal(0, e.writes.condition | e.writes.floating | e.writes.vector);
        assert_int_equal(0, e.writes.special & ~(uint32_t)(SPECIAL_SAVED | SPECIAL_MSR));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_as_before_at_the_target),
        cmocka_unit_test(stores_stay_below_what_others_keep),
        cmocka_unit_test(who_is_interrupted_before_any_word_arrives),
        cmocka_unit_test(a_target_changes_in_one_step),
        cmocka_unit_test(what_is_no_springboard_is_not_finished),
        cmocka_unit_test(nothing_but_r3_and_r4_is_written),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("springboard", tests, NULL, NULL);
}
