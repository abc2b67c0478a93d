/*
 * Springboards: ways from low memory to any address, taken by an absolute branch from anywhere. Nothing need be dead, and nothing is lost.
 *
 * A slot of three words stores r3 below the stack (beyond PATCH_STACK_GAP), loads its number and goes to the tail, which all share: it stores
 * what else it needs below r1, finds the target in a table of words, masks interrupts and tracing, and gets there by rfi with the
 * MSR as it was. Exceptions never find anybody inside: who is interrupted in a slot or in the tail is brought to the target before anything else
 * is done (springboard_finish), so springboards can be taken away at any time, and there is no window in which SRR0 could be lost.
 *
 * Portable; pure.
 */
#ifndef ARCH_PPC_CODE_PATCH_SPRINGBOARD_CODE_H
#define ARCH_PPC_CODE_PATCH_SPRINGBOARD_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPRINGBOARD_WORDS 3
#define SPRINGBOARD_TAIL_WORDS 16

/* Below r1, beyond what the body of a patch keeps there: it may be on its way to one. */
#define SPRINGBOARD_STACK_GAP 1952
#define SPRINGBOARD_STACK_SIZE 16

/* The tail, for any address; targets is the address of the table. */
void springboard_tail(uint32_t targets, uint32_t words[SPRINGBOARD_TAIL_WORDS]);

/* A slot for an address, which is within reach of a branch to the tail. index is below 8192. */
void springboard_slot(uint32_t address, uint32_t index, uint32_t tail,
                      uint32_t words[SPRINGBOARD_WORDS]);

/* Registers of a context that was interrupted. */
struct springboard_context {
    uint32_t *gpr; /* r0 to r31 */
    uint32_t *pc, *msr;
};

/*
 * Finishes what a context was in the middle of that was interrupted before word `word` of a slot (0 to 2) or of the
 * tail: pc is the target, all else as when it came to the slot. `stack` reads a word of its stack. False: nobody can be there like that.
 */
bool springboard_finish_slot(struct springboard_context *context, size_t word, uint32_t target,
                             uint32_t (*stack)(uint32_t address));
bool springboard_finish_tail(struct springboard_context *context, size_t word,
                             const uint32_t targets[], size_t n_targets,
                             uint32_t (*stack)(uint32_t address));

#endif
