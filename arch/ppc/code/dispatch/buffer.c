/* Words of code, labels in it, and what is to be said of them; see compiler.h. */
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/dispatch/compiler.h"
#include "arch/ppc/code/reach.h"
#include "arch/ppc/registers.h"

bool compile_grow(struct compiler *c, void **array, uint32_t n, uint32_t *room, size_t size)
{
    uint32_t wanted = *room == 0 ? 32 : 2 * *room;
    void *grown;

    if (n < *room)
        return true;
    grown = realloc(*array, wanted * size);
    if (grown == NULL) {
        c->fault = COMPILE_NO_MEMORY;
        return false;
    }
    *array = grown;
    *room = wanted;
    return true;
}

/* ---- what is contained ---- */

static bool same_content(const struct temp *one, const struct temp *other)
{
    return one->content == other->content && one->value == other->value &&
           one->guard == other->guard && one->node == other->node;
}

/* What is interrupted may look at the array. */
static bool grow_shared(struct compiler *c, void *volatile *array, uint32_t n, uint32_t *room,
                        size_t size)
{
    void *grown, *former = *array;

    if (n < *room)
        return true;
    grown = malloc((*room == 0 ? 32 : 2 * *room) * size);
    if (grown == NULL) {
        c->fault = COMPILE_NO_MEMORY;
        return false;
    }
    if (n != 0)
        memcpy(grown, former, n * size);
    *room = *room == 0 ? 32 : 2 * *room;
    *array = grown;
    free(former);
    return true;
}

bool cut_grow(struct compiler *c)
{
    struct compiled *out = c->out;

    return grow_shared(c, (void *volatile *)&out->cuts, out->n_cuts, &out->cuts_room,
                       sizeof *out->cuts);
}

static bool same_places(const struct code_places *places, const struct state *state)
{
    return places->in_register == state->in_register && places->in_home == state->in_home &&
           places->in_caller == state->in_caller;
}

#define PLACES_KNOWN 8 /* of the latest, that may be the same */
#define PLACES_MAX UINT16_MAX

/* PLACES_MAX: they cannot be kept. */
static uint32_t keep_places(struct compiler *c)
{
    struct compiled *out = c->out;

    for (uint32_t i = out->n_places; i-- > 0 && i + PLACES_KNOWN >= out->n_places;)
        if (same_places(&out->places[i], &c->state))
            return i;
    if (out->n_places == PLACES_MAX)
        c->fault = COMPILE_NO_MEMORY;
    if (c->fault != COMPILE_OK || !grow_shared(c, (void *volatile *)&out->places, out->n_places,
                                               &out->places_room, sizeof *out->places))
        return PLACES_MAX;
    out->places[out->n_places] =
        (struct code_places){c->state.in_register, c->state.in_home, c->state.in_caller};
    return out->n_places++;
}

static void add_cut(struct compiler *c, const struct code_cut *what, bool copied)
{
    struct compiled *out = c->out;
    struct code_cut *cut;
    uint32_t places;

    if (c->fault != COMPILE_OK || !c->state.reachable || !cut_grow(c))
        return;
    places = keep_places(c);
    if (places == PLACES_MAX)
        return;
    cut = &out->cuts[out->n_cuts++];
    *cut = *what;
    cut->word = out->n_words;
    cut->n = copied;
    cut->copied = copied;
    cut->fired = c->state.fired;
    cut->maybe = c->state.maybe;
    cut->places = (uint16_t)places;
}

void cut_call(struct compiler *c, const struct code_cut *what)
{
    add_cut(c, what, false);
}

/* One more word, where the event's are as before or not. */
static void cut_follow(struct compiler *c)
{
    struct compiled *out = c->out;
    struct code_cut *last = out->n_cuts == 0 ? NULL : &out->cuts[out->n_cuts - 1];

    if (c->fault != COMPILE_OK || !c->state.reachable)
        return;
    if (last != NULL && last->copied && last->word + last->n == out->n_words &&
        last->n != UINT16_MAX && last->kind == c->copying.cut.kind &&
        last->binding == c->copying.cut.binding && last->number == c->copying.cut.number &&
        same_places(&out->places[last->places], &c->state))
        last->n++;
    else
        add_cut(c, &c->copying.cut, true);
}

void cut_begin(struct compiler *c, const struct target *target, const struct code_cut *what)
{
    c->copying.on = target->contained;
    c->copying.cut = *what;
}

