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
    case RELATION_LESS:
        return (int32_t)value < (int32_t)question->constant;
    case RELATION_AMONG:
        return value == question->constant || value == question->other;
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
                      const struct model_question *question, int scratch)
{
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
    case VALUE_POINTED:
        emit_load_at(scratch, &model_pointers[question->cell]);
        emit_rt_d_ra(&emit, OPCODE_LWZ, scratch, 0, scratch);
        return scratch;
    case VALUE_FIELD:
        break;
    }
    from = emit_argument(model, procedure, question->word, scratch);
    emit_rt_d_ra(&emit, loads[question->width], scratch, question->offset, from);
    return scratch;
}

/* Of a value's bits that are asked for; also what shifts in must be left out. */
static int emit_mask(const struct model_question *question, int value, int scratch)
{
    int first_bit = 0;

    while (first_bit < 31 && question->mask >> (31 - first_bit) == 0)
        first_bit++;
    if (question->shift == 0 && question->mask == ~0u)
        return value;
    emit_ra_rs_sh_mb_me(&emit, OPCODE_RLWINM, scratch, value, (32 - question->shift) % 32,
                        first_bit, 31);
    return scratch;
}

static void emit_compare(int value, uint32_t constant, bool is_signed, int scratch)
{
    if (is_signed && constant < 0x8000) {
        emit_bf_ra_si(&emit, OPCODE_CMPI, 0, value, (int32_t)constant);
    } else if (!is_signed && constant < 0x10000) {
        emit_bf_ra_ui(&emit, OPCODE_CMPLI, 0, value, constant);
    } else {
        emit_constant(&emit, scratch, constant);
        emit_bf_ra_rb(&emit, is_signed ? OPCODE_CMP : OPCODE_CMPL, 0, value, scratch);
    }
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

static void emit_yes_or_no(label_t no)
{
    emit_rt_ra_si(&emit, OPCODE_ADDI, 3, 0, 1);
    emit_return();
    emit_place(&emit, no);
    emit_rt_ra_si(&emit, OPCODE_ADDI, 3, 0, 0);
    emit_return();
}

/* Branches to `no` if it does not hold; else goes on. */
static void emit_question(const struct model_question *question, int value, int scratch, label_t no)
{
    bool order = question->relation == RELATION_BELOW || question->relation == RELATION_LESS;
    int bit = order ? BIT_LESS : BIT_EQUAL;
    label_t yes = emit_label(&emit);

    emit_compare(value, question->constant, question->relation == RELATION_LESS, scratch);
    if (question->relation == RELATION_AMONG) {
        emit_bc(&emit, 0, IF_SET, bit, yes);
        emit_compare(value, question->other, false, scratch);
    }
    emit_bc(&emit, 0, question->relation == RELATION_NOT_EQUAL ? IF_SET : IF_CLEAR, bit, no);
    emit_place(&emit, yes);
}

/* One question that is an equality or its contrary, returned from in the middle. */
static void emit_answer_early(const struct model_question *question, int value, int scratch)
{
    emit_compare(value, question->constant, false, scratch);
    emit_rt_ra_si(&emit, OPCODE_ADDI, 3, 0, 1);
    emit_bo_bi(&emit, OPCODE_BCLR, question->relation == RELATION_NOT_EQUAL ? IF_CLEAR : IF_SET,
               BIT_EQUAL);
    emit_rt_ra_si(&emit, OPCODE_ADDI, 3, 0, 0);
    emit_return();
}

/* Arguments that a second question may need are left alone by the first. */
static void emit_questions(const struct model *model, const struct model_procedure *procedure)
{
    label_t no = emit_label(&emit);

    for (unsigned i = 0; i < procedure->n_questions; i++) {
        const struct model_question *question = &procedure->questions[i];
        int value = emit_mask(question, emit_value(model, procedure, question, 12), 12);

        emit_question(question, value, 11, no);
    }
    emit_yes_or_no(no);
}

static void emit_guard(const struct model *model, const struct model_procedure *procedure,
                       uint32_t *random)
{
    static const int scratches[] = {9, 10, 11, 12, 3};
    const struct model_question *question = &procedure->questions[0];
    unsigned form = random_below(random, 3);
    int scratch = scratches[random_below(random, 5)], value;

    if (form == 0 || procedure->n_questions != 1 || question->relation > RELATION_NOT_EQUAL) {
        emit_questions(model, procedure);
        return;
    }
    value = emit_mask(question, emit_value(model, procedure, question, scratch), scratch);
    if (form == 1 && question->constant < 0x8000)
        emit_answer_computed(question, value, scratch);
    else
        emit_answer_early(question, value, scratch == 12 ? 11 : 12);
}

/* ---- handlers and post procedures ---- */

/* The first byte of a struct instead of its pointer, which may be to any copy. */
static int emit_noted(const struct model *model, const struct model_procedure *procedure)
{
    int word;

    if (model->plan.signature.kinds[procedure->argument] != ARGUMENT_STRUCT)
        return emit_argument(model, procedure, procedure->word, 0);
    word = emit_argument(model, procedure, procedure->word, 12);
    emit_rt_d_ra(&emit, OPCODE_LBZ, 0, 0, word);
    return 0;
}

/* Into the first byte and the last. */
static void emit_scribble(const struct model *model, const struct model_procedure *procedure)
{
    const struct signature *signature = &model->plan.signature;
    unsigned word = 0;
    int pointer;

    for (unsigned i = 0; i < procedure->scribbled; i++)
        word += signature->words[i];
    pointer = emit_argument(model, procedure, word, 12);
    emit_rt_ra_si(&emit, OPCODE_ADDI, 0, 0, 0x5c);
    emit_rt_d_ra(&emit, OPCODE_STB, 0, 0, pointer);
    emit_rt_d_ra(&emit, OPCODE_STB, 0, (int32_t)signature->sizes[procedure->scribbled] - 1,
                 pointer);
}

/* r3 to r10 are left alone: what is in them may be scribbled into. */
static void emit_note(const struct model *model, const struct model_procedure *procedure)
{
    int noted = 0;

    if (procedure->word == NO_WORD)
        emit_constant(&emit, 0, 0);
    else if (procedure->filter)
        emit_rt_d_ra(&emit, OPCODE_LWZ, 0, 0, emit_pointer(procedure, procedure->argument, 12));
    else
        noted = emit_noted(model, procedure);
    emit_constant(&emit, 11, (uint32_t)&model_note_next);
    emit_rt_d_ra(&emit, OPCODE_LWZ, 12, 0, 11);
    emit_rt_d_ra(&emit, OPCODE_STW, noted, 4, 12);
    emit_constant(&emit, 0, procedure_number(model, procedure) << 8 | 1);
    emit_rt_d_ra(&emit, OPCODE_STW, 0, 0, 12);
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

/* Where nothing is lost if it goes on, but much if it does not. */
static void emit_trip(const struct model *model, const struct model_procedure *procedure)
{
    unsigned pointer = procedure_number(model, procedure) % MODEL_CELLS;

    emit_load_at(12, &model_pointers[pointer]);
    emit_rt_d_ra(&emit, OPCODE_LWZ, 11, 0, 12);
}

static void emit_work(const struct model *model, const struct model_procedure *procedure,
                      uint32_t *random)
{
    emit_note(model, procedure);
    if (procedure->trips)
        emit_trip(model, procedure);
    if (procedure->cell != NO_CELL) {
        emit_constant(&emit, 11, (uint32_t)&model_cells[procedure->cell]);
        emit_constant(&emit, 12, procedure->seed % 8);
        emit_rt_d_ra(&emit, OPCODE_STW, 12, 0, 11);
    }
    if (procedure->scribbled != NO_ARGUMENT)
        emit_scribble(model, procedure);
    if (procedure->filter && procedure->word != NO_WORD) {
        emit_constant(&emit, 0, procedure->seed % 8);
        emit_rt_d_ra(&emit, OPCODE_STW, 0, 0, emit_pointer(procedure, procedure->argument, 12));
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
    if (procedure->program) {
        procedure->n_words = program_make(model, procedure, words);
        return code_write(procedure->code, words, procedure->n_words);
    }
    emit_begin(&emit, words, MODEL_LEAF_WORDS, procedure->code);
    if (procedure->role == ROLE_GUARD)
        emit_guard(model, procedure, &model->random);
    else
        emit_work(model, procedure, &model->random);
    return emit_finish(&emit, &procedure->n_words) == OK &&
           code_write(procedure->code, words, procedure->n_words);
}
