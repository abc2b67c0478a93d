/* Words to try the decoder on: every opcode with every boundary of its operands, and much else. */
#ifndef TESTS_WORDS_H
#define TESTS_WORDS_H

#include <stddef.h>
#include <stdint.h>

/* The same words each time, in the same order; the caller frees them. */
uint32_t *words_make(size_t *n);

#endif
