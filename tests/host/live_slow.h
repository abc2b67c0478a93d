/*
 * Liveness found the slow and obvious way, to compare arch/ppc/code/analysis/live.c with: instruction by
 * instruction, over all words of a procedure again and again until nothing changes. Of the flow graph it
 * takes only the extent of the procedure, which calls come back, and where indirect jumps go; of the
 * library, what single instructions do.
 */
#ifndef TESTS_LIVE_SLOW_H
#define TESTS_LIVE_SLOW_H

#include "arch/ppc/code/analysis/live.h"

struct live_slow {
    const struct code_source *source;
    const struct flow *flow;
    const struct live_terms *terms;
    struct slow_word *words; /* of all parts, one after another */
    uint32_t n_words;
};

/* What the arguments point to must outlive it. */
void live_slow_build(const struct code_source *source, const struct flow *flow,
                     const struct live_terms *terms, struct live_slow *live);
void live_slow_free(struct live_slow *live);

void live_slow_before(const struct live_slow *live, vaddr_t address, struct register_set *set);

#endif
