/*
 * Compiled routines, against the model of dispatching: each made anew, and each made of the one before. They
 * check, and print the first routine and plan that differ.
 */
#ifndef TESTS_KERNEL_DISPATCH_TRIAL_H
#define TESTS_KERNEL_DISPATCH_TRIAL_H

#include "kernel/event/routine.h"
#include "tests/kernel/dispatch/model.h"

typedef bool trial_make_t(struct model *model, uint32_t seed, model_facts_t *find);

/* n plans. */
void trial_plans(trial_make_t *make, const struct routine_terms *terms, uint32_t seed, unsigned n);

/* n plans that are changed again and again. */
void trial_chains(uint32_t seed, unsigned n);
void trial_faulty_chains(uint32_t seed, unsigned n);

#endif
