/*
 * Tests of arch/ppc/code/patch/patch_code.h: bodies beside what they stand for, with every form of branch, any sets of what is
 * live, and any actions (patch_play.h); what they cost; what is said about them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/reach.h"
#include "arch/ppc/registers.h"
#include "tests/host/patch_play.h"
#include "tests/host/random.h"
#include "tests/host/scarce.h"

#define SITE 0x06000000u /* beyond what ba reaches */
#define NEAR_BODY 0x06100000u
#define FAR_BODY 0x70000000u
#define PROCEDURE 0x06200000u
#define FAR_PROCEDURE 0x50000000u
#define LOW_PROCEDURE 0x00012340u
#define ORIGIN (PLAY_CALLEE - 0x7f00u)
#define CLOSURE 0x12345678u
#define N_SCENES 6000
#define N_INTERRUPTED 250

static const struct register_set volatile_registers = {
    .general = 0x1ff9, .condition = 0xff000fffu, .special = SPECIAL_LR | SPECIAL_CTR | SPECIAL_XER};

/* ---- scenes ---- */

static void say(const struct scene *s, const char *wrong)
{
    const uint32_t *words;
    uint32_t room[PATCH_WORDS_MAX];

    printf(
        "# %s: seed 0x%x, word 0x%08x, body 0x%x, mode %u, far %u, %u actions, stop %d, moved 0x%x\n",
        wrong, (unsigned)s->seed, (unsigned)s->plan.word, (unsigned)s->body, s->plan.mode,
        s->plan.far, (unsigned)s->plan.n, (int)s->stop, (unsigned)s->moved);
    printf("# live general 0x%08x cr 0x%08x special 0x%x; behind 0x%08x cr 0x%08x special 0x%x\n",
           (unsigned)s->plan.live.general, (unsigned)s->plan.live.condition,
           (unsigned)s->plan.live.special, (unsigned)s->live_behind.general,
           (unsigned)s->live_behind.condition, (unsigned)s->live_behind.special);
    for (size_t i = 0; i < s->plan.n; i++)
        printf("# action %u: kind %u, taken %u, registers %u, contained %u, n %u, changes %u\n",
               (unsigned)i, s->actions[i].kind, s->actions[i].taken, s->actions[i].registers,
               s->actions[i].contained, (unsigned)s->actions[i].n, s->actions[i].changes);
    words = room;
    if (s->code != NULL && patch_place(s->code, s->body, room))
        for (size_t i = 0; i < patch_code_size(s->code); i++)
            printf("# .long 0x%08x\n", (unsigned)words[i]);
}

static void run(struct scene *s)
{
    const char *wrong = scene_run(s);

    if (wrong != NULL)
        say(s, wrong);
    assert_null(wrong);
    patch_code_free(s->code);
}

static struct register_set any_set(uint32_t *random)
{
    struct register_set set;

    switch (random_below(random, 4)) {
    case 0:
        return REGISTERS_ALL;
    case 1:
        set = (struct register_set){.general = 0xffffe3fe & random_next(random),
                                    .condition = 0x00fff000,
                                    .special = SPECIAL_LR & random_next(random)};
        break;
    default:
        set = (struct register_set){random_next(random), random_next(random), 0,
                                    random_next(random) | random_next(random), random_next(random)};
    }
    if (random_below(random, 3) != 0)
        set.floating = 0;
    return set;
}

static const uint32_t plain_words[] = {
    0x60000000, /* nop */
    0x9421fff0, /* stwu r1,-16(r1) */
    0x7c0802a6, /* mflr r0 */
    0x7c0803a6, /* mtlr r0 */
    0x7d8903a6, /* mtctr r12 */
    0x7c000026, /* mfcr r0 */
    0x7d838120, /* mtcrf 0x38,r12 */
    0x30630001, /* addic r3,r3,1 */
    0x7c632115, /* adde. r3,r3,r4 */
    0x2c030000, /* cmpwi r3,0 */
    0x2b9f0007, /* cmplwi cr7,r31,7 */
    0x8001ffe0, /* lwz r0,-32(r1) */
    0x9061fefc, /* stw r3,-260(r1) */
    0xbbc1fff8, /* lmw r30,-8(r1) */
    0x38210010, /* addi r1,r1,16 */
    0x54631838, /* rlwinm r3,r3,3,0,28 */
    0x4c8a5042, /* crnor 4,10,10 */
    0xc801ff40, /* lfd f0,-192(r1) */
};

