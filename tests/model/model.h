/*
 * Domains against a model: random sequences of operations are done to the real thing and
 * to plain arrays, and after each of them everything that can be seen must agree. What
 * was refused must have changed nothing.
 *
 * Portable: part of a host program and of a suite in the kernel. Nobody else makes or
 * ends domains meanwhile. A domain SpinPublic must be registered.
 */
#ifndef TESTS_MODEL_MODEL_H
#define TESTS_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- what the model needs from where it runs ---- */

/* The n-th allocation from now on fails; 0: none does. */
void model_inject(unsigned n);

/* How many allocations are still to come until the one that fails; 0: none will. */
unsigned model_inject_left(void);

/* A number that changes with what is allocated, of whatever kind. */
size_t model_memory(void);

/* ---- */

/*
 * n sequences of `least` to `most` operations; each has a seed, which
 * follows from the first. False when one disagreed: then it was printed, seed and operations.
 */
bool model_run(uint32_t seed, unsigned n, unsigned least, unsigned most);

/* How often each operation ended how, so far. */
void model_print_tally(void);

#endif
