/* See unwind.h. */
#include "kernel/contain/unwind.h"

#include <string.h>

#include "arch/ppc/code/analysis/unwind.h"
#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/operands.h"
#include "arch/ppc/image.h"
#include "arch/ppc/mmu.h"
#include "arch/ppc/registers.h"
#include "kernel/contain/unwind_code.h"
#include "kernel/strand/strand.h"

#define SP 1
#define ALL 0xffffffffu
#define NONVOLATILE 0xffffe006u /* general registers that calls leave alone */
#define NONVOLATILE_FIELDS 0x00fff000u
#define STILL_MAX 4

/* ---- memory ---- */

static bool is_on_stack(const struct unwind_context *context, vaddr_t at)
{
    return at % 4 == 0 && at >= context->low && at < context->high && context->high - at >= 4;
}

static bool load(const struct unwind_context *context, vaddr_t at, uint32_t *word)
{
    if (!is_on_stack(context, at) || !mmu_readable(at, sizeof *word))
        return false;
    *word = *(const uint32_t *)at;
    return true;
}

/* ---- rules that are remembered ---- */

#define N_REMEMBERED 64

/* Of programs: generated code comes and goes. */
static struct remembered {
    vaddr_t pc; /* with bit 0 set if it is behind a call; 0: nothing */
    struct unwind unwind;
} remembered[N_REMEMBERED];

static struct remembered *remembered_at(vaddr_t key)
{
    return &remembered[(key >> 2 ^ key >> 8 ^ key >> 14) % N_REMEMBERED];
}

void unwind_forget(void)
{
    memset(remembered, 0, sizeof remembered);
}

/* ---- rules ---- */

/*
 * Enough for all procedures of the kernel and its libraries but a few of the longest. An unwinding that is interrupted by another, of a fault of its
 * own, has lost what it had there.
 */
#define ROOM (192 * 1024)

static uint64_t room[ROOM / 8];

/* The code of a body, of what it is in, and so on. */
#define AROUND_MAX 4

struct analysis {
    struct arena arena;
    struct unwind_code codes[AROUND_MAX];
    unsigned n;
};

/* One around the other: where they are entered is known before what they do. */
static status_t open_code(struct analysis *analysis, vaddr_t address, struct unwinder **unwinder)
{
    struct unwind_code *code = &analysis->codes[analysis->n];
    const struct flow_terms flow_terms = {.pointers = unwind_code_pointers,
                                          .arena = &analysis->arena};
    struct unwind_terms terms = {.source = &code->source, .arena = &analysis->arena};
    struct unwinder *around;
    struct flow *flow;
    status_t status;

    if (analysis->n++ == AROUND_MAX || !unwind_code_find(address, code))
        return ERR_NOT_FOUND;
    terms.leaves = code->generated;
    if (code->site != 0) {
        status = open_code(analysis, code->site, &around);
        if (status != OK)
            return status;
        terms.around = around;
        terms.site = code->site;
    }
    status = flow_build(&code->source, address, &flow_terms, &flow);
    return status == OK ? unwind_open(flow, &terms, unwinder) : status;
}

static bool find_rule(vaddr_t pc, bool called, struct unwind *unwind)
{
    static struct analysis analysis;
    vaddr_t key = pc | called;
    struct remembered *place = remembered_at(key);
    struct unwinder *unwinder;

    if (place->pc == key) {
        *unwind = place->unwind;
        return true;
    }
    analysis = (struct analysis){.arena = {.bytes = (uint8_t *)room, .size = sizeof room}};
    if (open_code(&analysis, called ? pc - 4 : pc, &unwinder) != OK ||
        unwind_at(unwinder, pc, called, unwind) != OK)
        return false;
    if (!analysis.codes[0].generated)
        *place = (struct remembered){key, *unwind};
    return true;
}

/* ---- what the caller finds ---- */

static bool find_stack(const struct unwind_context *context, const struct unwind *unwind,
                       vaddr_t *caller)
{
    uint32_t chain = 0;
    bool known = (context->known >> unwind->base & 1) != 0;

    if ((unwind->chained || unwind->base == UNWIND_CHAIN) &&
        !load(context, context->frame.gpr[SP], &chain))
        return false;
    if (unwind->base != UNWIND_CHAIN && !known)
        return false;
    *caller = (unwind->base == UNWIND_CHAIN ? chain : context->frame.gpr[unwind->base]) +
              (uint32_t)unwind->frame;
    return !unwind->chained || chain == *caller + (uint32_t)unwind->chain;
}

/* `kept`: what it is if it is where it was. */
static bool find_word(const struct unwind_context *context, const struct unwind_place *place,
                      vaddr_t caller, uint32_t kept, uint32_t *word)
{
    switch ((enum unwind_where)place->where) {
    case UNWIND_KEPT:
        *word = kept;
        return true;
    case UNWIND_GENERAL:
        *word = context->frame.gpr[place->general];
        return (context->known >> place->general & 1) != 0;
    case UNWIND_STACK:
        return load(context, caller + (uint32_t)(int32_t)place->offset, word);
    default:
        return false;
    }
}

static bool find_general(const struct unwind_context *context, const struct unwind *unwind,
                         vaddr_t caller, uint32_t gpr[32])
{
    bool found = true;

    for (unsigned i = 0; i < UNWIND_GENERALS && found; i++)
        found = find_word(context, &unwind->general[i], caller,
                          context->frame.gpr[UNWIND_FIRST + i], &gpr[UNWIND_FIRST + i]);
    return found;
}

