/*
 * Copying a leaf into a routine, see compiler.h. Registers that it only reads are renamed to where the
 * words are; those that it writes to free ones. As far as its code is straight, a register may be one
 * thing before its first write and another one behind it, and constants are not made until something needs
 * them: addresses of variables become a base that several copies share. From the first branch or loop on every
 * register has one name.
 */
#include <string.h>

#include "arch/ppc/code/dispatch/compiler.h"
#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/operands.h"

#define N_NAMES 13 /* r0 to r12: a body that can be copied uses no others */

enum name_kind { NAME_NONE, NAME_WORD, NAME_CONSTANT, NAME_OWN };

struct name {
    uint8_t kind;   /* enum name_kind */
    uint8_t reg;    /* where it is; of NAME_WORD and NAME_OWN */
    uint32_t value; /* of NAME_CONSTANT */
};

struct copy {
    struct compiler *c;
    const struct body *body;
    struct name names[N_NAMES];
    uint32_t reads;    /* registers whose contents at entry it may use */
    uint32_t bases;    /* … and that may not be r0 */
    uint32_t dead;     /* registers of words that nobody needs any more */
    unsigned straight; /* words before the first branch or target of one */
    struct spot spots[BODY_WORDS_MAX];
    struct spot end;
    const struct copy_terms *terms;
};

/* ---- the body ---- */

static uint32_t roles_of(uint32_t word)
{
    return opcode_rows[code_opcode(word)].roles;
}

static uint32_t written_by(uint32_t word)
{
    uint32_t roles = roles_of(word);

    return ((roles & WRITES_T) != 0 ? 1u << FIELD_T(word) : 0) |
           ((roles & WRITES_A) != 0 ? 1u << FIELD_A(word) : 0);
}

static uint32_t read_by(uint32_t word)
{
    uint32_t roles = roles_of(word);

    return ((roles & READS_T) != 0 ? 1u << FIELD_T(word) : 0) |
           ((roles & READS_A) != 0 || ((roles & READS_A0) != 0 && FIELD_A(word) != 0)
                ? 1u << FIELD_A(word)
                : 0) |
           ((roles & READS_B) != 0 ? 1u << FIELD_B(word) : 0);
}

static bool is_branch(uint32_t word)
{
    return (opcode_rows[code_opcode(word)].traits & TRAIT_BRANCH) != 0;
}

static bool is_return(uint32_t word)
{
    return word >> 26 == WORD_BCLR >> 26;
}

static unsigned target_of(uint32_t word, unsigned at)
{
    struct successor successor;

    code_successor(word, at * 4, &successor);
    return successor.target / 4;
}

/* Which cannot be r0; loads and stores that update it have one, too. */
static bool has_base(uint32_t word)
{
    uint32_t roles = roles_of(word);

    return (roles & READS_A0) != 0 || (roles & (READS_A | WRITES_A)) == (READS_A | WRITES_A);
}

/* A result that it does not write everywhere may be what it found. */
static void survey(struct copy *copy)
{
    const struct body *body = copy->body;
    uint32_t written = 0;

    copy->straight = body->n;
    for (unsigned i = 0; i < body->n; i++) {
        uint32_t word = body->words[i];
        bool last_return = is_return(word) && code_branches_always(word) && i == body->n - 1u;

        if (is_branch(word) && !last_return && i < copy->straight)
            copy->straight = i;
        if (is_branch(word) && !is_return(word) && target_of(word, i) < copy->straight)
            copy->straight = target_of(word, i);
        copy->reads |= read_by(word) & ~written;
        if (i < copy->straight)
            written |= written_by(word);
        if (has_base(word))
            copy->bases |= 1u << FIELD_A(word);
    }
    copy->reads |= ((1u << copy->terms->n) - 1) << 3 & ~written;
}

/* ---- names ---- */

