/* See wander.h. */
#include "tests/host/wander.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/operands.h"
#include "tests/host/random.h"

#define ENTRY_STACK (WANDER_STACK + WANDER_STACK_SIZE - 0x10000u)
#define VOLATILE 0x1ff9u
#define KEPT_FIELDS 0x00fff000u
#define RETURN 0x7ffffff0u
#define ROUTINE_MAX 40
#define RETURNS_DEPTH 4
#define COUNT_MAX 200
#define BELOW 512 /* bytes that a callee writes below r1 */

static uint8_t *stack;

void wander_open(void)
{
    stack = malloc(WANDER_STACK_SIZE);
}

void wander_close(void)
{
    free(stack);
}

static bool fetch(void *context, uint32_t address, uint32_t *word)
{
    const struct wander *w = context;

    return w->source->words(w->source->context, address, word, 1);
}

static void enter(struct wander *w)
{
    struct machine *m = &w->machine;

    *m = (struct machine){.fetch = fetch, .context = w, .at = w->flow->procedure.start};
    machine_add(m, WANDER_STACK, stack, WANDER_STACK_SIZE);
    for (unsigned i = 0; i < 32; i++)
        m->registers[i] = random_next(&w->seed) | 1; /* odd: no address of the stack */
    m->registers[1] = ENTRY_STACK - 16 * random_below(&w->seed, 64);
    m->cr = random_next(&w->seed);
    m->lr = RETURN;
    machine_store(m, m->registers[1], 4, m->registers[1] + 64);
    w->entry = *m;
    w->returned = false;
}

/* ---- instructions ---- */

static void lose(struct wander *w, uint32_t general, bool condition)
{
    struct machine *m = &w->machine;

    for (; general != 0; general &= general - 1)
        m->registers[__builtin_ctz(general)] = random_next(&w->seed) | 1;
    if (condition)
        m->cr = (m->cr & KEPT_FIELDS) | (random_next(&w->seed) & ~KEPT_FIELDS);
}

/* What the machine does not know writes anything. */
static void guess(struct wander *w, uint32_t word)
{
    struct effects effects;
    struct machine *m = &w->machine;

    code_effects(word, code_opcode(word), &effects);
    lose(w, effects.writes.general & ~2u, false);
    m->cr =
        (m->cr & ~effects.writes.condition) | (random_next(&w->seed) & effects.writes.condition);
    if (effects.memory.update && effects.memory.base == 1)
        m->fault = "r1 goes where nobody knows";
}

/* A frame that is too large, or as large as what was given, becomes one of a few lines. */
static void grow_stack(struct wander *w, uint32_t word)
{
    uint32_t *r = w->machine.registers, to = r[1] + r[FIELD_B(word)];

    if (to < WANDER_STACK + 4096 || to >= r[1] || to % 4 != 0)
        to = r[1] - 64 * (1 + random_below(&w->seed, 8));
    machine_store(&w->machine, to, 4, r[FIELD_T(word)]);
    r[1] = to;
}

static bool step_special(struct wander *w, uint32_t word)
{
    uint32_t *r = w->machine.registers;
    uint32_t a = FIELD_A(word) == 0 ? 0 : r[FIELD_A(word)];

    switch (code_opcode(word)) {
    case OPCODE_STWUX:
        if (FIELD_A(word) != 1)
            return false;
        grow_stack(w, word);
        return true;
    case OPCODE_STWX:
        machine_store(&w->machine, a + r[FIELD_B(word)], 4, r[FIELD_T(word)]);
        return w->machine.fault == NULL;
    case OPCODE_LWZX:
        r[FIELD_T(word)] = machine_load(&w->machine, a + r[FIELD_B(word)], 4);
        return w->machine.fault == NULL;
    case OPCODE_SUBFIC:
        r[FIELD_T(word)] = IMMEDIATE(word) - r[FIELD_A(word)];
        return true;
    default:
        return false;
    }
}