static uint32_t any_branch(uint32_t *random)
{
    static const uint8_t bos[] = {0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20};
    uint32_t bo = bos[random_below(random, sizeof bos)], bi = random_below(random, 32);
    uint32_t link = random_below(random, 2), near = (random_next(random) & 0x3c) - 32;

    switch (random_below(random, 6)) {
    case 0:
        return WORD_B | link | (near & 0x03fffffc);
    case 1:
        return WORD_B | link | 2 | (random_next(random) & 0x03fffffc);
    case 2:
        return CODE_BC(bo, bi) | link | (near & 0xfffc);
    case 3:
        return CODE_BC(bo, bi) | link | 2 | (random_next(random) & 0xfffc);
    case 4:
        return CODE_X(WORD_BCLR, bo, bi, 0) | link;
    default:
        return CODE_X(WORD_BCCTR, bo | 4, bi, 0) | link;
    }
}

static uint32_t any_word(uint32_t *random)
{
    uint32_t word;

    do
        word = any_branch(random);
    while (code_opcode(word) == OPCODE_UNKNOWN);
    return random_below(random, 3) == 0
               ? plain_words[random_below(random, sizeof plain_words / sizeof *plain_words)]
               : word;
}

/* ---- actions ---- */

static void make_count(struct scene *s, unsigned i)
{
    s->actions[i] = (struct action){.kind = ACTION_COUNT, .counter = PLAY_COUNTERS + 8 * i};
}

static void make_call(struct scene *s, unsigned i, uint32_t procedure)
{
    s->actions[i] = (struct action){.kind = ACTION_CALL,
                                    .procedure = procedure,
                                    .closure = CLOSURE,
                                    .has_closure = true,
                                    .clobbers = volatile_registers};
}

struct snippet {
    uint32_t words[12];
    size_t n;
};

/* clang-format off */
static const struct snippet snippets[] = {
    {{0x38630001}, 1},                                             /* addi r3,r3,1 */
    {{0x2c030000, 0x41820008, 0x38a50001, 0x38c60002}, 4},         /* a branch inside */
    {{0x3d204100, 0x81490010, 0x314a0001, 0x91490010}, 4},         /* data, CA */
    {{0x38000003, 0x7c0903a6, 0x39290001, 0x4200fffc}, 4},         /* a loop */
    {{0x7c0802a6, 0x9421ffe0, 0x90010014, 0x90610010, 0x80610010, 0x80010014, 0x7c0803a6, 0x38210020}, 8}, /* a frame */
    {{0x48000008, 0x4800000c, 0x7c6802a6, 0x4bfffff8}, 4},         /* to the end */
    {{0x7c0802a6, 0x429f0005, 0x7d4802a6, 0x7c0803a6}, 4},         /* where it stands */
    {{0x81010010, 0x7d000120, 0x7ca00026}, 3},                     /* the stack, CR */
    {{0x7d6802a6, 0x48007efd, 0x7d6803a6}, 3},                     /* a call */
    {{0x7d6802a6, 0x4800000d, 0x7d6803a6, 0x4800000c, 0x38630001, 0x4e800020}, 6}, /* one inside */
    {{0x7d6802a6, 0x418a7efd, 0x7d6803a6}, 3},                     /* one that may be */
    {{0x38630001, 0x2c030000, 0x48000100}, 3},                     /* what leaves */
    {{0x38630001, 0x2c030005, 0x41810100, 0x38a50001}, 4},
    {{0x38630001, 0x70640001, 0x4c820020, 0x38a50001}, 4},
    {{0x7d8903a6, 0x70640001, 0x4c820420, 0x38a50001}, 4},
    {{0x7c6903a6, 0x70640001, 0x43200100, 0x38a50001}, 4},
};
/* clang-format on */

static void make_code(struct scene *s, unsigned i, const struct snippet *snippet)
{
    static const struct register_set callee = {.general = 1u << 3 | 1u << 12,
                                               .special = SPECIAL_CTR};
    struct register_set clobbers = REGISTERS_NONE;
    struct successor successor;
    struct effects effects;

    for (size_t k = 0; k < snippet->n; k++) {
        code_effects(snippet->words[k], code_opcode(snippet->words[k]), &effects);
        registers_add(&clobbers, &effects.writes);
        code_successor(snippet->words[k], ORIGIN + 4 * (uint32_t)k, &successor);
        if (successor.transfer == TRANSFER_DIRECT && successor.target == PLAY_CALLEE)
            registers_add(&clobbers, &callee);
    }
    s->actions[i] = (struct action){.kind = ACTION_CODE,
                                    .words = snippet->words,
                                    .n = snippet->n,
                                    .origin = ORIGIN,
                                    .clobbers = clobbers};
}

