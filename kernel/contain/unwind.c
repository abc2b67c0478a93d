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
 * What only restores and then returns is carried out instead: so who is in the routines of the compiler's library that restore registers, or in a veneer on
 * the way there, is got over; for their callers have not left registers and LR as they were. Longest: 18 loads, LR, r1, and the way.
 */
#define EPILOGUE_MAX 30
#define WAY 12 /* the register of veneers */
#define BLR 0x4e800020u
#define BCTR 0x4e800420u

static bool is_stack_base(unsigned general)
{
    return general == SP || general == 11 || general == WAY;
}

static bool knows(const struct unwind_context *context, unsigned general)
{
    return (context->known >> general & 1) != 0;
}

static bool load_general(struct unwind_context *context, uint32_t word, unsigned n)
{
    unsigned t = FIELD_T(word), a = FIELD_A(word);
    vaddr_t at = context->frame.gpr[a] + IMMEDIATE(word);
    bool done = is_stack_base(a) && knows(context, a);

    for (unsigned i = 0; i < n && done; i++) {
        done = load(context, at + 4 * i, &context->frame.gpr[t + i]);
        context->known |= 1u << (t + i);
    }
    return done;
}

/* r1 from another register, or r12 from constants. */
static bool add(struct unwind_context *context, uint32_t word)
{
    uint32_t *gpr = context->frame.gpr;
    unsigned t = FIELD_T(word), a = FIELD_A(word);
    uint32_t by = code_opcode(word) == OPCODE_ADDIS ? word << 16 : IMMEDIATE(word);

    if (t == WAY && (a == 0 || a == WAY))
        gpr[t] = (a == 0 ? 0 : gpr[a]) + by;
    else if (t == SP && is_stack_base(a))
        gpr[t] = gpr[a] + by;
    else
        return false;
    context->known |= 1u << t;
    return a == 0 || knows(context, a);
}

static bool move(struct unwind_context *context, uint32_t word)
{
    unsigned from = FIELD_T(word), spr = FIELD_B(word) << 5 | FIELD_A(word);

    if (spr == SPR_LR)
        context->frame.lr = context->frame.gpr[from];
    else if (spr == SPR_CTR)
        context->frame.ctr = context->frame.gpr[from];
    else if (spr != SPR_SPRG1)
        return false;
    return knows(context, from);
}

static bool move_stack(struct unwind_context *context, uint32_t word)
{
    unsigned from = FIELD_T(word);

    context->frame.gpr[SP] = context->frame.gpr[from];
    return (word & 1) == 0 && from == FIELD_B(word) && FIELD_A(word) == SP && is_stack_base(from) &&
           knows(context, from);
}

/* An instruction that is no branch. False: it does something else than to restore. */
static bool restore(struct unwind_context *context, uint32_t word)
{
    switch (code_opcode(word)) {
    case OPCODE_LFD:
        return is_stack_base(FIELD_A(word));
    case OPCODE_LWZ:
        return load_general(context, word, 1);
    case OPCODE_LMW:
        return load_general(context, word, 32 - FIELD_T(word));
    case OPCODE_ADDI:
    case OPCODE_ADDIS:
        return add(context, word);
    case OPCODE_MTSPR:
        return move(context, word);
    case OPCODE_OR:
        return move_stack(context, word);
    default:
        return false;
    }
}

/* The next address. False: see above. */
static bool carry_out(struct unwind_context *context, uint32_t word)
{
    vaddr_t *at = &context->frame.srr0;
    struct successor successor;

    code_successor(word, *at, &successor);
    if (word == BLR)
        *at = context->frame.lr;
    else if (word == BCTR)
        *at = context->frame.ctr;
    else if (code_opcode(word) == OPCODE_B && !successor.links)
        *at = successor.target;
    else if (restore(context, word))
        *at += 4;
    else
        return false;
    return true;
}

static bool finish(const struct unwind_context *context, struct unwind_context *outer)
{
    uint32_t word = 0;
    unsigned n = 0;

    *outer = *context;
    while (!context->called && word != BLR && n++ < EPILOGUE_MAX &&
           unwind_code_word(outer->frame.srr0, &word))
        if (!carry_out(outer, word))
            return false;
    return word == BLR;
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
    unwind_entered(&outer);
    *context = outer;
    return true;
}

void unwind_entered(struct unwind_context *context)
{
    context->frame.srr0 = context->frame.lr;
    context->called = true;
    context->known = NONVOLATILE;
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
