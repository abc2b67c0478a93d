/* Dispatching as dispatch.h says it, on values instead of registers. See private.h. */
#include <string.h>

#include "tests/kernel/dispatch/private.h"

struct ideal model_ideally;
struct arguments model_ideal[DEPTH_MAX];

/* A raise under way. */
struct way {
    const struct dispatch *plan;
    unsigned depth;
    struct arguments *arguments;
    bool answered, pending, spoiled;
    uint64_t result, final;
    uint8_t result_bytes[RESULT_MAX], final_bytes[RESULT_MAX];
    uint32_t cell; /* the result handler's own */
};

/* ---- what procedures see ---- */

static void see_arguments(const struct way *way, struct seen *seen)
{
    const struct signature *signature = &way->plan->signature;
    unsigned at = 0;

    for (unsigned i = 0; i < signature->n_arguments; i++) {
        for (unsigned word = 0; word < signature->words[i]; word++)
            see(seen, way->arguments->words[at++]);
        if (signature->kinds[i] == ARGUMENT_STRUCT)
            see_bytes(seen, way->arguments->structs[i], signature->sizes[i]);
    }
}

static void see_target(const struct way *way, const struct target *target, struct seen *seen)
{
    const struct model_procedure *procedure = procedure_at(model_ideally.model, target->procedure);

    seen->n = 0;
    if (passes_closure(target->passing))
        see(seen, target->closure);
    if (target->passing != PASS_NOTHING && target->passing != PASS_CLOSURE)
        see_arguments(way, seen);
    if (procedure->intrinsic && way->plan->identified)
        see(seen, way->arguments->identity);
}

static void note_ideal(const struct model_procedure *procedure, const struct seen *seen)
{
    note(model_ideally.notes, &model_ideally.next, procedure_number(model_ideally.model, procedure),
         seen);
}

/* ---- guards ---- */

static uint32_t question_value(const struct way *way, const struct target *target,
                               const struct model_question *question)
{
    const uint8_t *field = way->arguments->structs[question->argument] + question->offset;
    uint32_t value = 0;

    switch (question->value) {
    case VALUE_WORD:
        return way->arguments->words[question->word];
    case VALUE_CELL:
        return model_ideally.cells[question->cell];
    case VALUE_POINTED:
        return model_ideally.cells[question->cell];
    case VALUE_CLOSURE:
        return target->closure;
    case VALUE_FIELD:
        break;
    }
    for (unsigned i = 0; i < question->width; i++)
        value = value << 8 | field[i];
    return value;
}

static bool questions_hold(const struct way *way, const struct target *guard,
                           const struct model_procedure *procedure)
{
    for (unsigned i = 0; i < procedure->n_questions; i++) {
        const struct model_question *question = &procedure->questions[i];

        if (question->value == VALUE_POINTED && model_pointers[question->cell] == 0)
            return false;
        if (!question_answer(question, question_value(way, guard, question)))
            return false;
    }
    return true;
}

static bool guard_holds(const struct way *way, const struct target *guard)
{
    const struct model_procedure *procedure = procedure_at(model_ideally.model, guard->procedure);
    struct seen seen;

    if (procedure->program)
        return program_run(procedure, guard->closure, way->arguments, model_ideally.cells) >> 32 !=
               0;
    if (procedure->leaf)
        return questions_hold(way, guard, procedure);
    see_target(way, guard, &seen);
    note_ideal(procedure, &seen);
    return decide_guard(procedure, &seen) != 0 && !decide_fault(procedure, &seen);
}

static bool guards_hold(const struct way *way, const struct dispatch_binding *binding)
{
    for (unsigned i = 0; i < binding->n_guards; i++)
        if (binding->guards[i].guard.procedure != 0 && !guard_holds(way, &binding->guards[i].guard))
            return false;
    return true;
}

/* ---- handlers ---- */

static uint32_t noted_word(const struct way *way, const struct model_procedure *procedure)
{
    if (procedure->word == NO_WORD)
        return 0;
    if (way->plan->signature.kinds[procedure->argument] == ARGUMENT_STRUCT)
        return way->arguments->structs[procedure->argument][0];
    return way->arguments->words[procedure->word];
}

