/* The routine as a whole: prologue, units, end; see compile.h. */
#include "arch/ppc/code/dispatch/compile.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/dispatch/compiler.h"
#include "arch/ppc/code/dispatch/deadline.h"
#include "arch/ppc/code/reach.h"
#include "arch/ppc/registers.h"

#define SP 1
#define FRAME_ALIGNMENT 16

/* ---- layout ---- */

/* The most that any callee wants on the stack. */
static unsigned outgoing(struct compiler *c)
{
    const struct signature *s = &c->plan->signature;
    unsigned closure = compile_view(c, PASS_CLOSURE_ARGUMENTS, true)->frame;
    unsigned pointers = s->n_arguments + 2u > 8 ? (s->n_arguments + 2u - 8) * 4 : 0;

    return closure > pointers ? closure : pointers;
}

/* Returns what is behind them. */
static unsigned lay_out_homes(struct compiler *c, unsigned next)
{
    const struct signature *s = &c->plan->signature;
    unsigned word = 0;

    if (s->result_pointer) {
        c->homes[word++] = next;
        next += 4;
    }
    for (unsigned i = 0; i < s->n_arguments; i++) {
        next = s->words[i] == 2 ? (next + 7) & ~7u : next;
        for (unsigned k = 0; k < s->words[i]; k++, next += 4)
            c->homes[word++] = next;
    }
    return next;
}

static bool has_deadlines(const struct dispatch *plan)
{
    size_t i = 0;

    while (i < plan->n && plan->bindings[i].ephemeral_ticks == 0)
        i++;
    return i < plan->n;
}

static void set_words(struct compiler *c)
{
    const struct signature *s = &c->plan->signature;
    place_t none;

    c->n_words = s->n_words + (s->result_pointer ? 1u : 0u);
    (void)signature_places(s, false, true, c->places + (s->result_pointer ? 1 : 0), &none);
    c->places[0] = s->result_pointer ? PLACE_REGISTER(3) : c->places[0];
    c->free = 0x1ff9; /* r0, r3 to r12 */
    for (unsigned i = 0; i < c->n_words; i++)
        if (PLACE_IS_REGISTER(c->places[i])) {
            c->free &= (uint16_t) ~(1u << c->places[i]);
            c->state.in_register |= WORD_BIT(i);
        } else {
            c->state.in_caller |= WORD_BIT(i);
        }
}

static unsigned lay_out_kept(struct compiler *c, unsigned next)
{
    if (c->keeps) {
        c->kept = next;
        next += 4 * (32 - CODE_KEPT_FIRST);
    }
    if (has_deadlines(c->plan)) {
        c->deadline = next;
        next += EPHEMERAL_CALL_SIZE;
    }
    return next;
}

static void lay_out_frame(struct compiler *c)
{
    unsigned next = 8 + outgoing(c);

    next = lay_out_homes(c, next);
    c->copies = next;
    next += 4 * c->n_words;
    c->result = next;
    next += 4 * c->plan->signature.result_words;
    c->fired = next;
    next += 4;
    c->identity = c->plan->identified ? next : 0;
    next += 4;
    next = lay_out_kept(c, next);
    next = structs_lay_out(c, next);
    c->frame = (next + FRAME_ALIGNMENT - 1) & ~(FRAME_ALIGNMENT - 1u);
}

/* ---- results ---- */

/* Without a frame the result so far is in r12, or r11 and r12. */
void result_registers(const struct compiler *c, unsigned registers[2])
{
    unsigned n = c->plan->signature.result_words;

    registers[0] = n == 2 ? 11 : 12;
    registers[1] = 12;
}

static bool has_one_answer(const struct compiler *c)
{
    return c->plan->n == 1 && c->plan->bindings[0].n_guards == 0;
}

static void reserve_result(struct compiler *c)
{
    unsigned registers[2];

    if (c->frame != 0 || c->plan->signature.result_words == 0 || has_one_answer(c))
        return;
    result_registers(c, registers);
    c->free &= (uint16_t) ~(1u << registers[0] | 1u << registers[1]);
}

