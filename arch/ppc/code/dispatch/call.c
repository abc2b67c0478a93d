/* Calling guards and handlers from a routine: arguments to where they look for them; see compiler.h. */
#include <string.h>

#include "arch/ppc/code/dispatch/compiler.h"
#include "arch/ppc/registers.h"

#define SP 1
#define OUTGOING 8       /* offset of the first argument on the stack */
#define VOLATILE 0x1ff9u /* r0, r3 to r12 */
#define ARGUMENT_REGISTERS 0x7f8u

/* ---- what a call does to registers ---- */

static bool is_leaf(const struct target *target)
{
    return target->facts != NULL && target->facts->leaf;
}

static bool passes_arguments(const struct target *target)
{
    return target->passing == PASS_ARGUMENTS || target->passing == PASS_CLOSURE_ARGUMENTS;
}

/* The registers it may look at; `result` says that it returns what the event does, which may be nothing. */
static uint32_t reads_of(const struct compiler *c, const struct target *target, bool result)
{
    if (!is_leaf(target))
        return ARGUMENT_REGISTERS;
    return result && c->plan->signature.result_words == 0 ? target->facts->reads_itself
                                                          : target->facts->reads;
}

static bool is_read(const struct compiler *c, const struct target *target, bool result,
                    unsigned reg)
{
    return (reads_of(c, target, result) >> reg & 1) != 0;
}

/* Which registers something is put into for it. */
static uint32_t filled(struct compiler *c, const struct target *target, bool result)
{
    const struct view *view;
    uint32_t registers = 0;

    if (target->passing == PASS_NOTHING)
        return 0;
    if (target->passing == PASS_CLOSURE)
        return 1u << 3;
    if (!passes_arguments(target))
        return ARGUMENT_REGISTERS;
    view = compile_view(c, (enum passing)target->passing, result);
    for (unsigned r = 3; r <= 10; r++) {
        unsigned word = view->of_register[r];

        if (word != NO_VIEW && (word == VIEW_CLOSURE || c->places[word] != r))
            registers |= 1u << r;
    }
    return registers;
}

/* Where words come that a call may replace by others. */
static uint32_t registers_of(const struct compiler *c, words_t words)
{
    uint32_t registers = 0;

    for (unsigned i = 0; i < c->n_words; i++)
        if ((words >> i & 1) != 0 && PLACE_IS_REGISTER(c->places[i]))
            registers |= 1u << c->places[i];
    return registers;
}

uint32_t call_clobbers(const struct compiler *c, const struct target *target)
{
    struct compiler *compiler = (struct compiler *)c;
    uint32_t own = is_leaf(target) ? target->facts->clobbers : VOLATILE;

    return own | filled(compiler, target, true) | filled(compiler, target, false) |
           registers_of(c, structs_written(compiler, target, true)) |
           registers_of(c, structs_written(compiler, target, false));
}

words_t call_reads(struct compiler *c, const struct target *target, bool result)
{
    const struct view *view;
    words_t reads = 0;

    if (!passes_arguments(target))
        return target->passing == PASS_NOTHING || target->passing == PASS_CLOSURE ? 0 : ~(words_t)0;
    if (!is_leaf(target))
        return ~(words_t)0;
    view = compile_view(c, (enum passing)target->passing, result);
    for (unsigned i = 0; i < c->n_words; i++)
        if (!PLACE_IS_REGISTER(view->places[i]) || is_read(c, target, result, view->places[i]))
            reads |= WORD_BIT(i);
    return reads;
}

/* ---- arguments ---- */

static void put_constant(struct compiler *c, unsigned reg, uint32_t value)
{
    temp_forget(c, reg);
    register_constant(c, reg, value);
}

static void need_frame(struct compiler *c)
{
    if (c->frame == 0 && c->fault == COMPILE_OK)
        c->fault = COMPILE_FRAME;
}

/* All that is found again only if it is kept. */
static void need_kept(struct compiler *c, const struct target *target)
{
    if (target->contained && !c->keeps && c->fault == COMPILE_OK)
        c->fault = COMPILE_KEEP;
}

static void store_outgoing(struct compiler *c, unsigned reg, place_t place)
{
    need_frame(c);
    compile_put(c, CODE_D(WORD_STW, reg, SP, PLACE_OFFSET(place)));
}

/* A word as this call passes it. */
static void load_passed(struct compiler *c, unsigned word, unsigned reg)
{
    temp_forget(c, reg);
    if ((c->copied >> word & 1) != 0)
        compile_put(c, CODE_D(WORD_ADDI, reg, SP, c->copy_of[word]));
    else
        word_load(c, word, reg);
}