static void make_any_call(struct scene *s, unsigned i, uint32_t *random)
{
    static const uint32_t far[] = {FAR_PROCEDURE, LOW_PROCEDURE, PROCEDURE};
    struct action *action = &s->actions[i];

    make_call(s, i, s->plan.far ? far[random_below(random, 3)] : PROCEDURE);
    action->has_closure = random_below(random, 2) == 0;
    action->contained = random_below(random, 2) == 0;
    action->registers = (uint8_t)random_below(random, 3);
    if (random_below(random, 2) == 0) {
        action->clobbers.general &= random_next(random);
        action->clobbers.condition = random_next(random) & random_next(random);
        action->clobbers.special &= random_next(random);
    }
    if (random_below(random, 8) == 0) {
        action->clobbers.floating = random_next(random) & 0x3fff;
        action->clobbers.special |= SPECIAL_FPSCR & random_next(random);
    }
}

static void make_any(struct scene *s, unsigned i, uint32_t *random)
{
    switch (random_below(random, 3)) {
    case 0:
        make_count(s, i);
        break;
    case 1:
        make_any_call(s, i, random);
        break;
    default:
        make_code(s, i, &snippets[random_below(random, sizeof snippets / sizeof *snippets)]);
        s->actions[i].changes = random_below(random, 3) == 0;
    }
    s->actions[i].taken = random_below(random, 3) == 0;
}

static void make_scene(struct scene *s, uint32_t *random)
{
    struct register_set behind = any_set(random);

    memset(s, 0, sizeof *s);
    s->seed = random_next(random);
    s->plan.site = SITE;
    s->plan.word = any_word(random);
    s->plan.far = random_below(random, 3) == 0;
    s->body = s->plan.far && random_below(random, 4) != 0 ? FAR_BODY : NEAR_BODY;
    s->plan.mode = (enum patch_mode)random_below(random, 3);
    s->faults = random_below(random, 2) == 0;
    s->plan.n = random_below(random, 4);
    if (random_below(random, 8) == 0)
        s->plan.replacement = s->plan.far ? 0x31234567 & ~3u : PROCEDURE + 0x100;
    scene_set_live(s, &behind);
    if (s->plan.replacement != 0)
        s->live_behind = s->plan.live;
    for (unsigned i = 0; i < s->plan.n; i++)
        make_any(s, i, random);
    if (random_below(random, 4) == 0)
        s->out = random_below(random, 8);
}

/* ---- tests ---- */

static void does_what_the_instruction_does(void **state)
{
    static struct scene s;
    uint32_t random = 1;

    (void)state;
    for (unsigned i = 0; i < N_SCENES; i++) {
        make_scene(&s, &random);
        run(&s);
    }
}

/* Every BO with every BI, linking or not, absolute or not; b, bl, ba, bla; alone, counted, and counted if taken. */
static void run_branch(uint32_t word, unsigned round)
{
    static struct scene s;
    uint32_t random = word * 31 + round + 1;
    struct register_set behind = any_set(&random);

    if (code_opcode(word) == OPCODE_UNKNOWN)
        return;
    memset(&s, 0, sizeof s);
    s.seed = random_next(&random);
    s.plan.site = SITE;
    s.plan.word = word;
    s.plan.far = (round & 1) != 0;
    s.plan.mode = round % 5 == 4 ? PATCH_POISON : PATCH_EXACT;
    s.body = s.plan.far ? FAR_BODY : NEAR_BODY;
    s.plan.n = round % 3;
    for (unsigned i = 0; i < s.plan.n; i++) {
        make_count(&s, i);
        s.actions[i].taken = i == 0;
    }
    scene_set_live(&s, &behind);
    run(&s);
}

static void run_branch_each_way(uint32_t word)
{
    for (unsigned round = 0; round < 6; round++)
        run_branch(word, round);
}

