/* Guards and handlers of one binding, copied or called, and what they destroy; see compiler.h. */
#include "arch/ppc/code/dispatch/compiler.h"
#include "arch/ppc/code/reach.h"

#define SP 1

/* ---- guards ---- */

bool compile_knows(struct compiler *c, guard_t guard)
{
    const struct target *target = compile_guard(c, guard);

    return target->facts != NULL && guard % GUARDS_MAX != GUARDS_MAX - 1 &&
           target->facts->predicate.known && target->passing <= PASS_CLOSURE_ARGUMENTS &&
           compile_fits(c, guard);
}

bool compile_has_predicate(struct compiler *c, guard_t guard)
{
    return !c->terms->no_inlining && !c->only_calls && compile_knows(c, guard);
}

/* One that is cut off is gone on behind the comparison: see resume.c. */
static void call_guard(struct compiler *c, const struct target *target, const struct code_cut *what,
                       struct label *no)
{
    call_procedure(c, target, 0, what);
    compile_put(c, CODE_D(WORD_CMPI, 0, 3, 0));
    label_branch(c, no, CODE_BC(IF_TRUE, BIT_EQ));
}

static void copy_guard(struct compiler *c, const struct target *target, const struct code_cut *what,
                       struct label *no)
{
    const struct copy_terms terms = {.use = RESULT_TESTED, .n = 1};

    copy_body(c, target, &terms, what);
    label_branch(c, no, CODE_BC(IF_TRUE, BIT_EQ));
}

static void test_guard(struct compiler *c, guard_t guard, const struct code_cut *what,
                       struct label *no)
{
    cut_begin(c, compile_guard(c, guard), what);
    compile_tests(c, guard, 0, compile_predicate(c, guard)->n_tests, no);
    cut_end(c);
}

/* The cheapest way; if there are too few registers for it, all that belongs together is called. */
static void compile_guard_code(struct compiler *c, guard_t guard, struct label *no)
{
    const struct target *target = compile_guard(c, guard);
    bool known = compile_has_predicate(c, guard), copied = known || copy_is_possible(c, target);
    const struct code_cut what = {
        .kind = CUT_GUARD, .binding = guard / GUARDS_MAX, .number = guard % GUARDS_MAX};

    compile_add_part(c, PART_GUARD, guard / GUARDS_MAX, target->procedure, copied);
    if (known && compile_predicate(c, guard)->never)
        label_branch(c, no, WORD_B);
    else if (known)
        test_guard(c, guard, &what, no);
    else if (copied)
        copy_guard(c, target, &what, no);
    else
        call_guard(c, target, &what, no);
    c->pinned = 0;
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
        const struct code_cut what = {
            .kind = CUT_POST, .binding = (uint32_t)binding, .number = (uint16_t)i};

        if (post->procedure == 0)
            continue;
        compile_add_part(c, PART_POST, binding, post->procedure, false);
        call_procedure(c, post, returns && !has_post(b, i + 1) ? 0 : CALL_APART, &what);
    }
}

/*
 * One that asks who calls is told so by who calls it. What does not loop is over before any deadline, so it needs none as
 * a copy.
 */
static bool is_copied(const struct compiler *c, const struct dispatch_binding *b)
{
    return copy_is_possible(c, &b->handler) && !(b->intrinsic && c->plan->identified) &&
           !(b->ephemeral_ticks != 0 && b->handler.facts->loops);
}

/* Whether anything looks at the arguments when it has been cut off. */
static bool is_followed(const struct compiler *c, size_t binding)
{
    return c->plan->bindings[binding].handler.contained &&
           (binding + 1 != c->plan->n || c->plan->default_handler.procedure != 0);
}

/* The result is then in r3, or where it is kept. */
static void copy_handler(struct compiler *c, size_t binding, bool last, bool kept)
{
    const struct dispatch_binding *b = &c->plan->bindings[binding];
    struct copy_terms terms = {.use = kept && c->frame != 0 ? RESULT_STORED : RESULT_MOVED,
                               .n = b->has_result ? c->plan->signature.result_words : 0,
                               .registers = {3, 4},
                               .last = last && !is_followed(c, binding),
                               .handler = true};
    const struct code_cut what = {.kind = CUT_HANDLER, .binding = (uint32_t)binding};

    compile_add_part(c, PART_HANDLER, binding, b->handler.procedure, true);
    if (kept)
        result_registers(c, terms.registers);
    copy_body(c, &b->handler, &terms, &what);
}