void cut_end(struct compiler *c)
{
    c->copying.on = false;
}

/* What a register is known to hold here, and may not where it was cut off; false: nothing can be done for it. */
static bool make_up(const struct state *state, unsigned reg, struct code_cut *cut)
{
    if (state->temps[reg].content != CONTENT_CONSTANT || reg == 0 || cut->constant_register != 0)
        return false;
    cut->constant_register = (uint8_t)reg;
    cut->constant = state->temps[reg].value;
    return true;
}

static bool make_up_all(const struct compiler *c, const struct state *before, struct code_cut *cut)
{
    for (unsigned i = 0; i < TEMPS; i++) {
        const struct temp *temp = &c->state.temps[i];

        if (temp->content == CONTENT_NONE ||
            ((c->touched >> i & 1) == 0 && same_content(temp, &before->temps[i])))
            continue;
        if (!make_up(&c->state, i, cut))
            return false;
    }
    return true;
}

static bool has_all_places(const struct code_places *places, const struct state *state)
{
    return (state->in_register & ~places->in_register) == 0 &&
           (state->in_home & ~places->in_home) == 0 && (state->in_caller & ~places->in_caller) == 0;
}

/* Behind a call nothing else is known than was when it returned. */
void cut_goes_on(struct compiler *c, uint32_t n_cuts, const struct state *before)
{
    struct compiled *out = c->out;

    for (uint32_t i = n_cuts; i < out->n_cuts && c->fault == COMPILE_OK; i++) {
        struct code_cut *cut = &out->cuts[i];

        cut->direct = !cut->copied || (has_all_places(&out->places[cut->places], &c->state) &&
                                       make_up_all(c, before, cut));
        cut->skip = (uint16_t)(out->n_words - cut->word);
    }
}

/* ---- words ---- */

void compile_put(struct compiler *c, uint32_t word)
{
    struct compiled *out = c->out;

    if (c->copying.on)
        cut_follow(c);
    if (c->fault == COMPILE_OK && c->state.reachable &&
        (out->n_words < out->words_room ||
         compile_grow(c, (void **)&out->words, out->n_words, &out->words_room, sizeof *out->words)))
        out->words[out->n_words++] = word;
}

/* Of the word that comes next. */
void compile_relocate(struct compiler *c, enum relocation_of_code kind, uint32_t target)
{
    struct compiled *out = c->out;

    if (c->fault != COMPILE_OK || !c->state.reachable ||
        !compile_grow(c, (void **)&out->relocations, out->n_relocations, &out->relocations_room,
                      sizeof *out->relocations))
        return;
    out->relocations[out->n_relocations++] =
        (struct code_relocation){.word = out->n_words, .kind = kind, .target = target};
}

/* Within half of a branch's reach of where the code will be in reach of. */
static bool is_near(const struct compiler *c, vaddr_t target)
{
    return !c->terms->far && (code_fits_b((int32_t)target) ||
                              target - c->terms->near + REACH_OF_B / 4 < REACH_OF_B / 2);
}

void compile_branch_out(struct compiler *c, uint32_t word, vaddr_t target)
{
    if (is_near(c, target)) {
        compile_relocate(c, CODE_BRANCH, target);
        compile_put(c, word);
        return;
    }
    compile_put(c, CODE_D(WORD_ADDIS, 12, 0, (target + 0x8000) >> 16));
    compile_put(c, CODE_D(WORD_ADDI, 12, 12, target));
    compile_put(c, CODE_XFX(WORD_MTSPR, 12, SPR_CTR));
    compile_put(c, CODE_X(WORD_BCCTR, ALWAYS, 0, 0) | (word & WORD_LK));
    temp_forget(c, 12);
}

void compile_add_part(struct compiler *c, enum part_kind kind, size_t binding, vaddr_t procedure,
                      bool copied)
{
    struct compiled *out = c->out;

    if (c->fault != COMPILE_OK ||
        !compile_grow(c, (void **)&out->parts, out->n_parts, &out->parts_room, sizeof *out->parts))
        return;
    out->parts[out->n_parts++] = (struct code_part){.word = out->n_words,
                                                    .kind = (uint16_t)kind,
                                                    .copied = copied,
                                                    .binding = (uint32_t)binding,
                                                    .procedure = procedure};
}

