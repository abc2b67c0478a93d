/*
 * Words that splices, patches and binding all have a hand in: what stands above and below what, see splice.c. And turns of loops.
 */
#include <stdlib.h>

#include "arch/ppc/code/reach.h"
#include "arch/ppc/code/write.h"
#include "domains/domain.h"
#include "kernel/event/splice_internal.h"
#include "kernel/patch/patch.h"

static size_t n_turns_led;

/* ---- turns ---- */

static void set_led(struct turn *turn, bool led)
{
    turn->is_led = led;
    n_turns_led = led ? n_turns_led + 1 : n_turns_led - 1;
}

/* A patch on one that is conditional stands on top of it and executes it as it was, see splice_turn. */
static bool put_turn(struct turn *turn, bool led)
{
    if (turn->is_led == led)
        return true;
    set_led(turn, led);
    if (!turn->conditional || !patch_is_on(turn->at, 4)) {
        (void)code_word_put(turn->at, led ? turn->led : turn->word);
        return true;
    }
    if (code_word_remake(turn->at, turn->word))
        return true;
    set_led(turn, !led);
    return false;
}

/* A first instruction that branches to itself: only a patch need be told. */
static bool put_rewinding(struct splice *splice, bool led)
{
    bool before = splice->rewinds_led;

    if (!splice->rewinds || before == led)
        return true;
    splice->rewinds_led = led;
    if (!patch_is_on(splice->procedure.start, 4) ||
        code_word_remake(splice->procedure.start, splice->original))
        return true;
    splice->rewinds_led = before;
    return false;
}

/* Those that a patch keeps led for want of memory go to the same instruction all the same. */
void splice_lead_turns_back(struct splice *splice)
{
    (void)put_rewinding(splice, false);
    for (size_t i = 0; i < splice->n_turns; i++)
        (void)put_turn(&splice->turns[i], false);
}

status_t splice_lead_turns(struct splice *splice)
{
    bool done = put_rewinding(splice, true);

    for (size_t i = 0; done && i < splice->n_turns; i++)
        done = put_turn(&splice->turns[i], true);
    return done ? OK
                : status_refuse(ERR_NO_MEMORY, "no memory for the patches on branches of %s",
                                splice->procedure.name);
}

/* Before the splice goes, at any price. */
void splice_free_turns(struct splice *splice)
{
    splice_lead_turns_back(splice);
    if (splice->rewinds_led)
        patch_forget_code(splice->procedure.start, 4);
    for (size_t i = 0; i < splice->n_turns; i++)
        if (splice->turns[i].is_led) {
            patch_forget_code(splice->turns[i].at, 4);
            (void)put_turn(&splice->turns[i], false);
        }
    free(splice->turns);
}

static const struct turn *turn_of(const struct splice *splice, vaddr_t address)
{
    for (size_t i = 0; i < splice->n_turns; i++)
        if (splice->turns[i].at == address)
            return splice->turns[i].is_led && splice->turns[i].conditional ? &splice->turns[i]
                                                                           : NULL;
    return NULL;
}

/* One that is led and conditional, and whose it is. */
static const struct turn *turn_at(vaddr_t address, const struct splice **of)
{
    const struct turn *turn;

    if (n_turns_led == 0)
        return NULL;
    for (*of = splice_next(NULL); *of != NULL; *of = splice_next(*of))
        if ((turn = turn_of(*of, address)) != NULL)
            return turn;
    return NULL;
}

vaddr_t splice_turn(vaddr_t address)
{
    const struct splice *splice = splice_at(address);

    if (splice != NULL)
        return splice->rewinds_led ? splice->body : 0;
    return turn_at(address, &splice) != NULL ? splice->body : 0;
}

/* ---- words below patches ---- */

uint32_t splice_word(vaddr_t address)
{
    const struct splice *splice = splice_at(address);
    const struct turn *turn;

    if (splice != NULL)
        return splice->first;
    turn = turn_at(address, &splice);
    return turn != NULL ? turn->word : *(const uint32_t *)address;
}

/* A turn that is not patched any more is led again. */
static bool turn_takes(vaddr_t address, uint32_t word)
{
    const struct splice *splice;
    const struct turn *turn = turn_at(address, &splice);

    if (turn == NULL || turn->word != word)
        return false;
    (void)code_word_store(address, turn->led);
    return true;
}

bool splice_takes(vaddr_t address, uint32_t word)
{
    struct splice *splice = splice_at(address);

    if (splice == NULL)
        return turn_takes(address, word);
    splice->first = word;
    splice_remake_body(splice);
    return splice_is_led(splice);
}

bool splice_reaches(vaddr_t procedure, vaddr_t target)
{
    const struct splice *splice = splice_at(procedure);

    return splice == NULL || code_reach(splice->body, target) != REACH_NONE;
}

vaddr_t splice_entry_of(vaddr_t address)
{
    for (const struct splice *s = splice_next(NULL); s != NULL; s = splice_next(s))
        if (s->body == address)
            return s->procedure.start;
    return 0;
}

/* ---- as it was ---- */

struct range {
    vaddr_t address;
    uint32_t *words;
    size_t n;
};

static void put_back(const struct range *range, vaddr_t at, uint32_t word)
{
    if (at - range->address < range->n * 4)
        range->words[(at - range->address) / 4] = word;
}

static bool overlaps(const struct range *range, const struct segment *text)
{
    return range->address - text->address < text->size ||
           text->address - range->address < range->n * 4;
}

static void undo_imports(const struct image *image, const struct range *range)
{
    for (size_t i = 0; i < image->n_imports; i++) {
        const struct import *import = &image->imports[i];
        vaddr_t procedure;

        if (import->state != IMPORT_BOUND)
            continue;
        procedure = import->symbol->value;
        if (procedure_calls_go_to(procedure) != procedure)
            image_undo_calls(image, import, range->address, range->words, range->n);
    }
}

/* Splices stand above patches on first words only. */
static uint32_t unpatched(vaddr_t at, uint32_t word)
{
    code_words_original(at, &word, 1);
    return word;
}

static void undo(const struct splice *splice, const struct range *range)
{
    put_back(range, splice->procedure.start, unpatched(splice->procedure.start, splice->first));
    for (size_t i = 0; i < splice->n_sites; i++)
        put_back(range, splice->sites[i].at, splice->sites[i].word);
}

static void undo_turns(const struct splice *splice, const struct range *range)
{
    for (size_t i = 0; i < splice->n_turns; i++)
        if (splice->turns[i].is_led)
            put_back(range, splice->turns[i].at, splice->turns[i].word);
}

/* First words come first: one may be the branch of an import that is led elsewhere. */
void splice_original(vaddr_t address, uint32_t words[], size_t n)
{
    const struct range range = {address, words, n};

    if (n_procedures_led + n_turns_led == 0)
        return;
    for (const struct splice *s = splice_next(NULL); s != NULL; s = splice_next(s)) {
        undo_turns(s, &range);
        if (splice_is_led(s))
            undo(s, &range);
    }
    for (const struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        if (overlaps(&range, &d->image.memory.text))
            undo_imports(&d->image, &range);
}
