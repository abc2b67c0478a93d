/*
 * Single-stepping through the kernel's code with garbage put into what the analyses say is dead.
 *
 * What is dead before each instruction of the kernel's text is worked out once; then procedures, called
 * drills, are run with a trace exception behind every instruction. Before the next one is executed its dead
 * registers, CR bits and parts of special registers are overwritten: all of them, or in turn one at each
 * visit. What a drill finds out it records; that must be the same as without any garbage.
 */
#ifndef TESTS_KERNEL_POISON_STEP_H
#define TESTS_KERNEL_POISON_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/ppc/code/analysis/source.h"

#define RESULTS_MAX 4096
#define STEP_THINGS 70

enum poison { POISON_NOTHING, POISON_ALL, POISON_IN_TURN, POISON_ONE };

struct walk {
    enum poison poison;
    uint32_t
        pattern; /* what the garbage is like: 0: everything inverted, else random by this seed */
    uint32_t from, to; /* steps at which there is garbage; to is exclusive */
    unsigned thing;    /* of POISON_ONE, below STEP_THINGS */
    uint32_t limit;    /* of steps: more are a failure */
    uint32_t n_steps;  /* taken */
    uint32_t n_undone; /* visits of sites that are not through with turns */
    uint32_t results[RESULTS_MAX];
    size_t n_results;
};

/* Analyses the kernel. False: no memory. */
bool step_open(void);
void step_close(void);

/* False: the drill faulted or went on beyond the limit. */
bool step_walk(struct walk *walk, void (*drill)(void));

/* For drills. */
void record(uint32_t value);
void record_bytes(const void *bytes, size_t n);
void record_text(const char *text);

/* Procedures for which the kernel has no types: UNTYPED(crc32); … untyped_crc32(…). 0: there is none. */
vaddr_t step_procedure_named(const char *name);
#define UNTYPED(name) \
    __typeof__(&name) untyped_##name = (__typeof__(&name))step_procedure_named(#name)

/* Prints before which instruction garbage was put last, and into what. */
void step_print_last(void);

/* The kernel's code. */
const struct code_source *step_source(void);

/* What has had garbage before it since step_open. */
struct step_count {
    uint32_t n_procedures, n_instructions, n_things;
    uint32_t n_whole;      /* procedures with garbage before each instruction that can be reached */
    uint32_t n_unfinished; /* instructions before which something has not had garbage of its own */
    uint32_t n_analysed, n_refused; /* procedures */
};
void step_count(struct step_count *count);

#endif