void compile_mark(const struct compiler *c, struct mark *mark)
{
    mark->n_words = c->out->n_words;
    mark->n_relocations = c->out->n_relocations;
    mark->n_parts = c->out->n_parts;
    mark->n_cuts = c->out->n_cuts;
    mark->n_branches = c->n_branches;
    mark->fault = c->fault;
    mark->state = c->state;
}

void compile_go_back(struct compiler *c, const struct mark *mark)
{
    c->out->n_words = mark->n_words;
    c->out->n_relocations = mark->n_relocations;
    c->out->n_parts = mark->n_parts;
    c->out->n_cuts = mark->n_cuts;
    c->n_branches = mark->n_branches;
    c->state = mark->state;
    c->pinned = 0;
    c->copying.on = false;
    c->fault = mark->fault;
}

/* ---- labels ---- */

/* What holds on both ways. */
static void meet(struct state *state, const struct state *other)
{
    state->in_register &= other->in_register;
    state->in_home &= other->in_home;
    state->in_caller &= other->in_caller;
    state->fired &= other->fired;
    state->maybe |= other->maybe;
    for (unsigned i = 0; i < TEMPS; i++)
        if (state->temps[i].content != CONTENT_NONE &&
            !same_content(&state->temps[i], &other->temps[i]))
            state->temps[i].content = CONTENT_NONE;
}

static void resolve(struct compiler *c, uint32_t word, uint32_t place)
{
    uint32_t displacement = (place - word) * 4, *at = &c->out->words[word];

    if (*at >> 26 == WORD_B >> 26)
        *at = code_put_b_relative(*at, displacement);
    else if (code_fits_bc((int32_t)displacement))
        *at = code_put_bc_relative(*at, displacement);
    else
        c->fault = COMPILE_REACH;
}

void spot_branch(struct compiler *c, struct spot *spot, uint32_t word)
{
    uint32_t at = c->out->n_words;

    compile_put(c, word);
    if (c->fault != COMPILE_OK || !c->state.reachable)
        return;
    if (spot->place != NO_LABEL) {
        resolve(c, at, spot->place);
        return;
    }
    if (!compile_grow(c, (void **)&c->branches, c->n_branches, &c->branches_room,
                      sizeof *c->branches))
        return;
    c->branches[c->n_branches] = (struct local_branch){at, spot->first};
    spot->first = c->n_branches++;
}

void spot_place(struct compiler *c, struct spot *spot)
{
    if (c->fault != COMPILE_OK)
        return;
    spot->place = c->out->n_words;
    for (uint32_t i = spot->first; i != NO_LABEL; i = c->branches[i].next)
        resolve(c, c->branches[i].word, spot->place);
}

void label_init(struct label *label)
{
    label->spot = SPOT_NONE;
    label->has_state = false;
}

void label_meet(struct label *label, const struct state *state)
{
    if (label->has_state)
        meet(&label->state, state);
    else
        label->state = *state;
    label->has_state = true;
}

void label_branch(struct compiler *c, struct label *label, uint32_t word)
{
    if (c->fault != COMPILE_OK || !c->state.reachable)
        return;
    spot_branch(c, &label->spot, word);
    label_meet(label, &c->state);
    if (word == WORD_B)
        c->state.reachable = false;
}

/* The last word is gone, with what is said of it. */
static void drop_word(struct compiled *out)
{
    struct code_cut *last = out->n_cuts == 0 ? NULL : &out->cuts[out->n_cuts - 1];

    if (last != NULL && last->copied && last->word + last->n > out->n_words && --last->n == 0)
        out->n_cuts--;
}

/* A branch to the word behind it, which a way may end with, is left out. */
static void drop_last_branch(struct compiler *c, struct spot *spot)
{
    uint32_t last = c->out->n_words - 1;

    if (spot->first != NO_LABEL && c->branches[spot->first].word == last &&
        spot->first == c->n_branches - 1 && c->out->words[last] == WORD_B && !c->state.reachable) {
        c->out->n_words--;
        drop_word(c->out);
        spot->first = c->branches[spot->first].next;
        c->n_branches--;
    }
}

void label_place(struct compiler *c, struct label *label)
{
    if (c->fault != COMPILE_OK)
        return;
    drop_last_branch(c, &label->spot);
    spot_place(c, &label->spot);
    if (c->state.reachable && label->has_state)
        meet(&c->state, &label->state);
    else if (label->has_state)
        c->state = label->state;
    c->state.reachable |= label->has_state;
}
