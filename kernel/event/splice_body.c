/*
 * The entry of a procedure's body: its first instruction, displaced into code memory, and a branch to the second. One that
 * is relative to its place is made to do there what it did: a branch goes where it went, and LR, if it
 * links, points behind the place where it stood. For that r0 is used, which is dead where a procedure begins but
 * not at a turn of a loop.
 *
 * A turn that is conditional does not reach code memory, so its place is taken by a branch to a way there, which
 * decides in its stead.
 *
 * The word of a patch, a branch or one that traps, is the first of the body alone; what is behind it stays as it was, so that
 * who is in the body goes on.
 */
#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/reach.h"
#include "arch/ppc/code/write.h"
#include "arch/ppc/registers.h"
#include "kernel/code_space.h"
#include "kernel/event/code_source.h"
#include "kernel/event/splice_internal.h"
#include "kernel/patch/patch.h"

#define PLAIN_WORDS 2  /* of a body that begins with no branch */
#define BRANCH_WORDS 9 /* of one that does, at most */
#define TURN_WORDS 3   /* of the way of a conditional turn */

/* Words that are being put together for an address. */
struct code {
    vaddr_t address;
    uint32_t words[BRANCH_WORDS];
    size_t n;
};

static void put(struct code *code, uint32_t word)
{
    code->words[code->n++] = word;
}

static void put_b(struct code *code, vaddr_t to)
{
    put(code, code_retarget_b(WORD_B, code->address + code->n * 4, to));
}

static void put_far_b(struct code *code, vaddr_t to)
{
    if (code_reach(code->address + code->n * 4, to) != REACH_NONE) {
        put_b(code, to);
        return;
    }
    code_veneer(code->words + code->n, to);
    code->n += VENEER_WORDS;
}

static bool target_of(uint32_t word, vaddr_t at, vaddr_t *target)
{
    return code_target_of_b(word, at, target) || code_target_of_bc(word, at, target);
}

static bool is_branch(uint32_t word)
{
    vaddr_t target;

    return target_of(word, 0, &target);
}

static bool is_conditional(uint32_t word)
{
    return word >> 26 == WORD_BC >> 26;
}

static void put_link(struct code *code, vaddr_t value)
{
    put(code, CODE_D(WORD_ADDIS, 0, 0, value >> 16));
    put(code, CODE_D(WORD_ORI, 0, 0, value));
    put(code, CODE_XFX(WORD_MTSPR, 0, SPR_LR));
}

/* The same condition, over the next instruction. */
static uint32_t skip_one(uint32_t word)
{
    return code_put_bc_relative(word & ~WORD_LK, 8);
}

static void translate(struct code *code, uint32_t word, vaddr_t at)
{
    bool links = (word & WORD_LK) != 0;
    vaddr_t target;

    if (!target_of(word, at, &target)) {
        put(code, word);
        put_b(code, at + 4);
        return;
    }
    if (links)
        put_link(code, at + 4);
    if (is_conditional(word)) {
        put(code, skip_one(word));
        put_b(code, at + 4);
    }
    put_far_b(code, target == at && !links ? code->address : target);
}

static size_t body_words(const struct splice *splice)
{
    return is_branch(splice->original) ? BRANCH_WORDS : PLAIN_WORDS;
}

static void make_words(const struct splice *splice, uint32_t first, struct code *code)
{
    *code = (struct code){.address = splice->body};
    translate(code, first, splice->procedure.start);
}

static bool put_words(const struct code *code)
{
    for (size_t i = 0; i < code->n; i++)
        if (code_word_get(code->address + i * 4) != code->words[i] &&
            !code_word_put(code->address + i * 4, code->words[i]))
            return false;
    return true;
}

/* Patches on it that cannot stay do not. */
void splice_remake_body(const struct splice *splice)
{
    struct code code;

    make_words(splice, splice->first, &code);
    if (put_words(&code))
        return;
    patch_forget_code(splice->body, splice->body_size);
    (void)put_words(&code);
}

/* ---- turns ---- */