/* What the body finds in its registers at entry. */
static void name_words(struct copy *copy, const struct target *target)
{
    struct compiler *c = copy->c;
    const struct view *view = compile_view(c, (enum passing)target->passing, copy->terms->handler);

    for (unsigned r = 3; r <= 10; r++) {
        unsigned word = view->of_register[r];

        if ((copy->reads >> r & 1) == 0 || word == NO_VIEW)
            continue;
        if (word == VIEW_CLOSURE) {
            copy->names[r] = (struct name){.kind = NAME_CONSTANT, .value = target->closure};
        } else {
            copy->names[r] =
                (struct name){.kind = NAME_WORD, .reg = (uint8_t)word_register(c, word)};
            temp_pin(c, copy->names[r].reg);
        }
    }
}

/* The same one, if nothing needs what is in it. */
static bool is_dead(const struct copy *copy, unsigned r)
{
    if ((copy->dead >> r & 1) == 0)
        return false;
    for (unsigned i = 0; i < N_NAMES; i++)
        if (i != r && copy->names[i].kind == NAME_WORD && copy->names[i].reg == r)
            return false;
    return true;
}

/* A register of the copy's own for one of the body's. */
static unsigned own_register(struct copy *copy, unsigned r)
{
    struct compiler *c = copy->c;
    struct name *name = &copy->names[r];
    unsigned reg;

    if (name->kind == NAME_OWN)
        return name->reg;
    if (is_dead(copy, r)) {
        reg = r;
        copy->dead &= ~(1u << r);
    } else {
        reg = temp_take(c, (copy->bases >> r & 1) == 0);
    }
    *name = (struct name){.kind = NAME_OWN, .reg = (uint8_t)reg};
    return reg;
}

/* Makes a constant that nothing has needed so far. */
static unsigned make_constant(struct copy *copy, unsigned r, bool keep)
{
    struct compiler *c = copy->c;
    uint32_t value = copy->names[r].value;
    unsigned reg;

    if (!keep)
        return temp_constant(c, value, (copy->bases >> r & 1) == 0);
    reg = own_register(copy, r);
    register_constant(c, reg, value);
    return reg;
}

static unsigned read_register(struct copy *copy, unsigned r)
{
    if (copy->names[r].kind == NAME_CONSTANT)
        return make_constant(copy, r, false);
    return copy->names[r].kind == NAME_NONE ? r : copy->names[r].reg;
}

/* What is read and written by one field must be the copy's own beforehand. */
static void own_updated(struct copy *copy, unsigned r)
{
    struct name before = copy->names[r];
    unsigned reg;

    if (before.kind == NAME_OWN)
        return;
    if (before.kind == NAME_CONSTANT) {
        (void)make_constant(copy, r, true);
        return;
    }
    reg = own_register(copy, r);
    if (before.kind == NAME_WORD && before.reg != reg)
        compile_put(copy->c, CODE_X(WORD_OR, before.reg, reg, before.reg));
}

/* ---- words ---- */

static uint32_t put_field(uint32_t word, unsigned shift, unsigned reg)
{
    return (word & ~(31u << shift)) | (uint32_t)reg << shift;
}

/* With names as they are, and those of what it writes as they are afterwards. */
static void copy_word(struct copy *copy, uint32_t word)
{
    uint32_t roles = roles_of(word), copied = word;
    unsigned t = FIELD_T(word), a = FIELD_A(word), b = FIELD_B(word);

    if ((roles & WRITES_A) != 0 && (roles & READS_A) != 0)
        own_updated(copy, a);
    if ((roles & READS_T) != 0)
        copied = put_field(copied, 21, read_register(copy, t));
    if ((roles & READS_A) != 0 || ((roles & READS_A0) != 0 && a != 0))
        copied = put_field(copied, 16, read_register(copy, a));
    if ((roles & READS_B) != 0)
        copied = put_field(copied, 11, read_register(copy, b));
    if ((roles & WRITES_T) != 0)
        copied = put_field(copied, 21, own_register(copy, t));
    if ((roles & WRITES_A) != 0)
        copied = put_field(copied, 16, own_register(copy, a));
    compile_put(copy->c, copied);
}

