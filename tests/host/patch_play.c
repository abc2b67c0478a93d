/* See patch_play.h. */
#include "tests/host/patch_play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/operands.h"
#include "arch/ppc/code/reach.h"
#include "arch/ppc/registers.h"
#include "tests/host/machine.h"
#include "tests/host/random.h"

#define STEPS_MAX 20000

struct world {
    struct machine machine;
    uint8_t stack[PLAY_STACK_SIZE], data[PLAY_DATA_SIZE], counters[8 * PLAY_ACTIONS_MAX];
};

static struct world original, patched;
static struct scene *scene;
static uint32_t words[PLAY_WORDS_MAX], junk, lowest;
static size_t n_words, next_action;
static struct machine at_action[PLAY_ACTIONS_MAX];
static struct machine at_site;
static bool runs[PLAY_ACTIONS_MAX];
static const char *wrong;

static void complain(const char *sentence)
{
    if (wrong == NULL)
        wrong = sentence;
}

void scene_set_live(struct scene *s, const struct register_set *behind)
{
    struct effects effects;

    s->live_behind = s->plan.live = *behind;
    if (code_opcode(s->plan.word) == OPCODE_UNKNOWN)
        return;
    code_effects(s->plan.word, code_opcode(s->plan.word), &effects);
    registers_remove(&s->plan.live, &effects.writes);
    registers_add(&s->plan.live, &effects.reads);
}

/* ---- code that can be fetched ---- */

static bool fetch_body(void *context, uint32_t address, uint32_t *word)
{
    (void)context;
    if (address - scene->body >= 4 * n_words)
        return false;
    *word = words[(address - scene->body) / 4];
    return true;
}

static bool fetch_site(void *context, uint32_t address, uint32_t *word)
{
    (void)context;
    if (address != scene->plan.site)
        return false;
    *word = scene->moved != 0 ? scene->moved : scene->plan.word;
    return true;
}

static const struct action *running;

static bool fetch_code(void *context, uint32_t address, uint32_t *word)
{
    (void)context;
    if (address - running->origin >= 4 * running->n)
        return false;
    *word = running->words[(address - running->origin) / 4];
    return true;
}

/* ---- the original ---- */

static void set_up(struct world *world)
{
    struct machine *m = &world->machine;
    uint32_t random = scene->seed;

    memset(m, 0, sizeof *m);
    for (unsigned i = 0; i < 32; i++) {
        m->registers[i] = random_next(&random);
        m->floating[i] = (uint64_t)random_next(&random) << 32 | random_next(&random);
    }
    m->registers[1] = PLAY_SP;
    m->lr = random_next(&random) & ~3u;
    m->ctr = random_below(&random, 3) == 0 ? random_below(&random, 3) : random_next(&random) & ~3u;
    m->cr = random_next(&random);
    m->xer = random_next(&random) & (XER_SO | XER_OV | XER_CA | XER_COUNT);
    m->fpscr = random_next(&random);
    m->msr = MSR_KERNEL | (random_below(&random, 2) == 0 ? MSR_EE : 0) |
             (random_below(&random, 4) == 0 ? MSR_SE : 0);
    for (size_t i = 0; i < sizeof world->stack; i++)
        world->stack[i] = (uint8_t)random_next(&random);
    for (size_t i = 0; i < sizeof world->data; i++)
        world->data[i] = (uint8_t)random_next(&random);
    for (size_t i = 0; i < sizeof world->counters; i++)
        world->counters[i] = random_below(&random, 2) == 0 ? 0xff : (uint8_t)random_next(&random);
    machine_add(m, PLAY_STACK, world->stack, sizeof world->stack);
    machine_add(m, PLAY_DATA, world->data, sizeof world->data);
    machine_add(m, PLAY_COUNTERS, world->counters, sizeof world->counters);
}

static bool will_be_taken(const struct machine *m)
{
    uint32_t word = scene->plan.word, bo = FIELD_T(word);
    enum opcode opcode = code_opcode(word);
    bool counted = (bo & 4) != 0 || (m->ctr - 1 == 0) == ((bo & 2) != 0);
    bool holds = (bo & 16) != 0 || ((m->cr << FIELD_A(word) & 0x80000000u) != 0) == ((bo & 8) != 0);

    return opcode != OPCODE_BC && opcode != OPCODE_BCLR && opcode != OPCODE_BCCTR
               ? true
               : counted && holds;
}

