/* Guards and handlers of one binding, copied or called, and what they destroy; see compiler.h. */
#include "arch/ppc/code/dispatch/compiler.h"
#include "arch/ppc/code/reach.h"

#define SP 1

enum { IF_FALSE = 4, IF_TRUE = 12 };
enum { BIT_EQ = 2 };

/* ---- guards ---- */

bool compile_has_predicate(struct compiler *c, guard_t guard)
{
    const struct target *target = compile_guard(c, guard);

    return !c->terms->no_inlining && !c->only_calls && target->facts != NULL &&
           guard % GUARDS_MAX != GUARDS_MAX - 1 && target->facts->predicate.known &&
           target->passing <= PASS_CLOSURE_ARGUMENTS && compile_fits(c, guard);
}

static void call_guard(struct compiler *c, const struct target *target, struct label *no)
{
    call_procedure(c, target, 0);
    compile_put(c, CODE_D(WORD_CMPI, 0, 3, 0));
    label_branch(c, no, CODE_BC(IF_TRUE, BIT_EQ));
}

static void copy_guard(struct compiler *c, const struct target *target, struct label *no)
{
    const struct copy_terms terms = {.use = RESULT_TESTED, .n = 1};

    copy_body(c, target, &terms);
    label_branch(c, no, CODE_BC(IF_TRUE, BIT_EQ));
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

static bool has_post(const struct dispatch_binding *b, unsigned from)
{
    for (unsigned i = from; i < b->n_guards; i++)
        if (b->guards[i].post.procedure != 0)
            return true;
    return false;
}

bool compile_has_posts(const struct dispatch_binding *b)
{
    return has_post(b, 0);
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

/* The last of what ends the routine may have the raiser's structs. */
static void call_posts(struct compiler *c, size_t binding, bool returns)
{
    const struct dispatch_binding *b = &c->plan->bindings[binding];

    for (unsigned i = 0; i < b->n_guards; i++) {
        const struct target *post = &b->guards[i].post;

        if (post->procedure == 0)
            continue;
        compile_add_part(c, PART_POST, binding, post->procedure, false);
        call_procedure(c, post, returns && !has_post(b, i + 1) ? 0 : CALL_APART);
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
    bool result = b->has_result || b->handler.passing <= PASS_CLOSURE_ARGUMENTS;

    compile_add_part(c, PART_HANDLER, binding, b->handler.procedure, false);
    call_procedure(c, &b->handler,
                   (result ? CALL_RESULT : 0) | (b->intrinsic ? CALL_INTRINSIC : 0) |
                       (kept && !b->filter ? CALL_APART : 0));
    if (kept && b->has_result)
        result_keep(c);
    if (b->filter)
        take_filtered(c, b->handler.passing >= PASS_WORDS);
}

/* The last thing of all: the caller's return address is the handler's. */
static bool jump_to_handler(struct compiler *c, size_t binding)
{
    const struct dispatch_binding *b = &c->plan->bindings[binding];

    if ((!b->has_result && c->plan->signature.result_words != 0) || !call_can_jump(c, &b->handler))
        return false;
    compile_add_part(c, PART_HANDLER, binding, b->handler.procedure, false);
    call_jump(c, &b->handler, b->intrinsic);
    return true;
}

/* Of a binding whose guards hold. returns: nothing of the routine is run behind it. */
void compile_handler(struct compiler *c, size_t binding, bool returns)
{
    const struct dispatch_binding *b = &c->plan->bindings[binding];
    bool posts = compile_has_posts(b), kept = !returns || posts;

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
    call_posts(c, binding, returns);
    if (!returns)
        return;
    if (posts || (!b->has_result && c->plan->signature.result_words != 0))
        result_fetch(c);
    compile_return(c);
}

/* ---- what calls destroy ---- */

static void add_call(struct compiler *c, const struct target *target, bool result,
                     uint32_t *clobbered, words_t *needed)
{
    words_t lost = 0;

    for (unsigned i = 0; i < c->n_words; i++)
        if (PLACE_IS_REGISTER(c->places[i]) && (*clobbered >> c->places[i] & 1) != 0)
            lost |= WORD_BIT(i);
    *needed |= lost & call_reads(c, target, result);
    *clobbered |= call_clobbers(c, target);
}

static bool is_called(struct compiler *c, guard_t guard)
{
    return !compile_has_predicate(c, guard) && !copy_is_possible(c, compile_guard(c, guard));
}

/* Registers that a binding's guards and handler may change, and words that are needed behind that. */
static words_t needed_within(struct compiler *c, size_t binding, uint32_t *clobbered)
{
    const struct dispatch_binding *b = &c->plan->bindings[binding];
    words_t needed = 0;

    for (unsigned i = 0; i < b->n_guards; i++)
        if (b->guards[i].guard.procedure != 0 && is_called(c, GUARD_OF(binding, i)))
            add_call(c, &b->guards[i].guard, false, clobbered, &needed);
        else if (*clobbered != 0)
            needed |= ~(words_t)0;
    if (!copy_is_possible(c, &b->handler))
        add_call(c, &b->handler, true, clobbered, &needed);
    else if (*clobbered != 0)
        needed |= call_reads(c, &b->handler, true);
    if (!compile_has_posts(b))
        return needed;
    *clobbered = ~0u;
    return ~(words_t)0;
}

/*
 * The words that something here destroys and something behind it, here or later, needs. They get homes before the
 * first guard, so that they have them whether it holds or not.
 */
words_t compile_needs_homes(struct compiler *c, size_t binding)
{
    words_t all = WORD_BIT(c->n_words) - 1, needed, lost = 0;
    uint32_t clobbered = 0;

    if (c->plan->bindings[binding].filter)
        return all;
    needed = needed_within(c, binding, &clobbered);
    for (unsigned i = 0; i < c->n_words; i++)
        if (PLACE_IS_REGISTER(c->places[i]) && (clobbered >> c->places[i] & 1) != 0)
            lost |= WORD_BIT(i);
    if (binding + 1 != c->plan->n || c->plan->default_handler.procedure != 0)
        needed = all;
    return needed & lost;
}

/* One that is nowhere was lost where a leaf was called that was to be copied, and faults when it is loaded. */
void compile_give_homes(struct compiler *c, words_t words)
{
    word_save(c, words);
}