static bool leaf_trips(const struct model_procedure *procedure)
{
    unsigned number = procedure_number(model_ideally.model, procedure);

    return procedure->trips && model_pointers[number % MODEL_CELLS] == 0;
}

/* False: it faults. */
static bool run_leaf(struct way *way, const struct target *target, uint64_t *result)
{
    const struct model_procedure *procedure = procedure_at(model_ideally.model, target->procedure);
    struct seen seen = {.n = 0};

    if (procedure->program) {
        *result = program_run(procedure, target->closure, way->arguments, model_ideally.cells);
        return true;
    }
    see(&seen, noted_word(way, procedure));
    note_ideal(procedure, &seen);
    if (leaf_trips(procedure))
        return false;
    if (procedure->cell != NO_CELL)
        model_ideally.cells[procedure->cell] = procedure->seed % 8;
    if (procedure->filter && procedure->word != NO_WORD)
        way->arguments->words[procedure->word] = procedure->seed % 8;
    *result = procedure->result;
    return true;
}

/* What it has changed of words of arguments. */
static bool fault(struct way *way, const uint32_t words[])
{
    memcpy(way->arguments->words, words, sizeof way->arguments->words);
    return false;
}

/* False: it faults. */
static bool run(struct way *way, const struct target *target, uint64_t *result, uint8_t bytes[])
{
    const struct model *model = model_ideally.model;
    const struct model_procedure *procedure = procedure_at(model, target->procedure);
    uint32_t words[2 * ARGUMENTS_MAX];
    struct seen seen;

    if (procedure->leaf)
        return run_leaf(way, target, result);
    memcpy(words, way->arguments->words, sizeof words);
    see_target(way, target, &seen);
    note_ideal(procedure, &seen);
    if (procedure->role == ROLE_POST)
        return true;
    decide_cells(procedure, &seen, model_ideally.cells);
    if (procedure->filter)
        decide_arguments(model, procedure, &seen, way->arguments->words, way->arguments->structs);
    if (procedure->nests)
        ideal_raise(decide(procedure, &seen, 5) | 1, way->depth + 1);
    if (decide_fault(procedure, &seen))
        return fault(way, words);
    if (!procedure->has_result)
        return true;
    *result = decide_result(model, procedure, &seen);
    if (way->plan->signature.result_pointer)
        decide_struct(model, procedure, &seen, bytes);
    return true;
}

/* ---- results ---- */

static bool folds(const struct way *way)
{
    return way->plan->result_handler.passing == PASS_ARGUMENTS ||
           way->plan->result_handler.passing == PASS_CLOSURE_ARGUMENTS;
}

static void see_result(const struct way *way, struct seen *seen)
{
    const struct signature *signature = &way->plan->signature;

    if (signature->result_pointer) {
        see_bytes(seen, way->final_bytes, signature->result_size);
        see_bytes(seen, way->result_bytes, signature->result_size);
    } else if (signature->result_size != 0) {
        see_value(seen, way->final);
        see_value(seen, result_extend(signature, way->result));
    }
}

static void tell(struct way *way, bool last)
{
    const struct model *model = model_ideally.model;
    const struct target *target = &way->plan->result_handler;
    const struct model_procedure *procedure = procedure_at(model, target->procedure);
    struct seen seen = {.n = 0};

    way->pending = false;
    if (passes_closure(target->passing))
        see(&seen, target->closure);
    if (folds(way)) {
        see_result(way, &seen);
        see(&seen, last);
        see(&seen, way->cell);
        see_arguments(way, &seen);
    }
    note_ideal(procedure, &seen);
    way->spoiled |= decide_fault(procedure, &seen);
    if (!folds(way))
        return;
    way->cell += 1 + decide(procedure, &seen, 6) % 5;
    way->final = decide_result(model, procedure, &seen);
    if (way->plan->signature.result_pointer)
        decide_struct(model, procedure, &seen, way->final_bytes);
}