void result_keep(struct compiler *c)
{
    unsigned n = c->plan->signature.result_words, registers[2];

    result_registers(c, registers);
    for (unsigned i = 0; i < n; i++) {
        if (c->frame != 0)
            compile_put(c, CODE_D(WORD_STW, 3 + i, SP, c->result + 4 * i));
        else
            compile_put(c, CODE_X(WORD_OR, 3 + i, registers[i], 3 + i));
    }
}

void result_fetch(struct compiler *c)
{
    unsigned n = c->plan->signature.result_words, registers[2];

    result_registers(c, registers);
    for (unsigned i = 0; i < n; i++) {
        if (c->frame != 0)
            compile_put(c, CODE_D(WORD_LWZ, 3 + i, SP, c->result + 4 * i));
        else
            compile_put(c, CODE_X(WORD_OR, registers[i], 3 + i, registers[i]));
    }
}

static uint32_t default_word(const struct compiler *c, unsigned i)
{
    const struct signature *s = &c->plan->signature;
    uint8_t bytes[8] = {0};
    uint32_t size = s->result_size, word = 0;

    if (!c->plan->has_default)
        return i == 0 ? dispatch_unanswered(c->plan) : 0;
    memcpy(bytes, c->plan->default_value, size > 8 ? 8 : size);
    if (size < 4) {
        for (uint32_t k = 0; k < size; k++)
            word = word << 8 | bytes[k];
        return argument_extend(word, size, s->result_signed);
    }
    for (unsigned k = 0; k < 4; k++)
        word = word << 8 | bytes[4 * i + k];
    return word;
}

/* What is the result if no handler has one. */
static void put_default(struct compiler *c)
{
    unsigned registers[2];

    result_registers(c, registers);
    if (!c->plan->has_default && !c->begins)
        return;
    for (unsigned i = 0; i < c->plan->signature.result_words; i++) {
        uint32_t word = default_word(c, i);
        unsigned reg = c->frame != 0 ? 0 : registers[i];

        compile_put(c, CODE_D(WORD_ADDIS, reg, 0, word >> 16));
        compile_put(c, CODE_D(WORD_ORI, reg, reg, word));
        if (c->frame != 0)
            compile_put(c, CODE_D(WORD_STW, 0, SP, c->result + 4 * i));
    }
}

/* ---- frame ---- */

static void put_prologue(struct compiler *c)
{
    compile_add_part(c, PART_PROLOGUE, 0, 0, false);
    if (c->frame != 0) {
        compile_put(c, CODE_XFX(WORD_MFSPR, 0, SPR_LR));
        compile_put(c, CODE_D(WORD_STWU, SP, SP, -c->frame));
        compile_put(c, CODE_D(WORD_STW, 0, SP, c->frame + 4));
    }
    if (c->kept != 0) {
        compile_put(c, CODE_X(WORD_MFMSR, CODE_KEPT_FIRST, 0, 0));
        compile_put(c, CODE_X(WORD_MFCR, CODE_KEPT_FIRST + 1, 0, 0));
        compile_put(c, CODE_D(WORD_STMW, CODE_KEPT_FIRST, SP, c->kept));
    }
    if (c->identity != 0) {
        compile_put(c, CODE_XFX(WORD_MFSPR, 0, SPR_SPRG1));
        compile_put(c, CODE_D(WORD_STW, 0, SP, c->identity));
    }
    if (c->frame != 0 && c->plan->default_handler.procedure != 0) {
        compile_put(c, CODE_D(WORD_ADDI, 0, 0, 0));
        compile_put(c, CODE_D(WORD_STW, 0, SP, c->fired));
    }
    put_default(c);
}

void compile_leave_frame(struct compiler *c)
{
    if (c->frame == 0)
        return;
    compile_put(c, CODE_D(WORD_LWZ, 0, SP, c->frame + 4));
    compile_put(c, CODE_D(WORD_ADDI, SP, SP, c->frame));
    compile_put(c, CODE_XFX(WORD_MTSPR, 0, SPR_LR));
}

void compile_return(struct compiler *c)
{
    compile_leave_frame(c);
    compile_put(c, CODE_X(WORD_BCLR, ALWAYS, 0, 0));
    c->state.reachable = false;
}