static void translates_every_form_of_branch(void **state)
{
    static const uint32_t displacements[] = {0, 4, 8, 0x7ffc, 0x8000, 0xfffc};

    (void)state;
    for (unsigned flags = 0; flags < 4; flags++) {
        for (unsigned i = 0; i < 6; i++)
            run_branch_each_way(WORD_B | flags | displacements[i]);
        run_branch_each_way(WORD_B | flags | 0x02000000);
        run_branch_each_way(WORD_B | flags | 0x01fffffc);
        run_branch_each_way(WORD_B | flags | 0x03fffffc);
    }
    for (uint32_t bo = 0; bo < 32; bo++) {
        for (uint32_t bi = 0; bi < 32; bi += bo < 16 ? 1 : 31) {
            for (uint32_t link = 0; link < 2; link++) {
                run_branch_each_way(CODE_X(WORD_BCLR, bo, bi, 0) | link);
                run_branch_each_way(CODE_X(WORD_BCCTR, bo, bi, 0) | link);
                run_branch_each_way(CODE_BC(bo, bi) | link | displacements[(bo + bi) % 6]);
                run_branch_each_way(CODE_BC(bo, bi) | link | 2 | displacements[(bo + bi) % 6]);
            }
        }
    }
    run_branch_each_way(CODE_BC(20, 31) | 5); /* bcl 20,31,$+4 */
}

/* Somebody else comes to the site at every instruction in turn, then at each one. */
static void an_interrupt_anywhere_changes_nothing(void **state)
{
    static struct scene s;
    uint32_t random = 77;

    (void)state;
    for (unsigned i = 0; i < N_INTERRUPTED; i++) {
        make_scene(&s, &random);
        run(&s);
        for (unsigned stop = 1, n = s.n_executed; stop <= n + 1; stop++) {
            s.stop = stop <= n ? stop : ~0u;
            run(&s);
        }
    }
}

/* ---- what it costs ---- */

#define PLAIN WORD_ISYNC /* needs no register */

static const struct register_set leaf_live = {
    .general = 0xffffe006 | 1u << 3 | 1u << 4, .condition = 0x00fff000, .special = SPECIAL_LR};

/* Instructions more than without a patch: the branch at the site, and the body but for one. */
static unsigned added_by(struct scene *s, const struct register_set *live, uint32_t word)
{
    s->seed = 12345;
    s->plan.site = SITE;
    s->plan.word = word;
    s->body = NEAR_BODY;
    scene_set_live(s, live);
    run(s);
    return s->n_executed;
}

static unsigned count_cost(const struct register_set *live, uint32_t word)
{
    static struct scene s;

    memset(&s, 0, sizeof s);
    s.plan.n = 1;
    make_count(&s, 0);
    return added_by(&s, live, word);
}

/* Two registers are dead at each of these; with CA, CR or neither of them, in every way that they can be had. */
static void counts_cheaply_where_two_registers_are_dead(void **state)
{
    static const uint32_t words[] = {PLAIN, 0x7c0802a6, 0x48000100, 0x41820020, 0x4e800020};
    struct register_set live = leaf_live;

    (void)state;
    for (unsigned i = 0; i < 5; i++)
        assert_true(count_cost(&live, words[i]) <= (i < 3 ? 7 : 8));
    live.general = ~(1u << 0 | 1u << 9);
    assert_true(count_cost(&live, 0x48000101) <= 10); /* bl */
    live.special |= SPECIAL_CA;
    assert_true(count_cost(&live, PLAIN) <= 10);
    live.condition = ~0u;
    assert_true(count_cost(&live, PLAIN) <= 11);
    live.special &= ~(uint32_t)SPECIAL_CA;
    assert_true(count_cost(&live, PLAIN) <= 9);
    assert_true(count_cost(&live, 0x48000101) <= 12);
}

static void counts_in_bounds_anywhere(void **state)
{
    struct register_set live = REGISTERS_ALL;

    (void)state;
    live.floating = 0;
    assert_true(count_cost(&live, PLAIN) <= 18);
    assert_true(count_cost(&live, 0x48000101) <= 20);
    assert_true(count_cost(&live, 0x41820020) <= 20);
    assert_true(count_cost(&live, 0x4e800021) <= 36); /* blrl, whose target is kept in memory */
}

static unsigned call_cost(const struct register_set *live, bool contained)
{
    static struct scene s;

    memset(&s, 0, sizeof s);
    s.plan.n = 1;
    make_call(&s, 0, PROCEDURE);
    s.actions[0].contained = contained;
    return added_by(&s, live, PLAIN);
}

static void calls_in_bounds(void **state)
{
    struct register_set live = leaf_live;

    (void)state;
    assert_true(call_cost(&live, false) <= 20);
    assert_true(call_cost(&live, true) <= call_cost(&live, false) + 5);
    live.general |= 0x1f8;
    live.condition |= CR_FIELD(0);
    assert_true(call_cost(&live, false) <= 32);
    live = REGISTERS_ALL;
    assert_true(call_cost(&live, false) <= 50);
    assert_true(call_cost(&live, true) <= call_cost(&live, false) + 5);
}

