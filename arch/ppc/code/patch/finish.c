/* Whoever is interrupted in what must not be divided has done it, as soon as anybody can see; see patch_code_finish. */
#include "arch/ppc/code/operands.h"
#include "arch/ppc/code/patch/body.h"
#include "arch/ppc/registers.h"

/* ---- counting ---- */

static void set_carry(struct patch_context *context, bool carry)
{
    *context->xer = carry ? *context->xer | XER_CA : *context->xer & ~(uint32_t)XER_CA;
}

/* CR0, as a recording instruction leaves it. */
static void record(struct patch_context *context, uint32_t result)
{
    uint32_t bits = (int32_t)result < 0 ? 8 : result > 0 ? 4 : 2;

    if ((*context->xer & XER_SO) != 0)
        bits |= 1;
    *context->cr = (*context->cr & ~CR_FIELD(0)) | bits << 28;
}

static void add_carrying(struct patch_context *context, uint32_t word, uint32_t value, uint32_t by)
{
    context->gpr[FIELD_T(word)] = value + by;
    set_carry(context, value + by < value);
    if (word >> 26 == WORD_ADDIC_RC >> 26)
        record(context, value + by);
}

/* One of the words that are behind the load: see count.c. */
static void carry_out(struct patch_context *context, uint32_t word)
{
    uint32_t *t = &context->gpr[FIELD_T(word)], *a = &context->gpr[FIELD_A(word)];
    bool carry = (*context->xer & XER_CA) != 0;

    switch (word & 0xfc000000) {
    case WORD_STW:
        context->store(*a + IMMEDIATE(word), *t);
        return;
    case WORD_ADDI:
        *t = *a + IMMEDIATE(word);
        return;
    case WORD_ADDIC:
    case WORD_ADDIC_RC:
        add_carrying(context, word, *a, IMMEDIATE(word));
        return;
    }
    switch (word & 0xfc0007fe) {
    case WORD_ADDZE:
        add_carrying(context, word, *a, carry ? 1 : 0);
        return;
    case WORD_ADD:
        *t = *a + context->gpr[FIELD_B(word)];
        return;
    case WORD_NOR:
        *a = ~(*t | context->gpr[FIELD_B(word)]);
        return;
    case WORD_NEG:
        *t = 0u - *a;
        return;
    }
}

/* What was loaded is what is there still: whoever could have changed it would have come by an exception. */
static void finish_count(const struct patch_code *code, const struct code_range *range, size_t word,
                         struct patch_context *context)
{
    *context->pc += 4 * (uint32_t)(range->end - word);
    for (; word < range->end; word++)
        carry_out(context, code->words[word]);
}

/* ---- on the way ---- */

static void finish_jump(const struct patch_code *code, const struct jump *jump, size_t word,
                        struct patch_context *context)
{
    uint32_t area = context->gpr[SP] + (uint32_t)code->below;

    for (unsigned i = 0; i < 2; i++)
        if (jump->stashed[i] != NOT_STASHED && word > jump->stored[i])
            context->gpr[jump->stashed[i]] =
                context->load(area + (uint32_t)AREA_GENERAL(jump->stashed[i]));
    if (word >= jump->held)
        *context->msr |= context->load(area + AREA_MSR) & JUMP_MASKS;
    *context->pc = jump->high != NO_WORD ? jump->target : context->load(area + AREA_TARGET);
}

/* ---- either ---- */

static bool is_inside(const struct code_range *range, size_t word)
{
    return word > range->first && word < range->end;
}

bool patch_code_finish(const struct patch_code *code, size_t word, struct patch_context *context)
{
    for (size_t i = 0; i < code->n_jumps; i++) {
        struct code_range range = {code->jumps[i].first, code->jumps[i].end};

        if (is_inside(&range, word)) {
            finish_jump(code, &code->jumps[i], word, context);
            return true;
        }
    }
    for (size_t i = 0; i < code->n_marks; i++) {
        if (code->marks[i].kind == MARK_COUNT && is_inside(&code->marks[i].words, word)) {
            finish_count(code, &code->marks[i].words, word, context);
            return true;
        }
    }
    return false;
}
