/* See model.h: plans at random. */
#include "tests/kernel/dispatch/model.h"

#include <string.h>

#include "kernel/code_space.h"
#include "tests/host/random.h"
#include "tests/kernel/dispatch/private.h"

#define RECORDER_SIZE 8

static uint32_t below(struct model *model, uint32_t n)
{
    return random_below(&model->random, n);
}

static bool one_in(struct model *model, uint32_t n)
{
    return below(model, n) == 0;
}

/* ---- signatures ---- */

static const struct kind {
    uint8_t words, kind, size;
} kinds[] = {
    {1, ARGUMENT_UNSIGNED, 4}, {1, ARGUMENT_UNSIGNED, 4}, {1, ARGUMENT_SIGNED, 4},
    {1, ARGUMENT_UNSIGNED, 4}, {1, ARGUMENT_UNSIGNED, 4},
#define PLAIN 5 /* the first ones are just that */
    {1, ARGUMENT_STRUCT, 12},  {2, ARGUMENT_UNSIGNED, 8}, {2, ARGUMENT_SIGNED, 8},
    {1, ARGUMENT_UNSIGNED, 1}, {1, ARGUMENT_SIGNED, 1},   {1, ARGUMENT_UNSIGNED, 2},
    {1, ARGUMENT_SIGNED, 2},   {1, ARGUMENT_STRUCT, 1},   {1, ARGUMENT_STRUCT, 2},
    {1, ARGUMENT_STRUCT, 3},   {1, ARGUMENT_STRUCT, 4},   {1, ARGUMENT_STRUCT, 8},
    {1, ARGUMENT_STRUCT, 20},  {1, ARGUMENT_STRUCT, 6},   {1, ARGUMENT_STRUCT, 7},
    {1, ARGUMENT_STRUCT, 64},  {1, ARGUMENT_STRUCT, 68},  {1, ARGUMENT_STRUCT, 71},
    {1, ARGUMENT_STRUCT, 254},
};
#define N_KINDS (sizeof kinds / sizeof kinds[0])

static void choose_result(struct model *model, struct signature *signature)
{
    static const uint8_t sizes[] = {0, 0, 4, 4, 4, 1, 2, 8};

    if (one_in(model, 6)) {
        signature->result_pointer = true;
        signature->result_size = 1 + below(model, RESULT_MAX);
        return;
    }
    signature->result_size = sizes[below(model, sizeof sizes)];
    signature->result_words = (uint8_t)((signature->result_size + 3) / 4);
    signature->result_signed = one_in(model, 2);
}

static void choose_signature(struct model *model, struct signature *signature)
{
    unsigned most = one_in(model, 3) ? ARGUMENTS_MAX : 6;
    unsigned some = one_in(model, 2) ? PLAIN : N_KINDS;
    unsigned first = one_in(model, 4) ? PLAIN : 0;

    choose_result(model, signature);
    signature->n_arguments = (uint8_t)below(model, most + 1);
    for (unsigned i = 0; i < signature->n_arguments; i++) {
        const struct kind *kind = &kinds[(first + below(model, some)) % N_KINDS];

        signature->words[i] = kind->words;
        signature->kinds[i] = kind->kind;
        signature->sizes[i] = kind->size;
        signature->n_words = (uint8_t)(signature->n_words + kind->words);
    }
}

/* Most of them small, so that guards meet what they ask for. */
static uint32_t choose_word(uint32_t *random)
{
    uint32_t word = random_next(random);

    return word % 4 == 0 ? word : word / 4 % (word % 4 == 1 ? 24 : 8);
}

#define KEY_VALUES 24

static uint8_t argument_of(const struct signature *signature, unsigned word)
{
    unsigned i = 0, first = 0;

    while (i < signature->n_arguments && first + signature->words[i] <= word)
        first += signature->words[i++];
    return (uint8_t)i;
}