/* ---- the end ---- */

static void put_default_handler(struct compiler *c)
{
    const struct target *target = &c->plan->default_handler;
    const struct code_cut what = {.kind = CUT_DEFAULT};
    struct label ran;

    label_init(&ran);
    compile_add_part(c, PART_DEFAULT, 0, target->procedure, false);
    if (c->state.maybe) {
        temp_forget(c, 0);
        compile_put(c, CODE_D(WORD_LWZ, 0, SP, c->fired));
        compile_put(c, CODE_D(WORD_CMPI, 0, 0, 0));
        label_branch(c, &ran, CODE_BC(IF_FALSE, BIT_EQ));
    }
    if (!target->contained && call_can_jump(c, target)) {
        call_jump(c, target, false);
    } else {
        if (target->contained && c->plan->signature.result_pointer)
            word_save(c, WORD_BIT(0));
        call_procedure(c, target, CALL_RESULT, &what);
        compile_return(c);
    }
    label_place(c, &ran);
}

static void put_end(struct compiler *c)
{
    if (c->state.reachable && !c->state.fired && c->plan->default_handler.procedure != 0)
        put_default_handler(c);
    if (!c->state.reachable)
        return;
    compile_add_part(c, PART_END, 0, 0, false);
    result_fetch(c);
    compile_return(c);
}

/* One that always runs. */
static bool is_unguarded(const struct dispatch_binding *b)
{
    unsigned i = 0;

    while (i < b->n_guards && b->guards[i].guard.procedure == 0)
        i++;
    return i == b->n_guards;
}

/*
 * Whether it cannot be told from the place in the code if there is a result when the one that is sure to give one, the first
 * without a guard, is cut off.
 */
static bool begins_with_value(const struct dispatch *plan)
{
    bool earlier = false;

    if (plan->has_default || plan->default_handler.procedure != 0 ||
        plan->signature.result_words == 0)
        return false;
    for (size_t i = 0; i < plan->n; i++) {
        const struct dispatch_binding *b = &plan->bindings[i];

        if (b->has_result && is_unguarded(b))
            return earlier && b->handler.contained;
        earlier |= b->has_result;
    }
    return false;
}

/* For who goes on when something was cut off. */
static void describe_frame(const struct compiler *c, struct code_frame *frame)
{
    *frame = (struct code_frame){.size = (uint16_t)c->frame,
                                 .kept = (uint16_t)c->kept,
                                 .result = (uint16_t)c->result,
                                 .fired = (uint16_t)c->fired,
                                 .identity = (uint16_t)c->identity,
                                 .copies = (uint16_t)c->copies,
                                 .deadline = (uint16_t)c->deadline,
                                 .n_words = (uint8_t)c->n_words,
                                 .valued = c->plan->has_default || c->begins};
    for (unsigned i = 0; i < c->n_words; i++) {
        frame->homes[i] = (uint16_t)c->homes[i];
        frame->places[i] = c->places[i];
    }
}

static void prepare(struct compiler *c, bool framed)
{
    memset(c->views, 0, sizeof c->views);
    c->out->framed = framed;
    c->n_branches = 0;
    c->pinned = 0;
    c->fault = COMPILE_OK;
    c->state = (struct state){.reachable = true};
    c->frame = c->identity = c->kept = c->deadline = 0;
    c->copying.on = false;
    c->begins = begins_with_value(c->plan);
    c->out->keeps = c->keeps;
    set_words(c);
    if (framed)
        lay_out_frame(c);
    reserve_result(c);
}

static enum compile_fault compile_from(struct compiler *c, size_t first, size_t continued)
{
    compile_units(c, first, continued);
    put_end(c);
    c->out->n_bindings = c->plan->n;
    return c->fault;
}

static void clear(struct compiled *out)
{
    out->n_words = out->n_relocations = out->n_parts = out->n_cuts = out->n_places = out->n_units =
        0;
    out->first_changed = 0;
    out->group.valid = false;
    search_free(out->run);
    out->run = NULL;
}

static enum compile_fault compile_whole(struct compiler *c, bool framed)
{
    clear(c->out);
    prepare(c, framed);
    describe_frame(c, &c->out->frame);
    put_prologue(c);
    return compile_from(c, 0, SIZE_MAX);
}

