/* What recorders see and decide: the same for the real raise and for the ideal one. See private.h. */
#include <string.h>

#include "tests/kernel/dispatch/private.h"

void see_bytes(struct seen *seen, const uint8_t bytes[], size_t n)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < n; i++)
        hash = (hash ^ bytes[i]) * 16777619u;
    see(seen, hash);
}

void see_value(struct seen *seen, uint64_t value)
{
    see(seen, (uint32_t)(value >> 32));
    see(seen, (uint32_t)value);
}

uint32_t decide(const struct model_procedure *procedure, const struct seen *seen, unsigned what)
{
    uint32_t hash = procedure->seed + what * 0x9e3779b9u;

    for (unsigned i = 0; i < seen->n; i++)
        hash = (hash ^ seen->words[i]) * 0x85ebca6bu + (hash >> 15);
    return hash ^ hash >> 13;
}

uint32_t decide_guard(const struct model_procedure *procedure, const struct seen *seen)
{
    static const uint32_t yes[] = {1, 0x100, 0x80000000u, 0xffffffffu};
    uint32_t chosen = decide(procedure, seen, 0);

    return chosen % 3 == 0 ? 0 : yes[chosen / 3 % 4];
}

bool decide_fault(const struct model_procedure *procedure, const struct seen *seen)
{
    return procedure->trips && decide(procedure, seen, 7) % 2 == 0;
}

uint64_t result_extend(const struct signature *signature, uint64_t value)
{
    uint32_t word =
        argument_extend((uint32_t)(value >> 32), signature->result_size, signature->result_signed);

    return (uint64_t)word << 32 | (signature->result_words == 2 ? (uint32_t)value : 0);
}

void result_write(const struct signature *signature, uint64_t value, uint8_t bytes[])
{
    unsigned skip = signature->result_size < 4 ? 4 - signature->result_size : 0;

    for (unsigned i = 0; i < signature->result_size; i++)
        bytes[i] = (uint8_t)(value >> (56 - 8 * (skip + i)));
}

uint64_t result_read(const struct signature *signature, const uint8_t bytes[])
{
    unsigned skip = signature->result_size < 4 ? 4 - signature->result_size : 0;
    uint64_t value = 0;

    for (unsigned i = 0; i < signature->result_size; i++)
        value |= (uint64_t)bytes[i] << (56 - 8 * (skip + i));
    return result_extend(signature, value);
}

uint64_t decide_result(const struct model *model, const struct model_procedure *procedure,
                       const struct seen *seen)
{
    return result_extend(&model->plan.signature,
                         (uint64_t)decide(procedure, seen, 1) << 32 | decide(procedure, seen, 2));
}

void decide_struct(const struct model *model, const struct model_procedure *procedure,
                   const struct seen *seen, uint8_t bytes[])
{
    uint32_t value = decide(procedure, seen, 3);

    for (unsigned i = 0; i < model->plan.signature.result_size; i++)
        bytes[i] = (uint8_t)(value >> 8 * (i % 4)) + (uint8_t)i;
}

void decide_cells(const struct model_procedure *procedure, const struct seen *seen,
                  uint32_t cells[])
{
    if (procedure->cell != NO_CELL)
        cells[procedure->cell] = decide(procedure, seen, 4) % 8;
}

static bool changes(const struct model_procedure *procedure, const struct seen *seen, unsigned i)
{
    return decide(procedure, seen, 10 + i) % 3 == 0;
}

/* Small numbers, which guards ask for. */
static uint32_t new_word(const struct model_procedure *procedure, const struct seen *seen,
                         unsigned i)
{
    uint32_t value = decide(procedure, seen, 50 + i);

    return value % 4 == 0 ? value : value / 4 % 8;
}

void decide_arguments(const struct model *model, const struct model_procedure *procedure,
                      const struct seen *seen, uint32_t words[],
                      uint8_t structs[ARGUMENTS_MAX][STRUCT_MAX])
{
    const struct signature *signature = &model->plan.signature;
    unsigned at = 0;

    for (unsigned i = 0; i < signature->n_arguments; at += signature->words[i], i++) {
        if (!changes(procedure, seen, i))
            continue;
        if (signature->kinds[i] == ARGUMENT_STRUCT)
            structs[i][0] = (uint8_t)new_word(procedure, seen, i);
        else
            words[at + signature->words[i] - 1] =
                argument_extend(new_word(procedure, seen, i), signature->sizes[i],
                                signature->kinds[i] == ARGUMENT_SIGNED);
    }
}

void note(uint32_t *notes, uint32_t **next, unsigned number, const struct seen *seen)
{
    if (*next - notes + seen->n + 1 > NOTES_MAX)
        return;
    *(*next)++ = number << 8 | seen->n;
    memcpy(*next, seen->words, 4 * seen->n);
    *next += seen->n;
}

bool passes_closure(unsigned passing)
{
    return passing == PASS_CLOSURE || passing == PASS_CLOSURE_ARGUMENTS ||
           passing == PASS_CLOSURE_POINTERS || passing == PASS_CLOSURE_WORDS;
}
