/* Leaves: small procedures of random code that do what their records say. See private.h. */
#include "arch/ppc/code/emit.h"
#include "arch/ppc/code/write.h"
#include "arch/ppc/registers.h"
#include "kernel/code_space.h"
#include "tests/host/random.h"
#include "tests/kernel/dispatch/private.h"

#define ALWAYS 20 /* BO */
#define IF_SET 12
#define IF_CLEAR 4
#define COUNTS 16
#define BIT_LESS 0 /* of CR0 */
#define BIT_EQUAL 2

static struct emit emit;
static uint32_t words[MODEL_LEAF_WORDS];

bool question_answer(const struct model_question *question, uint32_t value)
{
    value = value >> question->shift & question->mask;
    switch (question->relation) {
    case RELATION_EQUAL:
        return value == question->constant;
    case RELATION_NOT_EQUAL:
        return value != question->constant;
    case RELATION_BELOW:
        return value < question->constant;
    }
    return false;
}

/* ---- pieces ---- */

static place_t place_of(const struct model *model, const struct model_procedure *procedure,
                        unsigned word)
{
    place_t places[WORDS_MAX], closure;

    (void)signature_places(&model->plan.signature, passes_closure(procedure->passing),
                           procedure->has_result, places, &closure);
    return places[word];
}

/* The register that a word of the arguments is in: its own, or `scratch`, into which it is loaded. */
static int emit_argument(const struct model *model, const struct model_procedure *procedure,
                         unsigned word, int scratch)
{
    place_t place = place_of(model, procedure, word);

    if (PLACE_IS_REGISTER(place))
        return place;
    emit_rt_d_ra(&emit, OPCODE_LWZ, scratch, (int32_t)PLACE_OFFSET(place), 1);
    return scratch;
}

/* The same for a pointer to an argument, as a filter gets it. */
static int emit_pointer(const struct model_procedure *procedure, unsigned argument, int scratch)
{
    struct placer placer = {0};
    place_t place = 0;

    if (passes_closure(procedure->passing))
        (void)placer_put(&placer, 1);
    for (unsigned i = 0; i <= argument; i++)
        place = placer_put(&placer, 1);
    if (PLACE_IS_REGISTER(place))
        return place;
    emit_rt_d_ra(&emit, OPCODE_LWZ, scratch, (int32_t)PLACE_OFFSET(place), 1);
    return scratch;
}

static void emit_return(void)
{
    emit_bo_bi(&emit, OPCODE_BCLR, ALWAYS, 0);
}

static void emit_load_at(int target, const void *address)
{
    emit_constant(&emit, target, (uint32_t)address);
    emit_rt_d_ra(&emit, OPCODE_LWZ, target, 0, target);
}

/* ---- guards ---- */

static int emit_value(const struct model *model, const struct model_procedure *procedure,
                      int scratch)
{
    const struct model_question *question = &procedure->question;
    static const unsigned loads[] = {[1] = OPCODE_LBZ, [2] = OPCODE_LHZ, [4] = OPCODE_LWZ};
    int from;

    switch (question->value) {
    case VALUE_WORD:
        return emit_argument(model, procedure, question->word, scratch);
    case VALUE_CLOSURE:
        return 3;
    case VALUE_CELL:
        emit_load_at(scratch, &model_cells[question->cell]);
        return scratch;
    case VALUE_FIELD:
        break;
    }
    from = emit_argument(model, procedure, question->word, scratch);
    emit_rt_d_ra(&emit, loads[question->width], scratch, question->offset, from);
    return scratch;
}

static void emit_compare(const struct model_question *question, int value, int scratch)
{
    if (question->constant <= 0xffff) {
        emit_bf_ra_ui(&emit, OPCODE_CMPLI, 0, value, question->constant);
        return;
    }
    emit_constant(&emit, scratch, question->constant);
    emit_bf_ra_rb(&emit, OPCODE_CMPL, 0, value, scratch);
}

/* Without branches, as compilers do it; the difference is in `scratch`. */
static void emit_answer_computed(const struct model_question *question, int value, int scratch)
{
    int other = scratch == 12 ? 11 : 12;

    emit_rt_ra_si(&emit, OPCODE_ADDI, scratch, value, -(int32_t)question->constant);
    if (question->relation == RELATION_EQUAL) {
        emit_ra_rs(&emit, OPCODE_CNTLZW, 3, scratch);
        emit_ra_rs_sh_mb_me(&emit, OPCODE_RLWINM, 3, 3, 27, 5, 31);
    } else {
        emit_rt_ra_si(&emit, OPCODE_ADDIC, other, scratch, -1);
        emit_rt_ra_rb(&emit, OPCODE_SUBFE, 3, other, scratch);
    }
    emit_return();
}