/* li, lis, and what adds to a constant. */
static bool defer(struct copy *copy, uint32_t word)
{
    unsigned t = FIELD_T(word), a = FIELD_A(word);
    uint32_t opcode = word >> 26 << 26;
    uint32_t immediate = opcode == WORD_ADDIS ? word << 16 : IMMEDIATE(word);

    if (opcode == WORD_ADDI || opcode == WORD_ADDIS) {
        if (a != 0 && copy->names[a].kind != NAME_CONSTANT)
            return false;
        immediate += a == 0 ? 0 : copy->names[a].value;
        copy->names[t] = (struct name){.kind = NAME_CONSTANT, .value = immediate};
        return true;
    }
    if (opcode != WORD_ORI || copy->names[t].kind != NAME_CONSTANT)
        return false;
    copy->names[a] =
        (struct name){.kind = NAME_CONSTANT, .value = copy->names[t].value | (word & 0xffff)};
    return true;
}

/* A load or store at a constant address. */
static bool copy_access(struct copy *copy, uint32_t word)
{
    uint32_t roles = roles_of(word), address;
    unsigned a = FIELD_A(word), base;
    int32_t displacement;

    if ((roles & DISPLACED) == 0 || (roles & READS_A0) == 0 || a == 0 ||
        copy->names[a].kind != NAME_CONSTANT)
        return false;
    address = copy->names[a].value + IMMEDIATE(word);
    base = temp_address(copy->c, address, &displacement);
    word = CODE_D(put_field(word, 16, base) & 0xffff0000u, 0, 0, (uint32_t)displacement);
    if ((roles & READS_T) != 0)
        word = put_field(word, 21, read_register(copy, FIELD_T(word)));
    if ((roles & WRITES_T) != 0)
        word = put_field(word, 21, own_register(copy, FIELD_T(word)));
    compile_put(copy->c, word);
    return true;
}

/* Only names of the copy stay pinned: constants may go again once they were used. */
static void unpin(struct copy *copy)
{
    copy->c->pinned = 0;
    for (unsigned i = 0; i < N_NAMES; i++)
        if (copy->names[i].kind == NAME_OWN || copy->names[i].kind == NAME_WORD)
            temp_pin(copy->c, copy->names[i].reg);
}

static void copy_straight(struct copy *copy)
{
    for (unsigned i = 0; i < copy->straight && copy->c->fault == COMPILE_OK; i++) {
        uint32_t word = copy->body->words[i];

        if (is_branch(word))
            return; /* the return at the end */
        if (!defer(copy, word) && !copy_access(copy, word))
            copy_word(copy, word);
        unpin(copy);
    }
}

/* From here on every register has one name. */
static void settle(struct copy *copy)
{
    uint32_t later = 0, read = 1u << 3 | 1u << 4;

    for (unsigned i = copy->straight; i < copy->body->n; i++) {
        later |= written_by(copy->body->words[i]);
        read |= read_by(copy->body->words[i]);
    }
    for (unsigned r = 0; r < N_NAMES; r++) {
        if ((later >> r & 1) != 0)
            own_updated(copy, r);
        else if ((read >> r & 1) != 0 && copy->names[r].kind == NAME_CONSTANT)
            (void)make_constant(copy, r, true);
    }
}

static void copy_branch(struct copy *copy, uint32_t word, unsigned at)
{
    bool always = word >> 26 == WORD_B >> 26 || code_branches_always(word);
    uint32_t branch = always ? WORD_B : CODE_BC(FIELD_T(word), FIELD_A(word));

    if (!is_return(word)) {
        spot_branch(copy->c, &copy->spots[target_of(word, at)], branch);
    } else if (at != copy->body->n - 1u || !always) {
        spot_branch(copy->c, &copy->end, branch);
    }
}

/* Its registers have one name each, and CR and CTR are nobody else's. */
static void copy_rest(struct copy *copy)
{
    for (unsigned i = copy->straight; i < copy->body->n; i++) {
        uint32_t word = copy->body->words[i];

        spot_place(copy->c, &copy->spots[i]);
        if (is_branch(word))
            copy_branch(copy, word, i);
        else
            copy_word(copy, word);
    }
}

/* ---- */