/* The register that it is in; r0 if it has none. */
static unsigned passed_register(struct compiler *c, unsigned word)
{
    if ((c->state.in_register & ~c->copied) >> word & 1)
        return c->places[word];
    load_passed(c, word, 0);
    return 0;
}

/* Words on the stack first, since those in registers may be overwritten afterwards. */
static void put_stack_words(struct compiler *c, const struct view *view,
                            const struct target *target, unsigned first)
{
    for (unsigned i = first; i < c->n_words; i++)
        if (!PLACE_IS_REGISTER(view->places[i]))
            store_outgoing(c, passed_register(c, i), view->places[i]);
    if (target->passing == PASS_CLOSURE_ARGUMENTS && !PLACE_IS_REGISTER(view->closure)) {
        put_constant(c, 0, target->closure);
        store_outgoing(c, 0, view->closure);
    }
}

/*
 * The order of words is that of registers on both sides, so all move up (behind a closure) or all move down (when
 * there is no place for a result): from the one or from the other end nothing is overwritten that is still to move.
 */
static void put_register_words(struct compiler *c, const struct view *view,
                               const struct target *target, bool result, bool down)
{
    for (unsigned k = 0; k < 8; k++) {
        unsigned reg = down ? 3 + k : 10 - k, word = view->of_register[reg];

        if (word == NO_VIEW || word == VIEW_CLOSURE || !is_read(c, target, result, reg))
            continue;
        load_passed(c, word, reg);
        for (unsigned i = 0; i < c->n_words; i++)
            if (c->places[i] == reg)
                c->state.in_register &= ~WORD_BIT(i);
        if (c->places[word] == reg)
            c->state.in_register |= WORD_BIT(word) & ~c->copied;
    }
}

static void put_closure(struct compiler *c, unsigned reg, uint32_t closure)
{
    for (unsigned i = 0; i < c->n_words; i++)
        if (c->places[i] == reg)
            c->state.in_register &= ~WORD_BIT(i);
    put_constant(c, reg, closure);
}

static void put_words(struct compiler *c, const struct target *target, bool result)
{
    const struct view *view = compile_view(c, (enum passing)target->passing, result);
    unsigned first = c->plan->signature.result_pointer && !result ? 1 : 0;

    put_stack_words(c, view, target, first);
    put_register_words(c, view, target, result, first != 0);
    if (target->passing == PASS_CLOSURE_ARGUMENTS && PLACE_IS_REGISTER(view->closure))
        put_closure(c, view->closure, target->closure);
}

/* Where the n-th word of what is passed goes, if all are single words. */
static place_t place_of(unsigned n)
{
    return n < 8 ? PLACE_REGISTER(3 + n) : PLACE_FRAME(OUTGOING + 4 * (n - 8));
}

static void put_word(struct compiler *c, unsigned n, unsigned from, uint32_t offset)
{
    place_t place = place_of(n);
    unsigned reg = PLACE_IS_REGISTER(place) ? place : 0;

    compile_put(c, CODE_D(WORD_ADDI, reg, from, offset));
    if (!PLACE_IS_REGISTER(place))
        store_outgoing(c, reg, place);
}

/* The result pointer, if there is one, and the closure come before. Returns how many words that is. */
static unsigned put_first(struct compiler *c, const struct target *target, bool closure,
                          bool result)
{
    unsigned n = 0;

    if (c->plan->signature.result_pointer && result)
        word_load(c, 0, 3 + n++);
    if (closure)
        put_constant(c, 3 + n++, target->closure);
    return n;
}

/* On this big-endian machine the end of a word is where a smaller value is. */
static void put_pointers(struct compiler *c, const struct target *target, bool result)
{
    const struct signature *s = &c->plan->signature;
    unsigned n = put_first(c, target, target->passing == PASS_CLOSURE_POINTERS, result);
    unsigned word = s->result_pointer ? 1 : 0;

    for (unsigned i = 0; i < s->n_arguments; i++) {
        if (s->kinds[i] == ARGUMENT_STRUCT) { /* the word is the pointer */
            unsigned reg = PLACE_IS_REGISTER(place_of(n)) ? place_of(n) : 0;

            compile_put(c, CODE_D(WORD_LWZ, reg, SP, c->homes[word]));
            if (reg == 0)
                store_outgoing(c, 0, place_of(n));
        } else {
            unsigned skipped = s->sizes[i] < 4 ? 4 - s->sizes[i] : 0;

            put_word(c, n, SP, c->homes[word] + skipped);
        }
        n++;
        word += s->words[i];
    }
}

