/*
 * Raises of a model's event on the host: routines and leaves are run by tests/host/machine.c, recorders are played. What
 * happened is a list of words, equal for routines that do the same.
 */
#ifndef TESTS_PLAY_H
#define TESTS_PLAY_H

#include "tests/kernel/dispatch/model.h"

#define PLAY_WORDS_MAX 0x10000

struct outcome {
    uint32_t words[PLAY_WORDS_MAX];
    size_t n;
};

/* NULL, or what went wrong. The routine's words stand at an address. */
const char *play_raise(struct model *model, uint32_t entry, const uint32_t words[], size_t n,
                       uint32_t seed, struct outcome *outcome);

#endif
