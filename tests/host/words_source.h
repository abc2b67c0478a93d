/*
 * A program of hand-made words as the analyses see it: code at one address, constant data and
 * changing data at others, procedures as the test says.
 */
#ifndef TESTS_WORDS_SOURCE_H
#define TESTS_WORDS_SOURCE_H

#include "arch/ppc/code/analysis/source.h"

#define WORDS_TEXT 0x01000000u
#define WORDS_CONSTANT 0x11000000u
#define WORDS_DATA 0x12000000u

struct words_source {
    struct code_source source;
    const uint32_t *text, *constant, *data;
    size_t n_text, n_constant, n_data;
    const struct procedure *procedures; /* by rising start; none: all of the text is one */
    size_t n_procedures;
    struct procedure only;
};

void words_source_open(struct words_source *program, const uint32_t text[], size_t n_text);

#endif
