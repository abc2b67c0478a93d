/* What a predicate says of given registers and memory, worked out node by node. */
#ifndef TESTS_KERNEL_PREDICATE_EVALUATE_H
#define TESTS_KERNEL_PREDICATE_EVALUATE_H

#include "arch/ppc/code/dispatch/predicate/predicate.h"

#define N_STACKED 4 /* words of the caller's frame from 8 on */
#define N_ARGUMENTS (8 + N_STACKED)

struct world {
    uint32_t arguments[N_ARGUMENTS];
    bool (*may_load)(uint32_t address, unsigned width);
};

enum answer { ANSWER_NO, ANSWER_YES, ANSWER_FAULT };

enum answer predicate_evaluate(const struct predicate *predicate, const struct world *world);

/* The address that a load node loads from; false if that is not to be had. */
bool predicate_address(const struct predicate *predicate, const struct world *world,
                       unsigned number, uint32_t *address);

#endif
