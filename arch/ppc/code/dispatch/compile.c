/* The routine as a whole: prologue, units, end; see compile.h. */
#include "arch/ppc/code/dispatch/compile.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/dispatch/compiler.h"
#include "arch/ppc/code/reach.h"
#include "arch/ppc/registers.h"

#define SP 1
#define ALWAYS 20
#define FRAME_ALIGNMENT 16
#define GROUP_MAX 32 /* bindings behind the same guards: conditional branches must pass them */

enum { IF_FALSE = 4, IF_TRUE = 12 };
enum { BIT_EQ = 2 };

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
    c->frame = (next + FRAME_ALIGNMENT - 1) & ~(FRAME_ALIGNMENT - 1u);
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
            c->free &= (uint16_t)~(1u << c->places[i]);
            c->state.in_register |= WORD_BIT(i);
        } else {
            c->state.in_caller |= WORD_BIT(i);
        }
}

/* ---- results ---- */

/* Without a frame the result so far is in r12, or r11 and r12. */
static void result_registers(const struct compiler *c, unsigned registers[2])
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

static void keep_result(struct compiler *c)
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

static void fetch_result(struct compiler *c)
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
    for (unsigned i = 0; c->plan->has_default && i < c->plan->signature.result_words; i++) {
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

/* ---- guards ---- */

bool compile_has_predicate(struct compiler *c, guard_t guard)
{
    const struct target *target = compile_guard(c, guard);

    return !c->terms->no_inlining && !c->only_calls && target->facts != NULL &&
           guard % GUARDS_MAX != GUARDS_MAX - 1 && target->facts->predicate.known &&
           target->passing <= PASS_CLOSURE_ARGUMENTS && compile_fits(c, guard);
}

static void test_result(struct compiler *c, unsigned reg, struct label *no)
{
    compile_put(c, CODE_D(WORD_CMPI, 0, reg, 0));
    label_branch(c, no, CODE_BC(IF_TRUE, BIT_EQ));
}

static void call_guard(struct compiler *c, const struct target *target, struct label *no)
{
    call_procedure(c, target, false, false);
    test_result(c, 3, no);
}

static void copy_guard(struct compiler *c, const struct target *target, struct label *no)
{
    unsigned result = temp_take(c, true);
    const struct copy_terms terms = {.use = RESULT_MOVED, .n = 1, .registers = {result}};

    copy_body(c, target, &terms);
    test_result(c, result, no);
}

/* The cheapest way that there are registers for. */
static void compile_guard_code(struct compiler *c, guard_t guard, struct label *no)
{
    const struct target *target = compile_guard(c, guard);
    struct label before = *no;
    struct mark mark;

    compile_mark(c, &mark);
    if (compile_has_predicate(c, guard)) {
        const struct predicate *predicate = compile_predicate(c, guard);

        compile_add_part(c, PART_GUARD, guard / GUARDS_MAX, target->procedure, true);
        if (predicate->never)
            label_branch(c, no, WORD_B);
        else
            compile_tests(c, guard, 0, predicate->n_tests, no);
    } else if (copy_is_possible(c, target)) {
        compile_add_part(c, PART_GUARD, guard / GUARDS_MAX, target->procedure, true);
        copy_guard(c, target, no);
    } else {
        c->fault = c->fault == COMPILE_OK ? COMPILE_NO_TEMPS : c->fault;
    }
    c->pinned = 0;
    if (c->fault != COMPILE_NO_TEMPS || mark.fault != COMPILE_OK)
        return;
    compile_go_back(c, &mark);
    *no = before;
    compile_add_part(c, PART_GUARD, guard / GUARDS_MAX, target->procedure, false);
    call_guard(c, target, no);
}

void compile_guards(struct compiler *c, size_t binding, struct label *no)
{
    const struct dispatch_binding *b = &c->plan->bindings[binding];

    for (unsigned i = 0; i < b->n_guards && c->state.reachable; i++)
        if (b->guards[i].guard.procedure != 0)
            compile_guard_code(c, GUARD_OF(binding, i), no);
}

/* ---- handlers ---- */

static bool has_posts(const struct dispatch_binding *b)
{
    for (unsigned i = 0; i < b->n_guards; i++)
        if (b->guards[i].post.procedure != 0)
            return true;
    return false;
}

static void put_counter(struct compiler *c, const struct dispatch_binding *b)
{
    int32_t displacement;
    unsigned base, reg;

    if (b->counter == NULL)
        return;
    base = temp_address(c, (uint32_t)(uintptr_t)b->counter, &displacement);
    reg = temp_take(c, false);
    compile_put(c, CODE_D(WORD_LWZ, reg, base, (uint32_t)displacement));
    compile_put(c, CODE_D(WORD_ADDI, reg, reg, 1));
    compile_put(c, CODE_D(WORD_STW, reg, base, (uint32_t)displacement));
    temp_forget(c, reg);
    temp_forget_loads(c);
    c->pinned = 0;
}

/* Whether its having run keeps the default handler from being run. */
static bool answers(const struct compiler *c, const struct dispatch_binding *b)
{
    return b->has_result || c->plan->signature.result_size == 0;
}

bool compile_may_return(const struct compiler *c, size_t binding)
{
    return c->plan->default_handler.procedure == 0 || answers(c, &c->plan->bindings[binding]);
}

/* If nobody knows at the end whether something answered. */
static void note_fired(struct compiler *c, const struct dispatch_binding *b)
{
    if (!answers(c, b))
        return;
    if (c->plan->default_handler.procedure != 0 && !c->state.fired) {
        if (c->frame == 0 && c->fault == COMPILE_OK)
            c->fault = COMPILE_FRAME;
        temp_forget(c, 0);
        compile_put(c, CODE_D(WORD_STW, SP, SP, c->fired)); /* anything but 0 */
    }
    c->state.fired = c->state.maybe = true;
}

/* A linear filter has changed copies. */
static void take_copies(struct compiler *c)
{
    temp_forget(c, 0);
    for (unsigned i = c->plan->signature.result_pointer ? 1 : 0; i < c->n_words; i++) {
        compile_put(c, CODE_D(WORD_LWZ, 0, SP, c->copies + 4 * i));
        compile_put(c, CODE_D(WORD_STW, 0, SP, c->homes[i]));
    }
}

/* An argument of less than a word is extended again; a word's end is where it is. */
static void extend_home(struct compiler *c, unsigned word, unsigned size, bool is_signed)
{
    uint32_t load = size == 1 ? WORD_LBZ : is_signed ? WORD_LHA : WORD_LHZ;

    temp_forget(c, 0);
    compile_put(c, CODE_D(load, 0, SP, c->homes[word] + 4 - size));
    if (size == 1 && is_signed)
        compile_put(c, CODE_X(WORD_EXTSB, 0, 0, 0));
    compile_put(c, CODE_D(WORD_STW, 0, SP, c->homes[word]));
}

/* Behind a filter words are in their homes only. */
static void take_filtered(struct compiler *c, bool linear)
{
    const struct signature *s = &c->plan->signature;
    unsigned first = s->result_pointer ? 1 : 0, word = first;

    if (linear)
        take_copies(c);
    for (unsigned i = 0; i < s->n_arguments; word += s->words[i++])
        if (s->kinds[i] != ARGUMENT_STRUCT && s->sizes[i] < 4)
            extend_home(c, word, s->sizes[i], s->kinds[i] == ARGUMENT_SIGNED);
    c->state.in_register &= WORD_BIT(first) - 1;
    c->state.in_caller = 0;
    for (unsigned i = 0; i < TEMPS; i++)
        if (c->state.temps[i].content == CONTENT_NODE)
            temp_forget(c, i);
}

static void call_posts(struct compiler *c, size_t binding)
{
    const struct dispatch_binding *b = &c->plan->bindings[binding];

    for (unsigned i = 0; i < b->n_guards; i++) {
        const struct target *post = &b->guards[i].post;

        if (post->procedure == 0)
            continue;
        compile_add_part(c, PART_POST, binding, post->procedure, false);
        call_procedure(c, post, false, false);
    }
}

/* Copied, if there are registers for it; the result is then in r3, or where it is kept. */
static bool copy_handler(struct compiler *c, size_t binding, bool last, bool kept)
{
    const struct dispatch_binding *b = &c->plan->bindings[binding];
    struct copy_terms terms = {.use = kept && c->frame != 0 ? RESULT_STORED : RESULT_MOVED,
                               .n = b->has_result ? c->plan->signature.result_words : 0,
                               .registers = {3, 4},
                               .last = last,
                               .handler = true};
    struct mark mark;

    if (!copy_is_possible(c, &b->handler) || (b->intrinsic && c->plan->identified))
        return false;
    compile_mark(c, &mark);
    compile_add_part(c, PART_HANDLER, binding, b->handler.procedure, true);
    if (kept)
        result_registers(c, terms.registers);
    copy_body(c, &b->handler, &terms);
    if (c->fault != COMPILE_NO_TEMPS || mark.fault != COMPILE_OK)
        return true;
    compile_go_back(c, &mark);
    return false;
}

static void call_handler(struct compiler *c, size_t binding, bool kept)
{
    const struct dispatch_binding *b = &c->plan->bindings[binding];

    compile_add_part(c, PART_HANDLER, binding, b->handler.procedure, false);
    call_procedure(c, &b->handler, b->has_result || b->handler.passing <= PASS_CLOSURE_ARGUMENTS,
                   b->intrinsic);
    if (kept && b->has_result)
        keep_result(c);
    if (b->filter)
        take_filtered(c, b->handler.passing >= PASS_WORDS);
}

/* The last thing of all: the caller's return address is the handler's. */
static bool jump_to_handler(struct compiler *c, size_t binding)
{
    const struct dispatch_binding *b = &c->plan->bindings[binding];

    if ((!b->has_result && c->plan->signature.result_words != 0) ||
        !call_can_jump(c, &b->handler))
        return false;
    compile_add_part(c, PART_HANDLER, binding, b->handler.procedure, false);
    call_jump(c, &b->handler, b->intrinsic);
    return true;
}

/* Of a binding whose guards hold. returns: nothing of the routine is run behind it. */
void compile_handler(struct compiler *c, size_t binding, bool returns)
{
    const struct dispatch_binding *b = &c->plan->bindings[binding];
    bool posts = has_posts(b), kept = !returns || posts;

    if (!c->state.reachable)
        return;
    put_counter(c, b);
    if (!returns)
        note_fired(c, b);
    if (!copy_handler(c, binding, returns && !posts, kept)) {
        if (returns && !posts && jump_to_handler(c, binding))
            return;
        call_handler(c, binding, kept);
    }
    call_posts(c, binding);
    if (!returns)
        return;
    if (posts || (!b->has_result && c->plan->signature.result_words != 0))
        fetch_result(c);
    compile_return(c);
}

/* ---- what calls destroy ---- */

static void add_call(struct compiler *c, const struct target *target, bool result,
                     uint32_t *clobbered, words_t *needed, words_t later)
{
    words_t lost = 0;

    for (unsigned i = 0; i < c->n_words; i++)
        if (PLACE_IS_REGISTER(c->places[i]) && (*clobbered >> c->places[i] & 1) != 0)
            lost |= WORD_BIT(i);
    *needed |= lost & (later | call_reads(c, target, result));
    *clobbered |= call_clobbers(c, target);
}

static bool is_called(struct compiler *c, guard_t guard)
{
    return !compile_has_predicate(c, guard) && !copy_is_possible(c, compile_guard(c, guard));
}

/*
 * Homes for the words that something here destroys and something behind it, here or later, needs. Before the
 * first guard, so that they have them whether it holds or not.
 */
void compile_save_for(struct compiler *c, size_t binding, bool returns)
{
    const struct dispatch_binding *b = &c->plan->bindings[binding];
    uint32_t clobbered = 0;
    words_t needed = 0, lost = 0;

    for (unsigned i = 0; i < b->n_guards; i++)
        if (b->guards[i].guard.procedure != 0 && is_called(c, GUARD_OF(binding, i)))
            add_call(c, &b->guards[i].guard, false, &clobbered, &needed, 0);
        else if (clobbered != 0)
            needed |= ~(words_t)0;
    if (!copy_is_possible(c, &b->handler) || has_posts(b))
        add_call(c, &b->handler, true, &clobbered, &needed, 0);
    else if (clobbered != 0)
        needed |= call_reads(c, &b->handler, true);
    if (has_posts(b)) {
        clobbered = ~0u;
        needed |= ~(words_t)0;
    }
    for (unsigned i = 0; i < c->n_words; i++)
        if (PLACE_IS_REGISTER(c->places[i]) && (clobbered >> c->places[i] & 1) != 0)
            lost |= WORD_BIT(i);
    if (!returns || c->plan->default_handler.procedure != 0)
        needed = ~(words_t)0;
    needed &= lost & c->state.in_register;
    if (b->filter)
        needed = WORD_BIT(c->n_words) - 1;
    if (needed != 0)
        word_save(c, needed);
}

/* ---- units ---- */

static bool same_target(const struct target *one, const struct target *other)
{
    return one->procedure == other->procedure && one->closure == other->closure &&
           one->passing == other->passing && one->facts == other->facts;
}

/* Guards that need not be evaluated again behind a handler. */
static bool guards_stay(struct compiler *c, size_t binding)
{
    const struct dispatch_binding *b = &c->plan->bindings[binding];
    bool stores = b->filter || has_posts(b) || b->handler.facts == NULL || b->counter != NULL ||
                  b->handler.facts->stores || !b->handler.facts->leaf;

    if (b->filter)
        return false;
    for (unsigned i = 0; i < b->n_guards; i++) {
        guard_t guard = GUARD_OF(binding, i);

        if (b->guards[i].guard.procedure == 0 || !stores)
            continue;
        if (!compile_has_predicate(c, guard))
            return false;
        for (unsigned k = 0; k < compile_predicate(c, guard)->n_nodes; k++)
            if (compile_predicate(c, guard)->nodes[k].kind == NODE_LOAD)
                return false;
    }
    return true;
}

static bool same_guards(const struct dispatch_binding *one, const struct dispatch_binding *other)
{
    if (one->n_guards != other->n_guards || one->n_guards == 0)
        return false;
    for (unsigned i = 0; i < one->n_guards; i++)
        if (!same_target(&one->guards[i].guard, &other->guards[i].guard))
            return false;
    return true;
}

/* How many from one on have the same guards. */
static size_t group_length(const struct compiler *c, size_t first)
{
    const struct dispatch_binding *bindings = c->plan->bindings;
    size_t n = 1;

    while (n < GROUP_MAX && first + n < c->plan->n && !bindings[first + n - 1].cancel &&
           same_guards(&bindings[first], &bindings[first + n]))
        n++;
    return n;
}

/* Nothing is run behind it, not even a default handler. */
bool compile_is_end(const struct compiler *c, size_t binding)
{
    return (binding + 1 == c->plan->n || c->plan->bindings[binding].cancel) &&
           compile_may_return(c, binding);
}

static void compile_group(struct compiler *c, size_t first, size_t n)
{
    struct label no;

    label_init(&no);
    for (size_t i = first; i < first + n; i++)
        compile_save_for(c, i, compile_is_end(c, i));
    for (size_t i = first; i < first + n && c->state.reachable; i++) {
        bool returns = compile_is_end(c, i);

        if (i == first || !guards_stay(c, i - 1))
            compile_guards(c, i, &no);
        compile_handler(c, i, returns);
        c->pinned = 0;
    }
    label_place(c, &no);
}

static void add_unit(struct compiler *c, size_t first, size_t n)
{
    struct compiled *out = c->out;

    if (out->n_units == out->units_room) {
        uint32_t room = out->units_room == 0 ? 8 : 2 * out->units_room;
        struct unit *units = realloc(out->units, room * sizeof *units);

        if (units == NULL) {
            c->fault = COMPILE_NO_MEMORY;
            return;
        }
        out->units = units;
        out->units_room = room;
    }
    out->units[out->n_units++] = (struct unit){.word = out->n_words,
                                               .n_relocations = out->n_relocations,
                                               .n_parts = out->n_parts,
                                               .first = (uint32_t)first,
                                               .n = (uint32_t)n,
                                               .state = c->state};
}

static void compile_units(struct compiler *c, size_t first)
{
    for (size_t n; first < c->plan->n && c->state.reachable && c->fault == COMPILE_OK;
         first += n) {
        n = search_length(c, first);
        if (n > 1) {
            add_unit(c, first, n);
            compile_search(c, first, n);
        } else {
            n = group_length(c, first);
            add_unit(c, first, n);
            compile_group(c, first, n);
        }
    }
}

/* ---- the end ---- */

static void put_default_handler(struct compiler *c)
{
    const struct target *target = &c->plan->default_handler;
    struct label ran;

    label_init(&ran);
    compile_add_part(c, PART_DEFAULT, 0, target->procedure, false);
    if (c->state.maybe) {
        temp_forget(c, 0);
        compile_put(c, CODE_D(WORD_LWZ, 0, SP, c->fired));
        compile_put(c, CODE_D(WORD_CMPI, 0, 0, 0));
        label_branch(c, &ran, CODE_BC(IF_FALSE, BIT_EQ));
    }
    if (call_can_jump(c, target)) {
        call_jump(c, target, false);
    } else {
        call_procedure(c, target, true, false);
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
    fetch_result(c);
    compile_return(c);
}

/* ---- resuming ---- */

static void *put_tail(void *to, const void *array, uint32_t from, uint32_t end, size_t size)
{
    memcpy(to, (const char *)array + from * size, (end - from) * size);
    return (char *)to + (end - from) * size;
}

static const void *get_tail(const void *saved, void *array, uint32_t from, uint32_t end,
                            size_t size)
{
    memcpy((char *)array + from * size, saved, (end - from) * size);
    return (const char *)saved + (end - from) * size;
}

/* Keeps what stands from a unit on; those with the largest alignment first. */
static bool save_tail(struct compiled *out, const struct unit *unit)
{
    struct tail t = {.n_words = unit->word,
                     .n_relocations = unit->n_relocations,
                     .n_parts = unit->n_parts,
                     .n_units = (uint32_t)(unit - out->units),
                     .all_words = out->n_words,
                     .all_relocations = out->n_relocations,
                     .all_parts = out->n_parts,
                     .all_units = out->n_units,
                     .n_bindings = out->n_bindings};
    void *next;

    t.saved = malloc((t.all_units - t.n_units) * sizeof *out->units +
                     (t.all_relocations - t.n_relocations) * sizeof *out->relocations +
                     (t.all_parts - t.n_parts) * sizeof *out->parts +
                     (t.all_words - t.n_words) * sizeof *out->words);
    if (t.saved == NULL)
        return false;
    next = put_tail(t.saved, out->units, t.n_units, t.all_units, sizeof *out->units);
    next = put_tail(next, out->relocations, t.n_relocations, t.all_relocations,
                    sizeof *out->relocations);
    next = put_tail(next, out->parts, t.n_parts, t.all_parts, sizeof *out->parts);
    (void)put_tail(next, out->words, t.n_words, t.all_words, sizeof *out->words);
    out->tail = t;
    return true;
}

void compile_settle(struct compiled *compiled)
{
    free(compiled->tail.saved);
    compiled->tail.saved = NULL;
}

void compile_undo(struct compiled *out)
{
    const struct tail *t = &out->tail;
    const void *next;

    if (t->saved == NULL)
        return;
    next = get_tail(t->saved, out->units, t->n_units, t->all_units, sizeof *out->units);
    next = get_tail(next, out->relocations, t->n_relocations, t->all_relocations,
                    sizeof *out->relocations);
    next = get_tail(next, out->parts, t->n_parts, t->all_parts, sizeof *out->parts);
    (void)get_tail(next, out->words, t->n_words, t->all_words, sizeof *out->words);
    out->n_words = t->all_words;
    out->n_relocations = t->all_relocations;
    out->n_parts = t->all_parts;
    out->n_units = t->all_units;
    out->n_bindings = t->n_bindings;
    compile_settle(out);
}

/* Whether what follows a unit is now found by a search together with it. */
static bool joins_next(struct compiler *c, const struct unit *unit)
{
    return search_run(c, unit->first) > unit->n;
}

/* The code before the unit that holds a binding stays. Where to go on; false: no memory. */
static bool resume(struct compiler *c, size_t same, size_t *first)
{
    struct compiled *out = c->out;
    uint32_t i = 0;

    while (i + 1 < out->n_units && out->units[i + 1].first < same)
        i++;
    while (i > 0 && joins_next(c, &out->units[i - 1]))
        i--;
    if (!save_tail(out, &out->units[i]))
        return false;
    c->state = out->units[i].state;
    *first = out->units[i].first;
    out->n_words = out->first_changed = out->units[i].word;
    out->n_relocations = out->units[i].n_relocations;
    out->n_parts = out->units[i].n_parts;
    out->n_units = i;
    return true;
}

static void prepare(struct compiler *c, bool framed)
{
    memset(c->views, 0, sizeof c->views);
    c->out->framed = framed;
    c->n_branches = 0;
    c->pinned = 0;
    c->fault = COMPILE_OK;
    c->state = (struct state){.reachable = true};
    c->frame = c->identity = 0;
    set_words(c);
    if (framed)
        lay_out_frame(c);
    reserve_result(c);
}

static enum compile_fault compile_from(struct compiler *c, size_t first)
{
    compile_units(c, first);
    put_end(c);
    c->out->n_bindings = c->plan->n;
    return c->fault;
}

static enum compile_fault compile_whole(struct compiler *c, bool framed)
{
    c->out->n_words = c->out->n_relocations = c->out->n_parts = c->out->n_units = 0;
    c->out->first_changed = 0;
    prepare(c, framed);
    put_prologue(c);
    return compile_from(c, 0);
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
    size_t first;

    c->out = before;
    prepare(c, before->framed);
    if (!resume(c, same, &first))
        return false;
    if (compile_from(c, first) == COMPILE_OK)
        return true;
    compile_undo(before);
    return false;
}

/* Without a frame, if that is possible; copying as much as there are registers for. */
static enum compile_fault compile_anew(struct compiler *c)
{
    enum compile_fault fault = compile_whole(c, false);

    if (fault == COMPILE_FRAME || fault == COMPILE_NO_TEMPS)
        fault = compile_whole(c, true);
    if (fault == COMPILE_REACH) {
        c->no_search = true;
        fault = compile_whole(c, c->out->framed);
    }
    if (fault == COMPILE_NO_TEMPS) {
        c->only_calls = true;
        fault = compile_whole(c, true);
    }
    return fault;
}

/* ---- interface ---- */

static status_t refuse(enum compile_fault fault)
{
    if (fault == COMPILE_NO_MEMORY)
        return status_refuse(ERR_NO_MEMORY, "no memory to compile in");
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
    free(compiled->units);
    free(compiled->tail.saved);
    free(compiled);
}

size_t compile_size(const struct compiled *compiled)
{
    return compiled->n_words;
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