static bool is_of_caller(const struct wander *w, uint32_t value)
{
    bool is = value == w->entry.lr || ((value ^ w->entry.cr) & KEPT_FIELDS) == 0;

    for (unsigned i = 14; i < 32 && !is; i++)
        is = value == w->entry.registers[i];
    return is;
}

static bool is_saved(struct wander *w, uint32_t at)
{
    return at == w->machine.registers[1] || at - w->entry.registers[1] < 8 ||
           is_of_caller(w, machine_load(&w->machine, at, 4));
}

/* A loop that goes on too long may come to what is saved in the frame: as it does not really. */
static bool hits_saved(struct wander *w, uint32_t word)
{
    struct machine *m = &w->machine, before = *m;
    struct effects effects;
    uint32_t at;
    bool hits;

    code_effects(word, code_opcode(word), &effects);
    if (effects.memory.direction != MEMORY_STORE || effects.memory.base == 1 ||
        is_of_caller(w, m->registers[FIELD_T(word)]))
        return false;
    at = (uint32_t)(int32_t)effects.memory.displacement;
    if (effects.memory.base != NO_REGISTER)
        at += m->registers[effects.memory.base];
    if (effects.memory.index != NO_REGISTER)
        at += m->registers[effects.memory.index];
    hits = at - WANDER_STACK < WANDER_STACK_SIZE - 8 &&
           (is_saved(w, at & ~3u) ||
            (at % 4 + effects.memory.width > 4 && is_saved(w, (at & ~3u) + 4)));
    *m = before;
    return hits;
}

static void step(struct wander *w, uint32_t word)
{
    struct machine *m = &w->machine, before = *m;

    if (hits_saved(w, word)) {
        m->at += 4;
        return;
    }

    m->fault = NULL;
    if (!step_special(w, word)) {
        *m = before;
        m->fault = NULL;
        if (!machine_step(m)) {
            *m = before;
            m->fault = NULL;
            guess(w, word);
        }
    }
    m->at = before.at + 4;
}

/* ---- control ---- */

static bool is_routine(const struct wander *w, vaddr_t target, uint32_t words[], unsigned *n)
{
    struct procedure procedure;

    if (!w->source->procedure(w->source->context, target, &procedure) || procedure.name == NULL ||
        (strncmp(procedure.name, "_save", 5) != 0 && strncmp(procedure.name, "_rest", 5) != 0))
        return false;
    for (*n = 0; *n < ROUTINE_MAX; ++*n)
        if (!w->source->words(w->source->context, target + 4 * *n, &words[*n], 1) ||
            words[*n] == 0x4e800020u)
            break;
    return true;
}

/* Whether there is a way out of a procedure, or of what it calls first. */
static bool has_end(const struct flow *flow)
{
    bool has = flow->n_unknown != 0;

    for (uint32_t i = 0; i < flow->n_blocks && !has; i++)
        has = flow->blocks[i].end == BLOCK_RETURNS || flow->blocks[i].end == BLOCK_LEAVES ||
              flow->blocks[i].end == BLOCK_TAIL_CALLS || flow->blocks[i].end == BLOCK_ESCAPES;
    return has;
}

static bool may_return(void *context, vaddr_t target)
{
    static unsigned depth;
    struct wander *w = context;
    struct remembered *place = &w->remembered[target / 4 % WANDER_REMEMBERED];
    const struct flow_terms terms = {.returns = may_return, .context = w};
    struct flow *flow;
    bool returns = true;

    if (place->key == (target | 1))
        return place->returns;
    depth++;
    if (depth < RETURNS_DEPTH && flow_build(w->source, target, &terms, &flow) == OK) {
        returns = has_end(flow);
        flow_free(flow);
    }
    depth--;
    *place = (struct remembered){target | 1, returns};
    return returns;
}

static bool never_returns(struct wander *w, const struct call *call)
{
    return !call->returns || (call->direct && !may_return(w, call->target));
}