/* What a handler makes of registers; the same twice. */
static uint32_t changed(uint32_t value)
{
    return value * 5 + 0x1234;
}

static void change_machine(struct machine *m)
{
    for (unsigned i = 0; i < 32; i++)
        if (i != 1)
            m->registers[i] = changed(m->registers[i]);
    m->cr = changed(m->cr);
    m->xer = changed(m->xer) & (XER_SO | XER_OV | XER_CA | XER_COUNT);
    m->lr = changed(m->lr) & ~3u;
    m->ctr = changed(m->ctr) & ~3u;
}

/* The code would find a place for a frame elsewhere. */
static bool pushes(const struct action *action)
{
    for (size_t i = 0; i < action->n; i++)
        if (action->words[i] >> 16 == 0x9421)
            return true;
    return false;
}

static void play_callee(struct machine *m)
{
    m->registers[3] += 7;
    m->registers[12] = m->ctr = 0;
    m->at = m->lr & ~3u;
}

/* What it was but for where it goes on, and what it left by. */
static void keep_way(const struct machine *before, struct machine *m, uint32_t word)
{
    struct machine after = *m;

    *m = *before;
    m->at = after.at;
    if (scene->left && code_opcode(word) == OPCODE_BCLR)
        m->lr = after.lr;
    if (scene->left && code_opcode(word) == OPCODE_BCCTR)
        m->ctr = after.ctr;
}

/* Until it comes to its end, or leaves. */
static void run_code(struct machine *m, const struct action *action)
{
    struct machine before = *m;
    uint32_t down = pushes(action) ? 0x400 : 0, at = action->origin, end = at + 4 * action->n;
    uint32_t word = at;

    running = action;
    m->registers[1] -= down;
    m->fetch = fetch_code;
    for (m->at = at; wrong == NULL && (m->at == PLAY_CALLEE || m->at - at < end - at);) {
        word = m->at;
        if (m->at == PLAY_CALLEE)
            play_callee(m);
        else if (!machine_step(m))
            complain(m->fault);
    }
    m->registers[1] += down;
    scene->left = m->at != end;
    if (!action->changes)
        keep_way(&before, m, action->words[(word - at) / 4]);
}

static void count(struct world *world, const struct action *action)
{
    struct machine *m = &world->machine;
    uint32_t low = machine_load(m, action->counter + 4, 4) + 1;

    machine_store(m, action->counter + 4, 4, low);
    if (low == 0)
        machine_store(m, action->counter, 4, machine_load(m, action->counter, 4) + 1);
}

static void run_original(void)
{
    struct machine *m = &original.machine;

    set_up(&original);
    m->fetch = fetch_site;
    memset(runs, 0, sizeof runs);
    for (size_t i = 0; i < scene->plan.n && !scene->left; i++) {
        const struct action *action = &scene->actions[i];

        at_action[i] = *m;
        runs[i] = (!action->taken || will_be_taken(m)) && (scene->out >> i & 1) == 0;
        if (!runs[i])
            continue;
        if (action->kind == ACTION_COUNT)
            count(&original, action);
        else if (action->kind == ACTION_CODE)
            run_code(m, action);
        else if (action->registers == ACTION_CHANGES_REGISTERS)
            change_machine(m);
    }
    if (scene->left)
        return;
    m->fetch = fetch_site;
    m->at = scene->plan.site;
    if (scene->plan.replacement != 0)
        m->at = scene->plan.replacement;
    else if (!machine_step(m))
        complain(m->fault);
}

/* ---- the body ---- */

static void check_record(struct machine *m, const struct machine *expected, uint32_t record)
{
    for (unsigned i = 0; i < 32; i++)
        if (machine_load(m, record + 4 * i, 4) != expected->registers[i])
            complain("a general register in the record");
    if (machine_load(m, record + 128, 4) != expected->cr)
        complain("CR in the record");
    if (machine_load(m, record + 132, 4) != expected->xer)
        complain("XER in the record");
    if (machine_load(m, record + 136, 4) != expected->lr)
        complain("LR in the record");
    if (machine_load(m, record + 140, 4) != expected->ctr)
        complain("CTR in the record");
}