/* Whether a routine of another plan begins as this one's will. */
static bool can_resume(const struct compiled *before, const struct compile_terms *terms,
                       size_t same)
{
    return before != NULL && same > 1 && before->n_units != 0 && before->far == terms->far &&
           before->n_bindings > 1;
}

/* In `before` itself, from the first difference on. */
static bool compile_rest(struct compiler *c, struct compiled *before, size_t same)
{
    struct code_frame frame;
    size_t first, continued;

    c->out = before;
    c->same = same;
    c->keeps = before->keeps;
    prepare(c, before->framed);
    describe_frame(c, &frame);
    if (memcmp(&frame, &before->frame, sizeof frame) != 0 ||
        !compile_resume(c, same, &first, &continued))
        return false;
    if (compile_from(c, first, continued) == COMPILE_OK)
        return true;
    compile_undo(before);
    c->same = 0;
    return false;
}

static enum compile_fault compile_framed(struct compiler *c)
{
    enum compile_fault fault;

    c->keeps |= compile_calls_contained(c);
    fault = compile_whole(c, true);
    if (fault != COMPILE_KEEP)
        return fault;
    c->keeps = true;
    return compile_whole(c, true);
}

static enum compile_fault compile_anew(struct compiler *c)
{
    enum compile_fault fault = compile_whole(c, false);

    if (fault == COMPILE_FRAME || fault == COMPILE_NO_TEMPS)
        fault = compile_framed(c);
    if (fault == COMPILE_REACH) {
        c->no_search = true;
        fault = compile_whole(c, c->out->framed);
    }
    if (fault == COMPILE_NO_TEMPS) {
        c->only_calls = true;
        fault = compile_framed(c);
    }
    return fault;
}

/* ---- interface ---- */

static status_t refuse(enum compile_fault fault)
{
    if (fault == COMPILE_NO_MEMORY)
        return status_refuse(ERR_NO_MEMORY, "no memory to compile in");
    if (fault == COMPILE_STRUCTS)
        return status_refuse(ERR_UNSUPPORTED, "structs of this size are copied by the loop");
    return status_refuse(ERR_UNSUPPORTED, "%s",
                         fault == COMPILE_REACH ? "the code is too long for its branches"
                                                : "there are too few registers");
}

static const char *unsupported(const struct dispatch *plan)
{
    if (plan->result_handler.procedure != 0)
        return "a result handler is called by the loop";
    if (plan->has_default && plan->signature.result_pointer)
        return "a default result that is a struct is copied by the loop";
    for (size_t i = 0; i < plan->n && plan->default_handler.procedure != 0; i++)
        if (plan->bindings[i].cancel && !plan->bindings[i].has_result &&
            plan->signature.result_size != 0)
            return "what cancels without a result leaves it to the default handler, by the loop";
    return NULL;
}

static status_t compile_new(struct compiler *c, struct compiled **compiled)
{
    struct compiled *out = calloc(1, sizeof *out);
    enum compile_fault fault = COMPILE_NO_MEMORY;

    if (out != NULL) {
        c->out = out;
        fault = compile_anew(c);
        out->far = c->terms->far;
    }
    if (fault != COMPILE_OK) {
        compile_free(out);
        return refuse(fault);
    }
    *compiled = out;
    return OK;
}

status_t compile_plan(const struct dispatch *plan, const struct compile_terms *terms,
                      struct compiled *before, size_t same, struct compiled **compiled)
{
    const char *reason = unsupported(plan);
    struct compiler *c;
    status_t status = OK;

    if (reason != NULL)
        return status_refuse(ERR_UNSUPPORTED, "%s", reason);
    c = calloc(1, sizeof *c);
    if (c == NULL)
        return refuse(COMPILE_NO_MEMORY);
    c->plan = plan;
    c->terms = terms;
    if (can_resume(before, terms, same) && compile_rest(c, before, same))
        *compiled = before;
    else
        status = compile_new(c, compiled);
    free(c->branches);
    free(c);
    return status;
}

