/*
 * From a plan to machine code: one routine for exactly these bindings, unrolled, with direct branches. Guards whose
 * predicate is known become compares of their own; small leaves are copied in, their registers renamed; the rest is
 * called. Arguments stay in the registers in which they came as long as nothing clobbers them; from then on
 * they have homes in the frame, which exists only if something is called in the middle.
 *
 * Bindings next to each other whose guards test the same value against constants are found by a search.
 *
 * The code is a sequence of units (a binding, or several that belong together); what is known of registers
 * at the start of each is kept, so that a plan that differs only from some binding on is compiled from there.
 *
 * Portable; main line only.
 */
#ifndef ARCH_PPC_CODE_DISPATCH_COMPILE_H
#define ARCH_PPC_CODE_DISPATCH_COMPILE_H

#include "arch/ppc/code/dispatch/dispatch.h"

struct compile_terms {
    bool no_inlining;
    bool no_search;
    bool far;      /* nothing is taken to be in reach of a branch */
    uint32_t near; /* the code will stand in reach of this */
};

/* A branch to somewhere else, or a word that depends on where the code stands. */
enum relocation_of_code { CODE_BRANCH, CODE_ADDRESS, CODE_ADDRESS_HA, CODE_ADDRESS_LO };

struct code_relocation {
    uint32_t word : 28;
    uint32_t kind : 4; /* enum relocation_of_code */
    uint32_t target;   /* an address; of the others, a word of the code */
};

enum part_kind {
    PART_PROLOGUE,
    PART_GUARD,
    PART_HANDLER,
    PART_POST,
    PART_SEARCH,
    PART_DEFAULT,
    PART_END,
};

/* What a run of words is for, up to the next part. */
struct code_part {
    uint32_t word;
    uint16_t kind;     /* enum part_kind */
    uint16_t copied;   /* the procedure is not called */
    uint32_t binding;  /* index in the plan */
    vaddr_t procedure; /* of guards, handlers, posts */
};

struct compiled;

/*
 * ERR_UNSUPPORTED with a sentence: this plan cannot be compiled; ERR_NO_MEMORY. before: of another plan that is the same
 * up to binding `same`, or NULL; *compiled may then be `before` itself, changed from some word on, until
 * compile_settle or compile_undo: which makes it as it was. On failure it is as it was, too.
 */
status_t compile_plan(const struct dispatch *plan, const struct compile_terms *terms,
                      struct compiled *before, size_t same, struct compiled **compiled);
void compile_settle(struct compiled *compiled);
void compile_undo(struct compiled *compiled);
void compile_free(struct compiled *compiled);

/* Words; those before the first changed one are as they were in `before`. */
size_t compile_size(const struct compiled *compiled);
size_t compile_first_changed(const struct compiled *compiled);

/*
 * Writes n words from the first-th on as they are to stand at an address of the whole code. False: a branch does not reach; then
 * compile again with terms.far.
 */
bool compile_place(const struct compiled *compiled, uint32_t address, size_t first, size_t n,
                   uint32_t words[]);

/* The part that a word belongs to, NULL before the first. */
const struct code_part *compile_part(const struct compiled *compiled, size_t word);

/* How many guards and handlers are copied, how many called, how many bindings are found by a search. */
void compile_count(const struct compiled *compiled, size_t *n_copied, size_t *n_called,
                   size_t *n_searched);

#endif
