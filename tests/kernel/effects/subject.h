/*
 * Instructions to be tried: for an opcode and its modifiers several choices of operands, and the states in
 * which each is run.
 *
 * Every address that one of them computes lies in the window, 384 bytes at the start of a page which is
 * mapped at WINDOW_LOWEST and WINDOW_LAST too, for displacements without a base.
 */
#ifndef TESTS_KERNEL_EFFECTS_SUBJECT_H
#define TESTS_KERNEL_EFFECTS_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/types.h"
#include "tests/kernel/effects/state.h"

#define WINDOW_SIZE 384u
#define WINDOW_LOWEST 0xffff8000u /* what a displacement of -0x8000 reaches */
#define WINDOW_LAST 0xfffff000u

#define N_VARIANTS 16 /* of operands */
#define N_KINDS 8     /* of values */

struct subject {
    struct instruction instruction;
    uint32_t word;
    struct effects effects;
    bool
        distinct; /* all operands differ and no immediate is extreme: whatever the decoder says is read
                      or written must show */
    bool accesses; /* computes an address that must be one of memory */
    bool aligned;  /* … to words */
    uint8_t base, index;
    int32_t displacement;
};

/* Whether a variant of the operands exists: some are forbidden forms, or always trap. */
bool subject_make(enum opcode opcode, unsigned modifiers, unsigned variant,
                  struct subject *subject);

/* Values in every register. window is where the window is, vectors whether there are any. */
void subject_fill(const struct subject *subject, unsigned kind, vaddr_t window, bool vectors,
                  struct state *state);

/* Gives every member of a set another value. */
void subject_change(const struct subject *subject, const struct register_set *things, unsigned kind,
                    struct state *state);

#endif
