/* Running the programs of a plan as they are, for the ideal raise; see private.h. */
#include <string.h>

#include "kernel/event/loop_frame.h"
#include "tests/kernel/dispatch/private.h"

const bool model_makes_programs = true;

/* What a call passes to it; returns the bytes that are on the stack. */
static unsigned lay_out(const struct model_procedure *procedure, uint32_t closure,
                        const struct arguments *arguments, uint32_t registers[8], uint32_t stack[])
{
    const struct signature *s = &model_ideally.model->plan.signature;
    bool passes = procedure->passing >= PASS_ARGUMENTS;
    place_t places[WORDS_MAX], place;
    unsigned frame = signature_places(s, passes_closure(procedure->passing), procedure->has_result,
                                      places, &place);

    for (unsigned i = 0; i < s->n_words && passes; i++)
        if (PLACE_IS_REGISTER(places[i]))
            registers[places[i] - PLACE_REGISTER(3)] = arguments->words[i];
        else
            stack[(PLACE_OFFSET(places[i]) - PLACES_FRAME) / 4] = arguments->words[i];
    if (passes_closure(procedure->passing) && PLACE_IS_REGISTER(place))
        registers[place - PLACE_REGISTER(3)] = closure;
    return frame;
}

/* With memory and structs as they are in the ideal raise; what they hold in the real one is no longer needed. */
uint64_t program_run(const struct model_procedure *procedure, uint32_t closure,
                     const struct arguments *arguments, uint32_t cells[])
{
    const struct signature *s = &model_ideally.model->plan.signature;
    uint32_t registers[8] = {0}, stack[2 * ARGUMENTS_MAX + 2] = {0}, kept[MODEL_CELLS];
    uint64_t result;
    unsigned frame = lay_out(procedure, closure, arguments, registers, stack);

    for (unsigned i = 0; i < s->n_arguments; i++)
        if (s->kinds[i] == ARGUMENT_STRUCT)
            memcpy((void *)arguments->words[argument_word(s, i)], arguments->structs[i],
                   s->sizes[i]);
    memcpy(kept, model_cells, sizeof kept);
    memcpy(model_cells, cells, sizeof kept);
    result = call_words(procedure->code, registers, stack, frame / 4);
    memcpy(cells, model_cells, sizeof kept);
    memcpy(model_cells, kept, sizeof kept);
    return result;
}
