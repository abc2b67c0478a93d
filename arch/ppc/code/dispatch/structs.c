/*
 * Copies of structs for who may write into them: by the ABI a callee may change the struct that it is given a
 * pointer to, and only filters change what others see. See compiler.h.
 */
#include "arch/ppc/code/dispatch/compiler.h"
#include "arch/ppc/code/encode.h"
#include "arch/ppc/registers.h"

#define SP 1
#define DATA 0 /* registers that are no argument's, and that a call destroys */
#define TO 11
#define FROM 12
#define TOTAL_MAX 2048    /* bytes, of all copies */
#define UNROLLED_MAX 64   /* bytes, without a loop */
#define WHILE_COUNTING 16 /* BO: CTR is not 0 behind the decrement */

static unsigned first_word(const struct compiler *c)
{
    return c->plan->signature.result_pointer ? 1 : 0;
}

/* ---- layout ---- */

/* Whole words are copied. */
static unsigned align(unsigned next, uint32_t size)
{
    uint32_t alignment = signature_alignment(size);

    return alignment < 4 ? (next + 3) & ~3u : (next + alignment - 1) & ~(alignment - 1);
}

unsigned structs_lay_out(struct compiler *c, unsigned next)
{
    const struct signature *s = &c->plan->signature;
    unsigned start = next;

    for (unsigned i = 0; i < s->n_arguments; i++) {
        if (s->kinds[i] != ARGUMENT_STRUCT)
            continue;
        if (s->sizes[i] > TOTAL_MAX || next - start + s->sizes[i] > TOTAL_MAX) {
            c->no_structs = true;
            return start;
        }
        c->structs[i] = align(next, s->sizes[i]);
        next = c->structs[i] + s->sizes[i];
    }
    return (next + 3) & ~3u;
}

/* ---- who writes ---- */

words_t structs_written(struct compiler *c, const struct target *target, bool result)
{
    const struct signature *s = &c->plan->signature;
    unsigned word = first_word(c);
    words_t pointers = 0;

    if (!target_may_write_structs(target))
        return 0;
    for (unsigned i = 0; i < s->n_arguments; word += s->words[i++])
        if (s->kinds[i] == ARGUMENT_STRUCT && s->sizes[i] != 0)
            pointers |= WORD_BIT(word);
    return pointers == 0 ? 0 : pointers & call_reads(c, target, result);
}

/* ---- copying ---- */

/* What is left behind whole words. */
static void copy_end(struct compiler *c, unsigned from, uint32_t at, unsigned to, uint32_t offset,
                     unsigned n)
{
    if ((n & 2) != 0) {
        compile_put(c, CODE_D(WORD_LHZ, DATA, from, at));
        compile_put(c, CODE_D(WORD_STH, DATA, to, offset));
    }
    if ((n & 1) != 0) {
        compile_put(c, CODE_D(WORD_LBZ, DATA, from, at + (n & 2)));
        compile_put(c, CODE_D(WORD_STB, DATA, to, offset + (n & 2)));
    }
}

static void copy_unrolled(struct compiler *c, unsigned from, unsigned to, uint32_t size)
{
    uint32_t at = 0;

    for (; at + 4 <= size; at += 4) {
        compile_put(c, CODE_D(WORD_LWZ, DATA, from, at));
        compile_put(c, CODE_D(WORD_STW, DATA, SP, to + at));
    }
    copy_end(c, from, at, SP, to + at, size - at);
}

static void copy_in_loop(struct compiler *c, unsigned from, unsigned to, uint32_t size)
{
    struct spot again = SPOT_NONE;

    compile_put(c, CODE_D(WORD_ADDI, DATA, 0, size / 4));
    compile_put(c, CODE_XFX(WORD_MTSPR, DATA, SPR_CTR));
    compile_put(c, CODE_D(WORD_ADDI, FROM, from, -4));
    compile_put(c, CODE_D(WORD_ADDI, TO, SP, to - 4));
    spot_place(c, &again);
    compile_put(c, CODE_D(WORD_LWZU, DATA, FROM, 4));
    compile_put(c, CODE_D(WORD_STWU, DATA, TO, 4));
    spot_branch(c, &again, CODE_BC(WHILE_COUNTING, 0));
    copy_end(c, FROM, 4, TO, 4, size % 4);
}

static void copy_struct(struct compiler *c, unsigned word, unsigned to, uint32_t size)
{
    unsigned from = c->places[word];

    if ((c->state.in_register >> word & 1) == 0) {
        from = FROM;
        word_load(c, word, FROM);
    }
    if (size <= UNROLLED_MAX)
        copy_unrolled(c, from, to, size);
    else
        copy_in_loop(c, from, to, size);
}

void structs_copy(struct compiler *c, words_t words)
{
    const struct signature *s = &c->plan->signature;
    unsigned word = first_word(c);

    c->copied = words;
    if (words == 0)
        return;
    if (c->no_structs && c->fault == COMPILE_OK)
        c->fault = COMPILE_STRUCTS;
    temp_forget_clobbered(c, 1u << DATA | 1u << TO | 1u << FROM);
    for (unsigned i = 0; i < s->n_arguments; word += s->words[i++])
        if ((words >> word & 1) != 0) {
            copy_struct(c, word, c->structs[i], s->sizes[i]);
            c->copy_of[word] = c->structs[i];
        }
}