void compile_free(struct compiled *compiled)
{
    if (compiled == NULL)
        return;
    free(compiled->words);
    free(compiled->relocations);
    free(compiled->parts);
    free(compiled->cuts);
    free(compiled->places);
    free(compiled->units);
    free(compiled->exits);
    search_free(compiled->run);
    search_free(compiled->tail.run);
    free(compiled->tail.saved);
    free(compiled);
}

size_t compile_size(const struct compiled *compiled)
{
    return compiled->n_words;
}

const struct code_frame *compile_frame(const struct compiled *compiled)
{
    return &compiled->frame;
}

size_t compile_n_cuts(const struct compiled *compiled)
{
    return compiled->changing ? compiled->tail.all_cuts : compiled->n_cuts;
}

const struct code_cut *compile_cut(const struct compiled *compiled, size_t i)
{
    const struct tail *tail = &compiled->tail;

    return compiled->changing && i >= tail->n_cuts ? &tail->cuts[i - tail->n_cuts]
                                                   : &compiled->cuts[i];
}

const struct code_cut *compile_all_cuts(const struct compiled *compiled)
{
    return compiled->changing ? NULL : compiled->cuts;
}

/* The last one that begins not behind the word; of the same word, a call comes before copies. */
const struct code_cut *compile_cut_at(const struct compiled *compiled, uint32_t word, bool called,
                                      const struct code_frame **layout)
{
    const struct code_cut *cuts = compiled->cuts, *cut;
    size_t low = 0, high = compiled->changing ? 0 : compiled->n_cuts;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (cuts[middle].word <= word)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    cut = &cuts[low - 1];
    if (called && cut->copied && cut->word == word && low > 1)
        cut--;
    if (cut->copied == called)
        return NULL;
    *layout = &compiled->frame;
    return word - cut->word < (called ? 1u : cut->n) ? cut : NULL;
}

const struct code_places *compile_places(const struct compiled *compiled,
                                         const struct code_cut *cut)
{
    return &compiled->places[cut->places];
}

size_t compile_first_changed(const struct compiled *compiled)
{
    return compiled->first_changed;
}

static bool place(uint32_t *word, const struct code_relocation *relocation, uint32_t address)
{
    uint32_t target = address + 4 * relocation->target, at = address + 4 * relocation->word;

    switch (relocation->kind) {
    case CODE_BRANCH:
        if (code_reach(at, relocation->target) == REACH_NONE)
            return false;
        *word = code_retarget_b(*word, at, relocation->target);
        return true;
    case CODE_ADDRESS:
        *word = target;
        return true;
    case CODE_ADDRESS_HA:
        *word = (*word & 0xffff0000u) | ((target + 0x8000) >> 16 & 0xffff);
        return true;
    default: /* CODE_ADDRESS_LO */
        *word = (*word & 0xffff0000u) | (target & 0xffff);
        return true;
    }
}

bool compile_place(const struct compiled *compiled, uint32_t address, size_t first, size_t n,
                   uint32_t words[])
{
    memcpy(words, compiled->words + first, n * sizeof *words);
    for (uint32_t i = compiled->n_relocations; i-- > 0;) {
        const struct code_relocation *relocation = &compiled->relocations[i];

        if (relocation->word < first)
            break;
        if (relocation->word < first + n &&
            !place(&words[relocation->word - first], relocation, address))
            return false;
    }
    return true;
}

const struct code_part *compile_part(const struct compiled *compiled, size_t word)
{
    const struct code_part *found = NULL;

    for (uint32_t i = 0; i < compiled->n_parts && compiled->parts[i].word <= word; i++)
        found = &compiled->parts[i];
    return word < compiled->n_words ? found : NULL;
}

void compile_count(const struct compiled *compiled, size_t *n_copied, size_t *n_called,
                   size_t *n_searched)
{
    *n_copied = *n_called = *n_searched = 0;
    for (uint32_t i = 0; i < compiled->n_parts; i++) {
        const struct code_part *part = &compiled->parts[i];

        if (part->kind == PART_SEARCH)
            *n_searched += part->binding;
        else if (part->procedure != 0)
            ++*(part->copied ? n_copied : n_called);
    }
}