static void begin(struct way *way)
{
    const struct signature *signature = &way->plan->signature;

    memset(way->final_bytes, 0, sizeof way->final_bytes);
    if (way->plan->has_default)
        memcpy(way->final_bytes, way->plan->default_value, signature->result_size);
    if (!signature->result_pointer)
        way->final = result_read(signature, way->final_bytes);
}

/* Nobody answers, or who would have has faulted. */
static void answer_by_value(struct way *way)
{
    const struct signature *signature = &way->plan->signature;

    way->result = (uint64_t)dispatch_unanswered(way->plan) << 32;
    if (signature->result_pointer && !way->plan->has_default)
        memset(way->result_bytes, 0, sizeof way->result_bytes);
    else if (way->plan->has_default && signature->result_pointer)
        memcpy(way->result_bytes, way->plan->default_value, signature->result_size);
    else if (way->plan->has_default)
        way->result = result_read(signature, way->plan->default_value);
}

static void answer_by_default(struct way *way)
{
    if (way->plan->default_handler.procedure == 0 ||
        !run(way, &way->plan->default_handler, &way->result, way->result_bytes))
        answer_by_value(way);
}

static void finish(struct way *way)
{
    if (way->pending)
        tell(way, true);
    if (way->spoiled)
        answer_by_value(way);
    else if (!way->answered)
        answer_by_default(way);
    if (way->spoiled || !way->answered)
        return;
    if (way->plan->result_handler.procedure == 0 || !folds(way))
        return;
    way->result = way->final;
    memcpy(way->result_bytes, way->final_bytes, sizeof way->result_bytes);
}

/* ---- the loop ---- */

/* False: its handler faults. */
static bool fire(struct way *way, size_t i)
{
    const struct dispatch_binding *binding = &way->plan->bindings[i];
    bool part = binding->has_result || way->plan->signature.result_size == 0;
    uint64_t other_result;
    uint8_t other_bytes[RESULT_MAX];

    if (part && way->pending)
        tell(way, false);
    if (binding->counter != NULL)
        model_ideally.counters[i]++;
    if (!run(way, &binding->handler, part ? &way->result : &other_result,
             part ? way->result_bytes : other_bytes))
        return false;
    for (unsigned k = 0; k < binding->n_guards; k++)
        if (binding->guards[k].post.procedure != 0)
            (void)run(way, &binding->guards[k].post, &other_result, other_bytes);
    if (!part)
        return true;
    way->answered = true;
    way->pending = way->plan->result_handler.procedure != 0;
    return true;
}

/* What a raise leaves: its result. What its structs are is unknown. */
void see_outcome(const struct model *model, const struct arguments *arguments, uint64_t result,
                 struct seen *seen)
{
    const struct signature *signature = &model->plan.signature;

    if (signature->result_pointer)
        see_bytes(seen, arguments->result, signature->result_size);
    else if (signature->result_size != 0)
        see_value(seen, signature->result_words == 2 ? result : result >> 32 << 32);
}

void ideal_raise(uint32_t seed, unsigned depth)
{
    const struct model *model = model_ideally.model;
    struct way way = {.plan = &model->plan, .depth = depth};
    struct seen seen = {.n = 0};

    if (depth == DEPTH_MAX || model_ideally.n_raises == RAISES_MAX)
        return;
    model_ideally.n_raises++;
    way.arguments = &model_ideal[depth];
    arguments_fill(model, seed, way.arguments, model_real[depth].structs);
    begin(&way);
    for (size_t i = 0; i < model->plan.n; i++) {
        if (guards_hold(&way, &model->plan.bindings[i]) && fire(&way, i) &&
            model->plan.bindings[i].cancel)
            break;
    }
    finish(&way);
    memcpy(way.arguments->result, way.result_bytes, sizeof way.result_bytes);
    see_outcome(model, way.arguments, way.result, &seen);
    note(model_ideally.notes, &model_ideally.next, NOTE_RAISE, &seen);
}