static void emit_answer(const struct model_question *question, unsigned form)
{
    bool negated = question->relation == RELATION_NOT_EQUAL;
    int bit = question->relation == RELATION_BELOW ? BIT_LESS : BIT_EQUAL;
    label_t no = emit_label(&emit);

    if (form == 0) {
        emit_rt_ra_si(&emit, OPCODE_ADDI, 3, 0, 1);
        emit_bo_bi(&emit, OPCODE_BCLR, negated ? IF_CLEAR : IF_SET, bit);
        emit_place(&emit, no);
    } else {
        emit_bc(&emit, 0, negated ? IF_SET : IF_CLEAR, bit, no);
        emit_rt_ra_si(&emit, OPCODE_ADDI, 3, 0, 1);
        emit_return();
        emit_place(&emit, no);
    }
    emit_rt_ra_si(&emit, OPCODE_ADDI, 3, 0, 0);
    emit_return();
}

static void emit_guard(const struct model *model, const struct model_procedure *procedure,
                       uint32_t *random)
{
    static const int scratches[] = {9, 10, 11, 12, 3};
    const struct model_question *question = &procedure->question;
    int scratch = scratches[random_below(random, 5)];
    int value = emit_value(model, procedure, scratch), last_bit = 31, first_bit = 0;

    while (first_bit < 31 && question->mask >> (31 - first_bit) == 0)
        first_bit++;
    if (question->shift != 0 || question->mask != ~0u) {
        emit_ra_rs_sh_mb_me(&emit, OPCODE_RLWINM, scratch, value, (32 - question->shift) % 32,
                            first_bit, last_bit);
        value = scratch;
    }
    if (question->relation != RELATION_BELOW && question->constant < 0x8000 &&
        random_below(random, 3) == 0) {
        emit_answer_computed(question, value, scratch);
        return;
    }
    emit_compare(question, value, value == 12 ? 11 : 12);
    emit_answer(question, random_below(random, 2));
}

/* ---- handlers and post procedures ---- */

static void emit_note(const struct model *model, const struct model_procedure *procedure)
{
    unsigned number = procedure_number(model, procedure);
    int word = 0;

    emit_constant(&emit, 11, (uint32_t)&model_note_next);
    emit_rt_d_ra(&emit, OPCODE_LWZ, 12, 0, 11);
    emit_constant(&emit, 0, number << 8 | 1);
    emit_rt_d_ra(&emit, OPCODE_STW, 0, 0, 12);
    if (procedure->word == NO_WORD)
        emit_constant(&emit, 0, 0);
    else if (procedure->filter)
        emit_rt_d_ra(&emit, OPCODE_LWZ, 0, 0, emit_pointer(procedure, procedure->changed, 10));
    else
        word = emit_argument(model, procedure, procedure->word, 0);
    emit_rt_d_ra(&emit, OPCODE_STW, word, 4, 12);
    emit_rt_ra_si(&emit, OPCODE_ADDI, 12, 12, 8);
    emit_rt_d_ra(&emit, OPCODE_STW, 12, 0, 11);
}

static void emit_clobbers(uint32_t clobbers)
{
    for (int i = 3; i <= 12; i++)
        if ((clobbers & 1u << i) != 0)
            emit_rt_ra_si(&emit, OPCODE_ADDI, i, 0, -0x4000 + i);
}

static void emit_loop(void)
{
    label_t again = emit_label(&emit);

    emit_rt_ra_si(&emit, OPCODE_ADDI, 0, 0, 3);
    emit_spr_rs(&emit, OPCODE_MTSPR, SPR_CTR, 0);
    emit_place(&emit, again);
    emit_rt_ra_si(&emit, OPCODE_ADDI, 12, 12, 1);
    emit_bc(&emit, 0, COUNTS, 0, again);
}

static void emit_work(const struct model *model, const struct model_procedure *procedure,
                      uint32_t *random)
{
    emit_note(model, procedure);
    if (procedure->cell != NO_CELL) {
        emit_constant(&emit, 11, (uint32_t)&model_cells[procedure->cell]);
        emit_constant(&emit, 12, procedure->seed % 8);
        emit_rt_d_ra(&emit, OPCODE_STW, 12, 0, 11);
    }
    if (procedure->filter && procedure->word != NO_WORD) {
        emit_constant(&emit, 0, procedure->seed % 8);
        emit_rt_d_ra(&emit, OPCODE_STW, 0, 0, emit_pointer(procedure, procedure->changed, 12));
    }
    if (random_below(random, 8) == 0)
        emit_loop();
    emit_clobbers(procedure->clobbers);
    if (procedure->has_result) {
        emit_constant(&emit, 3, (uint32_t)(procedure->result >> 32));
        emit_constant(&emit, 4, (uint32_t)procedure->result);
    }
    emit_return();
}

bool leaf_make(struct model *model, struct model_procedure *procedure)
{
    if (code_allocate(OWNER_KERNEL, sizeof words, CODE_ANYWHERE, &procedure->code) != OK)
        return false;
    emit_begin(&emit, words, MODEL_LEAF_WORDS, procedure->code);
    if (procedure->role == ROLE_GUARD)
        emit_guard(model, procedure, &model->random);
    else
        emit_work(model, procedure, &model->random);
    return emit_finish(&emit, &procedure->n_words) == OK &&
           code_write(procedure->code, words, procedure->n_words);
}
