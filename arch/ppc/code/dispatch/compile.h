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
    /* Of plans with deadlines: */
    vaddr_t current; /* holds the address of the record of who runs */
    uint16_t
        deadline; /* where in that the innermost call with a deadline is (kernel/event/ephemeral.h) */
    vaddr_t
        late; /* called with r11 = such a call when the decrementer has not come in time; keeps all but r0, r11 and r12 */
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

/* A bit for each word of the event: its result pointer is word 0 if there is one, then come the arguments' words. */
typedef uint64_t words_t;

enum cut_kind { CUT_GUARD, CUT_HANDLER, CUT_POST, CUT_DEFAULT };

/*
 * Where something that is contained can be cut off: a call that has not returned, by the word that it returns to; or words
 * that were copied. In order of their words; of the same one a call comes before copies.
 */
struct code_cut {
    uint32_t word;
    uint32_t binding; /* index in the plan */
    uint16_t n;       /* words of a copy */
    uint16_t number;  /* of the guard, whose post procedure it may be */
    uint16_t places;  /* where the words of the event are: compile_places */
    uint16_t
        skip; /* of a handler that is `direct`: the code goes on that many words behind `word` as if it had not run */
    uint32_t constant; /* … with this in a register, if that is not 0 */
    uint8_t constant_register;
    uint8_t kind; /* enum cut_kind */
    bool copied : 1, direct : 1;
    bool fired : 1,
        maybe : 1; /* a handler that has a part in the result has run before, on all ways; on some way */
};

/* Where the words of the event are. */
struct code_places {
    words_t in_register, in_home, in_caller;
};

/* The frame of the code, if size is not 0: offsets from r1. */
#define CODE_KEPT_FIRST 11 /* of the registers that are kept: r11 is MSR then, r12 is CR */
struct code_frame {
    uint16_t size;
    uint16_t
        kept; /* r11 to r31 as they were at the entry; 0: they are not there, and nothing contained is called */
    uint16_t result, fired, identity, copies, deadline; /* identity: 0 if it is not kept */
    uint16_t homes[WORDS_MAX];
    place_t places[WORDS_MAX]; /* in which the words came */
    uint8_t n_words;
    bool valued; /* the result so far is there from the beginning */
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

/*
 * Of the code that is in use: while a compilation is changed, as it was. Any context, also in the middle of that.
 */
const struct code_frame *compile_frame(const struct compiled *compiled);
size_t compile_n_cuts(const struct compiled *compiled);
const struct code_cut *compile_cut(const struct compiled *compiled, size_t i);
/* All of them one behind another; NULL: they are being changed. */
const struct code_cut *compile_all_cuts(const struct compiled *compiled);
const struct code_places *compile_places(const struct compiled *compiled,
                                         const struct code_cut *cut);
/* The call that returns to a word (`called`), or the copy that one is in, in a few instructions. NULL: none, or they are being changed. */
const struct code_cut *compile_cut_at(const struct compiled *compiled, uint32_t word, bool called,
                                      const struct code_frame **layout);

/* How many guards and handlers are copied, how many called, how many bindings are found by a search. */
void compile_count(const struct compiled *compiled, size_t *n_copied, size_t *n_called,
                   size_t *n_searched);

#endif