static void change_record(struct machine *m, uint32_t record)
{
    for (unsigned i = 0; i < 36; i++) {
        uint32_t value = changed(machine_load(m, record + 4 * i, 4));

        if (i == 33)
            value &= XER_SO | XER_OV | XER_CA | XER_COUNT;
        if (i > 33)
            value &= ~3u;
        machine_store(m, record + 4 * i, 4, value);
    }
}

/* A back chain to the frame at the site; with LR on the way if somebody needs it. */
static void check_chain(struct machine *m, bool lr_is_live)
{
    uint32_t outer = machine_load(m, m->registers[1], 4);

    if (m->registers[1] % 16 != 0 || m->registers[1] > PLAY_SP - PATCH_STACK_GAP)
        complain("r1 at the call");
    if (lr_is_live && outer != PLAY_SP) {
        if (machine_load(m, outer + 4, 4) != at_action[next_action].lr)
            complain("LR in the chain");
        outer = machine_load(m, outer, 4);
    } else if (lr_is_live) {
        complain("LR is not in the chain");
    } else if (outer != PLAY_SP) {
        outer = machine_load(m, outer, 4);
    }
    if (outer != PLAY_SP)
        complain("the back chain");
}

static void spoil(struct machine *m, const struct register_set *set)
{
    for (unsigned i = 0; i < 32; i++) {
        uint32_t word = random_next(&junk);

        if ((set->general >> i & 1) != 0)
            m->registers[i] = word;
        if ((set->floating >> i & 1) != 0)
            m->floating[i] = word;
        if ((set->condition << i & 0x80000000u) != 0)
            m->cr ^= (word & 1) << (31 - i);
    }
    if ((set->special & SPECIAL_CTR) != 0)
        m->ctr = random_next(&junk);
    if ((set->special & SPECIAL_LR) != 0)
        m->lr = random_next(&junk);
    if ((set->special & SPECIAL_CA) != 0)
        m->xer ^= random_next(&junk) & XER_CA;
    if ((set->special & SPECIAL_OV) != 0)
        m->xer ^= random_next(&junk) & XER_OV;
    if ((set->special & SPECIAL_SO) != 0)
        m->xer ^= random_next(&junk) & XER_SO;
    if ((set->special & SPECIAL_COUNT) != 0)
        m->xer ^= random_next(&junk) & XER_COUNT;
    if ((set->special & SPECIAL_FPSCR) != 0)
        m->fpscr = random_next(&junk);
    for (uint32_t at = PLAY_STACK; at < m->registers[1]; at++)
        machine_store(m, at, 1, random_next(&junk));
}

/* Where it goes on when a fault has ended the call. */
static bool recover(struct machine *m, uint32_t back)
{
    static const struct register_set kept = {.general = 0xffffc000, .condition = ~0u};
    size_t n;
    const struct patch_mark *marks = patch_code_marks(scene->code, &n);

    for (size_t i = 0; i < n; i++) {
        if (marks[i].kind == MARK_CALL && scene->body + 4 * marks[i].words.first == back &&
            marks[i].action == next_action) {
            spoil(m, &kept);
            m->at = scene->body + 4 * marks[i].words.end;
            return true;
        }
    }
    complain("a contained call without its mark");
    return false;
}

static void skip_to_call(void)
{
    while (next_action < scene->plan.n &&
           (!runs[next_action] || scene->actions[next_action].kind != ACTION_CALL))
        next_action++;
}

static void play_call(struct machine *m)
{
    const struct action *action;
    uint32_t *r = m->registers, back = m->lr;
    unsigned next = 3;

    skip_to_call();
    action = &scene->actions[next_action];
    if (next_action == scene->plan.n || m->at != action->procedure) {
        complain("a call that nobody wants");
        return;
    }
    if (action->has_closure && r[next++] != action->closure)
        complain("the closure");
    if (r[next++] != scene->plan.site)
        complain("the site");
    check_chain(m,
                scene->plan.mode == PATCH_PARANOID || (scene->plan.live.special & SPECIAL_LR) != 0);
    if (action->registers != ACTION_NO_REGISTERS)
        check_record(m, &at_action[next_action], r[next]);
    if (action->registers == ACTION_CHANGES_REGISTERS)
        change_record(m, r[next]);
    machine_store(m, r[1] + 4, 4, back);
    m->at = back;
    spoil(m, &action->clobbers);
    if (action->contained && scene->faults)
        (void)recover(m, back);
    next_action++;
}

