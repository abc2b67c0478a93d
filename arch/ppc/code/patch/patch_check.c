/*
 * See patch_check.h. Each word is looked at by itself; then control is followed from the first one, with the frames that have been
 * pushed on the way. All ways to a word must have pushed the same ones, so every word is followed once.
 */
#include "arch/ppc/code/patch/patch_check.h"

#include <ctype.h>
#include <stdlib.h>

#include "arch/ppc/code/analysis/live.h"
#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/instruction.h"
#include "arch/ppc/code/print.h"
#include "arch/ppc/registers.h"

#define SP 1
#define FRAME_ALIGNMENT 16
#define KEPT (1u << 2 | 1u << 13) /* registers that nobody writes */
#define NOT_REACHED UINT32_MAX

/* Frames that have been pushed: the innermost, and the others; 0 stands for none. */
struct pushed {
    uint32_t size; /* bytes */
    uint32_t outer;
};

struct checked {
    uint32_t frames; /* number of a struct pushed when control comes here; NOT_REACHED */
    bool ends;       /* control may come to an end from here */
};

struct check {
    const uint32_t *words;
    size_t n;
    const struct patch_check_terms *terms;
    struct checked *at;
    uint32_t *pending; /* words to be followed */
    size_t n_pending;
    struct pushed *frames; /* [0] is unused */
    uint32_t n_frames;
    uint32_t called_with; /* frames at all calls of its own words; NOT_REACHED: there are none */
};

static uint32_t address_of(const struct check *c, size_t i)
{
    return c->terms->origin + 4 * (uint32_t)i;
}

static status_t refuse(const struct check *c, size_t i, const char *why)
{
    char text[PRINT_MAX], *end = text;

    (void)code_print(c->words[i], address_of(c, i), NULL, NULL, text, sizeof text);
    for (const char *p = text; *p != 0; p++)
        if (!isspace((unsigned char)*p))
            *end++ = *p;
        else if (!isspace((unsigned char)p[1]))
            *end++ = ' ';
    *end = 0;
    return status_refuse(ERR_FAILED, "word %u, %s, %s", (unsigned)i, text, why);
}

/* ---- words by themselves ---- */

static bool is_push(uint32_t word)
{
    int32_t size = -(int16_t)word;

    return (word & 0xffff0000) == CODE_D(WORD_STWU, SP, SP, 0) && size > 0 &&
           size % FRAME_ALIGNMENT == 0;
}

/* By its size. */
static bool is_pop(uint32_t word)
{
    return (word & 0xffff0000) == CODE_D(WORD_ADDI, SP, SP, 0) && (int16_t)word > 0;
}

/* By the back chain. */
static bool is_pop_by_chain(uint32_t word)
{
    return word == CODE_D(WORD_LWZ, SP, SP, 0);
}

static bool uses_vectors(const struct effects *e, enum opcode opcode)
{
    return (opcode_rows[opcode].traits & TRAIT_ALTIVEC) != 0 || e->spr == SPR_VRSAVE;
}

/* What is wrong with a word wherever it stands; NULL: nothing. */
static const char *fault_of(uint32_t word, enum opcode opcode, const struct effects *e,
                            bool privileged)
{
    if (!privileged && code_is_privileged(word, opcode))
        return "is privileged";
    if (uses_vectors(e, opcode))
        return "uses vector registers";
    if (e->memory.reserve)
        return "is about a reservation";
    if ((e->writes.general & KEPT) != 0)
        return (e->writes.general & 1u << 2) != 0 ? "writes r2" : "writes r13";
    if ((e->writes.general & 1u << SP) != 0 && !is_push(word) && !is_pop(word) &&
        !is_pop_by_chain(word))
        return "writes r1, and does not push or pop a frame";
    return NULL;
}

static status_t check_words(const struct check *c, struct register_set *clobbers)
{
    *clobbers = REGISTERS_NONE;
    for (size_t i = 0; i < c->n; i++) {
        enum opcode opcode = code_opcode(c->words[i]);
        struct effects e;
        const char *fault;

        if (opcode == OPCODE_UNKNOWN || (opcode_rows[opcode].traits & TRAIT_ABSENT) != 0)
            return refuse(c, i, "is no instruction");
        code_effects(c->words[i], opcode, &e);
        fault = fault_of(c->words[i], opcode, &e, c->terms->privileged);
        if (fault != NULL)
            return refuse(c, i, fault);
        registers_add(clobbers, &e.writes);
    }
    clobbers->general &= ~(1u << SP);
    return OK;
}