/* What guards that search ask for, in the arguments. */
static void fill_key(const struct model *model, uint32_t *seed, struct arguments *arguments)
{
    const struct model_question *key = &model->key;
    uint32_t value = random_next(seed) % KEY_VALUES * model->stride;
    const struct signature *signature = &model->plan.signature;
    uint8_t argument = argument_of(signature, key->word);

    if (!model->searching || random_next(seed) % 4 == 0)
        return;
    if (key->value == VALUE_WORD && signature->kinds[argument] != ARGUMENT_STRUCT)
        arguments->words[key->word] = argument_extend(
            value, signature->sizes[argument], signature->kinds[argument] == ARGUMENT_SIGNED);
    for (unsigned i = 0; key->value == VALUE_FIELD && i < key->width; i++)
        arguments->structs[key->argument][key->offset + i] =
            (uint8_t)(value >> 8 * (key->width - 1u - i));
}

void arguments_fill(const struct model *model, uint32_t seed, struct arguments *arguments,
                    uint8_t addresses[ARGUMENTS_MAX][STRUCT_MAX])
{
    const struct signature *signature = &model->plan.signature;
    uint32_t *to = arguments->words;

    memset(arguments->result, 0, sizeof arguments->result);
    for (unsigned i = 0; i < signature->n_arguments; i++) {
        for (unsigned k = 0; k < signature->words[i]; k++)
            *to++ = argument_extend(choose_word(&seed), signature->sizes[i],
                                    signature->kinds[i] == ARGUMENT_SIGNED);
        if (signature->kinds[i] != ARGUMENT_STRUCT)
            continue;
        to[-1] = (uint32_t)addresses[i];
        for (unsigned k = 0; k < signature->sizes[i]; k++)
            arguments->structs[i][k] = (uint8_t)choose_word(&seed);
    }
    arguments->identity = random_next(&seed);
    fill_key(model, &seed, arguments);
}

/* ---- procedures ---- */

unsigned procedure_number(const struct model *model, const struct model_procedure *procedure)
{
    return (unsigned)(procedure - model->procedures);
}

const struct model_procedure *procedure_at(const struct model *model, vaddr_t address)
{
    vaddr_t offset = address - (vaddr_t)model_recorders;

    if (offset < MODEL_PROCEDURES * RECORDER_SIZE)
        return &model->procedures[offset / RECORDER_SIZE];
    for (size_t i = 0; i < model->n_procedures; i++)
        if (model->procedures[i].code == address)
            return &model->procedures[i];
    return NULL;
}

static bool passes_arguments(const struct model_procedure *procedure)
{
    return procedure->passing == PASS_ARGUMENTS || procedure->passing == PASS_CLOSURE_ARGUMENTS;
}

uint8_t argument_word(const struct signature *signature, unsigned i)
{
    unsigned word = 0;

    for (unsigned k = 0; k < i; k++)
        word += signature->words[k];
    return (uint8_t)word;
}

/* A field of a word or a part of one, naturally aligned; false: there is no struct that is large enough. */
static bool choose_field(struct model *model, struct model_question *question)
{
    const struct signature *signature = &model->plan.signature;
    unsigned i = below(model, signature->n_arguments);

    question->width = (uint8_t)(1u << below(model, 3));
    if (signature->kinds[i] != ARGUMENT_STRUCT || signature->sizes[i] < question->width)
        return false;
    question->value = VALUE_FIELD;
    question->argument = (uint8_t)i;
    question->word = argument_word(signature, i);
    question->offset =
        (uint8_t)(question->width * below(model, signature->sizes[i] / question->width));
    return true;
}

static void choose_value(struct model *model, const struct model_procedure *procedure,
                         struct model_question *question)
{
    const struct signature *signature = &model->plan.signature;

    question->value = model->faulty && one_in(model, 3) ? VALUE_POINTED : VALUE_CELL;
    question->cell = (uint8_t)below(model, MODEL_CELLS);
    if (passes_closure(procedure->passing) && one_in(model, 6)) {
        question->value = VALUE_CLOSURE;
        return;
    }
    if (!passes_arguments(procedure) || signature->n_arguments == 0 || one_in(model, 6))
        return;
    if (one_in(model, 2) && choose_field(model, question))
        return;
    question->value = VALUE_WORD;
    question->word = (uint8_t)below(model, signature->n_words);
}