/* ---- interruptions ---- */

static uint32_t load(uint32_t address)
{
    return machine_load(&patched.machine, address, 4);
}

static void store(uint32_t address, uint32_t word)
{
    machine_store(&patched.machine, address, 4, word);
}

/* Somebody else comes to the site meanwhile; nothing of what an exception changes is kept. */
static void interrupt(struct machine *m)
{
    struct patch_context context = {m->registers, &m->at, &m->msr, &m->cr, &m->xer, load, store};

    scene->n_stopped++;
    (void)patch_code_finish(scene->code, (m->at - scene->body) / 4, &context);
    for (size_t i = 0; i < scene->plan.n; i++)
        if (scene->actions[i].kind == ACTION_COUNT)
            count(&patched, &scene->actions[i]);
    m->srr0 = random_next(&junk);
    m->srr1 = random_next(&junk);
    for (uint32_t at = PLAY_STACK; at < m->registers[1] - PATCH_STACK_GAP - PATCH_STACK_SIZE; at++)
        machine_store(m, at, 1, random_next(&junk));
}

static uint32_t xer_parts(uint32_t xer)
{
    return ((xer & XER_CA) != 0 ? SPECIAL_CA : 0) | ((xer & XER_OV) != 0 ? SPECIAL_OV : 0) |
           ((xer & XER_SO) != 0 ? SPECIAL_SO : 0) | ((xer & XER_COUNT) != 0 ? SPECIAL_COUNT : 0);
}

/* Before the displaced instruction. */
static void look_for_garbage(const struct machine *m)
{
    size_t n, word = (m->at - scene->body) / 4;
    const struct patch_mark *marks = patch_code_marks(scene->code, &n);
    bool displaced = false;

    for (size_t i = 0; i < n; i++)
        displaced |= marks[i].kind == MARK_DISPLACED && marks[i].words.first == word;
    for (unsigned i = 0; i < 32 && displaced; i++)
        if (m->registers[i] != at_site.registers[i])
            scene->overwritten.general |= 1u << i;
    if (displaced) {
        scene->overwritten.condition = m->cr ^ at_site.cr;
        scene->overwritten.special |= (m->lr != at_site.lr ? SPECIAL_LR : 0) |
                                      (m->ctr != at_site.ctr ? SPECIAL_CTR : 0) |
                                      xer_parts(m->xer ^ at_site.xer);
    }
}

/* ---- both ---- */

static bool is_in_body(uint32_t address)
{
    return address - scene->body < 4 * n_words;
}

static bool is_procedure(uint32_t address)
{
    for (size_t i = 0; i < scene->plan.n; i++)
        if (scene->actions[i].kind == ACTION_CALL && scene->actions[i].procedure == address)
            return true;
    return false;
}

static void run_body(void)
{
    struct machine *m = &patched.machine;

    set_up(&patched);
    at_site = patched.machine;
    scene->overwritten = REGISTERS_NONE;
    m->fetch = fetch_body;
    m->at = scene->body;
    next_action = 0;
    lowest = PLAY_SP;
    scene->n_executed = scene->n_stopped = 0;
    while (wrong == NULL && scene->n_executed < STEPS_MAX) {
        if (is_procedure(m->at) && m->lr - 4 - scene->body < 4 * n_words) {
            play_call(m);
            continue;
        }
        if (m->at == PLAY_CALLEE && is_in_body(m->lr)) {
            play_callee(m);
            continue;
        }
        if (!is_in_body(m->at))
            break;
        look_for_garbage(m);
        scene->n_executed++;
        if (scene->stop == scene->n_executed || scene->stop == ~0u)
            interrupt(m);
        if (is_in_body(m->at) && !machine_step(m))
            complain(m->fault);
        if (m->registers[1] < lowest)
            lowest = m->registers[1];
    }
    if (scene->n_executed == STEPS_MAX)
        complain("the body does not end");
    skip_to_call();
    if (wrong == NULL && next_action != scene->plan.n)
        complain("a call is missing");
}