static bool apply(const struct unwind_context *context, const struct unwind *unwind,
                  struct unwind_context *outer)
{
    vaddr_t caller;
    uint32_t cr;

    *outer = *context;
    if (!find_stack(context, unwind, &caller) ||
        !find_word(context, &unwind->lr, caller, context->frame.lr, &outer->frame.srr0) ||
        !find_word(context, &unwind->cr, caller, context->frame.cr, &cr) ||
        !find_general(context, unwind, caller, outer->frame.gpr))
        return false;
    outer->frame.gpr[SP] = caller;
    outer->frame.cr = (context->frame.cr & ~NONVOLATILE_FIELDS) | (cr & NONVOLATILE_FIELDS);
    return true;
}

/* ---- the rest of an epilogue ---- */

/*
 * What only restores and then returns is carried out instead: so who is in the routines of the compiler's library that restore registers, which their own
 * callers have not left as they were, is got over. Longest: 18 loads, LR and r1.
 */
#define EPILOGUE_MAX 24
#define BLR 0x4e800020u
#define MTLR_MASK 0xfc1fffffu
#define MTLR 0x7c0803a6u

static bool is_stack_base(unsigned general)
{
    return general == SP || general == 11 || general == 12;
}

static bool knows(const struct unwind_context *context, unsigned general)
{
    return (context->known >> general & 1) != 0;
}

static bool load_general(struct unwind_context *context, uint32_t word, unsigned n)
{
    vaddr_t at = context->frame.gpr[FIELD_A(word)] + IMMEDIATE(word);
    bool done = true;

    for (unsigned i = 0; i < n && done; i++)
        done = load(context, at + 4 * i, &context->frame.gpr[FIELD_T(word) + i]);
    return done;
}

/* One instruction. False: it does something else. */
static bool restore(struct unwind_context *context, uint32_t word)
{
    uint32_t *gpr = context->frame.gpr;
    unsigned t = FIELD_T(word), a = FIELD_A(word), b = FIELD_B(word);

    if ((word & MTLR_MASK) == MTLR && knows(context, t)) {
        context->frame.lr = gpr[t];
        return true;
    }
    switch (code_opcode(word)) {
    case OPCODE_LFD:
        return is_stack_base(a);
    case OPCODE_LWZ:
    case OPCODE_LMW:
        context->known |= code_opcode(word) == OPCODE_LMW ? ALL << t : 1u << t;
        return is_stack_base(a) && knows(context, a) &&
               load_general(context, word, code_opcode(word) == OPCODE_LMW ? 32 - t : 1);
    case OPCODE_ADDI:
        gpr[t] = gpr[a] + IMMEDIATE(word);
        return t == SP && is_stack_base(a) && knows(context, a);
    case OPCODE_OR:
        gpr[a] = gpr[t];
        return (word & 1) == 0 && t == b && a == SP && is_stack_base(t) && knows(context, t);
    default:
        return false;
    }
}

static bool finish(const struct unwind_context *context, struct unwind_context *outer)
{
    uint32_t words[EPILOGUE_MAX];
    struct unwind_code code;
    unsigned n = 0;

    if (context->called || !unwind_code_find(context->frame.srr0, &code))
        return false;
    *outer = *context;
    while (n < EPILOGUE_MAX &&
           code.source.words(code.source.context, context->frame.srr0 + 4 * n, &words[n], 1) &&
           words[n] != BLR && restore(outer, words[n]))
        n++;
    outer->frame.srr0 = outer->frame.lr;
    return n < EPILOGUE_MAX && words[n] == BLR;
}

/* ---- steps ---- */

static bool is_behind_call(vaddr_t pc)
{
    struct successor successor;
    uint32_t word;

    if (pc % 4 != 0 || !unwind_code_word(pc - 4, &word))
        return false;
    code_successor(word, pc - 4, &successor);
    return successor.links;
}

/* Whether it can be: nobody's frame lies below those of whom he has called. */
static bool is_sound(const struct unwind_context *context, struct unwind_context *outer)
{
    vaddr_t before = context->frame.gpr[SP], after = outer->frame.gpr[SP];

    outer->n_still = after == before ? context->n_still + 1 : 0;
    return after >= before && after <= outer->high && after % 4 == 0 && outer->n_still < STILL_MAX;
}

static bool step(const struct unwind_context *context, struct unwind_context *outer)
{
    struct unwind unwind;

    return finish(context, outer) || (find_rule(context->frame.srr0, context->called, &unwind) &&
                                      apply(context, &unwind, outer));
}

bool unwind_step(struct unwind_context *context)
{
    struct unwind_context outer;

    if (!is_on_stack(context, context->frame.gpr[SP]) || !step(context, &outer) ||
        !is_sound(context, &outer) || !is_behind_call(outer.frame.srr0))
        return false;
    outer.frame.lr = outer.frame.srr0;
    outer.called = true;
    outer.known = NONVOLATILE;
    *context = outer;
    return true;
}

void unwind_begin(const struct trap_frame *frame, struct unwind_context *context)
{
    const struct strand *strand = strand_at_stack(frame->gpr[SP]);

    *context = (struct unwind_context){.frame = *frame, .known = ALL};
    if (strand != NULL) {
        context->low = strand->stack_start - STRAND_RESERVE;
        context->high = strand->stack_end;
    }
}