/* What many guards of the plan compare with constants. */
static bool ask_key(struct model *model, const struct model_procedure *procedure,
                    struct model_question *question)
{
    if (!model->keyed ||
        (model->key.value != VALUE_CELL && model->key.value != VALUE_POINTED &&
         !passes_arguments(procedure)) ||
        one_in(model, model->searching ? 60 : 6))
        return false;
    *question = model->key;
    question->constant = below(model, KEY_VALUES) * model->stride & question->mask;
    if (one_in(model, model->searching ? 60 : 8))
        question->relation = below(model, 5);
    question->other = below(model, KEY_VALUES) * model->stride & question->mask;
    return true;
}

static void choose_question(struct model *model, const struct model_procedure *procedure,
                            struct model_question *question)
{
    if (ask_key(model, procedure, question))
        return;
    choose_value(model, procedure, question);
    question->mask = ~0u;
    if (one_in(model, 3)) {
        question->shift = (uint8_t)below(model, 4);
        question->mask = ~0u >> (question->shift + below(model, 28));
    }
    question->relation = one_in(model, 2) ? RELATION_EQUAL : below(model, 5);
    question->constant = one_in(model, 8) ? random_next(&model->random) : below(model, 8);
    question->other = below(model, 8);
    if (question->value ==
        VALUE_POINTED) /* so that the answer depends on it: else nobody need look */
        question->constant &= question->mask;
}

static void choose_questions(struct model *model, struct model_procedure *procedure)
{
    procedure->n_questions = one_in(model, 16) ? 0 : one_in(model, 4) ? 2 : 1;
    for (unsigned i = 0; i < procedure->n_questions; i++)
        choose_question(model, procedure, &procedure->questions[i]);
}

static void choose_key(struct model *model)
{
    const struct model_procedure any = {.passing =
                                            one_in(model, 4) ? PASS_NOTHING : PASS_ARGUMENTS};

    choose_value(model, &any, &model->key);
    model->key.mask = one_in(model, 2) ? ~0u : 0xff;
    model->key.relation = RELATION_EQUAL;
    model->keyed = true;
    model->stride = 1;
    if (model->searching && one_in(model, 2))
        model->stride = one_in(model, 2) ? 37 : random_next(&model->random) | 1;
}

static uint8_t choose_passing(struct model *model, const struct model_procedure *procedure)
{
    bool closure = one_in(model, 3);

    if (procedure->linear)
        return closure ? PASS_CLOSURE_WORDS : PASS_WORDS;
    if (procedure->filter)
        return closure ? PASS_CLOSURE_POINTERS : PASS_POINTERS;
    if (procedure->role != ROLE_HANDLER && procedure->role != ROLE_DEFAULT &&
        one_in(model, model->searching ? 40 : 4))
        return closure ? PASS_CLOSURE : PASS_NOTHING;
    return closure ? PASS_CLOSURE_ARGUMENTS : PASS_ARGUMENTS;
}

/* A leaf filter changes an argument of one whole word; if there is none, nothing. */
static void choose_changed(struct model *model, struct model_procedure *procedure)
{
    const struct signature *signature = &model->plan.signature;
    unsigned i;

    procedure->word = NO_WORD;
    if (signature->n_arguments == 0)
        return;
    i = below(model, signature->n_arguments);
    if (signature->sizes[i] != 4 || signature->kinds[i] == ARGUMENT_STRUCT)
        return;
    procedure->argument = (uint8_t)i;
    procedure->word = argument_word(signature, i);
}

static void choose_scribbled(struct model *model, struct model_procedure *procedure)
{
    const struct signature *signature = &model->plan.signature;
    unsigned i = below(model, signature->n_arguments);

    if (signature->kinds[i] == ARGUMENT_STRUCT && one_in(model, 2))
        procedure->scribbled = (uint8_t)i;
}

