/*
 * Runs machine code on the host, word by word: what routines, the leaves of the model and patches are made of, no more. Memory is
 * what the test says it is; an instruction, an access or a place that is not known ends the run with a sentence.
 */
#ifndef TESTS_MACHINE_H
#define TESTS_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MACHINE_REGIONS 8
#define MACHINE_RETURN 0xfffffff0u /* where a run ends; LR at its start */

/* Bytes as the machine sees them, big-endian words. */
struct region {
    uint32_t start;
    size_t size;
    uint8_t *bytes;
};

struct machine {
    uint32_t registers[32];
    uint64_t floating[32], fpscr; /* moved only */
    uint32_t at, lr, ctr, cr, xer, msr, srr0, srr1, sprg1;
    struct region regions[MACHINE_REGIONS];
    unsigned n_regions;
    /* The word at an address of code; false: there is none. */
    bool (*fetch)(void *context, uint32_t address, uint32_t *word);
    /* Plays a procedure that has no code. False: there is none. */
    bool (*play)(void *context, struct machine *machine, uint32_t procedure);
    void *context;
    const char *fault;
};

void machine_add(struct machine *machine, uint32_t start, uint8_t bytes[], size_t size);

/* Big-endian; what is nowhere is a fault, and 0. */
uint32_t machine_load(struct machine *machine, uint32_t address, unsigned width);
void machine_store(struct machine *machine, uint32_t address, unsigned width, uint32_t value);

/* The instruction at `at`; false: there is none, or it went wrong. */
bool machine_step(struct machine *machine);

/* From an address until it returns. NULL, or what went wrong. */
const char *machine_run(struct machine *machine, uint32_t entry);

#endif