/* ---- frames ---- */

static uint32_t push(struct check *c, uint32_t outer, uint32_t size)
{
    struct pushed *frame = &c->frames[c->n_frames];

    *frame = (struct pushed){size, outer};
    return c->n_frames++;
}

/* Whole ones; NOT_REACHED: it is more than there are, or a part of one. */
static uint32_t pop(const struct check *c, uint32_t frames, uint32_t size)
{
    while (frames != 0 && size >= c->frames[frames].size) {
        size -= c->frames[frames].size;
        frames = c->frames[frames].outer;
    }
    return size == 0 ? frames : NOT_REACHED;
}

/* Two stacks of frames are the same if they are equally deep, frame by frame. */
static bool same_frames(const struct check *c, uint32_t a, uint32_t b)
{
    while (a != b && a != 0 && b != 0 && c->frames[a].size == c->frames[b].size) {
        a = c->frames[a].outer;
        b = c->frames[b].outer;
    }
    return a == b;
}

/* ---- where control goes ---- */

/* Control comes from word i to another, or to the end. */
static status_t come_to(struct check *c, size_t i, size_t to, uint32_t frames)
{
    if (to == c->n)
        return frames == 0 ? OK : refuse(c, i, "is the last, and r1 is not what it was");
    if (c->at[to].frames == NOT_REACHED) {
        c->at[to].frames = frames;
        c->pending[c->n_pending++] = (uint32_t)to;
        return OK;
    }
    return same_frames(c, c->at[to].frames, frames)
               ? OK
               : refuse(c, i, "leads to where r1 is another on another way");
}

static bool is_inside(const struct check *c, uint32_t target, size_t *word)
{
    *word = (target - c->terms->origin) / 4;
    return (target - c->terms->origin) % 4 == 0 && *word <= c->n;
}

/* To an address that is none of the words. */
static status_t check_target(const struct check *c, size_t i, uint32_t target)
{
    if (!c->terms->is_code && code_is_relative(c->words[i], code_opcode(c->words[i])) &&
        (c->words[i] & 2) == 0)
        return refuse(c, i, "leads out of words that stand in no code");
    if (c->terms->leads == NULL || !c->terms->leads(c->terms->context, target))
        return refuse(c, i, "leads to where there is no code");
    return OK;
}

static status_t call_own(struct check *c, size_t i, size_t word, uint32_t frames)
{
    if (c->called_with == NOT_REACHED)
        c->called_with = frames;
    if (!same_frames(c, c->called_with, frames))
        return refuse(c, i, "calls one of the words, and another call does with another r1");
    return come_to(c, i, word, frames);
}

static status_t leave(const struct check *c, size_t i, uint32_t frames)
{
    return frames == 0 ? OK : refuse(c, i, "leads away, and r1 is not what it was");
}

static status_t branch(struct check *c, size_t i, const struct successor *s, uint32_t frames)
{
    size_t word;

    if (s->transfer != TRANSFER_DIRECT)
        return s->links || s->transfer == TRANSFER_LINK ? OK : leave(c, i, frames);
    if (is_inside(c, s->target, &word))
        return s->links ? call_own(c, i, word, frames) : come_to(c, i, word, frames);
    if (check_target(c, i, s->target) != OK)
        return ERR_FAILED;
    return s->links ? OK : leave(c, i, frames);
}

static bool goes_on(const struct successor *s)
{
    switch (s->transfer) {
    case TRANSFER_DIRECT:
    case TRANSFER_LINK:
    case TRANSFER_COUNT:
        return s->conditional || s->links;
    case TRANSFER_RFI:
    case TRANSFER_NOWHERE:
        return false;
    default:
        return true;
    }
}

static status_t follow(struct check *c, size_t i)
{
    uint32_t word = c->words[i], frames = c->at[i].frames;
    struct successor s;
    status_t status = OK;

    code_successor(word, address_of(c, i), &s);
    if (is_push(word))
        frames = push(c, frames, (uint32_t) - (int16_t)word);
    else if (is_pop(word) || (is_pop_by_chain(word) && frames != 0))
        frames = pop(c, frames, is_pop(word) ? word & 0xffff : c->frames[frames].size);
    else if (is_pop_by_chain(word))
        frames = NOT_REACHED;
    if (frames == NOT_REACHED)
        return refuse(c, i, "pops a frame that was not pushed");
    if (s.transfer == TRANSFER_NOWHERE)
        return refuse(c, i, "is where control ends");
    if (s.transfer != TRANSFER_NEXT && s.transfer != TRANSFER_SYSTEM && s.transfer != TRANSFER_TRAP)
        status = branch(c, i, &s, frames);
    return status == OK && goes_on(&s) ? come_to(c, i, i + 1, frames) : status;
}