static void choose_work(struct model *model, struct model_procedure *procedure)
{
    const struct signature *signature = &model->plan.signature;

    procedure->cell = one_in(model, 4) ? (uint8_t)below(model, MODEL_CELLS) : NO_CELL;
    if (model->keyed && model->key.value == VALUE_CELL && one_in(model, 2))
        procedure->cell = model->key.cell;
    procedure->nests = !procedure->leaf && one_in(model, 16);
    procedure->clobbers = random_next(&model->random) & random_next(&model->random);
    procedure->result = result_extend(signature, (uint64_t)random_next(&model->random) << 32 |
                                                     random_next(&model->random));
    procedure->word = NO_WORD;
    procedure->scribbled = NO_ARGUMENT;
    if (procedure->filter) {
        choose_changed(model, procedure);
    } else if (passes_arguments(procedure) && signature->n_words != 0) {
        procedure->word = (uint8_t)below(model, signature->n_words);
        procedure->argument = argument_of(signature, procedure->word);
        choose_scribbled(model, procedure);
    }
}

/* What a leaf cannot do: leave a struct, read an array of words, fold results. */
static bool may_be_leaf(const struct model *model, const struct model_procedure *procedure)
{
    return procedure->role != ROLE_FOLD && !procedure->linear && !procedure->intrinsic &&
           !(procedure->has_result && model->plan.signature.result_pointer);
}

/* Those among many bindings that are searched are mostly about the value. */
static bool is_program(struct model *model, const struct model_procedure *procedure)
{
    bool rare = model->searching && procedure->role == ROLE_GUARD;

    return model_has_programs && procedure->leaf && !procedure->filter &&
           one_in(model, rare ? 30 : 2);
}

static bool is_contained(struct model *model, const struct model_procedure *procedure)
{
    bool faults = false;

    for (unsigned i = 0; i < procedure->n_questions; i++)
        faults |= procedure->questions[i].value == VALUE_POINTED;
    return model->faulty && (faults || !one_in(model, 4));
}

/* Finishes a procedure whose role and kind are set, as a target. */
static bool procedure_make(struct model *model, struct model_procedure *procedure,
                           struct target *target)
{
    procedure->passing = choose_passing(model, procedure);
    procedure->closure = below(model, 8);
    procedure->seed = random_next(&model->random);
    procedure->leaf = may_be_leaf(model, procedure) &&
                      !one_in(model, model->searching && procedure->role == ROLE_GUARD ? 60 : 3);
    procedure->program = is_program(model, procedure);
    if (procedure->program && one_in(model, 3))
        procedure->closure = (uint32_t)&model_cells[below(model, MODEL_CELLS)];
    if (procedure->role == ROLE_GUARD)
        choose_questions(model, procedure);
    else
        choose_work(model, procedure);
    *target = (struct target){.closure = procedure->closure,
                              .passing = procedure->passing,
                              .contained = is_contained(model, procedure)};
    procedure->trips = target->contained && one_in(model, 3);
    if (!procedure->leaf) {
        target->procedure =
            (vaddr_t)model_recorders + procedure_number(model, procedure) * RECORDER_SIZE;
        return true;
    }
    if (!leaf_make(model, procedure))
        return false;
    target->procedure = procedure->code;
    return true;
}

static struct model_procedure *procedure_new(struct model *model, enum model_role role)
{
    struct model_procedure *procedure = &model->procedures[model->n_procedures++];

    procedure->role = role;
    return procedure;
}

/* ---- plans ---- */

/* Sometimes one that is there already, if it is a leaf: those must not be asked twice in vain. */
static bool choose_guard(struct model *model, struct dispatch_guard *guard,
                         const struct dispatch_guard *before)
{
    const struct model_procedure *old =
        before == NULL ? NULL : procedure_at(model, before->guard.procedure);

    memset(guard, 0, sizeof *guard);
    if (old != NULL && old->leaf && one_in(model, model->searching ? 20 : 3))
        guard->guard = before->guard;
    else if (!one_in(model, model->searching ? 60 : 10) &&
             !procedure_make(model, procedure_new(model, ROLE_GUARD), &guard->guard))
        return false;
    return !one_in(model, model->searching ? 15 : 5) ||
           procedure_make(model, procedure_new(model, ROLE_POST), &guard->post);
}