static uint32_t xer_mask(uint32_t special)
{
    return ((special & SPECIAL_CA) != 0 ? XER_CA : 0) | ((special & SPECIAL_OV) != 0 ? XER_OV : 0) |
           ((special & SPECIAL_SO) != 0 ? XER_SO : 0) |
           ((special & SPECIAL_COUNT) != 0 ? XER_COUNT : 0);
}

static void compare_registers(const struct machine *a, const struct machine *b)
{
    const struct register_set *live = scene->left ? &scene->plan.live : &scene->live_behind;
    uint32_t general = live->general | 1u << 1 | 1u << 2 | 1u << 13;

    for (unsigned i = 0; i < 32; i++) {
        if ((general >> i & 1) != 0 && a->registers[i] != b->registers[i])
            complain("a general register");
        if ((live->floating >> i & 1) != 0 && a->floating[i] != b->floating[i])
            complain("a floating-point register");
    }
    if (((a->cr ^ b->cr) & live->condition) != 0)
        complain("CR");
    if (((a->xer ^ b->xer) & xer_mask(live->special)) != 0)
        complain("XER");
    if ((live->special & SPECIAL_LR) != 0 && a->lr != b->lr)
        complain("LR");
    if ((live->special & SPECIAL_CTR) != 0 && a->ctr != b->ctr)
        complain("CTR");
    if ((live->special & SPECIAL_FPSCR) != 0 && a->fpscr != b->fpscr)
        complain("FPSCR");
    if (a->msr != b->msr)
        complain("MSR");
    if (a->at != b->at)
        complain("where it goes on");
}

/* The part that a body may write to is only larger if it has moved r1. */
static void compare_stacks(void)
{
    size_t kept = PLAY_SP - PATCH_STACK_GAP - PLAY_STACK, below = kept - PATCH_STACK_SIZE;

    if (memcmp(original.stack + kept, patched.stack + kept, sizeof original.stack - kept) != 0)
        complain("the stack");
    if (lowest == PLAY_SP && scene->n_stopped == 0 &&
        memcmp(original.stack, patched.stack, below) != 0)
        complain("what is further down the stack");
}

static void compare_memory(void)
{
    compare_stacks();
    if (memcmp(original.data, patched.data, sizeof original.data) != 0)
        complain("memory");
    for (size_t i = 0; i < scene->plan.n; i++)
        for (unsigned k = 0; k < scene->n_stopped && scene->actions[i].kind == ACTION_COUNT; k++)
            count(&original, &scene->actions[i]);
    if (memcmp(original.counters, patched.counters, sizeof original.counters) != 0)
        complain("a count");
}

static void take_out(unsigned action)
{
    size_t n, found = 0;
    const struct patch_mark *marks = patch_code_marks(scene->code, &n);

    for (size_t i = 0; i < n; i++) {
        if (marks[i].kind != MARK_ACTION || marks[i].action != action)
            continue;
        words[marks[i].words.first] =
            code_put_b_relative(WORD_B, (uint32_t)(marks[i].words.end - marks[i].words.first) * 4);
        found++;
    }
    if (found != 1)
        complain("an action without its mark");
}

static void place(void)
{
    size_t first, n;
    uint32_t moved[PATCH_RETARGET_MAX];

    n_words = patch_code_size(scene->code);
    if (n_words > PLAY_WORDS_MAX)
        complain("the body is too long");
    else if (!patch_place(scene->code, scene->body, words))
        complain("out of reach");
    else if (scene->moved != 0) {
        patch_retarget(scene->code, scene->body, scene->moved, &first, &n, moved);
        memcpy(words + first, moved, n * sizeof *words);
    }
    for (unsigned i = 0; i < scene->plan.n; i++)
        if ((scene->out >> i & 1) != 0)
            take_out(i);
}

const char *scene_run(struct scene *s)
{
    scene = s;
    wrong = NULL;
    junk = s->seed ^ 0x5a5a5a5a;
    s->plan.actions = s->actions;
    s->code = NULL;
    s->left = false;
    if (patch_compile(&s->plan, &s->code) != OK)
        return "it cannot be compiled";
    place();
    if (wrong == NULL)
        run_original();
    if (wrong == NULL)
        run_body();
    if (wrong == NULL) {
        compare_registers(&original.machine, &patched.machine);
        compare_memory();
    }
    return wrong;
}