/* One that may write into its structs is called, since it needs copies of them. */
bool copy_is_possible(const struct compiler *c, const struct target *target)
{
    return !c->terms->no_inlining && !c->only_calls && target->facts != NULL &&
           target->facts->body.n != 0 &&
           (target->passing == PASS_NOTHING || target->passing == PASS_CLOSURE ||
            target->passing == PASS_ARGUMENTS || target->passing == PASS_CLOSURE_ARGUMENTS) &&
           structs_written((struct compiler *)c, target, true) == 0;
}

/* Whatever the register was known to hold, it does no longer. */
static void move(struct compiler *c, unsigned to, unsigned from)
{
    temp_forget(c, to);
    if (to != from)
        compile_put(c, CODE_X(WORD_OR, from, to, from));
}

/* A constant is made where it is to be; nothing of the body is in the way any more. */
static bool make_results(struct copy *copy)
{
    const unsigned *to = copy->terms->registers;

    for (unsigned i = 0; i < copy->terms->n; i++)
        if (copy->names[3 + i].kind != NAME_CONSTANT)
            return false;
    for (unsigned i = 0; i < copy->terms->n; i++) {
        temp_forget(copy->c, to[i]);
        register_constant(copy->c, to[i], copy->names[3 + i].value);
    }
    return true;
}

static void store_results(struct copy *copy)
{
    struct compiler *c = copy->c;

    for (unsigned i = 0; i < copy->terms->n; i++)
        compile_put(c, CODE_D(WORD_STW, read_register(copy, 3 + i), 1, c->result + 4 * i));
}

/* The second one first if it would be overwritten, through r0 if the first one would, too. */
static void move_results(struct copy *copy)
{
    const unsigned *to = copy->terms->registers;
    struct compiler *c = copy->c;
    unsigned high = read_register(copy, 3), low;

    temp_pin(c, high);
    if (copy->terms->n == 1) {
        move(c, to[0], high);
        return;
    }
    low = read_register(copy, 4);
    if (low != to[0]) {
        move(c, to[0], high);
        move(c, to[1], low);
    } else if (high != to[1]) {
        move(c, to[1], low);
        move(c, to[0], high);
    } else {
        move(c, 0, low);
        move(c, to[0], high);
        move(c, to[1], 0);
    }
}

static void put_results(struct copy *copy)
{
    if (copy->terms->n == 0)
        return;
    if (copy->terms->use == RESULT_TESTED)
        compile_put(copy->c, CODE_D(WORD_CMPI, 0, read_register(copy, 3), 0));
    else if (copy->terms->use == RESULT_STORED)
        store_results(copy);
    else if (copy->terms->use == RESULT_MOVED && !make_results(copy))
        move_results(copy);
}

static uint32_t dead_words(const struct compiler *c)
{
    uint32_t dead = 0;

    for (unsigned i = 0; i < c->n_words; i++)
        if (PLACE_IS_REGISTER(c->places[i]))
            dead |= 1u << c->places[i];
    return dead;
}

/* What it wrote is in registers that hold nothing to be kept. */
static void forget_own(struct copy *copy)
{
    for (unsigned r = 0; r < N_NAMES; r++)
        if (copy->names[r].kind == NAME_OWN)
            temp_forget(copy->c, copy->names[r].reg);
    copy->c->pinned = 0;
}

void copy_body(struct compiler *c, const struct target *target, const struct copy_terms *terms,
               const struct code_cut *what)
{
    struct copy copy = {.c = c, .body = &target->facts->body, .terms = terms, .end = SPOT_NONE};

    for (unsigned i = 0; i < copy.body->n; i++)
        copy.spots[i] = SPOT_NONE;
    copy.dead = terms->last ? dead_words(c) : 0;
    survey(&copy);
    cut_begin(c, target, what);
    name_words(&copy, target);
    copy_straight(&copy);
    if (copy.straight < copy.body->n) {
        settle(&copy);
        copy_rest(&copy);
        spot_place(c, &copy.end);
    }
    cut_end(c);
    put_results(&copy);
    forget_own(&copy);
    if (target->facts->stores)
        temp_forget_loads(c);
}