static bool choose_guards(struct model *model, unsigned i)
{
    struct dispatch_binding *binding = &model->bindings[i];
    const struct dispatch_guard *before =
        i != 0 && model->bindings[i - 1].n_guards != 0 ? &model->guards[i - 1][0] : NULL;

    binding->guards = model->guards[i];
    binding->n_guards =
        (uint16_t)(one_in(model, model->searching ? 12 : 4) ? 1 + below(model, MODEL_GUARDS)
                   : model->searching                       ? !one_in(model, 20)
                                                            : below(model, 2));
    for (unsigned k = 0; k < binding->n_guards; k++) {
        if (!choose_guard(model, &model->guards[i][k], before))
            return false;
        before = &model->guards[i][k];
    }
    return true;
}

static bool choose_binding(struct model *model, unsigned i, bool intrinsic)
{
    struct dispatch_binding *binding = &model->bindings[i];
    struct model_procedure *handler = procedure_new(model, ROLE_HANDLER);

    if (!intrinsic && one_in(model, model->searching ? 30 : 4)) {
        handler->linear = one_in(model, 2);
        handler->filter = !handler->linear || one_in(model, 2);
    }
    handler->intrinsic = intrinsic;
    handler->has_result = model->plan.signature.result_size != 0 &&
                          !((handler->linear || handler->filter) && one_in(model, 2));
    binding->intrinsic = intrinsic;
    binding->filter = handler->filter;
    binding->has_result = handler->has_result;
    binding->cancel = one_in(model, 20);
    binding->counter = one_in(model, 2) ? &model->counters[i] : NULL;
    binding->binding = binding;
    return choose_guards(model, i) && procedure_make(model, handler, &binding->handler);
}

static bool always_answers(const struct dispatch *plan)
{
    for (size_t i = 0; i < plan->n; i++)
        if (plan->bindings[i].n_guards == 0) {
            if (plan->bindings[i].has_result)
                return true;
            if (plan->bindings[i].cancel)
                return false;
        } else if (plan->bindings[i].cancel && !plan->bindings[i].has_result) {
            return false;
        }
    return false;
}

static bool choose_default(struct model *model)
{
    struct dispatch *plan = &model->plan;
    struct model_procedure *handler;

    for (unsigned i = 0; i < sizeof model->default_value; i++)
        model->default_value[i] = (uint8_t)below(model, 256);
    plan->default_value = model->default_value;
    if (one_in(model, 3)) {
        handler = procedure_new(model, ROLE_DEFAULT);
        handler->has_result = plan->signature.result_size != 0;
        if (!procedure_make(model, handler, &plan->default_handler))
            return false;
    }
    plan->has_default =
        plan->signature.result_size != 0 &&
        (one_in(model, 3) || (plan->default_handler.procedure == 0 && !always_answers(plan)));
    return true;
}

static bool choose_plan(struct model *model)
{
    struct dispatch *plan = &model->plan;
    unsigned n = one_in(model, model->searching ? 2 : 4) ? MODEL_BINDINGS : 5, intrinsic;

    if (model->searching || one_in(model, 2))
        choose_key(model);
    plan->n = below(model, n + 1);
    plan->bindings = model->bindings;
    plan->identified = one_in(model, 2);
    plan->returns_status = model->faulty && plan->signature.result_size == 4 && one_in(model, 2);
    intrinsic = below(model, (uint32_t)plan->n + 1);
    for (unsigned i = 0; i < plan->n; i++)
        if (!choose_binding(model, i, i == intrinsic))
            return false;
    if (!choose_default(model))
        return false;
    return model->searching || !one_in(model, 3) ||
           procedure_make(model, procedure_new(model, ROLE_FOLD), &plan->result_handler);
}

/* ---- facts ---- */

static const struct model_procedure *leaf_at(const struct model *model, vaddr_t address)
{
    for (size_t i = 0; i < model->n_procedures; i++) {
        const struct model_procedure *procedure = &model->procedures[i];

        if (procedure->code != 0 && address - procedure->code < procedure->n_words * 4)
            return procedure;
    }
    return NULL;
}