/* ---- what is said of it ---- */

static const struct patch_mark *mark_of(const struct patch_code *code, unsigned kind)
{
    size_t n;
    const struct patch_mark *marks = patch_code_marks(code, &n);

    for (size_t i = 0; i < n; i++)
        if (marks[i].kind == kind)
            return &marks[i];
    return NULL;
}

static void marks_are_in_order_and_inside(void **state)
{
    static struct scene s;
    uint32_t random = 99;
    size_t n;

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        const struct patch_mark *marks;

        make_scene(&s, &random);
        assert_null(scene_run(&s));
        marks = patch_code_marks(s.code, &n);
        for (size_t k = 0; k < n; k++) {
            assert_true(k == 0 || marks[k - 1].words.first <= marks[k].words.first);
            assert_true(marks[k].words.first <= marks[k].words.end);
            assert_true(marks[k].words.end <= patch_code_size(s.code));
        }
        assert_true(s.plan.replacement != 0 || mark_of(s.code, MARK_DISPLACED) != NULL);
        patch_code_free(s.code);
    }
}

static void compile_scene(struct scene *s)
{
    s->plan.actions = s->actions;
    assert_int_equal(OK, patch_compile(&s->plan, &s->code));
}

static void says_what_is_where(void **state)
{
    static struct scene s = {.plan = {.site = SITE, .word = PLAIN, .n = 2}};
    struct register_set saves;
    size_t action = 7;

    (void)state;
    s.plan.live = leaf_live;
    make_count(&s, 0);
    make_call(&s, 1, PROCEDURE);
    compile_scene(&s);
    assert_string_equal("count", patch_code_comment(s.code, 0, &action));
    assert_int_equal(0, action);
    assert_null(patch_code_comment(s.code, 1, &action));
    assert_string_equal("call of", patch_code_comment(s.code, 8, &action));
    assert_int_equal(1, action);
    assert_string_equal(
        "displaced instruction",
        patch_code_comment(s.code, mark_of(s.code, MARK_DISPLACED)->words.first, &action));
    assert_true(action == SIZE_MAX);
    patch_code_saves(s.code, &saves);
    assert_int_equal(1u << 3 | 1u << 4, saves.general);
    assert_int_equal(SPECIAL_LR, saves.special);
    assert_int_equal(0, saves.condition);
    patch_code_free(s.code);
}

/* ---- other things ---- */

/* There and back, near and far, whatever is live. */
static void is_led_elsewhere(void **state)
{
    static const uint32_t targets[] = {0x100, 0x01fffffc, 0x02000000, 0x03fffffc};
    static struct scene s;
    uint32_t random = 5;

    (void)state;
    for (unsigned i = 0; i < 2000; i++) {
        uint32_t link = i & 1, absolute = i & 2;

        make_scene(&s, &random);
        if (s.plan.replacement != 0)
            continue;
        s.plan.word = WORD_B | link | 0x40;
        s.moved = WORD_B | link | absolute | targets[random_below(&random, 4)];
        if (s.body == FAR_BODY)
            s.plan.far = true;
        for (unsigned k = 0; k < s.plan.n; k++)
            s.actions[k].taken = false;
        scene_set_live(&s, &s.live_behind);
        run(&s);
        for (unsigned stop = 1, n = s.n_executed; i % 50 == 0 && stop <= n + 1; stop++) {
            s.stop = stop <= n ? stop : ~0u;
            run(&s);
        }
    }
}

static void is_as_before_when_led_back(void **state)
{
    static struct scene s = {.plan = {.site = SITE, .word = WORD_B | 0x40}};
    uint32_t before[64], after[64], words[PATCH_RETARGET_MAX];
    size_t first, n;

    (void)state;
    s.plan.live = leaf_live;
    compile_scene(&s);
    assert_true(patch_code_size(s.code) <= 64);
    assert_true(patch_place(s.code, NEAR_BODY, before));
    patch_retarget(s.code, NEAR_BODY, WORD_B | 2 | 0x03000000, &first, &n, words);
    assert_true(first + n <= patch_code_size(s.code) && n <= PATCH_RETARGET_MAX);
    assert_true(patch_place(s.code, NEAR_BODY, after));
    assert_memory_equal(after + first, words, n * sizeof *words);
    patch_retarget(s.code, NEAR_BODY, WORD_B | 0x40, &first, &n, words);
    assert_true(patch_place(s.code, NEAR_BODY, after));
    assert_memory_equal(before, after, patch_code_size(s.code) * sizeof *before);
    patch_code_free(s.code);
}