static status_t follow_all(struct check *c)
{
    status_t status;

    c->at[0].frames = 0;
    c->pending[c->n_pending++] = 0;
    do
        status = follow(c, c->pending[--c->n_pending]);
    while (status == OK && c->n_pending != 0);
    return status;
}

/* ---- what must be known of all words ---- */

/* Who returns is back where one of the words called him, or leaves. */
static status_t check_returns(const struct check *c)
{
    for (size_t i = 0; i < c->n; i++) {
        struct successor s;

        code_successor(c->words[i], address_of(c, i), &s);
        if (c->at[i].frames == NOT_REACHED || s.transfer != TRANSFER_LINK || s.links)
            continue;
        if (!same_frames(c, c->at[i].frames, c->called_with != NOT_REACHED ? c->called_with : 0))
            return refuse(c, i, "returns, and r1 is not what it was");
    }
    return OK;
}

/* Whether control may end at a word, or come to one from where it may. */
static bool may_end(const struct check *c, size_t i)
{
    struct successor s;
    size_t word;

    code_successor(c->words[i], address_of(c, i), &s);
    if (goes_on(&s) && (i + 1 == c->n || c->at[i + 1].ends))
        return true;
    if (s.links || s.transfer == TRANSFER_NEXT)
        return false;
    if (s.transfer == TRANSFER_DIRECT && is_inside(c, s.target, &word))
        return word == c->n || c->at[word].ends;
    return s.transfer != TRANSFER_SYSTEM && s.transfer != TRANSFER_TRAP;
}

static status_t check_ends(const struct check *c)
{
    bool changed;

    do {
        changed = false;
        for (size_t i = c->n; i-- > 0;)
            if (!c->at[i].ends && may_end(c, i))
                c->at[i].ends = changed = true;
    } while (changed);
    for (size_t i = c->n; i-- > 0;)
        if (c->at[i].frames != NOT_REACHED && !c->at[i].ends)
            return refuse(c, i, "goes round for ever");
    return OK;
}

/* ---- the whole ---- */

/* What procedures may write that are called, if any are. */
static void add_calls(const struct check *c, struct register_set *clobbers)
{
    struct summary abi;
    size_t word;

    summary_abi(&abi);
    for (size_t i = 0; i < c->n; i++) {
        struct successor s;

        code_successor(c->words[i], address_of(c, i), &s);
        if (s.links && !(s.transfer == TRANSFER_DIRECT && is_inside(c, s.target, &word))) {
            registers_add(clobbers, &abi.touches);
            clobbers->general &= ~(1u << SP | KEPT);
            return;
        }
    }
}

static status_t check_all(struct check *c, struct register_set *clobbers)
{
    status_t status = check_words(c, clobbers);

    for (size_t i = 0; i < c->n; i++)
        c->at[i].frames = NOT_REACHED;
    if (status == OK)
        status = follow_all(c);
    if (status == OK)
        status = check_returns(c);
    if (status == OK)
        status = check_ends(c);
    if (status == OK)
        add_calls(c, clobbers);
    return status;
}

status_t patch_check(const uint32_t words[], size_t n, const struct patch_check_terms *terms,
                     struct register_set *clobbers)
{
    struct register_set found;
    struct check c = {
        .words = words, .n = n, .terms = terms, .n_frames = 1, .called_with = NOT_REACHED};
    status_t status = ERR_NO_MEMORY;

    c.at = calloc(n, sizeof *c.at);
    c.pending = calloc(n, sizeof *c.pending);
    c.frames = calloc(n + 1, sizeof *c.frames);
    if (c.at == NULL || c.pending == NULL || c.frames == NULL)
        status = status_refuse(ERR_NO_MEMORY, "no memory to check %u words of code", (unsigned)n);
    else
        status = check_all(&c, &found);
    free(c.at);
    free(c.pending);
    free(c.frames);
    if (status == OK)
        *clobbers = found;
    return status;
}