static void describe(const struct model_procedure *leaf, struct procedure *procedure)
{
    *procedure = (struct procedure){
        .start = leaf->code, .whole = leaf->code, .end = leaf->code + (vaddr_t)leaf->n_words * 4};
}

static bool source_words(void *context, vaddr_t address, uint32_t words[], size_t n)
{
    const struct model_procedure *leaf = leaf_at(context, address);

    if (leaf == NULL || address + n * 4 > leaf->code + leaf->n_words * 4)
        return false;
    memcpy(words, (const void *)address, n * 4);
    return true;
}

static bool source_constant(void *context, vaddr_t address, uint32_t *word)
{
    (void)context;
    (void)address;
    (void)word;
    return false;
}

static bool source_procedure(void *context, vaddr_t address, struct procedure *procedure)
{
    const struct model_procedure *leaf = leaf_at(context, address);

    if (leaf == NULL)
        return false;
    describe(leaf, procedure);
    return true;
}

static bool source_next(void *context, vaddr_t address, struct procedure *procedure)
{
    const struct model *model = context;
    const struct model_procedure *next = NULL;

    for (size_t i = 0; i < model->n_procedures; i++) {
        const struct model_procedure *leaf = &model->procedures[i];

        if (leaf->code != 0 && leaf->code >= address && (next == NULL || leaf->code < next->code))
            next = leaf;
    }
    if (next == NULL)
        return false;
    describe(next, procedure);
    return true;
}

static bool source_pointer(void *context, uint32_t *cursor, uint32_t *value)
{
    (void)context;
    (void)cursor;
    (void)value;
    return false;
}

static void find_facts(struct model *model, struct target *target, model_facts_t *find)
{
    const struct model_procedure *leaf = leaf_at(model, target->procedure);
    unsigned number;

    if (leaf == NULL)
        return;
    number = procedure_number(model, leaf);
    if (model->facts[number].procedure == 0)
        find(&model->source, leaf->code, &model->facts[number]);
    target->facts = &model->facts[number];
}

static void find_all_facts(struct model *model, model_facts_t *find)
{
    model->source = (struct code_source){
        model, source_words, source_constant, source_procedure, source_next, source_pointer, NULL};
    if (find == NULL)
        return;
    find_facts(model, &model->plan.default_handler, find);
    for (size_t i = 0; i < model->plan.n; i++) {
        find_facts(model, &model->bindings[i].handler, find);
        for (unsigned k = 0; k < model->bindings[i].n_guards; k++) {
            find_facts(model, &model->guards[i][k].guard, find);
            find_facts(model, &model->guards[i][k].post, find);
        }
    }
}

/* ---- the whole ---- */

static bool make(struct model *model, uint32_t seed, bool searching, bool faulty,
                 model_facts_t *find)
{
    memset(model, 0, sizeof *model);
    model->random = seed;
    model->searching = searching;
    model->faulty = faulty;
    choose_signature(model, &model->plan.signature);
    if (!choose_plan(model))
        return false;
    find_all_facts(model, find);
    return true;
}

bool model_make(struct model *model, uint32_t seed, model_facts_t *find)
{
    return make(model, seed, false, false, find);
}

bool model_make_searching(struct model *model, uint32_t seed, model_facts_t *find)
{
    return make(model, seed, true, false, find);
}

bool model_make_faulty(struct model *model, uint32_t seed, model_facts_t *find)
{
    return make(model, seed, false, true, find);
}

bool model_make_searching_faulty(struct model *model, uint32_t seed, model_facts_t *find)
{
    return make(model, seed, true, true, find);
}

/* Counters are known by the place of the binding. */
static void place_binding(struct model *model, size_t i, const struct dispatch_binding *binding)
{
    model->bindings[i] = *binding;
    if (binding->counter != NULL)
        model->bindings[i].counter = &model->counters[i];
}