static void out_of_reach_is_said(void **state)
{
    static struct scene s = {.plan = {.site = SITE, .word = 0x60000000}};
    uint32_t words[64];

    (void)state;
    s.plan.live = leaf_live;
    compile_scene(&s);
    assert_true(patch_place(s.code, SITE + 4 - 4 + 0x02000000, words));
    assert_false(patch_place(s.code, SITE + 0x02000004, words));
    assert_false(patch_place(s.code, FAR_BODY, words));
    patch_code_free(s.code);
}

/* Nothing is left that somebody could live on unnoticed. */
static void poison_fills_everything_dead(void **state)
{
    static struct scene s;
    uint32_t random = 3;

    (void)state;
    for (unsigned i = 0; i < 500; i++) {
        struct register_set dead = REGISTERS_ALL, live;

        make_scene(&s, &random);
        s.plan.n = 0;
        s.plan.mode = PATCH_POISON;
        s.plan.replacement = 0;
        scene_set_live(&s, &s.live_behind);
        run(&s);
        live = s.plan.live;
        live.general |= 1u << 1 | 1u << 2 | 1u << 13;
        registers_remove(&dead, &live);
        dead.special &= SPECIAL_LR | SPECIAL_CTR | SPECIAL_XER;
        assert_int_equal(dead.general, s.overwritten.general);
        assert_int_equal(dead.special, s.overwritten.special);
        for (unsigned field = 0; field < 8; field++) {
            uint32_t mask = dead.condition & CR_FIELD(field);

            assert_int_equal(0, s.overwritten.condition & CR_FIELD(field) & ~mask);
            if (mask != CR_FIELD(field))
                assert_int_equal(mask, s.overwritten.condition & CR_FIELD(field));
        }
    }
}

static void memory_that_is_short_leaves_nothing(void **state)
{
    static struct scene s;
    uint32_t random = 11;
    status_t status = OK;

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        long blocks = scarce_blocks;

        make_scene(&s, &random);
        s.plan.actions = s.actions;
        for (long left = 0; left == 0 || status != OK; left++) {
            struct patch_code *code = NULL;

            scarce_left = left;
            status = patch_compile(&s.plan, &code);
            scarce_left = SCARCE_FOREVER;
            if (status != OK) {
                assert_int_equal(ERR_NO_MEMORY, status);
                assert_null(code);
            }
            patch_code_free(code);
            assert_int_equal(blocks, scarce_blocks);
        }
    }
}

static void a_body_may_be_too_long(void **state)
{
    static uint32_t words[1024];
    static struct action actions[80];
    struct patch_plan plan = {.site = SITE, .word = 0x60000000, .actions = actions, .n = 80};
    struct patch_code *code = NULL;
    long blocks = scarce_blocks;

    (void)state;
    for (unsigned i = 0; i < 1024; i++)
        words[i] = 0x60000000;
    for (unsigned i = 0; i < 80; i++)
        actions[i] = (struct action){.kind = ACTION_CODE, .words = words, .n = 1024};
    assert_int_equal(ERR_RANGE, patch_compile(&plan, &code));
    assert_null(code);
    assert_int_equal(blocks, scarce_blocks);
    plan.n = 60;
    assert_int_equal(OK, patch_compile(&plan, &code));
    assert_int_equal(60 * 1024 + 2, patch_code_size(code));
    patch_code_free(code);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(does_what_the_instruction_does),
        cmocka_unit_test(translates_every_form_of_branch),
        cmocka_unit_test(an_interrupt_anywhere_changes_nothing),
        cmocka_unit_test(counts_cheaply_where_two_registers_are_dead),
        cmocka_unit_test(counts_in_bounds_anywhere),
        cmocka_unit_test(calls_in_bounds),
        cmocka_unit_test(marks_are_in_order_and_inside),
        cmocka_unit_test(says_what_is_where),
        cmocka_unit_test(is_led_elsewhere),
        cmocka_unit_test(is_as_before_when_led_back),
        cmocka_unit_test(out_of_reach_is_said),
        cmocka_unit_test(poison_fills_everything_dead),
        cmocka_unit_test(memory_that_is_short_leaves_nothing),
        cmocka_unit_test(a_body_may_be_too_long),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("patch_code", tests, NULL, NULL);
}