static void call(struct wander *w, const struct call *call)
{
    struct machine *m = &w->machine;
    vaddr_t back = m->at + 4;
    uint32_t words[ROUTINE_MAX];
    unsigned n;

    m->lr = back;
    w->arrive(w, back, true);
    if (call->direct && is_routine(w, call->target, words, &n)) {
        m->at = call->target;
        for (unsigned i = 0; i < n; i++)
            step(w, words[i]);
    } else {
        lose(w, VOLATILE, true);
        for (uint32_t at = m->registers[1] - BELOW; at < m->registers[1]; at += 4)
            machine_store(m, at, 4, random_next(&w->seed));
        machine_store(m, m->registers[1] + 4, 4, random_next(&w->seed));
    }
    m->lr = back;
    m->at = back;
}

static const char *come_back(struct wander *w)
{
    const uint32_t *now = w->machine.registers, *then = w->entry.registers;

    w->returned = true;
    for (unsigned i = 14; i < 32; i++)
        if (now[i] != then[i])
            return "a register is not restored";
    if (now[1] != then[1] || ((w->machine.cr ^ w->entry.cr) & KEPT_FIELDS) != 0)
        return "r1 or CR is not restored";
    return w->machine.lr == RETURN ? NULL : "LR is not restored";
}

/* A loop that is counted down from not too much goes as often as it says. */
static bool is_counted(struct wander *w, uint32_t word, bool *taken)
{
    bool uses_ctr = code_opcode(word) == OPCODE_BC && (FIELD_T(word) & 0x04) == 0;
    bool counted = uses_ctr && w->machine.ctr <= COUNT_MAX && (FIELD_T(word) & 0x10) != 0;

    if (uses_ctr)
        w->machine.ctr--;
    *taken = (w->machine.ctr == 0) == ((FIELD_T(word) & 0x02) != 0);
    return counted;
}

/* Over the last instruction of a block. False: out of the procedure. */
static bool branch(struct wander *w, const struct block *block, const char **wrong)
{
    const struct flow *flow = w->flow;
    bool leaves =
        block->end != BLOCK_FALLS && block->end != BLOCK_BRANCHES && block->end != BLOCK_SWITCHES;
    uint32_t n = block->n_successors + leaves, i = n == 0 ? 0 : random_below(&w->seed, n);
    vaddr_t last = block->start + 4 * (block->n_words - 1);
    bool taken;

    if (is_counted(w, flow_word(flow, last), &taken) && n == 2 && block->falls)
        i = taken; /* control falls to the first of the successors */
    if (n == 0 || i == block->n_successors) {
        if (block->end == BLOCK_RETURNS)
            *wrong = come_back(w);
        return false;
    }
    w->machine.at = flow->blocks[flow->successors[block->first_successor + i]].start;
    return true;
}

static bool is_branch(uint32_t word)
{
    enum opcode opcode = code_opcode(word);

    return opcode == OPCODE_B || opcode == OPCODE_BC || opcode == OPCODE_BCLR ||
           opcode == OPCODE_BCCTR;
}

/* False: out of the procedure. */
static bool go_on(struct wander *w, const struct block *block, const char **wrong)
{
    vaddr_t at = w->machine.at;
    uint32_t word = flow_word(w->flow, at);
    const struct call *called = flow_call_at(w->flow, at);

    if (called != NULL && !called->tail)
        call(w, called);
    else if (is_branch(word))
        w->machine.lr = (word & 1) != 0 ? at + 4 : w->machine.lr;
    else
        step(w, word);
    if (called != NULL && !called->tail && never_returns(w, called))
        return false;
    if (w->machine.fault != NULL) {
        *wrong = w->machine.fault;
        return false;
    }
    if (at != block->start + 4 * (block->n_words - 1)) {
        w->machine.at = at + 4;
        return true;
    }
    return branch(w, block, wrong);
}

const char *wander(struct wander *w, unsigned n_steps)
{
    const char *wrong = NULL;

    enter(w);
    for (unsigned i = 0; i < n_steps; i++) {
        const struct block *block = flow_block_at(w->flow, w->machine.at);

        if (block == NULL || block->n_words == 0)
            break;
        w->arrive(w, w->machine.at, false);
        if (!go_on(w, block, &wrong))
            break;
    }
    return wrong;
}