/* Fisher and Yates, of a part of them. */
void model_rearrange(struct model *model, uint32_t seed, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = random_next(&seed) % i;
        struct dispatch_binding one = model->bindings[k], other = model->bindings[i - 1];

        place_binding(model, k, &other);
        place_binding(model, i - 1, &one);
    }
}

void model_free(struct model *model)
{
    for (size_t i = 0; i < model->n_procedures; i++)
        if (model->procedures[i].code != 0)
            code_free(model->procedures[i].code);
}

const struct dispatch *model_plan(const struct model *model)
{
    return &model->plan;
}

static void print_question(const struct model_question *question, FILE *out)
{
    static const char *const relations[] = {"==", "!=", "<", "<s", "in"};

    switch (question->value) {
    case VALUE_WORD:
        fprintf(out, "; word %u", question->word);
        break;
    case VALUE_FIELD:
        fprintf(out, "; field of %u at word %u + %u", question->width, question->word,
                question->offset);
        break;
    case VALUE_CELL:
        fprintf(out, "; cell %u", question->cell);
        break;
    case VALUE_POINTED:
        fprintf(out, "; cell %u by a pointer", question->cell);
        break;
    case VALUE_CLOSURE:
        fprintf(out, "; closure");
        break;
    }
    fprintf(out, " >> %u & 0x%x %s 0x%x", question->shift, (unsigned)question->mask,
            relations[question->relation], (unsigned)question->constant);
    if (question->relation == RELATION_AMONG)
        fprintf(out, ", 0x%x", (unsigned)question->other);
}

static void print_procedure(const struct model *model, const char *what,
                            const struct target *target, FILE *out)
{
    const struct model_procedure *procedure = procedure_at(model, target->procedure);

    if (target->procedure == 0)
        return;
    fprintf(out, "    %s %u at 0x%08x: passing %u, closure %u, %s%s%s", what,
            procedure_number(model, procedure), (unsigned)target->procedure, target->passing,
            (unsigned)target->closure,
            procedure->program ? "program"
            : procedure->leaf  ? "leaf"
                               : "recorder",
            procedure->filter ? ", filter" : "", procedure->nests ? ", nests" : "");
    fprintf(out, "%s%s", target->contained ? ", contained" : "", procedure->trips ? ", trips" : "");
    for (unsigned i = 0; i < procedure->n_words && procedure->program; i++)
        fprintf(out, " %08x", (unsigned)((const uint32_t *)procedure->code)[i]);
    for (unsigned i = 0; procedure->leaf && !procedure->program && i < procedure->n_questions; i++)
        print_question(&procedure->questions[i], out);
    fprintf(out, "\n");
}

void model_print(const struct model *model, FILE *out)
{
    const struct dispatch *plan = &model->plan;
    const struct signature *signature = &plan->signature;

    fprintf(out, "result of %u%s, arguments", (unsigned)signature->result_size,
            signature->result_pointer ? " by pointer" : "");
    for (unsigned i = 0; i < signature->n_arguments; i++)
        fprintf(out, " %u%s", (unsigned)signature->sizes[i],
                signature->kinds[i] == ARGUMENT_STRUCT   ? "struct"
                : signature->kinds[i] == ARGUMENT_SIGNED ? "s"
                                                         : "");
    fprintf(out, "%s\n", plan->has_default ? "; default" : "");
    print_procedure(model, "default handler", &plan->default_handler, out);
    print_procedure(model, "result handler", &plan->result_handler, out);
    for (size_t i = 0; i < plan->n; i++) {
        const struct dispatch_binding *binding = &plan->bindings[i];

        fprintf(out, "  binding %u%s%s%s\n", (unsigned)i, binding->cancel ? ", cancel" : "",
                binding->intrinsic ? ", intrinsic" : "", binding->has_result ? ", result" : "");
        for (unsigned k = 0; k < binding->n_guards; k++) {
            print_procedure(model, "guard", &binding->guards[k].guard, out);
            print_procedure(model, "post", &binding->guards[k].post, out);
        }
        print_procedure(model, "handler", &binding->handler, out);
    }
}