/* What the arguments are if it is cut off. */
static void keep_arguments(struct compiler *c, const struct dispatch_binding *b)
{
    if (b->filter && b->handler.contained && b->handler.passing < PASS_WORDS)
        words_copy(c);
}

static void call_handler(struct compiler *c, size_t binding, bool kept)
{
    const struct dispatch_binding *b = &c->plan->bindings[binding];
    bool result = b->has_result || b->handler.passing <= PASS_CLOSURE_ARGUMENTS;
    const struct code_cut what = {.kind = CUT_HANDLER, .binding = (uint32_t)binding};

    compile_add_part(c, PART_HANDLER, binding, b->handler.procedure, false);
    keep_arguments(c, b);
    call_procedure(
        c, &b->handler,
        (result ? CALL_RESULT : 0) | (b->intrinsic ? CALL_INTRINSIC : 0) |
            ((kept || is_followed(c, binding)) && !b->filter && !b->async ? CALL_APART : 0) |
            (b->ephemeral_ticks != 0 ? CALL_IN_TIME : 0),
        &what);
    if (kept && b->has_result)
        result_keep(c);
    if (b->filter)
        take_filtered(c, b->handler.passing >= PASS_WORDS);
}

/* The last thing of all: the caller's return address is the handler's. */
static bool jump_to_handler(struct compiler *c, size_t binding)
{
    const struct dispatch_binding *b = &c->plan->bindings[binding];

    if ((!b->has_result && c->plan->signature.result_words != 0) || b->handler.contained ||
        b->ephemeral_ticks != 0 || !call_can_jump(c, &b->handler))
        return false;
    compile_add_part(c, PART_HANDLER, binding, b->handler.procedure, false);
    call_jump(c, &b->handler, b->intrinsic);
    return true;
}

/* If it is cut off, nothing needs to be made up for but what is skipped. */
static bool just_goes_on(const struct compiler *c, bool returns, bool posts)
{
    return !returns && !posts && c->plan->default_handler.procedure == 0 &&
           !c->plan->signature.result_pointer;
}

/* Of a binding whose guards hold. returns: nothing of the routine is run behind it. */
void compile_handler(struct compiler *c, size_t binding, bool returns)
{
    const struct dispatch_binding *b = &c->plan->bindings[binding];
    bool posts = compile_has_posts(b), kept = !returns || posts;
    struct state before;
    uint32_t n_cuts;

    if (!c->state.reachable)
        return;
    put_counter(c, b);
    n_cuts = c->out->n_cuts;
    before = c->state;
    c->touched = 0;
    if (is_copied(c, b))
        copy_handler(c, binding, returns && !posts, kept);
    else if (returns && !posts && jump_to_handler(c, binding))
        return;
    else
        call_handler(c, binding, kept);
    if (just_goes_on(c, returns, posts))
        cut_goes_on(c, n_cuts, &before);
    if (!returns)
        note_fired(c, b);
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
    if (!is_copied(c, b))
        add_call(c, &b->handler, true, clobbered, &needed);
    else if (*clobbered != 0)
        needed |= call_reads(c, &b->handler, true);
    if (!compile_has_posts(b))
        return needed;
    *clobbered = ~0u;
    return ~(words_t)0;
}

static bool calls_contained(struct compiler *c, size_t binding)
{
    const struct dispatch_binding *b = &c->plan->bindings[binding];

    if (b->handler.contained && !is_copied(c, b))
        return true;
    for (unsigned i = 0; i < b->n_guards; i++)
        if (b->guards[i].post.contained ||
            (b->guards[i].guard.contained && is_called(c, GUARD_OF(binding, i))))
            return true;
    return false;
}

/* Where a struct is wanted that nobody has left when all were cut off. */
static words_t needed_unanswered(struct compiler *c, size_t binding)
{
    return c->plan->signature.result_pointer && calls_contained(c, binding) ? WORD_BIT(0) : 0;
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
    needed = needed_within(c, binding, &clobbered) | needed_unanswered(c, binding);
    for (unsigned i = 0; i < c->n_words; i++)
        if (PLACE_IS_REGISTER(c->places[i]) && (clobbered >> c->places[i] & 1) != 0)
            lost |= WORD_BIT(i);
    if (binding + 1 != c->plan->n || c->plan->default_handler.procedure != 0)
        needed = all;
    return needed & lost;
}

bool compile_calls_contained(struct compiler *c)
{
    for (size_t i = 0; i < c->plan->n; i++)
        if (calls_contained(c, i))
            return true;
    return c->plan->default_handler.contained;
}
