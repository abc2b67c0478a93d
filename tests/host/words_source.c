/* See words_source.h. */
#include "tests/host/words_source.h"

static bool word_at(const uint32_t words[], size_t n, vaddr_t start, vaddr_t address,
                    uint32_t *word)
{
    if (address < start || address % 4 != 0 || (address - start) / 4 >= n)
        return false;
    *word = words[(address - start) / 4];
    return true;
}

static bool source_words(void *context, vaddr_t address, uint32_t words[], size_t n)
{
    const struct words_source *program = context;

    for (size_t i = 0; i < n; i++) {
        if (!word_at(program->text, program->n_text, WORDS_TEXT, address + 4 * (uint32_t)i,
                     &words[i]))
            return false;
    }
    return true;
}

static bool source_constant(void *context, vaddr_t address, uint32_t *word)
{
    const struct words_source *program = context;

    return word_at(program->constant, program->n_constant, WORDS_CONSTANT, address, word) ||
           word_at(program->text, program->n_text, WORDS_TEXT, address, word);
}

static bool source_procedure(void *context, vaddr_t address, struct procedure *procedure)
{
    const struct words_source *program = context;

    for (size_t i = 0; i < program->n_procedures; i++) {
        const struct procedure *p = &program->procedures[i];

        if (address >= p->start && address < p->end) {
            *procedure = *p;
            return true;
        }
    }
    return false;
}

static bool source_next(void *context, vaddr_t address, struct procedure *procedure)
{
    const struct words_source *program = context;

    for (size_t i = 0; i < program->n_procedures; i++) {
        if (program->procedures[i].start >= address) {
            *procedure = program->procedures[i];
            return true;
        }
    }
    return false;
}

static bool source_pointer(void *context, uint32_t *cursor, uint32_t *value)
{
    const struct words_source *program = context;
    uint32_t n = (*cursor)++;

    if (n < program->n_constant)
        *value = program->constant[n];
    else if (n - program->n_constant < program->n_data)
        *value = program->data[n - program->n_constant];
    else
        return false;
    return true;
}

void words_source_open(struct words_source *program, const uint32_t text[], size_t n_text)
{
    *program = (struct words_source){.text = text, .n_text = n_text, .n_procedures = 1};
    program->source = (struct code_source){
        program,        source_words, source_constant, source_procedure, source_next,
        source_pointer, NULL};
    program->only = (struct procedure){"f",        WORDS_TEXT, WORDS_TEXT + 4 * (uint32_t)n_text,
                                       WORDS_TEXT, false,      false};
    program->procedures = &program->only;
}