static void write_way(const struct splice *splice, const struct turn *turn, vaddr_t at)
{
    struct code code = {.address = at};

    put(&code, skip_one(turn->word));
    put_b(&code, turn->at + 4);
    put_b(&code, splice->body);
    (void)code_write(at, code.words, code.n);
}

static void make_turns(struct splice *splice)
{
    vaddr_t way = splice->body + body_words(splice) * 4;

    for (size_t i = 0; i < splice->n_turns; i++) {
        struct turn *turn = &splice->turns[i];

        turn->conditional = is_conditional(turn->word);
        if (!turn->conditional) {
            turn->led = code_retarget_b(WORD_B, turn->at, splice->body);
            continue;
        }
        turn->led = code_retarget_b(WORD_B, turn->at, way);
        write_way(splice, turn, way);
        way += TURN_WORDS * 4;
    }
}

/* ---- */

/* Its first instruction is executed at every turn, where registers and ways are not free. */
static status_t check_turns(const struct splice *splice)
{
    vaddr_t target;

    if (splice->n_turns == 0 || !target_of(splice->original, splice->procedure.start, &target))
        return OK;
    if ((splice->original & WORD_LK) == 0 && code_reach(splice->body, target) != REACH_NONE &&
        code_reach(splice->body + BRANCH_WORDS * 4, target) != REACH_NONE)
        return OK;
    return status_refuse(ERR_UNSUPPORTED,
                         "the first instruction of %s, the head of a loop, cannot stand elsewhere",
                         splice->procedure.name);
}

/* Code memory is found near the start; a part of the procedure may be farther away. */
static status_t check_reach(const struct splice *splice, vaddr_t end)
{
    for (size_t i = 0; i < splice->n_turns; i++) {
        vaddr_t at = splice->turns[i].at;

        if (code_reach(at, splice->body) == REACH_NONE || code_reach(at, end - 4) == REACH_NONE ||
            code_reach(end - 4, at + 4) == REACH_NONE)
            return status_refuse(ERR_UNSUPPORTED,
                                 "the branch at 0x%08x of %s to its first instruction is too far "
                                 "from code memory",
                                 (unsigned)at, splice->procedure.name);
    }
    return OK;
}

/* The patch was there before the body, and may be on the other side of the procedure. */
static status_t check_patch(const struct splice *splice)
{
    vaddr_t start = splice->procedure.start, target;

    if (splice->first == splice->original || !code_target_of_b(splice->first, start, &target) ||
        code_reach(splice->body, target) != REACH_NONE)
        return OK;
    return status_refuse(ERR_UNSUPPORTED,
                         "the patch on the first instruction of %s is too far from code memory",
                         splice->procedure.name);
}

static size_t measure(const struct splice *splice)
{
    size_t n_words = body_words(splice);

    for (size_t i = 0; i < splice->n_turns; i++)
        n_words += is_conditional(splice->turns[i].word) ? TURN_WORDS : 0;
    return n_words * 4;
}

size_t splice_body_size(const struct splice *splice)
{
    return splice->body_size;
}

static void write_body(const struct splice *splice)
{
    struct code code;

    make_words(splice, splice->original, &code);
    (void)code_write(code.address, code.words, code.n);
    if (splice->first == splice->original)
        return;
    make_words(splice, splice->first, &code);
    (void)code_write(code.address, code.words, 1);
}

status_t splice_make_body(struct splice *splice)
{
    size_t size = measure(splice);
    vaddr_t target;
    status_t status = code_allocate(OWNER_KERNEL, size, splice->procedure.start, &splice->body);

    if (status != OK)
        return status_refuse(ERR_NO_MEMORY, "no code memory near %s", splice->procedure.name);
    status = check_turns(splice);
    if (status == OK)
        status = check_reach(splice, splice->body + size);
    if (status == OK)
        status = check_patch(splice);
    if (status != OK) {
        code_free(splice->body);
        return status;
    }
    splice->body_size = size;
    splice->rewinds = (splice->original & WORD_LK) == 0 &&
                      target_of(splice->original, splice->procedure.start, &target) &&
                      target == splice->procedure.start;
    write_body(splice);
    make_turns(splice);
    return OK;
}