/* The array is the handler's own: who is no filter may do with it what it likes. */
void words_copy(struct compiler *c)
{
    for (unsigned i = 0; i < c->n_words; i++)
        compile_put(c, CODE_D(WORD_STW, passed_register(c, i), SP, c->copies + 4 * i));
}

static void put_array(struct compiler *c, const struct target *target, bool result)
{
    unsigned n;

    words_copy(c);
    n = put_first(c, target, target->passing == PASS_CLOSURE_WORDS, result);
    put_word(c, n, SP, c->copies + (c->plan->signature.result_pointer ? 4 : 0));
    put_constant(c, 3 + n + 1, c->plan->signature.n_words);
}

static void put_everything(struct compiler *c, const struct target *target, bool result)
{
    switch (target->passing) {
    case PASS_NOTHING:
        break;
    case PASS_CLOSURE:
        put_closure(c, 3, target->closure);
        break;
    case PASS_ARGUMENTS:
    case PASS_CLOSURE_ARGUMENTS:
        put_words(c, target, result);
        break;
    case PASS_POINTERS:
    case PASS_CLOSURE_POINTERS:
        put_pointers(c, target, result);
        break;
    default:
        put_array(c, target, result);
    }
}

static void restore_identity(struct compiler *c)
{
    if (c->identity == 0)
        return;
    temp_forget(c, 0);
    compile_put(c, CODE_D(WORD_LWZ, 0, SP, c->identity));
    compile_put(c, CODE_XFX(WORD_MTSPR, 0, SPR_SPRG1));
}

/* ---- calls ---- */

void call_procedure(struct compiler *c, const struct target *target, unsigned terms,
                    const struct code_cut *what)
{
    bool result = (terms & CALL_RESULT) != 0;
    uint32_t clobbers = is_leaf(target) ? target->facts->clobbers : VOLATILE;

    if (target->passing > PASS_CLOSURE_ARGUMENTS)
        clobbers |= ARGUMENT_REGISTERS;
    need_frame(c);
    need_kept(c, target);
    if ((terms & CALL_INTRINSIC) != 0 && c->plan->identified)
        restore_identity(c);
    structs_copy(c, (terms & CALL_APART) != 0 ? structs_written(c, target, result) : 0);
    put_everything(c, target, result);
    c->copied = 0;
    if ((terms & CALL_IN_TIME) != 0)
        deadline_begin(c, c->plan->bindings[what->binding].ephemeral_ticks);
    compile_branch_out(c, WORD_B | WORD_LK, target->procedure);
    if ((terms & CALL_IN_TIME) != 0)
        deadline_returns(c);
    for (unsigned i = 0; i < c->n_words; i++)
        if (PLACE_IS_REGISTER(c->places[i]) && (clobbers >> c->places[i] & 1) != 0)
            c->state.in_register &= ~WORD_BIT(i);
    temp_forget_clobbered(c, clobbers);
    if (!is_leaf(target) || target->facts->stores)
        temp_forget_loads(c);
    if (target->contained)
        cut_call(c, what);
    if ((terms & CALL_IN_TIME) != 0)
        deadline_end(c);
}

bool call_can_jump(struct compiler *c, const struct target *target)
{
    const struct view *view;

    if (target->passing == PASS_NOTHING || target->passing == PASS_CLOSURE)
        return true;
    if (!passes_arguments(target))
        return false;
    view = compile_view(c, (enum passing)target->passing, true);
    for (unsigned i = 0; i < c->n_words; i++)
        if (!PLACE_IS_REGISTER(view->places[i]) &&
            (view->places[i] != c->places[i] || (c->state.in_caller >> i & 1) == 0))
            return false;
    return PLACE_IS_REGISTER(view->closure) || target->passing != PASS_CLOSURE_ARGUMENTS;
}

/* What is on the stack is already where it is looked for. */
void call_jump(struct compiler *c, const struct target *target, bool intrinsic)
{
    if (intrinsic && c->plan->identified)
        restore_identity(c);
    if (passes_arguments(target)) {
        const struct view *view = compile_view(c, (enum passing)target->passing, true);

        put_register_words(c, view, target, true, false);
        if (target->passing == PASS_CLOSURE_ARGUMENTS)
            put_closure(c, view->closure, target->closure);
    } else {
        put_everything(c, target, true);
    }
    compile_leave_frame(c);
    compile_branch_out(c, WORD_B, target->procedure);
    c->state.reachable = false;
}
